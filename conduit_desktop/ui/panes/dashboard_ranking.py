"""Who spends: keys, models or providers by what they came to, the largest first."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QPushButton, QStackedLayout, QWidget

from conduit_desktop.records import ExchangeFilter, Spend
from conduit_desktop.ui.panes.dashboard_words import cost
from conduit_desktop.ui.shown import count
from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets import memory
from conduit_desktop.ui.widgets.inputs import Segmented
from conduit_desktop.ui.widgets.layout import column, row
from conduit_desktop.ui.widgets.ranking import Rank, Ranking
from conduit_desktop.ui.widgets.states import EmptyState
from conduit_desktop.ui.widgets.text import Label

MOST = 5
_BY = (("key", "Keys"), ("model", "Models"), ("provider", "Providers"))


@dataclass(slots=True)
class _Sum:
    """What one key, model or provider came to."""

    cost: int = 0
    requests: int = 0
    unpriced: int = 0


def ranks(rows: Sequence[Spend], by: str, names: Mapping[str, str]) -> tuple[Rank, ...]:
    """The first ``MOST`` by spend, then by requests; ``names`` are the names of keys by id."""
    sums: dict[str, _Sum] = {}
    for each in rows:
        key = {"key": each.key_id, "model": each.model, "provider": each.provider}[by]
        entry = sums.setdefault(key, _Sum())
        entry.cost += each.cost
        entry.requests += each.requests
        entry.unpriced += each.unpriced
    whole = sum(entry.cost for entry in sums.values())
    most = sum(entry.requests for entry in sums.values()) or 1
    order = sorted(sums.items(), key=lambda item: (-item[1].cost, -item[1].requests, item[0]))
    return tuple(
        Rank(
            key,
            _name(by, key, names),
            cost(entry.cost) if entry.cost or not entry.unpriced else "unpriced",
            entry.cost / whole if whole else entry.requests / most,
            _sub(entry),
        )
        for key, entry in order[:MOST]
    )


def _name(by: str, key: str, names: Mapping[str, str]) -> str:
    if by == "key":
        return names.get(key, "a removed key") if key else "no key"
    return key or f"no {by}"


def _sub(entry: _Sum) -> str:
    said = "1 request" if entry.requests == 1 else f"{count(entry.requests)} requests"
    return f"{said}, {count(entry.unpriced)} unpriced" if entry.unpriced and entry.cost else said


class RankingCard(QFrame):
    """Signal: ``picked(ExchangeFilter)`` for the requests of one key, model or provider."""

    picked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("surface", "card")
        self._rows: Sequence[Spend] = ()
        self._names: Mapping[str, str] = {}
        self._since = 0.0
        self._title = Label("Spend", "heading")
        self.by = Segmented(_BY, name="Spend by", value=memory.read_text("dashboard/by", "key"))
        self.by.changed.connect(self._choose)
        self.ranking = Ranking("Spend")
        self.ranking.picked.connect(self._pick)
        self._shown: tuple[Rank, ...] = ()
        self._empty = EmptyState("coin", "Nothing spent", "What keys, models and providers cost is told here.")
        body = QWidget()
        self._stack = QStackedLayout(body)
        page = QWidget()
        page.setLayout(column(self.ranking, None, gap=0))
        self._stack.addWidget(page)
        self._stack.addWidget(self._empty)
        self._stack.setCurrentWidget(self._empty)
        head = row(self._title, None, self.by, gap=SPACE.s, margins=(4, 0, 0, 0))
        self.setLayout(column(head, body, gap=SPACE.s, margins=(12, 12, 12, 10)))

    def show_spend(self, title: str, since: float, rows: Sequence[Spend], names: Mapping[str, str]) -> None:
        """``title`` says of which days: the counters know days only."""
        self._title.setText(title)
        self._rows, self._names, self._since = rows, names, since
        self._draw()

    def _choose(self, by: str) -> None:
        memory.write("dashboard/by", by)
        self._draw()

    def _draw(self) -> None:
        found = ranks(self._rows, self.by.value, self._names)
        self._stack.setCurrentIndex(0 if found else 1)
        if found != self._shown:
            focused = next((at for at, line in enumerate(self._lines()) if line.hasFocus()), -1)
            self._shown = found
            self.ranking.set_ranks(found)
            if focused >= 0 and (lines := self._lines()):
                lines[min(focused, len(lines) - 1)].setFocus(Qt.FocusReason.TabFocusReason)

    def _lines(self) -> list[QPushButton]:
        return [line for line in self.ranking.findChildren(QPushButton) if not line.isHidden()]

    def _pick(self, key: str) -> None:
        by, since = self.by.value, min(self._since, time.time())
        if not key:
            self.picked.emit(ExchangeFilter(since=since))
        elif by == "key":
            self.picked.emit(ExchangeFilter(key_id=key, since=since))
        elif by == "model":
            self.picked.emit(ExchangeFilter(model=key, since=since))
        else:
            self.picked.emit(ExchangeFilter(provider=key, since=since))
