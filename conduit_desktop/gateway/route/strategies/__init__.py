"""In which order to try the deployments of a model. Each strategy is a pure function of the candidates, their
conditions and a random source; the visible table below is the list of them.

To add a strategy: its file, one row in STRATEGIES, and its name in ``records.Strategy``.
"""

from __future__ import annotations

from conduit_desktop.gateway.route.strategies.base import Candidate, Order
from conduit_desktop.gateway.route.strategies.least import least_busy, least_cost, least_latency
from conduit_desktop.gateway.route.strategies.random_ import random_
from conduit_desktop.gateway.route.strategies.round_robin import round_robin
from conduit_desktop.gateway.route.strategies.simple import simple
from conduit_desktop.records import Strategy

STRATEGIES: dict[Strategy, Order] = {
    "simple": simple,
    "random": random_,
    "round-robin": round_robin,
    "least-busy": least_busy,
    "least-latency": least_latency,
    "least-cost": least_cost,
}

MEASURED = frozenset({"least-busy", "least-latency", "least-cost"})
"""Those that go by how a deployment does or what it costs."""

__all__ = ["MEASURED", "STRATEGIES", "Candidate", "Order"]
