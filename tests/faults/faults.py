"""The faults: what a provider does wrong, and the outcome a user would want. Written down before anything was run.

``Fault`` rows are the table of expectations. ``one`` is what a client gets of a model with this one deployment, when
the fault goes on and on; ``two`` what it gets where a second deployment is well; ``once`` whether the same deployment,
well again by its second call, gives its whole answer. ``whole`` is the complete answer of the one that is well, exactly
once; a number is an error of that status (0: of any) with the provider's words; ``told`` an error of the SDK after the
beginning of an answer, never a clean end; ``client`` the same as with one deployment.
"""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formatdate
from typing import Literal

from tests.fakes.upstream import CLOSE, HANG, RESET, Step, chunk, head, reply
from tests.faults.speaking import CONTEXT, FILTERED, Told
from tests.faults.upstream import good, sending

Health = Literal["untouched", "counted", "limit", "rejected", "spent", ""]


@dataclass(frozen=True)
class Fault:
    """``calls`` is how often the faulty deployment is called where it is alone and may be tried twice (``retries`` 1);
    ``health`` what is held against it afterwards; ``said``: the error holds the provider's own words. ``only``:
    streamed or whole answers alone. ``within`` are the provider dialects that have it, none for all. ``gap`` is how
    long to wait before the second call at the least."""

    name: str
    steps: Callable[[Told], list[Step]]
    one: int | str
    two: str = "whole"
    once: bool = True
    calls: int = 2
    health: Health = "counted"
    said: bool = False
    only: str = ""
    within: tuple[str, ...] = ()
    gap: float = 0.0
    slow: bool = False
    """Ends by a time limit only."""
    counted: bool = False
    """The provider may have told tokens before its error; what it tells is what it is paid for."""
    resent: bool = False
    """Looks like a kept connection that had been closed: then the same call is made once more on a new one."""


def refused(status: int, *headers: tuple[str, str], code: str = "") -> Callable[[Told], list[Step]]:
    """An error in the provider's own shape."""
    return lambda told: reply(told.error(status, code), status, headers)


def raw(*steps: Step) -> Callable[[Told], list[Step]]:
    """The same bytes whatever is asked."""
    return lambda told: list(steps)


def _words(table: dict[str, tuple[int, Callable[[str], dict[str, object]]]]) -> Callable[[Told], list[Step]]:
    def steps(told: Told) -> list[Step]:
        status, body = table[told.dialect]
        return reply(body(told.words), status)

    return steps


def _retry_info(told: Told) -> list[Step]:
    body = told.error(429)
    kind = "type.googleapis.com/google.rpc.RetryInfo"
    body["error"]["details"] = [{"@type": kind, "retryDelay": "0.4s"}]
    return reply(body, 429)


def _quota(told: Told) -> list[Step]:
    words, status = f"You exceeded your current quota, please check your plan and billing details. {told.words}", 429
    return reply(Told(told.dialect, False, "", "", words).error(status, "insufficient_quota"), status)


def _giant(told: Told) -> list[Step]:
    words = f"{told.words} " + "x" * 3_000_000
    return reply(Told(told.dialect, False, "", "", words).error(500), 500)


def _damaged_gzip(told: Told) -> list[Step]:
    data = bytearray(gzip.compress(b"".join(told.pieces) if told.streamed else b'{"a": "' + b"b" * 900 + b'"}'))
    data[len(data) // 2] ^= 0xFF
    data[-6] ^= 0xFF
    kind = told.content_type if told.streamed else "application/json"
    rows = [("content-type", kind), ("content-encoding", "gzip"), ("content-length", str(len(data)))]
    return [head(200, rows) + bytes(data)]


def _half(told: Told) -> list[Step]:
    """A body that stops in the middle, cut off by the connection's end."""
    body = reply(told.whole)[0]
    assert isinstance(body, bytes)
    return [body[: len(body) - 40], CLOSE]


def _truncated(told: Told) -> list[Step]:
    """A body of a good length that is half a JSON document."""
    body = b'{"id": "x", "choices": [{"message": {"content": "he'
    return reply(body)


def _before(*steps: Step | Callable[[Told], bytes], whole: bool = False) -> Callable[[Told], list[Step]]:
    """A stream that goes wrong while it has no content yet."""

    def made(told: Told) -> list[Step]:
        wrong = [step(told) if callable(step) else step for step in steps]
        return sending(told, *told.pieces[: told.first], *wrong, whole=whole)

    return made


def _after(*steps: Step | Callable[[Told], bytes], whole: bool = False) -> Callable[[Told], list[Step]]:
    """A stream that goes wrong when two pieces of its content have gone out."""

    def made(told: Told) -> list[Step]:
        wrong = [step(told) if callable(step) else step for step in steps]
        return sending(told, *told.pieces[: told.first + 2], 0.02, *wrong, whole=whole)

    return made


def _malformed(told: Told) -> bytes:
    return b'{"model": \n' if told.dialect == "ollama" else b'data: {"id": "x", "choices": [{"delta": \n\n'


def _trouble(status: int) -> Callable[[Told], bytes]:
    return lambda told: told.event(status)


def _unfinished(told: Told) -> list[Step]:
    """A stream that ends in good order, framing and all, in the middle of its answer."""
    return sending(told, *told.pieces[: told.first + 2])


def _filtered_answer(told: Told) -> list[Step]:
    body = told.whole
    match told.dialect:
        case "openai-chat":
            body["choices"][0]["finish_reason"] = "content_filter"
        case "gemini":
            body["candidates"][0]["finishReason"] = "SAFETY"
    return reply(body)


def _interim(told: Told) -> list[Step]:
    early = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n"
    return [early, *good(told)]


def _twice_done(told: Told) -> list[Step]:
    return sending(told, *told.pieces, told.pieces[-1])


def _byte_by_byte(told: Told) -> list[Step]:
    data = b"".join(told.pieces)
    return sending(told, *(data[at : at + 5] for at in range(0, len(data), 5)))


def _slow(told: Told) -> list[Step]:
    """Late, but within every limit."""
    return [0.2, *sending(told, *told.pieces[: told.first], 0.2, *told.pieces[told.first :])]


def _late_first(told: Told) -> list[Step]:
    """Its head at once, its first content after the limit for it; signs of life in between."""
    ping = b"\n" if told.dialect == "ollama" else b": still here\n\n"
    return sending(told, *[step for _ in range(30) for step in (ping, 0.3)], *told.pieces)


def _trickled_head(told: Told) -> list[Step]:
    return [step for letter in head(200, [("content-type", told.content_type)])[:-2] for step in (bytes([letter]), 0.3)]


SOON = formatdate(time.time() + 2, usegmt=True)
CHAT = ("openai-chat", "openai-responses")
HTML = b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"

FAULTS: tuple[Fault, ...] = (
    # ---- rate limits: rest, then the same one again where nobody else can; another one at once where there is one
    Fault("429 retry-after: 1", refused(429, ("retry-after", "1")), 429, health="limit", said=True, gap=0.95),
    Fault("429 retry-after date", refused(429, ("retry-after", SOON)), 429, health="limit", said=True),
    Fault("429 retry-after-ms", refused(429, ("retry-after-ms", "400")), 429, health="limit", said=True, gap=0.38),
    Fault(
        "429 x-ratelimit-reset",
        refused(429, ("x-ratelimit-remaining-requests", "0"), ("x-ratelimit-reset-requests", "0.4s")),
        *(429,),
        health="limit",
        said=True,
        gap=0.38,
    ),
    Fault("429 RetryInfo", _retry_info, 429, health="limit", said=True, within=("gemini",), gap=0.38),
    Fault("429 says nothing", refused(429), 429, health="limit", said=True),
    Fault(
        "429 retry-after: 600",
        refused(429, ("retry-after", "600")),
        *(429,),
        once=False,
        calls=1,
        health="limit",
        said=True,
    ),
    # ---- the client's own doing: as it came, once, nowhere else
    Fault("400", refused(400), 400, "client", once=False, calls=1, health="untouched", said=True),
    Fault("422", refused(422), 422, "client", once=False, calls=1, health="untouched", said=True),
    # ---- the credential's or account's
    Fault("401", refused(401, code="invalid_api_key"), 401, once=False, calls=1, health="rejected", said=True),
    Fault("402", refused(402), 402, once=False, calls=1, health="spent", said=True),
    Fault("429 insufficient_quota", _quota, 429, once=False, calls=1, health="spent", said=True, within=CHAT),
    # ---- what this deployment cannot
    Fault("403", refused(403), 403, once=False, calls=1, health="counted", said=True),
    Fault("404", refused(404, code="model_not_found"), 404, once=False, calls=1, health="untouched", said=True),
    Fault("413", refused(413), 413, once=False, calls=1, health="untouched", said=True),
    Fault("context window", _words(CONTEXT), 400, once=False, calls=1, health="untouched", said=True),
    # ---- a content filter: told, not routed around
    Fault(
        "content filter",
        _words(FILTERED),
        *(400, "client"),
        once=False,
        calls=1,
        health="untouched",
        said=True,
        within=tuple(FILTERED),
    ),
    # ---- the provider's trouble
    Fault("408", refused(408), 408, said=True),
    Fault("500", refused(500), 500, said=True),
    Fault("502 HTML", lambda told: reply(HTML, 502, kind="text/html"), 502),
    Fault("503", refused(503), 503, said=True),
    Fault("504", refused(504), 504, said=True),
    Fault("529 overloaded", refused(529), 529, said=True),
    Fault("500 of 3 MB", _giant, 500, said=True),
    Fault("connection refused", raw(), 502, once=False),
    # ---- answers that are none
    Fault("reset before headers", raw(RESET), 502, resent=True),
    Fault("closed before headers", raw(CLOSE), 502, resent=True),
    Fault("closed within headers", raw(b"HTTP/1.1 200 OK\r\ncontent-", CLOSE), 502),
    Fault("not HTTP", raw(b"SSH-2.0-OpenSSH_9\r\n\r\n", CLOSE), 502),
    Fault(
        "redirect", raw(*reply(b"", 302, [("location", "http://127.0.0.1:1/")])), 502, once=False, calls=1, health=""
    ),
    Fault("200 with HTML", lambda told: reply(b"<html>Log in</html>", kind="text/html"), 502),
    Fault("200 empty", lambda told: reply(b""), 502),
    Fault("200 truncated JSON", _truncated, 502, only="whole"),
    Fault("200 body cut", _half, 502, only="whole"),
    Fault("gzip damaged", _damaged_gzip, 502),
    Fault("error in 200", lambda told: reply(told.error(500)), 0, said=True, only="whole"),
    # ---- silence
    Fault("nothing before headers", raw(HANG), 504, calls=1, once=False, only="stream", slow=True),
    Fault("headers trickle", _trickled_head, 504, calls=1, once=False, only="stream", slow=True),
    Fault("no first token", _before(HANG), 504, calls=1, once=False, only="stream", slow=True),
    Fault("first token too late", _late_first, 504, calls=1, once=False, only="stream", slow=True),
    # ---- streams that go wrong before their first content
    Fault("stream empty", lambda told: sending(told), 502, only="stream"),
    Fault("closed before content", _before(CLOSE), 502, only="stream"),
    Fault("reset before content", _before(0.02, RESET), 502, only="stream"),
    Fault("malformed before content", _before(_malformed, CLOSE), 502, only="stream"),
    Fault("error event before content", _before(_trouble(503), whole=True), 0, said=True, counted=True, only="stream"),
    # ---- streams that go wrong after it: told, never a clean end, nobody else called
    Fault("closed after content", _after(CLOSE), "told", "told", once=False, calls=1, only="stream"),
    Fault("reset after content", _after(RESET), "told", "told", once=False, calls=1, only="stream"),
    Fault("stalled after content", _after(HANG), "told", "told", once=False, calls=1, only="stream", slow=True),
    Fault("unfinished", _unfinished, "told", "told", once=False, calls=1, only="stream"),
    Fault(
        "malformed, then cut", _after(_malformed, CLOSE), "told", "told", once=False, calls=1, health="", only="stream"
    ),
    Fault(
        "error event after content",
        _after(_trouble(503), whole=True),
        *("told", "told"),
        once=False,
        calls=1,
        said=True,
        only="stream",
    ),
    # ---- odd, and no fault at all
    Fault("1xx first", _interim, "whole", "client", once=False, calls=1, health="untouched"),
    Fault("[DONE] twice", _twice_done, "whole", "client", once=False, calls=1, health="untouched", only="stream"),
    Fault(
        "five bytes at a time", _byte_by_byte, "whole", "client", once=False, calls=1, health="untouched", only="stream"
    ),
    Fault("slow within limits", _slow, "whole", "client", once=False, calls=1, health="untouched", only="stream"),
    Fault(
        "answer filtered",
        _filtered_answer,
        *("whole", "client"),
        once=False,
        calls=1,
        health="untouched",
        only="whole",
        within=("openai-chat", "gemini"),
    ),
)
__all__ = ["FAULTS", "Fault", "chunk"]
