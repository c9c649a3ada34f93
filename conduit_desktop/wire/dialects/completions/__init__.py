"""OpenAI's legacy Completions (``completions``): a prompt in, text out.

What a provider of this dialect cannot be told:
| member | what happens |

|---|---|
| tools (unless the choice is none), a form of answer, audio output, previous_id | refused |
| pictures, files, tool calls and results in messages | refused |
| a conversation | becomes a transcript |
| earlier thinking | left out |
| reasoning, verbosity, metadata, service_tier, store, cache_key | left out, named |
| top_k, min_p, repetition_penalty | written where the provider takes them, else left out, named |

What a client of this dialect asks for and no other dialect can say: several prompts or prompts in tokens, a suffix,
echo: refused towards other dialects. ``best_of`` is left out there, named.
"""

from __future__ import annotations

from conduit_desktop.wire.dialects.base import Dialect
from conduit_desktop.wire.dialects.chat.errors import decode_error, encode_error
from conduit_desktop.wire.dialects.completions.replies import (
    CompletionsEncoder,
    decode_response,
    decoder,
    encode_response,
)
from conduit_desktop.wire.dialects.completions.requests import decode_request, encode_request

COMPLETIONS = Dialect(
    name="completions",
    decode_request=decode_request,
    encode_request=encode_request,
    decode_response=decode_response,
    encode_response=encode_response,
    decoder=decoder,
    encoder=CompletionsEncoder,
    decode_error=decode_error,
    encode_error=encode_error,
)
