"""The foot of the Settings screen: where the data is, which version this is, and whose work is in it."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass

import PySide6
from PySide6.QtCore import Signal, qVersion
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from conduit_desktop import __version__, paths
from conduit_desktop.paths import Home
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.dialogs.base import Dialog
from conduit_desktop.ui.shown import size
from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.copying import CopyButton, CopyField
from conduit_desktop.ui.widgets.key_values import Entry, KeyValueTable
from conduit_desktop.ui.widgets.layout import column, row
from conduit_desktop.ui.widgets.text import Label


@dataclass(frozen=True, slots=True)
class Licence:
    """Bundled work of others: its name, what it is under, and the file with the text."""

    name: str
    terms: str
    resource: str


LICENCES: tuple[Licence, ...] = (
    Licence("Inter", "SIL Open Font License 1.1", "fonts/Inter-OFL.txt"),
    Licence("JetBrains Mono", "SIL Open Font License 1.1", "fonts/JetBrainsMono-OFL.txt"),
)


def licence_text(licence: Licence) -> str:
    """Reads a file: for worker threads."""
    return paths.resource(licence.resource).read_text(encoding="utf-8")


def sizes(home: Home) -> tuple[tuple[str, str, int], ...]:
    """What lies in the home folder: name, what it is, octets. Reads the disk: for worker threads."""
    groups = (
        (home.configuration, "Providers, models, keys, settings"),
        (home.activity, "Requests, spend, notifications, captured bodies"),
        (home.cache, "Answers of the response cache"),
        (home.vault, "Encrypted secrets"),
    )
    found = []
    for path, what in groups:
        parts = [path, path.with_name(f"{path.name}-wal")]
        octets = sum(part.stat().st_size for part in parts if part.exists())
        if octets:
            found.append((path.name, what, octets))
    logs = sum(file.stat().st_size for file in home.logs.glob("*") if file.is_file()) if home.logs.exists() else 0
    if logs:
        found.append((f"{home.logs.name}/", "What Conduit wrote about itself", logs))
    return tuple(found)


def versions() -> str:
    """What a report of a fault should begin with."""
    return (
        f"Conduit Desktop {__version__}, Python {platform.python_version()}, Qt {qVersion()}, "
        f"PySide {PySide6.__version__}, {platform.system()} {platform.release()} {platform.machine()}"
    )


class DataSection(QWidget):
    """Signal: ``folder_wanted(str)``."""

    folder_wanted = Signal(str)

    def __init__(self, home: Home) -> None:
        super().__init__()
        self.setObjectName("settings-data")
        self.path = CopyField(str(home.folder), "Data folder")
        self.open = Button("Open folder", icon="folder")
        self.open.clicked.connect(lambda: self.folder_wanted.emit(str(home.folder)))
        self._files = KeyValueTable(name="Files")
        place = row(gap=SPACE.s)
        place.addWidget(self.path, 1)
        place.addWidget(self.open)
        help = Label("Everything that Conduit keeps is in this folder. Secrets are in the vault.", "small", wrap=True)
        words = column(Label("Data folder", "medium"), help, gap=2)
        self.setLayout(column(words, place, self._files, gap=SPACE.m, margins=(0, 12, 0, 14)))

    def show_sizes(self, found: Sequence[tuple[str, str, int]]) -> None:
        self._files.set_entries([Entry(name, f"{size(octets)} · {what}") for name, what, octets in found])


class AboutSection(QWidget):
    """Signal: ``licence_wanted(Licence)``."""

    licence_wanted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("settings-about")
        details = CopyButton(versions, "Copy version details")
        head = row(Label(f"Conduit Desktop {__version__}", "medium"), details, None, gap=SPACE.xs)
        parts = Label(versions().partition(", ")[2], "small", wrap=True, selectable=True)
        box = column(head, parts, 6, gap=2, margins=(0, 12, 0, 8))
        own = "MIT licence. Qt and PySide are used under the LGPL 3. Prices come from the genai-prices package (MIT)."
        box.addWidget(Label(own, "small", wrap=True))
        box.addSpacing(SPACE.s)
        for licence in LICENCES:
            show = Button("Show licence", "ghost", small=True, name=f"Show the licence of {licence.name}")
            show.clicked.connect(lambda _checked=False, each=licence: self.licence_wanted.emit(each))
            box.addLayout(row(Label(licence.name, "body"), Label(licence.terms, "small"), None, show, gap=SPACE.m))
        self.setLayout(box)


class LicenceDialog(Dialog):
    """The text of a licence, to read."""

    def __init__(self, parent: QWidget, licence: Licence, text: str) -> None:
        super().__init__(parent, f"{licence.name}: {licence.terms}", width=640)
        field = QPlainTextEdit(text)
        field.setReadOnly(True)
        field.setProperty("code", "true")
        field.setProperty("mono", "true")
        field.setMinimumHeight(380)
        field.setAccessibleName(f"Licence of {licence.name}")
        field.setTabChangesFocus(True)
        self.body.addWidget(field)
        self.add_button("Close", "primary", default=True).clicked.connect(self.accept)


def show_licence(pane: QWidget, service: GatewayService, bridge: Bridge, licence: Licence) -> None:
    """Read a licence and show it over ``pane``."""

    def show(text: str) -> None:
        dialog = LicenceDialog(pane, licence, text)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    bridge.run(service.run(licence_text, licence), show, owner=pane, slot="licence")
