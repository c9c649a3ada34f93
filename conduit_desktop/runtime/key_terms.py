"""What a virtual key can be limited to: refuses what no key can have, in words."""

from __future__ import annotations

import re

from conduit_desktop import money
from conduit_desktop.errors import ConfigurationError
from conduit_desktop.gateway.auth.keys import allows
from conduit_desktop.records import AT_LIMIT, PERIODS, VirtualKey
from conduit_desktop.runtime import names
from conduit_desktop.store import Store

MOST_BUDGET = money.from_usd(1_000_000)
"""The store's integers end at some nine million dollars."""
MOST_OF_ANYTHING = 1_000_000_000
MOST_TIME = 253_370_764_800.0
"""The last day but some of the year 9999: later ones cannot be shown."""
MOST_WORDS = 2_000
MOST_TAG = 60
_COLOR = re.compile(r"#[0-9a-f]{6}|[a-z]{0,20}")


def check(store: Store, key: VirtualKey) -> None:
    """Raises ConfigurationError for what no key can have."""
    name = names.clean(key.name, "key")
    other = store.keys.by_name(name)
    if other is not None and other.id != key.id:
        raise ConfigurationError(f"There is a key {name!r} already.", hint="Choose another name.", code="taken")
    _check_money(key)
    for limit, what in (
        (key.rpm, "requests/min"),
        (key.tpm, "tokens/min"),
        (key.parallel, "parallel requests"),
        (key.max_output, "output tokens"),
    ):
        if limit is not None and not 1 <= limit <= MOST_OF_ANYTHING:
            raise _bad(f"The limit of {what} is 1 to {MOST_OF_ANYTHING:,}.")
    if key.expires is not None and not 0 < key.expires < MOST_TIME:
        raise _bad("A key expires on a day between 1970 and 9999.")
    if len(key.note) > MOST_WORDS:
        raise _bad(f"A note has at most {MOST_WORDS:,} characters.")
    if len(key.tag) > MOST_TAG or key.tag != key.tag.strip():
        raise _bad(f"A tag has at most {MOST_TAG} characters, and no space around it.")
    if not _COLOR.fullmatch(key.color):
        raise _bad(f"A colour is a word or #rrggbb, not {key.color!r}.")
    _check_reach(store, key, store.keys.get(key.id))


def _check_money(key: VirtualKey) -> None:
    if key.period not in PERIODS:
        raise _bad(f"A budget is per {', '.join(PERIODS)}, not {key.period!r}.")
    if key.budget is not None and key.budget <= 0:
        raise ConfigurationError("A budget is more than $0.", hint="Disable the key to stop it.", code="bad_value")
    if key.budget is not None and key.budget > MOST_BUDGET:
        raise _bad(f"A budget is at most {money.show(MOST_BUDGET)}.")
    if any(not 1 <= each <= 100 for each in key.thresholds) or list(key.thresholds) != sorted(set(key.thresholds)):
        raise _bad("Thresholds are percents from 1 to 100, ascending, each once.")
    if key.at_limit not in AT_LIMIT:
        raise _bad(f"At its limit a key can {', '.join(AT_LIMIT)}, not {key.at_limit!r}.")


def _check_reach(store: Store, key: VirtualKey, before: VirtualKey | None) -> None:
    """What ``before`` had may be gone since: that must not stand in the way of changing something else."""
    if any(not pattern or "*" in pattern[:-1] for pattern in key.models):
        raise _bad("A model is named whole, or by its beginning and a '*'.")
    providers = store.providers.list()
    known = {provider.id for provider in providers} | set(before.providers if before else ())
    if any(each not in known for each in key.providers):
        raise _bad("A provider that the key is limited to does not exist.")
    if key.at_limit == "downgrade" and not (before and _same_downgrade(key, before)):
        _check_downgrade(store, key)
    name, slash, rest = key.default_model.partition("/")
    if key.default_model and not (before and (before.default_model, before.models) == (key.default_model, key.models)):
        direct = bool(slash and rest) and any(provider.name == name for provider in providers)
        if not direct and store.models.by_alias(key.default_model) is None:
            raise _bad(f"There is no model {key.default_model!r} to be the default.", "Choose one of the Models pane.")
        if not allows(key, key.default_model):
            raise _bad(f"The key may not use its own default model {key.default_model!r}.", "Allow it, or clear it.")


def _same_downgrade(key: VirtualKey, before: VirtualKey) -> bool:
    fields = ("at_limit", "downgrade_to", "models", "providers")
    return all(getattr(key, name) == getattr(before, name) for name in fields)


def _check_downgrade(store: Store, key: VirtualKey) -> None:
    if not key.downgrade_to:
        raise _bad(
            "No model is named to go on with at the limit.",
            "Name it as downgrade_to (--downgrade-to), or in the Keys pane.",
        )
    model = store.models.by_alias(key.downgrade_to)
    if model is None:
        raise _bad(
            f"There is no model {key.downgrade_to!r} to go on with at the limit.", "Choose one of the Models pane."
        )
    reached = not key.providers or any(each.provider_id in key.providers for each in model.deployments)
    if not allows(key, key.downgrade_to) or not reached:
        raise _bad(
            f"The key may not use {key.downgrade_to!r}, which it is to go on with at the limit.",
            "Allow the model and its provider, or choose another.",
        )


def _bad(message: str, hint: str = "") -> ConfigurationError:
    return ConfigurationError(message, hint=hint, code="bad_value")
