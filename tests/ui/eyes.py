"""Says what is on the screen, as a screen reader sees it. Runs under the system's own Python, which has gi.

Each line on standard input asks for a look; the answer is one line of JSON: every accessible object that is showing,
parents before children, with its role, name, id, description, text, states and place on the screen; and before them,
what was announced since the look before.
"""

import json
import sys
from typing import Any

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # noqa: E402

STATES = {
    "enabled": Atspi.StateType.ENABLED,
    "focused": Atspi.StateType.FOCUSED,
    "checked": Atspi.StateType.CHECKED,
    "selected": Atspi.StateType.SELECTED,
    "editable": Atspi.StateType.EDITABLE,
    "active": Atspi.StateType.ACTIVE,
}
DEEP = 60


def look(name: str) -> list[dict[str, Any]]:
    """What shows of the application called ``name``."""
    found: list[dict[str, Any]] = []
    desktop = Atspi.get_desktop(0)
    for at in range(desktop.get_child_count()):
        application = desktop.get_child_at_index(at)
        if application is not None and application.get_name() == name:
            application.set_cache_mask(Atspi.Cache.NONE)  # what was so a moment ago is of no use
            for window in range(application.get_child_count()):
                walk(application.get_child_at_index(window), found, 0)
    return found


def walk(node: Any, found: list[dict[str, Any]], depth: int) -> None:
    if node is None or depth > DEEP:
        return
    try:
        states = node.get_state_set()
        if not states.contains(Atspi.StateType.SHOWING):
            return
        found.append(told(node, states, depth))
        children = node.get_child_count()
    except GLib.GError:
        return  # it went while we looked
    for at in range(children):
        try:
            child = node.get_child_at_index(at)
        except GLib.GError:
            return
        walk(child, found, depth + 1)


def told(node: Any, states: Any, depth: int) -> dict[str, Any]:
    area = node.get_component_iface()
    box = area.get_extents(Atspi.CoordType.SCREEN) if area is not None else None
    words = node.get_text_iface()
    return {
        "role": node.get_role_name(),
        "name": node.get_name() or "",
        "id": (node.get_accessible_id() or "").rpartition(".")[2],
        "description": node.get_description() or "",
        "text": Atspi.Text.get_text(words, 0, -1) if words is not None else "",
        "box": [box.x, box.y, box.width, box.height] if box is not None else [0, 0, 0, 0],
        "states": [name for name, state in STATES.items() if states.contains(state)],
        "depth": depth,
    }


heard: list[str] = []
listener = Atspi.EventListener.new(lambda event: heard.append(str(event.any_data)))
listener.register("object:announcement")
for line in sys.stdin:
    seen = look(line.strip())
    while GLib.MainContext.default().iteration(False):
        pass
    print(json.dumps([heard, seen]), flush=True)
    heard.clear()
