"""What each of the Dashboard's views is: a page of its own that is read when it is first seen, and anew when something
happened while it was looked at or hidden."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QScrollArea, QWidget

from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets.layout import row, scrolled
from conduit_desktop.ui.widgets.palette import Command

EDGES = (SPACE.xl, 2, SPACE.xl, SPACE.xl)
_SCROLLS = (
    *(Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Home, Qt.Key.Key_End),
    *(Qt.Key.Key_Up, Qt.Key.Key_Down),
)


class DashboardView(QWidget):
    """Subclass with ``refresh``, and make a ``page``. What is put into ``tools`` stands at the right of the pane's head
    while the view is shown, ``said(text)`` asks for a few words beside its title, and ``follow`` is the least time
    between two readings (milliseconds)."""

    said = Signal(str)

    def __init__(self, service: GatewayService, bridge: Bridge, follow: int) -> None:
        super().__init__()
        self.service, self.bridge = service, bridge
        self.tools = QWidget()
        self._tools = row(gap=SPACE.s)
        self.tools.setLayout(self._tools)
        self.subtitle = ""
        self._loaded = self._stale = False
        self._area: QScrollArea | None = None
        self._reading = 0  # looks that are under way: a newer one may overtake
        self._follow = self.timer(follow, once=True)

    def timer(self, every: int, *, once: bool) -> QTimer:
        """A timer that has the page read again."""
        made = QTimer(self)
        made.setInterval(every)
        made.setSingleShot(once)
        made.timeout.connect(self.look_again)
        return made

    def add_tool(self, widget: QWidget) -> None:
        self._tools.addWidget(widget)

    def say(self, text: str) -> None:
        self.subtitle = text
        self.said.emit(text)

    # ---- reading

    async def refresh(self) -> None:
        """Fetch what is shown and show it."""
        raise NotImplementedError

    def show_failure(self, text: str) -> None:
        raise NotImplementedError

    def load(self) -> None:
        """Read; a reading that still runs gives way."""
        self._loaded, self._stale = True, False
        self.bridge.run(self._read(), on_error=self.show_failure, owner=self, slot="refresh")

    async def _read(self) -> None:
        self._reading += 1
        try:
            await self.refresh()
        finally:
            self._reading -= 1

    def changed(self, _what: object = None) -> None:
        """Something happened: read it soon."""
        self._stale = True
        if not self._follow.isActive():
            self._follow.start()

    def look_again(self) -> None:
        """Read anew, unless nobody looks or the last look is not over yet."""
        if not self._loaded:
            return
        self._stale = True
        if self._reading:
            self._follow.start()
        elif self.isVisible():
            self.load()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._loaded or (self._stale and not self._reading):
            self.load()

    # ---- the page

    def page(self, content: QWidget) -> QScrollArea:
        """``content`` in a scrolled page whose right edge is in line with the pane's head, whether the scroll bar takes
        its place or not."""
        area = scrolled(content)

        def align(_low: int, high: int) -> None:
            right = EDGES[2] - (area.verticalScrollBar().sizeHint().width() if high else 0)
            if (box := content.layout()) is not None and box.contentsMargins().right() != right:
                box.setContentsMargins(EDGES[0], EDGES[1], right, EDGES[3])

        area.verticalScrollBar().rangeChanged.connect(align)
        self._area = area
        return area

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _SCROLLS and self._area is not None:
            QApplication.sendEvent(self._area.verticalScrollBar(), event)
        else:
            super().keyPressEvent(event)

    def has_focus(self) -> bool:
        focused = QApplication.focusWidget()
        return focused is not None and (focused is self or self.isAncestorOf(focused))

    def focus_default(self) -> None:
        self.setFocus()

    def commands(self) -> Sequence[Command]:
        return ()
