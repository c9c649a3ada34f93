"""Google's access tokens: exchanged at a token service of our own, kept, shared, refreshed; failures named."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any
from urllib.parse import parse_qs

import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as elliptic
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from conduit_desktop.errors import UpstreamError
from conduit_desktop.gateway.send import signing
from conduit_desktop.gateway.send.signing import Authoriser, google
from conduit_desktop.tasks import spawn

KEY = generate_private_key(65537, 2048)
PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
URL = "https://europe-west1-aiplatform.googleapis.com/v1/x"


class TokenService:
    """A token service; ``answer`` is what it says next."""

    def __init__(self) -> None:
        self.forms: list[dict[str, list[str]]] = []
        self.status = 200
        self.answer: Any = None
        self.delay = 0.0
        self.url = ""

    async def tell(self, request: web.Request) -> web.Response:
        self.forms.append(parse_qs(await request.text()))
        await asyncio.sleep(self.delay)
        body = self.answer or {"access_token": f"ya29.{len(self.forms)}", "expires_in": 3600, "token_type": "Bearer"}
        return web.Response(status=self.status, text=body if isinstance(body, str) else json.dumps(body))


@pytest.fixture
async def service() -> AsyncIterator[TokenService]:
    found = TokenService()
    app = web.Application()
    app.router.add_post("/token", found.tell)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    found.url = f"http://127.0.0.1:{runner.addresses[0][1]}/token"
    yield found
    await runner.cleanup()


class Clock:
    now = 1_760_000_000.0

    def __call__(self) -> float:
        return self.now


def key_file(url: str, **more: str) -> str:
    file = {
        "type": "service_account",
        "project_id": "p",
        "private_key_id": "kid1",
        "private_key": PEM,
        "client_email": "me@p.iam.gserviceaccount.com",
        "token_uri": url,
    }
    return json.dumps(file | more)


def asking(clock: Clock) -> Callable[[str], Coroutine[Any, Any, dict[bytes, bytes]]]:
    authoriser = Authoriser(signing._exchange, clock)

    async def ask(secret: str) -> dict[bytes, bytes]:
        given = [(b"content-type", b"application/json"), (b"authorization", b"Bearer of-the-client")]
        return dict(await authoriser.authorise("google", secret, "POST", URL, given, b"{}"))

    return ask


def decoded(text: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(text + "=="))


async def test_a_key_file_is_exchanged_for_a_token(service: TokenService) -> None:
    clock = Clock()
    headers = await asking(clock)(key_file(service.url))
    assert headers == {b"content-type": b"application/json", b"authorization": b"Bearer ya29.1"}
    form = service.forms[0]
    assert form["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
    head, claims, signature = form["assertion"][0].split(".")
    assert decoded(head) == {"alg": "RS256", "typ": "JWT", "kid": "kid1"}
    assert decoded(claims) == {
        "iss": "me@p.iam.gserviceaccount.com",
        "scope": "https://www.googleapis.com/auth/cloud-platform",
        "aud": service.url,
        "iat": int(clock.now),
        "exp": int(clock.now) + 3600,
    }
    proof = base64.urlsafe_b64decode(signature + "==")
    KEY.public_key().verify(proof, f"{head}.{claims}".encode(), PKCS1v15(), SHA256())  # raises where it is none


async def test_a_token_is_kept_until_five_minutes_before_its_end(service: TokenService) -> None:
    clock = Clock()
    ask = asking(clock)
    secret = key_file(service.url)
    assert await ask(secret) == await ask(secret)
    clock.now += 3299
    assert (await ask(secret))[b"authorization"] == b"Bearer ya29.1"
    clock.now += 2
    assert (await ask(secret))[b"authorization"] == b"Bearer ya29.2"
    assert len(service.forms) == 2


async def test_many_askers_cost_one_exchange_and_one_of_them_may_go(service: TokenService) -> None:
    service.delay = 0.05
    ask = asking(Clock())
    secret = key_file(service.url)
    askers = [spawn(ask(secret), "asker") for _ in range(20)]
    await asyncio.sleep(0.01)
    askers[0].cancel()
    got = await asyncio.gather(*askers, return_exceptions=True)
    assert isinstance(got[0], asyncio.CancelledError)
    assert [each[b"authorization"] for each in got[1:] if isinstance(each, dict)] == [b"Bearer ya29.1"] * 19
    assert len(service.forms) == 1


async def test_a_users_own_credentials(service: TokenService) -> None:
    secret = json.dumps(
        {
            "type": "authorized_user",
            "client_id": "c",
            "client_secret": "s",
            "refresh_token": "r",
            "quota_project_id": "q",
            "token_uri": service.url,
        }
    )
    headers = await asking(Clock())(secret)
    assert service.forms[0] == {
        "grant_type": ["refresh_token"],
        "client_id": ["c"],
        "client_secret": ["s"],
        "refresh_token": ["r"],
    }
    assert headers[b"x-goog-user-project"] == b"q"


@pytest.mark.parametrize(
    ("status", "answer", "cause", "words"),
    [
        (400, {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}, "unauthorised", "Invalid JWT"),
        (401, {"error": "invalid_client"}, "unauthorised", "invalid_client"),
        (429, "slow", "rate_limited", "429"),
        (500, "oops", "server_error", "500"),
        (200, "<html>", "not_json", "without a token"),
        (200, {"access_token": "a\nb"}, "not_json", "without a token"),
        (302, "elsewhere", "server_error", "302"),
    ],
)
async def test_refusals(service: TokenService, status: int, answer: Any, cause: str, words: str) -> None:
    service.status, service.answer = status, answer
    with pytest.raises(UpstreamError) as caught:
        await asking(Clock())(key_file(service.url))
    assert caught.value.cause == cause
    assert words in caught.value.text
    assert "PRIVATE" not in caught.value.text


async def test_after_a_failure_it_is_tried_again(service: TokenService) -> None:
    ask, secret = asking(Clock()), key_file(service.url)
    service.status = 503
    with pytest.raises(UpstreamError):
        await ask(secret)
    service.status = 200
    assert (await ask(secret))[b"authorization"] == b"Bearer ya29.2"


async def test_nobody_there() -> None:
    with pytest.raises(UpstreamError) as caught:
        await asking(Clock())(key_file("http://127.0.0.1:9/token"))
    assert caught.value.cause == "unreachable"


@pytest.mark.parametrize(
    "uri",
    [
        "https://evil.example/token",
        "http://oauth2.googleapis.com/token",
        "https://googleapis.com.evil.example/token",
        "https://notgoogleapis.com/token",
        "ftp://127.0.0.1/token",
        "http://[::1",
    ],
)
async def test_the_key_goes_to_google_only(uri: str) -> None:
    with pytest.raises(UpstreamError) as caught:
        await asking(Clock())(key_file(uri))
    assert "not Google's" in caught.value.message


async def test_the_usual_token_service() -> None:
    file = json.loads(key_file(""))
    del file["token_uri"]
    assert google.token_call(file, 0).url == "https://oauth2.googleapis.com/token"


def other_key() -> str:
    return elliptic(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.mark.parametrize(
    "secret",
    [
        "{}",
        "{",
        '{"type": "service_account"}',
        '{"type": ["service_account"]}',
        '{"type": "external_account", "audience": "x"}',
        key_file("http://127.0.0.1:9/token", private_key="no key"),
        key_file("http://127.0.0.1:9/token", private_key=other_key()),
    ],
)
async def test_files_that_are_no_key_files(secret: str) -> None:
    with pytest.raises(UpstreamError) as caught:
        await asking(Clock())(secret)
    assert caught.value.cause == "unauthorised"


@pytest.mark.parametrize(
    ("secret", "name", "value"),
    [
        ("ya29.token", b"authorization", b"Bearer ya29.token"),
        (" Bearer ya29.token ", b"authorization", b"Bearer ya29.token"),
        ("AIzaSyKey", b"x-goog-api-key", b"AIzaSyKey"),
        ("AQ.Ab8key", b"x-goog-api-key", b"AQ.Ab8key"),
    ],
)
async def test_tokens_and_keys_as_they_are(secret: str, name: bytes, value: bytes) -> None:
    assert await asking(Clock())(secret) == {b"content-type": b"application/json", name: value}


async def test_bedrock_api_key() -> None:
    given = [(b"x-api-key", b"of-the-client")]
    got = await signing.authorise("aws", "ABSKexample", "POST", "https://bedrock-runtime.x/", given, b"")
    assert got == [(b"authorization", b"Bearer ABSKexample")]


@pytest.mark.parametrize("secret", ["", "schlüssel", "two\nlines"])
async def test_what_cannot_be_sent(secret: str) -> None:
    with pytest.raises(UpstreamError):
        await signing.authorise("aws", secret, "POST", "https://bedrock-runtime.x/", [], b"")
