"""What the Providers pane says, without a window."""

from __future__ import annotations

from conduit_desktop.records import Deployment, Model, Provider
from conduit_desktop.runtime.configuring import EnvironmentKey, Found, ProbeResult
from conduit_desktop.ui.panes.providers_found import finds
from conduit_desktop.ui.panes.providers_words import (
    alias_for,
    free_name,
    key_words,
    kind_words,
    offers,
    removal_words,
    state_of,
)

OPENAI = Provider(id="1", name="main", kind="openai", base_url="https://api.openai.com/v1", secret_ref="r")
LOCAL = Provider(id="2", name="box", kind="openai-compatible", base_url="http://localhost:1234/v1")


def test_names_are_suggested_free_and_short() -> None:
    assert free_name("openai", ()) == "openai"
    assert free_name("openai", ("openai", "openai-2")) == "openai-3"
    assert alias_for("accounts/fireworks/models/gpt-oss-20b") == "gpt-oss-20b"
    assert alias_for("qwen3:14b") == "qwen3:14b"


def test_keys_say_what_is_known_of_them() -> None:
    assert key_words(OPENAI) == "•••• stored"
    assert key_words(LOCAL) == "no key needed"
    assert key_words(Provider(id="3", name="x", kind="openai", base_url="https://api.openai.com/v1")) == "key missing"
    far = Provider(id="4", name="x", kind="openai-compatible", base_url="https://far.example/v1")
    assert (key_words(far), kind_words(far)) == ("no key", "OpenAI-compatible")


def test_states_are_a_word_a_tone_and_an_icon() -> None:
    rejected = ProbeResult(ok=False, cause="unauthorised", message="m")
    assert state_of(OPENAI, None) == ("Not tested", "neutral", "help")
    assert state_of(OPENAI, rejected) == ("Key rejected", "danger", "error")
    assert state_of(OPENAI, ProbeResult(ok=False, cause="rate_limited", message="m"))[1] == "warning"
    assert state_of(Provider(id="5", name="x", kind="later", base_url="https://x"), None)[0] == "Unknown kind"


def test_every_kind_is_offered_once_with_a_summary() -> None:
    keys = [offer.key for offer in offers()]
    assert len(keys) == len(set(keys))
    assert {"openai", "openrouter", "fireworks", "ollama", "lm-studio", "llama-cpp", "vllm", "custom", "demo"} <= {
        *keys
    }
    assert all(offer.summary and offer.title for offer in offers())


def test_removal_names_each_deployment_and_who_is_left_without() -> None:
    at = [Deployment(id=str(n), model_id="m", provider_id="1", upstream_model=f"gpt-{n}") for n in range(10)]
    models = [Model(id=str(n), alias=f"alias-{n}", deployments=(each,)) for n, each in enumerate(at)]
    said = removal_words(OPENAI, models)
    assert "These 10 deployments go too" in said
    assert "alias-0 → main/gpt-0" in said
    assert "and 2 more" in said
    assert "removed from the vault" in said
    assert "deployment" not in removal_words(LOCAL, models)


def test_what_is_configured_is_not_offered_again() -> None:
    server = Found(kind="openai-compatible", preset="lm-studio", title="LM Studio", base_url="http://127.0.0.1:1234/v1")
    key = EnvironmentKey("OPENAI_API_KEY", "openai", "OpenAI", "abcd")
    assert [find.key for find in finds([server], [key], (), "the OS keyring")] == [
        "server:http://127.0.0.1:1234/v1",
        "key:OPENAI_API_KEY",
    ]
    held = Provider(id="6", name="x", kind="openai", base_url="https://api.openai.com/v1", secret_last4="abcd")
    assert finds([server], [key], (LOCAL, held), "the OS keyring") == []
