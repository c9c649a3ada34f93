"""What a key can see and reach: each model with its deployments and price, or why its requests would fail."""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from conduit_desktop.runtime.key_preview import KeyPreview, PreviewRow
from conduit_desktop.ui import theme, tokens
from conduit_desktop.ui.panes.models_words import price_sentence, price_words
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.layout import column, row
from conduit_desktop.ui.widgets.rows import Column, Rows
from conduit_desktop.ui.widgets.states import EmptyState
from conduit_desktop.ui.widgets.status import Icon
from conduit_desktop.ui.widgets.table import DataTable
from conduit_desktop.ui.widgets.text import Label

_MOST_NAMED = 6
_MOST_ROWS = 5


_WHY = {
    "model_not_allowed": "Not among its models",
    "provider_not_allowed": "Not among its providers",
    "local_only": "Nothing on this machine serves it",
    "no_deployment": "No deployment is switched on",
    "price_unknown": "No price is known, and the key has a budget",
}
"""Why a model is not reached, in few words, by the error that a request would get."""


def reach_words(preview: KeyPreview) -> str:
    """``Sees 4 models, reaches 3: fast, smart, code``."""
    seen = sum(each.seen for each in preview.rows)
    if not seen:
        whole = len(preview.rows)
        return f"Sees none of the {whole} models" if whole > 1 else "Sees no model"
    models = "1 model" if seen == 1 else f"{seen} models"
    reached = [each.model for each in preview.rows if each.reachable]
    if not reached:
        return f"Sees {models}, reaches none"
    names = ", ".join(reached[:_MOST_NAMED])
    more = f" and {len(reached) - _MOST_NAMED} more" if len(reached) > _MOST_NAMED else ""
    number = ("it" if seen == 1 else "all") if len(reached) == seen else len(reached)
    return f"Sees {models}, reaches {number}: {names}{more}"


def _order(each: PreviewRow) -> int:
    """What answers first, then what should, then what is not seen."""
    return 0 if each.reachable else 1 if each.seen else 2


def _served(each: PreviewRow) -> str:
    """By what it is answered, or why it is not."""
    if not each.reachable:
        return _WHY.get(each.code, each.why)
    first = each.targets[0] if each.targets else ""
    return f"{first}  +{len(each.targets) - 1}" if len(each.targets) > 1 else first


def _look(each: PreviewRow) -> tuple[str, str]:
    return ("check", "success") if each.reachable else ("warning", "warning") if each.seen else ("minus", "text-faint")


def _tone(each: PreviewRow) -> str:
    return "text" if each.reachable else "warning" if each.seen else "text-muted"


COLUMNS: tuple[Column[PreviewRow], ...] = (
    Column("Model", lambda r: r.model, 98, strong=True, icon=_look, tooltip=lambda r: r.model),
    Column(
        "Answered by",
        _served,
        150,
        stretch=True,
        tone=_tone,
        tooltip=lambda r: "\n".join((*r.targets, r.why)).strip(),
    ),
    Column(
        "$ / M in · out",
        lambda r: price_words(r.price) if r.reachable else "",
        130,
        align="right",
        tone=lambda r: "text-muted" if r.price is not None else "warning",
        tooltip=lambda r: price_sentence(r.price),
    ),
)


class ReachTable(DataTable):
    """The preview as a table, as high as its rows up to ``most``."""

    def __init__(self, *, most: int = 0) -> None:
        self._reach: Rows[PreviewRow] = Rows(COLUMNS, key=lambda each: each.model)
        super().__init__(self._reach, key="key-reach", name="Models this key reaches")
        self._most = most
        self.set_empty(EmptyState("model", "No models", "No model is set up that this key may use."))

    def show_preview(self, preview: KeyPreview) -> None:
        rows = sorted(preview.rows, key=_order)
        if rows != list(self._reach.records):
            self._reach.set_rows(rows)
            self.view.clearSpans()
            for at, each in enumerate(rows):
                if not each.reachable:
                    self.view.setSpan(at, 1, 1, 2)  # the reason takes the place of the price
        if self._most:
            px, height = theme.current().px, self.window().height()
            most = max(min(self._most, height // 3 // px(tokens.ROW)), 3)  # the form above it has to be seen
            self.setFixedHeight(px(30) + 4 + max(min(len(preview.rows), most), 1) * px(tokens.ROW))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.view.setColumnHidden(2, self.width() < theme.current().px(340))


class ReachLine(QWidget):
    """The preview in a line, with the table below it when asked for: at the foot of the form."""

    def __init__(self) -> None:
        super().__init__()
        self._icon = Icon("eye", "text-muted")
        self._text = Label("", "small", tone="text", wrap=True)
        self._text.setAccessibleName("What this key sees and reaches")
        self.more = Button("Show", "ghost", small=True, name="Show what this key reaches")
        self.more.setCheckable(True)
        self.more.toggled.connect(self._toggle)
        self.table = ReachTable(most=_MOST_ROWS)
        self.table.hide()
        line = row(self._icon, self._text, self.more, margins=(24, 6, 16, 6))
        line.setStretch(1, 1)
        self.setLayout(column(line, self.table, gap=0))
        self.hide()

    @property
    def text(self) -> str:
        return self._text.text()

    def show_preview(self, preview: KeyPreview) -> None:
        self._text.setText(reach_words(preview))
        well = bool(preview.reached)
        self._icon.set_icon("eye" if well else "warning", "text-muted" if well else "warning")
        self.table.show_preview(preview)
        self.show()

    def _toggle(self, wide: bool) -> None:
        self.table.setVisible(wide)
        self.more.setText("Hide" if wide else "Show")
        self.more.updateGeometry()
