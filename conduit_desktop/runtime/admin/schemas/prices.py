"""Prices: the user's own, the catalogue they stand above, and what a correction changes."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, create_model

from conduit_desktop.records import Catalogue, Price, PriceRule
from conduit_desktop.runtime.admin.schemas.base import INTEGER, Asked, Moment, Money, Rate, Told, Usd, When, usd, when
from conduit_desktop.runtime.applying import values
from conduit_desktop.runtime.pricing import CatalogueChange, CatalogueState, Recomputation

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


class KeptTold(Told):
    """A price list that was fetched and kept."""

    id: str
    fetched: When | None
    source: str
    models: int
    active: bool

    @classmethod
    def of(cls, kept: Catalogue) -> KeptTold:
        return cls(id=kept.id, fetched=when(kept.fetched), source=kept.source, models=kept.models, active=kept.active)


class CatalogueTold(Told):
    """Which list prices are in force: one that was kept, else the package's own."""

    package_version: str
    models: int = Field(description="Priced models of the list in force.")
    active: str | None = Field(description="The id of the one in force; null: the package's own.")
    kept: list[KeptTold]
    prices: int = Field(description="Prices that were looked up.")
    unknown: int = Field(description="Models that nobody knows the price of.")

    @classmethod
    def of(cls, state: CatalogueState) -> CatalogueTold:
        return cls(
            package_version=state.version,
            models=state.models,
            active=state.active.id if state.active else None,
            kept=[KeptTold.of(each) for each in state.kept],
            prices=state.prices,
            unknown=state.unknown,
        )


class CatalogueNews(Told):
    """What a list that was fetched brought."""

    nothing_new: bool
    models: int
    added: int
    removed: int
    changed: int
    renewed: int = Field(description="Prices in use that are others now.")

    @classmethod
    def of(cls, change: CatalogueChange) -> CatalogueNews:
        same = ("nothing_new", "models", "added", "removed", "changed", "renewed")
        return cls(**{name: getattr(change, name) for name in same})


class CatalogueUse(Asked):
    id: str | None = Field(description="One that was kept; null: the package's own.", max_length=100)


class Span(Asked):
    """Which exchanges to price again; null: all of them."""

    since: Moment | None = None
    until: Moment | None = Field(default=None, description="Null: now.")
    only_unpriced: bool = False
    dry_run: bool = Field(default=False, description="Only tell what would change.")


class ModelRepriced(Told):
    model: str
    exchanges: int
    before_usd: Money
    after_usd: Money
    unpriced_before: int
    unpriced_after: int


class Repriced(Told):
    """What pricing a span anew comes to, or would. Sums leave the unpriced out."""

    done: bool
    exchanges: int
    changed: int
    reported: int = Field(description="Exchanges that keep what their provider reported.")
    before_usd: Money
    after_usd: Money
    unpriced_before: int
    unpriced_after: int
    models: list[ModelRepriced]

    @classmethod
    def of(cls, found: Recomputation, done: bool) -> Repriced:
        same = ("exchanges", "unpriced_before", "unpriced_after")
        return cls(
            done=done,
            changed=found.changed,
            reported=found.reported,
            before_usd=usd(found.before) or "0.00",
            after_usd=usd(found.after) or "0.00",
            **{name: getattr(found, name) for name in same},
            models=[
                ModelRepriced(
                    model=each.model,
                    before_usd=usd(each.before) or "0.00",
                    after_usd=usd(each.after) or "0.00",
                    **{name: getattr(each, name) for name in same},
                )
                for each in found.models
            ],
        )
