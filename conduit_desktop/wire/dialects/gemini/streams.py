"""An answer of a provider's, read: its stream, and (as a stream of one) a whole one.

There is no terminator: a stream is whole when each candidate said why it ended, or when the prompt was blocked. Older
models say STOP in every chunk, so that the end is told at the end. Text goes on at once. Source:
ai.google.dev/api/generate-content#GenerateContentResponse.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from conduit_desktop.errors import BadRequest
from conduit_desktop.wire import events as e
from conduit_desktop.wire.dialects.base import Json, truncated, unreadable
from conduit_desktop.wire.dialects.gemini.candidates import Candidate
from conduit_desktop.wire.dialects.gemini.errors import decode_error
from conduit_desktop.wire.dialects.gemini.usage import read_usage
from conduit_desktop.wire.dialects.gemini.words import NAME, read_finish, read_tier

_KNOWN = ("candidates", "usageMetadata", "modelVersion", "responseId", "createTime", "promptFeedback", "error")
BROKEN = (BadRequest, AttributeError, TypeError, ValueError, KeyError, IndexError)


class Reader:
    """Takes chunks, decoded, and gives events. ``whole``: there is but one chunk, with all of the answer."""

    def __init__(self, whole: bool = False) -> None:
        self.blocked = ""
        self._whole = whole
        self._started = False
        self._id = ""
        self._parts = 0
        self._candidates: dict[int, Candidate] = {}
        self._feedback: Json = {}
        self._usage: Any = None
        self._told: Any = None

    def take(self, chunk: Json) -> list[e.Event]:
        """The events of one chunk."""
        out: list[e.Event] = []
        usage = chunk.get("usageMetadata")
        if not self._started:
            out.append(self._start(chunk))
        elif usage and usage != self._told:
            self._told = usage
            if (found := read_usage(usage)) is not None:
                out.append(e.Tokens(found))
        self._usage = usage or self._usage
        for found in chunk.get("candidates") or ():
            index = found.get("index") or 0
            candidate = self._candidates.get(index)
            if candidate is None:
                candidate = self._candidates[index] = Candidate(int(index), self._id, self)
            candidate.take(found, out)
        feedback = chunk.get("promptFeedback")
        if feedback and feedback.get("blockReason"):
            self._feedback, self.blocked = feedback, str(feedback["blockReason"])
        return out

    def opened(self) -> int:
        """The number of the next part."""
        self._parts += 1
        return self._parts - 1

    def _start(self, chunk: Json) -> e.Start:
        self._started = True
        self._id = str(chunk.get("responseId") or "")
        self._told = usage = chunk.get("usageMetadata")
        rest = {name: value for name, value in chunk.items() if name not in _KNOWN}
        return e.Start(
            id=self._id,
            model=str(chunk.get("modelVersion") or ""),
            created=_seconds(chunk.get("createTime")),
            usage=read_usage(usage),
            service_tier=read_tier(usage.get("serviceTier")) if isinstance(usage, dict) else "",
            extras={NAME: rest} if rest else {},
        )

    @property
    def ended(self) -> bool:
        """Whether everything that began has said why it ended."""
        if self.blocked:
            return True
        return bool(self._candidates) and all(each.finish for each in self._candidates.values())

    def finish(self) -> list[e.Event]:
        """What the end tells."""
        out: list[e.Event] = []
        for candidate in self._candidates.values():
            candidate.close(out, self._whole)
        if self.blocked and not self._candidates:
            extras = {NAME: {"promptFeedback": self._feedback}}
            finish = read_finish(self.blocked, called=False)
            finish = "content_filter" if finish == "other" else finish
            out.append(e.Finished(finish=finish, native_finish=self.blocked, extras=extras))
        searches = sum(each.searches for each in self._candidates.values())
        if (usage := read_usage(self._usage, searches)) is not None:
            out.append(e.Tokens(usage))
        return out


def _seconds(time: Any) -> int | None:
    if not isinstance(time, str):
        return None
    try:
        return int(datetime.fromisoformat(time).timestamp())
    except (ValueError, OverflowError, OSError):
        return None


class StreamDecoder:
    """A stream, chunk by chunk."""

    def __init__(self) -> None:
        self._reader = Reader()
        self._over = False

    def feed(self, name: str, data: bytes) -> list[e.Event]:
        if self._over:
            return []
        try:
            chunk = msgspec.json.decode(data)
            if isinstance(chunk, list) and chunk:
                chunk = chunk[0]
            if isinstance(chunk, dict) and chunk.get("error"):
                return self._failed(e.Failed(decode_error(_status(chunk["error"]), chunk)))
            return self._reader.take(chunk)
        except (msgspec.MsgspecError, UnicodeError, RecursionError, *BROKEN):
            return self._failed(e.Failed(unreadable(data)))

    def _failed(self, event: e.Failed) -> list[e.Event]:
        self._over = True
        return [event]

    def end(self) -> list[e.Event]:
        if self._over:
            return []
        self._over = True
        if not self._reader.ended:
            return [e.Failed(truncated())]
        try:
            return [*self._reader.finish(), e.End()]
        except BROKEN as error:
            return [e.Failed(unreadable(str(error).encode()))]


def _status(error: Any) -> int:
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, int) and 400 <= code <= 599 else 502
