"""One choice of very many: typed in part, chosen from what matches."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QSizePolicy

from conduit_desktop.ui.widgets.inputs import DropDown
from conduit_desktop.ui.widgets.suggest import Completer


class SearchChoice(DropDown):
    """A drop-down of (key, text) choices to search in. ``picked(key)`` on a user's choice; what matches none of them
    goes back to the choice before when the field is left."""

    picked = Signal(str)

    def __init__(self, choices: Sequence[tuple[str, str]], *, name: str, value: str = "") -> None:
        super().__init__()
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setMaxVisibleItems(12)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(24)
        edit = self.lineEdit()
        assert edit is not None
        edit.setProperty("bare", "true")
        edit.setAccessibleName(name)
        edit.setPlaceholderText("Type to search")
        self.setCompleter(Completer(self.model(), self))
        self._kept = ""
        self.set_choices(choices, value)
        self.activated.connect(self._pick)
        edit.editingFinished.connect(self._settle)

    def set_choices(self, choices: Sequence[tuple[str, str]], value: str | None = None) -> None:
        """Replace the choices, keeping the one that was chosen, even where it is none of them."""
        keep = self._kept if value is None else value
        self.blockSignals(True)
        self.clear()
        for key, text in choices:
            self.addItem(text, key)
        if keep and self.findData(keep) < 0:
            self.addItem(keep, keep)
        self.blockSignals(False)
        self.set_value(keep)

    @property
    def value(self) -> str:
        return self._kept

    def set_value(self, key: str) -> None:
        """Choose without telling; one that is none of the choices becomes one."""
        if key and self.findData(key) < 0:
            self.addItem(key, key)
        at = max(self.findData(key), 0)
        self._kept = str(self.itemData(at) or "")
        self.setCurrentIndex(at)
        self.setEditText(self.itemText(at))

    def _pick(self, at: int) -> None:
        key = str(self.itemData(at) or "")
        if key != self._kept:
            self.set_value(key)
            self.picked.emit(key)

    def _settle(self) -> None:
        """What was typed: the choice that it names, or the only one that it matches; else the one before."""
        text = self.currentText().strip().casefold()
        texts = [self.itemText(at).casefold() for at in range(self.count())]
        found = [at for at, each in enumerate(texts) if text == each] or [
            at for at, each in enumerate(texts) if text and text in each
        ]
        if len(found) == 1:
            self._pick(found[0])
        self.set_value(self._kept)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        edit = self.lineEdit()
        if edit is not None and event.reason() != Qt.FocusReason.PopupFocusReason:
            edit.selectAll()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.currentText() != self.itemText(self.findData(self._kept)):
            self.set_value(self._kept)
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # scrolling a form changes nothing
