"""Providers that fail and clients that leave: what the client is told, what is logged, and that nothing stays open."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest

from conduit_desktop.gateway.exchange import Fault
from conduit_desktop.gateway.send import sender
from conduit_desktop.records import Exchange, Timeouts
from conduit_desktop.runtime import credentials
from tests.fakes.raw import Got, Raw, chat
from tests.fakes.rig import Rig
from tests.fakes.upstream import (
    CLOSE,
    DONE,
    HANG,
    RESET,
    ROLE,
    Step,
    Upstream,
    chunk,
    completion,
    delta,
    error,
    event,
    head,
    reply,
    stream,
)
from tests.integration.conftest import PRICE, SECRET
from tests.integration.test_gateway import COST, ask, key_named, only, settled

TROUBLE = event(error={"message": "overloaded", "code": 529})


def attempts(row: Exchange) -> list[tuple[str, int | None, str]]:
    return [(attempt.provider, attempt.status, attempt.cause) for attempt in row.attempts]


def failures(rig: Rig) -> int:
    """How many failures are held against anybody."""
    return sum(condition.failures for condition in rig.gateway.health._conditions.values())


def in_work(rig: Rig) -> int:
    return sum(condition.in_work for condition in rig.gateway.health._conditions.values())


# ---------------------------------------------------------------- before the first content


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 529])
@pytest.mark.parametrize("streamed", [False, True])
async def test_the_next_deployment_takes_over(rig: Rig, upstream: Upstream, status: int, streamed: bool) -> None:
    upstream.next(error(status))
    got = await ask(rig, chat(rig.key, stream=streamed))
    assert (got.status, got.headers["x-conduit-provider"], got.headers["x-conduit-attempts"]) == (200, "two", "2")
    row = only(await rig.logged(1))
    assert [(provider, code) for provider, code, _ in attempts(row)] == [("one", status), ("two", 200)]
    assert row.attempts[0].error == "no"
    assert row.cost == COST


@pytest.mark.parametrize("status", [401, 402, 403])
async def test_an_account_that_cannot_is_not_asked_again(rig: Rig, upstream: Upstream, status: int) -> None:
    upstream.next(error(status), error(status))
    got = await ask(rig, chat(rig.key))
    assert got.status == status
    assert [sent.target.split("/")[2] for sent in upstream.received] == ["one", "two"]


@pytest.mark.parametrize("status", [400, 406, 413, 422])
async def test_the_clients_own_mistake_passes_as_it_is(rig: Rig, upstream: Upstream, status: int) -> None:
    body = b'{ "error": {"message":"your doing",  "param":null} }'
    upstream.next(reply(body, status, [("x-odd", "1")]))
    got = await ask(rig, chat(rig.key))
    assert (got.status, got.body, got.headers["x-odd"]) == (status, body, "1")
    assert len(upstream.received) == 1
    row = only(await rig.logged(1))
    assert (row.status, row.error, row.cost) == (status, "your doing", 0)
    assert failures(rig) == 0


async def test_what_one_deployment_cannot_another_may(rig: Rig, upstream: Upstream) -> None:
    upstream.next(error(404))
    got = await ask(rig, chat(rig.key))
    assert (got.status, got.headers["x-conduit-attempts"]) == (200, "2")
    assert failures(rig) == 0


async def test_the_same_deployment_is_tried_again(rig: Rig, upstream: Upstream) -> None:
    rig.route("solo", retries=2)
    upstream.next(error(500), error(429, headers=[("retry-after", "0")]))
    got = await ask(rig, chat(rig.key, "solo"))
    assert (got.status, got.headers["x-conduit-attempts"]) == (200, "3")
    assert attempts(only(await rig.logged(1))) == [
        ("one", 500, "server_error"),
        ("one", 429, "rate_limited"),
        ("one", 200, ""),
    ]
    assert failures(rig) == 0


ALL_FAILED = "[Conduit made 3 calls: one/real 500 server error: first; two/real 503 overloaded: second; "


async def test_the_last_failure_comes_with_an_account_of_all(rig: Rig, upstream: Upstream) -> None:
    upstream.next(error(500, "first"), error(503, "second"), error(529, "third", [("retry-after", "7")], odd=1))
    got = await ask(rig, chat(rig.key))
    told = f"third {ALL_FAILED}one/real 529 overloaded]"
    assert (got.status, got.headers["retry-after"]) == (529, "7")
    assert got.json == {"error": {"message": told, "type": "x", "odd": 1}}
    row = only(await rig.logged(1))
    assert (row.status, row.error, row.cost) == (529, "third", 0)


async def test_a_failure_without_an_answer_comes_with_an_account_too(rig: Rig, upstream: Upstream) -> None:
    upstream.next([CLOSE], [RESET], [CLOSE])
    got = await ask(rig, chat(rig.key))
    assert (got.status, got.code) == (502, "upstream_error")
    assert "[Conduit made 3 calls: one/real broken" in got.json["error"]["message"]
    row = only(await rig.logged(1))
    assert "calls" not in row.error, "the log has the calls themselves"


async def test_a_page_among_failures_is_told_in_the_clients_dialect(rig: Rig, upstream: Upstream) -> None:
    page = reply(b"<html>Bad gateway</html>", 502, kind="text/html")
    upstream.next(error(500, "first"), error(503, "second"), page)
    got = await ask(rig, chat(rig.key))
    assert (got.status, got.headers["content-type"]) == (502, "application/json")
    assert f"{ALL_FAILED}one/real 502 server error]" in got.json["error"]["message"]


async def test_a_stream_that_begins_with_an_error_has_the_account_in_it(rig: Rig, upstream: Upstream) -> None:
    upstream.next(error(500, "first"), error(503, "second"), stream(ROLE, TROUBLE, DONE))
    got = await ask(rig, chat(rig.key, stream=True))
    told = f"overloaded {ALL_FAILED}one/real 200 overloaded]"
    assert (got.status, got.whole) == (200, True)
    assert event(error={"message": told, "code": 529}) in got.body


async def test_too_long_a_wait_is_not_waited(rig: Rig, upstream: Upstream) -> None:
    rig.route("solo", retries=3)
    upstream.next(error(429, headers=[("retry-after", "3600")]))
    got = await ask(rig, chat(rig.key, "solo"))
    assert (got.status, got.headers["retry-after"]) == (429, "3600")
    assert len(upstream.received) == 1


FAULTS: dict[str, tuple[list[Step], str]] = {
    "reset before head": ([RESET], "broken"),
    "closed before head": ([CLOSE], "broken"),
    "closed within head": ([b"HTTP/1.1 200 OK\r\ncontent-", CLOSE], "broken"),
    "garbage": ([b"SSH-2.0-OpenSSH_9\r\n\r\n", CLOSE], "protocol"),
    "endless head": ([b"HTTP/1.1 200 OK\r\n" + b"x: " + b"y" * 400_000], "protocol"),
    "another protocol": (
        [b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"],
        "protocol",
    ),
    "body too short": ([head(200, [("content-length", "500")]) + b"{}", CLOSE], "broken"),
    "chunks cut": ([head(200, [("transfer-encoding", "chunked")]) + chunk(b"{}"), CLOSE], "broken"),
    "chunks damaged": ([head(200, [("transfer-encoding", "chunked")]) + b"zz\r\n"], "protocol"),
    "damaged gzip": ([head(200, [("content-encoding", "gzip"), ("content-length", "4")]) + b"nope"], "protocol"),
    "half a gzip": ([*reply(gzip=True, framing="close")[:1]], "truncated"),
}
FAULTS["empty 200"] = (reply(b""), "not_json")
FAULTS["a login page"] = (reply(b"<html>Log in to the network</html>", kind="text/html"), "not_json")
_whole = FAULTS["half a gzip"][0][0]
assert isinstance(_whole, bytes)
FAULTS["half a gzip"] = ([_whole[:-12], CLOSE], "truncated")


@pytest.mark.parametrize("fault", FAULTS)
async def test_broken_answers_fail_over(rig: Rig, upstream: Upstream, fault: str) -> None:
    steps, cause = FAULTS[fault]
    upstream.next(steps)
    got = await ask(rig, chat(rig.key))
    assert (got.status, got.headers["x-conduit-provider"]) == (200, "two")
    assert only(await rig.logged(1)).attempts[0].cause == cause
    assert in_work(rig) == 0


async def test_nobody_there_is_502_and_says_so(rig: Rig, upstream: Upstream) -> None:
    gone = rig.add_provider("gone", "openai-compatible", "http://127.0.0.1:1/v1")
    rig.set_price(gone, "x", PRICE)
    got = await ask(rig, chat(rig.key, "gone/x"))
    assert (got.status, got.code) == (502, "upstream_error")
    assert "127.0.0.1:1" in got.json["error"]["message"]
    assert {attempt.cause for attempt in only(await rig.logged(1)).attempts} == {"refused"}


async def test_a_provider_that_never_answers_is_504(rig: Rig, upstream: Upstream) -> None:
    rig.limit("solo", total=0.5)
    upstream.next([HANG])
    got = await ask(rig, chat(rig.key, "solo"))
    assert (got.status, got.code) == (504, "upstream_timeout")
    assert float(got.headers["x-conduit-overhead-ms"]) < 500, "what is waited for is the provider's"
    await asyncio.wait_for((await upstream.got()).gone.wait(), 5)


async def test_a_kept_connection_that_was_closed_is_no_failure(rig: Rig, upstream: Upstream) -> None:
    """The provider closes after each answer without saying so: the next request finds a dead connection."""
    for _ in range(20):
        upstream.next(reply(last=True))
        assert (await ask(rig, chat(rig.key, "solo"))).status == 200
    rows = await rig.logged(20)
    assert {len(row.attempts) for row in rows} == {1}
    assert failures(rig) == 0


@pytest.mark.parametrize("framing", ["length", "chunked", "close"])
@pytest.mark.parametrize("gzip", [False, True])
async def test_every_framing_of_an_answer(rig: Rig, upstream: Upstream, framing: str, gzip: bool) -> None:
    upstream.next(reply(framing=framing, gzip=gzip))  # type: ignore[arg-type]
    got = await ask(rig, chat(rig.key))
    assert got.status == 200
    assert "content-encoding" not in got.headers
    assert only(await rig.logged(1)).cost == COST


async def test_interim_answers_are_skipped(rig: Rig, upstream: Upstream) -> None:
    upstream.next([b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n", *reply()])
    got = await ask(rig, chat(rig.key))
    assert (got.status, got.interim) == (200, ())
    assert "link" not in got.headers


async def test_two_answers_to_one_question_are_not_mixed_up(rig: Rig, upstream: Upstream) -> None:
    second = reply({"error": {"message": "somebody else's"}}, 400)[0]
    assert isinstance(second, bytes)
    first = reply()[0]
    assert isinstance(first, bytes)
    upstream.next([first + second])
    got = [await ask(rig, chat(rig.key, "solo")) for _ in range(3)]
    assert [each.status for each in got] == [200] * 3
    assert upstream.connections >= 2


# ---------------------------------------------------------------- streams


@pytest.mark.parametrize(
    "steps",
    [
        stream(CLOSE),
        stream(ROLE, CLOSE),
        stream(ROLE, RESET),
        stream(whole=True),
        stream(ROLE),
        stream(TROUBLE, DONE),
        stream(ROLE, TROUBLE),
        stream(b": ping\n\n", CLOSE),
        stream(framing="close"),
    ],
)
async def test_a_stream_without_content_fails_over(rig: Rig, upstream: Upstream, steps: list[Step]) -> None:
    upstream.next(steps)
    got = await ask(rig, chat(rig.key, stream=True))
    assert (got.status, got.headers["x-conduit-provider"]) == (200, "two")
    assert got.body.endswith(DONE)
    assert b"error" not in got.body
    assert got.body.count(b'"role"') == 1
    row = only(await rig.logged(1))
    assert (row.status, len(row.attempts)) == (200, 2)
    assert in_work(rig) == 0


@pytest.mark.parametrize("end", [CLOSE, RESET, b""])
@pytest.mark.parametrize("framing", ["chunked", "close"])
async def test_a_cut_stream_never_looks_finished(rig: Rig, upstream: Upstream, end: Step, framing: str) -> None:
    steps = stream(delta("one"), delta("two"), 0.01, end, framing=framing)  # type: ignore[arg-type]
    upstream.next(steps if end else stream(delta("one"), delta("two"), framing=framing))  # type: ignore[arg-type]
    got = await ask(rig, chat(rig.key, stream=True))
    assert got.whole
    assert got.body.startswith(delta("one") + delta("two") + b'data: {"error":')
    assert DONE not in got.body
    assert len(upstream.received) == 1
    row = only(await rig.logged(1))
    assert (row.status, row.error_code, row.finish) == (502, "stream_broken", "")
    assert row.attempts[0].cause in ("broken", "truncated")
    assert row.usage is not None
    assert row.usage.estimated
    assert failures(rig) == 1
    assert in_work(rig) == 0


async def test_an_error_after_content_is_passed_on_and_logged(rig: Rig, upstream: Upstream) -> None:
    upstream.next(stream(delta("one"), TROUBLE))
    got = await ask(rig, chat(rig.key, stream=True))
    assert got.body == delta("one") + TROUBLE
    row = only(await rig.logged(1))
    assert (row.status, row.error_code, row.error) == (529, "stream_error", "overloaded")
    assert failures(rig) == 1
    assert len(upstream.received) == 1


async def test_a_finish_reason_without_done_is_an_end(rig: Rig, upstream: Upstream) -> None:
    upstream.next(stream(delta("one", "stop")))
    got = await ask(rig, chat(rig.key, stream=True))
    assert (got.body, got.whole) == (delta("one", "stop"), True)
    assert only(await rig.logged(1)).status == 200


async def test_a_stream_that_falls_silent_is_ended(rig: Rig, upstream: Upstream) -> None:
    rig.limit("solo", idle=0.2)
    upstream.next(stream(delta("one"), HANG))
    got = await ask(rig, chat(rig.key, "solo", stream=True))
    assert b'"error"' in got.body
    assert got.whole
    await asyncio.wait_for((await upstream.got()).gone.wait(), 5)


# ---------------------------------------------------------------- clients that leave


def hang_ups() -> dict[str, tuple[Callable[[], list[Step]], int]]:
    """Where the provider stands when the client goes: its steps, and how many chunks the client reads before."""
    return {
        "before the head": (lambda: [HANG], -1),
        "before the first event": (lambda: stream(HANG), -1),
        "before the first content": (lambda: stream(ROLE, HANG), -1),
        "after the first content": (lambda: stream(delta("one"), HANG), 1),
        "later": (lambda: stream(delta("one"), 0.01, delta("two"), 0.01, delta("three"), HANG), 3),
    }


@pytest.mark.parametrize("when", hang_ups())
async def test_a_client_that_leaves(rig: Rig, upstream: Upstream, when: str) -> None:
    text = rig.add_key("leaving", budget=10**12, parallel=1, rpm=100)
    steps, chunks = hang_ups()[when]
    upstream.next(steps())
    client = await Raw.open(rig.base_url)
    client.send(chat(text, stream=True, max_tokens=50))
    sent = await upstream.got()
    if chunks > 0:
        await client.head()
        for _ in range(chunks):
            await client.chunk()
    await client.close()
    await asyncio.wait_for(sent.gone.wait(), 1.0)
    row = only(await rig.logged(1))
    assert (row.status, row.error_code) == (499, "client_gone")
    if chunks > 0:
        assert row.usage is not None
        assert row.usage.estimated
        assert chunks <= row.usage.output <= 2 * chunks
        assert row.cost is not None
        assert row.cost > 0
    assert settled(rig.gateway, key_named(rig, "leaving"))
    assert failures(rig) == 0
    assert in_work(rig) == 0
    assert rig.gateway.in_flight == 0
    assert (await ask(rig, chat(text))).status == 200


async def test_a_client_that_leaves_a_whole_answer(rig: Rig, upstream: Upstream) -> None:
    upstream.next([HANG])
    client = await Raw.open(rig.base_url)
    client.send(chat(rig.key))
    sent = await upstream.got()
    await client.close()
    await asyncio.wait_for(sent.gone.wait(), 1.0)
    assert only(await rig.logged(1)).status == 499
    assert (failures(rig), in_work(rig)) == (0, 0)


async def test_clients_that_leave_at_once_leak_nothing(rig: Rig, upstream: Upstream) -> None:
    """Request and goodbye in one packet: the task may be cancelled before its first step."""
    for _ in range(50):
        client = await Raw.open(rig.base_url)
        client.send(chat(rig.key, "solo"))
        client.writer.transport.abort()
    async with asyncio.timeout(5):
        while rig.gateway.in_flight or in_work(rig):
            await asyncio.sleep(0.01)
    assert (await ask(rig, chat(rig.key))).status == 200
    assert await rig.gateway.stop(2.0) == 0


async def test_a_client_that_leaves_between_attempts(
    rig: Rig, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "FIRST_PAUSE", 60.0)
    rig.route("solo", retries=3)
    upstream.next(stream(ROLE, TROUBLE))
    client = await Raw.open(rig.base_url)
    client.send(chat(rig.key, "solo", stream=True))
    await upstream.got()
    await asyncio.sleep(0.1)
    await client.close()
    assert only(await rig.logged(1)).status == 499
    assert in_work(rig) == 0


# ---------------------------------------------------------------- slow readers


async def test_a_client_that_reads_slowly_holds_the_provider_back(rig: Rig, upstream: Upstream) -> None:
    """8 streams of 16 MB to clients that read nothing: what lies in between is bounded, the 24 others do not notice,
    and in the end every byte arrives."""
    big = delta("x" * 60_000)
    upstream.next(*[stream(*[big] * 270, delta(finish="stop"), DONE)] * 8)
    clients = [await Raw.open(rig.base_url) for _ in range(8)]
    for number, client in enumerate(clients, 1):
        client.writer.transport.pause_reading()  # type: ignore[attr-defined]
        client.send(chat(rig.key, "solo", stream=True))
        await upstream.got(number)
    others = await asyncio.gather(*[ask(rig, chat(rig.key, "solo", stream=True)) for _ in range(24)])
    assert all(got.whole and got.body.endswith(DONE) for got in others)
    before = -1
    while before != (now := sum(sent.written for sent in upstream.received[:8])):
        before = now
        await asyncio.sleep(0.3)
    assert now < 8 * 270 * len(big) * 0.9
    held = [each._transport.get_write_buffer_size() for each in rig.gateway._server.connections if each._transport]
    assert max(held) < 1_000_000
    for client in clients:
        client.writer.transport.resume_reading()  # type: ignore[attr-defined]

    async def rest(client: Raw) -> Got:
        got = await client.answer()
        await client.close()
        return got

    answers = await asyncio.gather(*[rest(client) for client in clients])
    expected = big * 270 + delta(finish="stop") + DONE
    assert all(got.whole and got.body == expected for got in answers)


@pytest.mark.parametrize("streamed", [False, True])
async def test_what_came_while_the_loop_was_held_up_came_in_time(rig: Rig, upstream: Upstream, streamed: bool) -> None:
    """As when the machine slept: a limit is over when the loop goes on, and the answer waits in the socket."""
    rig.limit("solo", first_token=0.3, idle=0.3)
    answer = stream(ROLE, delta("a"), delta(finish="stop"), DONE) if streamed else reply()
    upstream.next([0.1, *answer])
    asyncio.get_running_loop().call_later(0.05, time.sleep, 0.6)
    got = await ask(rig, chat(rig.key, "solo", stream=streamed))
    assert (got.status, got.whole) == (200, True)
    assert len(await rig.logged(1)) == 1


async def test_a_stream_that_broke_off_before_anything_was_said_is_a_plain_error(rig: Rig, upstream: Upstream) -> None:
    upstream.next(stream(ROLE, CLOSE))
    got = await ask(rig, chat(rig.key, "solo", stream=True))
    assert (got.status, got.code, got.headers["content-type"]) == (502, "upstream_error", "application/json")
    assert in_work(rig) == 0


async def test_an_answer_that_is_not_json_is_a_plain_error(rig: Rig, upstream: Upstream) -> None:
    upstream.next(reply(b"<html>", kind="text/html"))
    got = await ask(rig, chat(rig.key, "solo"))
    assert (got.status, got.code) == (502, "upstream_error")
    assert "base URL" in got.json["error"]["message"]
    row = only(await rig.logged(1))
    assert (row.status, row.cost) == (502, 0)


async def test_tokens_are_counted_while_nobody_is_there_to_count_them(rig: Rig, upstream: Upstream) -> None:
    provider = rig.add_provider("claude", "anthropic", upstream.url, SECRET)
    rig.add_model("counting", provider, "real")
    target = (await rig.gateway.snapshot()).routes["counting"].targets[0]
    for _ in range(4):
        rig.gateway.health.failed(target, target.keys[0], Fault("trouble", "server_error"), time.monotonic() + 20)
    got = await ask(rig, chat(rig.key, "counting", path="/v1/messages/count_tokens"))
    assert (got.status, got.headers["x-conduit-estimated"]) == (200, "tokens")
    assert not upstream.received


async def test_a_filtered_answer_is_told_where_its_fallback_fails(rig: Rig, upstream: Upstream) -> None:
    rig.add_model("other", rig.store.providers.list()[0], "other")
    rig.route("other", retries=0)
    rig.route("solo", content_fallbacks=("other",))
    filtered = completion("No")
    filtered["choices"][0]["finish_reason"] = "content_filter"
    upstream.next(reply(filtered), error(500))
    got = await ask(rig, chat(rig.key, "solo"))
    assert (got.status, got.json["choices"][0]["finish_reason"]) == (200, "content_filter")
    assert len(upstream.received) == 2


async def test_a_key_whose_text_is_lost_leaves_it_to_the_next(rig: Rig, upstream: Upstream) -> None:
    provider = rig.store.providers.list()[0]
    changed = credentials.add(rig.store, rig.vault, provider.id, "second", SECRET + "2")
    rig.vault.remove(changed.credentials[0].secret_ref)
    assert [(await ask(rig, chat(rig.key, "solo"))).status for _ in range(3)] == [200] * 3


async def test_no_step_has_longer_than_all_of_it(rig: Rig) -> None:
    rig.limit("solo", connect=5.0, total=60.0)
    target = (await rig.gateway.snapshot()).routes["solo"].targets[0]
    assert target.timeouts == Timeouts(connect=5.0, first_token=60.0, idle=60.0, total=60.0)


async def test_waiting_for_the_only_deployment_ends_with_the_total_limit(rig: Rig, upstream: Upstream) -> None:
    rig.limit("solo", total=1.0)
    target = (await rig.gateway.snapshot()).routes["solo"].targets[0]
    for _ in range(3):
        rig.gateway.health.failed(target, target.keys[0], Fault("trouble", "server_error"), time.monotonic())
    got = await ask(rig, chat(rig.key, "solo"))
    assert (got.status, got.code, got.headers["retry-after"]) == (503, "deployments_away", "5")
