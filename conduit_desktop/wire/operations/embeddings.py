"""The dialects in which embeddings can be asked for: one row each, under the names of the chat dialects beside them.
``vertex`` is Vertex's ``predict``, which takes one prompt a call from its newer models.
"""

from conduit_desktop.wire.operations.embed_cohere import COHERE
from conduit_desktop.wire.operations.embed_gemini import GEMINI, VERTEX
from conduit_desktop.wire.operations.embed_ollama import OLLAMA
from conduit_desktop.wire.operations.embed_openai import OPENAI
from conduit_desktop.wire.operations.embedding import Embedding

EMBEDDINGS: dict[str, Embedding] = {
    "openai-chat": OPENAI,
    "gemini": GEMINI,
    "vertex": VERTEX,
    "cohere": COHERE,
    "ollama": OLLAMA,
}
