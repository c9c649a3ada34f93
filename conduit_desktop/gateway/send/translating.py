"""Speaking another dialect than the client: its request is written anew for the provider, the answer anew for it."""

from __future__ import annotations

import msgspec

from conduit_desktop.gateway.framings import framing_asked, framing_of, splitter_of
from conduit_desktop.gateway.send.headers import retold
from conduit_desktop.gateway.send.job import Job
from conduit_desktop.gateway.send.recall import FORGETFUL, Memory
from conduit_desktop.gateway.send.speech import Told, Watch
from conduit_desktop.gateway.send.upstream import Headers
from conduit_desktop.gateway.snapshot import Target
from conduit_desktop.providers.spec import Surface
from conduit_desktop.wire import translation
from conduit_desktop.wire.dialects import dialect
from conduit_desktop.wire.dialects.recognising import Recognising
from conduit_desktop.wire.failure import Failure, broken_off
from conduit_desktop.wire.framing import Splitter
from conduit_desktop.wire.messages import Request
from conduit_desktop.wire.passing.openai import Outcome
from conduit_desktop.wire.usage import Usage

FRAMED = "bedrock-converse"
"""The one dialect whose events are event-stream frames themselves, not inside them."""
_STREAMS = {
    "ollama": b"application/x-ndjson",
    "ollama-generate": b"application/x-ndjson",
}


class Translating:
    """One attempt with translation of a conversation."""

    same = False

    def __init__(self, job: Job, target: Target, surface: Surface, memory: Memory | None) -> None:
        self.job = job
        self._target = target
        self._surface = surface
        self.dialect = surface.dialect
        self.hosted = surface.hosted
        self.path = surface.path(job.operation, job.ask.stream) or ""
        self.query = ""
        self.dropped: list[str] = []
        self._theirs = dialect(surface.dialect)
        self._ours = dialect(job.endpoint.dialect)
        self._model = job.named
        self._memory = memory if job.endpoint.dialect in FORGETFUL else None

    def body(self) -> bytes:
        request = self._request()
        traits = self._target.spec.traits_of(request.model, thinking=self.job.wants_thought)
        encoded = self._theirs.encode_request(request, traits)
        self.dropped = [name for name in dict.fromkeys(encoded.dropped) if name and name[0] != "_"]
        body = encoded.body
        if self._surface.hosted:
            from conduit_desktop.wire.dialects.anthropic_hosted import hosted

            body = hosted(body, self._surface.hosted, [])
        return msgspec.json.encode(body)

    def _request(self) -> Request:
        request = msgspec.structs.replace(self.job.request, model=self._target.upstream_model)
        return request if self._memory is None else self._memory.restored(request)

    def whole(self, body: bytes, headers: Headers) -> Told:
        """Also of a stream that comes where none was asked for."""
        if kind := framing_of(headers):
            splitter = splitter_of(kind, unwrap=self.dialect != FRAMED)
            answer = translation.collected(Recognising(self.dialect), splitter, body)
        else:
            answer = translation.read_answer(self._theirs, body)
        if isinstance(answer, Failure):
            return self._failed(answer)
        if answer.choices and answer.choices[0].finish == "error":
            return self._failed(broken_off(answer.choices[0].native_finish), answer.usage)
        finish = next((each.native_finish or each.finish or "" for each in answer.choices), "")
        outcome = Outcome(usage=answer.usage, finish=finish)
        answer.model = self._model or answer.model
        if self._memory is not None:
            self._memory.keep(answer)
        if self.job.ask.stream:
            return Told(translation.streamed(self._ours, answer, self.job.context), outcome, self._stream_type())
        return Told(translation.whole(self._ours, answer, self.job.context), outcome, b"application/json")

    def error(self, status: int, body: bytes) -> Told:
        return self._failed(translation.read_failure(self._theirs, status, body))

    def _failed(self, failure: Failure, usage: Usage | None = None) -> Told:
        failure.request_id = self.job.id  # by which the log knows it; the provider's own is kept there
        body = msgspec.json.encode(self._ours.encode_error(failure))
        readable = failure.code not in ("not_json", "unreadable")
        outcome = Outcome(usage, error=failure.message, error_status=failure.status, readable=readable)
        return Told(body, outcome, b"application/json")

    def streams(self, headers: Headers) -> bool:
        return self.job.ask.stream and bool(framing_asked(headers, self.dialect))

    def watch(self, headers: Headers) -> Watch:
        keep = self._memory.keep if self._memory is not None else None
        encoder = self._ours.encoder(self.job.context)
        return translation.Watch(Recognising(self.dialect), self._splitter(headers), encoder, self._model, keep)

    def _splitter(self, headers: Headers) -> Splitter:
        return splitter_of(framing_asked(headers, self.dialect), unwrap=self.dialect != FRAMED)

    def stream_head(self, headers: Headers) -> Headers:
        return retold(headers, self._stream_type())

    def _stream_type(self) -> bytes:
        name = self.job.endpoint.dialect
        if name == "gemini" and not self.job.context.sse:
            return b"application/json"
        return _STREAMS.get(name, b"text/event-stream; charset=utf-8")
