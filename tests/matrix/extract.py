"""The recorded answer in neutral words: what every client must find in the translated one."""

from __future__ import annotations

from collections.abc import Callable

from tests.matrix.cases import Case
from tests.matrix.neutral import Json, Reply, words
from tests.matrix.replies import chat, cohere, converse, gemini, messages, ollama, responses

READERS: dict[str, Callable[[list[Json], bool], Reply]] = {
    "chat": chat.read,
    "responses": responses.read,
    "messages": messages.read,
    "gemini": gemini.read,
    "cohere": cohere.read,
    "ollama": ollama.read,
    "converse": converse.read,
}


def read(dialect: str, objects: list[Json], streamed: bool) -> Reply:
    """The answer that ``objects`` hold, in neutral words."""
    return READERS[dialect](objects, streamed)


def expected(case: Case) -> Reply:
    """What the recording says."""
    objects = case.objects
    if case.status >= 400:
        return Reply(error=words(objects[0]) if objects else "", status=case.status)
    return read(case.dialect, [found for found in objects if isinstance(found, dict)], case.stream)
