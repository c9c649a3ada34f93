"""``/metrics``: the spend counters and the gateway's state in Prometheus' text format (version 0.0.4).

The counters are those of the database, so that they go on over restarts. Blocking: for a worker thread.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from conduit_desktop import __version__, money
from conduit_desktop.gateway.engine import Gateway
from conduit_desktop.gateway.snapshot import Snapshot
from conduit_desktop.runtime import keys
from conduit_desktop.store import Store

CONTENT_TYPE = b"text/plain; version=0.0.4; charset=utf-8"
_COUNTED = ("requests", "errors", "unpriced")
_TOKENS = ("input", "output", "cached_read", "cache_write")

Labels = Mapping[str, str]


class Family(NamedTuple):
    """One metric with its samples."""

    name: str
    kind: str
    help: str
    samples: Sequence[tuple[Labels, object]]


def text(store: Store, gateway: Gateway, snapshot: Snapshot) -> bytes:
    families = [*_gateway(gateway, snapshot), *_spend(store), *_keys(store)]
    return "".join(map(_written, families)).encode()


def _gateway(gateway: Gateway, snapshot: Snapshot) -> Iterable[Family]:
    yield Family("conduit_info", "gauge", "The gateway's version.", [({"version": __version__}, 1)])
    yield Family("conduit_requests_in_flight", "gauge", "Requests in work.", [({}, gateway.in_flight)])
    now = time.monotonic()
    away, work = [], []
    for route in snapshot.routes.values():
        for target in route.targets:
            labels = {"model": route.alias, "provider": target.provider.name, "upstream_model": target.upstream_model}
            condition = gateway.health.of(target.id)
            until = gateway.health.state(target, now).until
            away.append((labels, 0.0 if until is None else round(max(0.0, until - time.time()), 3)))
            work.append((labels, condition.in_work))
    yield Family("conduit_deployment_away_seconds", "gauge", "For how long nothing is sent there.", away)
    yield Family("conduit_deployment_in_flight", "gauge", "Calls in work at a deployment.", work)


def _spend(store: Store) -> Iterable[Family]:
    store.exchanges.flush()
    names = {key.id: key.name for key in store.keys.list()}
    sums: dict[tuple[str, str, str], list[int]] = {}
    parts = (*_COUNTED, *_TOKENS, "cost", "saved")
    for row in store.spend.rows():
        found = sums.setdefault((row.key_id, row.model, row.provider), [0] * len(parts))
        for at, part in enumerate(parts):
            found[at] += getattr(row, part)
    labelled = [
        ({"key": names.get(key_id, key_id), "model": model, "provider": provider}, dict(zip(parts, found, strict=True)))
        for (key_id, model, provider), found in sums.items()
    ]
    for part, words in zip(_COUNTED, ("Requests.", "Requests that failed.", "Requests of unknown cost."), strict=True):
        yield Family(f"conduit_{part}_total", "counter", words, [(labels, sum_[part]) for labels, sum_ in labelled])
    tokens = [({**labels, "kind": kind}, sum_[kind]) for labels, sum_ in labelled for kind in _TOKENS]
    yield Family("conduit_tokens_total", "counter", "Tokens; input and output are totals, the others parts.", tokens)
    for part, words in (("cost", "Spent."), ("saved", "Saved by caches: the providers' own, and the response cache.")):
        dollars = [(labels, money.to_usd(sum_[part])) for labels, sum_ in labelled]
        yield Family(f"conduit_{part}_usd_total", "counter", words, dollars)


def _keys(store: Store) -> Iterable[Family]:
    views = keys.views(store)
    spent = [({"key": view.key.name}, money.to_usd(view.spent)) for view in views]
    limited = [(view.key.name, view.key.budget) for view in views if view.key.budget is not None]
    budgets = [({"key": name}, money.to_usd(budget)) for name, budget in limited]
    yield Family("conduit_key_spent_usd", "gauge", "Spent by a key in its period.", spent)
    yield Family("conduit_key_budget_usd", "gauge", "A key's budget a period.", budgets)


def _written(family: Family) -> str:
    lines = [f"# HELP {family.name} {family.help}\n# TYPE {family.name} {family.kind}\n"]
    for labels, value in family.samples:
        told = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())
        lines.append(f"{family.name}{{{told}}} {value}\n" if told else f"{family.name} {value}\n")
    return "".join(lines)


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
