"""Filling in the snippets."""

from __future__ import annotations

import ast
import json
import shlex
import tomllib
from collections.abc import Callable
from itertools import groupby
from typing import Any

import pytest
import yaml

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
    assert f"http://127.0.0.1:7878{BY_KEY[key].path}" in text
    assert VALUES["key"] in text
    assert "{{" not in text


def test_groups_stand_together() -> None:
    groups = [group for group, _ in groupby(EXAMPLES, lambda example: example.group)]
    assert len(groups) == len(set(groups)) == 3


def strings(value: Any) -> list[str]:
    """Every string in it, names included."""
    match value:
        case str():
            return [value]
        case dict():
            return [text for pair in value.items() for each in pair for text in strings(each)]
        case list():
            return [text for each in value for text in strings(each)]
        case _:
            return []


PARSERS: dict[str, Callable[[str], Any]] = {"json": json.loads, "toml": tomllib.loads, "yaml": yaml.safe_load}


@pytest.mark.parametrize("key", [example.key for example in EXAMPLES if example.language in PARSERS])
def test_settings_parse_and_hold_what_is_filled_in_as_it_is(key: str) -> None:
    text = rendered(key)
    found = strings(PARSERS[BY_KEY[key].language](text))
    assert any(value == AWKWARD or value.endswith(f"/{AWKWARD}") for value in found)
    assert f"http://127.0.0.1:7878{BY_KEY[key].path}" in found
    assert VALUES["key"] in found or f'"{VALUES["key"]}"' in text


@pytest.mark.parametrize("key", [example.key for example in EXAMPLES if example.language == "python"])
def test_python_names_the_model_as_it_is(key: str) -> None:
    constants = [node.value for node in ast.walk(ast.parse(rendered(key))) if isinstance(node, ast.Constant)]
    assert AWKWARD in constants


def test_curl_is_one_command_whose_body_is_json() -> None:
    words = shlex.split(rendered("curl").replace("\\\n", ""))
    assert words[:2] == ["curl", "http://127.0.0.1:7878/v1/chat/completions"]
    assert f"Authorization: Bearer {VALUES['key']}" in words
    assert json.loads(words[-1])["model"] == AWKWARD


def test_what_is_filled_in_is_not_filled_in_again() -> None:
    assert "{{key}}" in rendered("python")


def test_commands_of_tools_are_their_words() -> None:
    words = shlex.split(rendered("cline").replace("\\\n", ""))
    assert words[:2] == ["cline", "auth"]
    assert words[words.index("--modelid") + 1] == AWKWARD


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
