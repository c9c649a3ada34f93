"""A provider's keys in its details: added, tested, switched, replaced, removed; how each does and why."""

from __future__ import annotations

from typing import Any

import pytest

from conduit_desktop.records import Credential, Provider
from conduit_desktop.runtime.routing import CredentialState
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.dialogs.base import Dialog
from conduit_desktop.ui.main_window import MainWindow
from conduit_desktop.ui.panes.providers_credential_sheet import CredentialSheet
from conduit_desktop.ui.panes.providers_credentials import ProviderKeys
from conduit_desktop.ui.panes.providers_credentials_words import ProviderKey, key_look, keys_of, together
from tests.ui.accessible import unnamed
from tests.ui.credential_steps import LIMITED, REJECTED, meet
from tests.ui.eventually import until
from tests.ui.provider_steps import KEY, answer, server, sheet_of, shown

pytestmark = pytest.mark.usefixtures("alone")
KEY_ROW = ProviderKey("c", "team", "abcd")


async def keys(window: MainWindow, provider_id: str, rows: int = 4) -> ProviderKeys:
    pane = await shown(window, rows)
    pane.table.select(provider_id)
    return pane.detail.keys


async def stored(service: GatewayService, provider_id: str) -> Provider:
    return next(each for each in await service.configuring.providers() if each.id == provider_id)


def line(found: ProviderKeys, name: str) -> Any:
    return next(each for each in found.lines if each.key.name == name)


def test_the_first_key_stands_before_the_others() -> None:
    further = Credential(id="c", provider_id="p", name="team", secret_ref="r", last4="wxyz", enabled=False)
    provider = Provider(
        id="p", name="p", kind="openai", base_url="", secret_ref="s", secret_last4="abcd", credentials=(further,)
    )
    assert keys_of(provider) == (
        ProviderKey("p", "First key", "abcd", first=True),
        ProviderKey("c", "team", "wxyz", enabled=False),
    )
    assert together(provider).startswith("A further key")


@pytest.mark.parametrize(
    ("state", "word", "why", "away"),
    [
        (CredentialState(), "In use", "", False),
        (CredentialState("half-open", "it said 429"), "Being tried", "It said 429.", False),
        (CredentialState("open", "it said 429"), "Resting", "It said 429.", True),
        (None, "Not in use", "No model that is on is served by this provider.", False),
    ],
)
def test_what_is_said_of_a_key(state: CredentialState | None, word: str, why: str, away: bool) -> None:
    look = key_look(KEY_ROW, state, running=True)
    assert (look.word, look.why, look.away) == (word, why, away)


def test_a_key_that_is_off_or_of_a_stopped_gateway_claims_nothing() -> None:
    assert key_look(KEY_ROW._replace(enabled=False), CredentialState("rejected"), running=True).word == "Off"
    assert key_look(KEY_ROW, None, running=False).word == "Gateway stopped"


async def test_a_key_is_added_named_switched_and_removed(window: MainWindow, service: GatewayService) -> None:
    found = await keys(window, "claude")
    assert [each.key.name for each in found.lines] == ["First key"]
    assert not line(found, "First key").drop.isVisibleTo(found)
    found.add.click()
    sheet = sheet_of(window, CredentialSheet)
    sheet.accept_button.click()
    assert (sheet._name_row.error, sheet._secret_row.error) == ("Give it a name.", "Paste the key.")
    sheet.name.setText("team")
    sheet.secret.field.setText("sk-ant-further-0123456789wxyz")
    sheet.accept_button.click()
    await until(lambda: len(found.lines) == 2)
    [made] = (await stored(service, "claude")).credentials
    assert (made.name, made.last4, made.enabled) == ("team", "wxyz", True)
    assert not unnamed(found)
    line(found, "team").enabled.click()
    await until(lambda: line(found, "team").dot.word == "Off")
    assert not (await stored(service, "claude")).credentials[0].enabled
    line(found, "team").edit.click()
    sheet = sheet_of(window, CredentialSheet)
    sheet.name.setText("the team's")
    sheet.accept_button.click()
    await until(lambda: found.lines[1].key.name == "the team's")
    assert (await stored(service, "claude")).credentials[0].secret_ref == made.secret_ref
    found.lines[1].drop.click()
    await answer(window, "Remove key")
    await until(lambda: len(found.lines) == 1)
    assert (await stored(service, "claude")).credentials == ()


async def test_a_name_that_is_taken_is_said_at_its_field(window: MainWindow, service: GatewayService) -> None:
    await service.configuring.add_credential("claude", "team", "sk-ant-further-0123456789wxyz")
    found = await keys(window, "claude")
    await until(lambda: len(found.lines) == 2)
    found.add.click()
    sheet = sheet_of(window, CredentialSheet)
    sheet.name.setText("team")
    sheet.secret.field.setText("sk-ant-another-0123456789wxyz")
    sheet.accept_button.click()
    await until(lambda: bool(sheet._name_row.error))
    assert sheet.isVisible()
    sheet.finish()


async def test_how_keys_do_is_shown_and_one_is_used_again(window: MainWindow, service: GatewayService) -> None:
    await service.set_setting("port", 41790)
    await service.start()
    provider = await service.configuring.add_credential("claude", "team", "sk-ant-further-0123456789wxyz")
    team = provider.credentials[0].id
    found = await keys(window, "claude")
    await until(lambda: len(found.lines) == 2 and line(found, "team").dot.word == "In use")
    await meet(service, team, REJECTED)
    await until(lambda: line(found, "team").dot.word == "Turned down")
    assert line(found, "team")._why.text().startswith("Invalid x-api-key. It is put aside")
    line(found, "team").use.click()
    await until(lambda: line(found, "team").dot.word == "In use")
    assert line(found, "First key").dot.word == "In use"
    await meet(service, team, LIMITED)
    found.look()
    await until(lambda: line(found, "team").dot.word.startswith("Resting until"))
    assert line(found, "team")._why.text().startswith("For code, smart: This request would")


async def test_a_test_says_how_the_key_did(window: MainWindow, service: GatewayService) -> None:
    async with server(["m"], KEY) as (url, _asked):
        made = await service.configuring.add_provider("mine", "openai-compatible", base_url=url, secret=KEY)
        await service.configuring.add_credential(made.id, "bad", "sk-wrong-0123456789")
        found = await keys(window, made.id, 5)
        await until(lambda: len(found.lines) == 2)
        line(found, "bad").test.click()
        await until(lambda: "Key rejected" in found.probe.words)
        line(found, "First key").test.click()
        await until(lambda: "Works" in found.probe.words)


async def test_a_provider_without_keys_shows_none(window: MainWindow) -> None:
    found = await keys(window, "local")
    assert not found.isVisible()
    assert window.findChildren(Dialog) == []
