"""The admin API of a gateway that is a process of its own, beside the command line and other machines."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from conduit_desktop.bus import Bus
from conduit_desktop.paths import Home
from conduit_desktop.runtime import master
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.store import Store
from conduit_desktop.vault import MemoryVault
from tests.integration.program import Program, Serving


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path)


@pytest.fixture
def key(program: Program) -> str:
    return program("master-key").out.strip()


@pytest.fixture
def serving(program: Program, key: str) -> Iterator[Serving]:
    with program.serving() as made:
        yield made


def ask(serving: Serving, key: str, path: str = "/admin/v1/keys") -> httpx.Response:
    with httpx.Client(trust_env=False, timeout=60) as client:
        return client.get(serving.url + path, headers={"authorization": f"Bearer {key}"})


def test_both_see_each_others_changes(program: Program, serving: Serving, key: str) -> None:
    made = program("key", "create", "editor").out.strip()
    assert [each["name"] for each in ask(serving, key).json()["data"]] == ["editor"]
    with httpx.Client(trust_env=False, timeout=60, headers={"authorization": f"Bearer {key}"}) as client:
        assert client.patch(f"{serving.url}/admin/v1/keys/editor", json={"rpm": 5}).status_code == 200
        assert client.post(f"{serving.url}/admin/v1/providers", json={"name": "demo", "kind": "demo"}).is_success
    assert [row["rpm"] for row in program("key", "list", "--json").rows] == [5]
    assert serving.ask(made, "demo/demo").status_code == 200
    rows = [(row["who"], row["action"], row["subject"]) for row in ask(serving, key, "/admin/v1/audit").json()["data"]]
    assert rows == [
        ("admin API", "add", "provider demo"),
        ("admin API", "change", "key editor"),
        ("command line", "add", "key editor"),
        ("command line", "add", "master key"),
    ]


def test_a_master_key_made_beside_it_takes_over_at_once(program: Program, serving: Serving, key: str) -> None:
    assert ask(serving, key).status_code == 200
    new = program("master-key", "--rotate").out.strip()
    assert ask(serving, key).status_code == 401
    assert ask(serving, new).status_code == 200
    assert program("master-key", "--reveal").out.strip() == new
    assert program("master-key").out == "", "it is told once"


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_fastapi_is_not_loaded_before_it_is_needed(program: Program, serving: Serving, key: str) -> None:
    def loaded() -> bool:
        return "pydantic_core" in Path(f"/proc/{serving.process.pid}/maps").read_text()

    made = program("key", "create", "editor").out.strip()
    program("provider", "add", "demo", "--kind", "demo")
    assert serving.ask(made, "demo/demo").status_code == 200
    assert not loaded()
    assert ask(serving, made).status_code == 401, "a stranger does not get so far"
    assert ask(serving, key, "/metrics").status_code == 200
    assert not loaded()
    assert ask(serving, key).status_code == 200
    assert loaded()


def test_other_machines_are_turned_away_unless_they_are_let_in(program: Program, key: str) -> None:
    """By an address of this machine that is not loopback, where it has one."""
    import psutil

    found = [
        each.address
        for rows in psutil.net_if_addrs().values()
        for each in rows
        if each.family.name == "AF_INET" and not each.address.startswith("127.")
    ]
    if not found:
        pytest.skip("this machine has no other address")
    with program.serving("--host", "0.0.0.0", "--port", "0") as serving:
        assert ask(serving, key).status_code == 200
        near, serving.url = serving.url, serving.url.replace("127.0.0.1", found[0])
        refused = ask(serving, key)
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "not_local")
        assert ask(serving, key, "/admin/docs").status_code == 403
        with httpx.Client(trust_env=False, timeout=60, headers={"authorization": f"Bearer {key}"}) as client:
            assert client.put(f"{near}/admin/v1/settings/admin_remote", json={"value": True}).status_code == 200
        assert ask(serving, key).status_code == 200


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[GatewayService]:
    home = Home(tmp_path)
    made = GatewayService(home, await asyncio.to_thread(Store.open, home), MemoryVault(), Bus())
    await made.set_setting("port", 17979)
    await made.start()
    yield made
    await made.close()


async def test_under_the_window_it_runs_on_the_gateways_thread(service: GatewayService) -> None:
    text = await service.admin.new_master_key()
    assert text.startswith(master.PREFIX)
    headers = {"authorization": f"Bearer {text}"}
    async with httpx.AsyncClient(base_url=service.status.base_url, headers=headers, trust_env=False) as client:
        assert (await client.post("/admin/v1/keys", json={"name": "a"})).status_code == 201
        assert [view.key.name for view in await service.configuring.keys()] == ["a"]
        provider = await service.configuring.add_provider("demo", "demo")
        told = (await client.get("/admin/v1/providers")).json()["data"]
        assert [each["id"] for each in told] == [provider.id]
        await service.admin.new_master_key()
        assert (await client.get("/admin/v1/keys")).status_code == 401
    who = [(entry.who, entry.subject) for entry in await service.admin.audit()]
    assert who == [
        ("window", "master key"),
        ("window", "provider demo"),
        ("admin API", "key a"),
        ("window", "master key"),
        ("window", "setting port"),
    ]
    plan = await service.admin.plan_apply("[keys.b]\n")
    applied = await service.admin.apply(plan)
    assert [name for name, _ in applied.keys] == ["b"]
    key = next(view.key for view in await service.configuring.keys() if view.key.name == "b")
    assert await service.configuring.reveal_key(key) == applied.keys[0][1], "the window keeps the texts of its keys"
    assert "[keys.b]" in await service.admin.export_toml()
