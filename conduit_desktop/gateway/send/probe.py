"""Asking a provider whether it answers: its models, its key, and which local servers are running.

Owns these few requests and the words for what went wrong; never on the path of a client's request. A secret goes
only to the base URL's own origin, no redirect is followed, and no message holds a secret.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from conduit_desktop.errors import ConfigurationError, UpstreamError
from conduit_desktop.gateway.send import diagnosis
from conduit_desktop.gateway.send.diagnosis import Cause, ProbeFailure
from conduit_desktop.gateway.send.inquiry import SECONDS, exchange, open_client
from conduit_desktop.providers import Preset, ProviderSpec
from conduit_desktop.providers.urls import endpoint_url, is_loopback, normalise_base_url, origin
from conduit_desktop.wire import translation
from conduit_desktop.wire.dialects import dialect
from conduit_desktop.wire.failure import Failure
from conduit_desktop.wire.messages import Message, Request, Text

if TYPE_CHECKING:
    import httpx

ANSWER_SECONDS = 60.0
DETECT_SECONDS = 1.5
_MOST_MODELS = 5_000
_LISTS = ("data", "models", "modelSummaries", "publisherModels")
_IDS = ("id", "modelId", "name", "model")


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
        return await _models(client, spec, base_url, secret)


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
            if spec.check != "models":
                await _get(client, f"{base_url}/{spec.check}", spec, secret)
            names = await _models(client, spec, base_url, secret)
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
            hint=failure.hint,
            status=failure.upstream_status,
            latency=time.perf_counter() - began if failure.upstream_status is not None else None,
        )
    except ConfigurationError as wrong:
        return ProbeResult(ok=False, cause="not_sent", message=wrong.message, hint=wrong.hint)
    said = f"{model} answered." if model else _counted(len(names), urlsplit(base_url).hostname or spec.title)
    hint = "" if names or model else "Load a model in the server, then test again."
    return ProbeResult(
        ok=True, cause="ok", message=said, hint=hint, status=200, latency=latency, models_count=len(names)
    )


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


def _counted(count: int, host: str) -> str:
    if not count:
        return f"{host} answers, but lists no models."
    return f"{host} answers with {count} model{'s' if count > 1 else ''}."


async def _models(client: httpx.AsyncClient, spec: ProviderSpec, base_url: str, secret: str | None) -> list[str]:
    surface = spec.surface("models", spec.dialect, "", base_url)
    if surface is None:
        return []  # it has no list to give
    url = endpoint_url(base_url, surface.paths["models"])
    status, body = await _get(client, url, spec, secret)
    names = model_names(body)
    if names is None:
        raise diagnosis.wrong_api(url, status)
    return names


def model_names(body: Any) -> list[str] | None:
    """The ids in a list of models: OpenAI's and Anthropic's ``{"data": [{"id"}]}``, Gemini's, Cohere's and Ollama's
    ``{"models": [{"name"}]}``, Bedrock's ``{"modelSummaries": [{"modelId"}]}``, or the bare list some vendors give.
    ``None`` when it is no such list."""
    listed = next((body[name] for name in _LISTS if name in body), None) if isinstance(body, dict) else body
    if not isinstance(listed, list):
        return None
    ids = [next((each[name] for name in _IDS if name in each), None) for each in listed if isinstance(each, dict)]
    names = [name.removeprefix("models/") for name in ids if isinstance(name, str) and name and len(name) <= 500]
    if listed and not names:
        return None
    return list(dict.fromkeys(names))[:_MOST_MODELS]


async def _get(client: httpx.AsyncClient, url: str, spec: ProviderSpec, secret: str | None) -> tuple[int, Any]:
    return await exchange(client, "GET", url, spec, secret, None, SECONDS)


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
        raise diagnosis.wrong_api(url, status)


async def _detect(client: httpx.AsyncClient, spec: ProviderSpec, preset: Preset) -> Found | None:
    """The server on the preset's port. It is listed under the preset's name only when it proves to be that program;
    any other that lists models is listed as what it is."""
    needs_key = False
    names: list[str] = []
    try:
        _, body = await _quick(client, spec, endpoint_url(preset.base_url, "models"))
        listed = model_names(body)
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
