"""The fault lab in Settings, and the banner while a fault is on: over a real gateway."""

from __future__ import annotations

from typing import Any

import pytest

from conduit_desktop.runtime.routing import FAULTS, LabFault, LabState
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.main_window import MainWindow
from conduit_desktop.ui.panes.settings import SettingsPane
from conduit_desktop.ui.panes.settings_faults import FaultsSection
from conduit_desktop.ui.panes.settings_faults_words import (
    Place,
    banner_words,
    fault_words,
    places,
    try_words,
    while_words,
)
from tests.ui.accessible import unnamed
from tests.ui.eventually import until

PLACE = Place("d", "fast  ·  OpenAI/gpt-5-mini", "fast", 1)


async def lab(window: MainWindow, service: GatewayService, *, start: bool = True) -> FaultsSection:
    if start:
        await service.set_setting("port", 41795)
        await service.start()
    window.go("settings")
    pane = window.pane("settings")
    assert isinstance(pane, SettingsPane)
    await until(lambda: pane.faults.place.count() > 1)
    return pane.faults


def pick(choice: Any, key: str) -> None:
    """Choose as a user does."""
    at = choice.findData(key)
    choice.setCurrentIndex(at)
    choice.activated.emit(at)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (LabFault("rate_limited", 10.0), "429 rate limit, Retry-After 10 s"),
        (LabFault("slow", 2.5), "Slow answer, pause 2.5 s"),
        (LabFault("cut", early=True), "Cut off before the first words"),
        (LabFault("stalled"), "Stalled after the first words"),
        (LabFault("html"), "Web page"),
    ],
)
def test_a_fault_in_words(fault: LabFault, said: str) -> None:
    assert fault_words(fault) == said


def test_for_how_long_and_how_often() -> None:
    assert while_words(LabState(LabFault("html"))) == "until it is switched off"
    assert while_words(LabState(LabFault("html", requests=3), 2)) == "for the next 3 calls · met by 2"
    assert while_words(LabState(LabFault("html", requests=1))) == "for the next call"
    assert while_words(LabState(LabFault("html", chance=0.25))) == "in 25 % of calls, until it is switched off"


def test_the_banner_names_one_and_counts_more() -> None:
    one = {"d": LabState(LabFault("html"))}
    assert banner_words(one, [PLACE]) == (
        "Fault lab: fast  ·  OpenAI/gpt-5-mini answers wrongly on purpose: Web page, until it is switched off."
    )
    assert banner_words({**one, "e": one["d"]}, [PLACE]) == "Fault lab: 2 deployments answer wrongly on purpose."


def test_how_to_meet_it() -> None:
    assert "Another deployment may take over" in try_words(PLACE)
    assert "nothing else answers" in try_words(PLACE._replace(others=0))


async def test_every_deployment_and_its_direct_form_can_be_chosen(service: GatewayService) -> None:
    configuring = service.configuring
    found = places(await configuring.models(), await configuring.providers())
    assert Place("smart-0", "smart  ·  Anthropic/claude-sonnet-4-5", "smart", 1) in found
    assert Place("OpenAI/gpt-5-mini", "OpenAI/gpt-5-mini, asked for directly", "OpenAI/gpt-5-mini") in found


async def test_a_fault_is_switched_on_shown_everywhere_and_switched_off(
    window: MainWindow, service: GatewayService
) -> None:
    section = await lab(window, service)
    pick(section.place, "smart-0")
    pick(section.kind, "cut")
    assert section.where_row.isVisibleTo(section)
    assert not section.seconds_row.isVisibleTo(section)
    assert section.model.text == "smart"
    section.where._segments["early"].click()
    section.how_long._segments["calls"].click()
    section.calls.setValue(2)
    assert not unnamed(section)
    section.switch_on.click()
    await until(lambda: section.dot.word == "1 fault on")
    assert await service.routing.faults() == {"smart-0": LabState(LabFault("cut", early=True, requests=2))}
    await until(lambda: "Cut off before the first words, for the next 2 calls" in window.banners.text("faults"))
    assert window.header.lab.isVisibleTo(window)
    window.banners._shown["faults"].button.click()
    await until(lambda: section.dot.word == "Off" and not window.banners.text("faults"))
    assert not window.header.lab.isVisibleTo(window)


async def test_all_are_switched_off_at_once(window: MainWindow, service: GatewayService) -> None:
    section = await lab(window, service)
    for key in ("smart-0", "fast-1"):
        await service.routing.set_fault(key, LabFault("overloaded"))
    await until(lambda: section.dot.word == "2 faults on")
    section.all_off.click()
    await until(lambda: section.dot.word == "Off")
    assert await service.routing.faults() == {}


async def test_the_usual_seconds_come_with_the_fault(window: MainWindow, service: GatewayService) -> None:
    section = await lab(window, service)
    pick(section.kind, "slow_first")
    assert section.seconds.value() == FAULTS["slow_first"].usual
    pick(section.kind, "rate_limited")
    assert (section.seconds.value(), section.seconds.accessibleName()) == (10, "Retry-After")
    pick(section.kind, "slow")
    section.seconds.setValue(4)
    section.how_long._segments["chance"].click()
    section.chance.setValue(30)
    assert section.chosen == LabFault("slow", 4.0, chance=0.3)


async def test_a_stopped_gateway_plays_nothing(window: MainWindow, service: GatewayService) -> None:
    section = await lab(window, service, start=False)
    assert not section.switch_on.isEnabled()
    assert section.problem.text().startswith("The gateway is stopped")
    await service.set_setting("port", 41796)
    await service.start()
    await until(section.switch_on.isEnabled)
    await service.routing.set_fault("smart-0", LabFault("html"))
    await until(lambda: bool(window.banners.text("faults")))
    await service.stop()
    await until(lambda: not window.banners.text("faults"))  # it ended with the gateway
    await until(lambda: section.dot.word == "Off")
