"""Real agents through the real gateway to a scripted provider of another dialect; each in a throw-away home.

    python -m tests.agents.run --bin DIR [--bin DIR …]      every agent to every provider of another dialect
    python -m tests.agents.run --bin DIR codex opencode-google   only these
    python -m tests.agents.run --bin DIR --direct                no gateway: each agent's own dialect

Not collected by pytest, since it needs agents that are no dependency: ``npm install @openai/codex opencode-ai
@anthropic-ai/claude-code @google/gemini-cli cline @continuedev/cli`` and ``pip install aider-chat``, wherever you like;
``--bin`` names the folders of their commands. What is not installed is said and left out. A run is good when the agent
ended with 0, the files that the script made it write are there, the script was played to its end, and the provider had
no complaint.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from conduit_desktop.runtime.examples import EXAMPLES, render, templates
from tests.fakes.scripted import Scripted

ROOT = Path(__file__).resolve().parents[2]
PROMPT = "Write one.txt and two.txt, then say that you are done."
MODEL = "fast"
SECONDS = 180


@dataclass
class Place:
    """Where an agent runs and what it talks to. ``url`` has no path; ``key`` is a virtual key."""

    home: Path
    url: str
    key: str
    model: str = MODEL

    @property
    def work(self) -> Path:
        return self.home / "work"

    def put(self, name: str, text: str) -> None:
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def put_snippet(self, key: str, name: str) -> None:
        """The Connect pane's snippet, where its file is meant to be."""
        example = next(example for example in EXAMPLES if example.key == key)
        values = {"base_url": self.url, "key": self.key, "model": self.model}
        self.put(name, render(example, templates()[key], values))


@dataclass
class Job:
    argv: list[str]
    env: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Agent:
    """``dialect`` is what it speaks; ``plain``: the script for an agent that edits by text, not by tools; ``ids``: it
    gives the ids of calls back."""

    command: str
    dialect: str
    prepare: Callable[[Place], Job]
    plain: tuple[str, ...] = ()
    model: str = MODEL
    ids: bool = True


# ---------------------------------------------------------------- the agents
# Where the Connect pane has a snippet for the agent, that snippet sets it up here.


def codex(place: Place) -> Job:
    place.put_snippet("codex", ".codex/config.toml")
    argv = ["codex", "exec", "--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox"]
    argv += ["--config", "model_reasoning_effort=medium", PROMPT]
    return Job(argv, {"CONDUIT_API_KEY": place.key})


def opencode(place: Place) -> Job:
    place.put_snippet("opencode", ".config/opencode/opencode.json")
    return Job(["opencode", "run", "--auto", PROMPT])


def opencode_by(package: str, path: str, **options: object) -> Callable[[Place], Job]:
    """With another of its providers, and thinking asked for."""

    def prepare(place: Place) -> Job:
        at = {"baseURL": place.url + path, "apiKey": place.key}
        model = {"name": place.model, "tool_call": True, "reasoning": True, "options": options}
        provider = {"npm": package, "name": "Conduit", "options": at, "models": {place.model: model}}
        place.put(".config/opencode/opencode.json", json.dumps({"provider": {"conduit": provider}}))
        return Job(["opencode", "run", "--auto", "--model", f"conduit/{place.model}", PROMPT])

    return prepare


def claude(place: Place) -> Job:
    place.put_snippet("claude-code", ".claude/settings.json")
    argv = ["claude", "--print", PROMPT, "--allowedTools", "Bash,Write,Read"]
    return Job(argv, {"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1"})


def gemini(place: Place) -> Job:
    place.put_snippet("gemini-cli", ".gemini/.env")
    place.put(".gemini/settings.json", '{"security": {"auth": {"selectedType": "gemini-api-key"}}}')
    return Job(["gemini", "--yolo", "--prompt", PROMPT], {"GEMINI_CLI_TRUST_WORKSPACE": "true"})


def llm(place: Place) -> Job:
    place.put_snippet("llm", "llm/extra-openai-models.yaml")
    place.put("functions.py", _FUNCTIONS)
    argv = ["llm", "-m", f"conduit/{place.model}", "--key", place.key, "--functions", str(place.home / "functions.py")]
    return Job([*argv, PROMPT], {"LLM_USER_PATH": str(place.home / "llm")})


_FUNCTIONS = """
import pathlib, subprocess

def write_file(path: str, content: str) -> str:
    "Writes a file."
    pathlib.Path(path).write_text(content)
    return "written"

def shell(command: str) -> str:
    "Runs a command."
    return subprocess.run(command, shell=True, capture_output=True, text=True).stdout
"""


def cline(place: Place) -> Job:
    place.put_snippet("cline", "cline.sh")
    return Job(["sh", "-c", f'. ../cline.sh && exec cline "{PROMPT}"'])


def continue_(place: Place) -> Job:
    place.put_snippet("continue", ".continue/config.yaml")
    return Job(["cn", "--config", str(place.home / ".continue/config.yaml"), "--auto", "--print", PROMPT])


_AIDER_WORDS = ["--edit-format", "whole", "--no-git", "--yes-always", "--no-show-model-warnings", "--no-gitignore"]
_AIDER_WORDS += ["--no-check-update", "--analytics-disable", "--auto-test", "--test-cmd", "grep -q second two.txt"]
_AIDER_WORDS += ["--message", PROMPT, "one.txt", "two.txt"]


def aider(place: Place) -> Job:
    place.put_snippet("aider", ".aider.conf.yml")
    return Job(["aider", *_AIDER_WORDS])


def aider_anthropic(place: Place) -> Job:
    env = {"ANTHROPIC_API_BASE": place.url, "ANTHROPIC_API_KEY": place.key}
    return Job(["aider", "--model", f"anthropic/{place.model}", *_AIDER_WORDS], env)


# it edits by text, not by tools: the first answer fails its test, the second does not
_AIDER = ("one.txt\n```\nfirst\n```\n\ntwo.txt\n```\nwrong\n```\n", "two.txt\n```\nsecond\n```\n")

_BUDGET = {"type": "enabled", "budgetTokens": 4000}
AGENTS: dict[str, Agent] = {
    "codex": Agent("codex", "openai-responses", codex),
    "codex-known": Agent("codex", "openai-responses", codex, model="gpt-6.1-sol"),  # what it sends depends on the name
    "claude": Agent("claude", "anthropic-messages", claude),
    "gemini": Agent("gemini", "gemini", gemini),
    "opencode": Agent("opencode", "openai-chat", opencode),
    "opencode-thinking": Agent(
        "opencode", "openai-chat", opencode_by("@ai-sdk/openai-compatible", "/v1", reasoningEffort="medium")
    ),
    "opencode-openai": Agent(
        "opencode", "openai-responses", opencode_by("@ai-sdk/openai", "/v1", reasoningEffort="medium")
    ),
    "opencode-anthropic": Agent(
        "opencode", "anthropic-messages", opencode_by("@ai-sdk/anthropic", "/v1", thinking=_BUDGET)
    ),
    "opencode-google": Agent("opencode", "gemini", opencode_by("@ai-sdk/google", "/v1beta"), ids=False),
    "llm": Agent("llm", "openai-chat", llm),
    "cline": Agent("cline", "openai-chat", cline),
    "continue": Agent("cn", "openai-chat", continue_),
    "aider": Agent("aider", "openai-chat", aider, _AIDER),
    "aider-anthropic": Agent("aider", "anthropic-messages", aider_anthropic, _AIDER),
}

# kind of the provider: the dialects it speaks, what follows its address, a model whose name says what it can do
UPSTREAMS = {
    "openai-compatible": (("openai-chat",), "/v1", "some-model"),
    "openai": (("openai-chat", "openai-responses"), "/v1", "gpt-5.1"),
    "anthropic": (("anthropic-messages",), "", "claude-sonnet-4-5"),
    "gemini": (("gemini",), "", "gemini-3-pro-preview"),
}


def foreign(agent: str) -> list[str]:
    """The kinds of provider that do not speak the agent's dialect."""
    return [kind for kind, (dialects, _, _) in UPSTREAMS.items() if AGENTS[agent].dialect not in dialects]


# ---------------------------------------------------------------- the gateway


class Gateway:
    """``conduit-desktop serve`` on a home of its own, with one provider, one model and one key."""

    def __init__(self, folder: Path, origin: str, kind: str, alias: str) -> None:
        self._folder, self._origin, self._kind, self._alias = folder, origin, kind, alias
        vault = {"CONDUIT_VAULT": "file", "CONDUIT_VAULT_PASSPHRASE": "x", "UPSTREAM_KEY": "sk-upstream"}
        self._env = {**os.environ, **vault}
        self._argv = [sys.executable, "-m", "conduit_desktop", "--home", str(folder)]

    async def _do(self, *words: str) -> str:
        process = await asyncio.create_subprocess_exec(
            *self._argv, *words, cwd=ROOT, env=self._env, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        out, err = await process.communicate()
        if process.returncode:
            raise RuntimeError(f"{' '.join(words)}: {err.decode().strip()}")
        return out.decode().strip()

    async def __aenter__(self) -> Gateway:
        _, path, model = UPSTREAMS[self._kind]
        url = self._origin + path
        await self._do(
            "provider", "add", "up", "--kind", self._kind, "--base-url", url, "--api-key-env", "UPSTREAM_KEY"
        )
        await self._do("model", "add", self._alias, "--provider", "up", "--model", model)
        self.key = (await self._do("key", "create", "agent")).splitlines()[-1]
        with (self._folder / "serve.log").open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._argv, "serve", "--port", "0", cwd=ROOT, env=self._env, stdout=asyncio.subprocess.PIPE, stderr=log
            )
        assert self._process.stdout is not None
        self.url = (await asyncio.wait_for(self._process.stdout.readline(), 30)).decode().strip()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._process.terminate()
        await self._process.communicate()


# ---------------------------------------------------------------- running


@dataclass
class Outcome:
    agent: str
    upstream: str
    faults: list[str]
    seconds: float
    requests: int
    notes: list[str]

    def __str__(self) -> str:
        good = "ok    " if not self.faults else "FAILED"
        line = f"{good} {self.agent:20} -> {self.upstream:20} {self.requests:3} requests {self.seconds:5.1f} s"
        return "\n         ".join([line, *self.faults, *(f"note: {note}" for note in self.notes)])


async def run(name: str, kind: str, keep: Path, path: str, direct: bool, gemini_ids: bool = False) -> Outcome:
    agent = AGENTS[name]
    answers = agent.plain or ("A short title",)
    folder = keep / f"{name}--{'direct' if direct else kind}"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "work").mkdir(parents=True)
    with (folder / "upstream.jsonl").open("w", encoding="utf-8") as log:
        async with Scripted(plain=answers, own_ids=agent.ids, gemini_ids=gemini_ids, log=log) as upstream:
            started = time.monotonic()
            if direct:
                code, out = await _run_agent(agent, Place(folder, upstream.origin, "sk-direct", agent.model), path)
            else:
                async with Gateway(folder / "conduit", upstream.origin, kind, agent.model) as gateway:
                    code, out = await _run_agent(agent, Place(folder, gateway.url, gateway.key, agent.model), path)
            taken = time.monotonic() - started
    (folder / "agent.out").write_text(out, encoding="utf-8")
    faults = [f"provider: {problem}" for problem in dict.fromkeys(upstream.problems)]
    faults += [] if code == 0 else [f"ended with {code}"]
    faults += [] if upstream.ended or agent.plain else ["the script was not played to its end"]
    faults += _missing(folder / "work")
    if faults:
        faults.append("said: " + " | ".join(out.strip().splitlines()[-4:])[:600])
    notes = list(dict.fromkeys(upstream.notes))
    return Outcome(name, "itself" if direct else kind, faults, taken, len(upstream.received), notes)


def _missing(work: Path) -> list[str]:
    wanted = {"one.txt": "first", "two.txt": "second"}
    found = {name: (work / name).read_text().strip() if (work / name).exists() else None for name in wanted}
    return [f"{name} is {found[name]!r}" for name in wanted if found[name] != wanted[name]]


async def _run_agent(agent: Agent, place: Place, path: str) -> tuple[int, str]:
    job = agent.prepare(place)
    quiet = {"NO_COLOR": "1", "TERM": "dumb", "CI": "1", "OPENCODE_DISABLE_MODELS_FETCH": "1"}
    env = {"PATH": path, "HOME": str(place.home), "LANG": "C.UTF-8", **quiet, **job.env}
    process = await asyncio.create_subprocess_exec(
        *job.argv,
        cwd=place.work,
        env=env,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        out, _ = await asyncio.wait_for(process.communicate(), SECONDS)
    except TimeoutError:
        process.kill()
        out, _ = await process.communicate()
        return -1, out.decode(errors="replace") + f"\nstill running after {SECONDS} s"
    return process.returncode or 0, out.decode(errors="replace")


async def _main(arguments: argparse.Namespace) -> int:
    folders = [str(Path(folder).resolve()) for folder in arguments.bin]
    path = os.pathsep.join([*folders, str(Path(sys.executable).parent), os.environ["PATH"]])
    keep = Path(arguments.keep or tempfile.mkdtemp(prefix="conduit-agents-"))
    failed = tried = 0
    for name in arguments.agents or AGENTS:
        if shutil.which(AGENTS[name].command, path=path) is None:
            print(f"absent {name}: {AGENTS[name].command} is not installed")
            continue
        kinds = ["itself"] if arguments.direct else list(UPSTREAMS) if arguments.own else foreign(name)
        for kind in kinds:
            if arguments.upstream and kind not in arguments.upstream:
                continue
            outcome = await run(name, kind, keep, path, arguments.direct, arguments.gemini_ids)
            tried, failed = tried + 1, failed + bool(outcome.faults)
            print(outcome, flush=True)
    print(f"{tried - failed} of {tried} ended well; homes and what the provider got are in {keep}")
    return 1 if failed else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("agents", nargs="*", metavar="AGENT", help=f"of {', '.join(AGENTS)}")
    parser.add_argument("--bin", action="append", default=[], help="a folder with agents' commands")
    parser.add_argument("--upstream", action="append", choices=UPSTREAMS, help="only to providers of this kind")
    parser.add_argument("--direct", action="store_true", help="without a gateway, to a provider of the agent's dialect")
    parser.add_argument("--gemini-ids", action="store_true", help="a Gemini whose calls have ids, as its newer ones do")
    parser.add_argument(
        "--own", action="store_true", help="through the gateway to providers of the agent's own dialect too"
    )
    parser.add_argument("--keep", help="where homes and logs go (default: a new temporary folder)")
    sys.exit(asyncio.run(_main(parser.parse_args())))
