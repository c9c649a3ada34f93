"""Where notifications are sent, as it is kept: never the address itself, which is a secret."""

from __future__ import annotations

from conduit_desktop.records import Webhook
from conduit_desktop.store.models import WEBHOOK
from conduit_desktop.store.repository import Repository, fields


class Webhooks(Repository):
    """At most one row."""

    def get(self) -> Webhook | None:
        row = self._database.row(WEBHOOK.select())
        if row is None:
            return None
        values = dict(zip(WEBHOOK.columns, row, strict=True))
        del values["one"]
        return Webhook(**values)

    def put(self, webhook: Webhook | None) -> None:
        """None: notifications are sent nowhere."""

        def write() -> None:
            before = self.get()
            if webhook is None:
                self._database.execute(WEBHOOK.delete())
            else:
                self._database.execute(WEBHOOK.put(fields(webhook, WEBHOOK) | {"one": 1}))
            self._note("webhook", "", before, webhook)

        self._write(write)
