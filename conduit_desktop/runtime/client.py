"""A client of our own proxy like any other: one chat request over HTTP, its answer as a stream of events.

Knows the dialect ``openai-chat`` from the client's side and nothing of the gateway's inside. What goes wrong is an
event (``Failed``, in the gateway's own words), not an exception; only cancelling ends a stream without one, and that
closes the connection.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from conduit_desktop.wire import sse

if TYPE_CHECKING:
    import httpx

PATH = "/v1/chat/completions"
_CONNECT = 10.0
_SILENCE = 900.0  # the gateway has its own, shorter, time limits and says so when one is over


@dataclass(frozen=True, slots=True)
class Started:
    """The answer's head is here. ``cost`` is US dollars as the gateway writes them, empty when not known yet."""

    status: int
    request_id: str = ""
    model: str = ""
    provider: str = ""
    attempts: int = 1
    demo: bool = False
    cost: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Reasoning:
    """A piece of what the model thought before answering."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A piece of the call at ``index``; name and id come once, the arguments (JSON) in pieces."""

    index: int
    id: str = ""
    name: str = ""
    arguments: str = ""


@dataclass(frozen=True, slots=True)
class Used:
    """Token counts as the provider reports them."""

    input: int
    output: int
    reasoning: int = 0
    cached: int = 0


@dataclass(frozen=True, slots=True)
class Finished:
    """The answer is whole; ``reason`` is the provider's word (``stop``, ``length``, …)."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class Failed:
    """There is no answer, or not all of it. ``status`` is 0 when the gateway was not reached."""

    status: int
    message: str
    code: str = ""
    request_id: str = ""
    retry_after: float | None = None


Event = Started | Text | Reasoning | ToolCall | Used | Finished | Failed


class Reader:
    """Reads a chat stream in whatever pieces it comes. After ``Finished`` or ``Failed`` nothing more follows."""

    def __init__(self, request_id: str = "") -> None:
        self._request_id = request_id
        self._rest = b""
        self._reason = ""
        self.ended = False

    def feed(self, data: bytes) -> list[Event]:
        """The events that are complete with ``data``."""
        data = self._rest + data
        border = sse.last_border(data)
        self._rest = data[border:]
        return self._read(data[:border])

    def end(self) -> list[Event]:
        """The connection was closed: what was left, and how it ended."""
        found = self._read(self._rest)
        self._rest = b""
        if not self.ended:
            self.ended = True
            found.append(
                Finished(self._reason)
                if self._reason
                else Failed(
                    502, "The answer broke off: the connection closed before its end.", "cut_off", self._request_id
                )
            )
        return found

    def _read(self, block: bytes) -> list[Event]:
        found: list[Event] = []
        for event in sse.split(block):
            if self.ended:
                break
            data = sse.data_of(event).strip()
            if data == b"[DONE]":
                self.ended = True
                found.append(Finished(self._reason))
            elif data:
                found.extend(self._chunk(data))
        return found

    def _chunk(self, data: bytes) -> list[Event]:
        try:
            chunk = msgspec.json.decode(data)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            self.ended = True
            return [Failed(502, "A piece of the answer could not be read.", "unreadable", self._request_id)]
        if not isinstance(chunk, dict):
            return []
        if chunk.get("error"):
            self.ended = True
            return [failure(chunk, 502, self._request_id)]
        found: list[Event] = []
        for choice in _dicts(chunk.get("choices"))[:1]:
            found.extend(_delta(_dict(choice.get("delta")) or _dict(choice.get("message"))))
            self._reason = _text(choice.get("finish_reason")) or self._reason
        if used := _used(chunk.get("usage")):
            found.append(used)
        return found


def _delta(delta: Mapping[str, Any]) -> list[Event]:
    found: list[Event] = []
    if thought := _text(delta.get("reasoning_content")) or _text(delta.get("reasoning")):
        found.append(Reasoning(thought))
    if text := _text(delta.get("content")) or _text(delta.get("refusal")):
        found.append(Text(text))
    for at, call in enumerate(_dicts(delta.get("tool_calls"))):
        function, index = _dict(call.get("function")), call.get("index")
        found.append(
            ToolCall(
                index if isinstance(index, int) else at,
                _text(call.get("id")),
                _text(function.get("name")),
                _text(function.get("arguments")),
            )
        )
    return found


def _used(raw: object) -> Used | None:
    usage = _dict(raw)
    if not usage:
        return None
    inputs, outputs = _dict(usage.get("prompt_tokens_details")), _dict(usage.get("completion_tokens_details"))
    return Used(
        _count(usage.get("prompt_tokens")),
        _count(usage.get("completion_tokens")),
        _count(outputs.get("reasoning_tokens")),
        _count(inputs.get("cached_tokens")),
    )


def failure(body: object, status: int, request_id: str = "", retry_after: str | None = None) -> Failed:
    """An error answer in its own words, in any of the shapes that providers use."""
    outer = _dict(body)
    error = outer.get("error")
    inner = _dict(error)
    words = _text(inner.get("message")) or _text(error) or _text(outer.get("message")) or _text(outer.get("detail"))
    code = inner.get("code")
    wait = float(retry_after) if retry_after and retry_after.replace(".", "", 1).isdigit() else None
    return Failed(
        code if isinstance(code, int) and 400 <= code < 600 else status,
        words or f"The answer was {status} without a reason.",
        _text(code) or _text(inner.get("type")),
        request_id,
        wait,
    )


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _dicts(value: object) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0


class ChatClient:
    """Sends chat requests, over one shared httpx client. Idle connections are not kept, so it need not be closed."""

    def __init__(self) -> None:
        self._http: httpx.AsyncClient | None = None

    def _client(self) -> httpx.AsyncClient:
        if self._http is None:
            import httpx

            self._http = httpx.AsyncClient(
                trust_env=False,
                timeout=httpx.Timeout(_SILENCE, connect=_CONNECT),
                limits=httpx.Limits(max_keepalive_connections=0),
                headers={"user-agent": "conduit-chat"},
            )
        return self._http

    async def stream(self, base_url: str, key: str, request: Mapping[str, Any]) -> AsyncGenerator[Event, None]:
        """Ask, and give what comes back. Use it in ``contextlib.aclosing``: leaving early closes the connection."""
        import httpx

        # Whoever asks again here wants another answer, not the one that a response cache has kept.
        headers = {"authorization": f"Bearer {key}", "cache-control": "no-cache"}
        reader = Reader()
        try:
            asked = self._client().stream("POST", base_url + PATH, json=dict(request), headers=headers)
            async with asked as answer:
                yield (started := _started(answer))
                if answer.status_code != 200:
                    yield await _refusal(answer, started)
                elif "event-stream" not in answer.headers.get("content-type", ""):
                    for event in _whole(await answer.aread(), started):
                        yield event
                else:
                    reader = Reader(started.request_id)
                    async for piece in answer.aiter_bytes():
                        for event in reader.feed(piece):
                            yield event
                    for event in reader.end():
                        yield event
        except httpx.ConnectError:
            yield Failed(0, f"Nothing answers at {base_url}. Start the gateway, then try again.", "unreachable")
        except httpx.HTTPError as error:
            if not reader.ended:
                yield Failed(0, f"The connection to the gateway broke ({type(error).__name__}).", "cut_off")


def _started(answer: httpx.Response) -> Started:
    head = answer.headers
    attempts = head.get("x-conduit-attempts", "")
    return Started(
        answer.status_code,
        head.get("x-request-id", ""),
        head.get("x-conduit-model", ""),
        head.get("x-conduit-provider", ""),
        int(attempts) if attempts.isdigit() else 1,
        "x-conduit-demo" in head,
        head.get("x-conduit-cost-usd", ""),
    )


async def _refusal(answer: httpx.Response, started: Started) -> Failed:
    raw = await answer.aread()
    try:
        body = msgspec.json.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        body = {"message": raw[:300].decode("utf-8", "replace").strip()}
    return failure(body, answer.status_code, started.request_id, answer.headers.get("retry-after"))


def _whole(raw: bytes, started: Started) -> list[Event]:
    """A provider that cannot stream answered in one piece."""
    reader = Reader(started.request_id)
    return [*reader.feed(b"data: " + b" ".join(raw.splitlines()) + b"\n\n"), *reader.end()]
