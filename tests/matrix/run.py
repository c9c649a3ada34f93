"""``python -m tests.matrix.run``: the matrix, or the part of it that is asked for, as a table and a list of misses."""

from __future__ import annotations

import argparse
import asyncio
import collections
import json
import logging
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.fakes.rig import running
from tests.matrix.argued import reason
from tests.matrix.cases import CORPUS, Case, load
from tests.matrix.crashes import Crashes
from tests.matrix.direct import straight
from tests.matrix.gateway import Bench, client_names
from tests.matrix.measure import measure, pairs
from tests.matrix.results import Result
from tests.matrix.upstream import Upstream


def parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(prog="python -m tests.matrix.run", description=__doc__)
    found.add_argument("--client", default="", help="only this client dialect (openai-chat, gemini, …)")
    found.add_argument("--provider", default="", help="only this provider of the corpus")
    found.add_argument("--endpoint", default="", help="only this endpoint (chat.completions, messages, …)")
    found.add_argument("--case", default="", help="only cases whose name holds this")
    found.add_argument("--feature", default="", help="only cases with this feature of the corpus (see its README)")
    found.add_argument("--limit", type=int, default=0, help="at most so many cases of each provider, endpoint and kind")
    found.add_argument("--jobs", type=int, default=8, help="runs at a time")
    found.add_argument("--corpus", type=Path, default=CORPUS, help="another folder of recordings")
    found.add_argument("--json", type=Path, help="write every result here")
    found.add_argument("--misses", type=int, default=60, help="print at most so many misses (0: all)")
    found.add_argument("--direct", action="store_true", help="no gateway: each SDK at the replay in its own dialect")
    found.add_argument("--least", type=int, default=0, help="fail unless so many runs were tried")
    found.add_argument("--asked", action="store_true", help="also list what of the request did not reach the provider")
    found.add_argument("--show", action="store_true", help="print what was sent, received upstream and heard")
    found.add_argument(
        "--free", action="store_true", help="the gateway chooses which of a provider's dialects to speak"
    )
    found.add_argument("--split", default="", help="how the replay cuts streams (random:SEED, 1, 7, lines, …)")
    found.add_argument("--lax", action="store_true", help="do not check what is sent upstream against the SDKs' types")
    return found


def chosen(options: argparse.Namespace) -> list[Case]:
    """The cases asked for."""
    found = [
        case
        for case in load(options.corpus.resolve())
        if options.provider in ("", case.provider)
        and options.endpoint in ("", case.endpoint)
        and options.case in case.name
        and (not options.feature or options.feature in case.features)
    ]
    return sampled(found, options.limit) if options.limit else found


def sampled(found: Sequence[Case], limit: int) -> list[Case]:
    """At most ``limit`` of each group, spread over it."""
    groups: dict[tuple[str, str, bool, bool], list[Case]] = collections.defaultdict(list)
    for case in found:
        groups[(case.provider, case.endpoint, case.stream, case.status >= 400)].append(case)
    kept = []
    for group in groups.values():
        step = max(1, len(group) // limit)
        kept += group[::step][:limit]
    return kept


async def run(found: list[Case], options: argparse.Namespace) -> list[Result]:
    """Measure ``found`` with the clients asked for, through a gateway of its own."""
    upstream = Upstream(options.corpus.resolve(), strict=not options.lax, split=options.split)
    with upstream, tempfile.TemporaryDirectory() as folder:
        async with running(Path(folder)) as rig:
            bench = Bench(rig, upstream, options.free)
            try:
                return await measure(bench, pairs(found, client_names(options.client)), options.jobs, options.show)
            finally:
                await bench.close()


def table(results: list[Result]) -> str:
    """Passed of tried per client dialect and provider, whole answers and streams."""
    clients = list(dict.fromkeys(result.client for result in results))
    rows = [f"{'provider':16}" + "".join(f"{client:>24}" for client in clients)]
    for provider in [*sorted({result.case.provider for result in results}), ""]:
        of = [result for result in results if provider in ("", result.case.provider)]
        cells = [cell([result for result in of if result.client == client]) for client in clients]
        rows.append(f"{provider or 'all':16}" + "".join(f"{text:>24}" for text in cells))
    return "\n".join(rows)


def cell(results: list[Result]) -> str:
    """``whole passed/tried  stream passed/tried``."""
    parts = []
    for stream in (False, True):
        tried = [result for result in results if result.tried and result.case.stream == stream]
        passed = sum(result.outcome == "ok" for result in tried)
        parts.append(f"{passed}/{len(tried)}" if tried else "·")
    return "  ".join(parts)


def listed(results: list[Result], most: int, asked: bool = False) -> str:
    """The misses, one run a paragraph."""
    missed = [result for result in results if (result.outcome == "missed") or (asked and result.asked)]
    missed.sort(key=lambda result: bool(reason(result)))
    lines = []
    for result in missed[: most or None]:
        case = result.case
        lines.append(
            f"{case.name}  [{result.client} ← {case.provider} {case.endpoint}{' stream' if case.stream else ''}]"
        )
        lines += [f"    {miss}" for miss in result.misses]
        lines += [f"    strict {problem}" for problem in result.strict[:4]]
        lines += [f"    {miss}" for miss in result.asked] if asked else []
        lines += [f"    argued: {why}"] if (why := reason(result)) else []
        lines += [f"    ({result.note})"] if result.note else []
    if most and len(missed) > most:
        lines.append(f"… and {len(missed) - most} more (--misses 0 prints all)")
    return "\n".join(lines)


def counts(results: list[Result]) -> str:
    """Misses by client and field, the most first; and why runs were left out."""
    found = collections.Counter((result.client, miss.field) for result in results for miss in result.misses)
    found += collections.Counter((result.client, "strict") for result in results if result.strict)
    found += collections.Counter((result.client, miss.field[:40]) for result in results for miss in result.asked)
    left = collections.Counter((result.outcome, result.note[:70]) for result in results if not result.tried)
    lines = [f"{number:6} {client:20} {field}" for (client, field), number in found.most_common(40)]
    return "\n".join([*lines, *(f"{number:6} left out: {why}: {note}" for (why, note), number in left.most_common(20))])


def main() -> int:
    options = parser().parse_args()
    logging.getLogger("google_genai").setLevel(logging.ERROR)
    started = time.monotonic()
    found = chosen(options)
    with Crashes() as crashes:
        if options.direct:
            results = asyncio.run(straight(found, options.corpus.resolve(), options.jobs))
        else:
            results = asyncio.run(run(found, options))
    if options.show:
        print("\n".join(result.shown() for result in results))
    print(listed(results, options.misses, options.asked))
    print(counts(results))
    print(crashes)
    print(table(results))
    tried = [result for result in results if result.tried]
    passed = sum(result.outcome == "ok" for result in tried)
    tried_upstream = [result for result in tried if not result.note]
    whole = sum(not result.asked for result in tried_upstream)
    print(f"{whole} of {len(tried_upstream)} requests reached the provider, what was dropped being named (--asked)")
    print(f"{passed} of {len(tried)} passed, {len(results) - len(tried)} left out, {time.monotonic() - started:.0f} s")
    if options.json:
        options.json.write_text(json.dumps([result.row() for result in results], indent=1))
    argued = sum(result.outcome == "missed" and bool(reason(result)) for result in tried)
    print(f"{len(tried) - passed} missed, {argued} of them argued (tests/matrix/argued.py)")
    return 0 if passed + argued == len(tried) >= options.least else 1


if __name__ == "__main__":
    sys.exit(main())
