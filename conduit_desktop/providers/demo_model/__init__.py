"""The model behind the Demo provider: answers made here, in OpenAI's shapes, with no network, clock or
randomness.

``complete`` and ``stream`` answer a decoded chat request, ``embed`` an embeddings request, ``model_list``
lists what there is; what makes no sense raises ``DemoError``, whose ``status`` and ``body`` are OpenAI's. The
sender only plays.
"""

from __future__ import annotations

from typing import Any

from conduit_desktop.providers.demo import DEMO
from conduit_desktop.providers.demo_model.embeddings import embed
from conduit_desktop.providers.demo_model.reply import FIRST_TOKEN, PER_TOKEN, complete, pause, stream
from conduit_desktop.providers.demo_model.request import DemoError

__all__ = ["FIRST_TOKEN", "PER_TOKEN", "DemoError", "complete", "embed", "model_list", "pause", "stream"]


def model_list() -> dict[str, Any]:
    """The answer to ``GET /models``."""
    data = [{"id": name, "object": "model", "created": 0, "owned_by": "conduit-demo"} for name in DEMO.models]
    return {"object": "list", "data": data}
