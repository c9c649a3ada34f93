"""The repositories of conduit.db: what goes in comes out, what must not be is refused, and others hear of changes."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conduit_desktop.errors import ConfigurationError
from conduit_desktop.paths import Home
from conduit_desktop.records import STRATEGIES, Deployment, Model, Price, Provider, VirtualKey
from conduit_desktop.settings.schema import SETTINGS
from conduit_desktop.store import Store
from tests.unit.store.samples import KEY, MODEL, NOON, PRICE, PROVIDER

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
name = text.filter(bool)
count = st.integers(0, 2**62)
flag = st.booleans()
moment = st.floats(0, 4e9)


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


providers = st.builds(
    Provider,
    id=name,
    name=name,
    kind=name,
    base_url=text,
    secret_ref=maybe(text),
    secret_last4=text,
    enabled=flag,
    created=moment,
    updated=moment,
)
keys = st.builds(
    VirtualKey,
    id=name,
    name=name,
    digest=name,
    last4=text,
    enabled=flag,
    note=text,
    budget=maybe(count),
    period=st.sampled_from(["once", "day", "week", "month"]),
    expires=maybe(moment),
    models=st.lists(text, max_size=3).map(tuple),
    rpm=maybe(count),
    tpm=maybe(count),
    parallel=maybe(count),
    secret_ref=maybe(text),
    created=moment,
)
flat_prices = st.builds(
    Price,
    source=text,
    input=count,
    output=count,
    cached_read=maybe(count),
    cache_write=maybe(count),
    audio_input=maybe(count),
    audio_output=maybe(count),
    per_request=count,
    tiers=st.just(()),
)
prices = st.builds(
    lambda price, tiers: replace(price, tiers=tuple(tiers)),
    flat_prices,
    st.lists(st.tuples(count, flat_prices), max_size=2),
)


@pytest.fixture(scope="module")
def shared() -> Any:
    with TemporaryDirectory() as folder, contextlib.closing(Store.open(Home(Path(folder)))) as store:
        yield store


@settings(max_examples=40, deadline=None)
@given(providers)
def test_providers_come_back_as_they_went(shared: Store, provider: Provider) -> None:
    for other in shared.providers.list():
        shared.providers.remove(other.id)
    shared.providers.put(provider)
    assert shared.providers.list() == [provider]
    assert shared.providers.get(provider.id) == shared.providers.by_name(provider.name) == provider


@settings(max_examples=40, deadline=None)
@given(keys)
def test_keys_come_back_as_they_went(shared: Store, key: VirtualKey) -> None:
    for other in shared.keys.list():
        shared.keys.remove(other.id)
    shared.keys.put(key)
    assert shared.keys.list() == [key]
    assert shared.keys.get(key.id) == shared.keys.by_name(key.name) == key


@settings(max_examples=40, deadline=None)
@given(maybe(prices), name, name)
def test_prices_come_back_as_they_went(shared: Store, price: Price | None, kind: str, model: str) -> None:
    shared.prices.put(kind, model, price, "1")
    assert shared.prices.get(kind, model) == price
    assert shared.prices.all()[kind, model] == price


@settings(max_examples=40, deadline=None)
@given(
    alias=name,
    strategy=st.sampled_from(STRATEGIES),
    fallbacks=st.lists(text, max_size=3).map(tuple),
    parts=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9), text, flag), max_size=4),
)
def test_models_come_back_with_their_deployments_by_priority(
    shared: Store, alias: str, strategy: Any, fallbacks: tuple[str, ...], parts: list[tuple[int, int, str, bool]]
) -> None:
    shared.providers.put(replace(PROVIDER, id="of models", name="of models"))
    for other in shared.models.list():
        shared.models.remove(other.id)
    deployments = tuple(
        Deployment(
            id=f"d{place}",
            model_id="m",
            provider_id="of models",
            upstream_model=upstream,
            weight=weight,
            priority=priority,
            enabled=enabled,
        )
        for place, (priority, weight, upstream, enabled) in enumerate(parts)
    )
    model = Model(id="m", alias=alias, strategy=strategy, fallbacks=fallbacks, deployments=deployments)
    shared.models.put(model)
    wanted = replace(model, deployments=tuple(sorted(deployments, key=lambda each: each.priority)))
    assert shared.models.list() == [wanted]
    assert shared.models.by_alias(alias) == shared.models.get("m") == wanted


def test_what_is_not_there(store: Store) -> None:
    assert store.providers.get("x") is store.providers.by_name("x") is None
    assert store.models.get("x") is store.models.by_alias("x") is None
    assert store.keys.get("x") is store.keys.by_name("x") is None
    assert store.prices.get("x", "y") is None
    for remove in (store.providers.remove, store.models.remove, store.keys.remove, store.settings.clear):
        remove("port")


def test_changing_a_provider_keeps_its_deployments(store: Store) -> None:
    store.providers.put(PROVIDER)
    store.models.put(MODEL)
    store.providers.put(replace(PROVIDER, name="Renamed", enabled=False))
    assert store.models.list() == [MODEL]
    assert [provider.name for provider in store.providers.list()] == ["Renamed"]


def test_removing_a_provider_takes_its_deployments(store: Store) -> None:
    store.providers.put(PROVIDER)
    store.models.put(MODEL)
    store.providers.remove(PROVIDER.id)
    assert store.models.list() == [replace(MODEL, deployments=())]


def test_putting_a_model_replaces_its_deployments(store: Store) -> None:
    store.providers.put(PROVIDER)
    store.models.put(MODEL)
    fewer = replace(MODEL, deployments=MODEL.deployments[:1])
    store.models.put(fewer)
    assert store.models.list() == [fewer]
    store.models.remove(MODEL.id)
    assert store.models.list() == []


@pytest.mark.parametrize(
    "put",
    [
        lambda store: store.providers.put(replace(PROVIDER, id="other")),
        lambda store: store.models.put(replace(MODEL, id="other", deployments=())),
        lambda store: store.keys.put(replace(KEY, id="other", digest="1")),
    ],
)
def test_a_name_in_use_is_refused(store: Store, put: Callable[[Store], None]) -> None:
    store.providers.put(PROVIDER)
    store.models.put(MODEL)
    store.keys.put(KEY)
    before = store.configuration()
    with pytest.raises(ConfigurationError) as caught:
        put(store)
    assert caught.value.code == "duplicate_name"
    assert caught.value.hint
    assert store.configuration() == before


def test_a_deployment_of_an_unknown_provider_is_refused_whole(store: Store) -> None:
    with pytest.raises(ConfigurationError) as caught:
        store.models.put(MODEL)
    assert caught.value.code == "unknown_provider"
    assert store.models.list() == []


def test_names_differ_by_case(store: Store) -> None:
    store.providers.put(PROVIDER)
    store.providers.put(replace(PROVIDER, id="other", name=PROVIDER.name.lower()))
    assert len(store.providers.list()) == 2


def test_settings(store: Store) -> None:
    assert [store.settings.all()[setting.key] for setting in SETTINGS] == [setting.default for setting in SETTINGS]
    store.settings.put("port", 9000)
    store.settings.put("capture", True)
    store.settings.put("theme", "dark")
    found = store.settings.all()
    assert (found["port"], found["capture"], found["theme"]) == (9000, True, "dark")
    store.settings.clear("port")
    assert store.settings.all()["port"] == 7878


@pytest.mark.parametrize(("key", "value"), [("port", 1), ("port", "9000"), ("theme", "pink"), ("capture", 1)])
def test_a_setting_that_does_not_fit_is_refused(store: Store, key: str, value: object) -> None:
    with pytest.raises(ConfigurationError):
        store.settings.put(key, value)
    assert store.settings.all().stored == {}


def test_an_unknown_setting_is_refused(store: Store) -> None:
    with pytest.raises(ConfigurationError) as caught:
        store.settings.put("colour", "pink")
    assert caught.value.code == "unknown_setting"


def test_a_stored_setting_that_no_longer_fits_is_at_its_default(store: Store, home: Home) -> None:
    import sqlite3

    with contextlib.closing(sqlite3.connect(home.configuration)) as connection:
        connection.execute("INSERT INTO setting VALUES ('port', '\"x\"'), ('gone', '1'), ('theme', '{')")
        connection.commit()
    assert store.settings.all().stored == {}


def test_prices_of_other_versions_are_outdated(store: Store) -> None:
    store.prices.put("openai", "a", PRICE, "1")
    store.prices.put("openai", "b", PRICE, "2")
    store.prices.put("openai", "c", None, "1")
    assert store.prices.outdated("2") == {("openai", "a"): PRICE, ("openai", "c"): None}
    store.prices.put_all({("openai", "a"): None, ("openai", "c"): PRICE}, "2")
    assert store.prices.outdated("2") == {}
    assert store.prices.all() == {("openai", "a"): None, ("openai", "b"): PRICE, ("openai", "c"): PRICE}


def test_the_rates_behind_a_price_are_kept_once(store: Store) -> None:
    store.used_prices.keep(PRICE)
    store.used_prices.keep(replace(PRICE, input=PRICE.input + 1))
    assert store.used_prices.get(PRICE.source) == PRICE
    assert store.used_prices.get("nobody's") is None


def test_several_changes_in_one_transaction(store: Store) -> None:
    def work() -> None:
        store.providers.put(PROVIDER)
        store.models.put(MODEL)
        assert store.models.list() == [MODEL]
        raise RuntimeError("no")

    before = store.revision.value
    with pytest.raises(RuntimeError):
        store.write(work)
    assert store.configuration().providers == ()
    assert store.revision.value == before

    def better() -> int:
        store.providers.put(PROVIDER)
        store.models.put(MODEL)
        return 7

    assert store.write(better) == 7
    assert store.configuration().models == (MODEL,)


def test_every_change_bumps_the_revision_and_nothing_else_does(store: Store) -> None:
    seen = {store.revision.value}
    changes: list[Callable[[], object]] = [
        lambda: store.providers.put(PROVIDER),
        lambda: store.models.put(MODEL),
        lambda: store.keys.put(KEY),
        lambda: store.settings.put("port", 9000),
        lambda: store.prices.put("a", "b", None, "1"),
        lambda: store.prices.put_all({("a", "b"): PRICE}, "2"),
        lambda: store.settings.clear("port"),
        lambda: store.keys.remove(KEY.id),
        lambda: store.models.remove(MODEL.id),
        lambda: store.providers.remove(PROVIDER.id),
    ]
    for place, change in enumerate(changes):
        change()
        seen.add(store.revision.value)
        assert len(seen) == place + 2
    store.configuration()
    store.keys.remove("nobody")
    store.notifications.raise_("a", "b", "info", "c", "d", NOON)
    assert store.revision.value in seen
    assert len(seen) == len(changes) + 1


def test_a_change_in_another_process_is_seen(store: Store, home: Home) -> None:
    before = store.revision.value
    code = (
        "import sys; from conduit_desktop.paths import home; from conduit_desktop.store import Store;"
        "store = Store.open(home(sys.argv[1])); store.settings.put('port', 9123); store.close()"
    )
    subprocess.run([sys.executable, "-c", code, str(home.folder)], check=True, cwd=Path(__file__).parents[3])
    assert store.revision.value != before
    assert store.configuration().settings["port"] == 9123
