"""Making, changing and removing virtual keys. Blocking: for worker threads and the command line."""

from __future__ import annotations

import base64
import os
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta

from conduit_desktop.errors import ConfigurationError
from conduit_desktop.gateway.auth.keys import PREFIX, digest
from conduit_desktop.gateway.periods import Zone, first_day, last_reset, next_reset
from conduit_desktop.records import VirtualKey
from conduit_desktop.runtime import names
from conduit_desktop.runtime.calendar import users_zone
from conduit_desktop.runtime.key_preview import KeyPreview as KeyPreview
from conduit_desktop.runtime.key_preview import PreviewRow as PreviewRow
from conduit_desktop.runtime.key_terms import MOST_BUDGET as MOST_BUDGET
from conduit_desktop.runtime.key_terms import MOST_OF_ANYTHING as MOST_OF_ANYTHING
from conduit_desktop.runtime.key_terms import check as check
from conduit_desktop.runtime.providers import drop
from conduit_desktop.store import Store
from conduit_desktop.store.spend import KeySpend
from conduit_desktop.vault import Vault

NOTHING = KeySpend(0, 0, 0)
HARDLY = 0.05
"""The part of a period that must have passed before it says anything of the rest."""


@dataclass(frozen=True, slots=True)
class KeyView:
    """A key with what it has spent in its period (picodollars), when that ends, how many requests it made in it and
    how many of those have no price, when it was last used, and what it comes to if it goes on like this."""

    key: VirtualKey
    spent: int
    resets: float | None
    last_used: float | None = None
    requests: int = 0
    unpriced: int = 0
    forecast: int | None = None


def views(store: Store) -> list[KeyView]:
    """Every key, with its spending."""
    now, zone = time.time(), users_zone(store)
    all_keys = store.keys.list()
    starts = {first_day(key.period, now, zone) for key in all_keys}
    sums = {start: store.spend.of_keys(start) for start in starts}
    used = store.spend.last_used(key.id for key in all_keys)
    return [
        _view(key, sums[first_day(key.period, now, zone)].get(key.id, NOTHING), used.get(key.id), now, zone)
        for key in all_keys
    ]


def _view(key: VirtualKey, sums: KeySpend, used: float | None, now: float, zone: Zone) -> KeyView:
    since, until = last_reset(key.period, now, zone), next_reset(key.period, now, zone)
    spent = max(sums.cost - before_reset(key, since), 0)
    return KeyView(key, spent, until, used, sums.requests, sums.unpriced, forecast(spent, since, now, until))


def before_reset(key: VirtualKey, since: float) -> int:
    """What of its period's spending, which began at ``since``, was before it was set back."""
    return key.reset_spent if key.reset_at is not None and key.reset_at >= since else 0


def forecast(spent: int, since: float, now: float, until: float | None) -> int | None:
    """What a period comes to if it goes on like this; None where it has no end or has hardly begun."""
    if until is None or until <= since or (now - since) / (until - since) < HARDLY:
        return None
    return int(spent * (until - since) / (now - since))


def reset_spend(store: Store, key: VirtualKey) -> VirtualKey:
    """Set what the key has spent in its period back to nothing. The log and its sums stay as they are."""
    store.exchanges.flush()

    def work() -> VirtualKey:
        there = _there(store, key)
        changed = replace(there, reset_at=time.time(), reset_spent=_spent(store, there))
        store.keys.put(changed)
        return changed

    return store.write(work)


def _spent(store: Store, key: VirtualKey) -> int:
    """What the key's period came to so far, as if nothing had been set back."""
    start = first_day(key.period, time.time(), users_zone(store))
    return store.spend.of_keys(start).get(key.id, NOTHING).cost


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

    def work(ref: str | None) -> VirtualKey:
        made = replace(key, secret_ref=ref)
        store.keys.put(made)
        return made

    return _store_text(vault, text, keep_text, work), text


def edit(store: Store, wanted: VirtualKey, before: VirtualKey | None = None) -> VirtualKey:
    """Store a changed key. Its text, and what was set back of its spending, stay as they are stored: whoever edits it
    may have read it before they changed. So does, where ``before`` is what they read, all that they did not change. A
    rotation's grace can be ended, and not given. Raises ConfigurationError."""

    def work() -> VirtualKey:
        there = _there(store, wanted)
        key = wanted if before is None else _merged(there, before, wanted)
        check(store, key)
        reset_at, reset_spent = _set_back(store, key, there)
        ended = key.old_digest is None
        changed = replace(
            key,
            name=names.clean(key.name, "key"),
            digest=there.digest,
            last4=there.last4,
            secret_ref=there.secret_ref,
            created=there.created,
            old_digest=None if ended else there.old_digest,
            old_until=None if ended else there.old_until,
            reset_at=reset_at,
            reset_spent=reset_spent,
        )
        store.keys.put(changed)
        return changed

    return store.write(work)


def _merged(there: VirtualKey, before: VirtualKey, wanted: VirtualKey) -> VirtualKey:
    """``there`` with what ``wanted`` changes of ``before``."""
    names = [each.name for each in fields(VirtualKey) if getattr(wanted, each.name) != getattr(before, each.name)]
    return replace(there, **{name: getattr(wanted, name) for name in names})


def _set_back(store: Store, key: VirtualKey, there: VirtualKey) -> tuple[float | None, int]:
    """``reset_at`` and ``reset_spent`` of a key that is changed: of another period, so that what was spent since then
    stays the same; and nothing where that cannot be told."""
    if key.period == there.period or there.reset_at is None:
        return there.reset_at, there.reset_spent
    now, zone = time.time(), users_zone(store)
    if there.reset_at < max(last_reset(period, now, zone) for period in (key.period, there.period)):
        return None, 0
    since = _spent(store, there) - there.reset_spent
    return there.reset_at, max(_spent(store, key) - since, 0)


def _there(store: Store, key: VirtualKey) -> VirtualKey:
    """The key as it is stored now."""
    found = store.keys.get(key.id)
    if found is None:
        raise ConfigurationError(f"The key {key.name!r} is not there any more.", status=404, code="not_found")
    return found


def rotate(
    store: Store, vault: Vault, key: VirtualKey, *, grace: float = 0.0, keep_text: bool | None = None
) -> tuple[VirtualKey, str]:
    """Give a key a new text; the old one works for ``grace`` seconds more. The vault keeps the new one where it kept
    the old, unless ``keep_text`` says otherwise."""
    text = new_text()
    keep = key.secret_ref is not None if keep_text is None else keep_text
    dropped: list[str | None] = []

    def work(ref: str | None) -> VirtualKey:
        there = _there(store, key)
        dropped.append(there.secret_ref)
        old = (there.digest, time.time() + grace) if grace > 0 else (None, None)
        renewed = replace(there, digest=digest(text), last4=text[-4:], secret_ref=ref)
        renewed = replace(renewed, old_digest=old[0], old_until=old[1])
        store.keys.put(renewed)
        return renewed

    new = _store_text(vault, text, keep, lambda ref: store.write(lambda: work(ref)))
    drop(vault, dropped[0])
    return new, text


def remove(store: Store, vault: Vault, key: VirtualKey) -> None:
    there = store.keys.get(key.id) or key  # it may have another text than when it was read
    store.keys.remove(key.id)
    drop(vault, there.secret_ref)


def named(store: Store, name: str) -> VirtualKey:
    """The key called ``name``. Raises ConfigurationError naming those that there are."""
    key = store.keys.by_name(name)
    if key is None:
        raise names.absent("key", name, [each.name for each in store.keys.list()], "key create NAME")
    return key


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


def _store_text(vault: Vault, text: str, keep: bool, put: Callable[[str | None], VirtualKey]) -> VirtualKey:
    """``put`` the key into the store with the reference under which the vault keeps its text, where that is wanted."""
    ref = uuid.uuid4().hex if keep else None
    if ref is not None:
        vault.put(ref, text)
    try:
        return put(ref)
    except BaseException:
        drop(vault, ref)
        raise
