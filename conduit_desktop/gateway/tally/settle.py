"""What an exchange used and cost. Usage is the provider's own where it reports any; else it is counted here, roughly,
and marked as estimated."""

from __future__ import annotations

from msgspec.structs import replace

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


def free(trip: Trip) -> bool:
    """Whether nobody takes money for what is asked, whatever the model."""
    return _operation(trip) in FREE


def estimate(price: Price, trip: Trip) -> int:
    """What a request may come to, before it is sent (picodollars). Files are not billed by their bytes."""
    read = trip.bytes_in // BYTES_A_TOKEN if _operation(trip) in COUNTED else 0
    output = trip.most_output if trip.most_output is not None else OUTPUT_GUESS
    return cost(price, Usage(input=read, output=max(output, 0)))


def used(trip: Trip) -> Usage | None:
    """What the provider says was used; counted here where it does not say, or where its stream ended before it could:
    what some tell with their first event is a beginning."""
    told = trip.usage
    if told is not None and (trip.finish or not trip.error_code):
        return told
    count = _counted(trip)
    if told is None or count is None or count.output <= told.output:
        return told or count
    return replace(told, output=count.output, estimated=True)


def _counted(trip: Trip) -> Usage | None:
    """A count made here; None where the provider gave no answer, or one that is an error. Of a stream each event is
    taken for a token, which is how providers cut them."""
    operation = _operation(trip)
    if not _answered(trip) or operation not in COUNTED:
        return None
    if trip.first is None and trip.error_code not in ("", "client_gone"):
        return None
    assert trip.response is not None
    body = trip.response.body
    if isinstance(body, list):
        output = _events(b"".join(body))
    elif not body.lstrip().startswith(b"{"):
        return None
    else:
        output = len(body) // BYTES_A_TOKEN if operation == "chat" else 0
    return Usage(input=trip.bytes_in // BYTES_A_TOKEN, output=output, estimated=True)


def _events(body: bytes) -> int:
    """How many events a stream had, whatever its framing: without the one that ends it."""
    return max((body.count(b"data:") or body.count(b":event-type") or body.count(b"\n")) - 1, 0)


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
        # An image, a sound: what it cost nobody has told, unless it is billed by the request.
        trip.cost = price.per_request if price is not None and price.per_request else None
    elif usage.reported_cost is not None:
        trip.cost = usage.reported_cost
        trip.price = Price(source="reported by the provider", input=0, output=0)
    elif price is not None:
        trip.cost = cost(price, usage)
        trip.price = price
    return trip.cost or 0
