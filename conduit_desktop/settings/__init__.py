"""Every setting is one row: see ``schema.py``."""

from conduit_desktop.settings.schema import SETTINGS, Setting, Settings

__all__ = ["SETTINGS", "Setting", "Settings"]
