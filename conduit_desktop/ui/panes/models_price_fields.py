"""The fields of a price: every part that providers bill, in US dollars."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QLineEdit

from conduit_desktop.records import Price
from conduit_desktop.ui.panes.models_price_words import (
    EACH,
    PARTS,
    RARE,
    TOKENS,
    PricePart,
    as_whole,
    read,
    rest,
    texts,
)
from conduit_desktop.ui.widgets.form import Form, FormRow
from conduit_desktop.ui.widgets.section import Section
from conduit_desktop.ui.widgets.text import Label


class PriceFields(Form):
    """Signal: ``edited()``. An empty field is billed as the whole it belongs to, which stands in it in grey."""

    edited = Signal()

    def __init__(self) -> None:
        super().__init__(gap=12)
        self._old: Price | None = None
        self.fields: dict[str, QLineEdit] = {}
        self._by_part: dict[str, FormRow] = {}
        self._box.addWidget(
            Label("US dollars a million tokens. An empty field is billed as it says in grey.", "small", wrap=True)
        )
        self._lines(self, TOKENS)
        self.heading("US dollars each")
        self._lines(self, EACH)
        self.rare = Section("Rarer parts")
        self.rare.set_summary("video, cached sound, file searches, hours")
        self._lines(self.rare.form, RARE)
        self._box.addWidget(self.rare)
        self.keep_rest = QCheckBox()
        self.keep_rest.toggled.connect(self.edited)
        self._box.addWidget(self.keep_rest)
        self.set_price(None)

    def _lines(self, form: Form, parts: tuple[PricePart, ...]) -> None:
        for left, right in zip(parts[::2], parts[1::2], strict=True):
            made = form.beside(*((part.label, self._field(part), "") for part in (left, right)))
            self._by_part |= {left.field: made[0], right.field: made[1]}

    def _field(self, part: PricePart) -> QLineEdit:
        field = QLineEdit()
        field.setObjectName(f"price-{part.field}")
        each = "each" if part.times == 1 else "a million"
        field.setAccessibleName(f"{part.label}, US dollars {each}")
        field.textChanged.connect(self._edit)
        self.fields[part.field] = field
        return field

    def _edit(self) -> None:
        given = self._given
        for part in PARTS:
            self.fields[part.field].setPlaceholderText(as_whole(part, given))
        if (row := next((r for r in self._by_part.values() if r.field is self.sender()), None)) is not None:
            row.set_error("")
        self.edited.emit()

    @property
    def _given(self) -> dict[str, str]:
        return {name: field.text() for name, field in self.fields.items()}

    def set_price(self, price: Price | None) -> None:
        """Show one to be changed; None is empty."""
        self._old = price
        for row in self._by_part.values():
            row.set_error("")
        for name, text in texts(price).items():
            self.fields[name].setText(text)
        self.rare.unfold(any(self.fields[part.field].text() for part in RARE))
        words = rest(price)
        self.keep_rest.setText(f"Keep its other prices: {words}")
        self.keep_rest.setChecked(bool(words))
        self.keep_rest.setVisible(bool(words))
        self._edit()

    def read(self) -> Price | None:
        """The price as it is typed, without a source; None where a field is at fault, which then says so."""
        price, faults = read(self._given, self._old if self.keep_rest.isChecked() else None)
        for name, row in self._by_part.items():
            row.set_error(faults.get(name, ""))
        if faults:
            self.rare.unfold(self.rare.unfolded or any(part.field in faults for part in RARE))
            next(row for name, row in self._by_part.items() if name in faults).field.setFocus()
        return price
