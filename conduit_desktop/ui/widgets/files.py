"""Choosing a file to open or to save to, without a nested event loop."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget


def choose_file(parent: QWidget, title: str, done: Callable[[Path], object], *, kinds: str, save_as: str = "") -> None:
    """Ask for one, to be read, or with ``save_as`` (a name to offer) to be written; ``done`` gets it. ``kinds`` is
    what to list: ``TOML (*.toml)``."""
    dialog = QFileDialog(parent.window(), title)
    dialog.setNameFilters([kinds, "All files (*)"])
    if save_as:
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(Path(save_as).suffix.lstrip("."))
        dialog.selectFile(save_as)
    else:
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.fileSelected.connect(lambda path: done(Path(path)))
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
