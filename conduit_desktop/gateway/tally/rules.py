"""Whose price is in force: the deployment's own, the most exact rule, the catalogue, in this order.

Owns how patterns match and how own prices are named, so that each name stands for one set of rates for good.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import lru_cache

import msgspec

from conduit_desktop.gateway.snapshot import Target
from conduit_desktop.records import Price, PriceRule

ANY = "*"


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    parts = (re.escape(part) for part in pattern.lower().split(ANY))
    return re.compile(".*".join(parts), re.DOTALL)


def matches(pattern: str, provider: str, upstream_model: str) -> bool:
    """Whether ``pattern`` is about a provider's model: its id, or ``PROVIDER/ID``, in small or capital letters."""
    compiled = _compiled(pattern)
    named = f"{provider}/{upstream_model}".lower()
    return bool(compiled.fullmatch(upstream_model.lower()) or compiled.fullmatch(named))


def exactness(rule: PriceRule) -> tuple[bool, int, int, str]:
    """What makes one pattern more exact than another: nothing left open, more letters, fewer places left open. (The
    last part only settles ties the same way every time.)"""
    open_places = rule.pattern.count(ANY)
    return not open_places, len(rule.pattern) - open_places, -open_places, rule.pattern


def rule_for(rules: Iterable[PriceRule], provider: str, upstream_model: str) -> PriceRule | None:
    """The most exact of the rules that match; None where none does."""
    fitting = [rule for rule in rules if matches(rule.pattern, provider, upstream_model)]
    return max(fitting, key=exactness, default=None)


def own_price(target: Target, rules: Iterable[PriceRule]) -> Price | None:
    """The user's own price for a target: its deployment's, else that of a rule; None where the catalogue's holds."""
    if target.own_price is not None:
        return _own(target.own_price, f"own price of {target.provider.name}/{target.upstream_model}")
    rule = rule_for(rules, target.provider.name, target.upstream_model)
    return None if rule is None else _own(rule.price, f"own price for {rule.pattern}")


def _own(price: Price, source: str) -> Price:
    """An own price under its name. It says what is charged, whatever the service tier, unless it tells them apart."""
    plain = replace(price, services=())
    return named(replace(price, services=price.services or ((ANY, plain),)), source)


def named(price: Price, source: str) -> Price:
    """``price`` with a source that stands for exactly these rates: a price that is edited gets another one."""
    bare = each_of(price, lambda rates: replace(rates, source=""))
    digest = hashlib.sha256(msgspec.json.encode(bare)).hexdigest()[:6]
    return each_of(bare, lambda rates: replace(rates, source=f"{source} #{digest}"))


def each_of(price: Price, change: Callable[[Price], Price]) -> Price:
    """``price`` with ``change`` made to each set of rates in it."""
    return replace(
        change(price),
        tiers=tuple((above, each_of(then, change)) for above, then in price.tiers),
        services=tuple((name, each_of(then, change)) for name, then in price.services),
        hours=tuple((start, end, each_of(then, change)) for start, end, then in price.hours),
    )
