"""What an exchange used and cost. Usage is the provider's own where it reports any; else it is counted here, roughly,
and marked as estimated."""

from __future__ import annotations

from conduit_desktop.gateway.exchange import Trip
from conduit_desktop.gateway.tally.pricing import cost
from conduit_desktop.records import Price, Usage

BYTES_A_TOKEN = 4
ASSUMED = Price(source="assumed", input=10_000_000, output=40_000_000)
"""What a model without a known price is set aside for, where the provider tells the cost afterwards: dear, because a
request that finds nothing reserved is admitted anyway."""
COUNTED = frozenset({"chat", "embeddings"})
"""The operations whose tokens can be counted from what was sent and said."""
FREE = frozenset({"count_tokens", "responses.stored", "moderations"})
OUTPUT_GUESS = 500
"""Output tokens to set aside for a request that does not bound them."""


def estimate(price: Price, bytes_in: int, most_output: int | None) -> int:
    """What a request may come to, before it is sent (picodollars)."""
    output = most_output if most_output is not None else OUTPUT_GUESS
    return cost(price, Usage(input=bytes_in // BYTES_A_TOKEN, output=max(output, 0)))


def counted(trip: Trip) -> Usage | None:
    """Usage counted here, for an answer that came without any; None where the provider gave no answer. Of a stream
    each event is taken for a token, which is how providers cut them."""
    if not _answered(trip) or _operation(trip) not in COUNTED:
        return None
    assert trip.response is not None
    body = trip.response.body
    if isinstance(body, bytes) and not body.lstrip().startswith(b"{"):
        return None
    events = max(b"".join(body).count(b"data:") - 1, 0) if isinstance(body, list) else 0
    output = events if isinstance(body, list) else len(body) // BYTES_A_TOKEN
    return Usage(input=trip.bytes_in // BYTES_A_TOKEN, output=output, estimated=True)


def _operation(trip: Trip) -> str:
    return trip.endpoint.operation if trip.endpoint is not None else ""


def _answered(trip: Trip) -> bool:
    return trip.response is not None and trip.answered is not None and trip.response.start.endswith(" 200")


def settle(trip: Trip, price: Price | None) -> int:
    """Set the trip's price and cost; gives the cost, 0 where it is unknown. A cost that the provider reports itself
    wins over any price list; a request that no provider answered cost nothing."""
    usage = trip.usage
    operation = _operation(trip)
    if operation in FREE or (usage is None and not (_answered(trip) and operation not in COUNTED)):
        trip.cost = 0
    elif usage is None:
        trip.cost = None  # an image, a sound: what it cost nobody has told
    elif usage.reported_cost is not None:
        trip.cost = usage.reported_cost
        trip.price = Price(source="reported by the provider", input=0, output=0)
    elif price is not None:
        trip.cost = cost(price, usage)
        trip.price = price
    return trip.cost or 0
