"""Thought signatures as carriers: whatever proof or encrypted reasoning a provider gave travels through a Gemini client
in ``thoughtSignature`` and comes back unharmed.

The member is base64 of bytes, which google-genai decodes and sends back URL-safe; what is carried is wrapped, with a
mark in front that tells it from Google's own. Clients that drop thoughts from their history (Gemini CLI does) keep the
signatures of calls, so that a call also carries the sealed thoughts before it: Anthropic and OpenAI want them back.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable

import msgspec

from conduit_desktop.wire.dialects.reading import standard_base64
from conduit_desktop.wire.messages import Thinking

_MARK = b"conduit1:"  # nine bytes: its base64 is a prefix of the whole's
MARK = base64.b64encode(_MARK).decode()
"""How a signature begins that is none of Google's."""

BYPASS = "skip_thought_signature_validator"
"""What Google documents for a function call of the current turn that no Gemini 3 model made
(ai.google.dev/gemini-api/docs/thought-signatures, FAQ): without any signature such a call is answered with 400."""


class Thought(msgspec.Struct, array_like=True, frozen=True):
    """Sealed reasoning: what can be read of it, its proof, what only its provider can read, the id of the item."""

    text: str = ""
    signature: str = ""
    encrypted: str = ""
    id: str = ""


class Carried(msgspec.Struct, array_like=True):
    """What a signature says: the part's own proof, encrypted reasoning and the item's id, and the thoughts before."""

    signature: str = ""
    encrypted: str = ""
    id: str = ""
    before: list[Thought] = msgspec.field(default_factory=list)


def write_signature(signature: str, encrypted: str = "", ident: str = "", before: Iterable[Thinking] = ()) -> str:
    """The text for ``thoughtSignature``; empty when there is nothing to carry."""
    thoughts = [Thought(each.text, each.signature, each.encrypted, each.id) for each in before]
    if not (signature or encrypted or ident or thoughts):
        return ""
    return base64.b64encode(_MARK + msgspec.json.encode(Carried(signature, encrypted, ident, thoughts))).decode()


def read_signature(text: str) -> Carried:
    """What ``write_signature`` wrote, or Google's own signature in the standard alphabet."""
    plain = standard_base64(text)
    if plain.startswith(MARK):
        try:
            return msgspec.json.decode(base64.b64decode(plain)[len(_MARK) :], type=Carried)
        except (msgspec.MsgspecError, binascii.Error, UnicodeDecodeError):
            return Carried(plain)
    return Carried(plain if is_base64(plain) else text)


def is_base64(text: str) -> bool:
    """Whether ``text`` is what standard base64 gives, so that decoding and encoding leave it the same."""
    try:
        return base64.b64encode(base64.b64decode(text, validate=True)).decode() == text
    except (binascii.Error, ValueError):
        return False


def sealed(part: Thinking) -> bool:
    """Whether the thoughts have to come back as they were."""
    return bool(part.signature or part.encrypted)
