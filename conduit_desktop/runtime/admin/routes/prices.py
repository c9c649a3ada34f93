"""The user's own prices, and those in force."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from conduit_desktop.records import Price
from conduit_desktop.runtime.admin.routes.base import DoorOf, Filter, Ref, provider_of, rule_of
from conduit_desktop.runtime.admin.schemas.base import Done, Everything, bad, moment
from conduit_desktop.runtime.admin.schemas.prices import (
    CatalogueNews,
    CatalogueTold,
    CatalogueUse,
    PriceAsked,
    PriceFound,
    PriceTold,
    Repriced,
    RuleChange,
    RuleNew,
    RuleTold,
    Span,
)
from conduit_desktop.runtime.applying import values

router = APIRouter(tags=["Prices"])


class Looked(Filter):
    provider: str = Field(min_length=1, max_length=64, description="A provider's id or name.")
    model: str = Field(min_length=1, max_length=300, description="The provider's own id of the model.")


@router.get("/prices")
async def list_prices(door: DoorOf) -> Everything[RuleTold]:
    """The user's own prices by pattern. The most exact pattern wins; a deployment's own price wins over all."""
    return Everything(data=[RuleTold.of(rule) for rule in await door.pricing.rules()])


@router.post("/prices", status_code=201)
async def create_price(door: DoorOf, body: RuleNew) -> RuleTold:
    return RuleTold.of(await door.pricing.save_rule(body.pattern, price_of(body.price)))


@router.get("/price-lookup")
async def look_up_price(door: DoorOf, query: Annotated[Looked, Query()]) -> PriceFound:
    """The price in force for a provider's model, and whose it is."""
    provider = await provider_of(door, query.provider)
    found = await door.pricing.price_of(provider.id, query.model)
    return PriceFound(provider=provider.name, model=query.model, price=PriceTold.of(found))


@router.get("/prices/{price}")
async def get_price(door: DoorOf, price: Ref) -> RuleTold:
    return RuleTold.of(await rule_of(door, price))


@router.patch("/prices/{price}")
async def change_price(door: DoorOf, price: Ref, body: RuleChange) -> RuleTold:
    there = await rule_of(door, price)
    given = body.given()
    rates = price_of(body.price) if "price" in given else there.price
    return RuleTold.of(await door.pricing.save_rule(given.get("pattern", there.pattern), rates, there.id))


@router.delete("/prices/{price}")
async def delete_price(door: DoorOf, price: Ref) -> Done:
    await door.pricing.remove_rule((await rule_of(door, price)).id)
    return Done()


@router.get("/catalogue")
async def get_catalogue(door: DoorOf) -> CatalogueTold:
    """The list prices in force, and the lists that were kept."""
    return CatalogueTold.of(await door.pricing.catalogue())


@router.post("/catalogue/update")
async def update_catalogue(door: DoorOf) -> CatalogueNews:
    """Fetch the newest list, check it, and put it in force; one that is not to be trusted changes nothing."""
    return CatalogueNews.of(await door.pricing.update_catalogue())


@router.post("/catalogue/use")
async def use_catalogue(door: DoorOf, body: CatalogueUse) -> CatalogueTold:
    """Go back to a list that was kept, or to the package's own."""
    if body.id is not None and body.id not in {kept.id for kept in (await door.pricing.catalogue()).kept}:
        raise bad(f"There is no kept price list {body.id!r}.", "id", "See GET /admin/v1/catalogue.")
    await door.pricing.use_catalogue(body.id)
    return CatalogueTold.of(await door.pricing.catalogue())


@router.post("/recompute")
async def recompute_costs(door: DoorOf, body: Span) -> Repriced:
    """Price the exchanges of a span anew with the prices in force now, or with dry_run tell what that would change."""
    since, until = moment(body.since, "since"), moment(body.until, "until")
    found = await door.pricing.recompute_preview(since, until, body.only_unpriced)
    if not body.dry_run and found.changed:
        await door.pricing.recompute(found)
    return Repriced.of(found, not body.dry_run)


def price_of(asked: PriceAsked) -> Price:
    """Raises ConduitError for what the shape lets through and no price can be."""
    try:
        return values.price(asked.plain())
    except ValueError as error:
        raise bad(f"The price {error}.", "price") from None
