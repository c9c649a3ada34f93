"""What goes along with a question: the model, the system prompt, the parameters. What is left empty is not sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QComboBox, QFrame, QLineEdit, QPlainTextEdit, QWidget

from conduit_desktop.ui.panes.chat_talk import Options
from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets import memory
from conduit_desktop.ui.widgets.form import Form, FormRow
from conduit_desktop.ui.widgets.inputs import DropDown
from conduit_desktop.ui.widgets.layout import column, scrolled
from conduit_desktop.ui.widgets.suggest import Completer
from conduit_desktop.ui.widgets.text import Label

_REMEMBERED = "chat/model"


class ModelPicker(DropDown):
    """The models by name; any other, such as ``PROVIDER/MODEL``, can be typed. Remembers the last one."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setMinimumWidth(130)
        self.setAccessibleName("Model")
        self.setAccessibleDescription("Choose a model, or type PROVIDER/MODEL")
        self.setToolTip("Choose a model, or type PROVIDER/MODEL")
        line = self.lineEdit()
        assert line is not None
        line.setPlaceholderText("PROVIDER/MODEL")
        line.setAccessibleName("Model")
        self.setCompleter(Completer(self.model(), self))
        self.activated.connect(self._remember)
        line.editingFinished.connect(self._remember)
        self.currentTextChanged.connect(self.chosen)

    def sizeHint(self) -> QSize:
        return QSize(230, super().sizeHint().height())

    @property
    def value(self) -> str:
        return self.currentText().strip()

    def set_models(self, names: Sequence[str]) -> None:
        """Offer ``names``; keeps what is chosen, else the last one, else the first."""
        wanted = self.value or memory.read_text(_REMEMBERED)
        if [self.itemText(at) for at in range(self.count())] != list(names):
            self.blockSignals(True)
            self.clear()
            self.addItems(list(names))
            self.blockSignals(False)
        self.choose(wanted if wanted in names or "/" in wanted else (names[0] if names else ""))

    def choose(self, name: str) -> None:
        at = self.findText(name, Qt.MatchFlag.MatchExactly)
        self.setCurrentIndex(at)
        if at < 0:
            self.setEditText(name)
        self.chosen.emit(self.value)

    def _remember(self, _at: int = 0) -> None:
        if self.value:
            memory.write(_REMEMBERED, self.value)


class OptionsPanel(QFrame):
    """The panel beside the conversation."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedWidth(284)
        self.setProperty("surface", "base")
        self.system = QPlainTextEdit()
        self.system.setProperty("field", "true")
        self.system.setTabChangesFocus(True)
        self.system.setFixedHeight(132)
        self.system.setPlaceholderText("You are a helpful assistant.")
        self.temperature, self.top_p, self.max_tokens = (_number("not sent") for _ in range(3))
        form = Form()
        form.add("System prompt", self.system, "Stands before the conversation.", optional=True)
        self._rows = (
            form.add("Temperature", self.temperature, "0 is steady, 2 is wild.", optional=True),
            form.add("Top P", self.top_p, "The share of likely words to choose from, 0 to 1.", optional=True),
            form.add("Most tokens", self.max_tokens, "Where an answer is cut.", optional=True),
        )
        note = Label("What is left empty is not sent: the provider’s own setting holds.", "small", wrap=True)
        content = QWidget()
        content.setLayout(
            column(Label("Options", "heading"), form, note, None, gap=SPACE.l, margins=(SPACE.l, SPACE.l, SPACE.l, 16))
        )
        self.setLayout(column(scrolled(content)))

    def options(self) -> Options | None:
        """What is entered; None when something is wrong, which is then shown."""
        found: list[float | int | None] = []
        checks: tuple[tuple[FormRow, QLineEdit, Callable[[str], float | int], float, float], ...] = (
            (self._rows[0], self.temperature, float, 0, 2),
            (self._rows[1], self.top_p, float, 0, 1),
            (self._rows[2], self.max_tokens, int, 1, 10_000_000),
        )
        for shown, field, read, low, high in checks:
            value, fault = _read(field.text(), read, low, high)
            shown.set_error(fault)
            found.append(value)
        if any(shown.error for shown in self._rows):
            return None
        temperature, top_p, tokens = found
        return Options(self.system.toPlainText(), temperature, top_p, None if tokens is None else int(tokens))


def _number(hint: str) -> QLineEdit:
    field = QLineEdit()
    field.setPlaceholderText(hint)
    return field


def _read(text: str, read: Callable[[str], float | int], low: float, high: float) -> tuple[float | int | None, str]:
    text = text.strip().replace(",", ".")
    if not text:
        return None, ""
    try:
        value = read(text)
    except ValueError:
        return None, "A whole number is needed." if read is int else "A number is needed."
    if not low <= value <= high:
        return None, f"From {low:g} to {high:,.0f}." if read is int else f"From {low:g} to {high:g}."
    return value, ""
