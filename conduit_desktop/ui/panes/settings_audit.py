"""Who changed what: the audit log as a table that fetches older entries as it is scrolled."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from conduit_desktop.records import AuditEntry
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui import theme, tokens
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.shown import moment
from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets.fit import fit_columns
from conduit_desktop.ui.widgets.layout import column
from conduit_desktop.ui.widgets.rows import Column, Rows
from conduit_desktop.ui.widgets.states import EmptyState
from conduit_desktop.ui.widgets.table import DataTable
from conduit_desktop.ui.widgets.text import Label

PAGE = 100
_ROWS = 8
_ABOUT = "Every change of providers, models, keys, prices and settings, whoever made it. Secrets are not in it."
_ICONS = {"window": "display", "command line": "terminal", "admin API": "key"}


def what(entry: AuditEntry) -> str:
    """``change key editor``."""
    return f"{entry.action} {entry.subject}"


COLUMNS: tuple[Column[AuditEntry], ...] = (
    Column("When", lambda e: moment(e.at), 186, tone=lambda _: "text-muted"),
    Column("Who", lambda e: e.who, 130, icon=lambda e: (_ICONS.get(e.who, "user"), "text-muted")),
    Column("From", lambda e: e.origin, 130, tone=lambda _: "text-muted", tooltip=lambda e: e.origin),
    Column("What", what, 260, stretch=True, sub=lambda e: e.detail, tooltip=lambda e: e.detail.replace("; ", "\n")),
)


class AuditTable(QWidget):
    """Loads itself by ``load``."""

    def __init__(self, service: GatewayService, bridge: Bridge) -> None:
        super().__init__()
        self._service, self._bridge = service, bridge
        self.rows: Rows[AuditEntry] = Rows(COLUMNS, key=lambda e: e.seq, parent=self)
        self.rows.more_wanted.connect(self._more)
        self.table = DataTable(self.rows, key="audit", name="Audit log", inset=True)
        fit_columns(self.table, ("From", "Who"), stretch_least=180)
        self.table.set_empty(EmptyState("history", "Nothing has been changed yet", ""))
        self.table.show_loading()
        self.table.retried.connect(self.load)
        self.table.chosen.connect(self._detail)
        self.detail = Label("", "small", wrap=True, selectable=True)
        self.detail.hide()
        words = column(Label("Audit log", "medium"), Label(_ABOUT, "small", wrap=True), gap=2)
        self.setLayout(column(words, self.table, self.detail, gap=SPACE.s, margins=(0, 12, 0, 10)))
        self._fit()
        theme.current().changed.connect(self._fit)

    def _fit(self) -> None:
        self.table.setFixedHeight(theme.current().px(tokens.ROW) * (_ROWS + 1) + SPACE.s)

    def load(self) -> None:
        """The newest, from the top."""
        self._bridge.run(
            self._service.admin.audit(None, PAGE), self._show, self.table.show_error, owner=self, slot="audit"
        )

    def _show(self, entries: list[AuditEntry]) -> None:
        if [entry.seq for entry in entries] != [entry.seq for entry in self.rows.records[: len(entries)]]:
            self.rows.set_rows(entries, complete=len(entries) < PAGE)
        elif not entries:
            self.rows.set_rows(())

    def _more(self) -> None:
        last = self.rows.records[-1].seq
        self._bridge.run(self._service.admin.audit(last, PAGE), self._append, owner=self, slot="more")

    def _append(self, entries: list[AuditEntry]) -> None:
        self.rows.append(entries, complete=len(entries) < PAGE)

    def _detail(self, entry: AuditEntry | None) -> None:
        words = entry.detail.replace("; ", "\n") if entry is not None else ""
        self.detail.setText(words)
        self.detail.setVisible(bool(words))
