"""Where notifications are sent: setting it, and reading it back. The address is a secret: the vault has it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from conduit_desktop.records import Webhook, WebhookKind
from conduit_desktop.runtime.notifying import address
from conduit_desktop.runtime.providers import drop
from conduit_desktop.store import Store
from conduit_desktop.vault import Vault


@dataclass(frozen=True, slots=True)
class WebhookState:
    """Where notifications are sent: ``kind`` None is nowhere. ``host`` and ``last4`` may be shown, the address may not.
    ``waiting`` have not arrived yet; ``problem`` is why."""

    kind: WebhookKind | None = None
    host: str = ""
    last4: str = ""
    waiting: int = 0
    problem: str = ""


class Destination:
    """Blocking: for worker threads."""

    def __init__(self, store: Store, vault: Vault) -> None:
        self._store, self._vault = store, vault

    def set(self, url: str, kind: WebhookKind | None) -> None:
        """Send there from now on; an empty address: nowhere. Raises ConfigurationError, VaultError."""
        old = self._store.webhooks.get()
        new: Webhook | None = None
        if url.strip():
            url = address.check(url)
            address.keep_secret(url)
            new = Webhook(
                kind=kind or address.kind_of(url),
                host=address.shown_host(url),
                last4=address.last4(url),
                secret_ref=uuid.uuid4().hex,
            )
            self._vault.put(new.secret_ref, url)
        try:
            self._store.webhooks.put(new)
        except BaseException:
            drop(self._vault, new.secret_ref if new else None)
            raise
        drop(self._vault, old.secret_ref if old else None)

    def current(self) -> tuple[Webhook | None, str]:
        """It and its address. Raises VaultError."""
        from conduit_desktop.gateway.send import probe  # here: most have no webhook

        webhook = self._store.webhooks.get()
        if webhook is None:
            return None, ""
        url = self._vault.get(webhook.secret_ref)
        address.keep_secret(url)
        probe.prepare()
        return webhook, url
