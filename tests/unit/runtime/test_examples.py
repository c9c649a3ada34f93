"""Filling in the snippets."""

from __future__ import annotations

import ast
import json
import shlex

import pytest

from conduit_desktop.records import VirtualKey
from conduit_desktop.runtime.examples import EXAMPLES, PLACEHOLDER, render, templates, usable_models

BY_KEY = {example.key: example for example in EXAMPLES}
AWKWARD = "a'b\"c\\d/é {{key}} $x `y`"
VALUES = {"base_url": "http://127.0.0.1:7878", "key": "sk-conduit-a_b-c", "model": AWKWARD}


def rendered(example: str, **more: str) -> str:
    return render(BY_KEY[example], templates()[example], {**VALUES, **more})


@pytest.mark.parametrize("key", BY_KEY)
def test_every_snippet_has_the_real_address_and_key_and_no_hole(key: str) -> None:
    text = rendered(key, model="fast")
    assert "http://127.0.0.1:7878/v1" in text
    assert VALUES["key"] in text
    assert "{{" not in text


def test_curl_is_one_command_whose_body_is_json() -> None:
    words = shlex.split(rendered("curl").replace("\\\n", ""))
    assert words[:2] == ["curl", "http://127.0.0.1:7878/v1/chat/completions"]
    assert f"Authorization: Bearer {VALUES['key']}" in words
    assert json.loads(words[-1])["model"] == AWKWARD


def test_python_names_the_model_as_it_is() -> None:
    strings = [node.value for node in ast.walk(ast.parse(rendered("python"))) if isinstance(node, ast.Constant)]
    assert AWKWARD in strings


def test_what_is_filled_in_is_not_filled_in_again() -> None:
    assert "{{key}}" in rendered("python")


def test_quotes_of_fish_and_powershell() -> None:
    assert "'a\\'b\\\\c'" in rendered("fish", key="a'b\\c")
    assert "'a''b‘‘c’’'" in rendered("powershell", key="a'b‘c’")


def test_the_placeholder_is_no_key_and_can_be_sent() -> None:
    assert PLACEHOLDER.isascii()
    assert len(PLACEHOLDER) < 43


def test_models_that_a_key_may_use() -> None:
    key = VirtualKey(id="k", name="k", digest="", last4="", models=("smart", "fast*", "openai/gpt-5"))
    assert usable_models(key, ["code", "fast", "fast-2", "smart"]) == ["fast", "fast-2", "smart", "openai/gpt-5"]
    everything = VirtualKey(id="k", name="k", digest="", last4="")
    assert usable_models(everything, ["code", "fast"]) == ["code", "fast"]
