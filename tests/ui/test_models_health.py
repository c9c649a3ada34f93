"""The Models pane over a running gateway: how deployments do, dragging, tests in place, history, limits."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from conduit_desktop.gateway.send.faults import LabFault
from conduit_desktop.records import TIMEOUTS, Deployment, Model, Timeouts
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.main_window import MainWindow
from conduit_desktop.ui.panes.models import ModelsPane
from conduit_desktop.ui.panes.models_deployments import AT_ONCE
from conduit_desktop.ui.panes.models_history import HistorySheet
from conduit_desktop.ui.widgets.sheet import Sheet
from tests.ui.accessible import unnamed
from tests.ui.eventually import until
from tests.ui.health_steps import LIMITED, fail, happened
from tests.ui.test_models import stored, until_stored

COUNT = 40
pytestmark = pytest.mark.usefixtures("alone")


async def shown(window: MainWindow, alias: str, rows: int = 4) -> ModelsPane:
    window.go("models")
    pane = window.pane("models")
    assert isinstance(pane, ModelsPane)
    await until(lambda: len(pane.rows) == rows)
    pane.open_with(alias)
    assert pane.detail.model is not None
    return pane


async def running(service: GatewayService) -> None:
    await service.set_setting("port", 41780)
    await service.start()
    assert service.status.state == "running"


def cards(pane: ModelsPane) -> list[Any]:
    return pane.detail.deployments.cards


def badge(pane: ModelsPane, alias: str) -> str:
    return next(row.badge[0] for row in pane.rows.records if row.model.alias == alias)


def texts(widget: QWidget) -> str:
    return " ".join(label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget))


async def test_a_deployment_that_fails_is_shown_and_used_again(window: MainWindow, service: GatewayService) -> None:
    await running(service)
    pane = await shown(window, "smart")
    first = cards(pane)[0]
    await until(lambda: first.dot.word == "Ready")
    assert not first.use.isVisibleTo(pane)
    assert "Ready" in first.accessibleName()
    await fail(service, "smart-0")
    await until(lambda: first.dot.word == "Kept away", "the failure being shown")
    assert "overloaded (529)" in texts(first)
    assert "Tried again at" in texts(first)
    assert badge(pane, "smart") == "1 kept away"
    assert not unnamed(pane)
    first.use.setFocus()
    QTest.keyClick(first.use, Qt.Key.Key_Space)
    await until(lambda: first.dot.word == "Ready", "its being used again")
    assert QApplication.focusWidget() is first.history
    assert badge(pane, "smart") == "On"
    for each in ("smart-0", "smart-1"):
        await fail(service, each, LIMITED, 1)
    await until(lambda: badge(pane, "smart") == "All kept away")


async def test_a_stopped_gateway_claims_nothing(window: MainWindow, service: GatewayService) -> None:
    pane = await shown(window, "smart")
    first = cards(pane)[0]
    assert first.dot.word == "Gateway stopped"
    await until(lambda: "requests" in texts(first), "the figures of the log")
    assert "last 24 h" in texts(first)
    await running(service)
    await until(lambda: first.dot.word == "Ready", "the gateway's start being seen")
    await service.stop()
    await until(lambda: first.dot.word == "Gateway stopped", "the gateway's end being seen")


async def test_nothing_is_read_while_nobody_looks(
    window: MainWindow, service: GatewayService, monkeypatch: pytest.MonkeyPatch
) -> None:
    await running(service)
    pane = await shown(window, "smart")
    await until(lambda: cards(pane)[0].dot.word == "Ready")
    looks: list[int] = []
    health = service.routing.health

    async def counted() -> Any:
        looks.append(1)
        return await health()

    monkeypatch.setattr(service.routing, "health", counted)
    window.go("settings")
    await fail(service, "smart-0")
    await until(lambda: not window.bridge._waiting, "the change being told")
    pane.watch.look()
    assert not looks
    assert not pane.watch._wait.isActive()
    window.go("models")
    await until(lambda: cards(pane)[0].dot.word == "Kept away", "the change being seen on return")
    assert looks


async def test_a_test_says_in_place_how_it_went(window: MainWindow, service: GatewayService) -> None:
    demo = await service.configuring.add_provider("demo", "demo")
    await service.configuring.add_deployment("trial", demo.id, "demo")
    await running(service)
    pane = await shown(window, "trial", 5)
    card = cards(pane)[0]
    await fail(service, card.served.deployment.id)
    await until(lambda: card.dot.word == "Kept away")
    card.test.click()
    await until(lambda: "always answers" in card.probe.words)
    assert card.test.isEnabled()
    await until(lambda: card.dot.word == "Ready", "a good test closing the circuit")


async def test_what_the_fault_lab_plays_is_said(window: MainWindow, service: GatewayService) -> None:
    await running(service)
    pane = await shown(window, "smart")
    await service.routing.set_fault("smart-1", LabFault("rate_limited", 5.0))
    await until(lambda: cards(pane)[1]._lab.text == "Fault lab: 429 rate limit")
    assert cards(pane)[1]._lab.isVisibleTo(pane)
    await service.routing.set_fault("smart-1", None)
    await until(lambda: not cards(pane)[1]._lab.isVisibleTo(pane))


async def test_cards_are_dragged_and_moved_by_keys(window: MainWindow, service: GatewayService) -> None:
    pane = await shown(window, "smart")
    one, two = cards(pane)
    below = QPointF(two.mapToGlobal(two.rect().bottomLeft()))
    one.grip.pressed.emit()
    one.grip.dragged.emit(below)
    assert pane.detail.deployments._dragging._mark.isVisibleTo(pane)
    QTest.keyClick(window, Qt.Key.Key_Escape)
    one.grip.released.emit()
    assert cards(pane) == [one, two], "Esc puts it back"
    one.grip.pressed.emit()
    one.grip.dragged.emit(below)
    one.grip.released.emit()
    assert cards(pane) == [two, one]
    assert not pane.detail.deployments._dragging._mark.isVisibleTo(pane)
    await until_stored(service, "smart", lambda model: model.deployments[0].id == "smart-1")
    window.activateWindow()
    one.enabled.setFocus()
    QTest.keyClick(one.enabled, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    await until_stored(service, "smart", lambda model: model.deployments[0].id == "smart-0")
    assert [each.priority for each in (await stored(service, "smart")).deployments] == [1, 2]
    assert QApplication.focusWidget() is one.enabled
    assert "1 of 2" in one.accessibleName()


async def test_switching_one_off_leaves_priorities_alone(window: MainWindow, service: GatewayService) -> None:
    model = await stored(service, "smart")
    same = tuple(Deployment(**_fields(each) | {"priority": 4}) for each in model.deployments)
    await service.configuring.save_model(Model(**_fields(model) | {"deployments": same}))
    pane = await shown(window, "smart")
    await until(lambda: cards(pane)[0].served.deployment.priority == 4)
    cards(pane)[0].enabled.click()
    await until_stored(service, "smart", lambda model: not model.deployments[0].enabled)
    assert [each.priority for each in (await stored(service, "smart")).deployments] == [4, 4]


def _fields(record: Any) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__dataclass_fields__}


async def test_weights_show_their_share(window: MainWindow, service: GatewayService) -> None:
    pane = await shown(window, "code")
    one, two = cards(pane)
    one.weight.setValue(3)
    await until(lambda: "75 %" in texts(one))
    assert "25 %" in texts(two)
    pane.detail.routing.radios["simple"].click()
    assert not one.weight.isVisibleTo(pane)
    assert "top to bottom" in pane.detail._order.text()


async def test_limits_are_set_in_the_sheet(window: MainWindow, service: GatewayService) -> None:
    pane = await shown(window, "smart")
    cards(pane)[1].button("edit").click()
    sheet: Any = next(each for each in window.findChildren(Sheet, "deployment") if not each.isHidden())
    assert not unnamed(sheet)
    assert "Not known" in sheet.limits.context.placeholderText()
    sheet.limits.show_known("gpt-4-0613")
    assert sheet.limits.context.placeholderText() == "8,192 (known)"
    assert "Known to take no images and no JSON schema" in texts(sheet)
    sheet.limits.rpm.setText("many")
    sheet.accept_button.click()
    assert sheet.limits.rpm.hasFocus()
    sheet.limits.rpm.setText("60")
    sheet.limits.tpm.setText("90,000")
    sheet.limits.context.setText("128000")
    sheet.limits.lacks["images"].click()
    sheet.limits.priority.setValue(1)
    sheet.limits.weight.setValue(5)
    sheet.accept_button.click()
    await until_stored(service, "smart", lambda model: any(each.rpm == 60 for each in model.deployments))
    made = next(each for each in (await stored(service, "smart")).deployments if each.rpm == 60)
    assert (made.id, made.tpm, made.parallel, made.context_window) == ("smart-1", 90_000, None, 128_000)
    assert (made.lacks, made.priority, made.weight) == (("images",), 1, 5)
    card = pane.detail.deployments.card_of("smart-1")
    assert card is not None
    assert "no images" in texts(card)


async def test_time_limits_cache_and_broken_streams(window: MainWindow, service: GatewayService) -> None:
    pane = await shown(window, "smart")
    pane.detail.tabs.setCurrentIndex(1)
    routing: Any = pane.detail.routing
    times = routing.times
    assert times.fields["connect"].placeholderText() == "10 s (default)"
    first = times.fields["first_token"]
    first.setFocus()
    QTest.keyClicks(first, "20")
    QTest.keyClick(first, Qt.Key.Key_Return)
    await until_stored(service, "smart", lambda model: model.timeouts.first_token == 20.0)
    times.fields["total"].setFocus()
    QTest.keyClicks(times.fields["total"], "12 s")
    QTest.keyClick(times.fields["total"], Qt.Key.Key_Return)
    await until_stored(service, "smart", lambda model: model.timeouts == Timeouts(first_token=20.0, total=12.0))
    await until(lambda: times.rows["first_token"].remark)
    remarks = {name: row.remark for name, row in times.rows.items()}
    assert remarks == {
        "connect": "",
        "first_token": "What applies: 12 s (the total, instead of 20 s).",
        "idle": "What applies: 12 s (the total, instead of 600 s).",
        "total": "",
    }, "as `model set` says it"
    assert "instead of 20 s" in first.accessibleDescription()
    times.fields["total"].clear()
    times.fields["total"].editingFinished.emit()
    await until_stored(service, "smart", lambda model: model.timeouts == Timeouts(first_token=20.0))
    await until(lambda: not any(row.remark for row in times.rows.values()))
    QTest.keyClicks(times.fields["total"], "0")
    QTest.keyClick(times.fields["total"], Qt.Key.Key_Return)
    assert times.rows["total"].error
    assert pane.detail.model is not None
    assert pane.detail.model.timeouts.total == TIMEOUTS.total, "what cannot be is not stored"
    times.fields["total"].clear()
    QTest.keyClicks(times.fields["total"], "100")
    QTest.keyClick(times.fields["total"], Qt.Key.Key_Return)
    await until_stored(service, "smart", lambda model: model.timeouts == Timeouts(first_token=20.0, total=100.0))
    routing.cache.set_value("3600")
    routing.cache.picked.emit("3600")
    routing.resume.click()
    await until_stored(service, "smart", lambda model: model.cache_seconds == 3600 and model.resume)
    assert not unnamed(pane)
    pane.table.select("fast")
    assert (routing.cache.value, routing.resume.isChecked(), first.text()) == ("", False, "")


async def test_history_is_listed_and_followed(window: MainWindow, service: GatewayService) -> None:
    happened(service, "smart-0", "open", "It timed out", ago=100)
    happened(service, "fast-0", "open", "Not this one", ago=90)
    happened(service, "smart-0", "closed", ago=60)
    pane = await shown(window, "smart")
    cards(pane)[0].history.click()
    sheet = next(each for each in window.findChildren(HistorySheet) if not each.isHidden())
    await until(lambda: "It timed out" in texts(sheet))
    assert "Not this one" not in texts(sheet)
    assert not unnamed(sheet)
    happened(service, "smart-0", "open", "It was reset")
    await until(lambda: "It was reset" in texts(sheet), "the change being followed")
    sheet.finish()
    cards(pane)[1].history.click()
    other = next(each for each in window.findChildren(HistorySheet) if not each.isHidden())
    await until(lambda: "Nothing yet" in texts(other))


async def test_forty_deployments_keep_their_cards(window: MainWindow, service: GatewayService) -> None:
    some = tuple(
        Deployment(
            id=f"d{at}", model_id="many", provider_id="openai", upstream_model=f"gpt-{at}-" + "x" * 80, priority=at + 1
        )
        for at in range(COUNT)
    )
    await service.configuring.save_model(Model(id="many", alias="many", strategy="random", deployments=some))
    pane = await shown(window, "many", 5)
    assert len(cards(pane)) == AT_ONCE, "the window does not stand still"
    assert "1 of 40" in cards(pane)[0].accessibleName()
    await until(lambda: len(cards(pane)) == COUNT)
    before = list(cards(pane))
    assert pane.detail.minimumSizeHint().width() < 500
    cards(pane)[0].enabled.click()
    cards(pane)[COUNT - 1].moved.emit(-1)
    assert set(cards(pane)) == set(before)
    assert cards(pane)[COUNT - 2] is before[-1]
    await until_stored(service, "many", lambda model: model.deployments[-2].id == f"d{COUNT - 1}")
    cards(pane)[0].button("trash").click()
    await until_stored(service, "many", lambda model: len(model.deployments) == COUNT - 1)
    await until(lambda: cards(pane)[0] is before[1])
