"""``demo``: one request through a gateway of its own, from the key to the log line, in a home that is thrown away.

Needs no key, no network and no display, and leaves nothing behind.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import httpx

from conduit_desktop import __version__, money
from conduit_desktop.bus import Bus
from conduit_desktop.cli.logs import show_table
from conduit_desktop.cli.output import duration, paint
from conduit_desktop.cli.session import Session
from conduit_desktop.errors import ConduitError
from conduit_desktop.gateway.engine import Gateway
from conduit_desktop.gateway.tally.ring import Ring
from conduit_desktop.paths import Home
from conduit_desktop.records import Exchange, VirtualKey
from conduit_desktop.runtime import keys, models, providers
from conduit_desktop.runtime.loop_thread import new_loop
from conduit_desktop.store import Store
from conduit_desktop.vault import MemoryVault

QUESTION = "What can I do with a gateway for language models?"
_NAME = "demo"
_MARGIN = 2
_LABEL = 14
_WIDEST = 96
_NEXT = (
    ("conduit-desktop", "the window"),
    ("conduit-desktop serve", "the gateway alone"),
    ("conduit-desktop provider add openai --kind openai", "your own provider; its key is asked for"),
)


def run(_arguments: argparse.Namespace, _session: Session) -> int:
    with tempfile.TemporaryDirectory(prefix="conduit-demo-") as folder:
        store = Store.open(Home(Path(folder)))
        try:
            with asyncio.Runner(loop_factory=new_loop) as runner:
                exchange, spent = runner.run(_demo(store))
        finally:
            store.close()
    _show_outcome(exchange, spent)
    return 0


async def _demo(store: Store) -> tuple[Exchange, int]:
    """Set everything up, ask, and give what the log holds in the end, and what the key has spent."""
    vault = MemoryVault()
    provider = await asyncio.to_thread(providers.add, store, vault, _NAME, "demo")
    await asyncio.to_thread(models.add, store, _NAME, provider, "demo")
    wanted = VirtualKey(id="", name="tour", digest="", last4="", budget=money.from_usd(1), period="day")
    key, text = await asyncio.to_thread(keys.create, store, vault, wanted, keep_text=False)
    gateway = Gateway(store, vault, Bus(), Ring())
    listening = await gateway.start("127.0.0.1", 0)
    try:
        _show_setting(listening.base_url, key)
        request_id = await _ask(listening.base_url, text)
        exchange = await asyncio.to_thread(store.exchanges.get, request_id)
    finally:
        await gateway.stop(0)
    if exchange is None:
        raise ConduitError("The request is not in the log; that is a defect.")
    spent = await asyncio.to_thread(store.spend.per_key)
    return exchange, spent.get(key.id, 0)


async def _ask(base_url: str, key: str) -> str:
    """Ask the model and show its answer as it comes; gives the request's id."""
    body = {"model": _NAME, "stream": True, "messages": [{"role": "user", "content": QUESTION}]}
    headers = {"authorization": f"Bearer {key}"}
    async with (
        httpx.AsyncClient(trust_env=False, timeout=30) as client,
        client.stream("POST", f"{base_url}/v1/chat/completions", json=body, headers=headers) as answer,
    ):
        if answer.status_code != 200:
            raise ConduitError(f"The gateway answered {answer.status_code}: {(await answer.aread()).decode()}")
        _label("you", QUESTION)
        print()
        text = _Wrapped()
        async for piece in _words(answer):
            text.add(piece)
        text.end()
        for name, value in answer.headers.items():
            if name.startswith("x-"):
                _label("", f"{name}: {value}", "dim")
        return answer.headers["x-request-id"]


async def _words(answer: httpx.Response) -> AsyncIterator[str]:
    """The pieces of text in a stream of chat completion chunks."""
    async for line in answer.aiter_lines():
        if line.startswith("data: {"):
            chunk = json.loads(line.removeprefix("data: "))
            for choice in chunk.get("choices", []):
                if piece := choice.get("delta", {}).get("content"):
                    yield piece


# ---------------------------------------------------------------- what is shown


def _show_setting(base_url: str, key: VirtualKey) -> None:
    print(paint(f"Conduit Desktop {__version__}: one request, seen and priced", "bold"))
    print("A gateway of its own, in a home that is thrown away. No key, no network, nothing is billed.")
    print()
    _label("provider", f"{_NAME}, the model that is built in")
    _label("model", f"{_NAME}, the name that clients ask for")
    _label("key", f"{key.name}, sk-conduit-…{key.last4}, {money.show(key.budget)} a day")
    _label("gateway", f"{base_url}/v1, for anything that talks to OpenAI")
    print()
    print(paint("POST /v1/chat/completions, streamed", "bold"))


def _show_outcome(exchange: Exchange, spent: int) -> None:
    print()
    print(paint("What it took", "bold"))
    _label("first token", f"after {duration(exchange.ttft)}; all after {duration(exchange.total)}")
    _label("of that ours", duration(exchange.overhead))
    if exchange.usage is not None:
        _label("tokens", f"{exchange.usage.input} in, {exchange.usage.output} out")
    _label("cost", f"{money.show(exchange.cost)} ({exchange.price})")
    _label("key has spent", f"{money.show(spent)} of $1.00 today")
    print()
    print(paint("Its line in the log (conduit-desktop logs)", "bold"))
    show_table()([exchange])
    print()
    print(paint("And now", "bold"))
    for command, what in _NEXT:
        print(f"{' ' * _MARGIN}{command:<52}{what}")


def _label(label: str, text: str, colour: str = "") -> None:
    print(f"{' ' * _MARGIN}{paint(f'{label:<{_LABEL}}', 'dim')}{paint(text, colour)}", flush=True)


class _Wrapped:
    """Text that comes in pieces, shown at once and broken between words."""

    def __init__(self) -> None:
        self._indent = " " * (_MARGIN + _LABEL)
        self._width = max(min(shutil.get_terminal_size().columns, _WIDEST) - len(self._indent) - 1, 20)
        self._column = 0
        self._broken = False
        sys.stdout.write(f"{' ' * _MARGIN}{paint(f'{_NAME:<{_LABEL}}', 'dim')}")

    def add(self, piece: str) -> None:
        for n, line in enumerate(piece.split("\n")):
            if n:
                self._break()
            if self._column and self._column + len(line.rstrip()) > self._width:
                self._break()
                line = line.lstrip()
            if line:
                sys.stdout.write(line if self._column or not self._broken else self._indent + line)
                self._column += len(line)
        sys.stdout.flush()

    def _break(self) -> None:
        sys.stdout.write("\n")
        self._column, self._broken = 0, True

    def end(self) -> None:
        sys.stdout.write("\n\n")
        sys.stdout.flush()
