"""Steps that the tests of the keys pane share."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QApplication, QLabel, QWidget

from conduit_desktop.runtime.keys import KeyView
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.dialogs.base import Dialog
from conduit_desktop.ui.main_window import MainWindow
from conduit_desktop.ui.panes.keys import KeysPane
from conduit_desktop.ui.panes.keys_columns import KeyRow
from conduit_desktop.ui.widgets.buttons import Button
from tests.ui.eventually import until

USD = 10**12


async def shown(window: MainWindow) -> KeysPane:
    window.go("keys")
    pane = window.pane("keys")
    assert isinstance(pane, KeysPane)
    await until(lambda: len(pane.rows))
    return pane


def sheet_of(window: MainWindow, kind: type[QWidget]) -> Any:
    return next((sheet for sheet in window.findChildren(kind) if sheet.isVisible()), None)


async def opened(window: MainWindow, kind: type[QWidget]) -> Any:
    await until(lambda: sheet_of(window, kind), f"a {kind.__name__}")
    return sheet_of(window, kind)


async def stored(service: GatewayService, name: str) -> KeyView:
    return next(view for view in await service.configuring.keys() if view.key.name == name)


def focused() -> QWidget:
    widget = QApplication.focusWidget()
    assert widget is not None
    return widget


def press(button: str, within: QWidget) -> None:
    next(each for each in within.findChildren(Button) if each.text() == button and each.isVisible()).click()


async def answer(window: MainWindow, button: str) -> None:
    await until(lambda: any(dialog.isVisible() for dialog in window.findChildren(Dialog)), "a question")
    press(button, next(dialog for dialog in window.findChildren(Dialog) if dialog.isVisible()))


def texts(root: QWidget) -> str:
    """Everything that a screen reader or a screenshot would give away."""
    widgets = [root, *root.findChildren(QWidget)]
    labels = [label.text() for label in root.findChildren(QLabel)]
    return "\n".join([*labels, *(f"{w.accessibleName()} {w.accessibleDescription()} {w.toolTip()}" for w in widgets)])


def row_of(pane: KeysPane, name: str) -> KeyRow:
    return next(row for row in pane.rows.records if row.name == name)


def question(window: MainWindow) -> Any:
    return next((dialog for dialog in window.findChildren(Dialog) if dialog.isVisible()), None)
