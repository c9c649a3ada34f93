"""``python -m tests.matrix.same``: the same dialect on both sides. The recorded request, sent as it is but for model
and credentials, must reach the provider byte for byte, and the provider's answer the client."""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import httpx

from tests.fakes.rig import running
from tests.matrix.cases import CORPUS, Case
from tests.matrix.crashes import Crashes
from tests.matrix.gateway import SPOKEN, Bench, Unmeasurable
from tests.matrix.neutral import Json
from tests.matrix.results import Result
from tests.matrix.run import chosen, listed, parser, table
from tests.matrix.table import Miss
from tests.matrix.upstream import Upstream

PATHS = {
    "chat": "/v1/chat/completions",
    "responses": "/v1/responses",
    "messages": "/v1/messages",
    "cohere": "/cohere/v2/chat",
    "ollama": "/api/chat",
}
"""Where a client asks the gateway; Gemini's has the model in it. Bedrock's dialect has no clients."""
BATCH = 48


def comparable(case: Case) -> bool:
    """Whether a client of the recording's dialect could have sent it: Anthropic's bodies for the clouds that host it
    are another form."""
    return case.dialect in (*PATHS, "gemini") and not case.endpoint.startswith(("invoke", "anthropic."))


def target(case: Case, model: str) -> str:
    """The path and query a client asks for."""
    query = urlencode([tuple(pair) for pair in case.data["request"].get("query") or [] if pair[0] != "key"])
    if case.dialect == "gemini":
        method = case.endpoint
        return f"/v1beta/models/{quote(model, safe='/:@')}:{method}" + (f"?{query}" if query else "")
    return PATHS[case.dialect] + (f"?{query}" if query and case.dialect == "messages" else "")


def asked(case: Case, model: str) -> bytes:
    """The recorded body for another model."""
    body = dict(case.request)
    if case.dialect != "gemini":
        body["model"] = model
    return json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")


async def one(bench: Bench, http: httpx.AsyncClient, run: str, result: Result, gate: asyncio.Semaphore) -> None:
    """Ask as recorded and compare the answer's bytes."""
    case = result.case
    async with gate:
        try:
            model = bench.serve(case, run)
        except Unmeasurable as error:
            result.outcome, result.note = "unmeasurable", str(error)
            return
        own = {name: value for name, value in case.data["request"]["headers"].items() if name.startswith("anthropic-")}
        headers = {"authorization": f"Bearer {bench.rig.key}", "content-type": "application/json", **own}
        try:
            answer = await http.post(target(case, model), content=asked(case, model), headers=headers)
        except httpx.HTTPError as error:
            result.misses.append(Miss("answer", "one", repr(error)))
            return
    if answer.status_code != case.status:
        result.misses.append(Miss("status", case.status, f"{answer.status_code} {answer.text[:200]}"))
    elif answer.content != case.raw:
        result.misses.append(Miss("bytes", *difference(case.raw, answer.content)))


def difference(want: bytes, got: bytes) -> tuple[bytes, bytes]:
    """Both from where they part."""
    at = next(
        (at for at, (one, other) in enumerate(zip(want, got, strict=False)) if one != other), min(len(want), len(got))
    )
    start = max(0, at - 30)
    return want[start : at + 90], got[start : at + 90]


def judge(result: Result, rows: list[Json]) -> None:
    """Compare what the provider got with what was recorded."""
    case = result.case
    if result.outcome == "unmeasurable":
        return
    if not rows:
        result.misses.append(Miss("upstream", "a request", None))
    elif case.data["request"].get("recorded", True):
        result.misses += upstream(case, rows[0])
    result.outcome = "missed" if result.misses else "ok"


def upstream(case: Case, row: Json) -> list[Miss]:
    """What the provider got."""
    want: Any = dict(case.request)
    got = dict(row["body"] or {})
    if want.get("model") is None:
        want.pop("model", None), got.pop("model", None)
    if (want.get("stream_options") or {}).get("include_usage") in (None, False) and "stream_options" in got:
        # The gateway asks for usage by itself, and hides it again from a client that did not.
        got.pop("stream_options"), want.pop("stream_options", None)
    elif got == want and "model" in case.request:
        sent = hashlib.sha256(asked(case, case.model)).hexdigest()
        return (
            [] if row["body_sha256"] == sent else [Miss("upstream bytes", "as the client sent them", "other spelling")]
        )
    misses = [
        Miss(f"upstream {name}", want.get(name), got.get(name))
        for name in sorted({*want, *got})
        if want.get(name) != got.get(name)
    ]
    for name, value in case.data["request"]["headers"].items():
        if name.startswith("anthropic-") and row["headers"].get(name) != value:
            misses.append(Miss(f"header {name}", value, row["headers"].get(name)))
    return misses


async def run(found: list[Case], corpus: Path = CORPUS, jobs: int = 8) -> list[Result]:
    """Send ``found`` through a gateway of its own."""
    found = [case for case in found if comparable(case)]
    results: list[Result] = []
    gate = asyncio.Semaphore(jobs)
    with Upstream(corpus, strict=False) as server, tempfile.TemporaryDirectory() as folder:
        async with running(Path(folder)) as rig, httpx.AsyncClient(base_url=rig.base_url, timeout=60) as http:
            bench = Bench(rig, server)
            for start in range(0, len(found), BATCH):
                runs = {
                    f"s{start + at}": Result(case, SPOKEN[case.dialect])
                    for at, case in enumerate(found[start : start + BATCH])
                }
                await asyncio.gather(*(one(bench, http, name, result, gate) for name, result in runs.items()))
                received = server.received()
                for name, result in runs.items():
                    judge(result, received.get(name, []))
                bench.clear()
                results += runs.values()
    return results


def main() -> int:
    options = parser().parse_args()
    with Crashes() as crashes:
        results = asyncio.run(run(chosen(options), options.corpus.resolve(), options.jobs))
    print(crashes)
    print(listed(results, options.misses))
    print(table(results))
    passed = sum(result.outcome == "ok" for result in results)
    tried = sum(result.tried for result in results)
    print(f"{passed} of {tried} unchanged, {len(results) - tried} left out")
    return 0 if passed == tried >= options.least else 1


if __name__ == "__main__":
    sys.exit(main())
