"""The routing preview in the Models pane: asked of the real planner, in words and step by step."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtWidgets import QLabel

from conduit_desktop.records import Model
from conduit_desktop.runtime.routing import Preview, Step, Wanted
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.main_window import MainWindow
from conduit_desktop.ui.panes.models import ModelsPane
from conduit_desktop.ui.panes.models_preview import RoutingPreview
from conduit_desktop.ui.panes.models_preview_words import grouped, said, why_words
from tests.ui.accessible import unnamed
from tests.ui.eventually import until
from tests.ui.health_steps import fail

pytestmark = pytest.mark.usefixtures("alone")


def step(n: int, provider: str, state: str, why: str = "", model: str = "smart") -> Step:
    return Step(n, model, provider, "m", f"d{n}", why, state)  # type: ignore[arg-type]


GOING = tuple(step(n, name, "first" if n == 1 else "then") for n, name in enumerate("abcde", 1))


async def shown(window: MainWindow, alias: str = "smart") -> RoutingPreview:
    window.go("models")
    pane = window.pane("models")
    assert isinstance(pane, ModelsPane)
    await until(lambda: len(pane.rows) == 4)
    pane.open_with(alias)
    found = pane.detail.preview
    pane.detail.tabs.setCurrentIndex(pane.detail.tabs.count() - 1)
    await until(lambda: bool(found.said.text()))
    return found


def texts(preview: RoutingPreview) -> str:
    return "\n".join(label.text() for label in preview.findChildren(QLabel) if not label.isHidden())


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ((), "This request would go nowhere."),
        (GOING[:1], "This request would go to a/m, and nowhere else."),
        (GOING[:3], "This request would go to a/m, then to b/m, then to c/m."),
        (GOING, "This request would go to a/m, then to b/m, then to c/m, and 2 more."),
        ((step(0, "a", "skipped"),), "This request would go nowhere."),
    ],
)
def test_where_it_would_go_in_a_sentence(steps: tuple[Step, ...], words: str) -> None:
    assert said(Preview(steps)) == words


def test_steps_stand_under_what_they_are_for() -> None:
    steps = (GOING[0], step(0, "x", "skipped"), GOING[1], step(3, "f", "fallback"), step(4, "c", "content"))
    assert [(group, [each.provider for each in some]) for group, some in grouped(steps)] == [
        ("Goes to", ["a", "b"]),
        ("When all of these fail", ["f"]),
        ("When a content filter refuses it", ["c"]),
        ("Not asked", ["x"]),
    ]


def test_a_reason_is_a_sentence_and_not_said_twice() -> None:
    assert why_words(step(1, "a", "first", "by the order of the deployments")) == "By the order of the deployments."
    assert why_words(step(2, "a", "fallback", "when none of the model's own deployments can")) == ""


async def test_what_a_request_has_decides_where_it_goes(window: MainWindow, service: GatewayService) -> None:
    models = {each.alias: each for each in await service.configuring.models()}
    first, other = models["smart"].deployments
    changed: Model = replace(models["smart"], deployments=(replace(first, lacks=("images",)), other))
    await service.configuring.save_model(changed)
    await service.set_setting("port", 41798)
    await service.start()
    preview = await shown(window)
    await until(lambda: preview.said.text().startswith("This request would go to Anthropic/claude-sonnet-4-5, then"))
    preview.has["images"].click()
    await until(lambda: preview.said.text().startswith("This request would go to OpenRouter/anthropic"))
    assert "Takes no images." in texts(preview)
    assert not unnamed(preview)
    await fail(service, "smart-1")
    await until(lambda: "tried again in" in texts(preview))


async def test_a_key_may_not_go_everywhere(window: MainWindow, service: GatewayService) -> None:
    view = next(each for each in await service.configuring.keys() if each.key.name == "editor")
    await service.configuring.edit_key(replace(view.key, models=("fast",)))
    preview = await shown(window)
    assert preview.note.text().startswith("The gateway is stopped")
    await until(lambda: preview.key.count() > 1)
    at = preview.key.findData("editor")
    preview.key.setCurrentIndex(at)
    preview.key.activated.emit(at)
    assert preview.wanted == Wanted("openai-chat", key_id="editor")
    await until(lambda: preview.said.text() == "This request would go nowhere.")
    assert "editor" in preview.note.text()
