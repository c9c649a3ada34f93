"""Prices as they are typed and told: their parts in US dollars, and where a price comes from. Pure; no widgets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from conduit_desktop.money import from_usd, to_usd
from conduit_desktop.records import Price

MILLION = 10**6
_FINEST = 6  # digits after the point: a picodollar a token is a millionth of a dollar a million


@dataclass(frozen=True, slots=True)
class PricePart:
    """A part of a price: its field in ``Price``, what it is called, how many of its units one typed price is for, and
    the part that it is billed as while it has no price of its own (empty: nothing)."""

    field: str
    label: str
    times: int
    whole: str = ""


TOKENS: tuple[PricePart, ...] = (
    PricePart("input", "Input", MILLION),
    PricePart("output", "Output", MILLION),
    PricePart("cached_read", "Cached read", MILLION, "input"),
    PricePart("reasoning", "Reasoning", MILLION, "output"),
    PricePart("cache_write", "Cache write, 5 min", MILLION, "input"),
    PricePart("cache_write_1h", "Cache write, 1 h", MILLION, "cache_write"),
    PricePart("audio_input", "Audio in", MILLION, "input"),
    PricePart("audio_output", "Audio out", MILLION, "output"),
    PricePart("image_input", "Images in", MILLION, "input"),
    PricePart("image_output", "Images out", MILLION, "output"),
)
EACH: tuple[PricePart, ...] = (
    PricePart("per_request", "Per request", 1),
    PricePart("per_search", "Per web search", 1),
)
RARE: tuple[PricePart, ...] = (
    PricePart("cached_audio", "Cached audio", MILLION, "audio_input"),
    PricePart("cached_image", "Cached images", MILLION, "image_input"),
    PricePart("video_input", "Video in", MILLION, "input"),
    PricePart("video_output", "Video out", MILLION, "output"),
    PricePart("per_searching", "Per request that searched", 1),
    PricePart("per_character", "A million characters", MILLION),
    PricePart("per_file_search", "Per file search", 1),
    PricePart("per_audio_hour", "Per hour of sound", 1),
)
PARTS = TOKENS + EACH + RARE
_BY_FIELD: Mapping[str, PricePart] = {part.field: part for part in PARTS}
_LABELS = {
    "input": "input",
    "output": "output",
    "cache_write": "cache write, 5 min",
    "audio_input": "audio in",
    "image_input": "images in",
}


def plain(amount: int, times: int) -> str:
    """An amount for one unit as it is typed: ``2.5``, ``0.075``."""
    usd = to_usd(amount * times)
    return f"{usd.normalize():f}" if usd else "0"


def typed(text: str, part: PricePart) -> int | None:
    """Picodollars of what was typed; None for nothing. Raises ValueError saying what would do."""
    if not text.strip():
        return None
    amount = from_usd(text)
    if amount < 0:
        raise ValueError("A price is not below 0.")
    if amount % part.times:
        raise ValueError(f"At most {_FINEST} digits after the point.")
    return amount // part.times


def texts(price: Price | None) -> dict[str, str]:
    """What the fields hold for a price, by part."""
    if price is None:
        return {part.field: "" for part in PARTS}
    found: dict[str, str] = {}
    for part in PARTS:
        value = getattr(price, part.field)
        nothing = value is None or (not value and part.field == "per_request")
        found[part.field] = "" if nothing else plain(value, part.times)
    return found


def read(given: Mapping[str, str], old: Price | None = None) -> tuple[Price | None, dict[str, str]]:
    """The price that was typed, or what is wrong by part. Steps for long inputs and service tiers, which have no
    fields, are those of ``old``."""
    values: dict[str, Any] = {}
    faults: dict[str, str] = {}
    for part in PARTS:
        try:
            value = typed(given[part.field], part)
        except ValueError as error:
            faults[part.field] = str(error)
            continue
        if value is None and part.field in ("input", "output"):
            faults[part.field] = "Needed. 0 if it costs nothing."
        values[part.field] = value or 0 if part.field == "per_request" else value
    if faults:
        return None, faults
    if old is not None:
        values |= {"tiers": old.tiers, "services": old.services, "hours": old.hours}
    return Price(source="", **values), {}


def as_whole(part: PricePart, given: Mapping[str, str]) -> str:
    """What an empty field means: ``as input: 2.50``, by what is typed for the whole."""
    if not part.whole:
        return "needed" if part in TOKENS else "0" if part.field == "per_request" else "not known"
    whole = _BY_FIELD[part.whole]
    text = given.get(whole.field, "").strip()
    if not text and whole.whole:
        return as_whole(whole, given)
    return f"as {_LABELS[whole.field]}" + (f": {text}" if text else "")


def rest(price: Price | None) -> str:
    """What of a price has no field: ``above 200,000 input tokens, service tier flex``; empty when it is all there."""
    if price is None:
        return ""
    steps = [f"above {above:,} input tokens" for above, _ in price.tiers]
    steps += [f"service tier {name}" for name, _ in price.services if name != "*"]
    return ", ".join([*steps, *(("by the hour",) if price.hours else ())])


def change(old: int, new: int) -> str:
    """How much dearer or cheaper, in percent: ``+25 %``, ``−50 %``."""
    if old == new:
        return "same"
    if not old:
        return "new"
    share = (Decimal(new) - old) / old * 100
    size = f"{abs(share):,.0f}" if abs(share) >= 1 else "<1"
    return f"{'+' if share > 0 else '−'}{size} %"
