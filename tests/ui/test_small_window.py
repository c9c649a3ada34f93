"""The smallest window with the largest text: all that is there to be used can be read and pressed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QComboBox, QPushButton, QScrollArea, QStyle, QStyleOptionComboBox, QTabBar, QWidget

from conduit_desktop.ui import theme
from conduit_desktop.ui.main_window import SMALLEST, MainWindow
from conduit_desktop.ui.panes import PANES
from conduit_desktop.ui.widgets.inputs import Choice, Switch
from conduit_desktop.ui.widgets.split import DetailPanel
from conduit_desktop.ui.widgets.status import Badge
from conduit_desktop.ui.widgets.text import ElidedLabel
from tests.ui.accessible import focusable
from tests.ui.eventually import until


@pytest.fixture
def small(window: MainWindow) -> Iterator[MainWindow]:
    theme.current().set_text_size("larger")
    window.resize(SMALLEST)
    yield window
    theme.current().set_text_size("normal")


def cut(root: QWidget) -> list[str]:
    """What shows less of its words than it has."""
    found = []
    for part in root.findChildren(QWidget):
        if not part.isVisibleTo(root):
            continue
        words = isinstance(part, Badge | Switch) or (isinstance(part, QPushButton) and part.text())
        if words and part.width() < part.sizeHint().width():
            found.append(f"{type(part).__name__} {part.accessibleName()}")
        if isinstance(part, Choice) and not part.value:
            wide = part.fontMetrics().horizontalAdvance(part.currentText())
            found += [f"Choice {part.currentText()}"] if wide > room(part) else []
    return found


def room(choice: QComboBox) -> int:
    option = QStyleOptionComboBox()
    choice.initStyleOption(option)
    part = QStyle.SubControl.SC_ComboBoxEditField
    return choice.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, part, choice).width()


def over_each_other(root: QWidget) -> list[str]:
    """What can be used and lies over another such thing."""
    used = [part for part in focusable(root) if not isinstance(part.parentWidget(), QTabBar)]  # its arrows lie over it
    parts = [(part, QRect(part.mapTo(root, QPoint(0, 0)), part.size())) for part in used]
    return [
        f"{type(one).__name__} {one.accessibleName()} and {type(other).__name__} {other.accessibleName()}"
        for (one, here), (other, there) in combinations(parts, 2)
        if here.intersects(there) and not one.isAncestorOf(other) and not other.isAncestorOf(one)
    ]


def too_wide(root: QWidget) -> list[str]:
    """Pages that are wider than the place in which they are scrolled up and down."""
    areas = [area for area in root.findChildren(QScrollArea) if area.isVisibleTo(root) and area.widgetResizable()]
    return [type(area.widget()).__name__ for area in areas if area.widget().width() > area.viewport().width()]


def faults(root: QWidget) -> list[str]:
    return cut(root) + over_each_other(root)


async def test_every_pane_is_whole(small: MainWindow) -> None:
    await small.service.start()
    small.standing.refresh()
    await until(lambda: small.header.copy_menu.isVisible())
    for entry in PANES:
        small.go(entry.key)
        pane: Any = small.pane(entry.key)
        await until(lambda pane=pane: getattr(pane, "whole", True))
        await asyncio.sleep(0.1)  # what it fetched is laid out
        assert (entry.key, faults(pane)) == (entry.key, [])
    assert faults(small.header) == []
    assert small.header.findChild(ElidedLabel, "baseUrl").text() == small.service.status.base_url


@pytest.mark.parametrize("key", ["requests", "providers", "models", "keys", "notifications"])
async def test_every_panes_details_are_whole(small: MainWindow, key: str) -> None:
    small.go(key)
    pane: Any = small.pane(key)
    await until(lambda: len(pane.table.rows))
    pane.table.view.selectRow(0)
    await until(lambda: any(panel.isVisible() for panel in pane.findChildren(DetailPanel)))
    await asyncio.sleep(0.1)
    assert faults(pane) == []
    assert too_wide(pane) == []


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
