"""Reasoning: ``reasoning_content`` (DeepSeek and many others) or ``reasoning`` as plain text, and OpenRouter's
``reasoning_details``, which also carry signatures, encrypted reasoning and ids.

Format: OpenRouter's guide "Reasoning tokens" (reasoning_details: ``reasoning.text``, ``reasoning.summary`` and
``reasoning.encrypted``, each with ``id``, ``format`` and ``index``). Signatures of Gemini's are ``reasoning.encrypted``
with the format ``google-gemini-v1`` and the id of the tool call that they belong to (none: the text's).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from conduit_desktop.wire import events as e
from conduit_desktop.wire.dialects.base import Json
from conduit_desktop.wire.messages import Foreign, Part, Text, Thinking, ToolCall

OWN = "openai-chat"
GOOGLE = "google-gemini-v1"
_FORMATS = (
    ("anthropic/", "anthropic-claude-v1"),
    ("openai/", "openai-responses-v1"),
    ("x-ai/", "xai-responses-v1"),
    ("google/", GOOGLE),
)


class Thoughts:
    """Reads the reasoning of one choice into events. ``number`` gives the next part's number. ``spoken`` counts the
    details with words; ``signatures`` are Gemini's by the ids of calls that have not come yet."""

    __slots__ = (
        "_at",
        "_choice",
        "_id",
        "_kind",
        "_number",
        "_part",
        "_sealed",
        "_section",
        "signatures",
        "spoken",
        "text_signature",
    )

    def __init__(self, number: Callable[[], int], choice: int) -> None:
        self._number = number
        self._choice = choice
        self._part: int | None = None
        self._kind = ""
        self._id = ""
        self._at: Any = None
        self._section = 0
        self._sealed = False
        self.signatures: dict[str, str] = {}
        self.spoken = 0
        self.text_signature = ""

    def plain(self, text: str, out: list[e.Event]) -> None:
        """A piece of ``reasoning_content`` and the like."""
        if self._part is None or self._kind != "plain":
            self._open("plain", Thinking(), None, out)
        assert self._part is not None
        out.append(e.ThinkingDelta(self._part, text, 0))

    def detail(self, item: Any, out: list[e.Event]) -> None:
        """One item of ``reasoning_details``."""
        if not isinstance(item, dict) or not isinstance(kind := item.get("type"), str):
            return
        if kind == "reasoning.encrypted":
            self._encrypted(item, out)
        elif kind in ("reasoning.text", "reasoning.summary"):
            self._words(kind, item, out)
        else:
            self.close(out)
            number = self._number()
            out += (e.Open(number, Foreign(dialect=OWN, kind=kind, data=item), self._choice), e.Close(number))

    def _words(self, kind: str, item: Json, out: list[e.Event]) -> None:
        text, signature = _text(item, "text") or _text(item, "summary"), _text(item, "signature")
        if not text and not signature:
            return
        name = _text(item, "id")
        if self._part is None or self._kind != kind or self._sealed or (name and self._id and name != self._id):
            part = Thinking(id=name, summarised=kind == "reasoning.summary", extras=_extras(item))
            self._open(kind, part, item.get("index"), out)
        elif item.get("index") != self._at:
            self._at = item.get("index")
            self._section += 1
        assert self._part is not None
        if text:
            self.spoken += 1
            out.append(e.ThinkingDelta(self._part, text, self._section))
        if signature:
            self._sealed = True
            out.append(e.Sealed(self._part, signature))

    def _encrypted(self, item: Json, out: list[e.Event]) -> None:
        data, name = _text(item, "data"), _text(item, "id")
        if not data:
            return
        if item.get("format") == GOOGLE and name:
            self.signatures[name] = data
        elif item.get("format") == GOOGLE:
            self.text_signature = data
        elif self._part is not None and name and self._id == name:
            self._sealed = True
            out.append(e.Sealed(self._part, "", data))
        else:
            self.close(out)
            part = Thinking(encrypted=data, id=name, extras=_extras(item))
            number = self._number()
            out += (e.Open(number, part, self._choice), e.Close(number))

    def _open(self, kind: str, part: Thinking, at: Any, out: list[e.Event]) -> None:
        self.close(out)
        self._part, self._kind, self._id = self._number(), kind, part.id
        self._at, self._section, self._sealed = at, 0, False
        out.append(e.Open(self._part, part, self._choice))

    def close(self, out: list[e.Event]) -> None:
        if self._part is not None:
            out.append(e.Close(self._part))
            self._part = None

    def left(self, out: list[e.Event]) -> None:
        """Signatures that turned out to belong to nothing: kept as encrypted reasoning."""
        for name, data in self.signatures.items():
            number = self._number()
            part = Thinking(encrypted=data, id=name, extras={OWN: {"format": GOOGLE}})
            out += (e.Open(number, part, self._choice), e.Close(number))
        self.signatures.clear()


def _text(item: Json, name: str) -> str:
    found = item.get(name)
    return found if isinstance(found, str) else ""


def _extras(item: Json) -> dict[str, Any]:
    form = item.get("format")
    return {OWN: {"format": form}} if isinstance(form, str) and form != "unknown" else {}


# ---------------------------------------------------------------- writing


def format_of(model: str) -> str:
    """OpenRouter's name for the way in which ``model`` writes its reasoning; empty where it is not known."""
    return next((form for prefix, form in _FORMATS if model.startswith(prefix)), "")


class Details:
    """Numbers the items of ``reasoning_details`` of one message. ``form`` is the format where a part does not tell."""

    def __init__(self, form: str = "") -> None:
        self._form = form
        self._count = 0

    def _item(self, kind: str, part: Part, more: Json, *, goes_on: bool = False) -> Json:
        if not goes_on:
            self._count += 1
        item: Json = {"type": kind, **more}
        if isinstance(part, Thinking) and part.id:
            item["id"] = part.id
        own = part.extras.get(OWN)
        form = own.get("format") if isinstance(own, dict) else None
        if form or self._form:
            item["format"] = form or self._form
        item["index"] = self._count - 1
        return item

    def words(self, part: Thinking, text: str, *, goes_on: bool = False) -> Json:
        """A piece of a section. ``goes_on``: it goes on with the item written last."""
        kind, member = ("reasoning.summary", "summary") if part.summarised else ("reasoning.text", "text")
        return self._item(kind, part, {member: text}, goes_on=goes_on)

    def seal(self, part: Thinking, signature: str, encrypted: str, *, words: bool) -> list[Json]:
        """A part's signature (on its last item, where it has ``words``) and its encrypted content."""
        out = []
        if signature:
            out.append({**self.words(part, "", goes_on=words), "signature": signature})
        if encrypted:
            out.append(self._item("reasoning.encrypted", part, {"data": encrypted}))
        return out

    def signature(self, data: str, call_id: str) -> Json:
        """Gemini's signature of a tool call (or of text, with no id)."""
        item: Json = {"type": "reasoning.encrypted", "data": data, "format": GOOGLE, "index": self._count}
        if call_id:
            item["id"] = call_id
        self._count += 1
        return item


def details(parts: Iterable[Part], form: str = "", *, signed: bool = False) -> list[Json]:
    """``reasoning_details`` of a whole message. ``signed``: with the signatures of its tool calls and text."""
    pen = Details(form)
    out: list[Json] = []
    for part in parts:
        if isinstance(part, Thinking):
            out += [pen.words(part, section) for section in part.sections]
            out += _sealed(pen, part, out)
        elif isinstance(part, Foreign) and part.dialect == OWN and part.kind.startswith("reasoning."):
            out.append(part.data)
        elif signed and part.signature and isinstance(part, ToolCall | Text):
            out.append(pen.signature(part.signature, part.id if isinstance(part, ToolCall) else ""))
    return out


def _sealed(pen: Details, part: Thinking, out: list[Json]) -> list[Json]:
    items = pen.seal(part, part.signature, part.encrypted, words=bool(part.sections))
    if part.signature and part.sections:
        out[-1]["signature"] = items.pop(0)["signature"]
    return items


def telling(parts: Iterable[Part]) -> bool:
    """Whether the reasoning among ``parts`` says more than its plain text."""
    return any(
        part.signature or part.encrypted or part.id or part.summarised or len(part.sections) > 1
        for part in parts
        if isinstance(part, Thinking)
    )


def plain_text(parts: Iterable[Part]) -> str:
    """The words of all reasoning."""
    return "\n\n".join(part.text for part in parts if isinstance(part, Thinking) and part.sections)
