"""What a request wants of the model, in Converse's words: sampling, reasoning, the shape of the answer.

Sources: the shapes InferenceConfiguration and OutputConfig of Amazon's service model ``bedrock-runtime``; Anthropic's
"Extended thinking" (budgets, adaptive thinking, what does not go with it); Amazon Nova's user guide, "Extended
thinking" (reasoningConfig); Bedrock's pages of gpt-oss (reasoning_effort) and Qwen3 (reasoning_config)."""

from __future__ import annotations

from conduit_desktop.wire import effort
from conduit_desktop.wire.dialects.base import Json
from conduit_desktop.wire.dialects.converse.content import ANSWER_TOOL, Writer
from conduit_desktop.wire.dialects.reading import json_text
from conduit_desktop.wire.messages import Format, Message, Reasoning, Request, Thinking, ToolCall, ToolResult
from conduit_desktop.wire.traits import Traits

_LEAST_BUDGET = 1024
_THREE = {"minimal": "low", "xhigh": "high", "max": "high"}


def sampling(request: Request, writer: Writer, more: Json, *, thinks: bool) -> Json:
    """``inferenceConfig``; what it has no member for goes into ``more`` (additionalModelRequestFields)."""
    family = writer.family
    temperature, top_p, top_k = request.temperature, request.top_p, request.top_k
    if temperature is not None and temperature > 1:
        temperature = 1.0  # the highest that Converse takes
        writer.drop("temperature")
    if thinks and family.claude:
        # Claude thinks at temperature 1 only, with no top_k, and top_p between 0.95 and 1.
        temperature = _unless(writer, "temperature", temperature, temperature not in (None, 1))
        top_p = _unless(writer, "top_p", top_p, top_p is not None and top_p < 0.95)
        top_k = _unless(writer, "top_k", top_k, top_k is not None)  # type: ignore[assignment]
    if family.one_sampler and temperature is not None:
        top_p = _unless(writer, "top_p", top_p, top_p is not None)
    if top_k is not None:
        if family.top_k:
            _put(more, family.top_k, top_k)
        else:
            writer.drop("top_k")
    found: Json = {}
    if request.max_tokens is not None:
        found["maxTokens"] = request.max_tokens
    if temperature is not None:
        found["temperature"] = temperature
    if top_p is not None:
        found["topP"] = top_p
    if stop := [each for each in request.stop if each]:
        found["stopSequences"] = stop
    return found


def _unless(writer: Writer, name: str, value: float | None, unfit: bool) -> float | None:
    if unfit:
        writer.drop(name)
        return None
    return value


def _put(more: Json, path: tuple[str, ...], value: object) -> None:
    for name in path[:-1]:
        more = more.setdefault(name, {})
    more.setdefault(path[-1], value)


# ---------------------------------------------------------------- reasoning


def reasoning(request: Request, traits: Traits, writer: Writer, body: Json, more: Json, *, forced: bool) -> bool:
    """Write the wish for reasoning into ``body`` and ``more``; whether the model is asked to think. ``forced``: a
    tool is demanded, and Claude does not think then."""
    wish = request.reasoning
    if wish is None:
        return False
    wanted = wish.enabled is not False and wish.effort != "none" and wish.budget != 0
    said = wish.enabled is not None or wish.effort or wish.budget is not None
    if not said:
        return False
    if wanted and writer.family.claude and (forced or not _may_think(request, traits)):
        writer.drop("reasoning")
        return False
    written = _written(wish, traits, writer, body, more, wanted, request.max_tokens)
    if not written:
        writer.drop("reasoning")
    return wanted and written


def _may_think(request: Request, traits: Traits) -> bool:
    """Claude with a budget refuses to think on in a turn whose first half, up to a tool call, was without thought."""
    if traits.thinking != "budget" or not request.messages:
        return True
    for message in reversed(request.messages):
        if message.role == "assistant":
            return _thought(message)
        if not any(isinstance(part, ToolResult) for part in message.parts):
            return True
    return True


def _thought(message: Message) -> bool:
    calls = any(isinstance(part, ToolCall) for part in message.parts)
    signed = any(isinstance(part, Thinking) and (part.signature or part.encrypted) for part in message.parts)
    return signed or not calls


def _written(
    wish: Reasoning, traits: Traits, writer: Writer, body: Json, more: Json, wanted: bool, limit: int | None
) -> bool:
    word = wish.effort or (effort.effort_of(wish.budget) if wish.budget is not None and wish.budget > 0 else "")
    match traits.thinking:
        case "budget":
            return _budget(wish, more, wanted, limit)
        case "adaptive":
            return _adaptive(wish, traits, body, more, wanted, word)
        case "effort":
            if wanted:
                more.setdefault("reasoning_effort", _three(word))
            return wanted
        case "level" if writer.family.vendor == "amazon":
            config = {"type": "enabled", "maxReasoningEffort": _three(word)} if wanted else {"type": "disabled"}
            more.setdefault("reasoningConfig", config)
            return True
        case "level":
            if wanted:
                more.setdefault("reasoning_config", "low" if word in ("minimal", "low") else "high")
            return wanted
        case _:
            return False


def _adaptive(wish: Reasoning, traits: Traits, body: Json, more: Json, wanted: bool, word: str) -> bool:
    """A model that decides by itself how much to think; whether it can be told what is wished."""
    word = {"minimal": "low", "none": ""}.get(word, word)
    if wanted:
        thinking: Json = {"type": "adaptive"}
        visible = wish.visible if wish.visible is not None else True if wish.summary else None
        if visible is not None:
            thinking["display"] = "summarized" if visible else "omitted"
        more.setdefault("thinking", thinking)
    elif traits.thinking_off:
        more.setdefault("thinking", {"type": traits.thinking_off})
        word = ""
    else:  # it always thinks: as little as it can
        word = "low"
    if word:
        body.setdefault("outputConfig", {})["effort"] = word
    return wanted or bool(traits.thinking_off)


def _three(word: str) -> str:
    return _THREE.get(word, word) or "medium"


def _budget(wish: Reasoning, more: Json, wanted: bool, limit: int | None) -> bool:
    if not wanted:
        more.setdefault("thinking", {"type": "disabled"})
        return True
    budget = wish.budget if wish.budget is not None and wish.budget > 0 else effort.budget_of(wish.effort)
    budget = max(budget, _LEAST_BUDGET)
    if limit is not None:
        budget = min(budget, limit - 1)  # thoughts count towards the answer's limit, and must leave room
    if budget < _LEAST_BUDGET:
        return False
    more.setdefault("thinking", {"type": "enabled", "budget_tokens": budget})
    return True


# ---------------------------------------------------------------- the shape of the answer


def text_format(wish: Format) -> Json:
    """``outputConfig.textFormat``: the schema goes as JSON text."""
    schema: Json = {"schema": json_text(wish.schema or {"type": "object"})}
    if wish.name:
        schema["name"] = wish.name
    if wish.description:
        schema["description"] = wish.description
    return {"type": "json_schema", "structure": {"jsonSchema": schema}}


def answer_tool(wish: Format) -> Json:
    """The tool whose input is the answer, for models without structured output."""
    spec: Json = {
        "name": ANSWER_TOOL,
        "description": wish.description or "Give the answer: its input is the whole answer to the user.",
        "inputSchema": {"json": wish.schema or {"type": "object", "properties": {}}},
    }
    return {"toolSpec": spec}


def instruction(wish: Format) -> str:
    """What to say to a model that has neither structured output nor tools that can be demanded, or no schema to
    heed."""
    words = "Answer with one JSON object and nothing else: no other words, no Markdown fence."
    return f"{words} It must be valid by this JSON schema: {json_text(wish.schema)}" if wish.schema else words
