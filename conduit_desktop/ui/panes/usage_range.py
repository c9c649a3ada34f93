"""The choice of the span of time that Usage shows."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Signal

from conduit_desktop.ui.panes.requests_span import SpanSheet
from conduit_desktop.ui.panes.usage_asked import Asked
from conduit_desktop.ui.panes.usage_spans import CUSTOM, RANGES
from conduit_desktop.ui.widgets.inputs import Choice

_GIVEN = "given"
_SUB = "What was asked between these two, in local time. Whole days begin and end at 00:00."


class RangeChoice(Choice):
    """Signal: ``ranged(Asked)`` with another span."""

    ranged = Signal(object)

    def __init__(self, asked: Asked) -> None:
        super().__init__(RANGES, name="Time range")
        self._asked = asked
        self.picked.connect(self._pick)
        self.set_asked(asked)

    def set_asked(self, asked: Asked) -> None:
        """Show what is asked for; tells nobody."""
        self._asked = asked
        own = asked.range == CUSTOM and asked.custom is not None
        choices = [*RANGES[:-1], (_GIVEN, "Chosen days"), RANGES[-1]] if own else RANGES
        self.set_choices(choices, _GIVEN if own else asked.range)

    def _pick(self, key: str) -> None:
        if key == _GIVEN:
            return
        if key != CUSTOM:
            self.ranged.emit(replace(self._asked, range=key))
            return
        since, until = self._asked.custom or (None, None)
        sheet = SpanSheet(self, since, until and until - 60, action="Show usage", sub=_SUB)
        sheet.chosen.connect(self._take)
        sheet.closed.connect(lambda: self.set_asked(self._asked))
        sheet.open()

    def _take(self, since: float, until: float) -> None:
        self.ranged.emit(replace(self._asked, range=CUSTOM, custom=(since, until)))
