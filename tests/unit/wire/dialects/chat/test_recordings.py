"""The recordings of chat completions, read and written again."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import msgspec
import pytest
from openai.types.chat import ChatCompletion

from conduit_desktop.errors import UpstreamError
from conduit_desktop.providers import PROVIDERS
from conduit_desktop.wire import events as e
from conduit_desktop.wire.assemble import assemble
from conduit_desktop.wire.dialects.base import Context
from conduit_desktop.wire.dialects.chat import OPENAI_CHAT
from conduit_desktop.wire.framing import Events
from conduit_desktop.wire.messages import Media, Refusal, Request, Response, Text, Thinking, ToolCall
from conduit_desktop.wire.traits import Traits
from tests.unit.wire.dialects.recorded import CORPUS, cases, decoded, misfits

pytestmark = pytest.mark.wire
FOLDERS = sorted(
    str(path.relative_to(CORPUS))
    for pattern in ("*/chat.completions", "*/openai-compat.chat.completions")
    for path in CORPUS.glob(pattern)
)
ALL = Traits(
    thinking="openrouter",
    reasoning_back="reasoning_details",
    cache_markers=True,
    takes=frozenset({"top_k", "min_p", "repetition_penalty"}),
)
KINDS = {spec.kind: spec for spec in PROVIDERS}
OTHER_NAMES = {"azure": "azure-openai", "llamacpp": "llama.cpp"}


@cache
def recorded(folder: str) -> list[dict[str, Any]]:
    return list(cases(folder))


def each(folder: str, wanted: Callable[[dict[str, Any]], bool], check: Callable[[dict[str, Any]], None]) -> None:
    """Check all cases of a folder that are wanted; a failure names every case that is wrong."""
    wrong = []
    for case in recorded(folder):
        if wanted(case):
            try:
                check(case)
            except AssertionError as error:
                wrong.append(f"{case['name']}: {error}")
    assert not wrong, "\n".join(wrong)


def asked(case: dict[str, Any]) -> bool:
    return isinstance(case["request"].get("body"), dict)


def streamed(case: dict[str, Any]) -> bool:
    return "body_text" in case["response"]


def failed(case: dict[str, Any]) -> bool:
    return case["response"]["status"] >= 400 and "body" in case["response"]


def answered(case: dict[str, Any]) -> bool:
    return not streamed(case) and not failed(case)


def content(response: Response) -> list[dict[str, Any]]:
    """What each choice says, whatever parts it is cut into."""
    return [
        {
            "text": "".join(part.text for part in choice.parts if isinstance(part, Text)),
            "refusal": "".join(part.text for part in choice.parts if isinstance(part, Refusal)),
            "thinking": "\n\n".join(part.text for part in choice.parts if isinstance(part, Thinking) and part.sections),
            "seals": [
                (part.signature, part.encrypted, part.id)
                for part in choice.parts
                if isinstance(part, Thinking) and (part.signature or part.encrypted)
            ],
            "calls": [
                (part.id, part.name, part.arguments, part.signature)
                for part in choice.parts
                if isinstance(part, ToolCall)
            ],
            "media": [(part.data, part.transcript, part.id) for part in choice.parts if isinstance(part, Media)],
            "citations": [
                (each.url, each.title, each.quote, each.start, each.end)
                for part in choice.parts
                if isinstance(part, Text)
                for each in part.citations
            ],
            "finish": choice.finish,
            "logprobs": choice.logprobs,
        }
        for choice in response.choices
    ]


def same(found: Response, expected: Response) -> None:
    assert content(found) == content(expected)
    assert found.usage == expected.usage


def with_ids(response: Response) -> Response:
    """Calls without an id get one when they are written."""
    for choice in response.choices:
        calls = [part for part in choice.parts if isinstance(part, ToolCall)]
        for at, call in enumerate(calls):
            call.id = call.id or f"call_s{choice.index or ''}{at}"
    return response


@pytest.mark.parametrize("folder", FOLDERS)
def test_requests_say_the_same_when_written_again(folder: str) -> None:
    each(folder, asked, requests_say_the_same_when_written_again)


def requests_say_the_same_when_written_again(case: dict[str, Any]) -> None:
    request = OPENAI_CHAT.decode_request(case["request"]["body"], None, None)
    if any(
        isinstance(part, Media) and part.kind == "document" and part.url
        for each in request.messages
        for part in each.parts
    ):
        return  # a document by URL, which only some providers take
    encoded = OPENAI_CHAT.encode_request(request, ALL)
    assert set(encoded.dropped) <= {"cache_control", "thinking"}
    again = OPENAI_CHAT.decode_request(encoded.body, None, None)
    again.stream_usage = request.stream_usage
    # What is written in a modern way only: functions, and calls without ids.
    if not any(tool.extras.get("openai-chat", {}).get("_legacy") for tool in request.tools):
        assert plain(again) == plain(request)


def plain(request: Request) -> Any:
    """A request without what may be written in several ways."""
    found = msgspec.to_builtins(request)
    for message in found["messages"]:
        message["role"] = message["role"].replace("developer", "system")
        message["parts"] = message["parts"] or [msgspec.to_builtins(Text())]
        for part in message["parts"]:
            part.pop("name", None)
            part.pop("extras", None)
    found["format"] = found["format"] and {**found["format"], "name": found["format"]["name"] or "answer"}
    if not found["tools"]:
        found["tool_choice"] = found["parallel_tools"] = None
    if wish := found["reasoning"]:
        wish["enabled"] = wish["enabled"] if not wish["effort"] else wish["effort"] != "none"
        wish["effort"] = "" if wish["effort"] == "none" else wish["effort"]
    found["extras"].get("openai-chat", {}).pop("thinking", None)
    found["extras"] = {name: members for name, members in found["extras"].items() if members}
    return found


@pytest.mark.parametrize("folder", FOLDERS)
def test_requests_to_their_own_provider_are_as_its_types_allow(folder: str) -> None:
    each(folder, asked, requests_to_their_own_provider_are_as_its_types_allow)


def requests_to_their_own_provider_are_as_its_types_allow(case: dict[str, Any]) -> None:
    spec = KINDS.get(OTHER_NAMES.get(case["provider"], case["provider"]))
    body = case["request"]["body"]
    if spec is None or case["response"]["status"] >= 400:
        return  # no such kind, or the recorded request was refused
    request = OPENAI_CHAT.decode_request(body, None, None)
    encoded = OPENAI_CHAT.encode_request(request, spec.traits_of(request.model))
    known = {(each["path"], each["kind"]) for each in misfits(case["provider"], case["endpoint"], body)}
    found = {(each["path"], each["kind"]): each for each in misfits(case["provider"], case["endpoint"], encoded.body)}
    assert not [each for place, each in found.items() if place not in known]


@pytest.mark.parametrize("folder", FOLDERS)
def test_answers_say_the_same_when_written_again(folder: str) -> None:
    each(folder, answered, answers_say_the_same_when_written_again)


def answers_say_the_same_when_written_again(case: dict[str, Any]) -> None:
    body = case["response"]["body"]
    if body.get("error") or body["choices"][0].get("error"):
        with pytest.raises(UpstreamError):
            OPENAI_CHAT.decode_response(body)
        return
    response = OPENAI_CHAT.decode_response(body)
    written = OPENAI_CHAT.encode_response(response, Context(request=Request(), seed="s"))
    ChatCompletion.model_validate(json.loads(json.dumps(written)))
    same(OPENAI_CHAT.decode_response(written), with_ids(response))


@pytest.mark.parametrize("folder", FOLDERS)
def test_streams_say_the_same_at_any_split_and_when_written_again(folder: str) -> None:
    each(folder, streamed, streams_say_the_same_at_any_split_and_when_written_again)


def streams_say_the_same_at_any_split_and_when_written_again(case: dict[str, Any]) -> None:
    raw = case["response"]["body_text"].encode()
    events = decoded(OPENAI_CHAT, Events(), [raw])
    for size in (1, 7, 1000) if len(raw) < 8000 else (500,):
        assert decoded(OPENAI_CHAT, Events(), [raw[at : at + size] for at in range(0, len(raw), size)]) == events
    if "error-in-stream" in case["features"]:
        assert isinstance(events[-1], e.Failed)
        return
    assert isinstance(events[0], e.Start)
    assert isinstance(events[-1], e.End), events[-1]
    encoder = OPENAI_CHAT.encoder(Context(request=Request(stream_usage=True), seed="s"))
    again = b"".join(encoder.encode(event) for event in events)
    same(assemble(decoded(OPENAI_CHAT, Events(), [again])), with_ids(assemble(events)))


@pytest.mark.parametrize("folder", FOLDERS)
def test_streams_that_are_cut_fail(folder: str) -> None:
    each(folder, streamed, streams_that_are_cut_fail)


def streams_that_are_cut_fail(case: dict[str, Any]) -> None:
    told = Events().feed(case["response"]["body_text"].encode())
    for cut in range(0, len(told), max(len(told) // 30, 1)):
        decoder = OPENAI_CHAT.decoder()
        out = [event for name, data in told[:cut] for event in decoder.feed(name, data)] + decoder.end()
        finished = any(b'"finish_reason":' in data and b'"finish_reason":null' not in data for _, data in told[:cut])
        assert isinstance(out[-1], e.Failed) or finished, cut


@pytest.mark.parametrize("folder", FOLDERS)
def test_errors_keep_their_status_and_words(folder: str) -> None:
    each(folder, failed, errors_keep_their_status_and_words)


def errors_keep_their_status_and_words(case: dict[str, Any]) -> None:
    status, body = case["response"]["status"], case["response"]["body"]
    failure = OPENAI_CHAT.decode_error(status, body)
    assert failure.status == status
    assert (
        failure.message in json.dumps(body, ensure_ascii=False) or "metadata" in json.dumps(body) or "\\" in repr(body)
    )
    written = OPENAI_CHAT.encode_error(failure)["error"]
    assert written.keys() == {"message", "type", "param", "code"}
    assert written["message"] == failure.message
