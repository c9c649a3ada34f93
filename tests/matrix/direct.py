"""Each SDK straight at the replay, in the recorded dialect: proves the extractor and the drivers, without a gateway."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.matrix import ask, extract
from tests.matrix.cases import Case
from tests.matrix.clients import CLIENTS, connect
from tests.matrix.mounts import base_of
from tests.matrix.results import Result, reply
from tests.matrix.table import compare
from tests.matrix.upstream import Upstream

NAMES = {make.dialect: name for name, make in CLIENTS.items()}


def reachable(case: Case) -> bool:
    """Whether an SDK of ours can ask for it as it was asked: not Bedrock, not Vertex, no JSON array for a stream."""
    return (
        case.dialect in NAMES
        and case.provider not in ("bedrock", "vertex")
        and case.data.get("stream_kind") != "json-array"
    )


async def straight(found: list[Case], corpus: Path, jobs: int) -> list[Result]:
    """What each SDK misses of the recordings in its own dialect."""
    gate = asyncio.Semaphore(jobs)
    with Upstream(corpus, strict=False) as upstream:

        async def limited(case: Case) -> Result:
            async with gate:
                return await one(case, upstream.url)

        return list(await asyncio.gather(*(limited(case) for case in found if reachable(case))))


async def one(case: Case, replay: str) -> Result:
    """One recording through the SDK of its dialect."""
    result = Result(case, NAMES[case.dialect])
    client = connect(result.client, base_of(case, replay, f"case/{case.name}"), "test")
    try:
        body, result.lost = ask.write(case.dialect, ask.read(case))
        heard = await client.ask(body, case.model)
    finally:
        await client.close()
    if heard.unsayable:
        result.outcome, result.note = "unsayable", heard.unsayable
        return result
    result.misses = compare(extract.expected(case), reply(case.dialect, heard, case.asked_stream), case.dialect)
    result.outcome = "missed" if result.misses else "ok"
    return result
