"""What showing an answer costs: a 34 KB Markdown answer streamed into the chat's text in 600 ticks.

    python tests/bench/chat_render.py [--ticks 600] [--kilobytes 34]

Prints the total and the worst tick of showing (parsing, writing, layout), what painting comes to besides, and one
showing of the whole: milliseconds of CPU time, so that other work on the machine does not count.
"""

from __future__ import annotations

import argparse
import gc
import os
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
os.environ.setdefault("QT_QPA_PLATFORM", f"offscreen:configfile={ROOT / 'tests' / 'data' / 'screen.json'}")
KINDS = ("mixed", "prose", "code", "list")
_PART = """## Part {n}: what it is about

A gateway sits between **tools** and *providers*; each gets `a key`. See [the docs](https://example.com/{n}). It goes on
for a while, as answers do, and comes to its point only at the end of the paragraph, which is here.

- first, with `code`
- second
    - nested, a little longer than the others

```python
def part_{n}(value: int) -> str:
    return f"{{value}} of {n}"  # as it was asked for
```

| Name | Value |
|---|---:|
| one | {n} |
| two | 2 |

> Quoted words of somebody else.

"""


def answer(kind: str, size: int) -> str:
    """Some ``size`` characters of Markdown; of one block each, but for ``mixed`` and ``prose``."""
    line = {
        "mixed": _PART,
        "prose": "Words of part {n} that follow each other for quite some time until it is enough of them. " * 4
        + "\n\n",
        "code": "    total_{n} = compute(first={n}, second='text')  # a line of code\n",
        "list": "- item {n} with some **words** and `code` in it, as lists in answers have them\n",
        "table": "| row {n} | some words | more words | {n} |\n",
    }[kind]
    head = {"code": "```python\n", "table": "| a | b | c | d |\n|---|---|---|---|\n"}.get(kind, "")
    return (head + "".join(line.format(n=n) for n in range(size // len(line) + 2)))[:size]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ticks", type=int, default=600)
    parser.add_argument("--kilobytes", type=int, default=34)
    given = parser.parse_args()
    from PySide6.QtWidgets import QApplication

    app = QApplication([])
    gc.disable()  # as in the app, which collects between ticks
    from conduit_desktop.ui import theme

    theme.install(app, "light")
    _stream(app, answer("mixed", 1000), 5)  # imports and fonts
    for kind in KINDS:
        text = answer(kind, given.kilobytes * 1000)
        times = _stream(app, text, given.ticks)
        whole = _stream(app, text, 1)[0][0]
        shown, painted = [tick[0] for tick in times], [tick[1] for tick in times]
        print(
            f"{kind:6} {len(text):,} characters, {given.ticks} ticks: showing {sum(shown):6.0f} ms in all, worst tick "
            f"{max(shown):5.1f} ms; painting {sum(painted):6.0f} ms, worst {max(painted):5.1f} ms; "
            f"at once {whole:5.1f} ms"
        )


def _stream(app: object, text: str, ticks: int) -> list[tuple[float, float]]:
    from PySide6.QtWidgets import QApplication

    from conduit_desktop.ui.panes.chat_list import Transcript
    from conduit_desktop.ui.panes.chat_text import MessageText

    assert isinstance(app, QApplication)
    around, shown = Transcript(), MessageText("Answer")
    around.add(shown)
    around.resize(860, 700)
    around.show()
    app.processEvents()
    times = []
    for tick in range(ticks):
        piece = text[len(text) * tick // ticks : len(text) * (tick + 1) // ticks]
        start = time.thread_time()
        shown.append(piece)
        shown.finish() if tick == ticks - 1 else shown.show_new()
        there = time.thread_time()
        app.processEvents()
        times.append(((there - start) * 1000, (time.thread_time() - there) * 1000))
    around.deleteLater()
    app.processEvents()
    return times


if __name__ == "__main__":
    main()
