"""The snippets that connect a tool: which there are, and one of them with address, key and model filled in.

A snippet is a file under ``resources/examples``; each placeholder in it stands inside quotes of the file's language
(but in plain text).
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
    """One snippet. ``language`` is what a highlighter calls it; ``what`` says in a line what to do with it; ``api`` is
    whose API it speaks, and ``path`` where that is below the gateway's address."""

    key: str
    title: str
    file: str
    language: str
    what: str
    group: str
    api: str = "OpenAI"
    path: str = "/v1"


TOOLS, CODE, SHELL = "Tools", "Code", "Terminal"

EXAMPLES: tuple[Example, ...] = (
    Example(
        "claude-code",
        "Claude Code",
        "claude_code.json",
        "json",
        "Put this into ~/.claude/settings.json.",
        TOOLS,
        "Anthropic",
        "",
    ),
    Example(
        "codex",
        "Codex CLI",
        "codex.toml",
        "toml",
        "Put this at the top of ~/.codex/config.toml, and set the variable.",
        TOOLS,
    ),
    Example(
        "gemini-cli",
        "Gemini CLI",
        "gemini_cli.env",
        "bash",
        "Put this into ~/.gemini/.env, and choose to sign in by API key: when it asks, or in its settings.",
        TOOLS,
        "Gemini",
        "",
    ),
    Example(
        "cursor",
        "Cursor",
        "cursor.txt",
        "text",
        "Cursor's servers send the requests, not this computer: they need a public https address, such as a tunnel's, "
        "in place of this one.",
        TOOLS,
    ),
    Example(
        "cline",
        "Cline",
        "cline.sh",
        "bash",
        "For Cline in the terminal. In an editor, choose OpenAI Compatible as its API provider and enter these there.",
        TOOLS,
    ),
    Example("continue", "Continue", "continue.yaml", "yaml", "Put this into ~/.continue/config.yaml.", TOOLS),
    Example("aider", "Aider", "aider.yml", "yaml", "Put this into ~/.aider.conf.yml.", TOOLS),
    Example(
        "opencode",
        "opencode",
        "opencode.json",
        "json",
        "Put this into ~/.config/opencode/opencode.json.",
        TOOLS,
    ),
    Example(
        "open-webui",
        "Open WebUI",
        "open_webui.sh",
        "bash",
        "Paste it into a terminal. Once it has been started, Open WebUI keeps them under Admin Settings, Connections.",
        TOOLS,
    ),
    Example(
        "llm",
        "llm",
        "llm.yaml",
        "yaml",
        "Add this to extra-openai-models.yaml in the folder that llm logs path names, and store the key.",
        TOOLS,
    ),
    Example("python", "Python", "python_openai.py", "python", "Run pip install openai, then this.", CODE),
    Example(
        "javascript",
        "JavaScript",
        "javascript_openai.mjs",
        "javascript",
        "After npm install openai, save it as hello.mjs and run node hello.mjs.",
        CODE,
    ),
    Example(
        "langchain",
        "LangChain",
        "python_langchain.py",
        "python",
        "Run pip install langchain-openai, then this.",
        CODE,
    ),
    Example(
        "anthropic",
        "Anthropic SDK",
        "python_anthropic.py",
        "python",
        "Run pip install anthropic, then this.",
        CODE,
        "Anthropic",
        "",
    ),
    Example(
        "google-genai",
        "Google Gen AI SDK",
        "python_genai.py",
        "python",
        "Run pip install google-genai, then this.",
        CODE,
        "Gemini",
        "",
    ),
    Example(
        "cohere",
        "Cohere SDK",
        "python_cohere.py",
        "python",
        "Run pip install cohere, then this.",
        CODE,
        "Cohere",
        "/cohere",
    ),
    Example(
        "ollama",
        "Ollama SDK",
        "python_ollama.py",
        "python",
        "Run pip install ollama, then this.",
        CODE,
        "Ollama",
        "",
    ),
    Example("curl", "curl", "curl.sh", "bash", "Paste it into a terminal.", SHELL),
    Example(
        "env",
        "bash, zsh",
        "env.sh",
        "bash",
        "Most tools read these two variables. Paste them into a terminal, or into ~/.bashrc or ~/.zshrc for good.",
        SHELL,
    ),
    Example(
        "fish",
        "fish",
        "env.fish",
        "bash",
        "Most tools read these two variables. Paste them into a terminal, or into ~/.config/fish/config.fish for good.",
        SHELL,
    ),
    Example(
        "powershell",
        "PowerShell",
        "env.ps1",
        "powershell",
        "Most tools read these two variables. Paste them into PowerShell, or into the file $PROFILE names for good.",
        SHELL,
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
    """Inside double quotes of JSON, Python, JavaScript, TOML or YAML."""
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


def _as_it_is(text: str) -> str:
    """Plain text; and dotenv files, which know no escapes: a value that holds a quote is taken up to the last one."""
    return text


_ESCAPES: dict[str, Callable[[str], str]] = {
    "sh": _sh,
    "fish": _fish,
    "ps1": _powershell,
    "env": _as_it_is,
    "txt": _as_it_is,
    **dict.fromkeys(("py", "mjs", "json", "toml", "yaml", "yml"), _json),
}
