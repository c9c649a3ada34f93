"""What providers, models, deployments, keys and prices look like in a file and in the admin API: one row a field.

The plain form of a record is a dict of what JSON and TOML can say, with names in place of ids and without the fields
that are at their defaults; secrets, digests and dates of making are not part of it. Two records are the same
configuration when their plain forms are equal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from conduit_desktop.errors import ConfigurationError
from conduit_desktop.providers import spec
from conduit_desktop.providers.urls import normalise_base_url
from conduit_desktop.records import (
    ABILITIES,
    AT_LIMIT,
    PERIODS,
    STRATEGIES,
    THRESHOLDS,
    TIMEOUTS,
    Credential,
    Deployment,
    Model,
    Provider,
    VirtualKey,
)
from conduit_desktop.runtime import names
from conduit_desktop.runtime.applying import values
from conduit_desktop.runtime.applying.values import boolean, choice, listed, optional, text, whole
from conduit_desktop.runtime.credentials import FIRST
from conduit_desktop.runtime.model_terms import LONGEST_CACHED

Plain = dict[str, Any]
MOST_OF_ANYTHING = 1_000_000_000
_WHOLE = "the file"


@dataclass(frozen=True, slots=True)
class Field:
    """``read`` takes what a file says to what the record holds, ``write`` the other way. ``attribute`` is the
    record's word for it, where that is another; ``default`` is a record's value."""

    name: str
    read: Callable[[Any], Any]
    default: Any = None
    write: Callable[[Any], Any] = values.same
    attribute: str = ""

    def of(self, record: object) -> Any:
        return getattr(record, self.attribute or self.name)


_ALIAS = text(200)
_LIMIT = optional(whole(1, MOST_OF_ANYTHING))
DEPLOYMENT = (
    Field("provider", text(64), "", attribute="provider_id"),
    Field("model", text(300), "", attribute="upstream_model"),
    Field("weight", whole(0, 1000), 1),
    Field("priority", whole(0, 1000), 1),
    Field("enabled", boolean, True),
    Field("price", optional(values.price), None, values.price_plain),
    Field("rpm", _LIMIT, None),
    Field("tpm", _LIMIT, None),
    Field("parallel", _LIMIT, None),
    Field("context_window", _LIMIT, None),
    Field("lacks", listed(choice(ABILITIES)), (), values.as_list),
)
MODEL = (
    Field("strategy", choice(STRATEGIES), "simple"),
    Field("retries", whole(0, 10), 2),
    Field("fallbacks", listed(_ALIAS), (), values.as_list),
    Field("context_fallbacks", listed(_ALIAS), (), values.as_list),
    Field("content_fallbacks", listed(_ALIAS), (), values.as_list),
    Field("timeouts", values.times, TIMEOUTS, values.times_plain),
    Field("cache_seconds", optional(whole(1, LONGEST_CACHED)), None),
    Field("resume", boolean, False),
    Field("enabled", boolean, True),
)
KEY = (
    Field("enabled", boolean, True),
    Field("note", text(2000), ""),
    Field("color", text(20), ""),
    Field("tag", text(60), ""),
    Field("budget_usd", optional(values.usd), None, values.usd_text, "budget"),
    Field("period", choice(PERIODS), "month"),
    Field("at_limit", choice(AT_LIMIT), "block"),
    Field("downgrade_to", _ALIAS, ""),
    Field("thresholds", listed(whole(1, 100)), THRESHOLDS, values.as_list),
    Field("expires", optional(values.moment), None, values.moment_text),
    Field("models", listed(_ALIAS), (), values.as_list),
    Field("providers", listed(text(64)), (), values.as_list),
    Field("local_only", boolean, False),
    Field("rpm", _LIMIT, None),
    Field("tpm", _LIMIT, None),
    Field("parallel", _LIMIT, None),
    Field("default_model", _ALIAS, ""),
    Field("max_output", _LIMIT, None),
    Field("cache", boolean, True),
)
CREDENTIAL = (
    Field("name", text(64), ""),
    Field("enabled", boolean, True),
)


def mistake(message: str, where: str, hint: str = "") -> ConfigurationError:
    """What is wrong with what was given; ``where`` names the place, such as ``keys.editor.rpm``."""
    return ConfigurationError(message, hint=hint, status=422, code="bad_value", param=where)


def known_only(given: Mapping[str, Any], known: Iterable[str], where: str) -> None:
    """Refuses a field that there is not, naming those that come near."""
    names = list(known)
    for name in given:
        if name not in names:
            near = get_close_matches(str(name), names, 3, 0.6)
            hint = f"Did you mean {' or '.join(near)}?" if near else f"There are {', '.join(names)}."
            raise mistake(f"{where} has no field {name!r}.", name if where == _WHOLE else f"{where}.{name}", hint)


def read(fields: Iterable[Field], given: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The values that a record gets, by its attributes; what is not given, or null, is at its default."""
    found = {}
    for field in fields:
        value = given.get(field.name)
        if value is None:
            found[field.attribute or field.name] = field.default
            continue
        try:
            found[field.attribute or field.name] = field.read(value)
        except ValueError as error:
            place = f"{where}: " if where else ""
            raise mistake(f"{place}{field.name} {error}.", f"{where}.{field.name}".lstrip(".")) from None
    return found


def plain(fields: Iterable[Field], record: object, *, whole: bool = False) -> Plain:
    """The plain form of a record, or with ``whole`` all of its fields."""
    pairs = ((field, field.of(record)) for field in fields)
    return {field.name: field.write(value) for field, value in pairs if whole or value != field.default}


# ---------------------------------------------------------------- providers


def provider_plain(provider: Provider) -> Plain:
    known = spec(provider.kind)
    found: Plain = {"kind": provider.kind}
    if provider.base_url != known.base_url:
        found["base_url"] = provider.base_url
    if not provider.enabled:
        found["enabled"] = False
    if provider.credentials:
        found["credentials"] = [plain(CREDENTIAL, each) for each in provider.credentials]
    return found


def read_provider(given: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Attributes of a Provider; its credentials have neither an id nor a secret."""
    known_only(given, ("kind", "base_url", "enabled", "api_key_env", "credentials"), where)
    kind = given.get("kind")
    if not isinstance(kind, str):
        raise mistake(f"{where} needs a kind.", f"{where}.kind", 'For example kind = "openai".')
    base_url = given.get("base_url", "")
    if not isinstance(base_url, str):
        raise mistake(f"{where}: base_url takes text.", f"{where}.base_url")
    enabled = read((Field("enabled", boolean, True),), given, where)["enabled"]
    found = {"kind": kind, "enabled": enabled, "credentials": _credentials(given, where)}
    try:
        return found | {"base_url": normalise_base_url(base_url, spec(kind))}
    except ConfigurationError as error:
        raise mistake(f"{where}: {error.message}", where, error.hint) from None


def _credentials(given: Mapping[str, Any], where: str) -> tuple[Credential, ...]:
    found: list[Credential] = []
    for n, row in enumerate(rows_of(given, "credentials", where)):
        place = f"{where}.credentials[{n}]"
        known_only(row, (*(field.name for field in CREDENTIAL), "api_key_env"), place)
        told = read(CREDENTIAL, row, place)
        try:
            clean = names.clean(told["name"], "key")
        except ConfigurationError as error:
            raise mistake(f"{place}: {error.message}", f"{place}.name", error.hint) from None
        if clean != told["name"]:
            raise mistake(f"{place}: the name {told['name']!r} begins or ends with a space.", f"{place}.name")
        if clean == FIRST or any(each.name == clean for each in found):
            raise mistake(f"{place}: there is a key {clean!r} already.", f"{place}.name", "Choose another name.")
        found.append(Credential(id="", provider_id="", secret_ref="", last4="", **told))
    return tuple(found)


def rows_of(given: Mapping[str, Any], name: str, where: str) -> list[Mapping[str, Any]]:
    """The tables of a list of them, ``[[…]]`` in a file."""
    rows = given.get(name) or []
    if not isinstance(rows, list | tuple) or not all(isinstance(row, Mapping) for row in rows):
        raise mistake(f"{where}: {name} takes a list of tables.", f"{where}.{name}")
    return list(rows)


# ---------------------------------------------------------------- models and keys, which refer to providers


def model_plain(model: Model, names: Mapping[str, str]) -> Plain:
    """``names`` are the providers' by id."""
    found = plain(MODEL, model)
    if model.deployments:
        found["deployments"] = [deployment_plain(each, names) for each in model.deployments]
    return found


def deployment_plain(deployment: Deployment, names: Mapping[str, str], *, whole: bool = False) -> Plain:
    found = plain(DEPLOYMENT, deployment, whole=whole)
    return {**found, "provider": names.get(deployment.provider_id, deployment.provider_id)}


def read_model(given: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Attributes of a Model; of its deployments, too, with the provider's name as their provider_id."""
    known_only(given, (*(field.name for field in MODEL), "deployments"), where)
    found = read(MODEL, given, where)
    rows = rows_of(given, "deployments", where)
    found["deployments"] = [read_deployment(row, f"{where}.deployments[{n}]") for n, row in enumerate(rows)]
    return found


def read_deployment(given: Mapping[str, Any], where: str) -> dict[str, Any]:
    known_only(given, (field.name for field in DEPLOYMENT), where)
    for name in ("provider", "model"):
        if not given.get(name):
            raise mistake(f"{where} needs a {name}.", f"{where}.{name}")
    return read(DEPLOYMENT, given, where)


def key_plain(key: VirtualKey, names: Mapping[str, str], *, whole: bool = False) -> Plain:
    found = plain(KEY, key, whole=whole)
    if key.providers or whole:
        found["providers"] = [names.get(each, each) for each in key.providers]
    return found


def read_key(given: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Attributes of a VirtualKey, with the providers' names in place of ids."""
    known_only(given, (field.name for field in KEY), where)
    return read(KEY, given, where)
