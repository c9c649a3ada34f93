"""What had to be left out of a request."""

from __future__ import annotations


class Notes:
    """Names of what was left out, each once, in the order in which it was met."""

    def __init__(self) -> None:
        self._names: dict[str, None] = {}

    def drop(self, *names: str) -> None:
        self._names.update(dict.fromkeys(names))

    @property
    def names(self) -> list[str]:
        return list(self._names)
