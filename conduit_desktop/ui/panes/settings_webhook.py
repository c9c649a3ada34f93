"""The webhook on the Settings screen: where notifications are sent, whether they arrive, and a test."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from conduit_desktop.errors import ConduitError
from conduit_desktop.records import WebhookKind
from conduit_desktop.runtime.notifying.destination import WebhookState
from conduit_desktop.runtime.notifying.webhook import WebhookTest
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.dialogs.confirm import confirm
from conduit_desktop.ui.panes.outcome import outcome
from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.copying import MASK, SecretEdit
from conduit_desktop.ui.widgets.form import FormRow
from conduit_desktop.ui.widgets.inputs import Choice
from conduit_desktop.ui.widgets.layout import column, row
from conduit_desktop.ui.widgets.status import Icon, StatusDot
from conduit_desktop.ui.widgets.text import ElidedLabel, Label, Notice

KINDS: tuple[tuple[str, str], ...] = (
    ("", "As its address says"),
    ("json", "Generic JSON"),
    ("slack", "Slack"),
    ("discord", "Discord"),
)
_ABOUT = "Sends notifications to a chat or a script as well. The address is a secret: it is kept in the vault."
_HELP = "https only, but for addresses on this machine. Paste it as Slack or Discord gave it to you."
_LOOK = 3000  # milliseconds after which it is asked again while something waits


class WebhookSection(QWidget):
    """Loads itself by ``load``."""

    def __init__(self, service: GatewayService, bridge: Bridge) -> None:
        super().__init__()
        self.setObjectName("settings-webhook")
        self._service, self._bridge = service, bridge
        self.state = WebhookState()
        self.dot = StatusDot("Not set", "neutral", hollow=True)
        self.address = ElidedLabel("", "mono")
        self.problem = Notice("", "small", tone="danger", wrap=True, selectable=True)
        self.test = Button("Send a test", icon="send", small=True)
        self.test.clicked.connect(self._test)
        self.change = Button("Change…", icon="edit", small=True)
        self.change.clicked.connect(lambda: self._enter(True))
        self.drop = Button("Remove…", icon="trash", small=True)
        self.drop.clicked.connect(lambda: self._bridge.run(self._remove(), owner=self, slot="remove"))
        self._tested_icon = Icon("success", "success", 14)
        self.tested = Label("", "small", wrap=True, selectable=True)
        self._result = QWidget()
        said = row(self._tested_icon, gap=6)
        said.addWidget(self.tested, 1)
        self._result.setLayout(said)
        head = column(row(Label("Webhook", "medium"), self.dot, None, gap=SPACE.m), Label(_ABOUT, "small", wrap=True))
        self._there = QWidget()
        box = row(gap=SPACE.s)
        box.addWidget(self.address, 1)
        for button in (self.test, self.change, self.drop):
            box.addWidget(button)
        self._there.setLayout(box)
        parts = (head, self._there, self.problem, self._result, self._entry())
        self.setLayout(column(*parts, gap=SPACE.s, margins=(0, 12, 0, 14)))
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(_LOOK)
        self._again.timeout.connect(self.load)
        self._result.hide()
        self.show_state(self.state)

    def _entry(self) -> QWidget:
        self.url = SecretEdit("Webhook address", "https://hooks.slack.com/services/…")
        self.url_row = FormRow("Address", self.url, _HELP)
        self.url.edited.connect(lambda: self.url_row.set_error(""))
        self.url.field.returnPressed.connect(self._save)
        self.kind = Choice(KINDS, name="What the webhook understands")
        self.kind_row = FormRow("It understands", self.kind)
        self.save = Button("Save webhook", "primary")
        self.save.clicked.connect(self._save)
        self.cancel = Button("Cancel")
        self.cancel.clicked.connect(lambda: self._enter(False))
        made = QWidget()
        made.setLayout(column(self.url_row, self.kind_row, row(self.save, self.cancel, None, gap=SPACE.s), gap=SPACE.m))
        self._form = made
        return made

    # ---- what is shown

    def load(self) -> None:
        self._bridge.run(
            self._service.notifying.webhook_state(), self.show_state, self._fail, owner=self, slot="webhook state"
        )

    def show_state(self, state: WebhookState) -> None:
        """Where notifications are sent, and whether they arrive."""
        other = (state.host, state.last4) != (self.state.host, self.state.last4)
        self.state = state
        there = state.kind is not None
        if not there:
            self.dot.set_state("Not set", "neutral", hollow=True)
        elif state.problem:
            self.dot.set_state("Failing", "danger")
        else:
            self.dot.set_state("In use", "success")
        self.address.set_full_text(f"{dict(KINDS).get(state.kind or '', '')}  ·  {state.host}/{MASK}{state.last4}")
        waiting = f" {state.waiting} wait to be sent." if state.waiting > 1 else ""
        waiting = " 1 waits to be sent." if state.waiting == 1 else waiting
        self.problem.setText(f"{state.problem}{waiting}".strip())
        self.problem.set_tone("danger" if state.problem else "")
        self.problem.setVisible(bool(self.problem.text()))
        self._there.setVisible(there)
        self._result.setVisible(there and bool(self.tested.text()))
        if other or not there:
            self._enter(not there, focus=False)
        if state.waiting and self.isVisible():
            self._again.start()

    def _fail(self, text: str) -> None:
        self.problem.setText(text)
        self.problem.set_tone("danger")
        self.problem.show()

    def _enter(self, wide: bool, *, focus: bool = True) -> None:
        """Show the fields, or put them away."""
        self._form.setVisible(wide)
        self.cancel.setVisible(self.state.kind is not None)
        if not wide:
            self.url.clear()
            self.url_row.set_error("")
        self.kind.set_value(self.state.kind or "")
        if focus:
            (self.url.field if wide else self.change).setFocus()

    # ---- what the user does

    def _save(self) -> None:
        if not self.url.text:
            self.url_row.set_error("Enter the address.")
            self.url.field.setFocus()
            return
        self.save.set_busy(True)
        chosen: WebhookKind | None = next((k for k in ("json", "slack", "discord") if k == self.kind.value), None)
        work = self._service.notifying.set_webhook(self.url.text, chosen)
        self._bridge.run(outcome(work), self._saved, self._not_saved, owner=self, slot="save")

    def _saved(self, result: WebhookState | ConduitError) -> None:
        self.save.set_busy(False)
        if isinstance(result, ConduitError):
            self._not_saved(result.text)
            return
        self.url.clear()
        self._say_tested(None)
        self.show_state(result)
        self._enter(False, focus=False)
        self.test.setFocus()

    def _not_saved(self, text: str) -> None:
        self.save.set_busy(False)
        self.url_row.set_error(text)
        self.url.field.setFocus()

    async def _remove(self) -> None:
        text = "Notifications stay in the window and on the desktop. The address is deleted from the vault."
        if await confirm(self, "Send no notifications there any more?", text, "Remove webhook"):
            self.show_state(await self._service.notifying.set_webhook("", None))
            self._say_tested(None)

    def _test(self) -> None:
        self.test.set_busy(True)
        self._say_tested(None)
        self._bridge.run(
            self._service.notifying.test_webhook(),
            self._say_tested,
            lambda text: self._say_tested(WebhookTest(False, text)),
            owner=self,
            slot="test",
        )

    def _say_tested(self, result: WebhookTest | None) -> None:
        self._result.setVisible(result is not None)
        self.tested.setText("")
        if result is not None:
            self.test.set_busy(False)
            self._tested_icon.set_icon(*(("success", "success") if result.ok else ("error", "danger")))
            self.tested.setText(result.message)
            self.tested.set_tone("success" if result.ok else "danger")
            self.load()
