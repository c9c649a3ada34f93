"""One notification, looked at: what it says, what can be done about it, and what came of that, in place."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from conduit_desktop.records import Notification
from conduit_desktop.ui.panes import notifications_words as words
from conduit_desktop.ui.shown import moment
from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets.buttons import Button, IconButton
from conduit_desktop.ui.widgets.flow import FlowLayout
from conduit_desktop.ui.widgets.key_values import Entry, KeyValueTable
from conduit_desktop.ui.widgets.layout import column, row
from conduit_desktop.ui.widgets.split import DetailPanel
from conduit_desktop.ui.widgets.status import SEVERITY_ICONS, Badge, Icon, tone_of
from conduit_desktop.ui.widgets.text import Label, Notice

MOST_BUTTONS = 3


class NoticeDetail(DetailPanel):
    """Signals: ``wanted(action)``; ``read_wanted(bool)``; ``remove_wanted()``."""

    wanted = Signal(str)
    read_wanted = Signal(bool)
    remove_wanted = Signal()

    def __init__(self) -> None:
        super().__init__(sentence=True)
        self.setObjectName("notification-detail")
        self.notification: Notification | None = None
        self._severity = Badge()
        self._about = Badge()
        self.text = Label("", "body", wrap=True, selectable=True)
        self.buttons = [Button("") for _ in range(MOST_BUTTONS)]
        for at, button in enumerate(self.buttons):
            button.clicked.connect(lambda _checked=False, at=at: self._pressed(at))
        flow = FlowLayout(gap=SPACE.s, line_gap=SPACE.s)
        for button in self.buttons:
            flow.addWidget(button)
        self._actions_box = QWidget()
        self._actions_box.setLayout(flow)
        self._result_icon = Icon("success", "success", 16)
        self.result = Notice("", "body", wrap=True, selectable=True)
        self._result_box = QWidget()
        result = row(self._result_icon, gap=SPACE.s)
        result.addWidget(self.result, 1)
        self._result_box.setLayout(result)
        self._facts = KeyValueTable()
        self._read = IconButton("bell", "Mark as unread", small=True)
        self._read.clicked.connect(self._toggle_read)
        self._remove = IconButton("trash", "Delete this notification", small=True)
        self._remove.clicked.connect(self.remove_wanted)
        self.add_action(self._read)
        self.add_action(self._remove)
        self._compose()

    def _compose(self) -> None:
        badges = row(self._severity, self._about, None)
        self.body.setSpacing(SPACE.l)
        self.body.addLayout(column(badges, self.text, gap=SPACE.m))
        self.body.addWidget(self._actions_box)
        self.body.addWidget(self._result_box)
        self.body.addWidget(self._facts)
        self.body.addStretch(1)
        self._result_box.hide()

    @property
    def first(self) -> Button | None:
        """The button of what is wanted most, where there is one."""
        return self.buttons[0] if self.offered else None

    @property
    def offered(self) -> tuple[str, ...]:
        return words.actions(self.notification) if self.notification is not None else ()

    def show_notification(self, notification: Notification) -> None:
        """Another one, or the same as it is now: then what came of its button stays."""
        if self.notification is None or self.notification.id != notification.id:
            self._result_box.hide()
            self.set_busy("")
        self.notification = notification
        severity = notification.severity
        self.set_head(notification.title, moment(notification.updated))
        self._severity.set_badge(words.SEVERITIES[severity], tone_of(severity), SEVERITY_ICONS[severity])
        _, word, icon = words.family(notification)
        self._about.set_badge(word, "neutral", icon)
        self.text.setText(notification.text)
        self._show_buttons()
        again = notification.count > 1
        first, times = (moment(notification.created), f"{notification.count:,} times") if again else ("", "")
        self._facts.set_entries((Entry("First told", first), Entry("Told", times)))
        self._read.set_name("Mark as unread" if notification.read else "Mark as read")

    def _show_buttons(self) -> None:
        offered = self.offered
        for at, button in enumerate(self.buttons):
            button.setVisible(at < len(offered))
            if at < len(offered):
                text, icon = words.BUTTONS[offered[at]]
                button.setText(text)
                button.setAccessibleName(text.removesuffix("…"))
                button.set_glyph(icon)
                button.set_kind("primary" if at == 0 else "secondary")
                button.updateGeometry()
        self._actions_box.setVisible(bool(offered))

    def _pressed(self, at: int) -> None:
        if at < len(self.offered):
            self.wanted.emit(self.offered[at])

    def _toggle_read(self) -> None:
        if self.notification is not None:
            self.read_wanted.emit(not self.notification.read)

    def set_busy(self, action: str) -> None:
        """While the work of ``action`` runs, nothing can be pressed again; an empty one: it is over."""
        for at, button in enumerate(self.buttons):
            busy = at < len(self.offered) and self.offered[at] == action
            button.set_busy(busy)
            button.setEnabled(not action)

    def show_result(self, text: str, *, ok: bool) -> None:
        """What came of it."""
        self.set_busy("")
        tone = "success" if ok else "danger"
        self._result_icon.set_icon("success" if ok else "error", tone)
        self.result.setText(text)
        self.result.set_tone("" if ok else "danger")
        self._result_box.setVisible(bool(text))
