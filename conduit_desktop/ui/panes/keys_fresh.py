"""The one time at which the text of a new or rotated key is shown; a new one is connected to a tool right here."""

from __future__ import annotations

import time
from collections.abc import Mapping

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QWidget

from conduit_desktop.bus import GatewayChanged
from conduit_desktop.records import VirtualKey
from conduit_desktop.runtime import examples
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.dialogs.confirm import confirm
from conduit_desktop.ui.panes import connect_words
from conduit_desktop.ui.panes import keys_words as words
from conduit_desktop.ui.panes.connect_snippet import FittedCode
from conduit_desktop.ui.panes.connect_target import ConnectTarget
from conduit_desktop.ui.panes.keys_connect import FirstRequest, SnippetHere
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.copying import FEEDBACK, copy
from conduit_desktop.ui.widgets.layout import column, row, rule
from conduit_desktop.ui.widgets.sheet import Sheet
from conduit_desktop.ui.widgets.status import Icon
from conduit_desktop.ui.widgets.text import Label

_KEPT = "It is kept in the vault: you can reveal and copy it in the Keys pane at any time."
_ONCE = "This is the only time it is shown. Copy it now: a lost key cannot be recovered, only rotated."


class FreshKeySheet(Sheet):
    """Shows ``text`` until it is closed; asks first when it would be lost."""

    def __init__(
        self,
        pane: QWidget,
        service: GatewayService,
        bridge: Bridge,
        key: VirtualKey,
        text: str,
        *,
        rotated: bool = False,
    ) -> None:
        title = "New text made" if rotated else "Key made"
        super().__init__(pane, title, "Done", width=600, cancel="")
        self._service, self._bridge, self._key, self._text = service, bridge, key, text
        self._safe = key.secret_ref is not None
        self.accept_button.set_kind("secondary")
        self.accepted.connect(self.cancel)
        self.view = FittedCode("Key text", whole=True)
        self.view.set_code(text)
        self.copy_button = Button("Copy key", "primary", icon="copy")
        self.copy_button.setAutoDefault(True)  # Enter here copies
        self.copy_button.clicked.connect(self._copy)
        self.connect_button = Button("Open in Connect", "ghost", icon="connect", small=True)
        self.connect_button.setAutoDefault(True)
        self.connect_button.clicked.connect(self._connect)
        self.note = Label(_KEPT if self._safe else _ONCE, "small", tone="" if self._safe else "warning", wrap=True)
        self._add_head(rotated)
        self.snippet = SnippetHere(text)
        self.first = FirstRequest(key.id)
        if not rotated:
            self._add_connect()
        self.body.addStretch(1)
        self._back_to_copy = QTimer(self)
        self._back_to_copy.setSingleShot(True)
        self._back_to_copy.setInterval(FEEDBACK)
        self._back_to_copy.timeout.connect(self._restore)

    def _add_head(self, rotated: bool) -> None:
        name = Label(self._key.name, "heading", wrap=True)
        head = row(Icon("success", "success", 22), name, gap=10)
        head.setStretch(1, 1)
        old = words.rotation(self._key, time.time())
        stopped = f"{old}." if old else "The old text has stopped working."
        works = f"{stopped} This one works at once." if rotated else "It works at once."
        mark = Icon("lock" if self._safe else "warning", "text-faint" if self._safe else "warning")
        said = row(mark, self.note)
        said.setAlignment(mark, Qt.AlignmentFlag.AlignTop)
        said.setStretch(1, 1)
        line = row(self.view, self.copy_button)
        line.setStretch(0, 1)
        self.body.setSpacing(12)
        self.body.addLayout(column(head, Label(works, "muted", wrap=True), gap=6))
        self.body.addLayout(line)
        self.body.addLayout(said)

    def _add_connect(self) -> None:
        title = row(Label("Connect a tool", "heading"), None, self.connect_button)
        for part in (rule(), title, self.snippet, self.first):
            self.body.addWidget(part) if isinstance(part, QWidget) else self.body.addLayout(part)
        self.snippet.copied.connect(self._copied)
        self.first.opened.connect(self._open_request)
        self.first.start_wanted.connect(self._start)
        bridge = self._bridge
        bridge.exchange_started.connect(self.first.started)
        bridge.exchange_finished.connect(self.first.finished)
        bridge.gateway_changed.connect(self._gateway_changed)
        bridge.run(self._fetch(), self._show_target, owner=self, slot="snippet")

    async def _fetch(self) -> tuple[Mapping[str, str], str, list[str]]:
        templates = await self._service.run(examples.templates)
        port = (await self._service.settings())["port"]
        address = connect_words.address(self._service.status, port)
        preview = await self._service.configuring.preview_key(self._key)
        return templates, address, [each.model for each in preview.rows if each.reachable]

    def _show_target(self, found: tuple[Mapping[str, str], str, list[str]]) -> None:
        self.snippet.show_target(*found)
        self.first.set_running(self._service.status.state == "running")

    def _gateway_changed(self, _notice: GatewayChanged) -> None:
        self._bridge.run(self._fetch(), self._show_target, owner=self, slot="snippet")

    def open(self) -> None:
        super().open()
        self.copy_button.setFocus(Qt.FocusReason.TabFocusReason)

    def cancel(self) -> None:
        if self._safe:
            self.finish()
        else:
            self._bridge.run(self._ask(), owner=self, slot="ask")

    async def _ask(self) -> None:
        text = "The key was not copied, and its text is not kept. It cannot be shown again."
        if await confirm(self, "Close without copying?", text, "Close"):
            self.finish()

    def _copied(self) -> None:
        self._safe = True

    def _copy(self) -> None:
        copy(self._text)
        self._copied()
        self.copy_button.setText("Copied")
        self.copy_button.set_glyph("check")
        self._back_to_copy.start()

    def _restore(self) -> None:
        self.copy_button.setText("Copy key")
        self.copy_button.set_glyph("copy")

    def _start(self) -> None:
        self._bridge.run(self._service.start(), owner=self, slot="start")

    def _open_request(self, request_id: str) -> None:
        self.cancel()
        if self.isHidden():
            self._bridge.open_pane("requests", request_id)

    def _connect(self) -> None:
        target = ConnectTarget(self._key.id, "" if self._key.secret_ref is not None else self._text)
        self.finish()
        self._bridge.open_pane("connect", target)
