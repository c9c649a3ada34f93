"""The response cache."""

from __future__ import annotations

from pydantic import Field

from conduit_desktop.runtime.admin.schemas.base import Told, When, when
from conduit_desktop.runtime.caching import CacheState


class CachedModel(Told):
    model: str
    answers: int
    bytes: int


class CacheTold(Told):
    answers: int
    bytes: int
    limit_bytes: int = Field(description="The setting cache_megabytes.")
    oldest: When | None = Field(description="When the oldest answer was made.")
    models: list[CachedModel]

    @classmethod
    def of(cls, state: CacheState, limit: int) -> CacheTold:
        return cls(
            answers=state.entries,
            bytes=state.size,
            limit_bytes=limit,
            oldest=when(state.oldest),
            models=[CachedModel(model=model, answers=count, bytes=size) for model, count, size in state.models],
        )


class Emptied(Told):
    answers: int = Field(description="How many there were on disk.")
