"""From a TOML text to the records that it wants, with the providers' names where a record holds their ids."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from conduit_desktop.errors import ConfigurationError
from conduit_desktop.records import Deployment, Model, Price, Provider, VirtualKey
from conduit_desktop.runtime import names
from conduit_desktop.runtime.applying import fields, values
from conduit_desktop.runtime.applying.fields import mistake
from conduit_desktop.settings.schema import BY_KEY, Value

VERSION = 1
SECTIONS = ("providers", "models", "keys", "prices")

T = TypeVar("T")
Holder = tuple[str, str]
"""A provider's name and that of one of its keys: empty for its first."""


@dataclass(slots=True)
class Wanted:
    """Everything that a file states, by name. ``variables`` are where providers' API keys are to be taken from, by
    provider and further key; the name of its first is empty."""

    settings: dict[str, Value] = field(default_factory=dict)
    providers: dict[str, Provider] = field(default_factory=dict)
    models: dict[str, Model] = field(default_factory=dict)
    keys: dict[str, VirtualKey] = field(default_factory=dict)
    prices: dict[str, Price] = field(default_factory=dict)
    variables: dict[Holder, str] = field(default_factory=dict)


def read(text: str) -> Wanted:
    """Raises ConfigurationError naming the place of what is wrong."""
    from conduit_desktop.runtime.applying import toml

    given = toml.load(text)
    fields.known_only(given, ("version", "settings", *SECTIONS), "the file")
    if given.get("version", VERSION) != VERSION:
        raise mistake(f"version {given['version']!r} is not known here.", "version", f"This app reads {VERSION}.")
    wanted = Wanted(settings=_settings(_table(given.get("settings", {}), "settings")))
    wanted.providers = _entries(given, "providers", "provider", lambda n, t, w: _provider(n, t, w, wanted.variables))
    wanted.models = _entries(given, "models", "model", _model, most=200, slash=True)
    wanted.keys = _entries(given, "keys", "key", _key)
    wanted.prices = _entries(given, "prices", "price", _price, most=300, slash=True)
    return wanted


def _table(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise mistake(f"{where} is a table.", where, f"Write [{where}] above its fields.")
    return value


def _entries(
    given: Mapping[str, Any],
    section: str,
    what: str,
    make: Callable[[str, dict[str, Any], str], T],
    *,
    most: int = 64,
    slash: bool = False,
) -> dict[str, T]:
    found = {}
    for name, told in _table(given.get(section, {}), section).items():
        where = f"{section}.{name}"
        try:
            clean = names.clean(name, what, most=most, slash=slash)
        except ConfigurationError as error:
            raise mistake(f"{section}: {error.message}", where, error.hint) from None
        if clean != name:
            raise mistake(f"{section}: the name {name!r} begins or ends with a space.", where)
        found[name] = make(name, _table(told, where), where)
    return found


def _settings(given: Mapping[str, Any]) -> dict[str, Value]:
    fields.known_only(given, BY_KEY, "settings")
    found = {}
    for key, value in given.items():
        try:
            found[key] = BY_KEY[key].check(value)
        except ConfigurationError as error:
            raise mistake(f"settings.{key}: {error.message}", f"settings.{key}") from None
    return found


def _provider(name: str, given: dict[str, Any], where: str, variables: dict[Holder, str]) -> Provider:
    provider = Provider(id="", name=name, **fields.read_provider(given, where))
    _variable(given, where, (name, ""), variables)
    for n, (row, credential) in enumerate(zip(given.get("credentials") or (), provider.credentials, strict=True)):
        _variable(row, f"{where}.credentials[{n}]", (name, credential.name), variables)
    return provider


def _variable(given: Mapping[str, Any], where: str, holder: Holder, variables: dict[Holder, str]) -> None:
    variable = given.get("api_key_env")
    if variable is not None:
        if not (isinstance(variable, str) and variable.isidentifier()):
            raise mistake(f"{where}: api_key_env takes the name of an environment variable.", f"{where}.api_key_env")
        variables[holder] = variable


def _model(alias: str, given: dict[str, Any], where: str) -> Model:
    told = fields.read_model(given, where)
    rows = tuple(Deployment(id="", model_id="", **row) for row in told.pop("deployments"))
    return Model(id="", alias=alias, deployments=tuple(sorted(rows, key=lambda row: row.priority)), **told)


def _key(name: str, given: dict[str, Any], where: str) -> VirtualKey:
    return VirtualKey(id="", name=name, digest="", last4="", **fields.read_key(given, where))


def _price(pattern: str, given: dict[str, Any], where: str) -> Price:
    try:
        return values.price(given)
    except ValueError as error:
        raise mistake(f"{where}: {error}.", where) from None
