"""The steps to a first request, and which of them are done. Pure; no widgets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from conduit_desktop.records import Model, Provider
from conduit_desktop.runtime.configuring import CHAT_KEY, KeyView
from conduit_desktop.ui.panes.providers_words import is_demo


@dataclass(frozen=True, slots=True)
class Facts:
    """What the steps depend on. ``tool_keys`` leaves out the key that the Chat pane makes for itself; ``asked``: a
    request was answered; ``failed``: there were requests, and none was."""

    providers: int = 0
    models: int = 0
    tool_keys: int = 0
    asked: bool = False
    failed: bool = False
    only_demo: bool = False
    aliases: tuple[str, ...] = ()
    provider_names: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether nothing is left that would keep a request from being answered."""
        return bool(self.providers and self.models and self.asked)


def facts(
    providers: Sequence[Provider], models: Sequence[Model], keys: Sequence[KeyView], asked: bool, failed: bool
) -> Facts:
    return Facts(
        providers=len(providers),
        models=len(models),
        tool_keys=sum(view.key.name != CHAT_KEY for view in keys),
        asked=asked,
        failed=failed,
        only_demo=bool(providers) and all(is_demo(provider) for provider in providers),
        aliases=tuple(model.alias for model in models),
        provider_names=tuple(provider.name for provider in providers),
    )


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the checklist."""

    key: str
    title: str
    text: str
    done: bool


def steps(known: Facts) -> tuple[Step, ...]:
    return (
        Step(
            "source",
            "Choose a model source",
            _named(known.provider_names)
            if known.providers
            else "A provider account, a server on this machine, or the Demo model: no key, no network, nothing billed.",
            known.providers > 0,
        ),
        Step(
            "model",
            "Name a model",
            f"Tools ask for {_named(known.aliases)}."
            if known.models
            else "Give one of the source's models the name that your tools will ask for.",
            known.models > 0,
        ),
        Step(
            "key",
            "Create a key",
            "Each tool has a key of its own, with its own budget and limits."
            if not known.tool_keys
            else "1 key for your tools."
            if known.tool_keys == 1
            else f"{known.tool_keys} keys for your tools.",
            known.tool_keys > 0,
        ),
        Step(
            "request",
            "See the first request",
            "Requests are shown below as they happen."
            if known.asked
            else "None was answered so far: open the one that failed below, which says why, and try again."
            if known.failed
            else "Chat here, or connect a tool: the request appears at once, with its timing and cost.",
            known.asked,
        ),
    )


def _named(names: Sequence[str]) -> str:
    shown = ", ".join(names[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown
