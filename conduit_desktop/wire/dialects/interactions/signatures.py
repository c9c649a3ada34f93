"""Thoughts' signatures as carriers: proofs and encrypted reasoning of any provider travel through a client in the
``signature`` of ``thought`` steps, the one place of this dialect that clients have to send back as it came.

What is written here is wrapped and marked, so that what bears no mark is Google's own. Other steps have no signature:
that of a call (Gemini's) goes in a thought step of its own beside it. Source:
ai.google.dev/gemini-api/docs/interactions/thinking.
"""

from __future__ import annotations

import base64
import binascii
from typing import Literal

import msgspec

from conduit_desktop.wire.dialects.base import Json
from conduit_desktop.wire.dialects.gemini.signatures import MARK as OF_THOUGHTS
from conduit_desktop.wire.dialects.gemini.signatures import read_signature, write_signature
from conduit_desktop.wire.dialects.interactions.words import NAME
from conduit_desktop.wire.dialects.reading import standard_base64
from conduit_desktop.wire.messages import Thinking

Place = Literal["next", "last"]
_MARK = b"conduit2:"
_PREFIX = base64.b64encode(_MARK).decode()
MARK = b"Y29uZHVpdD"
"""How both kinds of carrier begin. Holds for their base64, whatever follows."""

SIGNED = "_signed"
"""The note on a thought that is signed: whether by Google (``True``) or, as its wrapping tells, by another."""


class Beside(msgspec.Struct, array_like=True, frozen=True):
    """The signature of the part that follows the thought step, or of the one before it."""

    place: Place
    signature: str


def beside(signature: str, place: Place = "next") -> Json:
    """The thought step that carries the signature of another part."""
    packed = _MARK + msgspec.json.encode(Beside(place, signature))
    return {"type": "thought", "signature": base64.b64encode(packed).decode()}


def read_beside(text: str) -> Beside | None:
    """What ``beside`` wrote; None for any other signature."""
    plain = standard_base64(text)
    if not plain.startswith(_PREFIX):
        return None
    try:
        return msgspec.json.decode(base64.b64decode(plain)[len(_MARK) :], type=Beside)
    except (msgspec.MsgspecError, binascii.Error, UnicodeDecodeError):
        return None


def seal(part: Thinking) -> str:
    """The signature of a thought step for a client, as it is where Google gave it; empty where there is nothing to
    carry."""
    if part.signature and not (part.encrypted or part.id) and (part.extras.get(NAME) or {}).get(SIGNED) is True:
        return part.signature
    return write_signature(part.signature, part.encrypted, part.id)


def unseal(text: str, part: Thinking) -> None:
    """Gives ``part`` what its step's signature carries, and the note on who signed it."""
    if not text:
        return
    carried = read_signature(text)
    part.signature, part.encrypted, part.id = carried.signature, carried.encrypted, carried.id
    part.extras[NAME] = {**part.extras.get(NAME, {}), SIGNED: not standard_base64(text).startswith(OF_THOUGHTS)}
