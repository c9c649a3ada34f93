"""The refusal of a request that no deployment takes now: each of them named, why, and when it is tried again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from conduit_desktop.errors import NoRoute

MOST_NAMED = 5
AWAY = frozenset({"credential_rejected", "deployment_limit", "rate_limit_exceeded", "deployments_away"})
"""The codes of the refusals below: there are deployments, and none takes a request now."""


class Away(NamedTuple):
    """Why a deployment takes nothing now: ``why`` in words. ``kind``: ``rejected`` (no credential of it is taken),
    ``full`` (its own limit, set here), ``limited`` (the provider's), ``down``. ``wait`` is in how many seconds it may
    take something again, None where somebody has to do something first."""

    name: str
    provider: str
    kind: str
    why: str
    wait: float | None = None


def refusal(model: str, away: Iterable[Away]) -> NoRoute:
    """Raised where ``away`` are all that could serve ``model``."""
    away = list(away)
    kinds = {each.kind for each in away}
    told = [f"{each.name} {each.why}{_when(each.wait)}" for each in away[:MOST_NAMED]] or ["others were quicker"]
    if len(away) > MOST_NAMED:
        told.append(f"so do {len(away) - MOST_NAMED} more")
    of = f"{model!r}" if model else "this model"
    message = f"No deployment of {of} takes a request now: {'; '.join(told)}."
    waits = [each.wait for each in away if each.wait is not None]
    after = max(min(waits, default=1.0), 1.0) if waits or not away else None
    if kinds == {"rejected"}:
        names = ", ".join(dict.fromkeys(each.provider for each in away))
        hint = (
            f"Check the key of {names} in the Providers pane, or by conduit-desktop provider credential test: "
            "it is used again once it is changed or a test goes well."
        )
        return NoRoute(message, hint=hint, status=503, code="credential_rejected")
    if kinds == {"full"}:
        hint = "Raise the limit in the Models pane, or add a deployment."
        return NoRoute(message, hint=hint, status=429, code="deployment_limit", retry_after=after)
    if away and kinds <= {"full", "limited"}:
        hint = "Add another deployment or key of the provider, or send less at a time."
        return NoRoute(message, hint=hint, status=429, code="rate_limit_exceeded", retry_after=after)
    hint = (
        "The Models pane, or conduit-desktop model health, says how each of them does; "
        "a deployment of another provider would step in."
    )
    return NoRoute(message, hint=hint, status=503, code="deployments_away", retry_after=after)


def _when(wait: float | None) -> str:
    return "" if wait is None else f", tried again in {max(wait, 1.0):.0f} s"
