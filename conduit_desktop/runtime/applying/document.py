"""The configuration as one TOML text. No secrets are in it: neither providers' API keys nor keys' texts.

    version = 1
    [settings]          key = value
    [providers.NAME]    kind, base_url, enabled; api_key_env names the variable to take the API key from;
                        [[providers.NAME.credentials]] name, enabled, api_key_env: further keys
    [models.ALIAS]      strategy, retries, fallbacks, timeouts, …; [[models.ALIAS.deployments]] provider, model, …
    [keys.NAME]         budget_usd, period, models, rpm, …
    [prices.PATTERN]    input, output, … in US dollars a million tokens

An entry states all of it: a field that is not there is at its default. Things refer to each other by name. A text that
is brought up to date keeps its comments and its order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from conduit_desktop.gateway.snapshot import known
from conduit_desktop.records import Provider
from conduit_desktop.runtime.applying import fields, values
from conduit_desktop.runtime.applying.fields import Plain
from conduit_desktop.runtime.applying.reading import Wanted
from conduit_desktop.runtime.configuring import CHAT_KEY
from conduit_desktop.settings.schema import BY_KEY, Value
from conduit_desktop.store import Configuration


@dataclass(slots=True)
class Document:
    """The plain forms of everything, by name."""

    settings: Plain = field(default_factory=dict)
    providers: dict[str, Plain] = field(default_factory=dict)
    models: dict[str, Plain] = field(default_factory=dict)
    keys: dict[str, Plain] = field(default_factory=dict)
    prices: dict[str, Plain] = field(default_factory=dict)

    def section(self, name: str) -> dict[str, Plain]:
        found: dict[str, Plain] = getattr(self, name)
        return found


def of(configuration: Configuration, *, chat: bool = False) -> Document:
    """What is configured. The chat pane's own key is the app's affair and no part of it, unless asked for."""
    names = {provider.id: provider.name for provider in configuration.providers}
    return Document(
        settings=_settings(configuration.settings.stored),
        providers={provider.name: _provider(provider) for provider in configuration.providers},
        models={model.alias: fields.model_plain(model, names) for model in configuration.models},
        keys={key.name: fields.key_plain(key, names) for key in configuration.keys if chat or key.name != CHAT_KEY},
        prices={rule.pattern: values.price_plain(rule.price) or {} for rule in configuration.rules},
    )


def of_wanted(wanted: Wanted) -> Document:
    """What a file states."""
    return Document(
        settings=_settings(wanted.settings),
        providers={name: _provider(provider) for name, provider in wanted.providers.items()},
        models={alias: fields.model_plain(model, {}) for alias, model in wanted.models.items()},
        keys={name: fields.key_plain(key, {}) for name, key in wanted.keys.items()},
        prices={pattern: values.price_plain(price) or {} for pattern, price in wanted.prices.items()},
    )


def _settings(given: Mapping[str, Value]) -> Plain:
    return {key: given[key] for key in BY_KEY if key in given and given[key] != BY_KEY[key].default}


def _provider(provider: Provider) -> Plain:
    if known(provider):
        return fields.provider_plain(provider)
    return {"kind": provider.kind, "base_url": provider.base_url}  # a newer version's
