"""The command line as scripts use it: processes, signals, ports, and changes under a running gateway."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.integration.program import COMMAND, SECONDS, Program, Serving

SECRET = "sk-proj-Tz7abcdefghijklmnop-9876"
posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals and terminals")


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path / "home")


# ---------------------------------------------------------------- a running gateway takes every change at once


def test_the_whole_life_of_keys_models_and_providers(program: Program) -> None:
    with program.serving() as gateway:
        key = program.with_demo()
        answer = gateway.ask(key)
        assert answer.status_code == 200
        assert answer.headers["x-conduit-provider"] == "demo"
        program("key", "disable", "editor")
        assert gateway.ask(key).json()["error"]["code"] == "key_disabled"
        program("key", "enable", "editor")
        assert gateway.ask(key).status_code == 200
        new = program("key", "rotate", "editor").out.strip()
        assert (gateway.ask(key).status_code, gateway.ask(new).status_code) == (401, 200)
        program("model", "remove", "fast")
        assert gateway.ask(new).status_code == 404
        assert gateway.ask(new, "demo/demo").status_code == 200
        program("provider", "remove", "demo")
        assert gateway.ask(new, "demo/demo").status_code == 404
        program("key", "remove", "editor")
        assert gateway.ask(new, "demo/demo").status_code == 401
    # Only now: while it serves, the last of them are gathered for a moment before they are written.
    statuses = [row["status"] for row in program("logs", "--json").rows]
    assert statuses == [200, 401, 200, 401, 200, 404, 200, 404, 401]


def test_routing_is_changed_under_way(program: Program) -> None:
    with program.serving() as gateway:
        key = program.with_demo()
        program("model", "add", "down", "--provider", "demo", "--model", "demo-overloaded")
        program("model", "set", "down", "--retries", "0")
        assert gateway.ask(key, "down").status_code == 503
        program("model", "add", "down", "--provider", "demo", "--model", "demo")
        answer = gateway.ask(key, "down")
        assert answer.status_code == 200
    (row,) = program("logs", "--json", "--model", "down", "--status", "ok").rows
    assert row["id"] == answer.headers["x-request-id"]
    assert str(row["attempts"]) == answer.headers["x-conduit-attempts"]


def test_a_budget_is_kept(program: Program) -> None:
    program.with_demo()
    key = program("key", "create", "poor", "--budget", "0.000001").out.strip()
    with program.serving() as gateway:
        assert gateway.ask(key).status_code == 200
        refused = gateway.ask(key)
        assert (refused.status_code, refused.json()["error"]["code"]) == (402, "budget_exceeded")
    poor = next(row for row in program("key", "list", "--json").rows if row["name"] == "poor")
    assert poor["spent_usd"] == float(program("logs", "--json", "--key", "poor", "--status", "ok").rows[0]["cost_usd"])
    assert " spent " in program("key", "list").out


# ---------------------------------------------------------------- serve


def test_serve_prints_its_address_and_nothing_else(program: Program) -> None:
    with program.serving() as gateway:
        assert httpx.get(f"{gateway.url}/health", trust_env=False).json()["status"] == "ok"
        assert json.loads((program.home / "gateway.json").read_text()) == {
            "pid": gateway.process.pid,
            "base_url": gateway.url,
        }
        done = gateway.end()
    assert done == (0, "", "")
    assert not (program.home / "gateway.json").exists()


def test_a_taken_port_is_named_and_the_next_one_used(program: Program) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with program.serving("--port", str(port)) as gateway:
            assert int(gateway.url.rsplit(":", 1)[1]) > port
            said = gateway.heard(f"Port {port} is taken by ")
            assert gateway.url.rsplit(":", 1)[1] in said


def test_the_port_is_a_setting(program: Program) -> None:
    from conduit_desktop.paths import Home
    from conduit_desktop.store import Store

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    store = Store.open(Home(program.home))
    store.settings.put("port", port)
    store.close()
    with program.serving("--host", "127.0.0.1") as gateway:
        assert gateway.url == f"http://127.0.0.1:{port}"


def test_one_gateway_a_home(program: Program, tmp_path: Path) -> None:
    with program.serving() as gateway:
        done = program("serve", code=1)
        assert done.out == ""
        assert gateway.url in done.err
        assert str(gateway.process.pid) in done.err
        with Program(tmp_path / "another").serving() as other:
            assert other.url != gateway.url


def test_an_address_that_is_not_ours_is_a_failure(program: Program) -> None:
    refused = program("serve", "--host", "192.0.2.1", "--port", "0", code=1).err
    assert "cannot listen at 192.0.2.1" in refused
    assert "bind" not in refused, "the system's own reason, and no more"


@posix
def test_after_a_kill_everything_is_there_and_the_home_is_free(program: Program) -> None:
    key = program.with_demo()
    with program.serving() as gateway:
        answered = [gateway.ask(key).headers["x-request-id"] for _ in range(3)]
        assert gateway.end(signal.SIGKILL).code == -signal.SIGKILL
    assert [row["id"] for row in program("logs", "--json").rows] == answered
    with program.serving() as gateway:
        assert gateway.ask(key).status_code == 200


def test_a_locked_vault_does_not_keep_the_gateway_from_starting(program: Program) -> None:
    key = program.with_demo()
    program("provider", "add", "openai", "--kind", "openai", "--api-key-stdin", stdin=SECRET)
    del program.environ["CONDUIT_VAULT_PASSPHRASE"]
    with program.serving() as gateway:
        assert gateway.ask(key).status_code == 200
        refused = gateway.ask(key, "openai/gpt-4.1")
        assert refused.status_code == 503
        assert "vault" in refused.json()["error"]["message"]
        assert "CONDUIT_VAULT_PASSPHRASE" in gateway.end().err


# ---------------------------------------------------------------- stopping


class Stream:
    """A streamed answer that has begun."""

    def __init__(self, gateway: Serving, key: str, question: str = "hi") -> None:
        self._client = httpx.Client(trust_env=False, timeout=SECONDS)
        body = {"model": "fast", "stream": True, "messages": [{"role": "user", "content": question}]}
        request = self._client.build_request(
            "POST", f"{gateway.url}/v1/chat/completions", json=body, headers={"authorization": f"Bearer {key}"}
        )
        self._answer = self._client.send(request, stream=True)
        assert self._answer.status_code == 200
        self._lines = self._answer.iter_lines()
        self.first = next(self._lines)

    def rest(self) -> list[str]:
        try:
            return [line for line in self._lines if line]
        finally:
            self.close()

    def close(self) -> None:
        self._answer.close()
        self._client.close()


@posix
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_running_streams_finish(program: Program, number: signal.Signals) -> None:
    key = program.with_demo()
    with program.serving() as gateway:
        stream = Stream(gateway, key)
        gateway.process.send_signal(number)
        assert stream.rest()[-1] == "data: [DONE]"
        assert gateway.ended().code == 0
    (row,) = program("logs", "--json").rows
    assert (row["status"], row["finish"]) == (200, "stop")


@posix
def test_a_draining_gateway_takes_nothing_new(program: Program) -> None:
    key = program.with_demo()
    with program.serving() as gateway:
        stream = Stream(gateway, key)
        gateway.process.send_signal(signal.SIGTERM)
        refused = False
        while not refused:
            try:
                gateway.ask(key, stream=True)
            except httpx.TransportError:
                refused = True
        assert stream.rest()[-1] == "data: [DONE]"
        assert gateway.ended().code == 0


@posix
def test_a_second_signal_cuts_them_off(program: Program) -> None:
    key = program.with_demo()
    with program.serving() as gateway:
        stream = Stream(gateway, key, "Write an essay.")
        gateway.process.send_signal(signal.SIGTERM)
        gateway.heard("a second signal")
        assert gateway.end(signal.SIGINT).code == 1
        with pytest.raises(httpx.TransportError):
            stream.rest()
    (row,) = program("logs", "--json").rows
    assert row["status"] == 499


# ---------------------------------------------------------------- logs


@posix
def test_following_shows_requests_as_they_come(program: Program) -> None:
    key = program.with_demo()
    with program.serving() as gateway:
        first = gateway.ask(key).headers["x-request-id"]
        following = program.popen("logs", "--follow", "--json")
        assert following.stdout is not None
        try:
            assert json.loads(following.stdout.readline())["id"] == first
            for _ in range(2):
                made = gateway.ask(key).headers["x-request-id"]
                assert json.loads(following.stdout.readline())["id"] == made
            following.send_signal(signal.SIGINT)
            out, err = following.communicate(timeout=SECONDS)
        finally:
            following.kill()
            following.wait()
    assert (following.returncode, out, err) == (0, "", "")


@posix
def test_a_reader_that_leaves_is_no_failure(program: Program) -> None:
    key = program.with_demo()
    with program.serving() as gateway:
        for _ in range(5):
            gateway.ask(key, "nothing")
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [*COMMAND, "logs", "--json"], env=program.environ, stdout=writing, stderr=subprocess.PIPE, timeout=SECONDS
        )
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


# ---------------------------------------------------------------- secrets


def test_secrets_are_in_no_output_and_no_file(program: Program) -> None:
    said = ""
    with program.serving() as gateway:
        done = program("provider", "add", "openai", "--kind", "openai", "--api-key-stdin", stdin=f"{SECRET}\n")
        said += done.out + done.err
        program.environ["MY_KEY"] = SECRET
        where = ("--base-url", "http://127.0.0.1:1/v1")
        words = ("provider", "add", "dead", "--kind", "openai-compatible", *where, "--api-key-env", "MY_KEY")
        said += "".join(program(*words)[1:])
        key = program.with_demo()
        gateway.ask(key)
        gateway.ask(key, "dead/x")
        gateway.ask("sk-conduit-wrong-but-secret-all-the-same")
        said += "".join(program("provider", "test", "dead", code=1)[1:])
        for words in (("provider", "list"), ("key", "list"), ("logs",), ("logs", "--json")):
            said += "".join(program(*words)[1:])
        said += "".join(program("doctor", code=1)[1:])
        said += "".join(gateway.end()[1:])
    files = {path: path.read_bytes() for path in program.home.rglob("*") if path.is_file()}
    assert "vault.bin" in {path.name for path in files}
    for secret in (SECRET, key, "sk-conduit-wrong-but-secret-all-the-same"):
        assert secret not in said
        assert not [path for path, content in files.items() if secret.encode() in content]


@posix
def test_at_a_terminal_secrets_are_asked_for_and_not_shown(program: Program) -> None:
    import pty

    del program.environ["CONDUIT_VAULT_PASSPHRASE"]
    ours, theirs = pty.openpty()
    words = [*COMMAND, "provider", "add", "openai", "--kind", "openai"]
    process = subprocess.Popen(
        words, env=program.environ, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    )
    os.close(theirs)
    shown = ""
    for prompt, answer in (("API key", SECRET), ("Choose a passphrase: ", "open sesame"), ("again: ", "open sesame")):
        while prompt not in shown:
            shown += os.read(ours, 1000).decode()
        os.write(ours, answer.encode() + b"\n")
    while chunk := read(ours):
        shown += chunk
    os.close(ours)
    assert process.wait(SECONDS) == 0
    assert "added" in shown
    assert SECRET not in shown
    assert "sesame" not in shown
    program.environ["CONDUIT_VAULT_PASSPHRASE"] = "open sesame"
    program("provider", "add", "second", "--kind", "openai", "--api-key-stdin", stdin=SECRET)


def read(terminal: int) -> str:
    try:
        return os.read(terminal, 1000).decode()
    except OSError:  # Linux's way of saying that nobody is at the other end any more
        return ""


# ---------------------------------------------------------------- demo, doctor, the window


def test_the_demo_shows_one_request_and_leaves_nothing(program: Program, tmp_path: Path) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    program.environ |= {"TMPDIR": str(folder), "TEMP": str(folder), "https_proxy": "http://127.0.0.1:1"}
    done = program("demo")
    for part in ("http://127.0.0.1:", "x-request-id: req_", "first token", "20 in", "$0.0000", "200", "tour"):
        assert part in done.out
    assert "\x1b" not in done.out
    assert done.err == ""
    assert not list(folder.iterdir())
    assert not program.home.exists()


def findings(program: Program, code: int) -> dict[str, dict[str, str]]:
    return {row["subject"]: row for row in program("doctor", "--json", code=code).rows}


def test_the_doctor_finds_nothing_wrong(program: Program) -> None:
    program.with_demo()
    found = findings(program, 0)
    assert "fail" not in {row["verdict"] for row in found.values()}
    assert set(found) == {
        *("home", "disk", "conduit.db", "activity.db", "vault", "gateway", "provider demo", "models", "keys")
    }
    with program.serving() as gateway:
        found = findings(program, 0)
        assert gateway.url in found["gateway"]["text"]
    lines = program("doctor").out.splitlines()
    assert lines[0].startswith("ok    home: ")
    assert lines[-1].startswith("0 failed, ")


def test_the_doctor_names_causes_and_next_steps(program: Program) -> None:
    program.environ["MY_KEY"] = SECRET
    where = ("--base-url", "http://127.0.0.1:1/v1")
    program("provider", "add", "dead", "--kind", "openai-compatible", *where, "--api-key-env", "MY_KEY")
    program.with_demo()
    program("model", "add", "idle", "--provider", "dead", "--model", "x")
    found = findings(program, 1)
    assert (found["provider dead"]["verdict"], found["provider dead"]["cause"]) == ("fail", "refused")
    assert found["provider dead"]["hint"]
    program("provider", "remove", "dead")
    assert "idle" in findings(program, 1)["models"]["text"]


def test_what_leads_back_to_the_gateway_is_refused_and_found(program: Program) -> None:
    words = ("provider", "add", "loop", "--kind", "openai-compatible", "--base-url")
    with program.serving() as gateway:
        assert "is this gateway itself" in program(*words, f"{gateway.url}/v1", code=1).err
        port = gateway.url.rpartition(":")[2]
    program(*words, f"http://localhost:{port}/v1")
    with program.serving("--port", port):
        found = findings(program, 1)["provider loop"]
        assert found["verdict"] == "fail"
        assert "508" in found["text"]


def test_how_deployments_do_is_asked_of_the_running_gateway(program: Program) -> None:
    program.with_demo()
    program("model", "add", "down", "--provider", "demo", "--model", "demo-overloaded")
    (noted,) = program("model", "health", "fast", "--json").rows
    assert (noted["deployment"], noted["state"], noted["noted"]) == ("demo/demo", "closed", None)
    reset = ("model", "health", "down", "--reset")
    assert "needs a running gateway, and no gateway runs on this home" in program(*reset, code=1).err
    key = program("key", "create", "other").out.strip()
    with program.serving() as gateway:
        assert "there is none yet. Make it: conduit-desktop master-key." in program("model", "health").err
        passphrase = program.environ.pop("CONDUIT_VAULT_PASSPHRASE")
        program("master-key")
        assert "was not kept. Make a new one: conduit-desktop master-key --rotate." in program(*reset, code=1).err
        program.environ["CONDUIT_VAULT_PASSPHRASE"] = passphrase
        program("master-key", "--rotate")
        del program.environ["CONDUIT_VAULT_PASSPHRASE"]
        assert "set CONDUIT_VAULT_PASSPHRASE" in program("model", "health").err
        program.environ["CONDUIT_VAULT_PASSPHRASE"] = passphrase
        program("model", "set", "down", "--retries", "0")
        for _ in range(3):
            assert gateway.ask(key, "down").status_code == 503
        (told,) = program("model", "health", "down", "--json").rows
        assert told["state"] in ("open", "half-open")
        assert told["failures"] == 3
        assert "kept away from" in program("model", "health", "down", "--history").out
        assert "used again" in program(*reset).out
        assert program("model", "health", "down", "--json").rows[0]["state"] == "closed"
        assert "always answers" in program("model", "test", "fast").out
    assert [row["state"] for row in program("model", "health", "down", "--history", "--json").rows] == [
        "open",
        "closed",
    ]


def test_the_doctor_sees_a_locked_vault(program: Program) -> None:
    program("provider", "add", "openai", "--kind", "openai", "--api-key-stdin", stdin=SECRET)
    del program.environ["CONDUIT_VAULT_PASSPHRASE"]
    found = findings(program, 1)
    assert found["vault"]["verdict"] == found["provider openai"]["verdict"] == "fail"
    assert "openai" in found["vault"]["text"]
    assert "CONDUIT_VAULT_PASSPHRASE" in found["vault"]["hint"]


def test_the_doctor_sees_damage(program: Program) -> None:
    program.with_demo()
    path = program.home / "conduit.db"
    content = bytearray(path.read_bytes())
    content[4096 : 4096 * 6] = b"\xaa" * (4096 * 5)
    path.write_bytes(content)
    found = findings(program, 1)
    assert "fail" in {found[name]["verdict"] for name in ("conduit.db", "databases") if name in found}


def test_the_doctor_sees_a_home_that_cannot_be(program: Program, tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    found = findings(program, 1)
    assert list(found) == ["home"]
    assert "--home" in found["home"]["hint"]


def test_the_doctor_names_who_holds_the_port(program: Program) -> None:
    from conduit_desktop.paths import Home
    from conduit_desktop.store import Store

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        store = Store.open(Home(program.home))
        store.settings.put("port", taken.getsockname()[1])
        store.close()
        gateway = findings(program, 0)["gateway"]
    assert gateway["verdict"] == "warn"
    assert "is taken by" in gateway["text"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there is always a display")
def test_without_a_display_the_way_out_is_named(program: Program) -> None:
    done = program(code=1)
    assert done.err.startswith("error: There is no display")
    assert "conduit-desktop serve" in done.err
    assert done.out == ""
