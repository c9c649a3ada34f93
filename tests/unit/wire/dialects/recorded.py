"""Recordings of one dialect, and what every dialect must do with them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from conduit_desktop.wire import events as e
from conduit_desktop.wire.assemble import assemble
from conduit_desktop.wire.dialects.base import Context, Dialect
from conduit_desktop.wire.framing import Splitter
from conduit_desktop.wire.messages import Request, Response, Text, Thinking, ToolCall

WIRE = Path(__file__).resolve().parents[5] / "shared" / "wire"
CORPUS = WIRE / "corpus"


def cases(folder: str) -> Iterator[dict[str, Any]]:
    for path in sorted((CORPUS / folder).glob("*.json")):
        yield json.loads(path.read_text("utf-8"))


def misfits(provider: str, endpoint: str, body: dict[str, Any]) -> list[Any]:
    """What the SDK's own types say against a request's body."""
    return list(_judge().check(provider, endpoint, f"/{endpoint}", body, {}))


@cache
def _judge() -> Any:
    sys.path.insert(0, str(WIRE))
    try:
        import validate
    finally:
        sys.path.remove(str(WIRE))
    return validate.Validator(str(WIRE / "known_extra.json"))


def decoded(dialect: Dialect, splitter: Splitter, pieces: list[bytes]) -> list[e.Event]:
    """The events of a stream that arrives in ``pieces``."""
    decoder = dialect.decoder()
    out: list[e.Event] = []
    for piece in pieces:
        for name, data in splitter.feed(piece):
            out += decoder.feed(name, data)
    for name, data in splitter.rest():
        out += decoder.feed(name, data)
    return out + decoder.end()


def said(response: Response) -> dict[str, Any]:
    """What an answer says, whatever parts it is cut into."""
    choice = response.choices[0]
    texts = [part for part in choice.parts if isinstance(part, Text)]
    return {
        "text": "".join(part.text for part in texts),
        "thinking": "".join(part.text for part in choice.parts if isinstance(part, Thinking)),
        "calls": [(part.id, part.name, _value(part.arguments)) for part in choice.parts if isinstance(part, ToolCall)],
        "citations": [
            (each.start, each.end, each.text, each.source_id, each.quote) for part in texts for each in part.citations
        ],
        "finish": choice.finish,
        "usage": response.usage,
        "logprobs": choice.logprobs,
    }


def _value(arguments: str) -> Any:
    try:
        return json.loads(arguments)
    except ValueError:  # a call that was cut short
        return arguments


def check_stream(dialect: Dialect, split: Callable[[], Splitter], raw: bytes) -> Response:
    """A recorded stream: the same at any split, honest about being cut, and the same after being written again."""
    events = decoded(dialect, split(), [raw])
    assert isinstance(events[0], e.Start)
    assert isinstance(events[-1], e.End), events[-1]
    for size in (1, 7, 100):
        assert decoded(dialect, split(), [raw[at : at + size] for at in range(0, len(raw), size)]) == events
    told = split().feed(raw)
    for cut in range(0, len(told), max(len(told) // 40, 1)):
        decoder = dialect.decoder()
        out = [event for name, data in told[:cut] for event in decoder.feed(name, data)] + decoder.end()
        assert isinstance(out[-1], e.Failed) or out == events, cut
    response = assemble(events)
    encoder = dialect.encoder(Context(request=Request(model="m"), seed="s", now=1_700_000_000))
    again = b"".join(encoder.encode(event) for event in events)
    assert said(assemble(decoded(dialect, split(), [again]))) == said(response)
    return response
