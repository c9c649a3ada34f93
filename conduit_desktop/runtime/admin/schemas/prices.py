"""Prices: the user's own, the catalogue they stand above, and what a correction changes."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, create_model

from conduit_desktop.records import Price, PriceRule
from conduit_desktop.runtime.admin.schemas.base import INTEGER, Asked, Moment, Money, Rate, Told, Usd, When, when
from conduit_desktop.runtime.applying import values

_CLOCK = Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$|^24:00$", description="A time of the day in UTC.")


def _rates(base: type[Any], million: Any, each: Any, name: str, doc: str) -> Any:
    """A shape with every rate of a price: ``input`` and ``output`` must be there, the others may."""
    parts: dict[str, Any] = {}
    for part in values.PARTS:
        kind, words = (
            (each, "US dollars each.") if part.startswith("per_") else (million, "US dollars a million tokens.")
        )
        if part in ("input", "output"):
            parts[part] = (kind, Field(description=words))
        else:
            parts[part] = (kind | None, Field(default=None, description=words))
    return create_model(name, __base__=base, __doc__=doc, __module__=__name__, **parts)


RatesAsked: Any = _rates(Asked, Rate, Usd, "RatesAsked", "What is billed for what.")
RatesTold: Any = _rates(
    Told, Money, Money, "RatesTold", "What is billed for what; null is billed as the whole it belongs to."
)


class TierAsked(RatesAsked):  # type: ignore[misc]
    """The price of a whole request above so many input tokens."""

    above: Annotated[int, Field(ge=1, le=100_000_000), INTEGER]


class HourAsked(RatesAsked):  # type: ignore[misc]
    """The price within some hours of the day (UTC)."""

    from_: Annotated[str, _CLOCK] = Field(alias="from")
    until: Annotated[str, _CLOCK]


class ServiceAsked(RatesAsked):  # type: ignore[misc]
    """The price in one service tier."""

    tiers: list[TierAsked] | None = Field(default=None, max_length=50)
    hours: list[HourAsked] | None = Field(default=None, max_length=50)


class PriceAsked(ServiceAsked):
    """A price of the user's own."""

    services: dict[Annotated[str, Field(max_length=50)], ServiceAsked] | None = Field(
        default=None, max_length=50, description="By the service tier as the provider names it; * is any other."
    )

    def plain(self) -> dict[str, Any]:
        found: dict[str, Any] = self.model_dump(exclude_none=True, by_alias=True)
        return found


class TierTold(RatesTold):  # type: ignore[misc]
    above: int


class HourTold(RatesTold):  # type: ignore[misc]
    from_: str = Field(alias="from")
    until: str


class ServiceTold(RatesTold):  # type: ignore[misc]
    tiers: list[TierTold] = Field(default=[])
    hours: list[HourTold] = Field(default=[])


class PriceTold(ServiceTold):
    """A price in force; ``source`` says whose it is."""

    source: str
    services: dict[str, ServiceTold] = Field(default={})

    @classmethod
    def of(cls, price: Price | None) -> PriceTold | None:
        if price is None:
            return None
        return cls(source=price.source, **values.price_plain(price) or {})


class RuleNew(Asked):
    pattern: str = Field(
        min_length=1,
        max_length=300,
        pattern=r"^\S(.*\S)?$",
        description="An upstream model id or PROVIDER/ID, in which * stands for anything.",
        examples=["gpt-4.1*"],
    )
    price: PriceAsked


class RuleChange(Asked):
    """What is left out stays."""

    pattern: str = Field(default="", min_length=1, max_length=300, pattern=r"^\S(.*\S)?$")
    price: PriceAsked = Field(default_factory=lambda: PriceAsked(input="0", output="0"))


class RuleTold(Told):
    id: str
    pattern: str
    price: PriceTold
    created: When | None
    updated: When | None

    @classmethod
    def of(cls, rule: PriceRule) -> RuleTold:
        price = PriceTold.of(rule.price)
        assert price is not None
        return cls(
            id=rule.id, pattern=rule.pattern, price=price, created=when(rule.created), updated=when(rule.updated)
        )


class PriceFound(Told):
    """The price in force for a provider's model; null where nobody knows it."""

    provider: str
    model: str
    price: PriceTold | None


class CatalogueTold(Told):
    """A price list that was fetched and kept."""

    id: str
    fetched: When | None
    source: str
    models: int
    active: bool


class CatalogueUse(Asked):
    id: str | None = Field(description="One that was kept; null: the package's own.", max_length=100)


class Span(Asked):
    """Which exchanges to price again."""

    since: Moment
    until: Moment | None = Field(default=None, description="Null: now.")
    only_unpriced: bool = False
