"""The fields of a key's form that are more than one control: budget, expiry, allowed models, limits."""

from __future__ import annotations

import time
from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QLineEdit, QListWidget, QListWidgetItem, QSizePolicy, QWidget

from conduit_desktop.records import VirtualKey
from conduit_desktop.ui import theme
from conduit_desktop.ui.panes import keys_words as words
from conduit_desktop.ui.widgets.inputs import Choice, Segmented
from conduit_desktop.ui.widgets.layout import column, row
from conduit_desktop.ui.widgets.text import Label

_MOST_LISTED = 6
_SPANS = {"7": "7d", "30": "30d", "90": "90d"}


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

    def __init__(self) -> None:
        super().__init__()
        self.amount = text_field("Budget in US dollars", "No limit")
        self.amount.setMaximumWidth(150)
        self.period = Choice(words.PERIOD_CHOICES, name="Budget period", value="month")
        self.setLayout(row(Label("$", "muted"), self.amount, self.period, None))
        self.setFocusProxy(self.amount)

    def set_value(self, key: VirtualKey) -> None:
        self.amount.setText(words.budget_text(key.budget))
        self.period.set_value(key.period)


class ExpiryField(QWidget):
    """Never, a span from now, or a date; what was entered is said back in words. ``edited()`` when it changes."""

    edited = Signal()

    def __init__(self) -> None:
        super().__init__()
        presets = (("never", "Never"), ("7", "In 7 days"), ("30", "In 30 days"), ("90", "In 90 days"))
        self.preset = Choice((*presets, ("date", "On a date…")), name="Expires")
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
        self.date.setText("" if expires is None else words.expiry_text(expires))
        self._say()

    def value(self) -> float | None:
        """Raises ValueError. A stored one that was not touched stays as it is, also one in the past."""
        chosen = self.preset.value
        if chosen == "never":
            return None
        stored = self._given
        if chosen == "date" and stored is not None and self.date.text() == words.expiry_text(stored):
            return stored
        return words.read_expiry(_SPANS.get(chosen, self.date.text()), time.time())

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


class _Aliases(QListWidget):
    """A checklist as high as what is in it, up to a few rows."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Models set up here")
        self.setProperty("surface", "well")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)

    def sizeHint(self) -> QSize:
        rows = min(max(self.count(), 1), _MOST_LISTED)
        return QSize(200, rows * max(self.sizeHintForRow(0), theme.current().px(26)) + 4)


class ModelsField(QWidget):
    """All models, or only those that are checked or named. ``edited()`` when it changes."""

    edited = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.which = Segmented((("all", "All models"), ("some", "Only these")), name="Allowed models")
        self.list = _Aliases()
        self.patterns = text_field("Other names and patterns", "openai/*, claude-*", mono=True)
        self._label = Label("Other names, parted by commas; * at the end stands for anything", "small", wrap=True)
        self._label.setBuddy(self.patterns)
        self._some = QWidget()
        self._some.setLayout(column(self.list, 4, self._label, self.patterns, gap=5))
        self.setLayout(column(self.which, self._some, gap=8))
        self.setFocusProxy(self.which)
        self.which.changed.connect(self._show)
        self.list.itemChanged.connect(self.edited)
        self.patterns.textEdited.connect(self.edited)
        self._aliases: tuple[str, ...] = ()
        self._show()

    def set_value(self, chosen: Sequence[str], aliases: Sequence[str]) -> None:
        """Check the aliases that are chosen; the rest stands in the field."""
        known, others = words.split_models(chosen, aliases)
        self._aliases = tuple(aliases)
        self.list.blockSignals(True)
        self.list.clear()
        for alias in aliases:
            item = QListWidgetItem(alias)
            item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsSelectable)
            item.setCheckState(Qt.CheckState.Checked if alias in known else Qt.CheckState.Unchecked)
            item.setToolTip(alias)
            self.list.addItem(item)
        self.list.blockSignals(False)
        self.list.setVisible(bool(aliases))
        self.list.updateGeometry()
        self.patterns.setText(", ".join(others))
        self.which.set_value("some" if chosen else "all")
        self._show()

    def value(self) -> tuple[str, ...]:
        """Empty for all. Raises ValueError."""
        if self.which.value == "all":
            return ()
        checked = [
            self._aliases[at]
            for at in range(self.list.count())
            if self.list.item(at).checkState() == Qt.CheckState.Checked
        ]
        found = tuple(dict.fromkeys((*checked, *words.read_patterns(self.patterns.text()))))
        if not found:
            raise ValueError("Choose at least one model, or allow all.")
        return found

    def _show(self, _which: str = "") -> None:
        self._some.setVisible(self.which.value == "some")
        self.edited.emit()


class LimitField(QWidget):
    """A whole number or nothing, with its unit."""

    def __init__(self, name: str, unit: str) -> None:
        super().__init__()
        self.field = text_field(name, "No limit")
        self.field.setMaximumWidth(150)
        self.setLayout(row(self.field, Label(unit, "small"), None))
        self.setFocusProxy(self.field)

    def set_value(self, limit: int | None) -> None:
        self.field.setText("" if limit is None else f"{limit:,}")

    def value(self) -> int | None:
        """Raises ValueError."""
        return words.read_limit(self.field.text())
