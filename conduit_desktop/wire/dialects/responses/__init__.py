"""OpenAI's Responses API as a dialect (https://platform.openai.com/docs/api-reference/responses).

What a provider of this dialect cannot be told of a canonical request:

| member | what happens |
|---|---|
| n above 1, stop, audio and modalities beyond text | refused |
| audio but WAV and MP3 in base64, video | refused |
| a tool that runs at another provider, forced by the choice | refused |
| such a tool otherwise | dropped |
| top_k, min_p, seed, frequency_penalty, presence_penalty, repetition_penalty, logit_bias | dropped |
| a service tier that OpenAI does not have, a user's id or cache key of over 64 characters | dropped |
| cache markers, names of participants, errors marked in tool results | dropped |
| reasoning of another dialect, citations of earlier turns without ids | dropped |
| members that the provider refuses (``Traits.refuses``), ``reasoning`` where it does not think | dropped |
| ``reasoning`` off, for a model that always thinks | as little as it can, named |
| max_tokens below 16 | raised to 16, the least that the API takes |
| store, left open by a client of another dialect | false, and encrypted reasoning asked for to be carried round |

Signatures of other providers, for which clients of this dialect have no member, travel in ``encrypted_content`` of
reasoning items (``notes.seal``).
"""

from __future__ import annotations

from conduit_desktop.wire.dialects.base import Dialect
from conduit_desktop.wire.dialects.chat.errors import decode_error, encode_error
from conduit_desktop.wire.dialects.responses.asking import encode_request
from conduit_desktop.wire.dialects.responses.decoder import Decoder
from conduit_desktop.wire.dialects.responses.encoder import Encoder
from conduit_desktop.wire.dialects.responses.notes import ENVELOPE, NAME
from conduit_desktop.wire.dialects.responses.replies import decode_response, encode_response
from conduit_desktop.wire.dialects.responses.requests import decode_request

OPENAI_RESPONSES = Dialect(
    name=NAME,
    decode_request=decode_request,
    encode_request=encode_request,
    decode_response=decode_response,
    encode_response=encode_response,
    decoder=Decoder,
    encoder=Encoder,
    decode_error=decode_error,
    encode_error=encode_error,
    mark=ENVELOPE.encode(),
)
