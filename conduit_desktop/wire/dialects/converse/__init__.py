"""Amazon Bedrock's Converse and ConverseStream (``bedrock-converse``): one API for the models of all vendors there.

What happens to what Converse cannot say (the model's own quirks come from the provider row's traits):

| member | what happens |
|---|---|
| n above 1, audio output, previous_response_id | refused: unsayable |
| an image, film, sound or document by http address or file id, or in a format that Bedrock does not take | refused |
| a forced tool that Bedrock has not; any, where the model cannot be forced (Llama, Cohere, AI21) | refused |
| min_p, seed, penalties, logit_bias, logprobs, verbosity, user, store, cache_key | left out, named |
| top_k | additionalModelRequestFields, where the vendor has it; else left out, named |
| temperature above 1 | 1, named |
| temperature, top_p, top_k beside Claude's thinking; top_p beside temperature on newer Claude | left out, named |
| reasoning with a forced tool, or in a turn begun without thought, or with too little room (Claude) | left out, named |
| parallel_tools=False, tool_choice none after tool use | Claude's own tool_choice; other models: left out, named |
| tool choice none before any tool use | no tools are sent |
| format schema where the model has none | a tool that is demanded, whose input is the answer; else an instruction |
| format json | an instruction |
| cache markers where the model caches nothing | left out, named (cache_control) |
| earlier reasoning that is not signed, or of another vendor's model | left out, named (reasoning) |
| citations of other providers' web searches, or in what is not the assistant's | left out, named (citations) |
| metadata that is no short text, service tiers that Bedrock does not have | left out, named |
| server tools of other dialects, foreign blocks, extras of other dialects | left out, named |
| blank text | left out |
"""

from __future__ import annotations

from conduit_desktop.wire.dialects.base import Dialect
from conduit_desktop.wire.dialects.converse.errors import decode_error, encode_error
from conduit_desktop.wire.dialects.converse.incoming import decode_request
from conduit_desktop.wire.dialects.converse.media import NAME
from conduit_desktop.wire.dialects.converse.replies import decode_response, encode_response
from conduit_desktop.wire.dialects.converse.requests import encode_request
from conduit_desktop.wire.dialects.converse.streams import Decoder
from conduit_desktop.wire.dialects.converse.writing import Encoder

__all__ = ["BEDROCK_CONVERSE"]

BEDROCK_CONVERSE = Dialect(
    name=NAME,
    decode_request=decode_request,
    encode_request=encode_request,
    decode_response=decode_response,
    encode_response=encode_response,
    decoder=Decoder,
    encoder=Encoder,
    decode_error=decode_error,
    encode_error=encode_error,
)
