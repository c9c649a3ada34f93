"""The table of the app: rows of one height, whole-row selection, keyboard, context menu, remembered columns, and
empty, loading and failed states in its place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import (
    QByteArray,
    QEvent,
    QItemSelection,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractItemView, QApplication, QHeaderView, QMenu, QStackedLayout, QTableView, QWidget

from conduit_desktop.ui import theme, tokens
from conduit_desktop.ui.widgets import memory
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.cells import PAD, Cells
from conduit_desktop.ui.widgets.rows import ALIGN, Rows
from conduit_desktop.ui.widgets.states import EmptyState, LoadingState

FillMenu = Callable[[QMenu, Sequence[Any]], None]


_FEW = 3
_STEPS = {Qt.Key.Key_J: 1, Qt.Key.Key_K: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}


class _View(QTableView):
    """The view itself: hover by row, Enter, copying."""

    entered = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.passing = False
        self.cells = Cells(self)
        self.setItemDelegate(self.cells)
        self.setMouseTracking(True)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsMovable(True)
        header.setDefaultAlignment(ALIGN["left"])
        header.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._size_rows()
        theme.current().changed.connect(self._size_rows)

    def minimumSizeHint(self) -> QSize:
        """A few rows below the header: with less there is nothing to read."""
        height = self.horizontalHeader().sizeHint().height() + _FEW * theme.current().px(tokens.ROW)
        return QSize(super().minimumSizeHint().width(), height)

    def _size_rows(self) -> None:
        self.verticalHeader().setDefaultSectionSize(theme.current().px(tokens.ROW))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered.emit()
        elif event.matches(QKeySequence.StandardKey.Copy):
            self._copy()
        elif event.key() in _STEPS and not self.selectionModel().hasSelection():
            self.selectRow(max(self.currentIndex().row(), 0))  # focus alone chooses nothing; the first step does
        elif event.key() in (Qt.Key.Key_Home, Qt.Key.Key_End) and not self.selectionModel().hasSelection():
            self.selectRow(0 if event.key() == Qt.Key.Key_Home else self.model().rowCount() - 1)
        elif event.key() in (Qt.Key.Key_J, Qt.Key.Key_K) and not event.modifiers():
            row = self.currentIndex().row() + _STEPS[Qt.Key(event.key())]
            self.selectRow(max(0, min(row, self.model().rowCount() - 1)))
        else:
            super().keyPressEvent(event)

    def _copy(self) -> None:
        rows = sorted(index.row() for index in self.selectionModel().selectedRows())
        model = self.model()
        columns = [at for at in range(model.columnCount()) if not self.isColumnHidden(at)]
        lines = ["\t".join(str(model.index(row, at).data() or "") for at in columns) for row in rows]
        if lines:
            QGuiApplication.clipboard().setText("\n".join(lines))

    def paintEvent(self, event: QPaintEvent) -> None:
        self.cells.paint_rows(QPainter(self.viewport()), event.rect())

    def rowsAboutToBeRemoved(self, parent: QModelIndex | QPersistentModelIndex, first: int, last: int) -> None:
        """Where rows only pass through, none is chosen in place of one that goes; Qt would choose its neighbour."""
        if self.passing and first <= self.currentIndex().row() <= last:
            self.selectionModel().clear()
        super().rowsAboutToBeRemoved(parent, first, last)

    def setSpan(self, row: int, column: int, rows: int, columns: int) -> None:
        super().setSpan(row, column, rows, columns)
        self.cells.spanned = True

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        self._hover(self.rowAt(event.position().toPoint().y()))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hover(-1)

    def _hover(self, row: int) -> None:
        if row != self.cells.hovered:
            self.cells.hovered = row
            self.viewport().update()


class DataTable(QWidget):
    """A table over ``rows``; ``key`` is what its columns are remembered under, ``name`` its accessible name. An
    ``inset`` one stands inside a card and not at the page's edges; through a ``passing`` one rows come and go.

    Signals: ``chosen(record or None)`` when the selected row changed; ``activated(record)`` on Enter or double click.
    """

    chosen = Signal(object)
    activated = Signal(object)

    def __init__(
        self, rows: Rows[Any], *, key: str, name: str, several: bool = False, inset: bool = False, passing: bool = False
    ) -> None:
        super().__init__()
        self.rows = rows
        self._key = f"columns/{key}-{len(rows.columns)}"
        self._fill_menu: FillMenu | None = None
        self._empty: QWidget | None = None
        self._held: object = None  # the current row's key while the rows are replaced
        self.view = _View()
        self.view.setAccessibleName(name)
        self.view.setModel(rows)
        if inset:
            self.view.cells.edge = PAD
            self.view.setProperty("inset", "true")
        self.view.passing = passing
        if not several:
            self.view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self._loading = LoadingState()
        self._failed = EmptyState("error", "This could not be loaded", "", "Try again", tone="danger")
        self.retried = self._failed.acted
        self._stack = QStackedLayout(self)
        for part in (self.view, self._loading, self._failed):
            self._stack.addWidget(part)
        self._show_part(self.view)
        self._set_columns()
        self._connect()

    def _connect(self) -> None:
        self.view.selectionModel().selectionChanged.connect(self._tell)
        self.view.doubleClicked.connect(self._activate)
        self.view.entered.connect(self._activate)
        self.view.customContextMenuRequested.connect(self._open_menu)
        self.rows.counted.connect(self._show_content)
        self.rows.modelAboutToBeReset.connect(self._hold)
        self.rows.modelReset.connect(self._restore)

    # ---- what it shows

    def set_empty(self, state: QWidget) -> None:
        """What stands in place of the table while it has no rows."""
        if self._empty is not None:
            self._stack.removeWidget(self._empty)
        self._empty = state
        self._stack.addWidget(state)
        self._show_content(len(self.rows))

    def show_loading(self) -> None:
        """A spinner until rows come; does nothing while there are rows to look at."""
        if not len(self.rows):
            self._show_part(self._loading)

    def show_error(self, text: str) -> None:
        """What went wrong, with a button (``retried``) to try again."""
        self._failed.set_state("error", "This could not be loaded", text, "Try again", tone="danger")
        self._show_part(self._failed)

    def show_rows(self) -> None:
        """The rows again, or what stands in place of none: an error that was shown is over."""
        self._show_content(len(self.rows))

    def _show_content(self, count: int) -> None:
        self._show_part(self._empty if self._empty is not None and not count else self.view)

    def _show_part(self, part: QWidget) -> None:
        """The keyboard goes with it: to the rows, or to the one button there is instead of them."""
        focused = QApplication.focusWidget()
        had = focused is not None and (focused is self or self.isAncestorOf(focused))
        self._stack.setCurrentWidget(part)
        target = part if part is self.view else part.findChild(Button)
        target = target if target is not None and target.isVisibleTo(part) else None
        self.setFocusProxy(target)  # type: ignore[arg-type]
        if had:
            (target or self).setFocus()

    # ---- what is chosen

    @property
    def current(self) -> Any:
        """The record of the current row when it is selected, or None."""
        index = self.view.currentIndex()
        chosen = index.isValid() and self.view.selectionModel().isRowSelected(index.row())
        return self.rows.record(index.row()) if chosen else None

    @property
    def selected(self) -> list[Any]:
        """The records of the selected rows, from top to bottom."""
        rows = sorted(index.row() for index in self.view.selectionModel().selectedRows())
        return [self.rows.record(row) for row in rows]

    def select(self, key: object) -> bool:
        """Make the row of ``key`` the current one; False when it is not here."""
        row = self.rows.find(key)
        if row >= 0:
            self.view.selectRow(row)
            self.view.scrollTo(self.rows.index(row, 0))
        return row >= 0

    def set_menu(self, fill: FillMenu) -> None:
        """``fill(menu, records)`` puts actions into the context menu; the keyboard's menu key works as well."""
        self._fill_menu = fill

    def _tell(self, _now: QItemSelection, _before: QItemSelection) -> None:
        self.chosen.emit(self.current)

    def _activate(self, _index: QModelIndex | None = None) -> None:
        if (record := self.current) is not None:
            self.activated.emit(record)

    def _open_menu(self, at: QPoint) -> None:
        if self._fill_menu is None or not self.selected:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._fill_menu(menu, self.selected)
        if not menu.isEmpty():
            menu.popup(self.view.viewport().mapToGlobal(at))

    def _hold(self) -> None:
        self._held = self.rows.key_at(self.view.currentIndex().row()) if self.current is not None else None

    def _restore(self) -> None:
        row = self.rows.find(self._held) if self._held is not None else -1
        if row >= 0:
            self.view.selectRow(row)
        elif self._held is not None:
            self.chosen.emit(None)
        self._held = None

    # ---- columns

    def _set_columns(self) -> None:
        header = self.view.horizontalHeader()
        for at, column in enumerate(self.rows.columns):
            self.view.setColumnWidth(at, theme.current().px(column.width))
            if column.stretch:
                header.setSectionResizeMode(at, QHeaderView.ResizeMode.Stretch)
        if any(column.sort for column in self.rows.columns):
            header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)  # before: enabling sorts by what is indicated
            self.view.setSortingEnabled(True)
        if (state := memory.read_bytes(self._key)) is not None:
            header.restoreState(QByteArray(state))
        self._save = QTimer(self)
        self._save.setSingleShot(True)
        self._save.setInterval(500)
        self._save.timeout.connect(self._remember)
        self._unit = theme.current().px(100)
        theme.current().changed.connect(self._scale_columns)
        header.sectionResized.connect(lambda *_: self._save.start())
        header.sectionMoved.connect(lambda *_: self._save.start())

    def _scale_columns(self) -> None:
        """Columns grow and shrink with the user's text size."""
        before, self._unit = self._unit, theme.current().px(100)
        if self._unit != before:
            for at in range(len(self.rows.columns)):
                self.view.setColumnWidth(at, round(self.view.columnWidth(at) * self._unit / before))

    def _remember(self) -> None:
        memory.write(self._key, self.view.horizontalHeader().saveState())
