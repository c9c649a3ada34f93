"""What a screen reader would find: the focusable widgets below one, and those of them without a name."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractSpinBox, QLineEdit, QWidget


def focusable(root: QWidget) -> list[QWidget]:
    """The visible widgets that Tab reaches, inner parts of compound controls left out."""
    return [
        widget
        for widget in root.findChildren(QWidget)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and widget.isVisibleTo(root)
        and widget.focusProxy() is None
        and not (isinstance(widget, QLineEdit) and isinstance(widget.parentWidget(), QAbstractSpinBox))
    ]


def unnamed(root: QWidget) -> list[str]:
    """The focusable widgets that have neither a name nor a text of their own for a screen reader."""
    found = []
    for widget in focusable(root):
        interface = QAccessible.queryAccessibleInterface(widget)
        if interface is None or not interface.text(QAccessible.Text.Name).strip():
            found.append(f"{type(widget).__name__} {widget.objectName()} in {type(widget.parentWidget()).__name__}")
    return found
