"""The crossing: notices in batches on the Qt thread, work in tasks that end with their owner."""

from __future__ import annotations

import asyncio
import threading

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication

from conduit_desktop.bus import Bus, ConfigurationChanged, ExchangeFinished, ExchangeStarted
from conduit_desktop.errors import VaultError
from conduit_desktop.records import Exchange
from conduit_desktop.ui.bridge import BUSY_TICK, TICK, Bridge
from tests.ui.eventually import until


def exchange(number: int) -> Exchange:
    return Exchange(id=f"req_{number}", started=0.0, dialect="openai-chat", endpoint="chat", method="POST", path="/v1")


@pytest.fixture
async def crossing(app: QApplication) -> tuple[Bus, Bridge]:
    bus = Bus()
    return bus, Bridge(bus)


async def test_notices_of_another_thread_come_in_batches_on_this_one(crossing: tuple[Bus, Bridge]) -> None:
    bus, bridge = crossing
    batches: list[list[Exchange]] = []
    threads: set[str] = set()
    changes: list[bool] = []
    bridge.exchange_finished.connect(
        lambda batch: (batches.append(batch), threads.add(threading.current_thread().name))
    )
    bridge.configuration_changed.connect(lambda: changes.append(True))

    def publish() -> None:
        for number in range(50):
            bus.publish(ExchangeStarted(exchange(number)))
            bus.publish(ExchangeFinished(exchange(number)))
            bus.publish(ConfigurationChanged())

    thread = threading.Thread(target=publish)
    thread.start()
    thread.join()
    await until(lambda: batches)
    assert [e.id for batch in batches for e in batch] == [f"req_{number}" for number in range(50)]
    assert len(batches) == len(changes) == 1
    assert threads == {threading.main_thread().name}
    bridge.close()


async def test_much_to_tell_comes_in_larger_batches(crossing: tuple[Bus, Bridge]) -> None:
    bus, bridge = crossing
    batches: list[int] = []
    bridge.exchange_finished.connect(lambda batch: batches.append(len(batch)))
    for waiting, tick in ((5, TICK), (21, BUSY_TICK), (21 * BUSY_TICK // TICK, BUSY_TICK), (5, TICK), (0, TICK)):
        for number in range(waiting):
            bus.publish(ExchangeFinished(exchange(number)))
        bridge.drain()
        assert bridge._timer.interval() == tick
    assert batches == [5, 21, 105, 5]
    bridge.close()


async def test_nothing_is_heard_after_close(crossing: tuple[Bus, Bridge]) -> None:
    bus, bridge = crossing
    bridge.close()
    assert not bus.wanted(ExchangeFinished)


async def test_run_hands_on_result_or_error(crossing: tuple[Bus, Bridge]) -> None:
    _, bridge = crossing
    got: list[object] = []
    told: list[tuple[str, str]] = []
    bridge.told.connect(lambda severity, text: told.append((severity, text)))

    async def give(value: int) -> int:
        return value

    async def fail() -> int:
        raise VaultError("The vault is locked.", hint="Unlock it.")

    await bridge.run(give(7), got.append)
    await bridge.run(fail(), got.append, got.append)
    await bridge.run(fail(), got.append)
    assert got == [7, "The vault is locked. Unlock it."]
    assert told == [("error", "The vault is locked. Unlock it.")]
    bridge.close()


@pytest.mark.logs_errors
async def test_a_bug_is_logged_and_told_without_its_text(crossing: tuple[Bus, Bridge]) -> None:
    _, bridge = crossing
    got: list[str] = []

    async def broken() -> None:
        raise KeyError("sk-secret")

    await bridge.run(broken(), on_error=got.append)
    assert got == ["That did not work (KeyError). The log says more."]
    bridge.close()


async def test_work_ends_with_its_owner(crossing: tuple[Bus, Bridge], app: QApplication) -> None:
    _, bridge = crossing
    owner = QObject()
    got: list[bool] = []
    task = bridge.run(asyncio.sleep(60, True), got.append, owner=owner)
    await asyncio.sleep(0)
    owner.deleteLater()
    app.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    await until(task.done)
    assert task.cancelled()
    assert got == []
    bridge.close()


async def test_the_latest_of_a_slot_wins(crossing: tuple[Bus, Bridge]) -> None:
    _, bridge = crossing
    owner = QObject()
    got: list[int] = []
    first = bridge.run(asyncio.sleep(60, 1), got.append, owner=owner, slot="refresh")
    second = bridge.run(asyncio.sleep(0, 2), got.append, owner=owner, slot="refresh")
    await until(lambda: first.done() and second.done())
    assert first.cancelled()
    assert got == [2]
    bridge.close()
