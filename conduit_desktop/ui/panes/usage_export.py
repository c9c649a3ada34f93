"""The sheet that writes what Usage shows, or the requests behind it, into a file."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Literal, cast

import shiboken6
from PySide6.QtCore import QStandardPaths, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QWidget

from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.panes.usage_asked import WORDS, name_of
from conduit_desktop.ui.panes.usage_plotted import Seen
from conduit_desktop.ui.panes.usage_spans import bar_word, file_dates
from conduit_desktop.ui.widgets.form import Form
from conduit_desktop.ui.widgets.inputs import Segmented
from conduit_desktop.ui.widgets.layout import column
from conduit_desktop.ui.widgets.progress import Bar
from conduit_desktop.ui.widgets.sheet import Sheet
from conduit_desktop.ui.widgets.text import Label

_WHAT = (("usage", "The figures shown"), ("requests", "The requests behind them"))
_FORMATS = (("csv", "CSV"), ("jsonl", "JSON Lines"))
_KINDS = {"csv": "Comma-separated values (*.csv)", "jsonl": "JSON Lines (*.jsonl)"}


class ExportSheet(Sheet):
    """Asks what and in which form, then for the file; shows how far it is, and what was written."""

    def __init__(self, parent: QWidget, service: GatewayService, bridge: Bridge, seen: Seen) -> None:
        super().__init__(parent, "Export", "Choose a file…", seen.span.words)
        self._service, self._bridge, self._seen = service, bridge, seen
        self._task: asyncio.Future[None] | None = None
        self._path = Path()
        self.what = Segmented(_WHAT, name="What to export")
        self.format = Segmented(_FORMATS, name="Format")
        self.form = Form()
        self._row = self.form.add("What", self.what, " ")
        self.form.add("Format", self.format, "Amounts are exact US dollars; what has no known price says so.")
        self.bar = Bar(name="How much is written")
        self.said = Label("", "body", wrap=True, selectable=True)
        self.progress = QWidget()
        self.progress.setLayout(column(self.said, self.bar, gap=8))
        self.progress.hide()
        self.body.addWidget(self.form)
        self.body.addWidget(self.progress)
        self.body.addStretch(1)
        self.what.changed.connect(self._say_what)
        self.accepted.connect(self._next)
        self._say_what(self.what.value)

    # ---- what

    def _say_what(self, what: str) -> None:
        asked, report = self._seen.asked, self._seen.report
        where = ", ".join(
            f"{WORDS[each].lower()} {name_of(each, id, self._seen.names.get((each, id), ''))}"
            for each, id in asked.filters.items()
        )
        where = f" Only {where}." if where else ""
        if what == "usage":
            groups = f" and {WORDS[asked.by].lower()}" if asked.by else ""
            text = f"Requests, tokens, spend and savings {bar_word(report.grain)}{groups}.{where}"
        else:
            failed = asked.measure == "errors"
            number = report.sums.errors if failed else report.sums.requests
            kind = "failed request" if failed else "request"
            text = f"{number:,} {kind}{'' if number == 1 else 's'} as far as the log still has them, a row each.{where}"
        self._row.set_help(text)

    def file_name(self) -> str:
        """What the file is called unless the user says otherwise."""
        by = f"-by-{self._seen.asked.by}" if self.what.value == "usage" and self._seen.asked.by else ""
        return f"{self.what.value}-{file_dates(self._seen.span)}{by}.{self.format.value}"

    # ---- where

    def _next(self) -> None:
        if self._path.name:  # it is written
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._path.parent)))
            self.finish()
        else:
            self.choose()

    def choose(self) -> QFileDialog:
        """Ask for the file."""
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DownloadLocation)
        dialog = QFileDialog(self, "Export", folder, _KINDS[self.format.value])
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(self.format.value)
        dialog.selectFile(self.file_name())
        dialog.fileSelected.connect(lambda name: self.write(Path(name)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
        return dialog

    # ---- writing

    def write(self, path: Path) -> None:
        """Write it into ``path``."""
        asked, span = self._seen.asked, self._seen.span
        wanted = asked.query(span) if self.what.value == "usage" else asked.requests(span.since, span.until)
        self.form.setEnabled(False)
        self.set_busy(True)
        self.progress.show()
        self._tell(0, 0)
        work = self._service.activity.export(
            wanted, path, cast(Literal["csv", "jsonl"], self.format.value), self._tell
        )  # fmt: skip
        self._task = self._bridge.run(
            work, lambda rows: self._done(path, rows), self._failed, owner=self, name="export usage"
        )

    def _tell(self, written: int, total: int) -> None:
        if shiboken6.isValid(self):
            self.said.setText(f"{written:,} of {total:,} rows are written." if total else "Reading…")
            self.bar.set_share(written / total if total else 0.0, "accent")

    def _done(self, path: Path, rows: int | None) -> None:
        if rows is None:
            return
        self._task, self._path = None, path
        self.bar.set_share(1.0, "success")
        self.said.setText(f"Wrote {rows:,} row{'' if rows == 1 else 's'} to {path}")
        self.set_busy(False)
        self.accept_button.setText("Open its folder")
        self.accept_button.updateGeometry()
        self.accept_button.setFocus()
        self.set_cancel("Close")
        self._bridge.tell(f"Wrote {rows:,} row{'' if rows == 1 else 's'} to {path.name}")

    def _failed(self, text: str) -> None:
        self._task = None
        self.form.setEnabled(True)
        self.progress.hide()
        self.set_error(text)

    def cancel(self) -> None:
        """Close; what is being written is given up, and leaves no file."""
        if self._task is not None:
            self._task.cancel()
            self._bridge.tell("The export was given up. Nothing was written.", "info")
        super().cancel()
