"""Hypothesis makes whole configurations: everything that a file can say, with the names people give things."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from conduit_desktop.records import (
    ABILITIES,
    AT_LIMIT,
    PERIODS,
    STRATEGIES,
    TIMEOUTS,
    Deployment,
    Model,
    Price,
    PriceRule,
    VirtualKey,
)
from conduit_desktop.runtime import keys, model_terms, models, providers
from conduit_desktop.settings.schema import SETTINGS, Setting
from conduit_desktop.store import Store
from conduit_desktop.vault import Vault

PICO = 10**12
ODD = "é.b c-#\"'=[]{}:,*\\%日本"
KINDS = ("demo", "ollama", "openai-compatible", "anthropic-compatible")

letters = st.text(st.sampled_from("abcdefghij0123456789-_" + ODD), min_size=1, max_size=12)
names = letters.map(str.strip).filter(lambda name: bool(name) and "/" not in name)
aliases = st.text(st.sampled_from("abcdefghij/" + ODD), min_size=1, max_size=14).map(str.strip).filter(bool)
notes = st.text(st.sampled_from("abc \n\t\"'#=" + ODD), max_size=30)
amounts = st.integers(1, 10**6 * PICO)
limits = st.none() | st.integers(1, 10**9)
rates = st.integers(0, 10**9)
times = st.fixed_dictionaries(
    {},
    optional={
        "connect": st.sampled_from((0.1, 2.5, 9.0)),
        "first_token": st.integers(10, 100).map(float),
        "total": st.sampled_from((100.0, 600.5, 86_400.0)),
    },
)


@st.composite
def rate_sets(draw: st.DrawFn) -> dict[str, Any]:
    found: dict[str, Any] = {"input": draw(rates), "output": draw(rates)}
    for part in draw(st.lists(st.sampled_from(("cached_read", "cache_write", "reasoning", "per_search")), max_size=4)):
        found[part] = draw(rates)
    return found


@st.composite
def prices(draw: st.DrawFn) -> Price:
    own = "own price"
    steps = sorted(draw(st.sets(st.integers(1, 10**6), max_size=2)))
    tiers = tuple((above, Price(source=own, **draw(rate_sets()))) for above in steps)
    names = draw(st.lists(st.sampled_from(("batch", "flex", "*")), unique=True, max_size=2))
    services = tuple((name, Price(source=own, **draw(rate_sets()))) for name in names)
    starts = sorted(draw(st.sets(st.integers(0, 86_399), max_size=2)))
    hours = tuple((start, draw(st.integers(0, 86_400)), Price(source=own, **draw(rate_sets()))) for start in starts)
    return Price(source=own, **draw(rate_sets()), tiers=tiers, services=services, hours=hours)


def setting_values(setting: Setting) -> st.SearchStrategy[Any]:
    if setting.choices:
        return st.sampled_from([value for value, _ in setting.choices])
    if setting.type is bool:
        return st.booleans()
    if setting.type is int:
        return st.integers(setting.low, setting.high)
    return st.just(setting.default)


@st.composite
def key_terms(draw: st.DrawFn, provider_ids: list[str], aliases: list[str]) -> dict[str, Any]:
    allowed = draw(st.lists(st.sampled_from([*aliases, "gpt-*"]), unique=True, max_size=3))
    usable = [alias for alias in aliases if not allowed or alias in allowed]
    at_limit = draw(st.sampled_from(AT_LIMIT if usable else ("block", "ask")))
    free = [] if at_limit == "downgrade" else provider_ids  # what it goes on with must be within its reach
    return {
        "enabled": draw(st.booleans()),
        "note": draw(notes),
        "color": draw(st.sampled_from(("", "red", "#0a0b0c"))),
        "tag": draw(st.just("") | names),
        "budget": draw(st.none() | amounts),
        "period": draw(st.sampled_from(PERIODS)),
        "expires": draw(st.none() | st.floats(1, 2**33, allow_nan=False).map(lambda at: round(at, 6))),
        "models": tuple(allowed),
        "providers": tuple(draw(st.lists(st.sampled_from(free), unique=True))) if free else (),
        "local_only": draw(st.booleans()),
        "cache": draw(st.booleans()),
        "rpm": draw(limits),
        "tpm": draw(limits),
        "parallel": draw(limits),
        "max_output": draw(limits),
        "at_limit": at_limit,
        "downgrade_to": draw(st.sampled_from(usable)) if at_limit == "downgrade" else "",
        "thresholds": tuple(sorted(draw(st.sets(st.integers(1, 100), max_size=4)))),
        "default_model": draw(st.sampled_from(["", *usable])),
    }


class Filler:
    """Fills a home with what ``draw`` makes up, by the app's own verbs."""

    def __init__(self, store: Store, vault: Vault, draw: Any) -> None:
        self._store, self._vault, self._draw = store, vault, draw

    def fill(self) -> None:
        draw = self._draw
        for name in draw(st.lists(names, unique=True, max_size=4)):
            kind = draw(st.sampled_from(KINDS))
            base_url = "" if kind == "demo" else f"http://127.0.0.1:{draw(st.integers(1024, 65535))}/v1"
            made = providers.add(self._store, self._vault, name, kind, base_url=base_url)
            if draw(st.booleans()):
                providers.edit(self._store, self._vault, made.id, enabled=False)
        ids = [provider.id for provider in self._store.providers.list()]
        chosen = draw(st.lists(aliases, unique=True, max_size=4))
        for n, alias in enumerate(chosen):
            self._model(alias, ids, chosen[:n])  # fallbacks make no circles
        # A pattern ends with a star or has none.
        plain = [alias for alias in chosen if "*" not in alias[:-1]]
        for name in draw(st.lists(names, unique=True, max_size=4)):
            wanted = VirtualKey(id="", name=name, digest="", last4="")
            key, _ = keys.create(self._store, self._vault, wanted, keep_text=False)
            keys.edit(self._store, replace(key, **draw(key_terms(ids, plain))))
        for pattern in draw(st.lists(aliases, unique=True, max_size=3)):
            self._store.rules.put(PriceRule(id=uuid.uuid4().hex, pattern=pattern, price=draw(prices())))
        for setting in draw(st.lists(st.sampled_from(SETTINGS), unique_by=lambda each: each.key, max_size=4)):
            self._store.settings.put(setting.key, draw(setting_values(setting)))

    def _model(self, alias: str, provider_ids: list[str], others: list[str]) -> None:
        draw = self._draw
        ways: list[tuple[str, str]] = []
        if provider_ids:
            ways = draw(st.lists(st.tuples(st.sampled_from(provider_ids), aliases), unique=True, max_size=3))
        rows = [self._deployment(*way) for way in ways]
        model = Model(
            id=uuid.uuid4().hex,
            alias=alias,
            strategy=draw(st.sampled_from(STRATEGIES)),
            retries=draw(st.integers(0, 10)),
            **{
                kind: tuple(draw(st.lists(st.sampled_from(others), unique=True))) if others else ()
                for kind in model_terms.KINDS_OF_FALLBACK
            },
            timeouts=replace(TIMEOUTS, **draw(times)),
            cache_seconds=draw(st.none() | st.integers(1, model_terms.LONGEST_CACHED)),
            resume=draw(st.booleans()),
            enabled=draw(st.booleans()),
            deployments=tuple(rows),
        )
        self._store.models.put(models.check(self._store, model))  # its list prices are not looked up

    def _deployment(self, provider_id: str, upstream_model: str) -> Deployment:
        draw = self._draw
        return Deployment(
            id=uuid.uuid4().hex,
            model_id="",
            provider_id=provider_id,
            upstream_model=upstream_model,
            weight=draw(st.integers(0, 1000)),
            priority=draw(st.integers(0, 1000)),
            enabled=draw(st.booleans()),
            price=draw(st.none() | prices()),
            **{name: draw(limits) for name in ("rpm", "tpm", "parallel", "context_window")},
            lacks=tuple(draw(st.lists(st.sampled_from(ABILITIES), unique=True))),
        )
