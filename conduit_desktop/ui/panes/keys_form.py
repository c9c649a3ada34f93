"""The form of a key, the same for making one and for changing one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from PySide6.QtWidgets import QPlainTextEdit, QWidget

from conduit_desktop.records import VirtualKey
from conduit_desktop.ui import theme
from conduit_desktop.ui.panes import keys_words as words
from conduit_desktop.ui.panes.keys_fields import BudgetField, ExpiryField, LimitField, ModelsField, text_field
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.form import Form, FormRow
from conduit_desktop.ui.widgets.layout import column

T = TypeVar("T")


class KeyForm(QWidget):
    """``fill`` shows a key, ``read`` gives it changed; an emptied field takes its limit away."""

    def __init__(self) -> None:
        super().__init__()
        self.name = text_field("Name", "editor")
        self.name.setMaxLength(words.MOST_NAME)
        self.budget = BudgetField()
        self.expiry = ExpiryField()
        self.models = ModelsField()
        self.rpm = LimitField("Requests per minute", "requests a minute")
        self.tpm = LimitField("Tokens per minute", "tokens a minute")
        self.parallel = LimitField("Requests at the same time", "at the same time")
        self.note = QPlainTextEdit()
        self.note.setProperty("field", "true")
        self.note.setTabChangesFocus(True)
        self.note.setFixedHeight(theme.current().px(58))
        self._form = Form()
        self._name = self._form.add("Name", self.name, "Which tool or project uses it.")
        self._budget = self._form.add("Budget", self.budget, "When it is spent, requests are refused until it resets.")
        self._expiry = self._form.add("Expires", self.expiry)
        self._models = self._form.add("Models", self.models)
        self.more = Button("More: limits and note", "ghost", icon="chevron-right", small=True)
        self.more.clicked.connect(self._toggle)
        self._rest = Form()
        self._rpm = self._rest.add("Requests per minute", self.rpm, optional=True)
        self._tpm = self._rest.add("Tokens per minute", self.tpm, optional=True)
        self._parallel = self._rest.add("Parallel requests", self.parallel, optional=True)
        self._rest.add("Note", self.note, optional=True)
        self._rest.hide()
        self.setLayout(column(self._form, self.more, self._rest, gap=16))
        self.setFocusProxy(self.name)
        self._drop_errors_on_edit()

    def _drop_errors_on_edit(self) -> None:
        """What is being corrected is not held against the user any longer."""
        for part, signal in (
            (self._name, self.name.textEdited),
            (self._budget, self.budget.amount.textEdited),
            (self._expiry, self.expiry.edited),
            (self._models, self.models.edited),
            (self._rpm, self.rpm.field.textEdited),
            (self._tpm, self.tpm.field.textEdited),
            (self._parallel, self.parallel.field.textEdited),
        ):
            signal.connect(lambda *_, part=part: part.set_error(""))

    def fill(self, key: VirtualKey, aliases: Sequence[str]) -> None:
        """Show ``key``; ``aliases`` are the models to choose from."""
        self.name.setText(key.name)
        self.budget.set_value(key)
        self.expiry.set_value(key.expires)
        self.models.set_value(key.models, aliases)
        self.rpm.set_value(key.rpm)
        self.tpm.set_value(key.tpm)
        self.parallel.set_value(key.parallel)
        self.note.setPlainText(key.note)
        if words.made_by_app(key):
            self.name.setEnabled(False)
            self._name.set_help("The app made this key for the Chat pane, and finds it by this name.")
        self._open(any((key.rpm, key.tpm, key.parallel, key.note)))

    def read(self, key: VirtualKey) -> VirtualKey | None:
        """``key`` as the form has it, or None: then the faulty fields say what is wrong."""
        self._form.clear_errors()
        self._rest.clear_errors()
        name = self.name.text().strip()
        if not name:
            self._name.set_error("Give it a name.")
        elif "/" in name:
            self._name.set_error("A name must not hold a slash.")
        changed = replace(
            key,
            name=name,
            note=self.note.toPlainText().strip(),
            budget=self._take(self._budget, lambda: words.read_budget(self.budget.amount.text())),
            period=self.budget.period.value,  # type: ignore[arg-type]
            expires=self._take(self._expiry, self.expiry.value),
            models=self._take(self._models, self.models.value) or (),
            rpm=self._take(self._rpm, self.rpm.value),
            tpm=self._take(self._tpm, self.tpm.value),
            parallel=self._take(self._parallel, self.parallel.value),
        )
        if self._form.focus_first_error():
            return None
        if any(part.error for part in self._rest.rows):
            self._open(True)
            self._rest.focus_first_error()
            return None
        return changed

    def refuse_name(self, text: str) -> None:
        """The name cannot be: another key has it, for one."""
        self._name.set_error(text)
        self._form.focus_first_error()

    def _take(self, part: FormRow, read: Callable[[], T]) -> T | None:
        try:
            return read()
        except ValueError as error:
            part.set_error(str(error))
            return None

    def _toggle(self) -> None:
        self._open(self._rest.isHidden())

    def _open(self, wide: bool) -> None:
        self._rest.setVisible(wide)
        self.more.set_glyph("chevron-down" if wide else "chevron-right")
        self.more.setAccessibleDescription("Shown" if wide else "Hidden")
