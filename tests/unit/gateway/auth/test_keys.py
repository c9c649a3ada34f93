"""Finding a request's key, and what it may do."""

from __future__ import annotations

import pytest

from conduit_desktop.errors import NotAllowed
from conduit_desktop.gateway.auth import keys
from conduit_desktop.records import VirtualKey

TEXT = b"sk-conduit-abcdefghijklmnop"


def key(**more: object) -> VirtualKey:
    return VirtualKey(id="k", name="editor", digest=keys.digest(TEXT), last4="mnop", **more)  # type: ignore[arg-type]


KNOWN = {keys.digest(TEXT): key()}


@pytest.mark.parametrize(
    "headers",
    [
        [(b"authorization", b"Bearer " + TEXT)],
        [(b"authorization", b"bearer   " + TEXT + b" ")],
        [(b"authorization", b"BEARER " + TEXT)],
        [(b"x-api-key", TEXT)],
        [(b"x-goog-api-key", b" " + TEXT)],
        [(b"api-key", TEXT)],
        [(b"accept", b"*/*"), (b"api-key", TEXT), (b"user-agent", b"x")],
        [(b"authorization", b"Basic dTpw"), (b"x-api-key", TEXT)],
        [(b"authorization", b""), (b"x-api-key", TEXT)],
        [(b"authorization", b"Bearer "), (b"api-key", TEXT)],
        [(b"x-api-key", b"other"), (b"authorization", b"Bearer " + TEXT)],
        [(b"authorization", b"Bearer " + TEXT), (b"authorization", b"Bearer other")],
    ],
)
def test_every_place_that_carries_a_key(headers: list[tuple[bytes, bytes]]) -> None:
    header = dict(reversed(headers)).get
    assert keys.presented(header) == TEXT
    assert keys.identify(keys.presented(header), KNOWN, 0.0).name == "editor"


@pytest.mark.parametrize(
    "headers",
    [[], [(b"authorization", b"Bearer")], [(b"authorization", TEXT)], [(b"cookie", TEXT)], [(b"x-api-key", b"  ")]],
)
def test_no_key(headers: list[tuple[bytes, bytes]]) -> None:
    assert keys.presented(dict(headers).get) is None
    with pytest.raises(NotAllowed) as caught:
        keys.identify(None, KNOWN, 0.0)
    assert (caught.value.status, caught.value.code) == (401, "missing_api_key")


@pytest.mark.parametrize(
    "text", [b"sk-conduit-unknown-key-0000", b"sk-proj-somebody-elses", b"\xff\xfe", TEXT[:-1], TEXT + b"x", TEXT * 9]
)
def test_an_unknown_key_is_not_quoted(text: bytes) -> None:
    with pytest.raises(NotAllowed) as caught:
        keys.identify(text, KNOWN, 0.0)
    assert (caught.value.status, caught.value.code) == (401, "invalid_api_key")
    assert text.decode("latin-1") not in caught.value.text
    assert ("sk-conduit-" in caught.value.hint) == (not text.startswith(b"sk-conduit-"))


def test_disabled_and_expired() -> None:
    keys.check_usable(key(), 5.0)
    keys.check_usable(key(expires=100.0), 99.9)
    with pytest.raises(NotAllowed, match="'editor' expired on") as expired:
        keys.check_usable(key(expires=100.0), 100.0)
    with pytest.raises(NotAllowed, match="'editor' is disabled") as disabled:
        keys.check_usable(key(enabled=False), 5.0)
    assert (expired.value.code, disabled.value.code) == ("key_expired", "key_disabled")
    assert expired.value.status == disabled.value.status == 401


@pytest.mark.parametrize(
    ("models", "model", "allowed"),
    [
        ((), "anything", True),
        (("fast",), "fast", True),
        (("fast",), "fast2", False),
        (("fast", "gpt-*"), "gpt-4o", True),
        (("gpt-*",), "gpt-", True),
        (("gpt-*",), "GPT-4", False),
        (("openai/*",), "openai/gpt-4o", True),
        (("*",), "anything", True),
        (("a*b",), "axb", False),
        (("a.c",), "abc", False),
    ],
)
def test_allowed_models(models: tuple[str, ...], model: str, allowed: bool) -> None:
    assert keys.allows(key(models=models), model) == allowed
    if not allowed:
        with pytest.raises(NotAllowed) as caught:
            keys.check_model(key(models=models), model)
        assert (caught.value.status, caught.value.code, caught.value.param) == (403, "model_not_allowed", "model")
        assert models[0] in caught.value.hint
