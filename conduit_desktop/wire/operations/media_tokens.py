"""What images, sounds, films and PDFs cost in tokens, by what vendors document of their models.

OpenAI (platform.openai.com/docs/guides/images-vision): 85 tokens and 170 for each tile of 512 pixels, after scaling to
2048 and then 768; 85 with low detail; sound 10 a second. Anthropic (docs.anthropic.com, vision, pdf-support): width ×
height / 750, scaled to 1568; a page of a PDF 1500 to 3000. Gemini (ai.google.dev/gemini-api/docs/tokens): 258 for each
tile of 768 pixels and each page, sound 32 a second, film 263 a second.
"""

from __future__ import annotations

import base64
import binascii
import struct
from math import ceil

from conduit_desktop.wire.messages import Media

_HEAD = 64 * 1024  # base64 letters in which the size of an image stands
_SOUND = 16_000  # bytes of a second of sound
_FILM = 250_000  # bytes of a second of film
_PAGE = 60_000  # bytes of a page where the pages cannot be counted


def media_tokens(media: Media, model: str) -> int:
    """The tokens that ``media`` costs a model whose name in small letters is ``model``."""
    gemini = "gemini" in model
    match media.kind:
        case "image":
            return _image(media, "claude" in model, gemini)
        case "audio":
            return _seconds(media, _SOUND) * (32 if gemini else 10)
        case "video":
            return _seconds(media, _FILM) * 263
        case _:
            return _pages(media) * (258 if gemini else 2000)


def _image(media: Media, claude: bool, gemini: bool) -> int:
    width, height = size_of(media.data) or (1024, 1024)
    if claude:
        shrink = min(1.0, 1568 / max(width, height))
        return min(ceil(width * shrink * height * shrink / 750), 1600)
    if gemini:
        return 258 if max(width, height) <= 384 else 258 * ceil(width / 768) * ceil(height / 768)
    if media.detail == "low":
        return 85
    shrink = min(1.0, 2048 / max(width, height))
    width, height = ceil(width * shrink), ceil(height * shrink)
    shrink = min(1.0, 768 / min(width, height))
    return 85 + 170 * ceil(width * shrink / 512) * ceil(height * shrink / 512)


def _seconds(media: Media, rate: int) -> int:
    return max(len(media.data) * 3 // 4 // rate, 1)


def _pages(media: Media) -> int:
    try:
        raw = base64.b64decode(media.data)
    except (binascii.Error, ValueError):
        raw = b""
    marked = (
        raw.count(b"/Type /Page") + raw.count(b"/Type/Page") - raw.count(b"/Type /Pages") - raw.count(b"/Type/Pages")
    )
    return max(marked, ceil(len(raw) / _PAGE) if marked <= 0 else 0, 1)


def size_of(data: str) -> tuple[int, int] | None:
    """Width and height of a PNG, GIF, WebP or JPEG in base64; None where they cannot be read."""
    try:
        head = base64.b64decode(data[:_HEAD] + "=" * (-len(data[:_HEAD]) % 4))
    except (binascii.Error, ValueError):
        return None
    try:
        found = _size(head)
    except struct.error:
        return None
    return found if found and all(found) else None


def _size(head: bytes) -> tuple[int, int] | None:
    if head.startswith(b"\x89PNG"):
        width, height = struct.unpack_from(">II", head, 16)
        return width, height
    if head.startswith(b"GIF8"):
        width, height = struct.unpack_from("<HH", head, 6)
        return width, height
    if head[8:12] == b"WEBP":
        return _webp(head)
    return _jpeg(head) if head.startswith(b"\xff\xd8") else None


def _webp(head: bytes) -> tuple[int, int] | None:
    kind = head[12:16]
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", head, 26)
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", head, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8X":
        return int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1
    return None


def _jpeg(head: bytes) -> tuple[int, int] | None:
    """The size stands in the first start-of-frame segment."""
    at = 2
    while at + 9 < len(head):
        if head[at] != 0xFF:
            return None
        marker = head[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", head, at + 5)
            return width, height
        (length,) = struct.unpack_from(">H", head, at + 2)
        at += 2 + max(length, 2)
    return None
