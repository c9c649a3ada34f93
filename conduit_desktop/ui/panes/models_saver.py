"""Stores a model's changes one after the other, so that a slow write never lands on a later one."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from conduit_desktop.records import Model
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.bridge import Bridge


class Saver(QObject):
    """``save`` returns at once; changes of one model that come while one is stored are stored as one.
    Signals: ``saved(Model)``, ``failed(text)``."""

    saved = Signal(object)
    failed = Signal(str)

    def __init__(self, service: GatewayService, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._service, self._bridge = service, bridge
        self._waiting: dict[str, Model] = {}
        self._running = False

    @property
    def busy(self) -> bool:
        """Whether something is not stored yet."""
        return self._running

    def latest(self, model: Model) -> Model:
        """The model as it will be once everything is stored."""
        return self._waiting.get(model.id, model)

    def save(self, model: Model) -> None:
        self._waiting[model.id] = model
        if not self._running:
            self._running = True
            self._bridge.run(self._drain(), self._ended, self._fail, owner=self, name="save model")

    async def _drain(self) -> None:
        while self._waiting:
            model = self._waiting[next(iter(self._waiting))]
            stored = await self._service.configuring.save_model(model)
            if self._waiting.get(model.id) is model:
                del self._waiting[model.id]
                self.saved.emit(stored)

    def _ended(self, _done: None) -> None:
        self._running = False

    def _fail(self, text: str) -> None:
        self._waiting.clear()
        self._running = False
        self.failed.emit(text)
