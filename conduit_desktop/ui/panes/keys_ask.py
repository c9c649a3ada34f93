"""What the Keys pane asks before it does something: how long a rotated key's old text stays good, and whether many
keys are really to be deleted."""

from __future__ import annotations

import time
from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from conduit_desktop.records import VirtualKey
from conduit_desktop.runtime.keys import KeyView
from conduit_desktop.ui.dialogs.base import Dialog
from conduit_desktop.ui.dialogs.confirm import confirm
from conduit_desktop.ui.panes import keys_words as words
from conduit_desktop.ui.panes.keys_fields import text_field
from conduit_desktop.ui.widgets.inputs import Segmented
from conduit_desktop.ui.widgets.layout import column
from conduit_desktop.ui.widgets.text import Label

GRACES = (("0", "None"), ("3600", "1 hour"), ("86400", "1 day"), ("604800", "7 days"))
MOST_NAMED = 8
_AT_ONCE = "The old text stops working at once: every tool that uses it is refused until it has the new one."
_TYPED = "delete"


class RotateDialog(Dialog):
    """Asks for the grace of a rotation."""

    def __init__(self, parent: QWidget, title: str, text: str) -> None:
        super().__init__(parent, title, text)
        self.grace = Segmented(GRACES, name="How long the old text stays good")
        self.says = Label("", "small", wrap=True)
        self.says.setMinimumHeight(2 * self.says.fontMetrics().lineSpacing())
        self.grace.changed.connect(self._say)
        self.body.addLayout(column(Label("The old text stays good for", "medium"), self.grace, self.says, gap=6))
        self.add_button("Cancel").clicked.connect(self.reject)
        self.go = self.add_button("Rotate", "primary", default=True)
        self.go.clicked.connect(self.accept)
        self._say()

    @property
    def seconds(self) -> float:
        return float(self.grace.value)

    def _say(self, _value: str = "") -> None:
        until = words.moment_words(time.time() + self.seconds)
        said = f"Until {until} both texts work; then only the new one." if self.seconds else _AT_ONCE
        self.says.setText(said)
        self.grace.setAccessibleDescription(said)


async def ask_grace(parent: QWidget, key: VirtualKey) -> float | None:
    """How long the old text of ``key`` stays good (seconds); None when it is not to be rotated."""
    text = "It gets a new text. Budget, limits and history stay."
    if words.rotation(key, time.time()):
        text += " The text before the last rotation, still good until now, stops working."
    dialog = RotateDialog(parent, f"Rotate {key.name}?", text)
    return dialog.seconds if await dialog.answer() else None


async def ask_grace_for_all(parent: QWidget, number: int) -> float | None:
    """The same for several keys."""
    text = "Each gets a new text, which the vault keeps; keys whose text is not kept are left as they are."
    dialog = RotateDialog(parent, f"Rotate {number} keys?", text)
    return dialog.seconds if await dialog.answer() else None


async def ask_reset(parent: QWidget, view: KeyView) -> bool:
    """Whether the spending of a key is to count from zero again."""
    span, now = words.PERIOD_WORDS[view.key.period], time.time()
    until = f" It {words.resets(view, now)} anyway." if view.resets is not None else ""
    left = ""
    if view.key.budget is not None:
        left = f", and all of its {words.dollars(view.key.budget)} can be spent again"
    text = (
        f"The {words.dollars(view.spent)} that {view.key.name} has spent {span} count as $0.00 from now on{left}."
        f"{until} The log, the charts and what was spent in all stay as they are."
    )
    return await confirm(parent, f"Reset the spending of {view.key.name}?", text, "Reset spending", danger=False)


async def ask_delete(parent: QWidget, keys: Sequence[VirtualKey]) -> bool:
    """Whether these keys are to be deleted; for many, a word has to be typed."""
    what = "Tools that use it are refused at once. Its requests stay in the log. This cannot be undone."
    if len(keys) == 1:
        return await confirm(parent, f"Delete {keys[0].name}?", what, "Delete key")
    what = what.replace("it are", "them are").replace("Its", "Their")
    dialog = Dialog(parent, f"Delete {len(keys)} keys?", what)
    named = ", ".join(key.name for key in keys[:MOST_NAMED])
    more = f" and {len(keys) - MOST_NAMED} more" if len(keys) > MOST_NAMED else ""
    dialog.body.addWidget(Label(f"{named}{more}", "body", wrap=True))
    cancel = dialog.add_button("Cancel", default=True)
    cancel.clicked.connect(dialog.reject)
    go = dialog.add_button(f"Delete {len(keys)} keys", "danger")
    go.clicked.connect(dialog.accept)
    cancel.setFocus()
    if len(keys) > MOST_NAMED:
        field = text_field("Type delete to go on", f"Type “{_TYPED}” to go on")
        field.textChanged.connect(lambda text: go.setEnabled(text.strip().casefold() == _TYPED))
        go.setEnabled(False)
        dialog.body.addWidget(field)
        field.setFocus()
    return await dialog.answer()
