"""The sheet that raises a key's budget: what it has spent, and a sum to begin with."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from conduit_desktop import money
from conduit_desktop.runtime.notifying.acting import Raise
from conduit_desktop.ui.panes.keys_typed import budget_text, read_budget
from conduit_desktop.ui.widgets.form import FormRow
from conduit_desktop.ui.widgets.progress import Bar
from conduit_desktop.ui.widgets.sheet import Sheet
from conduit_desktop.ui.widgets.text import Label


class RaiseSheet(Sheet):
    """Signal: ``wanted(int)``, the new budget in picodollars. What comes of it is shown by ``set_error`` or by closing
    it."""

    wanted = Signal(object)

    def __init__(self, parent: QWidget, found: Raise) -> None:
        key = found.key
        each = "" if key.period == "once" else f" a {key.period}"
        super().__init__(parent, f"Raise the budget of {key.name}", "Raise budget", width=420)
        self.setObjectName("raise-budget")
        self._now = key.budget or 0
        spent = f"{money.show(found.spent)} of {money.show(key.budget)}{each} is spent."
        self.spent = Label(spent, "body", wrap=True)
        self.bar = Bar(name=f"Spent: {spent}")
        self.bar.set_share(found.spent / self._now if self._now else 0.0)
        self.field = QLineEdit(budget_text(found.suggested))
        self.field.selectAll()
        self.row = FormRow(
            f"New budget, US dollars{each}", self.field, "Half as much again, unless you enter another sum."
        )
        for part in (self.spent, self.bar, self.row):
            self.body.addWidget(part)
        self.body.addStretch(1)
        self.field.textEdited.connect(lambda _text: self.row.set_error(""))
        self.accepted.connect(self._take)

    def _take(self) -> None:
        try:
            amount = read_budget(self.field.text())
        except ValueError as error:
            return self.row.set_error(str(error))
        if amount is None or amount <= self._now:
            return self.row.set_error(f"Enter more than {money.show(self._now)}.")
        self.set_busy(True)
        self.wanted.emit(amount)
        return None
