"""The style sheet is each window's own: what comes up in one of its own is dressed, then and when the theme changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QEvent, QPoint
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLineEdit, QMainWindow, QMenu, QToolTip, QVBoxLayout, QWidget

from conduit_desktop.ui import theme
from conduit_desktop.ui.dialogs.base import Dialog
from conduit_desktop.ui.qapp import Application
from conduit_desktop.ui.tray import Tray
from conduit_desktop.ui.widgets.suggest import suggest


@pytest.fixture
def top(app: Application) -> Iterator[QMainWindow]:
    """A window with a choice and a field that completes."""
    made = QMainWindow()
    theme.current().dress(made)
    content = QWidget()
    content.setLayout(QVBoxLayout())
    choice, field = QComboBox(), QLineEdit()
    choice.addItems(["one", "two"])
    suggest(field, ("alpha", "beta"))
    for part in (choice, field):
        content.layout().addWidget(part)
    made.setCentralWidget(content)
    made.show()
    yield made
    made.deleteLater()
    app.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def offered(top: QMainWindow) -> QWidget:
    field = top.findChild(QLineEdit)
    assert isinstance(field, QLineEdit)
    QTest.keyClicks(field, "a")
    return field.completer().popup()


def unfolded(top: QMainWindow) -> QWidget:
    choice = top.findChild(QComboBox)
    assert isinstance(choice, QComboBox)
    choice.showPopup()
    return choice.view()


def menu(top: QMainWindow) -> QWidget:
    made = QMenu(top)
    made.addAction("Copy")
    made.popup(QPoint(5, 5))
    return made


def alone(_top: QMainWindow) -> QWidget:
    made = Dialog(None, "Conduit cannot open its data")
    made.show()
    return made


def above(top: QMainWindow) -> QWidget:
    made = Dialog(top, "Sure?")
    made.show()
    return made


def tray(top: QMainWindow) -> QWidget:
    return Tray(top)._menu


def tip(top: QMainWindow) -> QWidget:
    QToolTip.showText(QPoint(5, 5), "What it is", top.centralWidget())
    app = Application.instance()
    assert isinstance(app, Application)
    return next(each for each in app.topLevelWidgets() if each.metaObject().className() == "QTipLabel")


def ground(widget: QWidget) -> QColor:
    """The colour at the left, in the middle: no text and no border is there."""
    return widget.grab().toImage().pixelColor(3, widget.height() // 2)


@pytest.mark.parametrize("bring_up", [offered, unfolded, menu, tray, tip])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_comes_up_over_a_window_has_its_look(
    top: QMainWindow, bring_up: Callable[[QMainWindow], QWidget], scheme: str
) -> None:
    theme.current().set_mode(scheme)
    assert ground(bring_up(top)) == QColor(theme.current().hex("overlay"))


@pytest.mark.parametrize("bring_up", [alone, above])
def test_dialogs_are_dressed_with_and_without_a_window(
    top: QMainWindow, bring_up: Callable[[QMainWindow], QWidget]
) -> None:
    dialog = bring_up(top)
    assert ground(dialog) == QColor(theme.current().hex("surface"))
    dialog.deleteLater()


@pytest.mark.parametrize("bring_up", [offered, menu, alone, above, tray])
def test_what_was_made_before_follows_the_theme(top: QMainWindow, bring_up: Callable[[QMainWindow], QWidget]) -> None:
    made = bring_up(top)
    before = ground(made)
    theme.current().set_mode("dark")
    assert ground(made).lightness() < before.lightness()
    if bring_up is alone:
        made.deleteLater()
