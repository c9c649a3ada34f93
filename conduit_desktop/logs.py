"""Where the app's own log lines go, and what is taken out of them: nothing leaves here with a secret in it.

Owns ``redact``, the two log handlers (standard error, a rotating file) and the hooks for uncaught exceptions.
Everything is masked in its final, formatted text, so that message, arguments, tracebacks and stack dumps are all
covered. Must not import anything but the standard library and ``paths``, and nothing slow before it is needed.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import re
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import TYPE_CHECKING, TextIO
from urllib.parse import quote

if TYPE_CHECKING:
    from conduit_desktop.paths import Home

MASK = "***"
# A shorter text, such as the "ollama" that local servers take for a key, would mask ordinary words everywhere.
SHORTEST_SECRET = 8
FILE_NAME = "conduit.log"
_FILE_BYTES = 2 * 1024 * 1024
_FILES_KEPT = 4

# ---------------------------------------------------------------- what a secret looks like

# The ends of names suffice: x-goog-api-key, OPENAI_API_KEY and set-cookie are found by theirs.
_NAMES = (
    r"authorization|cookie|api[_-]?key|subscription-key|client[_-]?secret|password|passphrase|master[_-]?key"
    r"|(?:access|refresh|id|auth|session|security|bot)[_-]?token"
)
# What stands between a name and its value: a header line, JSON, a dict's repr, a (name, value) pair of text or bytes.
_BETWEEN = r"""(?:\\?["']\s*[:,=]|\s*[:=])\s*(?:b(?=["']))?"""
_SCHEMES = r"(?:bearer|basic|token)\s+"
_VALUE = (
    rf"""(?:(?P<quote>\\?["'])(?P<scheme>{_SCHEMES})?(?:(?!(?P=quote))(?:\\.|[^\\]))*"""
    rf"""|(?!(?:null|none|true|false)\b)(?P<bare_scheme>{_SCHEMES})?[^\s"'&,;<>(){{}}\[\]]+)"""
)


def _named(found: re.Match[str]) -> str:
    quoted = found["quote"] or ""
    return f"{found['head']}{quoted}{found['scheme'] or found['bare_scheme'] or ''}{MASK}"


_Rule = tuple[tuple[str, ...], re.Pattern[str], str | Callable[[re.Match[str]], str]]
_LINE = rf"""((?:authorization|cookie)\s*:\s*(?:{_SCHEMES})?)(?![\s"'])[^\r\n"']+"""
# Each rule's needles (lower case) are looked for first: text without them, nearly all of it, costs no regex.
_RULES: tuple[_Rule, ...] = (
    (("authorization", "cookie"), re.compile(_LINE, re.I), rf"\1{MASK}"),
    (
        ("authorization", "cookie", "key", "token", "secret", "password", "passphrase"),
        # The look at the first letter is for speed only: 3 times on a large body.
        re.compile(rf"(?P<head>(?=[acrisbpm])(?:{_NAMES}){_BETWEEN}){_VALUE}", re.I | re.S),
        _named,
    ),
    # Only after ? or &: "key=editor" in a log line of ours is a virtual key's name.
    (("key=", "token=", "sig"), re.compile(r"([?&;](?:key|token|sig|signature)=)[^&\s\"'#<>]+", re.I), rf"\1{MASK}"),
    (("bearer",), re.compile(r"(bearer\s+)(?!tokens?\b|auth)[^\s\"'<>,;)}\]]+", re.I), rf"\1{MASK}"),
    (("basic",), re.compile(r"([Bb]asic\s+)(?=[a-z+/]*[A-Z0-9])[\w+/=-]{8,}"), rf"\1{MASK}"),
    (("://",), re.compile(r"(://[^\s/?#@:\"']*:)[^\s/?#@\"']+(?=@)"), rf"\1{MASK}"),
    # The letter before may belong to an escape (\n, %20), so it does not matter when the rest looks like a key.
    (
        ("sk-",),
        re.compile(
            r"sk-(?:ant|proj|or|svcacct|conduit)-[\w-]{4,}|sk-(?=[\w-]{0,60}\d)[\w-]{16,}"
            r"|(?:(?<![A-Za-z0-9])|(?<=\\[nrt])|(?<=%[\dA-Fa-f]{2}))sk-[\w-]{8,}"
        ),
        MASK,
    ),
    (("aiza",), re.compile(r"AIza[\w-]{16,}"), MASK),
    (
        ("gsk_", "xai-", "fw_", "hf_", "r8_", "pplx-", "nvapi-", "csk-", "tgp_", "ghp_", "github_pat_"),
        re.compile(r"(?:gsk_|xai-|fw_|hf_|r8_|pplx-|nvapi-|csk-|tgp_v1_|ghp_|github_pat_)[A-Za-z0-9]{10}[\w-]*"),
        MASK,
    ),
    (("eyj",), re.compile(r"eyJ[\w-]{8,1000}\.[\w-]+(?:\.[\w-]*)?"), MASK),
)
_SECRET_HEADERS = re.compile(rf".*(?:{_NAMES}|secret|token)", re.I)
_SCHEME = re.compile(_SCHEMES, re.I)


# ---------------------------------------------------------------- secrets known at run time

_lock = threading.Lock()
_remembered: Counter[str] = Counter()
_spellings: tuple[str, ...] = ()


def remember_secret(text: str) -> None:
    """Mask ``text`` wherever it turns up from now on, as it is, percent-encoded and escaped as in JSON or a repr."""
    _count(text, 1)


def forget(text: str) -> None:
    """Undo one ``remember_secret`` of the same text."""
    _count(text, -1)


def _count(text: str, by: int) -> None:
    if len(text) < SHORTEST_SECRET:
        return
    global _spellings
    with _lock:
        before = _remembered[text]
        _remembered[text] = max(0, before + by)
        if not _remembered[text]:
            del _remembered[text]
        if (before > 0) == (text in _remembered):
            return
        known = {spelling for secret in _remembered for spelling in _ways_to_spell(secret)}
        _spellings = tuple(sorted(known, key=len, reverse=True))


def _ways_to_spell(secret: str) -> set[str]:
    escaped = {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], repr(secret)[1:-1]}
    bytewise = secret.encode("utf-8", "surrogatepass")
    return {secret, quote(bytewise, safe=""), quote(bytewise), repr(bytewise)[2:-1]} | escaped


def redact(text: str) -> str:
    """``text`` with everything masked that is, or looks like, a secret."""
    for spelling in _spellings:
        if spelling in text:
            text = text.replace(spelling, MASK)
    lowered = text.lower()
    for needles, pattern, put in _RULES:
        if any(needle in lowered for needle in needles):
            text = pattern.sub(put, text)
    return text


def redact_bytes(data: bytes) -> bytes:
    """The same for a body of whatever encoding. About a quarter of a second a megabyte: not for a loop."""
    return redact(data.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")


def redact_headers(pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """The headers with the values of secret ones masked (``Bearer`` stays, to tell the scheme)."""
    return tuple((name, _header_value(name, value)) for name, value in pairs)


def _header_value(name: str, value: str) -> str:
    if not _SECRET_HEADERS.fullmatch(name):
        return redact(value)
    scheme = _SCHEME.match(value)
    return (scheme[0] if scheme else "") + MASK


# ---------------------------------------------------------------- handlers


class RedactingFormatter(logging.Formatter):
    """Masks the whole formatted record, traceback included."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


class _RedactedFailure(logging.Handler):
    """A record that cannot be formatted or written: logging's own report would show its raw arguments."""

    def handleError(self, record: logging.LogRecord) -> None:
        failure = sys.exc_info()[1]
        where = f"{record.pathname}:{record.lineno}"
        if sys.stderr is not None:
            with contextlib.suppress(OSError, ValueError):  # it may be closed
                sys.stderr.write(redact(f"A log record of {where} was lost: {type(failure).__name__}: {failure}\n"))


class _Terminal(_RedactedFailure, logging.StreamHandler[TextIO]):
    pass


_handlers: list[logging.Handler] = []


def set_up(home: Home | None, level: int | str = logging.INFO) -> None:
    """Log to standard error and, with a ``home``, to a rotating file in its ``logs`` folder. Calling again replaces
    what an earlier call set up; handlers of others stay."""
    root = logging.getLogger()
    for old in _handlers:
        root.removeHandler(old)
        old.close()
    _handlers.clear()
    if sys.stderr is not None:  # there is none in a windowed Windows program
        terminal = _Terminal()
        terminal.setFormatter(RedactingFormatter("%(levelname)s %(name)s: %(message)s"))
        _handlers.append(terminal)
    if home is not None:
        _handlers.append(_file(home))
    for handler in _handlers:
        root.addHandler(handler)
    root.setLevel(level)
    for talkative in ("httpx", "httpcore", "asyncio", "markdown_it", "qasync"):
        logging.getLogger(talkative).setLevel(max(logging.WARNING, root.level))


def _file(home: Home) -> logging.Handler:
    from logging.handlers import RotatingFileHandler  # brings sockets and pickle along

    class RotatingFile(_RedactedFailure, RotatingFileHandler):
        def _open(self) -> io.TextIOWrapper:
            handle = os.open(self.baseFilename, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            return os.fdopen(handle, "a", encoding="utf-8")

        def rotate(self, source: str, dest: str) -> None:
            # Windows renames no file that another process of ours has open: go on in the same one.
            with contextlib.suppress(PermissionError):
                super().rotate(source, dest)

    home.make()
    home.logs.mkdir(mode=0o700, exist_ok=True)
    path = home.logs / FILE_NAME
    handler = RotatingFile(path, maxBytes=_FILE_BYTES, backupCount=_FILES_KEPT, encoding="utf-8", delay=True)
    handler.setFormatter(
        RedactingFormatter("%(asctime)s %(levelname)s %(process)d %(threadName)s %(name)s: %(message)s")
    )
    return handler


def guard_crashes() -> None:
    """Report uncaught exceptions, of the main thread and of others, through the log, where they are masked."""

    def main(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            return
        logging.getLogger("conduit_desktop").critical("Uncaught exception", exc_info=(kind, error, trace))

    def thread(failed: threading.ExceptHookArgs) -> None:
        if failed.exc_value is None or issubclass(failed.exc_type, SystemExit):
            return
        name = failed.thread.name if failed.thread else "?"
        about = (failed.exc_type, failed.exc_value, failed.exc_traceback)
        logging.getLogger("conduit_desktop").critical("Thread %s failed", name, exc_info=about)

    sys.excepthook = main
    threading.excepthook = thread
