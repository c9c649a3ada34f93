"""The vendors' models behind Converse, as far as one API for all of them still spells things differently for each.

Sources: Bedrock's user guide, "Inference request parameters and response fields for foundation models", "Prompt
caching" and "Use a tool to complete an Amazon Bedrock model response". What a model can do at all is told by the
provider row's traits."""

from __future__ import annotations

import re
from dataclasses import dataclass

_VENDOR = re.compile(
    r"(?:^|[./:])(anthropic|amazon|mistral|meta|cohere|ai21|deepseek|qwen|openai|moonshot(?:ai)?|writer|google|minimax|nvidia|zai)\."
)
_TWO_SAMPLERS = re.compile(r"claude-(?:v\d|instant|3|(?:opus|sonnet)-4-2025)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """``vendor`` is empty where the id tells none (an ARN of a customised model). ``top_k`` is the path of that
    parameter in ``additionalModelRequestFields``; ``caches`` whether cache points may stand in messages and the
    system prompt, ``caches_tools`` among the tools; ``signed``: reasoning may be sent back, if it is signed;
    ``forces``: a tool can be demanded; ``leads``: the assistant may speak first; ``texts``: a document may be plain
    words; ``one_sampler``: it takes temperature or top_p, not both."""

    vendor: str
    top_k: tuple[str, ...] = ()
    caches: bool = False
    caches_tools: bool = False
    signed: bool = False
    forces: bool = True
    leads: bool = False
    texts: bool = False
    one_sampler: bool = False

    @property
    def claude(self) -> bool:
        return self.vendor == "anthropic"


_FAMILIES = {
    "amazon": Family(vendor="amazon", top_k=("inferenceConfig", "topK"), caches=True),
    "mistral": Family(vendor="mistral", top_k=("top_k",)),
    "cohere": Family(vendor="cohere", top_k=("k",), forces=False),
    "meta": Family(vendor="meta", forces=False),
    "ai21": Family(vendor="ai21", forces=False),
    "qwen": Family(vendor="qwen", leads=True),
}
_UNKNOWN = Family(vendor="", top_k=("top_k",), caches=True, caches_tools=True, signed=True, texts=True)


def family(model: str) -> Family:
    """The family of a model id, an inference profile's (``us.anthropic.claude-…``) or an ARN."""
    found = _VENDOR.search(model.lower())
    vendor = found[1] if found else ""
    if vendor == "anthropic" or "claude" in model.lower():
        return Family(
            vendor="anthropic",
            top_k=("top_k",),
            caches=True,
            caches_tools=True,
            signed=True,
            leads=True,
            texts=True,
            one_sampler=not _TWO_SAMPLERS.search(model.lower()),
        )
    if not vendor:
        return _UNKNOWN
    return _FAMILIES.get(vendor) or Family(vendor=vendor)
