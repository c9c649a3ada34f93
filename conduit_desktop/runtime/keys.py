"""Making, changing and removing virtual keys. Blocking: for worker threads and the command line."""

from __future__ import annotations

import base64
import os
import time
import uuid
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from conduit_desktop import money
from conduit_desktop.errors import ConfigurationError
from conduit_desktop.gateway.auth.keys import PREFIX, digest
from conduit_desktop.gateway.auth.periods import first_day, next_reset
from conduit_desktop.records import PERIODS, VirtualKey
from conduit_desktop.runtime import names
from conduit_desktop.runtime.providers import drop
from conduit_desktop.store import Store
from conduit_desktop.vault import Vault

MOST_BUDGET = money.from_usd(1_000_000)
"""The store's integers end at some nine million dollars."""
MOST_OF_ANYTHING = 1_000_000_000


@dataclass(frozen=True, slots=True)
class KeyView:
    """A key with what it has spent in its period and when that ends."""

    key: VirtualKey
    spent: int
    resets: float | None


def views(store: Store) -> list[KeyView]:
    """Every key, with its spending."""
    now = time.time()
    all_keys = store.keys.list()
    starts = {first_day(key.period, now) for key in all_keys}
    spent = {start: store.spend.per_key(start) for start in starts}
    return [
        KeyView(key, spent[first_day(key.period, now)].get(key.id, 0), next_reset(key.period, now)) for key in all_keys
    ]


def new_text() -> str:
    """The text of a new key: ``sk-conduit-`` and 32 random bytes in URL-safe base64."""
    return PREFIX + base64.urlsafe_b64encode(os.urandom(32)).rstrip(b"=").decode()


def create(store: Store, vault: Vault, wanted: VirtualKey, *, keep_text: bool) -> tuple[VirtualKey, str]:
    """Make a key with the name, budget, limits and models of ``wanted`` (its id, digest and dates are made here); gives
    the record and the text, which is shown once. With ``keep_text`` the vault keeps it, so that it can be revealed."""
    check(store, wanted)
    text = new_text()
    key = replace(
        wanted,
        id=uuid.uuid4().hex,
        name=names.clean(wanted.name, "key"),
        digest=digest(text),
        last4=text[-4:],
        secret_ref=None,
        created=time.time(),
    )
    return _store_text(store, vault, key, text, keep_text), text


def edit(store: Store, key: VirtualKey) -> VirtualKey:
    """Store a changed key as it is given; its text stays."""
    check(store, key)
    store.keys.put(key)
    return key


def rotate(store: Store, vault: Vault, key: VirtualKey, *, keep_text: bool | None = None) -> tuple[VirtualKey, str]:
    """Give a key a new text at once; the old one stops working. The vault keeps the new one where it kept the old,
    unless ``keep_text`` says otherwise."""
    text = new_text()
    keep = key.secret_ref is not None if keep_text is None else keep_text
    new = _store_text(store, vault, replace(key, digest=digest(text), last4=text[-4:], secret_ref=None), text, keep)
    drop(vault, key.secret_ref)
    return new, text


def remove(store: Store, vault: Vault, key: VirtualKey) -> None:
    store.keys.remove(key.id)
    drop(vault, key.secret_ref)


def named(store: Store, name: str) -> VirtualKey:
    """The key called ``name``. Raises ConfigurationError naming those that there are."""
    key = store.keys.by_name(name)
    if key is None:
        there = ", ".join(each.name for each in store.keys.list()) or "none yet"
        raise ConfigurationError(f"There is no key {name!r}.", hint=f"Keys: {there}.", status=404, code="not_found")
    return key


def check(store: Store, key: VirtualKey) -> None:
    """Raises ConfigurationError for what no key can have."""
    name = names.clean(key.name, "key")
    other = store.keys.by_name(name)
    if other is not None and other.id != key.id:
        raise ConfigurationError(f"There is a key {name!r} already.", hint="Choose another name.", code="taken")
    if key.period not in PERIODS:
        raise ConfigurationError(f"A budget is per {', '.join(PERIODS)}, not {key.period!r}.", code="bad_value")
    if key.budget is not None and key.budget <= 0:
        raise ConfigurationError("A budget is more than $0.", hint="Disable the key to stop it.", code="bad_value")
    if key.budget is not None and key.budget > MOST_BUDGET:
        raise ConfigurationError(f"A budget is at most {money.show(MOST_BUDGET)}.", code="bad_value")
    for limit, what in ((key.rpm, "requests/min"), (key.tpm, "tokens/min"), (key.parallel, "parallel requests")):
        if limit is not None and not 1 <= limit <= MOST_OF_ANYTHING:
            raise ConfigurationError(f"The limit of {what} is 1 to {MOST_OF_ANYTHING:,}.", code="bad_value")


def expiry(text: str) -> float:
    """When a key given ``text`` expires (Unix seconds): a date lasts until its end, local time; or a date and time; or
    a span from now such as ``30d`` or ``12h``. Raises ValueError."""
    given = text.strip()
    if given[-1:] in ("d", "h") and given[:-1].isdigit():
        hours = int(given[:-1]) * (24 if given[-1] == "d" else 1)
        return time.time() + hours * 3600
    try:
        return (datetime.combine(date.fromisoformat(given), datetime.min.time()) + timedelta(days=1)).timestamp()
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(given).timestamp()
    except ValueError:
        raise ValueError(f"{text!r} is no date; give one such as 2027-01-31, or a span such as 30d") from None


def _store_text(store: Store, vault: Vault, key: VirtualKey, text: str, keep: bool) -> VirtualKey:
    if keep:
        key = replace(key, secret_ref=uuid.uuid4().hex)
        assert key.secret_ref is not None
        vault.put(key.secret_ref, text)
    try:
        store.keys.put(key)
    except BaseException:
        drop(vault, key.secret_ref)
        raise
    return key
