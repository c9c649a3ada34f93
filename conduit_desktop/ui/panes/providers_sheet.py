"""The sheet that adds a provider: what it is, then name, address and key, tested on the spot."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from urllib.parse import urlsplit

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QLineEdit, QWidget

from conduit_desktop.errors import ConduitError
from conduit_desktop.records import Provider
from conduit_desktop.runtime.configuring import Found, ProbeResult
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.dialogs.unlock import UnlockDialog
from conduit_desktop.ui.panes.outcome import outcome
from conduit_desktop.ui.panes.providers_picker import OfferPicker
from conduit_desktop.ui.panes.providers_probe import ProbeCard
from conduit_desktop.ui.panes.providers_words import Offer, free_name
from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.vault_state import VaultState
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.copying import SecretEdit
from conduit_desktop.ui.widgets.form import Form, FormRow
from conduit_desktop.ui.widgets.layout import column, panel, row
from conduit_desktop.ui.widgets.sheet import Sheet
from conduit_desktop.ui.widgets.states import Banner
from conduit_desktop.ui.widgets.status import Badge
from conduit_desktop.ui.widgets.text import Label

_ROWS = {
    "taken": "name",
    "duplicate_name": "name",
    "bad_name": "name",
    "bad_base_url": "url",
    "cleartext": "url",
    "secret_missing": "key",
    "bad_secret": "key",
    "secret_unwanted": "key",
}
_STEP_ONE = "An account at a vendor, or a server that runs models."


class ProviderForm(QWidget):
    """Name, address and key of a provider of the offered kind."""

    def __init__(self, offer: Offer, taken: Collection[str]) -> None:
        super().__init__()
        known = offer.spec
        self.offer = offer
        self.name = QLineEdit(free_name(known.kind if offer.key == "custom" else offer.key, taken))
        self.url = QLineEdit(offer.base_url)
        self.url.setProperty("mono", "true")
        self.url.setPlaceholderText("https://host/v1")
        self.key = SecretEdit("API key", known.key_hint)
        form = Form()
        self.form = form
        self.rows: dict[str, FormRow] = {"name": form.add("Name", self.name)}
        if not known.built_in:
            help_ = offer.preset.help if offer.preset else "Change it only for a proxy or a mirror."
            self.rows["url"] = form.add("Base URL", self.url, help_)
        if known.secret != "none":
            self.rows["key"] = form.add(
                "API key",
                self.key,
                "Kept in the vault: the OS keyring, or an encrypted file.",
                optional=known.secret == "optional",
            )
        self.name.textChanged.connect(self._explain)
        self._explain()
        box = column(form, gap=SPACE.m)
        if known.key_page:
            get = Button("Get a key", "ghost", icon="external", small=True, name=f"Get a key at {known.key_page}")
            get.setToolTip(known.key_page)
            get.clicked.connect(lambda: QDesktopServices.openUrl(QUrl(known.key_page)))
            box.addLayout(row(get, Label(urlsplit(known.key_page).netloc, "small"), None))
        if known.built_in:
            note = Label(f"{known.summary} Its prices are made up.", "muted", wrap=True)
            box.addLayout(row(Badge("Demo", "accent", icon="spark"), None))
            box.addWidget(note)
        self.setLayout(box)

    def _explain(self) -> None:
        name = self.name.text().strip() or "NAME"
        self.rows["name"].set_help(f"Clients reach every model of it as {name}/MODEL-ID, without any mapping.")

    def check(self) -> bool:
        """Say what is missing; True when nothing is."""
        self.form.clear_errors()
        known = self.offer.spec
        if not self.name.text().strip():
            self.rows["name"].set_error("Give it a name.")
        if not known.built_in and not self.url.text().strip() and not known.base_url:
            self.rows["url"].set_error("Enter the server's address, such as http://127.0.0.1:1234/v1.")
        if known.secret == "required" and not self.key.text:
            self.rows["key"].set_error(f"{known.title} needs an API key.")
        return not self.form.focus_first_error()

    def show_error(self, error: ConduitError) -> bool:
        """Put it at its field; False when it belongs to none."""
        place = self.rows.get(_ROWS.get(error.code, ""))
        if place is None:
            return False
        place.set_error(error.text)
        place.field.setFocus()
        return True


class AddProviderSheet(Sheet):
    """Signal: ``added(Provider)`` once it is stored."""

    added = Signal(object)

    def __init__(
        self,
        parent: QWidget,
        service: GatewayService,
        bridge: Bridge,
        taken: Collection[str],
        found: Sequence[Found] = (),
        offer: Offer | None = None,
    ) -> None:
        super().__init__(parent, "Add provider", "Add provider", _STEP_ONE, width=500)
        self.setObjectName("add-provider")
        self._service, self._bridge, self._taken = service, bridge, set(taken)
        self.form: ProviderForm | None = None
        self._tested: tuple[str, str] | None = None
        self.picker = OfferPicker()
        for each in found:
            if each.preset in self.picker.cards:
                models = "1 model" if len(each.models) == 1 else f"{len(each.models)} models"
                self.picker.cards[each.preset].set_note("Running now" if each.needs_key else f"Running now, {models}")
        self.vault = Banner("warning", "")
        self.vault.acted.connect(self._unlock)
        self.vault.hide()
        self._kinds = Button("Other kinds", "ghost", icon="left", small=True)
        self._kinds.clicked.connect(self.show_picker)
        self.test = Button("Test connection", icon="bolt")
        self.test.clicked.connect(self._test)
        self.probe = ProbeCard()
        self._tests = panel(column(row(self.test, None), self.probe, gap=SPACE.m))
        self._place = column(gap=0)
        self._tests.hide()
        self.body.addWidget(self.vault)
        self.body.addWidget(self.picker)
        self.body.addLayout(self._place)
        self.body.addWidget(self._tests)
        self.body.addStretch(1)
        self.add_foot(self._kinds)
        self.picker.picked.connect(self.show_form)
        self.accepted.connect(self._accept_form)
        self.show_picker() if offer is None else self.show_form(offer)
        self._look_at_vault()

    # ---- the two steps

    def show_picker(self) -> None:
        """Back to the choice of kinds."""
        self._drop_form()
        self.set_error("")
        self.set_head("Add provider", _STEP_ONE)
        self.picker.show()
        self._tests.hide()
        self._kinds.hide()
        self.accept_button.hide()
        self.accept_button.setEnabled(False)
        if self.isVisible():
            self.focus_first()

    def show_form(self, offer: Offer) -> None:
        """The fields for what was chosen."""
        self._drop_form()
        self.form = ProviderForm(offer, self._taken)
        for field in (self.form.url, self.form.key.field):
            field.textEdited.connect(self._stale)
        self._place.addWidget(self.form)
        self.set_head(f"Add {offer.title}", offer.summary)
        self.picker.hide()
        self._kinds.show()
        self.accept_button.show()
        self._tests.setVisible(not offer.spec.built_in)
        self.accept_button.setEnabled(True)
        if self.isVisible():
            known = offer.spec
            first = self.form.key if known.secret == "required" else self.form.url if offer.key == "custom" else None
            (first or self.form.name if known.built_in else first or self.form.url).setFocus()

    def _drop_form(self) -> None:
        if self.form is not None:
            self.form.hide()
            self.form.deleteLater()
            self.form = None
        self._stale()

    def _stale(self, _text: str = "") -> None:
        """What was tested is no longer what is entered."""
        self._tested = None
        self.probe.clear()
        self.accept_button.setText("Add provider")
        self.accept_button.updateGeometry()

    # ---- testing

    def _entered(self, form: ProviderForm) -> tuple[str, str]:
        return form.url.text().strip(), form.key.text

    def _test(self) -> None:
        if (form := self.form) is not None and form.check():
            self.test.set_busy(True)
            self.probe.show_running(urlsplit(form.url.text()).netloc or form.offer.title)
            self._bridge.run(self._ask(form), self._show_result, self._failed, owner=self, slot="work")

    async def _ask(self, form: ProviderForm) -> ProbeResult | ConduitError:
        url, key = self._entered(form)
        self._tested = (url, key)
        return await outcome(self._service.configuring.test_draft(form.offer.spec.kind, url, key or None))

    def _show_result(self, result: ProbeResult | ConduitError) -> None:
        self.test.set_busy(False)
        if self.form is None:
            return
        if isinstance(result, ProbeResult):
            self.probe.show_result(result)
            self.accept_button.setText("Add provider" if result.ok else "Add anyway")
            self.accept_button.updateGeometry()
            return
        self._tested = None
        self.probe.clear()
        if not self.form.show_error(result):
            self.probe.show_failure(result.text)

    # ---- adding

    def _accept_form(self) -> None:
        """Test what was not tested yet, then store it; what failed is stored only when asked for again."""
        form = self.form
        if form is None or not form.check():
            return
        self.set_busy(True)
        fresh = not form.offer.spec.built_in and self._tested != self._entered(form)
        if fresh:
            self.probe.show_running(urlsplit(form.url.text()).netloc or form.offer.title)
        self._bridge.run(self._add(form, fresh), self._show_added, self._failed, owner=self, slot="work")

    async def _add(self, form: ProviderForm, fresh: bool) -> Provider | ProbeResult | ConduitError:
        if fresh:
            result = await self._ask(form)
            if isinstance(result, ConduitError) or not result.ok:
                return result
            self.probe.show_result(result)
        url, key = self._entered(form)
        return await outcome(
            self._service.configuring.add_provider(
                form.name.text(), form.offer.spec.kind, base_url=url, secret=key or None
            )
        )

    def _show_added(self, result: Provider | ProbeResult | ConduitError) -> None:
        self.set_busy(False)
        if isinstance(result, Provider):
            self.finish()
            self.added.emit(result)
        elif isinstance(result, ProbeResult):
            self._show_result(result)
        elif self.form is None or not self.form.show_error(result):
            self.set_error(result.text)
            self._look_at_vault()

    def _failed(self, text: str) -> None:
        self.test.set_busy(False)
        self.set_error(text)

    # ---- the vault

    def _look_at_vault(self) -> None:
        self._bridge.run(self._service.vault_state(), self._show_vault, _quiet, owner=self, slot="vault")

    def _show_vault(self, state: VaultState) -> None:
        self._vault_hint = state.hint
        self.vault.setVisible(not state.ready)
        if not state.ready:
            text = " ".join(part for part in (state.problem or f"{state.name} is locked.", state.hint) if part)
            self.vault.set_message("warning", text, "Unlock…" if state.kind == "file" else "")

    def _unlock(self) -> None:
        dialog = UnlockDialog(self, self._service, self._bridge, self._vault_hint)
        self._bridge.run(dialog.answer(), lambda _done: self._look_at_vault(), owner=self, name="unlock vault")


def _quiet(_text: str) -> None:
    """What is wrong with the vault shows when a key is to be stored."""
