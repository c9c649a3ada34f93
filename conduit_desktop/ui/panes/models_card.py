"""One deployment of a model as a card: how it does, what it came to, price, weight, on or off, and what can be done."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QBoxLayout, QFrame, QSizePolicy, QWidget

from conduit_desktop.records import Strategy
from conduit_desktop.runtime.configuring import ProbeResult
from conduit_desktop.ui.panes import models_health_words as words
from conduit_desktop.ui.panes.models_words import WEIGHTED, Served, origin, price_sentence, source_words
from conduit_desktop.ui.panes.providers_probe import ProbeCard
from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets.buttons import Button, IconButton
from conduit_desktop.ui.widgets.copying import CopyButton
from conduit_desktop.ui.widgets.dragging import Grip
from conduit_desktop.ui.widgets.flow import FlowLayout, flow
from conduit_desktop.ui.widgets.inputs import NumberField, Switch
from conduit_desktop.ui.widgets.layout import column, row
from conduit_desktop.ui.widgets.status import Badge, StatusDot
from conduit_desktop.ui.widgets.text import ElidedLabel, Label

MOST_WEIGHT = 1000
_PAUSE = 600  # milliseconds after which a typed weight is stored


class DeploymentCard(QFrame):
    """``present`` shows a deployment, ``show_live`` how it does; both change only what is not as it was, so that the
    keyboard stays where it is. Signals: ``moved(by)``, ``changed(Deployment)``, and what is wanted of it."""

    moved = Signal(int)
    changed = Signal(object)
    edit_wanted = Signal()
    price_wanted = Signal()
    remove_wanted = Signal()
    test_wanted = Signal()
    use_wanted = Signal()
    history_wanted = Signal()

    def __init__(self, served: Served) -> None:
        super().__init__()
        self.served = served
        self._at, self._count, self._live = 0, 1, words.Live()
        self.setProperty("surface", "card")
        id_ = served.deployment.id
        self.grip = Grip()
        self._number = Badge("1", "neutral")
        self._title = ElidedLabel("", "mono", mode=Qt.TextElideMode.ElideMiddle)
        self._copy = CopyButton(served.name, f"Copy {served.name}")
        self.enabled = Switch(name="Enabled", on=served.deployment.enabled)
        self.enabled.setObjectName(f"enabled-{id_}")
        self.enabled.setToolTip("Off: requests skip it")
        self.enabled.toggled.connect(self._switch)
        head = row(self.grip, self._number, self._title, self._copy, self.enabled, gap=SPACE.s)
        self.probe = ProbeCard()
        box = column(gap=7, margins=(8, 10, 12, 8))
        box.addLayout(head)
        inner = column(self._health(), self._figures(), self._price(), self._notes(), self.probe, gap=7)
        inner.setContentsMargins(24, 0, 0, 0)
        box.addLayout(inner)
        box.addLayout(self._foot())
        self.setLayout(box)
        for keys, by in (("Alt+Up", -1), ("Alt+Down", 1)):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(lambda by=by: self.moved.emit(by))

    # ---- its parts

    def _health(self) -> QBoxLayout:
        id_ = self.served.deployment.id
        self.dot = StatusDot("Gateway stopped", "neutral", hollow=True)
        self.history = Button("History", "ghost", icon="history", small=True)
        self.history.setObjectName(f"history-{id_}")
        self.history.clicked.connect(self.history_wanted)
        self.use = Button("Use again now", small=True)
        self.use.setObjectName(f"use-{id_}")
        self.use.clicked.connect(self.use_wanted)
        self._why = Label("", "small", wrap=True)
        self._why.hide()
        self.use.hide()
        return column(flow(self.dot, self.history, self.use, gap=SPACE.m, line_gap=4), self._why, gap=3)

    def _figures(self) -> QWidget:
        self._slots = [Label("", "small") for _ in range(6)]
        self._numbers = flow(*self._slots, gap=14, line_gap=2)
        self._numbers.hide()
        return self._numbers

    def _price(self) -> QBoxLayout:
        """The price in force, where it comes from, and the way to another."""
        self._words = Label("", "small", wrap=True)
        self._origin = Badge()
        self.price = Button("", "ghost", icon="coin", small=True)
        self.price.setObjectName(f"price-{self.served.deployment.id}")
        self.price.clicked.connect(self.price_wanted)
        return column(self._words, FlowLayout(self._origin, self.price, line_gap=4), gap=4)

    def _notes(self) -> QWidget:
        self._limits = Label("", "small", wrap=True)
        self._demo = Badge("Demo", "accent", icon="spark")
        self._lab = Badge("", "warning", icon="warning")
        self._lab.hide()
        self._noted = QWidget()
        self._noted.setLayout(column(self._limits, row(self._demo, self._lab, None), gap=4))
        return self._noted

    def _foot(self) -> QBoxLayout:
        id_ = self.served.deployment.id
        self.weight = NumberField("Weight", 0, MOST_WEIGHT, self.served.deployment.weight)
        self.weight.setKeyboardTracking(False)
        self.weight.setObjectName(f"weight-{id_}")
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(_PAUSE)
        self._wait.timeout.connect(self._weigh)
        self.weight.valueChanged.connect(self._wait.start)
        self.weight.editingFinished.connect(self._weigh)
        self._share = Label("", "small")
        weight = row(Label("Weight", "small"), self.weight, self._share, gap=SPACE.s)
        self._weighing = QWidget()
        self._weighing.setLayout(weight)
        self.test = Button("Test", small=True)
        self.test.setObjectName(f"test-{id_}")
        self.test.clicked.connect(self.test_wanted)
        acts = QWidget()
        acts.setLayout(row(self.test, *self._buttons(), gap=2))
        acts.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._weighing.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        return row(flow(self._weighing, acts, gap=SPACE.m, line_gap=4), gap=0, margins=(24, 0, 0, 0))

    def _buttons(self) -> Sequence[IconButton]:
        wanted = (("up", "up"), ("down", "down"), ("edit", "edit"), ("trash", "trash"))
        self._acts = {what: IconButton(icon, what, small=True) for what, icon in wanted}
        for what, button in self._acts.items():
            button.setObjectName(f"{what}-{self.served.deployment.id}")
        self._acts["up"].clicked.connect(lambda: self.moved.emit(-1))
        self._acts["down"].clicked.connect(lambda: self.moved.emit(1))
        self._acts["edit"].clicked.connect(self.edit_wanted)
        self._acts["trash"].clicked.connect(self.remove_wanted)
        return tuple(self._acts.values())

    # ---- what it shows

    def present(self, served: Served, at: int, count: int, strategy: Strategy, share: str) -> None:
        """Show it as number ``at`` of ``count``; ``share`` is what of the requests its weight gets it."""
        self.served, self._at, self._count = served, at, count
        deployment = served.deployment
        self._number.set_badge(str(at + 1))
        self.grip.setVisible(count > 1)
        self._title.set_full_text(served.name)
        self._title.set_tone("text-muted" if served.problem else "")
        self._copy.set_text(served.name)
        self.enabled.blockSignals(True)
        self.enabled.setChecked(deployment.enabled)
        self.enabled.blockSignals(False)
        if not self._wait.isActive():
            self.weight.blockSignals(True)
            self.weight.setValue(deployment.weight)
            self.weight.blockSignals(False)
        self._weighing.setVisible(strategy in WEIGHTED and count > 1)
        self._share.setText(share)
        self._show_price(served)
        self._limits.setText(words.limits(deployment))
        self._limits.setVisible(bool(self._limits.text()))
        self._demo.setVisible(served.demo)
        self._can_move(at > 0, at < count - 1)
        self._name_parts(served.name)
        self.show_live(self._live)

    def _can_move(self, up: bool, down: bool) -> None:
        """A button that ends at an edge hands the keyboard on to its opposite before it goes."""
        first, last = self._acts["up"], self._acts["down"]
        focused = first.hasFocus() or last.hasFocus()
        if focused and not (up and down) and (up or down):
            (first if up else last).setEnabled(True)
            (first if up else last).setFocus(Qt.FocusReason.TabFocusReason)
        first.setEnabled(up)
        last.setEnabled(down)
        for button in (first, last):
            button.setVisible(self._count > 1)

    def _name_parts(self, name: str) -> None:
        self.enabled.setAccessibleName(f"{name} enabled")
        self.weight.setAccessibleName(f"Weight of {name}")
        self.test.setAccessibleName(f"Test {name}")
        self.use.setAccessibleName(f"Use {name} again now")
        self.history.setAccessibleName(f"Health history of {name}")
        said = {
            "up": f"Move {name} up",
            "down": f"Move {name} down",
            "edit": f"Change {name}",
            "trash": f"Remove {name}",
        }
        for what, text in said.items():
            self._acts[what].setAccessibleName(text)
            self._acts[what].setToolTip(text)

    def _show_price(self, served: Served) -> None:
        known = served.price if served.looked_up else None
        self._words.setText(price_sentence(served.price) if served.looked_up else "Its price is looked up.")
        self._origin.set_badge(*(origin(served.price) if served.looked_up else ("looking up…", "neutral", "")))
        self._origin.setToolTip(source_words(known) if known is not None else "")
        self.price.setText("Set own price…" if served.price else "Set a price…")
        if served.deployment.price is not None:
            self.price.setText("Change price…")
        self.price.setAccessibleName(f"{self.price.text()} {served.name}")
        self.price.updateGeometry()

    def show_live(self, live: words.Live) -> None:
        """How it does now, and what it came to."""
        self._live = live
        id_ = self.served.deployment.id
        look = words.look(self.served, live)
        self.dot.set_state(look.word, look.tone, hollow=look.hollow)
        self.setAccessibleName(f"Deployment {self._at + 1} of {self._count}: {self.served.name}, {look.word}")
        said = " ".join(part for part in (look.why, look.until) if part)
        self._why.setText(said)
        self._why.setVisible(bool(said))
        held = self.use.hasFocus()
        self.use.setVisible(look.away)
        if held and not look.away:
            self.history.setFocus(Qt.FocusReason.TabFocusReason)
        lab = words.played(id_, live)
        self._lab.set_badge(lab, "warning", "warning")
        self._lab.setVisible(bool(lab))
        self._noted.setVisible(self.served.demo or bool(self._limits.text() or lab))
        numbers = live.numbers.get(id_)
        found = words.figures(numbers, live.states.get(id_))
        texts = [(f"{each.text} {each.name}".strip(), each.tone) for each in found]
        if texts:
            texts.append((words.span(numbers, time.time()), "text-faint"))
        for slot, (text, tone) in zip(self._slots, (*texts, *[("", "")] * (6 - len(texts))), strict=True):
            slot.setText(text)
            slot.set_tone(tone)
            slot.setVisible(bool(text))
        self._numbers.setVisible(bool(texts))

    def show_testing(self) -> None:
        self.test.set_busy(True)
        self.probe.show_running(self.served.name, f"Asking {self.served.name} for a few tokens.")

    def show_tested(self, result: ProbeResult | str) -> None:
        """How a test ended, or why there was none."""
        self.test.set_busy(False)
        if isinstance(result, str):
            self.probe.show_failure(result)
        else:
            self.probe.show_result(result)

    # ---- what the user does

    def button(self, what: str) -> IconButton:
        """``up``, ``down``, ``edit`` or ``trash``."""
        return self._acts[what]

    def _switch(self, on: bool) -> None:
        self.changed.emit(replace(self.served.deployment, enabled=on))

    def _weigh(self) -> None:
        self._wait.stop()
        if self.weight.value() != self.served.deployment.weight:
            self.changed.emit(replace(self.served.deployment, weight=self.weight.value()))
