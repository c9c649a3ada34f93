"""Which addresses a webhook may have, and what of them may be seen."""

from __future__ import annotations

import pytest

from conduit_desktop import logs
from conduit_desktop.errors import ConfigurationError
from conduit_desktop.runtime.notifying import address

SLACK = "https://hooks.slack.com/services/T00000000/B00000000/abcdefghijklmnopqrstuvWX"


@pytest.mark.parametrize(
    "url",
    [
        SLACK,
        "https://discord.com/api/webhooks/123/abc-def_ghi",
        "https://example.org/hook?token=abc",
        "https://192.168.1.5:8443/hook",
        "https://10.0.0.1/hook",
        "http://127.0.0.1:9000/hook",
        "http://localhost:9000/hook",
        "http://[::1]:9000/hook",
        "  https://example.org/hook \n",
    ],
)
def test_good_addresses(url: str) -> None:
    assert address.check(url) == url.strip()


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/hook",
        "http://192.168.1.5/hook",
        "http://10.0.0.1/hook",
        "http://172.16.0.1/hook",
        "http://169.254.169.254/latest",
        "http://0.0.0.0/hook",
        "http://127.0.0.1.example.org/hook",
        "http://localhost.example.org/hook",
        "https://user:secretpass@example.org/hook",
        "https://user@example.org/hook",
        "https://example.org/hook#part",
        "https:///hook",
        "https://example.org:0/hook",
        "https://example.org:99999/hook",
        "https://[::1/hook",
        "https://exa mple.org/hook",
        "https://example.org\\@evil.org/hook",
        "https://example.org/\nhook",
        "ftp://example.org/hook",
        "file:///etc/passwd",
        "example.org/hook",
        "javascript:alert(1)",
        "https://example.org/" + "x" * 3000,
    ],
)
def test_bad_addresses_are_refused_and_not_quoted(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        address.check(url)
    assert caught.value.code == "bad_webhook"
    assert url not in caught.value.text
    assert "secretpass" not in caught.value.text


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        (SLACK, "slack"),
        ("https://discord.com/api/webhooks/1/a", "discord"),
        ("https://ptb.discord.com/api/webhooks/1/a", "discord"),
        ("https://discordapp.com/api/webhooks/1/a", "discord"),
        ("https://hooks.slack.com.example.org/services/a", "json"),
        ("https://notdiscord.com/api/webhooks/1/a", "json"),
        ("http://127.0.0.1:1/hook", "json"),
    ],
)
def test_whose_it_is(url: str, kind: str) -> None:
    assert address.kind_of(url) == kind


def test_what_may_be_seen() -> None:
    assert (address.shown_host(SLACK), address.last4(SLACK)) == ("hooks.slack.com", "uvWX"[-4:])
    assert address.shown_host("http://[::1]:9000/hook") == "[::1]:9000"
    assert address.last4("http://127.0.0.1:9000/hook") == ""  # four characters would be most of it


def test_the_address_and_its_path_are_masked_from_then_on() -> None:
    address.keep_secret(SLACK)
    path = SLACK.removeprefix("https://hooks.slack.com")
    assert "abcdefghijklmnop" not in logs.redact(f"POST {SLACK} failed; POST {path} failed")
    address.keep_secret("http://127.0.0.1:9000/notifications")
    assert logs.redact("GET /notifications") == "GET /notifications"  # a word stays one
