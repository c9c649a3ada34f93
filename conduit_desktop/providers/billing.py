"""What a vendor documents of its bills that no price list tells: data of a provider kind.

Owns the vocabulary and how patterns select; what it does to a price is ``gateway.tally.list_prices``'s business.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Models = tuple[str, ...]
"""Patterns of model ids, as in ``model_traits``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """All prices by the token of some models, times ``times`` / ``by``, under one service tier or in one region."""

    name: str
    times: int
    by: int = 1
    models: Models = ("*",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Billing:
    """``services``: service tiers that the price list leaves out. ``regions``: what comes on top of any tier.
    ``parts``: members of ``Price`` that the price list leaves unset, by model. ``searched_once``: models that bill a
    request that searched once, however often it did."""

    services: tuple[Factor, ...] = ()
    regions: tuple[Factor, ...] = ()
    parts: tuple[tuple[Models, Mapping[str, int]], ...] = ()
    searched_once: Models = ()
