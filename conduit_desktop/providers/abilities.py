"""What well-known models surely lack, and how much they read: by the model's own name, whoever serves it.

Cautious on purpose: a model that is not here can all, and so can a newer one of a family that is. What the user says of
a deployment goes before. Windows are those of the vendors' model pages (platform.openai.com/docs/models,
docs.anthropic.com/en/docs/about-claude/models, ai.google.dev/gemini-api/docs/models, api-docs.deepseek.com), where
every server of the model has the same; of open models each server sets its own, and none is here.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from conduit_desktop.records import Ability


class Known(NamedTuple):
    """What is known of a model: the abilities that it lacks, and its context window in tokens (None: nobody knows)."""

    lacks: frozenset[Ability] = frozenset()
    window: int | None = None


_NOTHING: frozenset[Ability] = frozenset()
_NO_IMAGES = frozenset[Ability]({"images"})
_TEXT_OLD = frozenset[Ability]({"images", "json_schema"})
_BARE = frozenset[Ability]({"images", "tools", "json_schema"})
_DATED = r"(?:-\d{4}-\d{2}-\d{2}|-latest)?"
_SIZED = r"(?:[-_:.][-_:.\w]*)?"

TABLE: tuple[tuple[re.Pattern[str], Known], ...] = tuple(
    (re.compile(pattern), known)
    for pattern, known in (
        (r"gpt-3\.5-turbo(?:-0125|-1106|-16k)?", Known(_TEXT_OLD, 16_385)),
        (r"gpt-3\.5-turbo-instruct|(?:babbage|davinci)-002", Known(_BARE)),
        (r"gpt-4(?:-0613)?", Known(_TEXT_OLD, 8_192)),
        (rf"gpt-4-turbo(?:-preview)?{_DATED}|gpt-4-(?:0125|1106)-preview", Known(frozenset({"json_schema"}), 128_000)),
        (r"gpt-4o-2024-05-13", Known(frozenset({"json_schema"}), 128_000)),
        (rf"(?:chatgpt|gpt)-4o(?:-mini)?{_DATED}", Known(_NOTHING, 128_000)),
        (rf"gpt-4\.1(?:-mini|-nano)?{_DATED}", Known(_NOTHING, 1_047_576)),
        (rf"o1-mini{_DATED}", Known(_BARE, 128_000)),
        (rf"o3-mini{_DATED}", Known(_NO_IMAGES, 200_000)),
        (rf"(?:o1|o3|o4-mini){_DATED}", Known(_NOTHING, 200_000)),
        (r"(?:anthropic\.)?claude-(?:2(?:\.\d)?|instant)(?:[-.:]\w+)*", Known(_BARE)),
        (r"(?:anthropic\.)?claude-3-[\w.:-]+", Known(_NOTHING, 200_000)),
        (r"gemini-1\.5-pro(?:-00\d|-latest)?", Known(_NOTHING, 2_097_152)),
        (r"gemini-(?:1\.5|2\.0)-flash(?:-lite|-8b)?(?:-00\d|-latest)?", Known(_NOTHING, 1_048_576)),
        (r"gemini-2\.5-(?:pro|flash|flash-lite)", Known(_NOTHING, 1_048_576)),
        (r"deepseek-(?:chat|reasoner|coder)", Known(_NO_IMAGES)),
        (rf"deepseek-(?:r1|v2|v2\.5|v3|v3\.1){_SIZED}", Known(_NO_IMAGES)),
        (r"(?:open-)?(?:mistral-7b|mixtral-8x7b|mixtral-8x22b|codestral|mathstral)" + _SIZED, Known(_NO_IMAGES)),
        (rf"(?:meta-)?llama-?[23](?:\.1|\.3)?(?![.\d]){_SIZED}", Known(_NO_IMAGES)),
        (rf"(?:codellama|code-llama|gemma-?2|phi-?[23]|tinyllama|vicuna|orca){_SIZED}", Known(_NO_IMAGES)),
        (r"(?:qwen2|qwen2\.5|qwq|qwen2\.5-coder)(?:[-_:]\d[\w.]*|-instruct)*", Known(_NO_IMAGES)),
        (r"command-r(?:-plus|7b)?(?:-\d\d-\d{4})?|command(?:-light)?", Known(_NO_IMAGES)),
    )
)
_SEES = re.compile(r"vision|[-_.:]vl\b|omni|multimodal|pixtral|llava|llama-?3\.2|llama-?4")


@lru_cache(maxsize=1024)
def known(upstream_model: str) -> Known:
    """What is known of a model by the id that its provider has for it: ``vendor/`` before it says nothing."""
    name = upstream_model.lower().rpartition("/")[2]
    if _SEES.search(name):
        return Known()
    return next((found for pattern, found in TABLE if pattern.fullmatch(name)), Known())
