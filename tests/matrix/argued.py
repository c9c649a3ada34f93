"""Misses that stay, each with its reason. Everything else that the matrix finds is a defect."""

from __future__ import annotations

from fnmatch import fnmatchcase

from tests.matrix.results import Result

ARGUED: tuple[tuple[str, str, str], ...] = (
    (
        "mirascope-test-call-non-openai-models-through-openai-anthropic-*",
        "*",
        "Anthropic's own OpenAI-compatible address: --strict asks for Anthropic's version header there too, which a "
        "generic OpenAI-compatible kind does not send and that address does not need.",
    ),
)
"""(Case, client, reason); the first two are patterns."""


def reason(result: Result) -> str:
    """Why this miss stays; empty where it must not."""
    for case, client, why in ARGUED:
        if fnmatchcase(result.case.name, case) and fnmatchcase(result.client, client):
            return why
    return ""
