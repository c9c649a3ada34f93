"""What the panes say of models: strategies, prices, deployments, states. Pure; no widgets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from conduit_desktop.errors import ConfigurationError
from conduit_desktop.money import show, to_usd
from conduit_desktop.records import Deployment, Model, Price, PriceRule, Provider, Strategy
from conduit_desktop.runtime.model_terms import KINDS_OF_FALLBACK
from conduit_desktop.runtime.models import price_key
from conduit_desktop.runtime.pricing import rule_for
from conduit_desktop.ui.panes.providers_words import is_demo, known_kind

STRATEGIES: tuple[tuple[Strategy, str, str], ...] = (
    ("simple", "In order", "The first deployment serves; the next ones step in when it fails."),
    ("random", "Random", "Each request draws a deployment at random, by weight."),
    ("round-robin", "Round robin", "Deployments take turns, each in proportion to its weight."),
    ("least-busy", "Least busy", "The deployment with the fewest requests in work for its weight goes first."),
    ("least-latency", "Least latency", "The one that lately gave its first token soonest goes first."),
    ("least-cost", "Least cost", "The one with the lowest price goes first; unpriced ones come last."),
)
ORDER_WORDS: Mapping[Strategy, str] = {
    "simple": "Asked from top to bottom: the next one steps in when one fails. Drag to change the order.",
    "random": "Each request draws one by weight; when it fails, another one is drawn. The order says nothing here.",
    "round-robin": "They take turns, as often as their weights say; when one fails, the next in turn steps in.",
    "least-busy": "The least busy one for its weight goes first; among equals, the upper one.",
    "least-latency": "The quickest to its first token goes first; among equals, the upper one.",
    "least-cost": "The cheapest goes first; among equals, the upper one.",
}
_ORIGINS = (
    ("own price for this deployment", "own price", "accent", "user"),
    ("own price for", "own rule", "accent", "tag"),
    ("own", "own price", "accent", "user"),
    ("local", "this machine", "success", "display"),
    ("reported", "told by the provider", "neutral", "provider"),
    ("demo", "made up", "neutral", "spark"),
)
WEIGHTED = ("random", "round-robin", "least-busy")


@dataclass(frozen=True, slots=True)
class Prices:
    """What prices are in force: those that were looked up, by ``price_key``, and the user's rules, which win."""

    known: Mapping[tuple[str, str], Price | None] = field(default_factory=dict)
    rules: Sequence[PriceRule] = ()

    def of(self, provider: Provider, deployment: Deployment) -> tuple[Price | None, bool]:
        """The price in force, and whether it was looked up."""
        if deployment.price is not None:
            return replace(deployment.price, source="own price for this deployment"), True
        if (rule := rule_for(self.rules, provider.name, deployment.upstream_model)) is not None:
            return replace(rule.price, source=f"own price for {rule.pattern}"), True
        try:
            key = price_key(provider, deployment.upstream_model)
        except ConfigurationError:  # a kind that this version does not know
            return None, True
        return self.known.get(key), key in self.known


@dataclass(frozen=True, slots=True)
class Served:
    """A deployment with what is known around it. ``provider`` is None when it is not there any more."""

    deployment: Deployment
    provider: Provider | None
    price: Price | None
    looked_up: bool = True

    @property
    def name(self) -> str:
        """The direct form, ``PROVIDER/MODEL-ID``."""
        return f"{self.provider.name if self.provider else '(removed)'}/{self.deployment.upstream_model}"

    @property
    def problem(self) -> str:
        """Why no request reaches it, empty when requests do."""
        if self.provider is None:
            return "its provider is gone"
        if not self.deployment.enabled:
            return "off"
        if not self.provider.enabled:
            return f"{self.provider.name} is off"
        return "" if known_kind(self.provider.kind) else f"{self.provider.name} is of an unknown kind"

    @property
    def demo(self) -> bool:
        return self.provider is not None and is_demo(self.provider)


@dataclass(frozen=True, slots=True)
class ModelRow:
    """A model with its deployments, ready to be shown; ``away`` of them are kept away now."""

    model: Model
    served: tuple[Served, ...]
    away: int = 0

    @property
    def summary(self) -> str:
        """``openai/gpt-4.1 → router/openai/gpt-4.1``; the arrow is for an order, a dot for a choice."""
        mark = " → " if self.model.strategy == "simple" else "  ·  "
        return mark.join(each.name for each in self.served) or "no deployment"

    @property
    def badge(self) -> tuple[str, str, str]:
        """Word, tone and icon of its state."""
        if not self.model.enabled:
            return "Off", "neutral", "pause"
        if not self.served:
            return "No deployment", "warning", "warning"
        out = sum(bool(each.problem) for each in self.served)
        if out == len(self.served):
            return "Nothing serves", "danger", "error"
        if self.away and self.away + out == len(self.served):
            return "All kept away", "danger", "error"
        if self.away:
            return f"{self.away} kept away", "warning", "warning"
        if out:
            return f"{out} of {len(self.served)} off", "warning", "warning"
        if all(each.demo for each in self.served):
            return "Demo", "accent", "spark"
        return "On", "success", "success"

    @property
    def price(self) -> str:
        if not self.served:
            return "–"
        return price_words(self.served[0].price) if self.served[0].looked_up else "looking up…"


def model_rows(models: Sequence[Model], providers: Sequence[Provider], prices: Prices) -> list[ModelRow]:
    """The models with what serves them, in alphabetical order."""
    by_id = {provider.id: provider for provider in providers}
    return [
        ModelRow(
            model,
            tuple(_served(each, by_id.get(each.provider_id), prices) for each in model.deployments),
        )
        for model in sorted(models, key=lambda model: model.alias.lower())
    ]


def _served(deployment: Deployment, provider: Provider | None, prices: Prices) -> Served:
    if provider is None:
        return Served(deployment, None, None)
    return Served(deployment, provider, *prices.of(provider, deployment))


def per_million(picodollars: int) -> str:
    """A price a token as one a million tokens: ``$2.50``, ``$0.075``."""
    usd = to_usd(picodollars * 10**6)
    text = f"{usd.quantize(Decimal('0.0001')):f}".rstrip("0")
    whole, _, rest = text.partition(".")
    return f"${int(whole):,}.{rest:<02}" if usd else "$0.00"


def price_words(price: Price | None) -> str:
    """``$2.50 / $10.00``: a million tokens in and out. ``free`` is a known price of nothing."""
    if price is None:
        return "unpriced"
    if is_free(price):
        return "free"
    return f"{per_million(price.input)} / {per_million(price.output)}"


def price_sentence(price: Price | None) -> str:
    """The price in words; ``source_words`` says where it comes from."""
    if price is None:
        return "No price is known: its cost is not counted, and keys with a budget may not use it. Set one here."
    if is_free(price):
        return "Free: nothing is billed."
    parts = [f"{per_million(price.input)} in, {per_million(price.output)} out"]
    if price.cached_read is not None:
        parts.append(f"{per_million(price.cached_read)} cached")
    more = f", dearer above {price.tiers[0][0]:,} input tokens" if price.tiers else ""
    more += f", {show(price.per_request)} a request" if price.per_request else ""
    more += ", by the hour of the day" if price.hours else ""
    return f"{', '.join(parts)} a million tokens{more}."


def is_free(price: Price) -> bool:
    return not (price.input or price.output or price.per_request or price.per_character or price.per_audio_hour)


def source_words(price: Price) -> str:
    """Where a price comes from, without the mark that tells its rates apart from those of other days."""
    return price.source.partition(" #")[0]


def origin(price: Price | None) -> tuple[str, str, str]:
    """Where a price comes from: word, tone and icon."""
    if price is None:
        return "price unknown", "warning", "warning"
    source = price.source
    for start, word, tone, icon in _ORIGINS:
        if source.startswith(start):
            return word, tone, icon
    return "catalogue", "neutral", "archive"


def strategy_title(strategy: str) -> str:
    return next((title for key, title, _ in STRATEGIES if key == strategy), strategy)


def falls_back_to(model: Model, alias: str) -> bool:
    return any(alias in getattr(model, kind) for kind in KINDS_OF_FALLBACK)


def without(model: Model, alias: str, instead: str = "") -> Model:
    """The model with another name among its fallbacks, or with one less."""
    changes: dict[str, Any] = {
        kind: tuple(instead if name == alias else name for name in getattr(model, kind) if instead or name != alias)
        for kind in KINDS_OF_FALLBACK
    }
    return replace(model, **changes)
