"""The words and options of ``price``. Imports little, for ``--help``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conduit_desktop.cli import values

_MILLION = (
    ("input", "input tokens"),
    ("output", "output tokens"),
    ("cached-read", "input read from the cache (default: as input)"),
    ("cache-write", "input written to the cache (default: as input)"),
    ("cache-write-1h", "input kept in the cache for an hour (default: as other cache writes)"),
    ("reasoning", "reasoning (default: as output)"),
    ("audio-input", "sound heard (default: as input)"),
    ("audio-output", "sound spoken (default: as output)"),
    ("cached-audio", "sound read from the cache"),
    ("image-input", "pictures seen (default: as input)"),
    ("image-output", "pictures drawn (default: as output)"),
    ("cached-image", "pictures read from the cache"),
    ("video-input", "films seen (default: as input)"),
    ("video-output", "films made (default: as output)"),
)
_EACH = (
    ("per-request", "each request"),
    ("per-search", "each web search, or unit of reranking"),
    ("per-file-search", "each search in files"),
    ("per-audio-hour", "each hour of sound"),
    ("per-character", "each letter that is spoken"),
)


def add(verbs: Any, add_verb: Callable[..., Any], add_json: Callable[[Any], None], act: object) -> None:
    """Add the actions of ``price``; the functions are the parser's own."""
    change = add_verb(verbs, "set", "set your own price, in US dollars; it is before any list", act)
    change.add_argument(
        "pattern", metavar="PATTERN", help="a provider's model id or PROVIDER/ID; * stands for anything"
    )
    for name, words in _MILLION:
        change.add_argument(f"--{name}", type=values.usd, metavar="USD", help=f"for a million tokens: {words}")
    for name, words in _EACH:
        change.add_argument(f"--{name}", type=values.usd, metavar="USD", help=f"for {words}")
    add_json(add_verb(verbs, "list", "list your own prices", act))
    show = add_verb(verbs, "show", "the price in force for a provider's model, and where it comes from", act)
    show.add_argument("model", metavar="PROVIDER/MODEL-ID")
    add_json(show)
    add_verb(verbs, "remove", "remove one of your own prices", act).add_argument("pattern", metavar="PATTERN")
    add_verb(verbs, "update", "fetch the newest list of prices, check it and put it in force", act)
    add_verb(verbs, "undo", "go back to the list of prices before", act)
    again = add_verb(verbs, "recompute", "price the requests in the log anew; shows first what would change", act)
    again.add_argument("--since", type=values.moment, metavar="WHEN", help="a date, a time, or an age such as 2h")
    again.add_argument("--until", type=values.moment, metavar="WHEN")
    again.add_argument("--unpriced", action="store_true", help="only those without a price")
    again.add_argument("--yes", action="store_true", help="do it without asking")
