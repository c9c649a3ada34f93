"""The Attempts tab: what it says of one attempt and of twelve, what followed each, when which part was."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from conduit_desktop.records import Attempt, Exchange
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.panes import requests_attempts_words as words
from conduit_desktop.ui.panes.requests_attempts import AttemptsPage, entries, shares
from conduit_desktop.ui.panes.requests_page import Inspected
from tests.ui.accessible import unnamed
from tests.ui.attempt_steps import FIRST, OTHER, twelve, with_attempts

EXCHANGE = Exchange(
    id="req_1", seq=1, started=0.0, dialect="openai-chat", endpoint="chat", method="POST", path="/v1", model="smart"
)


def facts_of(*attempts: Attempt) -> dict[str, str]:
    """What is said of the first."""
    each = words.tried(with_attempts(EXCHANGE, "req_1", attempts))[0]
    return {entry.name: entry.value for entry in entries(each) if entry.value}


@pytest.mark.parametrize(
    ("changes", "after", "said"),
    [
        ({"next": "again"}, {"waited": 0.4}, "tried there again after a pause of 0.40 s"),
        ({"next": "again"}, OTHER, "OpenRouter was asked next"),
        ({"next": "credential"}, {"credential": "team"}, "not with this key: tried with the key team there"),
        ({"next": "credential"}, OTHER, "not with this key: OpenRouter was asked next"),
        (
            {"next": "context"},
            {**OTHER, "model": "big"},
            "too long here: OpenRouter was asked next, for the fallback big",
        ),
        ({"next": "content"}, OTHER, "refused by the filter here: OpenRouter was asked next"),
        ({"next": "elsewhere"}, OTHER, "not possible here: OpenRouter was asked next"),
        ({"next": "again"}, None, "nothing else was left to try"),
        ({"next": "", "cause": "client_error", "status": 400}, None, "the client was told"),
        ({"next": "", "cause": "", "error": "", "status": 200}, None, "its answer went to the client"),
        ({"next": "", "cause": "client_gone", "error": "", "status": None}, None, "nobody was left to answer"),
    ],
)
def test_what_followed(changes: dict[str, Any], after: dict[str, Any] | None, said: str) -> None:
    first = replace(FIRST, **changes)
    second = () if after is None else (replace(FIRST, n=2, offset=1.0, **after),)
    assert facts_of(first, *second)["Then"] == said


def test_the_fault_labs_doing_is_no_providers() -> None:
    facts = facts_of(replace(FIRST, lab="overloaded", error="Fault lab: overloaded"))
    assert facts["Fault lab"] == "503 overloaded, as set in Settings: not the provider's doing"
    assert words.status_look(replace(FIRST, lab="overloaded")) == ("bolt", "warning")
    assert words.summary([replace(FIRST, lab="cut")]).endswith("Fault lab: on purpose.")


def test_a_good_beginning_is_not_shown_as_success() -> None:
    broken = replace(FIRST, status=200, cause="truncated")
    assert (words.status_words(broken), words.status_look(broken)) == ("200 Truncated", ("error", "danger"))


def test_the_parts_of_an_attempt_stand_where_they_were() -> None:
    exchange = with_attempts(EXCHANGE, "req_1", (replace(FIRST, offset=0.5, waited=0.25, duration=0.5, first=0.45),))
    found = words.tried(replace(exchange, total=1.0))[0]
    parts = [(round(start, 2), round(end, 2)) for start, end, _ in shares(found)]
    assert parts == [(0.25, 0.5), (0.5, 0.61), (0.61, 0.92), (0.92, 0.95), (0.95, 1.0)]
    assert words.timing_words(found).startswith("pause before it 0.25 s, connecting 0.11 s")


def test_the_summary_stays_short() -> None:
    assert words.summary((FIRST, replace(FIRST, n=2), replace(FIRST, n=3, status=200, error=""))) == (
        "Anthropic (529 Overloaded, twice) failed before the first byte; Anthropic answered."
    )
    assert words.summary(twelve()) == (
        "11 attempts at 2 providers failed before the first byte; OpenRouter answered. 1 of them met the fault lab."
    )


async def test_twelve_attempts_are_listed_and_the_first_failure_is_chosen(
    service: GatewayService, bridge: Bridge
) -> None:
    page = AttemptsPage(service, bridge)
    page.resize(540, 640)
    page.show()
    page.present(Inspected(with_attempts(EXCHANGE, "req_1", twelve()), None, True))
    assert len(page.rows) == 12
    assert [each.attempt.n for each in page.table.selected] == [1]
    page.table.select(9)
    facts = {entry.name: entry.value for entry in page.facts._entries}
    assert facts["Fallback"] == "cheap, asked in place of smart"
    assert "a pause of 0.20 s included" in facts["Began"]
    assert not unnamed(page)
    page.present(Inspected(with_attempts(EXCHANGE, "req_2", twelve()[-1:]), None, True))
    assert (len(page.rows), page.said.text()) == (1, "OpenRouter answered at the first attempt.")
    page.close()
