"""The whole configuration as one file: written (``export``), compared (``plan``), put in force (``apply``)."""

from __future__ import annotations

from conduit_desktop.runtime.applying.planning import Change as Change
from conduit_desktop.runtime.applying.planning import Plan as Plan
from conduit_desktop.runtime.applying.putting import Applied as Applied
from conduit_desktop.runtime.applying.putting import apply as apply
from conduit_desktop.runtime.applying.putting import export as export
from conduit_desktop.runtime.applying.putting import plan as plan
