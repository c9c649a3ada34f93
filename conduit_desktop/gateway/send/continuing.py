"""Having a stream that broke off written on by another call, where its model is set so and an API is known that does it
(``wire.continuing``).

The bytes of the first stream went to the client as they came. What they left its encoder with is found by reading them
once more (the relay has them), so that a stream that goes well costs nothing for it.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable

from conduit_desktop.errors import BadRequest, NoRoute, UpstreamError
from conduit_desktop.gateway.exchange import MAX_KEPT
from conduit_desktop.gateway.framings import framing_asked, framing_of, splitter_of
from conduit_desktop.gateway.send.attempting import Client
from conduit_desktop.gateway.send.choosing import surface_of
from conduit_desktop.gateway.send.job import Job
from conduit_desktop.gateway.send.relay import Relay
from conduit_desktop.gateway.send.sent import Sent
from conduit_desktop.gateway.send.speech import Watch
from conduit_desktop.gateway.send.translating import FRAMED, Translating
from conduit_desktop.gateway.send.upstream import Headers
from conduit_desktop.gateway.snapshot import Target
from conduit_desktop.providers.spec import Surface
from conduit_desktop.wire import continued, continuing
from conduit_desktop.wire.continuing import Prefill
from conduit_desktop.wire.dialects import dialect
from conduit_desktop.wire.dialects.base import Encoder
from conduit_desktop.wire.dialects.recognising import Recognising
from conduit_desktop.wire.messages import Request
from conduit_desktop.wire.usage import Usage


class OpenEnd:
    """A stream that broke off behind words of its answer. ``missed`` is what of them the client has not got yet: it
    goes out with the first words of whoever writes on. ``vain`` are the calls that came to nothing."""

    def __init__(self, job: Job, sent: Sent, relay: Relay, watch: continued.Watch, missed: bytes) -> None:
        self.job = job
        self.sent = sent
        self.relay = relay
        self.watch = watch
        self.missed = missed
        self.vain: list[Sent] = []

    def candidates(self, targets: Iterable[Target]) -> list[Target]:
        """Who may write on, best first: those that are known to, before those that can only be asked again; the
        model's other deployments, the same one again, its fallbacks."""
        broken = self.sent.target
        ways = [(target, way[1]) for target in targets if (way := self._way(target)) is not None]
        ways.sort(key=lambda each: (each[1].anew, each[0].alias != broken.alias, each[0].id == broken.id))
        return [target for target, _ in ways]

    def given_to(self, target: Target, client: Client, used: Usage | None) -> Further:
        """The way to have ``target`` (one of the candidates) write on."""
        way = self._way(target)
        assert way is not None
        return Further(client, WritingOn(self, target, *way, used), self.missed)

    def _way(self, target: Target) -> tuple[Surface, Prefill] | None:
        """The API of a deployment that writes on: the one that it would be asked in, else another that it has."""
        try:
            usual = surface_of(target, self.job)
        except NoRoute:
            return None
        model, base_url = target.upstream_model, target.provider.base_url
        for surface in (usual, *target.spec.surfaces):
            if surface.fits("chat", model, base_url):
                how = continuing.prefill_of(target.spec.kind, surface.dialect, model)
                if how is not None:
                    return surface, how
        return usual, continuing.AGAIN

    def encoder(self) -> Encoder:
        """A copy of what writes the client's stream, as it was left: one that comes to nothing leaves no trace."""
        request = self.job.context.request
        return copy.deepcopy(self.watch.encoder, {id(request): request})

    def written(self) -> continued.Written:
        return copy.deepcopy(self.watch.written)


def open_end(job: Job, sent: Sent, failure: UpstreamError | None, spoken: str) -> OpenEnd | None:
    """A stream of ``job`` in the dialect ``spoken`` that has ended with ``failure``, or told of the provider's trouble,
    if it may be written on."""
    relay = sent.relay
    if not job.resume or relay is None or (failure is None and relay.reported is None) or relay.watch.finish:
        return None
    try:
        if not continuing.may(job.request) or relay.kept_size >= MAX_KEPT:
            return None
    except BadRequest:  # the provider could read it, we cannot
        return None
    if isinstance(relay.watch, continued.Watch):
        found = OpenEnd(job, sent, relay, relay.watch, relay.withheld)
    else:
        found = OpenEnd(job, sent, relay, *_read_again(job, relay, failure, spoken))
    return found if found.watch.written.open_ended else None


def _read_again(job: Job, relay: Relay, failure: UpstreamError | None, spoken: str) -> tuple[continued.Watch, bytes]:
    """The stream's reading, and what of it the client has not got."""
    headers = relay.answer.headers
    kind = framing_of(headers, wanted=True) or framing_asked(headers, spoken)
    encoder = dialect(job.endpoint.dialect).encoder(job.context)
    watch = continued.Watch(Recognising(spoken), splitter_of(kind, unwrap=spoken != FRAMED), encoder)
    heard = len(relay.kept) - relay.unheard
    for piece in relay.kept[:heard]:
        watch.feed(piece)
    missed = b"".join([watch.feed(piece) for piece in relay.kept[heard:]])
    if failure is not None and failure.cause == "truncated":
        missed += watch.end()
    return watch, missed


class WritingOn(Translating):
    """One attempt to have a stream written on: the request with what was written as the beginning of the answer. Also
    in the client's own dialect what comes back is read and told anew."""

    def __init__(self, end: OpenEnd, target: Target, surface: Surface, how: Prefill, used: Usage | None) -> None:
        super().__init__(end.job, target, surface, None)
        self.path = how.path or self.path
        self._how = how
        self._end = end
        self._used = used
        self._text = end.watch.written.text

    def _request(self) -> Request:
        return continuing.asked(super()._request(), self._text.rstrip(), self._how, self.dialect)

    def watch(self, headers: Headers) -> Watch:
        text = continuing.begun(self.job.request) + self._text
        sent = text.rstrip()
        seam = continuing.Seam(sent, text[len(sent) :], always=self._how.repeats)
        if self._how.anew:
            seam = continuing.Again(self._text)
        return continued.Watch(
            Recognising(self.dialect),
            self._splitter(headers),
            self._end.encoder(),
            after=self._end.written(),
            seam=seam,
            before=self._used,
        )


class Further:
    """The way back to a client whose stream is written on: it has a head already."""

    def __init__(self, client: Client, speech: WritingOn, missed: bytes) -> None:
        self.speech = speech
        self._client = client
        self._missed = missed

    def begin(self, status: int, headers: Headers, first: bytes) -> None:
        if self._missed or first:
            self._client.write(self._missed + first)

    def write(self, piece: bytes) -> None:
        self._client.write(piece)

    def flow(self, pause: Callable[[], None], resume: Callable[[], None]) -> None:
        self._client.flow(pause, resume)
