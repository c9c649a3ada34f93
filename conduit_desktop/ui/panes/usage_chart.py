"""The chart of Usage: bars or lines with their legend, its split and grain, and the same in words on demand."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QSizePolicy, QStackedLayout, QWidget

from conduit_desktop.ui.panes.usage_asked import SPLITS, WORDS, Asked
from conduit_desktop.ui.panes.usage_measures import measure_of
from conduit_desktop.ui.panes.usage_plotted import GROUP, Colours, Seen, group_of, plotted, ranges
from conduit_desktop.ui.panes.usage_spans import GRAINS, grains, usual_grain
from conduit_desktop.ui.panes.usage_words import end_word, priced, unpriced
from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets import memory
from conduit_desktop.ui.widgets.bars import StackedBars
from conduit_desktop.ui.widgets.buttons import IconButton
from conduit_desktop.ui.widgets.flow import Apart
from conduit_desktop.ui.widgets.inputs import Choice
from conduit_desktop.ui.widgets.layout import column, row
from conduit_desktop.ui.widgets.legend import Entry, Legend
from conduit_desktop.ui.widgets.lines import Lines
from conduit_desktop.ui.widgets.plot import Plot
from conduit_desktop.ui.widgets.plot_data import Plotted
from conduit_desktop.ui.widgets.ranges import Ranges
from conduit_desktop.ui.widgets.states import EmptyState
from conduit_desktop.ui.widgets.text import ElidedLabel, Label

HEIGHT = 264


class UsageChart(QFrame):
    """Signals: ``bar_chosen(index, series key)``, ``group_chosen(series key)`` from the legend, ``split(dimension)``,
    ``grained(grain)``, ``emptied()`` when the one action of the empty state was pressed."""

    bar_chosen = Signal(int, str)
    group_chosen = Signal(str)
    split = Signal(str)
    grained = Signal(str)
    emptied = Signal()

    def __init__(self, asked: Asked) -> None:
        super().__init__()
        self.setProperty("surface", "card")
        self._colours = Colours()
        self._title = Label("", "heading")
        self._note = ElidedLabel("", "small")
        self.by = Choice(SPLITS, name="Split by", value=asked.by)
        self.grain = Choice(GRAINS, name="Width of a bar", value=asked.grain)
        self.as_words = IconButton("chat", "Show the chart in words", small=True)
        self.as_words.setCheckable(True)
        self.as_words.setChecked(memory.read_flag("usage/words", False))
        self.legend = Legend("Legend: press an entry to see only that")
        self.bars, self.lines = StackedBars("Usage", height=HEIGHT), Lines("Usage", height=HEIGHT)
        self.words = Label("", "muted", wrap=True, selectable=True)
        self.words.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._empty = EmptyState("dashboard", "No requests", "", "")
        self.ranges = Ranges("By group")
        timed = QWidget()
        beside = row(gap=SPACE.l)
        beside.addWidget(self.lines, 5)
        beside.addWidget(self.ranges, 3, Qt.AlignmentFlag.AlignTop)
        timed.setLayout(beside)
        body = QWidget()
        self._stack = QStackedLayout(body)
        for part in (self.bars, timed, self._empty):
            self._stack.addWidget(part)
        body.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        said, controls = row(self._title, gap=SPACE.s), row(self.by, self.grain, self.as_words, gap=SPACE.s)
        said.addWidget(self._note, 1)
        left, right = QWidget(), QWidget()
        left.setLayout(said)
        right.setLayout(controls)
        head = Apart(left, right)
        self.setLayout(column(head, self.legend, body, self.words, gap=6, margins=(16, 12, 14, 12)))
        self._connect()

    def _connect(self) -> None:
        for plot in (self.bars, self.lines):
            plot.chosen.connect(self.bar_chosen)
            self.legend.lit.connect(plot.set_lit)
        self.legend.picked.connect(self.group_chosen)
        self.ranges.picked.connect(self.group_chosen)
        self.by.picked.connect(self.split)
        self.grain.picked.connect(self.grained)
        self.as_words.toggled.connect(self._toggle_words)
        self._empty.acted.connect(self.emptied)
        self._toggle_words(self.as_words.isChecked())

    @property
    def plot(self) -> Plot:
        """The one that is shown."""
        return self.bars if self._stack.currentIndex() == 0 else self.lines

    def show_seen(self, seen: Seen) -> dict[str, str]:
        """Show what was read; gives the colours of the groups, for the table."""
        data = plotted(seen, self._colours)
        summed = data.summed
        self._title.setText(data.name)
        self._note.set_full_text(self._noted(seen, data))
        self.legend.set_entries(_entries(seen, data))
        self.words.setText(data.words)
        (self.bars if summed else self.lines).set_plotted(data)
        self._say_empty(seen)
        nothing = not seen.report.sums.requests
        self._stack.setCurrentIndex(2 if nothing else 0 if summed else 1)
        timed = self._show_ranges(seen, data)
        self._offer_grains(seen)
        coloured = timed or [(series.key, series.token) for series in data.series]
        return {found: token for key, token in coloured if (found := group_of(key)) is not None}

    def _show_ranges(self, seen: Seen, data: Plotted) -> list[tuple[str, str]]:
        """How quick each group is, where that is asked; gives the groups' colours."""
        found = ranges(seen, self._colours)
        self.ranges.setVisible(bool(found))
        if found:
            title = f"{measure_of(seen.asked.measure).text} by {WORDS[seen.asked.by].lower()}: p50 to p95, p99"
            self.ranges.set_ranges(title, found, data.show, data.tick)
        return [(each.key, each.token) for each in found]

    def _offer_grains(self, seen: Seen) -> None:
        usual = usual_grain(seen.span)
        offered = [(key, text if key else f"Auto ({dict(GRAINS)[usual].lower()})") for key, text in grains(seen.span)]
        if offered != [(self.grain.itemData(at), self.grain.itemText(at)) for at in range(self.grain.count())]:
            self.grain.set_choices(offered, seen.asked.grain)

    def _noted(self, seen: Seen, data: Plotted) -> str:
        report = seen.report
        if not data.summed:
            return "from a sample of the requests" if report.timing.sampled else ""
        return (
            f"without {unpriced(report.sums.unpriced)}"
            if seen.asked.measure == "spend" and report.sums.unpriced
            else ""
        )

    def _say_empty(self, seen: Seen) -> None:
        if seen.asked.filters:
            self._empty.set_state("filter", "Nothing matches", "No request fits these filters.", "Clear filters")
        else:
            text = f"Nothing was asked in {seen.span.words}. Choose another range, or connect a tool."
            self._empty.set_state("dashboard", "No requests", text, "Connect a tool")

    def _toggle_words(self, on: bool) -> None:
        memory.write("usage/words", on)
        self.words.setVisible(on)
        name = "Hide the chart's words" if on else "Show the chart in words"
        self.as_words.setToolTip(name)
        self.as_words.setAccessibleName(name)


def _entries(seen: Seen, data: Plotted) -> list[Entry]:
    """The series, and what else there is to explain."""
    report, measure = seen.report, measure_of(seen.asked.measure)
    totals = [sum(point.values[at] or 0 for point in data.points) for at in range(len(data.series))]
    priceless = {GROUP + group.id for group in report.groups if measure.key == "spend" and not priced(group.sums)}
    made: list[Entry] = []
    if data.summed and (len(data.series) > 1 or seen.asked.by):
        made = [
            Entry(
                series.name,
                series.token,
                "unpriced" if series.key in priceless else data.show(total),
                series.key if group_of(series.key) is not None else "",
            )
            for series, total in zip(data.series, totals, strict=True)
        ]
    elif not data.summed and measure.timing is not None:
        now = measure.timing(report.timing)
        figures = (now.p50, now.p95, now.p99)
        made = [
            Entry(series.name, series.token, data.show(value) if value is not None else "–", look=series.dash or "line")
            for series, value in zip(data.series, figures, strict=True)
        ]
    if data.before:
        before = Entry(data.before[0].upper() + data.before[1:], "chart-rest")
        made.append(before if data.summed else replace(before, look="dash", figure="p50"))
    if any(point.ahead for point in data.points) and report.forecast is not None:
        made.append(Entry(f"Expected {end_word(seen.span)}", "text-muted", data.show(report.forecast), look="ahead"))
    if any(point.unknown for point in data.points):
        made.append(Entry("Unpriced", "text-muted", look="hatch"))
    return made
