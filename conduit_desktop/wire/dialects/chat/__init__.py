"""OpenAI's Chat Completions (``openai-chat``): the dialect of OpenAI's SDKs, and of most providers' main or second API.

What a provider of this dialect cannot be told (``traits`` decide most of it):
| member | what happens |

|---|---|
| n above 1, where refused | refused |
| tools, where refused | refused |
| sound or pictures in the answer, where refused | refused |
| previous_id | refused: the history is not there |
| an image by file id, sound by URL | refused |
| a document by URL, film | refused where the provider does not document it |
| a tool that only another provider runs | left out, named; refused where it is forced |
| custom tools, several allowed tools | a function with one string; the others left out (not at OpenAI) |
| web_search | written where the provider takes it, else left out, named |
| top_k, min_p, repetition_penalty | written where the provider takes them, else left out, named |
| reasoning | effort, object, switch or OpenRouter's; left out, named, where the model takes none |
| earlier thinking | in the member that the provider wants, else left out |
| cache markers | written where the provider takes them, else left out, named |
| a tool result's error flag | left out, named: the result's words say it |
| pictures and files in a tool result | a user message behind the results |
| a user above 64 characters, metadata that is no text, an unknown tier | left out, named |
| a schema, where the provider has none | ``json_object`` or none, and an instruction |
| blocks and members of other dialects | left out, named |

Beyond OpenAI's members, a client gets and may give back ``reasoning_content``, ``reasoning_details`` (OpenRouter's,
with signatures and encrypted reasoning) and ``extra_content.google.thought_signature`` (Gemini's).
"""

from __future__ import annotations

from conduit_desktop.wire.dialects.base import Dialect
from conduit_desktop.wire.dialects.chat.encoder import ChatEncoder
from conduit_desktop.wire.dialects.chat.errors import decode_error, encode_error
from conduit_desktop.wire.dialects.chat.replies import encode_response
from conduit_desktop.wire.dialects.chat.requests import decode_request, encode_request
from conduit_desktop.wire.dialects.chat.streams import ChatDecoder, decode_response

OPENAI_CHAT = Dialect(
    name="openai-chat",
    decode_request=decode_request,
    encode_request=encode_request,
    decode_response=decode_response,
    encode_response=encode_response,
    decoder=ChatDecoder,
    encoder=ChatEncoder,
    decode_error=decode_error,
    encode_error=encode_error,
)
