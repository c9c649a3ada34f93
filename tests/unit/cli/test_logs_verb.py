"""``logs``: which requests, in which order and form, and following them."""

from __future__ import annotations

import json
from concurrent.futures import Future

import pytest
from msgspec.structs import replace

from conduit_desktop.cli import logs
from conduit_desktop.records import Attempt, Exchange
from conduit_desktop.store import Store
from conduit_desktop.wire.usage import Usage

FIELDS = (
    "id, started, key, app, dialect, endpoint, model, upstream_model, provider, kind, status, error_code, error,"
    " stream, finish, tokens, cost_usd, price, ttft_ms, total_ms, overhead_ms, attempts, bytes_in, bytes_out,"
    " attempt_details"
)
START = 1_801_387_800.0


def exchange(n: int, **more: object) -> Exchange:
    usage = Usage(input=10, output=n, cached_read=4, reasoning=1)
    plain = Exchange(
        id=f"req_{n:04}",
        started=START + n,
        dialect="openai-chat",
        endpoint="chat.completions",
        method="POST",
        path="/v1/chat/completions",
        key_id="k1",
        key="editor",
        app="curl/8",
        model="fast",
        upstream_model="demo",
        provider_id="p1",
        provider="demo",
        kind="demo",
        status=200,
        finish="stop",
        usage=usage,
        cost=1_500_001,
        price="demo price",
        ttft=0.25,
        total=1.5,
        overhead=0.0004,
        bytes_in=100,
        bytes_out=200,
        attempts=(
            Attempt(
                n=1, provider_id="p1", provider="demo", deployment_id="d", upstream_model="demo", url="u", offset=0.0
            ),
        ),
    )
    return replace(plain, **more)  # type: ignore[arg-type]


def add(store: Store, *exchanges: Exchange) -> None:
    for each in exchanges:
        done: Future[int | BaseException] = Future()
        store.exchanges.append(each, "2027-01-31", None, done.set_result)
        assert isinstance(done.result(5), int)


def ids(cli, *words: str) -> list[str]:
    return [json.loads(line)["id"] for line in cli("logs", "--json", *words).out.splitlines()]


def test_json_is_the_contract(cli, store: Store) -> None:
    add(store, exchange(1))
    (line,) = cli("logs", "--json").out.splitlines()
    row = json.loads(line)
    assert ", ".join(row) == FIELDS
    assert row["started"] == "2027-01-31T09:30:01.000Z"
    assert row["tokens"] == {
        "input": 10,
        "output": 1,
        "cached_read": 4,
        "cache_write": 0,
        "reasoning": 1,
        "estimated": False,
    }
    assert '"cost_usd":0.000001500001,' in line
    assert (row["ttft_ms"], row["total_ms"], row["overhead_ms"], row["attempts"]) == (250, 1500, 0.4, 1)


def test_what_is_not_known_is_null(cli, store: Store) -> None:
    add(
        store,
        exchange(1, usage=None, cost=None, key="", key_id=None, provider="", ttft=None, overhead=None, attempts=()),
    )
    row = json.loads(cli("logs", "--json").out)
    assert set(row["tokens"].values()) == {None}
    assert [row[name] for name in ("key", "provider", "cost_usd", "ttft_ms", "overhead_ms")] == [None] * 5
    assert row["attempts"] == 0


def test_oldest_first_and_the_newest_so_many(cli, store: Store) -> None:
    add(store, *(exchange(n) for n in range(1, 61)))
    assert ids(cli) == [f"req_{n:04}" for n in range(11, 61)]
    assert ids(cli, "--limit", "3") == ["req_0058", "req_0059", "req_0060"]
    assert len(ids(cli, "--limit", "1000")) == 60


def test_pages_are_joined(cli, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "_PAGE", 7)
    add(store, *(exchange(n) for n in range(1, 31)))
    assert ids(cli, "--limit", "29") == [f"req_{n:04}" for n in range(2, 31)]


def test_filters(cli, store: Store) -> None:
    add(
        store,
        exchange(1),
        exchange(2, model="slow", provider="other", provider_id="p2"),
        exchange(3, key="gone", key_id="k2", status=429, error_code="rate_limited", error="Too many."),
        exchange(4, status=502, error_code="upstream_error", error="It broke."),
    )
    assert ids(cli, "--model", "slow") == ["req_0002"]
    assert ids(cli, "--provider", "other") == ["req_0002"]
    assert ids(cli, "--key", "gone") == ["req_0003"]
    assert ids(cli, "--errors") == ["req_0003", "req_0004"]
    assert ids(cli, "--status", "ok") == ["req_0001", "req_0002"]
    assert ids(cli, "--status", "429") == ["req_0003"]
    assert ids(cli, "--text", "broke") == ["req_0004"]
    assert ids(cli, "--since", "2027-01-31T09:30:03Z", "--until", "2027-01-31T09:30:04Z") == ["req_0003"]
    assert ids(cli, "--errors", "--key", "editor") == ["req_0004"]
    assert "Keys: editor, gone." in cli("logs", "--key", "nobody", code=1).err


def test_the_table(cli, store: Store) -> None:
    add(store, exchange(1), exchange(2, status=502, error_code="upstream_error", error="Line\nbreak \x1b[31m"))
    title, first, second = cli("logs").out.splitlines()
    assert " ".join(title.split()) == "TIME STATUS KEY MODEL PROVIDER IN OUT COST FIRST TOTAL ERROR"
    assert " ".join(first.split()[2:]) == "200 editor fast demo 10 1 $0.000002 250 ms 1.50 s"
    assert second.endswith("ms  1.50 s  Line�break �[31m")


def test_one_request_with_its_attempts(cli, store: Store) -> None:
    first = Attempt(
        *(1, "p0", "one", "d0", "gpt", "u", 0.001),
        status=529,
        cause="overloaded",
        error="Too \x1b busy.",
        duration=0.2,
        credential="second",
    )
    then = Attempt(*(2, "p1", "demo", "d", "demo", "u", 0.3), status=200, first=0.1, duration=1.2)
    add(store, exchange(1, attempts=(first, then)), exchange(2, attempts=(), status=404, error_code="model_not_found"))
    told = cli("logs", "req_0001").out
    assert "  id  req_0001\n" in told
    assert "editor" in told
    lines = [" ".join(line.split()) for line in told.splitlines()[-3:]]
    assert lines == [
        "# AFTER DEPLOYMENT STATUS FIRST TOOK WHAT CAME OF IT",
        "1 1 ms one/gpt with key 'second' 529 – 200 ms overloaded: Too � busy.",
        "2 300 ms demo/demo 200 100 ms 1.20 s answered",
    ]
    (line,) = cli("logs", "req_0001", "--json").out.splitlines()
    details = json.loads(line)["attempt_details"]
    assert [(each["provider"], each["status"], each["cause"], each["total_ms"]) for each in details] == [
        ("one", 529, "overloaded", 200),
        ("demo", 200, None, 1200),
    ]
    assert cli("logs", "req_0002").out.endswith("No provider was called.\n")
    assert len(cli("logs", "req_0001", "--csv").out.splitlines()) == 2
    assert "The log has no request 'req_9'. The id is the x-request-id" in cli("logs", "req_9", code=1).err
    assert "--follow is for those to come" in cli("logs", "req_0001", "--follow", code=2).err


def test_an_empty_log(cli) -> None:
    assert cli("logs").err == "No requests.\n"
    assert cli("logs", "--errors").err == "No requests like these.\n"
    assert cli("logs", "--json") == (0, "", "")


def test_following_shows_what_comes_until_ctrl_c(cli, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    add(store, exchange(1), exchange(2))
    coming = iter([[], [exchange(3)], [exchange(4, status=500), exchange(5), exchange(6)]])

    def sleep(_seconds: float) -> None:
        try:
            add(store, *next(coming))
        except StopIteration:
            raise KeyboardInterrupt from None

    monkeypatch.setattr(logs.time, "sleep", sleep)
    monkeypatch.setattr(logs, "_PAGE", 2)
    assert ids(cli, "--follow", "--limit", "1", "--status", "ok") == ["req_0002", "req_0003", "req_0005", "req_0006"]


def test_following_an_empty_log(cli, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    coming = iter([[exchange(1)]])

    def sleep(_seconds: float) -> None:
        try:
            add(store, *next(coming))
        except StopIteration:
            raise KeyboardInterrupt from None

    monkeypatch.setattr(logs.time, "sleep", sleep)
    assert [line.split()[0] for line in cli("logs", "-f").out.splitlines()] == ["TIME", "2027-01-31"]
