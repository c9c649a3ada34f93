"""What is told of exchanges, and what is not."""

from __future__ import annotations

import pytest

from conduit_desktop.records import Notification
from conduit_desktop.runtime.notifying.watching import DOWN, REFUSALS, WITHIN, Watching
from tests.unit.runtime.notifying.making import NOON, attempt, exchange, refused

OK = exchange(attempt())
FAILED = exchange(attempt(cause="refused", status=None), status=502)


def live(kind: str, subject: str, severity: str = "error") -> Notification:
    return Notification(
        id="n",
        kind=kind,
        subject=subject,
        severity=severity,
        title="t",
        text="",
        created=0,
        updated=0,  # type: ignore[arg-type]
    )


def test_a_good_request_is_nobodys_concern() -> None:
    watching = Watching()
    assert not watching.concerns(OK)
    assert watching.tell(OK) == []
    assert not watching.concerns(exchange(status=200, endpoint="models", attempts=()))


# ---------------------------------------------------------------- providers


def test_a_provider_is_down_and_up_again_in_one_notification() -> None:
    watching = Watching()
    assert watching.concerns(FAILED)
    (down,) = watching.tell(FAILED)
    assert (down.kind, down.severity, down.action, down.target) == ("provider_down", "error", "test_provider", "id-one")
    assert watching.concerns(OK)  # now it is
    (up,) = watching.tell(OK)
    assert (up.subject, up.severity, up.action, up.times) == (down.subject, "info", "", 0)
    assert "answers again" in up.title
    assert watching.tell(OK) == []


def test_a_good_request_right_behind_a_failure_is_heard_though_that_is_not_told_yet() -> None:
    """Requests end on the gateway's loop, and are told of a little later on another."""
    watching = Watching()
    assert watching.concerns(FAILED)
    assert watching.concerns(OK)
    assert [each.severity for each in (*watching.tell(FAILED), *watching.tell(OK))] == ["error", "info"]
    watching.came(FAILED)
    assert not watching.concerns(OK)


def test_what_never_comes_is_not_waited_for_for_ever() -> None:
    watching = Watching()
    assert watching.concerns(FAILED)
    watching.tidy()
    assert watching.concerns(OK), "it may still come"
    watching.tidy()
    assert not watching.concerns(OK)


@pytest.mark.parametrize("cause", sorted(DOWN))
def test_each_way_of_being_down_reads_well_and_quotes_nobody(cause: str) -> None:
    failed = exchange(attempt(cause=cause, status=None, error="You said: my secret prompt"), status=502)
    (told,) = Watching().tell(failed)
    assert "prompt" not in told.title + told.text
    assert told.text.startswith("one ")


def test_a_retry_that_works_is_no_outage() -> None:
    assert Watching().tell(exchange(attempt(cause="server_error", status=503), attempt(), status=200)) == []


def test_client_errors_and_hang_ups_are_not_the_providers() -> None:
    for cause in ("client_error", "client_gone"):
        assert Watching().tell(exchange(attempt(cause=cause, status=400), status=400)) == []


def test_a_failover_is_told_and_is_no_outage_yet() -> None:
    (told,) = Watching().tell(exchange(attempt("one", "server_error", 529), attempt("two")))
    assert (told.kind, told.severity, told.subject) == ("failover", "warning", "failover:fast")
    assert told.title == "two took over for fast"
    assert (told.action, told.target) == ("show_request", "x1")


def test_a_provider_that_was_down_stays_so_while_others_save_its_requests() -> None:
    watching = Watching()
    watching.tell(FAILED)
    told = watching.tell(exchange(attempt("one", "timeout", None), attempt("two")))
    assert sorted(each.kind for each in told) == ["failover", "provider_down"]


def test_what_is_told_of_credentials_is_healths_affair() -> None:
    for cause, status in (("unauthorised", 401), ("forbidden", 403), ("quota", 402)):
        assert Watching().tell(exchange(attempt(cause=cause, status=status), status=status)) == []


def test_it_goes_on_after_a_restart() -> None:
    watching = Watching()
    watching.resume([live("provider_down", "down:id-one"), live("provider_down", "down:id-two", "info")])
    assert [each.subject for each in watching.tell(OK)] == ["down:id-one"]  # the other one was settled before


# ---------------------------------------------------------------- prices


def test_an_unknown_price_is_told_once_for_each_model_of_a_provider() -> None:
    watching = Watching()
    unpriced = exchange(attempt(), cost=None)
    assert watching.concerns(unpriced)
    (told,) = watching.tell(unpriced)
    assert (told.kind, told.action, told.target) == ("price_unknown", "set_price", "id-one/real")
    assert told.stage  # a removed one does not come back
    assert watching.tell(unpriced) == []
    assert watching.tell(exchange(attempt("two"), cost=None))
    (over,) = watching.tell(OK)
    assert (over.subject, over.severity) == (told.subject, "info")
    assert over.stage != told.stage
    assert watching.tell(unpriced)[0].stage == told.stage


def test_what_fails_has_no_price_to_miss() -> None:
    assert [each.kind for each in Watching().tell(FAILED)] == ["provider_down"]


def test_a_key_that_was_refused_for_want_of_a_price_is_named() -> None:
    (told,) = Watching().tell(refused(403, "price_unknown"))
    assert told.kind == "price_unknown"
    assert "editor" in told.text


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("status", "code", "kind", "action"),
    [
        (401, "key_expired", "refused", "extend_key"),
        (401, "key_disabled", "refused", "enable_key"),
        (403, "model_not_allowed", "refused", "show_key"),
        (429, "rate_limit_exceeded", "rate_limited", "show_key"),
    ],
)
def test_a_key_that_is_refused_time_and_again(status: int, code: str, kind: str, action: str) -> None:
    watching = Watching()
    told = [watching.tell(refused(status, code, started=NOON + at)) for at in range(REFUSALS)]
    assert told[:-1] == [[]] * (REFUSALS - 1)
    (last,) = told[-1]
    assert (last.kind, last.action, last.target) == (kind, action, "k1")


def test_refusals_far_apart_are_not_time_and_again() -> None:
    watching = Watching()
    for at in range(3 * REFUSALS):
        assert watching.tell(refused(401, started=NOON + at * (WITHIN / 3))) == []


def test_each_status_and_each_key_counts_for_itself() -> None:
    watching = Watching()
    for at in range(REFUSALS - 1):
        for status in (401, 403, 429):
            for key in ("k1", "k2"):
                assert watching.tell(refused(status, key_id=key, started=NOON + at)) == []
    assert watching.tell(refused(401, key_id="k2", started=NOON + 9))[0].subject == "refused:401:key:k2"


def test_unknown_keys_count_by_app_and_quote_no_key() -> None:
    watching = Watching()
    text = "The API key ending in 'wxyz' is not known here."
    for at in range(REFUSALS):
        told = watching.tell(refused(401, "invalid_api_key", key_id=None, key="", error=text, started=NOON + at))
    (last,) = told
    assert last.subject == "refused:401:app:curl"
    assert "wxyz" not in last.title + last.text
    assert (last.action, last.target) == ("show_request", "x1")


def test_an_app_that_calls_itself_by_a_secret_is_not_named_so() -> None:
    watching = Watching()
    secret = "sk-proj-abcdefghijklmnop0123456789"
    for at in range(REFUSALS):
        told = watching.tell(refused(401, key_id=None, app=secret, started=NOON + at))
    assert secret not in told[0].subject + told[0].title + told[0].text


def test_ever_new_names_are_one_caller() -> None:
    watching = Watching()
    subjects = set()
    for at in range(2000):
        told = watching.tell(refused(401, key_id=None, app=f"app{at // REFUSALS}", started=NOON + at * 0.01))
        subjects |= {each.subject for each in told}
    assert len(subjects) <= 51
    assert "refused:401:app:several apps" in subjects


@pytest.mark.parametrize("code", ["budget_exceeded", "origin_not_allowed", "no_deployment"])
def test_other_reasons_are_not_the_keys(code: str) -> None:
    watching = Watching()
    assert all(watching.tell(refused(403, code, started=NOON + at)) == [] for at in range(2 * REFUSALS))


def test_a_providers_refusal_is_not_ours() -> None:
    watching = Watching()
    for at in range(2 * REFUSALS):
        told = watching.tell(exchange(attempt(cause="rate_limited", status=429), status=429, started=NOON + at))
        assert told == []
