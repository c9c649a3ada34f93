"""The words and options of ``model`` and of ``provider credential``. Imports little, for ``--help``."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from conduit_desktop.cli import values
from conduit_desktop.records import ABILITIES, STRATEGIES

NONE = "none"
OFF = "off"
FALLBACKS = (
    ("--fallback", "fallbacks", "tried when all deployments fail"),
    ("--context-fallback", "context_fallbacks", "for requests that are too long for it"),
    ("--content-fallback", "content_fallbacks", "where its content filter refuses"),
)
TIMES = (
    ("connect", "to connect"),
    ("first-token", "until a stream's first content"),
    ("idle", "between two pieces of an answer"),
    ("total", "in all, with every retry and fallback"),
)
LIMITS = (
    ("rpm", "requests a minute that go there"),
    ("tpm", "tokens a minute"),
    ("parallel", "requests at the same time"),
    ("context-window", "tokens that a request may have, where what is known of the model is wrong"),
)
DIALECTS = ("openai-chat", "openai-responses", "anthropic-messages", "gemini", "cohere", "ollama", "interactions")
OPERATIONS = ("chat", "completions", "embeddings", "rerank", "count_tokens")
_WHICH = "which of several: PROVIDER/MODEL-ID as in the list, or its id"


def add_models(
    verbs: Any, add_verb: Callable[..., Any], add_json: Callable[[Any], None], act: object, watch: object
) -> None:
    """Add the actions of ``model``; the functions are the parser's own. ``watch`` does what changes nothing."""
    add = add_verb(verbs, "add", "serve a model; again for a second deployment of it", act)
    add.add_argument("alias", metavar="ALIAS", help="the name that clients ask for")
    add.add_argument("--provider", required=True, metavar="NAME")
    add.add_argument("--model", required=True, metavar="ID", help="the provider's own name for it")
    add.add_argument("--weight", type=values.count, default=1, metavar="N", help="its share (default: 1)")
    add.add_argument("--priority", type=values.count, metavar="N", help="lower is tried earlier (default: last)")
    _set(add_verb(verbs, "set", "change how a model is routed; what is not given stays", act))
    _deployment(add_verb(verbs, "deployment", "change one deployment of a model; what is not given stays", act))
    add_json(add_verb(verbs, "list", "list the models", act))
    test = add_verb(verbs, "test", "ask each deployment for a few tokens; a good one is used again at once", watch)
    test.add_argument("alias", metavar="ALIAS")
    test.add_argument("--deployment", metavar="WHICH", help=_WHICH)
    add_json(test)
    health = add_verb(verbs, "health", "how the deployments do, and what became of them", watch)
    health.add_argument("alias", metavar="ALIAS", nargs="?", help="one model (default: all)")
    health.add_argument("--history", action="store_true", help="what happened, the newest last")
    health.add_argument("--limit", type=values.positive, default=50, metavar="N", help="of the history (default: 50)")
    health.add_argument("--reset", action="store_true", help="use its deployments again, whatever happened to them")
    add_json(health)
    _preview(add_verb(verbs, "preview", "where a request would go, and where then", watch), add_json)
    add_verb(verbs, "remove", "remove a model", act).add_argument("alias", metavar="ALIAS")


def _set(change: argparse.ArgumentParser) -> None:
    change.add_argument("alias", metavar="ALIAS")
    change.add_argument("--strategy", choices=STRATEGIES, help="how the next deployment is chosen")
    change.add_argument(
        "--retries", type=values.count, metavar="N", help="further calls after one that failed, 0 to 10"
    )
    for flag, field, words in FALLBACKS:
        change.add_argument(
            flag, dest=field, action="append", metavar="MODEL", help=f"{words}; again for more, '' takes all away"
        )
    for step, words in TIMES:
        change.add_argument(
            f"--timeout-{step}",
            type=values.seconds,
            default=argparse.SUPPRESS,
            metavar="SECONDS",
            help=f"{words}; 'default' for the usual",
        )
    change.add_argument(
        "--cache",
        type=_cached,
        default=argparse.SUPPRESS,
        metavar="SECONDS|off",
        help="for how long an answer is given again to the very same request",
    )
    change.add_argument("--resume", type=values.on_off, metavar="on|off", help="continue streams that break off")
    _switch(change, "the model")


def _deployment(change: argparse.ArgumentParser) -> None:
    change.add_argument("alias", metavar="ALIAS")
    change.add_argument("which", metavar="DEPLOYMENT", nargs="?", help=_WHICH)
    change.add_argument("--weight", type=values.count, metavar="N", help="its share")
    change.add_argument("--priority", type=values.count, metavar="N", help="lower is tried earlier")
    for name, words in LIMITS:
        change.add_argument(
            f"--{name}", type=_or_none, default=argparse.SUPPRESS, metavar="N", help=f"{words}; 'none': no limit"
        )
    change.add_argument(
        "--lacks",
        action="append",
        choices=(*ABILITIES, NONE),
        help="what the model cannot do; again for more, 'none': what is known of it holds",
    )
    _switch(change, "it")
    change.add_argument("--remove", action="store_true", help="serve the model by the others only")


def _preview(preview: argparse.ArgumentParser, add_json: Callable[[Any], None]) -> None:
    preview.add_argument("model", metavar="MODEL", help="an alias, or PROVIDER/MODEL-ID")
    preview.add_argument(
        "--dialect",
        default="openai-chat",
        metavar="DIALECT",
        choices=DIALECTS,
        help=f"what it is written in: {', '.join(DIALECTS)} (default: openai-chat)",
    )
    preview.add_argument(
        "--operation",
        default="chat",
        metavar="NAME",
        choices=OPERATIONS,
        help=f"{', '.join(OPERATIONS)} (default: chat)",
    )
    preview.add_argument("--stream", action="store_true", help="with a streamed answer")
    preview.add_argument("--images", action="store_true", help="with images in it")
    preview.add_argument("--tools", action="store_true", help="with tools")
    preview.add_argument("--json-schema", action="store_true", help="that asks for JSON of a schema")
    preview.add_argument("--tokens", type=values.count, default=0, metavar="N", help="how long the request is")
    preview.add_argument("--key", metavar="NAME", help="as this virtual key may")
    add_json(preview)


def _switch(change: argparse.ArgumentParser, what: str) -> None:
    switch = change.add_mutually_exclusive_group()
    switch.add_argument("--enable", dest="enabled", action="store_true", default=None, help=f"use {what}")
    switch.add_argument("--disable", dest="enabled", action="store_false", help=f"do not use {what}")


def _or_none(text: str) -> int | None:
    return None if text == NONE else values.positive(text)


def _cached(text: str) -> int | None:
    if text == OFF:
        return None
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"whole seconds such as 3600, or off, not {text!r}")
    return int(text)


def add_credentials(verbs: Any, add_verb: Callable[..., Any], add_json: Callable[[Any], None], act: object) -> None:
    """Add the actions of ``provider credential``."""

    def verb(name: str, words: str, *, key: bool = True) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = add_verb(verbs, name, words, act)
        made.add_argument("provider", metavar="PROVIDER")
        if key:
            made.add_argument("name", metavar="KEY", help="its name; first: the provider's own")
        return made

    add_secret(verb("add", "add a further key, used in turn with those that the provider has"))
    add_json(verb("list", "list a provider's keys", key=False))
    test = verb("test", "ask the provider whether it takes its keys", key=False)
    test.add_argument("name", metavar="KEY", nargs="?", help="one of them (default: all)")
    add_secret(verb("renew", "put another text in a key's place"))
    verb("enable", "use a key again")
    verb("disable", "do not use a key")
    verb("remove", "remove a key; for the first, the next that is on takes its place")


def add_secret(verb: argparse.ArgumentParser) -> None:
    secret = verb.add_mutually_exclusive_group()
    secret.add_argument("--api-key-stdin", action="store_true", help="read the API key from standard input")
    secret.add_argument("--api-key-env", metavar="VAR", help="take the API key from this environment variable")
