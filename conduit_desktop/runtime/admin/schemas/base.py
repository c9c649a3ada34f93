"""What the shapes have in common: strict requests, the error, texts, money and times."""

from __future__ import annotations

from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from conduit_desktop.errors import ConduitError
from conduit_desktop.runtime.applying import values

T = TypeVar("T")

UNSEEN = r"\u0000-\u001f\u007f-\u00a0\u00ad"
_DATE = r"(19[7-9]\d|[2-8]\d{3})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
_TIME = r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)?"
_ISO = rf"^{_DATE}([Tt ]{_TIME})?$"
_MILLION = r"^(\d{1,6}(\.\d{1,%d})?|1000000)$"

Name = Annotated[
    str,
    Field(
        min_length=1,
        max_length=64,
        pattern=rf"^[^/\s{UNSEEN}]([^/{UNSEEN}]*[^/\s{UNSEEN}])?$",
        description="A name that can be shown, without a slash.",
        examples=["editor"],
    ),
]
Alias = Annotated[
    str,
    Field(
        min_length=1,
        max_length=200,
        pattern=rf"^[^\s{UNSEEN}]([^{UNSEEN}]*[^\s{UNSEEN}])?$",
        description="The name that clients ask for.",
        examples=["fast"],
    ),
]
Usd = Annotated[
    str,
    Field(
        pattern=_MILLION % 12,
        description="US dollars, exact to the picodollar.",
        examples=["5.00"],
    ),
]
Rate = Annotated[str, Field(pattern=_MILLION % 6, examples=["0.40"])]
Moment = Annotated[
    str,
    Field(
        pattern=_ISO,
        description="ISO 8601; local time where it says no zone, a date alone until its end.",
        examples=["2027-01-31T00:00:00Z"],
    ),
]
When = Annotated[
    str,
    Field(description="ISO 8601 in UTC.", examples=["2026-11-26T09:30:00Z"], json_schema_extra={"format": "date-time"}),
]
Money = Annotated[str, Field(description="US dollars, exact to the picodollar.", examples=["0.0042"])]


def _integer(value: Any) -> Any:
    """JSON knows one kind of number: 5.0 is an integer there."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


INTEGER = BeforeValidator(_integer)
Count = Annotated[int, Field(ge=1, le=1_000_000_000), INTEGER]


class Asked(BaseModel):
    """A request: nothing that is not known, and no guessing at types."""

    model_config = ConfigDict(extra="forbid", strict=True, title=None)

    def given(self) -> dict[str, Any]:
        """What the request says, by name: what it leaves out is not in here."""
        return {name: getattr(self, name) for name in type(self).model_fields if name in self.model_fields_set}


class Told(BaseModel):
    """An answer."""

    model_config = ConfigDict(extra="forbid")


class Problem(Told):
    """What went wrong, why, and what to do."""

    type: str = Field(examples=["not_found_error"])
    message: str = Field(examples=["There is no key 'editor'."])
    hint: str | None = Field(examples=["Keys: laptop, ci."])
    code: str = Field(examples=["not_found"])
    param: str | None = Field(description="The field of the request that is meant.", examples=[None])


class Error(Told):
    """The one shape of every error."""

    error: Problem


class Page(Told, Generic[T]):
    """Some of a list, the first first. ``next`` is what to give as ``cursor`` for those after them; null at the end."""

    data: list[T]
    next: str | None = None


class Everything(Told, Generic[T]):
    """A whole list."""

    data: list[T]


class Done(Told):
    """It was done, and there is nothing to show."""

    done: bool = True


def bad(message: str, param: str, hint: str = "") -> ConduitError:
    return ConduitError(message, hint=hint, status=422, code="bad_value", param=param)


def gone(what: str, named: str) -> ConduitError:
    return ConduitError(f"There is no {what} {named!r}.", status=404, code="not_found")


def moment(text: str | None, param: str) -> float | None:
    """Unix seconds. Raises ConduitError for a date that there is not."""
    if text is None:
        return None
    try:
        return values.moment(text.upper())
    except ValueError as error:
        raise bad(f"{param} {error}.", param) from None


when = values.moment_text
usd = values.usd_text
