"""What the window remembers of itself: sizes, splitters, column widths. Kept in an ini file in the home folder,
in memory only until ``open_file`` is called. Nothing that matters may live here."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, QSettings

_loose: dict[str, Any] = {}
_file: QSettings | None = None


def open_file(path: Path) -> None:
    """Remember in ``path`` from now on."""
    global _file
    with contextlib.suppress(OSError):  # Qt would let everybody read it
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
    _file = QSettings(str(path), QSettings.Format.IniFormat)


def close_file() -> None:
    """Write what is pending and go back to memory only."""
    global _file
    if _file is not None:
        _file.sync()
        _file = None


def forget() -> None:
    """Forget what is kept in memory only."""
    _loose.clear()


def write(key: str, value: Any) -> None:
    if _file is not None:
        _file.setValue(key, value)
    else:
        _loose[key] = value


def read_bytes(key: str) -> QByteArray | None:
    """A state that a widget saved, or None."""
    value = _read(key)
    return value if isinstance(value, QByteArray) and not value.isEmpty() else None


def read_flag(key: str, default: bool) -> bool:
    value = _read(key)
    return default if value is None else str(value).lower() in ("true", "1")


def read_text(key: str, default: str = "") -> str:
    value = _read(key)
    return default if value is None else str(value)


def _read(key: str) -> Any:
    return _file.value(key) if _file is not None else _loose.get(key)
