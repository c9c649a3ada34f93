"""One setting on screen: its control by type and choices, saved at once, with what is wrong beside it.

Knows the schema and nothing of any one setting: a new row of SETTINGS is shown without a change here.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Protocol

from PySide6.QtCore import QSize, Qt, QTimer, Signal, SignalInstance
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QLineEdit, QSizePolicy, QWidget

from conduit_desktop.errors import ConfigurationError
from conduit_desktop.settings.schema import Setting, Value
from conduit_desktop.ui import theme
from conduit_desktop.ui.panes.settings_restart import RestartStrip
from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets.buttons import IconButton
from conduit_desktop.ui.widgets.inputs import Choice, NumberField, Segmented, Switch
from conduit_desktop.ui.widgets.layout import column, row
from conduit_desktop.ui.widgets.search_choice import SearchChoice
from conduit_desktop.ui.widgets.status import Icon
from conduit_desktop.ui.widgets.text import Label, Notice, set_look

_SAVED = 1600  # milliseconds for which the tick is shown
_SEGMENTS = 26  # characters that a segmented control may have; more go into a drop-down
_FEW = 20  # choices that a plain list may have; more are searched in
_WORDS = 280  # pixels that the words have at least; else the control goes under them
_HIGHEST = 2**31 - 1


class Control(Protocol):
    """What a row needs of its control."""

    @property
    def value(self) -> Value: ...
    def set_value(self, value: Value) -> None: ...
    @property
    def widget(self) -> QWidget: ...


class _Toggle:
    """On or off."""

    def __init__(self, setting: Setting, tell: SignalInstance) -> None:
        self.widget = Switch(name=setting.label)
        self.widget.toggled.connect(tell)

    @property
    def value(self) -> Value:
        return self.widget.isChecked()

    def set_value(self, value: Value) -> None:
        self.widget.setChecked(bool(value))


class _Pick:
    """One of a few."""

    def __init__(self, setting: Setting, tell: SignalInstance) -> None:
        self.widget: Segmented | Choice
        if sum(len(text) for _, text in setting.choices) <= _SEGMENTS:
            self.widget = Segmented(setting.choices, name=setting.label)
            self.widget.changed.connect(tell)
        else:
            self.widget = Choice(setting.choices, name=setting.label)
            self.widget.picked.connect(tell)

    @property
    def value(self) -> Value:
        return self.widget.value

    def set_value(self, value: Value) -> None:
        self.widget.set_value(str(value))


class _Search:
    """One of very many, such as the time zones. ``offer`` gives the choices of a text that names something."""

    def __init__(self, setting: Setting, tell: SignalInstance) -> None:
        self.widget = SearchChoice(setting.choices, name=setting.label)
        self.widget.picked.connect(tell)

    def offer(self, choices: Sequence[tuple[str, str]]) -> None:
        self.widget.set_choices(choices)

    @property
    def value(self) -> Value:
        return self.widget.value

    def set_value(self, value: Value) -> None:
        self.widget.set_value(str(value))


class _Number:
    """A whole number. What is out of bounds can be typed, so that it can be said what would fit."""

    def __init__(self, setting: Setting, tell: SignalInstance) -> None:
        low = min(0, setting.low)
        high = min(max(setting.high * 10, 999_999), _HIGHEST) if setting.high else _HIGHEST
        self.widget = NumberField(setting.label, low, high, int(setting.default), unit=setting.unit)
        self.widget.setKeyboardTracking(False)
        self.widget.setMinimumWidth(160)
        self.widget.valueChanged.connect(tell)

    @property
    def value(self) -> Value:
        return self.widget.value()

    def set_value(self, value: Value) -> None:
        self.widget.setValue(int(value))


class _Text:
    """A line of text, saved when it is left."""

    def __init__(self, setting: Setting, tell: SignalInstance) -> None:
        self.widget = QLineEdit()
        self.widget.setAccessibleName(setting.label)
        self.widget.setMinimumWidth(240)
        self.widget.editingFinished.connect(tell)

    @property
    def value(self) -> Value:
        return self.widget.text().strip()

    def set_value(self, value: Value) -> None:
        self.widget.setText(str(value))


def control(setting: Setting, tell: SignalInstance) -> Control:
    """The control that fits the setting."""
    if setting.type is bool:
        return _Toggle(setting, tell)
    if setting.form or len(setting.choices) > _FEW:
        return _Search(setting, tell)
    if setting.choices:
        return _Pick(setting, tell)
    return _Number(setting, tell) if setting.type is int else _Text(setting, tell)


class SettingRow(QWidget):
    """Signals: ``wanted(key, value)`` for a value that fits, ``restart_wanted()``."""

    wanted = Signal(str, object)
    restart_wanted = Signal()
    _touched = Signal()

    def __init__(self, setting: Setting) -> None:
        super().__init__()
        self.setting = setting
        self.setObjectName(f"setting-{setting.key}")
        self._stored: Value = setting.default
        self.control = control(setting, self._touched)
        self._saved = Icon("check", "success", 16, name="Saved")
        keep = self._saved.sizePolicy()
        keep.setRetainSizeWhenHidden(True)
        self._saved.setSizePolicy(keep)
        self._saved.hide()
        self.reset = IconButton("replay", f"Reset {setting.label} to {self._named(setting.default)}", small=True)
        self.reset.clicked.connect(lambda: self._want(setting.default))
        keep = self.reset.sizePolicy()
        keep.setRetainSizeWhenHidden(True)
        self.reset.setSizePolicy(keep)
        side = QWidget()
        side.setLayout(row(self._saved, self.reset, self.control.widget, gap=6))
        side.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._side = side
        self.control.widget.setAccessibleDescription(setting.help)
        self._fault = Notice("", "small", tone="danger", wrap=True)
        self._fault.hide()
        words = column(Label(setting.label, "medium"), Label(setting.help, "small", wrap=True), self._fault, gap=2)
        self._line = row(gap=SPACE.l, margins=(0, 10, 0, 10))
        self._line.addLayout(words, 1)
        self._line.addWidget(side, 0, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._hide_tick = QTimer(self)
        self._hide_tick.setSingleShot(True)
        self._hide_tick.setInterval(_SAVED)
        self._hide_tick.timeout.connect(self._saved.hide)
        self._box = column(self._line, gap=0)
        self.setLayout(self._box)
        self.error = ""
        self._saving = False
        self._touched.connect(self._save)
        self.show_value(setting.default)

    @cached_property
    def strip(self) -> RestartStrip:
        """Made when it is first wanted; for most settings it never is."""
        made = RestartStrip()
        made.restart.clicked.connect(self.restart_wanted)
        self._box.addWidget(made)
        return made

    def minimumSizeHint(self) -> QSize:
        """Narrow enough for the control to go below the words."""
        return QSize(260, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = self.width() < theme.current().px(_WORDS) + self._side.sizeHint().width()
        ways = QBoxLayout.Direction
        self._line.setDirection(ways.TopToBottom if narrow else ways.LeftToRight)
        self._line.setSpacing(SPACE.s if narrow else SPACE.l)

    # ---- what it shows

    def offer(self, choices: Sequence[tuple[str, str]]) -> None:
        """The choices of a setting that names something; what is chosen stays."""
        if isinstance(self.control, _Search):
            self.control.offer(choices)

    def show_value(self, value: Value) -> None:
        """What is stored. A value that is being entered and was refused stays until another is stored; while one is
        being stored, what was read before does not take its place."""
        if self._saving:
            return
        if value != self._stored or not self.error:
            self._stored = value
            self.set_error("")
            if self.control.value != value:
                self._touched.disconnect(self._save)
                self.control.set_value(value)
                self._touched.connect(self._save)
        self.reset.setVisible(value != self.setting.default)

    def show_saved(self, value: Value) -> None:
        self._saving = False
        self._stored = value
        self.set_error("")
        self.reset.setVisible(value != self.setting.default)
        self._saved.show()
        self._hide_tick.start()

    def set_error(self, text: str) -> None:
        self._saving = False
        self.error = text
        self._fault.setText(text)
        self._fault.setVisible(bool(text))
        set_look(self.control.widget, invalid="true" if text else None)
        self.control.widget.setAccessibleDescription(f"{text} {self.setting.help}".strip())

    def show_restart(self, running: Value | None) -> None:
        """The gateway runs with another value (None: it does not, or with this one)."""
        if running is not None:
            self.strip.text.setText(
                f"The gateway still runs with {self._named(running)}. This takes effect when it restarts."
            )
        if running is not None or "strip" in self.__dict__:
            self.strip.setVisible(running is not None)

    def set_restarting(self, busy: bool) -> None:
        if "strip" in self.__dict__:
            self.strip.restart.set_busy(busy)

    def _named(self, value: Value) -> str:
        """A value as the control shows it."""
        if isinstance(value, bool):
            return "on" if value else "off"
        if self.setting.form == "zone" and not value:
            return "the system's"
        text = dict(self.setting.choices).get(str(value), str(value))
        return f"{text} {self.setting.unit}".strip()

    # ---- what the user wants

    def _save(self) -> None:
        self._want(self.control.value)

    def _want(self, value: Value) -> None:
        if value == self._stored:
            self.set_error("")
            if self.control.value != value:
                self.show_value(value)
            return
        try:
            self.setting.check(value)
        except ConfigurationError as error:
            self.set_error(f"{error.text} {self._named(self._stored)} stays in force.")
            return
        if self.control.value != value:
            self._touched.disconnect(self._save)
            self.control.set_value(value)
            self._touched.connect(self._save)
        self._saving = True
        self.wanted.emit(self.setting.key, value)
