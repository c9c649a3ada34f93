"""How deployments and keys do, what became of them, and the faults that one plays."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from conduit_desktop.gateway.send.faults import FAULTS, Kind, LabFault, LabState
from conduit_desktop.records import HealthEvent, HealthState
from conduit_desktop.runtime.admin.schemas.base import INTEGER, Asked, Told, When, when
from conduit_desktop.runtime.routing import CredentialState, DeploymentState, Preview, Wanted

Dialect = Literal["openai-chat", "openai-responses", "anthropic-messages", "gemini", "cohere", "ollama", "interactions"]
Operation = Literal["chat", "completions", "embeddings", "rerank", "count_tokens"]
_STATE = "closed: in use; open: kept away from; half-open: one request tries it; rejected: until somebody changes it."


class DeploymentStateTold(Told):
    id: str
    provider: str
    upstream_model: str
    state: HealthState = Field(description=_STATE)
    reason: str | None
    until: When | None = Field(description="When it is tried again.")
    in_work: int
    failures: int = Field(description="In a row.")
    ttft_ms: float | None = Field(description="A moving mean.")
    tokens_per_second: float | None = Field(description="A moving mean of its output.")
    limits: str | None = Field(description="What of its limits is used up.")

    @classmethod
    def of(cls, id: str, provider: str, upstream_model: str, state: DeploymentState) -> DeploymentStateTold:
        return cls(
            id=id,
            provider=provider,
            upstream_model=upstream_model,
            state=state.state,
            reason=state.reason or None,
            until=when(state.until),
            in_work=state.in_work,
            failures=state.failures,
            ttft_ms=None if state.ttft is None else round(state.ttft * 1000, 3),
            tokens_per_second=None if state.speed is None else round(state.speed, 3),
            limits=state.limits or None,
        )


class CredentialStateTold(Told):
    id: str
    name: str = Field(description="first: the provider's own.")
    state: HealthState = Field(description=_STATE)
    reason: str | None
    until: When | None

    @classmethod
    def of(cls, id: str, name: str, state: CredentialState) -> CredentialStateTold:
        return cls(id=id, name=name, state=state.state, reason=state.reason or None, until=when(state.until))


class HealthEventTold(Told):
    at: When | None
    state: HealthState
    reason: str | None
    until: When | None

    @classmethod
    def of(cls, event: HealthEvent) -> HealthEventTold:
        return cls(at=when(event.at), state=event.state, reason=event.reason or None, until=when(event.until))


class RouteAsked(Asked):
    """A request to think of."""

    model: str = Field(min_length=1, max_length=500, description="An alias, or PROVIDER/MODEL-ID.", examples=["fast"])
    dialect: Dialect = "openai-chat"
    operation: Operation = "chat"
    stream: bool = False
    images: bool = False
    tools: bool = False
    json_schema: bool = Field(default=False, description="It asks for JSON of a schema.")
    tokens: Annotated[int, Field(ge=0, le=1_000_000_000), INTEGER] = Field(default=0, description="How long it is.")
    key: str | None = Field(default=None, max_length=64, description="As this virtual key may; by id or name.")

    def wanted(self, key_id: str | None) -> Wanted:
        return Wanted(
            dialect=self.dialect,
            operation=self.operation,
            stream=self.stream,
            images=self.images,
            tools=self.tools,
            json_schema=self.json_schema,
            tokens=self.tokens,
            key_id=key_id,
        )


class StepTold(Told):
    n: int = Field(description="Its place among those that would be called; 0: it would not.")
    model: str
    provider: str
    upstream_model: str
    deployment: str | None = Field(description="Its id; null where it is asked for directly.")
    why: str
    state: Literal["first", "then", "skipped", "fallback", "context", "content"]


class RouteTold(Told):
    """Where it would go now; nobody's turn is taken by asking."""

    steps: list[StepTold]
    note: str | None

    @classmethod
    def of(cls, preview: Preview) -> RouteTold:
        steps = [
            StepTold(
                n=each.n,
                model=each.model,
                provider=each.provider,
                upstream_model=each.upstream_model,
                deployment=each.deployment_id,
                why=each.why,
                state=each.state,
            )
            for each in preview.steps
        ]
        return cls(steps=steps, note=preview.note or None)


class FaultKindTold(Told):
    kind: Kind
    name: str
    meets: str = Field(description="What the tool meets.")
    seconds: str | None = Field(description="What its seconds stand for; null: it has none.")
    usual_seconds: float

    @classmethod
    def every(cls) -> list[FaultKindTold]:
        return [
            cls(kind=kind, name=row.name, meets=row.meets, seconds=row.seconds or None, usual_seconds=row.usual)
            for kind, row in FAULTS.items()
        ]


class FaultAsked(Asked):
    """What a deployment is to play, until the gateway ends."""

    kind: Kind
    seconds: float | None = Field(default=None, ge=0, le=3600, description="Null: the usual ones of its kind.")
    early: bool = Field(default=False, description="Before the first words of a stream.")
    requests: Annotated[int, Field(ge=1, le=1_000_000), INTEGER] | None = Field(
        default=None, description="For so many calls; null: until it is switched off."
    )
    chance: float = Field(default=1.0, gt=0, le=1, description="Of being played at all, for each call.")

    def fault(self) -> LabFault:
        seconds = FAULTS[self.kind].usual if self.seconds is None else self.seconds
        return LabFault(self.kind, seconds, self.early, self.requests, self.chance)


class FaultTold(Told):
    deployment: str = Field(description="Its id, or PROVIDER/MODEL where it is asked for directly.")
    kind: Kind
    seconds: float
    early: bool
    requests: int | None = Field(description="How many calls are left of it.")
    chance: float
    met: int = Field(description="How many calls met it.")

    @classmethod
    def of(cls, deployment: str, state: LabState) -> FaultTold:
        fault = state.fault
        return cls(
            deployment=deployment,
            kind=fault.kind,
            seconds=fault.seconds,
            early=fault.early,
            requests=fault.requests,
            chance=fault.chance,
            met=state.met,
        )
