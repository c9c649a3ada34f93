"""Providers: accounts that requests are sent to. Their API keys go in and never come out."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from conduit_desktop.gateway.send.probe import Found, ProbeResult
from conduit_desktop.providers.spec import ProviderSpec
from conduit_desktop.records import Credential, Provider
from conduit_desktop.runtime.admin.schemas.base import Asked, Name, Told, When, when
from conduit_desktop.runtime.configuring import EnvironmentKey

BaseUrl = Annotated[str, Field(max_length=2000, examples=["https://api.openai.com/v1"])]
Secret = Annotated[
    str,
    Field(
        min_length=1,
        max_length=20_000,
        description="The account's API key. Write-only: no answer ever holds it.",
        json_schema_extra={"writeOnly": True},
    ),
]


class ProviderNew(Asked):
    name: Name
    kind: str = Field(max_length=50, description="One of /admin/v1/provider-kinds.", examples=["openai"])
    base_url: BaseUrl | None = Field(default=None, description="Where it is; null: the kind's own address.")
    api_key: Secret | None = None
    enabled: bool = True


class ProviderChange(Asked):
    """What is left out stays; null clears."""

    name: Name = ""
    base_url: BaseUrl | None = Field(default=None, description="Null: the kind's own address.")
    api_key: Secret | None = Field(default=None, description="Null: none any more.")
    enabled: bool = True


class CredentialNew(Asked):
    """A further key, used in turn with those that the provider has."""

    name: Name
    api_key: Secret
    enabled: bool = True


class CredentialChange(Asked):
    """What is left out stays."""

    name: Name = ""
    api_key: Secret = ""
    enabled: bool = True


class CredentialTold(Told):
    id: str
    name: str
    enabled: bool
    api_key_last4: str | None
    created: When | None

    @classmethod
    def of(cls, credential: Credential) -> CredentialTold:
        return cls(
            id=credential.id,
            name=credential.name,
            enabled=credential.enabled,
            api_key_last4=credential.last4 or None,
            created=when(credential.created),
        )


class ProviderTold(Told):
    id: str
    name: str
    kind: str
    base_url: str
    enabled: bool
    api_key_set: bool = Field(description="Whether the vault holds an API key for it.")
    api_key_last4: str | None
    credentials: list[CredentialTold] = Field(description="Further keys, used in turn with its own.")
    created: When | None
    updated: When | None

    @classmethod
    def of(cls, provider: Provider) -> ProviderTold:
        return cls(
            id=provider.id,
            name=provider.name,
            kind=provider.kind,
            base_url=provider.base_url,
            enabled=provider.enabled,
            api_key_set=provider.secret_ref is not None,
            api_key_last4=provider.secret_last4 or None,
            credentials=[CredentialTold.of(each) for each in provider.credentials],
            created=when(provider.created),
            updated=when(provider.updated),
        )


class KindTold(Told):
    kind: str
    title: str
    base_url: str
    api_key: str = Field(description="Whether it needs one: required, optional or none.")
    key_page: str | None
    dialects: list[str]

    @classmethod
    def of(cls, known: ProviderSpec) -> KindTold:
        return cls(
            kind=known.kind,
            title=known.title,
            base_url=known.base_url,
            api_key=known.secret,
            key_page=known.key_page or None,
            dialects=list(dict.fromkeys(surface.dialect for surface in known.surfaces)),
        )


class TestAsked(Asked):
    model: str | None = Field(default=None, max_length=300, description="A model to ask; null: the kind's usual one.")


class TestTold(Told):
    ok: bool
    cause: str = Field(description="The cause class of a failure, else ok.")
    message: str
    hint: str | None
    status: int | None = Field(description="What the provider answered with; null: it did not.")
    latency_ms: float | None
    models: int

    @classmethod
    def of(cls, result: ProbeResult) -> TestTold:
        return cls(
            ok=result.ok,
            cause=result.cause,
            message=result.message,
            hint=result.hint or None,
            status=result.status,
            latency_ms=None if result.latency is None else round(result.latency * 1000, 3),
            models=result.models_count,
        )


class ModelId(Told):
    id: str


class LocalTold(Told):
    """A model server that runs on this machine."""

    kind: str
    title: str
    base_url: str
    models: list[str]
    needs_key: bool

    @classmethod
    def of(cls, found: Found) -> LocalTold:
        return cls(
            kind=found.kind,
            title=found.title,
            base_url=found.base_url,
            models=list(found.models),
            needs_key=found.needs_key,
        )


class EnvironmentTold(Told):
    """A provider's API key that lies in the gateway's environment."""

    variable: str
    kind: str
    title: str
    last4: str

    @classmethod
    def of(cls, key: EnvironmentKey) -> EnvironmentTold:
        return cls(variable=key.variable, kind=key.kind, title=key.title, last4=key.last4)


class EnvironmentTaken(Asked):
    variable: str = Field(max_length=200, examples=["OPENAI_API_KEY"])
