"""activity.db, schema 2: every part that providers bill, what caching saved, rollups by app, which price was used, what
was told already, and who changed what. Frozen once shipped.

A ``mix`` is a cohort apart from its status and the name of its key, called by the number of its first cohort. Rollups
are now kept for each app (``a:APP``) and mix (``x:ID``), and for statuses and cohorts no longer: what is asked for by
several names at once adds up fewer of them.

``progress.minutes_from`` is when the rollups of minutes begin; those before have left with their exchanges.
``key_spend`` sums ``spend`` up for each key and day; triggers keep it, so that whatever changes a counter changes both.

``exchange.more`` holds the rarer counts of a usage as MessagePack, none where there are none. ``price_used`` keeps the
rates behind each ``exchange.price``. ``told.stage`` is how far a subject was told of: it outlives the notification, so
that one that was removed does not come back. ``summed`` says for which days and months of the user's calendar there is
one rollup a group (``grain`` 86400 or 2592000 whatever their length, ``slot`` their ``start``). What was logged before
this schema has no savings.
"""

from __future__ import annotations

_MORE = ("cached_read", "cache_write", "saved")

STATEMENTS = (
    "ALTER TABLE exchange ADD COLUMN cache_write_1h INTEGER",
    "ALTER TABLE exchange ADD COLUMN more BLOB",
    "ALTER TABLE exchange ADD COLUMN saved INTEGER",
    *(f"ALTER TABLE rollup ADD COLUMN {name} INTEGER NOT NULL DEFAULT 0" for name in _MORE),
    *(f"ALTER TABLE spend ADD COLUMN {name} INTEGER NOT NULL DEFAULT 0" for name in ("cache_write", "saved")),
    """
    INSERT INTO rollup (grp, grain, slot, requests, errors, input, output, cost, unpriced, first_seq, last_seq)
    SELECT 'a:' || c.app, r.grain, r.slot, sum(r.requests), sum(r.errors), sum(r.input), sum(r.output), sum(r.cost),
        sum(r.unpriced), min(r.first_seq), max(r.last_seq)
    FROM rollup r JOIN cohort c ON r.grp = 'c:' || c.id GROUP BY 1, 2, 3
    """,
    "ALTER TABLE cohort ADD COLUMN mix INTEGER NOT NULL DEFAULT 0",
    """
    UPDATE cohort SET mix = (
        SELECT min(o.id) FROM cohort o WHERE o.key_id = cohort.key_id AND o.app = cohort.app AND o.model = cohort.model
            AND o.provider = cohort.provider
    )
    """,
    """
    INSERT INTO rollup (grp, grain, slot, requests, errors, input, output, cost, unpriced, first_seq, last_seq)
    SELECT 'x:' || c.mix, r.grain, r.slot, sum(r.requests), sum(r.errors), sum(r.input), sum(r.output), sum(r.cost),
        sum(r.unpriced), min(r.first_seq), max(r.last_seq)
    FROM rollup r JOIN cohort c ON r.grp = 'c:' || c.id GROUP BY 1, 2, 3
    """,
    "DELETE FROM rollup WHERE grp >= 'c:' AND grp < 'c;' OR grp >= 's:' AND grp < 's;'",
    "ALTER TABLE progress ADD COLUMN minutes_from INTEGER NOT NULL DEFAULT 0",
    """
    CREATE TABLE summed (
        grain INTEGER NOT NULL,
        start INTEGER NOT NULL,
        end INTEGER NOT NULL,
        PRIMARY KEY (grain, start)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE key_spend (
        day TEXT NOT NULL,
        key_id TEXT NOT NULL,
        cost INTEGER NOT NULL,
        requests INTEGER NOT NULL,
        unpriced INTEGER NOT NULL,
        errors INTEGER NOT NULL,
        PRIMARY KEY (day, key_id)
    ) WITHOUT ROWID
    """,
    """
    INSERT INTO key_spend
    SELECT day, key_id, sum(cost), sum(requests), sum(unpriced), sum(errors) FROM spend GROUP BY 1, 2
    """,
    """
    CREATE TRIGGER spend_begun AFTER INSERT ON spend BEGIN
        INSERT INTO key_spend VALUES (NEW.day, NEW.key_id, NEW.cost, NEW.requests, NEW.unpriced, NEW.errors)
        ON CONFLICT DO UPDATE SET cost = cost + excluded.cost, requests = requests + excluded.requests,
            unpriced = unpriced + excluded.unpriced, errors = errors + excluded.errors;
    END
    """,
    """
    CREATE TRIGGER spend_changed AFTER UPDATE ON spend BEGIN
        UPDATE key_spend SET cost = cost + NEW.cost - OLD.cost, requests = requests + NEW.requests - OLD.requests,
            unpriced = unpriced + NEW.unpriced - OLD.unpriced, errors = errors + NEW.errors - OLD.errors
        WHERE day = NEW.day AND key_id = NEW.key_id;
    END
    """,
    "CREATE TABLE price_used (source TEXT PRIMARY KEY NOT NULL, price TEXT NOT NULL) WITHOUT ROWID",
    "ALTER TABLE notification ADD COLUMN action TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE notification ADD COLUMN target TEXT NOT NULL DEFAULT ''",
    "CREATE TABLE told (subject TEXT PRIMARY KEY NOT NULL, stage TEXT NOT NULL) WITHOUT ROWID",
    """
    CREATE TABLE audit (
        seq INTEGER PRIMARY KEY,
        at REAL NOT NULL,
        who TEXT NOT NULL,
        origin TEXT NOT NULL,
        action TEXT NOT NULL,
        subject TEXT NOT NULL,
        detail TEXT NOT NULL
    )
    """,
    "CREATE INDEX audit_at ON audit (at)",
)
