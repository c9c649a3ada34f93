"""``price`` in words."""

from __future__ import annotations

import json

from conduit_desktop.records import Price, Provider
from conduit_desktop.store import Store
from tests.unit.cli.conftest import Cli
from tests.unit.store.samples import appender, exchange

PROVIDER = Provider(id="p1", name="work", kind="openai", base_url="https://api.openai.com/v1")


def test_set_list_show_remove(cli: Cli, store: Store) -> None:
    store.providers.put(PROVIDER)
    said = cli("price", "set", "gpt-5*", "--input", "1.25", "--output", "10", "--cached-read", "0.125")
    assert said.out == "gpt-5*: input $1.25, output $10.00, cached input $0.1250 (tokens by the million).\n"
    (rule,) = store.rules.list()
    assert (rule.price.input, rule.price.output, rule.price.cached_read) == (1_250_000, 10_000_000, 125_000)
    cli("price", "set", "gpt-5*", "--input", "2", "--output", "10", "--per-search", "0.01")
    (again,) = store.rules.list()
    assert (again.id, again.price.input, again.price.per_search) == (rule.id, 2_000_000, 10**10)
    row = json.loads(cli("price", "list", "--json").out)
    assert (row["pattern"], row["input_usd_per_million"], row["per_search_usd"]) == ("gpt-5*", 2, 0.01)
    assert row["cached_read_usd_per_million"] is None
    shown = json.loads(cli("price", "show", "work/gpt-5.9", "--json").out)
    assert shown["source"].startswith("own price for gpt-5* #")
    cli("price", "remove", "gpt-5*")
    assert store.rules.list() == []
    assert "gpt-5*" in cli("price", "remove", "gpt-5*", code=1).err


def test_a_price_needs_both_sides_or_a_unit(cli: Cli, store: Store) -> None:
    assert "--input and --output" in cli("price", "set", "x", "--input", "1", code=2).err
    cli("price", "set", "whisper", "--per-audio-hour", "0.36")
    cli("price", "set", "x", "--input", "-1", "--output", "2", code=1)
    cli("price", "set", "x", "--input", "1,5", "--output", "2", code=2)
    assert "finer" in cli("price", "set", "x", "--input", "0.0000001", "--output", "2", code=2).err
    assert [rule.pattern for rule in store.rules.list()] == ["whisper"]


def test_what_nobody_knows_is_unpriced(cli: Cli, store: Store) -> None:
    store.providers.put(PROVIDER)
    store.prices.put("openai", "new-model", None, "1")
    said = cli("price", "show", "work/new-model", code=1)
    assert said.out == "unpriced\n"
    assert "price set" in said.err
    cli("price", "show", "work", code=2)
    cli("price", "show", "home/x", code=1)


def test_recompute_shows_first_and_changes_when_told(cli: Cli, store: Store) -> None:
    store.providers.put(PROVIDER)
    store.prices.put("openai", "a", None, "1")
    row = exchange(1, provider="work", provider_id="p1", kind="openai", upstream_model="a", cost=None)
    appender(store)([row])
    assert "$0.00 + 1 unpriced" in cli("price", "recompute").out
    cli("price", "set", "a", "--input", "1", "--output", "2")
    said = cli("price", "recompute", code=1)
    assert "1 would change" in said.out
    assert "--yes" in said.err
    assert store.spend.rows()[0].unpriced == 1
    done = cli("price", "recompute", "--unpriced", "--yes")
    assert "1 requests cost something else now." in done.out
    found = store.exchanges.get(row.id)
    assert found is not None
    assert found.cost == 10 * 1_000_000 + 2 * 2_000_000
    assert (store.spend.rows()[0].unpriced, store.spend.rows()[0].cost) == (0, found.cost)
    assert "All of them" in cli("price", "recompute").out


def test_undo_without_a_list(cli: Cli) -> None:
    assert "nothing to undo" in cli("price", "undo", code=1).err


def test_a_price_of_everything_is_shown(cli: Cli, store: Store) -> None:
    store.providers.put(PROVIDER)
    flex = Price(source="x", input=1, output=2)
    price = Price(
        source="list",
        input=2_000_000,
        output=3_000_000,
        tiers=((200_000, flex),),
        services=(("flex", flex),),
        hours=((3600, 7200, flex),),
        per_search=10**10,
    )
    store.prices.put("openai", "a", price, "1")
    said = cli("price", "show", "work/a").out
    for words in ("input $2.00", "over 200,000 input tokens", "tier flex", "from 01:00 to 02:00 UTC", "a web search"):
        assert words in said
