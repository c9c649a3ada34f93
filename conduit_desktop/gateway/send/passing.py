"""Speaking the client's own dialect: bytes through, but for the model and what asking for usage takes."""

from __future__ import annotations

from typing import Any

import msgspec

from conduit_desktop.errors import BadRequest
from conduit_desktop.gateway.framings import framing_asked, framing_of, splitter_of
from conduit_desktop.gateway.send.job import Job
from conduit_desktop.gateway.send.speech import Told, Watch
from conduit_desktop.gateway.send.upstream import Headers
from conduit_desktop.gateway.snapshot import Target
from conduit_desktop.providers.spec import Surface
from conduit_desktop.wire import multipart, splice, translation
from conduit_desktop.wire.dialects import dialect
from conduit_desktop.wire.dialects.base import Context
from conduit_desktop.wire.failure import Failure
from conduit_desktop.wire.messages import Request
from conduit_desktop.wire.passing import bounding, media, openai, rewriting
from conduit_desktop.wire.passing import watch as passing_watch

SOUNDS = frozenset({"audio.speech", "audio.transcriptions", "audio.translations"})
_OPENAI = ("openai-chat", "completions")


class Passing:
    """One attempt without translation."""

    same = True

    def __init__(self, job: Job, target: Target, surface: Surface) -> None:
        self.job = job
        self._target = target
        self._surface = surface
        self.dialect = surface.dialect
        self.hosted = surface.hosted
        path = surface.paths.get(job.endpoint.name) or surface.path(job.operation, job.ask.stream) or ""
        if self.dialect == "gemini":
            path = path.partition("?")[0]  # how it streams is the client's to say
        self.path = path + job.rest
        self.query = job.query
        self.dropped: list[str] = []
        self._named = job.named if surface.dialect == "anthropic-messages" and _is_claude_code(job.headers) else ""
        self._hide = (
            job.ask.stream
            and not job.ask.wants_usage
            and self.dialect in _OPENAI
            and job.operation == "chat"
            and target.spec.stream_usage == "ask"
        )

    def body(self) -> bytes:
        job, model = self.job, self._target.upstream_model
        if job.boundary:
            return multipart.replace(job.body, job.boundary, "model", model)
        if not job.body:
            return b""
        if self._surface.hosted:
            from conduit_desktop.wire.dialects.anthropic_hosted import hosted

            told = job.json if job.bound is None else {**job.json, "max_tokens": job.bound}
            return msgspec.json.encode(hosted(told, self._surface.hosted, job.headers))
        if self.dialect == "gemini" and job.operation != "chat":
            return rewriting.named_inside(job.body, model)
        body = rewriting.rewrite(job.body, job.ask, model, ask_usage=self._hide)
        if job.bound is None:
            return body
        return bounding.bound(body, self.dialect, job.bound, self._target.spec.traits_of(model).max_tokens_member)

    def whole(self, body: bytes, headers: Headers) -> Told:
        operation = self.job.operation
        if operation != "chat":
            return Told(body, self._outcome(operation, body, headers))
        if self.dialect in _OPENAI:
            return Told(body, _read(body))
        outcome = _outcome(translation.read_answer(dialect(self.dialect), body))
        if self._named and outcome.readable and not outcome.error and splice.has(body, "model"):
            body = splice.replace(body, "model", self._named, present=True)
        return Told(body, outcome)

    def _outcome(self, operation: str, body: bytes, headers: Headers) -> openai.Outcome:
        """What came of what is no conversation."""
        if operation == "responses.stored":
            return openai.Outcome()
        if operation in SOUNDS and not _is(headers, b"html") and not body.lstrip().startswith(b"{"):
            return openai.Outcome()  # a sound, subtitles: nothing to be read
        if operation == "embeddings" and self.dialect not in _OPENAI:
            return _embedded(self.dialect, body)
        return _read(body)

    def error(self, status: int, body: bytes) -> Told:
        return Told(body, openai.Outcome(error=openai.read_error(body), error_status=status))

    def streams(self, headers: Headers) -> bool:
        if self.job.operation == "audio.speech" and _is(headers, b"audio/"):
            return True
        if self.job.ask.stream and self.dialect != "gemini":
            return bool(framing_asked(headers, self.dialect))
        return bool(framing_of(headers, wanted=self.job.ask.stream))

    def watch(self, headers: Headers) -> Watch:
        if self.job.operation not in ("chat", "responses.stored"):
            return media.Events() if framing_of(headers) else media.Sound()
        if self.dialect in _OPENAI:
            return openai.StreamWatch(hide_usage=self._hide)
        kind = framing_of(headers, wanted=True)
        spoken = dialect(self.dialect)
        encoder = spoken.encoder(Context(request=Request(), sse=kind != "array", request_id=self.job.id))
        return passing_watch.Watch(spoken.decoder(), splitter_of(kind), encoder, model=self._named)

    def stream_head(self, headers: Headers) -> Headers:
        if framing_of(headers) != "eventstream":
            return headers
        kept = [pair for pair in headers if pair[0] != b"content-type"]
        return [*kept, (b"content-type", b"text/event-stream; charset=utf-8")]


def _is_claude_code(headers: Headers) -> bool:
    return any(name == b"user-agent" and value.startswith(b"claude-cli/") for name, value in headers)


def _is(headers: Headers, kind: bytes) -> bool:
    return any(name == b"content-type" and kind in value.lower() for name, value in headers)


def _read(body: bytes) -> openai.Outcome:
    outcome = openai.read_reply(body)
    return outcome if outcome.readable else openai.Outcome(readable=_is_json(body))


def _is_json(body: bytes) -> bool:
    """Whether it is JSON at least, be it in no shape that is known."""
    try:
        msgspec.json.decode(body)
    except translation.UNREADABLE:
        return False
    return True


def _embedded(spoken: str, body: bytes) -> openai.Outcome:
    """What embeddings came to, in a dialect whose usage is not OpenAI's."""
    from conduit_desktop.wire.operations.embeddings import EMBEDDINGS

    try:
        return openai.Outcome(usage=EMBEDDINGS[spoken].decode_response(msgspec.json.decode(body)).usage)
    except (*translation.UNREADABLE, BadRequest):
        return openai.Outcome(readable=_is_json(body))


def _outcome(answer: Any) -> openai.Outcome:
    """What a decoded answer came to."""
    if isinstance(answer, Failure):
        if answer.code in ("not_json", "unreadable"):
            return openai.Outcome(readable=answer.code == "unreadable")
        return openai.Outcome(error=answer.message, error_status=answer.status)
    finish = next((each.native_finish or each.finish or "" for each in answer.choices), "")
    return openai.Outcome(usage=answer.usage, finish=finish, id=answer.id)
