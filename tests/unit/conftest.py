"""Hypothesis without deadlines: how long an example takes on a busy machine says nothing."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("conduit", deadline=None, database=None)
settings.load_profile("conduit")
