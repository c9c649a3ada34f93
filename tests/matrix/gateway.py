"""The gateway under test: one provider a run, each of the recording's kind, pointed at the replay.

The only module here that knows ``conduit_desktop``, and of it only what any test rig uses: providers, kinds, prices. A
kind with several surfaces would choose one by the client's dialect; what is measured is the translation from the
recorded one, so that a kind is given only the surface that speaks it (a row beside the real one, in this process only).
"""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Any

from conduit_desktop import providers as kinds
from conduit_desktop.records import ExchangeFilter, Price, Provider
from conduit_desktop.runtime import providers
from tests.fakes.rig import Rig
from tests.matrix.cases import Case
from tests.matrix.clients import CLIENTS, GATEWAY_PATHS, Client, connect
from tests.matrix.mounts import KINDS, address, secret_for
from tests.matrix.upstream import Upstream

SPOKEN = {
    "chat": "openai-chat",
    "responses": "openai-responses",
    "messages": "anthropic-messages",
    "gemini": "gemini",
    "cohere": "cohere",
    "ollama": "ollama",
    "converse": "bedrock-converse",
}
"""Our names of dialects -> the gateway's."""


class Unmeasurable(Exception):
    """The gateway has no kind or surface for this recording."""


class Bench:
    """A running gateway with its SDK clients."""

    def __init__(self, rig: Rig, upstream: Upstream, free: bool = False) -> None:
        self.rig, self.upstream, self.free = rig, upstream, free
        self.clients: dict[str, Client] = {}
        self._providers: dict[str, Provider] = {}

    def client(self, name: str) -> Client:
        """The SDK of a client dialect, pointed at the gateway."""
        if name not in self.clients:
            self.clients[name] = connect(name, self.rig.base_url + GATEWAY_PATHS[name], self.rig.key)
        return self.clients[name]

    def serve(self, case: Case, run: str) -> str:
        """Make ``case`` reachable for one run; gives the model's name to ask for. Raises Unmeasurable."""
        kind = kind_for(case, self.free)
        base_url = self.upstream.base(run, case.name, address(case))
        name = f"{case.provider}-{run}"
        provider = self.rig.add_provider(name, kind, base_url, secret_for(case.provider))
        self._providers[run] = provider
        self.rig.set_price(provider, case.model, Price(source="test", input=1_000_000, output=1_000_000))
        return f"{name}/{case.model}"

    async def dropped(self, runs: int) -> dict[str, str]:
        """What the gateway says it dropped of the last ``runs`` requests, by run."""
        of = {provider.id: run for run, provider in self._providers.items()}
        found: dict[str, str] = {}
        seen: set[str] = set()
        for _ in range(100):
            for row in self.rig.store.exchanges.page(ExchangeFilter(), None, 2 * runs):
                if row.id in seen:
                    continue
                seen.add(row.id)
                exchange = self.rig.store.exchanges.get(row.id)
                for attempt in exchange.attempts if exchange else ():
                    if attempt.provider_id in of:
                        found[of[attempt.provider_id]] = attempt.dropped
            if len(found) >= runs:
                break
            await asyncio.sleep(0.01)
        return found

    def clear(self) -> None:
        """Take away what ``serve`` made."""
        for provider in self._providers.values():
            providers.remove(self.rig.store, self.rig.vault, provider.id)
        self._providers.clear()

    async def close(self) -> None:
        for client in self.clients.values():
            await client.close()


def kind_for(case: Case, free: bool = False) -> str:
    """The kind that serves ``case``: in its own dialect or, ``free``, in whichever the gateway chooses."""
    kind, spoken = KINDS.get(case.provider, case.provider), SPOKEN[case.dialect]
    if "openai-compat" in case.endpoint or (case.provider == "anthropic" and case.dialect == "chat"):
        kind = "openai-compatible"
    table: dict[str, Any] = vars(kinds)["_BY_KIND"]
    if spoken == "openai-responses" and kind in ("openai-compatible", "llama.cpp"):
        # A server that serves Responses is reached as OpenAI's own kind: the compatible ones are for chat.
        kind = "openai"
    row = table.get(kind)
    if row is None:
        raise Unmeasurable(f"no provider kind {kind}")
    if free:
        return kind
    speaking = tuple(surface for surface in row.surfaces if surface.dialect == spoken)
    if not speaking:
        raise Unmeasurable(f"kind {kind} has no surface that speaks {spoken}")
    if (
        row.surfaces[0].dialect == spoken
        and len({surface.dialect for surface in row.surfaces if "chat" in surface.paths}) == 1
    ):
        return kind
    own = f"{kind}+{spoken}"
    if own not in table:
        open_ = tuple(dataclasses.replace(surface, models=(), never=()) for surface in speaking)
        table[own] = dataclasses.replace(row, kind=own, surfaces=open_)
    return own


def client_names(only: str = "") -> list[str]:
    """The client dialects, or the one asked for."""
    return [name for name in CLIENTS if not only or name == only]
