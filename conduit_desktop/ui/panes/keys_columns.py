"""The columns of the Keys table."""

from __future__ import annotations

import time
from dataclasses import dataclass

from conduit_desktop.runtime.keys import KeyView
from conduit_desktop.ui.panes import keys_words as words
from conduit_desktop.ui.shown import ago, moment
from conduit_desktop.ui.widgets.rows import Column


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key with its spending and when it was used last (None: never, as far as the log goes back)."""

    view: KeyView
    used: float | None = None

    @property
    def id(self) -> str:
        return self.view.key.id


def _badge(row: KeyRow) -> tuple[str, str, str]:
    return words.state(row.view, time.time())


def _bar(row: KeyRow) -> tuple[float, str] | None:
    share = words.share(row.view)
    return None if share is None else (share, "")


def _use(row: KeyRow) -> str:
    return words.use(row.view)


def _use_tooltip(row: KeyRow) -> str:
    return ", ".join(part for part in (words.use(row.view), words.resets(row.view, time.time())) if part)


def _name(row: KeyRow) -> str:
    return row.view.key.name


COLUMNS: tuple[Column[KeyRow], ...] = (
    Column(
        "Name",
        _name,
        190,
        strong=True,
        stretch=True,
        sub=lambda r: "made by the app" if words.made_by_app(r.view.key) else r.view.key.note.replace("\n", " "),
        tooltip=_name,
        sort=lambda r: r.view.key.name.casefold(),
    ),
    Column("Key", lambda r: f"…{r.view.key.last4}", 72, mono=True, tone=lambda r: "text-muted"),
    Column(
        "Status", lambda r: _badge(r)[0], 96, badge=_badge, sort=lambda r: (_badge(r)[0], r.view.key.name.casefold())
    ),
    Column(
        "Spent",
        _use,
        262,
        bar=_bar,
        tone=lambda r: "text-muted",
        tooltip=_use_tooltip,
        sort=lambda r: (words.share(r.view) or 0.0, r.view.spent),
    ),
    Column(
        "Models",
        lambda r: words.models(r.view.key),
        110,
        tone=lambda r: "text" if r.view.key.models else "text-muted",
        tooltip=lambda r: words.models(r.view.key),
    ),
    Column(
        "Expires",
        lambda r: words.expires(r.view.key, time.time()),
        104,
        tone=lambda r: words.expires_tone(r.view.key, time.time()),
        tooltip=lambda r: "" if r.view.key.expires is None else words.moment_words(r.view.key.expires),
        sort=lambda r: r.view.key.expires or float("inf"),
    ),
    Column(
        "Limits",
        lambda r: words.limits(r.view.key),
        110,
        tone=lambda r: "text-muted",
        tooltip=lambda r: words.limits(r.view.key),
    ),
    Column(
        "Last used",
        lambda r: "–" if r.used is None else ago(r.used),
        112,
        align="right",
        tone=lambda r: "text-muted",
        tooltip=lambda r: "" if r.used is None else moment(r.used),
        sort=lambda r: -(r.used or 0.0),
    ),
)
