"""Chooses one of a provider's models: its real list to search in, free text for what is not listed."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QSizePolicy, QWidget

from conduit_desktop.records import Provider
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.panes.providers_lists import ModelLists
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.inputs import DropDown
from conduit_desktop.ui.widgets.layout import column, row
from conduit_desktop.ui.widgets.progress import Spinner
from conduit_desktop.ui.widgets.suggest import Completer
from conduit_desktop.ui.widgets.text import Notice


class _Field(DropDown):
    """Enter goes on to the sheet unless the list is open."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.ignore()


class ModelPicker(QWidget):
    """Signal: ``changed(model id)``."""

    changed = Signal(str)

    def __init__(self, bridge: Bridge, lists: ModelLists) -> None:
        super().__init__()
        self._bridge, self._lists = bridge, lists
        self._provider: Provider | None = None
        self.field = _Field()
        self.field.setEditable(True)
        self.field.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.field.setMaxVisibleItems(12)
        self.field.setAccessibleName("Provider's model")
        self.field.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.field.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        edit = self.field.lineEdit()
        assert edit is not None
        edit.setProperty("mono", "true")
        edit.setProperty("bare", "true")
        edit.setAccessibleName("Provider's model")
        edit.setPlaceholderText("Type to search, or any id")
        self.field.setCompleter(Completer(self.field.model(), self.field))
        self.field.currentTextChanged.connect(self._tell)
        self._spinner = Spinner(14, "Fetching the models")
        self.status = Notice("", "small", wrap=True)
        self._again = Button("Try again", "ghost", small=True)
        self._again.clicked.connect(lambda: self._fetch(fresh=True))
        for part in (self._spinner, self._again):
            part.hide()
        below = row(self._spinner, gap=6)
        below.addWidget(self.status, 1)
        below.addWidget(self._again)
        self.setLayout(column(self.field, below, gap=5))
        self.setFocusProxy(self.field)

    @property
    def text(self) -> str:
        return self.field.currentText().strip()

    def set_text(self, text: str) -> None:
        self.field.setEditText(text)

    def set_provider(self, provider: Provider | None) -> None:
        """List another provider's models; what is typed stays only when it was typed for this one."""
        if provider == self._provider:
            return
        other = self._provider is not None
        self._provider = provider
        self._fill([])
        if other:
            self.field.setEditText("")
        self._fetch()

    def _fetch(self, *, fresh: bool = False) -> None:
        if (provider := self._provider) is None:
            return
        self._say(f"Asking {provider.name} for its models…", busy=True)
        self._bridge.run(self._lists.get(provider, fresh=fresh), self._fetched, self._failed, owner=self, slot="fetch")

    def _fetched(self, names: list[str]) -> None:
        self._fill(names)
        if names:
            count = "1 model" if len(names) == 1 else f"{len(names):,} models"
            self._say(f"{count} listed. An id that is not listed may be typed as well.")
        else:
            self._say("The provider lists no models; type the id.", again=True)

    def _failed(self, text: str) -> None:
        self._say(f"No list: {text} The id can be typed.", tone="danger", again=True)

    def _fill(self, names: list[str]) -> None:
        text = self.field.currentText()
        self.field.blockSignals(True)
        self.field.clear()
        self.field.addItems(names)
        self.field.setCurrentIndex(self.field.findText(text))
        self.field.setEditText(text)
        self.field.blockSignals(False)

    def _say(self, text: str, *, tone: str = "", busy: bool = False, again: bool = False) -> None:
        self.status.setText(text)
        self.status.set_tone(tone)
        self._spinner.setVisible(busy)
        self._again.setVisible(again)

    def _tell(self, text: str) -> None:
        self.changed.emit(text.strip())
