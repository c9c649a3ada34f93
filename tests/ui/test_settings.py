"""The Settings pane over the real service: every row is there and goes there and back."""

from __future__ import annotations

import asyncio
import socket

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QPlainTextEdit, QPushButton, QWidget

from conduit_desktop.errors import ConfigurationError, VaultError
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.settings.schema import BY_KEY, SETTINGS, Setting, Settings, Value
from conduit_desktop.ui import theme
from conduit_desktop.ui.dialogs.base import Dialog
from conduit_desktop.ui.dialogs.unlock import UnlockDialog
from conduit_desktop.ui.main_window import MainWindow
from conduit_desktop.ui.panes.settings import SettingsPane, _parts
from conduit_desktop.ui.panes.settings_about import LICENCES
from conduit_desktop.ui.panes.settings_rows import SettingRow
from conduit_desktop.ui.panes.settings_sections import SECTIONS
from conduit_desktop.ui.widgets.inputs import Choice, NumberField, Segmented, Switch
from conduit_desktop.ui.widgets.search_choice import SearchChoice
from conduit_desktop.ui.widgets.sheet import Sheet
from conduit_desktop.vault import VaultState
from tests.ui.accessible import unnamed
from tests.ui.conftest import Strays
from tests.ui.eventually import until


async def shown(window: MainWindow) -> SettingsPane:
    window.go("settings")
    pane = window.pane("settings")
    assert isinstance(pane, SettingsPane)
    await until(lambda: pane._settings is not None and pane.data._files.layout().count())
    return pane


def another(setting: Setting, now: Value) -> Value:
    """A value that fits and is not the one it has."""
    if setting.type is bool:
        return not now
    if setting.choices:
        return next(value for value, _ in setting.choices if value != now)
    if setting.form == "zone":
        return "Europe/Berlin" if now != "Europe/Berlin" else "Asia/Tokyo"
    return int(now) + 1 if setting.type is int else f"{now}x"


def enter(row: SettingRow, value: Value) -> None:
    """Set the control as a user does."""
    widget = row.control.widget
    if isinstance(widget, Switch):
        QTest.keyClick(widget, Qt.Key.Key_Space)
    elif isinstance(widget, Segmented):
        widget._segments[str(value)].click()
    elif isinstance(widget, Choice | SearchChoice):
        at = widget.findData(value)
        widget.setCurrentIndex(at)
        widget.activated.emit(at)
    elif isinstance(widget, NumberField):
        widget.setFocus()
        widget.selectAll()
        QTest.keyClicks(widget, str(value))
        QTest.keyClick(widget, Qt.Key.Key_Return)
    else:
        assert isinstance(widget, QLineEdit)
        widget.setText(str(value))
        QTest.keyClick(widget, Qt.Key.Key_Return)


def search(widget: SearchChoice, text: str) -> None:
    """Type into it and press Enter."""
    field = widget.lineEdit()
    assert field is not None
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)


async def test_every_setting_is_rendered_and_round_trips(
    window: MainWindow, service: GatewayService, strays: Strays
) -> None:
    pane = await shown(window)
    assert set(pane.rows) == {setting.key for setting in SETTINGS}
    texts = {label.text() for label in pane.findChildren(QLabel)}
    for setting in SETTINGS:
        assert {setting.group, setting.label, setting.help} <= texts
        row = pane.rows[setting.key]
        before = (await service.settings())[setting.key]
        assert row.control.value == before
        wanted = another(setting, before)
        enter(row, wanted)
        await until(lambda row=row, wanted=wanted: row._stored == wanted, f"{setting.key} saved")
        assert (await service.settings())[setting.key] == wanted
        assert not row.reset.isHidden() or wanted == setting.default
        await service.set_setting(setting.key, before)
        await until(lambda row=row, before=before: row.control.value == before, f"{setting.key} shown anew")
    assert strays.seen == []


async def test_a_time_zone_is_searched_for(window: MainWindow, service: GatewayService) -> None:
    pane = await shown(window)
    row = pane.rows["time_zone"]
    widget = row.control.widget
    assert isinstance(widget, SearchChoice)
    assert widget.count() > 300
    assert widget.currentText().startswith("The system's (")
    search(widget, "new york")
    await until(lambda: row._stored == "America/New_York")
    assert widget.currentText() == "America/New York"
    search(widget, "nowhere at all")
    assert widget.currentText() == "America/New York", "what matches nothing goes back"
    assert (await service.settings())["time_zone"] == "America/New_York"
    assert row.reset.accessibleName() == "Reset Time zone to the system's"
    row.reset.click()
    await until(lambda: row._stored == "")
    with pytest.raises(ConfigurationError, match="takes a time zone such as"):
        await service.set_setting("time_zone", "Europe/Nowhere")


async def test_everything_has_a_name(window: MainWindow) -> None:
    pane = await shown(window)
    assert unnamed(pane) == []


async def test_a_value_that_does_not_fit_is_refused_beside_it(window: MainWindow, service: GatewayService) -> None:
    pane = await shown(window)
    row = pane.rows["capture_days"]
    enter(row, 900)
    assert row.error == "Keep bodies for takes 1 to 365, not 900. 3 days stays in force."
    assert (await service.settings())["capture_days"] == 3
    pane.load()
    await until(lambda: "refresh" not in {slot for _, slot in pane.bridge._slots})
    assert row.control.value == 900, "what was entered stays to be corrected"
    enter(row, 30)
    await until(lambda: row._stored == 30)
    assert row.error == ""


async def test_a_refused_save_is_told_in_place(
    window: MainWindow, service: GatewayService, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(key: str, value: Value) -> None:
        raise VaultError("The disk is full.", code="full")

    pane = await shown(window)
    monkeypatch.setattr(service, "set_setting", refuse)
    enter(pane.rows["retention_days"], 31)
    await until(lambda: "The disk is full." in pane.rows["retention_days"].error)


async def test_reset_takes_the_default(window: MainWindow, service: GatewayService) -> None:
    pane = await shown(window)
    row = pane.rows["retention_days"]
    enter(row, 90)
    await until(lambda: not row.reset.isHidden())
    assert row.reset.accessibleName() == "Reset Keep requests for to 30 days"
    row.reset.click()
    await until(lambda: row.reset.isHidden())
    assert row.control.value == 30
    assert (await service.settings())["retention_days"] == 30


async def test_the_theme_changes_at_once_and_capture_is_announced(window: MainWindow) -> None:
    pane = await shown(window)
    enter(pane.rows["theme"], "dark")
    await until(lambda: theme.current().mode == "dark")
    enter(pane.rows["text_size"], "large")
    await until(lambda: theme.current().text_size == "large")
    enter(pane.rows["capture"], True)
    await until(lambda: any("Capture is on" in label.text() for label in window.banners.findChildren(QLabel)))


async def test_a_port_takes_effect_by_a_restart(window: MainWindow, service: GatewayService) -> None:
    ports = []
    for _ in range(2):
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            ports.append(int(found.getsockname()[1]))
    await service.set_setting("port", ports[0])
    await service.start()
    pane = await shown(window)
    row = pane.rows["port"]
    assert not row.strip.restart.isVisible()
    enter(row, ports[1])
    await until(lambda: row.strip.restart.isVisible())
    assert str(ports[0]) in row.strip.text.text()
    row.strip.restart.setFocus()
    QTest.keyClick(row.strip.restart, Qt.Key.Key_Space)
    await until(lambda: service.status.state == "running" and service.status.port == ports[1])
    await until(lambda: not row.strip.restart.isVisible())


async def test_a_locked_vault_is_explained_and_unlocked_here(
    window: MainWindow, service: GatewayService, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = [True]

    async def state(*, fresh: bool = False) -> VaultState:
        if locked[0]:
            return VaultState("file", "Encrypted file", ready=False, problem="It is locked.", hint="Enter it.")
        return VaultState("file", "Encrypted file", ready=True)

    async def unlock(passphrase: str) -> None:
        locked[0] = False

    monkeypatch.setattr(service, "vault_state", state)
    monkeypatch.setattr(service, "unlock_vault", unlock)
    pane = await shown(window)
    pane.open_with("vault")
    assert pane.vault.state.word == "Locked"
    assert (pane.vault.problem.text(), pane.vault.hint.text()) == ("It is locked.", "Enter it.")
    assert unnamed(pane) == []
    pane.vault.unlock.click()
    dialog = window.findChild(UnlockDialog)
    assert dialog is not None
    dialog.secret.field.setText("correct horse")
    dialog._unlock()
    await until(lambda: pane.vault.state.word == "Ready")
    assert pane.vault.unlock.isHidden()
    locked[0] = True
    pane.vault.check.click()
    await until(lambda: pane.vault.state.word == "Locked")


async def test_the_data_folder_and_its_files(window: MainWindow, service: GatewayService) -> None:
    pane = await shown(window)
    assert pane.data.path.text == str(service.home.folder)
    names = {label.text() for label in pane.data.findChildren(QLabel)}
    assert {"conduit.db", "activity.db"} <= names
    pane.data.path._button.click()
    assert QGuiApplication.clipboard().text() == str(service.home.folder)


async def test_licences_can_be_read(window: MainWindow) -> None:
    pane = await shown(window)
    for licence in LICENCES:
        button = next(
            each
            for each in pane.about.findChildren(QPushButton)
            if each.accessibleName().endswith(f"of {licence.name}")
        )
        button.click()
        await until(lambda: window.findChildren(Dialog))
        dialog = window.findChildren(Dialog)[-1]
        field = dialog.findChild(QPlainTextEdit)
        assert isinstance(field, QPlainTextEdit)
        assert "SIL OPEN FONT LICENSE" in field.toPlainText()
        dialog.accept()
        await until(lambda: not window.findChildren(Dialog))


async def test_the_palette_reaches_every_setting(window: MainWindow) -> None:
    pane = await shown(window)
    commands = {command.title: command for command in pane.commands()}
    commands["Log: Bodies take at most"].run()
    field = pane.rows["capture_megabytes"].control.widget
    assert field.hasFocus()
    assert field.visibleRegion().boundingRect().height() > 10


async def test_it_is_made_over_several_turns_and_then_whole(window: MainWindow, strays: Strays) -> None:
    window.go("settings")
    pane = window.pane("settings")
    assert isinstance(pane, SettingsPane)
    assert not pane.whole
    first = next(iter(pane.rows.values())).control.widget
    assert first.hasFocus(), "the keyboard has its place before all is there"
    seen: list[int] = []
    while not pane.whole:
        seen.append(len(pane._left))
        await asyncio.sleep(0)
    assert len(set(seen)) > len(SETTINGS)
    await until(lambda: pane.data._files.layout().count())
    assert list(pane.rows) == [key for key in _order(pane) if key in BY_KEY]
    assert _order(pane) == [name for _, name in _parts()], "what is further down comes later to the keyboard, too"
    assert all(each.isVisible() for each in pane.rows.values())
    assert strays.seen == []


def _order(pane: SettingsPane) -> list[str]:
    """The rows and sections as Tab comes to them; those that have nothing for it where they stand."""
    names = {pane.rows[key]: key for key in pane.rows}
    names |= {getattr(pane, name): name for group in SECTIONS.values() for name in group}
    return [names[each] for each in pane.area.findChildren(QWidget) if each in names]


@pytest.mark.parametrize("wanted", ["capture_megabytes", "vault", "faults"])
async def test_what_is_gone_to_before_it_is_there_is_gone_to(window: MainWindow, wanted: str) -> None:
    window.go("settings", wanted)
    pane = window.pane("settings")
    assert isinstance(pane, SettingsPane)
    assert not pane.whole
    await until(lambda: pane.whole and pane.area.verticalScrollBar().value() > 0)
    target = pane.rows[wanted] if wanted in pane.rows else getattr(pane, wanted)
    await until(lambda: target.visibleRegion().boundingRect().height() > 10)


async def test_a_group_chosen_before_it_is_there_comes_to_the_top(window: MainWindow) -> None:
    window.go("settings")
    pane = window.pane("settings")
    assert isinstance(pane, SettingsPane)
    pane.index.setCurrentRow(pane.index.titles.index("Log"))
    await until(lambda: pane.whole and pane.area.verticalScrollBar().value() > 0)
    top = pane._heads["Log"].mapTo(pane.area.viewport(), QPoint(0, 0)).y()
    assert 0 <= top <= 24
    await until(lambda: pane.index.currentRow() == pane.index.titles.index("Log"))


async def test_two_that_make_it_at_once_make_each_part_once(window: MainWindow) -> None:
    """As where it is read again while it is still made for what could not be read."""
    window.go("settings")
    pane = window.pane("settings")
    assert isinstance(pane, SettingsPane)
    await asyncio.gather(pane._make_all(), pane._make_all())
    await until(lambda: pane.whole)
    assert _order(pane) == [name for _, name in _parts()]


async def test_a_sheet_asked_for_before_it_is_whole_opens(window: MainWindow) -> None:
    window.go("settings", "recompute")
    await until(lambda: any(not each.isHidden() for each in window.findChildren(Sheet)))


async def test_settings_that_cannot_be_read_are_told_and_read_again(
    window: MainWindow, service: GatewayService, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, failing = service.settings, [True]

    async def settings() -> Settings:
        if failing[0]:
            raise ConfigurationError("The disk is gone.")
        return await read()

    monkeypatch.setattr(service, "settings", settings)
    window.go("settings")
    pane = window.pane("settings")
    assert isinstance(pane, SettingsPane)
    await until(lambda: pane._failed.isVisible() and pane.whole)
    failing[0] = False
    pane._failed.acted.emit()
    await until(lambda: not pane._failed.isVisible() and pane.data._files.layout().count())
    assert pane.rows["theme"].control.value == "light"


async def test_once_whole_it_stays_where_it_was_scrolled_to(window: MainWindow, service: GatewayService) -> None:
    window.go("settings")
    pane = window.pane("settings")
    assert isinstance(pane, SettingsPane)
    pane.index.setCurrentRow(pane.index.titles.index("Log"))
    await until(lambda: pane.whole and pane.area.verticalScrollBar().value() > 0)
    await until(lambda: pane.data._files.layout().count())
    pane.area.verticalScrollBar().setValue(40)
    pane.load()
    await until(lambda: "refresh" not in {slot for _, slot in pane.bridge._slots})
    assert pane.area.verticalScrollBar().value() == 40


async def test_a_group_asked_for_early_gives_way_to_what_is_scrolled_to_since(window: MainWindow) -> None:
    window.go("settings")
    pane = window.pane("settings")
    assert isinstance(pane, SettingsPane)
    bar = pane.area.verticalScrollBar()
    pane.index.setCurrentRow(pane.index.titles.index("About"))
    await until(lambda: bar.maximum() > 60)
    assert not pane.whole
    bar.setValue(50)
    await until(lambda: pane.whole)
    await asyncio.sleep(0)
    assert bar.value() == 50
