"""One client request as the attempts need it: read once, written for each provider in that one's own way."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import msgspec

from conduit_desktop.errors import BadRequest
from conduit_desktop.gateway.exchange import Endpoint
from conduit_desktop.wire.dialects import dialect
from conduit_desktop.wire.dialects.base import Context
from conduit_desktop.wire.messages import Request
from conduit_desktop.wire.operations.counting import chat_of
from conduit_desktop.wire.operations.estimate import rough_tokens
from conduit_desktop.wire.passing.asks import Ask

TRANSLATED = frozenset({"chat", "embeddings", "rerank", "count_tokens"})
"""The operations that may cross from one dialect to another."""


def too_deep() -> BadRequest:
    """The refusal of a body that is nested more deeply than can be read."""
    return BadRequest("The request body is nested too deeply.", code="invalid_json")


class Job:
    """``rest`` is what of the URL follows the operation's own path; ``seed`` and ``now`` are for answers that need an
    id and a time of ours."""

    def __init__(
        self,
        endpoint: Endpoint,
        ask: Ask,
        body: bytes,
        headers: list[tuple[bytes, bytes]],
        query: str = "",
        boundary: bytes = b"",
        seed: str = "0",
        now: float = 0.0,
        method: str = "POST",
        rest: str = "",
    ) -> None:
        self.endpoint = endpoint
        self.operation = endpoint.operation
        self.translatable = endpoint.operation in TRANSLATED
        self.ask = ask
        self.body = body
        self.headers = headers
        self.query = query
        self.boundary = boundary
        self.method = method
        self.rest = rest
        self.bound: int | None = None
        """What it may write at the most by its key's default, where it does not say itself (tokens)."""
        self.resume = False
        """Whether its stream is written on by another call when it breaks off."""
        self._seed = seed
        self._now = now

    @property
    def carries(self) -> bool:
        """Whether the body holds what an earlier answer packed for another provider: then it is not for this one's
        eyes."""
        if self.endpoint.dialect in ("openai-chat", "completions"):
            return False  # those pack nothing
        mark = dialect(self.endpoint.dialect).mark
        return bool(mark) and mark in self.body

    @property
    def id(self) -> str:
        """The exchange's id."""
        return self._seed

    @property
    def named(self) -> str:
        """The model's name for the answer to bear, empty for the provider's own word. Claude Code drops the thinking
        of an answer whose model is not, letter by letter, the one that it asked for, and Anthropic refuses the next
        turn then."""
        return self.ask.model if self.endpoint.dialect == "anthropic-messages" else ""

    @cached_property
    def json(self) -> Any:
        """The body, decoded."""
        try:
            return msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise BadRequest(f"The request body is not valid JSON: {error}.", code="invalid_json") from None
        except RecursionError:
            raise too_deep() from None

    @cached_property
    def request(self) -> Request:
        """The request in its canonical form. Raises BadRequest naming the field that does not fit."""
        body, name = self.json, self.endpoint.dialect
        if self.operation == "count_tokens":
            body = chat_of(name, body)
        try:
            found = dialect(name).decode_request(body, self.ask.model, self.ask.stream)
        except RecursionError:
            raise too_deep() from None
        found.stream = self.ask.stream
        if self.bound is not None and found.max_tokens is None:
            found.max_tokens = self.bound
        return found

    @property
    def most_output(self) -> int | None:
        """Output tokens that it may come to, None where nothing bounds it."""
        return self.ask.most_output if self.bound is None else self.bound * self.ask.choices

    @property
    def thinking(self) -> bool:
        """Whether it asks for reasoning; of a body that cannot be read, no."""
        try:
            return self.wants_thought is True
        except BadRequest:
            return False

    @property
    def wants_thought(self) -> bool | None:
        """What it says of reasoning: None for nothing. Raises BadRequest of a body that cannot be read."""
        reasoning = self.request.reasoning
        if reasoning is None:
            return None
        return reasoning.enabled is not False and reasoning.effort != "none" and reasoning.budget != 0

    @cached_property
    def context(self) -> Context:
        return Context(
            request=self.request,
            seed=self._seed.removeprefix("req_"),
            now=int(self._now),
            input_tokens=rough_tokens(self.request),
            sse="alt=sse" in self.query,
            request_id=self._seed,
        )
