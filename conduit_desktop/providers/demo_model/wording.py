"""What the demo model says: Markdown that fits what was asked for and never passes for a real model's
answer."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from conduit_desktop.providers.demo_model.request import Ask, text_of

Json = Any

NOTICE = "_This is Conduit’s built-in demo model: no provider was called and nothing is billed._"

_FACTS = (
    "Every tool gets a virtual key of its own, so you can see who spent what and switch one off alone.",
    "A budget reserves an estimate before a request goes out and settles it when the answer is in.",
    "When a provider fails before the first word, the next deployment of the model takes over.",
    "The Requests page shows each request with its timing, tokens, cost and every attempt made for it.",
    "Provider keys stay in the operating system’s keyring; they are never written to a log or a database.",
    "A model is a name of your choice; behind it can be several deployments with weights and priorities.",
    "Local servers such as Ollama or LM Studio are found by themselves and cost nothing.",
    "Streams are passed on as they come; the time to the first token is measured on the way.",
    "A key can expire, be limited to some models, and be held to so many requests a minute.",
    "Prices come from a catalogue inside the app, and you can set your own for any model.",
)
_STEPS = (
    "Add a provider and test its key on the spot",
    "Map a model name of your choice to one of its models",
    "Create a virtual key with a monthly budget",
    "Copy the snippet for your tool from Connect",
    "Watch the request appear, with its timing and cost",
)
_PYTHON = """\
from openai import OpenAI

client = OpenAI(base_url="http://127.0.0.1:7878/v1")

reply = client.chat.completions.create(
    model="demo",
    messages=[{"role": "user", "content": "Hello"}],
)
print(reply.choices[0].message.content)"""
_JAVASCRIPT = """\
import OpenAI from "openai";

const client = new OpenAI({ baseURL: "http://127.0.0.1:7878/v1" });

const reply = await client.chat.completions.create({
  model: "demo",
  messages: [{ role: "user", content: "Hello" }],
});
console.log(reply.choices[0].message.content);"""
_SHELL = """\
curl http://127.0.0.1:7878/v1/chat/completions \\
  -H "Authorization: Bearer $CONDUIT_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{"model": "demo", "messages": [{"role": "user", "content": "Hello"}]}'"""

_EXACT = re.compile(
    r"^\W*(?:please\s+)?(?:just\s+)?"
    r"(?:(?:say|repeat|echo)(?:\s+(?:only|just|exactly|the\s+words?|the\s+text|back|after me))*"
    r"|(?:reply|respond|answer)(?:\s+(?:only|just|exactly|with|the\s+words?))+)"
    r"\s*:?\s+(\S.{0,200})$",
    re.IGNORECASE | re.DOTALL,
)
_COUNT = re.compile(r"\bcount\b.{0,30}?\bto\s+(\d{1,6})", re.IGNORECASE | re.DOTALL)
_WORDS = re.compile(r"\b(\d{1,6})[ -]words?\b", re.IGNORECASE)
_ABOUT_CODE = re.compile(r"\b(code|function|script|program|snippet|python|javascript|typescript|bash|curl)\b", re.I)
_ABOUT_TABLE = re.compile(r"\b(table|compare|comparison|versus|vs)\b", re.I)
_ABOUT_LIST = re.compile(r"\b(list|steps?|bullets?|ideas|ways|tips|reasons|plan|how (?:do|can|to))\b", re.I)
_ABOUT_ESSAY = re.compile(
    r"\b(headings?|markdown|essay|article|report|explain|describe|overview|summar\w+|long)\b", re.I
)
_GREETING = re.compile(r"^\W*(hi|hello|hey|good (?:morning|evening|day)|ping|test)\b.{0,30}$", re.I | re.DOTALL)
_READ = 4_000
_SHORT = 300
_MOST_WORDS = 2_000


def wording(ask: Ask, variant: int) -> str:
    """The answer's text; ``variant`` tells the choices of one request apart."""
    results = _results(ask)
    if results:
        return f"{_from_results(results)}\n\n{NOTICE}"
    question = ask.question[:_READ].strip()
    if ask.form == "json_object":
        return json.dumps(
            {
                "model": ask.model,
                "asked": _quoted(question),
                "answer": _fact(question, variant),
                "demo": True,
            },
            ensure_ascii=False,
        )
    return f"{_reply(ask, question, variant)}\n\n{NOTICE}"


def _reply(ask: Ask, question: str, variant: int) -> str:
    """The first kind of answer whose words occur in the question."""
    if not question:
        return f"There was no text to answer. {_fact('', variant)}"
    if len(question) < _SHORT and (found := _EXACT.match(question)):
        return found.group(1).strip().strip("\"“”'")
    if found := _COUNT.search(question):
        return ", ".join(str(n) for n in range(1, min(int(found.group(1)), 500) + 1))
    if found := _WORDS.search(question):
        return _words(question, min(int(found.group(1)), _MOST_WORDS), variant)
    for pattern, shape in (
        (_ABOUT_CODE, _code),
        (_ABOUT_TABLE, _table),
        (_ABOUT_LIST, _steps),
        (_ABOUT_ESSAY, _essay),
        (_GREETING, _greeting),
    ):
        if pattern.search(question):
            return shape(question, variant)
    facts = f"{_fact(question, variant)} {_fact(question, variant + 1)}"
    return f"You asked: “{_quoted(question)}”\n\n{_seen(ask)}{facts}"


def _greeting(question: str, variant: int) -> str:
    return f"Hello! I answer everything you send me, so you can see a request run. {_fact(question, variant)}"


def _code(question: str, variant: int) -> str:
    low = question.lower()
    language, text = "python", _PYTHON
    if "javascript" in low or "typescript" in low:
        language, text = "javascript", _JAVASCRIPT
    elif any(word in low for word in ("bash", "shell", "curl")):
        language, text = "bash", _SHELL
    return (
        f"You asked: “{_quoted(question)}”\n\nI cannot write that for you, but here is code that works: "
        f"it sends a request to this gateway.\n\n```{language}\n{text}\n```\n\n{_fact(question, variant)}"
    )


def _table(question: str, variant: int) -> str:
    rows = "\n".join(
        f"| {name} | {where} | {paid} |"
        for name, where, paid in (
            ("Demo", "built in", "nothing"),
            ("Ollama, LM Studio, llama.cpp, vLLM", "this machine", "nothing"),
            ("OpenAI, OpenRouter, Fireworks", "their servers", "by token"),
        )
    )
    return (
        f"You asked: “{_quoted(question)}”\n\n| Provider | Runs on | You pay |\n|---|---|---|\n{rows}\n\n"
        f"{_fact(question, variant)}"
    )


def _steps(question: str, variant: int) -> str:
    steps = "\n".join(f"{n}. {step}" for n, step in enumerate(_STEPS, 1))
    return f"## What to try next\n\nYou asked: “{_quoted(question)}”\n\n{steps}\n\n{_fact(question, variant)}"


def _essay(question: str, variant: int) -> str:
    facts = "\n".join(f"- {_fact(question, variant + n)}" for n in range(3, 6))
    return (
        f"# {_quoted(question, 60)}\n\n"
        f"## In short\n\n{_fact(question, variant)} {_fact(question, variant + 1)}\n\n"
        f"## Worth knowing\n\n{facts}\n\n## In closing\n\n{_fact(question, variant + 2)}"
    )


def _words(question: str, count: int, variant: int) -> str:
    """So many words, in paragraphs of the facts over and over."""
    words: list[str] = []
    n = variant
    while len(words) < count:
        words.extend(_fact(question, n).split())
        n += 1
    return "\n\n".join(" ".join(words[at : min(at + 60, count)]) for at in range(0, count, 60))


def _results(ask: Ask) -> list[str]:
    """What the tools gave back, when the conversation ends with their results."""
    found: list[str] = []
    for message in reversed(ask.messages):
        if message["role"] not in ("tool", "function"):
            break
        found.append(text_of(message))
    return found[::-1]


def _from_results(results: list[str]) -> str:
    if len(results) == 1:
        return f"The tool answered:\n\n{_told(results[0])}"
    told = "\n".join(f"{n}. {_quoted(result)}" for n, result in enumerate(results, 1))
    return f"The tools answered:\n\n{told}"


def _told(result: str) -> str:
    """A result as prose: the fields of a flat JSON object as a list, anything else as it came."""
    try:
        value = json.loads(result) if len(result) < _READ else None
    except (ValueError, RecursionError):
        value = None
    if isinstance(value, Mapping) and value:
        shown = list(value.items())[:12]
        return "\n".join(f"- **{_quoted(str(key), 60)}**: {_quoted(_shown(each))}" for key, each in shown)
    return _quoted(result, 600) or "(nothing)"


def _shown(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _seen(ask: Ask) -> str:
    """What else the request held, so that it can be seen to have arrived."""
    parts = [part for each in ask.messages if isinstance(each.get("content"), list) for part in each["content"]]
    other = sum(1 for part in parts if part.get("type") not in ("text", "input_text", "refusal"))
    turns = sum(1 for message in ask.messages if message["role"] == "user")
    said: list[str] = []
    if other:
        said.append(f"{other} attachment{'s' if other > 1 else ''}, which I cannot look at")
    if turns > 1:
        said.append(f"{turns} messages from you in this conversation")
    if ask.tools:
        said.append(f"{len(ask.tools)} tool{'s' if len(ask.tools) > 1 else ''} on offer")
    return f"I also received {' and '.join(said)}.\n\n" if said else ""


def _fact(question: str, n: int) -> str:
    start = sha256(question.encode()).digest()[0]
    return _FACTS[(start + n) % len(_FACTS)]


def _quoted(text: str, most: int = 200) -> str:
    """``text`` on one line and not too long."""
    line = " ".join(text[: most * 2].split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"
