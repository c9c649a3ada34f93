"""Speaking another dialect than the client where the job is no conversation: embeddings, reranking, counts of
tokens."""

from __future__ import annotations

from typing import Any

import msgspec

from conduit_desktop.errors import BadRequest
from conduit_desktop.gateway.send.job import Job
from conduit_desktop.gateway.send.speech import Told, Watch
from conduit_desktop.gateway.send.upstream import Headers
from conduit_desktop.gateway.snapshot import Target
from conduit_desktop.providers.spec import Surface
from conduit_desktop.wire import translation
from conduit_desktop.wire.dialects import dialect
from conduit_desktop.wire.dialects.base import Encoded, Json
from conduit_desktop.wire.operations import counting
from conduit_desktop.wire.operations.embeddings import EMBEDDINGS
from conduit_desktop.wire.operations.reranking import RERANKING
from conduit_desktop.wire.passing.openai import Outcome
from conduit_desktop.wire.usage import Usage

JSON = b"application/json"
_ERRORS = {"vertex": "gemini"}
"""Whose errors those of a dialect are that only embeds."""


class Converting:
    """One attempt with translation of a question that has one answer."""

    same = False
    query = ""
    hosted = ""

    def __init__(self, job: Job, target: Target, surface: Surface) -> None:
        self.job = job
        self.dialect = surface.dialect
        self.path = surface.path(job.operation, False) or ""
        self.dropped: list[str] = []
        self._target = target
        self._asked: Any = None

    # ------------------------------------------------------------ there

    def body(self) -> bytes:
        match self.job.operation:
            case "embeddings":
                encoded = self._embed()
            case "rerank":
                encoded = self._rerank()
            case _:
                encoded = self._count()
        self.dropped = encoded.dropped
        return msgspec.json.encode(encoded.body)

    def _embed(self) -> Encoded:
        ours, model = EMBEDDINGS[self.job.endpoint.dialect], self._target.upstream_model
        self._asked = ours.decode_request(self.job.json, self.job.ask.model, self.job.endpoint.name)
        return EMBEDDINGS[self.dialect].encode_request(msgspec.structs.replace(self._asked, model=model))

    def _rerank(self) -> Encoded:
        self._asked = RERANKING[self.job.endpoint.dialect].decode_request(self.job.json)
        asked = msgspec.structs.replace(self._asked, model=self._target.upstream_model)
        return RERANKING[self.dialect].encode_request(asked)

    def _count(self) -> Encoded:
        model = self._target.upstream_model
        asked = msgspec.structs.replace(self.job.request, model=model)
        encoded = dialect(self.dialect).encode_request(asked, self._target.spec.traits_of(model))
        vertex = self._target.spec.kind == "vertex"
        return Encoded(counting.question(self.dialect, encoded.body, model, vertex), encoded.dropped)

    # ------------------------------------------------------------ and back

    def whole(self, body: bytes, headers: Headers) -> Told:
        try:
            told, usage = self._answer(msgspec.json.decode(body))
        except (*translation.UNREADABLE, BadRequest):
            return Told(body, Outcome(readable=False))
        return Told(msgspec.json.encode(told), Outcome(usage=usage), JSON)

    def _answer(self, told: Any) -> tuple[Json, Usage | None]:
        ours = self.job.endpoint.dialect
        match self.job.operation:
            case "embeddings":
                vectors = EMBEDDINGS[self.dialect].decode_response(told)
                return EMBEDDINGS[ours].encode_response(vectors, self._asked), vectors.usage
            case "rerank":
                ranked = RERANKING[self.dialect].decode_response(told)
                return RERANKING[ours].encode_response(ranked, self._asked), ranked.usage
            case _:
                tokens = counting.read_count(told)
                if tokens is None:
                    raise BadRequest("The answer tells no count.")
                return counting.write_count(ours, tokens), None

    def error(self, status: int, body: bytes) -> Told:
        failure = translation.read_failure(dialect(_ERRORS.get(self.dialect, self.dialect)), status, body)
        failure.request_id = self.job.id
        told = msgspec.json.encode(dialect(self.job.endpoint.dialect).encode_error(failure))
        return Told(told, Outcome(error=failure.message, error_status=failure.status), JSON)

    def streams(self, headers: Headers) -> bool:
        return False

    def watch(self, headers: Headers) -> Watch:
        raise AssertionError("these answers are no streams")

    def stream_head(self, headers: Headers) -> Headers:
        raise AssertionError("these answers are no streams")
