"""The frame of the window: header, navigation, palette, banners, theme, toasts, by keyboard and for screen readers."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QGuiApplication, QPalette
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from conduit_desktop.bus import GatewayChanged
from conduit_desktop.errors import ConfigurationError
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui import theme
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.main_window import MainWindow
from conduit_desktop.ui.panes import PANES, PaneRow
from conduit_desktop.ui.widgets.sheet import Sheet
from conduit_desktop.ui.widgets.split import DetailPanel
from tests.ui.accessible import focusable, unnamed
from tests.ui.conftest import Strays
from tests.ui.eventually import until

CONTROL = Qt.KeyboardModifier.ControlModifier


async def test_header_follows_the_gateway(window: MainWindow, service: GatewayService) -> None:
    window.standing.refresh()
    assert window.header.state.word == "Stopped"
    QTest.mouseClick(window.header.power, Qt.MouseButton.LeftButton)
    await until(lambda: window.header.state.word == "Running")
    QTest.mouseClick(window.header.copy_button, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == service.status.base_url
    assert window.header.copy_button.accessibleName() == "Copied"
    QTest.mouseClick(window.header.power, Qt.MouseButton.LeftButton)
    await until(lambda: window.header.state.word == "Stopped")
    assert "stopped" in window.toasts.toasts[-1].text


async def test_copy_menu_has_a_form_for_each_kind_of_tool(window: MainWindow, service: GatewayService) -> None:
    await service.start()
    await until(lambda: window.header.copy_menu.isVisible())
    QTest.mouseClick(window.header.copy_menu, Qt.MouseButton.LeftButton)
    menu = window.header.findChild(QMenu)
    assert menu is not None
    entries = dict(action.text().split("\t") for action in menu.actions())
    base = service.status.base_url
    assert entries["OpenAI tools"] == f"{base}/v1"
    assert entries["Anthropic tools"].startswith(base)
    assert entries["Cohere tools"] == f"{base}/cohere"
    menu.actions()[0].trigger()
    menu.close()
    assert QGuiApplication.clipboard().text() == f"{base}/v1"


async def test_every_pane_opens_and_names_what_can_be_focused(window: MainWindow) -> None:
    for entry in PANES:
        window.go(entry.key)
        assert window.current_key == entry.key
        assert unnamed(window) == []
        assert window.navigation.buttons[entry.key].isChecked()


async def test_no_pane_flashes_a_window_of_its_own(window: MainWindow, strays: Strays) -> None:
    for entry in PANES:
        window.go(entry.key)
        await asyncio.sleep(0.05)
    window.open_palette()
    window.toasts.show("Saved", "success")
    Sheet(window, "New key", "Create key", "For one tool.").open()
    assert strays.seen == []


async def test_tab_reaches_navigation_header_and_pane(window: MainWindow) -> None:
    window.go("notifications")
    window.activateWindow()
    await until(window.isActiveWindow)
    seen = set()
    window.header.power.setFocus()
    for _ in range(len(focusable(window)) + 2):
        now = QApplication.focusWidget()
        assert now is not None
        seen.add(now)
        QTest.keyClick(now, Qt.Key.Key_Tab)
    assert {window.navigation.search, window.navigation.buttons["notifications"], window.header.power} <= seen


async def test_shortcut_goes_to_a_pane(window: MainWindow) -> None:
    window.activateWindow()
    QTest.keyClick(window, Qt.Key.Key_8, CONTROL)
    await until(lambda: window.current_key == "notifications")


async def test_palette_finds_and_runs_by_keyboard(window: MainWindow) -> None:
    window.go("notifications")
    window.activateWindow()
    QTest.keyClick(window, Qt.Key.Key_K, CONTROL)
    palette = window.palette_box
    assert palette.isVisible()
    assert QApplication.focusWidget() is palette.field
    QTest.keyClicks(palette.field, "theme da")
    assert palette.list.currentIndex().data() == "Theme: Dark"
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    assert palette.isHidden()
    assert theme.current().scheme == "dark"


async def test_palette_closes_on_escape_and_gives_the_focus_back(window: MainWindow) -> None:
    window.go("notifications")
    before = QApplication.focusWidget()
    window.open_palette()
    QTest.keyClicks(window.palette_box.field, "no such command at all")
    assert not window.palette_box.list.isVisible()
    QTest.keyClick(window.palette_box.field, Qt.Key.Key_Escape)
    assert window.palette_box.isHidden()
    assert QApplication.focusWidget() is before


async def test_theme_switches_live_and_comes_from_the_settings(window: MainWindow, service: GatewayService) -> None:
    window.standing.refresh()
    light = QApplication.palette().color(QPalette.ColorRole.Window)
    before = window.grab().toImage().pixelColor(300, 400)
    await service.set_setting("theme", "dark")
    await until(lambda: theme.current().scheme == "dark")
    assert QApplication.palette().color(QPalette.ColorRole.Window) != light
    assert window.grab().toImage().pixelColor(300, 400).lightness() < before.lightness()


async def test_text_size_grows_what_is_read(window: MainWindow, service: GatewayService) -> None:
    window.go("notifications")
    before = window.header.power.sizeHint().width()
    await service.set_setting("text_size", "larger")
    await until(lambda: window.header.power.sizeHint().width() > before)


async def test_capture_shows_a_standing_banner_until_it_is_turned_off(
    window: MainWindow, service: GatewayService
) -> None:
    window.standing.refresh()
    await service.set_setting("capture", True)
    await until(lambda: "Capture is on" in window.banners.text("capture"))
    banner = window.banners._shown["capture"]
    QTest.mouseClick(banner.button, Qt.MouseButton.LeftButton)
    await until(lambda: not window.banners.text("capture"))
    assert (await service.settings())["capture"] is False


async def test_a_moved_port_can_be_dismissed_and_comes_back_when_it_moves_again(window: MainWindow) -> None:
    window.banners.set("port", "info", "On 7879", dismissable=True)
    window.banners._shown["port"].dismissed.emit()
    window.banners.set("port", "info", "On 7879", dismissable=True)
    assert window.banners.text("port") == ""
    window.banners.set("port", "info", "On 7880", dismissable=True)
    assert window.banners.text("port") == "On 7880"


async def test_a_failed_start_says_why(window: MainWindow, service: GatewayService, bridge: Bridge) -> None:
    service._status = type(service.status)(state="failed", detail="This home is served already.")
    service.bus.publish(GatewayChanged("failed", "", "This home is served already."))
    await until(lambda: window.banners.text("gateway"))
    assert window.banners.text("gateway") == "This home is served already."
    assert window.header.state.word == "Failed"


async def test_errors_become_toasts_and_the_same_one_is_shown_once(window: MainWindow, bridge: Bridge) -> None:
    async def fail() -> None:
        raise ConfigurationError("The name is taken.", hint="Choose another.")

    for _ in range(2):
        bridge.run(fail())
        await until(lambda: window.toasts.toasts)
    assert [toast.text for toast in window.toasts.toasts] == ["The name is taken. Choose another."]
    assert window.toasts.toasts[0].accessibleName().startswith("error: ")


async def test_sidebar_folds_to_icons(window: MainWindow) -> None:
    window.activateWindow()
    wide = window.navigation.width()
    QTest.keyClick(window, Qt.Key.Key_B, CONTROL)
    assert window.navigation.width() < wide
    assert window.navigation.buttons["notifications"].toolTip().startswith("Notifications")


async def test_closing_asks_and_does_not_close(window: MainWindow) -> None:
    asked: list[bool] = []
    window.close_wanted.connect(lambda: asked.append(True))
    assert not window.close()
    assert asked
    assert window.isVisible()


async def test_arrows_walk_the_navigation_and_enter_goes_in(
    app: QApplication, service: GatewayService, bridge: Bridge
) -> None:
    row = PaneRow("one", "One", "bell", "Ctrl+1", "notifications:NotificationsPane")
    made = MainWindow(service, bridge, (row, replace(row, key="two", title="Two", shortcut="Ctrl+2")))
    made.show()
    made.activateWindow()
    await until(made.isActiveWindow)
    made.go("one")
    one, two = made.navigation.buttons["one"], made.navigation.buttons["two"]
    one.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(one, Qt.Key.Key_Down)
    assert made.current_key == "two"
    assert QApplication.focusWidget() is two
    QTest.keyClick(two, Qt.Key.Key_Space)
    focused = QApplication.focusWidget()
    assert focused is not None
    assert made.pane("two").isAncestorOf(focused)
    made.hide()
    made.deleteLater()


async def test_shortcuts_wait_while_a_sheet_is_open(window: MainWindow) -> None:
    window.go("notifications")
    window.activateWindow()
    sheet = Sheet(window, "New key", "Create key")
    sheet.open()
    QTest.keyClick(window, Qt.Key.Key_K, CONTROL)
    assert window.palette_box.isHidden()
    sheet.cancel()
    QTest.keyClick(window, Qt.Key.Key_K, CONTROL)
    assert window.palette_box.isVisible()


async def test_zooming_by_keyboard_is_remembered(window: MainWindow, service: GatewayService) -> None:
    window.activateWindow()
    QTest.keyClick(window, Qt.Key.Key_Plus, CONTROL)
    assert theme.current().text_size == "large"

    async def stored() -> str:
        return str((await service.settings())["text_size"])

    while await stored() != "large":
        await asyncio.sleep(0.01)
    QTest.keyClick(window, Qt.Key.Key_0, CONTROL)
    assert theme.current().text_size == "normal"


async def test_tab_goes_down_every_pane(window: MainWindow) -> None:
    """Never from something to what stands above it, save into the next column."""
    for entry in PANES:
        window.go(entry.key)
        pane: Any = window.pane(entry.key)
        await until(lambda pane=pane: getattr(pane, "whole", True))
        await asyncio.sleep(0.2)  # what it fetched is shown
        inside, now = set(focusable(pane)), window.header.power.nextInFocusChain()
        order = []
        while now is not window.header.power:
            order += [now] if now in inside else []
            now = now.nextInFocusChain()
        places = [QRect(part.mapTo(pane, QPoint(0, 0)), part.size()) for part in order]
        back = [
            f"{one.accessibleName()} ({type(one).__name__}) to {other.accessibleName()} ({type(other).__name__})"
            for (one, here), (other, there) in itertools.pairwise(zip(order, places, strict=True))
            if there.bottom() < here.top() and there.left() < here.right()
        ]
        assert (entry.key, back) == (entry.key, [])


@pytest.mark.parametrize("key", ["requests", "providers", "models", "keys", "notifications"])
async def test_escape_closes_details_and_the_table_has_the_keyboard(window: MainWindow, key: str) -> None:
    """From within them and from the table; Home chooses the first line again."""
    window.go(key)
    window.activateWindow()
    pane: Any = window.pane(key)
    await until(lambda: len(pane.table.rows))

    def details() -> DetailPanel | None:
        return next((panel for panel in pane.findChildren(DetailPanel) if panel.isVisible()), None)

    for within in (True, False):
        QTest.keyClick(pane.table.view, Qt.Key.Key_Home)
        await until(details)
        assert pane.table.view.currentIndex().row() == 0
        start: Any = focusable(details())[0] if within else pane.table.view
        start.setFocus()
        QTest.keyClick(start, Qt.Key.Key_Escape)
        await until(lambda: details() is None)
        assert QApplication.focusWidget() is pane.table.view
