"""Virtual keys as they are kept: what no key can have, and changes that meet each other."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from conduit_desktop.errors import ConfigurationError
from conduit_desktop.gateway.auth.keys import digest
from conduit_desktop.gateway.periods import day_of
from conduit_desktop.paths import Home
from conduit_desktop.records import Exchange, VirtualKey
from conduit_desktop.runtime import keys, models, providers
from conduit_desktop.store import Store
from conduit_desktop.vault import MemoryVault


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(Home(tmp_path))
    vault = MemoryVault()
    for name in ("here", "there"):
        provider = providers.add(opened, vault, name, "ollama", base_url=f"http://127.0.0.1/{name}", secret=None)
        models.add(opened, f"at-{name}", provider, "m")
    yield opened
    opened.close()


@pytest.fixture
def vault() -> MemoryVault:
    return MemoryVault()


def blank(**fields: Any) -> VirtualKey:
    return VirtualKey(**{"id": "", "name": "editor", "digest": "", "last4": "", **fields})


def made(store: Store, vault: MemoryVault, **fields: Any) -> VirtualKey:
    return keys.create(store, vault, blank(**fields), keep_text=True)[0]


def spend(store: Store, key: VirtualKey, cost: int, started: float | None = None) -> None:
    when = time.time() if started is None else started
    exchange = Exchange(
        id=f"req_{uuid.uuid4().hex}",
        started=when,
        dialect="openai-chat",
        endpoint="chat",
        method="POST",
        path="/",
        key_id=key.id,
        key=key.name,
        status=200,
        cost=cost,
    )
    store.exchanges.append(exchange, day_of(when), None, lambda _: None)
    store.exchanges.flush()


def view_of(store: Store, key: VirtualKey) -> keys.KeyView:
    return next(view for view in keys.views(store) if view.key.id == key.id)


@pytest.mark.parametrize(
    "fields",
    [
        {"name": " "},
        {"budget": 0},
        {"budget": keys.MOST_BUDGET + 1},
        {"period": "year"},
        {"thresholds": (0,)},
        {"thresholds": (80, 50)},
        {"thresholds": (50, 50)},
        {"at_limit": "cry"},
        {"at_limit": "downgrade"},
        {"at_limit": "downgrade", "downgrade_to": "no-such"},
        {"at_limit": "downgrade", "downgrade_to": "at-here", "models": ("at-there",)},
        {"default_model": "no-such"},
        {"default_model": "nobody/m"},
        {"default_model": "at-here", "models": ("at-there",)},
        {"max_output": 0},
        {"rpm": 0},
        {"tpm": -1},
        {"parallel": 0},
        {"models": ("a*b",)},
        {"models": ("",)},
        {"providers": ("no-such",)},
        {"tag": "x" * 61},
        {"note": "x" * 2001},
        {"color": "rgb(1,2,3)"},
        {"expires": float("nan")},
        {"expires": float("inf")},
        {"expires": -1.0},
    ],
    ids=str,
)
def test_what_no_key_can_have(store: Store, vault: MemoryVault, fields: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        made(store, vault, **fields)
    assert store.keys.list() == []


def test_the_cheaper_model_must_be_at_one_of_its_providers(store: Store, vault: MemoryVault) -> None:
    here, there = (provider.id for provider in store.providers.list())
    wanted = {"at_limit": "downgrade", "downgrade_to": "at-here"}
    with pytest.raises(ConfigurationError, match="may not use 'at-here'"):
        made(store, vault, providers=(there,), **wanted)
    assert made(store, vault, providers=(here,), **wanted).downgrade_to == "at-here"


def test_everything_can_be_set_and_taken_away_again(store: Store, vault: MemoryVault) -> None:
    provider = store.providers.list()[0].id
    full: dict[str, Any] = {
        "note": "n",
        "budget": 5,
        "period": "week",
        "expires": 4e9,
        "models": ("at-here", "here/*"),
        "rpm": 1,
        "tpm": 2,
        "parallel": 3,
        "color": "teal",
        "tag": "t",
        "providers": (provider,),
        "local_only": True,
        "at_limit": "downgrade",
        "downgrade_to": "at-here",
        "thresholds": (10,),
        "default_model": "here/m",
        "max_output": 4,
    }
    key = made(store, vault, **full)
    there = store.keys.get(key.id)
    assert there is not None
    assert {name: getattr(there, name) for name in full} == full
    plain = blank()
    cleared = keys.edit(store, replace(there, **{name: getattr(plain, name) for name in full}))
    assert cleared == store.keys.get(key.id)
    assert {name: getattr(cleared, name) for name in full} == {name: getattr(plain, name) for name in full}
    assert cleared.digest == key.digest


def test_what_is_gone_stands_in_nobodys_way(store: Store, vault: MemoryVault) -> None:
    """A key whose provider and models were removed can still be renamed; nothing that is gone can be given anew."""
    here = store.providers.list()[0].id
    fields: dict[str, Any] = {"at_limit": "downgrade", "downgrade_to": "at-here", "default_model": "at-here"}
    key = made(store, vault, providers=(here,), **fields)
    model = store.models.by_alias("at-here")
    assert model is not None
    store.models.remove(model.id)
    providers.remove(store, vault, here)
    assert keys.edit(store, replace(key, name="renamed")).name == "renamed"
    for other in (replace(key, default_model="gone"), replace(key, providers=(here, "gone"))):
        with pytest.raises(ConfigurationError):
            keys.edit(store, other)
    with pytest.raises(ConfigurationError):
        made(store, vault, name="second", providers=(here,))


def test_an_old_copy_undoes_no_rotation_and_no_reset(store: Store, vault: MemoryVault) -> None:
    old = made(store, vault, budget=100)
    spend(store, old, 30)
    new, text = keys.rotate(store, vault, old, grace=60)
    assert keys.reset_spend(store, old).reset_spent == 30
    edited = keys.edit(store, replace(old, note="from a form that was open all the time", old_digest=old.digest))
    assert (edited.digest, edited.secret_ref, edited.reset_spent) == (digest(text), new.secret_ref, 30)
    assert edited.old_digest == old.digest
    assert vault.get(edited.secret_ref or "") == text
    assert keys.edit(store, replace(edited, old_digest=None)).old_until is None
    _, again = keys.rotate(store, vault, old)
    there = store.keys.get(old.id)
    assert there is not None
    assert (there.digest, there.note) == (digest(again), edited.note)
    assert there.old_digest is None


def test_a_removed_key_is_not_brought_back(store: Store, vault: MemoryVault) -> None:
    key = made(store, vault)
    keys.remove(store, vault, key)
    for change in (lambda: keys.edit(store, key), lambda: keys.rotate(store, vault, key)):
        with pytest.raises(ConfigurationError, match="not there any more"):
            change()
    with pytest.raises(ConfigurationError):
        keys.reset_spend(store, key)
    assert store.keys.list() == []


def test_what_was_spent_since_a_reset_stays_when_the_period_changes(store: Store, vault: MemoryVault) -> None:
    key = made(store, vault, budget=1000, period="once")
    spend(store, key, 400, started=time.time() - 400 * 86_400)
    spend(store, key, 70)
    keys.reset_spend(store, key)
    spend(store, key, 5)
    for period in ("month", "day", "once", "week"):
        there = store.keys.get(key.id)
        assert there is not None
        keys.edit(store, replace(there, period=period))
        assert view_of(store, key).spent == 5, period


def test_a_reset_of_an_earlier_period_takes_nothing_from_this_one(store: Store, vault: MemoryVault) -> None:
    key = made(store, vault, budget=1000, period="day")
    store.keys.put(replace(key, reset_at=time.time() - 3 * 86_400, reset_spent=500))
    spend(store, key, 60)
    assert view_of(store, key).spent == 60


def test_a_view_tells_when_it_was_used_and_what_it_comes_to(store: Store, vault: MemoryVault) -> None:
    key = made(store, vault, budget=1000, period="month")
    assert (view_of(store, key).last_used, view_of(store, key).requests) == (None, 0)
    moment = time.time()
    spend(store, key, 60, moment)
    view = view_of(store, key)
    assert (view.requests, view.unpriced, view.spent) == (1, 0, 60)
    assert view.last_used is None or abs(view.last_used - moment) < 60
    begin, end = datetime(2028, 6, 1).timestamp(), datetime(2028, 7, 1).timestamp()
    assert keys.forecast(300, begin, begin + 10 * 86_400, end) == 900
    assert keys.forecast(300, begin, begin + 3600, end) is None
    assert keys.forecast(300, begin, begin + 10 * 86_400, None) is None


def test_two_who_change_a_key_at_once_keep_each_others_changes(store: Store, vault: MemoryVault) -> None:
    before, _ = keys.create(store, vault, VirtualKey(id="", name="editor", digest="", last4=""), keep_text=False)
    keys.edit(store, replace(before, enabled=False), before)
    keys.rotate(store, vault, before, grace=60)
    after = keys.edit(store, replace(before, note="mine", rpm=5), before)
    assert (after.enabled, after.note, after.rpm) == (False, "mine", 5)
    assert after.old_digest == before.digest  # nor does the second end a grace of which it knew nothing


def test_a_key_that_was_rotated_meanwhile_leaves_no_text_in_the_vault(store: Store, vault: MemoryVault) -> None:
    key, _ = keys.create(store, vault, VirtualKey(id="", name="editor", digest="", last4=""), keep_text=True)
    rotated, _ = keys.rotate(store, vault, key)
    assert rotated.secret_ref is not None
    assert vault.cached(rotated.secret_ref) is not None
    keys.remove(store, vault, key)
    assert vault.cached(rotated.secret_ref) is None
