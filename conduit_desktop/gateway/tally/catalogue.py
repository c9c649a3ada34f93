"""The catalogue of list prices: that of the ``genai-prices`` package, or a newer list that was fetched and checked.

The package takes 0.8 s and 40 MB to load, for good, so everything that needs it is done by a child process; the store
keeps the answers under ``version``. A model the catalogue does not know has no price (``None``), never a price of 0,
and a catalogue that cannot be read is an error, never an answer.
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple, TypeVar

import msgspec

from conduit_desktop.errors import ConduitError
from conduit_desktop.providers import ProviderSpec, demo, spec
from conduit_desktop.providers.urls import is_loopback
from conduit_desktop.records import Price

PACKAGE = "genai-prices"
LOCAL = Price(source="local server, nothing is billed", input=0, output=0)

Wanted = tuple[str, str, str]
"""(provider kind, base URL, the provider's own model id)"""
T = TypeVar("T")

_CHILD = "conduit_desktop.gateway.tally.reading_lists"
_CHILD_SECONDS = 60.0

_log = logging.getLogger(__name__)


class Fetched(NamedTuple):
    """A list that is in force instead of the package's own."""

    name: str
    data: bytes


class CatalogueError(ConduitError):
    """A catalogue that cannot be read, or that nobody should trust."""

    code = "bad_catalogue"


def package_version() -> str:
    from importlib import metadata  # with the email package: not before it is needed

    try:
        return metadata.version(PACKAGE)
    except metadata.PackageNotFoundError:
        return "none"


def version(today: date, fetched: Fetched | None = None) -> str:
    """What cached prices are valid for: the catalogue, and the day, because list prices change on dates."""
    return f"{fetched.name if fetched else package_version()} {today.isoformat()}"


def look_up_all(wanted: Sequence[Wanted], fetched: Fetched | None = None) -> list[Price | None]:
    """The list prices of many models, None where unknown. Blocks, up to seconds. Raises CatalogueError."""
    known = [own(spec(kind), base, model) for kind, base, model in wanted]
    if all(here for here, _ in known):
        return [price for _, price in known]
    return ask("prices", list[Price | None], fetched.data if fetched else b"", name=name_of(fetched), wanted=wanted)


def name_of(fetched: Fetched | None) -> str:
    """What prices say that they come from."""
    return fetched.name if fetched else f"{PACKAGE} {package_version()}"


def own(kind: ProviderSpec, base_url: str, upstream_model: str) -> tuple[bool, Price | None]:
    """(whether we know by ourselves, the price): the demo's made-up one, and that this machine bills nobody."""
    if kind.built_in:
        return True, demo.PRICES.get(upstream_model)
    if kind.price_provider is None and is_loopback(base_url):
        return True, LOCAL
    return False, None


def ask(what: str, kind: type[T], data: bytes, **more: Any) -> T:
    """Have the child (``reading_lists``) do something with a list, empty for the package's. Raises CatalogueError."""
    head = json.dumps({"do": what, **more}).encode()
    try:
        answer = msgspec.json.decode(_asked(head + b"\n" + data))
        if "refused" not in answer:
            return msgspec.convert(answer["done"], type=kind)
        raise CatalogueError(answer["refused"])
    except subprocess.CalledProcessError as error:
        _log.warning("The price catalogue could not be read: %s", error.stderr[-2000:].decode("utf-8", "replace"))
        raise CatalogueError("The price catalogue could not be read.") from None
    except (OSError, subprocess.SubprocessError, ValueError, KeyError, TypeError) as error:
        _log.warning("The price catalogue could not be read: %s", error)
        raise CatalogueError("The price catalogue could not be read.") from None


def _asked(told: bytes) -> bytes:
    if getattr(sys, "frozen", False):  # there is no interpreter to start
        # By its name: it imports this module. (A frozen app must be told of it.)
        return bytes(importlib.import_module(_CHILD).answer(told))
    done = subprocess.run(
        [sys.executable, "-m", _CHILD],
        input=told,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        capture_output=True,
        timeout=_CHILD_SECONDS,
        check=True,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
    return done.stdout
