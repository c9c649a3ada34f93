"""Notifications of a real gateway: made by real requests, acted on through the service, and in ``serve``."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from conduit_desktop.bus import Bus
from conduit_desktop.errors import ConfigurationError
from conduit_desktop.paths import Home
from conduit_desktop.records import Notification, VirtualKey
from conduit_desktop.runtime import keys, models, providers
from conduit_desktop.runtime.notifying.notices import Notices
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.store import Store
from conduit_desktop.vault import MemoryVault
from conduit_desktop.vault.file import FileVault
from tests.fakes.raw import Got, Raw, chat
from tests.fakes.upstream import CLOSE, Upstream, completion, error, reply
from tests.integration.conftest import PRICE, SECRET
from tests.integration.program import PASSPHRASE, Program

COST = 11 * 1_000_000 + 7 * 10_000_000


class Run:
    """The window's service on a home whose models ``fast`` (two providers) and ``solo`` (one) are the fake."""

    def __init__(self, folder: Path, upstream: Upstream) -> None:
        self.ahead = 0.0
        self.store, self.vault = Store.open(Home(folder)), MemoryVault()
        self.store.settings.put("usage_summary", "off")
        self.store.settings.put("port", 40000)
        for name in ("one", "two"):
            url = f"{upstream.url}/{name}"
            provider = providers.add(self.store, self.vault, name, "openai-compatible", base_url=url, secret=SECRET)
            self.store.prices.put(*models.price_key(provider, "real"), PRICE, "test")
            self.store.prices.put(*models.price_key(provider, "odd"), None, "test")
            models.add(self.store, "fast", provider, "real")
            if name == "one":
                models.add(self.store, "solo", provider, "real")
                models.add(self.store, "odd", provider, "odd")
                models.set_routing(self.store, "solo", retries=0)
        self.begin(folder)

    def begin(self, folder: Path) -> None:
        self.service = GatewayService(Home(folder), self.store, self.vault, Bus())
        self.service._notices.close()
        self.service._notices = Notices(self.store, self.vault, self.service.bus, now=self.now, gather=0.0)
        self.service.notifying._notices = self.service._notices

    def now(self) -> float:
        return time.time() + self.ahead

    def key(self, name: str, **limits: object) -> tuple[VirtualKey, str]:
        wanted = VirtualKey(id="", name=name, digest="", last4="", **limits)  # type: ignore[arg-type]
        return keys.create(self.store, self.vault, wanted, keep_text=False)

    async def ask(self, text: str, model: str = "fast", **more: object) -> Got:
        async with await Raw.open(self.service.status.base_url) as client:
            return await client.ask(chat(text, model, **more))  # type: ignore[arg-type]

    async def restart(self, folder: Path) -> None:
        await self.service.close()
        self.store = Store.open(Home(folder))
        self.begin(folder)
        await self.service.start()

    async def told(self, kind: str = "") -> list[Notification]:
        """What there is to read now, newest first. What is told again comes a minute later: that has passed, but for
        somebody who waits for a decision."""
        with contextlib.suppress(ConfigurationError):  # a log that cannot be written
            self.store.exchanges.flush()
        self.ahead += 61 if kind != "budget_asked" else 0
        await self.service._notices.settle()
        return [each for each in self.store.notifications.list() if not kind or each.kind == kind]

    async def until(self, kind: str, wanted: Callable[[Notification], bool] = lambda _found: True) -> Notification:
        async with asyncio.timeout(20):
            while True:
                for found in await self.told(kind):
                    if wanted(found):
                        return found
                await asyncio.sleep(0.02)


@pytest.fixture
async def run(tmp_path: Path, upstream: Upstream) -> AsyncIterator[Run]:
    made = Run(tmp_path, upstream)
    await made.service.start()
    assert made.service.status.state == "running", made.service.status.detail
    yield made
    await made.service.close()


# ---------------------------------------------------------------- what real requests tell


async def test_down_failover_and_up_again(run: Run, upstream: Upstream) -> None:
    _, text = run.key("editor")
    upstream.next([CLOSE], error(503, "You asked: TOP-SECRET-PROMPT"), reply(completion()))
    await run.ask(text, "solo")
    down = await run.until("provider_down")
    assert (down.severity, down.action) == ("error", "test_provider")
    await run.ask(text, "solo")
    again = await run.until("provider_down", lambda found: found.count == 2)
    assert "503" in again.text
    await run.ask(text, "solo")
    up = await run.until("provider_down", lambda found: found.severity == "info")
    assert (up.id, up.title, up.action) == (down.id, "one answers again", "")
    assert "PROMPT" not in str(run.store.notifications.list())


async def test_a_good_answer_right_behind_a_failure_settles_it(run: Run, upstream: Upstream) -> None:
    _, text = run.key("editor")
    upstream.next([CLOSE], reply(completion()))
    run.service._notices._gather = 60.0  # it looks when it is asked to, in between only once
    await run.ask(text, "solo")
    await run.ask(text, "solo")
    await run.until("provider_down", lambda found: found.severity == "info")


async def test_a_deployment_that_is_kept_away_from_is_told_once_and_so_is_its_return(
    run: Run, upstream: Upstream
) -> None:
    _, text = run.key("editor")
    upstream.usual = lambda got: error(500, "TOP-SECRET") if "/one/" in got.target else reply(completion())
    models.set_routing(run.store, "fast", retries=3)
    for _ in range(4):
        assert (await run.ask(text, "fast")).status == 200
    told = await run.until("deployment_away")
    assert (told.title, told.severity, told.count) == ("one/real is kept away from", "warning", 1)
    assert told.text.startswith("one fails on its side. ")
    for _ in range(3):
        await run.ask(text, "fast")
    assert [each.count for each in await run.told("deployment_away")] == [1]
    await run.service.routing.reset_health(told.subject.partition(":")[2])
    over = await run.until("deployment_away", lambda found: found.severity == "info")
    assert (over.id, over.title, over.action) == (told.id, "one serves fast again", "")
    assert "SECRET" not in str(run.store.notifications.list())


async def test_a_further_key_that_is_turned_down_is_told_while_the_first_serves(run: Run, upstream: Upstream) -> None:
    _, text = run.key("editor")
    spare = "sk-upstream-spare-0123456789"
    provider = providers.named(run.store, "one")
    provider = await run.service.configuring.add_credential(provider.id, "spare", spare)
    upstream.usual = lambda got: error(401) if spare in str(got.headers) else reply(completion())
    for _ in range(4):
        assert (await run.ask(text, "solo")).status == 200
    told = await run.until("credential_rejected")
    assert (told.title, told.count, told.target) == ("one rejects its key spare", 1, provider.id)
    refused = sum(spare in str(received.headers) for received in upstream.received)
    assert refused == 1, "it is put aside at once"
    upstream.usual = reply({"object": "list", "data": [{"id": "real"}]})
    assert (await run.service.configuring.test_credential(provider.id, provider.credentials[0].id)).ok
    over = await run.until("credential_rejected", lambda found: found.severity == "info")
    assert over.title == "one takes its key spare again"


async def test_a_rejected_key_is_told_and_a_good_test_settles_it(run: Run, upstream: Upstream) -> None:
    _, text = run.key("editor")
    upstream.next(error(401, f"Incorrect API key provided: {SECRET}"))
    await run.ask(text, "solo")
    told = await run.until("credential_rejected")
    assert (told.severity, told.action) == ("error", "test_provider")
    assert SECRET not in str(told)
    upstream.usual = error(401, "still wrong")
    bad = await run.service.notifying.act(told)
    assert not bad.ok
    assert bad.probe is not None
    assert bad.probe.status == 401
    assert run.store.notifications.about(told.subject) == told
    upstream.usual = reply({"object": "list", "data": [{"id": "real"}]})
    good = await run.service.notifying.act(told)
    assert good.ok
    over = run.store.notifications.about(told.subject)
    assert over is not None
    assert (over.severity, over.action) == ("info", "")


async def test_unpriced_models_and_refused_keys(run: Run) -> None:
    _, text = run.key("editor", models=("fast",))
    _, free = run.key("free")
    await run.ask(free, "odd")
    unpriced = await run.until("price_unknown")
    assert unpriced.target.endswith("/odd")
    for _ in range(5):
        assert (await run.ask(text, "solo")).status == 403
    for _ in range(5):
        assert (await run.ask("sk-conduit-" + "Q" * 43)).status == 401
    refused = {each.subject.split(":")[1]: each for each in await run.told("refused")}
    assert set(refused) == {"401", "403"}
    assert "editor" in refused["403"].title
    assert "QQQQ" not in str(refused)


async def test_a_rate_limit_that_is_hit_time_and_again(run: Run) -> None:
    key, text = run.key("hasty", rpm=1)
    for _ in range(7):
        await run.ask(text)
    told = await run.until("rate_limited")
    assert (told.action, told.target) == ("show_key", key.id)


async def test_a_budget_from_half_to_refusal_is_one_notification_and_stays_so_after_a_restart(
    run: Run, tmp_path: Path
) -> None:
    key, text = run.key("spender", budget=10 * COST, period="month")
    seen: list[str] = []
    for _ in range(12):
        await run.ask(text)
        seen += [each.severity for each in await run.told("budget")]
    (one,) = await run.told("budget")
    assert (one.subject, one.severity, one.action, one.target) == (f"budget:{key.id}", "error", "raise_budget", key.id)
    assert [each for each, before in zip(seen, ["", *seen], strict=False) if each != before] == [
        "info",
        "warning",
        "error",
    ]
    run.store.notifications.mark_read()
    await run.restart(tmp_path)
    await asyncio.sleep(0.1)
    (same,) = await run.told("budget")
    assert (same.count, same.read) == (one.count, True)


# ---------------------------------------------------------------- what is done about it


async def spent(run: Run, **more: object) -> tuple[VirtualKey, str, Notification]:
    """A key with its budget spent."""
    key, text = run.key("spender", budget=COST, period="month", **more)
    assert (await run.ask(text)).status == 200
    return key, text, await run.until("budget", lambda found: found.severity == "error")


async def test_raising_a_budget_lets_the_next_request_through(run: Run) -> None:
    key, text, told = await spent(run)
    assert (await run.ask(text)).status == 402
    found = await run.service.notifying.suggest_budget(told)
    assert (found.spent, found.key.id) == (COST, key.id)
    assert found.suggested > COST
    with pytest.raises(ConfigurationError):
        await run.service.notifying.act(told, amount=COST)
    done = await run.service.notifying.act(told)
    assert done.ok
    assert (await run.ask(text)).status == 200
    over = run.store.notifications.about(told.subject)
    assert over is not None
    assert (over.severity, over.read, over.action) == ("info", True, "")
    stored = run.store.keys.by_name("spender")
    assert stored is not None
    assert stored.budget == found.suggested


async def waiting(run: Run, text: str) -> tuple[asyncio.Task[Got], Notification]:
    asking = asyncio.get_running_loop().create_task(run.ask(text), name="asks")
    return asking, await run.until("budget_asked", lambda found: found.action != "")


async def test_who_asks_is_answered_by_raising(run: Run) -> None:
    _, text, _ = await spent(run, at_limit="ask")
    asking, told = await waiting(run, text)
    assert not asking.done()
    await run.service.notifying.act(told, "raise_budget", amount=100 * COST)
    assert (await asking).status == 200
    await run.until("budget_asked", lambda found: found.severity == "info")


async def test_who_asks_is_refused_at_once(run: Run) -> None:
    _, text, _ = await spent(run, at_limit="ask")
    asking, told = await waiting(run, text)
    done = await run.service.notifying.act(told, "refuse")
    assert (done.ok, done.text) == (True, "1 request refused.")
    assert (await asking).status == 402
    over = run.store.notifications.about(told.subject)
    assert over is not None
    assert over.read
    assert not (await run.service.notifying.act(told, "refuse")).ok  # nobody waits any more
    again, _ = await waiting(run, text)  # the next one asks anew
    await run.service.notifying.act(told, "refuse")
    assert (await again).status == 402


async def test_a_key_is_extended_and_enabled(run: Run) -> None:
    key, text = run.key("old")
    run.store.keys.put(replace(key, created=time.time() - 40 * 86400, expires=time.time() - 60))
    told = await run.until("expiry")
    assert (told.severity, told.action) == ("error", "extend_key")
    assert (await run.ask(text)).status == 401
    done = await run.service.notifying.act(told)
    assert "good until" in done.text
    assert (await run.ask(text)).status == 200
    (over,) = await run.told("expiry")
    assert (over.severity, over.read) == ("info", True)
    run.store.keys.put(replace(next(each for each in run.store.keys.list() if each.id == key.id), enabled=False))
    for _ in range(5):
        assert (await run.ask(text)).status == 401
    refused = await run.until("refused")
    assert refused.action == "enable_key"
    await run.service.notifying.act(refused)
    assert (await run.ask(text)).status == 200


@pytest.mark.parametrize("action", ["raise_budget", "extend_key", "enable_key", "test_provider"])
async def test_what_is_gone_is_said_in_words(run: Run, action: str) -> None:
    told = Notification(
        id="n", kind="budget", subject="s", severity="error", title="t", text="", created=0, updated=0, target="gone"
    )
    with pytest.raises(ConfigurationError) as caught:
        await run.service.notifying.act(told, action)
    assert "not there any more" in caught.value.text


async def test_an_action_that_only_shows_something_is_not_done_here(run: Run) -> None:
    told = Notification(id="n", kind="x", subject="s", severity="info", title="t", text="", created=0, updated=0)
    with pytest.raises(ConfigurationError):
        await run.service.notifying.act(told, "show_key")


@pytest.mark.logs_errors
async def test_a_log_that_cannot_be_written_is_told_and_requests_go_on(run: Run, tmp_path: Path) -> None:
    _, text = run.key("editor")
    with contextlib.closing(sqlite3.connect(Home(tmp_path).activity)) as connection:
        connection.execute("ALTER TABLE exchange RENAME TO elsewhere")
        connection.commit()
    assert (await run.ask(text)).status == 200
    told = await run.until("log_failed")
    assert told.severity == "error"
    with contextlib.closing(sqlite3.connect(Home(tmp_path).activity)) as connection:
        connection.execute("ALTER TABLE elsewhere RENAME TO exchange")
        connection.commit()


async def test_a_port_that_is_taken_is_told(tmp_path: Path, upstream: Upstream) -> None:
    made = Run(tmp_path, upstream)
    made.store.settings.put("port", upstream.port)
    await made.service.start()
    try:
        told = await made.until("port_taken")
        assert str(upstream.port) in told.text
    finally:
        await made.service.close()


# ---------------------------------------------------------------- serve


@pytest.mark.slow
async def test_serve_makes_them_and_sends_them(tmp_path: Path, upstream: Upstream) -> None:
    upstream.usual = reply(b"ok", kind="text/plain")
    program = Program(tmp_path / "home")
    text = await asyncio.to_thread(program.with_demo)
    home = Home(program.home)
    store = Store.open(home)
    service = GatewayService(home, store, FileVault(home, PASSPHRASE), Bus())
    state = await service.notifying.set_webhook(upstream.origin + "/hooks/abcdefghijklmnopqrstuvwxyz")
    assert state.kind == "json"
    await service.close()

    def refused() -> None:
        with program.serving() as gateway:
            for _ in range(5):
                assert gateway.ask(text, "nothing-like-it").status_code == 404
                assert gateway.ask("sk-conduit-" + "Z" * 43).status_code == 401
            asyncio.run_coroutine_threadsafe(upstream.got(), loop).result(30)
            done = gateway.end()
            assert done.code == 0
            assert "abcdefghijklmnop" not in done.out + done.err

    loop = asyncio.get_running_loop()
    await asyncio.to_thread(refused)
    got = upstream.received[0]
    assert got.json["notification"]["kind"] == "refused"
    assert b"ZZZZ" not in got.body
    store = Store.open(home)
    try:
        assert [each.kind for each in store.notifications.list()] == ["refused"]
    finally:
        store.close()
