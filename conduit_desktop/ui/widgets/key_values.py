"""A table of names and values for detail panels: aligned, selectable, shortened in the middle where it must be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from conduit_desktop.ui.widgets.copying import CopyButton, within
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
        """Show ``entries``. Where a line is as one was there before, its widgets stay and change their text."""
        entries, anew = tuple(entry for entry in entries if entry.value), False
        for line, entry in enumerate(entries):
            before = self._entries[line] if line < len(self._entries) else None
            if before is None or not _alike(before, entry) or (anew and entry.copy):
                self._clear(line)
                self._make(line, entry)
                anew = anew or entry.copy  # the buttons below come later to the keyboard, so they are made later
            elif entry != before:
                self._change(line, entry)
        for line in range(len(entries), len(self._entries)):
            self._clear(line)
        self._entries = entries

    def _change(self, line: int, entry: Entry) -> None:
        name, value, button = (self._widget(line, at) for at in range(3))
        if isinstance(name, Label):
            name.setText(entry.name)
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

    def _clear(self, line: int) -> None:
        for at in range(3):
            if (widget := self._widget(line, at)) is not None:
                self._grid.removeWidget(widget)
                widget.hide()
                widget.deleteLater()

    def _make(self, line: int, entry: Entry) -> None:
        name = Label(entry.name, "small")
        name.setMinimumWidth(112)
        value = self._value(entry)
        value.setAccessibleName(f"{entry.name}: {entry.value}")
        self._grid.addWidget(name, line, 0, Qt.AlignmentFlag.AlignTop)
        self._grid.addWidget(value, line, 1, Qt.AlignmentFlag.AlignTop)
        if entry.copy:
            button = CopyButton(entry.value, f"Copy {within(entry.name)}")
            button.setFixedSize(22, 20)
            self._grid.addWidget(button, line, 2, Qt.AlignmentFlag.AlignTop)

    def _value(self, entry: Entry) -> Label:
        if entry.mono:
            return ElidedLabel(entry.value, "mono", tone=entry.tone, mode=Qt.TextElideMode.ElideMiddle)
        return Label(entry.value, "body", tone=entry.tone, wrap=True, selectable=True)


def _alike(one: Entry, other: Entry) -> bool:
    """Whether the widgets of one can show the other."""
    return replace(one, name="", value="") == replace(other, name="", value="") and (
        not one.copy or one.name == other.name
    )
