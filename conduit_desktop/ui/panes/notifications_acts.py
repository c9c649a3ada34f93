"""What the buttons of a notification do: by themselves, through the service, or by showing another pane."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from conduit_desktop.errors import ConduitError
from conduit_desktop.records import Notification
from conduit_desktop.runtime.notifying.acting import ACTIONS, Outcome, Raise
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.panes.notifications_detail import NoticeDetail
from conduit_desktop.ui.panes.notifications_raise import RaiseSheet
from conduit_desktop.ui.panes.notifications_words import days
from conduit_desktop.ui.panes.outcome import outcome
from conduit_desktop.ui.panes.usage_asked import Asked
from conduit_desktop.ui.panes.usage_spans import CUSTOM


class Acts:
    """``detail`` shows what is in work and what came of it."""

    def __init__(self, pane: QWidget, service: GatewayService, bridge: Bridge, detail: NoticeDetail) -> None:
        self._pane, self._service, self._bridge, self._detail = pane, service, bridge, detail

    def do(self, notification: Notification, action: str) -> None:
        if action == "raise_budget":
            self._detail.set_busy(action)
            work = self._service.notifying.suggest_budget(notification)
            self._bridge.run(work, lambda found: self._ask(notification, found), self._failed, owner=self._pane)
        elif action in ACTIONS:
            self._detail.set_busy(action)
            work_by_itself = self._service.notifying.act(notification, action)
            self._bridge.run(work_by_itself, self._done, self._failed, owner=self._pane, name=action)
        else:
            self._show(notification, action)

    # ---- raising a budget

    def _ask(self, notification: Notification, found: Raise) -> None:
        self._detail.set_busy("")
        sheet = RaiseSheet(self._pane, found)
        sheet.wanted.connect(lambda amount: self._raise(notification, sheet, amount))
        sheet.open()

    def _raise(self, notification: Notification, sheet: RaiseSheet, amount: int) -> None:
        async def work() -> Outcome | ConduitError:
            return await outcome(self._service.notifying.act(notification, "raise_budget", amount=amount))

        def done(result: Outcome | ConduitError) -> None:
            if isinstance(result, ConduitError):
                sheet.set_error(result.text)
                return
            sheet.finish()
            self._done(result)

        self._bridge.run(work(), done, sheet.set_error, owner=sheet, name="raise budget")

    # ---- what came of it

    def _done(self, result: Outcome) -> None:
        self._detail.show_result(result.text, ok=result.ok)

    def _failed(self, text: str) -> None:
        self._detail.show_result(text, ok=False)

    # ---- showing something

    def _show(self, notification: Notification, action: str) -> None:
        target = notification.target
        match action:
            case "show_request":
                self._bridge.open_pane("requests", target)
            case "show_key":
                self._bridge.open_pane("keys", target)
            case "show_provider":
                self._bridge.open_pane("providers", target)
            case "show_usage":
                self._bridge.open_pane("dashboard", Asked(CUSTOM, days(target)) if days(target) else "usage")
            case "open_settings":
                self._bridge.open_pane("settings", "notifications")
            case "set_price":
                self._bridge.run(self._set_price(target), owner=self._pane, name="set price")

    async def _set_price(self, target: str) -> None:
        """At the deployment that has no price, or at the rules where the model was asked for by its own id."""
        provider_id, _, upstream = target.partition("/")
        for model in await self._service.configuring.models():
            for each in model.deployments:
                if each.upstream_model == upstream and provider_id in ("", each.provider_id):
                    return self._bridge.open_pane("models", model.id)
        return self._bridge.open_pane("settings", "prices")
