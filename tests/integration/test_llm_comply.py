"""``llm-comply``, an independent judge of LLM APIs, asks a whole gateway over real sockets: every API that it knows,
with providers of each dialect behind each. It checks the schemas that the vendors publish, and what answers must hold.

The model's name is one with which it does not leave out its tests of reasoning.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from llm_comply import cli
from llm_comply.config import ComplianceConfig
from llm_comply.runner import TestRunner as Runner
from llm_comply.schema import SpecLoader
from llm_comply.tests import get_tests

from tests.fakes.rig import Rig, running
from tests.fakes.willing import Willing

MODEL = "gpt-5-or-claude-sonnet-4-5"
KINDS = {
    "openai-compatible": ("openai-chat", "/v1", "gpt-5-mini"),
    "openai": ("openai-chat", "/v1", "gpt-5-mini"),
    "anthropic": ("anthropic-messages", "", "claude-sonnet-4-5"),
    "gemini": ("gemini", "", "gemini-2.5-flash"),
    "vertex": ("gemini", "", "gemini-3-flash"),
}
"""Kind → its usual dialect, what its base URL ends in, and a model that thinks. OpenAI's also has the Responses API, to
which requests for reasoning go, and Gemini's the Interactions API."""
PASSED = {("openai-chat", "openai-compatible"), ("openai-chat", "openai"), ("google-genai", "gemini")} | {
    ("google-genai", "vertex"),
    ("google-interactions", "gemini"),
}
"""What goes to the provider as it came. What else would, is not asked here: ``willing`` leaves out members that the
schemas of OpenAI's Responses and Anthropic's messages demand, and an answer that passes is the provider's own."""
OWN = {("open-responses", "openai"), ("anthropic", "anthropic")}
PAIRS = [(form, kind) for form in cli.FORMATS for kind in KINDS if (form, kind) not in OWN]
EXCUSED = (
    # Only OpenAI compacts a conversation into something that it alone can read; elsewhere nothing serves the address.
    ("compact-response", "", "response.output is missing"),
    ("compact-response", "", "expected object containing 'compact'"),
    ("compact-response", "", "no output item with type='compaction'"),
    # OpenAI's schema leaves it free, and the SDKs read an answer without it as one that cites nothing.
    ("chat-", "", "choices[0].message missing 'annotations' field"),
    # Other providers need no limit, so that a request without one can be answered.
    ("anth-error-handling", "", "invalid request returned a successful response"),
    # Anthropic does not count the tokens of its thinking apart.
    ("google-thinking", "anthropic", "usageMetadata.thoughtsTokenCount is missing or 0"),
    ("chat-reasoning-summary", "anthropic", "usage.completion_tokens_details.reasoning_tokens is 0"),
)
"""What the judge may say: of which of its tests, of which kind (empty: any), and how it begins."""


async def judge(rig: Rig, form: str) -> dict[str, Any]:
    """What the judge says of each of its tests of an API."""
    folder = Path(cli.__file__).parent / "specs"
    spec = SpecLoader(str(folder / file) if (file := cli._SPEC_FILES[form]) else None)
    config = ComplianceConfig(
        base_url=rig.base_url if form.startswith("google") else f"{rig.base_url}/v1",
        api_key=rig.key,
        model=MODEL,
        timeout=20,
    )
    suite = await asyncio.to_thread(Runner(config, get_tests(form), spec).run_all)
    return {result.id: result for result in suite.results}


def excused(test: str, kind: str, told: str) -> bool:
    return any(test.startswith(name) and each in ("", kind) and told.startswith(begin) for name, each, begin in EXCUSED)


@pytest.mark.filterwarnings("ignore:jsonschema.RefResolver is deprecated")  # the judge's own affair
@pytest.mark.parametrize(("form", "kind"), PAIRS)
async def test_the_judge_finds_nothing(tmp_path: Path, form: str, kind: str) -> None:
    spoken, ending, upstream_model = KINDS[kind]
    async with running(tmp_path) as rig, Willing() as provider:
        row = rig.add_provider("one", kind, base_url=provider.origin + ending, secret="secret")
        rig.add_model(MODEL, row, upstream_model)
        rig.set_price(row, upstream_model, None)
        results = await judge(rig, form)
    assert len(results) >= 9
    assert [name for name, result in results.items() if result.status.value == "skipped"] == []
    told = [(name, each) for name, result in results.items() for each in (*result.errors, *result.warnings)]
    assert [each for each in told if not excused(each[0], kind, each[1])] == []
    if (form, kind) not in PASSED:
        assert spoken in {name for name, _ in provider.received}
