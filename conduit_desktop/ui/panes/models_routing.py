"""How a model is routed: strategy, retries, time limits, response cache, broken streams, fallbacks."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QButtonGroup, QRadioButton, QVBoxLayout, QWidget

from conduit_desktop.records import Model
from conduit_desktop.runtime.model_terms import MOST_RETRIES
from conduit_desktop.ui.panes.models_fallbacks import FallbackEditor
from conduit_desktop.ui.panes.models_times import TimeLimits
from conduit_desktop.ui.panes.models_words import STRATEGIES
from conduit_desktop.ui.shown import duration
from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets.form import OptionRow
from conduit_desktop.ui.widgets.inputs import Choice, NumberField, Switch
from conduit_desktop.ui.widgets.layout import column, row, rule
from conduit_desktop.ui.widgets.text import Label

_CACHE = (
    ("", "Off"),
    ("60", "1 minute"),
    ("300", "5 minutes"),
    ("3600", "1 hour"),
    ("86400", "1 day"),
    ("604800", "7 days"),
)
_RESUME = (
    "When a stream breaks off, another deployment writes on from there. The seam may show, and what was written is "
    "paid for once more, as input."
)
_PAUSE = 500  # milliseconds after which a typed number is stored


class Routing(QWidget):
    """Signal: ``changed(field, value)``: what the user wants a field of the model's record to be."""

    changed = Signal(str, object)

    def __init__(self) -> None:
        super().__init__()
        self._model: Model | None = None
        radios = self._strategies()
        self.retries = NumberField("Retries", 0, MOST_RETRIES, 2)
        self.retries.setKeyboardTracking(False)
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(_PAUSE)
        self._wait.timeout.connect(self._tell_retries)
        self.retries.valueChanged.connect(self._wait.start)
        self.retries.editingFinished.connect(self._tell_retries)
        self.times = TimeLimits()
        self.times.changed.connect(lambda limits: self.changed.emit("timeouts", limits))
        self.cache = Choice(_CACHE, name="Response cache")
        self.cache.picked.connect(lambda key: self.changed.emit("cache_seconds", int(key) if key else None))
        self.resume = Switch(name="Continue broken streams")
        self.resume.toggled.connect(lambda on: self.changed.emit("resume", on))
        self.fallbacks = FallbackEditor()
        self.fallbacks.changed.connect(self.changed)
        self.setLayout(self._compose(radios))

    def _compose(self, radios: QVBoxLayout) -> QVBoxLayout:
        help_ = "Further tries of a request, over all deployments, before the fallbacks. None once content went out."
        return column(
            Label("Strategy", "strong"),
            Label("Which deployment a request goes to first.", "small", wrap=True),
            radios,
            rule(),
            OptionRow("Retries", self.retries, help_),
            rule(),
            Label("Time limits", "strong"),
            self.times,
            rule(),
            OptionRow("Response cache", self.cache, "The very same request gets the same answer again, at no cost."),
            OptionRow("Continue broken streams", self.resume, _RESUME),
            rule(),
            Label("Fallbacks", "strong"),
            Label("Other models that serve when this one cannot.", "small", wrap=True),
            self.fallbacks,
            None,
            gap=SPACE.s,
        )

    def _strategies(self) -> QVBoxLayout:
        self._group = QButtonGroup(self)
        self.radios: dict[str, QRadioButton] = {}
        radios = column(gap=SPACE.m)
        for key, title, sentence in STRATEGIES:
            radio = QRadioButton(title)
            radio.setAccessibleDescription(sentence)
            radio.setObjectName(f"strategy-{key}")
            radio.clicked.connect(self._pick)
            self.radios[key] = radio
            self._group.addButton(radio)
            words = row(Label(sentence, "small", wrap=True), gap=0, margins=(24, 0, 0, 0))
            radios.addLayout(column(radio, words, gap=1))
        return radios

    def show_model(self, model: Model, models: Sequence[Model]) -> None:
        """Show a model's routing; ``models`` are all there are."""
        other = self._model is None or self._model.id != model.id
        before, self._model = self._model, model
        self.radios[model.strategy].setChecked(True)
        if other or before is None or before.retries != model.retries:
            self._wait.stop()
            self.retries.blockSignals(True)
            self.retries.setValue(model.retries)
            self.retries.blockSignals(False)
        if other:
            self.times.forget()
        self.times.show_limits(model.timeouts)
        self._show_switches(model)
        self.fallbacks.show_model(model, models)

    def _show_switches(self, model: Model) -> None:
        kept = "" if model.cache_seconds is None else str(model.cache_seconds)
        known = dict(_CACHE)
        own = () if kept in known else ((kept, duration(float(kept))),)
        self.cache.set_choices((*_CACHE, *own), kept)
        self.resume.blockSignals(True)
        self.resume.setChecked(model.resume)
        self.resume.blockSignals(False)

    # ---- what the user does

    def _pick(self) -> None:
        for key, radio in self.radios.items():
            if radio.isChecked() and self._model is not None and key != self._model.strategy:
                self.changed.emit("strategy", key)

    def _tell_retries(self) -> None:
        self._wait.stop()
        if self._model is not None and self.retries.value() != self._model.retries:
            self.changed.emit("retries", self.retries.value())
