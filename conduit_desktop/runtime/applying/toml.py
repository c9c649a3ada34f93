"""TOML text, read. Imported when a file is read or written: tomlkit takes its time."""

from __future__ import annotations

from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.toml_document import TOMLDocument

from conduit_desktop.errors import ConfigurationError

MOST = 4 * 1024 * 1024


def parse(text: str) -> TOMLDocument:
    """Raises ConfigurationError (``bad_toml``) for what is no TOML."""
    if len(text) > MOST:
        raise _no_toml(f"it is over {MOST // 1024 // 1024} MiB")
    try:
        return tomlkit.parse(text)
    except TOMLKitError as error:
        raise _no_toml(str(error)) from None
    except (RecursionError, ValueError, TypeError):
        raise _no_toml(_ODD) from None


def load(text: str) -> dict[str, Any]:
    """The text as plain dicts. Raises ConfigurationError likewise."""
    try:
        return dict(parse(text).unwrap())
    except TOMLKitError as error:  # tables that contradict each other are found only now
        raise _no_toml(str(error)) from None
    except (RecursionError, ValueError, TypeError):
        raise _no_toml(_ODD) from None


_ODD = "it is nested too deeply or holds an impossible value"


def _no_toml(why: str) -> ConfigurationError:
    why = why.rstrip(".").replace(
        r"Unexpected character: '\x00'", "it ends in the middle of something"
    )  # tomlkit's end
    return ConfigurationError(f"This is not TOML: {why}.", status=422, code="bad_toml")
