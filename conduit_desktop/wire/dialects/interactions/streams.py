"""A provider's stream, read: steps that begin, grow and stop, between an interaction's beginning and its end.

Source: ai.google.dev/gemini-api/docs/interactions/streaming.
"""

from __future__ import annotations

from typing import Any

import msgspec

from conduit_desktop.errors import BadRequest
from conduit_desktop.wire import events as e
from conduit_desktop.wire.assemble import events_of_part
from conduit_desktop.wire.dialects.base import Json, truncated, unreadable
from conduit_desktop.wire.dialects.gemini.words import read_tier
from conduit_desktop.wire.dialects.interactions.errors import decode_error, status_of
from conduit_desktop.wire.dialects.interactions.growing import Growing, Numbers
from conduit_desktop.wire.dialects.interactions.replies import frame_extras
from conduit_desktop.wire.dialects.interactions.steps import read_steps
from conduit_desktop.wire.dialects.interactions.usage import read_usage
from conduit_desktop.wire.dialects.interactions.words import NAME, UNFINISHED, read_status, read_time
from conduit_desktop.wire.messages import ToolCall
from conduit_desktop.wire.node import Node

BROKEN = (BadRequest, AttributeError, TypeError, ValueError, KeyError, IndexError)
_decode = msgspec.json.Decoder().decode


class StreamDecoder:
    """Reads one stream. It ends with a ``[DONE]``, which some leave out."""

    def __init__(self) -> None:
        self._over = False
        self._started = False
        self._status = ""
        self._ended = False
        self._tier: Any = None
        self._numbers = Numbers()
        self._steps: dict[int, Growing] = {}
        self._on = {
            "step.delta": self._delta,
            "step.start": self._start,
            "step.stop": self._stop,
            "interaction.created": self._created,
            "interaction.status_update": self._updated,
        }

    def feed(self, name: str, data: bytes) -> list[e.Event]:
        if self._over:
            return []
        if data == b"[DONE]":
            return self.end()
        try:
            event = _decode(data)
            kind = event.get("event_type") or name
            out: list[e.Event] = []
            if kind == "error" or (event.get("error") and "interaction" not in event):
                return self._failed(e.Failed(decode_error(status_of(event), event)))
            if not self._started and kind != "interaction.created":
                self._begin({}, out)
            if (take := self._on.get(kind)) is not None:
                take(event, out)
            elif kind.startswith("interaction."):
                self._told(event, out)
            return out
        except (msgspec.MsgspecError, UnicodeError, RecursionError, *BROKEN):
            return self._failed(e.Failed(unreadable(data)))

    def end(self) -> list[e.Event]:
        if self._over:
            return []
        out: list[e.Event] = []
        if not self._ended and self._status and self._status not in UNFINISHED:
            self._finish(self._status, out)
        self._over = True
        return [*out, e.End()] if self._ended else [e.Failed(truncated())]

    def _failed(self, event: e.Failed) -> list[e.Event]:
        self._over = True
        return [event]

    # ------------------------------------------------------------ the interaction

    def _begin(self, found: Json, out: list[e.Event]) -> None:
        self._started = True
        node = Node(found)
        self._tier = node.get("service_tier")
        extras = frame_extras(node)
        out.append(
            e.Start(
                id=node.text("id"),
                model=node.text("model"),
                created=read_time(node.get("created")),
                usage=read_usage(node.get("usage"), self._tier),
                service_tier=read_tier(self._tier),
                extras={NAME: extras} if extras else {},
            )
        )
        self._numbers.answer = node.text("id")

    def _created(self, event: Json, out: list[e.Event]) -> None:
        if not self._started:
            self._begin(event.get("interaction") or {}, out)

    def _updated(self, event: Json, out: list[e.Event]) -> None:
        self._status = str(event.get("status") or "")
        if (usage := read_usage(event.get("usage"), self._tier)) is not None:
            out.append(e.Tokens(usage))

    def _told(self, event: Json, out: list[e.Event]) -> None:
        """Any other word on the interaction: its end, or that it goes on."""
        found = event.get("interaction")
        if not isinstance(found, dict):
            self._status = str(event.get("status") or "") or self._status
            return
        status = str(found.get("status") or "") or str(event["event_type"]).removeprefix("interaction.")
        if status in UNFINISHED or self._ended:
            return
        if (steps := found.get("steps")) and not self._numbers.count:
            for part in read_steps(steps, "steps"):
                out += events_of_part(self._numbers.next(), part)
                self._numbers.called |= isinstance(part, ToolCall)
        if (usage := read_usage(found.get("usage"), found.get("service_tier") or self._tier)) is not None:
            out.append(e.Tokens(usage))
        self._finish("completed" if status == "complete" else status, out)

    def _finish(self, status: str, out: list[e.Event]) -> None:
        for step in self._steps.values():
            step.stop(out)
        self._steps.clear()
        self._ended = True
        out.append(e.Finished(finish=read_status(status, self._numbers.called), native_finish=status))

    # ------------------------------------------------------------ its steps

    def _start(self, event: Json, out: list[e.Event]) -> None:
        index: Any = event.get("index", 0)
        if (before := self._steps.pop(index, None)) is not None:
            before.stop(out)
        self._steps[index] = Growing(event["step"], self._numbers, out)

    def _delta(self, event: Json, out: list[e.Event]) -> None:
        index, delta = event.get("index", 0), event["delta"]
        step = self._steps.get(index)
        if step is None:
            step = self._steps[index] = Growing({"type": ""}, self._numbers, out)
        step.take(delta, out)
        if "metadata" in event and (usage := read_usage(event["metadata"].get("total_usage"), self._tier)) is not None:
            out.append(e.Tokens(usage))

    def _stop(self, event: Json, out: list[e.Event]) -> None:
        step = self._steps.pop(event.get("index", 0), None)
        if step is not None:
            step.stop(out)
        if (usage := read_usage(event.get("usage"), self._tier)) is not None:
            out.append(e.Tokens(usage))
