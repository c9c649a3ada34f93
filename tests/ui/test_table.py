"""The table and its model: paging, following, updating, choosing, copying."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication, QMenu

from conduit_desktop.ui.widgets import memory
from conduit_desktop.ui.widgets.rows import Column, Rows
from conduit_desktop.ui.widgets.states import EmptyState
from conduit_desktop.ui.widgets.table import DataTable


@dataclass(frozen=True)
class Row:
    id: int
    name: str


COLUMNS: tuple[Column[Row], ...] = (
    Column("Id", lambda row: str(row.id), 60, align="right", sort=lambda row: row.id),
    Column("Name", lambda row: row.name, 120, stretch=True, sort=lambda row: row.name),
    Column("Badge", lambda row: "ok", 80, badge=lambda row: ("ok", "success", "check")),
    Column("Bar", lambda row: "40 %", 80, bar=lambda row: (0.4, "")),
)


def some(*ids: int) -> list[Row]:
    return [Row(id, f"row {id}") for id in ids]


@pytest.fixture
def rows(app: QApplication) -> Rows[Row]:
    made: Rows[Row] = Rows(COLUMNS, key=lambda row: row.id)
    QAbstractItemModelTester(made, QAbstractItemModelTester.FailureReportingMode.Fatal, made)
    return made


@pytest.fixture
def table(rows: Rows[Row]) -> Iterator[DataTable]:
    made = DataTable(rows, key="rows", name="Rows")
    made.resize(500, 300)
    made.show()
    made.activateWindow()
    yield made
    made.close()


def ids(rows: Rows[Row]) -> list[int]:
    return [row.id for row in rows.records]


def test_pages_at_the_end_and_news_at_the_top(rows: Rows[Row]) -> None:
    asked: list[bool] = []
    rows.more_wanted.connect(lambda: asked.append(True))
    rows.set_rows(some(5, 4), complete=False)
    rows.fetchMore(QModelIndex())
    rows.fetchMore(QModelIndex())
    assert asked == [True]
    rows.append(some(4, 3, 2), complete=True)
    rows.prepend(some(7, 6))
    rows.prepend(some(7))
    assert ids(rows) == [7, 6, 5, 4, 3, 2]
    assert [rows.find(id) for id in (7, 5, 2, 99)] == [0, 2, 5, -1]
    assert not rows.canFetchMore(QModelIndex())


def test_the_oldest_are_dropped_beyond_the_most_and_can_be_fetched_again(rows: Rows[Row]) -> None:
    rows.set_rows(some(3, 2, 1))
    rows.prepend(some(5, 4), most=3)
    assert ids(rows) == [5, 4, 3]
    assert rows.canFetchMore(QModelIndex())
    assert rows.find(3) == 2


def test_a_changed_row_is_announced_alone(rows: Rows[Row]) -> None:
    rows.set_rows(some(3, 2, 1))
    told: list[tuple[int, int]] = []
    rows.dataChanged.connect(lambda first, last: told.append((first.row(), last.row())))
    assert rows.update_row(Row(2, "new"))
    assert not rows.update_row(Row(9, "unknown"))
    assert told == [(1, 1)]
    assert rows.index(1, 1).data() == "new"
    rows.remove(2)
    assert ids(rows) == [3, 1]


def test_sorting_keeps_the_chosen_row(rows: Rows[Row], table: DataTable) -> None:
    rows.set_rows([Row(1, "b"), Row(2, "a"), Row(3, "c")])
    table.select(1)
    table.view.sortByColumn(1, Qt.SortOrder.AscendingOrder)
    assert ids(rows) == [2, 1, 3]
    assert table.current.id == 1
    rows.set_rows([Row(1, "b"), Row(3, "c"), Row(2, "a")])
    assert ids(rows) == [2, 1, 3]
    assert table.current.id == 1


def test_keyboard_chooses_activates_and_copies(rows: Rows[Row], table: DataTable) -> None:
    chosen: list[object] = []
    activated: list[Row] = []
    table.chosen.connect(chosen.append)
    table.activated.connect(activated.append)
    rows.set_rows(some(3, 2, 1))
    table.setFocus()
    assert chosen == []
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_J, Qt.Key.Key_K):
        QTest.keyClick(table.view, key)
    assert chosen == [Row(3, "row 3"), Row(2, "row 2"), Row(1, "row 1"), Row(2, "row 2")]
    QTest.keyClick(table.view, Qt.Key.Key_Return)
    assert activated == [Row(2, "row 2")]
    QTest.keyClick(table.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "2\trow 2\tok\t40 %"


def test_following_keeps_the_chosen_row(rows: Rows[Row], table: DataTable) -> None:
    rows.set_rows(some(3, 2, 1))
    table.select(2)
    rows.prepend(some(5, 4))
    assert table.current.id == 2
    rows.set_rows(some(9, 8, 2))
    assert table.current.id == 2
    gone: list[object] = []
    table.chosen.connect(gone.append)
    rows.set_rows(some(9))
    assert table.current is None
    assert gone[-1] is None


def test_states_take_its_place_and_the_keyboard_goes_along(rows: Rows[Row], table: DataTable) -> None:
    empty = EmptyState("key", "No rows", "There are none.", "Make one")
    table.set_empty(empty)
    table.setFocus()
    assert table.focusWidget() is empty.button
    table.show_loading()
    assert not empty.isVisible()
    table.show_error("It broke.")
    assert table._failed.button.isVisible()
    rows.set_rows(some(1))
    assert table.view.isVisible()
    assert table.focusWidget() is table.view
    rows.set_rows(())
    assert empty.isVisible()


def test_context_menu_is_filled_for_the_chosen(
    rows: Rows[Row], table: DataTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[list[str]] = []
    monkeypatch.setattr(QMenu, "popup", lambda menu, _at: opened.append([a.text() for a in menu.actions()]))
    rows.set_rows(some(2, 1))
    table.set_menu(lambda menu, records: menu.addAction(f"Delete {records[0].name}"))
    table.view.customContextMenuRequested.emit(table.view.viewport().rect().center())
    assert opened == []
    table.select(1)
    table.view.customContextMenuRequested.emit(table.view.viewport().rect().center())
    assert opened == [["Delete row 1"]]


def test_columns_are_remembered(rows: Rows[Row], table: DataTable) -> None:
    table.view.setColumnWidth(0, 133)
    table._remember()
    again = DataTable(rows, key="rows", name="Rows")
    assert again.view.columnWidth(0) == 133
    memory.forget()


def test_it_paints_every_kind_of_cell(rows: Rows[Row], table: DataTable) -> None:
    before = table.grab().toImage()
    rows.set_rows(some(*range(200)))
    table.select(1)
    assert table.grab().toImage() != before
