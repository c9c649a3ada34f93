"""Cohere's chat, version 2 (https://docs.cohere.com/reference/chat, /reference/chat-stream), from both sides.

What of a request Cohere has no words for:

| member | what happens |
|---|---|
| ``n`` over 1, ``modalities`` other than text, ``audio``, ``previous_id`` | refused |
| audio, video, files by id, documents that are not words, or by URL | refused |
| a forced tool that runs at another provider | refused |
| tools of other providers, ``user``, ``metadata``, ``logit_bias``, ``min_p``, ``repetition_penalty``, \
``service_tier``, ``store``, ``cache_key``, ``verbosity``, ``parallel_tools``, ``top_logprobs``, cache markers, \
participants' names | left out by name |
| ``reasoning`` where the model does not think | left out by name |
| encrypted thinking, blocks of other dialects, a failed tool's mark | left out by name |
| ``strict`` of some tools only, penalties outside 0 to 1 | left out by name, the penalty set to the nearest |
| ``top_p``, ``top_k`` outside what Cohere takes | set to the nearest |
| ``tool_choice`` with names | the other tools are not offered, and a call is required |
| images in tool results | follow in a user message |
| ``format``'s name, description and strictness | need no words: the schema is always followed |

Of an answer, pictures and sounds are words, as Markdown links them; further choices are left out.

What the model says before it calls tools (``tool_plan``) is reasoning: Cohere's templates put it where thoughts stand.
"""

from conduit_desktop.wire.dialects.base import Dialect
from conduit_desktop.wire.dialects.cohere.asking import encode_request
from conduit_desktop.wire.dialects.cohere.errors import decode_error, encode_error
from conduit_desktop.wire.dialects.cohere.replies import decode_response, encode_response
from conduit_desktop.wire.dialects.cohere.requests import decode_request
from conduit_desktop.wire.dialects.cohere.streams import CohereDecoder
from conduit_desktop.wire.dialects.cohere.writing import CohereEncoder

COHERE = Dialect(
    name="cohere",
    decode_request=decode_request,
    encode_request=encode_request,
    decode_response=decode_response,
    encode_response=encode_response,
    decoder=CohereDecoder,
    encoder=CohereEncoder,
    decode_error=decode_error,
    encode_error=encode_error,
)
