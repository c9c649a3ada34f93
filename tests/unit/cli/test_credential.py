"""``provider credential``: further keys of a provider, which come as a provider's own does."""

from __future__ import annotations

import io
import json

import pytest
from msgspec.structs import replace

from conduit_desktop.records import HealthEvent
from conduit_desktop.store import Store

FIRST, WORK = "sk-proj-abcdefghijklmnop-1234", "sk-proj-qrstuvwxyz012345-5678"


@pytest.fixture(autouse=True)
def _openai(cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRST", FIRST)
    monkeypatch.setenv("WORK", WORK)
    cli("provider", "add", "openai", "--kind", "openai", "--api-key-env", "FIRST")


def test_a_key_comes_is_listed_and_goes(cli, store: Store) -> None:
    done = cli("provider", "credential", "add", "openai", "work", "--api-key-env", "WORK")
    assert WORK not in done.out + done.err
    rows = cli("provider", "credential", "list", "openai", "--json").out.splitlines()
    assert list(map(json.loads, rows)) == [
        {"name": "first", "api_key_last4": "1234", "enabled": True, "put_aside": None},
        {"name": "work", "api_key_last4": "5678", "enabled": True, "put_aside": None},
    ]
    assert "…1234 and 1 more" in cli("provider", "list").out
    assert json.loads(cli("provider", "list", "--json").out)["credentials"][0]["name"] == "work"
    assert cli("provider", "credential", "disable", "openai", "work").out == "Key 'work' of 'openai' disabled.\n"
    assert "off" in cli("provider", "credential", "list", "openai").out
    cli("provider", "credential", "enable", "openai", "work")
    cli("provider", "credential", "remove", "openai", "first")
    rows = cli("provider", "credential", "list", "openai", "--json").out.splitlines()
    assert list(map(json.loads, rows)) == [
        {"name": "first", "api_key_last4": "5678", "enabled": True, "put_aside": None}
    ]
    noted = [entry.detail for entry in store.audit.list() if entry.subject == "provider openai"]
    assert "further key work added" in noted
    assert not any(secret in detail for detail in noted for secret in (FIRST, WORK))


def test_a_key_is_renewed_from_standard_input(cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(WORK + "\n"))
    assert "renewed" in cli("provider", "credential", "renew", "openai", "first", "--api-key-stdin").out
    assert "5678" in cli("provider", "credential", "list", "openai").out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add", "openai", "work"), "needs an API key"),
        (("add", "nobody", "work"), "Providers: openai."),
        (("add", "openai", "first", "--api-key-env", "WORK"), "already"),
        (("test", "openai", "nobody"), "Keys: first."),
        (("remove", "openai", "first"), "the only key"),
        (("disable", "openai", "first"), "Switch the provider off"),
    ],
)
def test_what_cannot_be(cli, words: tuple[str, ...], said: str) -> None:
    assert said in cli("provider", "credential", *words, code=1).err


def test_a_key_that_was_put_aside_says_so_and_why(cli, store: Store) -> None:
    turned = HealthEvent(
        at=1.0, kind="credential", subject=store.providers.list()[0].id, name="openai", state="rejected", reason="gone"
    )
    store.health.add(turned).result()
    told = cli("provider", "credential", "list", "openai").out
    assert "put aside" in told
    assert "gone" in told
    store.health.add(replace(turned, at=2.0, state="closed", reason="")).result()
    assert "put aside" not in cli("provider", "credential", "list", "openai").out
