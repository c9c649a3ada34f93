"""The program: hands its words to the command line, and the window to the command line for when there is no verb."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from conduit_desktop.cli.main import run
from conduit_desktop.paths import Home


def main(words: Sequence[str] | None = None) -> int:
    return run(sys.argv[1:] if words is None else words, window)


def window(home: Home) -> int:
    from conduit_desktop.app import run_window

    return run_window(home)


if __name__ == "__main__":
    sys.exit(main())
