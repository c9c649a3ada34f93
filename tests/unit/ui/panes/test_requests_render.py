"""Bodies, streams and curl as text."""

from __future__ import annotations

import json
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conduit_desktop.records import Exchange, Message
from conduit_desktop.ui.panes.requests_events import answer_text, answers_of, events_of, is_stream
from conduit_desktop.ui.panes.requests_render import MOST_SHOWN, body_of, curl, head_of, pretty

JSON = (("content-type", "application/json"),)
EXCHANGE = Exchange(
    id="r", started=0, dialect="openai-chat", endpoint="chat", method="POST", path="/v1/chat/completions"
)

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(values)
def test_set_out_json_is_the_same_json(value: object) -> None:
    for text in (json.dumps(value), json.dumps(value, indent=4, ensure_ascii=False)):
        shown, cut = pretty(text)
        assert not cut
        assert json.loads(shown) == value


@given(st.text())
def test_any_text_at_all_comes_out(text: str) -> None:
    assert isinstance(pretty(text)[0], str)


def test_numbers_stay_as_they_were_written() -> None:
    assert pretty('{"a":1.0,"b":1e5,"b":2}')[0] == '{\n  "a": 1.0,\n  "b": 1e5,\n  "b": 2\n}'


def test_strings_with_escaped_quotes_end_where_they_end() -> None:
    text = json.dumps({"a": 'say "hi" \\', "b": [1]})
    assert json.loads(pretty(text)[0]) == json.loads(text)


def test_a_large_body_is_cut_on_screen_and_whole_when_copied() -> None:
    body = json.dumps({"messages": [{"content": "x" * 50} for _ in range(40_000)]}).encode()
    shown = body_of(Message(start="", headers=JSON, body=body))
    assert len(shown.text) < MOST_SHOWN * 1.1
    assert shown.whole.encode() == body
    assert "Copy gives all of it" in shown.note


def test_an_image_in_the_body_does_not_hide_what_follows() -> None:
    body = json.dumps({"image": "A" * 8_000_000, "prompt": "what is it?"}).encode()
    shown = body_of(Message(start="", headers=JSON, body=body))
    assert "more characters" in shown.text
    assert "what is it?" in shown.text


def test_binary_and_empty_bodies_are_named_as_such() -> None:
    binary = body_of(Message(start="", headers=(("Content-Type", "image/png"),), body=b"\x89PNG\xff"))
    assert "image/png" in binary.note
    assert body_of(Message(start="")).note == "There is no body."
    kept = body_of(Message(start="", headers=JSON, body='{"a":"é'.encode()[:-1], truncated=True))
    assert "were kept" in kept.note


def test_the_head_reads_as_it_went() -> None:
    assert head_of(Message(start="POST / HTTP/1.1", headers=JSON)) == (
        "POST / HTTP/1.1\ncontent-type: application/json"
    )


def chunk(delta: dict[str, object], index: int = 0, finish: str | None = None) -> bytes:
    choice = {"index": index, "delta": delta, "finish_reason": finish}
    return b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n"


STREAM = b"".join(
    (
        chunk({"role": "assistant", "content": ""}),
        chunk({"reasoning_content": "hm"}),
        chunk({"content": "Hel"}),
        chunk({"content": "lo"}),
        chunk({"tool_calls": [{"index": 0, "function": {"name": "look", "arguments": '{"at"'}}]}),
        chunk({"tool_calls": [{"index": 0, "function": {"arguments": ':"sea"}'}}]}),
        chunk({}, finish="tool_calls"),
        b'data: {"choices": [], "usage": {"prompt_tokens": 1}}\n\n',
        b"data: [DONE]\n\n",
    )
)


def test_chunks_are_put_together() -> None:
    message = Message(start="", headers=(("content-type", "text/event-stream"),), body=STREAM)
    (answer,) = answers_of(message)
    assert (answer.text, answer.reasoning, answer.finish) == ("Hello", "hm", "tool_calls")
    assert [(tool.name, tool.arguments) for tool in answer.tools.values()] == [("look", '{"at":"sea"}')]
    assert 'Tool call: look\n{\n  "at": "sea"\n}' in answer_text((answer,))


def test_several_choices_are_kept_apart() -> None:
    body = chunk({"content": "a"}, 0) + chunk({"content": "b"}, 1) + chunk({"content": "c"}, 0)
    found = answers_of(Message(start="", body=body))
    assert [answer.text for answer in found] == ["ac", "b"]
    assert "Choice 2" in answer_text(found)


def test_a_whole_completion_and_what_is_none() -> None:
    whole = {"choices": [{"message": {"content": [{"type": "text", "text": "hi"}]}, "finish_reason": "stop"}]}
    assert answers_of(Message(start="", headers=JSON, body=json.dumps(whole).encode()))[0].text == "hi"
    for odd in (b"", b"null", b"[1]", b'{"choices": 3}', b'{"choices": [1, {"delta": 2}]}', b"\xff", b"data: {"):
        assert answer_text(answers_of(Message(start="", body=odd))) == ""


def test_events_have_the_time_of_the_piece_that_completed_them() -> None:
    body = b"event: start\ndata: 1\n\ndata: 2\n\n: ping\n\ndata: 3\n\n"
    pieces = ((0.5, 5), (0.7, 26), (1.0, len(body) - 31))
    message = Message(start="", body=body, pieces=pieces)
    assert is_stream(message)
    events, total = events_of(message)
    assert total == 4
    assert [event.at for event in events] == [0.7, 0.7, 1.0, 1.0]
    assert events[2].gap == pytest.approx(0.3)
    assert [event.name for event in events] == ["start", "", "comment", ""]
    assert [event.data for event in events] == ["1", "2", "", "3"]


def test_events_beyond_the_most_are_counted_not_listed() -> None:
    events, total = events_of(Message(start="", body=b"data: x\n\n" * 50), most=10)
    assert (len(events), total) == (10, 50)
    assert events[0].at is None


def test_curl_never_has_a_key_in_it_and_survives_the_shell() -> None:
    request = Message(
        start="",
        headers=(("Authorization", "Bearer sk-conduit-secret"), ("Host", "x"), ("X-Note", "it's")),
        body=json.dumps({"content": "it's $HOME `here`"}).encode(),
    )
    text = curl(EXCHANGE, request, "http://127.0.0.1:7878")
    assert "secret" not in text
    words = shlex.split(text.replace("\\\n", " "))
    assert words[:4] == ["curl", "-X", "POST", "http://127.0.0.1:7878/v1/chat/completions"]
    assert "Authorization: Bearer $CONDUIT_KEY" in words
    assert "X-Note: it's" in words
    assert words[-1] == request.body.decode()
    assert "Host: x" not in words


def test_curl_without_its_bodies_still_names_the_key() -> None:
    assert "$CONDUIT_KEY" in curl(EXCHANGE, None, "http://127.0.0.1:7878")
    assert "@body.bin" in curl(EXCHANGE, Message(start="", body=b"\xff\xfe"), "")
