"""Watching streams that are no conversation: a sound while it is made, a picture as it takes shape, a transcript. They
have no mark of their own at the end: such a stream is whole when its body is.

Format of the events: OpenAI's API reference (``speech.audio.delta``, ``transcript.text.done``,
``image_generation.completed`` and their like), with ``usage`` in the last.
"""

from __future__ import annotations

from conduit_desktop.wire.failure import Failure
from conduit_desktop.wire.passing.openai import StreamWatch
from conduit_desktop.wire.usage import Usage


class Events(StreamWatch):
    """Server-sent events."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(hide_usage=False)

    @property
    def complete(self) -> bool:
        return True

    def _event(self, data: bytes, name: str) -> bool:
        seen = super()._event(data, name)
        self.content = self.content or not self.error
        return seen


class Sound:
    """Bytes that mean nothing here."""

    def __init__(self) -> None:
        self.content = False
        self.done = False
        self.closing = False
        self.complete = True
        self.usage: Usage | None = None
        self.finish = ""
        self.error = ""
        self.error_status = 0
        self.garbled = False
        self.held = b""
        self.id = ""

    def feed(self, data: bytes) -> bytes:
        """Take what arrived; all of it goes on."""
        self.content = True
        return data

    def end(self) -> bytes:
        """Nothing is ever kept back."""
        return b""

    def fail(self, failure: Failure) -> bytes:
        """Empty: a sound has no words for it."""
        return b""
