"""Two streams that are one to the client, in every dialect."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from conduit_desktop.wire import events as e
from conduit_desktop.wire.assemble import Assembler
from conduit_desktop.wire.continued import Watch
from conduit_desktop.wire.continuing import Seam
from conduit_desktop.wire.dialects import dialect
from conduit_desktop.wire.dialects.base import Context
from conduit_desktop.wire.failure import Failure
from conduit_desktop.wire.framing import Array, Events, Lines, Splitter
from conduit_desktop.wire.messages import Request, Text, Thinking, ToolCall
from conduit_desktop.wire.usage import Usage, plus

CLIENTS = ("openai-chat", "openai-responses", "anthropic-messages", "gemini", "cohere", "ollama", "interactions")
PROVIDERS = ("openai-chat", "anthropic-messages", "gemini", "ollama")
ASKED = Request(model="asked", stream=True, stream_usage=True)
BEFORE = Usage(input=10, output=4, estimated=True)
WORDS = ("Once ", "upon a ", "time, ")


def splitter(name: str) -> Splitter:
    return Lines() if name == "ollama" else Events()


def context(seed: str = "a1") -> Context:
    return Context(request=ASKED, seed=seed, now=1, input_tokens=10)


def told(provider: str, events: Iterable[e.Event], seed: str = "up") -> bytes:
    """A provider's stream."""
    encoder = dialect(provider).encoder(context(seed))
    return b"".join([encoder.encode(event) for event in events])


def start(name: str = "first") -> list[e.Event]:
    return [e.Start(id=name, model=name, created=1), e.Open(0, Text())]


def words(*pieces: str, index: int = 0) -> list[e.Event]:
    return [e.TextDelta(index, piece) for piece in pieces]


def finish(output: int = 6, *, index: int = 0) -> list[e.Event]:
    return [e.Close(index), e.Finished(finish="stop"), e.Tokens(Usage(input=20, output=output)), e.End()]


def first(client: str, provider: str, events: Iterable[e.Event]) -> tuple[Watch, bytes]:
    watch = Watch(dialect(provider).decoder(), splitter(provider), dialect(client).encoder(context()))
    return watch, watch.feed(told(provider, events))


def further(after: Watch, provider: str, events: Iterable[e.Event], seam: Seam | None = None) -> tuple[Watch, bytes]:
    watch = Watch(
        dialect(provider).decoder(),
        splitter(provider),
        after.encoder,
        after=after.written,
        seam=seam or Seam(after.written.text.rstrip(), " "),
        before=BEFORE,
    )
    out = watch.feed(told(provider, events, "second"))
    if not watch.done:
        out += watch.end()
    return watch, out


def read(client: str, data: bytes, cut: Splitter | None = None) -> tuple[Assembler, list[e.Event]]:
    """What the client makes of it."""
    decoder, assembler = dialect(client).decoder(), Assembler()
    seen: list[e.Event] = []
    cut = cut or splitter(client)
    for name, piece in [*cut.feed(data), *cut.rest()]:
        seen += decoder.feed(name, piece)
    seen += [] if any(isinstance(each, e.End | e.Failed) for each in seen) else decoder.end()
    assembler.add(seen)
    return assembler, seen


def text_of(assembler: Assembler) -> str:
    (choice,) = assembler.response.choices
    return "".join(part.text for part in choice.parts if isinstance(part, Text))


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("other", ["anthropic-messages", "ollama", "openai-chat"])
def test_two_streams_are_one(client: str, provider: str, other: str) -> None:
    one, out = first(client, provider, [*start(), *words(*WORDS)])
    assert one.written.open_ended
    assert one.written.text == "Once upon a time, "
    two, more = further(one, other, [*start("second"), *words("there ", "was."), *finish()])
    assert two.complete
    whole, seen = read(client, out + more + two.held)
    assert whole.whole
    assert whole.failure is None
    assert text_of(whole) == "Once upon a time, there was."
    assert sum(isinstance(each, e.Start) for each in seen) == 1
    assert whole.response.choices[0].finish == "stop"
    assert whole.response.usage is not None
    assert (whole.response.usage.input, whole.response.usage.output) == (30, 10)
    assert two.usage is not None
    assert (two.usage.input, two.usage.output) == (20, 6), "its own, for the bill"


@pytest.mark.parametrize("client", CLIENTS)
def test_a_stream_may_break_off_more_than_once(client: str) -> None:
    one, out = first(client, "openai-chat", [*start(), *words("One, ")])
    two, more = further(one, "anthropic-messages", [*start("second"), *words("two, ")])
    assert not two.complete
    assert two.written.text == "One, two, "
    three, rest = further(two, "ollama", [*start("third"), *words("three."), *finish()])
    whole, _ = read(client, out + more + rest + three.held)
    assert text_of(whole) == "One, two, three."
    assert whole.whole


@pytest.mark.parametrize("client", CLIENTS)
def test_an_error_is_kept_back_and_told_when_nobody_writes_on(client: str) -> None:
    failed = e.Failed(Failure(status=529, kind="overloaded", message="Overloaded with sk-secret."))
    one, out = first(client, "anthropic-messages", [*start(), *words(*WORDS), failed])
    assert one.done
    assert one.error == "Overloaded with sk-secret."
    assert b"Overloaded" not in out
    assert one.written.open_ended
    one.error = "Overloaded with ***."  # by who relays it
    whole, _ = read(client, out + one.held)
    assert whole.failure is not None
    assert whole.failure.message == "Overloaded with ***."
    assert not whole.whole


@pytest.mark.parametrize("client", CLIENTS)
def test_an_error_that_was_kept_back_leaves_the_stream_open_to_be_written_on(client: str) -> None:
    failed = e.Failed(Failure(status=529, kind="overloaded", message="Overloaded."))
    one, out = first(client, "anthropic-messages", [*start(), *words(*WORDS), failed])
    two, more = further(one, "ollama", [*start("second"), *words("there was."), *finish()])
    whole, _ = read(client, out + more + two.held)
    assert text_of(whole) == "Once upon a time, there was."
    assert whole.failure is None


@pytest.mark.parametrize("client", CLIENTS)
def test_thoughts_before_writing_on_are_left_out_and_calls_behind_it_are_not(client: str) -> None:
    one, out = first(client, "anthropic-messages", [*start(), *words(*WORDS)])
    events: list[e.Event] = [
        e.Start(id="second", model="m"),
        e.Open(0, Thinking()),
        e.ThinkingDelta(0, "Where was I?"),
        e.Close(0),
        e.Open(1, Text()),
        *words("there was.", index=1),
        e.Close(1),
        e.Open(2, ToolCall(id="call_1", name="look", arguments="")),
        e.ArgumentsDelta(2, '{"a":1}'),
        e.Close(2),
        e.Finished(finish="tool_calls"),
        e.Tokens(Usage(input=20, output=6)),
        e.End(),
    ]
    two, more = further(one, "anthropic-messages", events)
    whole, _ = read(client, out + more + two.held)
    (choice,) = whole.response.choices
    assert text_of(whole) == "Once upon a time, there was."
    assert not any(isinstance(part, Thinking) and part.text for part in choice.parts)
    (call,) = [part for part in choice.parts if isinstance(part, ToolCall)]
    assert (call.name, call.arguments) == ("look", '{"a":1}')


@pytest.mark.parametrize("client", CLIENTS)
def test_nothing_more_to_say_ends_the_answer(client: str) -> None:
    one, out = first(client, "anthropic-messages", [*start(), *words("All said.")])
    ended: list[e.Event] = [e.Start(id="s", model="m"), e.Finished(finish="stop"), e.Tokens(Usage(input=9)), e.End()]
    two, more = further(one, "anthropic-messages", ended)
    whole, _ = read(client, out + more + two.held)
    assert text_of(whole) == "All said."
    assert whole.whole


@pytest.mark.parametrize("client", CLIENTS)
def test_closed_thoughts_do_not_hinder(client: str) -> None:
    thought: list[e.Event] = [e.Start(id="a", model="m"), e.Open(0, Thinking()), e.ThinkingDelta(0, "Hm."), e.Close(0)]
    one, out = first(client, "anthropic-messages", [*thought, e.Open(1, Text()), *words(*WORDS, index=1)])
    assert one.written.open_ended
    two, more = further(one, "ollama", [*start("second"), *words("there was."), *finish()])
    whole, _ = read(client, out + more + two.held)
    assert text_of(whole) == "Once upon a time, there was."
    assert whole.whole


HALF_A_CALL: list[e.Event] = [*start(), *words("I look."), e.Close(0), e.Open(1, ToolCall(id="c", name="look"))]


@pytest.mark.parametrize(
    "events",
    [
        [],
        [e.Start(id="a", model="m")],
        [*start(), *words("  \n")],
        [e.Start(id="a", model="m"), e.Open(0, Thinking()), e.ThinkingDelta(0, "Hm.")],
        HALF_A_CALL,
        [*start(), *words("All."), *finish()],
    ],
    ids=["nothing", "no words", "blanks", "in thought", "a call", "finished"],
)
def test_what_is_not_open_ended(events: list[e.Event]) -> None:
    one, _ = first("openai-chat", "anthropic-messages", events)
    assert not one.written.open_ended


def test_what_repeats_the_beginning_is_cut_at_the_seam() -> None:
    one, out = first("openai-chat", "openai-chat", [*start(), *words(*WORDS)])
    again = [*start("second"), *words("Once upon", " a time, there", " was."), *finish()]
    two, more = further(one, "openai-chat", again, Seam("Once upon a time,", " ", always=True))
    whole, _ = read("openai-chat", out + more + two.held)
    assert text_of(whole) == "Once upon a time, there was."


def test_an_array_of_geminis_goes_on() -> None:
    asked = Context(request=ASKED, seed="a", now=1, sse=False)
    one = Watch(dialect("openai-chat").decoder(), Events(), dialect("gemini").encoder(asked))
    out = one.feed(told("openai-chat", [*start(), *words(*WORDS)]))
    two, more = further(one, "ollama", [*start("second"), *words("there was."), *finish()])
    data = out + more + two.held
    assert data.startswith(b"[")
    assert data.rstrip().endswith(b"]")
    whole, _ = read("gemini", data, Array())
    assert text_of(whole) == "Once upon a time, there was."


def test_usage_adds_up() -> None:
    one = Usage(input=1, output=2, cached_read=3, service="flex", reported_cost=5)
    two = Usage(input=10, output=20, reported_cost=None, billed_input=4, estimated=True)
    assert plus(one, two) == Usage(
        input=11, output=22, cached_read=3, service="flex", reported_cost=5, billed_input=4, estimated=True
    )
    assert plus(None, one) is one
    assert plus(one, None) is one
