"""``cache``: what the response cache holds, and emptying it."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from conduit_desktop.cli.output import Table, day, iso, json_line, say

if TYPE_CHECKING:
    from conduit_desktop.cli.session import Session

_MEGABYTE = 1_000_000


def run(arguments: argparse.Namespace, session: Session) -> int:
    return _clear(session) if arguments.action == "clear" else _show(session, arguments.json)


def _show(session: Session, as_json: bool) -> int:
    state = session.store.cache.state()
    most = session.store.settings.all()["cache_megabytes"] * _MEGABYTE
    if as_json:
        models = [{"model": model, "answers": count, "bytes": size} for model, count, size in state.models]
        json_line(
            {
                "answers": state.entries,
                "bytes": state.size,
                "limit_bytes": most,
                "oldest": iso(state.oldest),
                "models": models,
            }
        )
        return 0
    if state.models:
        Table("MODEL", ">ANSWERS", ">MB").show([[model, f"{n:,}", megabytes(size)] for model, n, size in state.models])
    caching = [each.alias for each in session.store.models.list() if each.cache_seconds is not None]
    answers = "1 answer" if state.entries == 1 else f"{state.entries:,} answers"
    oldest = f", the oldest of {day(state.oldest)}" if state.oldest is not None else ""
    say(f"{answers}, {megabytes(state.size)} of {most // _MEGABYTE:,} MB{oldest}.")
    say(f"On for {', '.join(caching)}." if caching else "No model has a response cache.")
    return 0


def _clear(session: Session) -> int:
    from conduit_desktop.runtime.caching import clear

    gone = clear(session.store)
    say("1 answer is gone." if gone == 1 else f"{gone:,} answers are gone.")
    return 0


def megabytes(size: int) -> str:
    return f"{size / _MEGABYTE:,.1f}"
