"""What the panes say of providers: kinds, marks, keys, test results, names to suggest. Pure; no widgets."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from conduit_desktop.errors import ConfigurationError
from conduit_desktop.providers import PROVIDERS, Preset, ProviderSpec, spec
from conduit_desktop.providers.urls import is_loopback, same_origin
from conduit_desktop.records import Model, Provider
from conduit_desktop.runtime.configuring import ProbeResult

_MARKS = {
    "openai": "mark-openai",
    "openrouter": "mark-openrouter",
    "fireworks": "mark-fireworks",
    "demo": "spark",
    "ollama": "mark-ollama",
    "lm-studio": "mark-lm-studio",
    "llama-cpp": "terminal",
    "vllm": "mark-vllm",
    "custom": "code",
}
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
CAUSES = {
    "ok": "Works",
    "not_sent": "Not asked",
    "dns": "Name not found",
    "refused": "Nothing listens",
    "unreachable": "Unreachable",
    "tls": "Certificate problem",
    "timeout": "Timed out",
    "redirect": "Redirected",
    "unauthorised": "Key rejected",
    "forbidden": "Not allowed",
    "not_found": "Wrong address",
    "rate_limited": "Rate limited",
    "quota": "No credit left",
    "server_error": "Provider's error",
    "not_json": "Not an API",
    "wrong_api": "Another API",
}
_MILD = ("rate_limited", "quota")


@dataclass(frozen=True, slots=True)
class Offer:
    """One choice of what to add: a kind, or a well-known server of a kind."""

    spec: ProviderSpec
    preset: Preset | None = None

    @property
    def key(self) -> str:
        return self.preset.name if self.preset else self.spec.kind

    @property
    def title(self) -> str:
        return self.preset.title if self.preset else self.spec.title

    @property
    def mark(self) -> str:
        return _MARKS.get(self.key) or f"letters-{monogram(self.title)}"

    @property
    def base_url(self) -> str:
        return self.preset.base_url if self.preset else self.spec.base_url

    @property
    def summary(self) -> str:
        if self.preset is None:
            return self.spec.summary
        if self.preset.base_url:
            return f"On this machine, usually at {urlsplit(self.preset.base_url).netloc}."
        return "Any other server that speaks OpenAI's API."

    @property
    def group(self) -> str:
        if self.spec.built_in:
            return "To try things out"
        own = self.preset is not None or self.spec.local
        return "On this machine or your own server" if own else "Accounts"


def monogram(title: str) -> str:
    """One or two letters for a kind without a mark of its own: ``An`` for Anthropic, ``GV`` for Google Vertex AI."""
    words: list[str] = _WORDS.findall(title.partition("(")[0].removesuffix(" AI")) or ["?"]
    return words[0][:2].title() if len(words) == 1 else (words[0][0] + words[1][0]).upper()


def offers() -> list[Offer]:
    """Everything that can be added, in the order in which it is shown."""
    found = [Offer(known) for known in PROVIDERS if not known.presets]
    found += [Offer(known, preset) for known in PROVIDERS for preset in known.presets]
    groups = ("Accounts", "On this machine or your own server", "To try things out")
    return sorted(found, key=lambda offer: groups.index(offer.group))


def known_kind(kind: str) -> ProviderSpec | None:
    """The kind's row; None for a kind that a newer version may have stored."""
    try:
        return spec(kind)
    except ConfigurationError:
        return None


def offer_of(provider: Provider) -> Offer | None:
    """The choice that a stored provider comes nearest to."""
    known = known_kind(provider.kind)
    if known is None:
        return None
    presets = [
        preset for preset in known.presets if preset.base_url and same_origin(preset.base_url, provider.base_url)
    ]
    return Offer(known, presets[0] if presets else known.presets[-1] if known.presets else None)


def kind_words(provider: Provider) -> str:
    """``OpenAI``, ``Ollama``, ``OpenAI-compatible``, ``Demo``."""
    offer = offer_of(provider)
    if offer is None:
        return provider.kind
    custom = offer.preset is not None and not offer.preset.base_url
    return offer.spec.title if custom else offer.title


def mark_of(provider: Provider) -> str:
    offer = offer_of(provider)
    if offer is None:
        return "help"
    if offer.key == "custom":
        return "display" if is_loopback(provider.base_url) else "globe"
    return offer.mark


def is_demo(provider: Provider) -> bool:
    known = known_kind(provider.kind)
    return known is not None and known.built_in


def address_words(provider: Provider) -> str:
    return "built in" if is_demo(provider) else provider.base_url


def key_words(provider: Provider) -> str:
    """``•••• abcd``, ``stored``, ``no key needed``, ``no key``, ``key missing``."""
    if provider.secret_ref is not None:
        return f"•••• {provider.secret_last4}" if provider.secret_last4 else "•••• stored"
    known = known_kind(provider.kind)
    if known is not None and known.secret == "required":
        return "key missing"
    return "no key needed" if known is None or known.secret == "none" or is_loopback(provider.base_url) else "no key"


def state_of(provider: Provider, result: ProbeResult | None) -> tuple[str, str, str]:
    """Word, tone and icon of the state a provider is in, as far as is known."""
    if known_kind(provider.kind) is None:
        return "Unknown kind", "warning", "warning"
    if not provider.enabled:
        return "Off", "neutral", "pause"
    if is_demo(provider):
        return "Demo", "accent", "spark"
    if result is None:
        return "Not tested", "neutral", "help"
    return result_look(result)


def result_look(result: ProbeResult) -> tuple[str, str, str]:
    """Word, tone and icon of a test's outcome."""
    word = CAUSES.get(result.cause, "Failed")
    if result.ok:
        return word, "success", "success"
    return (word, "warning", "warning") if result.cause in _MILD else (word, "danger", "error")


def served_by(provider_id: str, models: Sequence[Model]) -> tuple[str, ...]:
    """The models that have a deployment at this provider."""
    return tuple(model.alias for model in models if any(each.provider_id == provider_id for each in model.deployments))


def removal_words(provider: Provider, models: Sequence[Model]) -> str:
    """What goes when a provider goes, by name."""
    parts = []
    lines = [
        f"{model.alias} → {provider.name}/{each.upstream_model}"
        for model in models
        for each in model.deployments
        if each.provider_id == provider.id
    ]
    if lines:
        shown = lines[:8] + ([f"and {len(lines) - 8} more"] if len(lines) > 8 else [])
        what = "This deployment goes" if len(lines) == 1 else f"These {len(lines)} deployments go"
        parts.append(f"{what} too:\n" + "\n".join(shown))
    alone = [
        model.alias
        for model in models
        if model.deployments and all(each.provider_id == provider.id for each in model.deployments)
    ]
    if alone:
        what = "Nothing else serves" if len(alone) > 1 else "Nothing else serves the model"
        parts.append(f"{what} {', '.join(alone[:6])}: clients that ask for it will be refused.")
    if provider.secret_ref is not None:
        parts.append("Its key is removed from the vault.")
    parts.append("What the log holds stays.")
    return "\n\n".join(parts)


def free_name(wanted: str, taken: Collection[str]) -> str:
    """``wanted``, or the first of ``wanted-2``, ``wanted-3`` … that is free."""
    numbered = (wanted, *(f"{wanted}-{number}" for number in range(2, len(taken) + 3)))
    return next(name for name in numbered if name not in taken)


def alias_for(upstream_model: str) -> str:
    """The name to suggest for a provider's model: its last part."""
    return upstream_model.rstrip("/").rsplit("/", 1)[-1]
