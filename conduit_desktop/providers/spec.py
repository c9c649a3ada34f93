"""What the app knows of a provider kind, as data: one frozen row a kind.

Owns the vocabulary of those rows. Holds no address rules (``urls``), no credentials and nothing that does
I/O.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from conduit_desktop.errors import ConfigurationError

Endpoint = Literal["chat.completions", "completions", "embeddings", "models"]
SecretNeed = Literal["required", "optional", "none"]
StreamUsage = Literal["ask", "always"]

PATHS: dict[Endpoint, str] = {
    "chat.completions": "chat/completions",
    "completions": "completions",
    "embeddings": "embeddings",
    "models": "models",
}
"""Where each endpoint is, below a base URL."""


@dataclass(frozen=True, slots=True)
class Credential:
    """The header that carries a provider's secret, and what stands before the secret in it."""

    header: str = "authorization"
    prefix: str = "Bearer "


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A well-known server of a kind. ``detect`` is a path on the server's origin that only this program
    answers with a JSON object holding ``mark``; it tells which program listens on a port that several use."""

    name: str
    title: str
    base_url: str = ""
    detect: str = ""
    mark: str = ""
    help: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderSpec:
    """A provider kind. ``base_url`` includes the version segment as the vendor documents it and is empty
    where the user must give one. ``check`` is the path below the base URL that tells whether a secret is
    good."""

    kind: str
    title: str
    summary: str
    base_url: str = ""
    dialect: str = "openai-chat"
    secret: SecretNeed = "required"
    credential: Credential = Credential()
    key_page: str = ""
    key_hint: str = ""
    env_names: tuple[str, ...] = ()
    local: bool = False
    built_in: bool = False
    presets: tuple[Preset, ...] = ()
    endpoints: frozenset[Endpoint] = frozenset(PATHS)
    check: str = "models"
    models: tuple[str, ...] = ()
    test_model: str = ""
    price_provider: str | None = None
    stream_usage: StreamUsage = "ask"
    reports_cost: bool = False
    headers: tuple[tuple[str, str], ...] = ()

    def serves(self, endpoint: str) -> bool:
        """Whether this kind has ``endpoint`` (``chat.completions``, ``embeddings``, …)."""
        return endpoint in self.endpoints


def clean_secret(text: str) -> str:
    """``text`` as pasted, without the blanks, quotes and ``Bearer`` around a key. The message never quotes
    it."""
    secret = text.strip().strip("\"'").strip()
    word, _, rest = secret.partition(" ")
    secret = rest.strip() if word.lower() == "bearer" else secret
    if not secret:
        raise ConfigurationError("The API key is empty.", code="secret_missing", hint="Paste the key again.")
    if not (secret.isascii() and secret.isprintable()) or " " in secret:
        raise ConfigurationError(
            "The API key holds a blank, a line break or a character no key has.",
            code="bad_secret",
            hint="Copy it again from the provider's page: probably more than the key was copied.",
        )
    return secret


def credential_headers(spec: ProviderSpec, secret: str | None) -> tuple[tuple[str, str], ...]:
    """The headers that carry ``secret`` to a provider of this kind (none where it takes none)."""
    if spec.secret == "none" or (spec.secret == "optional" and not secret):
        return ()
    if not secret:
        raise ConfigurationError(
            f"{spec.title} needs an API key and none is stored.",
            code="secret_missing",
            hint="Open Providers, choose this provider and paste its key.",
        )
    return ((spec.credential.header, spec.credential.prefix + clean_secret(secret)),)
