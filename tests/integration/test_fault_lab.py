"""The fault lab in front of real deployments: what clients meet, what takes over, what the log says of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from conduit_desktop.bus import FaultsChanged, Notice
from conduit_desktop.gateway.send.faults import FAULTS, LAB, Kind, LabFault
from conduit_desktop.records import Attempt
from conduit_desktop.runtime.notifying.watching import Watching
from tests.fakes.raw import chat
from tests.fakes.rig import Rig, running
from tests.fakes.upstream import Upstream
from tests.faults.speaking import KINDS, MODELS
from tests.faults.upstream import Behaviour, Misbehaving
from tests.integration.conftest import PRICE, SECRET
from tests.integration.test_gateway import COST, ask, only

TIMES = {"first_token": 0.2, "idle": 0.2, "total": 2.0}
SECONDS: dict[Kind, float] = {"rate_limited": 9.0, "slow_first": 0.01, "slow": 0.001}
WELL: tuple[Kind, ...] = ("slow_first", "slow")
"""Faults that end in an answer all the same."""


def switch(rig: Rig, alias: str, kind: Kind, **more: object) -> str:
    """Have the model's first deployment play a fault; gives its id."""
    deployment = next(each for each in rig.store.models.list() if each.alias == alias).deployments[0]
    rig.limit(alias, **TIMES)
    rig.gateway.lab.put(deployment.id, LabFault(kind, SECONDS.get(kind, 0.0), **more))  # type: ignore[arg-type]
    return deployment.id


def tried(row_attempts: tuple[Attempt, ...]) -> list[tuple[str, str]]:
    return [(attempt.provider, attempt.lab) for attempt in row_attempts]


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("kind", list(FAULTS))
async def test_another_deployment_takes_over_and_the_log_says_whose_doing_it_was(
    rig: Rig, upstream: Upstream, kind: Kind, streamed: bool
) -> None:
    switch(rig, "fast", kind, early=True)
    got = await ask(rig, chat(rig.key, stream=streamed))
    row = only(await rig.logged(1))
    assert got.status == row.status == 200
    if kind in WELL:
        assert (tried(row.attempts), row.attempts[0].cause) == ([("one", kind)], "")
        return
    assert tried(row.attempts) == [("one", kind), ("two", "")]
    assert row.attempts[0].cause
    assert row.attempts[0].error.startswith(LAB)
    assert row.attempts[1].error == ""
    assert row.cost == COST
    assert Watching().tell(row) == []  # no word against a provider that did nothing wrong


@pytest.mark.parametrize("kind", ["cut", "stalled", "malformed", "error_inside"])
async def test_in_the_middle_of_a_stream_the_client_is_told(rig: Rig, upstream: Upstream, kind: Kind) -> None:
    switch(rig, "fast", kind)
    got = await ask(rig, chat(rig.key, stream=True))
    row = only(await rig.logged(1))
    assert got.status == 200
    assert b"w0 " in got.body
    assert b"error" in got.body
    assert b"[DONE]" not in got.body
    assert tried(row.attempts) == [("one", kind)]
    assert row.status >= 500
    assert row.attempts[0].error.startswith(LAB)


@pytest.mark.parametrize("kind", ["rate_limited", "server_error", "overloaded", "html", "empty", "reset"])
async def test_what_the_lab_answers_itself_calls_nobody_and_costs_nothing(
    rig: Rig, upstream: Upstream, kind: Kind
) -> None:
    switch(rig, "solo", kind)
    got = await ask(rig, chat(rig.key, "solo"))
    row = only(await rig.logged(1))
    assert upstream.received == []
    assert got.status >= 400
    assert row.cost == 0
    if kind == "rate_limited":
        assert (got.status, got.headers["retry-after"]) == (429, "9")
        assert got.json["error"]["message"].startswith(LAB)


async def test_a_fault_for_two_calls_is_gone_after_them(rig: Rig, upstream: Upstream) -> None:
    heard: list[Notice] = []
    rig.bus.subscribe(heard.append, FaultsChanged)
    deployment = switch(rig, "solo", "server_error", requests=2)
    statuses = [(await ask(rig, chat(rig.key, "solo"))).status for _ in range(3)]
    assert statuses == [500, 500, 200]
    assert deployment not in rig.gateway.lab.active
    assert len(heard) == 3  # switched on, met, used up


async def test_what_is_asked_for_directly_can_be_chosen(rig: Rig, upstream: Upstream) -> None:
    rig.gateway.lab.put("one/real", LabFault("server_error"))
    assert (await ask(rig, chat(rig.key, "one/real"))).status == 500
    assert (await ask(rig, chat(rig.key, "solo"))).status == 200


SPOILING: tuple[tuple[Kind, str], ...] = (
    ("cut", "broken"),
    ("malformed", ""),
    ("error_inside", ""),
    ("stalled", "idle_timeout"),
)


@pytest.mark.parametrize("dialect", list(KINDS))
async def test_every_providers_dialect_is_spoken(tmp_path: Path, dialect: str) -> None:
    """What the lab answers is read as the provider's own: errors, and streams spoilt after their first words."""
    kind, tail = KINDS[dialect]
    provider = Misbehaving()
    async with provider, running(tmp_path) as rig:
        provider.mounts["a"] = Behaviour("Words enough for an answer.")
        upstream_model = MODELS.get(dialect, ("real",))[0]
        made = rig.add_provider("p", kind, f"{provider.at('a')}{tail}", SECRET)
        rig.set_price(made, upstream_model, PRICE)
        rig.add_model("solo", made, upstream_model)
        rig.route("solo", retries=0)
        assert (await ask(rig, chat(rig.key, "solo"))).status == 200
        for refusal, status in (("rate_limited", 429), ("server_error", 500), ("overloaded", 503)):
            switch(rig, "solo", refusal)  # type: ignore[arg-type]
            got = await ask(rig, chat(rig.key, "solo"))
            assert (got.status, got.json["error"]["message"][: len(LAB)]) == (status, LAB)
            forgive(rig)
        for at, (fault, cause) in enumerate(SPOILING):
            switch(rig, "solo", fault)
            got = await ask(rig, chat(rig.key, "solo", stream=True))
            assert got.status == 200, fault
            assert b"Words" in got.body, fault
            assert b"error" in got.body, fault
            assert b"[DONE]" not in got.body, fault
            row = (await rig.logged(5 + at))[0]
            assert row.attempts[0].lab == fault
            assert row.attempts[0].error.startswith(LAB), fault
            assert row.attempts[0].cause == cause or not cause
            forgive(rig)


def forgive(rig: Rig) -> None:
    for target in list(rig.gateway.lab.active):
        rig.gateway.lab.put(target, None)
        rig.gateway.health.forgive(target)
