"""What this dialect's modules share: its name, its notes in ``extras``, the names of tools in namespaces, and the
envelope in which other providers' signatures travel through a client.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

import msgspec

from conduit_desktop.wire.messages import Request, Tool

NAME = "openai-responses"
ENVELOPE = "conduit.1."
"""What an envelope begins with. A body that holds one must not go to a provider as it is."""
_MADE = "cd_"
_LONGEST_NAME = 64


def extras(members: dict[str, Any]) -> dict[str, Any]:
    """``members`` as extras of this dialect, without those that are empty."""
    kept = {name: value for name, value in members.items() if value is not None and value != ""}
    return {NAME: kept} if kept else {}


def own(found: dict[str, Any]) -> dict[str, Any]:
    """This dialect's members of some extras."""
    members = found.get(NAME)
    return members if isinstance(members, dict) else {}


def told(found: dict[str, Any]) -> dict[str, Any]:
    """This dialect's members of some extras that stand on the wire as they are: the notes left out."""
    return {name: value for name, value in own(found).items() if not name.startswith("_")}


def note(found: dict[str, Any], name: str) -> str:
    """A note of text, empty where there is none."""
    value = own(found).get(name)
    return value if isinstance(value, str) else ""


def seal(members: dict[str, Any]) -> str:
    """An envelope for ``encrypted_content``, which clients give back byte for byte and cannot read. Members:
    ``signature``, ``encrypted`` and ``raw`` (the words are thoughts, not a summary of them) of the reasoning itself;
    with ``on`` the signature is that of another part, which has no place of its own for one: ``call:ID`` or
    ``text``."""
    return ENVELOPE + base64.urlsafe_b64encode(msgspec.json.encode(members)).decode()


def unseal(text: str) -> dict[str, Any] | None:
    """What ``seal`` put in; None for anything else."""
    if not text.startswith(ENVELOPE):
        return None
    try:
        found = msgspec.json.decode(base64.urlsafe_b64decode(text[len(ENVELOPE) :]))
    except (binascii.Error, ValueError, msgspec.MsgspecError, RecursionError):
        return None
    return found if isinstance(found, dict) and all(isinstance(each, str | bool) for each in found.values()) else None


def made(prefix: str, seed: str, number: int) -> str:
    """An id of our own making for an item that has none, which shows as such when it comes back."""
    return f"{prefix}_{_MADE}{seed}_{number}"


def is_made(item_id: str) -> bool:
    """Whether an item's id is of our own making, so that no provider can know it."""
    return item_id.partition("_")[2].startswith(_MADE)


def flat(namespace: str, name: str) -> str:
    """One name for a tool of a namespace, as other dialects have no namespaces. ``functions`` is the one that models
    take for granted, and a tool that was searched for stands in a namespace of its own name."""
    if namespace in ("", "functions", name):
        return name
    return f"{namespace[: max(_LONGEST_NAME - 2 - len(name), 0)]}__{name}"


def named(request: Request, name: str) -> tuple[str, str]:
    """(namespace, name) by which the client that sent ``request`` knows the tool called ``name``."""
    for tool in request.tools:
        if tool.name == name:
            return native_name(tool)
    return "", name


def native_name(tool: Tool) -> tuple[str, str]:
    """(namespace, name) of a tool as it was told."""
    space = own(tool.extras).get("_namespace")
    within = space.get("name") if isinstance(space, dict) else None
    return (within if isinstance(within, str) else ""), note(tool.extras, "_name") or tool.name
