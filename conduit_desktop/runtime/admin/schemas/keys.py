"""Virtual keys: what clients present. A key's text is in the one answer that makes it, and in no other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from conduit_desktop.records import THRESHOLDS, AtLimit, Period
from conduit_desktop.runtime.admin.schemas.base import (
    INTEGER,
    UNSEEN,
    Alias,
    Asked,
    Count,
    Moment,
    Money,
    Name,
    Told,
    Usd,
    When,
    usd,
    when,
)
from conduit_desktop.runtime.admin.schemas.prices import PriceTold
from conduit_desktop.runtime.applying import fields
from conduit_desktop.runtime.keys import KeyPreview, KeyView

Note = Annotated[str, Field(max_length=2000, pattern=r"^[^\u0000-\u0008\u000b-\u001f\u007f-\u00a0\u00ad]*$")]
Tag = Annotated[str, Field(max_length=60, pattern=rf"^([^\s{UNSEEN}]([^{UNSEEN}]*[^\s{UNSEEN}])?)?$")]
Colour = Annotated[
    str, Field(pattern="^(#[0-9a-f]{6}|[a-z]{0,20})$", description="A word or #rrggbb.", examples=["#3b82f6"])
]
Pattern = Annotated[
    str, Field(min_length=1, max_length=200, pattern=rf"^([^*\s{UNSEEN}]([^*{UNSEEN}]*[^*\s{UNSEEN}])?\*?|\*)$")
]
Patterns = Annotated[
    list[Pattern],
    Field(max_length=200, description="Empty: all; a trailing * is a prefix.", examples=[["fast", "gpt-*"]]),
]
Providers = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=64)]],
    Field(max_length=200, description="Ids or names; empty: all.", examples=[[]]),
]
Thresholds = Annotated[
    list[Annotated[int, Field(ge=1, le=100), INTEGER]],
    Field(
        max_length=20, description="Percents of the budget at which to tell, ascending.", examples=[list(THRESHOLDS)]
    ),
]


class KeyChange(Asked):
    """What is left out stays; null clears: no budget, no limit, every model."""

    name: Name = ""
    enabled: bool = True
    note: Note | None = None
    color: Colour | None = None
    tag: Tag | None = None
    budget_usd: Usd | None = None
    period: Period = "month"
    at_limit: AtLimit = "block"
    downgrade_to: Alias | None = None
    thresholds: Thresholds | None = None
    expires: Moment | None = None
    models: Patterns | None = None
    providers: Providers | None = None
    local_only: bool = False
    rpm: Count | None = None
    tpm: Count | None = None
    parallel: Count | None = None
    default_model: Alias | None = None
    max_output: Count | None = None
    cache: bool = Field(default=True, description="Whether its requests use the response cache of models that have it.")


class KeyNew(KeyChange):
    """A key without limits, but for what is given."""

    name: Name
    keep_text: bool = Field(default=False, description="Keep its text in the vault, so that its owner can reveal it.")


class KeyTold(Told):
    id: str
    name: str
    last4: str
    enabled: bool
    note: str
    color: str
    tag: str
    budget_usd: Money | None
    period: Period
    at_limit: AtLimit
    downgrade_to: str
    thresholds: list[int]
    expires: When | None
    models: list[str]
    providers: list[str] = Field(description="By name.")
    local_only: bool
    rpm: int | None
    tpm: int | None
    parallel: int | None
    default_model: str
    max_output: int | None
    cache: bool
    created: When | None
    text_kept: bool = Field(description="Whether the vault has its text.")
    old_text_until: When | None = Field(description="Until when the text before the last rotation works.")
    spent_usd: Money = Field(description="In this period, since it was last set back.")
    requests: int
    unpriced: int = Field(description="Requests of this period whose cost is unknown, which spent_usd leaves out.")
    resets: When | None
    last_used: When | None
    forecast_usd: Money | None = Field(description="What the period comes to if it goes on like this.")

    @classmethod
    def of(cls, view: KeyView, names: Mapping[str, str]) -> KeyTold:
        key = view.key
        return cls(
            id=key.id,
            name=key.name,
            last4=key.last4,
            created=when(key.created),
            text_kept=key.secret_ref is not None,
            old_text_until=when(key.old_until),
            spent_usd=usd(view.spent) or "0.00",
            requests=view.requests,
            unpriced=view.unpriced,
            resets=when(view.resets),
            last_used=when(view.last_used),
            forecast_usd=usd(view.forecast),
            **fields.key_plain(key, names, whole=True),
        )


class KeyMade(Told):
    """``text`` is shown only now."""

    key: KeyTold
    text: str = Field(examples=["sk-conduit-…"])


class Rotation(Asked):
    grace_seconds: Annotated[int, Field(ge=0, le=30 * 86_400), INTEGER] = Field(
        default=0, description="For how long the old text goes on working."
    )


class PreviewRowTold(Told):
    model: str
    targets: list[str] = Field(description="PROVIDER/MODEL-ID of each deployment that it may reach.")
    price: PriceTold | None
    reachable: bool
    why: str | None = Field(description="Why it is not reachable.")


class PreviewTold(Told):
    data: list[PreviewRowTold]

    @classmethod
    def of(cls, preview: KeyPreview) -> PreviewTold:
        rows: list[Any] = [
            PreviewRowTold(
                model=row.model,
                targets=list(row.targets),
                price=PriceTold.of(row.price),
                reachable=row.reachable,
                why=row.why or None,
            )
            for row in preview.rows
        ]
        return cls(data=rows)
