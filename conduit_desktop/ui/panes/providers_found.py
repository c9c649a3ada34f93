"""What was found on this machine: model servers that run and keys in the environment, each one click from use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QWidget

from conduit_desktop.providers.urls import origin
from conduit_desktop.records import Provider
from conduit_desktop.runtime.configuring import EnvironmentKey, Found
from conduit_desktop.ui import theme
from conduit_desktop.ui.panes.providers_words import Offer, offers
from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets.buttons import Button, IconButton
from conduit_desktop.ui.widgets.layout import column, row, rule, scrolled
from conduit_desktop.ui.widgets.status import Icon
from conduit_desktop.ui.widgets.text import ElidedLabel, Label

_SHOWN = 3
_LINE = 46


@dataclass(frozen=True, slots=True)
class Find:
    """One thing that can be added: what it is, and what adding it stores where."""

    key: str
    title: str
    text: str
    mark: str
    found: Found | None = None
    variable: str = ""


def finds(
    servers: Sequence[Found], keys: Sequence[EnvironmentKey], providers: Sequence[Provider], vault: str
) -> list[Find]:
    """What was found and is not configured yet. ``vault`` names where a key would be stored."""
    places = {_place(provider.base_url) for provider in providers}
    held = {(provider.kind, provider.secret_last4) for provider in providers}
    marks = {offer.key: offer.mark for offer in offers()}
    found = [
        Find(
            f"server:{each.base_url}",
            each.title,
            f"Answers at {urlsplit(each.base_url).netloc}, {_models(each)}. Its address is stored, no key.",
            marks.get(each.preset, "display"),
            found=each,
        )
        for each in servers
        if _place(each.base_url) not in places
    ]
    found += [
        Find(
            f"key:{each.variable}",
            f"{each.title} key",
            f"{each.variable}, ends in {each.last4}. A copy is stored in {vault}; the variable stays as it is.",
            marks.get(each.kind, "key"),
            variable=each.variable,
        )
        for each in keys
        if (each.kind, each.last4) not in held
    ]
    return found


def offer_for(found: Found) -> Offer | None:
    """The form to open for a server that wants a key."""
    return next((offer for offer in offers() if offer.key == found.preset), None)


def _models(found: Found) -> str:
    if found.needs_key:
        return "wants a key"
    return "1 model" if len(found.models) == 1 else f"{len(found.models)} models"


def _place(url: str) -> str:
    return origin(url.replace("localhost", "127.0.0.1"))


class FoundPanel(QFrame):
    """A strip above the table, hidden while there is nothing in it. Signal: ``wanted(Find)``."""

    wanted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("found")
        self.setProperty("surface", "sunken")
        self.setProperty("line", "bottom")
        self._dismissed: set[str] = set()
        self._shown: list[Find] = []
        self.buttons: dict[str, Button] = {}
        self._title = Label("Found on this machine", "label")
        close = IconButton("close", "Hide what was found", small=True)
        close.clicked.connect(self._dismiss)
        head = row(Icon("search", "text-faint", 14), self._title, None, close, margins=(SPACE.xl, 4, SPACE.m, 0))
        self._lines = column(gap=0)
        inner = QWidget()
        inner.setLayout(self._lines)
        self._area = scrolled(inner)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        box = column(head, self._area, gap=0, margins=(0, 2, 0, 6))
        self.setLayout(box)
        self.hide()

    def show_finds(self, found: Sequence[Find]) -> None:
        """Show what was found but for what the user hid."""
        shown = [find for find in found if find.key not in self._dismissed]
        if shown != self._shown:
            self._shown = shown
            self._fill()
        self.setVisible(bool(shown))

    def set_busy(self, find: Find, busy: bool) -> None:
        if (button := self.buttons.get(find.key)) is not None:
            button.set_busy(busy)

    def _fill(self) -> None:
        while (item := self._lines.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self.buttons.clear()
        for at, find in enumerate(self._shown):
            self._lines.addWidget(self._line(find, at > 0))
        count = len(self._shown)
        self._title.setText("Found on this machine" + (f" ({count})" if count > 1 else ""))
        self._area.setFixedHeight(min(count, _SHOWN) * theme.current().px(_LINE) + (12 if count > _SHOWN else 0))

    def _line(self, find: Find, ruled: bool) -> QWidget:
        wants_key = find.found is not None and find.found.needs_key
        add = Button("Add…" if wants_key else "Add", small=True, icon="plus", name=f"Add {find.title}")
        add.clicked.connect(lambda: self.wanted.emit(find))
        self.buttons[find.key] = add
        words = column(ElidedLabel(find.title, "medium"), ElidedLabel(find.text, "small"), gap=0)
        inner = row(Icon(find.mark, "accent-text", 18), gap=SPACE.m, margins=(SPACE.xl, 3, SPACE.xl, 3))
        inner.addLayout(words, 1)
        inner.addWidget(add)
        line = QWidget()
        line.setFixedHeight(theme.current().px(_LINE))
        line.setLayout(column(*((rule(),) if ruled else ()), inner, gap=0))
        return line

    def _dismiss(self) -> None:
        self._dismissed |= {find.key for find in self._shown}
        self.show_finds(())
