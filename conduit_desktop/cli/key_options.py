"""Everything a virtual key can be given on the command line: one row an option, for ``key create`` and ``key set``.

What is not given stays as it is; ``none`` takes a value away again.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from conduit_desktop.cli import values
from conduit_desktop.records import AT_LIMIT, PERIODS, VirtualKey

if TYPE_CHECKING:
    from conduit_desktop.store import Store

NONE = "none"


class Option(NamedTuple):
    """``field`` of the key that it sets; ``cleared`` is what ``none`` means."""

    flag: str
    field: str
    type: Callable[[str], Any]
    metavar: str
    help: str
    cleared: Any = None
    many: bool = False


def _percents(text: str) -> tuple[int, ...]:
    try:
        return tuple(sorted({int(part) for part in text.split(",")}))
    except ValueError:
        raise argparse.ArgumentTypeError(f"percents such as 50,80,100, not {text!r}") from None


def _one_of(choices: tuple[str, ...]) -> Callable[[str], str]:
    def check(text: str) -> str:
        if text not in choices:
            raise argparse.ArgumentTypeError(f"one of {', '.join(choices)}, not {text!r}")
        return text

    return check


def _yes(text: str) -> bool:
    return _one_of(("yes", "no"))(text) == "yes"


def _on(text: str) -> bool:
    return _one_of(("on", "off"))(text) == "on"


OPTIONS: tuple[Option, ...] = (
    Option("--budget", "budget", values.usd, "USD", "what it may spend in a period"),
    Option("--per", "period", _one_of(PERIODS), "PERIOD", f"the budget's period: {', '.join(PERIODS)}", "month"),
    Option("--at-limit", "at_limit", _one_of(AT_LIMIT), "WHAT", f"at the limit: {', '.join(AT_LIMIT)}", "block"),
    Option("--downgrade-to", "downgrade_to", str, "ALIAS", "the cheaper model to go on with", ""),
    Option("--thresholds", "thresholds", _percents, "PERCENTS", "when to tell, such as 50,80,95,100", ()),
    Option("--expires", "expires", values.expiry, "DATE", "a date, or a span such as 30d"),
    Option("--model", "models", str, "ALIAS", "allow this one only, or a beginning and '*'; again for more", (), True),
    Option("--provider", "providers", str, "NAME", "allow this provider only; again for more", (), True),
    Option("--local-only", "local_only", _yes, "yes|no", "never leave this machine", False),
    Option("--rpm", "rpm", values.count, "N", "requests a minute"),
    Option("--tpm", "tpm", values.count, "N", "tokens a minute"),
    Option("--parallel", "parallel", values.count, "N", "requests at the same time"),
    Option("--default-model", "default_model", str, "ALIAS", "for requests that name none, or 'default'", ""),
    Option("--max-output", "max_output", values.count, "N", "output tokens where a request says nothing"),
    Option("--cache", "cache", _on, "on|off", "use the response cache of models that have one (default: on)", True),
    Option("--note", "note", str, "TEXT", "what it is for", ""),
    Option("--tag", "tag", str, "TAG", "a word to sum up by", ""),
    Option("--color", "color", str, "COLOR", "a mark in the window", ""),
)


def add(parser: argparse.ArgumentParser) -> None:
    """The options; what is not given is not in the namespace."""
    for option in OPTIONS:
        parser.add_argument(
            option.flag,
            dest=option.field,
            type=_or_none(option.type),
            action="append" if option.many else "store",
            default=argparse.SUPPRESS,
            metavar=option.metavar,
            help=option.help,
        )


def _or_none(type_: Callable[[str], Any]) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        return NONE if text == NONE else type_(text)

    return read


def given(arguments: argparse.Namespace) -> set[str]:
    """The fields that were given."""
    return {option.field for option in OPTIONS if hasattr(arguments, option.field)}


def changed(arguments: argparse.Namespace, key: VirtualKey, store: Store) -> VirtualKey:
    """The key with what was given. Raises ConfigurationError for a provider that there is not."""
    fields: dict[str, Any] = {}
    for option in OPTIONS:
        if not hasattr(arguments, option.field):
            continue
        value = getattr(arguments, option.field)
        if option.many:
            value = () if value == [NONE] else tuple(value)
        fields[option.field] = option.cleared if value == NONE else value
    if fields.get("providers"):
        fields["providers"] = tuple(_provider(store, name) for name in fields["providers"])
    return replace(key, **fields)


def _provider(store: Store, name: str) -> str:
    from conduit_desktop.runtime import providers

    return providers.named(store, name).id
