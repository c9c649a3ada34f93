"""Work cut into turns: each part is painted in one of its own, and none is left unpainted, however it ends."""

from __future__ import annotations

import asyncio

import pytest
import shiboken6
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget

from conduit_desktop.tasks import spawn
from conduit_desktop.ui.turns import in_turns
from tests.ui.eventually import until


class Part(QWidget):
    """Notes that it was painted."""

    def __init__(self, name: str, said: list[str], parent: QWidget) -> None:
        super().__init__(parent)
        self.name, self._said = name, said
        self.setGeometry(len(said), 0, 40, 40)

    def paintEvent(self, event: QPaintEvent) -> None:
        self._said.append(self.name)


class Place:
    """A window with three parts, each of them painted once already."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.window = QWidget()
        self.window.resize(200, 60)
        self.parts = [Part(name, self.said, self.window) for name in ("first", "second", "third")]
        for at, part in enumerate(self.parts):
            part.setGeometry(at * 50, 0, 40, 40)

    async def show(self) -> None:
        self.window.show()
        await until(lambda: len(set(self.said)) == 3)
        self.said.clear()

    def change(self) -> None:
        self.said.append("changed")
        for part in self.parts:
            part.update()


async def test_what_was_changed_is_painted_part_by_part(qapp: QApplication) -> None:
    place = Place()
    await place.show()
    _, second, third = place.parts
    await in_turns((place.change,), (third, second))
    await until(lambda: "second" in place.said)
    assert place.said == ["changed", "first", "third", "second"]  # in one go it would be one after the other
    place.window.close()


async def test_what_is_given_up_halfway_is_painted_still(qapp: QApplication) -> None:
    place = Place()
    await place.show()
    showing = spawn(in_turns((place.change, place.change), place.parts), "showing")
    await asyncio.sleep(0)
    showing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await showing
    assert all(part.updatesEnabled() for part in place.parts)
    await until(lambda: set(place.said) > {"first", "second", "third"})
    place.window.close()


async def test_a_step_that_fails_leaves_all_of_it_alive(qapp: QApplication) -> None:
    place = Place()
    await place.show()
    with pytest.raises(ZeroDivisionError):
        await in_turns((lambda: 1 // 0,), place.parts)
    assert all(part.updatesEnabled() for part in place.parts)
    place.window.close()


async def test_a_part_may_be_gone_before_its_turn(qapp: QApplication) -> None:
    place = Place()
    await place.show()
    await in_turns((lambda: shiboken6.delete(place.parts[2]),), place.parts)
    assert all(part.updatesEnabled() for part in place.parts[:2])
    place.window.close()
