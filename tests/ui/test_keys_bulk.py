"""The keys pane over the real service: filters, many keys, and what is done with several at once."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from conduit_desktop.records import VirtualKey
from conduit_desktop.runtime.keys import KeyView
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.main_window import MainWindow
from conduit_desktop.ui.panes.keys import KeysPane
from tests.ui.accessible import unnamed
from tests.ui.eventually import until
from tests.ui.keys_steps import USD, answer, press, question, row_of, shown, stored, texts


def names(pane: KeysPane) -> list[str]:
    return [row.name for row in pane.rows.records]


async def choose_all(window: MainWindow) -> KeysPane:
    pane = await shown(window)
    pane.table.view.selectAll()
    await until(lambda: pane.bulk.isVisible())
    return pane


async def test_chips_narrow_down_and_say_how_many_they_leave(window: MainWindow, service: GatewayService) -> None:
    key = (await stored(service, "agent")).key
    await service.configuring.edit_key(replace(key, tag="work"))
    pane = await shown(window)
    chips = pane.filters.chips
    await until(lambda: "tag:work" in chips._chips)
    assert chips.chip("off").accessibleName() == "Off: 1"
    assert not chips.chip("spent").isVisible()  # it would leave nothing
    chips.chip("off").click()
    assert names(pane) == ["notebook"]
    chips.chip("expiring").click()
    assert names(pane) == ["ci", "notebook"]  # either state will do
    chips.chip("budget").click()
    assert names(pane) == ["ci"]  # and a budget
    pane.filters.clear_button.click()
    assert len(pane.rows) == 4
    chips.chip("tag:work").click()
    assert names(pane) == ["agent"]
    assert unnamed(pane.filters) == []


async def test_search_finds_names_tags_and_notes_and_nothing_says_so(
    window: MainWindow, service: GatewayService
) -> None:
    key = (await stored(service, "ci")).key
    await service.configuring.edit_key(replace(key, note="The build server in the cellar.", models=("fast",)))
    pane = await shown(window)
    await until(lambda: row_of(pane, "ci").view.key.note)
    search = pane.filters.search
    for text, left in (("AGE", ["agent"]), ("cellar build", ["ci"]), ("fast", ["ci"]), ("", 4)):
        search.setText(text)
        QTest.keyClick(search, Qt.Key.Key_Return)
        assert names(pane) == left if isinstance(left, list) else len(pane.rows) == left
    search.setText("nobody")
    QTest.keyClick(search, Qt.Key.Key_Return)
    assert "No key fits" in texts(pane)
    press("Clear filters", pane.table)
    assert len(pane.rows) == 4


async def test_a_key_sought_from_elsewhere_is_shown_though_filters_hide_it(window: MainWindow) -> None:
    pane = await shown(window)
    pane.filters.choose("off")
    assert names(pane) == ["notebook"]
    window.go("keys", "editor")
    await until(lambda: pane.table.current is not None and pane.table.current.name == "editor")
    assert not pane.filters.wanted.active


async def test_several_are_switched_off_and_on_again(window: MainWindow, service: GatewayService) -> None:
    pane = await choose_all(window)
    assert "4 keys" in texts(pane.bulk)
    assert unnamed(pane.bulk) == []
    press("Disable", pane.bulk)
    await until(lambda: pane.bulk.outcome.text == "Disabled 4 keys")
    assert not any(view.key.enabled for view in await service.configuring.keys())
    assert len(pane.table.selected) == 4  # so that more can be done with them
    press("Enable", pane.bulk)
    await until(lambda: pane.bulk.outcome.text == "Enabled 4 keys")
    assert all(view.key.enabled for view in await service.configuring.keys())


async def test_budget_tag_and_expiry_of_several(window: MainWindow, service: GatewayService) -> None:
    pane = await choose_all(window)
    bulk = pane.bulk
    bulk.budget.amount.setText("5,50")
    press("Apply", bulk._budget)
    assert "5.50" in bulk._budget.error
    bulk.budget.amount.setText("7.50")
    bulk.budget.period.set_value("week")
    press("Apply", bulk._budget)
    await until(lambda: bulk.outcome.text == "Set $7.50 as the budget of 4 keys")
    bulk.tag.setText("shared")
    press("Apply", bulk._tag)
    await until(lambda: bulk.outcome.text == "Tagged “shared” 4 keys")
    bulk.expiry.preset.set_value("30")
    press("Apply", bulk._expiry)
    await until(lambda: bulk.outcome.text.endswith("as the end of 4 keys"))
    keys = [view.key for view in await service.configuring.keys()]
    assert {(key.budget, key.period, key.tag) for key in keys} == {(7 * USD + USD // 2, "week", "shared")}
    assert all(key.expires is not None and 29 < (key.expires - time.time()) / 86400 <= 30 for key in keys)
    bulk.budget.amount.clear()
    press("Apply", bulk._budget)
    await until(lambda: bulk.outcome.text == "Took the limit from 4 keys")
    assert {view.key.budget for view in await service.configuring.keys()} == {None}


async def test_what_fails_is_named_with_its_reason_and_the_others_are_done(
    window: MainWindow, service: GatewayService
) -> None:
    key, _ = await service.configuring.create_key(
        VirtualKey(id="", name="unkept", digest="", last4=""), keep_text=False
    )
    before = {view.key.name: view.key.digest for view in await service.configuring.keys()}
    pane = await shown(window)
    await until(lambda: len(pane.rows) == 5)
    pane.table.view.selectAll()
    await until(lambda: pane.bulk.isVisible())
    press("Rotate…", pane.bulk)
    await until(lambda: question(window))
    await answer(window, "Rotate")
    await until(lambda: pane.bulk.outcome.text.startswith("Rotated 4 of 5 keys"))
    assert "unkept: its text is not kept" in pane.bulk.outcome.text
    after = {view.key.name: view.key.digest for view in await service.configuring.keys()}
    assert [name for name in after if after[name] == before[name]] == ["unkept"]
    assert key.digest == after["unkept"]


async def test_the_table_is_shown_anew_once_and_not_for_every_key(
    window: MainWindow, service: GatewayService, monkeypatch: pytest.MonkeyPatch
) -> None:
    for at in range(40):
        await service.configuring.create_key(VirtualKey(id="", name=f"more {at}", digest="", last4=""))
    pane = await shown(window)
    await until(lambda: len(pane.rows) == 44)
    read, asked = service.configuring.keys, [0]

    async def counted() -> list[KeyView]:
        asked[0] += 1
        return await read()

    pane.table.view.selectAll()
    monkeypatch.setattr(service.configuring, "keys", counted)
    press("Disable", pane.bulk)
    await until(lambda: pane.bulk.outcome.text == "Disabled 44 keys")
    assert asked[0] <= 3
    assert all(not row.view.key.enabled for row in pane.rows.records)


async def test_deleting_several_names_them(window: MainWindow, service: GatewayService) -> None:
    pane = await choose_all(window)
    press("Delete…", pane.bulk)
    await until(lambda: question(window))
    assert "agent, ci, editor, notebook" in texts(question(window))
    await answer(window, "Cancel")
    assert len(await service.configuring.keys()) == 4
    press("Delete…", pane.bulk)
    await answer(window, "Delete 4 keys")
    await until(lambda: not len(pane.rows))
    assert await service.configuring.keys() == []
    assert not pane.bulk.isVisible()


async def test_deleting_many_asks_for_a_word(window: MainWindow, service: GatewayService) -> None:
    for at in range(8):
        await service.configuring.create_key(VirtualKey(id="", name=f"more {at}", digest="", last4=""))
    pane = await shown(window)
    await until(lambda: len(pane.rows) == 12)
    pane.table.view.selectAll()
    press("Delete…", pane.bulk)
    await until(lambda: question(window))
    dialog = question(window)
    assert "and 4 more" in texts(dialog)
    go = next(b for b in dialog.findChildren(type(pane._new)) if b.text() == "Delete 12 keys")
    assert not go.isEnabled()
    field = dialog.focusWidget()
    QTest.keyClicks(field, "delete")
    assert go.isEnabled()
    assert unnamed(dialog) == []
    go.click()
    await until(lambda: not len(pane.rows))


async def test_the_keyboard_chooses_several_and_leaves_them(window: MainWindow) -> None:
    pane = await shown(window)
    view = pane.table.view
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Down)
    assert pane.detail.isVisible()
    QTest.keyClick(view, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert pane.bulk.isVisible()
    assert "2 keys" in texts(pane.bulk)
    QTest.keyClick(view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert "4 keys" in texts(pane.bulk)
    QTest.keyClick(pane.bulk, Qt.Key.Key_Escape)
    assert not pane.bulk.isVisible()
    assert pane.table.selected == []


async def test_a_thousand_keys_and_long_names(window: MainWindow, service: GatewayService) -> None:
    def fill() -> None:
        for at in range(1000):
            key = VirtualKey(
                id=f"id-{at}",
                name=f"{at} {'long name ' * 6}"[:64].strip(),
                digest=f"{at:064x}",
                last4="abcd",
                budget=USD,
                tag=f"group {at % 20}",
                created=time.time(),
            )
            service._store.keys.put(key)

    await service.run(fill)
    pane = await shown(window)
    await until(lambda: len(pane.rows) == 1004)
    window.resize(900, 600)
    assert pane.table.select("id-777")
    assert pane.detail.isVisible()
    hidden = {column.title for at, column in enumerate(pane.rows.columns) if pane.table.view.isColumnHidden(at)}
    assert {"Key", "Limits", "Models"} <= hidden
    assert not hidden & {"Name", "Status", "Budget"}
    assert sum(key.startswith("tag:") for key in pane.filters.chips._chips) == 12  # the most frequent ones
    pane.filters.search.setText("777")
    QTest.keyClick(pane.filters.search, Qt.Key.Key_Return)
    assert len(pane.rows) == 1
