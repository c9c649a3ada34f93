"""Questions: a yes or no before something that cannot be taken back, and what closing the window means."""

from __future__ import annotations

from typing import Literal

from PySide6.QtWidgets import QCheckBox, QWidget

from conduit_desktop.ui.dialogs.base import Dialog

OnClose = Literal["tray", "quit", "stay"]


async def confirm(parent: QWidget | None, title: str, text: str, action: str, *, danger: bool = True) -> bool:
    """Ask; True when the user chose ``action``. Esc and closing mean no. What destroys is never the default."""
    dialog = Dialog(parent, title, text)
    cancel = dialog.add_button("Cancel", default=danger)
    cancel.clicked.connect(dialog.reject)
    go = dialog.add_button(action, "danger" if danger else "primary", default=not danger)
    go.clicked.connect(dialog.accept)
    (cancel if danger else go).setFocus()
    return await dialog.answer()


async def ask_on_close(parent: QWidget) -> tuple[OnClose, bool]:
    """What closing the window means, and whether to remember it."""
    dialog = Dialog(
        parent,
        "Keep serving in the tray?",
        "Your tools reach the gateway only while Conduit runs. It can go on without its window.",
    )
    remember = QCheckBox("Do not ask again (change it under Settings, Window)")
    remember.setChecked(True)
    dialog.body.addWidget(remember)
    chosen: list[OnClose] = ["stay"]

    def choose(what: OnClose) -> None:
        chosen[0] = what
        dialog.accept()

    stay = dialog.add_button("Cancel", left=True)
    stay.clicked.connect(dialog.reject)
    dialog.add_button("Quit").clicked.connect(lambda: choose("quit"))
    keep = dialog.add_button("Keep running", "primary", default=True)
    keep.clicked.connect(lambda: choose("tray"))
    keep.setFocus()
    accepted = await dialog.answer()
    return (chosen[0], remember.isChecked()) if accepted else ("stay", False)
