"""The admin API over real sockets: every operation that a script would use, in the order in which it would."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from conduit_desktop.runtime import master
from conduit_desktop.runtime.admin.entry import MOST_BODY
from tests.fakes.rig import Rig, running
from tests.fakes.upstream import Upstream
from tests.integration.conftest import SECRET

PRICE = {"input": "1.00", "output": "10.00"}


class Api:
    """Calls the API with the master key; gives what it answers, after looking at its status."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def __call__(self, method: str, path: str, body: Any = None, status: int = 200, **query: Any) -> Any:
        sent = {} if body is None else {"json": body}
        answer = await self.client.request(method, f"/admin/v1{path}", params=query, **sent)
        assert answer.status_code == status, answer.text
        assert answer.headers["cache-control"] == "no-store"
        if status >= 400:
            error = answer.json()["error"]
            assert set(error) == {"type", "message", "hint", "code", "param"}
            return error
        return answer.json() if "json" in answer.headers["content-type"] else answer.text


@pytest.fixture
async def admin(tmp_path: Path) -> AsyncIterator[tuple[Rig, Api]]:
    async with running(tmp_path) as rig:
        key = rig.administer()
        headers = {"authorization": f"Bearer {key}"}
        async with httpx.AsyncClient(base_url=rig.base_url, headers=headers, timeout=30, trust_env=False) as client:
            yield rig, Api(client)


async def test_from_nothing_to_an_answered_request(admin: tuple[Rig, Api], upstream: Upstream) -> None:
    rig, api = admin
    asked = {"name": "one", "kind": "openai-compatible", "base_url": f"{upstream.url}/one", "api_key": SECRET}
    provider = await api("POST", "/providers", asked, 201)
    assert (provider["api_key_set"], provider["api_key_last4"]) == (True, SECRET[-4:])
    tested = await api("POST", "/providers/one/test", {"model": "real"})
    assert tested["message"].startswith("127.0.0.1 answers"), "that it does not list its models is no error of ours"
    deployment = {"provider": "one", "model": "real", "price": PRICE}
    model = await api("POST", "/models", {"alias": "fast", "deployments": [deployment]}, 201)
    assert model["deployments"][0]["provider_id"] == provider["id"]
    made = await api("POST", "/keys", {"name": "editor", "budget_usd": "5", "models": ["fast"]}, 201)
    assert made["key"]["budget_usd"] == "5.00"
    preview = await api("GET", "/keys/editor/preview")
    assert preview["data"][0]["targets"] == ["one/real"]

    asked = {"model": "fast", "messages": [{"role": "user", "content": "hi"}]}
    headers = {"authorization": f"Bearer {made['text']}"}
    answer = await api.client.post("/v1/chat/completions", json=asked, headers=headers)
    assert answer.status_code == 200
    await rig.logged(1)
    page = await api("GET", "/exchanges", key="editor", outcome="ok")
    assert [each["model"] for each in page["data"]] == ["fast"]
    whole = await api("GET", f"/exchanges/{answer.headers['x-request-id']}")
    assert whole["attempts"][0]["provider"] == "one"
    assert whole["cost_usd"] is not None
    captured = await api("GET", f"/exchanges/{whole['id']}/capture")
    assert json.loads(captured["request"]["body"]) == asked
    key = await api("GET", "/keys/editor")
    assert key["spent_usd"] == whole["cost_usd"]
    assert key["requests"] == 1
    report = await api("GET", "/usage", by="model")
    assert report["sums"]["cost_usd"] == whole["cost_usd"]
    assert [group["name"] for group in report["groups"]] == ["fast"]
    key = await api("POST", "/keys/editor/reset-spend")
    assert key["spent_usd"] == "0.00"


async def test_updates_change_what_is_given_and_null_clears(admin: tuple[Rig, Api]) -> None:
    _, api = admin
    await api("POST", "/providers", {"name": "demo", "kind": "demo"}, 201)
    await api("POST", "/models", {"alias": "cheap", "deployments": [{"provider": "demo", "model": "demo"}]}, 201)
    full = {
        "name": "k",
        "note": "a note",
        "color": "red",
        "tag": "team",
        "budget_usd": "5.00",
        "period": "week",
        "at_limit": "downgrade",
        "downgrade_to": "cheap",
        "thresholds": [10, 90],
        "expires": "2030-01-31T00:00:00Z",
        "models": ["cheap", "gpt-*"],
        "providers": ["demo"],
        "rpm": 1,
        "tpm": 2,
        "parallel": 3,
        "default_model": "cheap",
        "max_output": 4,
        "local_only": True,
    }
    made = (await api("POST", "/keys", full, 201))["key"]
    assert {name: made[name] for name in full} == full
    same = await api("PATCH", "/keys/k", {})
    assert {name: same[name] for name in full} == full
    renamed = await api("PATCH", "/keys/k", {"name": "l", "rpm": 7})
    assert {name: renamed[name] for name in full} == {**full, "name": "l", "rpm": 7}
    await api("PATCH", "/keys/l", {"at_limit": "block", "period": "month", "local_only": False})
    clearable = [
        *("note", "color", "tag", "budget_usd", "downgrade_to", "thresholds", "expires", "models", "providers"),
        *("rpm", "tpm", "parallel", "default_model", "max_output"),
    ]
    cleared = await api("PATCH", "/keys/l", dict.fromkeys(clearable))
    fresh = (await api("POST", "/keys", {"name": "fresh"}, 201))["key"]
    assert {name: cleared[name] for name in full if name != "name"} == {
        name: fresh[name] for name in full if name != "name"
    }
    for name in ("name", "enabled", "period", "at_limit", "local_only"):
        assert (await api("PATCH", "/keys/l", {name: None}, 422))["param"] == name


async def test_a_field_that_there_is_not_is_answered_by_those_it_may_stand_for(admin: tuple[Rig, Api]) -> None:
    _, api = admin
    wrong = await api("POST", "/keys", {"name": "k", "budget": 5}, 422)
    assert (wrong["message"], wrong["hint"]) == ("There is no field budget.", "Did you mean budget_usd?")
    odd = await api("POST", "/models", {"alias": "m", "qqqq": 5}, 422)
    assert "alias" in odd["hint"]


async def test_a_deployment_has_a_life_of_its_own(admin: tuple[Rig, Api]) -> None:
    _, api = admin
    for name in ("a", "b"):
        await api("POST", "/providers", {"name": name, "kind": "demo"}, 201)
    await api("POST", "/models", {"alias": "m"}, 201)
    made = await api("POST", "/models/m/deployments", {"provider": "a", "model": "demo", "price": PRICE}, 201)
    assert made["price"]["input"] == "1.00"
    path = f"/models/m/deployments/{made['id']}"
    changed = await api("PATCH", path, {"weight": 3, "provider": "b"})
    assert (changed["weight"], changed["provider"], changed["price"]["output"]) == (3, "b", "10.00")
    assert (await api("PATCH", path, {"price": None}))["price"] is None
    twice = await api("POST", "/models/m/deployments", {"provider": "b", "model": "demo"}, 422)
    assert twice["param"] == "deployments"
    replaced = await api("PATCH", "/models/m", {"deployments": [{"provider": "b", "model": "demo", "weight": 9}]})
    assert replaced["deployments"][0]["id"] == made["id"], "the same way to serve it stays the same deployment"
    assert (await api("DELETE", path)) == {"done": True}
    await api("DELETE", path, status=404)
    assert (await api("GET", "/models/m"))["deployments"] == []


async def test_a_provider_gives_its_key_to_no_other_server(admin: tuple[Rig, Api]) -> None:
    rig, api = admin
    asked = {"name": "p", "kind": "openai-compatible", "base_url": "http://127.0.0.1:9/v1", "api_key": SECRET}
    await api("POST", "/providers", asked, 201)
    moved = {"base_url": "http://127.0.0.1:10/v1"}
    assert (await api("PATCH", "/providers/p", moved, 422))["code"] == "secret_needed"
    await api("PATCH", "/providers/p", {**moved, "api_key": "sk-another-0123456789"})
    cleared = await api("PATCH", "/providers/p", {"api_key": None})
    assert (cleared["api_key_set"], cleared["api_key_last4"]) == (False, None)
    assert len(rig.vault._secrets) == 1, "only the master key is left"


async def test_settings_capture_and_health(admin: tuple[Rig, Api]) -> None:
    rig, api = admin
    assert (await api("GET", "/settings/retention_days"))["value"] == 30
    assert (await api("PUT", "/settings/retention_days", {"value": 7}))["value"] == 7
    assert (await api("PUT", "/settings/retention_days", {"value": None}))["value"] == 30
    assert (await api("PUT", "/settings/retention_days", {"value": "7"}, 422))["code"] == "bad_setting"
    assert "retention_days" in (await api("GET", "/settings/retention_day", status=404))["hint"]
    assert (await api("POST", "/capture/start"))["capture"] is True
    assert (await api("GET", "/health"))["capture"] is True
    assert (await api("POST", "/capture/stop"))["capture"] is False
    health = await api("GET", "/health")
    assert health["base_url"] == rig.base_url
    found = await api("GET", "/doctor")
    assert {each["verdict"] for each in found["data"]} <= {"ok", "warn", "fail"}


async def test_the_response_cache_is_shown_and_emptied(admin: tuple[Rig, Api], upstream: Upstream) -> None:
    rig, api = admin
    assert await api("GET", "/cache") == {
        "answers": 0,
        "bytes": 0,
        "limit_bytes": 200_000_000,
        "oldest": None,
        "models": [],
    }
    rig.add_model("fast", rig.add_provider("one", "openai-compatible", upstream.url), "real")
    await api("PATCH", "/models/fast", {"cache_seconds": 60})
    headers = {"authorization": f"Bearer {rig.key}"}

    async def ask() -> str:
        asked = {"model": "fast", "messages": [{"role": "user", "content": "hi"}]}
        async with httpx.AsyncClient(base_url=rig.base_url, trust_env=False) as client:
            got = await client.post("/v1/chat/completions", json=asked, headers=headers)
        return got.headers["x-conduit-cache"]

    assert [await ask(), await ask()] == ["miss", "hit"]
    while not (told := await api("GET", "/cache"))["answers"]:
        pass
    assert (told["models"][0]["model"], told["models"][0]["bytes"]) == ("fast", told["bytes"])
    assert told["oldest"].endswith("Z")
    assert await api("DELETE", "/cache") == {"answers": 1}
    assert [await ask(), await ask()] == ["miss", "hit"]


async def test_prices(admin: tuple[Rig, Api]) -> None:
    _, api = admin
    await api("POST", "/providers", {"name": "demo", "kind": "demo"}, 201)
    price = {**PRICE, "tiers": [{"above": 1000, "input": "2.00", "output": "20.00"}]}
    made = await api("POST", "/prices", {"pattern": "demo/*", "price": price}, 201)
    found = await api("GET", "/price-lookup", provider="demo", model="demo")
    assert found["price"]["input"] == "1.00"
    assert found["price"]["tiers"][0]["above"] == 1000
    await api("PATCH", f"/prices/{made['id']}", {"price": {"input": "3", "output": "4"}})
    assert (await api("GET", f"/prices/{made['id']}"))["pattern"] == "demo/*"
    assert (await api("GET", "/price-lookup", provider="demo", model="demo"))["price"]["input"] == "3.00"
    await api("DELETE", f"/prices/{made['id']}")
    assert (await api("GET", "/prices"))["data"] == []


async def test_costs_are_corrected_after_a_look(admin: tuple[Rig, Api], upstream: Upstream) -> None:
    rig, api = admin
    asked = {"name": "one", "kind": "openai-compatible", "base_url": f"{upstream.url}/one", "api_key": SECRET}
    await api("POST", "/providers", asked, 201)
    rule = await api("POST", "/prices", {"pattern": "one/*", "price": PRICE}, 201)
    asked = {"model": "one/real", "messages": [{"role": "user", "content": "hi"}]}
    headers = {"authorization": f"Bearer {rig.key}"}
    answer = await api.client.post("/v1/chat/completions", json=asked, headers=headers)
    exchange = f"/exchanges/{answer.headers['x-request-id']}"
    await rig.logged(1)
    first = (await api("GET", exchange))["cost_usd"]
    doubled = {"input": "2.00", "output": "20.00"}
    await api("PATCH", "/prices/one%2F*", {"price": doubled}, 404)
    await api("PATCH", f"/prices/{rule['id']}", {"price": doubled})
    looked = await api("POST", "/recompute", {"dry_run": True})
    assert (looked["done"], looked["changed"], looked["before_usd"]) == (False, 1, first)
    assert (await api("GET", exchange))["cost_usd"] == first
    done = await api("POST", "/recompute", {"since": "2020-01-01", "until": None})
    assert (done["done"], done["after_usd"]) == (True, looked["after_usd"])
    cost = (await api("GET", exchange))["cost_usd"]
    assert cost == looked["after_usd"]
    assert Decimal(cost) == 2 * Decimal(first) > 0
    assert (await api("GET", f"{exchange}/bill"))["total_usd"] == cost
    assert (await api("GET", "/audit"))["data"][0]["action"] == "price anew"
    state = await api("GET", "/catalogue")
    assert (state["active"], state["kept"]) == (None, [])
    assert (await api("POST", "/catalogue/use", {"id": None}))["package_version"] == state["package_version"]
    assert (await api("POST", "/catalogue/use", {"id": "nothing"}, 422))["param"] == "id"


async def test_the_configuration_as_a_file(admin: tuple[Rig, Api]) -> None:
    _, api = admin
    text = '[providers.demo]\nkind = "demo"\n[keys.ci]\nbudget_usd = "1.00"\n'
    planned = await api("POST", "/apply", {"toml": text, "dry_run": True})
    assert (planned["applied"], len(planned["changes"]), planned["keys"]) == (False, 2, {})
    applied = await api("POST", "/apply", {"toml": text})
    assert applied["keys"]["ci"].startswith("sk-conduit-")
    assert (await api("POST", "/apply", {"toml": text}))["changes"] == []
    exported = await api("GET", "/export")
    assert "[keys.ci]" in exported
    assert applied["keys"]["ci"] not in exported
    refused = await api("POST", "/apply", {"toml": "[keys.a]\nrmp = 1"}, 422)
    assert refused["param"] == "keys.a.rmp"
    text = "[providers.p]\nkind = 'groq'\napi_key_env = 'PATH'\n"
    assert "is not set" in (await api("POST", "/apply", {"toml": text}, 422))["message"], "no variable is read for it"


async def test_every_change_is_in_the_audit_log_with_its_address(admin: tuple[Rig, Api]) -> None:
    _, api = admin
    await api("POST", "/keys", {"name": "a"}, 201)
    await api("PATCH", "/keys/a", {"budget_usd": "2", "note": "secret plans"})
    await api("POST", "/keys/a/rotate", {"grace_seconds": 60})
    await api("DELETE", "/keys/a")
    first = await api("GET", "/audit", limit=2)
    second = await api("GET", "/audit", limit=2, cursor=first["next"])
    rows = [*first["data"], *second["data"]]
    assert [row["action"] for row in rows] == ["remove", "rotate", "change", "add"]
    assert {(row["who"], row["origin"], row["subject"]) for row in rows} == {("admin API", "127.0.0.1", "key a")}
    assert rows[2]["detail"] == "note; budget: – → $2.00"


async def test_notifications(admin: tuple[Rig, Api]) -> None:
    rig, api = admin
    raised = rig.store.notifications.raise_("s", "price_unknown", "warning", "Title", "Text", 1.0)
    listed = await api("GET", "/notifications")
    assert (listed["unread"], listed["data"][0]["id"]) == (1, raised.id)
    assert (await api("PATCH", f"/notifications/{raised.id}", {"read": True}))["read"] is True
    assert (await api("PATCH", f"/notifications/{raised.id}", {"read": False}))["read"] is False
    await api("POST", "/notifications-read")
    assert (await api("GET", "/notifications"))["unread"] == 0
    await api("DELETE", f"/notifications/{raised.id}")
    await api("GET", f"/notifications/{raised.id}", status=404)


async def test_the_webhooks_address_never_comes_back(admin: tuple[Rig, Api]) -> None:
    _, api = admin
    url = "http://127.0.0.1:9/hooks/T0123456789SECRET"
    told = await api("PUT", "/webhook", {"url": url})
    assert told["host"]
    assert "SECRET" not in json.dumps([told, await api("GET", "/webhook"), await api("GET", "/audit")])
    assert (await api("POST", "/webhook/test"))["ok"] is False
    assert (await api("DELETE", "/webhook"))["kind"] is None


async def test_pages_hold_together_by_their_cursor(admin: tuple[Rig, Api]) -> None:
    rig, api = admin
    await api("POST", "/providers", {"name": "demo", "kind": "demo"}, 201)
    headers = {"authorization": f"Bearer {rig.key}"}
    asked = {"model": "demo/demo", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 1}
    for _ in range(7):
        assert (await api.client.post("/v1/chat/completions", json=asked, headers=headers)).status_code == 200
    await rig.logged(7)
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = await api("GET", "/exchanges", limit=3, **cursor)
        seen += [each["id"] for each in page["data"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert seen == [each.id for each in rig.log()]


async def test_a_new_master_key_takes_over_at_once(admin: tuple[Rig, Api]) -> None:
    rig, api = admin
    text = (await api("POST", "/master-key/rotate"))["text"]
    await api("GET", "/keys", status=401)
    api.client.headers["authorization"] = f"Bearer {text}"
    await api("GET", "/keys")
    assert master.reveal(rig.store, rig.vault) == text
    api.client.headers = httpx.Headers({"x-api-key": text})
    await api("GET", "/keys")


async def test_a_change_is_live_for_the_next_request(admin: tuple[Rig, Api]) -> None:
    _, api = admin
    await api("POST", "/providers", {"name": "demo", "kind": "demo"}, 201)
    made = await api("POST", "/keys", {"name": "k"}, 201)
    headers = {"authorization": f"Bearer {made['text']}"}
    asked = {"model": "demo/demo", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 1}

    async def ask() -> int:
        return (await api.client.post("/v1/chat/completions", json=asked, headers=headers)).status_code

    assert await ask() == 200
    await api("PATCH", "/keys/k", {"enabled": False})
    assert await ask() == 401
    await api("PATCH", "/keys/k", {"enabled": True})
    assert await ask() == 200


async def test_what_is_wrong_has_one_shape(admin: tuple[Rig, Api]) -> None:
    _, api = admin
    await api("POST", "/keys", {"name": "a"}, 201)
    assert (await api("POST", "/keys", {"name": "a"}, 409))["type"] == "conflict_error"
    assert (await api("GET", "/keys/nobody", status=404))["code"] == "not_found"
    assert (await api("GET", "/nothing", status=404))["code"] == "unknown_url"
    assert (await api("DELETE", "/keys", status=405))["code"] == "method_not_allowed"
    assert (await api("POST", "/keys", {"name": "b", "bugdet": 1}, 422))["param"] == "bugdet"
    assert (await api("POST", "/keys", {"name": "b", "rpm": "5"}, 422))["param"] == "rpm"
    assert (await api("POST", "/keys", {"name": "b/c"}, 422))["param"] == "name"
    assert (await api("POST", "/keys", {"name": "b", "expires": "2027-02-30"}, 422))["param"] == "expires"
    assert (await api("POST", "/keys", {"name": "b", "providers": ["x"]}, 422))["param"] == "providers"
    assert (await api("POST", "/models", {"alias": "m", "fallbacks": ["m"]}, 422))["param"] == "fallbacks"
    assert (await api("GET", "/exchanges", status=422, limit=0))["param"] == "limit"
    assert (await api("GET", "/exchanges", status=422, cursor="zz"))["param"] == "cursor"
    assert (await api("GET", "/exchanges", status=422, colour="red"))["param"] == "colour"


async def test_head_options_and_methods(admin: tuple[Rig, Api]) -> None:
    _, api = admin
    head = await api.client.head("/admin/v1/keys")
    assert (head.status_code, head.content) == (200, b"")
    options = await api.client.options("/admin/v1/keys")
    assert options.status_code == 405
    assert options.headers["allow"] == "GET, POST"
    assert not any(name.startswith("access-control") for name in options.headers)


async def test_metrics(admin: tuple[Rig, Api]) -> None:
    rig, api = admin
    await api("POST", "/providers", {"name": 'de"mo\\', "kind": "demo"}, 201)
    headers = {"authorization": f"Bearer {rig.key}"}
    asked = {"model": 'de"mo\\/demo', "messages": [{"role": "user", "content": "hi"}], "max_tokens": 1}
    assert (await api.client.post("/v1/chat/completions", json=asked, headers=headers)).status_code == 200
    await rig.logged(1)
    told = await api.client.get("/metrics")
    assert told.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = told.text.splitlines()
    labels = '{key="test",model="de\\"mo\\\\/demo",provider="de\\"mo\\\\"}'
    assert f"conduit_requests_total{labels} 1" in lines
    assert "conduit_requests_in_flight 1" in lines
    assert (await api.client.get("/metrics", headers={"authorization": "Bearer x"})).status_code == 401


async def test_hanging_up_ends_the_work(admin: tuple[Rig, Api]) -> None:
    rig, api = admin
    await api("GET", "/keys")
    _, writer = await asyncio.open_connection("127.0.0.1", int(rig.base_url.rpartition(":")[2]))
    key = api.client.headers["authorization"]
    writer.write(f"GET /admin/v1/doctor HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: {key}\r\n\r\n".encode())
    await writer.drain()
    await asyncio.sleep(0.01)
    writer.close()
    await writer.wait_closed()
    for _ in range(500):
        if not rig.gateway.in_flight:
            break
        await asyncio.sleep(0.01)
    assert rig.gateway.in_flight == 0
    assert rig.log() == [], "none of this is an exchange"


async def test_a_large_body_is_refused_and_a_large_file_taken(admin: tuple[Rig, Api]) -> None:
    _, api = admin
    assert (await api("POST", "/apply", {"toml": "#" * MOST_BODY}, 413))["code"] == "request_too_large"
    assert (await api("POST", "/apply", {"toml": "#" * 1_000_000, "dry_run": True}))["changes"] == []
