"""From words to an exit code: 0 done, 1 failed (one line says why), 2 wrong usage."""

from __future__ import annotations

import argparse
import contextlib
import io
import logging
import os
import sys
from collections.abc import Callable, Sequence

from conduit_desktop import logs, paths
from conduit_desktop.cli.parser import Parser, make_parser
from conduit_desktop.cli.session import Session, WrongUsage
from conduit_desktop.errors import ConduitError

INTERRUPTED = 130


def run(words: Sequence[str], window: Callable[[paths.Home], int]) -> int:
    """Do what ``words`` say; without a verb that is ``window``."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that lacks a character shows another
    arguments = make_parser().parse_args(words)
    home = paths.home(arguments.home)
    logs.set_up(None, logging.WARNING)
    logs.guard_crashes()
    try:
        if arguments.verb is None:
            return window(home)
        with Session(home) as session:
            return _call(arguments, session)
    except WrongUsage as error:
        parser: Parser = arguments.parser
        parser.error(str(error))
    except ConduitError as error:
        return fail(error.text)
    except BrokenPipeError:  # whoever read our output has seen enough
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        return fail(f"{error.strerror or type(error).__name__}{where}.")
    except KeyboardInterrupt:
        return INTERRUPTED


def _call(arguments: argparse.Namespace, session: Session) -> int:
    act: Callable[[argparse.Namespace, Session], int] = arguments.act
    code = act(arguments, session)
    sys.stdout.flush()
    return code


def fail(text: str) -> int:
    print(f"error: {logs.redact(text)}", file=sys.stderr, flush=True)
    return 1
