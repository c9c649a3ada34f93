"""Other providers' opaque proofs on their way through a client of this dialect.

Clients must give thinking blocks back as they got them (docs: "Extended thinking with tool use"), so what has no
member of its own travels in a thinking block's ``signature``: the encrypted reasoning and item id of OpenAI, the
``thoughtSignature`` that Gemini puts on calls and texts. The form is a mark and URL-safe base64 of a small JSON
object.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import msgspec

from conduit_desktop.wire.messages import Part, Text, Thinking, ToolCall

MARK = "conduit."
AFTER, BEFORE = "after", "before"


class Packed(msgspec.Struct, omit_defaults=True):
    """What a signature carries. ``on`` says whose ``signature`` it is: empty for the thinking block's own, ``call:ID``
    for a tool call's, else that of the text which stands ``after`` or ``before`` the carrier."""

    signature: str = ""
    encrypted: str = ""
    id: str = ""
    summarised: bool = False
    on: str = ""


_packed = msgspec.json.Decoder(Packed)


def pack(packed: Packed) -> str:
    """The signature that carries it."""
    return MARK + urlsafe_b64encode(msgspec.json.encode(packed)).decode()


def unpack(signature: str) -> Packed | None:
    """What a signature carries; None where it is a provider's own."""
    if not signature.startswith(MARK):
        return None
    try:
        return _packed.decode(urlsafe_b64decode(signature[len(MARK) :]))
    except (ValueError, msgspec.MsgspecError):
        return None


def carrier(signature: str, on: str) -> dict[str, Any]:
    """A thinking block without thoughts that carries the signature of another part; for ``on`` see ``Packed``."""
    return {"type": "thinking", "thinking": "", "signature": pack(Packed(signature=signature, on=on))}


def on_call(call_id: str) -> str:
    """Where the signature of a call belongs."""
    return f"call:{call_id}"


def thinking_block(part: Thinking) -> dict[str, Any]:
    """A Thinking part for a client."""
    if part.encrypted and not (part.text or part.signature or part.id):
        return {"type": "redacted_thinking", "data": part.encrypted}
    return {"type": "thinking", "thinking": part.text, "signature": seal(part)}


def seal(part: Thinking) -> str:
    """The signature of a Thinking part's block: its own where that is all there is."""
    if not (part.encrypted or part.id):
        return part.signature
    return pack(Packed(signature=part.signature, encrypted=part.encrypted, id=part.id, summarised=part.summarised))


def thinking_part(text: str, signature: str) -> Thinking | Packed:
    """A thinking block as it came back: the part it was, or the carried signature of another part."""
    packed = unpack(signature)
    sections = [text] if text else []
    if packed is None:
        return Thinking(sections=sections, signature=signature)
    if packed.on:
        return packed
    return Thinking(
        sections=sections,
        signature=packed.signature,
        encrypted=packed.encrypted,
        id=packed.id,
        summarised=packed.summarised,
    )


def deliver(packed: Packed, parts: list[Part], at: int) -> None:
    """Give a carried signature to its part: the call of that id, or the text next to the place ``at`` where its carrier
    stood (an empty one is put there where a provider signed nothing)."""
    kind, _, call_id = packed.on.partition(":")
    if kind == "call":
        for part in parts:
            if isinstance(part, ToolCall) and part.id == call_id:
                part.signature = packed.signature
        return
    beside = parts[at - 1 : at] if kind == BEFORE else parts[at : at + 1]
    if beside and isinstance(beside[0], Text):
        beside[0].signature = packed.signature
    else:
        parts.insert(at, Text(signature=packed.signature))
