"""The filters of the log: a search field for the pane's head, and a line of choices under it."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QGridLayout, QSizePolicy, QWidget

from conduit_desktop.records import ExchangeFilter
from conduit_desktop.runtime.activity import Facets
from conduit_desktop.ui import theme
from conduit_desktop.ui.panes.requests_span import SpanSheet
from conduit_desktop.ui.panes.requests_words import look_of
from conduit_desktop.ui.shown import moment
from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.inputs import Choice, SearchField

_SPANS: tuple[tuple[str, str], ...] = (
    ("", "Time"),
    ("900", "Last 15 minutes"),
    ("3600", "Last hour"),
    ("86400", "Last 24 hours"),
    ("604800", "Last 7 days"),
    ("2592000", "Last 30 days"),
    ("own", "Choose a range…"),
)
_STATUSES = (400, 401, 402, 403, 404, 413, 429, 499, 500, 502, 503, 504, 529)
_OUTCOMES: tuple[tuple[str, str], ...] = (
    ("", "Outcome"),
    ("ok", "OK"),
    ("error", "Errors"),
    *((str(status), f"{status} {look_of(status).word}") for status in _STATUSES),
)
_LEAST = 100  # pixels of a choice, at the usual text size, that leave room for its word
_GIVEN, _OWN = "given", "own"
_NONE = "\0none"  # the choice of what has no key, no app …: an empty one chooses nothing


class Filters(QWidget):
    """Signal: ``changed()`` when the user changed any of them."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.search = SearchField("Search model, key, error, id", name="Search requests")
        self.search.setMinimumWidth(110)
        self.time = _choice(_SPANS, "Time range")
        self.outcome = _choice(_OUTCOMES, "Outcome")
        self.key = _choice((("", "Key"),), "Key")
        self.model = _choice((("", "Model"),), "Model")
        self.provider = _choice((("", "Provider"),), "Provider")
        self.app = _choice((("", "App"),), "App")
        self.tag = _choice((("", "Tag"),), "Tag")
        self.choices = (self.time, self.outcome, self.key, self.model, self.provider, self.app, self.tag)
        self.clear_button = Button("Clear filters", "ghost", icon="close", small=True)
        self._given: ExchangeFilter = ExchangeFilter()
        self._text = ""
        self._span = ""
        self._facets = Facets((), (), ())
        self.search.searched.connect(self._searched)
        for choice in self.choices[1:]:
            choice.picked.connect(self._picked)
        self.time.picked.connect(self._pick_time)
        self.clear_button.clicked.connect(self.clear)
        self.clear_button.hide()
        self.tag.hide()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(SPACE.xl, 0, SPACE.xl, SPACE.m)
        self._grid.setSpacing(SPACE.s)
        self._laid = (0, 0)
        self._lay()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay()

    def _lay(self) -> None:
        """All in one line where there is room, else in two; the choices share the width."""
        shown = self.choices if self.tag.count() > 1 else self.choices[:-1]
        room = self.width() - 2 * SPACE.xl
        one = room >= len(shown) * (theme.current().px(_LEAST) + SPACE.s)
        columns = len(shown) + 1 if one else math.ceil((len(shown) + 1) / 2)
        if (len(shown), columns) == self._laid:
            return
        self._grid.setColumnStretch(self._laid[1], 0)
        self._laid = len(shown), columns
        for at, choice in enumerate(shown):
            self._grid.addWidget(choice, *divmod(at, columns))
            self._grid.setColumnStretch(at % columns, 1000)
        self._grid.addWidget(self.clear_button, *divmod(len(shown), columns), Qt.AlignmentFlag.AlignLeft)
        self._grid.setColumnStretch(columns - 1, 0 if one else 1000)
        self._grid.setColumnStretch(columns, 1)

    def wanted(self, now: float | None = None) -> ExchangeFilter:
        """What is asked for, as of ``now``."""
        span = self.time.value
        since, until = None, None
        if span in (_GIVEN, _OWN):
            since, until = self._given.since, self._given.until
        elif span:
            since = (time.time() if now is None else now) - float(span)
        return ExchangeFilter(
            text=self._text,
            key_id=_value(self.key),
            model=_value(self.model),
            provider=_value(self.provider),
            app=_value(self.app),
            tag=_value(self.tag),
            key_ids=dict(self._facets.tags).get(_value(self.tag) or "") if self.tag.value else None,
            outcome=self.outcome.value or None,
            since=since,
            until=until,
        )

    @property
    def active(self) -> bool:
        """Whether anything restricts."""
        return bool(self._text) or any(choice.value for choice in self.choices)

    def set_wanted(self, wanted: ExchangeFilter) -> None:
        """Show another filter; tells nobody."""
        self._given, self._text = wanted, wanted.text
        self.search.setText(wanted.text)
        spans = list(_SPANS)
        if wanted.since is not None or wanted.until is not None:
            spans.append((_GIVEN, _span_words(wanted)))
        self.time.set_choices(spans, spans[-1][0] if len(spans) > len(_SPANS) else "")
        self._span = self.time.value
        outcomes = list(_OUTCOMES)
        if wanted.outcome and wanted.outcome not in dict(outcomes):
            outcomes.append((wanted.outcome, wanted.outcome))
        self.outcome.set_choices(outcomes, wanted.outcome or "")
        self._offer(wanted)
        self._show_clear()

    def set_facets(self, facets: Facets) -> None:
        """Offer what occurs in the log."""
        if facets != self._facets:
            self._facets = facets
            self._offer(self.wanted())

    def narrow(self, **more: str | None) -> None:
        """Restrict further, for example ``model="fast"``; tells, like a choice of the user."""
        kept = self.time.value
        self.set_wanted(replace(self.wanted(), **more))  # type: ignore[arg-type]
        if kept != _GIVEN:
            self.time.set_choices(_SPANS, kept)
            self._span = kept
        self.changed.emit()

    def clear(self) -> None:
        self.set_wanted(ExchangeFilter())
        self.changed.emit()

    def _offer(self, wanted: ExchangeFilter) -> None:
        facets = self._facets
        _fill(self.key, "Key", facets.keys, wanted.key_id)
        _fill(self.model, "Model", _plain(facets.models), wanted.model)
        _fill(self.provider, "Provider", _plain(facets.providers), wanted.provider)
        _fill(self.app, "App", _plain(facets.apps), wanted.app)
        _fill(self.tag, "Tag", _plain([tag for tag, _ in facets.tags if tag]), wanted.tag)
        self.tag.setVisible(self.tag.count() > 1)
        self._lay()

    def _searched(self, text: str) -> None:
        if text != self._text:
            self._text = text
            self._picked()

    def _pick_time(self, key: str) -> None:
        if key != _OWN:
            self._picked()
            return
        sheet = SpanSheet(self, self._given.since, self._given.until)
        sheet.chosen.connect(self._take_span)
        sheet.closed.connect(self._show_span)
        sheet.open()

    def _take_span(self, since: float, until: float) -> None:
        self.set_wanted(replace(self.wanted(), since=since, until=until))
        self.changed.emit()

    def _show_span(self) -> None:
        """The sheet is gone: what is chosen is shown again."""
        if self.time.value == _OWN:
            self.time.set_value(self._span)

    def _picked(self, _key: str = "") -> None:
        self._span = self.time.value
        self._show_clear()
        self.changed.emit()

    def _show_clear(self) -> None:
        self.clear_button.setVisible(self.active)


def _choice(choices: Sequence[tuple[str, str]], name: str) -> Choice:
    made = Choice(choices, name=name)
    made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    made.setMinimumContentsLength(6)
    made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    made.setMaximumWidth(168)
    return made


def _plain(names: Sequence[str]) -> list[tuple[str, str]]:
    return [(name, name) for name in names]


def _fill(choice: Choice, title: str, choices: Sequence[tuple[str, str]], value: str | None) -> None:
    """Offer these, and what is wanted where it is not among them."""
    offered = [("", title), *choices]
    if value == "":
        offered.append((_NONE, f"No {title.lower()}"))
    elif value is not None and value not in dict(choices):
        offered.append((value, value))
    choice.set_choices(offered, _NONE if value == "" else value or "")


def _value(choice: Choice) -> str | None:
    return "" if choice.value == _NONE else choice.value or None


def _span_words(wanted: ExchangeFilter) -> str:
    start = moment(wanted.since)[5:16] if wanted.since is not None else "start"
    end = moment(wanted.until)[5:16] if wanted.until is not None else "now"
    return f"{start} – {end[6:] if end[:5] == start[:5] else end}"
