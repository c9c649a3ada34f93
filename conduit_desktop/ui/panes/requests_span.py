"""The sheet that asks for a span of time of the user's own."""

from __future__ import annotations

import time

from PySide6.QtCore import QDateTime, Signal
from PySide6.QtWidgets import QDateTimeEdit, QWidget

from conduit_desktop.ui.widgets.form import Form
from conduit_desktop.ui.widgets.sheet import Sheet

_DAY = 86_400
_SHOWN = "yyyy-MM-dd HH:mm"


class SpanSheet(Sheet):
    """``action`` and ``sub`` say what is done with it. Signal: ``chosen(since, until)`` in Unix seconds; both minutes
    are included."""

    chosen = Signal(float, float)

    def __init__(
        self,
        parent: QWidget,
        since: float | None,
        until: float | None,
        *,
        action: str = "Show requests",
        sub: str = "Requests that began between these two, in local time.",
    ) -> None:
        super().__init__(parent, "Time range", action, sub)
        now = time.time()
        self.since = _field("From", now - _DAY if since is None else since)
        self.until = _field("To", now if until is None else until)
        form = Form()
        form.add("From", self.since)
        form.add("To", self.until)
        self.body.addWidget(form)
        self.body.addStretch(1)
        self.accepted.connect(self._choose)

    def _choose(self) -> None:
        since = self.since.dateTime().toSecsSinceEpoch() // 60 * 60
        until = (self.until.dateTime().toSecsSinceEpoch() // 60 + 1) * 60
        if since >= until:
            self.set_error("The range ends before it begins. Choose a later end.")
            return
        self.chosen.emit(float(since), float(until))
        self.finish()


def _field(name: str, when: float) -> QDateTimeEdit:
    field = QDateTimeEdit(QDateTime.fromSecsSinceEpoch(int(when)))
    field.setDisplayFormat(_SHOWN)
    field.setCalendarPopup(True)
    field.setAccessibleName(name)
    return field
