"""Reading and changing single fields of a ``multipart/form-data`` body (RFC 7578) in place, so that files pass as
they came."""

from __future__ import annotations

import re
from collections.abc import Iterator

from conduit_desktop.errors import BadRequest

_BOUNDARY = re.compile(r'boundary="?([^";,]+)"?', re.IGNORECASE)
_NAME = re.compile(rb'(?:^|[;\s])name="((?:[^"\\]|\\.)*)"|(?:^|[;\s])name=([^\s;"]+)', re.IGNORECASE)


def boundary_of(content_type: str) -> bytes:
    """The boundary that a content type names. Raises BadRequest when it names none."""
    found = _BOUNDARY.search(content_type)
    if found is None:
        raise BadRequest(
            "The content type multipart/form-data names no boundary.",
            hint="Let the HTTP library set the header.",
            code="invalid_multipart",
        )
    return found[1].strip().encode("latin-1", "replace")


def fields(body: bytes, boundary: bytes) -> Iterator[tuple[str, bool, int, int]]:
    """(name, whether it is a file, start, end) of each part's content. Raises BadRequest for a body that is not
    framed by ``boundary``."""
    mark = b"--" + boundary
    at = body.find(mark)
    if at < 0:
        raise BadRequest("The multipart body does not hold its own boundary.", code="invalid_multipart")
    while True:
        at += len(mark)
        if body.startswith(b"--", at):
            return
        head_end = body.find(b"\r\n\r\n", at)
        following = body.find(b"\r\n" + mark, max(head_end, at))
        if head_end < 0 or following < 0:
            raise BadRequest("The multipart body ends in the middle of a part.", code="invalid_multipart")
        head = body[at:head_end]
        found = _NAME.search(head)
        name = ((found[1] or found[2] or b"") if found else b"").decode("utf-8", "replace")
        yield name, b"filename" in head.lower(), head_end + 4, following
        at = following + 2


def values(body: bytes, boundary: bytes, *names: str) -> dict[str, str]:
    """The texts of those of the fields ``names`` that are there and no files: of each the first."""
    found: dict[str, str] = {}
    for name, is_file, start, end in fields(body, boundary):
        if name in names and name not in found and not is_file:
            found[name] = body[start:end].decode("utf-8", "replace")
    return found


def replace(body: bytes, boundary: bytes, name: str, text: str) -> bytes:
    """``body`` with every field ``name`` that is no file set to ``text``."""
    spans = [(start, end) for found, is_file, start, end in fields(body, boundary) if found == name and not is_file]
    for start, end in reversed(spans):
        body = body[:start] + text.encode() + body[end:]
    return body


def add(body: bytes, boundary: bytes, name: str, text: str) -> bytes:
    """``body`` with one more field in front."""
    head = f'Content-Disposition: form-data; name="{name}"'.encode()
    at = body.index(b"--" + boundary)
    return body[:at] + b"--" + boundary + b"\r\n" + head + b"\r\n\r\n" + text.encode() + b"\r\n" + body[at:]
