"""The FastAPI application behind the admin API. Imported on the first request that gets past the master key."""

from __future__ import annotations

import asyncio
import difflib
import json
import threading
from collections.abc import Callable
from functools import cache as once
from typing import Any, cast

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from fastapi.security import APIKeyHeader, HTTPBearer
from starlette.exceptions import HTTPException
from starlette.routing import Match

from conduit_desktop import __version__
from conduit_desktop.errors import ConduitError, UpstreamError
from conduit_desktop.gateway.accept.request import Request as Asked
from conduit_desktop.runtime.admin import bridge
from conduit_desktop.runtime.admin.docs import page
from conduit_desktop.runtime.admin.door import Door
from conduit_desktop.runtime.admin.errors import shape, status_of, told
from conduit_desktop.runtime.admin.routes import (
    activity,
    cache,
    files,
    keys,
    models,
    notifications,
    prices,
    providers,
    routing,
    system,
)
from conduit_desktop.runtime.admin.routes.base import PROBLEMS
from conduit_desktop.runtime.admin.schemas.base import Error

PREFIX = "/admin/v1"
PARTS = (providers, models, routing, keys, prices, activity, notifications, system, cache, files)
_ABOUT = (
    "Everything the window of Conduit Desktop can do. Give the master key as a bearer token: `conduit-desktop "
    "master-key` makes it, `--reveal` shows it again. Money is US dollars as decimal text, exact to the picodollar; "
    "times are ISO 8601 in UTC. PATCH changes what is given: what is left out stays, null clears."
)
_BEARER = HTTPBearer(scheme_name="Bearer", description="The master key, sk-conduit-admin-….", auto_error=False)
_HEADER = APIKeyHeader(name="x-api-key", scheme_name="Header", description="The master key.", auto_error=False)


def make(door: Door) -> bridge.App:
    """The application; slow (a quarter of a second), so not on a loop."""
    app = FastAPI(
        title="Conduit Desktop admin API",
        version=__version__,
        description=_ABOUT,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.door = door
    # The master key is checked before anything comes here; this is for the description.
    api = APIRouter(prefix=PREFIX, responses=PROBLEMS, dependencies=[Depends(_BEARER), Depends(_HEADER)])
    for part in PARTS:
        api.include_router(part.router)
    app.include_router(api)
    _describe(app)
    app.add_exception_handler(ConduitError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        runner.run(_warm(cast(bridge.App, app)))
    return cast(bridge.App, app)


async def _warm(app: bridge.App) -> None:
    """FastAPI builds its routes when it looks for the first of them, a tenth of a second long: here, where it keeps
    nobody waiting."""
    request = Asked()
    request.target, request.path, request.method = b"/warm", "/warm", "GET"

    async def receive() -> bridge.Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: bridge.Message) -> None:
        pass

    await app(bridge.scope(request, ("", 0)), receive, send)


def _describe(app: FastAPI) -> None:
    """The description for programs and for people: made when it is first asked for, which takes a second."""
    lock = threading.Lock()

    @once
    def described() -> bytes:
        return json.dumps(_tidied(app.openapi()), ensure_ascii=False).encode()

    @once
    def html() -> bytes:
        return page(json.loads(described())).encode()

    def made(what: Callable[[], bytes]) -> bytes:
        with lock:
            return what()

    @app.get("/admin/openapi.json", include_in_schema=False)
    async def openapi() -> Response:
        return Response(await asyncio.to_thread(made, described), media_type="application/json")

    @app.get("/admin/docs", include_in_schema=False)
    async def docs() -> Response:
        policy = {"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'"}
        return Response(await asyncio.to_thread(made, html), media_type="text/html; charset=utf-8", headers=policy)


def _tidied(described: dict[str, Any]) -> dict[str, Any]:
    """The description with short names for operations, and with the shape of errors."""
    problem = Error.model_json_schema(ref_template="#/components/schemas/{model}")
    described["components"]["schemas"] |= {**problem.pop("$defs"), "Error": problem}
    for methods in described["paths"].values():
        for operation in methods.values():
            operation["operationId"] = operation["operationId"].split("_admin_v1_")[0]
    return described


async def _refused(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ConduitError)
    if isinstance(error, UpstreamError):
        return JSONResponse(told(424, error.message, error.code, error.hint), 424)
    return JSONResponse(shape(error), status_of(error))


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = [str(part) for part in first["loc"]]
    place, param = where[0], ".".join(where[1:])
    status = 400 if first["type"] == "json_invalid" else 422
    hint = f"It stands in the {place}." if place in ("path", "query") else ""
    message = f"{param or place}: {first['msg'].rstrip('.')}." if status == 422 else "The body is not JSON."
    if first["type"] == "string_pattern_mismatch":
        message, hint = f"{param} is not written as it should be.", "See /admin/docs for its form."
    if first["type"] == "extra_forbidden":
        message, hint = f"There is no field {param}.", _like(param, request)
    return JSONResponse(told(status, message, "invalid_request", hint, param or None), status)


def _like(param: str, request: Request) -> str:
    """The fields that ``param`` may stand for, else all that the body has."""
    route = request.scope.get("route")
    params = route.dependant.body_params if isinstance(route, APIRoute) else []
    names = list(getattr(params[0].field_info.annotation, "model_fields", ())) if params else []
    near = difflib.get_close_matches(param, names, cutoff=0.5)
    return f"Did you mean {' or '.join(near)}?" if near else f"There are {', '.join(names)}." if names else ""


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    status = error.status_code
    messages = {
        404: ("There is nothing at this address.", "See /admin/docs.", "unknown_url"),
        405: (f"This address does not take {request.method}.", "See /admin/docs.", "method_not_allowed"),
    }
    message, hint, code = messages.get(status, (str(error.detail), "", "invalid_request"))
    headers = {"allow": ", ".join(_allowed(request))} if status == 405 else error.headers
    return JSONResponse(told(status, message, code, hint), status, headers=headers)


def _allowed(request: Request) -> list[str]:
    """What the address takes; Starlette tells that of one route only."""
    path = request.url.path.removeprefix(PREFIX)
    scope = {"type": "http", "path": path, "method": request.method, "root_path": "", "headers": []}
    routes = (route for part in PARTS for route in part.router.routes if isinstance(route, APIRoute))
    return sorted(
        {method for route in routes if route.matches(scope)[0] != Match.NONE for method in route.methods or ()}
    )
