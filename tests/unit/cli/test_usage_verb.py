"""``usage``: by what, over which time, in which form."""

from __future__ import annotations

import csv
import io
import json
import time
from datetime import datetime

from conduit_desktop.runtime.exporting import USAGE_COLUMNS
from conduit_desktop.store import Store
from tests.unit.cli.test_logs_verb import add, exchange

TODAY = datetime.now().replace(hour=0, minute=0, second=0, microsecond=0).timestamp()


def fill(store: Store) -> None:
    now = time.time()
    rows = [exchange(1, started=now), exchange(2, started=now, model="slow", status=500, cost=None)]
    rows.append(exchange(3, started=now, model="slow", app="zed/1"))
    add(store, *rows, exchange(4, started=TODAY - 40 * 86_400))


def rows(cli, *words: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in cli("usage", "--json", *words).out.splitlines()]


def test_by_model_this_month(cli, store: Store) -> None:
    fill(store)
    fast, slow = rows(cli)
    assert tuple(fast) == USAGE_COLUMNS
    assert {row["id"]: row["requests"] for row in (fast, slow)} == {"fast": 1, "slow": 2}
    assert {row["id"]: row["unpriced"] for row in (fast, slow)} == {"fast": 0, "slow": 1}
    assert fast["cost_usd"] == 0.000001500001


def test_by_time_and_by_both(cli, store: Store) -> None:
    fill(store)
    days = rows(cli, "--since", "41d", "--by", "day")
    assert sum(row["requests"] for row in days) == 4  # type: ignore[misc]
    assert len(days) in (41, 42)  # empty days are told of, too
    both = rows(cli, "--since", "41d", "--by", "month", "--by", "app")
    assert [row["id"] for row in both if row["requests"]][-1] == "zed/1"
    assert all(row["by"] == "app" for row in both)


def test_filters(cli, store: Store) -> None:
    fill(store)
    assert [row["requests"] for row in rows(cli, "--app", "zed/1", "--since", "1d")] == [1]
    assert [row["id"] for row in rows(cli, "--key", "editor", "--by", "key", "--since", "1d")] == ["k1"]
    assert rows(cli, "--tag", "work") == []
    assert "no key 'nobody'" in cli("usage", "--key", "nobody", code=1).err


def test_csv_for_spreadsheets(cli, store: Store) -> None:
    fill(store)
    table = list(csv.DictReader(io.StringIO(cli("usage", "--csv", "--by", "app", "--since", "1d").out)))
    assert [tuple(row) for row in table] == [USAGE_COLUMNS] * 2
    assert [row["cost_usd"] for row in table] == ["0.000001500001"] * 2


def test_the_table(cli, store: Store) -> None:
    fill(store)
    done = cli("usage")
    title, *_, total = done.out.splitlines()
    assert title.split() == ["MODEL", "REQUESTS", "ERRORS", "INPUT", "OUTPUT", "SAVED", "UNPRICED", "COST"]
    assert total.split() == ["total", "3", "1", "30", "6", "–", "1", "$0.000003"]
    assert cli("usage", "--by", "hour", "--by", "model", "--since", "1h").out.splitlines()[0].split()[:2] == [
        "HOUR",
        "MODEL",
    ]


def test_what_fits_nothing(cli, store: Store) -> None:
    assert cli("usage").err.strip() == "No requests in this time."
    assert cli("usage", "--since", "2020-01-02", "--until", "2020-01-01", code=2)
    assert cli("usage", "--by", "model", "--by", "key", code=2)
    assert cli("usage", "--by", "colour", code=2)
