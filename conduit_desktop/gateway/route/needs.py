"""What a request needs of a model: abilities, and room in its context window. Read only when some deployment that could
serve it lacks an ability, or has a window that the body could be too long for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property

from conduit_desktop.errors import BadRequest, NoRoute
from conduit_desktop.gateway.snapshot import Target
from conduit_desktop.records import Ability
from conduit_desktop.wire.messages import Media, Part, Request, ToolResult
from conduit_desktop.wire.operations.estimate import rough_tokens

SURELY = 1.15
"""How far over a window the rough count must be: what is near it, the provider decides."""
MOST_BYTES = 8
"""Of a token, on the whole."""
WORDS: dict[Ability, str] = {"images": "images", "tools": "tools", "json_schema": "a JSON schema"}


class Needs:
    """``size`` is the body's length; ``read`` gives the request in its canonical form."""

    def __init__(self, size: int, read: Callable[[], Request]) -> None:
        self.size = size
        self._read = read

    @classmethod
    def told(cls, abilities: Iterable[Ability], tokens: int) -> Needs:
        """Of a request that is only thought of."""
        needs = cls(tokens * MOST_BYTES, Request)
        needs.abilities, needs.tokens = frozenset(abilities), tokens
        return needs

    @cached_property
    def _request(self) -> Request:
        try:
            return self._read()
        except BadRequest:  # said, with the field that does not fit, when it is written for a provider
            return Request()

    @cached_property
    def abilities(self) -> frozenset[Ability]:
        request = self._request
        found: set[Ability] = set()
        if any(tool.kind != "web_search" for tool in request.tools):
            found.add("tools")
        if request.format is not None and request.format.kind == "schema":
            found.add("json_schema")
        if any(_images(message.parts) for message in request.messages):
            found.add("images")
        return frozenset(found)

    @cached_property
    def tokens(self) -> int:
        """About how many tokens it has."""
        return rough_tokens(self._request)

    def lacking(self, target: Target) -> frozenset[Ability]:
        """What of it ``target`` cannot do."""
        return target.lacks & self.abilities if target.lacks else target.lacks

    def fits(self, target: Target) -> bool:
        """Whether it may fit into the context window: no token is shorter than a byte."""
        window = target.context_window
        return window is None or self.size <= window or self.tokens <= window * SURELY


def _images(parts: Iterable[Part]) -> bool:
    for part in parts:
        if isinstance(part, Media) and (part.kind == "image" or _images(part.parts)):
            return True
        if isinstance(part, ToolResult) and _images(part.parts):
            return True
    return False


def cannot(model: str, targets: Iterable[Target], needs: Needs) -> NoRoute:
    """The refusal of a request that none of ``targets`` can serve."""
    targets = list(targets)
    lacking = {target.id: needs.lacking(target) for target in targets}
    if not any(lacking.values()):
        windows = ", ".join(f"{_name(target)} takes {target.context_window or 0:,}" for target in targets[:5])
        return NoRoute(
            f"The request is too long for {model!r}: it has about {needs.tokens:,} tokens, and {windows}.",
            hint="Shorten it, or give the model a fallback for long requests in the Models pane.",
            status=400,
            code="context_length_exceeded",
        )
    told = []
    for target in targets[:5]:
        words = [WORDS[each] for each in WORDS if each in lacking[target.id]]
        told.append(f"{_name(target)} takes no {_listed(words)}" if words else f"{_name(target)} is too small for it")
    return NoRoute(
        f"Nothing that serves {model!r} can take this request: {'; '.join(told)}.",
        hint="Ask for another model, add a deployment that can, or correct in the Models pane what this one is said to "
        "lack.",
        status=400,
        code="unsupported_by_model",
        param="model",
    )


def _listed(words: list[str]) -> str:
    return " and no ".join(word.removeprefix("a ") for word in words)


def _name(target: Target) -> str:
    return f"{target.provider.name}/{target.upstream_model}"
