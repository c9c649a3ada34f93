"""The whole configuration goes into a file and comes out of it the same, whatever it is."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tomlkit
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from conduit_desktop.paths import Home
from conduit_desktop.runtime import applying, models
from conduit_desktop.runtime.applying import document, reading, writing
from conduit_desktop.store import Store
from conduit_desktop.vault import MemoryVault
from tests.unit.runtime.applying.configurations import Filler

QUICK = settings(max_examples=20, phases=(Phase.explicit, Phase.generate), suppress_health_check=list(HealthCheck))
"""Without shrinking: an example takes half a second, for it opens two homes."""


@pytest.fixture(autouse=True)
def _no_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    """List prices take a child process a second, and are no part of a file."""
    monkeypatch.setattr(models, "price", lambda *_: None)


@contextlib.contextmanager
def home() -> Iterator[tuple[Store, MemoryVault]]:
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(Home(Path(folder)))
        try:
            yield store, MemoryVault()
        finally:
            store.close()


def put(store: Store, vault: MemoryVault, text: str, *, prune: bool = False) -> applying.Applied:
    return applying.apply(store, vault, applying.plan(store, vault, text, {}, prune=prune), {})


@QUICK
@given(st.data())
def test_a_file_fills_an_empty_home_with_the_same(data: Any) -> None:
    with home() as (store, vault), home() as (other, other_vault):
        Filler(store, vault, data.draw).fill()
        text = applying.export(store)
        tomlkit.parse(text)
        assert not applying.plan(store, vault, text, {}, prune=True).changes, "it says what is so already"
        applied = put(other, other_vault, text)
        assert {name for name, _ in applied.keys} == {key.name for key in store.keys.list()}
        assert applying.export(other) == text
        again = applying.plan(other, other_vault, text, {}, prune=True)
        assert not again.changes
        assert put(other, other_vault, text) == applying.Applied(0)


@QUICK
@given(st.data())
def test_one_configuration_takes_the_place_of_another(data: Any) -> None:
    """With ``prune`` nothing of the one before is left, and what stays keeps its id and its text."""
    with home() as (store, vault), home() as (other, other_vault):
        Filler(store, vault, data.draw).fill()
        Filler(other, other_vault, data.draw).fill()
        kept = {key.name: (key.id, key.digest) for key in other.keys.list()}
        text = applying.export(store)
        wanted = reading.read(text)
        there = {provider.name: provider.kind for provider in other.providers.list()}
        if any(there.get(name, each.kind) != each.kind for name, each in wanted.providers.items()):
            return  # a provider's kind cannot change
        put(other, other_vault, text, prune=True)
        assert applying.export(other) == text
        for key in other.keys.list():
            assert kept.get(key.name, (key.id, key.digest)) == (key.id, key.digest)


@QUICK
@given(st.data())
def test_a_file_that_is_brought_up_to_date_says_the_same_as_a_new_one(data: Any) -> None:
    with home() as (store, vault), home() as (other, other_vault):
        Filler(store, vault, data.draw).fill()
        Filler(other, other_vault, data.draw).fill()
        before, new = applying.export(store), applying.export(other)
        commented = "# at the top\n" + before.replace("\n[", "\n# about this\n[") + "# at the end\n"
        updated = applying.export(other, commented)
        assert document.of_wanted(reading.read(updated)) == document.of_wanted(reading.read(new))
        assert applying.export(store, commented) == commented, "where nothing changed, nothing is touched"
        assert applying.export(other, updated) == updated


@given(st.text(max_size=200) | st.text(st.sampled_from("[]{}\"'=.,#\n ax1-:T"), max_size=60))
@settings(max_examples=300)
def test_whatever_stands_in_a_file_is_read_or_refused_in_words(text: str) -> None:
    with contextlib.suppress(applying.putting.ConfigurationError):
        wanted = reading.read(text)
        writing.write(document.of_wanted(wanted), text)
