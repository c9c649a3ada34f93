"""Files: what is refused and in which words, secrets, comments, and that it is all or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from conduit_desktop.errors import ConfigurationError, VaultError
from conduit_desktop.paths import Home
from conduit_desktop.records import VirtualKey
from conduit_desktop.runtime import applying, credentials, keys, models, providers
from conduit_desktop.runtime.configuring import CHAT_KEY
from conduit_desktop.store import Store
from conduit_desktop.vault import MemoryVault

SECRET = "sk-proj-abcdefghijklmnop0123456789"
OTHER = "sk-proj-zyxwvutsrqponmlk9876543210"


@pytest.fixture(autouse=True)
def _no_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "price", lambda *_: None)


@pytest.fixture
def vault() -> MemoryVault:
    return MemoryVault()


@pytest.fixture
def store(tmp_path: Path, vault: MemoryVault) -> Iterator[Store]:
    store = Store.open(Home(tmp_path))
    provider = providers.add(store, vault, "openai", "openai", secret=SECRET)
    models.add(store, "fast", provider, "gpt-4.1")
    wanted = VirtualKey(id="", name="editor", digest="", last4="", budget=5 * 10**12, providers=(provider.id,))
    keys.create(store, vault, wanted, keep_text=True)
    yield store
    store.close()


def changes(plan: applying.Plan) -> list[tuple[str, str, str]]:
    return [(change.action, change.kind, change.name) for change in plan.changes]


D, C = "models.a.deployments[0]", "providers.openai.credentials[0]"
P = "[providers.openai]\nkind = 'openai'\n"


@pytest.mark.parametrize(
    ("text", "param", "words"),
    [
        ("[keyz.a]", "keyz", "Did you mean keys?"),
        ("[keys.a]\nrmp = 1", "keys.a.rmp", "Did you mean rpm?"),
        ("[keys.a]\nrpm = true", "keys.a.rpm", "whole number"),
        ("[keys.a]\nrpm = 0", "keys.a.rpm", "whole number"),
        ("[keys.a]\nbudget_usd = '5,50'", "keys.a.budget_usd", "US dollars"),
        ("[keys.a]\nbudget_usd = nan", "keys.a.budget_usd", "US dollars"),
        ("[keys.a]\nbudget_usd = '-1'", "keys.a.budget_usd", "from 0 to"),
        ("[keys.a]\nbudget_usd = '0.0000000000001'", "keys.a.budget_usd", "picodollar"),
        ("[keys.a]\nexpires = 'soon'", "keys.a.expires", "date and time"),
        ("[keys.a]\nperiod = 'year'", "keys.a.period", "once, day, week, month"),
        ("[keys.a]\nmodels = 'fast'", "keys.a.models", "list"),
        ("[keys.a]\nproviders = ['nobody']", "keys.a", "does not exist"),
        ("[keys.' a']", "keys. a", "space"),
        ("[keys.'a/b']", "keys.a/b", "slash"),
        ("keys = 3", "keys", "table"),
        ("[keys]\na = 3", "keys.a", "table"),
        ("[models.a]\nstrategy = 'best'", "models.a.strategy", "one of simple"),
        ("[models.a]\n[[models.a.deployments]]\nmodel='x'", "models.a.deployments[0].provider", "needs a provider"),
        ("[[models.a.deployments]]\nprovider='nobody'\nmodel='x'", "models.a.deployments", "Providers: openai."),
        ("[providers.a]", "providers.a.kind", "needs a kind"),
        ("[providers.a]\nkind = 'opnai'", "providers.a", ""),
        ("[providers.openai]\nkind = 'groq'", "providers.openai.kind", "cannot change"),
        (
            "[providers.openai]\nkind='openai'\nbase_url='https://evil.example/v1'",
            "providers.openai.base_url",
            "belongs",
        ),
        ("[models.a]\ntimeouts = 5", "models.a.timeouts", "time limits"),
        ("[models.a]\ntimeouts = { conect = 5 }", "models.a.timeouts", "no step 'conect'"),
        ("[models.a]\ntimeouts = { total = nan }", "models.a.timeouts", "number of seconds"),
        ("[models.a]\ncache_seconds = 0", "models.a.cache_seconds", "whole number"),
        ("[models.a]\nfallbacks = ['b']\n[models.b]\ncontext_fallbacks = ['a']", "models.a", "a → b → a"),
        ("[models.a]\ncontent_fallbacks = ['a']", "models.a", "its own fallback"),
        ("[[models.a.deployments]]\nprovider='openai'\nmodel='x'\nlacks=['sight']", f"{D}.lacks", "one of images"),
        ("[[models.a.deployments]]\nprovider='openai'\nmodel='x'\nrpm=0", f"{D}.rpm", "whole number"),
        ("[[providers.openai.credentials]]\nname = 'x'", "providers.openai.kind", "needs a kind"),
        (f"{P}[[providers.openai.credentials]]\nenabled = true", f"{C}.name", "needs a name"),
        (f"{P}[[providers.openai.credentials]]\nname='first'", f"{C}.name", "already"),
        (f"{P}[[providers.openai.credentials]]\nname='x'\nsecret='s'", f"{C}.secret", "no field 'secret'"),
        (f"{P}[[providers.openai.credentials]]\nname='x'\napi_key_env='K'", "providers.openai.credentials", "not set"),
        ("[prices.x]\ninput = '1'", "prices.x", "input and output"),
        ("[prices.x]\ninput = '1'\noutput = '2'\nbonus = '3'", "prices.x", "no part 'bonus'"),
        ("[settings]\nprot = 1", "settings.prot", "Did you mean port?"),
        ("[settings]\nport = 1", "settings.port", "1024 to 65535"),
        ("version = 2", "version", "This app reads 1"),
        ("[keys.a]\n[keys.a]", None, "not TOML"),
        ("a =", None, "not TOML"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(
    store: Store, vault: MemoryVault, text: str, param: str | None, words: str
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        applying.plan(store, vault, text, {})
    assert refused.value.param == param
    assert words in refused.value.text
    assert refused.value.status == 422


def test_an_entry_states_all_of_it(store: Store, vault: MemoryVault) -> None:
    plan = applying.plan(store, vault, "[keys.editor]\nrpm = 5\n", {})
    assert plan.changes == (
        applying.Change(
            "change", "key", "editor", (("budget_usd", "5.00", None), ("providers", ["openai"], None), ("rpm", None, 5))
        ),
    )


def test_nothing_is_removed_unless_asked(store: Store, vault: MemoryVault) -> None:
    assert not applying.plan(store, vault, "", {}).changes
    assert changes(applying.plan(store, vault, "", {}, prune=True)) == [
        ("remove", "provider", "openai"),
        ("remove", "model", "fast"),
        ("remove", "key", "editor"),
    ]


def test_what_is_removed_takes_its_secrets_along(store: Store, vault: MemoryVault) -> None:
    applying.apply(store, vault, applying.plan(store, vault, "", {}, prune=True), {})
    assert not store.providers.list() + store.models.list() + store.keys.list()
    assert not vault._secrets


def test_it_is_all_or_nothing(store: Store, vault: MemoryVault, monkeypatch: pytest.MonkeyPatch) -> None:
    text = applying.export(store).replace("5.00", "9.00") + "\n[providers.new]\nkind = 'groq'\napi_key_env = 'K'\n"
    environ = {"K": OTHER}
    plan = applying.plan(store, vault, text, environ)
    before, secrets = applying.export(store), dict(vault._secrets)

    def broken(key: VirtualKey) -> None:
        raise ConfigurationError("The disk is full.")

    monkeypatch.setattr(store.keys, "put", broken)
    with pytest.raises(ConfigurationError, match="disk is full"):
        applying.apply(store, vault, plan, environ)
    assert applying.export(store) == before
    assert vault._secrets == secrets


def test_planning_changes_nothing(store: Store, vault: MemoryVault) -> None:
    before, revision, audit = applying.export(store), store.revision.value, store.audit.list()
    applying.plan(store, vault, "[keys.new]\n[settings]\nport = 9000\n", {}, prune=True)
    assert applying.export(store) == before
    assert store.revision.value == revision
    assert store.audit.list() == audit


def test_a_plan_is_for_the_configuration_it_was_made_from(store: Store, vault: MemoryVault) -> None:
    plan = applying.plan(store, vault, "[keys.editor]\nrpm = 5\n", {})
    key = store.keys.by_name("editor")
    assert key is not None
    keys.edit(store, replace(key, budget=7 * 10**12))
    with pytest.raises(ConfigurationError) as refused:
        applying.apply(store, vault, plan, {})
    assert refused.value.code == "changed_since"


def test_no_secret_is_in_a_file(store: Store, vault: MemoryVault) -> None:
    text = applying.export(store)
    for secret in [*vault._secrets, *vault._secrets.values()]:
        assert secret not in text
    for key in store.keys.list():
        assert key.digest not in text
        assert key.last4 not in text


def test_api_keys_are_taken_over_from_the_environment_once(store: Store, vault: MemoryVault) -> None:
    text = "[providers.openai]\nkind = 'openai'\napi_key_env = 'KEY'\n"
    assert not applying.plan(store, vault, text, {}).changes, "a variable that is not set leaves what there is"
    plan = applying.plan(store, vault, text, {"KEY": f" {OTHER}\n"})
    assert plan.changes == (
        applying.Change("change", "provider", "openai", (("api_key", None, "taken from the environment"),)),
    )
    assert OTHER not in repr(plan)
    applying.apply(store, vault, plan, {"KEY": OTHER})
    provider = store.providers.by_name("openai")
    assert provider is not None
    assert providers.secret_of(vault, provider) == OTHER
    assert SECRET not in vault._secrets.values()
    assert not applying.plan(store, vault, text, {"KEY": OTHER}).changes


def test_a_variable_that_is_not_set_is_named(store: Store, vault: MemoryVault) -> None:
    with pytest.raises(ConfigurationError, match="NEW_KEY is not set") as refused:
        applying.plan(store, vault, "[providers.new]\nkind = 'groq'\napi_key_env = 'NEW_KEY'\n", {})
    assert refused.value.param == "providers.new.api_key_env"


def test_a_key_is_not_sent_in_the_clear(store: Store, vault: MemoryVault) -> None:
    text = "[providers.far]\nkind='openai-compatible'\nbase_url='http://far.example/v1'\napi_key_env='KEY'\n"
    with pytest.raises(ConfigurationError, match="plain http"):
        applying.plan(store, vault, text, {"KEY": OTHER})


def test_a_provider_without_its_key_is_told_of(store: Store, vault: MemoryVault) -> None:
    plan = applying.plan(store, vault, "[providers.new]\nkind = 'groq'\n", {})
    assert any("no API key yet" in note for note in plan.notes)


def test_names_that_lead_nowhere_are_told_of(store: Store, vault: MemoryVault) -> None:
    text = "[models.fast]\nfallbacks = ['gone']\n[keys.k]\nmodels = ['fast', 'lost', 'gpt-*', 'p/m']\n"
    notes = " ".join(applying.plan(store, vault, text, {}).notes)
    assert "'gone'" in notes
    assert "'lost'" in notes
    assert "gpt-" not in notes
    assert "p/m" not in notes


def test_a_vault_that_fails_leaves_everything_as_it_was(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    class Failing(MemoryVault):
        def put(self, ref: str, secret: str) -> None:
            raise VaultError("The vault is locked.")

    plan = applying.plan(store, Failing(), "[keys.a]\n[keys.b]\n", {})
    before = applying.export(store)
    with pytest.raises(VaultError):
        applying.apply(store, Failing(), plan, {}, keep_texts=True)
    assert applying.export(store) == before


def test_the_chat_panes_own_key_is_left_alone(store: Store, vault: MemoryVault) -> None:
    keys.create(store, vault, VirtualKey(id="", name=CHAT_KEY, digest="", last4=""), keep_text=False)
    text = applying.export(store)
    assert CHAT_KEY not in text
    assert not applying.plan(store, vault, text, {}, prune=True).changes
    assert not applying.plan(store, vault, f"{text}\n[keys.'{CHAT_KEY}']\n", {}, prune=True).changes


def test_comments_order_and_api_key_env_are_kept(store: Store, vault: MemoryVault) -> None:
    text = (
        "# mine\nversion = 1\n\n# the one we pay for\n[providers.openai]  # work\n"
        "kind = 'openai'\napi_key_env = 'OPENAI_API_KEY' # from 1Password\n\n"
        "[keys.editor]\n# a month\nbudget_usd = 5\nproviders = [\n  'openai', # only\n]\n\n"
        "[models.fast]\nstrategy = 'simple' # said, though it is the default\n"
        "[[models.fast.deployments]]\nprovider = 'openai'\nmodel = 'gpt-4.1'\n"
    )
    assert applying.export(store, text) == text
    key = store.keys.by_name("editor")
    assert key is not None
    keys.edit(store, replace(key, budget=7 * 10**12))
    changed = applying.export(store, text)
    assert changed == text.replace("budget_usd = 5\n", 'budget_usd = "7.00"\n')
    keys.remove(store, vault, key)
    without = applying.export(store, text)
    assert "[keys" not in without
    assert "# from 1Password" in without


def test_a_file_of_another_layout_is_written_anew_rather_than_wrongly(store: Store) -> None:
    inline = "providers = { openai = { kind = 'openai' } }\nkeys.editor.budget_usd = 1\n"
    text = applying.export(store, inline)
    assert applying.document.of_wanted(applying.reading.read(text)) == applying.document.of(store.configuration())


def test_a_file_that_is_no_toml_is_not_written_over(store: Store) -> None:
    with pytest.raises(ConfigurationError, match="not TOML"):
        applying.export(store, "my shopping list: eggs")


def test_further_keys_come_from_variables_and_are_named_in_files(store: Store, vault: MemoryVault) -> None:
    keyless = P + "[[providers.openai.credentials]]\nname = 'work'\n"
    plan = applying.plan(store, vault, keyless, {})
    assert not plan.changes, "nobody has its text"
    assert "'work' of 'openai' is left out" in " ".join(plan.notes)

    environ = {"WORK": OTHER}
    text = keyless + "api_key_env = 'WORK'\nenabled = false\n"
    plan = applying.plan(store, vault, text, environ)
    assert plan.changes == (
        applying.Change(
            "change",
            "provider",
            "openai",
            (
                ("credentials", None, [{"name": "work", "enabled": False}]),
                ("work.api_key", None, "taken from the environment"),
            ),
        ),
    )
    assert OTHER not in repr(plan)
    applying.apply(store, vault, plan, environ)
    provider = providers.named(store, "openai")
    assert [vault.get(ref) for ref in providers.secret_refs(provider)] == [SECRET, OTHER]
    assert not applying.plan(store, vault, text, environ).changes
    assert not applying.plan(store, vault, applying.export(store), {}).changes

    updated = applying.export(store, text.replace("enabled = false", "enabled = true"))
    assert "api_key_env = 'WORK'" in updated.replace('"', "'")
    assert not applying.plan(store, vault, updated, environ).changes


def test_a_further_key_that_a_file_leaves_out_goes_with_its_secret(store: Store, vault: MemoryVault) -> None:
    provider = providers.named(store, "openai")
    credentials.add(store, vault, provider.id, "work", OTHER)
    plan = applying.plan(store, vault, P, {})
    assert plan.changes[0].fields == (("credentials", [{"name": "work"}], None),)
    applying.apply(store, vault, plan, {})
    assert OTHER not in vault._secrets.values()
    assert SECRET in vault._secrets.values()


def test_a_further_key_does_not_move_to_another_server(store: Store, vault: MemoryVault) -> None:
    provider = providers.named(store, "openai")
    credentials.add(store, vault, provider.id, "work", OTHER)
    moved = P + "base_url = 'https://elsewhere.example/v1'\napi_key_env = 'KEY'\n"
    with pytest.raises(ConfigurationError, match="key 'work' belongs to the old one"):
        applying.plan(store, vault, moved + "[[providers.openai.credentials]]\nname = 'work'\n", {"KEY": OTHER})
    assert applying.plan(store, vault, moved, {"KEY": OTHER}).changes, "left out, it goes"


def test_fallbacks_can_change_direction_in_one_file(store: Store, vault: MemoryVault) -> None:
    """What is checked is what will be, not the half of it that was put already."""
    there = "[models.a]\nfallbacks = ['b']\n[models.b]\n"
    applying.apply(store, vault, applying.plan(store, vault, there, {}), {})
    other = "[models.a]\n[models.b]\nfallbacks = ['a']\n"
    for text in (other, there):
        applying.apply(store, vault, applying.plan(store, vault, text, {}), {})
        assert not applying.plan(store, vault, text, {}).changes
