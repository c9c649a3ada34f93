"""activity.db, schema 3: the history of the deployments' and credentials' health. Frozen once shipped.

``kind`` is ``deployment`` or ``credential``, ``subject`` its id, ``name`` what it was called then; ``until`` (Unix
seconds) is when it is tried again, none where somebody has to do something first.
"""

from __future__ import annotations

STATEMENTS = (
    """
    CREATE TABLE health_event (
        seq INTEGER PRIMARY KEY,
        at REAL NOT NULL,
        kind TEXT NOT NULL,
        subject TEXT NOT NULL,
        name TEXT NOT NULL,
        state TEXT NOT NULL,
        reason TEXT NOT NULL,
        until REAL
    )
    """,
    "CREATE INDEX health_event_of ON health_event (subject, at)",
    "CREATE INDEX health_event_at ON health_event (at)",
)
