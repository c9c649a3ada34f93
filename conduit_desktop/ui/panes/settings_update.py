"""The sheet that fetches a newer price list, shows what it changes, and keeps it or not."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from conduit_desktop.runtime.price_lists import CatalogueChange, CatalogueDraft
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui import theme, tokens
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.panes.settings_catalogue_words import Line, biggest, summary
from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets.fit import fit_columns
from conduit_desktop.ui.widgets.layout import column
from conduit_desktop.ui.widgets.progress import Spinner
from conduit_desktop.ui.widgets.rows import Column, Rows
from conduit_desktop.ui.widgets.sheet import Sheet
from conduit_desktop.ui.widgets.table import DataTable
from conduit_desktop.ui.widgets.text import Label

_FIRST = "Fetched from where genai-prices publishes it, only when you ask. It is checked, and shown, before it is used."
_NEXT = "The list of now stays in force. Look at the connection and try again, or go on without: nothing depends on it."
_MOST = 12  # rows without scrolling

COLUMNS: tuple[Column[Line], ...] = (
    Column("Model", lambda line: line.model, 220, mono=True, stretch=True, tooltip=lambda line: line.model),
    Column("Now, $ / M", lambda line: line.before, 130, align="right", tone=lambda _: "text-muted"),
    Column("Then", lambda line: line.after, 130, align="right"),
    Column("Change", lambda line: line.difference, 110, align="right", tone=lambda line: line.tone),
)


class UpdateSheet(Sheet):
    """Fetches as soon as it is open. Signal: ``kept()``."""

    kept = Signal()

    def __init__(self, parent: QWidget, service: GatewayService, bridge: Bridge) -> None:
        super().__init__(parent, "Update the price list", "Use this list", _FIRST, width=680)
        self.setObjectName("update-prices")
        self._service, self._bridge = service, bridge
        self.draft: CatalogueDraft | None = None
        self._ended = False
        self.spinner = Spinner(22, "Fetching the price list")
        self.said = Label("Fetching and checking it…", "body", wrap=True, selectable=True)
        self.title = Label("The biggest changes", "strong")
        self.rows: Rows[Line] = Rows(COLUMNS, key=lambda line: line.model, parent=self)
        self.table = DataTable(self.rows, key="price-list-changes", name="The biggest changes", inset=True)
        fit_columns(self.table, ("Now, $ / M", "Change"), stretch_least=150)
        self.then = Label("", "small", wrap=True)
        parts = column(self.spinner, self.said, self.title, self.table, self.then, gap=SPACE.m)
        self.body.addLayout(parts)
        self.body.addStretch(1)
        for part in (self.title, self.table, self.then):
            part.hide()
        self.accepted.connect(self._go)

    def open(self) -> None:
        super().open()
        self._fetch()

    def _fetch(self) -> None:
        self.spinner.show()
        self.said.setText("Fetching and checking it…")
        self.said.set_tone("")
        self.set_busy(True)
        self._bridge.run(self._service.pricing.fetch_catalogue(), self._fetched, self._failed, owner=self, slot="fetch")

    def _fetched(self, draft: CatalogueDraft) -> None:
        self.draft = draft
        self.spinner.hide()
        self._show(draft.change)

    def _show(self, change: CatalogueChange) -> None:
        self.said.setText(summary(change))
        shown = biggest(change)
        self.rows.set_rows(shown)
        self.title.setVisible(bool(shown))
        self.table.setVisible(bool(shown))
        self.table.setFixedHeight(theme.current().px(tokens.ROW) * (min(len(shown), _MOST) + 1) + SPACE.m)
        self.set_busy(False)
        if change.nothing_new:
            self._end()
            return
        self.then.setText(
            "What was priced before stays as it is. You can go back to the list of now, and price requests anew."
        )
        self.then.show()
        self.accept_button.setFocus(Qt.FocusReason.TabFocusReason)

    def _failed(self, text: str) -> None:
        self.spinner.hide()
        self.set_busy(False)
        self.said.setText(f"{text} {_NEXT}")
        self.said.set_tone("danger")
        self.accept_button.setText("Try again")
        self.accept_button.updateGeometry()

    def _end(self) -> None:
        self._ended = True
        self.accept_button.setText("Done")
        self.accept_button.updateGeometry()

    def _go(self) -> None:
        if self._ended:
            self.finish()
        elif self.draft is None:
            self.accept_button.setText("Use this list")
            self.accept_button.updateGeometry()
            self._fetch()
        else:
            self.set_busy(True)
            work = self._service.pricing.keep_catalogue(self.draft)
            self._bridge.run(work, self._kept, self.set_error, owner=self, slot="keep")

    def _kept(self, change: CatalogueChange) -> None:
        other = (
            "1 price that you use is another"
            if change.renewed == 1
            else f"{change.renewed:,} prices that you use are others"
        )
        self.finish()
        self._bridge.tell(f"The new price list is in force: {other} now")
        self.kept.emit()
