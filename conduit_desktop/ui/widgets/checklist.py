"""A list of things to check, as high as what is in it up to a few rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QSizePolicy

from conduit_desktop.ui import theme

_KEY = Qt.ItemDataRole.UserRole


class CheckList(QListWidget):
    """Of (key, text) choices, any may be checked; Space checks the current one. Signal: ``edited()``."""

    edited = Signal()

    def __init__(self, name: str, *, most: int = 6) -> None:
        super().__init__()
        self._most = most
        self.setAccessibleName(name)
        self.setProperty("surface", "well")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setTabKeyNavigation(False)
        self.itemChanged.connect(lambda _item: self.edited.emit())

    def sizeHint(self) -> QSize:
        rows = min(max(self.count(), 1), self._most)
        return QSize(200, rows * max(self.sizeHintForRow(0), theme.current().px(26)) + 4)

    def set_choices(self, choices: Sequence[tuple[str, str]], checked: Iterable[str] = ()) -> None:
        """Replace everything; tells nobody."""
        on = set(checked)
        self.blockSignals(True)
        self.clear()
        for key, text in choices:
            item = QListWidgetItem(text)
            item.setData(_KEY, key)
            item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsSelectable)
            item.setCheckState(Qt.CheckState.Checked if key in on else Qt.CheckState.Unchecked)
            item.setToolTip(text)
            self.addItem(item)
        self.blockSignals(False)
        self.updateGeometry()

    @property
    def checked(self) -> tuple[str, ...]:
        """The keys of what is checked, in their order."""
        items = (self.item(at) for at in range(self.count()))
        return tuple(str(item.data(_KEY)) for item in items if item.checkState() == Qt.CheckState.Checked)

    def set_checked(self, key: str, on: bool = True) -> None:
        """Check or uncheck one; tells, like the user."""
        for at in range(self.count()):
            if self.item(at).data(_KEY) == key:
                self.item(at).setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
