"""The smallest window with the largest text: all that is there to be used can be read and pressed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtWidgets import QLabel, QWidget

from conduit_desktop.records import VirtualKey
from conduit_desktop.ui import theme
from conduit_desktop.ui.dialogs.base import Dialog
from conduit_desktop.ui.main_window import SMALLEST, MainWindow
from conduit_desktop.ui.panes import PANES
from conduit_desktop.ui.panes.usage_asked import Asked
from conduit_desktop.ui.panes.usage_measures import MEASURES
from conduit_desktop.ui.panes.usage_reading import NearLimit
from conduit_desktop.ui.widgets.sheet import Sheet
from conduit_desktop.ui.widgets.split import DetailPanel, Tabs
from conduit_desktop.ui.widgets.text import ElidedLabel
from tests.ui.eventually import until
from tests.ui.whole import faults


@pytest.fixture
def small(window: MainWindow) -> Iterator[MainWindow]:
    theme.current().set_text_size("larger")
    window.resize(SMALLEST)
    yield window
    theme.current().set_text_size("normal")


async def settled(root: QWidget, where: object) -> None:
    """What is shown is whole once it is laid out."""
    with suppress(AssertionError):
        await until(lambda: not faults(root))
    assert (where, faults(root)) == (where, [])


async def test_every_pane_is_whole(small: MainWindow) -> None:
    await small.service.start()
    small.standing.refresh()
    await until(lambda: small.header.copy_menu.isVisible())
    for entry in PANES:
        small.go(entry.key)
        pane: Any = small.pane(entry.key)
        await until(lambda pane=pane: getattr(pane, "whole", True))
        await asyncio.sleep(0.1)  # what it fetched is laid out
        await settled(pane, entry.key)
    assert faults(small.header) == []
    assert small.header.findChild(ElidedLabel, "baseUrl").text() == small.service.status.base_url


@pytest.mark.parametrize("unfolded", [False, True])
@pytest.mark.parametrize("key", ["requests", "providers", "models", "keys", "notifications"])
async def test_every_panes_details_are_whole(small: MainWindow, key: str, unfolded: bool) -> None:
    """In all of their tabs, when banners take some of the height, and the navigation some of the width."""
    if unfolded:
        small.toggle_sidebar()
    small.banners.set("port", "info", "Port 7878 is taken by another program; the gateway uses 7879.", dismissable=True)
    small.banners.set("capture", "warning", "Capture is on: prompts and answers are written to disk.", "Turn off")
    small.go(key)
    pane: Any = small.pane(key)
    await until(lambda: len(pane.table.rows))
    pane.table.view.selectRow(0)
    await until(lambda: any(panel.isVisible() for panel in pane.findChildren(DetailPanel)))
    tabs = pane.findChild(Tabs)
    for at in range(tabs.count() if tabs is not None else 1):
        if tabs is not None:
            tabs.setCurrentIndex(at)
        await asyncio.sleep(0.2)
        await settled(pane, at)


async def test_a_notifications_title_is_shown_in_full(small: MainWindow) -> None:
    small.go("notifications")
    pane: Any = small.pane("notifications")
    await until(lambda: len(pane.table.rows))
    pane.table.view.selectRow(0)
    await until(lambda: pane.detail.isVisible())
    assert pane.detail.notification.title in [label.text() for label in pane.detail.findChildren(QLabel)]


async def test_usage_is_whole_whatever_it_shows(small: MainWindow) -> None:
    """Beside the whole navigation, and with a key of a long name near its limit."""
    small.toggle_sidebar()
    small.go("dashboard", Asked(range="30d", by="provider"))
    view: Any = small.pane("dashboard").usage  # type: ignore[attr-defined]
    long = VirtualKey(id="k", name="the group's weekly literature review", digest="", last4="", budget=5 * 10**12)
    for measure in MEASURES:
        view.ask(replace(view.asked, measure=measure.key, compare=True))
        await until(lambda: view.look is not None and view.look.seen.asked == view.asked and not view._reading)
        view.near.show_near([NearLimit(long, 1, 0.92), NearLimit(long, 1, 0.91)])
        await asyncio.sleep(0.05)
        await settled(small.pane("dashboard"), measure.key)


async def test_a_dialogs_text_is_whole_however_long(small: MainWindow) -> None:
    few = Dialog(small, "Delete provider OpenAI?", "Models that use it lose 3 deployments. It cannot be taken back.")
    many = Dialog(small, "Remove OpenAI?", "\n".join(f"fast → OpenAI/gpt-{at}" for at in range(200)))
    for dialog in (few, many):
        dialog.add_button("Delete", "danger")
        dialog.open()
        assert faults(dialog) == []
        dialog.close()
    assert many.height() < many.screen().size().height()


async def test_a_sheet_is_as_much_wider_as_its_text(small: MainWindow) -> None:
    sheet = Sheet(small, "New key", "Create key", width=460)
    sheet.open()
    assert sheet._panel.width() == theme.current().px(460) > 460
    sheet.set_head("Key made")
    assert sheet.accessibleName() == "Key made"
    sheet.finish()


async def test_the_navigation_folds_while_there_is_little_room(small: MainWindow) -> None:
    """By hand it comes back, and what was chosen with room holds again with room."""
    assert small.navigation.folded
    small.toggle_sidebar()
    assert not small.navigation.folded
    small.resize(SMALLEST.width() + 10, SMALLEST.height())
    assert not small.navigation.folded
    small.resize(1240, 800)
    assert not small.navigation.folded
    small.resize(SMALLEST)
    assert small.navigation.folded
    theme.current().set_text_size("normal")
    assert not small.navigation.folded
    small.toggle_sidebar()
    theme.current().set_text_size("larger")
    small.resize(1240, 800)
    assert small.navigation.folded
