"""Writes a database of the current schemas, holding one of everything, for the migration tests of later versions.

    python -m tests.unit.store.ship_databases

Run it once when a schema is final, commit what it wrote, and never again for that schema.
"""

from __future__ import annotations

import sys
import tempfile
import threading
from pathlib import Path

from conduit_desktop.paths import Home
from conduit_desktop.store import Store
from conduit_desktop.store.migrations import ACTIVITY, CONFIGURATION
from tests.unit.store.samples import CAPTURE, DAY, EXCHANGE, KEY, MODEL, NOTICE, PRICE, PROVIDER

TARGET = Path(__file__).parents[2] / "data" / "databases"


def fill(store: Store) -> None:
    store.providers.put(PROVIDER)
    store.models.put(MODEL)
    store.keys.put(KEY)
    store.settings.put("port", 9000)
    store.prices.put("openai", "gpt-4o-mini", PRICE, "1")
    store.prices.put("openai", "unheard-of", None, "1")
    store.notifications.raise_(*NOTICE)
    written = threading.Event()
    store.exchanges.append(EXCHANGE, DAY, CAPTURE, lambda _: written.set())
    written.wait(10)


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        store = Store.open(home)
        fill(store)
        store.close()
        for path, series in ((home.configuration, CONFIGURATION), (home.activity, ACTIVITY)):
            target = TARGET / f"{path.stem}-schema{series[-1].number}.db"
            if target.exists():
                print(f"{target.name} is there already and stays as it is")
                continue
            target.write_bytes(path.read_bytes())
            print(f"{target.name} written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
