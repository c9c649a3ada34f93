"""The first part of a key's details: its budget with pace and limit, what it may do, when it ends, its text."""

from __future__ import annotations

import time
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QWidget

from conduit_desktop.runtime.activity import KeySpend
from conduit_desktop.runtime.keys import KeyView
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.panes import keys_form_words as form_words
from conduit_desktop.ui.panes import keys_words as words
from conduit_desktop.ui.panes.keys_columns import KeyRow
from conduit_desktop.ui.panes.keys_page import KeyPage
from conduit_desktop.ui.shown import ago, count, moment
from conduit_desktop.ui.vault_state import VaultState
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.key_values import Entry, KeyValueTable
from conduit_desktop.ui.widgets.layout import column, row, scrolled
from conduit_desktop.ui.widgets.progress import BudgetBar
from conduit_desktop.ui.widgets.status import Icon
from conduit_desktop.ui.widgets.text import Label

_BY_APP = "The app made this key for the Chat pane. Deleted, it is made again with the next chat."


@dataclass(frozen=True, slots=True)
class Total:
    """All that a key was used for, as far as the counters go back: they outlive the log."""

    requests: int = 0
    errors: int = 0
    cost: int = 0
    unpriced: int = 0

    @classmethod
    def of(cls, spent: KeySpend | None) -> Total:
        return cls(spent.requests, spent.errors, spent.cost, spent.unpriced) if spent else cls()

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


@dataclass(frozen=True, slots=True)
class Around:
    """What the facts name beside the key itself: the names of providers by id, and the vault."""

    providers: dict[str, str]
    vault: VaultState


class BudgetCard(QFrame):
    """What was spent of the budget in its period, where that is going, and what happens at its end."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("surface", "card")
        self._bar = BudgetBar(height=8)
        self._pace = Label("", "body", wrap=True)
        self._rest = Label("", "small", wrap=True)
        self.setLayout(column(self._bar, self._pace, self._rest, gap=7, margins=(14, 12, 14, 12)))

    def show_view(self, view: KeyView, now: float) -> None:
        ticks = tuple(percent / 100 for percent in view.key.thresholds)
        note = "" if view.key.budget is not None else "No limit"
        self._bar.set_use(words.share(view), words.use(view), note, ticks)
        pace = words.forecast(view, now)
        self._pace.setText(pace)
        self._pace.set_tone("warning" if words.exceeds(view) else "")
        self._pace.setVisible(bool(pace))
        unpriced = f"{words.unpriced(view)} left out of the sum" if view.unpriced else ""
        told = [part[0].upper() + part[1:] for part in (words.resets(view, now), unpriced) if part]
        self._rest.setText(" · ".join(told))
        self._rest.setVisible(bool(told))


class OverviewPage(KeyPage):
    """Signal: ``end_wanted()``: the text before the last rotation is to stop working now."""

    title = "Overview"
    end_wanted = Signal()

    def __init__(self, service: GatewayService, bridge: Bridge) -> None:
        super().__init__(service, bridge)
        self._total: Total | None = None
        self._around: Around | None = None
        self.budget = BudgetCard()
        self._rotation_text = Label("", "body", wrap=True)
        end = Button("End now", small=True)
        end.clicked.connect(self.end_wanted)
        line = row(Icon("refresh", "info"), self._rotation_text, end, gap=10, margins=(12, 8, 8, 8))
        line.setStretch(1, 1)
        self._rotation = QWidget()
        self._rotation.setLayout(line)
        self._rotation.setProperty("surface", "well")
        self._rotation.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._by_app = Label(_BY_APP, "small", wrap=True)
        self._note = Label("", "body", wrap=True, selectable=True)
        self._facts = KeyValueTable(name="Key details")
        inner = QWidget()
        parts = (self.budget, self._rotation, self._note, self._by_app, self._facts, None)
        inner.setLayout(column(*parts, gap=12, margins=(16, 14, 16, 16)))
        self.setLayout(column(scrolled(inner), gap=0))

    def present(self, row: KeyRow) -> None:
        if not self.shows(row.id):
            self._total = None
        self.shown = row
        self._draw()
        self.bridge.run(self._fetch(), self._fetched, owner=self, slot="overview")

    async def _fetch(self) -> tuple[dict[str, KeySpend], Around]:
        spend = await self.service.activity.spent_ever()
        providers = {each.id: each.name for each in await self.service.configuring.providers()}
        return spend, Around(providers, await self.service.vault_state())

    def _fetched(self, found: tuple[dict[str, KeySpend], Around]) -> None:
        if self.shown is not None:
            self._total, self._around = Total.of(found[0].get(self.shown.id)), found[1]
            self._draw()

    def _draw(self) -> None:
        assert self.shown is not None
        view, key, now = self.shown.view, self.shown.view.key, time.time()
        self.budget.show_view(view, now)
        rotation = words.rotation(key, now)
        self._rotation_text.setText(f"{rotation}." if rotation else "")
        self._rotation.setVisible(bool(rotation))
        self._by_app.setVisible(words.made_by_app(key))
        self._note.setText(key.note)
        self._note.setVisible(bool(key.note) and not words.made_by_app(key))
        self._facts.set_entries((*self._use(view, now), *self._may(view), *self._self(view)))

    def _use(self, view: KeyView, now: float) -> tuple[Entry, ...]:
        key = view.key
        late = key.expires is not None and words.expires_tone(key, now) == "warning"
        expires = words.expires(key, now)
        if key.expires is not None:
            expires = f"{expires}: {words.moment_words(key.expires)}"
        told = f"{', '.join(map(str, key.thresholds))} %" if key.thresholds else "Never"
        return (
            Entry("Spent in all", self._total.words if self._total is not None else ""),
            Entry("Last used", "Never" if view.last_used is None else ago(view.last_used)),
            Entry("Expires", expires, tone="warning" if late else ""),
            Entry("When spent", words.at_limit(key) if key.budget is not None else ""),
            Entry("Told at", told if key.budget is not None else ""),
        )

    def _may(self, view: KeyView) -> tuple[Entry, ...]:
        key = view.key
        known = self._around.providers if self._around is not None else {}
        providers = ", ".join(known.get(id, "a removed one") for id in key.providers) or "All"
        return (
            Entry("Models", words.models(key)),
            Entry("Providers", f"{providers}, only on this machine" if key.local_only else providers),
            Entry("Limits", "None" if words.limits(key) == "–" else words.limits(key)),
            Entry("Defaults", form_words.defaults(key) or "None"),
        )

    def _self(self, view: KeyView) -> tuple[Entry, ...]:
        key = view.key
        place = self._around.vault.name if self._around is not None else ""
        kept = place and (f"Kept in: {place}" if key.secret_ref else "Not kept")
        return (
            Entry("Tag", key.tag),
            Entry("Made", moment(key.created)[:16]),
            Entry("Its text", kept),
            Entry("Vault entry", key.secret_ref or "", mono=True, copy=True),
            Entry("Id", key.id, mono=True, copy=True),
        )
