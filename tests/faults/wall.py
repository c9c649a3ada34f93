"""The provider of the sixteen faults: chat completions alone, a fault a model's name, sixty words for an answer."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from tests.fakes.upstream import CLOSE, RESET, Received, Step, chunk, head, reply

TEXT = (
    "a gateway earns its trust on the day on which the provider behind it does not answer, for until then nobody can "
    "tell it from a wire: it has to know whom else to ask, how long to wait, when to give up, and above all to say "
    "plainly what it did, so that nobody takes half an answer for all of one"
)
ANSWER = " ".join(TEXT.split()[:60])
Json = dict[str, Any]


@dataclass(frozen=True)
class Times:
    """Seconds of the faults, and of the limits that are set for them."""

    slow: float = 3.0
    stall: float = 4.0
    silence: float = 15.0
    down: float = 6.0
    token: float = 0.005
    first_token: float = 1.5
    idle: float = 1.5
    sequence: tuple[int, float] = (10, 1.2)
    back_within: float = 30.0


class Seen(NamedTuple):
    """One call as the wall saw it."""

    at: float
    model: str
    status: int
    prefilled: bool


class Wall:
    """Answers by the model's name: ``s01`` … ``s16`` each break in their way, ``ok`` and ``ok-noprefill`` do not."""

    def __init__(self, times: Times) -> None:
        self.times = times
        self.began = 0.0
        self.seen: list[Seen] = []

    def reset(self) -> None:
        self.began = time.monotonic()
        self.seen = []

    def __call__(self, received: Received) -> list[Step]:
        body = received.json
        model, last = body["model"], body["messages"][-1]
        prefilled = last["role"] == "assistant"
        count = sum(each.model == model for each in self.seen) + 1
        at = time.monotonic() - self.began
        status, steps = self._steps(model, body, count, at, last["content"] if prefilled else "")
        self.seen.append(Seen(at, model, status, prefilled))
        return steps

    def _steps(self, model: str, body: Json, count: int, at: float, before: str) -> tuple[int, list[Step]]:
        if before and model == "ok-noprefill":
            words = (
                "This model does not support assistant message prefill. The conversation must end with a user message."
            )
            return refused(400, words, "invalid_prefill")
        answer = ANSWER[len(before) :] if before and ANSWER.startswith(before) else ANSWER
        fault = FAULTS.get(model)
        told = fault(self, count, at) if fault else None
        if isinstance(told, tuple):
            return told
        if not body.get("stream"):
            return 200, reply(completion(model, answer))
        return 200, stream(
            model, answer, self.times, told or "", (body.get("stream_options") or {}).get("include_usage")
        )


def refused(status: int, words: str, code: str | None, *headers: tuple[str, str]) -> tuple[int, list[Step]]:
    kind = "rate_limit_error" if status == 429 else "server_error" if status >= 500 else "invalid_request_error"
    return status, reply({"error": {"message": words, "type": kind, "param": None, "code": code}}, status, headers)


def usage(answer: str) -> Json:
    made = len(answer.split())
    return {"prompt_tokens": 21, "completion_tokens": made, "total_tokens": 21 + made}


def completion(model: str, answer: str) -> Json:
    message = {"role": "assistant", "content": answer}
    choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
    return {"id": "c", "object": "chat.completion", "model": model, "choices": choices, "usage": usage(answer)}


def stream(model: str, answer: str, times: Times, how: str, counted: bool) -> list[Step]:
    """The answer word by word; ``how`` says what goes wrong."""

    def event(delta: Json, finish: str | None = None, **more: Any) -> bytes:
        choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
        data = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": model, "choices": choices, **more}
        return chunk(b"data: " + json.dumps(data).encode() + b"\n\n")

    rows = [("content-type", "text/event-stream; charset=utf-8"), ("transfer-encoding", "chunked")]
    steps: list[Step] = [head(200, rows)]
    steps += [times.slow] if how == "slow" else []
    steps.append(event({"role": "assistant", "content": ""}))
    lead = answer[:1] if answer[:1] == " " else ""
    for index, word in enumerate(answer.split()):
        match how, index:
            case "cut", 40:
                return [*steps, CLOSE]
            case "stall", 20:
                return [*steps, times.stall, CLOSE]
            case "malformed", 10:
                steps.append(chunk(b'data: {"id": "c", "object": "chat.completion.chunk", "choices": [{"delta": \n\n'))
        steps += [event({"content": (" " if index else lead) + word}), times.token]
    steps.append(event({}, "stop"))
    if counted:
        steps.append(event({}, None, choices=[], usage=usage(answer)))
    return [*steps, *([] if how == "no done" else [chunk(b"data: [DONE]\n\n")]), b"0\r\n\r\n"]


Fault = Callable[[Wall, int, float], "tuple[int, list[Step]] | str | None"]
LIMITED = "Rate limit reached."
OVERLOADED = (503, "The engine is currently overloaded. Please try again later.", "overloaded")
FAULTS: dict[str, Fault] = {
    "s01": lambda wall, count, at: (
        refused(429, LIMITED, "rate_limit_exceeded", ("retry-after", "2")) if count == 1 else None
    ),
    "s02": lambda wall, count, at: refused(429, LIMITED, "rate_limit_exceeded"),
    "s03": lambda wall, count, at: refused(500, "The server had an error.", None) if count == 1 else None,
    "s04": lambda wall, count, at: refused(*OVERLOADED),
    "s05": lambda wall, count, at: (0, [RESET]) if count == 1 else None,
    "s06": lambda wall, count, at: (0, [wall.times.silence, CLOSE]),
    "s07": lambda wall, count, at: "slow",
    "s08": lambda wall, count, at: "cut",
    "s09": lambda wall, count, at: "stall",
    "s10": lambda wall, count, at: "malformed",
    "s11": lambda wall, count, at: "no done",
    "s12": lambda wall, count, at: refused(
        400, "This model's maximum context length is 8192 tokens, your messages have 9631.", "context_length_exceeded"
    ),
    "s13": lambda wall, count, at: refused(
        400, "Your request was rejected as a result of our safety system.", "content_policy_violation"
    ),
    "s14": lambda wall, count, at: "cut",
    "s15": lambda wall, count, at: refused(*OVERLOADED) if at < wall.times.down else None,
    "s16": lambda wall, count, at: refused(*OVERLOADED),
}
