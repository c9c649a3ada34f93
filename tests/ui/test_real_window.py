"""The whole app as a person meets it: the real process on a real X server with a real keyring, driven by mouse and
keyboard alone, read through the accessibility bus, used by the real OpenAI SDK.

Set ``SHOTS`` to a folder for a picture of every step.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest

from tests.fakes.replay import Replay
from tests.ui.desktop import Desktop, desktop, end, missing, until

COMMAND = (sys.executable, "-P", "-m", "conduit_desktop")
APPLICATION = "conduit-desktop"  # as the accessibility bus knows it
SECRET = "sk-proj-Real0Window1Test2Key3abcdefXYZ"
LISTING = "rubyllm-providers-perplexity-models-list-models-lists-the-models-endpoint-catalo-0-6d2b2d"
WHOLE = "crewai-openai-test-openai-completions-cached-prompt-tokens-0-be8aa5"
STREAM = "crewai-openai-test-openai-streaming-cached-prompt-tokens-0-82c9c7"
ASKED: Any = [{"role": "user", "content": "Say hello in one word."}]
NOISE = re.compile(r"^qt\.accessibility\..*$", re.M)  # what Qt says of the accessibility bus is not about the app
ABSENT = missing()

pytestmark = [
    pytest.mark.window,
    pytest.mark.wire,
    pytest.mark.slow,
    pytest.mark.skipif(bool(ABSENT) and os.environ.get("CI") != "true", reason=f"needs {', '.join(ABSENT)}"),
]


class App:
    """The process and the desktop it is on."""

    def __init__(self, desk: Desktop, home: Path) -> None:
        self.desk, self.home = desk, home
        self.said = desk.folder / "said.txt"
        self._steps = itertools.count()
        with self.said.open("wb") as said:
            words = [*COMMAND, "--home", str(home)]
            self.process = subprocess.Popen(words, env=desk.environ, stdout=said, stderr=said)

    def shot(self, name: str) -> None:
        folder = os.environ.get("SHOTS")
        if folder:
            self.desk.shot(Path(folder) / f"real-{next(self._steps):02d}-{name}.png")

    def go(self, key: str, digit: int) -> None:
        """To a pane by its shortcut."""
        self.desk.key(f"ctrl+{digit}")
        self.desk.find(id=f"pane-{key}")

    def gone(self, id: str) -> None:
        until(lambda: not self.desk.all(id=id), f"the end of {id}", self.desk.dump)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    assert not ABSENT, f"{', '.join(ABSENT)} must be installed where CI=true"
    user = tmp_path / "user"
    user.mkdir()
    with desktop(user, APPLICATION) as desk:
        running = App(desk, tmp_path / "home")
        try:
            yield running
        finally:
            end(running.process)


@pytest.fixture
def replay() -> Iterator[Replay]:
    with Replay() as server:
        yield server


def test_from_the_first_start_to_quitting(app: App, replay: Replay) -> None:
    desk = app.desk
    desk.reads("Get started", "Running", "No model server runs on this machine")
    app.shot("started")
    add_a_provider(app, replay)
    map_a_model(app)
    key = create_a_key(app)
    use_the_proxy(app, replay, key)
    see_the_requests(app)
    chat(app, replay)
    nothing_in_command_lines(app, key)
    assert entries(desk) >= {SECRET, key}
    close(app)
    assert app.process.wait(30) == 0
    look_for_secrets(app, key)
    logs = "".join(path.read_text("utf-8") for path in (app.home / "logs").glob("*"))  # none: nothing to say
    assert not re.search("ERROR|CRITICAL|WARNING", logs), logs
    assert NOISE.sub("", app.said.read_text("utf-8")).strip() == ""


def add_a_provider(app: App, replay: Replay) -> None:
    desk = app.desk
    desk.press("Add provider")
    desk.click(desk.find(id="offer-openai"))
    desk.put_clipboard(SECRET)
    desk.click(desk.find("API key", "password text", within="add-provider"))
    desk.key("ctrl+v")
    desk.click(desk.find("Base URL", "text", within="add-provider"))
    desk.key("ctrl+a")
    desk.type(f"{replay.url}/openai/v1")
    desk.press("Test connection", within="add-provider")  # the recording for OpenAI's list is a refusal
    desk.reads("Key rejected", "HTTP 401")
    desk.hears("Key rejected")
    app.shot("rejected")
    replay.next(LISTING, 9)
    desk.press("Test connection", within="add-provider")
    desk.reads("Works", "39 models")
    desk.hears("Works")
    app.shot("tested")
    desk.press("Add provider", within="add-provider")
    desk.press("Not now", within="choose-models")
    app.gone("choose-models")
    desk.reads(f"{replay.url}/openai/v1")
    app.shot("provider")


def map_a_model(app: App) -> None:
    desk = app.desk
    app.go("models", 5)
    desk.press("Add model", within="pane-models")
    desk.click(desk.find("Provider's model", "text", within="add-model"))
    desk.type("gpt-4.1")
    desk.click(desk.find("Name", "text", within="add-model"))
    desk.key("ctrl+a")
    desk.type("fast")
    app.shot("model")
    desk.press("Add model", within="add-model")
    app.gone("add-model")
    desk.reads("openai/gpt-4.1", "$2.00 in, $8.00 out")
    app.shot("mapped")


def create_a_key(app: App) -> str:
    desk = app.desk
    app.go("keys", 6)
    desk.press("New key", within="pane-keys")
    desk.click(desk.find("Name", "text", within="NewKeySheet"))
    desk.type("editor")
    desk.click(desk.find("Budget in US dollars", "text", within="NewKeySheet"))
    desk.type("5")
    app.shot("key")
    desk.press("Make key", within="NewKeySheet")
    desk.press("Copy key", within="FreshKeySheet")
    until(lambda: re.fullmatch(r"sk-conduit-[\w-]{43}", desk.clipboard()), "the key's text", desk.clipboard)
    key = desk.clipboard()
    app.shot("copied")
    desk.press("Done", within="FreshKeySheet")
    app.gone("FreshKeySheet")
    return key


def use_the_proxy(app: App, replay: Replay, key: str) -> None:
    url = app.desk.find(id="baseUrl").said
    with openai.OpenAI(api_key=key, base_url=f"{url}/v1", max_retries=0) as client:
        replay.next(WHOLE)
        answer = client.chat.completions.create(model="fast", messages=ASKED)
        assert answer.choices[0].message.content == "Hello!"
        replay.next(STREAM)
        with client.chat.completions.create(model="fast", messages=ASKED, stream=True) as chunks:
            assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == "Hello!"
    received = [row for row in replay.received() if row["endpoint"] == "chat.completions"]
    assert [row["body"]["model"] for row in received] == ["gpt-4.1", "gpt-4.1"]
    assert SECRET in json.dumps(received)
    assert key not in json.dumps(received)


def see_the_requests(app: App) -> None:
    desk = app.desk
    app.go("requests", 2)
    until(lambda: len(desk.all("fast", "table cell")) == 2, "two requests", desk.dump)
    app.shot("requests")
    desk.click(desk.all("fast", "table cell")[0])
    desk.reads("Timeline")
    app.shot("request")


def chat(app: App, replay: Replay) -> None:
    desk = app.desk
    app.go("chat", 3)
    app.shot("chat")
    replay.next(STREAM)
    desk.click(desk.find("Your message", "text", id="chatInput"))
    desk.type("Say hello in one word.")
    desk.key("Return")
    desk.reads("Hello!")
    app.shot("answered")


def close(app: App) -> None:
    desk = app.desk
    desk.key("alt+F4")
    desk.reads("Keep serving in the tray?", "Keep running")
    app.shot("closing")
    desk.press("Quit")


def entries(desk: Desktop) -> set[str]:
    """What the keyring holds."""
    import secretstorage
    from jeepney.io.blocking import open_dbus_connection

    with contextlib.closing(open_dbus_connection(desk.environ["DBUS_SESSION_BUS_ADDRESS"])) as connection:
        return {item.get_secret().decode() for item in secretstorage.get_default_collection(connection).get_all_items()}


def nothing_in_command_lines(app: App, key: str) -> None:
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            line = (path / "cmdline").read_bytes()
            assert SECRET.encode() not in line
            assert key.encode() not in line


def look_for_secrets(app: App, key: str) -> None:
    files = [path for path in app.home.rglob("*") if path.is_file()]
    assert {"conduit.db", "activity.db"} <= {path.name for path in files}
    for path in [*files, app.said]:
        content = path.read_bytes()
        assert SECRET.encode() not in content, path
        assert key.encode() not in content, path
