"""Scenes of the widgets alone, and of the window's own overlays."""

from __future__ import annotations

import json
import math
from collections.abc import Awaitable, Callable

from PySide6.QtWidgets import QComboBox, QLineEdit, QTabWidget, QWidget

from conduit_desktop.ui import theme
from conduit_desktop.ui.dialogs.confirm import Dialog
from conduit_desktop.ui.main_window import MainWindow
from conduit_desktop.ui.widgets.bars import StackedBars
from conduit_desktop.ui.widgets.buttons import Button, IconButton
from conduit_desktop.ui.widgets.code import CodeView
from conduit_desktop.ui.widgets.copying import CopyField, SecretEdit, SecretField
from conduit_desktop.ui.widgets.form import Form, FormRow, OptionRow
from conduit_desktop.ui.widgets.inputs import Choice, NumberField, SearchField, Segmented, Switch
from conduit_desktop.ui.widgets.key_values import Entry, KeyValueTable
from conduit_desktop.ui.widgets.layout import card, column, row
from conduit_desktop.ui.widgets.plot_data import Plotted, Point, Series, every_nth
from conduit_desktop.ui.widgets.progress import BudgetBar, Spinner
from conduit_desktop.ui.widgets.sheet import Sheet
from conduit_desktop.ui.widgets.states import Banner, EmptyState, Tile
from conduit_desktop.ui.widgets.status import Badge, StatusDot
from conduit_desktop.ui.widgets.text import Label

PYTHON = """from openai import OpenAI

# one address for every provider
client = OpenAI(base_url="http://127.0.0.1:7878/v1")
for chunk in client.chat.completions.create(model="fast", stream=True):
    print(chunk.choices[0].delta.content, end="")
"""


def _page(*parts: object, width: int = 760, height: int = 560) -> QWidget:
    page = QWidget()
    theme.current().dress(page)
    page.setProperty("surface", "surface")
    page.setLayout(column(*parts, gap=16, margins=(24, 24, 24, 24)))  # type: ignore[arg-type]
    page.resize(width, height)
    page.show()
    return page


async def controls(_window: MainWindow) -> QWidget:
    busy = Button("Saving…", "primary")
    busy.set_busy(True)
    focused = Button("Focused", "primary")
    ghost = Button("Focused ghost", "ghost", icon="edit")
    kinds = row(
        Button("Save", "primary"), Button("Test connection", icon="bolt"), Button("Cancel", "ghost"),
        Button("Delete", "danger", icon="trash"), busy, IconButton("refresh", "Refresh"), None,
    )  # fmt: skip
    small = row(
        Button("Save", "primary", small=True), Button("Edit", icon="edit", small=True),
        IconButton("more", "More", small=True), focused, ghost, None,
    )  # fmt: skip
    spin = NumberField("Days", 0, 90, 42, unit="days")
    combo = QComboBox()
    combo.addItems(["gpt-5-mini", "claude-sonnet-4-5"])
    invalid = QLineEdit("htp://")
    faulty = FormRow("Base URL", invalid, "Where the provider answers.")
    faulty.set_error("This is no web address. It starts with https:// or http://.")
    switches = row(Switch("Enabled", on=True), Switch("Off"), Switch("Capture"), None, gap=20)
    badges = row(
        Badge("200", "success", mono=True), Badge("429", "warning", mono=True), Badge("500", "danger", mono=True),
        Badge("stream", "neutral"), Badge("P1", "accent"), Badge("Cooling down", "info", icon="clock"),
        StatusDot("Running", "success"), StatusDot("Down", "danger"), StatusDot("Off", "neutral", hollow=True),
        Spinner(), None,
    )  # fmt: skip
    page = _page(
        Label("Controls", "title"), kinds, small, row(SearchField("Search requests"), spin, combo, None), faulty,
        row(Segmented((("1h", "1 h"), ("24h", "24 h"), ("7d", "7 d"), ("30d", "30 d")), name="Span", value="24h"),
            Segmented((("list", "List", "filter"), ("grid", "Split", "columns")), name="View"),
            Choice((("all", "All keys"), ("editor", "editor")), name="Key"), None),
        switches, badges, CopyField("http://127.0.0.1:7878/v1", "Base URL"),
        SecretField("Key text", lambda work, done: None, None, "XY9z"), SecretEdit("API key", "sk-…"), None,
        height=680,
    )  # fmt: skip
    ghost.setFocus()
    return page


async def tiles(_window: MainWindow) -> QWidget:
    parts = [Tile("Requests"), Tile("Spend"), Tile("Time to first token"), Tile("Errors")]
    parts[0].set_figure("4,812", sub="38 in the last minute", delta="+12 %", delta_tone="success")
    parts[1].set_figure("$31.20", sub="Priced 4,790 of 4,812", delta="+$4.10")
    parts[2].set_figure("0.62", unit="s", sub="p95 1.84 s", delta="−0.08 s", delta_tone="success")
    parts[3].set_figure("1.4", unit="%", sub="68 requests", delta="+0.6", delta_tone="danger")
    chart = StackedBars("Requests by hour")
    bars = [
        Point(hour, f"Today {hour:02}:00", (200 + 160 * math.sin(hour / 3.4), 12 + 6 * math.cos(hour)))
        for hour in range(24)
    ]
    series = (Series("Served", "chart-1"), Series("Failed", "danger"))
    labels = every_nth([f"{hour:02}:00" for hour in range(24)])
    chart.set_plotted(Plotted("Requests by hour", series, tuple(bars), marks=labels))
    budget = BudgetBar()
    budget.set_use(0.82, "$4.10 of $5.00 this month")
    low = BudgetBar()
    low.set_use(0.31, "$12.40 of $40.00 this month")
    page = _page(
        row(*parts, gap=12), card(Label("Requests", "heading"), chart), row(card(budget), card(low), gap=12), None,
        width=980, height=600,
    )  # fmt: skip
    chart.point(15)
    return page


async def code(_window: MainWindow) -> QWidget:
    view = CodeView("Body")
    body = {
        "model": "claude-sonnet-4-5", "stream": True, "max_tokens": 1024, "temperature": 0.7, "stop": None,
        "messages": [{"role": "user", "content": "Why is the sky blue? " * 12}],
        "tools": [{"name": "get_weather", "input_schema": {"type": "object", "required": ["city"]}}],
    }  # fmt: skip
    view.set_code(json.dumps(body, indent=2), "json")
    python = CodeView("Snippet")
    python.set_code(PYTHON, "python")
    tabs = QTabWidget()
    tabs.setDocumentMode(True)
    for name in ("Overview", "Timeline", "Request", "Response", "Attempts"):
        tabs.addTab(QWidget(), name)
    facts = KeyValueTable((
        Entry("Model", "smart → claude-sonnet-4-5"), Entry("Status", "200 OK", tone="success"),
        Entry("Request id", "req_0190c2f3a8b2c4d6e8f0a1b2c3d4e5f6", mono=True, copy=True),
        Entry("URL", "https://api.anthropic.com/v1/messages?beta=true&with=a-long-query-string", mono=True, copy=True),
        Entry("Cost", "$0.0421 (input $0.0102, output $0.0319)"),
    ))  # fmt: skip
    tabs.setMaximumHeight(50)
    return _page(tabs, facts, view, python, width=640, height=760)


async def states(_window: MainWindow) -> QWidget:
    parts = [
        Banner("warning", "Capture is on: prompts and answers of every request are written to disk.", "Turn off"),
        Banner("info", "Port 7878 is taken by ollama; the gateway uses 7879.", dismissable=True),
        Banner("error", "The gateway cannot listen: permission denied.", "Try again"),
        EmptyState("provider", "No providers yet", "Add an account or a local server.", "Add a provider"),
    ]  # fmt: skip
    return _page(*parts)


async def palette(window: MainWindow) -> None:
    window.open_palette()


async def palette_typed(window: MainWindow) -> None:
    window.open_palette()
    window.palette_box.field.setText("copy an")


async def toasts(window: MainWindow) -> None:
    window.toasts.show("Copied http://127.0.0.1:7878/v1", "success")
    window.toasts.show("Key editor has used 82 % of its budget", "warning", "Show")
    window.toasts.show("OpenAI refused the key (401 invalid_api_key). Check it under Providers.", "error")


async def dialog(window: MainWindow) -> QWidget:
    made = Dialog(
        window,
        "Delete provider OpenAI?",
        "Models that use it lose 3 deployments. Its key is removed from the keyring. This cannot be taken back.",
    )
    made.add_button("Cancel", default=True).setFocus()
    made.add_button("Delete provider", "danger")
    made.open()
    return made


async def sheet(window: MainWindow) -> None:
    for old in window.findChildren(Sheet):
        old.finish()
    made = Sheet(window, "New key", "Create key", "A tool presents this key instead of your provider's.")
    form = Form()
    form.add("Name", QLineEdit(), "Shown in the log and in reports.")
    form.add("Budget", QLineEdit("5.00"), optional=True)
    form.add("Models", Choice((("all", "All models"), ("fast", "fast")), name="Models"))
    made.body.addWidget(form)
    made.body.addWidget(OptionRow("Allow revealing it later", Switch(on=True), "Its text is kept in the keyring."))
    made.body.addStretch(1)
    made.open()


SCENES: dict[str, Callable[[MainWindow], Awaitable[QWidget | None]]] = {
    "controls": controls, "tiles": tiles, "code": code, "states": states, "toasts": toasts, "dialog": dialog,
    "sheet": sheet, "palette": palette, "palette-typed": palette_typed,
}  # fmt: skip
