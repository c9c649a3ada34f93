"""What is worth telling the user, out of what the gateway does: one live notice a subject, updated in place."""

from __future__ import annotations

import logging
import time
from concurrent.futures import Executor

from conduit_desktop.bus import Bus, ExchangeFinished, Notice, Notified
from conduit_desktop.errors import ConduitError
from conduit_desktop.records import Exchange, Severity
from conduit_desktop.store import Store

_log = logging.getLogger(__name__)


class Watcher:
    """Listens to the bus; writes on a worker, because the bus calls on the gateway's loop."""

    def __init__(self, store: Store, bus: Bus, worker: Executor) -> None:
        self._store = store
        self._bus = bus
        self._worker = worker
        self._failing: set[str] = set()
        bus.subscribe(self._hear, ExchangeFinished)

    def _hear(self, notice: Notice) -> None:
        if isinstance(notice, ExchangeFinished):
            for found in self._worth_telling(notice.exchange):
                self._worker.submit(self._tell, *found)

    def _worth_telling(self, exchange: Exchange) -> list[tuple[str, str, Severity, str, str]]:
        found: list[tuple[str, str, Severity, str, str]] = []
        answered = exchange.status < 400
        found += [
            (
                f"credential:{attempt.provider_id}",
                "credential_rejected",
                "error",
                f"{attempt.provider} rejects its key",
                f"{attempt.error} Test the provider, or enter another key.",
            )
            for attempt in exchange.attempts
            if attempt.cause in ("unauthorised", "forbidden")
        ]
        failed = [attempt for attempt in exchange.attempts if attempt.cause not in ("", "client_gone", "client_error")]
        if answered and failed and failed[0].provider_id != exchange.provider_id:
            text = f"{exchange.model}: {failed[0].provider} failed ({failed[0].cause}), {exchange.provider} answered."
            found.append((f"failover:{exchange.model}", "failover", "warning", "Another provider took over", text))
        if not answered and failed and failed[-1].cause in ("server_error", "refused", "dns", "timeout", "unreachable"):
            title = f"{failed[-1].provider} does not answer"
            found.append((f"down:{failed[-1].provider_id}", "provider_down", "error", title, failed[-1].error or title))
        if exchange.error_code in ("budget_exceeded", "price_unknown") and exchange.key_id:
            title = (
                f"The budget of {exchange.key} is spent"
                if exchange.error_code == "budget_exceeded"
                else f"{exchange.key} was refused: price unknown"
            )
            found.append(
                (f"{exchange.error_code}:{exchange.key_id}", exchange.error_code, "warning", title, exchange.error)
            )
        return found

    def tell(self, subject: str, kind: str, severity: Severity, title: str, text: str) -> None:
        """Raise or update the notice on ``subject``, on the worker."""
        self._worker.submit(self._tell, subject, kind, severity, title, text)

    def _tell(self, subject: str, kind: str, severity: Severity, title: str, text: str) -> None:
        try:
            notification = self._store.notifications.raise_(subject, kind, severity, title, text, time.time())
        except ConduitError:
            _log.exception("A notification could not be stored")
            return
        self._bus.publish(Notified(notification))
