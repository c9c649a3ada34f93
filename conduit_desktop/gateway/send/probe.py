"""Asking a provider whether it answers: its models, its key, and which local servers are running.

Owns these few requests and the words for what went wrong; never on the path of a client's request. A secret goes
only to the base URL's own origin, no redirect is followed, and no message holds a secret.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from conduit_desktop.errors import ConfigurationError, UpstreamError
from conduit_desktop.gateway.send import diagnosis
from conduit_desktop.gateway.send.diagnosis import Cause, ProbeFailure
from conduit_desktop.gateway.send.inquiry import SECONDS, exchange, open_client
from conduit_desktop.gateway.send.model_list import models_of, names_in
from conduit_desktop.providers import Preset, ProviderSpec
from conduit_desktop.providers.spec import ASK
from conduit_desktop.providers.urls import endpoint_url, is_loopback, normalise_base_url, origin
from conduit_desktop.wire import translation
from conduit_desktop.wire.dialects import dialect
from conduit_desktop.wire.failure import Failure
from conduit_desktop.wire.messages import Message, Request, Text

if TYPE_CHECKING:
    import httpx

ANSWER_SECONDS = 60.0
DETECT_SECONDS = 1.5
_NOBODY = "conduit/no-such-model"
_OF_A_MODEL = re.compile(r"model|deployment|endpoint", re.IGNORECASE)
_CLOSED: tuple[Cause, ...] = ("not_found", "wrong_api", "not_json", "unauthorised", "forbidden")
"""Why a list may not be had although the key is good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeResult:
    """How a test ended: ``message`` says what happened, ``hint`` what to do next, ``status`` what the provider
    answered with (``None``: it did not), ``latency`` how long its answer took in seconds."""

    ok: bool
    cause: Cause
    message: str
    hint: str = ""
    status: int | None = None
    latency: float | None = None
    models_count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A local server that is running. ``needs_key``: it answers, but wants a key before it lists its models."""

    kind: str
    preset: str
    title: str
    base_url: str
    models: tuple[str, ...] = ()
    needs_key: bool = False


def prepare() -> None:
    """Blocking, once about 0.15 s: what the first request needs. For a worker thread, so that no loop waits for it."""
    import httpx  # noqa: F401 - for its import

    from conduit_desktop.gateway.send.direct import tls_context

    tls_context()


async def list_models(spec: ProviderSpec, base_url: str, secret: str | None) -> list[str]:
    """The provider's model ids in its own order. Raises ProbeFailure (an UpstreamError), ConfigurationError."""
    if spec.built_in:
        return list(spec.models)
    base_url = normalise_base_url(base_url, spec)
    async with open_client(base_url) as client:
        names = await models_of(client, spec, base_url, secret)
    if names is None:
        raise diagnosis.no_list(spec.title, spec.models_note)
    return names


async def test(
    spec: ProviderSpec,
    base_url: str,
    secret: str | None,
    model: str | None = None,  # noqa: PT028 - no test of pytest's
) -> ProbeResult:
    """Whether the address is right and the secret good, and whether ``model`` answers when one is given (that is a
    real request of a few tokens). Never raises for what the provider does."""
    if spec.built_in:
        return _built_in(spec, model)
    began = time.perf_counter()
    try:
        base_url = normalise_base_url(base_url, spec)
        async with open_client(base_url) as client:
            began = time.perf_counter()
            doubt = await _check(client, spec, base_url, secret)
            names = await _listed(client, spec, base_url, secret, doubt)
            latency = time.perf_counter() - began
            if model is not None:
                began = time.perf_counter()
                await _ask(client, spec, base_url, secret, model)
                latency = time.perf_counter() - began
    except ProbeFailure as failure:
        return ProbeResult(
            ok=False,
            cause=failure.kind,
            message=failure.message,
            hint=_where(failure, spec, base_url),
            status=failure.upstream_status,
            latency=time.perf_counter() - began if failure.upstream_status is not None else None,
        )
    except ConfigurationError as wrong:
        return ProbeResult(ok=False, cause="not_sent", message=wrong.message, hint=wrong.hint)
    return _good(spec, urlsplit(base_url).hostname or spec.title, names, model, latency)


def _where(failure: ProbeFailure, spec: ProviderSpec, base_url: str) -> str:
    """What to do, with the address that the vendor itself documents where another was given and has nothing."""
    if failure.kind == "not_found" and spec.base_url and base_url.rstrip("/") != spec.base_url.rstrip("/"):
        return f"Check the base URL: {spec.title}'s own is {spec.base_url}. When a model was named, check its spelling."
    return failure.hint


async def detect_local(specs: Iterable[ProviderSpec]) -> list[Found]:
    """The well-known local servers that answer on this machine, asked all at once."""
    wanted = [
        (spec, preset) for spec in specs for preset in spec.presets if preset.base_url and is_loopback(preset.base_url)
    ]
    if not wanted:
        return []
    async with open_client(wanted[0][1].base_url, DETECT_SECONDS) as client:
        found = await asyncio.gather(*(_detect(client, spec, preset) for spec, preset in wanted))
    return [each for each in found if each is not None]


def _built_in(spec: ProviderSpec, model: str | None) -> ProbeResult:
    if model is not None and model not in spec.models:
        return ProbeResult(
            ok=False,
            cause="not_found",
            message=f"{spec.title} has no model {model!r}.",
            hint=f"It has {', '.join(spec.models)}.",
            status=404,
        )
    return ProbeResult(
        ok=True,
        cause="ok",
        message=f"{spec.title} is built in and always answers.",
        latency=0.0,
        models_count=len(spec.models),
    )


def _good(spec: ProviderSpec, host: str, names: list[str] | None, model: str | None, latency: float) -> ProbeResult:
    hint = ""
    if model:
        said = f"{model} answered."
    elif names:
        said = f"{host} answers with {len(names)} model{'s' if len(names) > 1 else ''}."
        hint = spec.models_note
    elif names is None:
        said = f"{host} answers and takes the key, but gives no list of models."
        hint = spec.models_note or "Type the model's id where one is asked for."
    else:
        said = f"{host} answers, but lists no models."
        hint = "Load a model in the server, then test again." if spec.local else spec.models_note
    return ProbeResult(
        ok=True, cause="ok", message=said, hint=hint, status=200, latency=latency, models_count=len(names or ())
    )


async def _check(
    client: httpx.AsyncClient, spec: ProviderSpec, base_url: str, secret: str | None
) -> ProbeFailure | None:
    """Raise ProbeFailure where the secret is not taken. What leaves it open whether anything of the kind is at the
    address is given back: the list of models will tell."""
    try:
        if spec.check == ASK:
            await _ask(client, spec, base_url, secret, _NOBODY)
        elif spec.check != "models":
            await exchange(client, "GET", endpoint_url(base_url, spec.check), spec, secret, None, SECONDS)
    except ProbeFailure as failure:
        if failure.kind not in ("not_found", "wrong_api", "not_json") or failure.upstream_status is None:
            raise
        return None if _OF_A_MODEL.search(failure.words) else failure
    return None


async def _listed(
    client: httpx.AsyncClient, spec: ProviderSpec, base_url: str, secret: str | None, doubt: ProbeFailure | None
) -> list[str] | None:
    """The models; None where the list is closed to a key that is known to be good. Raises ``doubt`` where no list
    clears it up."""
    try:
        names = await models_of(client, spec, base_url, secret)
    except ProbeFailure as failure:
        if spec.check != ASK or failure.kind not in _CLOSED:
            raise
        names = None
    if names is None and doubt is not None:
        raise doubt
    return names


async def _ask(client: httpx.AsyncClient, spec: ProviderSpec, base_url: str, secret: str | None, model: str) -> None:
    """A few tokens from ``model``; it fails when what comes back is no answer."""
    surface = spec.surface("chat", spec.dialect, model, base_url)
    if surface is None:
        return
    spoken = dialect(surface.dialect)
    asked = Request(model=model, messages=[Message(role="user", parts=[Text(text="Say OK.")])], max_tokens=16)
    content = spoken.encode_request(asked, spec.traits_of(model)).body
    if surface.hosted:
        from conduit_desktop.wire.dialects.anthropic_hosted import hosted

        content = hosted(content, surface.hosted, [])
    url = endpoint_url(base_url, surface.paths["chat"], model)
    status, body = await exchange(client, "POST", url, spec, secret, content, ANSWER_SECONDS)
    if isinstance(translation.read_answer(spoken, json.dumps(body).encode()), Failure):
        raise diagnosis.wrong_api(url, status, spec.title)


async def _detect(client: httpx.AsyncClient, spec: ProviderSpec, preset: Preset) -> Found | None:
    """The server on the preset's port. It is listed under the preset's name only when it proves to be that program;
    any other that lists models is listed as what it is."""
    needs_key = False
    names: list[str] = []
    try:
        path = spec.surfaces[0].paths.get("models", "models")
        _, body = await _quick(client, spec, endpoint_url(preset.base_url, path))
        listed = names_in(body)
        if listed is None:
            return None
        names = listed
    except UpstreamError as failure:
        if not isinstance(failure, ProbeFailure) or failure.kind not in ("unauthorised", "forbidden"):
            return None
        needs_key = True
    known = not preset.detect or await _is(client, spec, preset)
    if needs_key and not known:
        return None
    return Found(
        kind=spec.kind,
        preset=preset.name if known else "custom",
        title=preset.title if known else f"Server on port {urlsplit(preset.base_url).port}",
        base_url=preset.base_url,
        models=tuple(names),
        needs_key=needs_key,
    )


async def _is(client: httpx.AsyncClient, spec: ProviderSpec, preset: Preset) -> bool:
    try:
        _, body = await _quick(client, spec, origin(preset.base_url) + preset.detect)
    except UpstreamError:
        return False
    return isinstance(body, dict) and preset.mark in body


async def _quick(client: httpx.AsyncClient, spec: ProviderSpec, url: str) -> tuple[int, Any]:
    return await exchange(client, "GET", url, spec, None, None, DETECT_SECONDS)
