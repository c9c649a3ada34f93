"""Ollama's own API: ``/api/chat`` and ``/api/generate`` (https://docs.ollama.com/api/chat, /api/generate), both sides.

What of a request Ollama has no words for:

| member | what happens |
|---|---|
| ``n`` over 1, ``modalities`` other than text, ``audio``, ``previous_id`` | refused |
| images by URL or id, audio, video, documents that are not words | refused |
| ``tool_choice`` that requires a call | only the tools in question are offered, a system message asks for the call, \
and it is named as left out: the model stays free to answer |
| ``tool_choice`` none, or automatic with names | the tools (or the others) are not offered |
| tools of other providers, ``user``, ``metadata``, ``logit_bias``, ``service_tier``, ``store``, ``cache_key``, \
``verbosity``, ``parallel_tools``, cache markers, participants' names, tools' ``strict`` | left out by name |
| ``reasoning`` where the model does not think | left out by name |
| encrypted thinking, blocks of other dialects, a failed tool's mark | left out by name |
| documents in words | stand in the message |
| ``suffix``, ``raw``, ``context`` of ``/api/generate`` | refused by every other dialect (``base.foreign_extras``) |

Of an answer, chat leaves out images (its SDKs refuse them), citations and further choices.

Ollama's older versions give calls no ids: they are made, in requests by their order, in answers from the moment too.
"""

from conduit_desktop.wire.dialects.base import Dialect
from conduit_desktop.wire.dialects.ollama import generate
from conduit_desktop.wire.dialects.ollama.asking import encode_request
from conduit_desktop.wire.dialects.ollama.errors import decode_error, encode_error
from conduit_desktop.wire.dialects.ollama.replies import decode_response, encode_response
from conduit_desktop.wire.dialects.ollama.requests import decode_request
from conduit_desktop.wire.dialects.ollama.streams import OllamaDecoder
from conduit_desktop.wire.dialects.ollama.writing import OllamaEncoder

OLLAMA = Dialect(
    name="ollama",
    decode_request=decode_request,
    encode_request=encode_request,
    decode_response=decode_response,
    encode_response=encode_response,
    decoder=OllamaDecoder,
    encoder=OllamaEncoder,
    decode_error=decode_error,
    encode_error=encode_error,
)
OLLAMA_GENERATE = Dialect(
    name="ollama-generate",
    decode_request=generate.decode_request,
    encode_request=generate.encode_request,
    decode_response=generate.decode_response,
    encode_response=generate.encode_response,
    decoder=generate.GenerateDecoder,
    encoder=generate.GenerateEncoder,
    decode_error=decode_error,
    encode_error=encode_error,
)
