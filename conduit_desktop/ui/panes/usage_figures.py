"""The figures of Usage as a table: by group and over time. A click filters, Enter goes to the requests behind a row."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import QFrame, QMenu, QStackedLayout, QWidget

from conduit_desktop.ui import theme, tokens
from conduit_desktop.ui.icons import icon
from conduit_desktop.ui.panes.usage_asked import WORDS
from conduit_desktop.ui.panes.usage_plotted import Seen
from conduit_desktop.ui.panes.usage_table import (
    FIRST_TO_GO,
    SPEND,
    Line,
    Lines,
    as_tsv,
    bar_lines,
    columns,
    group_lines,
)
from conduit_desktop.ui.widgets import memory
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.copying import copy
from conduit_desktop.ui.widgets.fit import fit_columns
from conduit_desktop.ui.widgets.inputs import Segmented
from conduit_desktop.ui.widgets.layout import column, row
from conduit_desktop.ui.widgets.states import EmptyState
from conduit_desktop.ui.widgets.table import DataTable
from conduit_desktop.ui.widgets.text import Label

_MOST_SEEN = 14  # rows: beyond them the table scrolls by itself
_GROUPS, _TIME = "groups", "time"


class UsageFigures(QFrame):
    """Signals: ``filtered(group id)`` by a click on a group, ``opened(Line)`` for the requests behind a row,
    ``lit(group id or None)`` for the group whose row is chosen, ``told(text)`` what was copied."""

    filtered = Signal(str)
    opened = Signal(object)
    lit = Signal(object)
    told = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("surface", "card")
        self._by = ""
        self._title = Label("", "heading")
        self.view = Segmented(
            ((_GROUPS, "Groups"), (_TIME, "Over time")),
            name="What the rows are",
            value=memory.read_text("usage/rows", _GROUPS),
        )
        self.copy_button = Button("Copy", "ghost", icon="copy", small=True, name="Copy the table as tab-separated text")
        self.copy_button.setToolTip("Copy the table as tab-separated text")
        self.groups = Lines(columns("Group", marked=True), self)
        self.bars = Lines(columns("When", marked=False), self)
        self.by_group = self._table(self.groups, "usage-groups", "Usage by group")
        self.by_bar = self._table(self.bars, "usage-bars", "Usage over time")
        body = QWidget()
        self._stack = QStackedLayout(body)
        self._stack.addWidget(self.by_group)
        self._stack.addWidget(self.by_bar)
        head = row(self._title, None, self.view, self.copy_button, margins=(tokens.SPACE.xl - 1, 12, 12, 0))
        self.setLayout(column(head, body, gap=tokens.SPACE.s, margins=(1, 0, 1, 8)))
        self.view.changed.connect(self._choose)
        self.copy_button.clicked.connect(self.copy_all)
        self.by_group.view.clicked.connect(self._clicked)
        self.by_group.chosen.connect(lambda line: self.lit.emit(line.id if line is not None else None))
        for rows in (self.groups, self.bars):
            rows.counted.connect(self._size)
        theme.current().changed.connect(self._size)
        self.bars.sort_by(0, Qt.SortOrder.AscendingOrder)

    def _table(self, rows: Lines, key: str, name: str) -> DataTable:
        made = DataTable(rows, key=key, name=name, several=True)
        header = made.view.horizontalHeader()
        at, order = (SPEND, Qt.SortOrder.DescendingOrder) if rows is self.groups else (0, Qt.SortOrder.AscendingOrder)
        header.setSortIndicator(at, order)
        made.set_empty(EmptyState("dashboard", "No requests", "What was asked in this span is told here."))
        made.activated.connect(self.opened)
        made.set_menu(self._fill_menu)
        fit_columns(made, FIRST_TO_GO, stretch_least=150)
        return made

    # ---- what it shows

    def show_seen(self, seen: Seen, colours: dict[str, str]) -> None:
        self._by = seen.asked.by
        if self._by:
            self.groups.set_first(WORDS[self._by])
        self.groups.follow(group_lines(seen.report, colours) if self._by else [])
        self.bars.follow(bar_lines(seen.report, seen.span.now, seen.span.zone) if seen.report.sums.requests else [])
        self.view.setVisible(bool(self._by))
        self._show_table()

    def _show_table(self) -> None:
        grouped = bool(self._by) and self.view.value == _GROUPS
        self._title.setText(f"By {WORDS[self._by].lower()}" if grouped else "Over time")
        self._stack.setCurrentWidget(self.by_group if grouped else self.by_bar)
        self._size()

    @property
    def table(self) -> DataTable:
        """The one that is shown."""
        return self.by_group if self._stack.currentWidget() is self.by_group else self.by_bar

    def _choose(self, key: str) -> None:
        memory.write("usage/rows", key)
        self._show_table()

    def _size(self) -> None:
        """As high as its rows, as long as they are not too many: then it is the page that scrolls."""
        px = theme.current().px
        rows = min(max(len(self.table.rows), 3), _MOST_SEEN)
        for table in (self.by_group, self.by_bar):
            table.setFixedHeight(px(30) + 4 + rows * px(tokens.ROW))

    # ---- acting

    def _clicked(self, index: QModelIndex) -> None:
        line: Line = self.groups.record(index.row())
        if not self.by_group.view.selectionModel().selectedRows()[1:]:
            self.filtered.emit(str(line.id))

    def _fill_menu(self, menu: QMenu, lines: Sequence[Line]) -> None:
        line = lines[0]
        menu.addAction(icon("requests", "text-muted"), "Show its requests", partial(self.opened.emit, line))
        if self.table is self.by_group:
            menu.addAction(icon("filter", "text-muted"), f"Only {line.name}", partial(self.filtered.emit, str(line.id)))
        menu.addSeparator()
        menu.addAction(icon("copy", "text-muted"), "Copy rows", partial(self._copy, lines))
        menu.addAction(icon("copy", "text-muted"), "Copy the whole table", self.copy_all)

    def copy_all(self) -> None:
        """The whole table, as it is ordered."""
        self._copy(list(self.table.rows.records))

    def _copy(self, lines: Sequence[Line]) -> None:
        copy(as_tsv(WORDS[self._by].lower() if self.table is self.by_group else "when", lines))
        self.told.emit(f"Copied {len(lines)} row{'' if len(lines) == 1 else 's'}")
