"""The keys pane over the real service."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QWidget

from conduit_desktop.records import ExchangeFilter, VirtualKey
from conduit_desktop.runtime.keys import KeyView
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.dialogs.base import Dialog
from conduit_desktop.ui.main_window import MainWindow
from conduit_desktop.ui.panes.connect_target import ConnectTarget
from conduit_desktop.ui.panes.keys import KeysPane
from conduit_desktop.ui.panes.keys_fresh import FreshKeySheet
from conduit_desktop.ui.panes.keys_sheets import EditKeySheet, KeySheet, NewKeySheet
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.copying import MASK
from conduit_desktop.vault.base import VaultState
from tests.ui.accessible import unnamed
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


async def test_lists_keys_with_status_and_budget_in_words(window: MainWindow) -> None:
    pane = await shown(window)
    cells = {
        row.view.key.name: [pane.rows.index(at, c).data() for c in range(len(pane.rows.columns))]
        for at, row in enumerate(pane.rows.records)
    }
    assert list(cells) == ["agent", "ci", "editor", "notebook"]
    assert cells["notebook"][1:3] == ["…XY9z", "Disabled"]
    assert cells["editor"][3].endswith("of $5.00 this month")
    assert cells["ci"][5] == "In 5 days"
    assert cells["editor"][7] not in ("", "–")
    assert unnamed(pane) == []


async def test_a_key_is_made_with_the_keyboard_alone(window: MainWindow, service: GatewayService) -> None:
    pane = await shown(window)
    pane._new.setFocus()
    QTest.keyClick(pane._new, Qt.Key.Key_Space)
    sheet = await opened(window, NewKeySheet)
    assert unnamed(sheet) == []
    assert focused() is sheet.form.name
    QTest.keyClicks(focused(), "editor 2")
    QTest.keyClick(focused(), Qt.Key.Key_Tab)
    assert focused() is sheet.form.budget.amount
    QTest.keyClicks(focused(), "5.50")
    QTest.keyClick(focused(), Qt.Key.Key_Return)
    fresh = await opened(window, FreshKeySheet)
    assert unnamed(fresh) == []
    view = await stored(service, "editor 2")
    assert (view.key.budget, view.key.period) == (5 * USD + USD // 2, "month")
    QTest.keyClick(focused(), Qt.Key.Key_Return)
    text = QApplication.clipboard().text()
    assert text.startswith("sk-conduit-")
    assert text[-4:] == view.key.last4
    assert await service.configuring.reveal_key(view.key) == text == fresh.view.code
    QTest.keyClick(focused(), Qt.Key.Key_Escape)
    await until(lambda: sheet_of(window, FreshKeySheet) is None)
    await until(lambda: pane.table.current is not None and pane.table.current.view.key.name == "editor 2")


async def test_faults_are_told_beside_their_fields(window: MainWindow, service: GatewayService) -> None:
    await shown(window)
    window.go("keys", "new")
    sheet = await opened(window, NewKeySheet)
    form = sheet.form
    form.budget.amount.setText("5,50")
    form.rpm.field.setText("often")
    form.models.which.set_value("some")
    sheet.accept_button.click()
    assert form._name.error == "Give it a name."
    assert "5.50" in form._budget.error
    assert "at least one" in form._models.error
    assert "whole number" in form._rpm.error
    form.name.setText("ci")
    form.budget.amount.setText("")
    form.rpm.field.setText("")
    form.models.which.set_value("all")
    sheet.accept_button.click()
    await until(lambda: form._name.error)
    assert "already" in form._name.error
    assert len(await service.configuring.keys()) == 4
    QTest.keyClicks(form.name, "2")
    assert form._name.error == ""


async def test_every_field_can_be_set_and_cleared_again(window: MainWindow, service: GatewayService) -> None:
    pane = await shown(window)
    pane.table.select("ci")
    pane.detail.edit_wanted.emit()
    sheet = await opened(window, EditKeySheet)
    form = sheet.form
    assert (form.name.text(), form.budget.amount.text(), form.budget.period.value) == ("ci", "2", "day")
    form.expiry.date.setText("2099-01-31 18:00")
    form.models.which.set_value("some")
    form.models.list.item(0).setCheckState(Qt.CheckState.Checked)
    form.models.patterns.setText("openai/*")
    for field, text in ((form.rpm, "60"), (form.tpm, "100,000"), (form.parallel, "4")):
        field.field.setText(text)
    form.note.setPlainText("The build server.")
    sheet.accept_button.click()
    await until(lambda: sheet_of(window, KeySheet) is None)
    key = (await stored(service, "ci")).key
    assert key.models == ("code", "openai/*")
    assert (key.rpm, key.tpm, key.parallel, key.note) == (60, 100_000, 4, "The build server.")
    assert key.expires is not None
    assert time.localtime(key.expires)[:5] == (2099, 1, 31, 18, 0)
    await until(lambda: pane.table.current.view.key.rpm == 60)
    pane.detail.edit_wanted.emit()
    sheet = await opened(window, EditKeySheet)
    form = sheet.form
    assert form.rpm.isVisible()
    assert form.models.patterns.text() == "openai/*"
    form.budget.amount.clear()
    form.expiry.preset.set_value("never")
    form.models.which.set_value("all")
    for field in (form.rpm, form.tpm, form.parallel):
        field.field.clear()
    form.note.clear()
    sheet.accept_button.click()
    await until(lambda: sheet_of(window, KeySheet) is None)
    cleared = (await stored(service, "ci")).key
    assert (cleared.budget, cleared.expires, cleared.models, cleared.note) == (None, None, (), "")
    assert (cleared.rpm, cleared.tpm, cleared.parallel) == (None, None, None)
    assert (cleared.digest, cleared.secret_ref) == (key.digest, key.secret_ref)


async def test_editing_does_not_undo_what_happened_meanwhile(window: MainWindow, service: GatewayService) -> None:
    pane = await shown(window)
    pane.table.select("editor")
    pane.detail.edit_wanted.emit()
    sheet = await opened(window, EditKeySheet)
    key = (await stored(service, "editor")).key
    rotated, _ = await service.configuring.rotate_key(key)
    await service.configuring.edit_key(replace(rotated, enabled=False))
    sheet.form.name.setText("editor!")
    sheet.accept_button.click()
    await until(lambda: sheet_of(window, KeySheet) is None)
    now = (await stored(service, "editor!")).key
    assert (now.digest, now.enabled) == (rotated.digest, False)


async def test_an_expired_key_can_be_edited_without_touching_its_date(
    window: MainWindow, service: GatewayService
) -> None:
    key = (await stored(service, "editor")).key
    past = time.time() - 86400.5
    await service.configuring.edit_key(replace(key, expires=past))
    pane = await shown(window)
    await until(lambda: pane.rows.index(2, 2).data() == "Expired")
    pane.table.select("editor")
    pane.detail.edit_wanted.emit()
    sheet = await opened(window, EditKeySheet)
    sheet.form.note.setPlainText("late")
    sheet.accept_button.click()
    await until(lambda: sheet_of(window, KeySheet) is None)
    assert (await stored(service, "editor")).key.expires == past


async def test_the_text_is_masked_until_it_is_revealed(window: MainWindow, service: GatewayService) -> None:
    pane = await shown(window)
    pane.table.select("editor")
    secret = await service.configuring.reveal_key((await stored(service, "editor")).key)
    assert secret not in texts(window)
    assert f"{MASK}XY9z" in texts(pane.detail)
    press_name = {button.accessibleName(): button for button in pane.detail.findChildren(Button)}
    press_name["Reveal key text"].click()
    await until(lambda: secret in texts(pane.detail))
    window.go("notifications")
    assert secret not in texts(window)
    window.go("keys")
    press_name["Copy key text"].click()
    await until(lambda: QApplication.clipboard().text() == secret)
    assert secret not in texts(window)


async def test_rotating_asks_and_shows_the_new_text_once(window: MainWindow, service: GatewayService) -> None:
    pane = await shown(window)
    before = (await stored(service, "editor")).key
    pane.table.select("editor")
    press("Rotate…", pane.detail)
    await answer(window, "Cancel")
    assert (await stored(service, "editor")).key.digest == before.digest
    press("Rotate…", pane.detail)
    await answer(window, "Rotate key")
    fresh = await opened(window, FreshKeySheet)
    after = (await stored(service, "editor")).key
    assert after.digest != before.digest
    assert fresh.view.code == await service.configuring.reveal_key(after)
    fresh.accept_button.click()
    await until(lambda: sheet_of(window, FreshKeySheet) is None)
    assert f"{MASK}{after.last4}" in texts(pane.detail)


async def test_a_text_that_is_not_kept_is_not_closed_unread(window: MainWindow, service: GatewayService) -> None:
    pane = await shown(window)
    pane.new()
    sheet = await opened(window, NewKeySheet)
    assert sheet.keep.switch.isChecked()
    sheet.form.name.setText("once")
    sheet.keep.switch.setChecked(False)
    sheet.accept_button.click()
    fresh = await opened(window, FreshKeySheet)
    assert "only time" in fresh.note.text()
    fresh.accept_button.click()
    await answer(window, "Cancel")
    assert fresh.isVisible()
    fresh.copy_button.click()
    fresh.accept_button.click()
    await until(lambda: sheet_of(window, FreshKeySheet) is None)
    assert (await stored(service, "once")).key.secret_ref is None
    await until(lambda: pane.table.current is not None and pane.table.current.view.key.name == "once")
    assert "Rotate the key" in texts(pane.detail)


async def test_without_a_ready_vault_the_text_is_not_kept_and_the_reason_said(
    window: MainWindow, service: GatewayService
) -> None:
    pane = await shown(window)
    state = VaultState("file", "Encrypted file", False, "The vault is locked.", "Enter its passphrase.")
    pane._open_new(([], state))
    sheet = await opened(window, NewKeySheet)
    assert not sheet.keep.switch.isEnabled()
    assert not sheet.keep.switch.isChecked()
    assert "The vault is locked." in sheet.keep.switch.accessibleDescription()
    assert sheet.keep.unlock.isVisible()


async def test_disabling_enabling_and_deleting(window: MainWindow, service: GatewayService) -> None:
    pane = await shown(window)
    pane.table.select("editor")
    pane.detail.switch.click()
    await until(lambda: pane.table.current.view.key.enabled is False)
    menu = QMenu()
    pane._fill_menu(menu, [pane.table.current])
    next(action for action in menu.actions() if action.text() == "Enable").trigger()
    await until(lambda: pane.table.current.view.key.enabled is True)
    assert pane.detail.switch.isChecked()
    press("Delete…", pane.detail)
    await answer(window, "Delete key")
    await until(lambda: len(pane.rows) == 3)
    assert not pane.detail.isVisible()


async def test_leads_to_its_requests_and_to_connect(window: MainWindow) -> None:
    pane = await shown(window)
    pane.table.select("agent")
    asked: list[tuple[str, object]] = []
    window.bridge.opened.disconnect()
    window.bridge.opened.connect(lambda key, argument: asked.append((key, argument)))
    press("Show requests", pane.detail)
    press("Connect a tool", pane.detail)
    assert asked == [("requests", ExchangeFilter(key_id="agent")), ("connect", ConnectTarget("agent"))]


async def test_the_spending_of_all_time_is_told(window: MainWindow) -> None:
    pane = await shown(window)
    pane.table.select("agent")
    await until(lambda: "on " in texts(pane.detail) and "requests" in texts(pane.detail))
    assert "Spent in all: $" in texts(pane.detail)


async def test_the_chat_panes_key_is_marked(window: MainWindow, service: GatewayService) -> None:
    await service.configuring.chat_key()
    pane = await shown(window)
    await until(lambda: len(pane.rows) == 5)
    row = next(row for row in pane.rows.records if row.view.key.name == "Chat pane")
    sub = pane.rows.columns[0].sub
    assert sub is not None
    assert sub(row) == "made by the app"
    pane.table.select(row.id)
    pane.edit(row)
    sheet = await opened(window, EditKeySheet)
    assert not sheet.form.name.isEnabled()


async def test_without_keys_there_is_one_thing_to_do(window: MainWindow, service: GatewayService) -> None:
    pane = await shown(window)
    for view in await service.configuring.keys():
        await service.configuring.remove_key(view.key)
    await until(lambda: not len(pane.rows))
    assert [button.text() for button in pane.findChildren(Button) if button.isVisible()] == ["New key"]
    press("New key", pane)
    await opened(window, NewKeySheet)


async def test_a_home_without_keys_opens_on_the_empty_state(window: MainWindow, service: GatewayService) -> None:
    for view in await service.configuring.keys():
        await service.configuring.remove_key(view.key)
    window.go("keys")
    await until(lambda: [b.text() for b in window.pane("keys").findChildren(Button) if b.isVisible()] == ["New key"])


async def test_many_keys_and_long_names(window: MainWindow, service: GatewayService) -> None:
    pane = await shown(window)
    for at in range(60):
        wanted = VirtualKey(id="", name=f"{at} {'long name ' * 6}"[:64].strip(), digest="", last4="", expires=1e15)
        await service.configuring.create_key(wanted)
    await until(lambda: len(pane.rows) == 64)
    window.resize(900, 600)
    pane.table.select("editor")
    assert pane.detail.isVisible()
    assert pane.table.view.isColumnHidden(6)
