"""The window's verbs on the configuration: each runs its blocking part on a worker thread and tells the bus."""

from __future__ import annotations

import os
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from conduit_desktop.bus import Bus, ConfigurationChanged
from conduit_desktop.errors import ConfigurationError, VaultError
from conduit_desktop.gateway.auth.keys import digest
from conduit_desktop.gateway.send import probe
from conduit_desktop.gateway.send.probe import Found as Found
from conduit_desktop.gateway.send.probe import ProbeResult as ProbeResult
from conduit_desktop.providers import PROVIDERS, spec
from conduit_desktop.providers.urls import normalise_base_url
from conduit_desktop.records import Model, Price, Provider, VirtualKey
from conduit_desktop.runtime import credentials, key_preview, keys, models, providers
from conduit_desktop.runtime.key_preview import KeyPreview as KeyPreview
from conduit_desktop.runtime.key_preview import PreviewRow as PreviewRow
from conduit_desktop.runtime.keys import KeyView as KeyView
from conduit_desktop.store import Store
from conduit_desktop.vault import Vault

T = TypeVar("T")

CHAT_KEY = "Chat pane"


class Run(Protocol):
    """Does blocking work on a worker thread."""

    def __call__(self, work: Callable[..., T], *args: Any, **named: Any) -> Awaitable[T]: ...


@dataclass(frozen=True, slots=True)
class EnvironmentKey:
    """A provider key found in the environment, offered for taking over."""

    variable: str
    kind: str
    title: str
    last4: str


async def _nobody(credential_id: str) -> None:
    """No gateway to tell."""


class Configuring:
    """Providers, models, keys."""

    def __init__(self, store: Store, vault: Vault, bus: Bus, run: Run) -> None:
        self._store = store
        self._vault = vault
        self._bus = bus
        self._run = run
        self.found_well: Callable[[str], Awaitable[None]] = _nobody
        """Told of each credential that a test found well (the provider's id for its first)."""
        self.own_address: Callable[[], str] = str
        """Where the running gateway is, empty where none runs."""
        self._chat_lock = threading.Lock()
        self._chat_text: str | None = None

    async def _change(self, work: Callable[..., T], *args: Any, **named: Any) -> T:
        result = await self._run(work, *args, **named)
        self._bus.publish(ConfigurationChanged())
        return result

    # ------------------------------------------------------------ providers

    async def providers(self) -> list[Provider]:
        return await self._run(self._store.providers.list)

    async def add_provider(self, name: str, kind: str, *, base_url: str = "", secret: str | None = None) -> Provider:
        providers.check_elsewhere(base_url, self.own_address())
        return await self._change(providers.add, self._store, self._vault, name, kind, base_url=base_url, secret=secret)

    async def edit_provider(
        self,
        provider_id: str,
        *,
        name: str | None = None,
        base_url: str | None = None,
        secret: str | None = None,
        enabled: bool | None = None,
    ) -> Provider:
        """Change what is given; no ``secret`` keeps the stored one."""
        providers.check_elsewhere(base_url, self.own_address())
        return await self._change(
            providers.edit,
            self._store,
            self._vault,
            provider_id,
            name=name,
            base_url=base_url,
            secret=secret,
            enabled=enabled,
        )

    async def remove_provider(self, provider_id: str) -> None:
        await self._change(providers.remove, self._store, self._vault, provider_id)

    async def test_provider(self, provider_id: str, model: str | None = None) -> ProbeResult:
        """Ask the provider whether it answers and takes its key."""
        provider = await self._run(providers.get, self._store, provider_id)
        secret = await self._run(providers.secret_of, self._vault, provider)
        return await self._test(provider, provider.id, secret, model)

    async def add_credential(self, provider_id: str, name: str, secret: str) -> Provider:
        """One more key, used in turn with those that the provider has."""
        return await self._change(credentials.add, self._store, self._vault, provider_id, name, secret)

    async def edit_credential(
        self,
        provider_id: str,
        credential_id: str,
        *,
        name: str | None = None,
        secret: str | None = None,
        enabled: bool | None = None,
    ) -> Provider:
        """Change what is given of one key. The provider's id stands for its first, which has no name and is on."""
        changed = {"name": name, "secret": secret, "enabled": enabled}
        return await self._change(credentials.edit, self._store, self._vault, provider_id, credential_id, **changed)

    async def remove_credential(self, provider_id: str, credential_id: str) -> Provider:
        """Remove one key; where it is the first, the next that is on takes its place."""
        return await self._change(credentials.remove, self._store, self._vault, provider_id, credential_id)

    async def test_credential(self, provider_id: str, credential_id: str) -> ProbeResult:
        """Ask the provider whether it takes this key."""
        wanted = (self._store, self._vault, provider_id, credential_id)
        provider, secret = await self._run(credentials.secret_of, *wanted)
        return await self._test(provider, credential_id, secret, None)

    async def _test(self, provider: Provider, credential_id: str, secret: str | None, model: str | None) -> ProbeResult:
        await self._run(probe.prepare)
        result = await probe.test(spec(provider.kind), provider.base_url, secret, model)
        if result.ok:
            await self.found_well(credential_id)
        return result

    async def test_draft(self, kind: str, base_url: str, secret: str | None) -> ProbeResult:
        """The same for what is being entered and not stored yet."""
        known = spec(kind)
        await self._run(probe.prepare)
        return await probe.test(known, normalise_base_url(base_url, known), secret or None, None)

    async def provider_models(self, provider_id: str) -> list[str]:
        """The provider's own list of its models."""
        provider = await self._run(providers.get, self._store, provider_id)
        secret = await self._run(providers.secret_of, self._vault, provider)
        await self._run(probe.prepare)
        return await probe.list_models(spec(provider.kind), provider.base_url, secret)

    async def detect_local(self) -> list[Found]:
        """The model servers that run on this machine."""
        await self._run(probe.prepare)
        return await probe.detect_local(PROVIDERS)

    def environment_keys(self) -> list[EnvironmentKey]:
        """The provider keys that lie in the environment; their texts stay there until one is taken over."""
        return [
            EnvironmentKey(name, known.kind, known.title, os.environ[name][-4:])
            for known in PROVIDERS
            for name in known.env_names
            if len(os.environ.get(name, "")) >= 12
        ]

    async def add_from_environment(self, variable: str) -> Provider:
        """Take a key over from the environment as a new provider."""
        known = next((each for each in PROVIDERS if variable in each.env_names), None)
        if known is None or not os.environ.get(variable):
            raise ConfigurationError(f"{variable} holds no key.", code="not_found")
        names = {provider.name for provider in await self.providers()}
        name = next(name for name in (known.kind, *(f"{known.kind}-{n}" for n in range(2, 1000))) if name not in names)
        return await self.add_provider(name, known.kind, secret=os.environ[variable])

    # ------------------------------------------------------------ models

    async def models(self) -> list[Model]:
        return await self._run(self._store.models.list)

    async def add_deployment(self, alias: str, provider_id: str, upstream_model: str) -> Model:
        """Map ``alias`` to a provider's model, as one more deployment where the alias is there already."""
        provider = await self._run(providers.get, self._store, provider_id)
        return await self._change(models.add, self._store, alias, provider, upstream_model)

    async def save_model(self, model: Model) -> Model:
        """Store a model, new or changed, with its deployments as they are given."""
        return await self._change(models.save, self._store, model)

    async def remove_model(self, model_id: str) -> None:
        await self._change(self._store.models.remove, model_id)

    async def look_up_prices(self) -> None:
        """Look up what no price was looked up for yet, for example because a provider's address changed."""
        await self._run(lambda: models.price(self._store, *self._store.models.list()))

    async def prices(self) -> dict[tuple[str, str], Price | None]:
        """The known prices by (kind, or kind and address; the provider's model id)."""
        return dict((await self._run(self._store.configuration)).prices)

    # ------------------------------------------------------------ virtual keys

    async def keys(self) -> list[KeyView]:
        return await self._run(keys.views, self._store)

    async def create_key(self, wanted: VirtualKey, *, keep_text: bool = True) -> tuple[VirtualKey, str]:
        """Make a key; gives its record and its text."""
        return await self._change(keys.create, self._store, self._vault, wanted, keep_text=keep_text)

    async def edit_key(self, key: VirtualKey, before: VirtualKey | None = None) -> VirtualKey:
        """Store a changed key; where ``before`` is given, of it only what is not as it was."""
        return await self._change(keys.edit, self._store, key, before)

    async def rotate_key(self, key: VirtualKey, grace: float = 0.0) -> tuple[VirtualKey, str]:
        """Give a key a new text; the old one works for ``grace`` seconds more."""
        return await self._change(keys.rotate, self._store, self._vault, key, grace=grace)

    async def reset_key_spend(self, key: VirtualKey) -> VirtualKey:
        """Set what the key has spent in its period back to nothing."""
        return await self._change(keys.reset_spend, self._store, key)

    async def preview_key(self, key: VirtualKey) -> KeyPreview:
        """What the key, stored or still being entered, can see and reach."""
        return await self._run(key_preview.preview, self._store, key)

    async def reveal_key(self, key: VirtualKey) -> str:
        """The text of a key that was kept. Raises ConfigurationError when it was not."""
        if key.secret_ref is None:
            raise ConfigurationError(
                "The text of this key was not kept.", hint="Rotate it to get a new one.", code="not_kept"
            )
        return await self._run(self._vault.get, key.secret_ref)

    async def remove_key(self, key: VirtualKey) -> None:
        await self._change(keys.remove, self._store, self._vault, key)

    async def chat_key(self) -> str:
        """The text of the chat pane's own key, made when it is first needed."""
        return await self._run(self._chat_key)

    def _chat_key(self) -> str:
        """Kept in the vault. Where the vault is not ready (no keyring, no passphrase yet) the text lives in memory
        only, and each run gives the key a new one: the Demo must be chat-able in the first minute on any machine."""
        with self._chat_lock:
            key = self._store.keys.by_name(CHAT_KEY)
            known = self._chat_text or self._kept_text(key)
            if key is not None and known is not None and digest(known) == key.digest:
                return known
            try:
                self._chat_text = self._new_chat_text(key, keep=self._vault.state().ready)
            except VaultError:  # it was ready, and then would not: its owner said no
                self._chat_text = self._new_chat_text(key, keep=False)
            return self._chat_text

    def _new_chat_text(self, key: VirtualKey | None, *, keep: bool) -> str:
        if key is not None:
            return keys.rotate(self._store, self._vault, key, keep_text=keep)[1]
        wanted = VirtualKey(id="", name=CHAT_KEY, digest="", last4="", note="Made by the chat pane for itself.")
        return keys.create(self._store, self._vault, wanted, keep_text=keep)[1]

    def _kept_text(self, key: VirtualKey | None) -> str | None:
        if key is None or key.secret_ref is None:
            return None
        try:
            return self._vault.get(key.secret_ref)
        except VaultError:
            return None
