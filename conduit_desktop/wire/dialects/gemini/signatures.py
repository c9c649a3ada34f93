"""Thought signatures as carriers: whatever proof or encrypted reasoning a provider gave travels through a Gemini
client in ``thoughtSignature`` and comes back unharmed.

The member is base64 of bytes; google-genai decodes it and sends it back URL-safe. What is plain standard base64 goes
as it is; anything else (a signature in another alphabet, encrypted reasoning, the id of a reasoning item) is wrapped.
"""

from __future__ import annotations

import base64
import binascii

import msgspec

from conduit_desktop.wire.dialects.reading import standard_base64

_MARK = b"conduit1:"  # nine bytes: its base64 is a prefix of the whole's
_PREFIX = base64.b64encode(_MARK).decode()

BYPASS = "skip_thought_signature_validator"
"""What Google documents for a function call of the current turn that no Gemini 3 model made
(ai.google.dev/gemini-api/docs/ thought-signatures, FAQ): without any signature such a call is answered with 400."""


class Carried(msgspec.Struct, array_like=True):
    """What a signature says: the proof itself, encrypted reasoning, the id of the reasoning item."""

    signature: str = ""
    encrypted: str = ""
    id: str = ""


def write_signature(signature: str, encrypted: str = "", ident: str = "") -> str:
    """The text for ``thoughtSignature``; empty when there is nothing to carry."""
    if encrypted or ident or (signature and not is_base64(signature)):
        return base64.b64encode(_MARK + msgspec.json.encode(Carried(signature, encrypted, ident))).decode()
    return signature


def read_signature(text: str) -> Carried:
    """What ``write_signature`` wrote, or Google's own signature in the standard alphabet."""
    plain = standard_base64(text)
    if plain.startswith(_PREFIX):
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
