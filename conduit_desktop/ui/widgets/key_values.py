"""A table of names and values for detail panels: aligned, selectable, shortened in the middle where it must be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from conduit_desktop.ui.widgets.copying import CopyButton
from conduit_desktop.ui.widgets.text import ElidedLabel, Label


@dataclass(frozen=True, slots=True)
class Entry:
    """One line. ``mono`` for ids and addresses, ``copy`` adds a copy button, ``tone`` colours the value."""

    name: str
    value: str
    mono: bool = False
    copy: bool = False
    tone: str = ""


class KeyValueTable(QWidget):
    """Names at the left, values at the right. An Entry without a value is left out."""

    def __init__(self, entries: Sequence[Entry] = (), *, name: str = "Details") -> None:
        super().__init__()
        self.setAccessibleName(name)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(7)
        self._grid.setColumnStretch(1, 1)
        self._entries: tuple[Entry, ...] = ()
        self.set_entries(entries)

    def set_entries(self, entries: Sequence[Entry]) -> None:
        """Show ``entries``. Where only values differ from what is shown, the widgets stay and change their text."""
        entries = tuple(entry for entry in entries if entry.value)
        if [replace(entry, value="") for entry in entries] == [replace(entry, value="") for entry in self._entries]:
            for line, (entry, before) in enumerate(zip(entries, self._entries, strict=True)):
                if entry != before:
                    self._change(line, entry)
        else:
            self._rebuild(entries)
        self._entries = entries

    def _change(self, line: int, entry: Entry) -> None:
        value, button = (self._widget(line, at) for at in (1, 2))
        if isinstance(value, ElidedLabel):
            value.set_full_text(entry.value)
        elif isinstance(value, Label):
            value.setText(entry.value)
        if value is not None:
            value.setAccessibleName(f"{entry.name}: {entry.value}")
        if isinstance(button, CopyButton):
            button.set_text(entry.value)

    def _widget(self, line: int, at: int) -> QWidget | None:
        item = self._grid.itemAtPosition(line, at)
        return item.widget() if item is not None else None

    def _rebuild(self, entries: Sequence[Entry]) -> None:
        while self._grid.count():
            item = self._grid.takeAt(0)
            if item is not None and (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for line, entry in enumerate(entries):
            name = Label(entry.name, "small")
            name.setMinimumWidth(112)
            value = self._value(entry)
            value.setAccessibleName(f"{entry.name}: {entry.value}")
            self._grid.addWidget(name, line, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(value, line, 1, Qt.AlignmentFlag.AlignTop)
            if entry.copy:
                button = CopyButton(entry.value, f"Copy {entry.name.lower()}")
                button.setFixedSize(22, 20)
                self._grid.addWidget(button, line, 2, Qt.AlignmentFlag.AlignTop)

    def _value(self, entry: Entry) -> Label:
        if entry.mono:
            return ElidedLabel(entry.value, "mono", tone=entry.tone, mode=Qt.TextElideMode.ElideMiddle)
        return Label(entry.value, "body", tone=entry.tone, wrap=True, selectable=True)
