"""The routing preview: for a request of some kind, which deployments would be asked in which order, and why."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QCheckBox, QWidget

from conduit_desktop.records import Model
from conduit_desktop.runtime.keys import KeyView
from conduit_desktop.runtime.routing import Preview, Step, Wanted
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.panes.models_preview_words import DIALECTS, grouped, look_of, said, target_words, why_words
from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets.flow import flow
from conduit_desktop.ui.widgets.form import FormRow
from conduit_desktop.ui.widgets.inputs import Choice, NumberField
from conduit_desktop.ui.widgets.layout import column, row
from conduit_desktop.ui.widgets.status import Badge, Icon
from conduit_desktop.ui.widgets.text import ElidedLabel, Label

MOST_TOKENS = 10_000_000
_NARROW = 140
"""A narrow pane cuts a choice's text rather than its arrow."""
_PAUSE = 150  # milliseconds after which what was chosen is asked
_HAS: tuple[tuple[str, str], ...] = (
    ("stream", "Streamed"),
    ("images", "Images"),
    ("tools", "Tools"),
    ("json_schema", "JSON schema"),
)


class _StepLine(QWidget):
    """One step: its place, the deployment, why."""

    def __init__(self, step: Step, shown_model: str) -> None:
        super().__init__()
        look = look_of(step)
        name = ElidedLabel(target_words(step), "mono", mode=Qt.TextElideMode.ElideMiddle)
        skipped = step.state == "skipped"
        if skipped:
            name.set_tone("text-faint")
        place: QWidget = Icon(look.icon, look.tone, 16) if skipped else Badge(str(step.n), look.tone)
        head = row(place, gap=SPACE.s)
        head.addWidget(name, 1)
        if step.model and step.model != shown_model:
            head.addWidget(Badge(step.model, "neutral"))
        why = Label(why_words(step), "small", wrap=True)
        why.setVisible(bool(why.text()))
        under = row(gap=0, margins=(26, 0, 0, 0))
        under.addWidget(why, 1)
        self.setLayout(column(head, under, gap=1))
        self.setAccessibleName(f"{look.word}: {target_words(step)}. {why_words(step)}".rstrip())


class RoutingPreview(QWidget):
    """Asks by itself while it is seen: when something is chosen, when the configuration or the health changes."""

    def __init__(self, service: GatewayService, bridge: Bridge) -> None:
        super().__init__()
        self._service, self._bridge = service, bridge
        self._alias = ""
        self._offered: list[tuple[str, str]] = []
        self.dialect = Choice(DIALECTS, name="Tool speaks")
        self.key = Choice([("", "Any key")], name="Key")
        for choice in (self.dialect, self.key):
            choice.setMinimumWidth(_NARROW)
        self.tokens = NumberField("Tokens in the request", 0, MOST_TOKENS, 0)
        self.tokens.setSpecialValueText("few")
        self.tokens.setGroupSeparatorShown(True)
        self.tokens.setSingleStep(1000)
        self.has = {name: QCheckBox(text) for name, text in _HAS}
        self.said = Label("", "medium", wrap=True)
        self.note = Label("", "small", wrap=True)
        self.note.hide()
        self._steps = column(gap=SPACE.s)
        fields = flow(
            FormRow("Tool speaks", self.dialect), FormRow("Key", self.key), FormRow("Tokens", self.tokens), gap=SPACE.m
        )
        parts = (fields, flow(*self.has.values(), gap=SPACE.l), self.said, self.note)
        self.setLayout(column(*parts, self._steps, None, gap=SPACE.m))
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(_PAUSE)
        self._wait.timeout.connect(self.ask)
        for choice in (self.dialect, self.key):
            choice.picked.connect(self._wait.start)
        self.tokens.valueChanged.connect(self._wait.start)
        for box in self.has.values():
            box.toggled.connect(self._wait.start)
        for signal in (bridge.health_changed, bridge.gateway_changed, bridge.configuration_changed):
            signal.connect(lambda *_notice: self._wait.start())

    # ---- what is asked

    def show_model(self, model: Model) -> None:
        """Preview requests for this model."""
        self._alias = model.alias
        self._wait.start()

    @property
    def wanted(self) -> Wanted:
        """The request as it is chosen."""
        has = self.has
        return Wanted(
            dialect=self.dialect.value,
            stream=has["stream"].isChecked(),
            images=has["images"].isChecked(),
            tools=has["tools"].isChecked(),
            json_schema=has["json_schema"].isChecked(),
            tokens=self.tokens.value(),
            key_id=self.key.value or None,
        )

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._wait.start()

    def ask(self) -> None:
        """Ask where it would go now."""
        if self._alias and self.isVisible():
            self._bridge.run(self._service.configuring.keys(), self._offer, _ignore, owner=self, slot="keys")
            work = self._service.routing.preview(self._alias, self.wanted)
            self._bridge.run(work, self.show_preview, self._fail, owner=self, slot="preview")

    def _offer(self, keys: Sequence[KeyView]) -> None:
        choices = [("", "Any key"), *((view.key.id, view.key.name) for view in keys)]
        if choices != self._offered:  # else its list may be open just now
            self._offered = choices
            self.key.set_choices(choices)

    # ---- what is shown

    def show_preview(self, preview: Preview) -> None:
        """Show where it would go."""
        self._clear()
        self.said.setText(said(preview))
        self.said.set_tone("")
        self.note.setText(preview.note)
        self.note.setVisible(bool(preview.note))
        for group, steps in grouped(preview.steps):
            self._steps.addWidget(Label(group, "label"))
            for step in steps:
                self._steps.addWidget(_StepLine(step, self._alias))

    def _fail(self, text: str) -> None:
        self._clear()
        self.note.hide()
        self.said.setText(text)
        self.said.set_tone("danger")

    def _clear(self) -> None:
        while (item := self._steps.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()


def _ignore(_text: str) -> None:
    """Without the keys, any key can be chosen still."""
