"""What the three kinds of webhooks get."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conduit_desktop.records import Notification, WebhookKind
from conduit_desktop.runtime.notifying import payload

NOTICE = Notification(
    id="n1",
    kind="budget",
    subject="budget:k1",
    severity="warning",
    title="editor has used 80 % of its budget",
    text="It has spent $4.00 of $5.00 a month.",
    created=1_772_366_400.0,
    updated=1_772_366_460.0,
    count=3,
    action="raise_budget",
    target="k1",
)
KINDS: tuple[WebhookKind, ...] = ("json", "slack", "discord")


def built(kind: WebhookKind, **changes: Any) -> Any:
    return json.loads(payload.body(kind, replace(NOTICE, **changes), "d1"))


def test_generic_json_is_as_documented() -> None:
    told = built("json")
    assert told.pop("app")["name"] == "Conduit Desktop"
    assert told == {
        "version": 1,
        "id": "d1",
        "notification": {
            "id": "n1",
            "kind": "budget",
            "subject": "budget:k1",
            "severity": "warning",
            "title": "editor has used 80 % of its budget",
            "text": "It has spent $4.00 of $5.00 a month.",
            "count": 3,
            "created": "2026-03-01T12:00:00Z",
            "updated": "2026-03-01T12:01:00Z",
            "action": "raise_budget",
            "target": "k1",
        },
    }
    for name in told["notification"]:
        assert f'"{name}"' in (payload.__doc__ or "")


def test_slack_gets_plain_text_blocks_and_an_escaped_text() -> None:
    told = built("slack", title="a <!channel> & <@U123>", text="<https://evil.example|click> @here")
    assert [block["type"] for block in told["blocks"]] == ["header", "section", "context"]
    assert all(block["text"]["type"] == "plain_text" for block in told["blocks"][:2])
    assert "<" not in told["text"]
    assert "&lt;!channel&gt; &amp;" in told["text"]
    assert told["link_names"] is False


def test_discord_has_mentions_off_and_no_markdown() -> None:
    told = built("discord", title="@everyone **x** `y`", text="[click](https://evil.example) @here <@1> ||z||")
    assert told["allowed_mentions"] == {"parse": []}
    assert "@everyone" not in told["content"]
    assert "@here" not in told["content"]
    assert "](" not in told["content"].replace("\\](", "").replace("\\]\\(", "")
    assert "\\*\\*x\\*\\*" in told["content"]


@pytest.mark.parametrize("kind", KINDS)
def test_long_texts_fit(kind: WebhookKind) -> None:
    told = built(kind, title="*" * 400, text="&<>*" * 5000)
    if kind == "slack":
        assert len(told["blocks"][0]["text"]["text"]) <= 150
        assert len(told["blocks"][1]["text"]["text"]) <= 3000
        assert len(told["text"]) <= 40_000
    if kind == "discord":
        assert 0 < len(told["content"]) <= 2000


@pytest.mark.parametrize("kind", KINDS)
def test_no_secret_goes_out(kind: WebhookKind) -> None:
    secret = "sk-conduit-0123456789abcdefghijklmnop"
    sent = payload.body(kind, replace(NOTICE, title=f"a {secret}", text=f"Authorization: Bearer {secret}"), "d1")
    assert secret.encode() not in sent


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_text_is_fine(kind: WebhookKind) -> None:
    told = built(kind, text="")
    if kind == "slack":
        assert [block["type"] for block in told["blocks"]] == ["header", "context"]


@given(title=st.text(max_size=300), text=st.text(max_size=3000))
def test_whatever_it_says_it_is_json_within_limits_and_calls_nobody(title: str, text: str) -> None:
    notice = replace(NOTICE, title=title, text=text)
    slack = json.loads(payload.body("slack", notice, "d"))
    discord = json.loads(payload.body("discord", notice, "d"))
    assert len(discord["content"]) <= 2000
    assert "@everyone" not in discord["content"]
    assert "<!" not in slack["text"]
    assert "\n" not in json.loads(payload.body("json", notice, "d"))["notification"]["text"]
