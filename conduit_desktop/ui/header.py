"""The header over every pane: what state the gateway is in, where it is reached, start and stop, load and spend."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QMenu, QSizePolicy

from conduit_desktop.runtime.service import GatewayStatus, SpentToday
from conduit_desktop.ui import theme, words
from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets.buttons import Button, IconButton
from conduit_desktop.ui.widgets.copying import CopyButton, copy
from conduit_desktop.ui.widgets.layout import row, rule
from conduit_desktop.ui.widgets.status import Badge, StatusDot
from conduit_desktop.ui.widgets.text import ElidedLabel, Label, announce

HEIGHT = 52
_ROOMY = 700  # pixels of width that leave room for more than must be there


class _Address(ElidedLabel):
    """Shortened only where nothing else can give way."""

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()


class Header(QFrame):
    """Signals: ``start_wanted()``, ``stop_wanted()``, ``sidebar_toggled()``, ``copied(text)``."""

    start_wanted = Signal()
    stop_wanted = Signal()
    sidebar_toggled = Signal()
    copied = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("line", "bottom")
        self.setFixedHeight(HEIGHT)
        self._base_url = ""
        self._running = False
        self._faults = 0
        sidebar = IconButton("sidebar", "Show or hide the sidebar (Ctrl+B)")
        sidebar.clicked.connect(self.sidebar_toggled)
        self.state = StatusDot("Stopped", "neutral", hollow=True)
        self.lab = Badge("Fault lab", "warning", icon="warning")
        self.lab.hide()
        self._url = _Address("", "mono")
        self._url.setObjectName("baseUrl")
        self._url.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self.copy_button = CopyButton(name="Copy the base URL")
        self.copy_menu = IconButton("chevron-down", "Copy the base URL for a kind of tool", small=True)
        self.copy_menu.clicked.connect(self._open_copy_menu)
        self._line = rule(vertical=True)
        self._line.setFixedHeight(20)
        self._flight = Label("", "small")
        self._spend = ElidedLabel("", "small")
        self._spend.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self._spend.setMinimumWidth(1)  # the address goes before it
        self._spend.setAccessibleDescription("Since midnight on all keys; what has no price is left out and counted")
        self.power = Button("Start", "primary", icon="play")
        self.power.clicked.connect(self._press)
        left = row(sidebar, 2, self.state, self.lab, SPACE.xs, self._line, SPACE.xs, gap=SPACE.s)
        right = row(self._flight, self._spend, self.power, gap=SPACE.l)
        address = row(self._url, SPACE.xs, self.copy_button, self.copy_menu, None, gap=0)
        box = row(left, SPACE.m, gap=0, margins=(SPACE.m, 0, SPACE.l, 0))
        box.addLayout(address, 1)
        box.addSpacing(SPACE.l)
        box.addLayout(right)
        self.setLayout(box)

    def show_status(self, status: GatewayStatus) -> None:
        """Show the gateway as it is."""
        word, tone, hollow = words.STATES[status.state]
        if word != self.state.word:
            announce(self.state, f"Gateway: {word}")
        self.state.set_state(word, tone, hollow=hollow)
        self.state.setToolTip(status.detail)
        self._base_url = status.base_url if status.state in ("running", "draining") else ""
        if self._url.full_text != (shown := self._base_url or "Not reachable while stopped"):
            self._url.set_full_text(shown)
            self._url.set_role("mono" if self._base_url else "small")
        self.copy_button.set_text(self._base_url)
        for widget in (self.copy_button, self.copy_menu):
            widget.setVisible(bool(self._base_url))
        self._flight.setText(words.in_flight(status.in_flight))
        self._flight.setVisible(status.in_flight > 0)  # empty, it would take room from its neighbours
        self._running = status.state == "running"
        changing = status.state in ("starting", "draining")
        self._set_power(changing, {"starting": "Starting…", "draining": "Stopping…"}.get(status.state, ""))

    def show_faults(self, number: int) -> None:
        """Show that faults of the fault lab are on."""
        self._faults = number
        self._show_lab()
        self.lab.setToolTip(
            "1 deployment answers wrongly on purpose"
            if number == 1
            else f"{number} deployments answer wrongly on purpose"
        )

    def _show_lab(self) -> None:
        """Where there is room; the banner below says it anyway."""
        self.lab.setVisible(self._faults > 0 and self.width() >= theme.current().px(_ROOMY))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_lab()

    def show_spend(self, spend: SpentToday | None) -> None:
        self._spend.set_full_text(words.spent(spend))

    def _set_power(self, changing: bool, word: str) -> None:
        text = word or ("Stop" if self._running else "Start")
        if self.power.text() != text:
            self.power.setText(text)
            self.power.set_kind("secondary" if self._running or changing else "primary")
            self.power.set_glyph("" if changing else "stop" if self._running else "play")
            self.power.setAccessibleName(f"{text} the gateway" if not changing else text)
        self.power.setEnabled(not changing)

    def _press(self) -> None:
        (self.stop_wanted if self._running else self.start_wanted).emit()

    def _open_copy_menu(self) -> None:
        menu = QMenu(self)
        for name, path, variable in words.DIALECT_BASES:
            address = self._base_url + path
            action = menu.addAction(f"{name}\t{address}")
            action.setToolTip(variable)
            action.triggered.connect(lambda _checked=False, text=address: self._copy(text))
        menu.popup(self.copy_menu.mapToGlobal(self.copy_menu.rect().bottomLeft()))
        menu.aboutToHide.connect(menu.deleteLater)

    def _copy(self, text: str) -> None:
        copy(text)
        self.copy_button.show_copied()
        self.copied.emit(text)
