"""Google's Interactions API: ``POST /v1beta/interactions``, whose answers are steps.

What becomes of the members of a request that is written for a provider of this dialect:

| member | what happens |
|---|---|
| previous_id, n above 1 | refused |
| a file of another provider's, audio in a format that Google does not speak | refused |
| format, where the model has no structured output | refused |
| a tool of another provider's, or (before Gemini 3) a search beside functions, that is forced | refused |
| the same, not forced | dropped |
| top_k, min_p, frequency_penalty, presence_penalty, repetition_penalty, logit_bias | dropped |
| logprobs, top_logprobs, parallel_tools, verbosity, user, cache_key | dropped |
| service_tier | flex, priority and default (standard) are written, others dropped (auto: silently, it is the default) |
| cache, name, detail other than low and high, citations (of a document), tools.strict | dropped |
| reasoning, for a model that takes no such wish; thinking.encrypted | dropped |
| reasoning off, for a model that always thinks | as little as it can, named |
| custom tools | a function with one string ``input`` |
| members that the provider refuses; extras of other dialects; foreign steps | dropped |
| store, where nothing was said of it | false: what other dialects ask is not kept anywhere either |
| metadata | labels |
| signature of thoughts | written where it can be Google's: base64, and not wrapped by us |
| signature of a call or text | a thought step before it |

And of what a client of this dialect asks of a provider of another: ``previous_interaction_id``, ``background``,
``agent``, ``environment``, ``continuation_token`` and ``cached_content`` are refused by name (``base._ESSENTIAL``), as
only Google keeps what they name.
"""

from __future__ import annotations

from conduit_desktop.wire.dialects.base import Dialect
from conduit_desktop.wire.dialects.interactions.asking import encode_request
from conduit_desktop.wire.dialects.interactions.encoder import StreamEncoder
from conduit_desktop.wire.dialects.interactions.errors import decode_error, encode_error
from conduit_desktop.wire.dialects.interactions.replies import decode_response, encode_response
from conduit_desktop.wire.dialects.interactions.requests import decode_request
from conduit_desktop.wire.dialects.interactions.signatures import MARK
from conduit_desktop.wire.dialects.interactions.streams import StreamDecoder
from conduit_desktop.wire.dialects.interactions.words import NAME

INTERACTIONS = Dialect(
    name=NAME,
    decode_request=decode_request,
    encode_request=encode_request,
    decode_response=decode_response,
    encode_response=encode_response,
    decoder=StreamDecoder,
    encoder=StreamEncoder,
    decode_error=decode_error,
    encode_error=encode_error,
    mark=MARK,
)
