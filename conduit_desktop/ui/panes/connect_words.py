"""What the Connect pane says of the key, the model and the gateway before a snippet can work. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from conduit_desktop.runtime.keys import KeyView
from conduit_desktop.runtime.service import GatewayStatus
from conduit_desktop.ui.panes import keys_words


class Remark(NamedTuple):
    """A line above the snippets: how grave it is, what is so, and the button's ``action`` with its ``key``."""

    severity: str
    text: str
    action: str = ""
    act: str = ""


def address(status: GatewayStatus, port: int) -> str:
    """Where the gateway is reached, or will be once it is started."""
    return status.base_url or f"http://127.0.0.1:{port}"


def of_gateway(status: GatewayStatus) -> Remark | None:
    """What there is to say of the gateway."""
    match status.state:
        case "running":
            return None  # that it has another port than was asked for stands above every pane
        case "starting":
            return Remark("info", "The gateway is starting.")
        case "draining":
            return Remark("warning", "The gateway is stopping: it takes no new requests.")
        case "failed":
            return Remark("error", "The gateway did not start: no tool reaches it.", "Start", "start")  # why: likewise
        case _:
            return Remark("warning", "The gateway is stopped: no tool reaches it.", "Start", "start")


def of_key(view: KeyView, now: float, known: bool) -> Remark | None:
    """Why the key does not work, or that its text is not known."""
    state = keys_words.state(view, now)
    if not state.works:
        why = keys_words.WHY[state.kind]
        return Remark("warning", f"The key {view.key.name} {why}: its requests are refused.", "Show the key", "key")
    if not known:
        text = f"The text of {view.key.name} is not kept: put your own copy in place of the placeholder."
        return Remark("info", text, "New key", "new")
    return None


def of_models(view: KeyView, usable: Sequence[str]) -> Remark | None:
    """That there is nothing to ask for."""
    if usable:
        return None
    if view.key.models:
        names = ", ".join(view.key.models)
        return Remark("warning", f"The key {view.key.name} allows only {names}, and no model here is that.", "", "")
    return Remark("warning", "No model is set up yet, so there is nothing to ask for.", "Add a model", "model")


def key_choices(views: Sequence[KeyView], now: float) -> list[tuple[str, str]]:
    """The keys to choose from, those that do not work marked."""
    found = []
    for view in views:
        state = keys_words.state(view, now)
        mark = "" if state.works else f" ({state.word.lower()})"
        found.append((view.key.id, f"{view.key.name}{mark}  …{view.key.last4}"))
    return found
