"""What a file would change: the difference between what is configured and what it states, in the words of the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from conduit_desktop.providers import spec
from conduit_desktop.providers.urls import is_cleartext, same_origin
from conduit_desktop.records import Provider
from conduit_desktop.runtime.applying import document
from conduit_desktop.runtime.applying.document import Document
from conduit_desktop.runtime.applying.fields import Plain, mistake
from conduit_desktop.runtime.applying.reading import SECTIONS, Holder, Wanted
from conduit_desktop.runtime.configuring import CHAT_KEY
from conduit_desktop.settings.schema import BY_KEY
from conduit_desktop.store import Configuration

KINDS = {"providers": "provider", "models": "model", "keys": "key", "prices": "price"}


@dataclass(frozen=True, slots=True)
class Change:
    """One entry that is added, changed or removed; ``fields`` are (name, before, after) of what changes in it, None
    where it is at its default."""

    action: Literal["add", "change", "remove"]
    kind: str
    name: str
    fields: tuple[tuple[str, Any, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What applying ``text`` does, as of the configuration it was made from. ``notes`` are what else is worth knowing
    before."""

    text: str
    prune: bool
    changes: tuple[Change, ...]
    notes: tuple[str, ...] = ()
    wanted: Wanted = field(default_factory=Wanted, repr=False, compare=False)


def make(text: str, wanted: Wanted, now: Configuration, secrets: Mapping[Holder, bool], prune: bool) -> Plan:
    """``secrets`` says of the keys with an ``api_key_env`` whether they change. Raises ConfigurationError for what
    cannot be."""
    wanted, without = _with_texts(wanted, now, secrets)
    there, then = document.of(now, chat=CHAT_KEY in wanted.keys), document.of_wanted(wanted)
    _check(wanted, now, secrets, prune)
    changes = [
        _with_secrets(change, secrets)
        for name in SECTIONS
        for change in _section(KINDS[name], there.section(name), then.section(name), prune)
    ]
    told = {change.name for change in changes if change.kind == "provider"}
    renewed = dict.fromkeys(name for (name, _), new in secrets.items() if new and name not in told)
    changes[:0] = [_with_secrets(Change("change", "provider", name), secrets) for name in renewed]
    changes += _settings(wanted, now, prune)
    notes = (*without, *_notes(wanted, now, then, secrets, prune))
    return Plan(text, prune, tuple(changes), notes, wanted)


def _with_secrets(change: Change, secrets: Mapping[Holder, bool]) -> Change:
    if change.kind != "provider":
        return change
    holders = [key for (name, key), new in secrets.items() if new and name == change.name]
    taken = ((f"{key}.api_key" if key else "api_key", None, "taken from the environment") for key in holders)
    return replace(change, fields=(*change.fields, *taken))


def _with_texts(wanted: Wanted, now: Configuration, secrets: Mapping[Holder, bool]) -> tuple[Wanted, list[str]]:
    """What is wanted, but for further keys whose text nobody has, and notes of those."""
    there = {(provider.name, each.name) for provider in now.providers for each in provider.credentials}
    found, notes = {}, []
    for name, provider in wanted.providers.items():
        held = [each for each in provider.credentials if (name, each.name) in there or secrets.get((name, each.name))]
        found[name] = replace(provider, credentials=tuple(held))
        notes += [
            f"The key {each.name!r} of {name!r} is left out: enter it in the window, or name a variable (api_key_env)."
            for each in provider.credentials
            if each not in held
        ]
    return replace(wanted, providers=found), notes


def _section(kind: str, there: dict[str, Plain], then: dict[str, Plain], prune: bool) -> Iterator[Change]:
    for name, wanted in then.items():
        before = there.get(name)
        changed = _fields(before or {}, wanted)
        if before is None:
            yield Change("add", kind, name, changed)
        elif changed:
            yield Change("change", kind, name, changed)
    if prune:
        yield from (Change("remove", kind, name) for name in there if name not in then)


def _fields(before: Plain, after: Plain) -> tuple[tuple[str, Any, Any], ...]:
    names = [*before, *(name for name in after if name not in before)]
    return tuple((name, before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name))


def _settings(wanted: Wanted, now: Configuration, prune: bool) -> list[Change]:
    found = []
    for key, setting in BY_KEY.items():
        if key not in wanted.settings and not prune:
            continue
        before, after = now.settings[key], wanted.settings.get(key, setting.default)
        if before != after:
            found.append(Change("change", "setting", key, (("value", before, after),)))
    return found


# ---------------------------------------------------------------- what cannot be, and what is odd


def _check(wanted: Wanted, now: Configuration, secrets: Mapping[Holder, bool], prune: bool) -> None:
    before = {provider.name: provider for provider in now.providers}
    for name, provider in wanted.providers.items():
        if name in before:
            _check_provider(provider, before[name], secrets)
        _check_first(provider, before.get(name), secrets)
        if any(new and holder[0] == name for holder, new in secrets.items()) and is_cleartext(provider.base_url):
            raise mistake(
                f"providers.{name}: this address is plain http on another machine: the key could be read on the way.",
                f"providers.{name}.base_url",
                "Use https, or leave api_key_env out.",
            )
    there = set(wanted.providers) if prune else set(wanted.providers) | set(before)
    for alias, model in wanted.models.items():
        for deployment in model.deployments:
            if deployment.provider_id not in there:
                raise mistake(
                    f"models.{alias}: there is no provider {deployment.provider_id!r}.",
                    f"models.{alias}.deployments",
                    f"Providers: {', '.join(sorted(there)) or 'none'}.",
                )


def _check_provider(wanted: Provider, before: Provider, secrets: Mapping[Holder, bool]) -> None:
    where = f"providers.{wanted.name}"
    if wanted.kind != before.kind:
        raise mistake(
            f"{where}: it is of the kind {before.kind!r}, and a provider's kind cannot change.",
            f"{where}.kind",
            "Remove it first, or give the new one another name.",
        )
    stored = {each.name for each in before.credentials} | ({""} if before.secret_ref else set())
    kept = stored & {"", *(each.name for each in wanted.credentials)}
    old = sorted(key for key in kept if not secrets.get((wanted.name, key)))
    if old and not same_origin(before.base_url, wanted.base_url):
        which = f"key {old[0]!r}" if old[0] else "stored key"
        raise mistake(
            f"{where}: the address changes to another server, and the {which} belongs to the old one.",
            f"{where}.base_url",
            "Name the variable that holds the key for the new one with api_key_env.",
        )


def _check_first(wanted: Provider, before: Provider | None, secrets: Mapping[Holder, bool]) -> None:
    """Further keys stand beside a first one."""
    first = secrets.get((wanted.name, "")) or (before is not None and before.secret_ref is not None)
    if wanted.credentials and not first:
        raise mistake(
            f"providers.{wanted.name}: it has further keys and no API key of its own.",
            f"providers.{wanted.name}.credentials",
            "Name the variable that holds its own with api_key_env.",
        )


def _notes(
    wanted: Wanted, now: Configuration, then: Document, secrets: Mapping[Holder, bool], prune: bool
) -> Iterator[str]:
    kept = {provider.name for provider in now.providers if provider.secret_ref}
    for name, provider in wanted.providers.items():
        if spec(provider.kind).secret == "required" and name not in kept and not secrets.get((name, "")):
            yield f"The provider {name!r} has no API key yet: enter it in the window, or name a variable (api_key_env)."
    aliases = set(then.models) | (set() if prune else {model.alias for model in now.models})
    providers = set(then.providers) | (set() if prune else {provider.name for provider in now.providers})
    for alias, model in wanted.models.items():
        every = dict.fromkeys((*model.fallbacks, *model.context_fallbacks, *model.content_fallbacks))
        for gone in (name for name in every if name not in aliases):
            yield f"The model {alias!r} falls back to {gone!r}, which is not there."
    for name, key in wanted.keys.items():
        for gone in (each for each in key.providers if each not in providers):
            yield f"The key {name!r} may use the provider {gone!r}, which is not there."
        named = (each for each in (*key.models, key.default_model, key.downgrade_to) if each)
        for gone in (each for each in named if not {"*", "/"} & set(each) and each not in aliases):
            yield f"The key {name!r} names the model {gone!r}, which is not there."
