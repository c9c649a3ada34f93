"""What each client dialect can say of an answer, and whether it said what was recorded.

``SAYS`` is the whole of what is forgiven for want of words; what else is forgiven stands beside it with its reason.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from tests.matrix.neutral import Call, Reply

SAYS: dict[str, frozenset[str]] = {
    "chat": frozenset(
        {"refusal", "cited", "cached", "written", "reasoning", "choices", "logprobs", "filter", "stop with calls"}
    ),
    "responses": frozenset(
        {"refusal", "cited", "cached", "written", "reasoning", "logprobs", "filter", "signed", "signatures", "ordered"}
    ),
    "messages": frozenset(
        {"cited", "cached", "written", "reasoning", "filter", "signed", "signatures", "ordered", "objects only"}
    ),
    "gemini": frozenset(
        {
            "cited",
            "cached",
            "reasoning",
            "choices",
            "logprobs",
            "filter",
            "signed",
            "ordered",
            "objects only",
            "no zeros",
        }
    ),
    "cohere": frozenset({"cached", "cited"}),
    "ollama": frozenset({"objects only"}),
}
"""Beyond text, tool calls, thinking, why it stopped and its total usage, which all can say: a refusal apart from the
text; addresses cited; the cached, written and reasoning parts of the usage; more than one choice; logprobs; that a
filter stopped it; a signature of thinking, and one for each; how text, thinking and calls follow each other.
"objects only": tool arguments are JSON, broken ones cannot be said."""


@dataclass(frozen=True)
class Miss:
    """A field that is not as recorded."""

    field: str
    expected: Any
    got: Any

    def row(self) -> dict[str, str]:
        """This miss as JSON."""
        return {"field": self.field, "expected": repr(self.expected), "got": repr(self.got)}

    def __str__(self) -> str:
        return f"{self.field}: expected {brief(self.expected)}, got {brief(self.got)}"


def brief(value: Any) -> str:
    """``value`` on one line, not too long."""
    text = repr(value)
    return text if len(text) <= 220 else f"{text[:150]}…{text[-60:]}"


def compare(want: Reply, got: Reply, dialect: str) -> list[Miss]:
    """What ``got``, read by a client of ``dialect``, misses of ``want``."""
    if want.status >= 400:
        return failed(want, got)
    says = SAYS[dialect]
    if want.error is None and got.status >= 400:
        return [Miss("status", want.status, f"{got.status} {got.error}")]
    if want.error is not None:
        # An error under status 200, or in a stream: a client whose dialect has statuses may get one.
        return [] if got.error and same_words(want.error, got.error) else [Miss("error", want.error, got.error)]
    if want.finish == "":
        # A recording that stops without an end: the client must not take it for a whole answer.
        return [] if got.error or got.finish == "" else [Miss("finish", "none, the recording is cut off", got.finish)]
    misses = [Miss("error", None, got.error)] if got.error else []
    misses += said(want, got)
    misses += called(want, got, says)
    misses += ended(want, got, says)
    misses += beside(want, got, says)
    return misses + counted(want, got, says)


def failed(want: Reply, got: Reply) -> list[Miss]:
    """An error instead of an answer: its status, and its words somewhere in ours."""
    misses = [] if got.status == want.status else [Miss("status", want.status, f"{got.status} {got.error}")]
    if not same_words(want.error or "", got.error or ""):
        misses.append(Miss("error", want.error, got.error))
    return misses


def same_words(want: str, got: str) -> bool:
    """Whether the words of an error came through."""
    return bare(want) in bare(got) or bare(want) in bare(got.replace("\\n", "\n").replace('\\"', '"'))


def bare(text: str) -> str:
    """``text`` without blanks: how pieces of thinking are set apart is nobody's content."""
    return re.sub(r"\s+", "", text)


def said(want: Reply, got: Reply) -> list[Miss]:
    """Text and thinking. Media of the model's may be links in the text where a dialect has no place for them. Models
    that write ``<think>`` into their text may have it there or in its place. What Cohere calls a plan is thinking, or
    text, before tool calls: either place will do."""
    had = [
        (re.sub(r"!?\[[^\]]*\]\(data:[^)]*\)", "", text) if want.media else text, thought)
        for text, thought in readings(got)
    ]
    for text, thought in readings(want):
        for have, mused in had:
            if text == have and bare(thought) == bare(mused):
                return []
    misses = [] if want.text == got.text else [Miss("text", want.text, got.text)]
    if bare(want.reasoning + want.plan) != bare(got.reasoning + got.plan):
        misses.append(Miss("reasoning", want.reasoning + want.plan, got.reasoning + got.plan))
    return misses or [Miss("text and reasoning", (want.text, want.reasoning), (got.text, got.reasoning))]


def readings(reply: Reply) -> list[tuple[str, str]]:
    """The ways to tell an answer's text from its thinking."""
    found = [(reply.text, reply.reasoning)]
    if reply.plan:
        found = [(reply.plan + reply.text, reply.reasoning), (reply.text, reply.plan + reply.reasoning)]
    if reply.transcript:
        found.append((reply.text + reply.transcript, reply.reasoning))
    if reply.refusal:
        found += [(text + reply.refusal, thought) for text, thought in found]
    thought = re.match(r"\s*<think>(.*?)(?:</think>\s*|$)", reply.text, re.S)
    if thought:
        found.append((reply.text[thought.end() :], reply.reasoning + thought.group(1)))
    return found


def called(want: Reply, got: Reply, says: frozenset[str]) -> list[Miss]:
    """Tool calls: names, arguments, and ids that tell them apart."""
    wanted, had = want.calls, got.calls
    if "objects only" in says and any(isinstance(call.value, str) for call in wanted):
        # An answer cut off inside arguments: what is left of them is no JSON.
        wanted = [call for call in wanted if not isinstance(call.value, str)]
        had = had[: len(wanted)]
    if [call.name for call in wanted] != [call.name for call in had]:
        return [Miss("tool calls", [call.name for call in wanted], [call.name for call in had])]
    misses = [
        Miss("tool arguments", one.value, other.value)
        for one, other in zip(wanted, had, strict=True)
        if not equal(one, other)
    ]
    ids = [call.id for call in had if call.id]
    if len(set(ids)) != len(ids):
        misses.append(Miss("tool call ids", "ids that differ", ids))
    return misses


def equal(one: Call, other: Call) -> bool:
    """Whether two calls hold the same arguments."""
    return bool(one.value == other.value)


def ended(want: Reply, got: Reply, says: frozenset[str]) -> list[Miss]:
    """Why it stopped."""
    wanted = {want.finish}
    if want.calls and want.finish in ("stop", "tool"):
        # A forced call ends in "stop" with OpenAI; the other dialects say that a tool is called.
        wanted = {"tool", want.finish} if "stop with calls" in says else {"tool"}
    elif want.finish == "tool":
        # Said to have called a tool and called none (or only the provider's own).
        wanted = {"tool", "stop"}
    elif want.refusal and "refusal" not in says:
        wanted = {want.finish, "filter"}
    if "filter" in wanted and "filter" not in says:
        wanted |= {"error", "stop", "other"}
    if want.finish in ("pause", "error", "other"):
        # Each dialect has its own rare reasons; no other has a word for them.
        return [] if got.finish else [Miss("finish", "an end", got.finish)]
    return [] if got.finish in wanted else [Miss("finish", sorted(wanted), got.finish)]


def beside(want: Reply, got: Reply, says: frozenset[str]) -> list[Miss]:
    """What stands beside the text."""
    misses = []
    if "refusal" in says and want.refusal != got.refusal:
        misses.append(Miss("refusal", want.refusal, got.refusal))
    if "cited" in says and not want.cited <= (got.cited | got.sources):
        misses.append(Miss("cited", sorted(want.cited), sorted(got.cited | got.sources)))
    # What is no address (a document's id where an address should be) is not held against anybody.
    found = {url for url in got.cited if "://" in url}
    if "cited" in says and not found <= (want.cited | want.sources):
        misses.append(Miss("cited, and was not", sorted(want.cited | want.sources), sorted(got.cited)))
    if "signed" in says and want.signed and not got.signed:
        misses.append(Miss("signature", True, False))
    broken = any(isinstance(call.value, str) for call in want.calls)
    if "ordered" in says and want.order and want.order != got.order and not broken:
        misses.append(Miss("order of text, thinking and calls", want.order, got.order))
    if "signatures" in says and want.signatures > got.signatures:
        misses.append(Miss("signatures", want.signatures, got.signatures))
    if "choices" in says and want.others != got.others:
        misses.append(Miss("other choices", want.others, got.others))
    if "logprobs" in says and want.logprobs != got.logprobs:
        misses.append(Miss("logprobs", want.logprobs, got.logprobs))
    return misses


def counted(want: Reply, got: Reply, says: frozenset[str]) -> list[Miss]:
    """Usage; a zero that was said is said, but in Gemini's dialect, which leaves zeros out."""
    if want.usage is None or want.usage.input is None:
        return []
    if got.usage is None:
        return [Miss("usage", want.usage, None)]
    misses = []
    for name in ("input", "output", "cached", "written", "reasoning"):
        wanted, had = getattr(want.usage, name), getattr(got.usage, name)
        if wanted is None or (name not in ("input", "output") and name not in says):
            continue
        allowed = {wanted, *want.usage.also.get(name, [])}
        if had not in allowed and not (had is None and 0 in allowed and "no zeros" in says):
            misses.append(Miss(f"usage.{name}", sorted(allowed), had))
    return misses
