"""The details of a provider: its switch, its fields, its test, its models."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from PySide6.QtCore import QSignalBlocker, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QLineEdit, QWidget

from conduit_desktop.errors import ConduitError
from conduit_desktop.records import Model, Provider
from conduit_desktop.runtime.configuring import ProbeResult
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.panes.outcome import outcome
from conduit_desktop.ui.panes.providers_credentials import ProviderKeys
from conduit_desktop.ui.panes.providers_lists import ModelLists
from conduit_desktop.ui.panes.providers_models import ProviderModels
from conduit_desktop.ui.panes.providers_probe import ProbeCard
from conduit_desktop.ui.panes.providers_words import key_words, kind_words, known_kind, served_by
from conduit_desktop.ui.shown import moment
from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets.buttons import Button, IconButton
from conduit_desktop.ui.widgets.copying import SecretEdit
from conduit_desktop.ui.widgets.form import Form, OptionRow
from conduit_desktop.ui.widgets.inputs import Switch
from conduit_desktop.ui.widgets.key_values import Entry, KeyValueTable
from conduit_desktop.ui.widgets.layout import column, row, rule, scrolled
from conduit_desktop.ui.widgets.split import DetailPanel, Tabs
from conduit_desktop.ui.widgets.states import Banner
from conduit_desktop.ui.widgets.text import Notice


class ProviderDetail(DetailPanel):
    """Signals: ``tested(provider, ProbeResult)``, ``model_wanted(provider, model id)``, ``remove_wanted(provider)``."""

    tested = Signal(object, object)
    model_wanted = Signal(object, str)
    remove_wanted = Signal(object)
    several_wanted = Signal()

    def __init__(self, service: GatewayService, bridge: Bridge, lists: ModelLists) -> None:
        super().__init__()
        self._service, self._bridge, self._lists = service, bridge, lists
        self.provider: Provider | None = None
        remove = IconButton("trash", "Remove provider…", small=True)
        remove.clicked.connect(lambda: self.remove_wanted.emit(self.provider))
        self.add_action(remove)
        self.tabs = Tabs("Provider details")
        self.body.setContentsMargins(SPACE.l, 0, 0, 0)
        self.body.addWidget(self.tabs)

    def rest(self) -> Iterator[None]:
        """Makes what the tabs have."""
        self.keys = ProviderKeys(self._service, self._bridge)
        self.keys.changed.connect(self._stored)
        self.tabs.addTab(scrolled(self._connection()), "Connection")
        yield
        self.models = ProviderModels(self._bridge, self._lists)
        self.models.wanted.connect(lambda model: self.model_wanted.emit(self.provider, model))
        self.models.several_wanted.connect(self.several_wanted)
        self.tabs.addTab(self.models, "Models")
        self.tabs.currentChanged.connect(self._switched)

    def _connection(self) -> QWidget:
        self._notice = Banner("info", "")
        self._notice.hide()
        self.enabled = Switch(name="Enabled")
        self.enabled.toggled.connect(self._switch)
        self.name = QLineEdit()
        self.url = QLineEdit()
        self.url.setProperty("mono", "true")
        self.key = SecretEdit("API key")
        self.form = form = Form()
        self._name_row = form.add("Name", self.name)
        self._url_row = form.add("Base URL", self.url)
        self._key_row = form.add("API key", self.key)
        for field in (self.name, self.url, self.key.field):
            field.textChanged.connect(self._look)
            field.returnPressed.connect(self.save)
        self._key_page = Button("Get a key", "ghost", icon="external", small=True)
        self._key_page.clicked.connect(self._open_key_page)
        self.save_button = Button("Save changes", "primary")
        self.save_button.clicked.connect(self.save)
        self._revert = Button("Revert")
        self._revert.clicked.connect(self._fill)
        self.test_button = Button("Test connection", icon="bolt")
        self.test_button.clicked.connect(self.test)
        self.probe = ProbeCard()
        self._facts = KeyValueTable()
        self._fault = Notice("", "small", tone="danger", wrap=True)
        self._fault.hide()
        buttons = row(self.save_button, self._revert, self.test_button, None)
        option = OptionRow("Enabled", self.enabled, "Off: no request is sent to it; its deployments are skipped.")
        margins = (0, SPACE.s, SPACE.l, SPACE.l)
        box = column(self._notice, option, form, row(self._key_page, None), gap=SPACE.m, margins=margins)
        box.addLayout(buttons)
        self._below_keys = rule()
        for part in (self._fault, self.probe, rule(), self.keys, self._below_keys, self._facts):
            box.addWidget(part)
        box.addStretch(1)
        inner = QWidget()
        inner.setLayout(box)
        return inner

    # ---- what it shows

    def show_provider(self, provider: Provider, models: Sequence[Model], result: ProbeResult | None) -> None:
        """Show one. What the user has typed and not saved stays while it is the same one."""
        other = self.provider is None or self.provider.id != provider.id
        keep = not other and self.dirty
        self.provider = provider
        used = served_by(provider.id, models)
        self.set_head(provider.name, f"{kind_words(provider)} · {_serves(used)}")
        self.models.set_provider(provider, models)
        if not keep:
            self._fill()
        self.keys.show_provider(provider)
        self._below_keys.setVisible(not self.keys.isHidden())
        if other:
            self.test_button.set_busy(False)
            self.save_button.set_busy(False)
            self.probe.show_result(result) if result is not None else self.probe.clear()
            if self.tabs.currentIndex() == 1:
                self.models.fetch()
        self.enabled.setAccessibleName(f"Enabled: {provider.name}")
        with QSignalBlocker(self.enabled):
            self.enabled.setChecked(provider.enabled)
        self._facts.set_entries(
            (
                Entry("Kind", kind_words(provider)),
                Entry("Serves", ", ".join(used) or "no model yet"),
                Entry("Direct form", f"{provider.name}/MODEL-ID", mono=True),
                Entry("Added", moment(provider.created) if provider.created else ""),
            )
        )

    def _fill(self) -> None:
        provider = self.provider
        if provider is None:
            return
        known = known_kind(provider.kind)
        built_in = known is not None and known.built_in
        self.form.clear_errors()
        self._fault.hide()
        self.name.setText(provider.name)
        self.url.setText(provider.base_url)
        self.url.setCursorPosition(0)
        self.key.clear()
        self.key.field.setPlaceholderText(key_words(provider))
        self._url_row.setVisible(not built_in)
        self._key_row.setVisible(known is None or known.secret != "none")
        self._key_row.set_help("Leave empty to keep the stored key." if provider.secret_ref else "Kept in the vault.")
        page = known.key_page if known is not None else ""
        self._key_page.setVisible(bool(page))
        self._key_page.setToolTip(page)
        self._key_page.setAccessibleName(f"Get a key at {urlsplit(page).netloc}")
        if built_in:
            self._notice.set_message("info", "Demo: built in, no network, nothing is billed. Its prices are made up.")
        elif known is None:
            self._notice.set_message(
                "warning", f"This version does not know the kind {provider.kind!r}: no request is sent to it."
            )
        self._notice.setVisible(built_in or known is None)
        self.test_button.setVisible(known is not None)
        self._look()

    @property
    def dirty(self) -> bool:
        """Whether something is typed that is not saved."""
        provider = self.provider
        if provider is None:
            return False
        return (
            self.name.text().strip() != provider.name
            or self.url.text().strip() != provider.base_url
            or bool(self.key.text)
        )

    def _look(self, _text: str = "") -> None:
        dirty = self.dirty
        self.save_button.setVisible(dirty)
        self._revert.setVisible(dirty)
        self.test_button.setText("Save and test" if dirty else "Test connection")
        self.test_button.updateGeometry()

    def _switched(self, at: int) -> None:
        if at == 1:
            self.models.fetch()

    def _open_key_page(self) -> None:
        if self._key_page.toolTip():
            QDesktopServices.openUrl(QUrl(self._key_page.toolTip()))

    # ---- what it changes

    def _switch(self, on: bool) -> None:
        if (provider := self.provider) is None:
            return
        work = self._service.configuring.edit_provider(provider.id, enabled=on)
        self._bridge.run(work, self._stored, self._switch_failed, owner=self, slot="switch")

    def _switch_failed(self, text: str) -> None:
        self._bridge.tell(text, "error")
        if self.provider is not None:
            with QSignalBlocker(self.enabled):
                self.enabled.setChecked(self.provider.enabled)

    def _stored(self, provider: Provider) -> None:
        if self.provider is not None and self.provider.id == provider.id:
            self.provider = provider

    def save(self) -> None:
        """Store what was typed; what is wrong is said at its field."""
        if self.dirty:
            self._start_saving(then_test=False)

    def _start_saving(self, *, then_test: bool) -> None:
        provider = self.provider
        if provider is None:
            return
        self.form.clear_errors()
        self._fault.hide()
        if not self.name.text().strip():
            self._name_row.set_error("Give it a name.")
            self.form.focus_first_error()
            return
        self.save_button.set_busy(True)
        work = self._service.configuring.edit_provider(
            provider.id, name=self.name.text(), base_url=self.url.text(), secret=self.key.text or None
        )
        done = self._saved_to_test if then_test else self._saved
        self._bridge.run(outcome(work), done, self._failed, owner=self, slot="save")

    def _saved(self, result: Provider | ConduitError) -> bool:
        self.save_button.set_busy(False)
        if isinstance(result, Provider):
            if self.provider is not None and self.provider.id == result.id:
                self.provider = result
                self.probe.clear()
                self._fill()
                self.keys.show_provider(result)
            self._bridge.tell(f"{result.name} saved")
            return True
        places = {
            **dict.fromkeys(("taken", "duplicate_name", "bad_name"), self._name_row),
            **dict.fromkeys(("bad_base_url", "cleartext"), self._url_row),
            **dict.fromkeys(("secret_needed", "secret_missing", "bad_secret", "secret_unwanted"), self._key_row),
        }
        if (place := places.get(result.code)) is not None:
            place.set_error(result.text)
            place.field.setFocus()
        else:
            self._failed(result.text)
        return False

    def _saved_to_test(self, result: Provider | ConduitError) -> None:
        if self._saved(result):
            self.test()

    def _failed(self, text: str) -> None:
        self.save_button.set_busy(False)
        self._fault.setText(text)
        self._fault.show()

    def test(self) -> None:
        """Ask the provider; what was typed is stored first."""
        provider = self.provider
        if provider is None or known_kind(provider.kind) is None:
            return
        if self.dirty:
            self._start_saving(then_test=True)
            return
        self.test_button.set_busy(True)
        self.probe.show_running(urlsplit(provider.base_url).netloc or provider.name)
        work = outcome(self._service.configuring.test_provider(provider.id))
        self._bridge.run(
            work, lambda result: self._tested(provider, result), self._test_failed, owner=self, slot="test"
        )

    def _tested(self, provider: Provider, result: ProbeResult | ConduitError) -> None:
        mine = self.provider is not None and self.provider.id == provider.id
        if mine:
            self.test_button.set_busy(False)
        if isinstance(result, ProbeResult):
            self.tested.emit(provider, result)
            if mine:
                self.probe.show_result(result)
        elif mine:
            self.probe.show_failure(result.text)

    def _test_failed(self, text: str) -> None:
        self.test_button.set_busy(False)
        self.probe.show_failure(text)


def _serves(aliases: tuple[str, ...]) -> str:
    return {0: "serves no model yet", 1: "serves 1 model"}.get(len(aliases), f"serves {len(aliases)} models")
