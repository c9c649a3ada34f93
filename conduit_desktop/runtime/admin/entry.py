"""What the gateway calls for ``/admin`` and ``/metrics``: who may come in, then the application.

Everything needs the master key, ``/metrics`` too, but for the API's description and its page. No page of another origin
is answered, and none is told that it may read anything. FastAPI is imported, on a worker, when the first request gets
past the key; a gateway that is not administered never loads it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from conduit_desktop.errors import BadRequest, ConduitError
from conduit_desktop.gateway.accept import guard
from conduit_desktop.gateway.accept.reply import JSON, Reply
from conduit_desktop.gateway.accept.request import Request
from conduit_desktop.gateway.auth import keys
from conduit_desktop.records import AuditEntry, MasterKey, Telling
from conduit_desktop.runtime.admin import bridge
from conduit_desktop.runtime.admin.errors import shape
from conduit_desktop.runtime.admin.gate import Gate
from conduit_desktop.store.trail import Actor, acts
from conduit_desktop.tasks import spawn

if TYPE_CHECKING:
    from conduit_desktop.bus import Bus
    from conduit_desktop.gateway.engine import Gateway
    from conduit_desktop.gateway.tally.ring import Ring
    from conduit_desktop.paths import Home
    from conduit_desktop.runtime.notifying.notices import Notices
    from conduit_desktop.store import Store
    from conduit_desktop.vault import Vault

WHO = "admin API"
MOST_BODY = 4 * 1024 * 1024
METRICS = "/metrics"
OPEN = ("/admin/docs", "/admin/openapi.json")
"""What tells nothing of this home."""
_SAFE = [
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
]

_log = logging.getLogger(__name__)


class Admin:
    """Belongs to the gateway's loop."""

    def __init__(
        self, home: Home, store: Store, vault: Vault, bus: Bus, ring: Ring, gateway: Gateway, notices: Notices
    ) -> None:
        self._parts = (home, store, vault, bus, ring, gateway, notices)
        self._store = store
        self._gateway = gateway
        self._notices = notices
        self._gate = Gate(self._stored, self._locked)
        self._revision = b""
        self._key: MasterKey | None = None
        self._app: bridge.App | None = None
        self._making = asyncio.Lock()

    async def __call__(self, request: Request, reply: Reply) -> None:
        """Answer one request; whatever goes wrong is an answer, too."""
        host, port = reply.peer()
        try:
            await self._check(request, host)
            if request.path not in OPEN:
                await self._gate.check(_presented(request), host)
            if request.path == METRICS:
                return await self._measure(request, reply)
            app = self._app or await self._make()
            with acts(Actor(WHO, host)):
                await bridge.call(app, request, reply, (host, port), _SAFE)
        except ConduitError as error:
            _refuse(reply, error)
        except OSError:
            reply.abort()  # the client has gone
        except Exception:  # noqa: BLE001 - a defect of ours must reach the client as an answer, not as silence
            _log.exception("A request to the admin API failed in a way that should not happen")
            if not reply.started:
                _refuse(reply, ConduitError("The admin API failed; its log says more.", code="internal_error"))

    async def _check(self, request: Request, address: str) -> None:
        """Raises BadRequest for what no honest client sends, and for whoever is too far away."""
        if self._gateway.loopback:
            guard.check(request)
        elif not (
            guard.is_local_host(f"[{address}]" if ":" in address else address)
            or (await self._gateway.snapshot()).settings["admin_remote"]
        ):
            raise BadRequest(
                "The admin API is for this machine only.",
                hint="Call it from there, or allow others in Settings: the master key then goes over plain http.",
                status=403,
                code="not_local",
            )
        origin, host = request.header(b"origin"), request.header(b"host") or b""
        if origin is not None and origin != b"http://" + host:
            raise BadRequest("No page of another origin may call the admin API.", status=403, code="origin_not_allowed")
        if len(request.body) > MOST_BODY:
            raise BadRequest(f"The body is over {MOST_BODY // 1024 // 1024} MiB.", status=413, code="request_too_large")
        encoding = (request.header(b"content-encoding") or b"identity").strip().lower()
        if encoding != b"identity":
            raise BadRequest("The admin API takes plain bodies only.", status=415, code="unsupported_encoding")

    async def _measure(self, request: Request, reply: Reply) -> None:
        from conduit_desktop.runtime.admin import metrics

        if request.method not in ("GET", "HEAD"):
            raise BadRequest("/metrics takes GET.", status=405, code="method_not_allowed")
        body = await asyncio.to_thread(metrics.text, self._store, self._gateway, await self._gateway.snapshot())
        reply.whole(200, [(b"content-type", metrics.CONTENT_TYPE), *_SAFE], body)

    async def _make(self) -> bridge.App:
        async with self._making:
            if self._app is None:
                began = time.perf_counter()
                made: Callable[..., bridge.App] = await asyncio.to_thread(_imported)
                from conduit_desktop.runtime.admin.door import Door

                door = Door(*self._parts)
                self._app = await asyncio.to_thread(made, door)
                _log.info("The admin API is ready (%.0f ms)", 1000 * (time.perf_counter() - began))
        return self._app

    # ------------------------------------------------------------ the master key

    async def _stored(self) -> MasterKey | None:
        revision = self._store.revision.value
        if revision != self._revision:
            self._key = await asyncio.to_thread(self._store.master.get)
            self._revision = revision
        return self._key

    def _locked(self, address: str, failures: int, wait: float) -> None:
        _log.warning("The admin API: %d wrong master keys from %s", failures, address or "everywhere")
        spawn(asyncio.to_thread(self._tell, address, failures, wait), "tell of wrong master keys")

    def _tell(self, address: str, failures: int, wait: float) -> None:
        where = address or "all addresses together"
        detail = f"{failures} wrong master keys; locked out for {wait:.0f} s"
        self._store.audit.add(
            AuditEntry(
                seq=0, at=time.time(), who=WHO, origin=where, action="refuse", subject="master key", detail=detail
            )
        )
        text = (
            f"{failures} wrong keys came to the admin API from {where}. If it was not you, see which program it is; "
            "a new master key can be made in Settings."
        )
        self._notices.tell(
            Telling(
                subject=f"master_key:{address}",
                kind="master_key_refused",
                severity="warning",
                title="Somebody tries to guess the master key",
                text=text,
                action="open_settings",
            )
        )


def _imported() -> Callable[..., bridge.App]:
    from conduit_desktop.runtime.admin import door  # noqa: F401
    from conduit_desktop.runtime.admin.app import make

    return make


def _presented(request: Request) -> bytes | None:
    return keys.presented(lambda name: request.header(name) if name in (b"authorization", b"x-api-key") else None)


def _refuse(reply: Reply, error: ConduitError) -> None:
    headers = [JSON, *_SAFE]
    if error.retry_after is not None:
        headers.append((b"retry-after", b"%d" % max(int(error.retry_after + 0.999), 1)))
    if error.status == 401:
        headers.append((b"www-authenticate", b'Bearer realm="Conduit admin API"'))
    if not reply.started:
        reply.whole(error.status, headers, msgspec.json.encode(shape(error)))
    else:
        reply.abort()
