"""The fault lab on the Settings screen: a deployment, a fault, for how long; what is on; how to try one's own tools."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from PySide6.QtWidgets import QSizePolicy, QWidget

from conduit_desktop.bus import GatewayChanged
from conduit_desktop.records import Model, Provider
from conduit_desktop.runtime.routing import FAULTS, Kind, LabFault, LabState
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.panes.settings_faults_words import Place, fault_words, places, try_words, while_words
from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.copying import CopyField
from conduit_desktop.ui.widgets.flow import flow
from conduit_desktop.ui.widgets.form import FormRow
from conduit_desktop.ui.widgets.inputs import Choice, NumberField, Segmented
from conduit_desktop.ui.widgets.layout import Part, column, row, rule
from conduit_desktop.ui.widgets.search_choice import SearchChoice
from conduit_desktop.ui.widgets.status import Icon, StatusDot
from conduit_desktop.ui.widgets.text import ElidedLabel, Label, Notice

LONGEST = 3600
_ABOUT = (
    "Has a deployment answer wrongly, so that you see what your own tools make of it. All else is real: retries, the "
    "next deployment, health, the log, which says that it was the fault lab. No provider is blamed, and it ends with "
    "the gateway."
)
_STOPPED = "The gateway is stopped: a fault can be played once it runs."
_NOTHING = "No model has a deployment yet. Add one in the Models pane."
_WHERE = (("later", "After the first words"), ("early", "Before them"))
_HOW_LONG = (("until", "Until switched off"), ("calls", "For some calls"), ("chance", "By chance"))


class _On(QWidget):
    """One fault that is on, and the way to switch it off."""

    def __init__(self, name: str, state: LabState) -> None:
        super().__init__()
        self.off = Button("Switch off", small=True, name=f"Switch off the fault of {name}")
        words = column(ElidedLabel(name, "medium"), ElidedLabel(_told(state), "small"), gap=1)
        box = row(Icon("warning", "warning"), gap=SPACE.s)
        box.addLayout(words, 1)
        box.addWidget(self.off)
        self.setLayout(box)
        self.setAccessibleName(f"{name}: {_told(state)}")


class FaultsSection(QWidget):
    """Loads itself by ``load``."""

    def __init__(self, service: GatewayService, bridge: Bridge) -> None:
        super().__init__()
        self.setObjectName("settings-faults")
        self._service, self._bridge = service, bridge
        self._places: dict[str, Place] = {}
        self._shown: dict[str, LabState] = {}
        self.dot = StatusDot("Off", "neutral", hollow=True)
        self.all_off = Button("Switch all off", icon="stop", small=True)
        self.all_off.clicked.connect(lambda: self._switch_off(*self._shown))
        self._lines = column(gap=SPACE.s)
        self._on = QWidget()
        self._on.setLayout(column(self._lines, rule(), gap=SPACE.m))
        self.problem = Notice("", "small", tone="danger", wrap=True)
        head = row(Label("Fault lab", "medium"), self.dot, None, self.all_off, gap=SPACE.m)
        about, fields = Label(_ABOUT, "small", wrap=True), self._fields()
        parts: tuple[Part, ...] = (head, about, self._on, *fields, self.problem, self._trying())
        self.setLayout(column(*parts, gap=SPACE.m, margins=(0, 12, 0, 14)))
        self.show_faults({})
        self._choose()
        bridge.faults_changed.connect(self._look)
        bridge.gateway_changed.connect(self._gateway_changed)

    def _fields(self) -> tuple[QWidget, ...]:
        self.place = SearchChoice((), name="Deployment")
        self.place.picked.connect(lambda _key: self._choose())
        self.kind = Choice([(kind, each.name) for kind, each in FAULTS.items()], name="Fault")
        self.kind.picked.connect(lambda _key: self._choose(fresh=True))
        self.kind_row = FormRow("Fault", self.kind)
        self.meets = Label("", "small", wrap=True)
        self.seconds = NumberField("Seconds", 0, LONGEST, 10, unit="s")
        self.seconds_row = FormRow("Seconds", self.seconds)
        self.where = Segmented(_WHERE, name="Where in a stream")
        self.where_row = FormRow("In a stream", self.where)
        self.how_long = Segmented(_HOW_LONG, name="For how long")
        self.how_long.changed.connect(lambda _key: self._choose())
        self.calls = NumberField("Calls", 1, 10_000, 3, unit="calls")
        self.chance = NumberField("Chance", 1, 99, 50, unit="%")
        self.switch_on = Button("Switch on", "primary", icon="bolt", name="Switch on the fault")
        self.switch_on.clicked.connect(self._switch_on)
        first, second, third = QWidget(), QWidget(), QWidget()
        self.place.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        first.setLayout(column(FormRow("Deployment", self.place)))
        what = flow(self.kind_row, self.seconds_row, self.where_row, gap=SPACE.l, line_gap=SPACE.s)
        second.setLayout(column(what, self.meets, gap=5))
        long = flow(self.how_long, self.calls, self.chance, gap=SPACE.m, line_gap=SPACE.s)
        third.setLayout(column(long, row(self.switch_on, None), gap=SPACE.m))
        return first, second, third

    def _trying(self) -> QWidget:
        self.model = CopyField("", "Model name to ask for")
        self.how = Label("", "small", wrap=True)
        made = QWidget()
        made.setLayout(column(rule(), Label("Try your tool", "medium"), self.how, self.model, gap=SPACE.s))
        self._try = made
        return made

    # ---- what is shown

    def load(self) -> None:
        self._bridge.run(self._read(), self._fill, self._fail, owner=self, slot="places")
        self._look()

    async def _read(self) -> tuple[list[Model], list[Provider]]:
        configuring = self._service.configuring
        return await configuring.models(), await configuring.providers()

    def _fill(self, there: tuple[Sequence[Model], Sequence[Provider]]) -> None:
        found = places(*there)
        self._places = {place.key: place for place in found}
        before = self.place.value
        keep = before if before in self._places else (found[0].key if found else "")
        self.place.set_choices([(place.key, place.name) for place in found] or [("", "none")], keep)
        shown, self._shown = self._shown, {}
        self.show_faults(shown)
        self._choose()

    def _look(self) -> None:
        self._bridge.run(self._service.routing.faults(), self.show_faults, self._fail, owner=self, slot="faults")

    def _gateway_changed(self, _notice: GatewayChanged) -> None:
        self._choose()
        self._look()

    def show_faults(self, faults: Mapping[str, LabState]) -> None:
        """Show which are on."""
        number = len(faults)
        word = "1 fault on" if number == 1 else f"{number} faults on"
        self.dot.set_state(word if number else "Off", "warning" if number else "neutral", hollow=not number)
        self.all_off.setVisible(number > 0)
        self._on.setVisible(number > 0)
        if dict(faults) == self._shown:
            return
        self._shown = dict(faults)
        while (item := self._lines.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for key, state in faults.items():
            place = self._places.get(key)
            line = _On(place.name if place else key, state)
            line.off.clicked.connect(lambda _checked=False, key=key: self._switch_off(key))
            self._lines.addWidget(line)

    def _choose(self, *, fresh: bool = False) -> None:
        """Show what belongs to what is chosen."""
        each = FAULTS[cast(Kind, self.kind.value)]
        bills = " The provider is called all the same, and bills." if each.real else " The provider is not called."
        self.meets.setText(f"The tool meets {each.meets}.{bills}")
        self.kind.setAccessibleDescription(self.meets.text())
        self.seconds_row.setVisible(bool(each.seconds))
        self.seconds_row.set_label(each.seconds)
        if fresh or not self.seconds.value():
            self.seconds.setValue(round(each.usual))
        self.where_row.setVisible(each.within)
        self.calls.setVisible(self.how_long.value == "calls")
        self.chance.setVisible(self.how_long.value == "chance")
        place = self._places.get(self.place.value)
        running = self._service.status.state == "running"
        self.switch_on.setEnabled(place is not None and running)
        self._say("" if running else _STOPPED, "" if place is not None else _NOTHING)
        self._try.setVisible(place is not None)
        self.how.setText(try_words(place))
        self.model.set_text(place.model if place is not None else "")

    def _say(self, *why: str) -> None:
        text = " ".join(each for each in why if each)
        self.problem.set_tone("text-muted")
        self.problem.setText(text)
        self.problem.setVisible(bool(text))

    def _fail(self, text: str) -> None:
        self.problem.set_tone("danger")
        self.problem.setText(text)
        self.problem.show()

    # ---- what the user does

    @property
    def chosen(self) -> LabFault:
        """The fault as it is chosen."""
        kind = cast(Kind, self.kind.value)
        each, lasts = FAULTS[kind], self.how_long.value
        return LabFault(
            kind,
            float(self.seconds.value()) if each.seconds else 0.0,
            early=each.within and self.where.value == "early",
            requests=self.calls.value() if lasts == "calls" else None,
            chance=self.chance.value() / 100 if lasts == "chance" else 1.0,
        )

    def _switch_on(self) -> None:
        work = self._service.routing.set_fault(self.place.value, self.chosen)
        self._bridge.run(work, lambda _done: self._look(), self._fail, owner=self, slot="switch")

    def _switch_off(self, *keys: str) -> None:
        async def off() -> None:
            for key in keys:
                await self._service.routing.set_fault(key, None)

        self._bridge.run(off(), lambda _done: self._look(), self._fail, owner=self, slot="switch")


def _told(state: LabState) -> str:
    return f"{fault_words(state.fault)}, {while_words(state)}"
