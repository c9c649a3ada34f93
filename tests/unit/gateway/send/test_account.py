"""The account of several calls: what is said of each, and how long it may get."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from conduit_desktop.gateway.send import account
from conduit_desktop.gateway.send.sent import Sent
from conduit_desktop.gateway.send.verdict import Judgement
from conduit_desktop.gateway.snapshot import Target
from conduit_desktop.providers import spec
from conduit_desktop.records import Attempt, Provider

PROVIDER = Provider(id="p", name="p", kind="openai", base_url="https://api.openai.com/v1", secret_ref="r")
TARGET = Target("a", "a", PROVIDER, spec("openai"), "m", alias="fast")


def attempt(provider: str = "p", status: int | None = 500, error: str = "Boom", **more: Any) -> Attempt:
    cause = more.pop("cause", "server_error")
    return Attempt(1, provider, provider, None, "m", "https://x", 0.0, status=status, cause=cause, error=error, **more)


def test_each_call_with_its_outcome_and_its_words() -> None:
    calls = [
        attempt("one"),
        attempt("two", None, "It did not\nanswer  in time.", cause="first_token_timeout"),
        attempt("two", 401, "", cause="unauthorised", credential="second"),
        attempt("three", 429, "Slow down", cause="rate_limited"),
    ]
    assert account.account(calls, 3) == (
        "[Conduit made 4 calls: one/m 500 server error: Boom; two/m first token timeout: It did not answer in time.; "
        "two/m with key 'second' 401 unauthorised; three/m 429 rate limited]"
    )


def test_the_same_outcome_is_told_once() -> None:
    assert account.account([attempt(), attempt("q"), attempt()], 1) == (
        "[Conduit made 3 calls: p/m 500 server error: Boom (2 times); q/m 500 server error]"
    )


def test_it_stays_short() -> None:
    told = account.account([attempt(str(n), error="x" * 1000) for n in range(32)], 31)
    assert told.endswith("; and 24 more]")
    assert len(told) < 1500


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"error": {"message": "no", "type": "x"}}, lambda told: told["error"]["message"]),
        (
            {"type": "error", "error": {"type": "overloaded_error", "message": "no"}},
            lambda told: told["error"]["message"],
        ),
        (
            [{"error": {"code": 503, "message": "no", "status": "UNAVAILABLE"}}],
            lambda told: told[0]["error"]["message"],
        ),
        ({"id": "1", "message": "no"}, lambda told: told["message"]),
        ({"error": "no"}, lambda told: told["error"]),
        ({"detail": "no"}, lambda told: told["error"]["message"]),
    ],
)
def test_it_stands_behind_the_message_of_every_dialect(body: Any, message: Any) -> None:
    sent = Sent(TARGET, TARGET.keys[0], Judgement("again", "overloaded"), 503, [], msgspec.json.encode(body), at=1)
    account.add(sent, [attempt(), attempt("q", 503)], "openai-chat", "req_1")
    assert message(msgspec.json.decode(sent.body)).startswith("no [Conduit made 2 calls: p/m 500")


def test_a_page_is_told_as_an_error_also_of_one_call() -> None:
    page = b"<html><head><style>b {}</style><title>502 Bad Gateway</title></head><body>nginx &amp; co</body></html>"
    sent = Sent(TARGET, TARGET.keys[0], Judgement("again", "server_error", "trouble"), 502, [], page, at=0)
    account.add(sent, [attempt()], "anthropic-messages", "req_1")
    error = {"type": "api_error", "message": "502 Bad Gateway nginx & co"}
    assert msgspec.json.decode(sent.body) == {"type": "error", "error": error, "request_id": "req_1"}
    assert sent.headers == [(b"content-type", b"application/json")]


@pytest.mark.parametrize(("fault", "words"), [("rejected", "key that Conduit has for"), ("spent", "the account at")])
def test_whose_key_it_is_that_was_turned_down(fault: str, words: str) -> None:
    """Tools present a virtual key, and take what the provider says of its own key for that."""
    body = b'{"error":{"message":"Incorrect API key."}}'
    sent = Sent(TARGET, TARGET.keys[0], Judgement("credential", "unauthorised", fault), 401, [], body, at=0)
    account.add(sent, [attempt(dialect="openai-chat")], "openai-chat", "req_1")
    assert sent.body == body, "in one dialect it passes byte for byte"
    account.add(sent, [attempt(dialect="anthropic-messages")], "openai-chat", "req_1")
    told = msgspec.json.decode(sent.body)["error"]["message"]
    assert told.startswith("Incorrect API key. [Not your virtual key")
    assert f"{words} the provider 'p'" in told


def test_what_every_call_said_stays_as_it_came() -> None:
    body = b'{"error": {"message": "no",  "type": "x"}}'
    sent = Sent(TARGET, TARGET.keys[0], Judgement("again", "overloaded"), 500, [], body, at=1)
    account.add(sent, [attempt(), attempt("q")], "openai-chat", "req_1")
    assert sent.body == body
