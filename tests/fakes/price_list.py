"""A list of prices as it is published, made from the package's own: for what is fetched, checked and kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

Prices = Mapping[str, str]


def published(changed: Mapping[str, Prices] | None = None, *, drop_half: bool = False) -> bytes:
    """JSON of today's prices, with ``changed`` (``provider/model`` to its prices) in them."""
    from genai_prices.data_snapshot import get_snapshot

    wanted = dict(changed or {})
    providers = []
    for provider in get_snapshot().providers:
        models = [_model(model, wanted.get(f"{provider.id}/{model.id}")) for model in provider.models]
        if models:
            row = {"id": provider.id, "name": provider.name, "api_pattern": provider.api_pattern}
            providers.append({**row, "models": models[::2] if drop_half else models})
    return json.dumps(providers).encode()


def _model(model: Any, prices: Prices | None) -> dict[str, Any]:
    return {"id": model.id, "match": {"equals": model.id}, "prices": prices or _prices(model.prices)}


def _prices(prices: Any) -> dict[str, Any]:
    if isinstance(prices, list):
        prices = prices[-1].prices
    return {name: _value(value) for name, value in vars(prices).items() if value is not None and name[0] != "_"}


def _value(value: Any) -> Any:
    if hasattr(value, "tiers"):
        tiers = [{"start": tier.start, "price": str(tier.price)} for tier in value.tiers]
        return {"base": str(value.base), "tiers": tiers}
    return str(value)
