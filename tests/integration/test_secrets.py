"""No secret leaves its place: real processes do everything that touches one, then every trace is searched.

Looked at: each file of the home, what each process printed, command lines, and what clients got. Looked for: the
provider's keys, the virtual keys' texts and the vault's passphrase, as they are, in base64 and percent-encoded.
"""

from __future__ import annotations

import base64
import json
import os
import re
import sqlite3
import stat
import subprocess
import sys
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest

from conduit_desktop.paths import Home
from conduit_desktop.store import Store
from tests.fakes.upstream import DONE, ROLE, Received, Step, Upstream, delta, error, event, reply, stream
from tests.integration.program import PASSPHRASE, Program, Serving
from tests.integration.test_vault_keyring import ABSENT, Session, session  # noqa: F401 - a fixture

KEYS = {
    "one": "sk-proj-S3cret+one/of=0123456789abcdef",
    "two": "plainlooking.Zecret~two",
    "dead": "hf_deadSecret0123456789",
}
"""The secrets of the providers, in the shapes that keys come in."""


def spellings(secret: str) -> set[bytes]:
    """How a secret may be written: as it is, percent-encoded, and in base64, wherever it begins in a longer text."""
    found = {secret.encode(), quote(secret, safe="").encode(), quote(secret).encode()}
    for before in range(3):
        coded = base64.b64encode(b"x" * before + secret.encode()).rstrip(b"=")
        found.add(coded[4 if before else 0 : -2])
        found.add(coded.translate(bytes.maketrans(b"+/", b"-_"))[4 if before else 0 : -2])
    return found


class Traces:
    """Everything that was left behind, under a name."""

    def __init__(self, secrets: list[str]) -> None:
        self.secrets = secrets
        self.seen: dict[str, bytes] = {}

    def add(self, where: str, what: bytes | str) -> None:
        self.seen[f"{len(self.seen)} {where}"] = what.encode() if isinstance(what, str) else what

    def add_home(self, home: Path, when: str) -> None:
        for path in home.rglob("*"):
            if path.is_file():
                self.add(f"{path.name} {when}", path.read_bytes())

    def check(self) -> None:
        assert self.seen
        for where, data in self.seen.items():
            for secret in self.secrets:
                for spelling in spellings(secret):
                    assert spelling not in data, (
                        f"{secret} in {where}: …{data[max(0, data.find(spelling) - 80) :][:200]!r}"
                    )


def answers(received: Received) -> list[Step]:
    """An upstream that gives away what it was sent, each model in its own way."""
    sent = next((value for name, value in received.headers if name.lower() == "authorization"), "")
    bare = sent.removeprefix("Bearer ")
    if received.target.endswith("/models"):
        return reply({"error": {"message": f"Incorrect API key provided: {bare}"}}, 401)
    match received.json["model"]:
        case "unauthorised":
            return error(401, f"Incorrect API key provided: {bare}.")
        case "headers":
            said = f"invalid headers {json.dumps(dict(received.headers))}"
            return error(400, said, [("x-debug", sent), ("authorization", sent)], code=bare)
        case "page":
            page = f"<html>{'x' * 270} Authorization: {sent} {received.headers}</html>".encode()
            return reply(page, 500, kind="text/html")
        case "redirect":
            return reply({}, 302, [("location", f"{origin_of(received)}/elsewhere?key={bare}")])
        case "early":
            return stream(event(error={"message": f"bad key {bare}", "code": 401}))
        case "late":
            return stream(ROLE, delta("Hi"), event(error={"message": f"overloaded, {sent}", "code": 503}))
        case "asked":
            return reply({"error": {"message": f"key {bare}"}})
        case "long":
            return error(400, f"{'y' * 3990}{bare}{'z' * 9000}")
        case _:
            return stream(ROLE, delta("Hi"), delta(finish="stop"), DONE) if received.json.get("stream") else reply()


def origin_of(received: Received) -> str:
    return "http://" + next(value for name, value in received.headers if name.lower() == "host")


MODELS = ("good", "unauthorised", "headers", "page", "redirect", "early", "late", "asked", "long")
LOUD = ("early", "late", "asked")  # sent with 200: those pass byte for byte, whatever is in them


class Story:
    """One home's life, every step recorded."""

    def __init__(self, program: Program, url: str, traces: Traces) -> None:
        self.program = program
        self.url = url
        self.traces = traces

    def cli(self, *words: str, code: int = 0, stdin: str = "") -> str:
        done = self.program(*words, code=code, stdin=stdin)
        self.traces.add(" ".join(words), done.out + done.err)
        return done.out

    def set_up(self) -> None:
        add = ("--kind", "openai-compatible", "--base-url")
        self.cli("provider", "add", "one", *add, f"{self.url}/v1", "--api-key-stdin", stdin=KEYS["one"] + "\n")
        self.program.environ["MY_KEY"] = KEYS["two"]
        self.cli("provider", "add", "two", *add, f"{self.url}/v2", "--api-key-env", "MY_KEY")
        del self.program.environ["MY_KEY"]
        for provider, version in (("one", "v1"), ("two", "v2")):
            text = KEYS[provider] + "\n"
            self.cli(
                "provider", "add", f"{provider}-refused", *add, f"{self.url}/{version}", "--api-key-stdin", stdin=text
            )
        self.cli("provider", "add", "dead", *add, "http://127.0.0.1:9/v1", "--api-key-stdin", stdin=KEYS["dead"])
        for alias in MODELS:
            for provider in ("one", "two"):
                # Whose key is turned down is asked no more: that must not end the others' part.
                own = f"{provider}-refused" if alias in ("unauthorised", "early") else provider
                self.cli("model", "add", alias, "--provider", own, "--model", alias)
            self.cli("model", "set", alias, "--retries", "0")
        self.cli("model", "add", "dead", "--provider", "dead", "--model", "m")
        self.cli("model", "set", "dead", "--retries", "0")
        with closing(Store.open(Home(self.program.home))) as store:
            store.settings.put("capture", True)

    def keys(self) -> tuple[str, str]:
        """A key that is in force and one that no longer is; neither is printed but once."""
        old = self.program("key", "create", "tool").out.splitlines()[-1]
        new = self.program("key", "rotate", "tool").out.splitlines()[-1]
        self.traces.secrets += [old, new]
        return old, new

    def ask_everything(self, gateway: Serving, old: str, key: str) -> None:
        for stream_it in (False, True):
            for model in (*MODELS, "dead", "nothing", key):
                self.client(model, gateway, {"authorization": f"Bearer {key}"}, model, stream=stream_it)
        for wrong in (old, KEYS["one"], "sk-conduit-" + "x" * 43, "unknown"):
            for name in ("authorization", "x-api-key", "x-goog-api-key", "api-key"):
                self.client("wrong", gateway, {name: f"Bearer {wrong}" if name == "authorization" else wrong})
        for name in ("x-api-key", "x-goog-api-key", "api-key"):
            self.client("carrier", gateway, {name: key})
        for path in (f"/v1/models?key={key}", f"/v1/chat/completions?key={key}", f"/v1/models/{key}", f"/{key}/v1"):
            self.client("query", gateway, {"user-agent": key}, path=path)
        self.client("basic", gateway, {"authorization": f"Basic {base64.b64encode(f'u:{key}'.encode()).decode()}"})
        self.client("in body", gateway, {"authorization": f"Bearer {key}"}, text=f"my key is {key}, and {KEYS['one']}")

    def client(self, what: str, gateway: Serving, headers: dict[str, str], model: str = "good", **more: object) -> None:
        import httpx

        path, text = str(more.pop("path", "/v1/chat/completions")), more.pop("text", "hi")
        body = {"model": model, "messages": [{"role": "user", "content": text}], **more}
        with httpx.Client(trust_env=False, timeout=60) as client:
            answer = client.post(gateway.url + path, json=body, headers=headers)
        assert answer.status_code != 500 or what == "page"
        if model not in LOUD:
            said = f"{answer.headers.raw!r}\n{answer.text}"
            # Whoever puts a key into an address or asks for it as a model is told again what was asked for.
            for own in (model, *path.split("/")) if len(path + model) > 40 else ():
                said = said.replace(own, "") if len(own) > 20 else said
            self.traces.add(f"the answer to {what}", said)

    def look_at_processes(self, gateway: Serving) -> None:
        if sys.platform == "linux":
            for folder in Path("/proc").glob("[0-9]*"):
                try:
                    line = folder.joinpath("cmdline").read_bytes()
                except OSError:
                    continue
                if folder.name == str(gateway.process.pid) or b"conduit_desktop" in line:
                    self.traces.add(f"command line of {folder.name}", line)
            shown = subprocess.run(
                ["ps", "-o", "args", "-p", str(gateway.process.pid)], capture_output=True, check=False
            )
            self.traces.add("ps", shown.stdout)


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path / "home")


@pytest.fixture
def url() -> Iterator[str]:
    """The upstream, in a loop and thread of its own: these tests wait for processes."""
    import asyncio
    import threading

    ready, over = threading.Event(), asyncio.Event()
    found: list[str] = []

    async def serve() -> None:
        async with Upstream() as upstream:
            upstream.usual = answers
            found.append(upstream.origin)
            ready.set()
            await over.wait()
            assert not any("elsewhere" in received.target for received in upstream.received)
            for received in upstream.received:
                wanted = KEYS["two" if received.target.startswith("/v2/") else "one"]
                assert received.header("authorization") == f"Bearer {wanted}"

    failures: list[BaseException] = []

    def run() -> None:
        try:
            loop.run_until_complete(serve())
        except BaseException as failure:  # noqa: BLE001 - told below
            failures.append(failure)

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=run, name="upstream")
    thread.start()
    assert ready.wait(10)
    yield found[0]
    loop.call_soon_threadsafe(over.set)
    thread.join(20)
    loop.close()
    assert not failures, failures


def live_through(program: Program, url: str) -> None:
    traces = Traces([*KEYS.values(), PASSPHRASE])
    story = Story(program, url, traces)
    story.set_up()
    with program.serving() as gateway:
        old, key = story.keys()
        story.ask_everything(gateway, old, key)
        story.look_at_processes(gateway)
        traces.add_home(program.home, "under way")
        story.cli("doctor", "--json", code=1)
        story.cli("doctor", code=1)
        for provider in ("one", "two", "dead"):
            story.cli("provider", "test", provider, code=1)
            story.cli("provider", "models", provider, code=1)
        story.cli("provider", "list", "--json")
        story.cli("key", "list", "--json")
        logged = story.cli("logs", "--json", "--limit", "1000")
        story.cli("logs", "--errors")
        ended = gateway.end()
    assert ended.code == 0
    traces.add("the gateway", ended.out + ended.err)
    traces.add_home(program.home, "afterwards")
    for number, body in enumerate(bodies(program.home)):
        traces.add(f"capture {number}", body)
    assert sum(row["status"] == 200 for row in map(json.loads, logged.splitlines())) >= 6
    traces.check()
    check_rights(program.home)


def bodies(home: Path) -> list[bytes]:
    """The captured bodies, unpacked."""
    with closing(sqlite3.connect(home / "activity.db")) as connection:
        found = [zlib.decompress(row[0]) for row in connection.execute("SELECT data FROM capture")]
    assert len(found) > 30
    assert any(b'"content": "hi"' in body or b'"content":"hi"' in body for body in found)
    return found


def check_rights(home: Path) -> None:
    """Only the owner may read anything."""
    if os.name == "posix":
        for path in (home, *home.rglob("*")):
            assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


@pytest.mark.slow
def test_no_trace_with_the_encrypted_file(program: Program, url: str) -> None:
    live_through(program, url)
    assert (program.home / "vault.bin").exists()
    assert re.search(rb"conduit-vault", (program.home / "vault.bin").read_bytes())


@pytest.mark.slow
@pytest.mark.keyring
@pytest.mark.skipif(bool(ABSENT), reason="needs gnome-keyring-daemon and dbus-daemon")
@pytest.mark.filterwarnings("ignore:.*socket:pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
def test_no_trace_with_a_keyring(session: Session, program: Program, url: str) -> None:  # noqa: F811
    program.environ |= session.environ
    for name in ("CONDUIT_VAULT", "CONDUIT_VAULT_PASSPHRASE"):
        del program.environ[name]
    live_through(program, url)
    assert not (program.home / "vault.bin").exists()
