"""The numbered steps that make each database what it is. A step that was shipped is frozen: change nothing in it,
add the next number. To add one: write ``mNNNN_DATABASE_WHAT.py`` with its STATEMENTS and append it to its series here.

They are imported by name, so that a frozen app finds them too.
"""

from __future__ import annotations

from typing import NamedTuple

from conduit_desktop.store.migrations import (
    m0001_activity_start,
    m0001_configuration_start,
    m0002_activity_money,
    m0002_configuration_money,
    m0003_activity_health,
    m0003_configuration_routing,
)


class Migration(NamedTuple):
    """One step: after its statements have run the database's schema has this number."""

    number: int
    statements: tuple[str, ...]


CONFIGURATION: tuple[Migration, ...] = (
    Migration(1, m0001_configuration_start.STATEMENTS),
    Migration(2, m0002_configuration_money.STATEMENTS),
    Migration(3, m0003_configuration_routing.STATEMENTS),
)
ACTIVITY: tuple[Migration, ...] = (
    Migration(1, m0001_activity_start.STATEMENTS),
    Migration(2, m0002_activity_money.STATEMENTS),
    Migration(3, m0003_activity_health.STATEMENTS),
)
