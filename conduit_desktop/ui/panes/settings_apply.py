"""The sheet that puts a configuration file in force: its text, what it would change, then the keys that it made."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QPlainTextEdit, QVBoxLayout, QWidget

from conduit_desktop.errors import ConfigurationError
from conduit_desktop.runtime.applying import Applied, Plan
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.panes.settings_plan import Line, lines, summary
from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.copying import CopyField
from conduit_desktop.ui.widgets.files import choose_file
from conduit_desktop.ui.widgets.form import FormRow
from conduit_desktop.ui.widgets.layout import column, row
from conduit_desktop.ui.widgets.sheet import Sheet
from conduit_desktop.ui.widgets.status import Badge
from conduit_desktop.ui.widgets.text import Label

_TITLE = "Apply a configuration"
_FIRST = "Nothing is changed before you have seen what would be."
_MOST_OCTETS = 2_000_000
_MOST_LINES = 400
_INDENT = 30
_FILES = "TOML (*.toml)"


class ApplySheet(Sheet):
    """Three steps: the text, the difference, what was made."""

    def __init__(self, parent: QWidget, service: GatewayService, bridge: Bridge) -> None:
        super().__init__(parent, _TITLE, "Show what changes", _FIRST, width=640)
        self.setObjectName("apply")
        self._service, self._bridge = service, bridge
        self.plan: Plan | None = None
        self._done = False
        self.text = QPlainTextEdit()
        self.text.setProperty("code", "true")
        self.text.setProperty("mono", "true")
        self.text.setTabChangesFocus(True)
        self.text.setMinimumHeight(380)
        self.text.setPlaceholderText('[models.fast]\ndeployments = [{ provider = "openai", model = "gpt-4.1-mini" }]')
        self.row = FormRow("TOML", self.text)
        self.file = Button("Open a file…", icon="folder", small=True)
        self.file.clicked.connect(lambda: choose_file(self, "Open a configuration", self.read, kinds=_FILES))
        self._step = QWidget()
        self._step.setLayout(column(self.row, row(self.file, None), gap=SPACE.m))
        self.prune = QCheckBox("Remove what the file does not name")
        self.prune.toggled.connect(self._look)
        self._shown = QWidget()
        self._lines: QVBoxLayout = column(gap=4)
        self.said = Label("", "medium", wrap=True)
        kept = Label("Settings that it leaves out go back to their defaults.", "small", wrap=True)
        self.prune.setAccessibleDescription(kept.text())
        pruned = column(self.prune, kept, gap=2)
        self._shown.setLayout(column(self.said, pruned, self._lines, gap=SPACE.m))
        self._shown.hide()
        self.back = Button("Back")
        self.back.clicked.connect(self._go_back)
        self.back.hide()
        self.add_foot(self.back)
        self.body.addWidget(self._step)
        self.body.addWidget(self._shown)
        self.body.addStretch(1)
        self.accepted.connect(self._go)

    # ---- the text

    def read(self, path: Path) -> None:
        """Take the text from a file."""
        self._bridge.run(self._service.run(_read, path), self.text.setPlainText, self.row.set_error, owner=self)

    def _go(self) -> None:
        if self._done:
            self.finish()
        elif self.plan is None:
            self._look()
        else:
            self.set_busy(True)
            self._bridge.run(self._service.admin.apply(self.plan), self._applied, self._stale, owner=self, slot="go")

    def _look(self) -> None:
        """Ask what it would change."""
        if not self.text.toPlainText().strip():
            self.row.set_error("Paste a configuration, or open a file.")
            return
        self.row.set_error("")
        self.set_busy(True)
        work = self._service.admin.plan_apply(self.text.toPlainText(), prune=self.prune.isChecked())
        self._bridge.run(work, self._show, self._refused, owner=self, slot="look")

    def _refused(self, text: str) -> None:
        self.set_busy(False)
        if self.plan is not None:
            self._go_back()
        self.row.set_error(text)
        self.text.setFocus()

    # ---- what it changes

    def _show(self, plan: Plan) -> None:
        first = self.plan is None
        self.plan = plan
        self.set_busy(False)
        self._step.hide()
        self._shown.show()
        self.back.show()
        self.set_head("What changes", "Nothing is changed yet.")
        count = len(plan.changes)
        self.said.setText(summary(plan).capitalize() + ".")
        self.accept_button.setText(f"Apply {count} change{'s' if count != 1 else ''}" if count else "Nothing to apply")
        self.accept_button.setEnabled(bool(count))
        self.accept_button.updateGeometry()
        self._fill(lines(plan), plan.notes)
        if first:
            (self.accept_button if count else self.back).setFocus(Qt.FocusReason.TabFocusReason)

    def _fill(self, found: Sequence[Line], notes: Sequence[str]) -> None:
        _empty(self._lines)
        for note in notes:
            self._lines.addWidget(_line(Badge("note", "warning", icon="warning"), note, "small"))
        for line in found[:_MOST_LINES]:
            mark = Badge(line.mark, line.tone, mono=True) if line.head else _INDENT
            self._lines.addWidget(_line(mark, line.text, "strong" if line.head else "mono-small"))
        if len(found) > _MOST_LINES:
            self._lines.addWidget(_line(_INDENT, f"and {len(found) - _MOST_LINES} more lines", "small"))

    def _go_back(self) -> None:
        self.plan = None
        self.set_head(_TITLE, _FIRST)
        self.set_error("")
        self._shown.hide()
        self.back.hide()
        self._step.show()
        self.accept_button.setEnabled(True)
        self.accept_button.setText("Show what changes")
        self.accept_button.updateGeometry()
        self.text.setFocus()

    # ---- what was done

    def _stale(self, text: str) -> None:
        """It was not applied, for example because the configuration has changed meanwhile: look again."""
        self.set_error(text)
        self._look()

    def _applied(self, applied: Applied) -> None:
        self.set_busy(False)
        self._bridge.tell(f"{applied.changes} change{'s' if applied.changes != 1 else ''} applied")
        if not applied.keys:
            self.finish()
            return
        self._done = True
        self.back.hide()
        self.prune.hide()
        self.set_head(
            "Applied", "These keys were made. Where the vault is not ready, this is the only time they are shown."
        )
        self.said.setText("New keys")
        self.accept_button.setText("Done")
        self.accept_button.updateGeometry()
        _empty(self._lines)
        for name, text in applied.keys:
            self._lines.addWidget(FormRow(name, CopyField(text, f"Key {name}")))


def _line(first: QWidget | int, words: str, role: str) -> QWidget:
    made, box = QWidget(), row(first, gap=SPACE.s if isinstance(first, QWidget) else 0)
    box.addWidget(Label(words, role, wrap=True, selectable=True), 1)
    made.setLayout(box)
    return made


def _empty(box: QVBoxLayout) -> None:
    while box.count():
        item = box.takeAt(0)
        if item is not None and (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()


def _read(path: Path) -> str:
    """Reads the disk: for worker threads. Raises ConfigurationError."""
    try:
        if path.stat().st_size > _MOST_OCTETS:
            raise ConfigurationError(f"{path.name} is too large for a configuration.", code="too_large")
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ConfigurationError(f"{path.name} is not text in UTF-8.", code="bad_file") from None
    except OSError as error:
        raise ConfigurationError(f"{path.name} cannot be read: {error.strerror}.", code="bad_file") from None
