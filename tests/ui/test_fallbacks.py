"""The fallback editor: added, moved, dragged, removed; circles named and not stored; what helps nobody is marked."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from conduit_desktop.records import Deployment, Model
from conduit_desktop.ui.panes.models_fallbacks import FallbackEditor, chain_of, chain_words, circle_words, problem_of
from conduit_desktop.ui.qapp import Application
from tests.ui.accessible import unnamed


def model(alias: str, *fallbacks: str, **more: object) -> Model:
    parts = (Deployment(id=alias, model_id=alias, provider_id="p", upstream_model="m"),)
    return Model(id=alias, alias=alias, deployments=parts, fallbacks=fallbacks, **more)  # type: ignore[arg-type]


FAST = model("fast", "big", "cheap")
MODELS = (FAST, model("big"), model("cheap"), model("loop", "fast"), model("dark", enabled=False))


class Stage:
    """An editor, and what it would have stored; a change is shown at once, as the pane does."""

    def __init__(self, shown: Model = FAST, models: tuple[Model, ...] = MODELS) -> None:
        self.editor = FallbackEditor()
        self.model, self.models = shown, models
        self.wanted: list[tuple[str, tuple[str, ...]]] = []
        self.editor.changed.connect(self._change)
        self.editor.resize(460, 700)
        self.editor.show_model(shown, models)
        self.editor.show()

    def _change(self, kind: str, aliases: tuple[str, ...]) -> None:
        self.wanted.append((kind, aliases))
        changes = {kind: aliases}
        self.model = replace(self.model, **changes)  # type: ignore[arg-type]
        self.editor.show_model(self.model, self.models)

    def add(self, kind: str, alias: str) -> None:
        choice = self.editor.sections[kind].add
        at = choice.findData(alias)
        choice.setCurrentIndex(at)
        choice.activated.emit(at)

    def names(self, kind: str = "fallbacks") -> list[str]:
        return [line.alias for line in self.editor.sections[kind].lines]


@pytest.fixture
def stage(app: Application) -> Stage:
    return Stage()


def test_chains_stay_short() -> None:
    assert chain_words("fast", ("big", "cheap")) == "fast → big → cheap"
    assert chain_words("a", tuple("bcdefgh")) == "a → b → c → d → e → f → 2 more"
    assert chain_words("a", tuple("bcdefg")) == "a → b → c → d → e → f → g"


def test_the_fallbacks_of_fallbacks_are_asked_too() -> None:
    there = (model("a", "b", "c"), model("b", "d", "a"), model("c", "d", "e"), model("d"), model("e", enabled=False))
    assert chain_of(there[0], "fallbacks", there) == ("b", "c", "d")


def test_what_helps_nobody_is_said() -> None:
    bare = Model(id="bare", alias="bare")
    assert [problem_of(each, (*MODELS, bare)) for each in ("big", "dark", "gone", "bare")] == [
        "",
        "off",
        "no such model",
        "no deployment",
    ]


def test_circles_are_named_through_every_kind_of_fallback() -> None:
    assert circle_words(FAST, MODELS) == ""
    closed = replace(FAST, context_fallbacks=("loop",))
    assert circle_words(closed, MODELS) == (
        "fast → loop → fast goes in a circle. Take fast out of the fallbacks of loop first."
    )
    assert circle_words(replace(FAST, fallbacks=("fast",)), MODELS) == "fast → fast goes in a circle."


def test_fallbacks_of_each_kind_are_added_and_removed(stage: Stage) -> None:
    stage.add("context_fallbacks", "big")
    stage.add("content_fallbacks", "cheap")
    assert stage.wanted == [("context_fallbacks", ("big",)), ("content_fallbacks", ("cheap",))]
    assert stage.names("context_fallbacks") == ["big"]
    stage.editor.sections["fallbacks"].lines[0].drop.click()
    assert stage.wanted[-1] == ("fallbacks", ("cheap",))
    assert stage.names() == ["cheap"]
    assert not unnamed(stage.editor)


def test_a_circle_is_named_and_not_stored(stage: Stage) -> None:
    section = stage.editor.sections["fallbacks"]
    texts = [section.add.itemText(at) for at in range(section.add.count())]
    assert "loop  (goes in a circle)" in texts
    assert "dark  (off)" in texts
    stage.add("fallbacks", "loop")
    assert stage.wanted == []
    assert section.problem.text().startswith("Not stored: fast → loop → fast goes in a circle.")
    assert section.add.value == ""
    stage.editor.show_model(FAST, MODELS)  # read anew, as when anything changes
    assert section.problem.isVisibleTo(stage.editor)
    stage.add("fallbacks", "dark")
    assert stage.wanted == [("fallbacks", ("big", "cheap", "dark"))]
    assert not section.problem.isVisibleTo(stage.editor)


def test_a_circle_that_is_stored_already_is_told(app: Application) -> None:
    closed = replace(FAST, fallbacks=("loop",))
    editor = Stage(closed, (closed, *MODELS[1:])).editor
    assert editor.circle.text().startswith("As it is stored, fast → loop → fast")


def test_lines_are_moved_by_buttons_keys_and_mouse(stage: Stage) -> None:
    section = stage.editor.sections["fallbacks"]
    section.lines[0].down.click()
    assert stage.names() == ["cheap", "big"]
    line = section.lines[1]
    line.up.setFocus()
    stage.editor.activateWindow()
    QTest.keyClick(line.up, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert stage.names() == ["big", "cheap"]
    first, second = section.lines
    first.grip.pressed.emit()
    first.grip.dragged.emit(QPointF(second.mapToGlobal(second.rect().bottomLeft())))
    first.grip.released.emit()
    assert stage.names() == ["cheap", "big"]
    assert section.lines[1] is first  # its line went with it


def test_one_that_helps_nobody_is_marked_in_its_line(app: Application) -> None:
    line = Stage(replace(FAST, fallbacks=("dark", "gone"))).editor.sections["fallbacks"].lines
    assert [each.accessibleName() for each in line] == ["1. dark, off", "2. gone, no such model"]
