"""The settings that were changed; what was not is at its default. ``settings/schema.py`` says what there is."""

from __future__ import annotations

import contextlib
import json
from typing import Any

from conduit_desktop.errors import ConfigurationError
from conduit_desktop.settings.schema import BY_KEY, Setting, Settings
from conduit_desktop.store.models import SETTING
from conduit_desktop.store.repository import Repository


class SettingsRows(Repository):
    def all(self) -> Settings:
        """The settings in force. A stored value that does not fit its setting (any more) counts as not stored."""
        stored: dict[str, Any] = {}
        for key, text in self._database.rows(SETTING.select()):
            with contextlib.suppress(ConfigurationError, KeyError, ValueError):
                stored[key] = BY_KEY[key].check(json.loads(text))
        return Settings(stored)

    def put(self, key: str, value: object) -> None:
        """Change a setting; a value that does not fit is refused."""
        row = {"key": key, "value": json.dumps(_known(key).check(value))}

        def write() -> None:
            before = self.all()[key]
            self._database.execute(SETTING.put(row))
            self._note("setting", key, before, value)

        self._write(write)

    def clear(self, key: str) -> None:
        """Back to its default."""
        _known(key)

        def write() -> None:
            before = self.all()[key]
            self._database.execute(SETTING.delete().where(SETTING["key"] == key))
            self._note("setting", key, before, BY_KEY[key].default)

        self._write(write)


def _known(key: str) -> Setting:
    if key not in BY_KEY:
        raise ConfigurationError(f"There is no setting named {key!r}.", code="unknown_setting")
    return BY_KEY[key]
