"""Google's Gemini: ``generateContent`` and ``streamGenerateContent``, on the Gemini API and on Vertex.

What becomes of the members of a request that is written for a provider of this dialect:

| member | what happens |
|---|---|
| previous_id | refused: no answers are kept to go on from |
| a file of another provider's, audio in another format than pcm16 | refused |
| format, where the model has no structured output | refused |
| a tool of another provider's, or search beside functions, that is forced | refused |
| the same, not forced | dropped |
| min_p, repetition_penalty, logit_bias, parallel_tools, verbosity, user, store, cache_key | dropped |
| metadata | labels on Vertex where it fits them, else dropped |
| service_tier | flex, priority and default (standard) are written, others dropped (auto: silently, it is the default) |
| cache, name, detail, citations (of a document), tools.strict | dropped |
| reasoning, for a model that takes no such wish; thinking.encrypted | dropped |
| reasoning off, for a model that always thinks | as little as it can, named |
| custom tools | a function with one string ``input`` |
| members that the provider refuses; extras of other dialects; foreign blocks | dropped |
| signature of a call or text | written where it is base64, as Google's are |
| signature of thoughts | not written: Google does not ask for it, and another provider's would be refused |
| a call that no model of Google's signed, to Gemini 3 | gets the documented bypass |
"""

from __future__ import annotations

from conduit_desktop.wire.dialects.base import Dialect
from conduit_desktop.wire.dialects.gemini.encoder import StreamEncoder
from conduit_desktop.wire.dialects.gemini.errors import decode_error, encode_error
from conduit_desktop.wire.dialects.gemini.replies import decode_response, encode_response
from conduit_desktop.wire.dialects.gemini.requests import decode_request
from conduit_desktop.wire.dialects.gemini.signatures import MARK
from conduit_desktop.wire.dialects.gemini.streams import StreamDecoder
from conduit_desktop.wire.dialects.gemini.upstream import encode_request
from conduit_desktop.wire.dialects.gemini.words import NAME

GEMINI = Dialect(
    name=NAME,
    decode_request=decode_request,
    encode_request=encode_request,
    decode_response=decode_response,
    encode_response=encode_response,
    decoder=StreamDecoder,
    encoder=StreamEncoder,
    decode_error=decode_error,
    encode_error=encode_error,
    mark=MARK.encode(),
)
