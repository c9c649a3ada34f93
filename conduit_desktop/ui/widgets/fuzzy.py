"""Matching what was typed against the names of commands. Pure; knows nothing of Qt."""

from __future__ import annotations

from collections.abc import Sequence


def match(typed: str, text: str) -> tuple[int, tuple[int, ...]] | None:
    """How well ``typed`` fits ``text`` (higher is better) and which characters matched; None when it does not.

    Every letter must occur in order. Whole substrings, beginnings of words and runs count for more.
    """
    wanted, among = typed.casefold().replace(" ", ""), text.casefold()
    if not wanted:
        return 0, ()
    at = among.find(typed.casefold().strip())
    if at >= 0:
        bonus = 60 if at == 0 else 40 if among[at - 1] in " -_/.:" else 20
        length = len(typed.strip())
        return 100 + bonus - len(text) // 8, tuple(range(at, at + length))
    return _scattered(wanted, among)


def _scattered(wanted: str, among: str) -> tuple[int, tuple[int, ...]] | None:
    places: list[int] = []
    score, start = 0, 0
    for letter in wanted:
        at = _next(letter, among, start)
        if at < 0:
            return None
        if at == 0 or among[at - 1] in " -_/.:":
            score += 9
        elif places and at == places[-1] + 1:
            score += 5
        places.append(at)
        start = at + 1
    return score - len(among) // 8, tuple(places)


def _next(letter: str, among: str, start: int) -> int:
    """Where ``letter`` comes next: a beginning of a word before any other place, unless that is far."""
    first = among.find(letter, start)
    if first < 0 or first == start:
        return first
    for at in range(first, len(among)):
        if among[at] == letter and (at == 0 or among[at - 1] in " -_/.:"):
            return at
    return first


def rank(typed: str, names: Sequence[str]) -> list[tuple[int, tuple[int, ...]]]:
    """The positions of the names that match, best first, each with its matched characters; ties keep their order."""
    found = [(at, match(typed, name)) for at, name in enumerate(names)]
    hits = [(at, hit) for at, hit in found if hit is not None]
    hits.sort(key=lambda item: -item[1][0])
    return [(at, places) for at, (_, places) in hits]
