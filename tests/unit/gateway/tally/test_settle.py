"""What an exchange used and cost."""

from __future__ import annotations

import pytest

from conduit_desktop.gateway.exchange import Endpoint, Seen, Trip
from conduit_desktop.gateway.snapshot import Snapshot
from conduit_desktop.gateway.tally import outputs, settle
from conduit_desktop.records import Price, Usage

PRICE = Price(source="test", input=10, output=100)


CHAT = Endpoint("chat.completions", "openai-chat", "chat")


def trip(**more: object) -> Trip:
    more.setdefault("endpoint", CHAT)
    return Trip(id="r", started=0.0, began=0.0, method="POST", path="/", snapshot=Snapshot(), bytes_in=400, **more)  # type: ignore[arg-type]


def answered(body: bytes | list[bytes], status: int = 200) -> Trip:
    return trip(answered=1.0, response=Seen(f"HTTP/1.1 {status}", [], body))


@pytest.mark.parametrize(
    ("most_output", "expected"),
    [(None, 100 * 10 + outputs.GUESS * 100), (0, 1000), (7, 1700), (-5, 1000)],
)
def test_estimates(most_output: int | None, expected: int) -> None:
    assert settle.estimate(PRICE, trip(most_output=most_output)) == expected


def test_files_are_not_taken_for_tokens() -> None:
    made = trip(endpoint=Endpoint("audio.transcriptions", "openai-chat", "audio.transcriptions"), most_output=0)
    assert settle.estimate(PRICE, made) == 1  # not nothing: who has spent all must not make it
    assert settle.estimate(Price(source="test", input=0, output=0), made) == 0


def test_the_providers_own_usage_is_priced() -> None:
    made = trip(usage=Usage(input=3, output=2))
    assert settle.settle(made, PRICE) == made.cost == 230
    assert made.price == PRICE


def test_the_providers_own_cost_wins() -> None:
    made = trip(usage=Usage(input=3, output=2, reported_cost=7))
    assert settle.settle(made, PRICE) == made.cost == 7
    assert made.price is not None
    assert made.price.source == "reported by the provider"
    assert settle.settle(trip(usage=Usage(reported_cost=0)), PRICE) == 0


def test_an_unknown_price_is_not_nought() -> None:
    made = trip(usage=Usage(input=3, output=2))
    assert settle.settle(made, None) == 0
    assert made.cost is None
    assert made.price is None


def test_what_nobody_answered_cost_nothing() -> None:
    made = trip()
    assert settle.settle(made, PRICE) == made.cost == 0


def test_counting_here_is_marked() -> None:
    stream = [b"data: 1\n\ndata: 2\n\nda", b"ta: 3\n\n", b"data: 4\n\n"]
    assert settle.used(answered(stream)) == Usage(input=100, output=3, estimated=True)
    assert settle.used(answered(b"{" * 80)) == Usage(input=100, output=20, estimated=True)
    assert settle.used(answered([])) == Usage(input=100, estimated=True)
    assert settle.used(answered([b'{"a":1}\n{"a"', b":2}\n{}\n"])) == Usage(input=100, output=2, estimated=True)


def test_vectors_are_no_output() -> None:
    made = answered(b"{" * 80)
    made.endpoint = Endpoint("embeddings", "openai-chat", "embeddings")
    assert settle.used(made) == Usage(input=100, estimated=True)


def test_an_error_under_a_good_status_used_nothing() -> None:
    made = answered(b'{"error":"no"}')
    made.error_code = "upstream_error"
    assert settle.used(made) is None


def test_a_stream_that_ended_early_is_counted_where_that_is_more() -> None:
    for code, finish, output in (
        ("client_gone", "", 8),
        ("stream_broken", "", 8),
        ("client_gone", "stop", 1),
        ("", "", 1),
    ):
        made = answered([b"data: 1\n\n"] * 9)
        made.usage, made.first, made.error_code, made.finish = (
            Usage(input=7, output=1, cached_read=2),
            1.0,
            code,
            finish,
        )
        assert settle.used(made) == Usage(input=7, output=output, cached_read=2, estimated=output > 1)


@pytest.mark.parametrize(
    "made",
    [
        trip(),
        answered(b"x", 500),
        answered(b"x", 429),
        answered(b"<html>"),
        answered(b""),
        trip(response=Seen("HTTP/1.1 200", [], b"")),
    ],
)
def test_no_answer_no_usage(made: Trip) -> None:
    assert settle.used(made) is None


def test_what_no_tokens_are_counted_of_costs_an_unknown_sum() -> None:
    made = answered(b"RIFF")
    made.endpoint = Endpoint("audio.speech", "openai-chat", "audio.speech")
    assert settle.used(made) is None
    assert settle.settle(made, PRICE) == 0
    assert made.cost is None


def test_what_is_billed_by_the_request_costs_that() -> None:
    made = answered(b"RIFF")
    made.endpoint = Endpoint("images.generations", "openai-chat", "images.generations")
    assert settle.settle(made, Price(source="test", input=0, output=0, per_request=5)) == made.cost == 5


@pytest.mark.parametrize("operation", sorted(settle.FREE))
def test_what_is_free_costs_nothing(operation: str) -> None:
    made = answered(b'{"usage":{"total_tokens":5}}')
    made.endpoint = Endpoint(operation, "openai-responses", operation)
    made.usage = Usage(input=5)
    settle.settle(made, PRICE)
    assert made.cost == 0


def test_moderations_are_free_unless_they_have_a_price() -> None:
    made = answered(b"{}")
    made.endpoint = Endpoint("moderations", "openai-chat", "moderations")
    made.usage = Usage(input=5)
    assert settle.settle(made, None) == made.cost == 0
    assert settle.settle(made, PRICE) == made.cost == 50


def test_estimates_of_several_answers_of_pictures_and_of_searches() -> None:
    assert settle.estimate(PRICE, trip(choices=3)) == 1000 + 3 * outputs.GUESS * 100
    assert settle.estimate(PRICE, trip(), 9000) == 1000 + 9000 * 100
    pictures = trip(endpoint=Endpoint("images.generations", "openai-chat", "images.generations"), choices=2)
    drawn = Price(source="test", input=0, output=0, image_output=7)
    assert settle.estimate(drawn, pictures, 100) == 1400
    ranked = trip(endpoint=Endpoint("rerank", "cohere", "rerank"))
    assert settle.estimate(Price(source="test", input=0, output=0, per_search=2_000), ranked) == 2_000


def test_an_estimate_of_what_is_paid_for_is_never_nothing() -> None:
    then = Price(source="test", input=5, output=5)
    for price in (
        Price(source="test", input=0, output=0, audio_output=5),
        Price(source="test", input=0, output=0, tiers=((100_000, then),)),
        Price(source="test", input=0, output=0, services=(("priority", then),)),
        Price(source="test", input=0, output=0, hours=((10, 20, then),)),
    ):
        assert settle.estimate(price, trip()) == 1
    assert settle.estimate(Price(source="test", input=0, output=0), trip()) == 0
