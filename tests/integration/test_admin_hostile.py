"""Who must not get in, what must not come out, and what must not break the admin API."""

from __future__ import annotations

import asyncio
import json
import random
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from conduit_desktop.runtime import master
from conduit_desktop.runtime.admin.gate import FREE
from tests.fakes.rig import Rig, running

SENTINELS = {
    "provider": "sk-proj-SENTINELPROVIDER0123456789abcdef",
    "webhook": "http://127.0.0.1:9/SENTINELWEBHOOK0123456789",
    "environment": "sk-SENTINELENVIRONMENT0123456789abcdef",
    "body": "sk-ant-api03-SENTINELBODY0123456789abcdef",
}


@pytest.fixture
async def admin(tmp_path: Path) -> AsyncIterator[tuple[Rig, httpx.AsyncClient]]:
    async with running(tmp_path) as rig:
        key = rig.administer()
        headers = {"authorization": f"Bearer {key}"}
        async with httpx.AsyncClient(base_url=rig.base_url, headers=headers, timeout=30, trust_env=False) as client:
            yield rig, client


async def operations(client: httpx.AsyncClient) -> list[tuple[str, str]]:
    """(method, path) of every operation that the description names, with something in place of what paths name."""
    described = (await client.get("/admin/openapi.json")).json()
    return [
        (method.upper(), path.replace("{", "x").replace("}", ""))
        for path, methods in described["paths"].items()
        for method in methods
    ]


async def test_no_operation_answers_without_the_master_key(admin: tuple[Rig, httpx.AsyncClient]) -> None:
    rig, client = admin
    every = [*await operations(client), ("GET", "/metrics"), ("GET", "/admin"), ("POST", "/admin/v1/nothing")]
    assert len(every) > 60
    async with httpx.AsyncClient(base_url=rig.base_url, trust_env=False) as stranger:
        for method, path in every:
            for body in (None, {"name": "x"}):
                answer = await stranger.request(method, path, json=body)
                assert answer.status_code == 401, (method, path)
                assert answer.json()["error"]["code"] == "missing_master_key"
                assert answer.headers["www-authenticate"].startswith("Bearer")
        for method, path in every:
            answer = await stranger.request(method, path, headers={"authorization": f"Bearer {rig.key}"})
            assert answer.status_code in (401, 429), "a virtual key opens nothing here"
    assert rig.store.audit.list()[-1].subject != "key x"


async def test_the_master_key_is_no_virtual_key(admin: tuple[Rig, httpx.AsyncClient]) -> None:
    _, client = admin
    for path in ("/v1/models", "/v1/chat/completions"):
        answer = await client.post(path, json={"model": "m", "messages": []}) if "chat" in path else None
        answer = answer if answer is not None else await client.get(path)
        assert answer.status_code == 401
        assert "master key" in answer.json()["error"]["message"]


async def test_after_some_failures_one_has_to_wait_and_the_owner_is_told(
    admin: tuple[Rig, httpx.AsyncClient],
) -> None:
    rig, client = admin
    assert (await client.get("/admin/v1/keys")).status_code == 200
    async with httpx.AsyncClient(base_url=rig.base_url, trust_env=False) as stranger:
        statuses = []
        for n in range(FREE + 3):
            text = f"{master.PREFIX}{n:043}"
            answer = await stranger.get("/admin/v1/keys", headers={"x-api-key": text})
            statuses.append(answer.status_code)
            assert text not in answer.text
        assert statuses == [401] * FREE + [429] * 3
        assert int(answer.headers["retry-after"]) >= 1
    assert (await client.get("/admin/v1/keys")).status_code == 200, "whoever has the key is not kept out"
    assert rig.notices is not None
    await rig.notices.settle()
    rows = [row for row in rig.store.audit.list() if row.action == "refuse"]
    assert len(rows) == 1, "not each failure"
    assert rows[0].origin == "127.0.0.1"
    assert [notice.kind for notice in rig.store.notifications.list()] == ["master_key_refused"]


async def test_without_a_master_key_nothing_is_open(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        rig.administer()
        rig.store.write(lambda: rig.store._configuration.connection().execute("DELETE FROM master_key"))
        async with httpx.AsyncClient(base_url=rig.base_url, trust_env=False) as client:
            for headers in ({}, {"x-api-key": ""}, {"x-api-key": master.PREFIX + "a" * 43}):
                answer = await client.get("/admin/v1/keys", headers=headers)
                assert answer.status_code == 401
                assert answer.json()["error"]["code"] == "no_master_key"


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"host": "evil.example"}, "host_not_allowed"),
        ({"origin": "https://evil.example"}, "origin_not_allowed"),
        ({"origin": "null"}, "origin_not_allowed"),
        ({"origin": "http://localhost:3000"}, "origin_not_allowed"),
        ({"content-encoding": "gzip"}, "unsupported_encoding"),
    ],
)
async def test_pages_and_other_names_are_turned_away(
    admin: tuple[Rig, httpx.AsyncClient], headers: dict[str, str], code: str
) -> None:
    """A page of this machine, too: tools of its own user have no business with the admin API by way of a browser."""
    _, client = admin
    for path in ("/admin/v1/keys", "/admin/openapi.json", "/admin/docs", "/metrics"):
        answer = await client.get(path, headers=headers)
        assert answer.status_code in (403, 415)
        assert answer.json()["error"]["code"] == code
        assert not any(name.startswith("access-control") for name in answer.headers)


async def test_the_page_works_without_a_network(admin: tuple[Rig, httpx.AsyncClient]) -> None:
    rig, client = admin
    async with httpx.AsyncClient(base_url=rig.base_url, trust_env=False) as anybody:
        page = await anybody.get("/admin/docs")
    assert page.status_code == 200
    text = page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    addresses = set(re.findall(r"(?:https?:)?//[\w.-]+", text))
    assert addresses <= {"http://127.0.0.1", "https://api.openai.com"}, "the second in an example of a provider"
    assert "https://api.openai.com" not in "".join(re.findall(r"<[^>]*>", text)), "and nowhere that is followed"
    assert "src=" not in text
    assert "<script" not in text
    assert "@import" not in text
    for method, path in await operations(client):
        assert method in text
        assert path.split("/x")[0] in text
    assert "curl" in text


async def test_no_answer_holds_a_secret(admin: tuple[Rig, httpx.AsyncClient], monkeypatch: pytest.MonkeyPatch) -> None:
    rig, client = admin
    monkeypatch.setenv("OPENAI_API_KEY", SENTINELS["environment"])
    texts = {name: text for name, text in SENTINELS.items()} | {"master": master.reveal(rig.store, rig.vault)}
    asked = {
        "name": "p",
        "kind": "openai-compatible",
        "base_url": "http://127.0.0.1:9/v1",
        "api_key": texts["provider"],
    }
    assert (await client.post("/admin/v1/providers", json=asked)).status_code == 201
    await client.post("/admin/v1/providers", json={"name": "demo", "kind": "demo"})
    await client.post("/admin/v1/models", json={"alias": "m", "deployments": [{"provider": "demo", "model": "demo"}]})
    made = await client.post("/admin/v1/keys", json={"name": "k", "keep_text": True})
    texts["virtual"] = made.json()["text"]
    assert (await client.put("/admin/v1/webhook", json={"url": texts["webhook"]})).status_code == 200
    told = {"model": "m", "messages": [{"role": "user", "content": f"my key is {texts['body']}"}], "max_tokens": 1}
    answer = await client.post("/v1/chat/completions", json=told, headers={"authorization": f"Bearer {rig.key}"})
    exchange = answer.headers["x-request-id"]
    await rig.logged(1)
    keys = (await client.get("/admin/v1/keys")).json()["data"]
    digests = [key.digest for key in rig.store.keys.list()]
    refs = list(rig.vault._secrets)
    named = {
        "xprovider": "p",
        "xmodel": "m",
        "xkey": "k",
        "xsetting": "port",
        "xexchange": exchange,
        "xnotification": "n",
        "xdeployment": "d",
        "xprice": "gpt",
    }
    for method, path in await operations(client):
        if path.endswith(("/rotate", "/local-servers", "/catalogue/update")) or method == "DELETE":
            continue
        for placeholder, name in named.items():
            path = path.replace(placeholder, name)
        for body in [None, {}, asked, {"toml": f"[providers.p]\nkind = '{texts['provider']}'"}]:
            answer = await client.request(method, path, json=body)
            for what, secret in texts.items():
                assert secret not in answer.text, (method, path, what)
                assert secret[-20:] not in answer.text, (method, path, what)
            for hidden in (*digests, *refs):
                assert hidden not in answer.text, (method, path)
    assert keys
    metrics = (await client.get("/metrics")).text
    assert not any(secret in metrics for secret in texts.values())


HOSTILE: list[tuple[bytes, str]] = [
    (b"", "application/json"),
    (b"{", "application/json"),
    (b"\xff\xfe{}", "application/json"),
    (b"[" * 100_000, "application/json"),
    (b'{"a":' * 50_000, "application/json"),
    (b'{"name": "\\ud800"}', "application/json"),
    (b'{"name": "a\\u0000b"}', "application/json"),
    (b'{"name": NaN}', "application/json"),
    (b'{"rpm": 1e400, "name": "x"}', "application/json"),
    (b'{"rpm": ' + b"9" * 5000 + b', "name": "x"}', "application/json"),
    (b'{"name": {"$ref": "#"}}', "application/json"),
    (b'{"__class__": "x", "name": "x"}', "application/json"),
    (b'{"name": "x", "name": "y", "digest": "00"}', "application/json"),
    (b"name=x", "application/x-www-form-urlencoded"),
    (b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\nx\r\n--b--', "multipart/form-data; boundary=b"),
    (b'{"name": "x"}', "text/plain"),
    (b"null", "application/json"),
    (b'"name"', "application/json"),
    (b"[]", "application/json"),
    (b'{"toml": "a.b.c.d = 1\\n' + b"[x]\\n" * 10_000 + b'"}', "application/json"),
    (b'{"toml": "' + b"[[a]]\\n" * 5_000 + b'"}', "application/json"),
    (b'{"toml": "a = ' + b"[" * 5_000 + b'"}', "application/json"),
    (b'{"toml": "a = ' + b"{a=" * 3_000 + b'"}', "application/json"),
    (b'{"toml": "\\u0000"}', "application/json"),
]


async def test_hostile_bodies_are_refused_in_the_one_shape(admin: tuple[Rig, httpx.AsyncClient]) -> None:
    rig, client = admin
    before = [key.name for key in rig.store.keys.list()]
    for body, kind in HOSTILE:
        for method, path in (
            ("POST", "/admin/v1/keys"),
            ("PATCH", "/admin/v1/keys/test"),
            ("POST", "/admin/v1/providers"),
            ("POST", "/admin/v1/models"),
            ("PUT", "/admin/v1/settings/port"),
            ("POST", "/admin/v1/apply"),
        ):
            answer = await client.request(method, path, content=body, headers={"content-type": kind})
            assert 400 <= answer.status_code < 500, (body[:80], path, answer.text[:300])
            error = answer.json()["error"]
            assert set(error) == {"type", "message", "hint", "code", "param"}
            assert len(answer.content) < 5_000
    assert [key.name for key in rig.store.keys.list()] == before
    assert (await client.get("/admin/v1/keys")).status_code == 200


NOWHERE = [
    "/admin/v1/keys/" + "a" * 5_000,
    "/admin/v1/keys/%00",
    "/admin/v1/keys/%ff%fe",
    "/admin/v1/keys/..%2f..%2fetc%2fpasswd",
    "/admin/v1/keys/'%20OR%201=1--",
    "/admin/v1/exchanges/%F0%9F%92%A9",
    "/admin/v1/exchanges/x/capture",
    "/admin/v1//keys",
    "/admin//v1/keys",
    "/admin/v1/keys/",
    "/administer",
    "/admin/v1/../../v1/models",
    "/admin/docs/",
    "/admin/docs/..",
]


async def test_hostile_paths_find_nothing(admin: tuple[Rig, httpx.AsyncClient]) -> None:
    rig, client = admin
    host, _, port = rig.base_url.removeprefix("http://").partition(":")
    head = f"Host: {host}\r\nAuthorization: {client.headers['authorization']}\r\nConnection: close\r\n\r\n"
    for path in NOWHERE:
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(f"GET {path} HTTP/1.1\r\n{head}".encode())
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
        assert answer.startswith(b"HTTP/1.1 404 "), (path, answer[:300])
        assert b'"error"' in answer


async def test_a_storm_of_everything_leaves_it_standing(admin: tuple[Rig, httpx.AsyncClient]) -> None:
    """Every operation at once, many times, with bodies that fit and that do not: no 5xx, no task left."""
    rig, client = admin
    rng = random.Random(7)
    every = [
        pair
        for pair in await operations(client)
        if not {"rotate", "local", "doctor", "update"} & set(re.split(r"\W", pair[1]))
    ]
    bodies: list[Any] = [None, {}, {"name": "a"}, {"value": 5}, {"alias": "a"}, {"toml": "[keys.a]"}, {"read": True}]

    async def one() -> int:
        method, path = rng.choice(every)
        name = rng.choice(["a", "test", "port", "demo"])
        for part in ("xprovider", "xmodel", "xkey", "xsetting", "xexchange", "xnotification", "xdeployment", "xprice"):
            path = path.replace(part, name)
        answer = await client.request(method, path, json=rng.choice(bodies))
        json.loads(answer.content or b"{}") if "json" in answer.headers["content-type"] else None
        return answer.status_code

    statuses = await asyncio.gather(*(one() for _ in range(400)))
    assert max(statuses) < 500, sorted(set(statuses))
    assert rig.gateway.in_flight == 0
