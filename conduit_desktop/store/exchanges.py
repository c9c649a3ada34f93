"""The exchange log: what the gateway appends and the window, the command line and the admin API read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from queue import Queue
from typing import NamedTuple

from conduit_desktop.errors import ConduitError
from conduit_desktop.records import Capture, Exchange, ExchangeFilter, Overview
from conduit_desktop.store import overview, rollup, search, slots, tries, usage
from conduit_desktop.store.batch import BatchWriter
from conduit_desktop.store.database import Database, Row
from conduit_desktop.store.journal import Journal, pack
from conduit_desktop.store.log_rows import SELECT, from_row
from conduit_desktop.store.writer import Entry, Writer

_FOLD_AFTER = 1_000
"""Exchanges appended before the rollups follow under load; they also do whenever the writer has nothing else to do."""

EVERYTHING = ExchangeFilter()


class Facets(NamedTuple):
    """What occurs in the log, for the filters' menus. ``keys`` are (id, newest name)."""

    models: tuple[str, ...]
    providers: tuple[str, ...]
    keys: tuple[tuple[str, str], ...]
    apps: tuple[str, ...]


class ExchangeLog:
    """The writer's side of the log; lives on the writer thread."""

    def __init__(self, activity: Database, journal: Journal) -> None:
        self._activity = activity
        self._journal = journal
        self._batches = BatchWriter(activity)
        self._loose = 1  # exchanges of an earlier run may be left to fold

    def write(self, entries: list[Entry]) -> list[int]:
        seqs = self._batches.write(entries)
        self._loose += len(entries)
        return seqs

    def settled(self, entries: Sequence[Entry], outcomes: Sequence[int | BaseException]) -> None:
        for entry, outcome in zip(entries, outcomes, strict=True):
            if entry.turn is not None and _settled(outcome):
                self._journal.commit(entry.turn)

    def tidy(self, idle: bool) -> None:
        if self._loose >= _FOLD_AFTER or (idle and self._loose):
            while rollup.fold(self._activity):
                pass
            self._loose = 0


class Exchanges:
    """``append`` never blocks; everything else reads on the calling thread's own connection, or waits for the
    writer."""

    def __init__(self, activity: Database, writer: Writer, journal: Journal) -> None:
        self._activity = activity
        self._writer = writer
        self._journal = journal

    def append(
        self, exchange: Exchange, day: str, capture: Capture | None, done: Callable[[int | BaseException], None]
    ) -> bool:
        """Queue the exchange. ``day`` is its local calendar day, for the spend counters. When it is committed,
        ``done`` is called on the writer thread with its number, or with what went wrong; and again with its number when
        the database takes it after all. True when it is on disk
        already, in the journal; one with bodies never is, they are too long for it. One thread appends."""
        packed = pack(exchange, day)
        turn = self._journal.append(packed) if capture is None and type(packed) is bytes else None
        self._writer.append(Entry(packed, capture, done, turn is None, turn))
        return turn is not None

    def flush(self) -> None:
        """Wait until everything that was appended so far is in the database."""
        self._writer.run(self._activity, lambda: None)

    def recover(self) -> int:
        """Put into the log what a killed process had only in its journal; gives how many exchanges that were. Nothing
        happens while another process has the journal."""
        if not self._journal.own():
            return 0
        lost = [line for line in self._journal.left() if not self.has(line.exchange.id)]
        done: Queue[int | BaseException] = Queue()
        for line in lost:
            self._writer.append(Entry(line, None, done.put))
        outcomes = [done.get() for _ in lost]
        if all(map(_settled, outcomes)):
            self._journal.clear()
        self._journal.disown()
        return len(lost)

    def has(self, exchange_id: str) -> bool:
        """Whether the log has an exchange of this id."""
        with self._activity.reading() as connection:
            return connection.execute("SELECT 1 FROM exchange WHERE id = ?", (exchange_id,)).fetchone() is not None

    def page(self, filter: ExchangeFilter = EVERYTHING, before: int | None = None, limit: int = 200) -> list[Exchange]:
        """The newest ``limit`` that match, or the newest before the number ``before``; without their attempts."""
        with self._activity.reading() as connection:
            seqs = search.newest(connection, search.resolve(connection, filter), before, limit)
            listed = ",".join(map(str, seqs))
            query = SELECT % "NULL" + f" WHERE e.seq IN ({listed}) ORDER BY e.seq DESC"
            rows: list[Row] = connection.execute(query).fetchall()
        return [from_row(row) for row in rows]

    def count(self, filter: ExchangeFilter = EVERYTHING, most: int = 10_000) -> int:
        """How many match; it stops counting at ``most``."""
        with self._activity.reading() as connection:
            return search.count(connection, search.resolve(connection, filter), most)

    def get(self, id: str) -> Exchange | None:
        """One exchange with its attempts; one that was appended here and is not in the database yet is waited for."""
        row = self._row(id)
        if row is None:
            self.flush()
            row = self._row(id)
        return None if row is None else from_row(row)

    def _row(self, id: str) -> Row | None:
        query = SELECT % "e.attempts" + " WHERE e.id = ?"
        with self._activity.reading() as connection:
            row: Row | None = connection.execute(query, (id,)).fetchone()
        return row

    def overview(self, since: float, until: float, buckets: int) -> Overview:
        """The Dashboard's figures; see ``overview.py`` for how exact they are."""
        with self._activity.reading() as connection:
            return overview.overview(connection, since, until, buckets)

    def sums(self, edges: Sequence[int], wanted: ExchangeFilter, by: usage.Split | None) -> usage.Counts:
        """What started in each bar, for each group; see ``usage.py``."""
        with self._activity.reading() as connection:
            return usage.sums(connection, edges, wanted, by)

    def times(
        self, wanted: ExchangeFilter, by: usage.Split | None, within: tuple[int, int], requests: int, most: int
    ) -> list[usage.Times]:
        """How quick answers were; see ``usage.py``."""
        with self._activity.reading() as connection:
            return usage.times(connection, wanted, by, within, requests, most)

    def newest(self) -> int:
        """The number of the newest exchange, 0 where there is none."""
        with self._activity.reading() as connection:
            return tries.newest(connection)

    def tries(self, above: int, below: int, most: int) -> tries.Stretch | None:
        """The calls to deployments of the newest ``most`` exchanges numbered between."""
        with self._activity.reading() as connection:
            return tries.between(connection, above, below, most)

    def bounds(self) -> tuple[int, int]:
        """From the first to after the last hour of the log (what is not folded yet aside); twice 0 when it is empty."""
        with self._activity.reading() as connection:
            return slots.bounds(connection)

    def summed(self, grain: int) -> dict[int, int]:
        """Which days or months (``rollup.DAY``, ``MONTH``) are summed up: from when until when."""
        with self._activity.reading() as connection:
            return slots.summed(connection, grain)

    def sum_up(self, grain: int, start: int, end: int) -> None:
        """Sum up a day or month of the user's calendar that is over, so that reports over months are quick."""
        self._writer.run(self._activity, lambda: slots.sum_up(self._activity.connection(), grain, start, end))

    def prune(self, before: float) -> bool:
        """Let go of some rollups of minutes from before the hour of ``before``, when the exchanges there are deleted;
        whether there may be more of them."""
        hour = int(before // rollup.HOUR) * rollup.HOUR
        return self._writer.run(self._activity, lambda: slots.prune(self._activity.connection(), hour))

    def size(self) -> tuple[int, int]:
        """How many bytes the log takes in the file, bodies aside, and how many exchanges it has."""
        with self._activity.reading() as connection:
            pages, unused, page = (
                connection.execute(f"PRAGMA {name}").fetchone()[0]
                for name in ("page_count", "freelist_count", "page_size")
            )
            bodies = connection.execute("SELECT coalesce(sum(size), 0) FROM capture").fetchone()[0]
            # Numbers have no gaps but for what was deleted, which the oldest are.
            first, last = connection.execute(
                "SELECT coalesce(min(seq), 1), coalesce(max(seq), 0) FROM exchange"
            ).fetchone()
        return (pages - unused) * page - bodies, last - first + 1

    def age_of(self, place: int) -> float | None:
        """When the exchange started that has ``place`` older ones before it."""
        with self._activity.reading() as connection:
            query = "SELECT started FROM exchange WHERE seq = (SELECT min(seq) FROM exchange) + ?"
            row = connection.execute(query, (place,)).fetchone()
        return None if row is None else float(row[0])

    def facets(self) -> Facets:
        names = "SELECT DISTINCT {0} FROM cohort WHERE {0} <> '' ORDER BY 1"
        keys = "SELECT key_id, key, max(id) FROM cohort WHERE key_id <> '' GROUP BY key_id ORDER BY key, key_id"
        with self._activity.reading() as connection:
            return Facets(
                models=tuple(str(name) for (name,) in connection.execute(names.format("model"))),
                providers=tuple(str(name) for (name,) in connection.execute(names.format("provider"))),
                keys=tuple((str(key_id), str(key)) for key_id, key, _ in connection.execute(keys)),
                apps=tuple(str(name) for (name,) in connection.execute(names.format("app"))),
            )

    def sweep(self, before: float, limit: int = 500) -> int:
        """Delete up to ``limit`` of the oldest exchanges that started before ``before``; how many there were. What
        they add up to (spend, rollups) stays."""
        return self._writer.run(self._activity, lambda: self._sweep(before, limit))

    def _sweep(self, before: float, limit: int) -> int:
        connection = self._activity.connection()
        bounds = rollup.seq_bounds(connection, None, before)
        if bounds is None:
            return 0
        query = "SELECT seq FROM exchange WHERE seq <= ? AND started < ? ORDER BY seq LIMIT ?"
        seqs: Sequence[Row] = connection.execute(query, (bounds[1], before, limit)).fetchall()
        listed = ",".join(str(seq) for (seq,) in seqs)
        for table in ("exchange", "failure", "capture"):
            connection.execute(f"DELETE FROM {table} WHERE seq IN ({listed})")
        if seqs:
            self._activity.shrink()
        return len(seqs)


def _settled(outcome: int | BaseException) -> bool:
    """Whether the journal may forget an exchange: it is in the database, or there is no place in there for such a
    one. A database that is locked, full or closed may take it another time."""
    return not isinstance(outcome, ConduitError)
