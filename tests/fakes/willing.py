"""A provider that does what it is asked for once: says hello, thinks where it is to think, calls the first tool that it
is offered until a result has come. Five dialects, told apart by the path.

Written from the providers' API references with nothing of ``conduit_desktop`` in it, so that what the gateway makes of
requests and answers is judged by other eyes. The turns are those of ``scripted_dialects``; Google's Interactions API,
which that has not, stands here.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

from aiohttp import web

from tests.fakes.scripted_dialects import DIALECTS, Asked, Call, Dialect, Thought, Turn, dialect_of

Json = dict[str, Any]
_VALUES: Json = {"string": "Paris", "integer": 1, "number": 1, "boolean": False, "array": [], "object": {}}


# ---------------------------------------------------------------- Interactions


def read_interactions(body: Json, _path: str) -> Asked:
    config = body.get("generation_config") or {}
    asked = Asked(stream=body.get("stream") is True, thinking=bool(config.get("thinking_level")))
    asked.tools = [
        (tool["name"], tool.get("parameters") or {}) for tool in body.get("tools") or () if tool["type"] == "function"
    ]
    for step in body["input"] if isinstance(body["input"], list) else ():
        if step["type"] == "function_result":
            asked.results.append((step["call_id"], json.dumps(step["result"])))
    return asked


def write_interactions(turn: Turn) -> Json:
    steps: list[Json] = []
    if turn.thought:
        summary = [{"type": "text", "text": turn.thought.text}]
        steps.append({"type": "thought", "signature": turn.thought.signature, "summary": summary})
    if turn.text:
        steps.append({"type": "model_output", "content": [{"type": "text", "text": turn.text}]})
    steps += [
        {"type": "function_call", "id": call.id, "name": call.name, "arguments": call.args} for call in turn.calls
    ]
    given, cached, made = turn.tokens
    usage: Json = {"total_tokens": given + made, "total_input_tokens": given, "total_cached_tokens": cached}
    usage |= {"total_output_tokens": made - made // 2, "total_thought_tokens": made // 2, "total_tool_use_tokens": 0}
    head = {"id": f"v1_{turn.number}", "object": "interaction", "model": turn.model}
    times = {"created": "2026-01-01T00:00:00Z", "updated": "2026-01-01T00:00:00Z"}
    status = "requires_action" if turn.calls else "completed"
    return {**head, **times, "status": status, "steps": steps, "usage": usage}


def stream_interactions(turn: Turn, _asked: Asked) -> Iterator[bytes]:
    def event(kind: str, **data: Any) -> bytes:
        return f"event: {kind}\ndata: {json.dumps({**data, 'event_type': kind})}\n\n".encode()

    whole = write_interactions(turn)
    steps = whole.pop("steps")
    yield event("interaction.created", interaction={**whole, "status": "in_progress", "usage": {}})
    for index, step in enumerate(steps):
        match step["type"]:
            case "thought":
                told = [{"type": "thought_summary", "content": step.pop("summary")[0]}]
                told.append({"type": "thought_signature", "signature": step.pop("signature")})
            case "model_output":
                told = step.pop("content")
            case _:
                told = [{"type": "arguments_delta", "arguments": json.dumps(step["arguments"])}]
                step["arguments"] = {}
        yield event("step.start", index=index, step=step)
        for delta in told:
            yield event("step.delta", index=index, delta=delta)
        yield event("step.stop", index=index)
    yield event("interaction.completed", interaction=whole)
    yield b"event: done\ndata: [DONE]\n\n"


_ALL = {
    **DIALECTS,
    "interactions": Dialect(read_interactions, write_interactions, stream_interactions, "call_"),
}


# ---------------------------------------------------------------- the server


class Willing:
    """``origin`` is its address; ``received`` are the bodies that came, each with the dialect it was in."""

    def __init__(self) -> None:
        self.received: list[tuple[str, Json]] = []

    async def __aenter__(self) -> Willing:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.origin = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        name = "interactions" if request.path.endswith("/interactions") else dialect_of(request.path)
        if not name:
            return web.json_response({"error": {"message": f"nothing at {request.path}"}}, status=404)
        spoken, body = _ALL[name], await request.json()
        self.received.append((name, body))
        try:
            asked = spoken.read(body, request.path)
        except (KeyError, TypeError) as error:
            return web.json_response({"error": {"message": f"a field is missing: {error}", "code": "x"}}, status=400)
        turn = self._turn(spoken, asked)
        turn.model = body.get("model") or request.path.rpartition("/")[2].partition(":")[0]
        if not asked.stream:
            return web.json_response(spoken.whole(turn))
        answer = web.StreamResponse(headers={"content-type": "text/event-stream; charset=utf-8"})
        await answer.prepare(request)
        with contextlib.suppress(ConnectionError):  # whoever asked has gone
            for event in spoken.stream(turn, asked):
                await answer.write(event)
            await answer.write_eof()
        return answer

    def _turn(self, spoken: Dialect, asked: Asked) -> Turn:
        turn = Turn(len(self.received), "Hello from here.", tokens=(20, 0, 10), shapes=asked.shapes)
        if asked.thinking:
            turn.thought = Thought("First I look at it closely.", f"c2lnbmF0dXJl{turn.number:08d}")
        if asked.tools and not asked.results:
            name, schema = asked.tools[0]
            properties = schema.get("properties") or {}
            sorts = {each: properties[each].get("type", "string").lower() for each in schema.get("required") or ()}
            args = {each: _VALUES[sort] for each, sort in sorts.items()}
            turn.text, turn.calls = "", [Call(f"{spoken.call_id or 'fc-'}{turn.number:020d}", name, args)]
        return turn
