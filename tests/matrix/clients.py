"""The real SDKs: each is given a request as a dict and gives back what it parsed, as the JSON of its own types.

Nothing here knows the gateway. A client is bound to a base URL and a key; the model is given with the request.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import anthropic
import cohere
import httpx
import ollama
import openai
import pydantic
from google import genai
from google.genai import errors as genai_errors
from google.genai import types as genai_types

from tests.matrix.neutral import Json, words

warnings.filterwarnings("ignore", category=UserWarning, module="pydantic")

SECONDS = 60.0


@dataclass
class Heard:
    """What a client got. ``objects`` are its parsed chunks, or the one answer; ``misshapen`` says where they are not
    what the SDK's types promise. ``error`` is what the SDK raised, ``status`` the one it came with (0: none, in the
    middle of an answer). ``unsayable``: the SDK itself refused the request."""

    objects: list[Json] = field(default_factory=list)
    status: int = 200
    error: str | None = None
    unsayable: str = ""
    misshapen: list[str] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)


class Unsayable(Exception):
    """The SDK's types do not allow this request."""


class Client:
    """One SDK, bound to an address. ``dialect`` is what it speaks."""

    dialect = ""

    async def ask(self, body: Json, model: str) -> Heard:
        """Send ``body`` for ``model``; never raises for what the other side does."""
        heard = Heard()
        try:
            async for found in self.send(body, model, heard):
                heard.objects.append(dumped(found, heard))
        except Unsayable as error:
            heard.unsayable = str(error)
        except Exception as error:  # noqa: BLE001  (whatever an SDK raises is what a user would see)
            heard.status, heard.error = self.failure(error)
        return heard

    def send(self, body: Json, model: str, heard: Heard) -> AsyncIterator[pydantic.BaseModel]:
        """The parsed pieces of the answer."""
        raise NotImplementedError

    def failure(self, error: Exception) -> tuple[int, str]:
        """Status and words of what the SDK raised."""
        return 0, f"{type(error).__name__}: {error}"

    async def close(self) -> None:
        """Give sockets back."""


def dumped(found: pydantic.BaseModel, heard: Heard) -> Json:
    """An SDK's object as the JSON of the wire, checked against its own type."""
    raw: Json = found.model_dump(mode="json", by_alias=True, exclude_unset=True, warnings=False)
    try:
        type(found).model_validate(raw)
    except pydantic.ValidationError as error:
        for one in error.errors()[:3]:
            heard.misshapen.append(f"{type(found).__name__}.{'.'.join(map(str, one['loc']))}: {one['msg']}")
    except Exception as error:  # noqa: BLE001
        heard.misshapen.append(f"{type(found).__name__}: {error}")
    return raw


def split(function: Callable[..., Any], body: Json) -> Json:
    """``body`` as keyword arguments of an SDK's method; what it does not name goes beside them."""
    named = set(inspect.signature(function).parameters)
    known = {name: value for name, value in body.items() if name in named}
    more = {name: value for name, value in body.items() if name not in named}
    return {**known, **({"extra_body": more} if more else {})}


class OpenAI(Client):
    """The openai SDK's chat completions."""

    dialect = "chat"

    def __init__(self, base_url: str, key: str, headers: dict[str, str] | None = None) -> None:
        self.sdk = openai.AsyncOpenAI(
            base_url=base_url, api_key=key, max_retries=0, timeout=SECONDS, default_headers=headers
        )

    def method(self) -> Callable[..., Any]:
        return self.sdk.chat.completions.create

    async def send(self, body: Json, model: str, heard: Heard) -> AsyncIterator[pydantic.BaseModel]:
        answer = await self.method()(**split(self.method(), {**body, "model": model}))
        if not body.get("stream"):
            yield answer
            return
        async for found in answer:
            yield found

    def failure(self, error: Exception) -> tuple[int, str]:
        if isinstance(error, openai.APIStatusError):
            return error.status_code, said(error)
        return super().failure(error)

    async def close(self) -> None:
        await self.sdk.close()


class Responses(OpenAI):
    """The openai SDK's responses."""

    dialect = "responses"

    def method(self) -> Callable[..., Any]:
        return self.sdk.responses.create


class Anthropic(Client):
    """The anthropic SDK's messages."""

    dialect = "messages"

    def __init__(self, base_url: str, key: str, headers: dict[str, str] | None = None) -> None:
        self.sdk = anthropic.AsyncAnthropic(
            base_url=base_url, api_key=key, max_retries=0, timeout=SECONDS, default_headers=headers
        )

    async def send(self, body: Json, model: str, heard: Heard) -> AsyncIterator[pydantic.BaseModel]:
        create = self.sdk.messages.create
        answer = await create(**split(create, {**body, "model": model}))
        if not body.get("stream"):
            yield answer
            return
        async for found in answer:
            yield found

    def failure(self, error: Exception) -> tuple[int, str]:
        if isinstance(error, anthropic.APIStatusError):
            return error.status_code, said(error)
        return super().failure(error)

    async def close(self) -> None:
        await self.sdk.close()


class Gemini(Client):
    """google-genai's models."""

    dialect = "gemini"

    def __init__(self, base_url: str, key: str, headers: dict[str, str] | None = None) -> None:
        options = genai_types.HttpOptions(base_url=base_url, timeout=int(SECONDS * 1000), headers=headers)
        self.sdk = genai.Client(api_key=key, vertexai=False, http_options=options)

    async def send(self, body: Json, model: str, heard: Heard) -> AsyncIterator[pydantic.BaseModel]:
        try:
            contents = [genai_types.Content.model_validate(one) for one in body["contents"]]
            config = genai_types.GenerateContentConfig.model_validate(body["config"])
        except pydantic.ValidationError as error:
            raise Unsayable(str(error)[:200]) from error
        asked: Any = {"model": model, "contents": contents, "config": config}
        try:
            if not body["stream"]:
                yield bare(await self.sdk.aio.models.generate_content(**asked))
                return
            async for found in await self.sdk.aio.models.generate_content_stream(**asked):
                yield bare(found)
        except ValueError as error:
            if "not supported" in str(error) or "are required" in str(error):
                raise Unsayable(str(error)[:200]) from error
            raise

    def failure(self, error: Exception) -> tuple[int, str]:
        if isinstance(error, genai_errors.APIError):
            return error.code, words(error.details) or str(error)
        return super().failure(error)


def bare(found: genai_types.GenerateContentResponse) -> genai_types.GenerateContentResponse:
    """Without what the SDK adds of its own."""
    found.sdk_http_response, found.parsed = None, None
    return found


class Cohere(Client):
    """The cohere SDK's version 2."""

    dialect = "cohere"

    def __init__(self, base_url: str, key: str, headers: dict[str, str] | None = None) -> None:
        self.http = httpx.AsyncClient(headers=headers, timeout=SECONDS)
        self.sdk = cohere.AsyncClientV2(
            api_key=key, base_url=base_url, httpx_client=self.http, log_warning_experimental_features=False
        )

    async def send(self, body: Json, model: str, heard: Heard) -> AsyncIterator[pydantic.BaseModel]:
        rest = {name: value for name, value in body.items() if name != "stream"}
        options: Any = {"max_retries": 0}
        try:
            if not body["stream"]:
                yield await self.sdk.chat(model=model, **rest, request_options=options)
                return
            async for found in self.sdk.chat_stream(model=model, **rest, request_options=options):
                yield found
        except TypeError as error:
            raise Unsayable(str(error)[:200]) from error

    def failure(self, error: Exception) -> tuple[int, str]:
        if isinstance(error, cohere.core.api_error.ApiError):
            held = error.body
            return error.status_code or 0, words(held) or str(held)
        return super().failure(error)

    async def close(self) -> None:
        await self.http.aclose()


class Ollama(Client):
    """The ollama SDK."""

    dialect = "ollama"

    def __init__(self, base_url: str, key: str, headers: dict[str, str] | None = None) -> None:
        own = {"Authorization": f"Bearer {key}", **(headers or {})}
        self.sdk = ollama.AsyncClient(host=base_url, headers=own, timeout=SECONDS)

    async def send(self, body: Json, model: str, heard: Heard) -> AsyncIterator[pydantic.BaseModel]:
        try:
            answer = await self.sdk.chat(model=model, **body)
        except pydantic.ValidationError as error:
            if "Request" in error.title or "Message" in error.title or "Tool" in error.title:
                raise Unsayable(str(error)[:200]) from error
            raise
        if not body["stream"]:
            yield answer
            return
        async for found in answer:
            yield found

    def failure(self, error: Exception) -> tuple[int, str]:
        if isinstance(error, ollama.ResponseError):
            # In the middle of a stream the SDK raises with status -1.
            return max(error.status_code, 0), words(error.error) or str(error)
        return super().failure(error)

    async def close(self) -> None:
        await self.sdk._client.aclose()


def said(error: openai.APIStatusError | anthropic.APIStatusError) -> str:
    """The words of an error: of its body, which is gone where the error came in a stream."""
    if error.body is not None:
        return words(error.body) or str(error)
    try:
        return error.response.text or str(error)
    except Exception:  # noqa: BLE001  (two libraries' own classes for a body that was not read)
        return str(error)


CLIENTS: dict[str, type[Client]] = {
    "openai-chat": OpenAI,
    "openai-responses": Responses,
    "anthropic-messages": Anthropic,
    "gemini": Gemini,
    "cohere": Cohere,
    "ollama": Ollama,
}
"""The client dialects by the names that the design gives them."""
GATEWAY_PATHS = {
    "openai-chat": "/v1",
    "openai-responses": "/v1",
    "anthropic-messages": "",
    "gemini": "",
    "cohere": "/cohere",
    "ollama": "",
}
"""Where the gateway serves each, below its address."""


def connect(name: str, base_url: str, key: str, headers: dict[str, str] | None = None) -> Client:
    """The SDK of a client dialect, bound to ``base_url`` (that dialect's own) and ``key``."""
    make: Any = CLIENTS[name]
    found: Client = make(base_url, key, headers)
    return found
