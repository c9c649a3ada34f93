"""A conversation as data: turns of question and answer, the request they make, and the figures of an answer. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from conduit_desktop import money
from conduit_desktop.records import Exchange
from conduit_desktop.runtime.client import Event, Failed, Finished, Reasoning, Started, Text, ToolCall, Used
from conduit_desktop.ui.shown import count, duration

State = Literal["waiting", "answering", "finished", "stopped", "failed"]

_LETTERS = 4.0  # in a token, roughly, until the provider has counted


@dataclass(frozen=True, slots=True)
class Options:
    """What is sent along; None is not sent at all."""

    system: str = ""
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None


@dataclass(slots=True)
class Call:
    """A tool call of the model, as far as it came."""

    name: str = ""
    arguments: str = ""


@dataclass(slots=True)
class Answer:
    """What came back to one question. Times are seconds of one clock; ``asked`` is when the request went out."""

    model: str
    asked: float
    state: State = "waiting"
    first: float | None = None
    ended: float | None = None
    thought: float | None = None
    text: str = ""
    reasoning: str = ""
    calls: dict[int, Call] = field(default_factory=dict)
    started: Started | None = None
    used: Used | None = None
    finish: str = ""
    failed: Failed | None = None
    exchange: Exchange | None = None

    @property
    def request_id(self) -> str:
        return self.started.request_id if self.started else self.failed.request_id if self.failed else ""

    @property
    def demo(self) -> bool:
        """Whether the built-in model made it."""
        return bool(self.started and self.started.demo) or bool(self.exchange and self.exchange.kind == "demo")

    @property
    def over(self) -> bool:
        return self.state in ("finished", "stopped", "failed")

    def take(self, event: Event, now: float) -> None:
        """One more event of the stream."""
        if isinstance(event, Started):
            self.started = event
        elif isinstance(event, Text):
            self._begin(now)
            self.text += event.text
        elif isinstance(event, Reasoning):
            self._begin(now)
            self.reasoning += event.text
        elif isinstance(event, ToolCall):
            self._begin(now)
            call = self.calls.setdefault(event.index, Call())
            call.name += event.name
            call.arguments += event.arguments
        elif isinstance(event, Used):
            self.used = event
        elif isinstance(event, Finished):
            self.finish = event.reason
            self._end("finished", now)
        else:
            self.failed = event
            self._end("failed", now)
        if isinstance(event, Text | ToolCall) and self.reasoning and self.thought is None:
            self.thought = now

    def stop(self, now: float) -> None:
        """The user wanted no more of it."""
        if not self.over:
            self._end("stopped", now)

    def _begin(self, now: float) -> None:
        if self.first is None:
            self.first, self.state = now, "answering"

    def _end(self, state: State, now: float) -> None:
        self.state, self.ended = state, now

    # ---- figures

    def figures(self, now: float) -> str:
        """One line: time to first token, tokens per second, tokens, cost. Live figures carry a tilde."""
        parts = [] if self.first is None else [f"first token {duration(self.first - self.asked)}"]
        if speed := self._speed(now):
            parts.append(speed)
        if tokens := self._tokens():
            parts.append(tokens)
        if self.over and self.first is not None:
            parts.append(self.cost())
        return " · ".join(part for part in parts if part)

    def _speed(self, now: float) -> str:
        if self.first is None:
            return ""
        spent = (self.ended if self.ended is not None else now) - self.first
        counted = self._output()
        tokens = counted if counted is not None else (len(self.text) + len(self.reasoning)) / _LETTERS
        if spent < 0.05 or not tokens:
            return ""
        return f"{'' if counted is not None else '~'}{tokens / spent:.0f} tokens/s"

    def _output(self) -> int | None:
        if self.exchange is not None and self.exchange.usage is not None and not self.exchange.usage.estimated:
            return self.exchange.usage.output
        return self.used.output if self.used else None

    def _tokens(self) -> str:
        usage = self.exchange.usage if self.exchange else None
        if usage is not None:
            about = "~" if usage.estimated else ""
            return f"{about}{count(usage.input)} in, {about}{count(usage.output)} out"
        return f"{count(self.used.input)} in, {count(self.used.output)} out" if self.used else ""

    def cost(self) -> str:
        """What it cost, as far as it is known yet."""
        if self.exchange is not None:
            shown = money.show(self.exchange.cost)
            return f"{shown} (demo price)" if self.demo and self.exchange.cost is not None else shown
        if self.started and self.started.cost:
            try:
                return money.show(int(Decimal(self.started.cost) * money.PICO))
            except InvalidOperation:
                return ""
        return ""


@dataclass(slots=True)
class Turn:
    """A question and the answer to it."""

    question: str
    answer: Answer | None = None


def request(model: str, turns: Sequence[Turn], options: Options, *, bound: str = "max_tokens") -> dict[str, Any]:
    """The request for the answer to the last turn. Answers that failed with nothing said are left out with their
    question. ``bound`` is how the model's provider calls the most tokens."""
    messages: list[Mapping[str, Any]] = []
    if options.system.strip():
        messages.append({"role": "system", "content": options.system})
    for turn in turns[:-1]:
        if turn.answer is not None and turn.answer.text:
            messages.append({"role": "user", "content": turn.question})
            messages.append({"role": "assistant", "content": turn.answer.text})
    messages.append({"role": "user", "content": turns[-1].question})
    wanted = {"temperature": options.temperature, "top_p": options.top_p, bound: options.max_tokens}
    more = {name: value for name, value in wanted.items() if value is not None}
    return {
        "model": model,
        "messages": messages,
        **more,
        "stream": True,
        "stream_options": {"include_usage": True},
    }


_ADVICE = {
    0: "Start the gateway, then try again.",
    401: "Check the provider’s key under Providers.",
    402: "Raise the key’s budget under Keys, or wait until its period ends.",
    403: "Check what the chat pane’s key may use under Keys.",
    404: "Choose another model above, or add it under Models.",
    429: "Wait a moment, then try again.",
    502: "Try again; the Requests pane shows what the provider answered.",
    503: "Try again in a moment; Providers shows who is well.",
    504: "Try again, or choose a faster model.",
}
_TITLES = {
    0: "The gateway was not reached",
    401: "The key was refused",
    402: "The budget is spent",
    403: "This is not allowed",
    404: "The model was not found",
    429: "Too many requests",
    502: "The provider failed",
    503: "Nobody can serve this now",
    504: "The provider took too long",
}


def failure_words(failed: Failed) -> tuple[str, str, str]:
    """A failure as a title, what was said, and what to do."""
    title = _TITLES.get(failed.status, "The request failed")
    if failed.code in ("cut_off", "stream_broken", "stream_error"):
        title = "The answer broke off"
    if failed.status:
        title = f"{title} ({failed.status})"
    advice = _ADVICE.get(failed.status, "Try again, or open the request to see what happened.")
    if failed.retry_after:
        advice = f"Try again in {duration(failed.retry_after)}."
    return title, failed.message, advice if advice not in failed.message else ""
