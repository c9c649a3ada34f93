"""Models, the names clients ask for, with their deployments and how requests are routed among them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from conduit_desktop.records import Deployment, Model, Strategy
from conduit_desktop.runtime.admin.schemas.base import INTEGER, Alias, Asked, Told, When, when
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


class DeploymentNew(Asked):
    provider: ProviderRef
    model: Upstream
    weight: Weight = 1
    priority: Weight = Field(default=1, description="Lower is tried earlier.")
    enabled: bool = True
    price: PriceAsked | None = Field(default=None, description="The user's own, which wins over any other.")

    def plain(self) -> dict[str, Any]:
        return self.given() | {"price": self.price.plain() if self.price else None}


class DeploymentChange(Asked):
    """What is left out stays; a price of null takes the own price away."""

    provider: ProviderRef = ""
    model: Upstream = ""
    weight: Weight = 1
    priority: Weight = 1
    enabled: bool = True
    price: PriceAsked | None = None

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
        )


class ModelNew(Asked):
    alias: Alias
    strategy: Strategy = "simple"
    retries: Retries = 2
    fallbacks: Fallbacks = Field(default=[])
    enabled: bool = True
    deployments: list[DeploymentNew] = Field(default=[], max_length=100)


class ModelChange(Asked):
    """What is left out stays. Deployments that are given take the place of all that there are."""

    alias: Alias = ""
    strategy: Strategy = "simple"
    retries: Retries = 2
    fallbacks: Fallbacks | None = None
    enabled: bool = True
    deployments: list[DeploymentNew] = Field(default=[], max_length=100)


class ModelTold(Told):
    id: str
    alias: str
    strategy: Strategy
    retries: int
    fallbacks: list[str]
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
            enabled=model.enabled,
            created=when(model.created),
            deployments=[DeploymentTold.of(each, names) for each in model.deployments],
        )
