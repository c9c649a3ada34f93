"""What every pane is: a head with title and actions over a body, loaded when it is first seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets.flow import Apart
from conduit_desktop.ui.widgets.layout import column, row
from conduit_desktop.ui.widgets.palette import Command
from conduit_desktop.ui.widgets.split import DetailPanel
from conduit_desktop.ui.widgets.text import Label

S = TypeVar("S")


class Pane(QWidget, Generic[S]):
    """Subclass with ``title`` and ``refresh``; put content into ``body``, buttons with ``add_action``.

    ``refresh`` is run when the pane is shown first and by ``load()``. A failure reaches ``show_failure``.
    """

    title = ""
    margins = (SPACE.xl, SPACE.l, SPACE.xl, SPACE.xl)  # of the body; (0, 0, 0, 0) lets a table reach the edges

    def __init__(self, service: S, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.service = service
        self.bridge = bridge
        self._loaded = False
        self.inside: DetailPanel | None = None  # what is made after the pane itself
        self.setAccessibleName(self.title)
        self._subtitle = Label("", "muted")
        self._subtitle.hide()
        self._actions = row(gap=SPACE.s)
        self._words = row(Label(self.title, "title"), self._subtitle, None, gap=SPACE.m)
        words, actions = QWidget(), QWidget()
        words.setLayout(self._words)
        actions.setLayout(self._actions)
        head = column(Apart(words, actions, gap=SPACE.m), margins=(SPACE.xl, SPACE.l + 2, SPACE.xl, SPACE.m))
        self.body = QVBoxLayout()
        self.body.setContentsMargins(self.margins[0], 0, self.margins[2], self.margins[3])
        self.body.setSpacing(SPACE.l)
        box = column(head, gap=0)
        box.addLayout(self.body, 1)
        self.setLayout(box)

    def rest(self) -> Iterator[None]:
        """Makes what constructors have left, in steps; whoever makes the pane goes through all of them."""
        if self.inside is not None:
            yield from self.inside.rest()

    def parts(self) -> Sequence[Callable[[], object]]:
        """Each makes a part that is otherwise made when it is first wanted."""
        return ()

    async def refresh(self) -> None:
        """Fetch what is shown and show it."""
        raise NotImplementedError

    def load(self) -> None:
        """Run ``refresh``; one that still runs gives way."""
        self._loaded = True
        self.bridge.run(self.refresh(), on_error=self.show_failure, owner=self, slot="refresh")

    def show_failure(self, text: str) -> None:
        """``refresh`` failed: a table shows it in its place; the default is a toast."""
        self.bridge.tell(text, "error")

    def set_subtitle(self, text: str) -> None:
        """A few muted words beside the title, such as a count."""
        self._subtitle.setText(text)
        self._subtitle.setVisible(bool(text))

    def add_beside_title(self, widget: QWidget) -> None:
        """Put a choice of views between the title and its few words."""
        self._words.insertWidget(1, widget)

    def add_action(self, widget: QWidget) -> None:
        """Put a button (or a field) at the right of the head."""
        self._actions.addWidget(widget)

    def focus_default(self) -> None:
        """Put the keyboard where work starts."""
        self.setFocus()

    def commands(self) -> Sequence[Command]:
        """What the palette offers while this pane is shown."""
        return ()

    def open_with(self, argument: object) -> None:
        """Another pane sent the user here with something to show (``Bridge.open_pane``)."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes the details from beside them, too."""
        details = next((panel for panel in self.findChildren(DetailPanel) if panel.isVisible()), None)
        if event.key() == Qt.Key.Key_Escape and details is not None:
            details.keyPressEvent(event)
        else:
            super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._loaded:
            self.load()
