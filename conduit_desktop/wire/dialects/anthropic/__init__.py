"""Anthropic's Messages API, version 2023-06-01, as its models are served by Anthropic, Vertex, Bedrock (``invoke``) and by
compatible providers. For Vertex and Bedrock the gateway takes ``model`` and ``stream`` out and puts ``anthropic_version`` in.

What a request cannot say in this dialect:

| member | what happens |
|---|---|
| ``n`` above 1 | unsayable |
| ``modalities`` other than text | unsayable |
| ``previous_id`` | unsayable |
| audio, video, images of other types, documents that are neither PDF nor text, foreign file ids, URLs but http(s) | unsayable |
| ``tools`` of other providers | dropped, by name; unsayable where the request forces one |
| ``tool_choice`` required without any tool | unsayable |
| ``tool_choice`` among several | only those tools are offered |
| ``tool_choice`` required, refused by the model | dropped |
| ``tools`` absent where the history has calls | those tools are defined by name, with the choice ``none`` |
| ``custom`` tools | a function of one string ``input`` |
| ``strict`` where the model has none | dropped |
| ``format`` as a schema | ``output_config.format``, objects closed, unknown keywords told in descriptions |
| ``format`` as any JSON, or a schema where the model has no structured output | said in the system prompt |
| ``reasoning`` as a budget with a forced tool, with a prefilled answer, or in a tool loop without its thoughts | dropped |
| ``reasoning`` beyond ``max_tokens`` | the budget is cut to three quarters; dropped below 1024 |
| ``thinking`` unsigned, or of other providers | dropped |
| ``temperature`` above 1 | 1, and dropped |
| ``temperature``, ``top_p``, ``top_k`` beside thinking | dropped where they change the sampling |
| ``top_p`` beside ``temperature`` | dropped unless 1 |
| ``stop`` of white space alone | dropped |
| ``max_tokens`` absent | ``traits.max_output`` |
| system messages between turns | join the system prompt, or stay where the model takes them |
| a conversation of system messages alone | the last one is the user's |
| images of the assistant's | dropped |
| ``service_tier`` flex, scale | dropped |
| ``citations`` of other providers, participants' names, blocks of other dialects | dropped |
| ``seed``, ``frequency_penalty``, ``presence_penalty``, ``repetition_penalty``, ``min_p``, ``logit_bias``, ``logprobs``, ``top_logprobs``, ``verbosity``, ``metadata``, ``store``, ``cache_key``, ``audio`` | dropped |
| ``extras`` of other dialects | dropped, by name |

``logprobs`` are dropped although they were asked for: the answer is the same, and its place for them stays empty, which
every client must expect.
"""  # noqa: E501  (a table's row is one line)

from __future__ import annotations

from conduit_desktop.wire.dialects.anthropic.carry import MARK
from conduit_desktop.wire.dialects.anthropic.decoding import AnthropicDecoder
from conduit_desktop.wire.dialects.anthropic.encoding import AnthropicEncoder
from conduit_desktop.wire.dialects.anthropic.errors import decode_error, encode_error
from conduit_desktop.wire.dialects.anthropic.replies import decode_response, encode_response
from conduit_desktop.wire.dialects.anthropic.requests import decode_request, encode_request
from conduit_desktop.wire.dialects.anthropic.words import NAME
from conduit_desktop.wire.dialects.base import Dialect

ANTHROPIC_MESSAGES = Dialect(
    name=NAME,
    decode_request=decode_request,
    encode_request=encode_request,
    decode_response=decode_response,
    encode_response=encode_response,
    decoder=AnthropicDecoder,
    encoder=AnthropicEncoder,
    decode_error=decode_error,
    encode_error=encode_error,
    mark=b'"' + MARK.encode(),
)
