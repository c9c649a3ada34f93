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


def reach_words(preview: KeyPreview) -> str:
    """``Reaches 3 of 4 models: fast, smart, code``."""
    whole = len(preview.rows)
    if not whole:
        return "Reaches nothing: no model is set up"
    models = "1 model" if whole == 1 else f"{whole} models"
    reached = [each.model for each in preview.rows if each.reachable]
    if not reached:
        return f"Reaches none of {models}" if whole > 1 else "Does not reach the one model that is set up"
    names = ", ".join(reached[:_MOST_NAMED])
    more = f" and {len(reached) - _MOST_NAMED} more" if len(reached) > _MOST_NAMED else ""
    part = f"{len(reached)} of {models}" if len(reached) < whole else f"all {models}" if whole > 1 else models
    return f"Reaches {part}: {names}{more}"


def _served(each: PreviewRow) -> str:
    """By what it is answered, or why it is not."""
    if not each.reachable:
        return each.why
    first = each.targets[0] if each.targets else ""
    return f"{first}  +{len(each.targets) - 1}" if len(each.targets) > 1 else first


def _look(each: PreviewRow) -> tuple[str, str]:
    return ("check", "success") if each.reachable else ("warning", "warning")


COLUMNS: tuple[Column[PreviewRow], ...] = (
    Column("Model", lambda r: r.model, 120, strong=True, icon=_look, tooltip=lambda r: r.model),
    Column(
        "Answered by",
        _served,
        150,
        stretch=True,
        tone=lambda r: "text" if r.reachable else "warning",
        tooltip=lambda r: "\n".join((*r.targets, r.why)).strip(),
    ),
    Column(
        "$ / M in · out",
        lambda r: price_words(r.price) if r.reachable else "",
        134,
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
        rows = sorted(preview.rows, key=lambda each: not each.reachable)  # in their order, those first that answer
        if rows != list(self._reach.records):
            self._reach.set_rows(rows)
        if self._most:
            px = theme.current().px
            self.setFixedHeight(px(30) + 4 + max(min(len(preview.rows), self._most), 1) * px(tokens.ROW))

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
