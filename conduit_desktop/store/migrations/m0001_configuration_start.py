"""conduit.db, schema 1: providers, models and their deployments, virtual keys, settings, prices. Frozen."""

from __future__ import annotations

STATEMENTS = (
    """
    CREATE TABLE provider (
        id TEXT PRIMARY KEY NOT NULL,
        name TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL,
        base_url TEXT NOT NULL,
        secret_ref TEXT,
        secret_last4 TEXT NOT NULL,
        enabled INTEGER NOT NULL,
        created REAL NOT NULL,
        updated REAL NOT NULL
    )
    """,
    """
    CREATE TABLE model (
        id TEXT PRIMARY KEY NOT NULL,
        alias TEXT NOT NULL UNIQUE,
        strategy TEXT NOT NULL,
        retries INTEGER NOT NULL,
        fallbacks TEXT NOT NULL,
        enabled INTEGER NOT NULL,
        created REAL NOT NULL
    )
    """,
    """
    CREATE TABLE deployment (
        id TEXT PRIMARY KEY NOT NULL,
        model_id TEXT NOT NULL REFERENCES model (id) ON DELETE CASCADE,
        provider_id TEXT NOT NULL REFERENCES provider (id) ON DELETE CASCADE,
        upstream_model TEXT NOT NULL,
        weight INTEGER NOT NULL,
        priority INTEGER NOT NULL,
        enabled INTEGER NOT NULL,
        position INTEGER NOT NULL
    )
    """,
    "CREATE INDEX deployment_model ON deployment (model_id)",
    "CREATE INDEX deployment_provider ON deployment (provider_id)",
    """
    CREATE TABLE virtual_key (
        id TEXT PRIMARY KEY NOT NULL,
        name TEXT NOT NULL UNIQUE,
        digest TEXT NOT NULL UNIQUE,
        last4 TEXT NOT NULL,
        enabled INTEGER NOT NULL,
        note TEXT NOT NULL,
        budget INTEGER,
        period TEXT NOT NULL,
        expires REAL,
        models TEXT NOT NULL,
        rpm INTEGER,
        tpm INTEGER,
        parallel INTEGER,
        secret_ref TEXT,
        created REAL NOT NULL
    )
    """,
    "CREATE TABLE setting (key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL) WITHOUT ROWID",
    """
    CREATE TABLE price (
        kind TEXT NOT NULL,
        model TEXT NOT NULL,
        price TEXT,
        version TEXT NOT NULL,
        PRIMARY KEY (kind, model)
    ) WITHOUT ROWID
    """,
)
