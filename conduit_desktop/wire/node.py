"""Reading decoded JSON that somebody else wrote: typed, with the path of what does not fit, and with a record of what
was read, so that what is left over can be kept instead of lost.
"""

from __future__ import annotations

from typing import Any

from conduit_desktop.errors import BadRequest

_WORDS = {
    type(None): "null",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    str: "a string",
    list: "an array",
    dict: "an object",
}
_NUMBER = (int, float)


def misfit(path: str, wanted: str, found: Any) -> BadRequest:
    """The error for a value of the wrong type."""
    what = _WORDS.get(type(found), "something else")
    where = f"The field {path}" if path else "The body"
    return BadRequest(f"{where} must be {wanted}, not {what}.", param=path or None, code="invalid_type")


def missing(path: str) -> BadRequest:
    """The error for a member that must be there."""
    return BadRequest(f"The field {path} is missing.", hint=f"Send {path!r}.", param=path, code="missing_field")


def invalid(path: str, why: str) -> BadRequest:
    """The error for a value that is of the right type and still makes no sense."""
    return BadRequest(f"The field {path} {why}.", param=path, code="invalid_value")


class Node:
    """A JSON object. Getters take the member's name, with other spellings behind it (the first that is there and not
    null is taken), give None (or an empty value) where there is none, and raise BadRequest naming the path where the
    type is wrong. ``rest`` is what no getter has asked for."""

    __slots__ = ("_read", "path", "value")

    def __init__(self, value: Any, path: str = "") -> None:
        if not isinstance(value, dict):
            raise misfit(path, "an object", value)
        self.value: dict[str, Any] = value
        self.path = path
        self._read: set[str] = set()

    def at(self, name: str | int) -> str:
        """The path of a member."""
        if isinstance(name, int):
            return f"{self.path}[{name}]"
        return f"{self.path}.{name}" if self.path else name

    def get(self, name: str, *others: str) -> Any:
        """The member as it is; None when absent or null."""
        found = self.value.get(name)
        if found is not None:
            self._read.add(name)
        for other in others:
            if (also := self.value.get(other)) is not None:
                self._read.add(other)
                found = also if found is None else found
        return found

    def has(self, name: str) -> bool:
        """Whether the member is there, be it null. Does not count as reading it."""
        return name in self.value

    # Most members that are asked for are not there: the getters look for one by itself.

    def text(self, name: str, *others: str) -> str:
        """A string, empty when absent."""
        found = self.get(name, *others) if others else self.value.get(name)
        if found is None:
            return ""
        if not isinstance(found, str):
            raise misfit(self.at(name), "a string", found)
        self._read.add(name)
        return found

    def need_text(self, name: str, *others: str) -> str:
        """A string that must be there (it may be empty)."""
        found = self.text(name, *others)
        if not found and self.get(name, *others) is None:
            raise missing(self.at(name))
        return found

    def whole(self, name: str, *others: str) -> int | None:
        """A whole number; ``2.0`` counts as one."""
        found = self.get(name, *others) if others else self.value.get(name)
        if found is None:
            return None
        self._read.add(name)
        if isinstance(found, float) and found.is_integer():
            return int(found)
        if isinstance(found, bool) or not isinstance(found, int):
            raise misfit(self.at(name), "a whole number", found)
        return found

    def number(self, name: str, *others: str) -> float | None:
        """A number, whole ones left whole."""
        found = self.get(name, *others) if others else self.value.get(name)
        if found is None:
            return None
        self._read.add(name)
        if isinstance(found, bool) or not isinstance(found, _NUMBER):
            raise misfit(self.at(name), "a number", found)
        return found

    def flag(self, name: str, *others: str) -> bool | None:
        """True or false."""
        found = self.get(name, *others) if others else self.value.get(name)
        if found is None:
            return None
        self._read.add(name)
        if not isinstance(found, bool):
            raise misfit(self.at(name), "true or false", found)
        return found

    def table(self, name: str, *others: str) -> dict[str, Any] | None:
        """An object as it is, for what is carried and not read."""
        found = self.get(name, *others) if others else self.value.get(name)
        if found is None:
            return None
        self._read.add(name)
        if not isinstance(found, dict):
            raise misfit(self.at(name), "an object", found)
        return found

    def node(self, name: str, *others: str) -> Node | None:
        """An object to be read."""
        found = self.get(name, *others) if others else self.value.get(name)
        if found is None:
            return None
        self._read.add(name)
        return Node(found, self.at(name))

    def array(self, name: str, *others: str) -> list[Any]:
        """An array as it is, empty when absent."""
        found = self.get(name, *others)
        if found is None:
            return []
        if not isinstance(found, list):
            raise misfit(self.at(name), "an array", found)
        return found

    def nodes(self, name: str, *others: str) -> list[Node]:
        """An array of objects to be read, empty when absent."""
        return [Node(each, f"{self.at(name)}[{at}]") for at, each in enumerate(self.array(name, *others))]

    def texts(self, name: str, *others: str) -> list[str]:
        """An array of strings, or one string for itself; empty when absent."""
        found = self.get(name, *others)
        if isinstance(found, str):
            return [found]
        if found is None:
            return []
        if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
            raise misfit(self.at(name), "an array of strings", found)
        return list(found)

    def rest(self) -> dict[str, Any]:
        """The members that nobody has read and that are not null."""
        return {name: value for name, value in self.value.items() if name not in self._read and value is not None}
