"""The details of one key: its text, what it spent, what it may do, and what can be done with it."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from conduit_desktop.records import Spend
from conduit_desktop.runtime.keys import KeyView
from conduit_desktop.ui.panes import keys_words as words
from conduit_desktop.ui.panes.keys_columns import KeyRow
from conduit_desktop.ui.shown import ago, count, moment
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.copying import SecretField
from conduit_desktop.ui.widgets.inputs import Switch
from conduit_desktop.ui.widgets.key_values import Entry, KeyValueTable
from conduit_desktop.ui.widgets.layout import column, row, rule, scrolled
from conduit_desktop.ui.widgets.progress import BudgetBar
from conduit_desktop.ui.widgets.split import DetailPanel
from conduit_desktop.ui.widgets.status import Badge
from conduit_desktop.ui.widgets.text import Label

_NOT_KEPT = "Its text was shown once and is not kept. Rotate the key to get a new one."
_BY_APP = "The app made this key for the Chat pane. Deleted, it is made again with the next chat."

Run = Callable[[Awaitable[str], Callable[[str], None]], object]


@dataclass(frozen=True, slots=True)
class Total:
    """All that a key was used for, as far as the counters go back: they outlive the log."""

    requests: int = 0
    errors: int = 0
    cost: int = 0
    unpriced: int = 0

    @classmethod
    def of(cls, rows: list[Spend], key_id: str) -> Total:
        mine = [row for row in rows if row.key_id == key_id]
        return cls(
            sum(row.requests for row in mine),
            sum(row.errors for row in mine),
            sum(row.cost for row in mine),
            sum(row.unpriced for row in mine),
        )

    @property
    def words(self) -> str:
        """``$12.40 on 310 requests, 4 failed, 12 unpriced``."""
        if not self.requests:
            return "Nothing yet"
        requests = "1 request" if self.requests == 1 else f"{count(self.requests)} requests"
        parts = [f"{words.dollars(self.cost)} on {requests}"]
        if self.errors:
            parts.append(f"{count(self.errors)} failed")
        if self.unpriced:
            parts.append(f"{count(self.unpriced)} unpriced")
        return ", ".join(parts)


class KeyDetail(DetailPanel):
    """Signals say what the user wants done with the key shown; the pane does it."""

    edit_wanted = Signal()
    rotate_wanted = Signal()
    delete_wanted = Signal()
    requests_wanted = Signal()
    connect_wanted = Signal()
    switched = Signal(bool)

    def __init__(self, run: Run, reveal: Callable[[KeyView], Awaitable[str]]) -> None:
        super().__init__()
        self._reveal = reveal
        self._view: KeyView | None = None
        self._digest = ""
        edit = Button("Edit", icon="edit", small=True)
        edit.clicked.connect(self.edit_wanted)
        self.add_action(edit)
        self._badge = Badge()
        self.switch = Switch("Enabled")
        self.switch.clicked.connect(self.switched)
        self.secret = SecretField("Key text", run)
        self._not_kept = Label(_NOT_KEPT, "small", wrap=True)
        self._by_app = Label(_BY_APP, "small", wrap=True)
        self._note = Label("", "body", wrap=True, selectable=True)
        self._budget = BudgetBar()
        self._facts = KeyValueTable(name="Key details")
        inner = QWidget()
        inner.setLayout(self._contents())
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.addWidget(scrolled(inner), 1)

    def _contents(self) -> QVBoxLayout:
        box = column(gap=12, margins=(16, 0, 16, 16))
        box.addLayout(row(self.switch, None, self._badge))
        box.addWidget(self.secret)
        box.addWidget(self._not_kept)
        box.addLayout(
            row(
                self._button("Connect a tool", "connect", self.connect_wanted),
                self._button("Show requests", "requests", self.requests_wanted),
                None,
            )
        )
        for part in (rule(), self._budget, self._note, self._by_app, self._facts, rule()):
            box.addWidget(part)
        box.addLayout(
            row(
                self._button("Rotate…", "refresh", self.rotate_wanted),
                self._button("Delete…", "trash", self.delete_wanted),
                None,
            )
        )
        box.addStretch(1)
        return box

    @staticmethod
    def _button(text: str, icon: str, signal: object) -> Button:
        made = Button(text, icon=icon, small=True)
        made.clicked.connect(signal)
        return made

    def show_key(self, shown: KeyRow, total: Total | None) -> None:
        """Show a key anew; its text stays revealed while it is the same one."""
        view, key, now = shown.view, shown.view.key, time.time()
        self._view = view
        self.set_head(key.name, f"Made {ago(key.created)}")
        state = words.state(view, now)
        self._badge.set_badge(*state)
        self._badge.setVisible(state not in (words.ENABLED, words.DISABLED))  # those two the switch says
        self.switch.setChecked(key.enabled)
        if key.digest != self._digest:
            self._digest = key.digest
            self.secret.set_secret(self._fetch if key.secret_ref else None, key.last4)
        self._not_kept.setVisible(key.secret_ref is None)
        self._by_app.setVisible(words.made_by_app(key))
        self._note.setText(key.note)
        self._note.setVisible(bool(key.note) and not words.made_by_app(key))
        self._budget.set_use(words.share(view), words.use(view))
        self._facts.set_entries(self._entries(shown, total, now))

    def _fetch(self) -> Awaitable[str]:
        assert self._view is not None
        return self._reveal(self._view)

    def _entries(self, shown: KeyRow, total: Total | None, now: float) -> tuple[Entry, ...]:
        view, key = shown.view, shown.view.key
        late = key.expires is not None and words.expires_tone(key, now) == "warning"
        expires = words.expires(key, now)
        if key.expires is not None:
            expires = f"{expires}: {words.moment_words(key.expires)}"
        return (
            Entry("Budget", _budget(view, now)),
            Entry("Spent in all", total.words if total is not None else ""),
            Entry("Last used", "Never" if shown.used is None else ago(shown.used)),
            Entry("Expires", expires, tone="warning" if late else ""),
            Entry("Models", words.models(key)),
            Entry("Limits", "None" if words.limits(key) == "–" else words.limits(key)),
            Entry("Made", moment(key.created)[:16]),
        )

    def cover(self) -> None:
        """Hide a revealed text."""
        self.secret.cover()


def _budget(view: KeyView, now: float) -> str:
    if view.key.budget is None:
        return "No limit"
    per = {"once": "in all", "day": "a day", "week": "a week", "month": "a month"}[view.key.period]
    return f"{words.dollars(view.key.budget)} {per}, {words.resets(view, now)}"
