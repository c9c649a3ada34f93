"""An answer in Gemini's generateContent."""

from __future__ import annotations

from tests.matrix.neutral import Call, Json, Reply, Usage, words

FINISH = {"STOP": "stop", "MAX_TOKENS": "length", "FINISH_REASON_UNSPECIFIED": ""}
FILTER = (
    "SAFETY",
    "RECITATION",
    "BLOCKLIST",
    "PROHIBITED_CONTENT",
    "SPII",
    "LANGUAGE",
    "IMAGE_SAFETY",
    "IMAGE_PROHIBITED_CONTENT",
    "IMAGE_RECITATION",
    "MODEL_ARMOR",
)


def read(objects: list[Json], streamed: bool) -> Reply:
    """``objects`` are the pieces of a stream, or the one body."""
    reply = Reply()
    seen: dict[int, str] = {}
    for found in objects:
        if found.get("error"):
            reply.error = words(found)
        if found.get("usageMetadata"):
            # Every piece of a stream may say it; each says it whole.
            reply.usage = used(found["usageMetadata"])
        if (found.get("promptFeedback") or {}).get("blockReason"):
            reply.finish = "filter"
        for candidate in found.get("candidates") or []:
            index = candidate.get("index") or 0
            seen[index] = seen.get(index, "") + "".join(
                part.get("text") or "" for part in parts_of(candidate) if not part.get("thought")
            )
            if index == 0:
                take(reply, candidate)
    reply.choices = max(1, len(seen))
    reply.others = [text for index, text in sorted(seen.items()) if index != 0]
    if reply.calls and reply.finish == "stop":
        reply.finish = "tool"
    return reply


def parts_of(candidate: Json) -> list[Json]:
    """The parts of a candidate."""
    return (candidate.get("content") or {}).get("parts") or []


def take(reply: Reply, candidate: Json) -> None:
    """The first candidate, or a piece of it."""
    for part in parts_of(candidate):
        piece(reply, part)
    reason = candidate.get("finishReason")
    if reason:
        reply.finish = FINISH.get(reason, "filter" if reason in FILTER else "error")
    reply.logprobs += len((candidate.get("logprobsResult") or {}).get("chosenCandidates") or [])
    grounded(reply, candidate.get("groundingMetadata") or {})
    for citation in (candidate.get("citationMetadata") or {}).get("citations") or []:
        if citation.get("uri"):
            reply.sources.add(citation["uri"])


def piece(reply: Reply, part: Json) -> None:
    """One part."""
    reply.signed = reply.signed or bool(part.get("thoughtSignature"))
    if part.get("functionCall"):
        call = part["functionCall"]
        reply.note("call")
        reply.calls.append(Call(call["name"], call.get("args") or {}, call.get("id") or ""))
    elif part.get("text") is not None:
        if part["text"]:
            reply.note("thinking" if part.get("thought") else "text")
        if part.get("thought"):
            reply.reasoning += part["text"]
        else:
            reply.text += part["text"]
    elif part.get("inlineData"):
        reply.media += 1
    elif {"executableCode", "codeExecutionResult", "toolCall", "toolResponse"} & set(part):
        reply.server_tools = True


def grounded(reply: Reply, grounding: Json) -> None:
    """What the text leans on: chunks, and the places that lean on them."""
    chunks = [
        (chunk.get("web") or chunk.get("retrievedContext") or {}).get("uri") or ""
        for chunk in grounding.get("groundingChunks") or []
    ]
    reply.sources |= {url for url in chunks if url}
    for support in grounding.get("groundingSupports") or []:
        reply.citations += 1
        for at in support.get("groundingChunkIndices") or []:
            if at < len(chunks) and chunks[at]:
                reply.cited.add(chunks[at])


def used(usage: Json) -> Usage:
    """Usage: thoughts stand beside the candidates, tool-use tokens beside the prompt; cached ones are in the prompt."""
    prompt, candidates = usage.get("promptTokenCount"), usage.get("candidatesTokenCount")
    thoughts = usage.get("thoughtsTokenCount")
    tool_use = usage.get("toolUsePromptTokenCount") or 0
    if prompt is None and candidates is None:
        return Usage()
    found = Usage(
        (prompt or 0) + tool_use,
        (candidates or 0) + (thoughts or 0),
        usage.get("cachedContentTokenCount"),
        None,
        thoughts,
    )
    if tool_use:
        found.also["input"] = [prompt or 0]
    return found
