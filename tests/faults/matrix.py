"""The fault matrix: what a client gets of every fault, by the real SDKs, against what a user would want.

    .venv/bin/python -m tests.faults.matrix                 three pairs of dialects each, in turn: all 36 pairs come up
    … --full                                               every pair for every fault
    … --fault 429 --client gemini --provider cohere --mode two --show        a part of it, each case with what was got

The expectations stand in ``faults.py``; the last line is the number of cases that went as a user would want.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections import defaultdict
from collections.abc import Iterable

from tests.faults import bench
from tests.faults.bench import Case
from tests.faults.faults import FAULTS

MODES = {"one": "alone, for good", "two": "another is well", "once": "alone, well again"}


def table(done: Iterable[Case]) -> str:
    """A row a fault: passed of tried for whole and streamed answers in each mode, with the outcome wanted."""
    cells: dict[str, dict[tuple[str, bool], list[Case]]] = defaultdict(lambda: defaultdict(list))
    for case in done:
        cells[case.fault.name][case.mode, case.streamed].append(case)
    heads = [f"{MODES[mode]}, {'streamed' if streamed else 'whole'}" for mode in MODES for streamed in (False, True)]
    lines = [f"| fault | {' | '.join(heads)} |", f"|---|{'---|' * len(heads)}"]
    for name, row in cells.items():
        shown = [_cell(row.get((mode, streamed), [])) for mode in MODES for streamed in (False, True)]
        lines.append(f"| {name} | {' | '.join(shown)} |")
    return "\n".join(lines)


def _cell(found: list[Case]) -> str:
    if not found:
        return ""
    passed = sum(not case.problems for case in found)
    wanted = {"told": "error told", 0: "an error"}.get(found[0].expected, found[0].expected)
    return f"{wanted}: {passed}/{len(found)}{'' if passed == len(found) else ' ✗'}"


def by_dialect(done: Iterable[Case]) -> str:
    """Passed of tried by client dialect and provider dialect."""
    cells: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for case in done:
        cells[case.client, case.provider].append(not case.problems)
    lines = [f"| client \\ provider | {' | '.join(bench.DIALECTS)} |", f"|---|{'---|' * len(bench.DIALECTS)}"]
    for client in bench.CLIENTS:
        shown = (cells.get((client, provider), []) for provider in bench.DIALECTS)
        lines.append(f"| {client} | {' | '.join(f'{sum(each)}/{len(each)}' for each in shown)} |")
    return "\n".join(lines)


def chosen(arguments: argparse.Namespace) -> list[Case]:
    todo = bench.cases(FAULTS, len(bench.PAIRS) if arguments.full or arguments.client or arguments.provider else 3)
    for name in ("client", "provider", "mode"):
        if wanted := getattr(arguments, name):
            todo = [case for case in todo if getattr(case, name) == wanted]
    return [case for case in todo if arguments.fault in case.fault.name]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--fault", default="")
    parser.add_argument("--client", default="", choices=["", *bench.CLIENTS])
    parser.add_argument("--provider", default="", choices=["", *bench.DIALECTS])
    parser.add_argument("--mode", default="", choices=["", *MODES])
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--at-once", type=int, default=12)
    arguments = parser.parse_args()
    todo, began = chosen(arguments), time.monotonic()
    asyncio.run(bench.run(todo, at_once=arguments.at_once))
    print(table(todo), by_dialect(todo), sep="\n\n", end="\n\n")
    for case in todo:
        if case.problems or arguments.show:
            print(f"- {case.title}: {'; '.join(case.problems) or 'as wanted'} ({case.note})")
    passed = sum(not case.problems for case in todo)
    print(f"{passed} of {len(todo)} cases as a user would want, in {time.monotonic() - began:.0f} s")
    return 0 if passed == len(todo) else 1


if __name__ == "__main__":
    sys.exit(main())
