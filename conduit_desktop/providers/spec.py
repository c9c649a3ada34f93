"""What the app knows of a provider kind, as data: one frozen row a kind.

Owns the vocabulary of those rows. Holds no address rules (``urls``), no credentials and nothing that does I/O.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any, Literal

from conduit_desktop.errors import ConfigurationError
from conduit_desktop.providers.billing import Billing
from conduit_desktop.wire.traits import Traits

SecretNeed = Literal["required", "optional", "none"]
StreamUsage = Literal["ask", "always"]
Auth = Literal["header", "aws", "google"]
"""How a call proves who pays: a header that holds the secret; AWS's request signature (or a Bedrock API key); Google's
service accounts (or a token or key as it is)."""

OPENAI_PATHS: Mapping[str, str] = {
    "chat": "chat/completions",
    "embeddings": "embeddings",
    "models": "models",
}
"""Where nearly every server that speaks OpenAI's chat API has these, below a base URL that ends in its version
segment."""


_PLAIN = Traits()
_AS_LISTED = Billing()
ASK = "ask"
"""The list of models is public, or there is none: a call for a model that does not exist tells a good key from a bad
one."""


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
class Surface:
    """One of a provider's APIs: its dialect, and where its operations are (operation → path below the base URL, in
    which ``{model}`` is the model's id; ``stream`` holds those that differ for streams). ``models`` are patterns of
    the ids that it serves (empty: all), ``never`` of those that it does not. ``base`` is how a base URL must end for
    this surface to be there (a kind may have several forms of address; empty: any). ``thinks``: the better choice for
    a request of another dialect that asks for reasoning. ``hosted`` names the version with which Anthropic's bodies
    go to a cloud that hosts Claude: the model then stands in the URL and not in the body."""

    dialect: str
    paths: Mapping[str, str] = field(default_factory=dict)
    stream: Mapping[str, str] = field(default_factory=dict)
    models: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    base: tuple[str, ...] = ()
    thinks: bool = False
    hosted: str = ""

    def path(self, operation: str, stream: bool) -> str | None:
        """Where ``operation`` is; None where this API has it not."""
        return (self.stream.get(operation) if stream else None) or self.paths.get(operation)

    def fits(self, operation: str, model: str, base_url: str) -> bool:
        """Whether this API has ``operation`` for ``model`` at ``base_url``."""
        return (
            operation in self.paths
            and (not self.base or base_url.partition("?")[0].endswith(self.base))
            and (not self.models or matches(model, self.models))
            and not (self.never and matches(model, self.never))
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)  # one of a kind, and a key of caches
class ProviderSpec:
    """A provider kind. ``base_url`` is as the vendor documents it and empty where the user must give one.
    ``surfaces`` are its APIs, the usual one first. ``check`` is the path below the base URL that tells whether a
    secret is good: ``models`` where the list of models needs one, ``ASK`` where only a call does. ``stream_usage``:
    whether streams tell usage unasked; those that do are not asked, as some refuse that. ``models_note`` is what to
    know of its list. ``billing`` is what no price list tells. ``traits`` are its quirks, and ``model_traits`` those of
    some models (see ``traits_of``).
    ``base_query`` are the query parameters that its base URL may hold, ``address_hint`` what one looks like.
    ``aliases`` are other names under which people look for the kind."""

    kind: str
    title: str
    summary: str
    base_url: str = ""
    surfaces: tuple[Surface, ...] = (Surface(dialect="openai-chat", paths=OPENAI_PATHS),)
    auth: Auth = "header"
    secret: SecretNeed = "required"
    credential: Credential = Credential()
    key_page: str = ""
    key_hint: str = ""
    env_names: tuple[str, ...] = ()
    local: bool = False
    built_in: bool = False
    presets: tuple[Preset, ...] = ()
    check: str = "models"
    models: tuple[str, ...] = ()
    models_note: str = ""
    test_model: str = ""
    price_provider: str | None = None
    billing: Billing = _AS_LISTED
    stream_usage: StreamUsage = "ask"
    reports_cost: bool = False
    headers: tuple[tuple[str, str], ...] = ()
    traits: Traits = _PLAIN
    model_traits: tuple[tuple[tuple[str, ...], Mapping[str, Any]], ...] = ()
    base_query: tuple[str, ...] = ()
    address_hint: str = "http://127.0.0.1:1234/v1"
    aliases: tuple[str, ...] = ()

    @property
    def dialect(self) -> str:
        """The dialect of its usual API."""
        return self.surfaces[0].dialect

    def serves(self, operation: str) -> bool:
        """Whether this kind has ``operation`` (``chat``, ``embeddings``, …) anywhere."""
        return any(operation in surface.paths for surface in self.surfaces)

    def surface(
        self, operation: str, dialect: str, model: str, base_url: str, *, thinking: bool = False
    ) -> Surface | None:
        """The API to use for a request in ``dialect``: the one that speaks it, else the one for requests with
        ``thinking``, else the first that has the operation. None where none has."""
        fitting = [surface for surface in self.surfaces if surface.fits(operation, model, base_url)]
        for surface in fitting:
            if surface.dialect == dialect:
                return surface
        if thinking:
            fitting.sort(key=lambda surface: not surface.thinks)
        return fitting[0] if fitting else None

    def traits_of(self, model: str, *, thinking: bool | None = None) -> Traits:
        """The quirks to heed when writing a request for ``model``: those of the kind, changed by every entry of
        ``model_traits`` one of whose patterns fits, in their order. An entry names members of ``Traits``, and two more:
        ``refuses_thinking``, what the model refuses only while it thinks, and ``thinks_unasked``, whether it does so
        unless it is told not to. ``thinking`` is what the request says: None for nothing."""
        return _traits_of(self, model, thinking)


@lru_cache(maxsize=4096)
def _traits_of(spec: ProviderSpec, model: str, thinking: bool | None) -> Traits:
    changes: dict[str, Any] = {"kind": spec.kind, "stream_usage": spec.stream_usage == "ask"}
    for patterns, more in spec.model_traits:
        if matches(model, patterns):
            changes |= more
    unasked = changes.pop("thinks_unasked", False)
    more_refused = changes.pop("refuses_thinking", frozenset())
    found = replace(spec.traits, **changes)
    if more_refused and (unasked if thinking is None else thinking):
        found = replace(found, refuses=found.refuses | more_refused)
    return found


@lru_cache(maxsize=8192)
def matches(model: str, patterns: tuple[str, ...]) -> bool:
    """Whether a model id, with or without what stands before its last slash, is like one of ``patterns``."""
    name = model.lower()
    short = name.rpartition("/")[2]
    return any(fnmatchcase(name, pattern) or fnmatchcase(short, pattern) for pattern in patterns)


def clean_secret(text: str) -> str:
    """``text`` as pasted, without the blanks, quotes and ``Bearer`` around a key; a JSON object (a service account's
    key file) on one line. The message never quotes it."""
    secret = text.strip()
    if secret.startswith("{"):
        try:
            return json.dumps(json.loads(_one_kind_of_break(secret), strict=False), separators=(",", ":"))
        except (ValueError, RecursionError):
            raise ConfigurationError(
                "The key file is not valid JSON.",
                code="bad_secret",
                hint="Paste the whole file, from the first { to the last }.",
            ) from None
    secret = secret.strip("\"'").strip()
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


def _one_kind_of_break(text: str) -> str:
    """``text`` with plain line breaks: a field of one line may make others of them, between which JSON cannot be
    read."""
    return text.replace("\u2028", "\n").replace("\u2029", "\n")


def credential_headers(spec: ProviderSpec, secret: str | None) -> tuple[tuple[str, str], ...]:
    """The headers that carry ``secret`` to a provider of this kind (none where it takes none, or where each call is
    signed by itself)."""
    if spec.secret == "none" or (spec.secret == "optional" and not secret):
        return ()
    if not secret:
        raise ConfigurationError(
            f"{spec.title} needs an API key and none is stored.",
            code="secret_missing",
            hint="Open Providers, choose this provider and paste its key.",
        )
    if spec.auth != "header":
        return ()
    return ((spec.credential.header, spec.credential.prefix + clean_secret(secret)),)
