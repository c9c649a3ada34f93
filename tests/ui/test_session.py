"""What closing means, and the tray where there is none."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QPushButton, QSystemTrayIcon

from conduit_desktop.bus import Bus, Notified
from conduit_desktop.errors import ConfigurationError
from conduit_desktop.paths import Home
from conduit_desktop.records import Notification, Telling
from conduit_desktop.runtime.service import GatewayService, GatewayStatus, SpentToday
from conduit_desktop.store import Store
from conduit_desktop.ui import words
from conduit_desktop.ui.qapp import Application
from conduit_desktop.ui.session import Session
from conduit_desktop.ui.single_instance import SingleInstance
from conduit_desktop.ui.tray import Tray, state_icon
from conduit_desktop.vault import MemoryVault
from tests.ui.eventually import until


@pytest.fixture
async def session(app: Application, tmp_path: Path) -> AsyncIterator[tuple[Session, asyncio.Task[int]]]:
    """A running session whose gateway is not started."""
    home = Home(tmp_path / "home").make()
    store = Store.open(home)
    store.settings.put("autostart_gateway", False)
    instance = SingleInstance(home)
    assert instance.take()
    made = Session(app, home, instance, lambda: GatewayService(home, store, MemoryVault(), Bus()))
    task = asyncio.get_running_loop().create_task(made.run())
    await until(lambda: hasattr(made, "window") and made.window.isVisible())
    yield made, task
    made.quit()
    await asyncio.wait_for(task, 10)


def buttons(window: QDialog) -> dict[str, QPushButton]:
    return {button.text(): button for button in window.findChildren(QPushButton)}


async def test_without_a_tray_closing_quits(session: tuple[Session, asyncio.Task[int]]) -> None:
    made, task = session
    assert not made.tray.available
    made.window.close()
    assert await asyncio.wait_for(task, 10) == 0


async def test_app_quit_ends_the_session_and_not_the_loop(
    session: tuple[Session, asyncio.Task[int]], app: QApplication
) -> None:
    _, task = session
    app.quit()
    assert await asyncio.wait_for(task, 10) == 0
    await asyncio.sleep(0)


async def test_with_a_tray_closing_asks_once_and_remembers(
    session: tuple[Session, asyncio.Task[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    made, task = session
    monkeypatch.setattr(Tray, "available", property(lambda _self: True))
    made.window.close()
    await until(lambda: made.window.findChild(QDialog))
    dialog = made.window.findChild(QDialog)
    assert dialog is not None
    QTest.mouseClick(buttons(dialog)["Keep running"], Qt.MouseButton.LeftButton)
    await until(lambda: not made.window.isVisible())
    assert not task.done()
    made.window.bring_up()
    made.window.close()
    await until(lambda: not made.window.isVisible())
    assert (await made._service.settings())["close_to_tray"] == "tray"


async def test_cancelling_the_question_changes_nothing(
    session: tuple[Session, asyncio.Task[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    made, task = session
    monkeypatch.setattr(Tray, "available", property(lambda _self: True))
    made.window.close()
    await until(lambda: made.window.findChild(QDialog))
    dialog = made.window.findChild(QDialog)
    assert dialog is not None
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    await until(lambda: not made.window.findChild(QDialog))
    assert made.window.isVisible()
    assert not task.done()
    assert (await made._service.settings())["close_to_tray"] == "ask"


async def test_a_second_start_brings_the_window_up(session: tuple[Session, asyncio.Task[int]]) -> None:
    made, _ = session
    made.window.hide()
    second = SingleInstance(made._home)
    assert not second.take()
    assert await asyncio.to_thread(second.raise_other)
    await until(made.window.isVisible)


@pytest.mark.qt_log_ignore("systemTrayWindowChanged", extend=True)
async def test_the_tray_waits_until_there_is_one(app: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    tray = Tray()
    tray._retry.setInterval(10)
    tray.show()
    tray.show_status(GatewayStatus("running", "http://127.0.0.1:7878", 7878, in_flight=2), SpentToday(0))
    assert not tray.available
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", staticmethod(lambda: True))
    await until(lambda: tray._icon.isVisible())
    assert not tray._retry.isActive()
    tray.hide()
    tray.deleteLater()


def test_tray_words_are_the_headers() -> None:
    status = GatewayStatus("running", "http://127.0.0.1:7878", 7878, in_flight=2)
    assert words.tooltip(status, SpentToday(1_640_000_000_000, 3)) == (
        "Conduit: Running at http://127.0.0.1:7878\n2 in flight · $1.64 today, 3 unpriced"
    )
    assert words.tooltip(GatewayStatus(), None) == "Conduit: Stopped"


def test_unread_notifications_are_counted_in_words() -> None:
    assert words.tooltip(GatewayStatus(), None, 1) == "Conduit: Stopped\n1 unread notification"
    assert words.unread(1200) == "1,200 unread notifications"
    assert words.unread(0) == ""


async def test_the_tray_shows_what_is_unread_and_leads_there(app: QApplication) -> None:
    tray = Tray()
    wanted: list[str] = []
    opened: list[bool] = []
    tray.notices_wanted.connect(wanted.append)
    tray.open_wanted.connect(lambda: opened.append(True))
    tray.show_status(GatewayStatus(), None, 0)
    plain = tray._icon.icon().pixmap(22, 22).toImage()
    assert not tray._notices.isVisible()
    tray.show_status(GatewayStatus(), None, 3)
    assert tray._icon.icon().pixmap(22, 22).toImage() != plain
    assert tray._notices.text() == "3 unread notifications"
    assert "3 unread" in tray._icon.toolTip()
    tray._notices.trigger()
    tray.show_status(GatewayStatus(), None, 0)
    assert not tray._notices.isVisible()
    assert tray._icon.icon().pixmap(22, 22).toImage() == plain
    tray._told = "n1"
    tray._icon.messageClicked.emit()
    assert wanted == ["", "n1"]
    tray._told = None  # what the system showed was no notification
    tray._icon.messageClicked.emit()
    assert opened == [True]
    tray.deleteLater()


@pytest.mark.parametrize(("level", "heard"), [("off", ""), ("important", "we"), ("all", "iwe")])
async def test_the_desktop_is_told_by_severity_while_the_window_is_not_in_front(
    session: tuple[Session, asyncio.Task[int]], monkeypatch: pytest.MonkeyPatch, level: str, heard: str
) -> None:
    made, _ = session
    told: list[str] = []
    monkeypatch.setattr(Tray, "tell", lambda _self, notification: told.append(notification.title))
    await made._service.set_setting("os_notifications", level)
    await until(lambda: made._loud == level)
    front = [False]
    monkeypatch.setattr(type(made.window), "isActiveWindow", lambda _self: front[0])
    for title, severity in (("i", "info"), ("w", "warning"), ("e", "error"), ("e", "error")):
        notice = Notification(
            id=title,
            kind="x",
            subject=title,
            severity=severity,  # type: ignore[arg-type]
            title=title,
            text="",
            created=0.0,
            updated=0.0,
        )
        made._service.bus.publish(Notified(notice))
    made._service.bus.publish(Notified(replace(notice, subject="last", title="last", severity="info", read=True)))
    made._bridge.drain()
    assert "".join(told) == heard
    front[0] = True
    made._service.bus.publish(Notified(replace(notice, subject="other", title="other")))
    made._bridge.drain()
    assert "".join(told) == heard


async def test_a_notification_of_the_desktop_opens_it_in_the_window(
    session: tuple[Session, asyncio.Task[int]],
) -> None:
    made, _ = session
    made._service.notifying.tell(Telling(subject="s", kind="x", severity="error", title="t", text=""))
    await until(lambda: made.window.standing.unread)
    (stored,) = await made._service.notifying.list()
    made.window.hide()
    made.tray.notices_wanted.emit(stored.id)
    assert made.window.isVisible()
    assert made.window.current_key == "notifications"
    await until(lambda: made.window.standing.unread == 0)  # it is looked at


def test_the_state_is_seen_on_the_icon(app: QApplication) -> None:
    one, other = state_icon("success").pixmap(22, 22), state_icon("danger").pixmap(22, 22)
    assert one.toImage() != other.toImage()


async def test_data_that_cannot_be_opened_ends_the_start(app: Application, tmp_path: Path) -> None:
    def make() -> GatewayService:
        raise ConfigurationError("The database is from a newer version.")

    home = Home(tmp_path / "home").make()
    with pytest.raises(ConfigurationError, match="newer version"):
        await Session(app, home, SingleInstance(home), make).run()
