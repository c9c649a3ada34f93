"""The admin API's part in routing: keys of a provider, how models are routed, how deployments do; nothing is lost when
several change the same thing at once."""

from __future__ import annotations

import asyncio

from tests.fakes.rig import Rig
from tests.fakes.upstream import Upstream
from tests.integration.conftest import SECRET
from tests.integration.test_admin import Api
from tests.integration.test_admin import admin as admin

WORK, NEW = "sk-test-work-0123456789", "sk-test-new-0123456789"


async def test_further_keys_of_a_provider(admin: tuple[Rig, Api]) -> None:
    rig, api = admin
    await api("POST", "/providers", {"name": "p", "kind": "openai", "api_key": SECRET}, 201)
    made = await api("POST", "/providers/p/credentials", {"name": "work", "api_key": WORK, "enabled": False}, 201)
    assert (made["name"], made["enabled"], made["api_key_last4"]) == ("work", False, WORK[-4:])
    same = await api("POST", "/providers/p/credentials", {"name": "work", "api_key": NEW}, 409)
    assert same["code"] == "taken"
    changed = await api("PATCH", f"/providers/p/credentials/{made['id']}", {"enabled": True, "api_key": NEW})
    assert [each["enabled"] for each in changed["credentials"]] == [True]
    assert {WORK, NEW} & set(rig.vault._secrets.values()) == {NEW}
    text = str(await api("GET", "/providers/p")) + str(await api("GET", "/providers/p/credentials"))
    assert NEW not in text + str(await api("GET", "/audit"))
    health = await api("GET", "/providers/p/health")
    assert [(each["name"], each["state"]) for each in health["data"]] == [("first", "closed"), ("work", "closed")]
    assert (await api("GET", "/providers/p/credentials/work/history"))["data"] == []
    await api("POST", "/providers/p/credentials/work/health/reset")
    after = await api("DELETE", "/providers/p/credentials/first")
    assert (after["api_key_last4"], after["credentials"]) == (NEW[-4:], [])
    await api("DELETE", "/providers/p/credentials/first", status=409)
    await api("PATCH", "/providers/p/credentials/nobody", {}, status=404)


async def test_changes_at_once_lose_nothing(admin: tuple[Rig, Api]) -> None:
    _, api = admin
    for name in ("a", "b", "c", "d"):
        await api("POST", "/providers", {"name": name, "kind": "demo"}, 201)
        await api("POST", "/models", {"alias": f"m{name}"}, 201)
    await api("POST", "/models", {"alias": "m", "deployments": [{"provider": "a", "model": "demo"}]}, 201)
    first = (await api("GET", "/models/m"))["deployments"][0]["id"]
    await asyncio.gather(
        api("PATCH", "/models/m", {"strategy": "random"}),
        api("PATCH", "/models/m", {"retries": 5}),
        api("PATCH", "/models/m", {"fallbacks": ["ma"]}),
        api("PATCH", "/models/m", {"context_fallbacks": ["mb"]}),
        api("PATCH", "/models/m", {"timeouts": {"connect": 2}}),
        api("PATCH", "/models/m", {"timeouts": {"total": 60}}),
        api("PATCH", f"/models/m/deployments/{first}", {"rpm": 7}),
        api("PATCH", f"/models/m/deployments/{first}", {"lacks": ["images"]}),
        *(api("POST", "/models/m/deployments", {"provider": name, "model": "demo"}, 201) for name in ("b", "c", "d")),
    )
    model = await api("GET", "/models/m")
    assert (model["strategy"], model["retries"]) == ("random", 5)
    assert (model["fallbacks"], model["context_fallbacks"]) == (["ma"], ["mb"])
    assert model["timeouts"] == {"connect": 2.0, "first_token": 300.0, "idle": 600.0, "total": 60.0}
    assert sorted(each["provider"] for each in model["deployments"]) == ["a", "b", "c", "d"]
    changed = next(each for each in model["deployments"] if each["id"] == first)
    assert (changed["rpm"], changed["lacks"]) == (7, ["images"])


async def test_a_model_is_routed_as_it_is_told(admin: tuple[Rig, Api]) -> None:
    _, api = admin
    for alias in ("a", "b"):
        await api("POST", "/models", {"alias": alias}, 201)
    full = {"content_fallbacks": ["b"], "cache_seconds": 60, "resume": True, "timeouts": {"connect": 5, "idle": 30}}
    changed = await api("PATCH", "/models/a", full)
    assert changed["timeouts"] == {"connect": 5.0, "first_token": 300.0, "idle": 30.0, "total": 1800.0}
    assert (changed["cache_seconds"], changed["resume"], changed["content_fallbacks"]) == (60, True, ["b"])
    cleared = {"content_fallbacks": None, "cache_seconds": None, "timeouts": {"connect": None}}
    changed = await api("PATCH", "/models/a", cleared)
    assert changed["timeouts"] == {"connect": 10.0, "first_token": 300.0, "idle": 30.0, "total": 1800.0}
    assert (changed["cache_seconds"], changed["resume"], changed["content_fallbacks"]) == (None, True, [])
    assert (await api("PATCH", "/models/a", {"timeouts": None}))["timeouts"]["idle"] == 600.0
    await api("PATCH", "/models/a", {"fallbacks": ["b"]})
    circle = await api("PATCH", "/models/b", {"context_fallbacks": ["a"]}, 422)
    assert "b → a → b" in circle["message"]
    for bad in ({"cache_seconds": 0}, {"timeouts": {"connect": 301}}):
        await api("PATCH", "/models/a", bad, 422)


async def test_a_deployment_is_watched_tested_and_made_to_fail(admin: tuple[Rig, Api], upstream: Upstream) -> None:
    _, api = admin
    asked = {"name": "one", "kind": "openai-compatible", "base_url": f"{upstream.url}/one", "api_key": SECRET}
    await api("POST", "/providers", asked, 201)
    model = await api("POST", "/models", {"alias": "m", "deployments": [{"provider": "one", "model": "real"}]}, 201)
    path = f"/models/m/deployments/{model['deployments'][0]['id']}"
    (state,) = (await api("GET", "/models/m/health"))["data"]
    assert (state["state"], state["failures"], state["reason"]) == ("closed", 0, None)
    assert (await api("POST", f"{path}/test"))["status"] is not None
    found = await api("POST", "/route-preview", {"model": "m", "tools": True, "tokens": 100})
    assert [(each["n"], each["state"], each["provider"]) for each in found["steps"]] == [(1, "first", "one")]
    await api("POST", "/route-preview", {"model": "m", "key": "nobody"}, 404)
    assert (await api("POST", "/route-preview", {"model": "nobody"}))["steps"] == []
    await api("PUT", f"{path}/fault", {"kind": "server_error", "requests": 3})
    (fault,) = (await api("GET", "/faults"))["data"]
    assert (fault["deployment"], fault["kind"], fault["requests"]) == (state["id"], "server_error", 3)
    await api("DELETE", f"{path}/fault")
    assert (await api("GET", "/faults"))["data"] == []
    assert {each["kind"] for each in (await api("GET", "/fault-kinds"))["data"]} >= {"server_error", "cut"}
    for reset in ("/models/m/health/reset", f"{path}/health/reset"):
        assert await api("POST", reset) == {"done": True}
    assert (await api("GET", f"{path}/history"))["data"] == []
    await api("GET", "/models/m/deployments/nobody/history", status=404)
