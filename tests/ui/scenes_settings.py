"""Scenes of the Settings pane."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from PySide6.QtWidgets import QWidget

from conduit_desktop.records import Price
from conduit_desktop.runtime.notifying.destination import WebhookState
from conduit_desktop.runtime.notifying.webhook import WebhookTest
from conduit_desktop.runtime.price_lists import CatalogueChange, CatalogueDraft, PriceChange
from conduit_desktop.store.cache import Kept
from conduit_desktop.ui.main_window import MainWindow
from conduit_desktop.ui.panes.settings_update import UpdateSheet
from conduit_desktop.vault import VaultState
from tests.ui.eventually import until

RULES = (
    ("qwen3*", Price(source="", input=60_000, output=240_000)),
    ("OpenRouter/*", Price(source="", input=2_750_000, output=11_000_000, cached_read=300_000)),
    ("claude-opus-4-5", Price(source="", input=5_000_000, output=25_000_000, cache_write_1h=10_000_000)),
)
TOML = """\
[models.fast]
strategy = "round-robin"
deployments = [
    { provider = "OpenAI", model = "gpt-5-mini" },
    { provider = "OpenRouter", model = "openai/gpt-5-mini", weight = 2 },
]

[models.cheap]
deployments = [{ provider = "OpenRouter", model = "qwen/qwen3-32b" }]

[keys.editor]
budget_usd = "10.00"
period = "week"
"""


async def opened(window: MainWindow, place: str = "") -> Any:
    window.go("settings")
    pane: Any = window.pane("settings")
    await until(lambda: pane.whole)
    await asyncio.sleep(0.4)
    if place:
        pane.index.show_group(place)
        await asyncio.sleep(0.1)
    return pane


def visible(window: MainWindow, name: str) -> Any:
    return next(each for each in window.findChildren(QWidget, name) if not each.isHidden())


async def ruled(window: MainWindow) -> None:
    pricing = window.service.pricing
    if not await pricing.rules():
        for pattern, price in RULES:
            await pricing.save_rule(pattern, price)


async def restart(window: MainWindow) -> None:
    pane = await opened(window)
    pane.rows["port"].control.widget.setValue(7901)
    pane.rows["capture_days"].control.widget.setValue(9_000)
    pane.rows["capture"].control.widget.setChecked(True)


async def locked(window: MainWindow) -> None:
    pane = await opened(window, "Vault")
    problem, hint = "It is locked.", "Enter its passphrase. It is asked for once after each start."
    pane.vault.show_state(VaultState("file", "Encrypted file", ready=False, problem=problem, hint=hint))


async def cache(window: MainWindow) -> None:
    """Answers of three models."""
    for n, model in enumerate(("fast", "fast", "claude-sonnet", "embed") * 9):
        made = time.time() - 3600 * n
        kept = Kept(bytes([n]) * 32, model, 12_345 * (n + 1), made, made + 10**6, b"answer")
        await window.service.run(window.service._store.cache.put, kept, [], {}, 0)
    await opened(window, "Routing")


async def no_cache(window: MainWindow) -> None:
    await window.service.run(window.service._store.cache.clear)
    await opened(window, "Routing")


async def prices(window: MainWindow) -> None:
    await ruled(window)
    await opened(window, "Prices")


async def rule(window: MainWindow) -> None:
    await ruled(window)
    pane = await opened(window, "Prices")
    pane.prices.rules.table.view.selectRow(1)
    pane.prices.rules.edit.click()
    await asyncio.sleep(0.1)


async def rule_new(window: MainWindow) -> None:
    await ruled(window)
    pane = await opened(window, "Prices")
    while not pane.prices.rules.add.isEnabled():
        await asyncio.sleep(0.1)
    pane.prices.rules.add.click()
    await asyncio.sleep(0.1)
    sheet = visible(window, "price-rule")
    sheet.pattern.setText("*claude*")
    sheet.prices.fields["input"].setText("3,5")
    sheet.accept_button.click()


async def webhook(window: MainWindow) -> None:
    pane = await opened(window, "Notifications")
    problem = "hooks.slack.com answered 404 (no_service). It is tried again in 4 minutes."
    pane.notifications.show_state(WebhookState("slack", "hooks.slack.com", "x9Kq", 3, problem))
    failed = (
        "hooks.slack.com answered 404 (no_service): the webhook is gone. Make a new one in Slack and enter it here."
    )
    pane.notifications._say_tested(WebhookTest(False, failed))


async def webhook_new(window: MainWindow) -> None:
    pane = await opened(window, "Notifications")
    pane.notifications.show_state(WebhookState())


async def admin(window: MainWindow) -> None:
    await window.service.admin.new_master_key()
    pane = await opened(window, "Admin API")
    pane.audit.table.view.selectRow(0)


async def master_key(window: MainWindow) -> None:
    pane = await opened(window, "Admin API")
    made = await window.service.admin.new_master_key()
    pane.admin._made(False, (made, await window.service.admin.master_state()))
    await asyncio.sleep(0.1)


async def zone(window: MainWindow) -> None:
    pane = await opened(window, "Money")
    pane.rows["time_zone"].control.widget.setFocus()


async def export(window: MainWindow) -> None:
    pane = await opened(window, "Data")
    pane.file.export.click()
    await asyncio.sleep(0.4)


async def apply(window: MainWindow) -> None:
    pane = await opened(window, "Data")
    pane.file.apply.click()
    sheet = visible(window, "apply")
    sheet.text.setPlainText(TOML)
    sheet.accept_button.click()
    await asyncio.sleep(0.5)


async def update(window: MainWindow) -> None:
    """A newer list as it was fetched: what it changes."""
    pane = await opened(window, "Prices")
    examples = (
        PriceChange("anthropic/claude-sonnet-5", (3_000_000, 15_000_000), (2_000_000, 10_000_000)),
        PriceChange("openai/gpt-5-mini", (250_000, 2_000_000), (300_000, 2_400_000)),
        PriceChange("google/gemini-3-flash-preview", (500_000, 3_000_000), (500_000, 2_500_000)),
        PriceChange("mistral/mistral-large-latest", (2_000_000, 6_000_000), (500_000, 1_500_000)),
        PriceChange("groq/llama-3.3-70b-versatile", (590_000, 790_000), (590_000, 790_000)),
    )
    change = CatalogueChange(None, False, 2_341, 38, 2, 47, examples, 0)
    sheet = UpdateSheet(pane.prices, window.service, window.bridge)
    sheet._fetch = lambda: sheet._fetched(CatalogueDraft(b"", change))  # type: ignore[method-assign]
    sheet.open()
    await asyncio.sleep(0.1)


async def update_failed(window: MainWindow) -> None:
    pane = await opened(window, "Prices")
    sheet = UpdateSheet(pane.prices, window.service, window.bridge)
    text = "The list has 1,161 priced models only, of the 2,299 that are known."
    sheet._fetch = lambda: sheet._failed(text)  # type: ignore[method-assign]
    sheet.open()
    await asyncio.sleep(0.1)


async def anew(window: MainWindow) -> None:
    await ruled(window)
    pane = await opened(window, "Prices")
    pane.prices.recompute(only_unpriced=False)
    await asyncio.sleep(0.1)


async def anew_shown(window: MainWindow) -> None:
    await anew(window)
    sheet = visible(window, "recompute")
    sheet.accept_button.click()
    for _ in range(80):
        await asyncio.sleep(0.1)
        if sheet.found is not None:
            break


SCENES: dict[str, Callable[[MainWindow], Awaitable[QWidget | None]]] = {
    "settings-restart": restart,
    "settings-locked": locked,
    "settings-cache": cache,
    "settings-cache-empty": no_cache,
    "settings-prices": prices,
    "settings-rule": rule,
    "settings-rule-new": rule_new,
    "settings-webhook": webhook,
    "settings-webhook-new": webhook_new,
    "settings-admin": admin,
    "settings-master-key": master_key,
    "settings-zone": zone,
    "settings-export": export,
    "settings-apply": apply,
    "settings-update": update,
    "settings-update-failed": update_failed,
    "settings-anew": anew,
    "settings-anew-shown": anew_shown,
}
