"""What the operations have in common: the door, names or ids in paths, cursors, long answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Path, Request, Response
from pydantic import BaseModel, ConfigDict

from conduit_desktop.records import Deployment, Model, PriceRule, Provider, VirtualKey
from conduit_desktop.runtime import credentials
from conduit_desktop.runtime.admin.door import Door
from conduit_desktop.runtime.admin.schemas.base import bad, gone

T = TypeVar("T")

MOST = 200
"""Rows of one page: what a page costs the gateway's loop stays below some milliseconds."""


def _door(request: Request) -> Door:
    door: Door = request.app.state.door
    return door


DoorOf = Annotated[Door, Depends(_door)]
Ref = Annotated[str, Path(description="Its id, or its name where that has no slash.")]
Id = Annotated[str, Path()]
CredentialRef = Annotated[str, Path(description="The id or name of one of its keys; first: the provider's own.")]
ERROR = "#/components/schemas/Error"
PROBLEMS: dict[int | str, dict[str, Any]] = {
    # Referred to, not given as a model: FastAPI would build it anew for each status of each operation, for a second.
    status: {"description": text, "content": {"application/json": {"schema": {"$ref": ERROR}}}}
    for status, text in {
        400: "The request cannot be read.",
        401: "No master key, or a wrong one.",
        403: "A page of another origin asks.",
        404: "There is no such thing.",
        409: "It does not go with what is there: a name that is taken, something that changed meanwhile.",
        413: "The body is too large.",
        415: "The body is not JSON.",
        422: "A value is not what it should be; param names it.",
        424: "The provider failed, not this API.",
        429: "Too many wrong master keys: retry-after says how long to wait.",
        503: "The vault or the database cannot be used now.",
    }.items()
}


class Filter(BaseModel):
    """What a list is restricted to, from the query of its address; nothing that is not known."""

    model_config = ConfigDict(extra="forbid")


async def provider_of(door: Door, ref: str) -> Provider:
    """By id, else by name. Raises ConduitError (404)."""
    return _found(await door.configuring.providers(), ref, "provider", lambda each: (each.id, each.name))


def credential_of(provider: Provider, ref: str) -> str:
    """The id of one of its keys, by id, else by name; ``first`` is its own. Raises ConduitError (404)."""
    ids = {provider.id, *(each.id for each in provider.credentials)}
    return ref if ref in ids else credentials.named(provider, ref)


async def model_of(door: Door, ref: str) -> Model:
    return _found(await door.configuring.models(), ref, "model", lambda each: (each.id, each.alias))


def deployment_of(model: Model, deployment_id: str) -> Deployment:
    """Raises ConduitError (404)."""
    for each in model.deployments:
        if each.id == deployment_id:
            return each
    raise gone("deployment", deployment_id)


async def key_of(door: Door, ref: str) -> VirtualKey:
    return _found(await door.run(door.store.keys.list), ref, "key", lambda each: (each.id, each.name))


async def rule_of(door: Door, ref: str) -> PriceRule:
    return _found(await door.pricing.rules(), ref, "price", lambda each: (each.id, each.pattern))


def _found(rows: Iterable[T], ref: str, what: str, names: Callable[[T], tuple[str, str]]) -> T:
    every = list(rows)
    for place in (0, 1):
        for row in every:
            if names(row)[place] == ref:
                return row
    raise gone(what, ref)


async def provider_names(door: Door) -> dict[str, str]:
    """By id."""
    return {provider.id: provider.name for provider in await door.configuring.providers()}


def provider_ids(providers: Iterable[Provider], refs: Iterable[str], param: str) -> tuple[str, ...]:
    """The ids of providers that are given by id or name. Raises ConduitError (422)."""
    every = list(providers)
    by_name = {each.name: each.id for each in every}
    by_id = {each.id for each in every}
    found = []
    for ref in refs:
        if ref not in by_id and ref not in by_name:
            raise bad(f"There is no provider {ref!r}.", param, f"Providers: {', '.join(by_name) or 'none yet'}.")
        found.append(ref if ref in by_id else by_name[ref])
    return tuple(found)


def cursor(seq: int) -> str:
    return f"{seq:x}"


def before(cursor: str | None) -> int | None:
    """The number that a cursor stands for."""
    return None if cursor is None else min(int(cursor, 16), 2**62)


CURSOR = r"^[0-9a-f]{1,16}$"


async def long(door: Door, make: Callable[[], BaseModel]) -> Response:
    """An answer whose making takes long enough to be done on a worker."""
    body = await door.run(lambda: make().model_dump_json(by_alias=True).encode())
    return Response(body, media_type="application/json")
