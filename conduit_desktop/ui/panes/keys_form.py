"""The form of a key, the same for making one and for changing one: every field, grouped, checked while it is typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from conduit_desktop.records import VirtualKey
from conduit_desktop.ui import theme
from conduit_desktop.ui.panes import keys_form_words as form_words
from conduit_desktop.ui.panes import keys_typed as typed
from conduit_desktop.ui.panes import keys_words as words
from conduit_desktop.ui.panes.keys_fields import AtLimitField, BudgetField, ExpiryField, LimitField, text_field
from conduit_desktop.ui.panes.keys_may_use import ModelsField, ProvidersField
from conduit_desktop.ui.widgets.form import FormRow
from conduit_desktop.ui.widgets.inputs import Switch
from conduit_desktop.ui.widgets.layout import column
from conduit_desktop.ui.widgets.section import Section
from conduit_desktop.ui.widgets.suggest import suggest
from conduit_desktop.ui.widgets.swatches import Swatches

_PAUSE = 350  # milliseconds without typing after which a field says what is wrong with it
Read = Callable[[], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Offered:
    """What there is to choose from: models that clients can ask for, longer names (``PROVIDER/ID``), providers (id,
    name), tags in use; and the names that other keys have."""

    aliases: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    providers: tuple[tuple[str, str], ...] = ()
    tags: tuple[str, ...] = ()
    taken: frozenset[str] = frozenset()


class _Part(NamedTuple):
    """A row of the form: the section it is in and how its values are read."""

    row: FormRow
    read: Read
    section: Section


class KeyForm(QWidget):
    """``fill`` shows a key, ``read`` gives it changed; an emptied field takes its limit away. Signal: ``changed()``
    when the user changed anything."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._offered = Offered()
        self._parts: list[_Part] = []
        self._pending: list[_Part] = []
        self._check = QTimer(self)
        self._check.setSingleShot(True)
        self._check.setInterval(_PAUSE)
        self._check.timeout.connect(self._check_pending)
        self.who = Section("Who", fixed=True)
        self.money = Section("Money", unfolded=True)
        self.may_use = Section("May use")
        self.limits = Section("Limits")
        self.life = Section("Life")
        self.defaults = Section("Defaults")
        self.sections = (self.who, self.money, self.may_use, self.limits, self.life, self.defaults)
        self._add_who()
        self._add_money()
        self._add_may_use()
        self._add_limits()
        self._add_rest()
        self.setLayout(column(*self.sections, gap=4))
        self.setFocusProxy(self.name)

    # ---- the rows

    def _part(self, section: Section, row: FormRow, read: Read, edited: Any) -> FormRow:
        part = _Part(row, read, section)
        self._parts.append(part)
        edited.connect(lambda *_: self._edited(part))
        return row

    def _add(self, section: Section, label: str, field: QWidget, help: str, read: Read, edited: Any) -> FormRow:
        return self._part(section, section.form.add(label, field, help), read, edited)

    def _add_who(self) -> None:
        self.name = text_field("Name", "editor")
        self.name.setMaxLength(typed.MOST_NAME)
        self.tag = text_field("Tag", "none")
        self.tag.setMaxLength(typed.MOST_TAG)
        self._tags = suggest(self.tag)
        self.colour = Swatches(words.COLOURS, name="Colour")
        self.note = QPlainTextEdit()
        self.note.setProperty("field", "true")
        self.note.setTabChangesFocus(True)
        self.note.setFixedHeight(theme.current().px(50))
        add, who = self._add, self.who
        self._name = add(
            who, "Name", self.name, "Which tool or project uses it.", self._read_name, self.name.textEdited
        )
        tag, colour = who.form.beside(
            ("Tag", self.tag, "To group keys and usage."), ("Colour", self.colour, "Marks it in lists and charts.")
        )
        self._part(who, tag, lambda: {"tag": self.tag.text().strip()}, self.tag.textEdited)
        self._part(who, colour, lambda: {"color": self.colour.value}, self.colour.changed)
        read_note: Read = lambda: {"note": self.note.toPlainText().strip()}  # noqa: E731
        add(who, "Note", self.note, "For yourself: who has it, and what for.", read_note, self.note.textChanged)

    def _add_money(self) -> None:
        self.budget, self.at_limit = BudgetField(), AtLimitField()
        self.thresholds = text_field("Percents of the budget", "none")
        self.thresholds.setMaximumWidth(200)
        add, money = self._add, self.money
        self._budget = add(
            money,
            "Budget",
            self.budget,
            "The most it may cost in each period, in your time zone. Empty: no limit.",
            lambda: {"budget": self.budget.value(), "period": self.budget.period.value},
            self.budget.edited,
        )
        self._at_limit = add(money, "When it is spent", self.at_limit, "", self._read_at_limit, self.at_limit.edited)
        self._thresholds = add(
            money,
            "Tell me at (%)",
            self.thresholds,
            "A notification when so much of the budget is used. Empty: never.",
            lambda: {"thresholds": typed.read_thresholds(self.thresholds.text())},
            self.thresholds.textEdited,
        )

    def _add_may_use(self) -> None:
        self.models, self.providers = ModelsField(), ProvidersField()
        self.local_only = Switch("Only on this machine")
        add, part = self._add, self.may_use
        names = "What its requests may ask for; other models are not even listed to it."
        self._models = add(
            part, "Models", self.models, names, lambda: {"models": self.models.value()}, self.models.edited
        )
        ids: Read = lambda: {"providers": self.providers.value()}  # noqa: E731
        only = "Deployments of others are left out, as if they were not there."
        self._providers = add(part, "Providers", self.providers, only, ids, self.providers.edited)
        local = "Its requests never leave this computer: only servers on loopback addresses answer them."
        read_local: Read = lambda: {"local_only": self.local_only.isChecked()}  # noqa: E731
        add(part, "Local only", self.local_only, local, read_local, self.local_only.toggled)

    def _add_limits(self) -> None:
        self.rpm = LimitField("Requests per minute")
        self.tpm = LimitField("Tokens per minute")
        self.parallel = LimitField("Requests at the same time")
        rows = self.limits.form.beside(
            ("Requests / min", self.rpm, "More are refused for a moment."),
            ("Tokens / min", self.tpm, "In and out, together."),
            ("At the same time", self.parallel, "In flight at once."),
        )
        self._rpm, self._tpm, self._parallel = (
            self._part(self.limits, row, lambda at=attribute, field=field: {at: field.value()}, field.edited)  # type: ignore[misc]
            for row, attribute, field in zip(
                rows, ("rpm", "tpm", "parallel"), (self.rpm, self.tpm, self.parallel), strict=True
            )
        )

    def _add_rest(self) -> None:
        self.expiry = ExpiryField()
        self.default_model = text_field("Default model", "none")
        self._aliases = suggest(self.default_model)
        self.max_output = LimitField("Most output tokens")
        self.cache = Switch("May use the response cache")
        add = self._add
        expires: Read = lambda: {"expires": self.expiry.value()}  # noqa: E731
        until = "From then on it is refused. You are told a week and a day before."
        self._expiry = add(self.life, "Expires", self.expiry, until, expires, self.expiry.edited)
        self._default = add(
            self.defaults,
            "Model",
            self.default_model,
            "Answers requests that name no model. Empty: those are refused.",
            lambda: {"default_model": typed.read_model(self.default_model.text(), self._offered.aliases)},
            self.default_model.textEdited,
        )
        self._most = add(
            self.defaults,
            "Most output tokens",
            self.max_output,
            "Bounds answers whose request sets no bound itself. Empty: the model's own.",
            lambda: {"max_output": self.max_output.value()},
            self.max_output.edited,
        )
        cached: Read = lambda: {"cache": self.cache.isChecked()}  # noqa: E731
        again = "Of models that have one: it gets its own answers again, and leaves new ones there."
        add(self.defaults, "Response cache", self.cache, again, cached, self.cache.toggled)

    # ---- reading

    def _read_name(self) -> Mapping[str, Any]:
        name = typed.read_name(self.name.text())
        if name in self._offered.taken:
            raise ValueError(f"There is a key {name} already. Choose another name.")
        return {"name": name}

    def _read_at_limit(self) -> Mapping[str, Any]:
        return {"downgrade_to": self.at_limit.value(), "at_limit": self.at_limit.chosen}

    def fill(self, key: VirtualKey, offered: Offered) -> None:
        """Show ``key``."""
        self._offered = offered
        self.name.setText(key.name)
        self.tag.setText(key.tag)
        self._tags.setStringList(list(offered.tags))
        self.colour.set_value(key.color)
        self.note.setPlainText(key.note)
        self.budget.set_value(key)
        self.thresholds.setText(typed.thresholds_text(key.thresholds))
        self.at_limit.set_value(key, offered.aliases)
        self.models.set_value(key.models, offered.aliases, offered.names)
        self.providers.set_value(key.providers, offered.providers)
        self.local_only.setChecked(key.local_only)
        for field, limit in ((self.rpm, key.rpm), (self.tpm, key.tpm), (self.parallel, key.parallel)):
            field.set_value(limit)
        self.expiry.set_value(key.expires)
        self.default_model.setText(key.default_model)
        self._aliases.setStringList(list(offered.aliases))
        self.max_output.set_value(key.max_output)
        self.cache.setChecked(key.cache)
        if words.made_by_app(key):
            self.name.setEnabled(False)
            self._name.set_help("The app made this key for the Chat pane, and finds it by this name.")
        self._check.stop()
        self._pending.clear()
        self._summarise(key)
        for section, used in form_words.used(key).items():
            next(each for each in self.sections if each.title == section).unfold(used)

    def draft(self, key: VirtualKey) -> VirtualKey:
        """``key`` with everything in the form that can be read; says nothing of what cannot."""
        changes: dict[str, Any] = {}
        for part in self._parts:
            try:
                changes |= part.read()
            except ValueError:
                continue
        return replace(key, **changes)

    def read(self, key: VirtualKey) -> VirtualKey | None:
        """``key`` as the form has it, or None: then the faulty fields say what is wrong."""
        self._check.stop()
        changes: dict[str, Any] = {}
        for part in self._parts:
            changes |= self._read(part)
        faulty = next((part for part in self._parts if part.row.error), None)
        if faulty is None:
            return replace(key, **changes)
        for part in self._parts:
            if part.row.error:
                part.section.unfold()
        faulty.row.field.setFocus()
        return None

    def refuse_name(self, text: str) -> None:
        """The name cannot be: another key has it, for one."""
        self._name.set_error(text)
        self.who.unfold()
        self.name.setFocus()

    def _read(self, part: _Part) -> Mapping[str, Any]:
        try:
            found = part.read()
        except ValueError as error:
            part.row.set_error(str(error))
            return {}
        part.row.set_error("")
        return found

    # ---- while it is typed

    def _edited(self, part: _Part) -> None:
        """What is being corrected is not held against the user; what is wrong is said when the typing pauses."""
        part.row.set_error("")
        if part not in self._pending:
            self._pending.append(part)
        self._check.start()

    def _check_pending(self) -> None:
        pending, self._pending = self._pending, []
        for part in pending:
            if part.row is not self._name or self.name.text().strip():  # nothing typed yet is no fault
                self._read(part)
        self._summarise(self.draft(VirtualKey(id="", name="", digest="", last4="")))
        self.changed.emit()

    def _summarise(self, key: VirtualKey) -> None:
        for section, said in form_words.summaries(key).items():
            next(each for each in self.sections if each.title == section).set_summary(said)
