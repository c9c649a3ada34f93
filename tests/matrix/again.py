"""``python -m tests.matrix.again``: the turn after. A client puts the answer it got, as it parsed it, and its tools'
results into the next request; the provider must get back its own call ids, arguments, signatures, sealed thoughts."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.fakes.rig import running
from tests.matrix import ask, extract
from tests.matrix.cases import CORPUS, Case
from tests.matrix.clients import Client
from tests.matrix.crashes import Crashes
from tests.matrix.gateway import Bench, Unmeasurable, client_names
from tests.matrix.histories import said_before
from tests.matrix.measure import pairs
from tests.matrix.neutral import Ask, Call, Json, Part, Turn
from tests.matrix.results import Result, reply
from tests.matrix.run import chosen, counts, listed, parser, table
from tests.matrix.table import Miss
from tests.matrix.upstream import Upstream

BATCH = 32
SEALS = ("signature", "encrypted_content", "thoughtSignature", "thought_signature", "redactedContent")
"""Members that hold what a provider wants back as it gave it; so does ``data`` of a redacted or encrypted thought."""
CARRIERS = ("anthropic-messages", "openai-responses", "gemini")
"""Client dialects that have a place for it. The others are asked to bring back the calls."""


def worth(case: Case) -> bool:
    """Whether there is anything to bring back."""
    if case.status >= 400 or case.features & {"truncated-stream", "error-in-stream", "error-in-200"}:
        return False
    found = extract.expected(case)
    whole = all(call.name and isinstance(call.value, dict) for call in found.calls)
    return whole and bool(found.calls or found.signed) and not found.server_tools


async def one(bench: Bench, run: str, result: Result, gate: asyncio.Semaphore) -> None:
    """Ask, and ask again with the answer and the tools' results."""
    case = result.case
    async with gate:
        client = bench.client(result.client)
        wanted = ask.read(case)
        body, _ = ask.write(client.dialect, wanted)
        try:
            model = bench.serve(case, run)
        except Unmeasurable as error:
            result.outcome, result.note = "unmeasurable", str(error)
            return
        first = await client.ask(body, model)
        if first.unsayable or first.error or not first.objects:
            result.outcome, result.note = "unsayable", first.unsayable or str(first.error)[:80]
            return
        calls = reply(client.dialect, first, wanted.stream).calls
        result.sent = continued(client, body, first.objects, wanted, calls)
        result.heard = await client.ask(result.sent, model)
    if result.heard.error or result.heard.unsayable:
        result.misses.append(Miss("the next turn", "an answer", result.heard.error or result.heard.unsayable))


def continued(client: Client, body: Json, objects: list[Json], wanted: Ask, calls: list[Call]) -> Json:
    """The next request: what was said before, the answer, and a result for each call or a word of the user's."""
    member = {"responses": "input", "gemini": "contents"}.get(client.dialect, "messages")
    parts = [
        Part("result", id=call.id, name=call.name, parts=[Part("text", text=f"done {at}")])
        for at, call in enumerate(calls)
    ]
    turn = Turn("tool", parts) if parts else Turn("user", [Part("text", text="Go on.")])
    after, _ = ask.write(client.dialect, Ask(turns=[turn], stream=wanted.stream))
    return {**body, member: [*body[member], *said_before(client.dialect, objects, wanted.stream), *after[member]]}


def judge(result: Result, rows: list[Json]) -> None:
    """Compare what the provider got back with what it had given."""
    result.rows = rows
    if not result.tried:
        return
    for row in rows:
        result.strict += [f"{one['path']}: {one['msg']}" for one in row.get("strict") or []]
    if len(rows) == 2 and isinstance(rows[1]["body"], dict):
        result.misses += returned(result, rows[1]["body"])
    if result.misses or result.strict:
        result.outcome = "missed"


def returned(result: Result, sent: Json) -> list[Miss]:
    """What the provider did not get back."""
    case = result.case
    given = extract.expected(case)
    parts = [part for turn in ask.READERS[case.dialect](sent, case.endpoint).turns for part in turn.parts]
    misses: list[Miss] = []
    had = {kind: {part.id for part in parts if part.kind == kind} for kind in ("call", "result")}
    # Ollama's SDK has no ids: there the calls have others, and the results must have those.
    ids = {call.id for call in given.calls if call.id} if result.client != "ollama" else had["call"]
    if case.data["fidelity"] == "normalised":
        # Its ids are the recorder's, and no provider would take them.
        ids = had["call"]
    misses += [Miss(f"ids of {kind}s", sorted(ids), sorted(found)) for kind, found in had.items() if not ids <= found]
    arguments = [json.dumps(part.value, sort_keys=True) for part in parts if part.kind == "call"]
    misses += [
        Miss(f"arguments of {call.name}", call.value, arguments)
        for call in given.calls
        if json.dumps(call.value, sort_keys=True) not in arguments
    ]
    if result.client in CARRIERS and case.dialect != "chat":
        # Each event of Responses seals an item anew; what it was when done will do.
        anew = case.dialect == "responses" and case.stream
        held = [one for one in case.objects if not anew or one.get("type") == "response.output_item.done"]
        lost = set(sealed(held)) - set(sealed(sent))
        misses += [Miss("seals", f"{len(seal)} bytes {seal[:40]}", "not sent back") for seal in sorted(lost)[:2]]
    return misses


def sealed(held: Any) -> Iterator[str]:
    """Every sealed thing in ``held``."""
    if isinstance(held, list):
        for one_ in held:
            yield from sealed(one_)
    elif isinstance(held, dict):
        for name, value in held.items():
            closed = name in SEALS or (name == "data" and "redacted" in str(held.get("type")))
            if closed and isinstance(value, str) and value:
                yield value.replace("-", "+").replace("_", "/")
            else:
                yield from sealed(value)


async def run(found: list[Case], clients: list[str], corpus: Path = CORPUS, jobs: int = 8) -> list[Result]:
    """Two turns of each of ``found`` with each of ``clients``."""
    wanted = [pair for pair in pairs(found, clients) if worth(pair[0])]
    results: list[Result] = []
    gate = asyncio.Semaphore(jobs)
    with Upstream(corpus) as server, tempfile.TemporaryDirectory() as folder:
        async with running(Path(folder)) as rig:
            bench = Bench(rig, server)
            for start in range(0, len(wanted), BATCH):
                runs = {f"a{start + at}": Result(*pair) for at, pair in enumerate(wanted[start : start + BATCH])}
                await asyncio.gather(*(one(bench, name, result, gate) for name, result in runs.items()))
                received = server.received()
                for name, result in runs.items():
                    judge(result, received.get(name, []))
                bench.clear()
                results += runs.values()
            await bench.close()
    return results


def main() -> int:
    options = parser().parse_args()
    with Crashes() as crashes:
        results = asyncio.run(
            run(chosen(options), client_names(options.client), options.corpus.resolve(), options.jobs)
        )
    if options.show:
        print("\n".join(result.shown() for result in results))
    print(listed(results, options.misses))
    print(counts(results))
    print(crashes)
    print(table(results))
    tried = [result for result in results if result.tried]
    passed = sum(result.outcome == "ok" for result in tried)
    print(f"{passed} of {len(tried)} turns after brought everything back, {len(results) - len(tried)} left out")
    return 0 if passed == len(tried) >= options.least else 1


if __name__ == "__main__":
    sys.exit(main())
