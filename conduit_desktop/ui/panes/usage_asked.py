"""What Usage is asked for: span, split, filters and measure, and the queries that follow from it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from conduit_desktop.records import DIMENSIONS, Dimension, ExchangeFilter, Grain, UsageQuery
from conduit_desktop.ui.panes.usage_spans import Span, Zone, grains, span, usual_grain

SPLITS: tuple[tuple[str, str], ...] = (
    ("", "No split"),
    ("key", "By key"),
    ("model", "By model"),
    ("provider", "By provider"),
    ("app", "By app"),
    ("tag", "By tag"),
)
WORDS: dict[str, str] = {"key": "Key", "model": "Model", "provider": "Provider", "app": "App", "tag": "Tag"}
_FIELDS: dict[str, str] = {"key": "key_id", "model": "model", "provider": "provider", "app": "app", "tag": "tag"}


@dataclass(frozen=True, slots=True)
class Asked:
    """``filters`` are ids by dimension; ``grain`` empty is automatic; ``custom`` is the user's own span."""

    range: str = "30d"
    custom: tuple[float, float] | None = None
    grain: str = ""
    by: str = "model"
    measure: str = "spend"
    compare: bool = False
    filters: Mapping[str, str] = field(default_factory=dict)

    def span(self, now: float, zone: Zone = None) -> Span:
        return span(self.range, now, self.custom, zone)

    def grain_in(self, shown: Span) -> Grain:
        """The grain chosen, where it makes sense in this span."""
        offered = dict(grains(shown))
        return self.grain if self.grain and self.grain in offered else usual_grain(shown)  # type: ignore[return-value]

    def query(self, shown: Span) -> UsageQuery:
        by: Dimension | None = next((each for each in DIMENSIONS if each == self.by), None)
        return self._query(shown.since, shown.until, self.grain_in(shown), by)

    def query_before(self, shown: Span, *, whole: bool) -> UsageQuery:
        """The period before: as far as this one has come, or the whole of it."""
        until = shown.before_until if whole else shown.before_now
        return self._query(shown.before_since, until, self.grain_in(shown), None)

    def _query(self, since: float, until: float, grain: Grain, by: Dimension | None) -> UsageQuery:
        named = {_FIELDS[dimension]: value for dimension, value in self.filters.items()}
        return UsageQuery(since=since, until=until, grain=grain, by=by, **named)

    def requests(self, since: float, until: float, group: str | None = None) -> ExchangeFilter:
        """The requests behind a bar or a row; ``group`` is one of the split."""
        named = {_FIELDS[dimension]: value for dimension, value in self.filters.items()}
        if group is not None and self.by:
            named[_FIELDS[self.by]] = group
        outcome = "error" if self.measure == "errors" else None
        return ExchangeFilter(since=since, until=until, outcome=outcome, **named)  # type: ignore[arg-type]

    def filtered(self, dimension: str, value: str | None) -> Asked:
        """With another filter of that dimension; None takes it away."""
        kept = {each: has for each, has in self.filters.items() if each != dimension}
        return replace(self, filters=kept if value is None else {**kept, dimension: value})


def name_of(dimension: str, id: str, name: str = "") -> str:
    """What a group is called on screen."""
    return name or id or f"no {WORDS[dimension].lower()}"
