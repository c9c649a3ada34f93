"""A stream that breaks off is written on by another deployment: what real SDKs get of it, what is logged and billed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from conduit_desktop.records import RESPONSE_CACHE, Price
from conduit_desktop.runtime import models
from conduit_desktop.tasks import spawn
from tests.fakes.rig import Rig, running
from tests.fakes.upstream import CLOSE, DONE, RESET, Received, Step, Upstream, chunk, delta, error, event, head
from tests.faults.heard import Outcome, ask
from tests.faults.speaking import INPUT, OUTPUT, STREAMED, Told, dialect_of
from tests.faults.speaking import event as told_error
from tests.matrix.clients import CLIENTS, GATEWAY_PATHS, connect

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]
FIRST = "It was the best of times and it was the worst "
REST = "of times, it was the age of wisdom, it was the age of foolishness."
STORY = FIRST + REST
PRICES = {"a": Price(source="a", input=1_000_000, output=10_000_000), "b": Price(source="b", input=0, output=5_000_000)}
Fault = Callable[[Told], list[Step]]


# ---------------------------------------------------------------- providers


def _sent(told: Told, *steps: Step) -> list[Step]:
    rows = [("content-type", told.content_type), ("transfer-encoding", "chunked")]
    return [head(200, rows), *[chunk(step) if isinstance(step, bytes) else step for step in steps]]


def _begun(told: Told) -> list[bytes]:
    """The events of the stream up to the last with words."""
    last = told.text[-(len(told.text) % 7 or 7) :].encode()  # the words come in sevens
    return told.pieces[: max(at for at, piece in enumerate(told.pieces) if last in piece) + 1]


FAULTS: dict[str, Fault] = {
    "reset": lambda told: [*_sent(told, *_begun(told)), RESET],
    "ended without an end": lambda told: [*_sent(told, *_begun(told)), b"0\r\n\r\n"],
    "cut in an event": lambda told: [*_sent(told, *_begun(told), told.pieces[-2][:20]), CLOSE],
    "error": lambda told: [*_sent(told, *_begun(told), told_error(told.dialect, 500, "Overloaded.")), b"0\r\n\r\n"],
    "error in the same piece": lambda told: [
        *_sent(told, *_begun(told)[:-1], _begun(told)[-1] + told_error(told.dialect, 500, "Overloaded.")),
        b"0\r\n\r\n",
    ],
    "stalled": lambda told: [*_sent(told, *_begun(told)), asyncio.Event()],
}


@dataclass
class Mount:
    """One deployment's provider: ``fault`` for who begins an answer, ``REST`` for who has it written on, unless it
    ``refuses`` that."""

    fault: Fault | None = None
    repeats: bool = False
    refuses: bool = False
    rest: str = REST
    asked: list[Received] = field(default_factory=list)

    def answer(self, received: Received) -> list[Step]:
        self.asked.append(received)
        body, spoken = received.json, dialect_of(received.target)
        model = body.get("model") or "m"
        turns = body.get("messages") or body.get("contents") or []
        sent = _words(turns[-1]) if turns and turns[-1]["role"] in ("assistant", "model") else None
        if sent is None:
            told = Told(spoken, True, FIRST, model)
            return self.fault(told) if self.fault else _sent(Told(spoken, True, STORY, model), *_whole(spoken, STORY))
        if self.refuses:
            return error(400, "This model does not support assistant message prefill.")
        assert sent == FIRST.rstrip()
        told = Told(spoken, True, (sent if self.repeats else "") + FIRST[len(sent) :] + self.rest, model)
        return [*_sent(told, *told.pieces), b"0\r\n\r\n"]


def _whole(spoken: str, text: str) -> list[Step]:
    return [*STREAMED[spoken](text, "m")]


def _words(turn: dict[str, Any]) -> str:
    content: Any = turn.get("content", turn.get("parts"))
    return content if isinstance(content, str) else "".join(part["text"] for part in content)


class Bench:
    """A gateway whose model ``story`` has deployments that break off or write on."""

    def __init__(self, rig: Rig, upstream: Upstream) -> None:
        self.rig = rig
        self.mounts: dict[str, Mount] = {}
        self._origin = upstream.origin
        upstream.usual = lambda received: self.mounts[received.target.split("/")[1]].answer(received)

    def deploy(self, mount: str, kind: str, model: str, alias: str = "story", **how: Any) -> Mount:
        end = {"openai-compatible": "/v1", "mistral": "/v1", "vllm": "/v1", "llama.cpp": "/v1"}.get(kind, "")
        secret = None if kind in ("ollama", "vllm", "llama.cpp") else "sk-0123456789abcdef"
        provider = self.rig.add_provider(mount, kind, f"{self._origin}/{mount}{end}", secret)
        self.rig.set_price(provider, model, PRICES.get(mount))
        self.rig.add_model(alias, provider, model)
        self.rig.route(alias, resume=True, retries=0)
        found = self.mounts[mount] = Mount(**how)
        return found

    async def ask(self, client: str = "openai-chat", model: str = "story") -> Outcome:
        """Send one request by the SDK, whatever happened before."""
        for deployment in models.named(self.rig.store, "story").deployments:
            self.rig.gateway.health.forgive(deployment.id)
        connected = connect(client, self.rig.base_url + GATEWAY_PATHS[client], self.rig.key)
        try:
            return await ask(connected, client, True, model)
        finally:
            await connected.close()


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with Upstream() as upstream, running(tmp_path) as rig:
        yield Bench(rig, upstream)


def whole(outcome: Outcome) -> None:
    assert (outcome.text, outcome.error, outcome.words) == (STORY, None, "")
    assert outcome.finish


WRITERS = [
    ("anthropic", "claude-haiku-4-5"),
    ("mistral", "mistral-large-latest"),
    ("ollama", "llama3.2"),
    ("gemini", "gemini-2.5-flash"),
    ("deepseek", "deepseek-v4-flash"),
    ("vllm", "qwen"),
]

# ---------------------------------------------------------------- one answer out of two


@pytest.mark.parametrize(("kind", "model"), WRITERS)
async def test_real_clients_get_one_whole_answer(bench: Bench, kind: str, model: str) -> None:
    first = bench.deploy("a", "openai-compatible", "real", fault=FAULTS["reset"])
    second = bench.deploy("b", kind, model, repeats=kind == "mistral")
    for number, client in enumerate(CLIENTS, 1):
        whole(await bench.ask(client))
        assert (len(first.asked), len(second.asked)) == (number, number), client
    if kind == "deepseek":
        assert second.asked[0].target == "/b/beta/chat/completions"


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize(
    ("client", "kind"), [("openai-chat", "openai-compatible"), ("anthropic-messages", "anthropic")]
)
async def test_however_it_breaks_off(bench: Bench, fault: str, client: str, kind: str) -> None:
    """In the client's own dialect, whose bytes passed through up to there."""
    bench.deploy("a", kind, "claude-fable-5", fault=FAULTS[fault])
    bench.deploy("b", "anthropic", "claude-haiku-4-5")
    bench.rig.limit("story", idle=0.3)
    whole(await bench.ask(client))
    (logged,) = await bench.rig.logged(1)
    assert [(each.provider, each.next) for each in logged.attempts] == [("a", "continued"), ("b", "")]


async def test_the_same_one_writes_on_where_no_other_does(bench: Bench) -> None:
    only = bench.deploy("a", "ollama", "llama3.2", fault=FAULTS["reset"])
    whole(await bench.ask())
    assert len(only.asked) == 2


async def test_who_cannot_write_on_is_asked_again_and_heard_where_it_says_the_same(bench: Bench) -> None:
    bench.deploy("a", "openai-compatible", "real", fault=FAULTS["reset"])
    second = bench.deploy("b", "openai", "gpt-5.2")
    whole(await bench.ask())
    assert len(second.asked) == 1


async def test_a_fallback_writes_on_when_the_models_own_cannot(bench: Bench) -> None:
    bench.deploy("b", "anthropic", "claude-haiku-4-5", alias="other")
    bench.deploy("a", "openai-compatible", "real", fault=FAULTS["reset"])
    bench.rig.route("story", fallbacks=("other",))
    whole(await bench.ask())
    (logged,) = await bench.rig.logged(1)
    assert [each.model for each in logged.attempts] == ["", "other"]


async def test_who_breaks_off_too_is_written_on_as_well(bench: Bench) -> None:
    """The second begins well and breaks off; the third is given all of it."""
    bench.deploy("a", "openai-compatible", "real", fault=FAULTS["reset"])
    second = bench.deploy("b", "anthropic", "claude-haiku-4-5")
    third = bench.deploy("c", "ollama", "llama3.2")
    half = len(REST) // 2
    beginning, end = REST[:half], REST[half:]

    def breaks(received: Received) -> list[Step]:
        second.asked.append(received)
        told = Told("anthropic-messages", True, " " + beginning, "m")
        return [*_sent(told, *_begun(told)), RESET]

    def ends(received: Received) -> list[Step]:
        third.asked.append(received)
        text = _words(received.json["messages"][-1])
        assert text == (FIRST + beginning).rstrip()
        told = Told("ollama", True, (FIRST + beginning)[len(text) :] + end, "m")
        return [*_sent(told, *told.pieces), b"0\r\n\r\n"]

    second.answer, third.answer = breaks, ends  # type: ignore[method-assign]
    whole(await bench.ask("openai-responses"))
    (logged,) = await bench.rig.logged(1)
    assert [each.next for each in logged.attempts] == ["continued", "continued", ""]
    assert logged.status == 200


# ---------------------------------------------------------------- what it comes to


async def test_usage_and_cost_are_those_of_both(bench: Bench) -> None:
    bench.deploy("a", "openai-compatible", "real", fault=FAULTS["reset"])
    bench.deploy("b", "anthropic", "claude-haiku-4-5")
    outcome = await bench.ask("openai-chat")
    (logged,) = await bench.rig.logged(1)
    usage = logged.usage
    assert usage is not None
    assert usage.estimated
    assert usage.input > INPUT, "what the first read was counted"
    first_output = usage.output - OUTPUT
    assert 5 < first_output < 15, "the first's words were counted"
    expected = PRICES["a"].input * (usage.input - INPUT) + PRICES["a"].output * first_output
    assert logged.cost == expected + PRICES["b"].output * OUTPUT
    told = next(each["usage"] for each in outcome.objects if each.get("usage"))
    assert (told["prompt_tokens"], told["completion_tokens"]) == (usage.input, usage.output)
    assert (logged.status, logged.error_code, logged.provider) == (200, "", "b")
    assert logged.ttft is not None
    first, second = logged.attempts
    assert (first.cause, second.cause) == ("broken", "")
    assert first.first is not None


async def test_the_response_cache_keeps_it_whole(bench: Bench) -> None:
    bench.deploy("a", "openai-compatible", "real", fault=FAULTS["reset"])
    second = bench.deploy("b", "anthropic", "claude-haiku-4-5")
    bench.rig.route("story", cache_seconds=60)
    whole(await bench.ask())
    whole(await bench.ask())
    assert len(second.asked) == 1
    again, first = await bench.rig.logged(2)
    assert (again.provider, again.cost) == (RESPONSE_CACHE, 0)
    assert again.saved == first.cost


# ---------------------------------------------------------------- where nobody writes on


async def test_it_is_told_when_all_refuse(bench: Bench) -> None:
    bench.deploy("a", "openai-compatible", "real", fault=FAULTS["reset"])
    second = bench.deploy("b", "anthropic", "claude-haiku-4-5", refuses=True)
    outcome = await bench.ask()
    assert outcome.text == FIRST
    assert "broke the connection off" in outcome.words
    assert "[Conduit made 3 calls: a/real 200 broken (2 times); b/" in outcome.words
    assert len(second.asked) == 1
    (logged,) = await bench.rig.logged(1)
    assert (logged.error_code, logged.provider) == ("stream_broken", "a")
    assert [each.provider for each in logged.attempts] == ["a", "b", "a"], "the first is asked the same again"
    assert logged.usage is not None
    assert 15 < logged.usage.output < 25, "the words were said twice, and a refusal costs nothing"


async def test_an_error_of_the_providers_is_told_when_nobody_can(bench: Bench) -> None:
    bench.deploy("a", "openai-compatible", "real", fault=FAULTS["error"])
    for number, client in enumerate(CLIENTS, 1):
        outcome = await bench.ask(client)
        assert outcome.text == FIRST, client
        assert "Overloaded." in outcome.words, client
        logged, *_ = await bench.rig.logged(number)
        assert (logged.error_code, logged.status) == ("stream_error", 502)
        assert [each.cause for each in logged.attempts] == ["server_error", "server_error"], "it was asked again"


async def test_other_words_are_of_no_use_and_are_paid_for(bench: Bench) -> None:
    bench.deploy("a", "openai-compatible", "real", fault=FAULTS["reset"])
    second = bench.deploy("b", "openai", "gpt-5.2")
    second.fault = lambda told: _sent(told, *STREAMED["openai-chat"]("Once upon a time there was a king.", "m"))
    outcome = await bench.ask()
    assert outcome.text == FIRST
    assert "broke the connection off" in outcome.words
    (logged,) = await bench.rig.logged(1)
    assert [each.provider for each in logged.attempts] == ["a", "b", "a"]
    assert logged.provider == "a"
    usage = logged.usage
    assert usage is not None
    assert usage.input == 3 * (usage.input // 3), "it was read three times"
    assert 15 < usage.output < 25, "said, said otherwise, and said again"
    assert usage.estimated


async def test_nothing_is_written_on_unless_the_model_is_set_so(bench: Bench) -> None:
    bench.deploy("a", "openai-compatible", "real", fault=FAULTS["reset"])
    second = bench.deploy("b", "anthropic", "claude-haiku-4-5")
    bench.rig.route("story", resume=False)
    outcome = await bench.ask()
    assert outcome.failed
    assert not second.asked


async def test_a_call_that_was_begun_is_not_written_on(bench: Bench) -> None:
    call = {"index": 0, "id": "c", "type": "function", "function": {"name": "look", "arguments": '{"a'}}
    begun = event(choices=[{"index": 0, "delta": {"tool_calls": [call]}, "finish_reason": None}])
    broken = bench.deploy("a", "openai-compatible", "real")
    broken.fault = lambda told: [*_sent(told, delta("I look. "), begun), RESET]
    second = bench.deploy("b", "anthropic", "claude-haiku-4-5")
    outcome = await bench.ask()
    assert outcome.failed
    assert not second.asked


async def test_a_stream_that_said_how_it_ended_is_not_written_on(bench: Bench) -> None:
    broken = bench.deploy("a", "openai-compatible", "real")
    broken.fault = lambda told: [*_sent(told, delta("All said."), delta(finish="stop")), RESET]
    second = bench.deploy("b", "anthropic", "claude-haiku-4-5")
    assert (await bench.ask()).text == "All said."
    assert not second.asked


async def test_a_stream_that_goes_well_passes_byte_for_byte(bench: Bench) -> None:
    """The switch costs it nothing: what the provider says of its own is there as well."""
    plain = [delta("Hello", x_own={"a": 1}), delta(finish="stop"), DONE]
    bench.deploy("a", "openai-compatible", "real").fault = lambda told: [*_sent(told, *plain), b"0\r\n\r\n"]
    outcome = await bench.ask()
    assert outcome.objects[0]["x_own"] == {"a": 1}
    assert outcome.text == "Hello"


async def test_who_hangs_up_while_it_is_written_on_leaves_nothing(bench: Bench) -> None:
    bench.deploy("a", "openai-compatible", "real", fault=FAULTS["reset"])
    second = bench.deploy("b", "anthropic", "claude-haiku-4-5")
    seen = asyncio.Event()

    def silent(received: Received) -> list[Step]:
        second.asked.append(received)
        seen.set()
        return [asyncio.Event()]

    second.answer = silent  # type: ignore[method-assign]
    asking = spawn(bench.ask(), "a client")
    await seen.wait()
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    async with asyncio.timeout(5):
        await second.asked[0].gone.wait()
    (logged,) = await bench.rig.logged(1)
    assert (logged.status, logged.error_code) == (499, "client_gone")
    assert [each.cause for each in logged.attempts] == ["broken", "client_gone"]
    assert logged.provider == "a"
