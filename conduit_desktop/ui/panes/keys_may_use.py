"""The fields that say what a key may use: models, by name and pattern, and providers. ``edited()`` when the user
changed one; ``value()`` raises ValueError with what is wrong."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from conduit_desktop.ui.panes import keys_typed as typed
from conduit_desktop.ui.panes.keys_fields import text_field
from conduit_desktop.ui.widgets.checklist import CheckList
from conduit_desktop.ui.widgets.inputs import Segmented
from conduit_desktop.ui.widgets.layout import column
from conduit_desktop.ui.widgets.suggest import suggest
from conduit_desktop.ui.widgets.text import Label


class ModelsField(QWidget):
    """All models, or only those that are checked or named."""

    edited = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.which = Segmented((("all", "All models"), ("some", "Only these")), name="Allowed models")
        self.list = CheckList("Models set up here")
        self.patterns = text_field("Other names and patterns", "openai/*, claude-*", mono=True)
        self._names = suggest(self.patterns, parts=True)
        self._label = Label("Other names, parted by commas; * at the end stands for anything", "small", wrap=True)
        self._label.setBuddy(self.patterns)
        self._some = QWidget()
        self._some.setLayout(column(self.list, 4, self._label, self.patterns, gap=5))
        self.setLayout(column(self.which, self._some, gap=8))
        self.setFocusProxy(self.which)
        self.which.changed.connect(self._show)
        self.list.edited.connect(self.edited)
        self.patterns.textEdited.connect(self.edited)
        self._show()

    def set_value(self, chosen: Sequence[str], aliases: Sequence[str], others: Sequence[str] = ()) -> None:
        """Check the aliases that are chosen; the rest stands in the field, where ``others`` are offered."""
        known, rest = typed.split_models(chosen, aliases)
        self.list.set_choices([(alias, alias) for alias in aliases], known)
        self.list.setVisible(bool(aliases))
        self.patterns.setText(", ".join(rest))
        self._names.setStringList(list(others))
        self.which.set_value("some" if chosen else "all")
        self._show()

    def value(self) -> tuple[str, ...]:
        """Empty for all."""
        if self.which.value == "all":
            return ()
        found = tuple(dict.fromkeys((*self.list.checked, *typed.read_patterns(self.patterns.text()))))
        if not found:
            raise ValueError("Choose at least one model, or allow all.")
        return found

    def _show(self, _which: str = "") -> None:
        self._some.setVisible(self.which.value == "some")
        self.edited.emit()


class ProvidersField(QWidget):
    """All providers, or only those that are checked."""

    edited = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.which = Segmented((("all", "All providers"), ("some", "Only these")), name="Allowed providers")
        self.list = CheckList("Providers set up here", most=5)
        self.setLayout(column(self.which, self.list, gap=8))
        self.setFocusProxy(self.which)
        self.which.changed.connect(self._show)
        self.list.edited.connect(self.edited)
        self._show()

    def set_value(self, chosen: Sequence[str], providers: Sequence[tuple[str, str]]) -> None:
        """``providers`` are ids and names; one that was removed since it was chosen can still be taken away."""
        gone = [(id, f"{id} (removed)") for id in chosen if id not in dict(providers)]
        self.list.set_choices([*providers, *gone], chosen)
        self.which.set_value("some" if chosen else "all")
        self._show()

    def value(self) -> tuple[str, ...]:
        """Empty for all."""
        if self.which.value == "all":
            return ()
        if not (found := self.list.checked):
            raise ValueError("Choose at least one provider, or allow all.")
        return found

    def _show(self, _which: str = "") -> None:
        self.list.setVisible(self.which.value == "some")
        self.edited.emit()
