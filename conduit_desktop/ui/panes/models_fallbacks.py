"""What a model falls back to: three ordered lists of other models, each edited in place, checked for circles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QWidget

from conduit_desktop.records import Model
from conduit_desktop.runtime.model_terms import cycle
from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets.buttons import IconButton
from conduit_desktop.ui.widgets.dragging import Dragging, Grip
from conduit_desktop.ui.widgets.inputs import Choice
from conduit_desktop.ui.widgets.layout import column, row
from conduit_desktop.ui.widgets.status import Badge, Icon
from conduit_desktop.ui.widgets.text import ElidedLabel, Label, Notice

KINDS: tuple[tuple[str, str, str], ...] = (
    ("fallbacks", "When every deployment failed", "Asked in this order, before anything went to the client."),
    (
        "context_fallbacks",
        "When the request is too long",
        "Models with a longer context: asked when the provider says so, or it is known beforehand.",
    ),
    ("content_fallbacks", "When a content filter refuses", "Asked when the provider's filter turns the request down."),
)
MOST_NAMED = 6
"""Models of a chain that are named before the rest is counted."""


def chain_words(alias: str, names: Sequence[str]) -> str:
    """``fast → big → cheap``."""
    shown = [alias, *names]
    more = len(shown) - MOST_NAMED
    return " → ".join([*shown[:MOST_NAMED], f"{more} more"] if more > 1 else shown)


def chain_of(model: Model, kind: str, models: Sequence[Model]) -> tuple[str, ...]:
    """The models that are asked in place of ``model``, in order: its own fallbacks, then those of these."""
    there = {each.alias: each for each in models if each.enabled} | {model.alias: model}
    found = [model.alias]
    for alias in found:
        found += [name for name in getattr(there[alias], kind) if name in there and name not in found]
    return tuple(found[1:])


def problem_of(alias: str, models: Sequence[Model]) -> str:
    """Why a fallback helps nobody now, empty when it does."""
    found = next((each for each in models if each.alias == alias), None)
    if found is None:
        return "no such model"
    if not found.enabled:
        return "off"
    return "" if found.deployments else "no deployment"


def with_fallbacks(model: Model, kind: str, aliases: tuple[str, ...]) -> Model:
    changes: dict[str, Any] = {kind: aliases}
    return replace(model, **changes)


def circle_words(model: Model, models: Sequence[Model]) -> str:
    """The circle that ``model`` would close, and what to do about it; empty where it closes none."""
    circle = cycle(model, [each for each in models if each.id != model.id])
    if not circle:
        return ""
    back = f"Take {circle[-1]} out of the fallbacks of {circle[-2]} first." if len(circle) > 2 else ""
    return f"{' → '.join(circle)} goes in a circle. {back}".strip()


class _Line(QFrame):
    """One fallback: its place, its name, what is the matter with it, and what can be done."""

    def __init__(self, alias: str) -> None:
        super().__init__()
        self.alias = alias
        self.setProperty("surface", "card")
        self.grip = Grip()
        self._number = Badge("1")
        self._name = ElidedLabel(alias, "mono")
        self._problem = Badge("", "warning", icon="warning")
        self.up = IconButton("up", f"Move {alias} up", small=True)
        self.down = IconButton("down", f"Move {alias} down", small=True)
        self.drop = IconButton("close", f"Remove fallback {alias}", small=True)
        box = row(self.grip, self._number, gap=SPACE.s, margins=(8, 4, 6, 4))
        box.addWidget(self._name, 1)
        for part in (self._problem, self.up, self.down, self.drop):
            box.addWidget(part)
        self.setLayout(box)

    def present(self, at: int, count: int, problem: str) -> None:
        """Show its place and what is the matter."""
        self._number.set_badge(str(at + 1))
        self._problem.set_badge(problem.capitalize(), "warning", "warning")
        self._problem.setVisible(bool(problem))
        self.up.setEnabled(at > 0)
        self.down.setEnabled(at < count - 1)
        self.setAccessibleName(f"{at + 1}. {self.alias}{f', {problem}' if problem else ''}")


class _Section(QWidget):
    """One kind of fallback. Signal: ``wanted(tuple of aliases)`` as the user would have it."""

    wanted = Signal(tuple)

    def __init__(self, kind: str, title: str, sentence: str) -> None:
        super().__init__()
        self.kind = kind
        self._of = ""
        self._names: tuple[str, ...] = ()
        self._offered: list[tuple[str, str]] = []
        self.lines: list[_Line] = []
        self._chain = ElidedLabel("", "mono-small")
        self._chain.setAccessibleDescription("The order in which models are asked")
        self._box = column(gap=SPACE.xs)
        self.add = Choice((), name=f"Add a model: {title.lower()}")
        self.add.setObjectName(f"add-{kind}")
        self.add.picked.connect(self._add)
        self.problem = Notice("", "small", tone="danger", wrap=True)
        self._fault = QWidget()
        said = row(Icon("error", "danger", 14), gap=6)
        said.addWidget(self.problem, 1)
        self._fault.setLayout(said)
        self._fault.hide()
        self._host = QWidget()
        self._host.setLayout(self._box)
        self._dragging = Dragging(self._host, lambda: self.lines, self._reorder)
        words = column(Label(title, "medium"), Label(sentence, "small", wrap=True), self._chain, gap=2)
        self.setLayout(column(words, self._host, row(self.add, None), self._fault, gap=SPACE.s))

    def show_model(self, model: Model, models: Sequence[Model]) -> None:
        """Show the model's fallbacks of this kind; lines stay their models', so that the keyboard stays."""
        before, self._of, self._names = (self._of, self._names), model.id, getattr(model, self.kind)
        if before != (self._of, self._names):
            self.complain("")
        there = {line.alias: line for line in self.lines}
        for alias in [alias for alias in there if alias not in self._names]:
            self._let_go(there.pop(alias))
        self.lines = [there.get(alias) or self._line(alias) for alias in self._names]
        for at, line in enumerate(self.lines):
            if self._box.indexOf(line) != at:
                self._box.insertWidget(at, line)
            line.present(at, len(self.lines), problem_of(line.alias, models))
        self._host.setVisible(bool(self.lines))
        self._chain.setVisible(bool(self.lines))
        self._chain.set_full_text(chain_words(model.alias, chain_of(model, self.kind, models)))
        self._offer(model, models)

    def _offer(self, model: Model, models: Sequence[Model]) -> None:
        left = [each for each in models if each.id != model.id and each.alias not in self._names]
        choices = []
        for each in sorted(left, key=lambda each: each.alias):
            longer = with_fallbacks(model, self.kind, (*self._names, each.alias))
            why = "goes in a circle" if circle_words(longer, models) else problem_of(each.alias, models)
            choices.append((each.alias, f"{each.alias}  ({why})" if why else each.alias))
        if choices != self._offered:  # else its list may be open just now
            self._offered = choices
            self.add.set_choices([("", "Add a model…"), *choices], "")
        self.add.setEnabled(bool(choices))
        self.add.setToolTip("" if choices else "There is no other model to fall back to.")

    def complain(self, text: str) -> None:
        """Say why what was wanted was not stored."""
        self.problem.setText(text)
        self._fault.setVisible(bool(text))
        self.add.setAccessibleDescription(text)
        self.add.set_value("")

    def _line(self, alias: str) -> _Line:
        line = _Line(alias)
        line.up.clicked.connect(lambda: self._move(line, -1))
        line.down.clicked.connect(lambda: self._move(line, 1))
        line.drop.clicked.connect(lambda: self._drop(line))
        self._dragging.watch(line, line.grip)
        for keys, by in (("Alt+Up", -1), ("Alt+Down", 1)):
            shortcut = QShortcut(QKeySequence(keys), line)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(partial(self._move, line, by))
        return line

    def _let_go(self, line: _Line) -> None:
        """Take a line away; the keyboard goes on at what stood after it."""
        if line.isAncestorOf(self.focusWidget() or self):
            after = [each for each in self.lines if each is not line]
            at = self.lines.index(line)
            (after[min(at, len(after) - 1)].drop if after else self.add).setFocus(Qt.FocusReason.TabFocusReason)
        self._box.removeWidget(line)
        line.hide()
        line.setParent(None)
        line.deleteLater()

    # ---- what the user does

    def _add(self, alias: str) -> None:
        if alias:
            self.wanted.emit((*self._names, alias))

    def _move(self, line: _Line, by: int) -> None:
        inside = line.isAncestorOf(self.focusWidget() or self)
        at = self.lines.index(line)
        self._reorder(at, at + by)
        if inside and not line.isAncestorOf(self.focusWidget() or self):  # what was pressed has nowhere left to go
            (line.up if line.up.isEnabled() else line.down).setFocus(Qt.FocusReason.TabFocusReason)

    def _reorder(self, at: int, to: int) -> None:
        if at != to and 0 <= to < len(self._names):
            order = list(self._names)
            order.insert(to, order.pop(at))
            self.wanted.emit(tuple(order))

    def _drop(self, line: _Line) -> None:
        self.wanted.emit(tuple(alias for alias in self._names if alias != line.alias))


class FallbackEditor(QWidget):
    """Signal: ``changed(kind, aliases)``: what a model of ``show_model`` is to have, ``kind`` being the name of the
    record's field. What would go in a circle is said in its place, and not emitted."""

    changed = Signal(str, tuple)

    def __init__(self) -> None:
        super().__init__()
        self._model: Model | None = None
        self._models: tuple[Model, ...] = ()
        self.sections = {kind: _Section(kind, title, sentence) for kind, title, sentence in KINDS}
        for section in self.sections.values():
            section.wanted.connect(partial(self._want, section))
        self.circle = Label("", "small", tone="warning", wrap=True)
        self.circle.hide()
        self.setLayout(column(self.circle, *self.sections.values(), gap=SPACE.l))

    def show_model(self, model: Model, models: Sequence[Model]) -> None:
        """Show what a model falls back to; ``models`` are all there are."""
        self._model, self._models = model, tuple(models)
        for section in self.sections.values():
            section.show_model(model, models)
        stored = circle_words(model, models)
        self.circle.setText(f"As it is stored, {stored}" if stored else "")
        self.circle.setVisible(bool(stored))

    def _want(self, section: _Section, aliases: tuple[str, ...]) -> None:
        if (model := self._model) is None:
            return
        if circle := circle_words(with_fallbacks(model, section.kind, aliases), self._models):
            section.complain(f"Not stored: {circle}")
        else:
            self.changed.emit(section.kind, aliases)
