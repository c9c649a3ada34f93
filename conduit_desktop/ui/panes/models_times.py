"""The time limits of a model: four numbers of seconds, each with the default that holds where nothing is entered."""

from __future__ import annotations

import re
from dataclasses import replace

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from conduit_desktop.records import TIMEOUTS, Timeouts
from conduit_desktop.runtime.model_terms import LONGEST, LONGEST_CONNECT, SHORTEST, in_force
from conduit_desktop.ui.shown import duration
from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets.form import Form, FormRow
from conduit_desktop.ui.widgets.layout import column

_PAUSE = 700  # milliseconds without typing after which what was entered is stored
_UNITS = {"": 1.0, "s": 1.0, "sec": 1.0, "ms": 0.001, "m": 60.0, "min": 60.0, "h": 3600.0}
FIELDS = (
    ("connect", "To connect", "Until the provider's server takes the connection."),
    ("first_token", "First token", "Until a stream has its first content. Then another deployment is asked."),
    ("idle", "Between tokens", "The longest silence within an answer, or before one that is not streamed."),
    ("total", "In all", "The whole request, with every retry and fallback."),
)


def read_seconds(text: str, most: float = LONGEST) -> float | None:
    """Seconds, with or without a unit (``90``, ``1.5 s``, ``2 min``), None for an empty field. Raises ValueError with
    what is wrong."""
    given = text.strip().lower().replace(",", ".")
    if not given:
        return None
    found = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)\s*([a-z]*)", given)
    if found is None or found[2] not in _UNITS:
        raise ValueError("Enter seconds, such as 30, or 2 min.")
    seconds = float(found[1]) * _UNITS[found[2]]
    if not SHORTEST <= seconds <= most:
        raise ValueError(f"From {SHORTEST:g} to {most:,.0f} seconds.")
    return seconds


def seconds_text(seconds: float) -> str:
    """Seconds as they are typed."""
    return f"{seconds:g}"


class TimeLimits(QWidget):
    """Signal: ``changed(Timeouts)`` when the user has changed one, and what was entered can be read."""

    changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._shown = TIMEOUTS
        self.fields: dict[str, QLineEdit] = {}
        self.rows: dict[str, FormRow] = {}
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(_PAUSE)
        self._wait.timeout.connect(self._tell)
        form = Form(gap=SPACE.m)
        for first, second in ((0, 1), (2, 3)):
            made = form.beside(*(self._part(*FIELDS[at]) for at in (first, second)))
            self.rows |= {FIELDS[at][0]: each for at, each in zip((first, second), made, strict=True)}
        self.setLayout(column(form))

    def _part(self, name: str, label: str, help_: str) -> tuple[str, QWidget, str]:
        field = QLineEdit()
        field.setAccessibleName(f"{label} (seconds)")
        field.setPlaceholderText(f"{duration_words(getattr(TIMEOUTS, name))} (default)")
        field.textEdited.connect(self._edited)
        field.editingFinished.connect(self._tell)
        self.fields[name] = field
        return f"{label} (s)", field, help_

    def show_limits(self, limits: Timeouts) -> None:
        """Show a model's; the field that is typed in is left alone."""
        self._shown = limits
        for name, field in self.fields.items():
            if field.hasFocus() and self._wait.isActive():
                continue
            seconds = getattr(limits, name)
            text = "" if seconds == getattr(TIMEOUTS, name) else seconds_text(seconds)
            if field.text() != text and not (field.hasFocus() and _means(field.text(), name) == seconds):
                field.setText(text)
                self.rows[name].set_error("")
        self._remark(limits)

    def _remark(self, limits: Timeouts) -> None:
        """A step that is longer than all of it stays as it was set; what applies is said below it."""
        for name, row in self.rows.items():
            cut = getattr(limits.applied, name) != getattr(limits, name)
            row.set_remark(f"What applies: {in_force(name, limits)}." if cut else "")

    def forget(self) -> None:
        """Take back what is typed and not stored: another model is shown."""
        self._wait.stop()
        for name, row in self.rows.items():
            row.set_error("")
            self.fields[name].clear()

    def _edited(self, _text: str) -> None:
        for row in self.rows.values():
            row.set_error("")
        self._wait.start()

    def _tell(self) -> None:
        self._wait.stop()
        given: dict[str, float] = {}
        for name, field in self.fields.items():
            fault = ""
            try:
                seconds = read_seconds(field.text(), LONGEST_CONNECT if name == "connect" else LONGEST)
            except ValueError as error:
                fault, seconds = str(error), None
            self.rows[name].set_error(fault)
            if fault:
                given[name] = getattr(self._shown, name)
            elif seconds is not None:
                given[name] = seconds
        if any(row.error for row in self.rows.values()):
            return
        limits = replace(TIMEOUTS, **given)
        self._remark(limits)
        if limits != self._shown:
            self._shown = limits
            self.changed.emit(limits)


def duration_words(seconds: float) -> str:
    """A default in words: ``10 s``, ``5 min``, ``30 min``."""
    if seconds >= 60 and seconds % 60 == 0:
        return f"{seconds / 60:g} min" if seconds < 3600 or seconds % 3600 else f"{seconds / 3600:g} h"
    return f"{seconds:g} s" if seconds >= 1 else duration(seconds)


def _means(text: str, name: str) -> float | None:
    try:
        seconds = read_seconds(text)
    except ValueError:
        return None
    return float(getattr(TIMEOUTS, name)) if seconds is None else seconds
