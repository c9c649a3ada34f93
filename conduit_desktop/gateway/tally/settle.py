"""What an exchange used and cost. Usage is the provider's own where it reports any; else it is counted here, and
marked as estimated."""

from __future__ import annotations

from dataclasses import fields
from functools import lru_cache

import msgspec
from msgspec.structs import replace

from conduit_desktop.gateway.exchange import Earlier, Trip
from conduit_desktop.gateway.tally.counting import BYTES_A_TOKEN, events_in, rough_input
from conduit_desktop.gateway.tally.outputs import GUESS
from conduit_desktop.gateway.tally.pricing import at_least, cost, of_tokens, saved
from conduit_desktop.records import CACHED, Price, Usage
from conduit_desktop.wire.usage import plus

ASSUMED = Price(source="assumed", input=10_000_000, output=40_000_000)
"""What a model without a known price is set aside for, where the provider tells the cost afterwards: dear, because a
request that finds nothing reserved is admitted anyway."""
REPORTED = Price(source="reported by the provider", input=0, output=0)
REPLAYED = Price(source=CACHED, input=0, output=0)
COUNTED = frozenset({"chat", "embeddings"})
"""The operations whose tokens can be counted from what was sent and said."""
FREE = frozenset({"count_tokens", "responses.stored"})
FREE_UNPRICED = frozenset({"moderations"})
"""What is free, OpenAI's, unless somebody has a price for it, as Mistral has."""
_UPLOADS = frozenset({"audio.transcriptions", "audio.translations", "images.edits", "images.variations"})
_BYTES_A_SECOND = 16_000  # of sound
_RATES = tuple(each.name for each in fields(Price) if each.name not in ("source", "tiers", "services", "hours"))
_speech = msgspec.json.Decoder(dict[str, object])


def free(trip: Trip) -> bool:
    """Whether nobody takes money for what is asked, whatever the model."""
    return trip.endpoint.operation in FREE


def free_unpriced(trip: Trip) -> bool:
    """Whether what is asked is free where it has no price."""
    return trip.endpoint.operation in FREE_UNPRICED


def estimate(price: Price, trip: Trip, guess: int = GUESS, read: int | None = None) -> int:
    """What a request may come to, before it is sent (picodollars); ``guess`` are the output tokens of each answer
    where it does not bound them, ``read`` is what it ``reads`` where that was counted before. Files are not billed by
    their bytes. Nothing only where nothing is ever paid."""
    operation, output = trip.endpoint.operation, _writes(trip, guess)
    if read is None:
        read = reads(trip)
    if operation == "chat" and (plain := of_tokens(price, read, output, trip.started)) is not None:
        return plain or int(_paid(price))
    wanted = Usage(
        input=read,
        output=output,
        audio_ms=1000 * trip.bytes_in // _BYTES_A_SECOND if price.per_audio_hour else 0,
        characters=trip.bytes_in if price.per_character else 0,
        image_output=output if operation.startswith("images.") else 0,
        searches=1 if operation == "rerank" and price.per_search else 0,
    )
    return cost(price, wanted, trip.started) or int(_paid(price))


@lru_cache(maxsize=1024)
def _paid(price: Price) -> bool:
    """Whether there is anything in it that money is taken for."""
    others: list[Price] = [then for _, then in (*price.tiers, *price.services)]
    others += [then for _, _, then in price.hours]
    return any(getattr(price, name) for name in _RATES) or any(_paid(each) for each in others)


def tokens(trip: Trip, guess: int = GUESS) -> int:
    """How many tokens a request may come to, before it is sent: for limits by the minute."""
    return 0 if free(trip) else reads(trip) + _writes(trip, guess)


def reads(trip: Trip) -> int:
    """About how many tokens go in."""
    return 0 if trip.endpoint.operation in _UPLOADS else _rough(trip)


def _writes(trip: Trip, guess: int) -> int:
    """At most how many tokens may come out where the request bounds them, else about how many."""
    most = trip.most_output
    return guess * trip.choices if most is None else most if most > 0 else 0


def _rough(trip: Trip) -> int:
    body = trip.request.body if trip.request is not None else b""
    return rough_input(body) if isinstance(body, bytes) and body else trip.bytes_in // BYTES_A_TOKEN


def uncertain(trip: Trip) -> bool:
    """Whether what was used must be counted here (``counting.count``, on a worker thread): the provider answered, but
    does not say, or its stream ended before it could. What some tell with their first event is a beginning."""
    if trip.usage is not None and (trip.finish or not trip.error_code):
        return False
    if trip.endpoint.operation not in COUNTED or not _answered(trip):
        return False
    if trip.first is None and trip.error_code not in ("", "client_gone"):
        return False
    assert trip.response is not None
    return isinstance(trip.response.body, list) or trip.response.body.lstrip().startswith(b"{")


def used(trip: Trip) -> Usage | None:
    """What the provider says was used, completed by what was counted here."""
    told = trip.usage
    if not uncertain(trip):
        if told is not None and told.output and not told.image_output and trip.endpoint.operation.startswith("images."):
            return replace(told, image_output=told.output)  # OpenAI's do not say that what they make are pictures
        return told
    count = trip.counted or _rough_count(trip)
    if told is None:
        return count
    return replace(told, input=told.input or count.input, output=max(told.output, count.output), estimated=True)


def _rough_count(trip: Trip) -> Usage:
    """A count by bytes and events, where there was no time for a better one."""
    assert trip.response is not None
    body = trip.response.body
    if isinstance(body, list):
        output = events_in(b"".join(body))
    else:
        output = len(body) // BYTES_A_TOKEN if trip.endpoint.operation == "chat" else 0
    return Usage(input=_rough(trip), output=output, estimated=True)


def _answered(trip: Trip) -> bool:
    return trip.response is not None and trip.answered is not None and trip.response.start.endswith(" 200")


def set_aside(trip: Trip, usage: Usage | None, price: Price | None) -> None:
    """Keep what a call used and cost whose stream came to nothing, or is written on by another call."""
    cost, _, saved = costs(usage, price, trip.started) if usage is not None else (0, None, 0)
    before = trip.earlier or Earlier()
    trip.earlier = Earlier(plus(before.usage, usage), _sum(before.cost, cost), _sum(before.saved, saved))


def up_to(told: Usage | None, heard: bytes, read: int) -> Usage:
    """What a stream used up to where it was given up: as it told, completed by what was ``heard`` of it, and by what
    it had to ``read`` (tokens)."""
    told = told or Usage()
    return replace(told, input=told.input or read, output=max(told.output, events_in(heard)), estimated=True)


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other


def settle(trip: Trip, price: Price | None) -> int:
    """What ``_settle`` says of the exchange's last call, and what those before it came to."""
    due, earlier = _settle(trip, price), trip.earlier
    if earlier is None:
        return due
    trip.cost, trip.saved = _sum(earlier.cost, trip.cost), _sum(earlier.saved, trip.saved)
    trip.usage = plus(earlier.usage, trip.usage)
    if trip.usage is not None and trip.usage.reported_cost is not None:
        trip.usage = replace(trip.usage, reported_cost=trip.cost)
    return due + (earlier.cost or 0)


def _settle(trip: Trip, price: Price | None) -> int:
    """Set the trip's price, cost and savings; gives what to take off the key's budget, which is the cost, and where
    that is unknown what is known of it. A cost that the provider reports itself wins over any price list; a request
    that no provider answered cost nothing, and one that the response cache answered saved what it cost before."""
    usage = trip.usage
    operation = trip.endpoint.operation
    if trip.replay is not None:
        trip.cost, trip.price, trip.saved = 0, REPLAYED, trip.replay.cost
        return 0
    if usage is None and operation == "audio.speech" and price is not None and price.per_character is not None:
        usage = trip.usage = _spoken(trip)
    nothing = operation in FREE or (price is None and operation in FREE_UNPRICED)
    if nothing or (usage is None and not (_answered(trip) and operation not in COUNTED)):
        trip.cost = 0
    elif usage is None:
        # An image, a sound: what it cost nobody has told, unless it is billed by the request.
        trip.cost = price.per_request if price is not None and price.per_request else None
        trip.price = price if trip.cost is not None else None
    else:
        trip.cost, trip.price, trip.saved = costs(usage, price, trip.started)
    if trip.cost is None and usage is not None and price is not None:
        return at_least(price, usage, trip.started)
    return trip.cost or 0


def costs(usage: Usage, price: Price | None, at: float) -> tuple[int | None, Price | None, int | None]:
    """What a usage costs, by which price, and what caching saved."""
    less = None if price is None else saved(price, usage, at) if usage.cached_read > 0 else 0
    if usage.reported_cost is not None:
        return usage.reported_cost, REPORTED, less
    total = None if price is None else cost(price, usage, at)
    if total is None:
        return None, None, None
    return total, price, less


def _spoken(trip: Trip) -> Usage | None:
    """The letters of a text to be spoken, which is what is billed of it; none where no sound came of it."""
    if not _answered(trip) or trip.request is None or not isinstance(trip.request.body, bytes):
        return None
    try:
        text = _speech.decode(trip.request.body).get("input")
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return Usage(characters=len(text)) if isinstance(text, str) else None
