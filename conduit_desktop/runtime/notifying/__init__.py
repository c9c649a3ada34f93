"""Notifications: what is worth telling, how it is kept, who gets it, and what can be done about it.

``Notices`` makes them, in ``serve`` as under the window; ``Notifying`` holds the verbs. An exchange, a budget or the
clock (``watching``, ``keys_told``, ``clock``, ``summary``) give tellings; ``teller`` writes, ``webhook`` sends them.
"""

from __future__ import annotations

from conduit_desktop.runtime.notifying.acting import ACTIONS as ACTIONS
from conduit_desktop.runtime.notifying.acting import Outcome as Outcome
from conduit_desktop.runtime.notifying.acting import Raise as Raise
from conduit_desktop.runtime.notifying.desk import Notifying as Notifying
from conduit_desktop.runtime.notifying.destination import WebhookState as WebhookState
from conduit_desktop.runtime.notifying.loudness import LEVELS as LEVELS
from conduit_desktop.runtime.notifying.loudness import Loudness as Loudness
from conduit_desktop.runtime.notifying.notices import Notices as Notices
from conduit_desktop.runtime.notifying.webhook import Patience as Patience
from conduit_desktop.runtime.notifying.webhook import WebhookTest as WebhookTest
