"""A table of names and values for detail panels: aligned, selectable, shortened in the middle where it must be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
        self.set_entries(entries)

    def set_entries(self, entries: Sequence[Entry]) -> None:
        while self._grid.count():
            item = self._grid.takeAt(0)
            if item is not None and (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for line, entry in enumerate(entry for entry in entries if entry.value):
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
