"""Settings: the admin API, the audit log, the configuration as a file, the webhook, over the real service."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel

from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.dialogs.base import Dialog
from conduit_desktop.ui.main_window import MainWindow
from conduit_desktop.ui.panes.settings import SettingsPane
from conduit_desktop.ui.panes.settings_audit import PAGE
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.sheet import Sheet
from tests.ui.accessible import unnamed
from tests.ui.eventually import until


async def shown(window: MainWindow) -> Any:
    window.go("settings")
    pane = window.pane("settings")
    assert isinstance(pane, SettingsPane)
    await until(lambda: len(pane.audit.rows) > 0)
    return pane


def sheet_of(window: MainWindow, name: str) -> Any:
    return next((each for each in window.findChildren(Sheet, name) if not each.isHidden()), None)


async def answer(window: MainWindow, action: str) -> None:
    await until(lambda: any(each.isVisible() for each in window.findChildren(Dialog)))
    dialog = next(each for each in window.findChildren(Dialog) if each.isVisible())
    next(each for each in dialog.findChildren(Button) if each.text() == action).click()


async def test_a_master_key_is_made_shown_once_revealed_and_rotated(
    window: MainWindow, service: GatewayService
) -> None:
    pane = await shown(window)
    admin = pane.admin
    assert admin.dot.word == "None yet"
    assert not admin.secret.isVisibleTo(pane)
    admin.make.click()
    await until(lambda: sheet_of(window, "master-key") is not None)
    sheet = sheet_of(window, "master-key")
    text = sheet.view.code
    assert text == await service.admin.reveal_master_key()
    assert not unnamed(sheet)
    sheet.copy_button.click()
    assert QGuiApplication.clipboard().text() == text
    sheet.accept_button.click()
    await until(lambda: sheet_of(window, "master-key") is None)
    assert admin.dot.word == "Made"
    assert f"ends in {text[-4:]}" in admin.said.text()
    assert text not in admin.secret._label.full_text
    admin.secret._eye.click()
    await until(lambda: admin.secret._label.full_text == text)
    admin.show_state(await service.admin.master_state())  # as after any change of the configuration
    assert admin.secret._label.full_text == text
    admin.rotate.click()
    await answer(window, "Make a new one")
    await until(lambda: sheet_of(window, "master-key") is not None)
    new = sheet_of(window, "master-key").view.code
    assert new != text
    assert await service.admin.reveal_master_key() == new
    assert admin.secret._label.full_text.endswith(new[-4:])
    assert text not in admin.secret._label.full_text
    sheet_of(window, "master-key").accept_button.click()
    assert not unnamed(pane)


async def test_the_address_follows_the_gateway(window: MainWindow, service: GatewayService) -> None:
    pane = await shown(window)
    assert not pane.admin.docs.isEnabled()
    await service.set_setting("port", 17_878)
    status = await service.start()
    await until(lambda: pane.admin.address.text == f"{status.base_url}/admin/v1")
    assert pane.admin.docs.isEnabled()


async def test_the_audit_log_has_who_and_what_and_goes_on_when_scrolled(
    window: MainWindow, service: GatewayService
) -> None:
    for number in range(PAGE + 20):
        await service.set_setting("retention_days", 31 + number)
    pane = await shown(window)
    rows = pane.audit.rows
    await until(lambda: len(rows) == PAGE)
    assert [rows.index(0, at).data() for at in (1, 3)] == ["window", "change setting retention_days"]
    bar = pane.audit.table.view.verticalScrollBar()
    bar.setValue(bar.maximum())
    await until(lambda: len(rows) > PAGE)
    seqs = [entry.seq for entry in rows.records]
    assert seqs == sorted(seqs, reverse=True)
    pane.audit.table.view.selectRow(0)
    assert "149 → 150" in pane.audit.detail.text()


async def test_the_configuration_is_exported_and_applied_with_its_difference_shown(
    window: MainWindow, service: GatewayService, tmp_path: Path
) -> None:
    pane = await shown(window)
    pane.file.export.click()
    await until(lambda: sheet_of(window, "export") is not None)
    sheet = sheet_of(window, "export")
    assert "[models.smart]" in sheet.view.code
    assert "sk-" not in sheet.view.code
    path = tmp_path / "conduit.toml"
    sheet.write(path)
    await until(lambda: sheet_of(window, "export") is None)

    pane.file.apply.click()
    sheet = sheet_of(window, "apply")
    assert not unnamed(sheet)
    sheet.read(path)
    await until(lambda: "[models.smart]" in sheet.text.toPlainText())
    sheet.accept_button.click()
    await until(lambda: sheet.plan is not None)
    assert sheet.said.text() == "Nothing changes."
    assert not sheet.accept_button.isEnabled()
    sheet.back.click()
    changed = path.read_text("utf-8").replace('"least-latency"', '"random"')
    sheet.text.setPlainText(f'{changed}\n[keys.robot]\nbudget_usd = "3.00"\n')
    sheet.accept_button.click()
    await until(lambda: sheet.plan is not None)
    assert sheet.said.text() == "1 added, 1 changed."
    texts = {label.text() for label in sheet.findChildren(QLabel)}
    assert {"strategy: least-latency → random", "key robot", "budget_usd: 3.00"} <= texts
    assert next(each for each in await service.configuring.models() if each.alias == "fast").strategy != "random"
    sheet.accept_button.click()
    await until(lambda: sheet.accept_button.text() == "Done")
    assert next(each for each in await service.configuring.models() if each.alias == "fast").strategy == "random"
    assert any(label.text() == "robot" for label in sheet.findChildren(QLabel))
    sheet.accept_button.click()
    assert sheet_of(window, "apply") is None


async def test_a_file_that_is_wrong_says_where(window: MainWindow) -> None:
    pane = await shown(window)
    pane.file.apply.click()
    sheet = sheet_of(window, "apply")
    sheet.accept_button.click()
    assert "Paste a configuration" in sheet.row.error
    sheet.text.setPlainText('[keys.robot]\nrpm = "fast"\n')
    sheet.accept_button.click()
    await until(lambda: "robot" in sheet.row.error)
    sheet.text.setPlainText("[keys\n")
    sheet.accept_button.click()
    await until(lambda: "robot" not in sheet.row.error and sheet.row.error)
    sheet.finish()


# ---------------------------------------------------------------- the webhook


class _Taking(BaseHTTPRequestHandler):
    status = 200
    got: ClassVar[list[bytes]] = []

    def do_POST(self) -> None:
        self.got.append(self.rfile.read(int(self.headers["content-length"])))
        self.send_response(self.status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on standard error."""


@pytest.fixture
def hook() -> Iterator[str]:
    _Taking.status, _Taking.got = 200, []
    server = HTTPServer(("127.0.0.1", 0), _Taking)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/hooks/very-secret-x9Kq"
    server.shutdown()
    thread.join()
    server.server_close()


async def test_a_webhook_is_entered_tested_and_removed(window: MainWindow, service: GatewayService, hook: str) -> None:
    service.notifying.start()
    pane = await shown(window)
    part = pane.notifications
    assert part.dot.word == "Not set"
    part.url.field.setText("http://example.com/hook")
    part.save.click()
    await until(lambda: part.url_row.error)
    part.url.field.setText(hook)
    part.save.click()
    await until(lambda: part.dot.word == "In use")
    assert "127.0.0.1" in part.address.full_text
    assert part.address.full_text.endswith("x9Kq")
    assert "very-secret" not in part.address.full_text
    assert part.url.field.text() == ""
    part.test.click()
    await until(lambda: part.tested.text())
    assert "took it" in part.tested.text()
    assert len(_Taking.got) == 1
    _Taking.status = 404
    part.test.click()
    await until(lambda: "404" in part.tested.text())
    assert part.tested.property("tone") == "danger"
    part.drop.click()
    await answer(window, "Remove webhook")
    await until(lambda: part.dot.word == "Not set")
    assert (await service.notifying.webhook_state()).kind is None
    await asyncio.sleep(0)
    assert not unnamed(pane)
