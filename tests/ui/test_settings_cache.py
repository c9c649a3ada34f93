"""The response cache on screen: what it holds and emptying it in Settings, the switch of a key, requests from it."""

from __future__ import annotations

import time
from dataclasses import replace

from msgspec import structs

from conduit_desktop.records import CACHED, RESPONSE_CACHE, Exchange, Usage, VirtualKey
from conduit_desktop.runtime.bills import Bill
from conduit_desktop.runtime.caching import CacheState
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.store.cache import Kept
from conduit_desktop.ui.dialogs.base import Dialog
from conduit_desktop.ui.main_window import MainWindow
from conduit_desktop.ui.panes import keys_form_words
from conduit_desktop.ui.panes.keys_form import KeyForm, Offered
from conduit_desktop.ui.panes.requests_costs import tell
from conduit_desktop.ui.panes.requests_overview import groups
from conduit_desktop.ui.panes.settings import SettingsPane
from conduit_desktop.ui.panes.settings_cache import told
from conduit_desktop.ui.widgets.buttons import Button
from tests.ui.accessible import unnamed
from tests.ui.eventually import until

HIT = Exchange(
    id="req_1",
    started=1.8e9,
    dialect="openai-chat",
    endpoint="chat.completions",
    method="POST",
    path="/v1/chat/completions",
    seq=7,
    model="fast",
    upstream_model="gpt-5-mini",
    provider=RESPONSE_CACHE,
    status=200,
    finish="stop",
    usage=Usage(input=1200, output=300),
    cost=0,
    price=CACHED,
    saved=4_200_000_000,
)


def keep(service: GatewayService, *models: str) -> None:
    for n, model in enumerate(models):
        now = time.time()
        service._store.cache.put(Kept(bytes([n]) * 32, model, 40_000, now, now + 60, b"answer"), [], {}, 0)


async def test_what_it_holds_is_shown_and_emptied(window: MainWindow, service: GatewayService) -> None:
    keep(service, "fast", "fast", "smart")
    window.go("settings")
    pane = window.pane("settings")
    assert isinstance(pane, SettingsPane)
    cache = pane.cache
    await until(lambda: cache.empty.isEnabled())
    assert "3 answers" in cache.said.text()
    assert "fast (2), smart (1)" in cache.said.text()
    assert not unnamed(cache)
    cache.empty.click()
    await until(lambda: any(each.isVisible() for each in window.findChildren(Dialog)))
    dialog = next(each for each in window.findChildren(Dialog) if each.isVisible())
    next(each for each in dialog.findChildren(Button) if each.text() == "Empty it").click()
    await until(lambda: "No model has kept an answer" in cache.said.text())
    assert service._store.cache.state().entries == 0


def test_its_words_fit_few_and_many() -> None:
    now = time.time()
    one = CacheState(entries=1, size=900, oldest=now, models=(("fast", 1, 900),))
    assert told(one).startswith("1 answer, ")
    many = replace(one, entries=1234, models=tuple((f"m{n}", 1, 1) for n in range(9)))
    assert told(many).endswith("m0 (1), m1 (1), m2 (1), 6 more models.")
    assert told(CacheState()).startswith("No model")


async def test_a_keys_switch_goes_there_and_back(window: MainWindow) -> None:
    form = KeyForm()
    key = VirtualKey(id="k", name="editor", digest="", last4="", cache=False)
    form.fill(key, Offered())
    assert not form.cache.isChecked()
    assert form.read(key) == key
    form.cache.click()
    assert form.read(key) == replace(key, cache=True)
    assert keys_form_words.defaults(key) == "no response cache"
    assert keys_form_words.used(key)["Defaults"]
    assert not unnamed(form)
    form.deleteLater()


def test_a_request_says_that_it_came_from_the_cache() -> None:
    facts = {entry.name: entry.value for _, entries in groups(HIT) for entry in entries}
    assert facts["Served by"] == "From the cache, as gpt-5-mini answered before"
    assert facts["Cost"] == "nothing; $0.004200 saved"
    cost = tell(HIT, Bill())
    assert cost.rows == ()
    assert "no provider was asked" in cost.note
    assert "saved $0.004200" in cost.saving
    assert "not known" in tell(structs.replace(HIT, saved=None), Bill()).saving
