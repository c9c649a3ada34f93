"""What people may call things, and the messages when they may not."""

from __future__ import annotations

from collections.abc import Sequence

from conduit_desktop.errors import ConfigurationError

MOST_TOLD = 20


def clean(text: str, what: str, *, most: int = 64, slash: bool = False) -> str:
    """``text`` as a name: trimmed, printable, not too long. Raises ConfigurationError (code ``bad_name``)."""
    name = text.strip()
    if not name:
        raise ConfigurationError(f"The {what} needs a name.", code="bad_name")
    if len(name) > most:
        raise ConfigurationError(f"The {what}'s name is over {most} characters long.", code="bad_name")
    if not name.isprintable():
        raise ConfigurationError(f"The {what}'s name holds a character that cannot be shown.", code="bad_name")
    if "/" in name and not slash:
        raise ConfigurationError(
            f"The {what}'s name must not hold a slash.",
            hint="A slash parts a provider from its model, as in openai/gpt-4.1.",
            code="bad_name",
        )
    return name


def absent(what: str, name: str, there: Sequence[str], add: str) -> ConfigurationError:
    """What is told of a ``what`` (``model``) called ``name`` where ``there`` are only others; ``add`` is the command
    that makes one."""
    told = ", ".join(there[:MOST_TOLD]) + (f" and {len(there) - MOST_TOLD} more" if len(there) > MOST_TOLD else "")
    hint = f"{what.capitalize()}s: {told or 'none yet'}. Add one: conduit-desktop {add}"
    return ConfigurationError(f"There is no {what} {name!r}.", hint=hint, status=404, code="not_found")
