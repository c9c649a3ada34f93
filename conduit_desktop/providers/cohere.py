"""The provider kind ``cohere``: Cohere's own API, version 2.

Source: docs.cohere.com (chat, embed, rerank, list models); cohere.com/pricing for images. What a search unit of
reranking costs it no longer says. Its errors are ``{"message", "id"}``.
"""

from __future__ import annotations

from conduit_desktop.providers.billing import Billing
from conduit_desktop.providers.spec import ProviderSpec, Surface

COHERE = ProviderSpec(
    kind="cohere",
    title="Cohere",
    summary="Command models, embeddings and reranking, from Cohere itself.",
    base_url="https://api.cohere.com",
    surfaces=(
        Surface(
            dialect="cohere",
            paths={
                "chat": "/v2/chat",
                "embeddings": "/v2/embed",
                "rerank": "/v2/rerank",
                "embed.v1": "/v1/embed",
                "rerank.v1": "/v1/rerank",
                "models": "/v1/models?page_size=1000",
            },
        ),
    ),
    key_page="https://dashboard.cohere.com/api-keys",
    key_hint="40 letters and digits",
    env_names=("COHERE_API_KEY", "CO_API_KEY"),
    test_model="command-r7b-12-2024",
    price_provider="cohere",
    billing=Billing(parts=((("embed-v4*",), {"image_input": 470_000}),)),
    model_traits=(
        (("*reasoning*", "command-a-plus*"), {"thinking": "budget"}),
        (("command", "command-light*", "command-nightly*", "c4ai-*"), {"schema": "json", "strict_tools": False}),
    ),
    aliases=("cohere-ai",),
)
