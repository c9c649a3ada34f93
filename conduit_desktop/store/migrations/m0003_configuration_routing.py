"""conduit.db, schema 3: time limits, fallbacks by reason and the response cache of a model; limits and abilities of a
deployment; further credentials of a provider. Frozen once shipped.

A model's ``timeouts`` are JSON (seconds by step; what is missing has its default); a deployment's ``lacks`` are the
abilities that it has not by the user's word.
"""

from __future__ import annotations

STATEMENTS = (
    "ALTER TABLE model ADD COLUMN context_fallbacks TEXT NOT NULL DEFAULT '[]'",
    "ALTER TABLE model ADD COLUMN content_fallbacks TEXT NOT NULL DEFAULT '[]'",
    "ALTER TABLE model ADD COLUMN timeouts TEXT NOT NULL DEFAULT '{}'",
    "ALTER TABLE model ADD COLUMN cache_seconds INTEGER",
    "ALTER TABLE model ADD COLUMN resume INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE deployment ADD COLUMN rpm INTEGER",
    "ALTER TABLE deployment ADD COLUMN tpm INTEGER",
    "ALTER TABLE deployment ADD COLUMN parallel INTEGER",
    "ALTER TABLE deployment ADD COLUMN context_window INTEGER",
    "ALTER TABLE deployment ADD COLUMN lacks TEXT NOT NULL DEFAULT '[]'",
    "ALTER TABLE virtual_key ADD COLUMN cache INTEGER NOT NULL DEFAULT 1",
    """
    CREATE TABLE credential (
        id TEXT PRIMARY KEY NOT NULL,
        provider_id TEXT NOT NULL REFERENCES provider (id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        secret_ref TEXT NOT NULL,
        last4 TEXT NOT NULL,
        enabled INTEGER NOT NULL,
        created REAL NOT NULL,
        UNIQUE (provider_id, name)
    )
    """,
)
