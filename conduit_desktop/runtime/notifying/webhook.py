"""Sends notifications to a webhook: one after the other, again where that may help, for up to an hour.

Lives on the notifying loop. What it gets and where that may be: ``payload`` and ``address``. A webhook that fails is
told of in one notification, which is not sent to it. What waits is in memory: a restart forgets it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from conduit_desktop import __version__
from conduit_desktop.errors import ConduitError, UpstreamError, VaultError
from conduit_desktop.gateway.send.posting import Posted, post
from conduit_desktop.records import Notification, Severity, Telling
from conduit_desktop.runtime.notifying import payload
from conduit_desktop.runtime.notifying.destination import Destination
from conduit_desktop.runtime.notifying.destination import WebhookState as WebhookState
from conduit_desktop.runtime.notifying.loudness import LEVELS, Loudness
from conduit_desktop.store import Store
from conduit_desktop.vault import Vault

SUBJECT = "webhook"
MOST_WAITING = 100
_AGAIN = frozenset({408, 425, 429})
_TELL_AFTER = 3
"""Failures in a row before it is told that the webhook does not answer: a server may be restarted."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WebhookTest:
    """How a test ended, in words."""

    ok: bool
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to go on: seconds. The pause after a failure doubles from ``first`` to ``most``, with jitter."""

    first: float = 2.0
    most: float = 300.0
    give_up: float = 3600.0
    answer: float = 10.0


class _Delivery(NamedTuple):
    id: str
    notification: Notification
    since: float


class _Refused(ConduitError):
    """The webhook answered, and another try would be answered the same."""


class _Later(ConduitError):
    """Another try may help."""


class Sending:
    """Belongs to the notifying loop, but for ``state`` and ``destination``, which block."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        tell: Callable[[Telling], None],
        patience: Patience,
        rng: random.Random,
    ) -> None:
        self.destination = Destination(store, vault)
        self._store, self._tell = store, tell
        self._patience, self._rng = patience, rng
        self._loudness = Loudness()
        self._waiting: deque[_Delivery] = deque()
        self._wake = asyncio.Event()
        self._changed = asyncio.Event()
        self._failures = 0
        self._dropped = 0
        self._problem = ""
        self._told = False

    def resume(self) -> None:
        """Go on from what an earlier run told of the webhook."""
        told = self._store.notifications.about(SUBJECT)
        self._told = told is not None and told.severity == "error"

    # ------------------------------------------------------------ what

    def state(self) -> WebhookState:
        """Blocking, from any thread."""
        webhook = self._store.webhooks.get()
        if webhook is None:
            return WebhookState()
        return WebhookState(webhook.kind, webhook.host, webhook.last4, len(self._waiting), self._problem)

    def forget(self) -> None:
        """The address is another one: what waited for the old one is not for the new one."""
        self._waiting.clear()
        self._failures = self._dropped = 0
        self._problem = ""
        self._changed.set()
        if self._told:
            self._recovered("The webhook was changed", "What waited for the old address was not sent.")

    def offer(self, notification: Notification) -> None:
        """Send it, if somebody wants it: by severity, not again and again, not of the webhook itself."""
        if notification.subject == SUBJECT or self._store.webhooks.get() is None:
            return
        wanted = LEVELS[str(self._store.settings.all()["webhook_severity"])]
        if not self._loudness.heard(notification, wanted, time.time()):
            return
        for at, waiting in enumerate(self._waiting):
            if waiting.notification.subject == notification.subject:  # news of it, before the old was sent
                self._waiting[at] = _Delivery(uuid.uuid4().hex, notification, waiting.since)
                return
        if len(self._waiting) >= MOST_WAITING:
            self._waiting.popleft()
            self._dropped += 1
        self._waiting.append(_Delivery(uuid.uuid4().hex, notification, time.monotonic()))
        self._wake.set()

    # ------------------------------------------------------------ sending

    async def run(self) -> None:
        """Send what waits, for good."""
        while True:
            while not self._waiting:
                self._wake.clear()
                await self._wake.wait()
            pause = await self._next()
            if pause:
                self._changed.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._changed.wait()

    async def _next(self) -> float:
        """Send the one that waits longest; how long to pause after it."""
        delivery = self._waiting[0]
        try:
            await self._send(delivery)
        except _Refused as failure:
            if failure.code == "no_webhook":  # removed by another process
                self._waiting.clear()
                return 0.0
            self._give_up(delivery, failure.text)
            return 0.0
        except _Later as failure:
            return self._postpone(delivery, failure)
        self._take(delivery)
        self._succeeded()
        return 0.0

    async def test(self) -> WebhookTest:
        """Send one at once, past those that wait."""
        now = time.time()
        notification = Notification(
            id=uuid.uuid4().hex,
            kind="test",
            subject="test",
            severity="info",
            title="A test from Conduit",
            text="Notifications arrive here.",
            created=now,
            updated=now,
        )
        try:
            posted = await self._send(_Delivery(uuid.uuid4().hex, notification, 0.0))
        except (_Refused, _Later) as failure:
            return WebhookTest(False, failure.text)
        self._succeeded()
        return WebhookTest(True, f"The webhook took it (status {posted.status}).")

    async def _send(self, delivery: _Delivery) -> Posted:
        """Raises _Refused, _Later."""
        try:
            webhook, url = await asyncio.to_thread(self.destination.current)
        except VaultError as error:
            raise _Later(f"The address of the webhook cannot be read: {error.message}", hint=error.hint) from None
        if webhook is None:
            raise _Refused("No webhook is set.", code="no_webhook")
        headers = {
            "content-type": "application/json",
            "user-agent": f"Conduit-Desktop/{__version__}",
            "idempotency-key": delivery.id,
        }
        content = payload.body(webhook.kind, delivery.notification, delivery.id)
        try:
            posted = await post(url, content, headers, self._patience.answer)
        except UpstreamError as error:
            raise _Later(error.message) from None
        _judge(posted, webhook.host)
        return posted

    def _postpone(self, delivery: _Delivery, failure: _Later) -> float:
        """Put it behind the others: it may be the reason. Everything waits, it goes to one server."""
        self._failures += 1
        self._problem = failure.text
        age = time.monotonic() - delivery.since
        if age >= self._patience.give_up:
            self._give_up(delivery, f"{failure.message} It was tried for {_span(self._patience.give_up)}.")
        elif self._waiting and self._waiting[0] is delivery:
            self._waiting.rotate(-1)
        if self._failures >= _TELL_AFTER:
            self._complain(f"{failure.text} Each is tried for up to {_span(self._patience.give_up)}.")
        ceiling = min(self._patience.first * 2.0 ** min(self._failures - 1, 20), self._patience.most)
        pause = ceiling * self._rng.uniform(0.5, 1.0)
        return min(max(pause, failure.retry_after or 0.0), self._patience.give_up)

    def _give_up(self, delivery: _Delivery, text: str) -> None:
        self._problem = text
        self._take(delivery)
        _log.warning("A notification was not sent to the webhook: %s", text)
        self._complain(f"{text} “{delivery.notification.title}” was not sent.")

    def _take(self, delivery: _Delivery) -> None:
        if self._waiting and self._waiting[0] is delivery:
            self._waiting.popleft()

    def _succeeded(self) -> None:
        self._failures = 0
        self._problem = ""
        if self._told or self._dropped:
            lost = f" {self._dropped} were dropped because too many waited." if self._dropped else ""
            self._recovered("The webhook works again", f"Notifications are sent again.{lost}")
            self._dropped = 0

    def _complain(self, text: str) -> None:
        lost = f" {self._dropped} were dropped because more than {MOST_WAITING} waited." if self._dropped else ""
        self._told = True
        self._say("error", "The webhook does not take notifications", text + lost, "open_settings")

    def _recovered(self, title: str, text: str) -> None:
        self._told = False
        self._say("info", title, text, "")

    def _say(self, severity: Severity, title: str, text: str, action: str) -> None:
        self._tell(
            Telling(
                subject=SUBJECT,
                kind="webhook_failed",
                severity=severity,
                title=title,
                text=text,
                action=action,
                target="webhook" if action else "",
                read=severity == "info",
            )
        )


def _judge(posted: Posted, host: str) -> None:
    """Raises _Refused or _Later for what is no 2xx."""
    status = posted.status
    if 200 <= status < 300:
        return
    if status in _AGAIN or status >= 500:
        raise _Later(f"{host} answers with status {status}.", retry_after=posted.retry_after)
    if 300 <= status < 400:
        to = f" to {posted.elsewhere}" if posted.elsewhere else ""
        raise _Refused(f"{host} redirects{to}, which is not followed.", hint="Enter the address that it leads to.")
    hint = "Its address may have been revoked: make a new one." if status in (401, 403, 404, 410) else ""
    raise _Refused(f"{host} refuses it with status {status}.", hint=hint)


def _span(seconds: float) -> str:
    return "an hour" if seconds == 3600 else f"{seconds:g} s"
