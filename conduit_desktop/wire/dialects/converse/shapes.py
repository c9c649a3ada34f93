"""The events of ConverseStream as they are read: typed, so that one decoding checks them too.

Source: the shape ConverseStreamOutput of Amazon's service model ``bedrock-runtime``.
"""

from __future__ import annotations

from typing import Any

import msgspec


class Input(msgspec.Struct):
    input: str = ""


class Thought(msgspec.Struct):
    text: str | None = None
    signature: str | None = None
    redactedContent: str | None = None


class Delta(msgspec.Struct):
    text: str | None = None
    toolUse: Input | None = None
    toolResult: list[Any] | None = None
    reasoningContent: Thought | None = None
    citation: dict[str, Any] | None = None
    image: dict[str, Any] | None = None


class DeltaEvent(msgspec.Struct):
    delta: Delta
    contentBlockIndex: int = 0


class Start(msgspec.Struct):
    toolUse: dict[str, Any] | None = None
    toolResult: dict[str, Any] | None = None
    image: dict[str, Any] | None = None


class StartEvent(msgspec.Struct):
    start: Start
    contentBlockIndex: int = 0


class StopEvent(msgspec.Struct):
    contentBlockIndex: int = 0


class MessageStop(msgspec.Struct):
    stopReason: str = "end_turn"
    additionalModelResponseFields: Any = None


read_delta = msgspec.json.Decoder(DeltaEvent)
read_start = msgspec.json.Decoder(StartEvent)
read_stop = msgspec.json.Decoder(StopEvent)
read_message_stop = msgspec.json.Decoder(MessageStop)
