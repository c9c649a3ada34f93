"""A splitter that remembers where it was, and the panel of details beside a list, with its tabs."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QSplitter, QTabWidget, QVBoxLayout, QWidget

from conduit_desktop.ui import theme
from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets import memory
from conduit_desktop.ui.widgets.buttons import IconButton
from conduit_desktop.ui.widgets.layout import Upright, column, row, scrolled
from conduit_desktop.ui.widgets.text import ElidedLabel, Label

_LEAST_PAGE = 160


class Splitter(QSplitter):
    """Parts side by side (or stacked), with a hairline between, remembered under ``key``."""

    def __init__(self, key: str, *parts: QWidget, sizes: tuple[int, ...] = (), vertical: bool = False) -> None:
        super().__init__(Qt.Orientation.Vertical if vertical else Qt.Orientation.Horizontal)
        self._key = f"splitter/{key}"
        self.setHandleWidth(1)
        self.setChildrenCollapsible(False)
        for part in parts:
            self.addWidget(part)
        for index, size in enumerate(sizes):
            self.setStretchFactor(index, size)
        if (state := memory.read_bytes(self._key)) is not None:
            self.restoreState(state)
        elif sizes:
            self.setSizes([size * 1000 // sum(sizes) for size in sizes])
        self._save = QTimer(self)
        self._save.setSingleShot(True)
        self._save.setInterval(400)
        self._save.timeout.connect(self._remember)
        self.splitterMoved.connect(self._start_saving)

    def _start_saving(self) -> None:
        self._save.start()

    def _remember(self) -> None:
        memory.write(self._key, self.saveState())


class Tabs(QTabWidget):
    """The tabs of a detail panel; ``name`` is for screen readers. They ask for the height that the page in front cannot
    do without, and for some of it where that page scrolls by itself."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setDocumentMode(True)
        self.setUsesScrollButtons(True)
        self.tabBar().setAccessibleName(name)
        self.tabBar().setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.currentChanged.connect(lambda _at: self.updateGeometry())

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        page = self.currentWidget()
        box = page.layout() if page is not None else None
        needed = box.totalMinimumHeightForWidth(width) if box is not None and box.hasHeightForWidth() else 0
        least = page.minimumSizeHint().height() if page is not None else 0
        return self.tabBar().sizeHint().height() + max(needed, least, theme.current().px(_LEAST_PAGE))


class DetailPanel(QFrame):
    """The right side of master and detail: a head with title, line under it, actions and a close button; a body, which
    is scrolled where the window is too low for it. ``least`` is its least width, at the normal size of text.

    Signal: ``closed()`` when the user closes it (button or Esc); the pane hides it.
    """

    closed = Signal()
    least = 300

    def __init__(self, title: str = "", *, closable: bool = True, sentence: bool = False) -> None:
        """The title is a name, shortened where it must be; a ``sentence`` is shown in full."""
        super().__init__()
        self.setProperty("surface", "surface")
        self._title = Label(title, "heading", wrap=True) if sentence else ElidedLabel(title, "heading")
        self._sub = ElidedLabel("", "small")
        self._close = IconButton("close", "Close details", small=True)
        self._close.clicked.connect(self.closed)
        if not closable:
            self._close.hide()
        self._actions = row(gap=SPACE.xs)
        head = row(gap=SPACE.s, margins=(SPACE.l, SPACE.m, SPACE.m, SPACE.m))
        head.addLayout(column(self._title, self._sub, gap=2), 1)
        acts = row(self._actions, self._close)
        head.addLayout(acts)
        head.setAlignment(acts, Qt.AlignmentFlag.AlignTop)
        self._sub.hide()
        self.body = QVBoxLayout()
        self.body.setContentsMargins(SPACE.l, 0, SPACE.l, SPACE.l)
        self.body.setSpacing(SPACE.m)
        content = Upright()
        content.setLayout(self.body)
        content.fitted.connect(self.updateGeometry)
        outer = column(head, gap=0)
        outer.addWidget(scrolled(content), 1)
        self.setLayout(outer)

    def minimumSizeHint(self) -> QSize:
        """Never narrower than what is in it: none of it can be scrolled sideways. What is hidden is not measured, which
        takes as long as laying it out."""
        least = theme.current().px(self.least)
        if self.isHidden():
            return QSize(least, 0)
        width = max(least, self.body.totalMinimumSize().width())
        return QSize(width, super().minimumSizeHint().height())

    def rest(self) -> Iterator[None]:
        """Makes what the constructor has left, in steps."""
        yield from ()

    def set_head(self, title: str, sub: str = "") -> None:
        if isinstance(self._title, ElidedLabel):
            self._title.set_full_text(title)
        else:
            self._title.setText(title)
        self._sub.set_full_text(sub)
        self._sub.setVisible(bool(sub))

    def add_action(self, widget: QWidget) -> None:
        self._actions.addWidget(widget)
        self.setTabOrder(widget, self._close)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and not self._close.isHidden():
            self.closed.emit()
        else:
            super().keyPressEvent(event)
