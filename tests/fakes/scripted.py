"""A provider that plays a script: it calls tools which the client offered, over several turns, and then says the end.

    python -m tests.fakes.scripted --port 0 --log FILE       prints its URL; one JSON line a request goes to FILE

It speaks four dialects, told apart by the path, and remembers nothing but what it issued: which turn it is follows from
the calls that the request's history holds. It is strict where providers are. Every call it made has to come back with
its id, name and arguments and with exactly one result; thinking and its signature have to come back while thinking is
on. What does not fit is answered with 400 in the dialect and kept in ``problems``; what a provider takes though it is
less than there was (thinking given up on the way) is in ``notes``.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gzip
import json
import re
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from aiohttp import web

from tests.fakes.scripted_dialects import DIALECTS, Asked, Call, Thought, Turn, dialect_of

Json = dict[str, Any]


# ---------------------------------------------------------------- the script


@dataclass(frozen=True)
class Want:
    """A tool call wished for: ``kind`` is shell, write, read or a tool's own name; ``expect`` stands in its result."""

    kind: str
    values: dict[str, str]
    expect: str = ""


@dataclass(frozen=True)
class Step:
    """One turn of the model."""

    text: str
    wants: tuple[Want, ...] = ()
    thought: str = ""


def shell(command: str, expect: str = "") -> Want:
    return Want("shell", {"command": command}, expect)


def write(path: str, content: str) -> Want:
    return Want("write", {"path": path, "content": content})


TWO_FILES = (
    Step("I begin with a file.", (shell("printf first > one.txt; echo made-one", "made-one"),), "A file is wanted. 🙂"),
    Step("", (write("two.txt", "second\n"), shell("cat one.txt", "first")), "Now two things at once."),
    Step("Done: one.txt and two.txt are written.", (), "That was all."),
)

KINDS = {
    "shell": r"^(bash|shell|shell_command|exec_command|run_shell_command|execute_command|run_commands?)$",
    "write": r"^(write|write_file|write_to_file|create_file)$",
    "read": r"^(read|read_file)$",
}
FIELDS = {
    "command": r"^(commands?|cmd|script)$",
    "path": r"^(path|file_?path|filename|absolute_path)$",
    "content": r"^(content|contents|text|file_text)$",
}
BYPASS = "skip_thought_signature_validator"
"""What Gemini 3 takes in place of a signature that was lost (its documentation of thought signatures)."""
_VALUES: Json = {"string": "to test", "integer": 1, "number": 1, "boolean": False, "array": [], "object": {}}


def choose(tools: list[tuple[str, Json]], want: Want) -> tuple[str, Json]:
    """The tool that does it, with arguments as its schema wants them. Raises LookupError when none does."""
    pattern = KINDS.get(want.kind, f"^{re.escape(want.kind)}$")
    for name, schema in tools:
        if re.search(pattern, name, re.IGNORECASE):
            return name, _arguments(schema, want.values)
    if want.kind == "shell" and (found := next((name for name, _ in tools if re.search(r"\bexec$|_exec$", name)), "")):
        command = json.dumps(want.values["command"])  # newer models of Codex run JavaScript that runs commands
        return found, {"input": f"const done = await tools.exec_command({{cmd: {command}}});\ntext(done);"}
    if want.kind == "write":
        command = f"printf '%s' '{want.values['content']}' > {want.values['path']}"
        return choose(tools, shell(command))
    raise LookupError(f"no tool for {want.kind} among {[name for name, _ in tools]}")


def _arguments(schema: Json, values: dict[str, str]) -> Json:
    properties, required = schema.get("properties") or {}, schema.get("required") or ()
    found: Json = {}
    for name, kind in properties.items():
        fitting = (value for field, value in values.items() if re.search(FIELDS.get(field, field), name, re.IGNORECASE))
        value = next(fitting, None)
        sort = str(kind.get("type", "string")).lower()
        if value is not None:
            several = [value] if name == "commands" else ["bash", "-lc", value]
            found[name] = several if sort == "array" else value
        elif name in required:
            found[name] = kind["enum"][0] if kind.get("enum") else _VALUES.get(sort, "to test")
    return found


# ---------------------------------------------------------------- the server


@dataclass
class Scripted:
    """``plain`` are the answers to requests without tools, the last one for good. ``gemini_ids``: calls have ids.
    Without ``own_ids`` calls may come back with other ids, as from clients whose dialect has none."""

    steps: tuple[Step, ...] = TWO_FILES
    plain: tuple[str, ...] = ("A short title",)
    gemini_ids: bool = False
    own_ids: bool = True
    log: TextIO | None = None
    received: list[Json] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    ended: int = 0
    """How often the whole script was played to its end."""

    def __post_init__(self) -> None:
        self._issued: dict[int, Turn] = {}
        self._plain = 0
        self._number = 0

    async def __aenter__(self) -> Scripted:
        return await self.start(0)

    async def start(self, port: int) -> Scripted:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        self.origin = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        if request.headers.get("content-encoding") == "gzip" and raw[:2] == b"\x1f\x8b":
            raw = gzip.decompress(raw)
        body = json.loads(raw) if raw else {}
        kept = {"method": request.method, "path": request.path_qs, "headers": _public(request), "body": body}
        self.received.append(kept)
        dialect = dialect_of(request.path)
        try:
            answer = await self._answer(request, dialect, body) if dialect else _other(request.path, body)
        except (AssertionError, LookupError, TypeError, ValueError) as error:
            problem = f"{dialect}: {type(error).__name__}: {error}"
            self.problems.append(problem)
            answer = web.json_response(_error(dialect, problem), status=400)
        if self.log is not None:
            self.log.write(json.dumps({**kept, "status": answer.status, "problems": self.problems}) + "\n")
            self.log.flush()
        return answer

    async def _answer(self, request: web.Request, dialect: str, body: Json) -> web.StreamResponse:
        spoken = DIALECTS[dialect]
        asked = spoken.read(body, request.path)
        model = body.get("model") or request.path.rpartition("/")[2].partition(":")[0]
        turn = self._turn(dialect, asked)
        turn.model, turn.tokens = model, (len(json.dumps(body)) // 4, 128, 40 + len(turn.text))
        if not asked.stream:
            return web.json_response(spoken.whole(turn))
        if dialect == "gemini" and request.query.get("alt") != "sse":
            raise ValueError("streams are only played as SSE: ?alt=sse is missing")
        answer = web.StreamResponse(headers={"content-type": "text/event-stream; charset=utf-8"})
        await answer.prepare(request)
        with contextlib.suppress(ConnectionError):  # whoever asked has gone
            for event in spoken.stream(turn, asked):
                await answer.write(event)
            await answer.write_eof()
        return answer

    def _turn(self, dialect: str, asked: Asked) -> Turn:
        self._number += 1
        if not asked.tools or asked.plain:
            text = self.plain[min(self._plain, len(self.plain) - 1)]
            self._plain += 1
            return Turn(self._number, '{"title": "A short title"}' if asked.plain else text)
        starts = [sum(len(step.wants) for step in self.steps[:at]) for at in range(len(self.steps))]
        if len(asked.calls) not in starts:
            raise AssertionError(f"{len(asked.calls)} calls in the history; turns begin after {starts}")
        at = starts.index(len(asked.calls))
        before = [self._issued[earlier] for earlier in range(at) if earlier in self._issued]
        _check_calls(before, asked, self.own_ids)
        _check_results(dialect, self.steps, asked)
        self.notes += _check_thoughts(dialect, before, asked)
        step = self.steps[at]
        turn = Turn(self._number, step.text, shapes=asked.shapes)
        if step.thought and (asked.thinking or dialect == "gemini"):
            turn.thought = Thought(step.thought, f"c2lnbmF0dXJl{self._number:08d}")
        for index, want in enumerate(step.wants):
            start = DIALECTS[dialect].call_id or ("fc-" if self.gemini_ids else "")
            turn.calls.append(Call(start and f"{start}{at}{index}{self._number:020d}", *choose(asked.tools, want)))
        self._issued[at] = turn
        self.ended += not step.wants
        return turn


def _check_calls(before: list[Turn], asked: Asked, own_ids: bool) -> None:
    issued = [call for turn in before for call in turn.calls]
    for sent, got in zip(issued, asked.calls, strict=True):
        assert (sent.name, sent.args) == (got.name, got.args), f"call was {sent}, came back as {got}"
        assert not own_ids or sent.id in ("", got.id), f"call had the id {sent.id}, came back with {got.id}"
    ids = [call.id for call in asked.calls if call.id]
    assert len(set(ids)) == len(ids), f"one id for several calls: {ids}"


def _check_results(dialect: str, steps: tuple[Step, ...], asked: Asked) -> None:
    wants = [want for step in steps for want in step.wants]
    keys = [call.id or call.name for call in asked.calls]
    got = [key for key, _ in asked.results]
    assert Counter(keys) == Counter(got), f"results for {got}, calls were {keys}"
    if dialect != "gemini":
        assert all(keys), f"a call without an id: {asked.calls}"
    for want, key in zip(wants, keys, strict=False):
        texts = [text for found, (_, text) in zip(got, asked.results, strict=True) if found == key]
        assert any(want.expect in text for text in texts), f"result of {key} lacks {want.expect!r}: {texts}"


def _check_thoughts(dialect: str, before: list[Turn], asked: Asked) -> list[str]:
    """Only what the provider asks for: Gemini 3 its signatures or what it takes in their place, Anthropic and OpenAI
    what they gave while thinking. What a provider takes without them is noted."""
    sent = [turn.thought for turn in before if turn.thought and turn.calls]
    signatures = [thought.signature for thought in asked.thoughts]
    if dialect == "openai-chat":  # its field is one of DeepSeek's and others', who take a history with or without
        return []
    if dialect == "gemini":
        missing = [thought for thought in sent if thought.signature not in signatures]
        if missing and signatures.count(BYPASS) == len(missing):
            return [f"{len(missing)} signatures were replaced by {BYPASS}"]
    else:
        unknown = [thought for thought in asked.thoughts if thought not in sent]
        assert not unknown, f"thinking that was never said, or changed: {unknown}"
        missing = [thought for thought in sent if thought not in asked.thoughts]
        if missing and not asked.thinking:
            return [f"thinking is off for want of {len(missing)} earlier thoughts"]
    assert not missing, f"thinking did not come back: {missing}; came: {asked.thoughts}"
    return []


def _public(request: web.Request) -> dict[str, str]:
    secret = ("authorization", "x-api-key", "x-goog-api-key", "api-key", "cookie")
    return {name.lower(): "…" if name.lower() in secret else value for name, value in request.headers.items()}


def _error(dialect: str, message: str) -> Json:
    match dialect:
        case "anthropic-messages":
            return {"type": "error", "error": {"type": "invalid_request_error", "message": message}}
        case "gemini":
            return {"error": {"code": 400, "message": message, "status": "INVALID_ARGUMENT"}}
        case _:
            return {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": None}}


def _other(path: str, body: Json) -> web.Response:
    """What agents ask for besides chat: lists of models and counts of tokens."""
    count = len(json.dumps(body)) // 4
    if path.endswith("/count_tokens"):
        return web.json_response({"input_tokens": count})
    if path.endswith(":countTokens"):
        return web.json_response({"totalTokens": count})
    if path.endswith("/models"):
        return web.json_response({"object": "list", "data": [{"id": "model", "object": "model", "owned_by": "test"}]})
    return web.json_response({"error": {"message": f"nothing at {path}"}}, status=404)


async def _main(arguments: argparse.Namespace) -> None:
    log = Path(arguments.log).open("a", encoding="utf-8") if arguments.log else None  # noqa: SIM115, ASYNC230
    scripted = await Scripted(log=log, gemini_ids=arguments.gemini_ids).start(arguments.port)
    print(scripted.origin, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--log", default="")
    parser.add_argument("--gemini-ids", action="store_true")
    try:
        asyncio.run(_main(parser.parse_args()))
    except KeyboardInterrupt:
        sys.exit(0)
