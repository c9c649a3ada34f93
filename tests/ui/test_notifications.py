"""The notifications pane over the real service."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.main_window import MainWindow
from conduit_desktop.ui.panes.notifications import NotificationsPane
from tests.ui.eventually import until


async def shown(window: MainWindow) -> NotificationsPane:
    window.go("notifications")
    pane = window.pane("notifications")
    assert isinstance(pane, NotificationsPane)
    await until(lambda: len(pane.rows))
    return pane


async def test_lists_newest_first_with_severity_in_words(window: MainWindow) -> None:
    pane = await shown(window)
    first = pane.rows.index(0, 0).data(), pane.rows.index(0, 1).data()
    assert first == ("Warning", "Key editor has used 82 % of its budget")
    assert "smart fell back to OpenRouter (×2)" in [pane.rows.index(row, 1).data() for row in range(len(pane.rows))]


async def test_choosing_by_keyboard_shows_details_and_marks_read(window: MainWindow, service: GatewayService) -> None:
    pane = await shown(window)
    unread = await service.unread()
    QTest.keyClick(pane.table.view, Qt.Key.Key_Down)
    assert pane.detail.isVisible()
    await until(lambda: pane.rows.record(0).read)
    assert await service.unread() == unread - 1
    assert pane.table.current.id == pane.rows.record(0).id
    await until(lambda: window.navigation.buttons["notifications"].badge == unread - 1)


async def test_mark_all_as_read_empties_the_badge(window: MainWindow) -> None:
    window.standing.refresh()
    pane = await shown(window)
    await until(lambda: window.navigation.buttons["notifications"].badge > 0)
    next(command for command in pane.commands() if "Mark all" in command.title).run()
    await until(lambda: window.navigation.buttons["notifications"].badge == 0)
    assert all(notification.read for notification in pane.rows.records)


async def test_deleting_all_leaves_the_empty_state(window: MainWindow) -> None:
    pane = await shown(window)
    menu = QMenu()
    pane._fill_menu(menu, list(pane.rows.records))
    next(action for action in menu.actions() if action.text() == "Delete").trigger()
    await until(lambda: not len(pane.rows))
    assert not pane.table.view.isVisible()
    assert not pane.detail.isVisible()
