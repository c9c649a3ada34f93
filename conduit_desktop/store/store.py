"""The store as the layers above see it: two databases, one writer, one repository for each kind of record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from conduit_desktop.paths import Home
from conduit_desktop.records import Model, Price, PriceRule, Provider, VirtualKey
from conduit_desktop.settings import Settings
from conduit_desktop.store import migrations
from conduit_desktop.store.aliases import Models
from conduit_desktop.store.audit import Audit
from conduit_desktop.store.cache import CacheFile
from conduit_desktop.store.captures import Captures
from conduit_desktop.store.database import Database, unusable
from conduit_desktop.store.exchanges import ExchangeLog, Exchanges
from conduit_desktop.store.health import HealthEvents
from conduit_desktop.store.journal import Journal
from conduit_desktop.store.keys import Keys
from conduit_desktop.store.master import Master
from conduit_desktop.store.notifications import Notifications
from conduit_desktop.store.opening import prepare
from conduit_desktop.store.prices import Catalogues, PriceRules, Prices
from conduit_desktop.store.providers import Providers
from conduit_desktop.store.recompute import Corrections
from conduit_desktop.store.revision import Revision
from conduit_desktop.store.settings_rows import SettingsRows
from conduit_desktop.store.spend import SpendCounters
from conduit_desktop.store.trail import Trail
from conduit_desktop.store.used_prices import UsedPrices
from conduit_desktop.store.webhooks import Webhooks
from conduit_desktop.store.writer import Writer

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """The whole configuration as of one moment."""

    providers: tuple[Provider, ...]
    models: tuple[Model, ...]
    keys: tuple[VirtualKey, ...]
    settings: Settings
    prices: Mapping[tuple[str, str], Price | None]
    rules: tuple[PriceRule, ...] = ()


class Store:
    """Reads run on the calling thread (not on the gateway's loop and not on Qt's); writes wait for the writer.
    ``exchanges.append`` alone never blocks."""

    def __init__(
        self, configuration: Database, activity: Database, revision: Revision, journal: Journal, cache: CacheFile
    ) -> None:
        self._configuration = configuration
        self._activity = activity
        self._writer = Writer(ExchangeLog(activity, journal), activity)
        self._trail: Trail | None = None
        self.revision = revision
        shared = (configuration, self.write, self._note)
        self.providers = Providers(*shared)
        self.models = Models(*shared)
        self.keys = Keys(*shared)
        self.settings = SettingsRows(*shared)
        self.prices = Prices(*shared)
        self.rules = PriceRules(*shared)
        self.catalogues = Catalogues(*shared)
        self.master = Master(*shared)
        self.webhooks = Webhooks(*shared)
        self._journal = journal
        self.cache = cache
        self.exchanges = Exchanges(activity, self._writer, journal)
        self.spend = SpendCounters(activity, self._writer)
        self.notifications = Notifications(activity, self._writer)
        self.health = HealthEvents(activity, self._writer)
        self.captures = Captures(activity, self._writer)
        self.audit = Audit(activity, self._writer)
        self.used_prices = UsedPrices(activity, self._writer)
        self.corrections = Corrections(activity, self._writer)

    @classmethod
    def open(cls, home: Home) -> Store:
        """Open the home's databases, made or migrated as needed. Raises ConfigurationError when one of them is
        damaged, another program's or of a newer version."""
        try:
            home.make()
            revision = Revision(home.revision)
        except OSError as error:
            raise unusable(home.folder, error) from error
        try:
            prepare(home.configuration, migrations.CONFIGURATION)
            prepare(home.activity, migrations.ACTIVITY)
        except BaseException:
            revision.close()
            raise
        databases = Database(home.configuration), Database(home.activity)
        store = cls(*databases, revision, Journal(home.folder), CacheFile(home.cache))
        store.exchanges.recover()
        return store

    def write(self, work: Callable[[], T]) -> T:
        """Do ``work``, which may call several repositories of the configuration, in one transaction, and tell
        every process of the change. The changes go to the audit log as those of whoever acts here."""
        trail = Trail()

        def traced() -> T:
            outer = self._trail
            self._trail = outer or trail  # work within work belongs to the same transaction
            try:
                return work()
            finally:
                self._trail = outer

        def committed() -> None:
            self.revision.bump()
            self.audit.keep(trail)

        return self._writer.run(self._configuration, traced, committed)

    def _note(self, kind: str, name: str, before: object | None, after: object | None, /) -> None:
        """On the writer's thread, within ``write``."""
        assert self._trail is not None
        self._trail.note(kind, name, before, after)

    def configuration(self) -> Configuration:
        with self._configuration.reading():
            return Configuration(
                providers=tuple(self.providers.list()),
                models=tuple(self.models.list()),
                keys=tuple(self.keys.list()),
                settings=self.settings.all(),
                prices=self.prices.all(),
                rules=tuple(self.rules.list()),
            )

    def close(self) -> None:
        """Write what was given so far and let go of the files."""
        self._writer.close()
        self._journal.close()
        self.cache.close()
        self._configuration.close()
        self._activity.close()
        self.revision.close()
