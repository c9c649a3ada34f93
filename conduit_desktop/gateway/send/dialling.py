"""Connecting to a name that stands for several addresses: the next one is tried while the one before is still silent
(RFC 8305), so that a network whose IPv6 leads nowhere costs a quarter of a second and not the whole limit.
"""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from itertools import chain, zip_longest
from typing import Any

from conduit_desktop.tasks import spawn

HEAD_START = 0.25
"""Seconds that an address has before the next one is tried as well."""


async def dial(host: str, port: int) -> socket.socket | None:
    """A connected socket; None where there is only one address, which whoever asks may connect to as usual. Raises
    OSError when none can be connected to: the first one's reason."""
    found = await resolved(host, port)
    return await _race(_in_turns(found)) if len(found) > 1 else None


async def resolved(host: str, port: int) -> list[Any]:
    """The addresses of a name, as ``getaddrinfo`` gives them."""
    return await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)


def _in_turns(found: list[Any]) -> list[Any]:
    """The addresses in their order, those of the two families in turns."""
    first = [each for each in found if each[0] == found[0][0]]
    other = [each for each in found if each[0] != found[0][0]]
    return [each for each in chain.from_iterable(zip_longest(first, other)) if each is not None]


async def _race(addresses: list[Any]) -> socket.socket:
    waiting, failures = deque(addresses), list[OSError]()
    running: set[asyncio.Task[socket.socket | OSError]] = set()
    try:
        while waiting or running:
            if waiting:
                running.add(spawn(_connected(waiting.popleft()), "connect to an address"))
            done, running = await asyncio.wait(
                running, timeout=HEAD_START if waiting else None, return_when=asyncio.FIRST_COMPLETED
            )
            results = [task.result() for task in done]
            failures += [result for result in results if isinstance(result, OSError)]
            made = [result for result in results if isinstance(result, socket.socket)]
            for late in made[1:]:
                late.close()
            if made:
                return made[0]
    finally:
        for task in running:
            task.cancel()
    raise failures[0]


async def _connected(address: Any) -> socket.socket | OSError:
    family, kind, protocol, _, where = address
    made = None
    try:
        made = socket.socket(family, kind, protocol)
        made.setblocking(False)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(made, where)
    except OSError as failure:
        if made is not None:
            made.close()
        return failure
    except asyncio.CancelledError:
        if made is not None:
            made.close()
        raise
    return made
