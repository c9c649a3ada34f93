"""Whether the demo model calls a tool, which one, and with what arguments.

Left to itself it calls only a tool that the user's words point at, and never one whose name says that it
changes, runs or sends something: an agent may carry a call out at once. Forced, it calls with harmless
arguments.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from conduit_desktop.providers.demo_model.request import Ask
from conduit_desktop.providers.demo_model.schema import example

Json = Any
Function = Mapping[str, Json]


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_WORD = re.compile(r"[a-z]{3,}|[0-9]+")
_PARTS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")
_PLACE = re.compile(r"\b(?:in|at|for|from|near|to)\s+((?:[A-Z][\w'’-]*)(?:[ -][A-Z][\w'’-]*)*)")
_PATH = re.compile(r"[\w~./\\-]*[/\\][\w./\\-]+|\b[\w-]+\.[a-z]{1,5}\b")
_URL = re.compile(r"https?://[^\s<>\"')]+")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_SUM = re.compile(r"[\d(][\d .+*/()^%-]{2,200}")
_QUOTED = re.compile(r"[\"“'‘`]([^\"”'’`]{1,200})[\"”'’`]")
_COMMON = _set("""
    the and for with that this from what when where which who how why are is was can could would should
    will you your our get has have please give tell show use using about into any all some one call tool
    function
""")
_CHANGES = _set("""
    write edit delete remove create update insert send run exec execute bash shell command terminal
    patch apply move rename kill pay post put commit push install deploy submit book buy order set drop
    replace save
""")
_RUNS = _set("""
    command cmd script code shell sql statement
""")
_PLACES = _set("""
    city location place town country destination region address
""")
_LONGEST = 400
_READ = 4_000
_FILLED = 1_000


def chosen(ask: Ask) -> Function | None:
    """The tool to call on this turn, or ``None`` to answer in text."""
    if not ask.tools or ask.choice == "none":
        return None
    words = _words(ask.question[:_READ])
    if ask.choice == "required":
        return max(ask.tools, key=lambda tool: (not _changes(tool), _score(tool, words)))
    if ask.choice != "auto":
        return next((tool for tool in ask.tools if tool["name"] == ask.choice), None)
    if ask.messages[-1]["role"] != "user":
        return None
    best = max(ask.tools, key=lambda tool: (not _changes(tool), _score(tool, words)))
    return best if _score(best, words) > 0 and not _changes(best) else None


def arguments(tool: Function, question: str) -> dict[str, Json]:
    """Arguments that fit the tool's schema and, where it can be seen, what the user said."""
    made = example(tool.get("parameters") or {"type": "object"}, lambda name, schema: fill(name, schema, question))
    return made if isinstance(made, dict) else {}


def fill(name: str, schema: Mapping[str, Json], question: str) -> str:
    """The text for a property called ``name``, taken from ``question`` where it holds something of that
    sort."""
    if schema.get("type") == "choice":
        return question
    if schema.get("type") == "number":
        found = _NUMBER.search(question)
        return found.group()[:15] if found else ""
    parts = {part.lower() for part in _PARTS.findall(name)}
    if parts & _RUNS:
        return "echo 'Conduit demo'"
    for known, pattern in (
        (_PLACES, _PLACE),
        ({"url", "uri", "link"}, _URL),
        ({"path", "file", "filename", "filepath", "directory", "folder"}, _PATH),
    ):
        if parts & known and (found := pattern.search(question)):
            return found.group(found.lastindex or 0).strip()[:_LONGEST]
    if not parts.isdisjoint(("expression", "formula", "calculation", "equation")) and (found_sum := _sum(question)):
        return found_sum
    return _plain(parts, schema, question)


def _sum(question: str) -> str:
    """The first stretch of the text that is a calculation."""
    runs = (found.group().strip() for found in _SUM.finditer(question))
    return next((run for run in runs if re.search(r"\d ?[-+*/^%]", run) and run[-1] in "0123456789)"), "")


def _plain(parts: set[str], schema: Mapping[str, Json], question: str) -> str:
    usual = {
        "url": "https://example.com/",
        "path": ".",
        "directory": ".",
        "file": "example.txt",
        "filename": "example.txt",
        "expression": "2 + 2",
        "timezone": "UTC",
        "language": "en",
        "currency": "USD",
        "name": "demo",
        "id": "demo-1",
    }
    for word, text in usual.items():
        if word in parts:
            return text
    if parts & _PLACES:
        return "Paris"
    if isinstance(examples := schema.get("examples"), list) and examples and isinstance(examples[0], str):
        return examples[0]
    if found := _QUOTED.search(question):
        return found.group(1)
    return " ".join(question.split())[:_LONGEST] or "demo"


def _changes(tool: Function) -> bool:
    return not _CHANGES.isdisjoint(part.lower() for part in _PARTS.findall(tool["name"]))


def _score(tool: Function, words: set[str]) -> int:
    """How much the user's words point at the tool: its name counts three times its description."""
    name = {part.lower() for part in _PARTS.findall(tool["name"])} - _COMMON
    about = tool.get("description")
    described = _words(about[:_READ]) if isinstance(about, str) else set()
    return 3 * len(_stems(name) & _stems(words)) + len(_stems(described) & _stems(words))


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.lower())) - _COMMON


def _stems(words: set[str]) -> set[str]:
    return {word[:-1] if word.endswith("s") and len(word) > 3 else word for word in words}
