"""What can be done with several keys at once, in place of the details of one, and what came of it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from conduit_desktop.ui.panes import keys_typed as typed
from conduit_desktop.ui.panes import keys_words as words
from conduit_desktop.ui.panes.keys_columns import ORDER, KeyRow
from conduit_desktop.ui.panes.keys_fields import BudgetField, ExpiryField, text_field
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.flow import flow
from conduit_desktop.ui.widgets.form import FormRow
from conduit_desktop.ui.widgets.layout import column, row, rule, scrolled
from conduit_desktop.ui.widgets.progress import Bar
from conduit_desktop.ui.widgets.split import DetailPanel
from conduit_desktop.ui.widgets.status import Icon
from conduit_desktop.ui.widgets.suggest import suggest
from conduit_desktop.ui.widgets.text import Label, Notice

_NAMED = 10
_FAULTS = 8


@dataclass(frozen=True, slots=True)
class Change:
    """What several keys are to be: ``done`` says it when it was done (``Enabled``), ``fields`` are of VirtualKey."""

    done: str
    fields: Mapping[str, Any]


@dataclass(slots=True)
class Outcome:
    """What came of it: to how many of how many keys it was done, and why not to the others (name, reason)."""

    done: str
    whole: int
    worked: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)

    @property
    def words(self) -> str:
        """``Enabled 3 keys``, ``Enabled 2 of 3 keys``."""
        keys = "1 key" if self.whole == 1 else f"{self.whole} keys"
        return f"{self.done} {f'{self.worked} of ' if self.failed else ''}{keys}"


class OutcomeView(QWidget):
    """Says what came of the last change, each failure with its reason; nothing before the first."""

    def __init__(self) -> None:
        super().__init__()
        self._icon = Icon("success", "success")
        self._text = Label("", "medium", wrap=True)
        self._bar = Bar(height=4, name="Progress")
        self._faults = Notice("", "small", tone="danger", wrap=True, selectable=True)
        line = row(self._icon, self._text)
        line.setStretch(1, 1)
        line.setAlignment(self._icon, Qt.AlignmentFlag.AlignTop)
        self.setLayout(column(line, self._bar, self._faults, gap=6))
        self.hide()

    @property
    def text(self) -> str:
        return "\n".join(part for part in (self._text.text(), self._faults.text()) if part)

    def show_progress(self, outcome: Outcome, at: int) -> None:
        self._bar.set_share(at / outcome.whole, "accent")
        self._bar.show()
        self._icon.hide()
        self._text.setText(f"{at} of {outcome.whole}…")
        self._faults.hide()
        self.show()

    def show_outcome(self, outcome: Outcome) -> None:
        tone = "success" if not outcome.failed else "warning" if outcome.worked else "danger"
        self._bar.hide()
        self._icon.set_icon({"danger": "error"}.get(tone, tone), tone)
        self._icon.show()
        self._text.setText(outcome.words)
        lines = [f"{name}: {why}" for name, why in outcome.failed[:_FAULTS]]
        if len(outcome.failed) > _FAULTS:
            lines.append(f"and {len(outcome.failed) - _FAULTS} more")
        self._faults.setText("\n".join(lines))
        self._faults.setVisible(bool(lines))
        self.setAccessibleName(self.text)
        self.show()


class BulkPanel(DetailPanel):
    """Signals: ``change_wanted(Change)`` for every key that is chosen, ``rotate_wanted()``, ``delete_wanted()``."""

    change_wanted = Signal(object)
    rotate_wanted = Signal()
    delete_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._names = Label("", "muted", wrap=True)
        self.tag = text_field("Tag", "none")
        self.tag.setMaxLength(typed.MOST_TAG)
        self._tags = suggest(self.tag)
        self.budget = BudgetField()
        self.expiry = ExpiryField()
        self.outcome = OutcomeView()
        self._buttons: list[Button] = []
        self._budget = self._row("Budget", self.budget, "An empty amount takes the limit away.", self._set_budget)
        self._tag = self._row("Tag", self.tag, "An empty one takes the tag away.", self._set_tag)
        self._expiry = self._row("Expires", self.expiry, "Counted from now.", self._set_expiry)
        inner = QWidget()
        inner.setLayout(self._contents())
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.addWidget(scrolled(inner), 1)

    def _contents(self) -> QVBoxLayout:
        on, off = Change("Enabled", {"enabled": True}), Change("Disabled", {"enabled": False})
        switches = flow(
            self._button("Enable", "play", lambda: self.change_wanted.emit(on)),
            self._button("Disable", "pause", lambda: self.change_wanted.emit(off)),
            self._button("Rotate…", "refresh", self.rotate_wanted.emit),
            self._button("Delete…", "trash", self.delete_wanted.emit),
        )
        parts = (self._names, switches, self.outcome, rule(), self._budget, self._tag, self._expiry)
        return column(*parts, None, gap=14, margins=(16, 0, 16, 16))

    def _button(self, text: str, icon: str, act: Callable[[], object], name: str = "") -> Button:
        made = Button(text, icon=icon, small=not name, name=name)
        made.clicked.connect(lambda: act())
        self._buttons.append(made)
        return made

    def _row(self, label: str, field: QWidget, help: str, act: Callable[[], object]) -> FormRow:
        apply = self._button("Apply", "", act, f"Set {label.lower()} of the chosen keys")
        both = QWidget()
        line = row(gap=8)
        line.addWidget(field, 1)
        line.addWidget(apply, 0, Qt.AlignmentFlag.AlignTop)
        both.setLayout(line)
        both.setFocusProxy(field.focusProxy() or field)
        return FormRow(label, both, help)

    def show_keys(self, rows: Sequence[KeyRow], tags: Sequence[str]) -> None:
        """What is chosen."""
        now = time.time()
        kinds = Counter(words.state(each.view, now).kind for each in rows)
        states = ", ".join(
            f"{number} {kind}" for kind, number in sorted(kinds.items(), key=lambda k: ORDER.index(k[0]))
        )
        spent = words.dollars(sum(each.view.spent for each in rows))
        self.set_head(f"{len(rows)} keys", f"{states} · {spent} spent in their periods")
        named = ", ".join(each.name for each in rows[:_NAMED])
        more = f" and {len(rows) - _NAMED} more" if len(rows) > _NAMED else ""
        self._names.setText(f"{named}{more}")
        self._tags.setStringList(list(tags))

    def set_busy(self, busy: bool) -> None:
        """One thing at a time."""
        for button in self._buttons:
            button.setEnabled(not busy)

    def _set_budget(self) -> None:
        def read() -> Change:
            amount, period = self.budget.value(), self.budget.period.value
            done = "Took the limit from" if amount is None else f"Set {words.dollars(amount)} as the budget of"
            return Change(done, {"budget": amount, "period": period})

        self._ask(self._budget, read)

    def _set_tag(self) -> None:
        tag = self.tag.text().strip()
        self._ask(self._tag, lambda: Change(f"Tagged “{tag}”" if tag else "Took the tag from", {"tag": tag}))

    def _set_expiry(self) -> None:
        def read() -> Change:
            until = self.expiry.value()
            done = "Took the expiry from" if until is None else f"Set {words.date_words(until)} as the end of"
            return Change(done, {"expires": until})

        self._ask(self._expiry, read)

    def _ask(self, line: FormRow, read: Callable[[], Change]) -> None:
        try:
            change = read()
        except ValueError as error:
            line.set_error(str(error))
            return
        line.set_error("")
        self.change_wanted.emit(change)
