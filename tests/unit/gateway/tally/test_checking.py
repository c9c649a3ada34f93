"""A fetched list of prices is in force only when it can be trusted; what is known stays otherwise."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from genai_prices.data_snapshot import get_snapshot

from conduit_desktop.errors import ConfigurationError
from conduit_desktop.gateway.tally import catalogue, reading_lists, renewing
from conduit_desktop.gateway.tally.catalogue import CatalogueError
from conduit_desktop.paths import Home
from conduit_desktop.records import Price
from conduit_desktop.runtime import price_lists
from conduit_desktop.store import Store


def _plain(value: Any) -> Any:
    """The package's own data in the form in which lists are published."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        found = {each.name.rstrip("_"): getattr(value, each.name) for each in dataclasses.fields(value) if each.init}
        return {name: _plain(each) for name, each in found.items() if each is not None and name}
    if type(value).__name__ == "ModelPrice":
        return {name: _plain(each) for name, each in vars(value).items() if each is not None}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if hasattr(value, "isoformat") else value


@pytest.fixture(scope="module")
def published() -> str:
    return json.dumps([_plain(dataclasses.replace(each, extractors=None)) for each in get_snapshot().providers])


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """With the child's work done in this process: it takes a second each time."""
    monkeypatch.setattr(catalogue, "_asked", reading_lists.answer)
    opened = Store.open(Home(tmp_path))
    yield opened
    opened.close()


def edited(published: str, edit: Callable[[list[Any]], object]) -> bytes:
    found = json.loads(published)
    edit(found)
    return json.dumps(found).encode()


def model(found: list[Any], provider: str, name: str) -> dict[str, Any]:
    listed: dict[str, Any] = next(
        each for row in found if row["id"] == provider for each in row["models"] if each["id"] == name
    )
    return listed


def priced(found: list[Any], **prices: Any) -> None:
    model(found, "openai", "gpt-4o-mini")["prices"] |= prices


def test_a_newer_list_is_checked_put_in_force_told_of_and_undone(store: Store, published: str) -> None:
    known = ("openai", "gpt-4o-mini")
    old = renewing.look_up(store, known, ("openai", "https://api.openai.com/v1", "gpt-4o-mini"))
    assert old is not None
    change = price_lists.take_over(store, edited(published, lambda found: priced(found, input_mtok=0.3)), 1_790_000_000)
    assert (change.changed, change.added, change.removed, change.renewed) == (1, 0, 0, 1)
    assert change.examples[0].model == "openai/gpt-4o-mini"
    assert (change.examples[0].before[0], change.examples[0].after[0]) == (150_000, 300_000)
    new = store.prices.all()[known]
    assert new is not None
    assert new.input == 300_000
    assert "2026-09-21" in new.source
    state = price_lists.state(store)
    assert state.active == change.catalogue
    assert price_lists.undo(store) is None
    assert store.prices.all()[known] == old
    assert price_lists.state(store).active is None
    assert len(price_lists.state(store).kept) == 1
    assert change.catalogue is not None
    price_lists.use(store, change.catalogue.id)
    assert store.prices.all()[known] == new
    with pytest.raises(ConfigurationError):
        price_lists.use(store, "nobody's")
    price_lists.undo(store)
    with pytest.raises(ConfigurationError, match="nothing to undo"):
        price_lists.undo(store)


def test_a_list_with_nothing_new_is_not_kept(store: Store, published: str) -> None:
    change = price_lists.take_over(store, published.encode())
    assert change.nothing_new
    assert store.catalogues.list() == []


def _halved(found: list[Any]) -> None:
    for row in found:
        row["models"] = row["models"][::2]


def _tiered(found: list[Any]) -> None:
    priced(found, output_mtok={"base": 1, "tiers": [{"start": 10, "price": -1}]})


def _later(found: list[Any]) -> None:
    row = model(found, "openai", "gpt-4o")
    row["prices"] = [
        {"prices": row["prices"]},
        {"constraint": {"start_date": "2999-01-01"}, "prices": {"input_mtok": -1}},
    ]


BAD: dict[str, Callable[[list[Any]], object]] = {
    "empty": lambda found: found.clear(),
    "without models": lambda found: [row.update(models=[]) for row in found],
    "half of the models": _halved,
    "half of the providers": lambda found: found.__delitem__(slice(0, None, 2)),
    "a negative price": lambda found: priced(found, input_mtok=-0.1),
    "no price at all": lambda found: priced(found, input_mtok="cheap"),
    "a negative tier": _tiered,
    "a negative price of another day": _later,
    "a well-known model at nothing": lambda found: priced(found, input_mtok=0),
    "a well-known model a thousand times as dear": lambda found: priced(found, output_mtok=600),
    "no OpenAI": lambda found: found.remove(next(row for row in found if row["id"] == "openai")),
}


@pytest.mark.parametrize("what", BAD)
def test_a_list_that_is_not_to_be_trusted_changes_nothing(store: Store, published: str, what: str) -> None:
    known = Price(source="known", input=1, output=1)
    store.prices.put("openai", "gpt-4o-mini", known, "old")
    with pytest.raises(CatalogueError) as refused:
        price_lists.take_over(store, edited(published, BAD[what]))
    print(f"{what}: {refused.value.message}")
    assert store.catalogues.list() == []
    assert store.prices.all() == {("openai", "gpt-4o-mini"): known}


@pytest.mark.parametrize("data", [b"", b"{", b"null", b"\x1f\x8b\x08", b'[{"id":', b"[NaN]"])
def test_what_is_no_list_changes_nothing(store: Store, data: bytes) -> None:
    with pytest.raises(CatalogueError):
        price_lists.take_over(store, data or b"[]")
    assert store.catalogues.list() == []


def test_known_prices_stay_where_the_list_cannot_be_read_or_knows_them_no_more(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    old = Price(source="old", input=1, output=1)
    store.prices.put("openai", "gpt-4o-mini", old, "yesterday")
    store.prices.put("openai", "retired", old, "yesterday")
    store.prices.put("no-such-kind", "x", old, "yesterday")

    def broken(told: bytes) -> bytes:
        raise OSError("gone")

    with monkeypatch.context() as patched:
        patched.setattr(catalogue, "_asked", broken)
        assert renewing.renew(store) == 0
    assert set(store.prices.all().values()) == {old}
    assert "those that are known stay" in caplog.text
    assert renewing.renew(store) == 1
    found = store.prices.all()
    assert found["openai", "retired"] == old
    assert found["openai", "gpt-4o-mini"] not in (old, None)
    assert renewing.renew(store) == 0


def test_a_damaged_list_in_the_store_gives_way_to_the_packages_own(store: Store, published: str) -> None:
    change = price_lists.take_over(store, edited(published, lambda found: priced(found, input_mtok=0.3)))
    assert change.catalogue is not None
    store.catalogues.add(change.catalogue, b"not packed")
    assert renewing.in_force(store) is None
    price = renewing.look_up(store, ("openai", "gpt-4o"), ("openai", "https://api.openai.com/v1", "gpt-4o"))
    assert price is not None
    assert price.source.startswith(f"genai-prices {catalogue.package_version()}")
