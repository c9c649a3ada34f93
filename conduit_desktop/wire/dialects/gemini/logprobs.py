"""``logprobsResult``, both ways. Source: ai.google.dev/api/generate-content#LogprobsResult."""

from __future__ import annotations

from typing import Any

from conduit_desktop.wire.dialects.base import Json
from conduit_desktop.wire.messages import Logprob


def read_logprobs(found: Any) -> list[Logprob]:
    """The chosen tokens, each with its rivals; empty where none are told."""
    if not isinstance(found, dict):
        return []
    rivals = found.get("topCandidates") or []
    out = []
    for at, chosen in enumerate(found.get("chosenCandidates") or []):
        token = _token(chosen)
        if at < len(rivals):
            token.top = [_token(each) for each in rivals[at].get("candidates") or []]
        out.append(token)
    return out


def _token(found: Json) -> Logprob:
    return Logprob(token=str(found.get("token") or ""), logprob=float(found.get("logProbability") or 0.0))


def write_logprobs(logprobs: list[Logprob]) -> Json:
    """The ``logprobsResult``."""
    out: Json = {"chosenCandidates": [_written(each) for each in logprobs]}
    if any(each.top for each in logprobs):
        out["topCandidates"] = [{"candidates": [_written(rival) for rival in each.top]} for each in logprobs]
    return out


def _written(token: Logprob) -> Json:
    return {"token": token.token, "logProbability": token.logprob}
