"""The figures of Usage as a table: one row a group, or one a bar; kept up to date row by row. Columns and rows; the
card around them is ``usage_figures``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Qt

from conduit_desktop.money import to_usd
from conduit_desktop.records import Sums, Timing, UsageReport
from conduit_desktop.ui.panes.dashboard_words import percent
from conduit_desktop.ui.panes.usage_asked import name_of
from conduit_desktop.ui.panes.usage_measures import dollars
from conduit_desktop.ui.panes.usage_plotted import share
from conduit_desktop.ui.panes.usage_spans import Zone, bar_title
from conduit_desktop.ui.panes.usage_words import brief, priced
from conduit_desktop.ui.shown import duration
from conduit_desktop.ui.widgets.rows import Column, Rows

SPEND = 1
FIRST_TO_GO = ("p95", "Cached", "Saved", "Tokens/s", "Unpriced", "Output", "First token", "Input", "Errors")


@dataclass(frozen=True, slots=True)
class Line:
    """One row: a group by its id, or a bar by its start. ``order`` is where it stands by itself."""

    id: str | float
    name: str
    order: float
    sums: Sums
    timing: Timing
    share: float
    since: float = 0.0
    until: float = 0.0
    token: str | None = None


def group_lines(report: UsageReport, tokens: dict[str, str]) -> list[Line]:
    by = report.query.by or ""
    return [
        Line(
            group.id, name_of(by, group.id, group.name), at, group.sums, group.timing, share(group.sums, report.sums),
            report.query.since, report.query.until, tokens.get(group.id, "chart-rest"),
        )
        for at, group in enumerate(report.groups)
    ]  # fmt: skip


def bar_lines(report: UsageReport, now: float, zone: Zone = None) -> list[Line]:
    """The bars that have begun, the newest first."""
    return [
        Line(
            bar.start, bar_title(bar.start, bar.end, report.grain, zone), -bar.start, bar.sums, bar.timing,
            share(bar.sums, report.sums), bar.start, bar.end,
        )
        for bar in reversed(report.bars)
        if bar.start <= now
    ]  # fmt: skip


def columns(first: str, *, marked: bool) -> tuple[Column[Line], ...]:
    """``first`` titles the names; ``marked`` shows the colours of groups before them."""
    return (
        Column(
            first, lambda line: line.name, 190, stretch=True, strong=marked,
            mark=(lambda line: line.token or "") if marked else None, tooltip=lambda line: line.name,
            sort=lambda line: line.name.lower() if marked else line.order,
        ),
        _figure("Spend", _spend, 92, lambda line: line.sums.cost, tooltip=_spend_tip),
        Column("Share", lambda line: percent(line.share), 132, bar=lambda line: (line.share, "accent"),
               beside=54, sort=lambda line: line.share),
        _figure("Requests", lambda line: f"{line.sums.requests:,}", 94, lambda line: line.sums.requests),
        _figure("Errors", _errors, 84, _error_share, tooltip=lambda line: f"{line.sums.errors:,} failed"),
        _figure("Input", lambda line: brief(line.sums.input), 90, lambda line: line.sums.input,
                tooltip=lambda line: f"{line.sums.input:,} tokens"),
        _figure("Cached", _cached, 72, lambda line: line.sums.cached_read,
                tooltip=lambda line: f"{line.sums.cached_read:,} tokens read from caches"),
        _figure("Output", lambda line: brief(line.sums.output), 74, lambda line: line.sums.output,
                tooltip=lambda line: f"{line.sums.output:,} tokens"),
        _figure("Saved", lambda line: dollars(line.sums.saved) if line.sums.saved else "–", 78,
                lambda line: line.sums.saved),
        _figure("First token", lambda line: duration(line.timing.ttft.p50), 104,
                lambda line: line.timing.ttft.p50 or 0.0,
                tooltip=lambda line: "Median time to the first token"),
        _figure("p95", lambda line: duration(line.timing.ttft.p95), 70, lambda line: line.timing.ttft.p95 or 0.0,
                tooltip=lambda line: "95 % of the first tokens came within this"),
        _figure("Tokens/s", _speed, 94, lambda line: line.timing.speed.p50 or 0.0),
        _figure("Unpriced", lambda line: f"{line.sums.unpriced:,}" if line.sums.unpriced else "–", 96,
                lambda line: line.sums.unpriced),
    )  # fmt: skip


def _figure(
    title: str,
    text: Callable[[Line], str],
    width: int,
    sort: Callable[[Line], float],
    tooltip: Callable[[Line], str] | None = None,
) -> Column[Line]:
    return Column(title, text, width, align="right", sort=sort, tooltip=tooltip)


def _spend(line: Line) -> str:
    return dollars(line.sums.cost) if priced(line.sums) else "unpriced"


def _spend_tip(line: Line) -> str:
    return f"{line.sums.unpriced:,} requests without a known price are not in it" if line.sums.unpriced else ""


def _error_share(line: Line) -> float:
    return line.sums.errors / line.sums.requests if line.sums.requests else 0.0


def _errors(line: Line) -> str:
    return percent(_error_share(line)) if line.sums.requests else "–"


def _cached(line: Line) -> str:
    return percent(line.sums.cached_read / line.sums.input) if line.sums.cached_read and line.sums.input else "–"


def _speed(line: Line) -> str:
    return f"{line.timing.speed.p50:,.0f}" if line.timing.speed.p50 is not None else "–"


class Lines(Rows[Line]):
    """Rows that follow a report: what changed is shown in its place, so that selection and scroll stay."""

    def __init__(self, described: Sequence[Column[Line]], parent: QObject) -> None:
        super().__init__(described, key=lambda line: line.id, parent=parent)
        self._first_title = described[0].title
        self.sort_by(SPEND, Qt.SortOrder.DescendingOrder)

    def set_first(self, title: str) -> None:
        """What the names in the first column are names of."""
        if title != self._first_title:
            self._first_title = title
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, 0)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if section == 0 and role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return self._first_title
        return super().headerData(section, orientation, role)

    def sort_by(self, column: int, order: Qt.SortOrder) -> None:
        self.sort(column, order)

    def follow(self, lines: Sequence[Line]) -> None:
        """Show these; no reset unless there was nothing before."""
        if not len(self) or not lines:
            self.set_rows(lines)
            return
        wanted = {line.id for line in lines}
        for gone in [line.id for line in self.records if line.id not in wanted]:
            self.remove(gone)
        fresh = []
        for line in lines:
            row = self.find(line.id)
            if row < 0:
                fresh.append(line)
            elif self.record(row) != line:
                self.update_row(line)
        self.append(fresh, complete=True)
        self.resort()

    def resort(self) -> None:
        """Back into the order chosen, which changed figures may have upset."""
        if self._sorted is not None:
            column, descending = self._sorted
            by = self.columns[column].sort
            keys = [by(line) for line in self.records] if by is not None else []
            if keys != sorted(keys, reverse=descending):
                self.sort(column, Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder)


_RAW: tuple[tuple[str, Callable[[Line], object]], ...] = (
    ("spend_usd", lambda line: to_usd(line.sums.cost)),
    ("unpriced", lambda line: line.sums.unpriced),
    ("share", lambda line: f"{line.share:.4f}"),
    ("requests", lambda line: line.sums.requests),
    ("errors", lambda line: line.sums.errors),
    ("input_tokens", lambda line: line.sums.input),
    ("cached_tokens", lambda line: line.sums.cached_read),
    ("output_tokens", lambda line: line.sums.output),
    ("saved_usd", lambda line: to_usd(line.sums.saved)),
    ("ttft_p50_s", lambda line: _seconds(line.timing.ttft.p50)),
    ("ttft_p95_s", lambda line: _seconds(line.timing.ttft.p95)),
    ("tokens_per_s", lambda line: _seconds(line.timing.speed.p50)),
)


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def as_tsv(first: str, lines: Sequence[Line]) -> str:
    """The rows as tab-separated text for a spreadsheet: plain numbers, nothing rounded for the eye."""
    head = "\t".join([first, *(title for title, _ in _RAW)])
    return "\n".join([head, *("\t".join([line.name, *(str(of(line)) for _, of in _RAW)]) for line in lines)])
