"""What deployments came to, counted from the log in pieces: every call once, whatever the pieces are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from conduit_desktop.paths import Home
from conduit_desktop.records import Attempt, Exchange, Usage
from conduit_desktop.runtime import figures
from conduit_desktop.runtime.figures import SLOT, DeploymentNumbers, Figures
from conduit_desktop.store import Store
from tests.unit.store.samples import appender, exchange

START = 1_774_500_000.0 // SLOT * SLOT


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(Home(tmp_path))
    yield opened
    opened.close()


def attempt(deployment: str | None, cause: str = "", **more: object) -> Attempt:
    base = Attempt(
        n=1,
        provider_id="p",
        provider="P",
        deployment_id=deployment,
        upstream_model="m",
        url="https://x/v1",
        offset=0.0,
        status=200,
        duration=2.0,
        first=0.5,
        cause=cause,
    )
    return replace(base, **more)


def called(number: int, *attempts: Attempt, started: float | None = None, **more: object) -> Exchange:
    at = START + number if started is None else started
    usage = Usage(input=10, output=30)
    base = exchange(number, started=at, stream=True, usage=usage, cost=1000, attempts=attempts)
    return replace(base, **more)


def put(store: Store, *rows: Exchange) -> None:
    appender(store)(rows)


def read_all(found: Figures, since: float) -> dict[str, DeploymentNumbers]:
    numbers = found.of(since)
    for _ in range(50):
        if numbers == (numbers := found.of(since)):
            break
    return numbers


def test_calls_errors_cost_and_speed_are_each_deployments_own(store: Store) -> None:
    put(
        store,
        called(0, attempt("a")),
        called(1, attempt("a", "overloaded", status=529, first=None), attempt("b", n=2)),
        called(2, attempt("a", "client_gone", status=None, first=None), status=499, cost=0),
        called(3, attempt("a", "client_error", status=400, first=None), status=400, cost=0),
        called(4, attempt("b", first=1.0), cost=None),
        called(5, attempt(None)),
        called(7, attempt("a", "overloaded", lab="overloaded")),
        called(6),
    )
    numbers = Figures(store).of(START)
    assert numbers["a"] == DeploymentNumbers(4, 1, 1000, 0, 0.5, 20.0, START)
    assert numbers["b"] == DeploymentNumbers(2, 0, 1000, 1, 0.75, 25.0, START)
    assert set(numbers) == {"a", "b"}


def test_pieces_add_up_and_say_how_far_back_they_reach(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "PIECE", 7)
    put(store, *(called(number, attempt("a"), started=START + number * 60) for number in range(40)))
    found = Figures(store)
    first = found.of(START)["a"]
    assert first.requests == 7
    assert first.since == START + 33 * 60
    assert read_all(found, START)["a"] == DeploymentNumbers(40, 0, 40_000, 0, 0.5, 20.0, START)
    put(store, *(called(number, attempt("a"), started=START + number * 60) for number in range(40, 45)))
    assert found.of(START)["a"].requests == 45
    # More came than one look reads: it begins anew from the newest, and says so.
    put(store, *(called(number, attempt("a"), started=START + number * 60) for number in range(45, 60)))
    late = found.of(START)["a"]
    assert (late.requests, late.since) == (7, START + 53 * 60)
    assert read_all(found, START)["a"].requests == 60


def test_what_is_older_is_let_go_and_read_again_when_asked_for(store: Store) -> None:
    put(store, *(called(number, attempt("a"), started=START + number * SLOT) for number in range(6)))
    found = Figures(store)
    assert read_all(found, START + 3 * SLOT)["a"].requests == 3
    assert read_all(found, START + 5 * SLOT)["a"].requests == 1
    assert read_all(found, START)["a"].requests == 6


def test_an_empty_log_and_history_priced_anew(store: Store) -> None:
    found = Figures(store)
    assert found.of(START) == {}
    put(store, called(0, attempt("a")))
    assert found.of(START)["a"].cost == 1000
    found.forget()
    assert found.of(START)["a"].requests == 1
