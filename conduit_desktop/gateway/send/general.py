"""The general way to a provider: httpx, for what ``direct`` does not speak: proxies named by the environment or the
system. One shared client; redirects are not followed, so a secret stays with its provider's own origin.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from typing import TYPE_CHECKING

from conduit_desktop.errors import UpstreamError
from conduit_desktop.gateway.send.direct import failure_of, tls_context
from conduit_desktop.gateway.send.inflating import undone
from conduit_desktop.gateway.send.upstream import Address, Answer, Call, Gathered, Headers, Sink, late, too_long
from conduit_desktop.tasks import spawn

if TYPE_CHECKING:
    import httpx

_EARLY = re.compile("disconnected|peer closed|closed without")
"""How h11 says that a connection ended too early, where it raises the same as for what is no HTTP."""


class _Response:
    """An httpx response as an Answer."""

    reused = False
    connected: float | None = None
    body: bytes | None = None

    def __init__(self, response: httpx.Response, idle: float) -> None:
        self._response = response
        self._idle = idle
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


class General:
    """Calls through one shared httpx client, made when it is first needed."""

    def __init__(self) -> None:
        self._client: httpx.AsyncClient | None = None

    async def call(self, call: Call) -> Answer:
        import httpx

        if self._client is None:
            self._client = httpx.AsyncClient(verify=tls_context(), follow_redirects=False, timeout=None)
        timeout = httpx.Timeout(None, connect=call.connect_timeout)
        request = self._client.build_request(
            call.method, call.url, headers=call.headers, content=call.body, timeout=timeout
        )
        try:
            async with asyncio.timeout(call.answer_timeout):
                return _Response(await self._client.send(request, stream=True), call.idle_timeout)
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

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None
