"""The snippets that connect a tool: which there are, and one of them with address, key and model filled in.

A snippet is a file under ``resources/examples``; each placeholder in it stands inside quotes of the file's language.
To add one: the file, and a row in EXAMPLES.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from conduit_desktop.gateway.auth.keys import PREFIX as PREFIX
from conduit_desktop.gateway.auth.keys import allows
from conduit_desktop.paths import resource
from conduit_desktop.records import VirtualKey

PLACEHOLDER = f"{PREFIX}YOUR-KEY"
"""Stands for a key whose text is not known."""

_HOLE = re.compile(r"\{\{(base_url|key|model)(\|json)?\}\}")


@dataclass(frozen=True, slots=True)
class Example:
    """One snippet. ``language`` is what a highlighter calls it; ``what`` says in a line what to do with it."""

    key: str
    title: str
    file: str
    language: str
    what: str


EXAMPLES: tuple[Example, ...] = (
    Example("curl", "curl", "curl.sh", "bash", "Paste it into a terminal."),
    Example(
        "python", "Python", "python_openai.py", "python", "Install the package with pip install openai, then run this."
    ),
    Example(
        "javascript",
        "JavaScript",
        "javascript_openai.mjs",
        "javascript",
        "After npm install openai, save it as hello.mjs and run node hello.mjs.",
    ),
    Example(
        "env",
        "bash, zsh",
        "env.sh",
        "bash",
        "Most tools read these two variables. Paste them into a terminal, or into ~/.bashrc or ~/.zshrc for good.",
    ),
    Example(
        "fish",
        "fish",
        "env.fish",
        "bash",
        "Most tools read these two variables. Paste them into a terminal, or into ~/.config/fish/config.fish for good.",
    ),
    Example(
        "powershell",
        "PowerShell",
        "env.ps1",
        "powershell",
        "Most tools read these two variables. Paste them into PowerShell, or into the file $PROFILE names for good.",
    ),
)


def templates() -> dict[str, str]:
    """The text of every snippet by its example's key. Reads files: for worker threads."""
    return {example.key: resource(f"examples/{example.file}").read_text(encoding="utf-8") for example in EXAMPLES}


def render(example: Example, template: str, values: Mapping[str, str]) -> str:
    """The snippet with ``base_url``, ``key`` and ``model`` filled in, each escaped as the language wants it. Pure."""
    escape = _ESCAPES[example.file.rpartition(".")[2]]

    def fill(hole: re.Match[str]) -> str:
        value = values[hole[1]]
        return escape(_json(value) if hole[2] else value)

    return _HOLE.sub(fill, template)


def usable_models(key: VirtualKey, aliases: Sequence[str]) -> list[str]:
    """The models that a key may use: of those set up here, and those that it names itself."""
    named = [name for name in key.models if not name.endswith("*")]
    return list(dict.fromkeys((*(alias for alias in aliases if allows(key, alias)), *named)))


def _json(text: str) -> str:
    """Inside double quotes of JSON, Python or JavaScript."""
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _sh(text: str) -> str:
    """Inside single quotes of a POSIX shell."""
    return text.replace("'", "'\\''")


def _fish(text: str) -> str:
    """Inside single quotes of fish, where a backslash escapes itself and the quote."""
    return text.replace("\\", "\\\\").replace("'", "\\'")


def _powershell(text: str) -> str:
    """Inside single quotes of PowerShell, which takes typographic ones for quotes too."""
    return re.sub("(['‘’‚‛])", r"\1\1", text)


_ESCAPES: dict[str, Callable[[str], str]] = {
    "sh": _sh,
    "fish": _fish,
    "ps1": _powershell,
    "py": _json,
    "mjs": _json,
}
