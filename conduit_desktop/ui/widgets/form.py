"""Forms: labelled rows with help and inline errors, grouped under headings."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets.layout import Part, column, row
from conduit_desktop.ui.widgets.status import Icon
from conduit_desktop.ui.widgets.text import Label, Notice, set_look


class FormRow(QWidget):
    """A label over its field, help under it, and room for what is wrong with it."""

    def __init__(self, label: str, field: QWidget, help: str = "", *, optional: bool = False) -> None:
        super().__init__()
        self.field = field
        self._label = Label(label, "medium")
        self._label.setBuddy(field)
        self._note = Label("optional", "caption")
        if not optional:
            self._note.hide()
        self._help = Label(help, "small", wrap=True)
        if not help:
            self._help.hide()
        self._icon = Icon("error", "danger", 14)
        self._error = Notice("", "small", tone="danger", wrap=True)
        fault = row(self._icon, self._error, gap=6)
        fault.setAlignment(self._icon, Qt.AlignmentFlag.AlignTop)
        self._fault = QWidget()
        self._fault.setLayout(fault)
        self._fault.hide()
        self._remark = Notice("", "small", tone="warning", wrap=True)
        self._remark.hide()
        head = row(self._label, self._note, None, gap=6)
        self.setLayout(column(head, field, self._fault, self._remark, self._help, gap=5))
        named = field.focusProxy() or field
        if not named.accessibleName():
            named.setAccessibleName(label)
        if help:
            named.setAccessibleDescription(help)

    @property
    def error(self) -> str:
        return self._error.text() if not self._fault.isHidden() else ""

    def set_error(self, text: str) -> None:
        """Say what is wrong with the field; empty takes it back."""
        self._error.setText(text)
        self._fault.setVisible(bool(text))
        target = self.field.focusProxy() or self.field
        set_look(target, invalid="true" if text else None)
        self._describe()

    @property
    def remark(self) -> str:
        return self._remark.text()

    def set_remark(self, text: str) -> None:
        """Say what comes of what is in the field, which is not wrong; empty takes it back."""
        self._remark.setText(text)
        self._remark.setVisible(bool(text))
        self._describe()

    def _describe(self) -> None:
        """For screen readers, which read it with the field."""
        said = (self.error, self.remark, self._help.text())
        (self.field.focusProxy() or self.field).setAccessibleDescription(" ".join(filter(None, said)))

    def set_label(self, text: str) -> None:
        """Call the field something else."""
        self._label.setText(text)
        (self.field.focusProxy() or self.field).setAccessibleName(text)

    def set_help(self, text: str) -> None:
        self._help.setText(text)
        self._help.setVisible(bool(text))
        self._describe()


class OptionRow(QWidget):
    """A setting: label and help at the left, its control (a switch, a choice) at the right."""

    def __init__(self, label: str, control: QWidget, help: str = "") -> None:
        super().__init__()
        self.control = control
        self._error = Notice("", "small", tone="danger", wrap=True)
        self._error.hide()
        words = column(Label(label, "medium"), gap=2)
        if help:
            words.addWidget(Label(help, "small", wrap=True))
        words.addWidget(self._error)
        box = row(gap=SPACE.xl, margins=(0, 10, 0, 10))
        box.addLayout(words, 1)
        box.addWidget(control, 0, Qt.AlignmentFlag.AlignVCenter)
        self.setLayout(box)
        if not control.accessibleName():
            control.setAccessibleName(label)
        if help:
            control.setAccessibleDescription(help)

    def set_error(self, text: str) -> None:
        self._error.setText(text)
        self._error.setVisible(bool(text))


class Form(QWidget):
    """Rows and headings from top to bottom. ``first_error`` puts the focus on the first faulty row."""

    def __init__(self, *parts: Part, gap: int = SPACE.l) -> None:
        super().__init__()
        self._box: QVBoxLayout = column(*parts, gap=gap)
        self.setLayout(self._box)
        self.rows: list[FormRow] = [part for part in parts if isinstance(part, FormRow)]

    def add(self, label: str, field: QWidget, help: str = "", *, optional: bool = False) -> FormRow:
        """Add a labelled field and return its row."""
        made = FormRow(label, field, help, optional=optional)
        self.rows.append(made)
        self._box.addWidget(made)
        return made

    def beside(self, *parts: tuple[str, QWidget, str]) -> tuple[FormRow, ...]:
        """Add several labelled fields (label, field, help) beside one another, of the same width; return their rows."""
        made = tuple(FormRow(*part) for part in parts)
        box = row(*made, gap=SPACE.m)
        for at, part in enumerate(made):
            box.setStretch(at, 1)
            box.setAlignment(part, Qt.AlignmentFlag.AlignTop)
        self.rows.extend(made)
        self._box.addLayout(box)
        return made

    def heading(self, text: str) -> None:
        self._box.addSpacing(SPACE.s)
        self._box.addWidget(Label(text, "heading"))

    def clear_errors(self) -> None:
        for part in self.rows:
            part.set_error("")

    def focus_first_error(self) -> bool:
        """Go to the first faulty row; False when there is none."""
        for part in self.rows:
            if part.error:
                part.field.setFocus()
                return True
        return False
