"""Base URLs as people type and paste them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conduit_desktop.errors import ConfigurationError
from conduit_desktop.providers import spec
from conduit_desktop.providers.urls import (
    endpoint_url,
    is_cleartext,
    is_loopback,
    normalise_base_url,
    origin,
    same_origin,
)

OPENAI = spec("openai")
ANY = spec("openai-compatible")


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("", "https://api.openai.com/v1"),
        ("https://api.openai.com", "https://api.openai.com/v1"),
        ("https://api.openai.com/", "https://api.openai.com/v1"),
        ("api.openai.com", "https://api.openai.com/v1"),
        (" https://api.openai.com/v1/ ", "https://api.openai.com/v1"),
        ("https://API.OpenAI.com:443/v1", "https://api.openai.com/v1"),
        ("https://api.openai.com/v1/v1", "https://api.openai.com/v1"),
        ("https://api.openai.com//v1//chat/completions", "https://api.openai.com/v1"),
        ("https://api.openai.com/v1/models/", "https://api.openai.com/v1"),
        ("https://proxy.example/openai/v1", "https://proxy.example/openai/v1"),
    ],
)
def test_what_openai_users_type(typed: str, stored: str) -> None:
    assert normalise_base_url(typed, OPENAI) == stored


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("http://127.0.0.1:11434", "http://127.0.0.1:11434/v1"),
        ("localhost:11434", "http://localhost:11434/v1"),
        ("localhost", "http://localhost/v1"),
        ("[::1]:8080", "http://[::1]:8080/v1"),
        ("http://127.0.0.1:9/v2", "http://127.0.0.1:9/v2"),
        ("http://127.0.0.1:1234/v1/chat/completions", "http://127.0.0.1:1234/v1"),
        ("https://api.perplexity.ai", "https://api.perplexity.ai"),
        ("https://api.groq.com/openai/v1/", "https://api.groq.com/openai/v1"),
        ("http://192.168.1.5:8000/v1", "http://192.168.1.5:8000/v1"),
        ("https://host.example/embeddings", "https://host.example"),
        ("https://münchen.example/v1", "https://münchen.example/v1"),
    ],
)
def test_what_users_of_other_servers_type(typed: str, stored: str) -> None:
    assert normalise_base_url(typed, ANY) == stored


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "ftp://host/v1",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://",
        "https:///v1",
        "https://user:pass@host/v1",
        "https://@host/v1",
        "https://host/v1?key=sk-1",
        "https://host/v1?",
        "https://host/v1#x",
        "https://ho st/v1",
        "https://host\n/v1",
        "https://host/v1\r\nx: y",
        "https://host:99999/v1",
        "https://host:0/v1",
        "https://host:abc/v1",
        "https://-/v1",
        "https://a..b/v1",
        "https://[::1/v1",
        "http://host\\@evil/v1",
    ],
)
def test_what_is_no_base_url_is_refused(typed: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        normalise_base_url(typed, ANY)
    assert caught.value.code == "bad_base_url"
    assert caught.value.hint


def test_a_refused_address_is_not_quoted_because_it_may_hold_a_key() -> None:
    with pytest.raises(ConfigurationError) as caught:
        normalise_base_url("https://user:sk-secret@host/v1", ANY)
    assert "sk-secret" not in caught.value.text


def test_the_demo_has_one_address() -> None:
    assert normalise_base_url("https://host/v1", spec("demo")) == "demo://built-in/v1"


def test_endpoints_stand_below_the_base() -> None:
    assert endpoint_url("https://api.openai.com/v1", "chat/completions") == "https://api.openai.com/v1/chat/completions"
    assert endpoint_url("https://api.openai.com/v1/", "models") == "https://api.openai.com/v1/models"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://a.example/v1", "https://a.example:443/key", True),
        ("https://a.example/v1", "https://A.EXAMPLE/v1", True),
        ("https://a.example/v1", "http://a.example/v1", False),
        ("https://a.example/v1", "https://b.a.example/v1", False),
        ("http://a.example/v1", "http://a.example:8080/v1", False),
        ("https://a.example.evil/v1", "https://a.example/v1", False),
        ("http://[::1]/v1", "http://[::1]:80/v2", True),
    ],
)
def test_origins(one: str, other: str, same: bool) -> None:
    assert same_origin(one, other) is same


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://127.0.0.1:1/v1", True),
        ("http://127.9.9.9/v1", True),
        ("http://localhost:1/v1", True),
        ("http://x.localhost/v1", True),
        ("http://[::1]/v1", True),
        ("http://[::ffff:127.0.0.1]/v1", True),
        ("http://192.168.0.1/v1", False),
        ("http://localhost.evil.example/v1", False),
        ("http://127.0.0.1.evil.example/v1", False),
        ("https://api.openai.com/v1", False),
    ],
)
def test_what_is_this_machine(url: str, here: bool) -> None:
    assert is_loopback(url) is here
    assert is_cleartext(url) is (url.startswith("http:") and not here)


@given(st.text(max_size=80) | st.from_regex(r"(https?://)?[a-z0-9.@:\[\]/?#-]{0,40}", fullmatch=True))
def test_any_text_is_stored_stable_or_refused(typed: str) -> None:
    try:
        stored = normalise_base_url(typed, OPENAI)
    except ConfigurationError:
        return
    assert normalise_base_url(stored, OPENAI) == stored
    assert stored.startswith(("http://", "https://"))
    assert "@" not in origin(stored)
