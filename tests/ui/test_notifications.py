"""The notifications pane over the real service, and what comes up elsewhere of what is told."""

from __future__ import annotations

import time
from dataclasses import replace

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QMenu, QPushButton

from conduit_desktop.bus import Notified
from conduit_desktop.records import Notification, Severity, Telling
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.main_window import MainWindow
from conduit_desktop.ui.panes.notifications import NotificationsPane
from conduit_desktop.ui.panes.notifications_raise import RaiseSheet
from tests.ui.accessible import unnamed
from tests.ui.eventually import until

USD = 10**12


async def shown(window: MainWindow) -> NotificationsPane:
    window.go("notifications")
    pane = window.pane("notifications")
    assert isinstance(pane, NotificationsPane)
    await until(lambda: len(pane.rows))
    return pane


def titles(pane: NotificationsPane) -> list[str]:
    return [str(pane.rows.index(row, 1).data()) for row in range(len(pane.rows))]


async def choose(pane: NotificationsPane, subject: str) -> Notification:
    found = next(each for each in pane.rows.records if each.subject == subject)
    assert pane.table.select(found.id)
    await until(lambda: pane.detail.isVisible())
    return found


def badge(window: MainWindow) -> int:
    return window.navigation.buttons["notifications"].badge


# ---------------------------------------------------------------- the list


async def test_lists_newest_first_with_severity_in_words(window: MainWindow) -> None:
    pane = await shown(window)
    first = pane.rows.index(0, 0).data(), pane.rows.index(0, 1).data()
    assert first == ("Warning", "editor has used 80 % of its budget")
    assert "OpenRouter took over for smart (×2)" in titles(pane)


async def test_choosing_by_keyboard_shows_details_and_marks_read(window: MainWindow, service: GatewayService) -> None:
    pane = await shown(window)
    unread = await service.unread()
    QTest.keyClick(pane.table.view, Qt.Key.Key_Down)
    assert pane.detail.isVisible()
    assert pane.rows.record(0).read
    assert pane.table.current.id == pane.rows.record(0).id
    await until(lambda: badge(window) == unread - 1)
    assert await service.unread() == unread - 1


async def test_one_that_is_marked_unread_stays_so_while_it_is_shown(
    window: MainWindow, service: GatewayService
) -> None:
    pane = await shown(window)
    await choose(pane, "budget:editor")
    await until(lambda: badge(window) == 3)
    QTest.keyClick(pane.table.view, Qt.Key.Key_U)
    await until(lambda: badge(window) == 4)
    pane.load()
    await until(lambda: not pane.rows.record(0).read)
    assert await service.unread() == 4
    QTest.keyClick(pane.table.view, Qt.Key.Key_U)
    await until(lambda: badge(window) == 3)


async def test_mark_all_as_read_empties_the_badge(window: MainWindow) -> None:
    window.standing.refresh()
    pane = await shown(window)
    await until(lambda: badge(window) > 0)
    next(command for command in pane.commands() if "Mark all" in command.title).run()
    await until(lambda: badge(window) == 0)
    assert all(notification.read for notification in pane.rows.records)
    assert not pane.all_read.isEnabled()


async def test_chips_and_search_narrow_down_and_clear(window: MainWindow) -> None:
    pane = await shown(window)
    every = len(pane.rows)
    QTest.mouseClick(pane.filters.chips.chip("error"), Qt.MouseButton.LeftButton)
    assert titles(pane) == ["Ollama on this machine does not answer"]
    QTest.mouseClick(pane.filters.chips.chip("warning"), Qt.MouseButton.LeftButton)  # of a sort: one or the other
    QTest.mouseClick(pane.filters.chips.chip("providers"), Qt.MouseButton.LeftButton)  # and of these
    assert titles(pane) == ["Ollama on this machine does not answer", "OpenRouter took over for smart (×2)"]
    QTest.keyClicks(pane.filters.search, "ANTHROPIC side")
    QTest.keyClick(pane.filters.search, Qt.Key.Key_Return)
    assert titles(pane) == ["OpenRouter took over for smart (×2)"]
    QTest.keyClicks(pane.filters.search, " nowhere")
    QTest.keyClick(pane.filters.search, Qt.Key.Key_Return)
    assert not pane.table.view.isVisible()
    QTest.mouseClick(pane.filters.clear_button, Qt.MouseButton.LeftButton)
    assert len(pane.rows) == every


async def test_an_unread_filter_does_not_take_away_what_is_being_read(window: MainWindow) -> None:
    pane = await shown(window)
    pane.filters.choose("unread")
    await choose(pane, "down:local")
    await until(lambda: pane.detail.notification is not None and pane.detail.notification.read)
    pane._filter()
    assert "Ollama on this machine does not answer" in titles(pane)
    assert pane.detail.isVisible()


async def test_deleting_by_key_and_all_leaves_the_empty_state(window: MainWindow) -> None:
    pane = await shown(window)
    await choose(pane, "failover:smart")
    QTest.keyClick(pane.table.view, Qt.Key.Key_Delete)
    assert "OpenRouter took over for smart (×2)" not in titles(pane)
    menu = QMenu()
    pane._fill_menu(menu, list(pane.rows.records))
    next(action for action in menu.actions() if action.text() == "Delete").trigger()
    await until(lambda: not len(pane.rows))
    pane.load()
    await until(lambda: badge(window) == 0)
    assert not len(pane.rows)
    assert not pane.table.view.isVisible()
    assert not pane.detail.isVisible()
    assert not pane.filters.isVisible()


async def test_removing_what_was_read_asks_first(window: MainWindow, service: GatewayService) -> None:
    pane = await shown(window)
    QTest.mouseClick(pane.remove_read, Qt.MouseButton.LeftButton)
    await until(lambda: window.findChild(QDialog))
    dialog = window.findChild(QDialog)
    assert dialog is not None
    buttons = {button.text(): button for button in dialog.findChildren(QPushButton)}
    QTest.mouseClick(buttons["Remove"], Qt.MouseButton.LeftButton)
    await until(lambda: len(pane.rows) == 4)
    assert [each.read for each in await service.notifying.list()] == [False] * 4


async def test_ten_thousand_are_listed_and_filtered(window: MainWindow, service: GatewayService) -> None:
    now = time.time()
    many = [(f"id{at}", "refused", f"s{at}", "warning", f"n{at}", "x", now - at, now - at, 1, 0) for at in range(9_990)]

    def fill() -> None:
        with service._store.notifications._activity.writing() as connection:
            names = "id, kind, subject, severity, title, text, created, updated, count, read"
            connection.executemany(f"INSERT INTO notification ({names}) VALUES ({', '.join('?' * 10)})", many)

    await service.run(fill)
    pane = await shown(window)
    assert len(pane.rows) == 9_996
    pane.filters.search.setText("n4711")
    QTest.keyClick(pane.filters.search, Qt.Key.Key_Return)
    assert titles(pane) == ["n4711"]
    pane.filters.clear()
    await choose(pane, "s9000")
    await until(lambda: badge(window) > 9000)


# ---------------------------------------------------------------- buttons


async def test_enter_goes_to_the_button_and_raising_a_budget_is_shown_in_place(
    window: MainWindow, service: GatewayService
) -> None:
    pane = await shown(window)
    await choose(pane, "budget:editor")
    assert [button.text() for button in pane.detail.buttons if button.isVisible()] == ["Raise budget…", "Show key"]
    QTest.keyClick(pane.table.view, Qt.Key.Key_Return)
    assert QApplication.focusWidget() is pane.detail.first
    QTest.keyClick(pane.detail.buttons[0], Qt.Key.Key_Space)
    await until(lambda: window.findChild(RaiseSheet))
    sheet = window.findChild(RaiseSheet)
    assert sheet is not None
    await until(lambda: sheet.isVisible())
    assert sheet.field.text() == "7.50"
    assert sheet.field.hasFocus()
    for wrong in ("4", "x", ""):
        sheet.field.setText(wrong)
        QTest.keyClick(sheet.field, Qt.Key.Key_Return)
        assert sheet.row.error
    sheet.field.setText("12")
    QTest.keyClick(sheet.field, Qt.Key.Key_Return)
    await until(lambda: pane.detail.result.isVisible())
    assert pane.detail.result.text() == "The budget of editor is $12.00 now."
    key = next(view.key for view in await service.configuring.keys() if view.key.id == "editor")
    assert key.budget == 12 * USD
    await until(lambda: not pane.detail.offered)  # it is settled
    assert pane.detail.result.isVisible()


async def test_a_test_of_a_provider_is_shown_in_place(window: MainWindow) -> None:
    pane = await shown(window)
    await choose(pane, "down:local")
    QTest.mouseClick(pane.detail.buttons[0], Qt.MouseButton.LeftButton)
    await until(lambda: pane.detail.result.isVisible())
    assert "127.0.0.1:11434" in pane.detail.result.text()
    assert pane.detail.buttons[0].isEnabled()
    await choose(pane, "budget:editor")
    assert not pane.detail.result.isVisible()


async def test_extending_a_key(window: MainWindow, service: GatewayService) -> None:
    pane = await shown(window)
    before = next(view.key for view in await service.configuring.keys() if view.key.id == "ci").expires
    await choose(pane, "expiry:ci")
    QTest.mouseClick(pane.detail.buttons[0], Qt.MouseButton.LeftButton)
    await until(lambda: pane.detail.result.isVisible())
    after = next(view.key for view in await service.configuring.keys() if view.key.id == "ci").expires
    assert before is not None
    assert after is not None
    assert after - before == 30 * 86400


async def test_a_key_that_is_gone_is_said_in_place(window: MainWindow, service: GatewayService) -> None:
    pane = await shown(window)
    await choose(pane, "budget:editor")
    key = next(view.key for view in await service.configuring.keys() if view.key.id == "editor")
    await service.configuring.remove_key(key)
    QTest.mouseClick(pane.detail.buttons[0], Qt.MouseButton.LeftButton)
    await until(lambda: pane.detail.result.isVisible())
    assert "not there any more" in pane.detail.result.text()


async def test_buttons_that_show_something_go_there(window: MainWindow) -> None:
    pane = await shown(window)
    gone: list[tuple[str, object]] = []
    window.bridge.opened.disconnect(window.go)
    window.bridge.opened.connect(lambda key, argument: gone.append((key, argument)))
    for subject in ("failover:smart", "price:local/qwen3:14b", "summary:weekly"):
        await choose(pane, subject)
        number = len(gone)
        QTest.mouseClick(pane.detail.buttons[0], Qt.MouseButton.LeftButton)
        await until(lambda number=number: len(gone) > number)  # type: ignore[misc]
    await choose(pane, "budget:editor")
    QTest.mouseClick(pane.detail.buttons[1], Qt.MouseButton.LeftButton)
    assert [key for key, _ in gone] == ["requests", "models", "dashboard", "keys"]
    assert gone[1][1] == "local"
    assert gone[3][1] == "editor"


async def test_the_menu_offers_the_same(window: MainWindow) -> None:
    pane = await shown(window)
    chosen = await choose(pane, "budget:editor")
    menu = QMenu()
    pane._fill_menu(menu, [chosen])
    assert [each.text() for each in menu.actions() if not each.isSeparator()][:2] == ["Raise budget…", "Show key"]


# ---------------------------------------------------------------- what comes up by itself


def notification(severity: Severity = "error", **more: object) -> Notification:
    made = {"id": "new", "kind": "refused", "subject": "s", "title": "Something new", "text": "x", **more}
    return Notification(severity=severity, created=time.time(), updated=time.time(), **made)  # type: ignore[arg-type]


async def test_a_new_one_comes_to_the_top_and_keeps_what_is_chosen(window: MainWindow, service: GatewayService) -> None:
    pane = await shown(window)
    await choose(pane, "down:local")
    service.bus.publish(Notified(notification("info")))
    await until(lambda: titles(pane)[0] == "Something new")
    assert pane.table.current.subject == "down:local"
    assert pane.detail.isVisible()
    service.bus.publish(Notified(notification("error", id="", title="could not be stored")))
    service.bus.publish(Notified(notification("info", title="Something else")))
    await until(lambda: titles(pane)[0] == "Something else")
    assert "could not be stored" not in titles(pane)


async def test_toasts_for_errors_and_decisions_only_and_not_for_repetitions(
    window: MainWindow, service: GatewayService
) -> None:
    window.go("dashboard")
    for told in (
        notification("warning", subject="a", title="a warning"),
        notification("info", subject="b", title="some info"),
        notification("error", subject="c", title="an error"),
        notification("error", subject="c", title="an error"),
        notification("warning", subject="d", kind="budget_asked", title="a decision"),
    ):
        service.bus.publish(Notified(told))
    await until(lambda: len(window.toasts.toasts) == 2)
    assert [toast.text for toast in window.toasts.toasts] == ["an error", "a decision"]
    assert [toast.action.text() for toast in window.toasts.toasts] == ["Show", "Decide"]


async def test_a_toast_opens_its_notification(window: MainWindow, service: GatewayService) -> None:
    service.notifying.start()
    window.go("dashboard")
    asked = Telling(subject="q", kind="budget_asked", severity="warning", title="a decision", text="")
    service.notifying.tell(replace(asked, action="raise_budget"))
    await until(lambda: window.toasts.toasts)
    QTest.mouseClick(window.toasts.toasts[0].action, Qt.MouseButton.LeftButton)
    pane = window.pane("notifications")
    assert isinstance(pane, NotificationsPane)
    await until(lambda: pane.detail.isVisible())
    assert pane.detail.notification is not None
    assert pane.detail.notification.subject == "q"
    assert [button.text() for button in pane.detail.buttons if button.isVisible()] == ["Raise budget…", "Refuse"]


async def test_opened_with_one_it_clears_filters_that_hide_it(window: MainWindow) -> None:
    pane = await shown(window)
    wanted = next(each for each in pane.rows.records if each.subject == "expiry:ci")
    pane.filters.choose("error")
    window.go("notifications", wanted.id)
    await until(lambda: pane.detail.notification is not None and pane.detail.notification.id == wanted.id)
    assert pane.filters.chips.chosen == ()


async def test_everything_has_a_name(window: MainWindow) -> None:
    pane = await shown(window)
    for subject in ("budget:editor", "down:local"):
        await choose(pane, subject)
        assert unnamed(pane) == []
    window.resize(860, 560)
    assert unnamed(pane) == []  # the buttons of the head may be icons now


async def test_escape_closes_the_details(window: MainWindow) -> None:
    pane = await shown(window)
    await choose(pane, "budget:editor")
    pane.detail.buttons[0].setFocus()
    event = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(pane.detail, event)
    assert not pane.detail.isVisible()
