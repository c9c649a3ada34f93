"""``service.notifying``: notifications as the window, the admin API and the command line know them."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable

from conduit_desktop import money
from conduit_desktop.bus import ConfigurationChanged
from conduit_desktop.errors import ConfigurationError
from conduit_desktop.records import Notification, Telling, VirtualKey, WebhookKind
from conduit_desktop.runtime.configuring import Configuring, Run
from conduit_desktop.runtime.notifying import acting, keys_told
from conduit_desktop.runtime.notifying.acting import ACTIONS, Outcome, Raise
from conduit_desktop.runtime.notifying.destination import WebhookState
from conduit_desktop.runtime.notifying.notices import Notices
from conduit_desktop.runtime.notifying.webhook import WebhookTest
from conduit_desktop.store import Store


class Notifying:
    """Each verb runs its blocking part on a worker thread. ``refuse`` refuses what waits at a key's limit; it gives how
    many requests that were."""

    def __init__(
        self,
        store: Store,
        configuring: Configuring,
        run: Run,
        notices: Notices,
        refuse: Callable[[str], Awaitable[int]],
    ) -> None:
        self._store, self._configuring, self._run = store, configuring, run
        self._notices, self._refuse = notices, refuse

    def start(self) -> None:
        """Begin to make notifications. Once is enough; the gateway's start does so too."""
        self._notices.start()

    def tell(self, telling: Telling) -> None:
        """Tell something of one's own."""
        self._notices.tell(telling)

    # ------------------------------------------------------------ what was told

    async def list(self, limit: int = 10_000) -> list[Notification]:
        """The newest first."""
        return await self._run(self._store.notifications.list, limit)

    async def unread(self) -> int:
        return await self._run(self._store.notifications.unread)

    async def mark(self, ids: Iterable[str], *, read: bool = True) -> None:
        await self._run(self._store.notifications.mark, tuple(ids), read)

    async def mark_all_read(self) -> None:
        await self._run(self._store.notifications.mark_read)

    async def remove(self, *ids: str) -> None:
        await self._run(self._store.notifications.remove, *ids)

    async def remove_read(self) -> int:
        """Remove all that were read; gives how many."""
        return await self._run(self._store.notifications.remove_read)

    # ------------------------------------------------------------ what to do about it

    async def suggest_budget(self, notification: Notification) -> Raise:
        """The budget to raise, and to what: for asking before ``act``. Raises ConfigurationError."""
        return await self._run(acting.suggestion, self._store, notification.target)

    async def act(self, notification: Notification, action: str = "", *, amount: int | None = None) -> Outcome:
        """Do what the notification's button says, or ``action``; ``amount`` is a budget in picodollars. Raises
        ConfigurationError for what cannot be done, and for an action that only shows something."""
        action, target = action or notification.action, notification.target
        match action:
            case "raise_budget":
                key = await self._run(acting.raise_budget, self._store, target, amount)
                return await self._changed(
                    notification, key, f"The budget of {key.name} is {money.show(key.budget)} now"
                )
            case "extend_key":
                key = await self._run(acting.extend_key, self._store, target, time.time())
                assert key.expires is not None
                title = f"{key.name} is good until {keys_told.when(key.expires)}"
                return await self._changed(notification, key, title)
            case "enable_key":
                key = await self._run(acting.enable_key, self._store, target)
                return await self._changed(notification, key, f"{key.name} is enabled again")
            case "refuse":
                return await self._refused(notification)
            case "test_provider":
                return await self._tested(notification)
        raise ConfigurationError(
            "This notification has nothing to do by itself.",
            hint=f"It can be: {', '.join(ACTIONS)}.",
            code="bad_action",
        )

    async def _changed(self, notification: Notification, key: VirtualKey, title: str) -> Outcome:
        self._notices.bus.publish(ConfigurationChanged())
        over = keys_told.expiry_over(key, "told") if notification.kind == "expiry" else None
        telling = over or acting.done(notification, title, "You saw to it here.")
        await self._notices.do(self._notices.settled(telling, key.id))
        return Outcome(True, f"{title}.")

    async def _refused(self, notification: Notification) -> Outcome:
        waited = await self._refuse(notification.target)
        calls = "1 request" if waited == 1 else f"{waited} requests"
        text = f"{calls} refused." if waited else "Nothing waited any more."
        telling = acting.done(notification, f"{notification.title.removesuffix(keys_told.WAITS)}: you refused", text)
        await self._notices.do(self._notices.settled(telling, notification.target))
        return Outcome(waited > 0, text)

    async def _tested(self, notification: Notification) -> Outcome:
        provider = next((e for e in await self._configuring.providers() if e.id == notification.target), None)
        probe = await self._configuring.test_provider(notification.target)
        if probe.ok and provider is not None:
            await self._notices.do(self._notices.answers(provider.id, provider.name))
        return Outcome(probe.ok, f"{probe.message} {probe.hint}".strip(), probe)

    # ------------------------------------------------------------ the webhook

    async def webhook_state(self) -> WebhookState:
        """Where notifications are sent; the address itself is not in it."""
        return await self._run(self._notices.sending.state)

    async def set_webhook(self, url: str, kind: WebhookKind | None = None) -> WebhookState:
        """Send notifications there from now on: https, or a server on this machine; by its host the kind is known where
        none is given. An empty address: nowhere. Raises ConfigurationError (``bad_webhook``), VaultError."""
        await self._run(self._notices.sending.destination.set, url, kind)
        await self._notices.do(self._notices.forget_webhook())
        self._notices.bus.publish(ConfigurationChanged())
        return await self.webhook_state()

    async def test_webhook(self) -> WebhookTest:
        """Send a test notification now; what came of it, in words."""
        return await self._notices.do(self._notices.sending.test())
