"""What the Connect pane is opened with. Data only."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ConnectTarget:
    """A key, and its text when it was made just now and is kept nowhere."""

    key_id: str
    text: str = field(default="", repr=False)
