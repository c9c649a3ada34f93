"""The table of provider kinds, and the headers that carry a secret."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

import conduit_desktop.providers as package
from conduit_desktop.errors import ConfigurationError
from conduit_desktop.providers import PROVIDERS, spec
from conduit_desktop.providers.spec import ASK, clean_secret, credential_headers
from conduit_desktop.providers.urls import is_loopback, normalise_base_url
from conduit_desktop.wire.dialects import dialect as known_dialect
from conduit_desktop.wire.messages import Request
from conduit_desktop.wire.traits import Traits

MEMBERS = {field.name for field in fields(Traits)} | {"refuses_thinking", "thinks_unasked"}
IMPURE = {"asyncio", "threading", "socket", "httpx", "time", "uuid", "random", "os", "logging"}


def test_every_kind_is_found_by_its_name() -> None:
    assert [spec(row.kind) for row in PROVIDERS] == list(PROVIDERS)
    assert len({row.kind for row in PROVIDERS}) == len(PROVIDERS)


@pytest.mark.parametrize("row", PROVIDERS, ids=lambda row: row.kind)
def test_a_kind_is_complete(row: package.ProviderSpec) -> None:
    assert row.title
    assert row.summary
    if row.base_url:
        assert normalise_base_url(row.base_url, row) == row.base_url
    if row.secret == "required":
        assert row.key_page.startswith("https://")
        assert row.env_names
    for preset in row.presets:
        if preset.base_url:
            assert normalise_base_url(preset.base_url, row) == preset.base_url
            assert is_loopback(preset.base_url)
    assert all(name == name.lower() for name, _ in row.headers)
    assert "chat" in {operation for surface in row.surfaces for operation in surface.paths}
    assert row.surfaces[0].dialect == row.dialect
    assert row.serves("models") or row.built_in
    assert row.test_model or row.local or not row.base_url
    assert row.check in ("models", ASK) or row.kind in ("openrouter", "llama.cpp")
    for dialect in {surface.dialect for surface in row.surfaces} - {"vertex"}:
        assert known_dialect(dialect).name == dialect
    for patterns, changes in row.model_traits:
        assert all(pattern == pattern.lower() for pattern in patterns)
        assert set(changes) <= MEMBERS, changes


def test_what_is_refused_is_a_member_of_a_request() -> None:
    known = {field.name for field in msgspec.structs.fields(Request)}
    for row in PROVIDERS:
        for traits in (row.traits, *(replace(row.traits, **_plain(more)) for _, more in row.model_traits)):
            assert traits.refuses <= known, (row.kind, traits.refuses - known)


def _plain(changes: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in changes.items() if name not in ("refuses_thinking", "thinks_unasked")}
    more = changes.get("refuses_thinking", frozenset())
    return {**kept, **({"refuses": kept.get("refuses", frozenset()) | more} if more else {})}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("OpenAI_Compatible", "openai-compatible"),
        (" OpenAI ", "openai"),
        ("azure", "azure-openai"),
        ("google", "gemini"),
        ("grok", "xai"),
        ("claude", "anthropic"),
        ("lmstudio", "lm-studio"),
        ("LM Studio", "lm-studio"),
        ("llama-cpp", "llama.cpp"),
        ("llamacpp", "llama.cpp"),
        ("hf", "huggingface"),
        ("kimi", "moonshot"),
        ("z.ai", "zai"),
        ("glm", "zai"),
        ("aws", "bedrock"),
        ("vertex-ai", "vertex"),
        ("pplx", "perplexity"),
    ],
)
def test_a_kind_is_found_by_the_names_that_people_have_for_it(typed: str, meant: str) -> None:
    assert spec(typed).kind == meant


def test_no_name_means_two_kinds() -> None:
    names = [name for row in PROVIDERS for name in (row.kind, *row.aliases)]
    assert len(set(names)) == len(names)
    assert all(name == "-".join(name.lower().replace("_", "-").split()) for name in names)


@pytest.mark.parametrize(
    ("typed", "meant"), [("opena", "openai"), ("mistrall", "mistral"), ("huggingfase", "huggingface"), ("gorq", "groq")]
)
def test_an_unknown_kind_names_what_is_near(typed: str, meant: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        spec(typed)
    assert caught.value.code == "unknown_kind"
    assert meant in caught.value.hint


def test_a_kind_nothing_is_near_to_lists_all() -> None:
    with pytest.raises(ConfigurationError) as caught:
        spec("xyzzy")
    assert all(row.kind in caught.value.hint for row in PROVIDERS)


def test_a_bearer_key_is_sent_clean() -> None:
    assert credential_headers(spec("openai"), ' "Bearer sk-test-1"\n') == (("authorization", "Bearer sk-test-1"),)


def test_no_header_where_no_key_is_needed() -> None:
    assert credential_headers(spec("demo"), "sk-test-1") == ()
    assert credential_headers(spec("openai-compatible"), None) == ()
    assert credential_headers(spec("openai-compatible"), "") == ()
    assert credential_headers(spec("openai-compatible"), "sk-x") == (("authorization", "Bearer sk-x"),)


def test_a_missing_key_is_told() -> None:
    with pytest.raises(ConfigurationError) as caught:
        credential_headers(spec("openai"), None)
    assert caught.value.code == "secret_missing"


@pytest.mark.parametrize("bad", ["sk-a b", "sk-a\r\nx-evil: 1", "sk-ä", "sk-\x00", "sk-a\tb", "sk-a\u2028b"])
def test_a_key_that_is_none_is_refused_and_not_quoted(bad: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        clean_secret(bad)
    assert caught.value.code == "bad_secret"
    assert bad not in caught.value.text


KEY_FILE = '{\n  "type": "service_account",\n  "private_key": "-----BEGIN-----\\nabc\\n"\n}'


@pytest.mark.parametrize(
    "pasted",
    [
        KEY_FILE,
        KEY_FILE.replace("\n", "\r\n"),
        KEY_FILE.replace("\n", "\u2028"),
        KEY_FILE.replace("\n", "\u2029"),
        KEY_FILE.replace("\n", " "),
        f"\n{KEY_FILE}\n",
        KEY_FILE.replace("\\n", "\n"),
    ],
)
def test_a_key_file_is_read_however_its_lines_are_broken(pasted: str) -> None:
    assert clean_secret(pasted) == '{"type":"service_account","private_key":"-----BEGIN-----\\nabc\\n"}'


def test_a_key_file_that_was_cut_off_is_told() -> None:
    with pytest.raises(ConfigurationError) as caught:
        clean_secret(KEY_FILE[:-2])
    assert caught.value.code == "bad_secret"
    assert "first {" in caught.value.hint


def test_an_empty_key_is_missing() -> None:
    with pytest.raises(ConfigurationError) as caught:
        clean_secret("  Bearer  ")
    assert caught.value.code == "secret_missing"


def test_the_package_imports_nothing_impure() -> None:
    root = Path(package.__file__).parent
    for path in root.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            assert not IMPURE & {name.split(".")[0] for name in names}, path
