"""The form of a key over the real service: made by keyboard, every field set and cleared, faults, live preview."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QPushButton, QScrollArea

from conduit_desktop.records import THRESHOLDS, VirtualKey
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.main_window import MainWindow
from conduit_desktop.ui.panes.keys_form import Offered
from conduit_desktop.ui.panes.keys_fresh import FreshKeySheet
from conduit_desktop.ui.panes.keys_sheets import EditKeySheet, KeySheet, NewKeySheet
from conduit_desktop.vault.base import VaultState
from tests.ui.accessible import focusable, unnamed
from tests.ui.eventually import until
from tests.ui.keys_steps import USD, focused, opened, row_of, sheet_of, shown, stored


async def test_a_key_is_made_with_the_keyboard_alone(window: MainWindow, service: GatewayService) -> None:
    pane = await shown(window)
    pane._new.setFocus()
    QTest.keyClick(pane._new, Qt.Key.Key_Space)
    sheet = await opened(window, NewKeySheet)
    assert unnamed(sheet) == []
    assert focused() is sheet.form.name
    QTest.keyClicks(focused(), "editor 2")
    for _ in range(20):
        QTest.keyClick(focused(), Qt.Key.Key_Tab)
        if focused() is sheet.form.budget.amount:
            break
    assert focused() is sheet.form.budget.amount
    QTest.keyClicks(focused(), "5.50")
    QTest.keyClick(focused(), Qt.Key.Key_Return)
    fresh = await opened(window, FreshKeySheet)
    await until(lambda: fresh.snippet.code.code)
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


async def test_tab_goes_through_everything_from_top_to_bottom_and_what_has_it_is_in_view(window: MainWindow) -> None:
    pane = await shown(window)
    pane.edit(row_of(pane, "editor"))
    sheet = await opened(window, EditKeySheet)
    for section in sheet.form.sections:
        section.unfold()
    area = sheet.findChild(QScrollArea)
    reached, heights = [], []
    for _ in range(80):
        widget = focused()
        if widget in reached:
            break
        reached.append(widget)
        if sheet.form.isAncestorOf(widget):
            heights.append(widget.mapTo(sheet.form, widget.rect().topLeft()).y())
            top = widget.mapTo(area.viewport(), widget.rect().topLeft()).y()
            assert -4 <= top < area.viewport().height(), widget.accessibleName()
        QTest.keyClick(widget, Qt.Key.Key_Tab)
    assert sheet.form.max_output in reached
    assert sheet.accept_button in reached
    assert all(below >= above - 40 for above, below in itertools.pairwise(heights))
    left = [each for each in focusable(sheet.form) if each not in reached]
    unchosen = (QAbstractButton, QPushButton)  # of segments and swatches, arrow keys reach the others
    assert all(isinstance(each, unchosen) and each.isCheckable() for each in left), left


async def test_faults_are_told_beside_their_fields(window: MainWindow, service: GatewayService) -> None:
    await shown(window)
    window.go("keys", "new")
    sheet = await opened(window, NewKeySheet)
    form = sheet.form
    form.budget.amount.setText("5,50")
    form.thresholds.setText("50, 120")
    form.rpm.setText("often")
    form.models.which.set_value("some")
    form.providers.which.set_value("some")
    form.at_limit.how.set_value("downgrade")
    form.default_model.setText("fats")
    sheet.accept_button.click()
    assert form._name.error == "Give it a name."
    assert "5.50" in form._budget.error
    assert "120" in form._thresholds.error
    assert "at least one" in form._models.error
    assert "at least one" in form._providers.error
    assert "model to go on with" in form._at_limit.error
    assert "There is no model fats. Models here: code, fast" in form._default.error
    assert "whole number" in form._rpm.error
    assert focused() is form.name
    assert all(section.unfolded for section in (form.may_use, form.limits, form.defaults))
    assert not form.life.unfolded
    form.name.setText("ci")
    for field in (form.budget.amount, form.rpm, form.default_model, form.thresholds):
        field.clear()
    for choice in (form.models.which, form.providers.which):
        choice.set_value("all")
    form.at_limit.how.set_value("block")
    sheet.accept_button.click()
    await until(lambda: form._name.error)
    assert "already" in form._name.error
    assert len(await service.configuring.keys()) == 4
    QTest.keyClicks(form.name, "2")
    assert form._name.error == ""


async def test_what_is_wrong_is_said_while_it_is_typed(window: MainWindow) -> None:
    await shown(window)
    window.go("keys", "new")
    form = (await opened(window, NewKeySheet)).form
    QTest.keyClicks(form.budget.amount, "5,50")
    assert form._budget.error == ""  # not at every key
    await until(lambda: "5.50" in form._budget.error)
    assert "5.50" in form.budget.amount.accessibleDescription()
    assert form._name.error == ""  # nothing was typed there yet
    QTest.keyClicks(form.name, "ci")
    await until(lambda: "already" in form._name.error)
    form.budget.amount.clear()
    QTest.keyClicks(form.budget.amount, "5.50")
    assert form._budget.error == ""


async def test_a_key_is_made_with_every_field(window: MainWindow, service: GatewayService) -> None:
    pane = await shown(window)
    pane.new()
    sheet = await opened(window, NewKeySheet)
    form = sheet.form
    form.name.setText("whole")
    form.tag.setText("work")
    form.colour._swatches["teal"].click()
    form.note.setPlainText("The build server.")
    form.budget.amount.setText("12.50")
    form.budget.period.set_value("week")
    form.at_limit.how._segments["downgrade"].click()
    form.at_limit.model.setText("local")
    form.thresholds.setText("60, 90")
    form.models.which._segments["some"].click()
    form.models.list.set_checked("code")
    form.models.list.set_checked("local")
    form.models.patterns.setText("openai/*")
    form.providers.which._segments["some"].click()
    form.providers.list.set_checked("openai")
    form.providers.list.set_checked("local")
    form.local_only.click()
    for field, text in ((form.rpm, "60"), (form.tpm, "100,000"), (form.parallel, "4"), (form.max_output, "2048")):
        field.setText(text)
    form.expiry.preset.set_value("date")
    form.expiry.date.setText("2099-01-31 18:00")
    form.default_model.setText("local")
    sheet.accept_button.click()
    await opened(window, FreshKeySheet)
    key = (await stored(service, "whole")).key
    assert (key.tag, key.color, key.note) == ("work", "teal", "The build server.")
    assert (key.budget, key.period, key.thresholds) == (12 * USD + USD // 2, "week", (60, 90))
    assert (key.at_limit, key.downgrade_to) == ("downgrade", "local")
    assert (key.models, key.providers, key.local_only) == (("code", "local", "openai/*"), ("local", "openai"), True)
    assert (key.rpm, key.tpm, key.parallel) == (60, 100_000, 4)
    assert (key.default_model, key.max_output) == ("local", 2048)
    assert key.expires is not None
    assert time.localtime(key.expires)[:5] == (2099, 1, 31, 18, 0)


async def test_every_field_can_be_cleared_again(window: MainWindow, service: GatewayService) -> None:
    full = replace(
        (await stored(service, "ci")).key,
        tag="work",
        color="teal",
        note="The build server.",
        at_limit="downgrade",
        downgrade_to="local",
        thresholds=(60,),
        models=("code", "local", "openai/*"),
        providers=("openai", "local"),
        local_only=True,
        rpm=60,
        tpm=100_000,
        parallel=4,
        default_model="local",
        max_output=2048,
    )
    await service.configuring.edit_key(full)
    pane = await shown(window)
    pane.edit(row_of(pane, "ci"))
    sheet = await opened(window, EditKeySheet)
    form = sheet.form
    assert all(section.unfolded for section in form.sections)
    assert form.models.patterns.text() == "openai/*"
    fields = (form.tag, form.budget.amount, form.thresholds, form.rpm, form.tpm, form.parallel, form.default_model)
    for field in (*fields, form.max_output, form.note):
        field.clear()
    form.colour._swatches[""].click()
    form.at_limit.how._segments["block"].click()
    form.expiry.preset.set_value("never")
    form.models.which.set_value("all")
    form.providers.which.set_value("all")
    form.local_only.setChecked(False)
    sheet.accept_button.click()
    await until(lambda: sheet_of(window, KeySheet) is None)
    key = (await stored(service, "ci")).key
    bare = VirtualKey(
        id=key.id, name="ci", digest=full.digest, last4=full.last4, secret_ref=full.secret_ref, created=full.created
    )
    assert key == replace(bare, period="day", thresholds=())
    assert THRESHOLDS  # what a new key has; an emptied field means none


async def test_the_line_at_the_foot_says_what_the_key_would_reach(window: MainWindow) -> None:
    pane = await shown(window)
    pane.new()
    sheet = await opened(window, NewKeySheet)
    await until(lambda: sheet.reach.isVisible())
    assert sheet.reach.text == "Sees 4 models, reaches all: code, fast, local, smart"
    sheet.form.models.which._segments["some"].click()
    sheet.form.models.list.set_checked("fast")
    sheet.form.models.list.set_checked("smart")
    await until(lambda: sheet.reach.text == "Sees 2 models, reaches all: fast, smart")
    sheet.form.local_only.click()
    await until(lambda: "Sees none of the 4 models" in sheet.reach.text)
    sheet.reach.more.click()
    assert sheet.reach.table.isVisible()
    assert all(row.why for row in sheet.reach.table.rows.records)


async def test_folded_parts_say_what_is_in_them(window: MainWindow) -> None:
    pane = await shown(window)
    pane.new()
    form = (await opened(window, NewKeySheet)).form
    assert form.limits.head.accessibleName() == "Limits: none"
    form.limits.unfold()
    QTest.keyClicks(form.rpm, "60")
    await until(lambda: form.limits.head.accessibleName() == "Limits: 60 req/min")
    QTest.keyClick(form.limits.head, Qt.Key.Key_Space)
    assert not form.limits.unfolded


async def test_tags_and_longer_names_are_offered_while_they_are_typed(
    window: MainWindow, service: GatewayService
) -> None:
    await service.configuring.edit_key(replace((await stored(service, "ci")).key, tag="machines"))
    pane = await shown(window)
    pane.new()
    form = (await opened(window, NewKeySheet)).form
    form.tag.completer().setCompletionPrefix("mach")
    assert form.tag.completer().currentCompletion() == "machines"
    form.models.patterns.setText("fast, Ollama")
    completer = form.models.patterns.completer()
    assert completer.splitPath("fast, Ollama") == ["Ollama"]
    completer.setCompletionPrefix("Ollama on")
    found = completer.completionModel().mapToSource(completer.currentIndex())
    assert completer.pathFromIndex(found).startswith("fast, Ollama on this machine/")


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
    await until(lambda: pane.rows.index(2, 1).data() == "Expired")
    pane.table.select("editor")
    pane.detail.edit_wanted.emit()
    sheet = await opened(window, EditKeySheet)
    sheet.form.note.setPlainText("late")
    sheet.accept_button.click()
    await until(lambda: sheet_of(window, KeySheet) is None)
    assert (await stored(service, "editor")).key.expires == past


async def test_without_a_ready_vault_the_text_is_not_kept_and_the_reason_said(
    window: MainWindow, service: GatewayService
) -> None:
    pane = await shown(window)
    state = VaultState("file", "Encrypted file", False, "The vault is locked.", "Enter its passphrase.")
    NewKeySheet(pane, service, window.bridge, Offered(), state).open()
    sheet = await opened(window, NewKeySheet)
    assert not sheet.keep.switch.isEnabled()
    assert not sheet.keep.switch.isChecked()
    assert "The vault is locked." in sheet.keep.switch.accessibleDescription()
    assert sheet.keep.unlock.isVisible()
