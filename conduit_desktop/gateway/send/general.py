"""The general way to a provider: httpx, for what ``direct`` does not speak: proxies named by the environment or the
system. One shared client; redirects are not followed, so a secret stays with its provider's own origin. What httpx does
not tell, whether a connection had served before and whether anything was heard on it, is found below it (``_Watched``).
"""

from __future__ import annotations

import asyncio
import re
import ssl
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conduit_desktop.errors import UpstreamError
from conduit_desktop.gateway.send.direct import failure_of, tls_context
from conduit_desktop.gateway.send.inflating import undone
from conduit_desktop.gateway.send.upstream import Address, Answer, Call, Gathered, Headers, Sink, late, too_long
from conduit_desktop.tasks import spawn

if TYPE_CHECKING:
    import httpx

_EARLY = re.compile("disconnected|peer closed|closed without")
"""How h11 says that a connection ended too early, where it raises the same as for what is no HTTP."""


@dataclass(slots=True)
class _Course:
    """How a call fares: whether its connection was kept from another, and whether anything was heard on it."""

    kept: bool = True
    heard: bool = False


_course: ContextVar[_Course] = ContextVar("course of a call")


class _Watched:
    """What httpx opens connections with (a backend), and each connection (a stream), noting what is done for a call in
    that call's course; everything else is the other's."""

    def __init__(self, other: Any) -> None:
        self._other = other

    def __getattr__(self, name: str) -> Any:
        return getattr(self._other, name)

    async def connect_tcp(self, *where: Any, **how: Any) -> _Watched:
        _course.get().kept = False
        return _Watched(await self._other.connect_tcp(*where, **how))

    async def start_tls(self, *how: Any, **more: Any) -> _Watched:
        return _Watched(await self._other.start_tls(*how, **more))

    async def read(self, *how: Any, **more: Any) -> bytes:
        piece: bytes = await self._other.read(*how, **more)
        if piece:
            _course.get().heard = True
        return piece


class _Response:
    """An httpx response as an Answer."""

    connected: float | None = None
    body: bytes | None = None

    def __init__(self, response: httpx.Response, idle: float, *, reused: bool) -> None:
        self._response = response
        self._idle = idle
        self.reused = reused
        self._task: asyncio.Task[None] | None = None
        self._going = asyncio.Event()
        self._going.set()
        self.status = response.status_code
        told: Headers = [(name.lower(), value) for name, value in response.headers.raw]
        self.headers, self._inflate = undone(told)

    async def read(self) -> bytes:
        gathered = Gathered()
        self.relay(gathered)
        return await gathered.whole

    def relay(self, sink: Sink) -> None:
        self._task = spawn(self._pump(sink), "httpx answer")

    async def _pump(self, sink: Sink) -> None:
        import httpx

        failure = None
        try:
            pieces = self._response.aiter_raw()
            while True:
                async with asyncio.timeout(self._idle):
                    piece = await anext(pieces, None)
                if piece is None:
                    break
                if self._inflate is not None:
                    piece = self._inflate.feed(piece)
                await self._going.wait()
                sink.data(piece)
            if self._inflate is not None:
                self._inflate.end()
        except TimeoutError:
            failure = too_long("idle", self._idle)
        except UpstreamError as error:
            failure = error
        except httpx.HTTPError as error:
            failure = _broken(error, answered=True)
        finally:
            await self._response.aclose()
        sink.ended(failure)

    def pause(self) -> None:
        self._going.clear()

    def resume(self) -> None:
        self._going.set()

    def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
        spawn(self._response.aclose(), "close httpx answer")  # a task that had not begun yet leaves that undone


def _unreachable(error: httpx.ConnectError, url: str) -> UpstreamError:
    """What kept us from connecting; whether it was the proxy or the provider, only a failure of TLS tells."""
    found: BaseException | None = error
    while found is not None:
        if isinstance(found, ssl.SSLError):
            return failure_of(found, Address.of(url))
        found = found.__cause__ or found.__context__
    return UpstreamError(
        f"The provider, or the proxy in between, cannot be reached: {error}.",
        cause="unreachable",
        hint="Check your network, HTTPS_PROXY and the system's proxy settings.",
    )


def _broken(error: httpx.HTTPError, *, answered: bool) -> UpstreamError:
    """What a connection ended in: not HTTP, or too early."""
    import httpx

    if isinstance(error, httpx.RemoteProtocolError) and not _EARLY.search(str(error)):
        return UpstreamError(f"The provider's answer is not well-formed HTTP: {error}.", cause="protocol")
    what = "broke the connection off" if answered else "closed the connection without an answer"
    return UpstreamError(f"The provider {what} ({type(error).__name__}).", cause="broken")


def _opened() -> httpx.AsyncClient:
    import httpx

    client = httpx.AsyncClient(verify=tls_context(), follow_redirects=False, timeout=None)
    for transport in (client._transport, *client._mounts.values()):  # one for each proxy; None: none is used
        if isinstance(transport, httpx.AsyncHTTPTransport):
            pool: Any = transport._pool
            pool._network_backend = _Watched(pool._network_backend)
    return client


class General:
    """Calls through one shared httpx client, made when it is first needed."""

    def __init__(self) -> None:
        self._client: httpx.AsyncClient | None = None

    async def call(self, call: Call) -> Answer:
        import httpx

        try:
            async with asyncio.timeout(call.answer_timeout):
                answer = await self._sent(call) or await self._sent(call, again=True)
                assert answer is not None
                return answer
        except httpx.ProxyError as error:
            raise UpstreamError(
                f"The proxy refused the connection ({type(error).__name__}).",
                cause="proxy",
                hint="Check HTTPS_PROXY and the system's proxy settings.",
            ) from None
        except httpx.ConnectTimeout:
            raise failure_of(TimeoutError(), Address.of(call.url)) from None
        except (TimeoutError, httpx.TimeoutException):
            raise late(call) from None
        except httpx.ConnectError as error:
            raise _unreachable(error, call.url) from None
        except httpx.HTTPError as error:
            raise _broken(error, answered=False) from None

    async def _sent(self, call: Call, *, again: bool = False) -> _Response | None:
        """The answer; None, once, where the provider closed a kept connection just as we wrote: the request was not
        taken."""
        import httpx

        client = self._client = self._client or _opened()
        timeout = httpx.Timeout(None, connect=call.connect_timeout)
        request = client.build_request(call.method, call.url, headers=call.headers, content=call.body, timeout=timeout)
        course = _Course()
        _course.set(course)
        try:
            return _Response(await client.send(request, stream=True), call.idle_timeout, reused=course.kept)
        except httpx.HTTPError as error:
            if again or not course.kept or course.heard or _broken(error, answered=False).cause != "broken":
                raise
            return None

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None
