"""What came of a run, and what a client heard in neutral words."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from tests.matrix import extract
from tests.matrix.cases import Case
from tests.matrix.clients import Heard
from tests.matrix.neutral import Json, Reply
from tests.matrix.table import Miss


@dataclass
class Result:
    """What came of one run. ``outcome`` is ok, missed, or why nothing was measured (``unsayable``: the SDK has no words
    for the request; ``unmeasurable``: the gateway has no such kind; ``unreadable``: the recording is in a shape of its
    own). ``asked`` is what of the request did not reach the provider: it is counted apart, for an answer can be right
    without it."""

    case: Case
    client: str
    outcome: str = "ok"
    misses: list[Miss] = field(default_factory=list)
    strict: list[str] = field(default_factory=list)
    asked: list[Miss] = field(default_factory=list)
    sent: Json = field(default_factory=dict)
    rows: list[Json] = field(default_factory=list)
    heard: Heard = field(default_factory=Heard)
    lost: list[str] = field(default_factory=list)
    note: str = ""

    def forget(self) -> None:
        """Let go of what was said: a whole corpus of it is much."""
        self.sent, self.rows, self.heard = {}, [], Heard()

    def shown(self) -> str:
        """All that was said, for looking at one case."""
        said = {"sent": self.sent, "upstream": [row["body"] for row in self.rows], "heard": self.heard}
        lines = [
            f"--- {name}\n{json.dumps(value, ensure_ascii=False, default=repr)[:6000]}" for name, value in said.items()
        ]
        return "\n".join([f"=== {self.case.name} {self.client}", *lines])

    @property
    def tried(self) -> bool:
        return self.outcome in ("ok", "missed")

    def row(self) -> Json:
        """This result as JSON."""
        return {
            "case": self.case.name,
            "provider": self.case.provider,
            "endpoint": self.case.endpoint,
            "stream": self.case.stream,
            "client": self.client,
            "outcome": self.outcome,
            "misses": [one.row() for one in self.misses],
            "asked": [one.row() for one in self.asked],
            "strict": self.strict,
            "lost": self.lost,
            "note": self.note,
        }


def reply(dialect: str, heard: Heard, streamed: bool) -> Reply:
    """What a client heard, in neutral words."""
    if heard.error is not None and not heard.objects:
        return Reply(status=heard.status or 200, error=heard.error)
    found = extract.read(dialect, heard.objects, streamed)
    found.error = heard.error or found.error
    return found
