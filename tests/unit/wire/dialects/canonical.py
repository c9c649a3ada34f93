"""Canonical values for property tests: made of what a dialect can say, which each test narrows down."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from conduit_desktop.wire.messages import Format, Message, Text, Thinking, Tool, ToolCall, ToolChoice, ToolResult
from conduit_desktop.wire.usage import Usage

quick = settings(max_examples=40, deadline=None)
"""For properties that a busy machine must not fail."""
words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=12)
names = st.from_regex(r"[a-z_]{1,10}", fullmatch=True)
scalars: st.SearchStrategy[Any] = st.none() | st.booleans() | st.integers(-(2**31), 2**31) | words
json_values: st.SearchStrategy[Any] = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3), max_leaves=8
)
objects = st.dictionaries(names, json_values, max_size=3)
base64s = st.sampled_from(["iVBORw0KGgo=", "/9j/4AAQ", "R0lGODlh"])
texts = st.builds(Text, text=words)
thoughts = st.builds(Thinking, sections=words.map(lambda text: [text]))
schemas = st.builds(
    lambda properties: {"type": "object", "properties": {name: {"type": "string"} for name in properties}},
    st.lists(names, max_size=3, unique=True),
)
tools = st.builds(Tool, name=names, description=words | st.just(""), parameters=schemas)
formats = st.just(Format(kind="json")) | st.builds(Format, kind=st.just("schema"), schema=schemas)
usages = st.builds(
    Usage,
    input=st.integers(0, 10**6),
    output=st.integers(0, 10**6),
)
systems = st.builds(Message, role=st.just("system"), parts=texts.map(lambda part: [part]))


def arguments(value: Any) -> str:
    """Arguments as compact JSON text."""
    import msgspec

    return msgspec.json.encode(value).decode()


calls = st.builds(ToolCall, id=names, name=names, arguments=objects.map(arguments))
results = st.builds(ToolResult, call_id=names, parts=texts.map(lambda part: [part]))
tool_turns = st.builds(Message, role=st.just("tool"), parts=results.map(lambda part: [part]))
assistants = st.builds(
    lambda before, text, after: Message(role="assistant", parts=[*before, *text, *after]),
    st.lists(thoughts, max_size=1),
    st.lists(texts, min_size=1, max_size=1),
    st.lists(calls, max_size=2, unique_by=lambda call: call.id),
)
choices = st.builds(ToolChoice, mode=st.sampled_from(["none", "required"]))
