"""Where requests are sent to be measured, and the sending: the provider itself, nginx before it as a bare reverse
proxy, and ``conduit-desktop serve`` with everything on (key, budget, two deployments, prices, log on disk).

Needs Debian's ``wrk`` and ``nginx-light``.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conduit_desktop.paths import Home
from conduit_desktop.records import Deployment, Model, Price, VirtualKey
from conduit_desktop.runtime import keys, providers
from conduit_desktop.store import Store
from conduit_desktop.vault import open_vault
from tests.bench.process import cpu
from tests.integration.program import Program

ROOT = Path(__file__).resolve().parents[2]
CHAT, MESSAGES = "/v1/chat/completions", "/v1/messages"
MODEL, CLAUDE = "fast", "claude"
"""The model of a provider that speaks OpenAI's dialect, and of one that speaks Anthropic's."""
PATIENCE = 30.0
UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}
PACKAGES = {"wrk": "wrk", "nginx": "nginx-light"}
NGINX = """
daemon off; master_process off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/nginx.log;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 1000000000; client_max_body_size 0;
  client_body_temp_path {folder}/bodies; proxy_temp_path {folder}/proxied; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  upstream provider {{ server 127.0.0.1:{provider}; keepalive 600; keepalive_requests 1000000000; }}
  server {{
    listen 127.0.0.1:{port} backlog=2048;
    location / {{
      proxy_pass http://provider; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_buffering off; proxy_request_buffering off;
    }}
  }}
}}
"""


@dataclass
class Place:
    """``process`` is what its CPU is counted of; the provider's is nobody's affair."""

    name: str
    url: str
    process: int | None = None
    keys: Sequence[str] = ("none",)

    @property
    def spent(self) -> float:
        return cpu(self.process) if self.process else 0.0


@dataclass
class Figures:
    """Of some requests or streams: how many, microseconds of CPU each (or each event), seconds."""

    count: int
    cpu: float
    p50: float
    p99: float
    failed: int = 0


def need_programs() -> None:
    absent = [f"{name} (Debian: {package})" for name, package in PACKAGES.items() if not found(name)]
    if absent:
        raise SystemExit(f"This needs {' and '.join(absent)}.")


def found(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path="/usr/sbin")


# ---------------------------------------------------------------- starting them


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@contextlib.contextmanager
def started(port: int, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process that listens on ``port``."""
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        deadline = time.monotonic() + PATIENCE
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"{words[0]} does not listen on port {port}")
            time.sleep(0.02)
        yield process
    finally:
        process.terminate()
        process.communicate()


@contextlib.contextmanager
def direct() -> Iterator[Place]:
    port = free_port()
    with started(port, sys.executable, "-m", "tests.bench.provider", str(port)):
        yield Place("direct", f"http://127.0.0.1:{port}")


@contextlib.contextmanager
def nginx(folder: Path, provider: Place) -> Iterator[Place]:
    port, config = free_port(), folder / "nginx.conf"
    config.write_text(NGINX.format(folder=folder, port=port, provider=provider.url.rpartition(":")[2]))
    with started(port, found("nginx") or "nginx", "-p", str(folder), "-c", str(config)) as process:
        yield Place("nginx", f"http://127.0.0.1:{port}", process.pid)


def prepare(home: Home, provider: Place, count: int = 1, names: Sequence[str] = (MODEL,)) -> list[str]:
    """A home with ``names`` and ``CLAUDE`` as models of two deployments each; ``count`` keys with a budget, whose texts
    are given."""
    price = Price(source="bench", input=1_000_000, output=4_000_000)
    vault = open_vault(home, Program(home.folder).environ)
    with contextlib.closing(Store.open(home)) as store:
        one = providers.add(store, vault, "one", "openai-compatible", base_url=f"{provider.url}/v1", secret="sk-one")
        other = providers.add(store, vault, "other", "anthropic", base_url=provider.url, secret="sk-other")
        for name, account in (*((name, one) for name in names), (CLAUDE, other)):
            ways = [
                Deployment(id=way, model_id=name, provider_id=account.id, upstream_model=way, price=price)
                for way in (name, f"{name}-too")
            ]
            store.models.put(Model(id=name, alias=name, strategy="round-robin", deployments=tuple(ways)))
        made = []
        for number in range(count):
            key = VirtualKey(id="", name=f"key {number}", digest="", last4="", budget=10**18, period="month")
            made.append(keys.create(store, vault, key, keep_text=False)[1])
    return made


@contextlib.contextmanager
def conduit(home: Home, texts: Sequence[str], made: type[Program] = Program) -> Iterator[Place]:
    program = made(home.folder)
    program.environ["PYTHONPATH"] = str(ROOT)  # this tree is measured, whichever is installed
    with program.serving() as serving:
        yield Place("conduit", serving.url, serving.process.pid, texts)


# ---------------------------------------------------------------- asking them


def conversation(model: str = MODEL, letters: int = 200, content: object = None, **more: Any) -> bytes:
    """The body of a request that asks ``content``, else something in so many letters."""
    text = ("Please tell me what you can do. " * (letters // 32 + 1))[:letters]
    body = {"model": model, **more, "messages": [{"role": "user", "content": content or text}]}
    return json.dumps(body, separators=(",", ":")).encode()


def requests(
    place: Place, connections: int, seconds: float, folder: Path, bodies: Sequence[bytes] = (conversation(),)
) -> Figures:
    """What wrk saw and the place spent: whole chat completions, the bodies and keys in turn."""
    (folder / "bodies.txt").write_bytes(b"\n".join(bodies))
    (folder / "keys.txt").write_text("\n".join(place.keys))
    environ = {**os.environ, "BENCH_BODIES": str(folder / "bodies.txt"), "BENCH_KEYS": str(folder / "keys.txt")}
    words = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:.0f}s", "--timeout", "30s", "--latency"]
    words += ["-s", str(Path(__file__).with_name("post.lua")), place.url + CHAT]
    before = place.spent
    said = subprocess.run(words, env=environ, capture_output=True, text=True, check=True).stdout
    spent = place.spent - before
    count = int(re.search(r"(\d+) requests in", said)[1])  # type: ignore[index]
    troubles = re.findall(r"Non-2xx or 3xx responses: (\d+)|(?:connect|read|write|timeout) (\d+)", said)
    at = {name: float(value) * UNITS[unit] for name, value, unit in re.findall(r"(50|99)%\s+([\d.]+)(us|ms|s|m)", said)}
    failed = sum(int(number) for pair in troubles for number in pair if number)
    return Figures(count, spent / max(count, 1) * 1e6, at["50"], at["99"], failed)


def streams(place: Place, path: str, model: str, clients: int, rounds: int) -> Figures:
    """What clients of streams saw and the place spent, of CPU an event."""
    before = place.spent
    words = [sys.executable, "-m", "tests.bench.streams", place.url + path, place.keys[0], model]
    done = subprocess.run([*words, str(clients), str(rounds)], stdout=subprocess.PIPE, check=True)
    seen, spent = json.loads(done.stdout), place.spent - before
    failed = seen["streams"] - seen["whole"]
    return Figures(seen["streams"], spent / max(seen["events"], 1) * 1e6, seen["first_p50"], seen["first_p99"], failed)
