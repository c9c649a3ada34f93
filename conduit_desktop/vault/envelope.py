"""The format of the encrypted vault file, as pure functions over bytes; no file is touched here.

    conduit-vault-1\\n | salt (16) | nonce (12) | AES-256-GCM of a JSON object, reference to secret | tag (16)

The key is scrypt(passphrase, salt) with n = 2**16, r = 8, p = 1. The format name and the salt are the associated
data. The name stands for the parameters too: a file cannot ask for cheaper ones, or for all the memory there is.
"""

from __future__ import annotations

import json
import os
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

NAME = b"conduit-vault-1\n"
_FAMILY = b"conduit-vault-"
_SALT = 16
_NONCE = 12
COST = 2**16  # of scrypt; only the tests know another
HEAD = len(NAME) + _SALT + _NONCE


class NotAVault(Exception):
    """The bytes are not of this format; the message says what they seem to be."""


class Refused(Exception):
    """The key does not open the file, or the file is not as it was written: the cipher cannot tell which."""


@dataclass(frozen=True, slots=True)
class Head:
    """What stands before the encrypted part. The nonce is new on every write: equal heads are equal files."""

    salt: bytes
    nonce: bytes

    def begins(self, data: bytes) -> bool:
        """Whether ``data`` begins with this head."""
        return data.startswith(NAME + self.salt + self.nonce)


def new_salt() -> bytes:
    return os.urandom(_SALT)


def derive(passphrase: str, salt: bytes) -> bytes:
    """The key; takes 0.2 s and 64 MiB on purpose. Keyboards differ in how they compose letters: NFC evens that out."""
    text = unicodedata.normalize("NFC", passphrase).encode("utf-8", "surrogatepass")
    return Scrypt(salt=salt, length=32, n=COST, r=8, p=1).derive(text)


def read_head(data: bytes) -> Head:
    """The head of a file, of which ``data`` is at least the first ``HEAD`` bytes. NotAVault when it is none."""
    if len(data) < HEAD or not data.startswith(NAME):
        if data.startswith(_FAMILY) and len(data) >= len(NAME):
            raise NotAVault("written by a newer version of the app")
        raise NotAVault("damaged, or not a vault file")
    start = len(NAME)
    return Head(data[start : start + _SALT], data[start + _SALT : HEAD])


def seal(key: bytes, salt: bytes, secrets: Mapping[str, str]) -> bytes:
    """The whole file, with a nonce of its own."""
    nonce = os.urandom(_NONCE)
    text = json.dumps(dict(secrets), sort_keys=True).encode()
    return NAME + salt + nonce + AESGCM(key).encrypt(nonce, text, NAME + salt)


def unseal(key: bytes, data: bytes) -> dict[str, str]:
    """The secrets. NotAVault or Refused when any byte of the file is not as ``seal`` made it."""
    head = read_head(data)
    try:
        text = AESGCM(key).decrypt(head.nonce, data[HEAD:], NAME + head.salt)
    except InvalidTag:
        raise Refused from None
    secrets: dict[str, str] = json.loads(text)
    return secrets
