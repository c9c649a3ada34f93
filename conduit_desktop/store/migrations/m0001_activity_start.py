"""activity.db, schema 1: the exchange log, spend counters, notifications, captured bodies. Frozen.

A cohort is one distinct combination of everything exchanges are filtered by. There are few of them, so any filter is
first turned into the cohorts that match it, and the log is then read through one index on the cohort.

A rollup row sums up what started in one slot (a minute or an hour) for one group: everything (``''``), one key
(``k:ID``), model (``m:NAME``), provider (``p:NAME``), status (``s:CODE``) or cohort (``c:ID``). Rollups follow the
log: they hold the exchanges up to ``progress.folded``.
"""

from __future__ import annotations

STATEMENTS = (
    """
    CREATE TABLE cohort (
        id INTEGER PRIMARY KEY,
        key_id TEXT NOT NULL,
        key TEXT NOT NULL,
        app TEXT NOT NULL,
        model TEXT NOT NULL,
        provider TEXT NOT NULL,
        status INTEGER NOT NULL,
        UNIQUE (key_id, key, app, model, provider, status)
    )
    """,
    """
    CREATE TABLE exchange (
        seq INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        cohort INTEGER NOT NULL,
        started REAL NOT NULL,
        dialect TEXT NOT NULL,
        endpoint TEXT NOT NULL,
        method TEXT NOT NULL,
        path TEXT NOT NULL,
        upstream_model TEXT NOT NULL,
        provider_id TEXT,
        kind TEXT NOT NULL,
        stream INTEGER NOT NULL,
        finish TEXT NOT NULL,
        input INTEGER,
        output INTEGER,
        cached_read INTEGER,
        cache_write INTEGER,
        reasoning INTEGER,
        audio_input INTEGER,
        audio_output INTEGER,
        reported_cost INTEGER,
        estimated INTEGER,
        cost INTEGER,
        price TEXT NOT NULL,
        ttft REAL,
        total REAL NOT NULL,
        overhead REAL,
        bytes_in INTEGER NOT NULL,
        bytes_out INTEGER NOT NULL,
        attempts BLOB
    )
    """,
    "CREATE INDEX exchange_cohort ON exchange (cohort)",
    """
    CREATE TABLE failure (
        seq INTEGER PRIMARY KEY,
        cohort INTEGER NOT NULL,
        error_code TEXT NOT NULL,
        error TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE rollup (
        grp TEXT NOT NULL,
        grain INTEGER NOT NULL,
        slot INTEGER NOT NULL,
        requests INTEGER NOT NULL,
        errors INTEGER NOT NULL,
        input INTEGER NOT NULL,
        output INTEGER NOT NULL,
        cost INTEGER NOT NULL,
        unpriced INTEGER NOT NULL,
        first_seq INTEGER NOT NULL,
        last_seq INTEGER NOT NULL,
        PRIMARY KEY (grp, grain, slot)
    ) WITHOUT ROWID
    """,
    "CREATE TABLE progress (one INTEGER PRIMARY KEY CHECK (one = 1), folded INTEGER NOT NULL)",
    "INSERT INTO progress VALUES (1, 0)",
    """
    CREATE TABLE spend (
        day TEXT NOT NULL,
        key_id TEXT NOT NULL,
        model TEXT NOT NULL,
        provider TEXT NOT NULL,
        requests INTEGER NOT NULL,
        errors INTEGER NOT NULL,
        input INTEGER NOT NULL,
        output INTEGER NOT NULL,
        cached_read INTEGER NOT NULL,
        cost INTEGER NOT NULL,
        unpriced INTEGER NOT NULL,
        PRIMARY KEY (day, key_id, model, provider)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE notification (
        id TEXT PRIMARY KEY NOT NULL,
        kind TEXT NOT NULL,
        subject TEXT NOT NULL UNIQUE,
        severity TEXT NOT NULL,
        title TEXT NOT NULL,
        text TEXT NOT NULL,
        created REAL NOT NULL,
        updated REAL NOT NULL,
        count INTEGER NOT NULL,
        read INTEGER NOT NULL
    )
    """,
    "CREATE INDEX notification_updated ON notification (updated)",
    """
    CREATE TABLE capture (
        seq INTEGER PRIMARY KEY,
        exchange_id TEXT NOT NULL UNIQUE,
        started REAL NOT NULL,
        size INTEGER NOT NULL,
        data BLOB NOT NULL
    )
    """,
    "CREATE INDEX capture_age ON capture (started, size)",
)
