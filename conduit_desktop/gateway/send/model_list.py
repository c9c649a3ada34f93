"""A provider's list of its models, page by page, whatever the shape of its lists."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from conduit_desktop.errors import UpstreamError
from conduit_desktop.gateway.send import diagnosis
from conduit_desktop.gateway.send.inquiry import SECONDS, exchange
from conduit_desktop.providers import ProviderSpec
from conduit_desktop.providers.urls import endpoint_url
from conduit_desktop.wire.operations.listing import decode_list, next_page

if TYPE_CHECKING:
    import httpx

_MOST_MODELS = 5_000
_MOST_PAGES = 50
_LONGEST = 500
_PUBLISHER = re.compile(r"publishers/[^/]+/models/")


async def models_of(
    client: httpx.AsyncClient, spec: ProviderSpec, base_url: str, secret: str | None
) -> list[str] | None:
    """The ids of a provider's models in its own order, None where the kind has no list to give. Raises UpstreamError
    where it gives none."""
    surface = spec.surface("models", spec.dialect, "", base_url)
    if surface is None:
        return None
    names = await _pages(client, spec, endpoint_url(base_url, surface.paths["models"]), secret)
    if more := surface.paths.get("models.more"):
        with suppress(UpstreamError):  # what only some may see
            names += await _pages(client, spec, endpoint_url(base_url, more), secret)
    return list(dict.fromkeys(names))[:_MOST_MODELS]


async def _pages(client: httpx.AsyncClient, spec: ProviderSpec, url: str, secret: str | None) -> list[str]:
    found: list[str] = []
    seen: set[str] = set()
    page = url
    while page not in seen and len(seen) < _MOST_PAGES and len(found) < _MOST_MODELS:
        seen.add(page)
        status, body = await exchange(client, "GET", page, spec, secret, None, SECONDS)
        names = names_in(body)
        if names is None:
            raise diagnosis.wrong_api(page, status, spec.title)
        found += names
        if (rest := next_page(body)) is not None:
            page = _with(url, *rest)
    return found


def names_in(body: Any) -> list[str] | None:
    """The ids in one page of a list, of models only that can be called; None when it is no such list."""
    lists = [body] if isinstance(body, list) else _lists(body)
    if not lists:
        return None
    cards = decode_list(_callable(body))
    if not cards and any(lists):
        return None if not decode_list(body) else []
    return [_PUBLISHER.sub("", card.id) for card in cards if len(card.id) <= _LONGEST]


def _lists(body: Any) -> list[list[Any]]:
    """The lists in an answer; one that holds null in the place of a list (a server of no models) has an empty one."""
    if not isinstance(body, dict):
        return []
    found = [value for value in body.values() if isinstance(value, list)]
    return found or [[] for name in ("data", "models") if name in body and body[name] is None]


def _callable(body: Any) -> Any:
    """Bedrock lists models too that only an inference profile or bought throughput can call."""
    rows = body.get("modelSummaries") if isinstance(body, dict) else None
    if not isinstance(rows, list):
        return body
    return {"modelSummaries": [row for row in rows if "ON_DEMAND" in _ways(row)]}


def _ways(row: Any) -> Any:
    ways = row.get("inferenceTypesSupported") if isinstance(row, dict) else None
    return ways if isinstance(ways, list) else ("ON_DEMAND",)


def _with(url: str, name: str, value: str) -> str:
    """``url`` with a parameter set."""
    parts = urlsplit(url)
    kept = [each for each in parts.query.split("&") if each and each.partition("=")[0] != name]
    return parts._replace(query="&".join([*kept, f"{name}={quote(value, safe='')}"])).geturl()
