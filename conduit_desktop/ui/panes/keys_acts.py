"""What the Keys pane does with keys: each asks where it must, does it, and says what came of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from PySide6.QtWidgets import QWidget

from conduit_desktop.errors import ConduitError, ConfigurationError
from conduit_desktop.records import VirtualKey
from conduit_desktop.runtime.keys import KeyView
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.panes import keys_ask
from conduit_desktop.ui.panes.keys_bulk import BulkPanel, Change, Outcome
from conduit_desktop.ui.panes.keys_columns import KeyRow
from conduit_desktop.ui.panes.keys_fresh import FreshKeySheet
from conduit_desktop.ui.panes.keys_sheets import fresh

_STEP = 20  # keys after which the progress is shown anew


class KeyActs:
    """``refresh`` shows the table anew; ``panel`` shows what came of what was done with several keys."""

    def __init__(
        self,
        pane: QWidget,
        service: GatewayService,
        bridge: Bridge,
        refresh: Callable[[], Awaitable[None]],
        panel: BulkPanel,
    ) -> None:
        self._pane, self._service, self._bridge = pane, service, bridge
        self._refresh, self._panel = refresh, panel
        self.busy = False
        """Whether several keys are being changed: the table is shown anew once they all are."""

    # ---- with one

    async def rotate(self, key: VirtualKey) -> None:
        """Ask for a grace, give the key a new text and show it."""
        key = await fresh(self._service, key)
        grace = await keys_ask.ask_grace(self._pane, key)
        if grace is None:
            return
        changed, secret = await self._service.configuring.rotate_key(await fresh(self._service, key), grace)
        await self._refresh()
        FreshKeySheet(self._pane, self._service, self._bridge, changed, secret, rotated=True).open()

    async def end_grace(self, key: VirtualKey) -> None:
        """The text before the last rotation stops working now."""
        now = await fresh(self._service, key)
        await self._service.configuring.edit_key(replace(now, old_digest=None, old_until=None), now)
        await self._refresh()
        self._bridge.tell(f"The old text of {key.name} has stopped working")

    async def reset_spend(self, view: KeyView) -> None:
        """Ask, then let the spending count from zero."""
        if not await keys_ask.ask_reset(self._pane, view):
            return
        await self._service.configuring.reset_key_spend(await fresh(self._service, view.key))
        await self._refresh()
        self._bridge.tell(f"The spending of {view.key.name} counts from $0.00 now")

    async def delete(self, keys: Sequence[VirtualKey]) -> None:
        """Ask, then remove them."""
        if not await keys_ask.ask_delete(self._pane, keys):
            return
        if len(keys) == 1:
            await self._service.configuring.remove_key(keys[0])
            await self._refresh()
            self._bridge.tell(f"Key {keys[0].name} deleted")
            return
        outcome = await self._each("Deleted", keys, self._service.configuring.remove_key)
        self._bridge.tell(outcome.words, "warning" if outcome.failed else "success")

    async def enable(self, key: VirtualKey, on: bool) -> None:
        now = await fresh(self._service, key)
        await self._service.configuring.edit_key(replace(now, enabled=on), now)
        await self._refresh()

    # ---- with several

    async def change(self, rows: Sequence[KeyRow], change: Change) -> None:
        """Make every key so."""

        async def put(key: VirtualKey) -> None:
            await self._service.configuring.edit_key(replace(key, **change.fields), key)

        await self._each(change.done, [each.view.key for each in rows], put)

    async def rotate_all(self, rows: Sequence[KeyRow]) -> None:
        """Ask for a grace, then give a new text to each key whose text is kept."""
        grace = await keys_ask.ask_grace_for_all(self._pane, len(rows))
        if grace is None:
            return

        async def turn(key: VirtualKey) -> None:
            if key.secret_ref is None:
                raise ConfigurationError("its text is not kept: rotate it alone, to see the new one", code="not_kept")
            await self._service.configuring.rotate_key(key, grace)

        await self._each("Rotated", [each.view.key for each in rows], turn)

    async def _each(
        self, done: str, keys: Sequence[VirtualKey], act: Callable[[VirtualKey], Awaitable[object]]
    ) -> Outcome:
        """One after the other, on each key as it is stored now; a failure does not stop the others."""
        outcome = Outcome(done, len(keys))
        self.busy = True
        self._panel.set_busy(True)
        try:
            now = {view.key.id: view.key for view in await self._service.configuring.keys()}
            for at, key in enumerate(keys):
                if at % _STEP == 0:
                    self._panel.outcome.show_progress(outcome, at)
                try:
                    if key.id not in now:
                        raise ConfigurationError("it was deleted meanwhile", code="not_found")
                    await act(now[key.id])
                    outcome.worked += 1
                except ConduitError as error:
                    outcome.failed.append((key.name, error.text))
            await self._refresh()
        finally:
            self.busy = False
            self._panel.set_busy(False)
            self._panel.outcome.show_outcome(outcome)
        return outcome
