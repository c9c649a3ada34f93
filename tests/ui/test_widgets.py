"""The building blocks: what they tell, what the keyboard does, what is not lost."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QWidget

from conduit_desktop.tasks import spawn
from conduit_desktop.ui import theme
from conduit_desktop.ui.dialogs.base import Dialog
from conduit_desktop.ui.dialogs.confirm import confirm
from conduit_desktop.ui.widgets import text
from conduit_desktop.ui.widgets.bars import StackedBars
from conduit_desktop.ui.widgets.buttons import Button, IconButton
from conduit_desktop.ui.widgets.code import MOST_LINE, CodeView, shorten
from conduit_desktop.ui.widgets.copying import CopyButton, SecretEdit, SecretField
from conduit_desktop.ui.widgets.form import Form, FormRow
from conduit_desktop.ui.widgets.inputs import Choice, NumberField, SearchField, Segmented, Switch
from conduit_desktop.ui.widgets.key_values import Entry, KeyValueTable
from conduit_desktop.ui.widgets.layout import column
from conduit_desktop.ui.widgets.legend import Entry as LegendEntry
from conduit_desktop.ui.widgets.legend import Legend
from conduit_desktop.ui.widgets.lines import Lines
from conduit_desktop.ui.widgets.plot import Plot
from conduit_desktop.ui.widgets.plot_data import Plotted, Point, Range, Series, every_nth
from conduit_desktop.ui.widgets.progress import BudgetBar
from conduit_desktop.ui.widgets.ranges import Ranges
from conduit_desktop.ui.widgets.ranking import Rank, Ranking
from conduit_desktop.ui.widgets.sheet import Sheet
from conduit_desktop.ui.widgets.split import DetailPanel
from conduit_desktop.ui.widgets.states import Banner, EmptyState, Tile
from conduit_desktop.ui.widgets.text import ElidedLabel, Label, Notice
from tests.ui.accessible import focusable, unnamed
from tests.ui.eventually import until

pytestmark = pytest.mark.usefixtures("app")


class Held(list[object]):
    """What signals gave."""


def spoken(widget: QWidget) -> str:
    """What a screen reader says of it."""
    told = QAccessible.queryAccessibleInterface(widget)
    assert told is not None
    return f"{told.text(QAccessible.Text.Name)} {told.text(QAccessible.Text.Description)}".strip()


def shown(*parts: QWidget) -> QWidget:
    page = QWidget()
    page.setLayout(column(*parts))
    page.resize(600, 500)
    page.show()
    return page


# ---------------------------------------------------------------- text and buttons


def test_labels_never_read_markup() -> None:
    label = Label("<b>not bold</b>")
    assert label.textFormat() == Qt.TextFormat.PlainText


def test_an_elided_label_keeps_its_whole_text_for_tooltip_and_reader() -> None:
    label = ElidedLabel("a-very-long-model-name/with-a-provider-in-front-of-it")
    label.resize(80, 20)
    label.show()
    assert label.text() != label.full_text
    assert label.toolTip() == label.accessibleName() == label.full_text


def test_a_busy_button_refuses_clicks() -> None:
    button, clicks = Button("Save", "primary"), Held()
    button.clicked.connect(lambda: clicks.append(True))
    page = shown(button)
    button.set_busy(True)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    button.set_busy(False)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert len(clicks) == 1
    page.close()


def test_controls_have_names_for_screen_readers() -> None:
    page = shown(
        Button("Save"), IconButton("refresh", "Refresh"), SearchField("Search"), Switch(name="Enabled"),
        Segmented((("a", "A"), ("b", "B")), name="Span"), Choice((("a", "A"),), name="Key"),
        NumberField("Days", 0, 9, 3), SecretEdit("API key"), CodeView("Body"), StackedBars("Requests"),
        FormRow("Name", QLineEdit()),
    )  # fmt: skip
    assert unnamed(page) == []
    page.close()


# ---------------------------------------------------------------- inputs


def test_segments_are_walked_with_arrows_and_tell_the_choice() -> None:
    segments, told = Segmented((("1h", "1 h"), ("24h", "24 h"), ("7d", "7 d")), name="Span", value="24h"), Held()
    segments.changed.connect(told.append)
    page = shown(segments)
    page.activateWindow()
    middle = segments._segments["24h"]
    middle.setFocus()
    QTest.keyClick(middle, Qt.Key.Key_Right)
    assert segments.value == "7d"
    assert told == ["7d"]
    segments.set_value("1h")
    assert told == ["7d"]
    page.close()


def test_search_tells_at_once_on_enter_and_clears_on_escape() -> None:
    field, told = SearchField("Search"), Held()
    field.searched.connect(told.append)
    QTest.keyClicks(field, " gpt ")
    QTest.keyClick(field, Qt.Key.Key_Return)
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert told == ["gpt", ""]


async def test_search_tells_when_typing_pauses() -> None:
    field, told = SearchField("Search", delay=10), Held()
    field.searched.connect(told.append)
    QTest.keyClicks(field, "abc")
    await until(lambda: told)
    assert told == ["abc"]


def test_a_choice_keeps_what_was_chosen_when_the_choices_change() -> None:
    choice = Choice((("a", "A"), ("b", "B")), name="Model", value="b")
    choice.set_choices((("b", "B"), ("c", "C")))
    assert choice.value == "b"
    choice.set_choices((("c", "C"),))
    assert choice.value == "c"


# ---------------------------------------------------------------- copying and secrets


async def test_copying_says_so_and_stops_saying_so(monkeypatch: pytest.MonkeyPatch) -> None:
    button = CopyButton(lambda: "text of now", "Copy the address")
    button._back.setInterval(10)
    button.click()
    assert QGuiApplication.clipboard().text() == "text of now"
    assert button.accessibleName() == "Copied"
    await until(lambda: button.accessibleName() == "Copy the address")


async def test_a_secret_is_fetched_when_revealed_and_masked_again() -> None:
    async def fetch() -> str:
        return "sk-conduit-the-whole-text"

    def run(work: object, done: object) -> None:
        try:
            work.send(None)  # type: ignore[attr-defined]
        except StopIteration as ended:
            done(ended.value)  # type: ignore[operator]

    field = SecretField("Key", run, fetch, "text")
    assert field._label.full_text.endswith("text")
    assert "conduit" not in field._label.full_text
    field._hide.setInterval(10)
    field._eye.click()
    assert field._label.full_text == "sk-conduit-the-whole-text"
    await until(lambda: "conduit" not in field._label.full_text)
    field._copy.click()
    assert QGuiApplication.clipboard().text() == "sk-conduit-the-whole-text"


def test_an_entered_secret_is_masked_until_shown_and_comes_from_the_clipboard() -> None:
    entry = SecretEdit("API key")
    QGuiApplication.clipboard().setText("  sk-pasted\n")
    entry._paste()
    assert entry.text == "sk-pasted"
    assert entry.field.echoMode() == QLineEdit.EchoMode.Password
    entry._eye.click()
    assert entry.field.echoMode() == QLineEdit.EchoMode.Normal
    entry.clear()
    assert entry.field.echoMode() == QLineEdit.EchoMode.Password


# ---------------------------------------------------------------- forms, states


def test_a_faulty_row_says_what_is_wrong_and_gets_the_keyboard() -> None:
    form = Form()
    form.add("Name", QLineEdit())
    row = form.add("Base URL", QLineEdit(), "Where it answers.")
    form.show()
    form.activateWindow()
    row.set_error("This is no web address.")
    assert form.focus_first_error()
    assert QApplication.focusWidget() is row.field
    assert row.field.accessibleDescription() == "This is no web address. Where it answers."
    form.clear_errors()
    assert row.error == ""
    assert not form.focus_first_error()
    form.close()


def test_figures_are_told_in_words() -> None:
    tile = Tile("Spend")
    tile.set_figure("$31.20", sub="Priced 4,790 of 4,812", delta="+$4.10")
    assert tile.accessibleName() == "Spend: $31.20, +$4.10, Priced 4,790 of 4,812"
    bar = BudgetBar()
    bar.set_use(0.82, "$4.10 of $5.00")
    assert bar._bar.accessibleName() == "$4.10 of $5.00, 82 %"
    banner = Banner("warning", "Capture is on.", "Turn off")
    assert banner.accessibleName() == "warning: Capture is on."


def test_an_empty_state_has_one_action() -> None:
    state, acted = EmptyState("key", "No keys", "Make one for each tool.", "New key"), Held()
    state.acted.connect(lambda: acted.append(True))
    state.button.click()
    assert acted == [True]
    state.set_state("search", "Nothing matches", "Change the filter.")
    assert state.button.isHidden()


def test_details_leave_out_what_has_no_value() -> None:
    table = KeyValueTable((Entry("Model", "fast"), Entry("Error", ""), Entry("Id", "req_1", mono=True, copy=True)))
    names = [label.text() for label in table.findChildren(Label)]
    assert "Model" in names
    assert "Error" not in names
    table.set_entries((Entry("Model", "smart"),))
    assert [label.text() for label in table.findChildren(Label) if not label.isHidden()] == ["Model", "smart"]


def test_details_keep_the_widgets_of_lines_that_fit_and_the_order_of_the_buttons() -> None:
    table = KeyValueTable((Entry("Model", "fast"), Entry("Id", "req_1", mono=True, copy=True)))
    value = table._widget(0, 1)
    entries = (
        Entry("Key", "laptop"),
        Entry("Trace", "t1", mono=True, copy=True),
        Entry("Model", "fast"),
        Entry("Id", "req_1", mono=True, copy=True),
    )
    table.set_entries(entries)
    assert table._widget(0, 1) is value
    shown = [widget for line in range(4) for at in range(2) if isinstance(widget := table._widget(line, at), QLabel)]
    texts = [label.full_text if isinstance(label, ElidedLabel) else label.text() for label in shown]
    assert texts == ["Key", "laptop", "Trace", "t1", "Model", "fast", "Id", "req_1"]
    table.set_entries((entries[1], entries[3]))
    buttons = [each for each in table.findChildren(CopyButton) if not each.isHidden()]
    assert [each.accessibleName() for each in buttons] == ["Copy trace", "Copy id"]
    assert [table._widget(line, 2) for line in range(2)] == buttons
    assert table._widget(2, 1) is None


# ---------------------------------------------------------------- charts


BARS = Plotted(
    "Requests",
    (Series("Served", key="=served"), Series("Failed", "danger")),
    tuple(Point(float(hour), f"{hour}:00", (hour * 10.0, 1.0)) for hour in range(5)),
    marks=every_nth([str(hour) for hour in range(5)]),
    words="Requests: five bars",
)


def test_a_chart_has_words_and_is_walked_by_keyboard() -> None:
    chart, picked = StackedBars("Chart"), Held()
    chart.chosen.connect(lambda at, key: picked.append((at, key)))
    chart.set_plotted(BARS)
    assert (chart.accessibleName(), chart.accessibleDescription()) == ("Requests", "Requests: five bars")
    page = shown(chart)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_Return):
        QTest.keyClick(chart, key)
    QTest.keyClick(chart, Qt.Key.Key_Up)
    QTest.keyClick(chart, Qt.Key.Key_Return)
    assert picked == [(1, ""), (1, "=served")]
    QTest.keyClick(chart, Qt.Key.Key_End)
    assert chart.at == 4
    QTest.keyClick(chart, Qt.Key.Key_Escape)
    assert chart.at == -1
    assert not page.grab().isNull()
    page.close()


def test_what_is_pointed_at_stays_when_bars_come_and_go() -> None:
    chart = StackedBars("Chart")
    chart.set_plotted(BARS)
    chart.point(3)
    chart.set_plotted(dataclasses.replace(BARS, points=BARS.points[2:]))
    assert chart.at == 1
    chart.set_plotted(dataclasses.replace(BARS, points=BARS.points[:2]))
    assert chart.at == -1


@pytest.mark.parametrize("made", [StackedBars, Lines])
@pytest.mark.parametrize("count", [0, 1, 2, 400])
def test_charts_paint_any_number_of_any_size(made: type[Plot], count: int) -> None:
    sizes = (0.0, 1e-9, 3.0, 1e18)
    points = tuple(
        Point(
            float(at), f"{at}", (sizes[at % 4], None if at % 3 else 1.0), before=sizes[-at % 4] or None, ahead=at % 2,
            unknown=at % 5,
        )
        for at in range(count)
    )  # fmt: skip
    chart = made("Chart")
    chart.resize(500, 200)
    chart.set_plotted(dataclasses.replace(BARS, points=points, summed=made is StackedBars))
    for at in range(min(count, 5)):
        chart.point(at)
        assert not chart.grab().isNull()
    chart.set_lit("=served")
    assert not chart.grab().isNull()


def test_a_legend_can_be_pressed_where_it_is_more_than_a_word() -> None:
    legend, picked = Legend("Legend"), Held()
    legend.picked.connect(picked.append)
    legend.set_entries(
        (LegendEntry("fast", "chart-1", "$3.20", "=fast"), LegendEntry("Unpriced", "text-muted", look="hatch"))
    )
    page = shown(legend)
    assert unnamed(page) == []
    QTest.keyClick(legend.entries[0], Qt.Key.Key_Space)
    assert picked == ["=fast"]
    assert not legend.entries[1].isEnabled()
    assert not page.grab().isNull()
    page.close()


def test_ranges_are_walked_and_pressed() -> None:
    ranges, picked = Ranges("Ranges"), Held()
    ranges.picked.connect(picked.append)
    found = [Range("=a", "fast", "chart-1", 0.4, 1.0, 2.0), Range("=b", "smart", "chart-2", 0.8, 2.0, 9.0)]
    ranges.set_ranges("First token by model", found, "{:.1f} s".format, "{:g} s".format)
    assert ranges.accessibleDescription().startswith("fast: p50 0.4 s, p95 1.0 s, p99 2.0 s. smart: ")
    page = shown(ranges)
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Return):
        QTest.keyClick(ranges, key)
    assert picked == ["=b"]
    assert not page.grab().isNull()
    page.close()


def test_ranks_can_be_pressed() -> None:
    ranking, picked = Ranking("Spend by model"), Held()
    ranking.picked.connect(picked.append)
    ranking.set_ranks((Rank("fast", "fast", "$3.20", 0.8), Rank("smart", "smart", "$0.80", 0.2)))
    page = shown(ranking)
    assert unnamed(page) == []
    QTest.mouseClick(ranking._box.itemAt(1).widget(), Qt.MouseButton.LeftButton)
    assert picked == ["smart"]
    page.close()


# ---------------------------------------------------------------- code


def test_code_shows_less_than_it_copies_when_it_is_huge() -> None:
    view = CodeView("Body")
    whole = json.dumps({"image": "A" * 3_000_000, "text": "b"}, indent=1)
    view.set_code(whole, "json")
    assert view.shortened
    assert len(view.toPlainText()) < MOST_LINE * 2
    view.copy_all()
    assert QGuiApplication.clipboard().text() == whole
    view.resize(400, 300)
    assert not view.grab().isNull()


def test_shortening_leaves_small_texts_alone() -> None:
    assert shorten("a\nb") == ("a\nb", False)
    cut, less = shorten("x" * (MOST_LINE + 5))
    assert less
    assert cut.endswith("… 5 more characters")


@pytest.mark.parametrize(("text", "language"), [('{"a": [1, true]}', "json"), ("import os\n'''a\nb'''", "python")])
def test_lines_in_view_are_coloured(text: str, language: str) -> None:
    view = CodeView("Body")
    view.set_code(text, language)
    view.resize(400, 300)
    view.grab()
    colours = {span.format.foreground().color().name() for span in view.document().firstBlock().layout().formats()}
    assert colours
    theme.current().set_mode("dark")
    view.grab()
    assert colours != {
        span.format.foreground().color().name() for span in view.document().firstBlock().layout().formats()
    }


# ---------------------------------------------------------------- sheets and dialogs


async def test_a_sheet_keeps_the_keyboard_and_gives_it_back() -> None:
    field = QLineEdit()
    window = shown(field)
    window.activateWindow()
    await until(window.isActiveWindow)
    field.setFocus()
    sheet, accepted, closed = Sheet(window, "New key", "Create key"), Held(), Held()
    sheet.accepted.connect(lambda: accepted.append(True))
    sheet.closed.connect(lambda: closed.append(True))
    name = QLineEdit()
    name.setAccessibleName("Name")
    sheet.body.addWidget(name)
    sheet.open()
    assert QApplication.focusWidget() is name
    for _ in range(7):
        now = QApplication.focusWidget()
        assert now is not None
        assert sheet.isAncestorOf(now)
        QTest.keyClick(now, Qt.Key.Key_Tab)
    name.setFocus()
    QTest.keyClick(name, Qt.Key.Key_Return)
    assert accepted == [True]
    sheet.set_error("The name is taken.")
    QTest.keyClick(name, Qt.Key.Key_Escape)
    assert closed == [True]
    assert QApplication.focusWidget() is field
    window.close()


@pytest.mark.parametrize(("key", "answer"), [(Qt.Key.Key_Escape, False), (Qt.Key.Key_Return, False)])
async def test_what_destroys_is_not_the_default(key: Qt.Key, answer: bool) -> None:
    window = shown(Label("x"))
    asked = asyncio.get_running_loop().create_task(
        confirm(window, "Delete key editor?", "Tools that use it stop working.", "Delete key")
    )
    await until(lambda: window.findChild(Dialog))
    dialog = window.findChild(Dialog)
    assert dialog is not None
    assert unnamed(dialog) == []
    QTest.keyClick(dialog, key)
    assert await asked is answer
    window.close()


async def test_confirming_says_yes() -> None:
    window = shown(Label("x"))
    asked = asyncio.get_running_loop().create_task(confirm(window, "Delete?", "", "Delete"))
    await until(lambda: window.findChild(Dialog))
    dialog = window.findChild(Dialog)
    assert dialog is not None
    next(button for button in dialog.findChildren(Button) if button.text() == "Delete").click()
    assert await asked is True
    window.close()


def test_what_comes_up_by_itself_is_said_once_and_whenever_it_says_something_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said: list[str] = []
    monkeypatch.setattr(text, "announce", lambda _widget, words: said.append(words))
    notice = Notice("")
    window = shown(notice)
    assert said == []
    notice.setText("Nothing listens there.")
    notice.setText("Nothing listens there.")
    notice.setText("The key is refused.")
    assert said == ["Nothing listens there.", "The key is refused."]
    notice.hide()
    notice.setText("It is too late.")
    assert said[2:] == []
    notice.show()
    assert said[2:] == ["It is too late."]
    window.close()


def test_what_is_chosen_from_says_by_itself_what_it_is() -> None:
    """A screen reader may come to it from anywhere; on Linux a drop-down's name is in its description."""
    choice, span = Choice((("a", "A"),), name="Key"), Segmented((("1h", "1 h"), ("7d", "7 d")), name="Span", value="7d")
    window = shown(choice, span)
    choice.setAccessibleDescription("Whose requests.")
    assert "Key" in spoken(choice)
    assert "Whose requests." in spoken(choice)
    assert list(map(spoken, focusable(span))) == ["Span: 7 d"], "and Tab comes to the chosen one"
    window.close()


def test_a_secret_says_that_it_is_hidden_and_its_buttons_what_they_do() -> None:
    def run(work: Any, done: Callable[[str], None]) -> None:
        work.close()
        done("sk-whole")

    field = SecretField("API key", run, _text, "XY9z")
    window = shown(field)
    eye, copy = field.findChildren(IconButton)
    assert (eye.accessibleName(), copy.accessibleName()) == ("Reveal API key", "Copy API key")
    label = field.findChild(ElidedLabel)
    assert label is not None
    assert label.accessibleName() == "Hidden, ends in XY9z"
    eye.click()
    assert (eye.accessibleName(), label.accessibleName()) == ("Hide API key", "sk-whole")
    window.close()


async def _text() -> str:
    return "sk-whole"


def test_a_banner_shows_all_of_a_long_text_however_narrow() -> None:
    banner = Banner("warning", "The system keyring does not answer. " * 6, "Unlock…")
    holder = QWidget()
    box = column(banner, None)
    holder.setLayout(box)
    holder.resize(380, 600)
    holder.show()
    for width in (380, 260, 700):
        holder.resize(width, 600)
        QApplication.sendPostedEvents()
        box.activate()
        label = next(part for part in banner.findChildren(Label) if part.text() == banner.text)
        assert label.height() >= label.heightForWidth(label.width())
    assert banner.height() < 100  # and no higher than that
    holder.close()


def test_details_are_as_wide_as_what_is_in_them_and_not_measured_while_hidden() -> None:
    panel, wide = DetailPanel("Details"), QLabel("wide")
    wide.setMinimumWidth(900)
    panel.body.addWidget(wide)
    panel.hide()
    assert panel.minimumSizeHint().width() == theme.current().px(DetailPanel.least) < 900
    panel.show()
    assert panel.minimumSizeHint().width() >= 900


async def test_a_question_whose_window_goes_meanwhile_just_ends() -> None:
    holder = QWidget()
    holder.show()
    asking = spawn(confirm(holder, "Sure?", "Really?", "Go"), "ask")
    await until(lambda: holder.findChildren(Dialog))
    holder.close()
    holder.deleteLater()
    QApplication.sendPostedEvents(None, 52)  # DeferredDelete
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
