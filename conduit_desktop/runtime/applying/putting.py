"""Writing the configuration to a file's text, and putting a file's in force: all of it in one transaction, or nothing.

Blocking: for worker threads and the command line. Secrets go to the vault before the records name them; those that
nothing names any more leave it after the commit.
"""

from __future__ import annotations

import contextlib
import logging
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from conduit_desktop.errors import ConduitError, ConfigurationError
from conduit_desktop.gateway.auth.keys import digest
from conduit_desktop.providers import spec
from conduit_desktop.providers.spec import clean_secret
from conduit_desktop.records import Credential, Deployment, Model, PriceRule, Provider, VirtualKey
from conduit_desktop.runtime import keys, models
from conduit_desktop.runtime.applying import document, planning, reading
from conduit_desktop.runtime.applying.fields import KEY, mistake
from conduit_desktop.runtime.applying.planning import Plan
from conduit_desktop.runtime.applying.reading import Holder, Wanted
from conduit_desktop.runtime.providers import drop, secret_refs, shown_of
from conduit_desktop.store import Configuration, Store
from conduit_desktop.vault import Vault

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Applied:
    """``keys`` are (name, text) of the virtual keys that were made: shown once."""

    changes: int
    keys: tuple[tuple[str, str], ...] = field(default=(), repr=False)


def export(store: Store, before: str | None = None) -> str:
    """The configuration as TOML, without secrets; ``before``, an earlier text, is brought up to date and keeps its
    comments."""
    from conduit_desktop.runtime.applying import writing

    return writing.write(document.of(store.configuration()), before)


def plan(store: Store, vault: Vault, text: str, environ: Mapping[str, str], *, prune: bool = False) -> Plan:
    """What putting ``text`` in force would change. With ``prune`` what it does not name is removed, and settings that
    it leaves out go back to their defaults. Raises ConfigurationError naming the place of what is wrong, or
    VaultError."""
    wanted = reading.read(text)
    now = store.configuration()
    secrets = _secrets(vault, wanted, now, environ)
    made = planning.make(text, wanted, now, {holder: secret is not None for holder, secret in secrets.items()}, prune)
    if made.changes:
        with contextlib.suppress(_Rehearsed):
            store.write(lambda: _rehearse(store, made))
    return made


class _Rehearsed(Exception):
    """It went well; undo it."""


def _rehearse(store: Store, plan: Plan) -> None:
    """Put it in force and undo that: whatever forbids it says so now."""
    _Putting(store, store.configuration(), plan, {}, {}).write()
    raise _Rehearsed


def apply(store: Store, vault: Vault, plan: Plan, environ: Mapping[str, str], *, keep_texts: bool = False) -> Applied:
    """Put a plan in force. Raises ConfigurationError (``changed_since``) when the configuration is not the one any more
    that the plan was made for. With ``keep_texts`` the vault keeps those of new keys, so that they can be revealed."""
    if not plan.changes:
        return Applied(0)
    now = store.configuration()
    found = _secrets(vault, plan.wanted, now, environ)
    secrets = {holder: (secret, uuid.uuid4().hex) for holder, secret in found.items() if secret is not None}
    made = [change.name for change in plan.changes if change.kind == "key" and change.action == "add"]
    texts = {name: (keys.new_text(), uuid.uuid4().hex if keep_texts else None) for name in made}
    entries = [(ref, text) for text, ref in (*secrets.values(), *texts.values()) if ref is not None]
    try:
        for ref, text in entries:
            vault.put(ref, text)
        unused, served = store.write(lambda: _put(store, plan, found, secrets, texts))
    except BaseException:
        for ref, _ in entries:
            drop(vault, ref)
        raise
    for ref in unused:
        drop(vault, ref)
    try:
        models.price(store, *served)
    except ConduitError as error:  # the gateway looks them up again when it needs them
        _log.warning("Prices were not looked up: %s", error.message)
    return Applied(len(plan.changes), tuple((name, text) for name, (text, _) in texts.items()))


def _secrets(vault: Vault, wanted: Wanted, now: Configuration, environ: Mapping[str, str]) -> dict[Holder, str | None]:
    """The API keys to take over; None where the vault has the same one already."""
    found: dict[Holder, str | None] = {}
    refs = {(provider.name, ""): provider.secret_ref for provider in now.providers}
    refs |= {(provider.name, each.name): each.secret_ref for provider in now.providers for each in provider.credentials}
    for (name, key), variable in wanted.variables.items():
        where = f"providers.{name}.{'credentials' if key else 'api_key_env'}"
        known = spec(wanted.providers[name].kind)
        if known.secret == "none":
            raise mistake(f"providers.{name}: {known.title} takes no API key.", where)
        ref = refs.get((name, key))
        text = environ.get(variable, "").strip()
        if not text and ref is None:
            raise mistake(
                f"providers.{name}: the environment variable {variable} is not set.",
                where,
                "Export it first, or leave api_key_env out and enter the key in the window.",
            )
        secret = clean_secret(text) if text else None
        found[name, key] = None if secret is None or (ref is not None and vault.get(ref) == secret) else secret
    return found


def _put(
    store: Store,
    plan: Plan,
    secrets: Mapping[Holder, str | None],
    renewed: Mapping[Holder, tuple[str, str]],
    texts: Mapping[str, tuple[str, str | None]],
) -> tuple[list[str], list[Model]]:
    """On the writer's thread, in one transaction: references that nothing names any more, and the models touched."""
    now = store.configuration()
    again = planning.make(
        plan.text, plan.wanted, now, {holder: secret is not None for holder, secret in secrets.items()}, plan.prune
    )
    if again.changes != plan.changes:
        raise ConfigurationError(
            "The configuration has changed since this was shown.", hint="Look at it again.", code="changed_since"
        )
    putting = _Putting(store, now, plan, renewed, texts)
    putting.write()
    return putting.unused, putting.served


class _Putting:
    """Builds the records of a plan upon those that there are."""

    def __init__(
        self,
        store: Store,
        now: Configuration,
        plan: Plan,
        secrets: Mapping[Holder, tuple[str, str]],
        texts: Mapping[str, tuple[str, str | None]],
    ) -> None:
        self._store = store
        self._wanted = plan.wanted
        self._plan = plan
        self._secrets = secrets
        self._texts = texts
        self._now = time.time()
        self._providers = {each.name: each for each in now.providers}
        self._models = {each.alias: each for each in now.models}
        self._keys = {each.name: each for each in now.keys}
        self._rules = {each.pattern: each for each in now.rules}
        self._ids = {name: each.id for name, each in self._providers.items()}
        self._ids |= {name: uuid.uuid4().hex for name in self._wanted.providers if name not in self._ids}
        self.unused: list[str] = []
        self.served: list[Model] = []

    def write(self) -> None:
        self._remove()
        self._save()

    def _remove(self) -> None:
        store = self._store
        for name in self._named("key", "remove"):
            store.keys.remove(self._keys[name].id)
            if (ref := self._keys[name].secret_ref) is not None:
                self.unused.append(ref)
        for name in self._named("model", "remove"):
            store.models.remove(self._models[name].id)
        for name in self._named("provider", "remove"):
            store.providers.remove(self._providers[name].id)
            self.unused += secret_refs(self._providers[name])
        for name in self._named("price", "remove"):
            store.rules.remove(self._rules[name].id)

    def _save(self) -> None:
        store = self._store
        for name in self._named("provider", "add", "change"):
            store.providers.put(self._provider(name))
        made = {name: self._model(name) for name in self._named("model", "add", "change")}
        gone = self._named("model", "remove")
        then = {name: each for name, each in self._models.items() if name not in gone} | made
        for name, model in made.items():
            with _naming(f"models.{name}"):
                self.served.append(models.check(store, model, self._beside(model, then)))
                store.models.put(self.served[-1])
        for name in self._named("key", "add", "change"):
            with _naming(f"keys.{name}"):
                key = self._key(name)
                keys.check(store, key)
                store.keys.put(key)
        for name in self._named("price", "add", "change"):
            store.rules.put(self._rule(name))
        for change in self._plan.changes:
            if change.kind == "setting":
                store.settings.put(change.name, change.fields[0][2])

    def _named(self, kind: str, *actions: str) -> list[str]:
        return [change.name for change in self._plan.changes if change.kind == kind and change.action in actions]

    def _beside(self, model: Model, then: Mapping[str, Model]) -> list[Model]:
        """What a model is checked beside: the others as they will be, and itself as it is."""
        others = [each for each in then.values() if each.id != model.id]
        return [*others, *(each for each in self._models.values() if each.id == model.id)]

    def _provider(self, name: str) -> Provider:
        wanted, before = self._wanted.providers[name], self._providers.get(name)
        made = replace(before or replace(wanted, created=self._now), id=self._ids[name], updated=self._now)
        made = replace(made, base_url=wanted.base_url, enabled=wanted.enabled)
        if (name, "") in self._secrets:
            text, ref = self._secrets[name, ""]
            made = replace(made, secret_ref=ref, secret_last4=shown_of(text))
        there = {each.name: each for each in before.credentials} if before else {}
        held = tuple(self._credential(made, each, there.get(each.name)) for each in wanted.credentials)
        made = replace(made, credentials=held)
        if before is not None:
            self.unused += set(secret_refs(before)) - set(secret_refs(made))
        return made

    def _credential(self, provider: Provider, wanted: Credential, before: Credential | None) -> Credential:
        made = before or replace(wanted, id=uuid.uuid4().hex, provider_id=provider.id, created=self._now)
        if before is None or (provider.name, wanted.name) in self._secrets:
            text, ref = self._secrets.get((provider.name, wanted.name), ("", uuid.uuid4().hex))
            made = replace(made, secret_ref=ref, last4=shown_of(text))
        return replace(made, enabled=wanted.enabled)

    def _model(self, alias: str) -> Model:
        wanted, before = self._wanted.models[alias], self._models.get(alias)
        model_id = before.id if before else uuid.uuid4().hex
        there = list(before.deployments) if before else []
        made = []
        for each in wanted.deployments:
            provider_id = self._ids[each.provider_id]
            mark = (provider_id, each.upstream_model)
            same = next((old for old in there if (old.provider_id, old.upstream_model) == mark), None)
            if same is not None:
                there.remove(same)
            made.append(_deployment(each, same, model_id, provider_id))
        created = before.created if before else self._now
        return replace(wanted, id=model_id, created=created, deployments=tuple(made))

    def _key(self, name: str) -> VirtualKey:
        wanted, before = self._wanted.keys[name], self._keys.get(name)
        allowed = tuple(self._ids.get(each, each) for each in wanted.providers)
        if before is None:
            text, ref = self._texts.get(name) or (uuid.uuid4().hex, None)
            made = replace(wanted, id=uuid.uuid4().hex, created=self._now, secret_ref=ref)
            return replace(made, digest=digest(text), last4=text[-4:], providers=allowed)
        stated = {field.attribute or field.name: field.of(wanted) for field in KEY}
        return replace(before, **{**stated, "providers": allowed})

    def _rule(self, pattern: str) -> PriceRule:
        before = self._rules.get(pattern)
        return PriceRule(
            id=before.id if before else uuid.uuid4().hex,
            pattern=pattern,
            price=self._wanted.prices[pattern],
            created=before.created if before else self._now,
            updated=self._now,
        )


def _deployment(wanted: Deployment, before: Deployment | None, model_id: str, provider_id: str) -> Deployment:
    return replace(wanted, id=before.id if before else uuid.uuid4().hex, model_id=model_id, provider_id=provider_id)


@contextlib.contextmanager
def _naming(where: str) -> Iterator[None]:
    """Names the place in what is refused."""
    try:
        yield
    except ConfigurationError as error:
        raise mistake(f"{where}: {error.message}", where, error.hint) from None
