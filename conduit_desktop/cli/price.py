"""``price``: what models cost: own prices by pattern, the list they stand above, and pricing history anew."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterator
from typing import Any

from conduit_desktop import money
from conduit_desktop.cli.output import Cell, Table, day, json_line, say, usd
from conduit_desktop.cli.session import Session, WrongUsage
from conduit_desktop.errors import ConfigurationError
from conduit_desktop.records import Price, PriceRule
from conduit_desktop.runtime import price_lists, pricing, providers, recomputing
from conduit_desktop.runtime.price_lists import CatalogueChange
from conduit_desktop.runtime.recomputing import Recomputation

MILLION = 10**6
TOKENS = {
    "input": "input",
    "output": "output",
    "cached_read": "cached input",
    "cache_write": "cache write",
    "cache_write_1h": "cache write for an hour",
    "reasoning": "reasoning",
    "audio_input": "audio in",
    "audio_output": "audio out",
    "cached_audio": "cached audio",
    "image_input": "images in",
    "image_output": "images out",
    "cached_image": "cached images",
    "video_input": "video in",
    "video_output": "video out",
}
EACH = {
    "per_request": "a request",
    "per_search": "a web search",
    "per_searching": "a request that searched",
    "per_file_search": "a file search",
    "per_audio_hour": "an hour of sound",
    "per_character": "a letter to be spoken",
}
"""Parts of a price with their words; those of tokens are said for a million."""
SETTABLE = (*TOKENS, "per_request", "per_search", "per_file_search", "per_audio_hour", "per_character")
_MOST_SHOWN = 20


def run(arguments: argparse.Namespace, session: Session) -> int:
    match arguments.action:
        case "set":
            return _set(arguments, session)
        case "list":
            return _list(arguments, session)
        case "show":
            return _show(arguments, session)
        case "remove":
            rule = _named(session, arguments.pattern)
            session.store.rules.remove(rule.id)
            print(f"The price for {rule.pattern} is removed.")
            return 0
        case "update":
            return _update(session)
        case "undo":
            before = price_lists.undo(session.store)
            print(f"In force again: {before.source if before is not None else 'the list that came with Conduit'}.")
            return 0
        case _:
            return _recompute(arguments, session)


# ---------------------------------------------------------------- own prices


def _set(arguments: argparse.Namespace, session: Session) -> int:
    given = {part: getattr(arguments, part) for part in SETTABLE if getattr(arguments, part) is not None}
    by_unit = given.keys() & {"per_request", "per_audio_hour", "per_character", "per_search"}
    if not {"input", "output"} <= given.keys() and not by_unit:
        raise WrongUsage("say what a million tokens cost: --input and --output")
    parts: dict[str, Any] = {"input": 0, "output": 0}
    parts |= {part: _a_token(part, amount) if part in TOKENS else amount for part, amount in given.items()}
    price = Price(source="own price", **parts)
    before = next((rule for rule in session.store.rules.list() if rule.pattern == arguments.pattern.strip()), None)
    rule = pricing.save_rule(session.store, arguments.pattern, price, before.id if before is not None else "")
    print(f"{rule.pattern}: {_words(rule.price)}.")
    say("It is for requests from now on. For earlier ones: conduit-desktop price recompute")
    return 0


def _a_token(part: str, million: int) -> int:
    """Picodollars a token of an amount for a million."""
    if million % MILLION:
        raise WrongUsage(f"--{part.replace('_', '-')} is finer than a picodollar a token")
    return million // MILLION


def _named(session: Session, pattern: str) -> PriceRule:
    rules = session.store.rules.list()
    found = next((rule for rule in rules if rule.pattern == pattern), None)
    if found is None:
        there = ", ".join(rule.pattern for rule in rules) or "none yet"
        raise ConfigurationError(
            f"There is no own price for {pattern!r}.", hint=f"Own prices: {there}.", code="not_found", status=404
        )
    return found


def _list(arguments: argparse.Namespace, session: Session) -> int:
    rules = session.store.rules.list()
    if arguments.json:
        for rule in rules:
            json_line({"pattern": rule.pattern, **dict(_figures(rule.price)), "updated": rule.updated})
        return 0
    if rules:
        table = Table("PATTERN", ">INPUT", ">OUTPUT", "MORE", "SET")
        table.show([_row(rule) for rule in rules])
    else:
        say("No own prices. Set one: conduit-desktop price set 'PROVIDER/MODEL*' --input USD --output USD")
    active = next((each for each in session.store.catalogues.list() if each.active), None)
    say(f"Everything else: {active.source if active is not None else 'the list that came with Conduit'}.")
    return 0


def _row(rule: PriceRule) -> list[str | Cell]:
    price = rule.price
    more = ", ".join(text for part, text in _parts(price) if part not in ("input", "output"))
    return [
        rule.pattern,
        money.show(price.input * MILLION),
        money.show(price.output * MILLION),
        more or "–",
        day(rule.updated),
    ]


def _show(arguments: argparse.Namespace, session: Session) -> int:
    name, slash, upstream_model = arguments.model.partition("/")
    if not slash or not upstream_model:
        raise WrongUsage("say PROVIDER/MODEL-ID, such as openai/gpt-4.1")
    provider = providers.named(session.store, name)
    price = pricing.price_of(session.store, provider.id, upstream_model)
    if price is None:
        print("unpriced")
        say("Nobody knows its price. Set one: conduit-desktop price set PATTERN --input USD --output USD")
        return 1
    if arguments.json:
        json_line({"model": arguments.model, **dict(_figures(price)), "source": price.source})
        return 0
    print(f"{arguments.model}  ({price.source})")
    for label, rates in _rates(price):
        if label:
            print(f"{label}:")
        for _, text in _parts(rates):
            print(f"  {text}")
    return 0


def _rates(price: Price, label: str = "") -> Iterator[tuple[str, Price]]:
    """All sets of rates in a price, with what each is for."""
    yield label, price
    for above, then in price.tiers:
        yield f"{label + ', ' if label else ''}over {above:,} input tokens", then
    for name, then in price.services:
        if name != "*":
            yield from _rates(then, f"tier {name}")
    for start, end, then in price.hours:
        yield from _rates(
            then, f"from {start // 3600:02}:{start // 60 % 60:02} to {end // 3600:02}:{end // 60 % 60:02} UTC"
        )


def _parts(price: Price) -> Iterator[tuple[str, str]]:
    for part, words in TOKENS.items():
        value = getattr(price, part)
        if value is not None:
            yield part, f"{words} {money.show(value * MILLION)}"
    for part, words in EACH.items():
        value = getattr(price, part)
        if value is not None and (value or part != "per_request"):
            yield part, f"{words} {money.show(value)}"


def _figures(price: Price) -> Iterator[tuple[str, object]]:
    """For programs: dollars for a million tokens, or each."""
    for part in TOKENS:
        value = getattr(price, part)
        yield f"{part}_usd_per_million", None if value is None else usd(value * MILLION)
    for part in EACH:
        yield f"{part}_usd", usd(getattr(price, part))


def _words(price: Price) -> str:
    return ", ".join(text for _, text in _parts(price)) + " (tokens by the million)"


# ---------------------------------------------------------------- the list


def _update(session: Session) -> int:
    say(f"Fetching {price_lists.address()} …")
    data = asyncio.run(price_lists.download(price_lists.address()))
    change = price_lists.take_over(session.store, data)
    if change.nothing_new:
        print("The list of prices in force is the newest.")
        return 0
    assert change.catalogue is not None
    print(f"In force: {change.catalogue.source}, {change.models} models.")
    print(f"{change.added} models are new, {change.removed} are gone, {change.changed} cost something else.")
    _show_changes(change)
    say("To go back: conduit-desktop price undo")
    return 0


def _show_changes(change: CatalogueChange) -> None:
    if not change.examples:
        return
    table = Table("MODEL", ">INPUT BEFORE", ">NOW", ">OUTPUT BEFORE", ">NOW")
    rows = [
        [
            each.model,
            *(money.show(amount * MILLION) for pair in zip(each.before, each.after, strict=True) for amount in pair),
        ]
        for each in change.examples[:_MOST_SHOWN]
    ]
    table.show(rows)
    if change.changed > len(rows):
        say(f"and {change.changed - len(rows)} more")


# ---------------------------------------------------------------- history


def _recompute(arguments: argparse.Namespace, session: Session) -> int:
    found = recomputing.preview(session.store, arguments.since, arguments.until, arguments.unpriced)
    _show_preview(found)
    if not found.changed:
        return 0
    if not arguments.yes and not _agreed():
        say("Nothing was changed. To do it without being asked: --yes")
        return 1
    changed = recomputing.recompute(session.store, found)
    print(f"{changed} requests cost something else now.")
    return 0


def _agreed() -> bool:
    if not sys.stdin.isatty():
        return False
    say("Change them? [y/N]")
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _show_preview(found: Recomputation) -> None:
    print(f"{found.exchanges} requests: {_sum(found.before, found.unpriced_before)}.")
    if found.reported:
        print(f"{found.reported} of them keep what their provider reported.")
    if not found.changed:
        print("All of them cost what they cost by the prices in force.")
        return
    table = Table("MODEL", ">REQUESTS", ">BEFORE", ">AFTER")
    table.show(
        [
            [
                each.model or "–",
                str(each.exchanges),
                _sum(each.before, each.unpriced_before),
                _sum(each.after, each.unpriced_after),
            ]
            for each in found.models
        ]
    )
    print(f"{found.changed} would change; then it is {_sum(found.after, found.unpriced_after)}.")


def _sum(amount: int, unpriced: int) -> str:
    """A sum of money, with how many it leaves out."""
    return money.show(amount) + (f" + {unpriced} unpriced" if unpriced else "")
