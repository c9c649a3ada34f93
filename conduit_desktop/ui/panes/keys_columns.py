"""The columns of the Keys table."""

from __future__ import annotations

import time
from dataclasses import dataclass

from conduit_desktop.runtime.keys import KeyView
from conduit_desktop.ui.panes import keys_words as words
from conduit_desktop.ui.shown import ago, count, moment
from conduit_desktop.ui.widgets.rows import Column

ORDER = ("on", "expiring", "near", "spent", "expired", "off")
FIRST_TO_GO = ("Expires", "Key", "Limits", "Models", "Requests", "Last used", "Resets", "Status")
NAME_AT_LEAST = 150
SQUEEZE = ("Budget", 164)


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key with its figures, as one row."""

    view: KeyView

    @property
    def id(self) -> str:
        return self.view.key.id

    @property
    def name(self) -> str:
        return self.view.key.name


def _state(row: KeyRow) -> words.State:
    return words.state(row.view, time.time())


def _bar(row: KeyRow) -> tuple[float, str] | None:
    share = words.share(row.view)
    return None if share is None else (share, "")


def _ticks(row: KeyRow) -> tuple[float, ...]:
    return tuple(percent / 100 for percent in row.view.key.thresholds)


def _use_tooltip(row: KeyRow) -> str:
    now = time.time()
    parts = (words.use(row.view), words.unpriced(row.view), words.resets(row.view, now), words.forecast(row.view, now))
    return ", ".join(part for part in parts if part)


def _sub(row: KeyRow) -> str:
    key = row.view.key
    return "made by the app" if words.made_by_app(key) else key.tag or key.note.replace("\n", " ")


def _name_tooltip(row: KeyRow) -> str:
    key = row.view.key
    return "\n".join(part for part in (key.name, key.tag and f"Tag: {key.tag}", key.note) if part)


def _used(row: KeyRow) -> str:
    return "never" if row.view.last_used is None else ago(row.view.last_used)


COLUMNS: tuple[Column[KeyRow], ...] = (
    Column(
        "Name",
        lambda r: r.name,
        190,
        strong=True,
        stretch=True,
        mark=lambda r: words.mark(r.view.key),
        sub=_sub,
        tooltip=_name_tooltip,
        sort=lambda r: r.name.casefold(),
    ),
    Column(
        "Status",
        lambda r: _state(r).word,
        134,
        badge=lambda r: _state(r).badge,
        sort=lambda r: (ORDER.index(_state(r).kind), r.name.casefold()),
    ),
    Column(
        "Budget",
        lambda r: words.of_budget(r.view),
        282,
        bar=_bar,
        ticks=_ticks,
        sub=lambda r: words.unpriced(r.view),
        tooltip=_use_tooltip,
        sort=lambda r: (words.share(r.view) or 0.0, r.view.spent),
    ),
    Column(
        "Resets",
        lambda r: words.resets_short(r.view, time.time()),
        88,
        tone=lambda r: "text-muted",
        tooltip=lambda r: words.resets(r.view, time.time()).capitalize(),
        sort=lambda r: r.view.resets or float("inf"),
    ),
    Column(
        "Requests",
        lambda r: count(r.view.requests),
        76,
        align="right",
        tone=lambda r: "text" if r.view.requests else "text-faint",
        tooltip=lambda r: f"{r.view.requests:,} requests {words.PERIOD_WORDS[r.view.key.period]}",
        sort=lambda r: -r.view.requests,
    ),
    Column(
        "Last used",
        _used,
        106,
        align="right",
        tone=lambda r: "text-muted" if r.view.last_used is not None else "text-faint",
        tooltip=lambda r: "" if r.view.last_used is None else moment(r.view.last_used),
        sort=lambda r: -(r.view.last_used or 0.0),
    ),
    Column(
        "Models",
        lambda r: words.models(r.view.key),
        92,
        tone=lambda r: "text" if r.view.key.models else "text-muted",
        tooltip=lambda r: words.models(r.view.key),
        sort=lambda r: words.models(r.view.key),
    ),
    Column(
        "Limits",
        lambda r: words.limits(r.view.key),
        110,
        tone=lambda r: "text-muted",
        tooltip=lambda r: words.limits(r.view.key),
    ),
    Column(
        "Expires",
        lambda r: words.expires(r.view.key, time.time()),
        104,
        tone=lambda r: words.expires_tone(r.view.key, time.time()),
        tooltip=lambda r: "" if r.view.key.expires is None else words.moment_words(r.view.key.expires),
        sort=lambda r: r.view.key.expires or float("inf"),
    ),
    Column("Key", lambda r: f"…{r.view.key.last4}", 76, mono=True, tone=lambda r: "text-muted"),
)
