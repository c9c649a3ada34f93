"""The sheet that prices logged requests anew after a correction: which, what would change, then the doing."""

from __future__ import annotations

import time

import shiboken6
from PySide6.QtCore import QDateTime, Qt
from PySide6.QtWidgets import QDateTimeEdit, QWidget

from conduit_desktop.runtime.recomputing import Recomputation
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui import theme, tokens
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.panes.settings_recompute_words import ALL, CUSTOM, RANGES, Line, lines, summary
from conduit_desktop.ui.panes.usage_spans import span, zone_of
from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.fit import fit_columns
from conduit_desktop.ui.widgets.form import Form, OptionRow
from conduit_desktop.ui.widgets.inputs import Choice, Switch
from conduit_desktop.ui.widgets.layout import column
from conduit_desktop.ui.widgets.progress import Bar
from conduit_desktop.ui.widgets.rows import Column, Rows
from conduit_desktop.ui.widgets.sheet import Sheet
from conduit_desktop.ui.widgets.table import DataTable
from conduit_desktop.ui.widgets.text import Label

_TITLE = "Price requests anew"
_FIRST = "With the prices in force now. Nothing is changed before you have seen what would be."
_DAY = 86_400
_MOST = 12  # rows without scrolling

COLUMNS: tuple[Column[Line], ...] = (
    Column("Model", lambda line: line.model, 140, mono=True, stretch=True, tooltip=lambda line: line.model),
    Column("Requests", lambda line: line.exchanges, 84, align="right", tone=lambda _: "text-muted"),
    Column("Now", lambda line: line.before, 130, align="right", tooltip=lambda line: line.before),
    Column("Anew", lambda line: line.after, 130, align="right", tooltip=lambda line: line.after),
    Column("Difference", lambda line: line.difference, 164, align="right", tone=lambda line: line.tone),
)


class RecomputeSheet(Sheet):
    """Three steps: which, what changes, done."""

    def __init__(self, parent: QWidget, service: GatewayService, bridge: Bridge, *, only_unpriced: bool = True) -> None:
        super().__init__(parent, _TITLE, "Show what changes", _FIRST, width=720)
        self.setObjectName("recompute")
        self._service, self._bridge = service, bridge
        self.found: Recomputation | None = None
        self._done = False
        self.only = Switch(name="Only requests without a price", on=only_unpriced)
        self.range = Choice(RANGES, name="Which time", value=ALL)
        self.range.picked.connect(self._pick)
        now = time.time()
        self.since, self.until = _field("From", now - _DAY), _field("To", now)
        only_help = "Off: those that have a price are priced anew as well, for example after a price was corrected."
        self._which = Form(OptionRow("Only requests without a price", self.only, only_help))
        self._which.add("Which time", self.range)
        (self._from, self._to) = self._which.beside(("From", self.since, ""), ("To", self.until, ""))
        self.said = Label("", "body", wrap=True)
        self.rows: Rows[Line] = Rows(COLUMNS, key=lambda line: line.model, parent=self)
        self.table = DataTable(self.rows, key="recompute", name="What changes", inset=True)
        fit_columns(self.table, ("Requests", "Now"), stretch_least=110)
        self.bar = Bar(0.0, "accent", name="How far it is")
        self._shown = QWidget()
        self._shown.setLayout(column(self.said, self.bar, self.table, gap=SPACE.m))
        self.back = Button("Back")
        self.back.clicked.connect(self._go_back)
        self.add_foot(self.back)
        self.body.addWidget(self._which)
        self.body.addWidget(self._shown)
        self.body.addStretch(1)
        for part in (self._shown, self.back, self.bar):
            part.hide()
        self.accepted.connect(self._go)
        self._pick(ALL)

    def _pick(self, key: str) -> None:
        for part in (self._from, self._to):
            part.setVisible(key == CUSTOM)

    # ---- which, and what would change

    def _go(self) -> None:
        if self._done:
            self.finish()
        elif self.found is None:
            self.set_busy(True)
            self._bridge.run(self._look(), self._show, self.set_error, owner=self, slot="look")
        else:
            self._run(self.found)

    async def _look(self) -> Recomputation:
        since, until = await self._span()
        return await self._service.pricing.recompute_preview(since, until, self.only.isChecked())

    async def _span(self) -> tuple[float | None, float | None]:
        if self.range.value == ALL:
            return None, None
        if self.range.value == CUSTOM:
            return float(self.since.dateTime().toSecsSinceEpoch()), float(self.until.dateTime().toSecsSinceEpoch())
        zone = zone_of((await self._service.settings())["time_zone"])
        found = span(self.range.value, zone=zone)
        return found.since, found.until

    def _show(self, found: Recomputation) -> None:
        self.found = found
        self.set_busy(False)
        self._which.hide()
        self._shown.show()
        self.back.show()
        self.set_head("What changes", "Nothing is changed yet.")
        self.said.setText("\n".join(summary(found)))
        shown = lines(found)
        self.rows.set_rows(shown)
        self.table.setVisible(bool(shown))
        self.table.setFixedHeight(theme.current().px(tokens.ROW) * (min(len(shown), _MOST) + 1) + SPACE.m)
        plural = "s" if found.changed != 1 else ""
        self._name(f"Price {found.changed:,} request{plural} anew" if found.changed else "Nothing to change")
        self.accept_button.setEnabled(bool(found.changed))
        (self.accept_button if found.changed else self.back).setFocus(Qt.FocusReason.TabFocusReason)

    def _name(self, text: str) -> None:
        self.accept_button.setText(text)
        self.accept_button.updateGeometry()

    def _go_back(self) -> None:
        self.found = None
        self.set_head(_TITLE, _FIRST)
        self.set_error("")
        self._shown.hide()
        self.back.hide()
        self._which.show()
        self.accept_button.setEnabled(True)
        self._name("Show what changes")
        self.only.setFocus()

    # ---- the doing

    def _run(self, found: Recomputation) -> None:
        self.set_busy(True)
        self.back.setEnabled(False)
        self.bar.set_share(0.0, "accent")
        self.bar.show()
        work = self._service.pricing.recompute(found, self._progress)
        self._bridge.run(work, self._ended, self._failed, name="price anew")  # it goes on when this is closed

    def _progress(self, done: int, total: int) -> None:
        if not shiboken6.isValid(self):
            return
        self.bar.set_share(done / max(total, 1), "accent")
        self.bar.setAccessibleName(f"{done:,} of {total:,} requests")

    def _ended(self, changed: int) -> None:
        told = f"{changed:,} request{'s' if changed != 1 else ''} priced anew."
        self._bridge.tell(told)
        if not shiboken6.isValid(self):
            return
        self._done = True
        self.set_busy(False)
        self.bar.hide()
        self.back.hide()
        self.set_head("Priced anew", "Budgets, charts and totals count the new figures from now on.")
        self.said.setText(told)
        self._name("Done")

    def _failed(self, text: str) -> None:
        if not shiboken6.isValid(self):
            self._bridge.tell(text, "error")
            return
        self.bar.hide()
        self.back.setEnabled(True)
        self.set_error(f"{text} What was priced anew before that stays; look again and go on.")


def _field(name: str, when: float) -> QDateTimeEdit:
    field = QDateTimeEdit(QDateTime.fromSecsSinceEpoch(int(when)))
    field.setDisplayFormat("yyyy-MM-dd HH:mm")
    field.setCalendarPopup(True)
    field.setAccessibleName(name)
    return field
