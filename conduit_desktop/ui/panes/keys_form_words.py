"""What the folded parts of a key's form say of what is in them, and which of them have anything. Pure."""

from __future__ import annotations

import time
from collections.abc import Mapping

from conduit_desktop.records import VirtualKey
from conduit_desktop.ui.panes import keys_words as words
from conduit_desktop.ui.shown import count


def summaries(key: VirtualKey) -> Mapping[str, str]:
    """By the title of the section."""
    limits = words.limits(key)
    return {
        "Who": " · ".join(part for part in (key.name, key.tag) if part),
        "Money": money(key),
        "May use": reach(key),
        "Limits": "none" if limits == "–" else limits,
        "Life": "never expires" if key.expires is None else f"expires {words.expires(key, time.time()).lower()}",
        "Defaults": defaults(key) or "none",
    }


def used(key: VirtualKey) -> Mapping[str, bool]:
    """Which sections hold anything that is not usual: those are shown unfolded."""
    return {
        "May use": bool(key.models or key.providers or key.local_only),
        "Limits": words.limits(key) != "–",
        "Life": key.expires is not None,
        "Defaults": bool(defaults(key)),
    }


def money(key: VirtualKey) -> str:
    """``$5.00 a month``, or that there is no limit."""
    return "no limit" if key.budget is None else f"{words.dollars(key.budget)} {words.PER[key.period]}"


def reach(key: VirtualKey) -> str:
    """``2 models, 1 provider, only on this machine``."""
    parts = []
    for number, one in ((len(key.models), "model"), (len(key.providers), "provider")):
        if number:
            parts.append(f"{number} {one}" if number == 1 else f"{number} {one}s")
    if key.local_only:
        parts.append("only on this machine")
    return ", ".join(parts) or "everything"


def defaults(key: VirtualKey) -> str:
    """``fast, at most 4,096 tokens``; empty for none."""
    most = f"at most {count(key.max_output)} tokens" if key.max_output is not None else ""
    return ", ".join(part for part in (key.default_model, most, "" if key.cache else "no response cache") if part)
