"""The three things that any tool asks for: address, key and model, each to be copied."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from conduit_desktop.records import VirtualKey
from conduit_desktop.ui.widgets.copying import CopyButton, CopyField, SecretField
from conduit_desktop.ui.widgets.inputs import Choice
from conduit_desktop.ui.widgets.layout import row
from conduit_desktop.ui.widgets.text import Label

Run = Callable[[Awaitable[str], Callable[[str], None]], object]
Fetch = Callable[[], Awaitable[str]] | None


class Facts(QWidget):
    """Signals: ``key_picked(id)``, ``model_picked(name)``."""

    key_picked = Signal(str)
    model_picked = Signal(str)

    def __init__(self, run: Run) -> None:
        super().__init__()
        self.keys = Choice(name="Key")
        self.keys.picked.connect(self.key_picked)
        self.models = Choice(name="Model")
        self.models.picked.connect(self.model_picked)
        for choice in (self.keys, self.models):
            choice.setSizeAdjustPolicy(Choice.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            choice.setMinimumContentsLength(8)
            choice.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.address = CopyField("", "Base URL")
        self.secret = SecretField("API key", run)
        self.copy_model = CopyButton(lambda: self.models.value, "Copy the model's name")
        self._known: tuple[str, bool] = ("", False)
        self.api = Label("", "small", wrap=True)
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(6)
        for place, (name, field) in enumerate((("Base URL", self.address), ("Key", self.keys), ("Model", self.models))):
            label = Label(name, "medium")
            label.setBuddy(field)
            grid.addWidget(label, 0, place)
            grid.setColumnStretch(place, 6 if place == 0 else 4)
        model = row(self.models, self.copy_model, gap=4)
        model.setStretch(0, 1)
        grid.addWidget(self.address, 1, 0)
        grid.addWidget(self.keys, 1, 1)
        grid.addLayout(model, 1, 2)
        grid.addWidget(self.api, 2, 0)
        grid.addWidget(self.secret, 2, 1)
        self.setLayout(grid)

    def show_target(
        self,
        keys: Sequence[tuple[str, str]],
        key: VirtualKey,
        models: Sequence[str],
        model: str,
        fetch: Fetch,
    ) -> None:
        """Show what is chosen, and what there is to choose from."""
        self.keys.set_choices(keys, key.id)
        self.models.set_choices([(name, name) for name in models], model)
        self.models.setEnabled(bool(models))
        if self._known != (known := (key.digest, fetch is not None)):
            self._known = known
            self.secret.set_secret(fetch, key.last4)

    def show_address(self, address: str, api: str) -> None:
        """Where the gateway speaks ``api``: what the chosen snippet's tool calls its base URL."""
        self.address.set_text(address)
        self.api.setText(f"For {api}'s API")

    def cover(self) -> None:
        """Mask the key."""
        self.secret.cover()
