"""The time zones there are, for a setting that names one."""

from __future__ import annotations

import zoneinfo
from datetime import datetime

Choices = tuple[tuple[str, str], ...]


def system_zone(now: float | None = None) -> str:
    """What the system's zone is, as far as it says: ``the system's (CET, UTC+01:00)``."""
    here = datetime.now().astimezone() if now is None else datetime.fromtimestamp(now).astimezone()
    offset = f"{here:%z}"
    parts = dict.fromkeys((here.tzname() or "", f"UTC{offset[:3]}:{offset[3:5]}"))
    return f"The system's ({', '.join(part for part in parts if part)})"


def time_zones() -> Choices:
    """The choices, the system's first. Reads the disk, a fifth of a second: for worker threads."""
    names = sorted(name for name in zoneinfo.available_timezones() if "/" in name or name == "UTC")
    return (("", system_zone()), *((name, name.replace("_", " ")) for name in names))
