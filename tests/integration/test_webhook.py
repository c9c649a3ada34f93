"""The webhook against a real server on this machine: what it gets, when again, and what is told of its failures."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from conduit_desktop.bus import Bus
from conduit_desktop.errors import ConfigurationError
from conduit_desktop.paths import Home
from conduit_desktop.records import Notification, Severity, Telling
from conduit_desktop.runtime.notifying.notices import Notices
from conduit_desktop.runtime.notifying.webhook import MOST_WAITING, Patience
from conduit_desktop.store import Store
from conduit_desktop.vault import MemoryVault
from tests.fakes.upstream import CLOSE, RESET, Step, Upstream, reply

QUICK = Patience(first=0.01, most=0.05, give_up=30.0, answer=30.0)
PATH = "/hooks/T00000000/B00000000/abcdefghijklmnopqrstuvwxyz"


def took(status: int = 200, **headers: str) -> list[Step]:
    return reply(b"ok", status, list(headers.items()), kind="text/plain")


class Hooked:
    """Notices with a webhook at the fake."""

    def __init__(self, folder: Path, patience: Patience = QUICK) -> None:
        self.home = Home(folder)
        self.store = Store.open(self.home)
        self.store.settings.put("usage_summary", "off")
        self.vault = MemoryVault()
        self.ahead = 0.0
        now = lambda: time.time() + self.ahead  # noqa: E731
        self.notices = Notices(self.store, self.vault, Bus(), now=now, patience=patience, gather=0.0)
        self.notices.start()

    def hook(self, url: str, kind: Any = None) -> None:
        self.notices.sending.destination.set(url, kind)

    def tell(self, title: str, severity: Severity = "error", subject: str = "", **more: Any) -> None:
        told = Telling(subject=subject or title, kind="refused", severity=severity, title=title, text="x", **more)
        self.notices.tell(told)

    async def about_itself(self, wanted: Callable[[Notification], bool]) -> Notification:
        async with asyncio.timeout(10):
            while True:
                await self.notices.settle()
                found = self.store.notifications.about("webhook")
                if found is not None and wanted(found):
                    return found
                await asyncio.sleep(0.01)

    async def idle(self) -> None:
        async with asyncio.timeout(10):
            while self.notices.sending.state().waiting:
                await asyncio.sleep(0.005)

    async def close(self) -> None:
        await asyncio.to_thread(self.notices.close)
        self.store.close()


@pytest.fixture
async def hooked(tmp_path: Path, upstream: Upstream) -> AsyncIterator[Hooked]:
    upstream.usual = took()
    made = Hooked(tmp_path)
    made.hook(upstream.origin + PATH)
    yield made
    await made.close()


# ---------------------------------------------------------------- what arrives


async def test_generic_json_arrives(hooked: Hooked, upstream: Upstream) -> None:
    hooked.tell("a key is refused", action="show_key", target="k1")
    got = await upstream.got()
    assert (got.method, got.target) == ("POST", PATH)
    assert got.header("content-type") == "application/json"
    assert got.json["version"] == 1
    assert got.json["id"] == got.header("idempotency-key")
    notification = got.json["notification"]
    assert (notification["title"], notification["severity"], notification["target"]) == (
        "a key is refused",
        "error",
        "k1",
    )


@pytest.mark.parametrize(("kind", "member"), [("slack", "blocks"), ("discord", "content")])
async def test_other_kinds_arrive(hooked: Hooked, upstream: Upstream, kind: str, member: str) -> None:
    hooked.hook(upstream.origin + PATH, kind)
    upstream.usual = took(204)
    hooked.tell("hello @everyone <!channel>")
    got = await upstream.got()
    assert member in got.json
    assert b"@everyone" not in got.body
    await hooked.idle()


@pytest.mark.parametrize(("level", "wanted"), [("errors", ["e"]), ("important", ["w", "e"]), ("all", ["i", "w", "e"])])
async def test_only_the_severities_that_are_wanted(
    hooked: Hooked, upstream: Upstream, level: str, wanted: list[str]
) -> None:
    hooked.store.settings.put("webhook_severity", level)
    severities: tuple[tuple[str, Severity], ...] = (("i", "info"), ("w", "warning"), ("e", "error"))
    for title, severity in severities:
        hooked.tell(title, severity)
    await upstream.got(len(wanted))
    await hooked.idle()
    assert [each.json["notification"]["title"] for each in upstream.received] == wanted


async def test_repetitions_are_not_sent_but_the_end_is(hooked: Hooked, upstream: Upstream) -> None:
    hooked.tell("down", subject="s")
    await upstream.got()
    for _ in range(20):
        hooked.tell("down", subject="s")
    over = Telling(subject="s", kind="refused", severity="info", title="up", text="", times=0)
    await hooked.notices.do(hooked.notices.settled(over))
    got = await upstream.got(2)
    assert got.json["notification"]["title"] == "up"
    assert got.json["notification"]["id"] == upstream.received[0].json["notification"]["id"]
    assert got.json["id"] != upstream.received[0].json["id"]


async def test_news_of_what_waits_takes_its_place(hooked: Hooked, upstream: Upstream) -> None:
    gate = asyncio.Event()
    upstream.next([gate, *took()])
    hooked.tell("first")
    await upstream.got()
    hooked.tell("half", "warning", subject="s")
    await hooked.notices.settle()
    hooked.tell("all", "error", subject="s")
    await hooked.notices.settle()
    gate.set()
    await upstream.got(2)
    await hooked.idle()
    assert [each.json["notification"]["title"] for each in upstream.received] == ["first", "all"]


async def test_a_test_arrives_and_says_so(hooked: Hooked, upstream: Upstream) -> None:
    found = await hooked.notices.do(hooked.notices.sending.test())
    assert found.ok
    assert (await upstream.got()).json["notification"]["kind"] == "test"


# ---------------------------------------------------------------- again


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 529])
async def test_it_is_tried_again_under_the_same_id(hooked: Hooked, upstream: Upstream, status: int) -> None:
    upstream.next(took(status), took(status))
    hooked.tell("t")
    await upstream.got(3)
    await hooked.idle()
    assert len({each.json["id"] for each in upstream.received}) == 1
    assert hooked.store.notifications.about("webhook") is None  # two failures are nothing to tell of


@pytest.mark.parametrize("broken", [[CLOSE], [RESET], [b"HTTP/1.1 20"], [b"nonsense\r\n\r\n", CLOSE]])
async def test_a_broken_answer_is_tried_again(hooked: Hooked, upstream: Upstream, broken: list[Step]) -> None:
    upstream.next([*broken, CLOSE])
    hooked.tell("t")
    await upstream.got(2)
    await hooked.idle()


async def test_a_hanging_server_is_left_and_tried_again(tmp_path: Path, upstream: Upstream) -> None:
    hooked = Hooked(tmp_path, Patience(first=0.01, most=0.05, give_up=30.0, answer=1.0))
    hooked.hook(upstream.origin + PATH)
    never = asyncio.Event()
    upstream.next([never], [never])
    upstream.usual = took()
    hooked.tell("t")
    await upstream.got(3)
    await hooked.idle()
    await hooked.close()


async def test_nothing_waits_for_a_hanging_webhook(hooked: Hooked, upstream: Upstream) -> None:
    never = asyncio.Event()
    upstream.next([never])
    hooked.tell("hangs")
    await upstream.got()
    hooked.tell("stored all the same")
    await hooked.notices.settle()
    assert "stored all the same" in [each.title for each in hooked.store.notifications.list()]
    await asyncio.wait_for(asyncio.to_thread(hooked.notices.close), 15)  # nor does the end


async def test_retry_after_is_heeded_for_all_that_waits(hooked: Hooked, upstream: Upstream) -> None:
    upstream.next(took(429, **{"retry-after": "1"}))
    hooked.tell("a")
    hooked.tell("b")
    await upstream.got()
    began = asyncio.get_running_loop().time()
    await upstream.got(3)
    assert asyncio.get_running_loop().time() - began >= 0.9
    assert sorted(each.json["notification"]["title"] for each in upstream.received) == ["a", "a", "b"]


async def test_one_that_always_fails_does_not_hold_the_others_up(hooked: Hooked, upstream: Upstream) -> None:
    upstream.usual = lambda got: took(500 if got.json["notification"]["title"] == "poison" else 200)
    hooked.tell("poison")
    for at in range(5):
        hooked.tell(f"good {at}")
    async with asyncio.timeout(10):
        while {f"good {at}" for at in range(5)} - {each.json["notification"]["title"] for each in upstream.received}:
            await asyncio.sleep(0.01)
    upstream.usual = took()
    await hooked.idle()


async def test_it_gives_up_after_its_time_and_says_so(tmp_path: Path, upstream: Upstream) -> None:
    hooked = Hooked(tmp_path, Patience(first=0.01, most=0.02, give_up=0.3, answer=30.0))
    hooked.hook(upstream.origin + PATH)
    upstream.usual = took(503)
    hooked.tell("the lost one")
    await hooked.idle()
    told = await hooked.about_itself(lambda found: found.severity == "error")
    assert told.title == "The webhook does not take notifications"
    assert (told.kind, told.action) == ("webhook_failed", "open_settings")
    upstream.usual = took()
    await hooked.notices.do(hooked.notices.sending.test())
    hooked.ahead = 61.0
    again = await hooked.about_itself(lambda found: found.severity == "info")
    assert (again.id, again.title, again.read) == (told.id, "The webhook works again", True)
    await hooked.close()


# ---------------------------------------------------------------- not again


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 413, 422])
async def test_a_refusal_is_final_and_told(hooked: Hooked, upstream: Upstream, status: int) -> None:
    upstream.usual = took(status)
    hooked.tell("t")
    told = await hooked.about_itself(lambda found: found.severity == "error")
    assert str(status) in told.text
    assert "“t” was not sent" in told.text
    await hooked.idle()
    assert len(upstream.received) == 1  # its failure itself is not sent to it


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(hooked: Hooked, upstream: Upstream, status: int) -> None:
    async with Upstream() as elsewhere:
        upstream.usual = took(status, location=f"{elsewhere.origin}/stolen")
        hooked.tell("t")
        told = await hooked.about_itself(lambda found: found.severity == "error")
        assert "redirects to 127.0.0.1" in told.text
        assert elsewhere.received == []


async def test_nothing_listens(hooked: Hooked, upstream: Upstream) -> None:
    async with Upstream() as gone:
        url = gone.origin + PATH
    hooked.hook(url)
    assert not (await hooked.notices.do(hooked.notices.sending.test())).ok
    hooked.tell("t")
    told = await hooked.about_itself(lambda found: found.severity == "error")
    assert "Nothing listens at 127.0.0.1" in told.text
    hooked.hook(upstream.origin + PATH)  # the address is corrected: at once, not when the pause is over
    await hooked.notices.do(hooked.notices.forget_webhook())
    assert hooked.notices.sending.state().problem == ""
    hooked.tell("u")
    assert (await upstream.got()).json["notification"]["title"] == "u"


async def test_too_many_wait_and_the_oldest_go(hooked: Hooked, upstream: Upstream) -> None:
    gate = asyncio.Event()
    upstream.next([gate, *took()])
    hooked.tell("first")
    await upstream.got()
    for at in range(MOST_WAITING + 20):
        hooked.tell(f"n{at}")
    await hooked.notices.settle()
    assert hooked.notices.sending.state().waiting == MOST_WAITING
    gate.set()
    told = await hooked.about_itself(lambda found: "dropped" in found.text)
    assert "21 were dropped" in told.text
    await hooked.idle()
    titles = [each.json["notification"]["title"] for each in upstream.received]
    assert titles == ["first", *(f"n{at}" for at in range(20, MOST_WAITING + 20))]


# ---------------------------------------------------------------- setting it


async def test_the_address_is_in_the_vault_and_nowhere_else(
    hooked: Hooked, upstream: Upstream, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    secret = "abcdefghijklmnopqrstuvwxyz"
    upstream.usual = took(404)
    hooked.tell("t")
    await hooked.about_itself(lambda found: found.severity == "error")
    state = hooked.notices.sending.state()
    assert (state.kind, state.host, state.last4) == ("json", f"127.0.0.1:{upstream.port}", "wxyz")
    assert secret not in repr(state)
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("conduit_desktop")]
    assert not [line for line in ours if secret in line]
    await hooked.close()
    for path in hooked.home.folder.rglob("*"):
        assert not path.is_file() or secret.encode() not in path.read_bytes(), path.name
    for database in (hooked.home.configuration, hooked.home.activity):
        with sqlite3.connect(database) as connection:
            assert secret not in "\n".join(connection.iterdump())


async def test_changing_and_removing_it_leaves_no_secret_behind(hooked: Hooked, upstream: Upstream) -> None:
    hooked.hook(upstream.origin + PATH + "2")
    assert len(hooked.vault._secrets) == 1
    with pytest.raises(ConfigurationError):
        hooked.hook("http://example.org/hook")
    assert hooked.notices.sending.state().host == f"127.0.0.1:{upstream.port}"
    hooked.hook("")
    assert hooked.vault._secrets == {}
    assert hooked.notices.sending.state().kind is None
    hooked.tell("t")
    await hooked.notices.settle()
    assert upstream.received == []
    assert not (await hooked.notices.do(hooked.notices.sending.test())).ok


async def test_planted_secrets_do_not_arrive(hooked: Hooked, upstream: Upstream) -> None:
    secret = "sk-conduit-" + "Zq9" * 14
    told = Telling(subject="s", kind="refused", severity="error", title=f"key {secret}", text=f"Bearer {secret}")
    hooked.notices.tell(told)
    got = await upstream.got()
    assert secret.encode() not in got.body
    await hooked.notices.settle()
    assert secret not in str(hooked.store.notifications.list())
