"""What the routing preview says: what a request has, where it would go, in one sentence and step by step. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from conduit_desktop.runtime.routing import Preview, Step

DIALECTS: tuple[tuple[str, str], ...] = (
    ("openai-chat", "OpenAI Chat Completions"),
    ("openai-responses", "OpenAI Responses"),
    ("anthropic-messages", "Anthropic Messages"),
    ("gemini", "Gemini"),
    ("cohere", "Cohere"),
    ("ollama", "Ollama"),
)


class StepLook(NamedTuple):
    """A step's word, tone and icon, and the heading that it stands under."""

    word: str
    tone: str
    icon: str
    group: str


_LOOKS: dict[str, StepLook] = {
    "first": StepLook("First", "success", "success", "Goes to"),
    "then": StepLook("Then", "accent", "right", "Goes to"),
    "fallback": StepLook("Fallback", "info", "right", "When all of these fail"),
    "context": StepLook("Too long", "info", "right", "When the request is too long"),
    "content": StepLook("Refused", "info", "right", "When a content filter refuses it"),
    "skipped": StepLook("Skipped", "neutral", "minus", "Not asked"),
}
GROUPS = tuple(dict.fromkeys(look.group for look in _LOOKS.values()))


def look_of(step: Step) -> StepLook:
    return _LOOKS.get(step.state, _LOOKS["skipped"])


def target_words(step: Step) -> str:
    """``OpenAI/gpt-5-mini``."""
    return f"{step.provider}/{step.upstream_model}" if step.provider else step.upstream_model


def why_words(step: Step) -> str:
    """Why it stands there, as a sentence; nothing that its heading says already."""
    if step.state in ("fallback", "context", "content") and step.why.startswith(("when ", "the request is too long")):
        return ""
    return f"{step.why[0].upper()}{step.why[1:].removesuffix('.')}." if step.why else ""


def said(preview: Preview) -> str:
    """``This request would go to OpenAI/gpt-5-mini, then to OpenRouter/… and 2 more.``"""
    going = [target_words(step) for step in preview.steps if step.state in ("first", "then", "fallback")]
    if not going:
        return "This request would go nowhere."
    first, *others = going
    if not others:
        return f"This request would go to {first}, and nowhere else."
    more = f", and {len(others) - 2} more" if len(others) > 2 else ""
    return f"This request would go to {first}, then to {', then to '.join(others[:2])}{more}."


def grouped(steps: Sequence[Step]) -> tuple[tuple[str, tuple[Step, ...]], ...]:
    """The steps under their headings, in the order in which they would be asked; the skipped ones last."""
    found = {group: tuple(step for step in steps if look_of(step).group == group) for group in GROUPS}
    return tuple((group, some) for group, some in found.items() if some)
