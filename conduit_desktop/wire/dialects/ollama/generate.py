"""Ollama's ``/api/generate``: one prompt, one answer. Format: https://docs.ollama.com/api/generate."""

from __future__ import annotations

import msgspec

from conduit_desktop.wire import events as e
from conduit_desktop.wire.dialects.base import Context, Encoded, Json, unsayable
from conduit_desktop.wire.dialects.lowering import own, without
from conduit_desktop.wire.dialects.ollama.asking import Turns, finish
from conduit_desktop.wire.dialects.ollama.blocks import NAME
from conduit_desktop.wire.dialects.ollama.replies import around, pictures, whole, words
from conduit_desktop.wire.dialects.ollama.requests import basis, keep_rest, read_image
from conduit_desktop.wire.dialects.ollama.streams import OllamaDecoder
from conduit_desktop.wire.dialects.ollama.writing import OllamaEncoder
from conduit_desktop.wire.dialects.reading import system_text
from conduit_desktop.wire.messages import Choice, Media, Message, Part, Request, Response, Text, Thinking
from conduit_desktop.wire.node import Node
from conduit_desktop.wire.traits import Traits

_NAME = "ollama-generate"
_ALONE = ("suffix", "raw", "context", "template")
"""What chat does not know either."""


def decode_request(body: Json, model: str | None = None, stream: bool | None = None) -> Request:
    """The request that ``body`` is. Raises BadRequest naming the field that does not fit."""
    node = Node(body)
    request = basis(node, model, stream)
    if system := node.text("system"):
        request.messages.append(Message(role="system", parts=[Text(text=system)]))
    prompt = node.text("prompt")
    parts: list[Part] = [Text(text=prompt)] if prompt else []
    parts += [read_image(each, f"{node.at('images')}[{at}]") for at, each in enumerate(node.array("images"))]
    request.messages.append(Message(role="user", parts=parts))
    alone = {name: found for name in _ALONE if (found := node.get(name)) not in (None, "", [], False)}
    if alone:
        request.extras[_NAME] = alone
    keep_rest(request, node)
    return request


def encode_request(request: Request, traits: Traits) -> Encoded:
    """The body for Ollama. A conversation of more than one turn, or with tools, is not for generate."""
    request, dropped = without(request, traits.refuses)
    turns = [each for each in request.messages if each.role not in ("system", "developer")]
    if len(turns) != 1 or turns[0].role != "user":
        raise unsayable("messages", "Ollama's generate takes one prompt")
    if request.tools:
        raise unsayable("tools", "Ollama's generate knows no tools")
    written = Turns(Request(messages=turns))
    said = written.messages[0]
    body: Json = {"model": request.model, "prompt": said["content"]}
    if system := system_text(request.messages):
        body["system"] = system
    if "images" in said:
        body["images"] = said["images"]
    dropped += written.dropped
    others = {name: members for name, members in request.extras.items() if name != _NAME}
    finish(body, msgspec.structs.replace(request, extras=others), traits, dropped)
    body |= own(request.extras, _NAME)
    return Encoded(body, list(dict.fromkeys(dropped)))


def decode_response(body: Json) -> Response:
    """The answer that ``body`` is. Raises BadRequest where it is none."""
    node = Node(body)
    thinking = node.text("thinking")
    parts: list[Part] = [Thinking(sections=[thinking])] if thinking else []
    text = node.need_text("response")
    parts += [Text(text=text)] if text else []
    if image := node.text("image"):
        parts.append(Media(kind="image", data=image))
    return whole(node, parts, {})


def encode_response(response: Response, context: Context) -> Json:
    """The body for a client."""
    choice = response.choices[0] if response.choices else Choice()
    said: Json = {"response": words(choice)}
    if thinking := "\n\n".join(part.text for part in choice.parts if isinstance(part, Thinking) and part.text):
        said["thinking"] = thinking
    if images := pictures(choice):
        said["image"] = images[0]
    return around(response, context, said)


class GenerateDecoder(OllamaDecoder):
    """As chat's, with ``response`` in the place of the message."""

    def read(self, found: Json, out: list[e.Event]) -> None:
        self.grow(Thinking, found.get("thinking"), out)
        self.grow(Text, found.get("response"), out)
        image = found.get("image")
        if isinstance(image, str) and image:
            self.give(Media(kind="image", data=image), out)


class GenerateEncoder(OllamaEncoder):
    """As chat's, with ``response`` in the place of the message."""

    def words(self, text: str) -> Json:
        return {"response": text}

    def thoughts(self, text: str) -> Json:
        return {"response": "", "thinking": text}

    def more(self, **members: object) -> Json:
        return {"response": ""}

    def picture(self, data: str) -> Json:
        return {"response": "", "image": data}

    def last(self, extras: Json) -> Json:
        kept = extras.get(NAME, {})
        return {"context": kept["context"]} if "context" in kept else {}
