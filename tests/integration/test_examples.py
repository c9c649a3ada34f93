"""The snippets of the Connect pane, run as a user would: against a running gateway with the Demo provider."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shlex
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from conduit_desktop.bus import Bus
from conduit_desktop.paths import Home
from conduit_desktop.records import VirtualKey
from conduit_desktop.runtime.examples import EXAMPLES, render, templates
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.store import Store
from conduit_desktop.vault import MemoryVault

MODEL = 'it\'s "ça" \\ fast 🙂'
SECONDS = 60
BY_KEY = {example.key: example for example in EXAMPLES}


@pytest.fixture
async def values(tmp_path: Path) -> AsyncIterator[dict[str, str]]:
    """A running gateway with a key, and a model whose name is as awkward as it may be."""
    home = Home(tmp_path / "home").make()
    store = Store.open(home)
    store.settings.put("port", 17878)
    service = GatewayService(home, store, MemoryVault(), Bus())
    provider = await service.configuring.add_provider("Demo", "demo")
    await service.configuring.add_deployment(MODEL, provider.id, "demo")
    wanted = VirtualKey(id="", name="tool", digest="", last4="", models=(MODEL,))
    _, text = await service.configuring.create_key(wanted)
    status = await service.start()
    assert status.state == "running", status.detail
    yield {"base_url": status.base_url, "key": text, "model": MODEL}
    await service.close()


def written(folder: Path, key: str, values: dict[str, str]) -> Path:
    path = folder / BY_KEY[key].file
    path.write_text(render(BY_KEY[key], templates()[key], values), encoding="utf-8")
    return path


async def run(*command: str, cwd: Path, **env: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        *command, cwd=cwd, env={**os.environ, **env}, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await asyncio.wait_for(process.communicate(), SECONDS)
    return process.returncode or 0, out.decode(), err.decode()


def need(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"needs {program}")
    return found


async def test_curl_gets_an_answer(tmp_path: Path, values: dict[str, str]) -> None:
    need("curl")
    code, out, err = await run(need("sh"), str(written(tmp_path, "curl", values)), cwd=tmp_path)
    assert code == 0, err
    assert '"role":"assistant"' in out.replace(" ", ""), out


@pytest.mark.parametrize("key", [example.key for example in EXAMPLES if example.language == "python"])
async def test_python_streams_an_answer(tmp_path: Path, values: dict[str, str], key: str) -> None:
    code, out, err = await run(sys.executable, str(written(tmp_path, key, values)), cwd=tmp_path)
    assert code == 0, err
    assert len(out.strip()) > 5


async def test_llm_answers_from_its_settings(tmp_path: Path, values: dict[str, str]) -> None:
    text = written(tmp_path, "llm", values).rename(tmp_path / "extra-openai-models.yaml").read_text("utf-8")
    store = re.search(r"^# llm (keys set .*)$", text, re.MULTILINE)
    assert store is not None
    for words in (shlex.split(store[1]), ["-m", f"conduit/{MODEL}", "Say hello in one sentence."]):
        code, out, err = await run(sys.executable, "-m", "llm", *words, cwd=tmp_path, LLM_USER_PATH=str(tmp_path))
        assert code == 0, err
    assert len(out.strip()) > 5


async def test_javascript_is_well_formed(tmp_path: Path, values: dict[str, str]) -> None:
    """It is not run: openai's package for it is not at hand."""
    code, _, err = await run(need("node"), "--check", str(written(tmp_path, "javascript", values)), cwd=tmp_path)
    assert code == 0, err


@pytest.mark.parametrize(
    ("key", "shell", "show"),
    [
        ("env", "sh", '. ./env.sh; printf "%s\\n" "$OPENAI_BASE_URL" "$OPENAI_API_KEY"'),
        ("env", "bash", '. ./env.sh; printf "%s\\n" "$OPENAI_BASE_URL" "$OPENAI_API_KEY"'),
        ("env", "zsh", '. ./env.sh; printf "%s\\n" "$OPENAI_BASE_URL" "$OPENAI_API_KEY"'),
        ("fish", "fish", 'source ./env.fish; printf "%s\\n" $OPENAI_BASE_URL $OPENAI_API_KEY'),
        ("powershell", "pwsh", ". ./env.ps1; Write-Output $env:OPENAI_BASE_URL $env:OPENAI_API_KEY"),
    ],
)
async def test_environment_is_set(tmp_path: Path, key: str, shell: str, show: str) -> None:
    """An apostrophe in a value stays one, in every shell."""
    program = need(shell)
    awkward = {"base_url": "http://127.0.0.1:7878", "key": 'it\'s a ‘key’ \\ $HOME `x` "y"', "model": ""}
    written(tmp_path, key, awkward)
    code, out, err = await run(program, "-c", show, cwd=tmp_path)
    assert code == 0, err
    assert out.splitlines() == ["http://127.0.0.1:7878/v1", awkward["key"]]


async def test_open_webui_is_started_with_its_settings(tmp_path: Path) -> None:
    program = tmp_path / "bin" / "open-webui"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$1" "$OPENAI_API_BASE_URL" "$OPENAI_API_KEY"\n')
    program.chmod(0o755)
    script = written(tmp_path, "open-webui", {"base_url": "http://127.0.0.1:7878", "key": "it's", "model": ""})
    path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
    code, out, err = await run(need("sh"), str(script), cwd=tmp_path, PATH=path)
    assert code == 0, err
    assert out.splitlines() == ["serve", "http://127.0.0.1:7878/v1", "it's"]


async def test_gemini_clis_file_sets_its_variables(tmp_path: Path) -> None:
    node = need("node")
    file = written(tmp_path, "gemini-cli", {"base_url": "http://127.0.0.1:7878", "key": "sk", "model": 'a "b" \\n c'})
    names = ("GOOGLE_GEMINI_BASE_URL", "GEMINI_API_KEY", "GEMINI_MODEL")
    show = f"console.log(JSON.stringify({list(names)}.map(name => process.env[name])))"
    code, out, err = await run(node, f"--env-file={file}", "-e", show, cwd=tmp_path)
    assert code == 0, err
    assert json.loads(out) == ["http://127.0.0.1:7878", "sk", 'a "b" \\n c']
