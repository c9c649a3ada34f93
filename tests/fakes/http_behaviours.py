"""How servers behave in HTTP/1.1, well and badly, as answers of ``tests.fakes.upstream`` with what is to come of each.

One table for every way of calling a provider. Where httpx may differ, the row says so and why; RFC 9112 (framing, §6
and §7) and RFC 9110 decide what is right.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from tests.fakes.upstream import CLOSE, RESET, Step, chunk

HELLO = b'{"hello":"world"}'
LAST = b"0\r\n\r\n"


@dataclass(frozen=True)
class Came:
    """What is to come of a call: an answer with ``status`` and ``body`` and among others ``headers``, or a failure with
    ``cause`` (any of several), which is told ``before`` the head or behind it."""

    status: int = 200
    body: bytes = HELLO
    headers: tuple[tuple[bytes, bytes], ...] = ()
    cause: tuple[str, ...] = ()
    before: bool = False

    def fits(self, other: Came) -> bool:
        """Whether ``other``, which came, is what was to come."""
        if self.cause:
            return other.cause != () and other.cause[0] in self.cause and other.before == self.before
        return (other.status, other.body, other.cause) == (self.status, self.body, ()) and all(
            pair in other.headers for pair in self.headers
        )


@dataclass(frozen=True)
class Behaviour:
    """``steps`` is what the server does. ``kept`` says whether the connection may serve another call afterwards (None:
    it does not matter), ``method`` is asked with. ``otherwise`` is what may come by httpx instead, and ``why``.
    ``unclean``: httpx takes what stands behind the answer for the next one's (h11 does not tell it)."""

    name: str
    steps: list[Step]
    came: Came
    kept: bool | None = None
    method: str = "POST"
    otherwise: Came | None = None
    why: str = ""
    unclean: bool = False


def bad(*cause: str) -> Came:
    """A failure before anything was answered."""
    return Came(cause=cause, before=True)


def broken(*cause: str, status: int = 200) -> Came:
    """A failure behind the head."""
    return Came(status=status, cause=cause)


def head(*rows: bytes, status: bytes = b"200 OK", version: bytes = b"HTTP/1.1") -> bytes:
    return version + b" " + status + b"\r\n" + b"".join(row + b"\r\n" for row in rows) + b"\r\n"


def sized(body: bytes = HELLO, *rows: bytes, **more: bytes) -> bytes:
    return head(*rows, b"content-length: %d" % len(body), **more) + body


CHUNKED = b"transfer-encoding: chunked"
JSON = b"content-type: application/json"


def letters(data: bytes) -> list[Step]:
    """Each byte by itself, with a moment in between so that each is read by itself."""
    out: list[Step] = []
    for at in range(len(data)):
        out += [data[at : at + 1], 0]
    return out


def whole() -> Iterator[Behaviour]:
    """Answers that are well-formed."""
    yield Behaviour("content-length", [sized()], Came(), kept=True)
    yield Behaviour("chunked", [head(CHUNKED) + chunk(HELLO[:5]) + chunk(HELLO[5:]) + LAST], Came(), kept=True)
    yield Behaviour("until the connection's end", [head() + HELLO, CLOSE], Came(), kept=False)
    yield Behaviour("connection: close with a length", [sized(HELLO, b"connection: close"), CLOSE], Came(), kept=False)
    yield Behaviour(
        "connection: close and chunked", [head(CHUNKED, b"connection: close") + chunk(HELLO) + LAST, CLOSE], Came()
    )
    yield Behaviour("connection: close, but it stays open", [sized(HELLO, b"connection: close")], Came(), kept=False)
    yield Behaviour("empty body with a length", [sized(b"")], Came(body=b""), kept=True)
    yield Behaviour("empty body in chunks", [head(CHUNKED) + LAST], Came(body=b""), kept=True)
    yield Behaviour("empty body until the end", [head(), CLOSE], Came(body=b""), kept=False)
    yield Behaviour("one byte", [sized(b"1")], Came(body=b"1"), kept=True)
    for status in (b"201 Created", b"202 Accepted", b"299 Whatever"):
        yield Behaviour(status.decode(), [sized(HELLO, status=status)], Came(status=int(status[:3])), kept=True)
    for status in (
        b"400 Bad",
        b"401 No",
        b"404 Not",
        b"418 Teapot",
        b"429 Slow",
        b"500 Oh",
        b"503 Later",
        b"529 Overloaded",
        b"599 X",
    ):
        yield Behaviour(status.decode(), [sized(HELLO, status=status)], Came(status=int(status[:3])), kept=True)
    yield Behaviour(
        "a redirect is not followed",
        [sized(b"", b"location: http://127.0.0.1:1/", status=b"302 Found")],
        Came(status=302, body=b""),
        kept=True,
    )
    yield Behaviour("204 has no body", [head(status=b"204 No Content")], Came(status=204, body=b""), kept=True)
    yield Behaviour(
        "304 has no body, whatever its length says",
        [head(b"content-length: 5", status=b"304 Not Modified")],
        Came(status=304, body=b""),
        kept=True,
    )
    yield Behaviour(
        "204 with a length of none",
        [head(b"content-length: 0", status=b"204 No Content")],
        Came(status=204, body=b""),
        kept=True,
    )
    yield Behaviour("no reason phrase", [sized(HELLO, status=b"200 ")], Came(), kept=True)
    yield Behaviour("no space behind the status", [sized(HELLO, status=b"200")], Came(), kept=True)
    yield Behaviour("a long reason phrase", [sized(HELLO, status=b"200 " + b"fine " * 50)], Came(), kept=True)
    yield Behaviour("HTTP/1.0 with a length", [sized(HELLO, version=b"HTTP/1.0"), CLOSE], Came(), kept=False)
    yield Behaviour("HTTP/1.0 until the end", [head(version=b"HTTP/1.0") + HELLO, CLOSE], Came(), kept=False)
    yield Behaviour(
        "HTTP/1.0 that stays open but does not say so", [sized(HELLO, version=b"HTTP/1.0")], Came(), kept=False
    )
    yield Behaviour(
        "lines ended by line feeds alone",
        [sized().replace(b"\r\n", b"\n", 2).replace(b"\r\n\r\n", b"\n\n")],
        bad("protocol"),
        otherwise=Came(),
        why="RFC 9112 §2.2: it may be taken for an end of line; llhttp does not",
    )
    yield Behaviour("GET", [sized()], Came(), kept=True, method="GET")
    yield Behaviour(
        "DELETE",
        [sized(b"", status=b"204 No Content").replace(b"content-length: 0\r\n", b"")],
        Came(status=204, body=b""),
        kept=True,
        method="DELETE",
    )


def headers() -> Iterator[Behaviour]:
    """Headers as they may be written."""
    twice = ((b"set-cookie", b"a=1"), (b"set-cookie", b"b=2"))
    yield Behaviour(
        "a header twice", [sized(HELLO, b"Set-Cookie: a=1", b"Set-Cookie: b=2")], Came(headers=twice), kept=True
    )
    yield Behaviour(
        "names in any case", [sized(HELLO, b"X-ReQuEsT-iD: 7")], Came(headers=((b"x-request-id", b"7"),)), kept=True
    )
    yield Behaviour("no blank behind the colon", [sized(HELLO, b"x-a:1")], Came(headers=((b"x-a", b"1"),)), kept=True)
    yield Behaviour(
        "blanks around a value", [sized(HELLO, b"x-a:  \t 1 \t ")], Came(headers=((b"x-a", b"1"),)), kept=True
    )
    yield Behaviour("an empty value", [sized(HELLO, b"x-a:")], Came(headers=((b"x-a", b""),)), kept=True)
    yield Behaviour(
        "a value in Latin-1", [sized(HELLO, b"x-a: caf\xe9")], Came(headers=((b"x-a", b"caf\xe9"),)), kept=True
    )
    yield Behaviour(
        "a value in UTF-8", [sized(HELLO, b"x-a: caf\xc3\xa9")], Came(headers=((b"x-a", b"caf\xc3\xa9"),)), kept=True
    )
    yield Behaviour(
        "a folded value",
        [sized(HELLO, b"x-a: 1\r\n  2")],
        bad("protocol"),
        otherwise=Came(),
        why="RFC 9112 §5.2: refuse it, or join the lines",
    )
    yield Behaviour(
        "a hundred headers",
        [sized(HELLO, *[b"x-%d: %d" % (n, n) for n in range(99)])],
        Came(headers=((b"x-98", b"98"),)),
        kept=True,
    )
    yield Behaviour(
        "a header of 60 KiB",
        [sized(HELLO, b"x-a: " + b"a" * 60_000)],
        Came(headers=((b"x-a", b"a" * 60_000),)),
        kept=True,
    )
    yield Behaviour(
        "CHUNKED in capitals", [head(b"Transfer-Encoding: CHUNKED") + chunk(HELLO) + LAST], Came(), kept=True
    )
    yield Behaviour("a header without a colon", [sized(HELLO, b"x-a")], bad("protocol"))
    yield Behaviour("a header without a name", [sized(HELLO, b": 1")], bad("protocol"))
    yield Behaviour("a blank before the colon", [sized(HELLO, b"x-a : 1")], bad("protocol"))
    yield Behaviour("a NUL in a value", [sized(HELLO, b"x-a: 1\x002")], bad("protocol"))
    yield Behaviour(
        "a head of a megabyte",
        [
            b"HTTP/1.1 200 OK\r\n"
            + b"".join(b"x-%d: %s\r\n" % (n, b"a" * 1000) for n in range(1000))
            + b"content-length: 2\r\n\r\nok"
        ],
        bad("protocol"),
    )
    yield Behaviour(
        "a head without an end",
        [b"HTTP/1.1 200 OK\r\n", *[b"x-%d: %s\r\n" % (n, b"a" * 8000) for n in range(64)], CLOSE],
        bad("protocol"),
    )


def splits() -> Iterator[Behaviour]:
    """Answers in pieces."""
    yield Behaviour("a length, byte by byte", letters(sized(HELLO, JSON)), Came(), kept=True)
    yield Behaviour(
        "chunks, byte by byte", letters(head(CHUNKED) + chunk(HELLO[:3]) + chunk(HELLO[3:]) + LAST), Came(), kept=True
    )
    data = sized(HELLO, JSON)
    for at in range(1, len(data), 4):
        yield Behaviour(f"cut at byte {at}", [data[:at], 0.001, data[at:]], Came(), kept=True)
    yield Behaviour("the body long after the head", [head(CHUNKED), 0.05, chunk(HELLO) + LAST], Came(), kept=True)
    yield Behaviour(
        "a chunk of a byte each",
        [head(CHUNKED) + b"".join(chunk(bytes([each])) for each in HELLO) + LAST],
        Came(),
        kept=True,
    )


def chunks() -> Iterator[Behaviour]:
    """Chunked bodies, usual and not."""
    yield Behaviour(
        "chunk extensions", [head(CHUNKED) + b'11;a=1;b="2"\r\n' + HELLO + b"\r\n0;last\r\n\r\n"], Came(), kept=True
    )
    yield Behaviour(
        "sizes in capitals and with zeros",
        [head(CHUNKED) + b"00011\r\n" + HELLO + b"\r\n" + chunk(b"A" * 10).replace(b"a\r", b"A\r", 1) + LAST],
        Came(body=HELLO + b"A" * 10),
        kept=True,
    )
    yield Behaviour(
        "trailers",
        [head(CHUNKED, b"trailer: x-t") + chunk(HELLO) + b"0\r\nx-t: 1\r\nx-u: 2\r\n\r\n"],
        Came(),
        kept=True,
    )
    yield Behaviour(
        "trailers that claim to be headers",
        [head(CHUNKED) + chunk(HELLO) + b"0\r\ncontent-length: 3\r\nset-cookie: a\r\n\r\n"],
        broken("protocol"),
        otherwise=Came(),
        why="RFC 9110 §6.5.1: they must not be taken for headers; either refuses or ignores them",
    )
    yield Behaviour("a size that is none", [head(CHUNKED) + b"xyz\r\n" + HELLO + b"\r\n" + LAST], broken("protocol"))
    yield Behaviour("a negative size", [head(CHUNKED) + b"-5\r\n" + HELLO + b"\r\n" + LAST], broken("protocol"))
    yield Behaviour(
        "a size beyond all measure",
        [head(CHUNKED) + b"f" * 17 + b"\r\n" + HELLO, CLOSE],
        broken("protocol"),
        otherwise=broken("broken"),
        why="Python counts as far as it likes, and the body ends too early",
    )
    yield Behaviour("a size in 0x", [head(CHUNKED) + b"0x11\r\n" + HELLO + b"\r\n" + LAST], broken("protocol"))
    yield Behaviour(
        "a chunk longer than its size", [head(CHUNKED) + b"5\r\n" + HELLO + b"\r\n" + LAST], broken("protocol")
    )
    yield Behaviour("no end of line behind a chunk", [head(CHUNKED) + b"11\r\n" + HELLO + LAST], broken("protocol"))
    yield Behaviour(
        "an endless chunk extension",
        [head(CHUNKED) + b"11;" + b"a" * 200_000 + b"\r\n" + HELLO + b"\r\n" + LAST],
        Came(),
        otherwise=broken("protocol"),
        why="h11 bounds the line",
    )


def informational() -> Iterator[Behaviour]:
    """1xx before the answer."""
    hints = head(b"link: </a>; rel=preload", status=b"103 Early Hints")
    yield Behaviour("100 before the answer", [head(status=b"100 Continue") + sized()], Came(), kept=True)
    yield Behaviour(
        "103 before the answer", [hints + sized(HELLO, b"x-a: 1")], Came(headers=((b"x-a", b"1"),)), kept=True
    )
    yield Behaviour(
        "102 and 103, later the answer", [head(status=b"102 Processing"), 0.01, hints, 0.01, sized()], Came(), kept=True
    )
    yield Behaviour("many 1xx", [head(status=b"102 Processing") * 20 + sized()], Came(), kept=True)
    yield Behaviour("a 1xx, then nothing", [head(status=b"100 Continue"), CLOSE], bad("broken"))
    yield Behaviour(
        "another protocol",
        [head(b"connection: upgrade", b"upgrade: h2c", status=b"101 Switching Protocols")],
        bad("protocol"),
    )


def endings() -> Iterator[Behaviour]:
    """Connections that end too early."""
    yield Behaviour("closed without a word", [CLOSE], bad("broken"))
    yield Behaviour("reset without a word", [RESET], bad("broken"))
    yield Behaviour("closed in the status line", [b"HTTP/1.1 20", CLOSE], bad("broken"))
    yield Behaviour("closed in the head", [b"HTTP/1.1 200 OK\r\ncontent-le", CLOSE], bad("broken"))
    yield Behaviour("closed before the empty line", [b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n", CLOSE], bad("broken"))
    yield Behaviour("closed behind the head", [head(b"content-length: 5"), CLOSE], broken("broken"))
    yield Behaviour("reset behind the head", [head(b"content-length: 5"), 0.05, RESET], broken("broken"))
    yield Behaviour("closed in the body", [head(b"content-length: 50") + HELLO, CLOSE], broken("broken"))
    yield Behaviour("reset in the body", [head(b"content-length: 50") + HELLO, 0.05, RESET], broken("broken"))
    yield Behaviour(
        "closed in a chunk's size",
        [head(CHUNKED) + chunk(HELLO) + b"1", CLOSE],
        broken("broken"),
        otherwise=broken("protocol"),
        why="h11's words do not say which",
    )
    yield Behaviour("closed in a chunk", [head(CHUNKED) + b"ff\r\n" + HELLO, CLOSE], broken("broken"))
    yield Behaviour("closed behind a chunk", [head(CHUNKED) + chunk(HELLO), CLOSE], broken("broken"))
    yield Behaviour("closed in the last chunk", [head(CHUNKED) + chunk(HELLO) + b"0\r\n", CLOSE], broken("broken"))
    yield Behaviour(
        "closed in the trailers",
        [head(CHUNKED) + chunk(HELLO) + b"0\r\nx-t: 1\r\n", CLOSE],
        broken("broken"),
        otherwise=broken("protocol"),
        why="h11's words do not say which",
    )
    yield Behaviour(
        "closed with more than was promised",
        [head(b"content-length: 5") + HELLO, CLOSE],
        Came(body=HELLO[:5]),
        kept=False,
        unclean=True,
    )


def contradictions() -> Iterator[Behaviour]:
    """Lengths that do not agree: how answers are smuggled past each other."""
    yield Behaviour(
        "the same length twice",
        [sized(HELLO, b"content-length: 17")],
        bad("protocol"),
        otherwise=Came(),
        why="RFC 9112 §6.3: refuse it, or take the one that both are",
    )
    yield Behaviour("two lengths", [sized(HELLO, b"content-length: 5")], bad("protocol"))
    yield Behaviour("two lengths in one line", [head(b"content-length: 17, 5") + HELLO], bad("protocol"))
    yield Behaviour("a negative length", [head(b"content-length: -1") + HELLO], bad("protocol"))
    yield Behaviour("a length that is none", [head(b"content-length: abc") + HELLO], bad("protocol"))
    yield Behaviour("a length with a plus", [head(b"content-length: +17") + HELLO], bad("protocol"))
    yield Behaviour("a length beyond all measure", [head(b"content-length: " + b"9" * 30) + HELLO], bad("protocol"))
    yield Behaviour(
        "a length and chunks",
        [head(b"content-length: 5", CHUNKED) + chunk(HELLO) + LAST],
        bad("protocol"),
        otherwise=Came(),
        why="RFC 9112 §6.3 lets chunks win",
    )
    yield Behaviour(
        "a coding that nobody knows",
        [head(b"transfer-encoding: gzip") + HELLO, CLOSE],
        broken("broken"),
        otherwise=bad("protocol"),
        why="RFC 9112 §6.3: such a body ends with the connection; nobody here could read it",
    )
    yield Behaviour(
        "chunked, and then something",
        [head(b"transfer-encoding: chunked, identity") + chunk(HELLO) + LAST, CLOSE],
        broken("broken"),
        otherwise=bad("protocol"),
        why="as above",
    )
    yield Behaviour("another answer behind the answer", [sized() + sized(b"evil")], Came(), kept=False, unclean=True)
    yield Behaviour("another answer a moment later", [sized(), 0.02, sized(b"evil")], Came(), kept=False)
    yield Behaviour("garbage behind the answer", [sized() + b"\x00garbage"], Came(), kept=False, unclean=True)
    yield Behaviour(
        "a body behind a 204",
        [head(status=b"204 No Content") + HELLO],
        Came(status=204, body=b""),
        kept=False,
        unclean=True,
    )


def garbage() -> Iterator[Behaviour]:
    """What is no HTTP."""
    yield Behaviour("garbage", [b"\x00\x01\x02\x03" * 20], bad("protocol"))
    yield Behaviour(
        "another program's greeting",
        [b"SSH-2.0-OpenSSH_9.6\r\n", CLOSE],
        bad("protocol"),
        otherwise=bad("broken"),
        why="h11 waits for an empty line",
    )
    yield Behaviour("a TLS alert", [b"\x15\x03\x01\x00\x02\x02\x16", CLOSE], bad("protocol"))
    yield Behaviour(
        "bare HTML",
        [b"<html><body>Hi</body></html>", CLOSE],
        bad("protocol"),
        otherwise=bad("broken"),
        why="h11 waits for an empty line",
    )
    yield Behaviour("a status of letters", [sized(HELLO, status=b"abc OK")], bad("protocol"))
    yield Behaviour("a status of two digits", [sized(HELLO, status=b"20 OK")], bad("protocol"))
    yield Behaviour(
        "HTTP/9.9", [sized(HELLO, version=b"HTTP/9.9")], bad("protocol"), otherwise=Came(), why="h11 takes any number"
    )
    yield Behaviour("HTTP/2's beginning", [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"], bad("protocol"))


def codings() -> Iterator[Behaviour]:
    """Compressed bodies, though none were asked for."""
    squeezed = gzip.compress(HELLO)
    zipped = (b"content-encoding: gzip",)
    yield Behaviour("gzip", [sized(squeezed, *zipped)], Came(), kept=True)
    yield Behaviour(
        "gzip in chunks", [head(CHUNKED, *zipped) + chunk(squeezed[:7]) + chunk(squeezed[7:]) + LAST], Came(), kept=True
    )
    yield Behaviour("gzip, byte by byte", letters(sized(squeezed, *zipped)), Came(), kept=True)
    yield Behaviour("gzip until the end", [head(*zipped) + squeezed, CLOSE], Came(), kept=False)
    yield Behaviour(
        "x-gzip in capitals",
        [sized(squeezed, b"Content-Encoding: X-GZIP")],
        Came(),
        kept=True,
    )
    yield Behaviour("deflate", [sized(zlib.compress(HELLO), b"content-encoding: deflate")], Came(), kept=True)
    yield Behaviour(
        "one that nobody here knows",
        [sized(b"\x0b\x02\x80", b"content-encoding: br")],
        Came(body=b"\x0b\x02\x80", headers=((b"content-encoding", b"br"),)),
        kept=True,
    )
    yield Behaviour("identity", [sized(HELLO, b"content-encoding: identity")], Came(), kept=True)
    yield Behaviour("gzip that is none", [sized(HELLO, *zipped)], broken("protocol"))
    yield Behaviour(
        "gzip, damaged", [sized(squeezed[:12] + b"\xff\xff\xff" + squeezed[15:], *zipped)], broken("protocol")
    )
    yield Behaviour("gzip, cut short in a whole body", [sized(squeezed[:-6], *zipped)], broken("truncated"))
    yield Behaviour("gzip of nothing", [sized(gzip.compress(b""), *zipped)], Came(body=b""), kept=True)
    yield Behaviour("no body, said to be gzip", [sized(b"", *zipped)], Came(body=b""), kept=True)


def sizes() -> Iterator[Behaviour]:
    """Large bodies."""
    large = bytes(range(256)) * 4096 * 8  # 8 MiB
    yield Behaviour("8 MiB with a length", [sized(large)], Came(body=large), kept=True)
    yield Behaviour(
        "8 MiB in chunks of 64 KiB",
        [head(CHUNKED), *[chunk(large[at : at + 65536]) for at in range(0, len(large), 65536)], LAST],
        Came(body=large),
        kept=True,
    )
    yield Behaviour("8 MiB until the end", [head() + large, CLOSE], Came(body=large), kept=False)
    yield Behaviour(
        "8 MiB out of a few KiB of gzip",
        [sized(gzip.compress(large), b"content-encoding: gzip")],
        Came(body=large),
        kept=True,
    )


GROUPS = (whole, headers, splits, chunks, informational, endings, contradictions, garbage, codings, sizes)
BEHAVIOURS: list[Behaviour] = [behaviour for group in GROUPS for behaviour in group()]
