"""What the panes say of models: strategies, prices, deployments, states. Pure; no widgets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from conduit_desktop.errors import ConfigurationError
from conduit_desktop.money import to_usd
from conduit_desktop.records import Deployment, Model, Price, Provider, Strategy
from conduit_desktop.runtime.models import price_key
from conduit_desktop.ui.panes.providers_words import is_demo, known_kind

Prices = Mapping[tuple[str, str], Price | None]

STRATEGIES: tuple[tuple[Strategy, str, str], ...] = (
    ("simple", "In order", "The first deployment serves; the next ones step in when it fails."),
    ("random", "Random", "Each request draws a deployment at random, by weight."),
    ("round-robin", "Round robin", "Deployments take turns, each in proportion to its weight."),
    ("least-busy", "Least busy", "The deployment with the fewest requests in work for its weight goes first."),
    ("least-latency", "Least latency", "The one that lately gave its first token soonest goes first."),
    ("least-cost", "Least cost", "The one with the lowest price goes first; unpriced ones come last."),
)
WEIGHTED = ("random", "round-robin", "least-busy")


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
    """A model with its deployments, ready to be shown."""

    model: Model
    served: tuple[Served, ...]

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
    try:
        key = price_key(provider, deployment.upstream_model)
    except ConfigurationError:  # a kind that this version does not know
        return Served(deployment, provider, None)
    return Served(deployment, provider, prices.get(key), key in prices)


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
    if not (price.input or price.output or price.per_request):
        return "free"
    return f"{per_million(price.input)} / {per_million(price.output)}"


def price_sentence(price: Price | None) -> str:
    """The price in words, with its source."""
    if price is None:
        return "Unpriced: its cost is not counted, and keys with a budget may not use it."
    if not (price.input or price.output or price.per_request):
        return f"Free. Source: {price.source}."
    parts = [f"{per_million(price.input)} in, {per_million(price.output)} out"]
    if price.cached_read is not None:
        parts.append(f"{per_million(price.cached_read)} cached")
    more = f", dearer above {price.tiers[0][0]:,} input tokens" if price.tiers else ""
    return f"{', '.join(parts)} a million tokens{more}. Source: {price.source}."


def strategy_title(strategy: str) -> str:
    return next((title for key, title, _ in STRATEGIES if key == strategy), strategy)
