"""What people may call things, and the messages when they may not."""

from __future__ import annotations

from conduit_desktop.errors import ConfigurationError


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
