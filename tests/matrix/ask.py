"""The recorded request in neutral words, and those words in a client's dialect."""

from __future__ import annotations

from collections.abc import Callable

from tests.matrix.asks import chat, cohere, converse, gemini, messages, ollama, responses
from tests.matrix.cases import Case
from tests.matrix.neutral import Ask, Json

READERS: dict[str, Callable[[Json, str], Ask]] = {
    "chat": chat.read,
    "responses": responses.read,
    "messages": messages.read,
    "gemini": gemini.read,
    "cohere": cohere.read,
    "ollama": ollama.read,
    "converse": converse.read,
}
WRITERS: dict[str, Callable[[Ask], tuple[Json, list[str]]]] = {
    "chat": chat.write,
    "responses": responses.write,
    "messages": messages.write,
    "gemini": gemini.write,
    "cohere": cohere.write,
    "ollama": ollama.write,
}


def read(case: Case) -> Ask:
    """What the recorded request asks for; a stream where a stream was recorded."""
    ask = READERS[case.dialect](case.request, case.endpoint)
    ask.stream = case.asked_stream
    return ask


def write(dialect: str, ask: Ask) -> tuple[Json, list[str]]:
    """``ask`` in a client's dialect, without a model, and what that dialect has no words for."""
    return WRITERS[dialect](ask)
