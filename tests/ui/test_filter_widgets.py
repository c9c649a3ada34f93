"""Chips, flowing lines, foldable sections, swatches, checklists and completion: by mouse, keyboard and name."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from conduit_desktop.ui.widgets.checklist import CheckList
from conduit_desktop.ui.widgets.chips import ChipLook, Chips
from conduit_desktop.ui.widgets.flow import flow
from conduit_desktop.ui.widgets.progress import BudgetBar
from conduit_desktop.ui.widgets.section import Section
from conduit_desktop.ui.widgets.suggest import suggest
from conduit_desktop.ui.widgets.swatches import Swatches
from tests.ui.accessible import unnamed

Show = Callable[..., None]
COLOURS = (("blue", "series-1"), ("teal", "series-2"))


@pytest.fixture
def show(app: QApplication) -> Iterator[Show]:
    """Shows a widget until the test is over."""
    shown: list[QWidget] = []

    def put(widget: QWidget, width: int = 400) -> None:
        shown.append(widget)
        widget.resize(width, 300)
        widget.show()
        widget.activateWindow()
        QApplication.processEvents()

    yield put
    for widget in shown:
        widget.close()
        widget.deleteLater()
    app.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def test_chips_keep_what_is_on_and_hide_what_would_leave_nothing(show: Show) -> None:
    chips = Chips("Filters")
    told: list[tuple[str, ...]] = []
    chips.changed.connect(lambda: told.append(chips.chosen))
    chips.set_chips((ChipLook("on", "On", 3, "check"), ChipLook("off", "Off", 0), ChipLook("x", "#x", 1)))
    show(chips)
    assert not chips.chip("off").isVisible()
    chips.chip("on").setFocus()
    QTest.keyClick(chips.chip("on"), Qt.Key.Key_Space)
    assert told == [("on",)]
    assert chips.chip("on").accessibleName() == "On: 3"
    chips.set_chips((ChipLook("on", "On", 0, "check"), ChipLook("off", "Off", 2), ChipLook("x", "#x", 1)))
    assert chips.chip("on").isVisible()  # it is on: it can be switched off again
    chips.set_chips((ChipLook("on", "On", 1, "check"), ChipLook("y", "#y", 1)))
    assert chips.chosen == ("on",)
    assert unnamed(chips) == []


def test_lines_break_where_there_is_no_room(show: Show) -> None:
    parts = [QWidget() for _ in range(4)]
    for part in parts:
        part.setFixedSize(90, 20)
    line = flow(*parts, gap=10, line_gap=5)
    show(line, 400)
    assert {part.y() for part in parts} == {0}
    assert line.heightForWidth(400) == 20
    assert line.heightForWidth(250) == line.heightForWidth(190) == 45
    assert line.heightForWidth(90) == 4 * 20 + 3 * 5
    parts[0].hide()
    assert line.heightForWidth(290) == 20


def test_a_folded_section_says_what_is_in_it(show: Show) -> None:
    section = Section("Limits")
    field = QLineEdit()
    section.form.add("Requests", field)
    section.set_summary("60 a minute")
    show(section)
    assert not field.isVisible()
    assert section.head.accessibleName() == "Limits: 60 a minute"
    QTest.keyClick(section.head, Qt.Key.Key_Space)
    assert field.isVisible()
    assert section.head.accessibleDescription() == "Shown"
    fixed = Section("Who", fixed=True)
    assert fixed.unfolded
    assert fixed.head.focusPolicy() == Qt.FocusPolicy.NoFocus


def test_swatches_go_by_arrow_keys_and_keep_a_colour_that_is_not_theirs(show: Show) -> None:
    swatches = Swatches(COLOURS, name="Colour")
    show(swatches)
    told: list[str] = []
    swatches.changed.connect(told.append)
    swatches.set_value("#123456")
    assert swatches.value == "#123456"
    swatches._swatches[""].setFocus()
    QTest.keyClick(swatches._swatches[""], Qt.Key.Key_Right)
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Space)
    assert swatches.value == "blue"
    assert told[-1] == "blue"
    assert unnamed(swatches) == []


def test_a_checklist_is_checked_by_space(show: Show) -> None:
    boxes = CheckList("Models", most=3)
    told: list[int] = []
    boxes.edited.connect(lambda: told.append(1))
    boxes.set_choices([("a", "A"), ("b", "B"), ("c", "C"), ("d", "D")], ["d"])
    assert (boxes.checked, told) == (("d",), [])
    show(boxes)
    boxes.setCurrentRow(0)
    QTest.keyClick(boxes, Qt.Key.Key_Space)
    assert (boxes.checked, told) == (("a", "d"), [1])


def test_completion_of_a_list_keeps_what_stands_before_the_comma(show: Show) -> None:
    field = QLineEdit()
    model = suggest(field, ("openai/*", "claude-opus"), parts=True)
    show(field)
    field.setFocus()
    QTest.keyClicks(field, "fast, OPUS")
    completer = field.completer()
    assert completer.currentCompletion() == "fast, claude-opus"
    QTest.keyClick(completer.popup(), Qt.Key.Key_Down)
    QTest.keyClick(completer.popup(), Qt.Key.Key_Return)
    assert field.text() == "fast, claude-opus"
    model.setStringList(["gpt"])
    assert completer.completionCount() <= 1


def test_a_budget_bar_says_in_words_what_it_shows(show: Show) -> None:
    bar = BudgetBar()
    bar.set_use(0.64, "$3.20 of $5.00", ticks=(0.5, 0.8, 1.0))
    show(bar)
    assert bar._bar.accessibleName() == "$3.20 of $5.00, 64 %"
    assert not bar.grab().isNull()
