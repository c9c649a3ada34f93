"""Models, the names clients ask for, with their deployments and how requests are routed among them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from conduit_desktop.records import Ability, Deployment, Model, Strategy, Timeouts
from conduit_desktop.runtime import model_terms
from conduit_desktop.runtime.admin.schemas.base import INTEGER, Alias, Asked, Count, Told, When, when
from conduit_desktop.runtime.admin.schemas.prices import PriceAsked, PriceTold

Weight = Annotated[int, Field(ge=0, le=1000), INTEGER]
ProviderRef = Annotated[
    str, Field(min_length=1, max_length=64, description="A provider's id or name.", examples=["openai"])
]
Upstream = Annotated[
    str,
    Field(min_length=1, max_length=300, description="The provider's own id of the model.", examples=["gpt-4.1-mini"]),
]
Retries = Annotated[int, Field(ge=0, le=10), INTEGER]
Fallbacks = Annotated[
    list[Alias], Field(max_length=200, description="Other models, tried when all deployments fail.", examples=[[]])
]
Longer = Annotated[
    list[Alias], Field(max_length=200, description="Other models, for requests too long for this one.", examples=[[]])
]
Laxer = Annotated[
    list[Alias], Field(max_length=200, description="Other models, where a content filter refuses.", examples=[[]])
]
Seconds = Annotated[float, Field(ge=model_terms.SHORTEST, le=model_terms.LONGEST, examples=[30])]
Cached = Annotated[int, Field(ge=1, le=model_terms.LONGEST_CACHED), INTEGER]
_CACHED = "For how many seconds an answer is given again to the very same request; null: it is not."
_RESUME = "A stream that breaks off is continued by another deployment."
Lacks = Annotated[list[Ability], Field(max_length=3, json_schema_extra={"uniqueItems": True})]
_LACKS = "What the model cannot do, whatever is known of it: such requests go elsewhere."
_WINDOW = "How many tokens a request may have; null: what is known of the model."


class TimesAsked(Asked):
    """Seconds a step may take. What is left out stays, and null is the default. A step longer than all of it is kept
    as it is, and cut to that where it applies."""

    connect: Annotated[float, Field(ge=model_terms.SHORTEST, le=model_terms.LONGEST_CONNECT, examples=[10])] | None = (
        None
    )
    first_token: Seconds | None = Field(default=None, description="Until a stream's first content.")
    idle: Seconds | None = Field(default=None, description="Between two pieces of an answer.")
    total: Seconds | None = Field(default=None, description="In all, with every retry and fallback.")


class TimesTold(Told):
    connect: float
    first_token: float
    idle: float
    total: float

    @classmethod
    def of(cls, times: Timeouts) -> TimesTold:
        return cls(connect=times.connect, first_token=times.first_token, idle=times.idle, total=times.total)


class DeploymentNew(Asked):
    provider: ProviderRef
    model: Upstream
    weight: Weight = 1
    priority: Weight = Field(default=1, description="Lower is tried earlier.")
    enabled: bool = True
    price: PriceAsked | None = Field(default=None, description="The user's own, which wins over any other.")
    rpm: Count | None = Field(default=None, description="Requests a minute that go there; null: any number.")
    tpm: Count | None = Field(default=None, description="Tokens a minute; null: any number.")
    parallel: Count | None = Field(default=None, description="Requests at the same time; null: any number.")
    context_window: Count | None = Field(default=None, description=_WINDOW)
    lacks: Lacks = Field(default=[], description=_LACKS)

    def plain(self) -> dict[str, Any]:
        return self.given() | {"price": self.price.plain() if self.price else None}


class DeploymentChange(Asked):
    """What is left out stays; null takes the own price, a limit or what the user said away."""

    provider: ProviderRef = ""
    model: Upstream = ""
    weight: Weight = 1
    priority: Weight = 1
    enabled: bool = True
    price: PriceAsked | None = None
    rpm: Count | None = Field(default=None, description="Requests a minute that go there; null: any number.")
    tpm: Count | None = Field(default=None, description="Tokens a minute; null: any number.")
    parallel: Count | None = Field(default=None, description="Requests at the same time; null: any number.")
    context_window: Count | None = Field(default=None, description=_WINDOW)
    lacks: Lacks | None = Field(default=None, description=_LACKS)

    def plain(self) -> dict[str, Any]:
        found = self.given()
        if found.get("price") is not None:
            found["price"] = found["price"].plain()
        return found


class DeploymentTold(Told):
    id: str
    provider_id: str
    provider: str
    model: str
    weight: int
    priority: int
    enabled: bool
    price: PriceTold | None
    rpm: int | None
    tpm: int | None
    parallel: int | None
    context_window: int | None
    lacks: list[Ability]

    @classmethod
    def of(cls, deployment: Deployment, names: Mapping[str, str]) -> DeploymentTold:
        return cls(
            id=deployment.id,
            provider_id=deployment.provider_id,
            provider=names.get(deployment.provider_id, ""),
            model=deployment.upstream_model,
            weight=deployment.weight,
            priority=deployment.priority,
            enabled=deployment.enabled,
            price=PriceTold.of(deployment.price),
            rpm=deployment.rpm,
            tpm=deployment.tpm,
            parallel=deployment.parallel,
            context_window=deployment.context_window,
            lacks=list(deployment.lacks),
        )


class ModelNew(Asked):
    alias: Alias
    strategy: Strategy = "simple"
    retries: Retries = 2
    fallbacks: Fallbacks = Field(default=[])
    context_fallbacks: Longer = Field(default=[])
    content_fallbacks: Laxer = Field(default=[])
    timeouts: TimesAsked | None = None
    cache_seconds: Cached | None = Field(default=None, description=_CACHED)
    resume: bool = Field(default=False, description=_RESUME)
    enabled: bool = True
    deployments: list[DeploymentNew] = Field(default=[], max_length=100)


class ModelChange(Asked):
    """What is left out stays. Deployments that are given take the place of all that there are."""

    alias: Alias = ""
    strategy: Strategy = "simple"
    retries: Retries = 2
    fallbacks: Fallbacks | None = None
    context_fallbacks: Longer | None = None
    content_fallbacks: Laxer | None = None
    timeouts: TimesAsked | None = None
    cache_seconds: Cached | None = Field(default=None, description=_CACHED)
    resume: bool = Field(default=False, description=_RESUME)
    enabled: bool = True
    deployments: list[DeploymentNew] = Field(default=[], max_length=100)


class ModelTold(Told):
    id: str
    alias: str
    strategy: Strategy
    retries: int
    fallbacks: list[str]
    context_fallbacks: list[str]
    content_fallbacks: list[str]
    timeouts: TimesTold
    cache_seconds: int | None
    resume: bool
    enabled: bool
    created: When | None
    deployments: list[DeploymentTold]

    @classmethod
    def of(cls, model: Model, names: Mapping[str, str]) -> ModelTold:
        return cls(
            id=model.id,
            alias=model.alias,
            strategy=model.strategy,
            retries=model.retries,
            fallbacks=list(model.fallbacks),
            context_fallbacks=list(model.context_fallbacks),
            content_fallbacks=list(model.content_fallbacks),
            timeouts=TimesTold.of(model.timeouts),
            cache_seconds=model.cache_seconds,
            resume=model.resume,
            enabled=model.enabled,
            created=when(model.created),
            deployments=[DeploymentTold.of(each, names) for each in model.deployments],
        )
