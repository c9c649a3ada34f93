"""What an exchange cost, in words: the lines of its bill, where its price comes from, or why it has no cost. Pure: the
gateway's own sum is never replaced, only explained."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from conduit_desktop.money import PICO, show
from conduit_desktop.records import CACHED, Exchange
from conduit_desktop.runtime.bills import Bill, BillLine
from conduit_desktop.ui.shown import moment

MILLION = 10**6
REPORTED = "reported by the provider"  # what the gateway says of a price that it did not have to look up
NAMES = {
    "per_request": "Per request",
    "input": "Fresh input",
    "cached_read": "Cached read",
    "cached_audio": "Cached audio",
    "cached_image": "Cached images",
    "cache_write": "Cache write, 5 min",
    "cache_write_1h": "Cache write, 1 h",
    "audio_input": "Audio in",
    "image_input": "Images in",
    "video_input": "Video in",
    "output": "Output",
    "reasoning": "Reasoning",
    "audio_output": "Audio out",
    "image_output": "Images out",
    "video_output": "Video out",
    "per_search": "Web searches",
    "per_searching": "Searched the web",
    "per_file_search": "File searches",
    "per_character": "Characters",
    "per_audio_hour": "Sound",
}
_PICO_DIGITS = 12
_COUNTED = frozenset({"per_request", "per_search", "per_searching", "per_file_search"})


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; ``text`` is the amount, exact, with as many digits as the others."""

    name: str
    arithmetic: str
    amount: int
    text: str


@dataclass(frozen=True, slots=True)
class Told:
    """``rows`` empty: there is nothing to take apart. ``fix`` is what can be done: ``price`` (set one), ``again``
    (price it anew), empty."""

    rows: tuple[Row, ...]
    total: str
    note: str
    marks: tuple[str, ...] = ()
    saving: str = ""
    fix: str = ""


def tell(exchange: Exchange, bill: Bill) -> Told:
    """Everything that there is to say of the cost."""
    usage, cost = exchange.usage, exchange.cost
    if exchange.seq == 0:
        return Told((), "–", "The cost is known when the request has ended.")
    if exchange.price == CACHED:
        note = "The response cache answered: no provider was asked, and nothing is charged."
        return Told((), show(cost), note, saving=_given_again(exchange.saved))
    if usage is None and cost is not None:
        nothing = "No provider gave an answer, so nothing was used and nothing is charged."
        return Told((), show(cost), _price(exchange) if cost else nothing)
    marks = _marks(exchange, bill)
    if cost is None:
        return _unpriced(exchange, bill, marks)
    if usage is not None and (usage.reported_cost is not None or exchange.price == REPORTED):
        note = "The provider reported this amount itself; it wins over any price list."
        return Told((), show(cost), note, marks, _saving(exchange))
    if not bill.lines:
        note = f"{_price(exchange)} Its rates are not kept any more, so that the amount cannot be taken apart."
        return Told((), show(cost), note, marks, _saving(exchange))
    rows = [(NAMES[line.part], arithmetic(line), line.amount) for line in bill.lines]
    note = _price(exchange)
    if bill.total != cost:
        rows.append(("Charged otherwise", "", cost - bill.total))
        note += " The lines do not add up to it: it was charged by an earlier version."
    rows.append(("Total", "", cost))
    digits = max(_digits(amount) for _, _, amount in rows)
    exact = tuple(Row(*each, f"${Decimal(each[2]) / PICO:,.{digits}f}".replace("$-", "-$")) for each in rows)
    return Told(exact, show(cost), note, marks, _saving(exchange))


def _digits(amount: int) -> int:
    """How many digits after the point an amount needs to be exact; at least as many as cents have, and two."""
    needed = -int(Decimal(amount).scaleb(-_PICO_DIGITS).normalize().as_tuple().exponent)
    return max(4, needed)


def _unpriced(exchange: Exchange, bill: Bill, marks: tuple[str, ...]) -> Told:
    model = exchange.upstream_model or exchange.model
    left = "This request is counted, but budgets and totals leave its cost out."
    if bill.priced_now:
        note = f"No price was known for {model} when it was made. {left} One is known now: price it anew."
        return Told((), "unpriced", note, marks, fix="again")
    reason = bill.reason or "no price is known for it"
    return Told((), "unpriced", f"{model} has no cost here: {reason}. {left}", marks, fix="price")


def _price(exchange: Exchange) -> str:
    source = exchange.price.partition(" #")[0] or "another price"
    return f"Priced by {source}, as it was on {moment(exchange.started)[:10]}."


def _marks(exchange: Exchange, bill: Bill) -> tuple[str, ...]:
    marks = list(bill.steps)
    if exchange.usage is not None and exchange.usage.service and not any("service" in step for step in marks):
        marks.append(f"service tier {exchange.usage.service}")
    if exchange.usage is not None and exchange.usage.estimated:
        marks.append("tokens estimated here")
    return tuple(marks)


def _saving(exchange: Exchange) -> str:
    saved = exchange.saved
    if not saved or exchange.usage is None or not exchange.usage.cached_read:
        return ""
    if saved < 0:
        return f"Reading from the cache cost {show(-saved)} more than reading afresh."
    whole = (exchange.cost or 0) + saved
    share = f" ({saved / whole * 100:.0f} %)" if whole else ""
    return f"The cache saved {show(saved)}{share}: without it this would have been {show(whole)}."


def _given_again(saved: int | None) -> str:
    if saved is None:
        return "What this answer cost the first time is not known, so what the cache saved is not, either."
    return f"The cache saved {show(saved)}, which is what this answer cost the first time."


def arithmetic(line: BillLine) -> str:
    """``1,204 × $2.50 / 1M``; ``2 × $0.01``."""
    if line.part in _COUNTED:
        return f"{line.units:,} × {dollars(line.rate)}"
    if line.part == "per_audio_hour":
        return f"{line.units / 1000:,.1f} s × {dollars(line.rate)} / h"
    return f"{line.units:,} × {dollars(line.rate * MILLION)} / 1M"


def dollars(picodollars: int) -> str:
    """A rate, exact: ``$2.50``, ``$0.075``."""
    usd = Decimal(picodollars) / PICO
    whole, _, rest = f"{usd.normalize():f}".partition(".")
    return f"${int(whole):,}.{rest:<02}"
