"""conduit.db, schema 2: everything a key can be limited to, own prices, kept catalogues, the master key, the webhook.
Frozen once shipped.

A key's ``reset_at``/``reset_spent`` say what it had spent in its period when its spending was set back to nothing.
``old_digest`` is the text before a rotation, good until ``old_until``. A deployment's ``price`` and a rule's are the
user's own (JSON); a catalogue is a whole price list as it was fetched, of which at most one is in force.
"""

from __future__ import annotations

STATEMENTS = (
    "ALTER TABLE virtual_key ADD COLUMN color TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE virtual_key ADD COLUMN tag TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE virtual_key ADD COLUMN providers TEXT NOT NULL DEFAULT '[]'",
    "ALTER TABLE virtual_key ADD COLUMN local_only INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE virtual_key ADD COLUMN at_limit TEXT NOT NULL DEFAULT 'block'",
    "ALTER TABLE virtual_key ADD COLUMN downgrade_to TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE virtual_key ADD COLUMN thresholds TEXT NOT NULL DEFAULT '[50, 80, 95, 100]'",
    "ALTER TABLE virtual_key ADD COLUMN default_model TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE virtual_key ADD COLUMN max_output INTEGER",
    "ALTER TABLE virtual_key ADD COLUMN old_digest TEXT",
    "ALTER TABLE virtual_key ADD COLUMN old_until REAL",
    "ALTER TABLE virtual_key ADD COLUMN reset_at REAL",
    "ALTER TABLE virtual_key ADD COLUMN reset_spent INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE deployment ADD COLUMN price TEXT",
    """
    CREATE TABLE price_rule (
        id TEXT PRIMARY KEY NOT NULL,
        pattern TEXT NOT NULL UNIQUE,
        price TEXT NOT NULL,
        created REAL NOT NULL,
        updated REAL NOT NULL
    )
    """,
    """
    CREATE TABLE catalogue (
        id TEXT PRIMARY KEY NOT NULL,
        fetched REAL NOT NULL,
        source TEXT NOT NULL,
        models INTEGER NOT NULL,
        data BLOB NOT NULL,
        active INTEGER NOT NULL
    )
    """,
    """
    CREATE TABLE master_key (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        salt BLOB NOT NULL,
        hash BLOB NOT NULL,
        last4 TEXT NOT NULL,
        secret_ref TEXT,
        created REAL NOT NULL
    )
    """,
    """
    CREATE TABLE webhook (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        kind TEXT NOT NULL,
        host TEXT NOT NULL,
        last4 TEXT NOT NULL,
        secret_ref TEXT NOT NULL
    )
    """,
)
