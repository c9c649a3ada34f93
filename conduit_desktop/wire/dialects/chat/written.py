"""What a stream's encoder remembers of what it has written."""

from __future__ import annotations

from conduit_desktop.wire.dialects.chat.thoughts import Details
from conduit_desktop.wire.messages import Part


class Written:
    """What has been written of one choice."""

    __slots__ = ("calls", "declined", "length", "pen", "said", "thoughts")

    def __init__(self) -> None:
        self.pen = Details()
        self.calls = 0
        self.length = 0
        self.said = False
        self.thoughts = False
        self.declined = False


class WrittenPart:
    """What has been written of one part. ``at`` is a call's number, ``base`` where a text begins in the message."""

    __slots__ = ("at", "base", "choice", "grown", "legacy", "part", "section", "unwraps", "words")

    def __init__(self, part: Part, choice: int) -> None:
        self.part = part
        self.choice = choice
        self.at = 0
        self.base = 0
        self.section = -1
        self.words = False
        self.grown = ""
        self.legacy = False
        self.unwraps = False
