"""Every change of the configuration is in the audit log once, with who made it and without a secret."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from conduit_desktop.errors import ConfigurationError
from conduit_desktop.paths import Home
from conduit_desktop.records import (
    Catalogue,
    Credential,
    Deployment,
    MasterKey,
    Model,
    Price,
    PriceRule,
    Provider,
    Timeouts,
    VirtualKey,
)
from conduit_desktop.store import Store
from conduit_desktop.store.trail import Actor, act_as, acting, acts, describe

PICO = 10**12
KEY = VirtualKey(id="k", name="editor", digest="d" * 64, last4="abcd", created=1.0)
PROVIDER = Provider(id="p", name="one", kind="demo", base_url="demo://x")
MODEL = Model(
    id="m", alias="fast", deployments=(Deployment(id="d", model_id="m", provider_id="p", upstream_model="real"),)
)
PRICE = Price(source="own price", input=400_000, output=1_600_000)
RULE = PriceRule(id="r", pattern="gpt-*", price=PRICE)
MASTER = MasterKey(salt=b"s" * 16, hash=b"h" * 32, last4="wxyz", secret_ref="ref", created=1.0)


@pytest.fixture
def store(tmp_path: Path):
    store = Store.open(Home(tmp_path))
    yield store
    store.close()


def told(store: Store) -> list[tuple[str, str, str]]:
    """(action, subject, detail), the oldest first."""
    return [(each.action, each.subject, each.detail) for each in reversed(store.audit.list())]


def test_every_repository_notes_what_it_changes(store: Store) -> None:
    store.providers.put(PROVIDER)
    store.models.put(MODEL)
    store.keys.put(KEY)
    store.rules.put(RULE)
    store.settings.put("port", 8000)
    store.settings.clear("port")
    store.master.put(MASTER)
    store.catalogues.add(Catalogue(id="c", fetched=1.0, source="test", models=3, active=True), b"data")
    store.catalogues.activate(None)
    store.rules.remove("r")
    store.keys.remove("k")
    store.models.remove("m")
    store.providers.remove("p")
    assert told(store) == [
        ("add", "provider one", ""),
        ("add", "model fast", ""),
        ("add", "key editor", ""),
        ("add", "price gpt-*", ""),
        ("change", "setting port", "value: 7878 → 8000"),
        ("change", "setting port", "value: 8000 → 7878"),
        ("add", "master key", ""),
        ("change", "price catalogue", "value: the package's own → test (3 models)"),
        ("change", "price catalogue", "value: test (3 models) → the package's own"),
        ("remove", "price gpt-*", ""),
        ("remove", "key editor", ""),
        ("remove", "model fast", ""),
        ("remove", "provider one", ""),
    ]


def test_what_changes_nothing_is_not_noted(store: Store) -> None:
    store.keys.put(KEY)
    store.keys.put(KEY)
    store.keys.remove("nobody")
    store.providers.remove("nobody")
    store.models.remove("nobody")
    store.rules.remove("nobody")
    store.settings.put("port", 7878)
    assert told(store) == [("add", "key editor", "")]


def test_a_transaction_is_noted_whole_or_not_at_all(store: Store) -> None:
    def work(fail: bool) -> Callable[[], None]:
        def do() -> None:
            store.providers.put(PROVIDER)
            store.keys.put(KEY)
            if fail:
                raise ConfigurationError("No.")

        return do

    with pytest.raises(ConfigurationError, match="No"):
        store.write(work(True))
    assert told(store) == []
    store.write(work(False))
    assert told(store) == [("add", "provider one", ""), ("add", "key editor", "")]


def test_who_acts_is_a_matter_of_the_context(store: Store) -> None:
    contextvars.copy_context().run(_who_acts, store)


def _who_acts(store: Store) -> None:
    act_as(Actor("window", "process 1"))
    store.keys.put(KEY)
    with acts(Actor("admin API", "127.0.0.1")):
        store.keys.put(replace(KEY, rpm=5))
        other = threading.Thread(target=lambda: store.settings.put("port", 9000))
        other.start()
        other.join()
    store.keys.put(replace(KEY, rpm=6))
    found = [(each.who, each.origin) for each in reversed(store.audit.list())]
    assert found == [("window", "process 1"), ("admin API", "127.0.0.1"), ("unknown", ""), ("window", "process 1")]
    assert acting() == Actor("window", "process 1")


@pytest.mark.parametrize(
    ("after", "action", "detail"),
    [
        (replace(KEY, budget=5 * PICO, rpm=60), "change", "budget: – → $5.00; rpm: – → 60"),
        (replace(KEY, models=("a", "b")), "change", "models: – → a, b"),
        (replace(KEY, note="call me at 555"), "change", "note"),
        (replace(KEY, digest="e" * 64, last4="zzzz"), "rotate", "text"),
        (replace(KEY, reset_at=100.0, reset_spent=3), "reset spend", "reset at: – → 1970-01-01T00:01:40Z"),
        (replace(KEY, enabled=False), "disable", "enabled: yes → no"),
        (replace(KEY, enabled=False, tag="x"), "change", "enabled: yes → no; tag: – → x"),
        (replace(KEY, expires=86_400.0), "change", "expires: – → 1970-01-02T00:00:00Z"),
    ],
)
def test_a_change_in_words(after: VirtualKey, action: str, detail: str) -> None:
    change = describe("key", "editor", KEY, after)
    assert change is not None
    assert (change.action, change.detail) == (action, detail)


def test_deployments_and_prices_in_words() -> None:
    priced = replace(MODEL.deployments[0], price=PRICE, weight=3)
    change = describe("model", "fast", MODEL, replace(MODEL, deployments=(priced,)))
    assert change is not None
    assert change.detail == (
        "deployments: real (weight 1, priority 1) → real (weight 3, priority 1) at $0.4000/M in, $1.60/M out"
    )


def test_no_secret_is_told() -> None:
    changes = [
        describe("provider", "one", PROVIDER, replace(PROVIDER, secret_ref="ref-1234", secret_last4="9876")),
        describe("key", "editor", KEY, replace(KEY, digest="f" * 64, last4="5432", old_digest="d" * 64)),
        describe("master key", "", MASTER, replace(MASTER, hash=b"x" * 32, salt=b"t" * 16, last4="1111")),
        describe("key", "editor", KEY, replace(KEY, tag="sk-proj-0123456789abcdef0123456789")),
    ]
    for change in changes:
        assert change is not None
        for secret in ("ref-1234", "9876", "f" * 64, "d" * 64, "5432", "1111", "xxxx", "0123456789abcdef"):
            assert secret not in change.detail


def test_further_keys_of_a_provider_are_told_without_their_text(store: Store) -> None:
    work = Credential(id="c1", provider_id="p", name="work", secret_ref="ref-1", last4="wxyz")
    spare = Credential(id="c2", provider_id="p", name="spare", secret_ref="ref-2", last4="4321")
    store.providers.put(PROVIDER)
    store.providers.put(replace(PROVIDER, credentials=(work,)))
    changed = replace(work, secret_ref="ref-3", last4="9876", enabled=False)
    store.providers.put(replace(PROVIDER, credentials=(changed, spare)))
    store.providers.put(replace(PROVIDER, credentials=(replace(spare, name="other"),)))
    assert [detail for _, _, detail in told(store)[1:]] == [
        "further key work added",
        "further key spare added; further key work: kept secret, text, enabled: yes → no",
        "further key work removed; further key spare: name: spare → other",
    ]


def test_limits_and_times_are_told_in_words() -> None:
    limited = replace(MODEL.deployments[0], rpm=60, context_window=8192, lacks=("images", "tools"))
    changed = replace(MODEL, deployments=(limited,), timeouts=Timeouts(connect=2.5))
    change = describe("model", "fast", MODEL, changed)
    assert change is not None
    assert change.detail == (
        "deployments: real (weight 1, priority 1) → real (weight 1, priority 1, rpm 60, context_window 8192, "
        "without images and tools); timeouts: connect 10 s, first token 300 s, idle 600 s, total 1800 s → "
        "connect 2.5 s, first token 300 s, idle 600 s, total 1800 s"
    )
