"""What a client asked the demo model, checked the way OpenAI checks it.

Owns the reading of a chat request's fields and the errors for those that make no sense; what the answer says
is ``wording``'s and ``tools``' business.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conduit_desktop.errors import ConduitError
from conduit_desktop.providers.demo import CHAT_MODEL, EMBEDDING_MODEL, OVERLOADED_MODEL

Json = Any
ROLES = ("system", "developer", "user", "assistant", "tool", "function")
_MOST_CHOICES = 8
_DEEPEST = 200


class DemoError(ConduitError):
    """A request the demo model refuses; ``body`` is the error as OpenAI words it."""

    status = 400
    code = "invalid_request_error"

    @property
    def body(self) -> dict[str, Json]:
        """The error body in OpenAI's shape."""
        kind = "invalid_request_error" if self.status < 500 else "server_error"
        named = None if self.code == DemoError.code else self.code
        return {"error": {"message": self.text, "type": kind, "param": self.param, "code": named}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A checked chat request. ``tools`` are those it may call now, ``choice`` is auto, none, required or a
    name."""

    model: str
    messages: tuple[Mapping[str, Json], ...]
    tools: tuple[Mapping[str, Json], ...]
    choice: str
    limit: int | None
    stops: tuple[str, ...]
    n: int
    form: str
    schema: Json
    stream_usage: bool

    @property
    def question(self) -> str:
        """The text of the user's last message."""
        return next((text_of(each) for each in reversed(self.messages) if each["role"] == "user"), "")


def read(body: object) -> Ask:
    """The request in ``body``. Raises DemoError naming the first field that makes no sense."""
    fields = check_object(body)
    model = check_model(fields, CHAT_MODEL)
    messages = _messages(fields)
    tools, choice = _tools(fields)
    form, schema = _form(fields)
    return Ask(
        model=model,
        messages=messages,
        tools=tools,
        choice=choice,
        limit=_limit(fields),
        stops=_stops(fields),
        n=_whole(fields, "n", 1, _MOST_CHOICES) or 1,
        form=form,
        schema=schema,
        stream_usage=_stream_usage(fields),
    )


def text_of(message: Mapping[str, Json]) -> str:
    """The text of a message, its parts joined."""
    content = message.get("content")
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    texts = (part.get("text") for part in content if isinstance(part, Mapping))
    return "\n".join(text for text in texts if isinstance(text, str))


def check_object(body: object) -> Mapping[str, Json]:
    """``body`` as a JSON object free of what cannot be written out again."""
    if not isinstance(body, Mapping):
        raise DemoError("The request body is not a JSON object.")
    cleaned = _clean(body, 0)
    assert isinstance(cleaned, Mapping)
    return cleaned


def check_model(fields: Mapping[str, Json], expected: str) -> str:
    """The model asked for, when it is ``expected`` or the one that is always overloaded."""
    model = fields.get("model")
    if not isinstance(model, str) or not model:
        raise DemoError("You must provide a model parameter.", param="model")
    if model == OVERLOADED_MODEL:
        raise DemoError(
            "This demo model is always overloaded, so that failover can be seen at work.",
            status=503,
            code="overloaded",
        )
    if model not in (CHAT_MODEL, EMBEDDING_MODEL):
        raise DemoError(
            f"The model '{model[:100]}' does not exist.",
            status=404,
            code="model_not_found",
            param="model",
            hint=f"The Demo provider has {CHAT_MODEL}, {EMBEDDING_MODEL} and {OVERLOADED_MODEL}.",
        )
    if model != expected:
        raise DemoError(f"The model '{model}' does not do this; '{expected}' does.", param="model")
    return model


def _clean(value: Json, depth: int) -> Json:
    """``value`` with lone surrogates replaced: they are legal in JSON's escapes but in no UTF-8 answer."""
    if depth > _DEEPEST:
        raise DemoError("The request is nested too deeply.")
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, Mapping):
        return {_clean(str(key), depth): _clean(each, depth + 1) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(each, depth + 1) for each in value]
    return value


def _messages(fields: Mapping[str, Json]) -> tuple[Mapping[str, Json], ...]:
    messages = fields.get("messages")
    if not isinstance(messages, list):
        raise DemoError("Missing required parameter: 'messages' must be a list.", param="messages")
    if not messages:
        raise DemoError("'messages' is empty: at least one message is needed.", param="messages")
    for n, message in enumerate(messages):
        _check_message(message, f"messages[{n}]")
    return tuple(messages)


def _check_message(message: Json, where: str) -> None:
    if not isinstance(message, Mapping):
        raise DemoError(f"'{where}' is not an object.", param=where)
    role = message.get("role")
    if role not in ROLES:
        raise DemoError(f"'{where}.role' must be one of {', '.join(ROLES)}.", param=f"{where}.role")
    content = message.get("content")
    if content is None and role == "assistant":
        return
    if not isinstance(content, str | list):
        raise DemoError(f"'{where}.content' must be text or a list of parts.", param=f"{where}.content")
    if isinstance(content, list) and not all(
        isinstance(part, Mapping) and isinstance(part.get("type"), str) for part in content
    ):
        raise DemoError(f"Every part of '{where}.content' needs a 'type'.", param=f"{where}.content")
    if role == "tool" and not isinstance(message.get("tool_call_id"), str):
        raise DemoError(f"'{where}.tool_call_id' is missing.", param=f"{where}.tool_call_id")


def _tools(fields: Mapping[str, Json]) -> tuple[tuple[Mapping[str, Json], ...], str]:
    offered = fields.get("tools")
    if offered is None:
        offered = []
    if not isinstance(offered, list):
        raise DemoError("'tools' must be a list.", param="tools")
    named: dict[str, Mapping[str, Json]] = {}
    for n, tool in enumerate(offered):
        function = _function(tool, f"tools[{n}]")
        if function is not None:
            named[function["name"]] = function
    choice, allowed = _choice(fields.get("tool_choice"))
    if choice not in ("auto", "none", "required") and choice not in named:
        raise DemoError(f"'tool_choice' names the tool '{choice[:100]}', which is not offered.", param="tool_choice")
    if choice == "required" and not named:
        raise DemoError("'tool_choice' is only allowed when 'tools' are given.", param="tool_choice")
    if allowed is not None:
        named = {name: function for name, function in named.items() if name in allowed} or named
    return tuple(named.values()), choice


def _function(tool: Json, where: str) -> Mapping[str, Json] | None:
    """The function a tool offers; ``None`` for other kinds of tools, which the demo model never calls."""
    if not isinstance(tool, Mapping) or not isinstance(tool.get("type"), str):
        raise DemoError(f"'{where}' needs a 'type'.", param=where)
    if tool["type"] != "function":
        return None
    function = tool.get("function")
    if not isinstance(function, Mapping) or not isinstance(function.get("name"), str) or not function["name"]:
        raise DemoError(f"'{where}.function.name' is missing.", param=f"{where}.function.name")
    return function


def _choice(choice: Json) -> tuple[str, set[str] | None]:
    if choice is None:
        return "auto", None
    if choice in ("auto", "none", "required"):
        return str(choice), None
    if isinstance(choice, Mapping):
        if isinstance(name := _name(choice), str):
            return name, None
        allowed = choice.get("allowed_tools")
        if isinstance(allowed, Mapping) and isinstance(listed := allowed.get("tools"), list):
            names = {name for tool in listed if isinstance(tool, Mapping) and isinstance(name := _name(tool), str)}
            return ("required" if allowed.get("mode") == "required" else "auto"), names
    raise DemoError("'tool_choice' must be none, auto, required or a function by name.", param="tool_choice")


def _name(tool: Mapping[str, Json]) -> Json:
    function = tool.get("function")
    return function.get("name") if isinstance(function, Mapping) else None


def _form(fields: Mapping[str, Json]) -> tuple[str, Json]:
    form = fields.get("response_format")
    if form is None:
        return "text", None
    kind = form.get("type") if isinstance(form, Mapping) else None
    if kind in ("text", "json_object"):
        return str(kind), None
    if kind != "json_schema":
        raise DemoError("'response_format.type' must be text, json_object or json_schema.", param="response_format")
    given = form.get("json_schema")
    schema = given.get("schema") if isinstance(given, Mapping) else None
    if not isinstance(schema, Mapping):
        raise DemoError(
            "'response_format.json_schema.schema' must be a JSON schema.",
            param="response_format.json_schema.schema",
        )
    return "json_schema", schema


def _limit(fields: Mapping[str, Json]) -> int | None:
    limits = [_whole(fields, name, 1, None) for name in ("max_completion_tokens", "max_tokens")]
    return min((limit for limit in limits if limit is not None), default=None)


def _stops(fields: Mapping[str, Json]) -> tuple[str, ...]:
    stop = fields.get("stop")
    stops: Sequence[Json] = [stop] if isinstance(stop, str) else stop if isinstance(stop, list) else []
    if (stop is not None and not isinstance(stop, str | list)) or not all(isinstance(each, str) for each in stops):
        raise DemoError("'stop' must be a text or a list of texts.", param="stop")
    return tuple(each for each in stops if each)


def _whole(fields: Mapping[str, Json], name: str, least: int, most: int | None) -> int | None:
    value = fields.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < least or (most and value > most):
        span = f"of {least} or more" if most is None else f"from {least} to {most}"
        raise DemoError(f"'{name}' must be a whole number {span}.", param=name)
    return value


def _stream_usage(fields: Mapping[str, Json]) -> bool:
    options = fields.get("stream_options")
    if options is None:
        return False
    if not isinstance(options, Mapping):
        raise DemoError("'stream_options' must be an object.", param="stream_options")
    return options.get("include_usage") is True
