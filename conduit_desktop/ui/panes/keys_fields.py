"""The fields of a key's form that are more than one control: budget, thresholds, what happens at the limit, expiry,
limits. ``edited()`` when the user changed one; ``value()`` raises ValueError with what is wrong."""

from __future__ import annotations

import time
from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from conduit_desktop.records import AtLimit, VirtualKey
from conduit_desktop.ui.panes import keys_typed as typed
from conduit_desktop.ui.panes import keys_words as words
from conduit_desktop.ui.widgets.inputs import Choice, Segmented
from conduit_desktop.ui.widgets.layout import column, row
from conduit_desktop.ui.widgets.suggest import suggest
from conduit_desktop.ui.widgets.text import Label

_SPANS = {"7": "7d", "30": "30d", "90": "90d", "365": "365d"}
_AT_LIMIT: dict[AtLimit, str] = {
    "block": "Requests are refused until the budget resets or is raised.",
    "downgrade": "Requests go on, answered by this model instead. It should cost little or nothing.",
    "ask": "Requests wait for your answer to a notification; without one they are refused.",
}


def text_field(name: str, hint: str = "", *, mono: bool = False) -> QLineEdit:
    """A line to type in."""
    field = QLineEdit()
    field.setPlaceholderText(hint)
    field.setAccessibleName(name)
    field.setClearButtonEnabled(False)
    if mono:
        field.setProperty("mono", "true")
    return field


class BudgetField(QWidget):
    """An amount in dollars and the period it is for."""

    edited = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.amount = text_field("Budget in US dollars", "No limit")
        self.amount.setMaximumWidth(150)
        self.period = Choice(words.PERIOD_CHOICES, name="Budget period", value="month")
        self.period.setMinimumWidth(100)  # where there is hardly any room, beside a button
        self.amount.textEdited.connect(self.edited)
        self.period.picked.connect(self.edited)
        self.setLayout(row(Label("$", "muted"), self.amount, self.period, None))
        self.setFocusProxy(self.amount)

    def set_value(self, key: VirtualKey) -> None:
        self.amount.setText(typed.budget_text(key.budget))
        self.period.set_value(key.period)

    def value(self) -> int | None:
        return typed.read_budget(self.amount.text())


class AtLimitField(QWidget):
    """What a request gets once the budget is spent; for a downgrade, the model it goes on with."""

    edited = Signal()

    def __init__(self) -> None:
        super().__init__()
        choices = (("block", "Refuse"), ("downgrade", "Downgrade"), ("ask", "Ask me"))
        self.how = Segmented(choices, name="When the budget is spent")
        self.model = text_field("Model to go on with", "Model to go on with")
        self._models = suggest(self.model)
        self._says = Label("", "small", wrap=True)
        self._aliases: Sequence[str] = ()
        self.how.changed.connect(self._show)
        self.model.textEdited.connect(self.edited)
        self.setLayout(column(self.how, self.model, self._says, gap=6))
        self.setFocusProxy(self.how)
        self._show()

    def set_value(self, key: VirtualKey, aliases: Sequence[str]) -> None:
        self._aliases = aliases
        self._models.setStringList(list(aliases))
        self.how.set_value(key.at_limit)
        self.model.setText(key.downgrade_to)
        self._show()

    @property
    def chosen(self) -> AtLimit:
        return self.how.value  # type: ignore[return-value]

    def value(self) -> str:
        """The model to go on with, empty where none is asked for."""
        if self.chosen != "downgrade":
            return ""
        if not self.model.text().strip():
            raise ValueError("Choose the model to go on with.")
        return typed.read_model(self.model.text(), self._aliases, longer=False)

    def _show(self, _how: str = "") -> None:
        self.model.setVisible(self.chosen == "downgrade")
        self._says.setText(_AT_LIMIT[self.chosen])
        self.how.setAccessibleDescription(self._says.text())
        self.edited.emit()


class ExpiryField(QWidget):
    """Never, a span from now, or a date; what was entered is said back in words."""

    edited = Signal()

    def __init__(self) -> None:
        super().__init__()
        spans = (("7", "In 7 days"), ("30", "In 30 days"), ("90", "In 90 days"), ("365", "In a year"))
        self.preset = Choice((("never", "Never"), *spans, ("date", "On a date…")), name="Expires")
        self.date = text_field("Expiry date", "2027-01-31 or 2027-01-31 18:00", mono=True)
        self._echo = Label("", "small", wrap=True)
        self.preset.picked.connect(self._pick)
        self.date.textEdited.connect(self._say)
        self.setLayout(column(self.preset, self.date, self._echo, gap=5))
        self.setFocusProxy(self.preset)
        self._given: float | None = None
        self._say()

    def set_value(self, expires: float | None) -> None:
        """Show a stored expiry as a date."""
        self._given = expires
        self.preset.set_value("never" if expires is None else "date")
        self.date.setText("" if expires is None else typed.expiry_text(expires))
        self._say()

    def value(self) -> float | None:
        """A stored one that was not touched stays as it is, also one in the past."""
        chosen = self.preset.value
        if chosen == "never":
            return None
        stored = self._given
        if chosen == "date" and stored is not None and self.date.text() == typed.expiry_text(stored):
            return stored
        return typed.read_expiry(_SPANS.get(chosen, self.date.text()), time.time())

    def _pick(self, chosen: str) -> None:
        self._say()
        if chosen == "date":
            self.date.setFocus(Qt.FocusReason.OtherFocusReason)

    def _say(self, _text: str = "") -> None:
        self.date.setVisible(self.preset.value == "date")
        try:
            when = self.value()
        except ValueError:
            said = ""
        else:
            over = when is not None and when <= time.time()
            said = "" if when is None else f"{'Expired' if over else 'Until'} {words.moment_words(when)}"
        self._echo.setText(said)
        self._echo.setVisible(bool(said))
        self.edited.emit()


class LimitField(QLineEdit):
    """A whole number or nothing."""

    edited = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setPlaceholderText("No limit")
        self.textEdited.connect(lambda _text: self.edited.emit())

    def set_value(self, limit: int | None) -> None:
        self.setText("" if limit is None else f"{limit:,}")

    def value(self) -> int | None:
        return typed.read_limit(self.text())
