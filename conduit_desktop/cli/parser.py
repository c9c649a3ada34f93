"""The words and options of every verb. Imports a verb's module only when the verb is called."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, NoReturn

from conduit_desktop import __version__
from conduit_desktop.cli import key_options, price_options, routing_options, values

if TYPE_CHECKING:
    from conduit_desktop.cli.session import Session

Arguments = argparse.Namespace
Verbs = argparse._SubParsersAction  # it has no public name

_ABOUT = "A local LLM gateway: one address for every tool, your keys in the OS keyring, every request seen and priced."
_END = "Without a verb the window opens. Exit codes: 0 done, 1 failed, 2 wrong usage."


class Parser(argparse.ArgumentParser):
    """Says what is wrong, and where the words are: many lines of options would hide it."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {message}\nAll its words: {self.prog} --help\n")


def make_parser() -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = Parser(
        prog="conduit-desktop", description=_ABOUT, epilog=_END, allow_abbrev=False
    )
    parser.add_argument("--home", metavar="DIR", help="the data folder (else CONDUIT_HOME, else the platform's own)")
    parser.add_argument("--version", action="version", version=f"Conduit Desktop {__version__}")
    parser.set_defaults(parser=parser)
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", title="verbs")
    serve = _add(verbs, "serve", "run the gateway without a window", _serve)
    serve.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: %(default)s)")
    serve.add_argument("--port", type=values.port, help="the port (default: the one in the settings, 7878)")
    _add(verbs, "demo", "see one request go through a throw-away gateway; needs no key and no network", _demo)
    _provider(_group(verbs, "provider", "the accounts that requests are sent to"))
    group = _group(verbs, "model", "the names that clients ask for")
    routing_options.add_models(group, _add, _json, _models, _model_health)
    _key(_group(verbs, "key", "what clients identify themselves with"))
    price_options.add(_group(verbs, "price", "what models cost"), _add, _json, _prices)
    _logs(_add(verbs, "logs", "the requests that were made, oldest first", _show_logs))
    _usage(_add(verbs, "usage", "what was spent and used: this month so far, or any span", _show_usage))
    _files(verbs)
    _cache(_group(verbs, "cache", "the answers that models with a response cache keep"))
    doctor = _add(verbs, "doctor", "look for what is wrong, and say what to do about it", _doctor)
    _json(doctor)
    return parser


def _provider(verbs: Verbs[argparse.ArgumentParser]) -> None:
    add = _add(verbs, "add", "add a provider", _providers)
    add.add_argument("name", metavar="NAME")
    add.add_argument("--kind", required=True, type=values.kind, help=f"one of {values.kinds()}")
    add.add_argument("--base-url", default="", metavar="URL", help="where it is (default: the kind's own address)")
    routing_options.add_secret(add)
    _json(_add(verbs, "list", "list the providers", _providers))
    _add(verbs, "test", "ask a provider whether it answers and takes its key", _providers).add_argument(
        "name", metavar="NAME"
    )
    models = _add(verbs, "models", "list the models a provider offers", _providers)
    models.add_argument("name", metavar="NAME")
    _json(models)
    _add(verbs, "remove", "remove a provider, its deployments and its keys", _providers).add_argument(
        "name", metavar="NAME"
    )
    group = _group(verbs, "credential", "further keys of a provider, used in turn with its first")
    routing_options.add_credentials(group, _add, _json, _credentials)


def _key(verbs: Verbs[argparse.ArgumentParser]) -> None:
    create = _add(verbs, "create", "make a key; it is printed alone on the last line, once", _keys)
    create.add_argument("name", metavar="NAME")
    key_options.add(create)
    change = _add(verbs, "set", "change a key; what is not given stays, 'none' takes a value away", _keys)
    change.add_argument("name", metavar="NAME")
    key_options.add(change)
    _json(_add(verbs, "list", "list the keys and what they spent", _keys))
    for name, text in (
        ("disable", "refuse a key from now on"),
        ("enable", "accept a disabled key again"),
        ("reset-spend", "set what a key has spent in its period back to nothing"),
        ("remove", "remove a key"),
    ):
        _add(verbs, name, text, _keys).add_argument("name", metavar="NAME")
    rotate = _add(verbs, "rotate", "give a key a new text; the old one stops working", _keys)
    rotate.add_argument("name", metavar="NAME")
    rotate.add_argument("--grace", type=values.span, default=0.0, metavar="SPAN", help="keep the old one for 1h, 7d, …")
    for name, text in (("show", "all that a key has"), ("preview", "what a key can see and reach")):
        one = _add(verbs, name, text, _keys)
        one.add_argument("name", metavar="NAME")
        _json(one)


def _cache(verbs: Verbs[argparse.ArgumentParser]) -> None:
    _json(_add(verbs, "show", "how much is kept, and of which models", _response_cache))
    _add(verbs, "clear", "delete every answer that is kept, also of a running gateway", _response_cache)


def _logs(logs: argparse.ArgumentParser) -> None:
    logs.add_argument("id", nargs="?", metavar="ID", help="this one only, with all its attempts")
    logs.add_argument("--follow", "-f", action="store_true", help="go on with what comes; Ctrl-C ends it")
    _rows(logs)
    logs.add_argument("--limit", type=values.positive, default=50, metavar="N", help="the newest N (default: 50)")
    logs.add_argument("--model", help="of this model")
    logs.add_argument("--provider", help="answered by this provider")
    logs.add_argument("--key", help="of this key")
    logs.add_argument("--app", help="of this app")
    logs.add_argument("--tag", help="of keys with this tag")
    status = logs.add_mutually_exclusive_group()
    status.add_argument("--status", type=values.outcome, help="ok, error or a status such as 429")
    status.add_argument("--errors", action="store_true", help="failures only")
    logs.add_argument("--since", type=values.moment, metavar="WHEN", help="a date, a time, or an age such as 2h")
    logs.add_argument("--until", type=values.moment, metavar="WHEN")
    logs.add_argument("--text", default="", help="in id, model, key, provider, app or error")


def _usage(usage: argparse.ArgumentParser) -> None:
    usage.add_argument("--since", type=values.moment, metavar="WHEN", help="a date, a time, or an age such as 7d")
    usage.add_argument("--until", type=values.moment, metavar="WHEN", help="default: the end of this month")
    usage.add_argument(
        "--by",
        action="append",
        default=[],
        choices=values.PARTS,
        metavar="PART",
        help=f"{', '.join(values.PARTS)} (default: model); one of the times may go with one of the others",
    )
    usage.add_argument("--key", help="of this key")
    for name in ("model", "provider", "app", "tag"):
        usage.add_argument(f"--{name}", metavar=name.upper(), help=f"of this {name}")
    _rows(usage)


def _files(verbs: Verbs[argparse.ArgumentParser]) -> None:
    apply = _add(verbs, "apply", "put a file's configuration in force, after showing what changes", _apply)
    apply.add_argument("file", metavar="FILE.toml", help="- is standard input")
    apply.add_argument("--dry-run", action="store_true", help="show what would change, and change nothing")
    apply.add_argument("--yes", "-y", action="store_true", help="do not ask")
    apply.add_argument("--prune", action="store_true", help="remove what the file does not name")
    _json(apply)
    export = _add(verbs, "export", "write the whole configuration to a file, without secrets", _apply)
    export.add_argument(
        "file", metavar="FILE.toml", help="kept comments and all where it is there; - is standard output"
    )
    master = _add(verbs, "master-key", "make, or see, the key that opens the admin API", _master)
    what = master.add_mutually_exclusive_group()
    what.add_argument("--rotate", action="store_true", help="make a new one; the old one stops working")
    what.add_argument("--reveal", action="store_true", help="print it again")


# ---------------------------------------------------------------- verbs


def _group(verbs: Verbs[argparse.ArgumentParser], name: str, text: str) -> Verbs[argparse.ArgumentParser]:
    group = verbs.add_parser(name, help=text, description=text, allow_abbrev=False)
    group.set_defaults(parser=group)
    return group.add_subparsers(dest="action", metavar="ACTION", title="actions", required=True)


def _add(verbs: Verbs[argparse.ArgumentParser], name: str, text: str, act: object) -> argparse.ArgumentParser:
    verb = verbs.add_parser(name, help=text, description=text, allow_abbrev=False)
    verb.set_defaults(act=act, parser=verb)
    return verb


def _json(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--json", action="store_true", help="one JSON object a line")


def _rows(verb: argparse.ArgumentParser) -> None:
    form = verb.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one JSON object a line")
    form.add_argument("--csv", action="store_true", help="a table for spreadsheets")


def _serve(arguments: Arguments, session: Session) -> int:
    from conduit_desktop.cli.serve import run

    return run(arguments, session)


def _demo(arguments: Arguments, session: Session) -> int:
    from conduit_desktop.cli.demo import run

    return run(arguments, session)


def _providers(arguments: Arguments, session: Session) -> int:
    from conduit_desktop.cli.provider import run

    return run(arguments, session)


def _model_health(arguments: Arguments, session: Session) -> int:
    from conduit_desktop.cli.model_health import run

    return run(arguments, session)


def _credentials(arguments: Arguments, session: Session) -> int:
    from conduit_desktop.cli.credential import run

    return run(arguments, session)


def _models(arguments: Arguments, session: Session) -> int:
    from conduit_desktop.cli.model import run

    return run(arguments, session)


def _keys(arguments: Arguments, session: Session) -> int:
    from conduit_desktop.cli.key import run

    return run(arguments, session)


def _prices(arguments: Arguments, session: Session) -> int:
    from conduit_desktop.cli.price import run

    return run(arguments, session)


def _show_logs(arguments: Arguments, session: Session) -> int:
    from conduit_desktop.cli.logs import run

    return run(arguments, session)


def _apply(arguments: Arguments, session: Session) -> int:
    from conduit_desktop.cli.apply import run

    return run(arguments, session)


def _master(arguments: Arguments, session: Session) -> int:
    from conduit_desktop.cli.master import run

    return run(arguments, session)


def _response_cache(arguments: Arguments, session: Session) -> int:
    from conduit_desktop.cli.cache import run

    return run(arguments, session)


def _show_usage(arguments: Arguments, session: Session) -> int:
    from conduit_desktop.cli.usage import run

    return run(arguments, session)


def _doctor(arguments: Arguments, session: Session) -> int:
    from conduit_desktop.cli.doctor import run

    return run(arguments, session)
