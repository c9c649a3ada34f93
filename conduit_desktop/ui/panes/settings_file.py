"""The whole configuration as a file, on the Settings screen: exported, or applied once what it changes was seen."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from conduit_desktop.errors import ConfigurationError
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.panes.settings_apply import ApplySheet
from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.code import CodeView
from conduit_desktop.ui.widgets.copying import CopyButton
from conduit_desktop.ui.widgets.files import choose_file
from conduit_desktop.ui.widgets.layout import column, row
from conduit_desktop.ui.widgets.sheet import Sheet
from conduit_desktop.ui.widgets.text import Label

FILES = "TOML (*.toml)"
NAME = "conduit.toml"
_ABOUT = (
    "Providers, models, keys, prices and settings as TOML, without any secret: to keep, to share, to apply elsewhere."
)


class FileSection(QWidget):
    """Two buttons, each of which opens a sheet."""

    def __init__(self, service: GatewayService, bridge: Bridge) -> None:
        super().__init__()
        self.setObjectName("settings-file")
        self._service, self._bridge = service, bridge
        self.export = Button("Export…", icon="download")
        self.export.clicked.connect(self._export)
        self.apply = Button("Apply a file…", icon="upload")
        self.apply.clicked.connect(lambda: ApplySheet(self, service, bridge).open())
        words = column(Label("Configuration as a file", "medium", wrap=True), Label(_ABOUT, "small", wrap=True), gap=2)
        box = row(gap=SPACE.s, margins=(0, 12, 0, 14))
        box.addLayout(words, 1)
        box.addWidget(self.export)
        box.addWidget(self.apply)
        self.setLayout(box)

    def _export(self) -> None:
        self.export.set_busy(True)
        self._bridge.run(self._service.admin.export_toml(), self._show, self._fail, owner=self, slot="export")

    def _show(self, text: str) -> None:
        self.export.set_busy(False)
        ExportSheet(self, self._service, self._bridge, text).open()

    def _fail(self, text: str) -> None:
        self.export.set_busy(False)
        self._bridge.tell(text, "error")


class ExportSheet(Sheet):
    """Shows the file before it is written. Signal: ``written(Path)``."""

    written = Signal(object)

    def __init__(self, parent: QWidget, service: GatewayService, bridge: Bridge, text: str) -> None:
        super().__init__(parent, "Configuration", "Save as…", "No secrets are in it.", width=640, cancel="Close")
        self.setObjectName("export")
        self._service, self._bridge, self._text = service, bridge, text
        self.view = CodeView("Configuration as TOML")
        self.view.set_code(text, "toml")
        self.view.setMinimumHeight(420)
        self.body.addWidget(self.view, 1)
        self.add_foot(CopyButton(text, "Copy the configuration", small=False))
        self.accepted.connect(self._choose)

    def _choose(self) -> None:
        choose_file(self, "Save the configuration", self.write, kinds=FILES, save_as=NAME)

    def write(self, path: Path) -> None:
        """Write it there."""
        self.set_busy(True)
        work = self._service.run(_write, path, self._text)
        self._bridge.run(work, partial(self._done, path), self.set_error, owner=self, slot="write")

    def _done(self, path: Path, _written: None) -> None:
        self.finish()
        self._bridge.tell(f"The configuration is in {path}")
        self.written.emit(path)


def _write(path: Path, text: str) -> None:
    """Writes to the disk: for worker threads. Raises ConfigurationError."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(
            f"{path} could not be written: {error.strerror}.", hint="Choose another place.", code="not_written"
        ) from None
