"""Settings, notifications, the gateway's state, the audit log, files."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from conduit_desktop.records import AuditEntry, HealthState, Notification, Severity, WebhookKind
from conduit_desktop.runtime.admin.schemas.base import Asked, Told, Usd, When, when
from conduit_desktop.runtime.applying import Plan
from conduit_desktop.runtime.doctor import Finding
from conduit_desktop.runtime.master import MasterState
from conduit_desktop.runtime.notifying.destination import WebhookState
from conduit_desktop.settings import Settings
from conduit_desktop.settings.schema import Setting
from conduit_desktop.vault import VaultState

Value = bool | int | str


class ChoiceTold(Told):
    value: str
    label: str


class SettingTold(Told):
    key: str
    value: Value
    default: Value
    type: Literal["bool", "int", "str"]
    group: str
    label: str
    help: str
    choices: list[ChoiceTold]
    low: int | None
    high: int | None
    unit: str | None
    live: bool = Field(description="False: takes effect when the gateway is started again.")

    @classmethod
    def of(cls, setting: Setting, settings: Settings) -> SettingTold:
        bounded = setting.type is int and bool(setting.high)
        return cls(
            key=setting.key,
            value=settings[setting.key],
            default=setting.default,
            type=setting.type.__name__,  # type: ignore[arg-type]  # one of the three
            group=setting.group,
            label=setting.label,
            help=setting.help,
            choices=[ChoiceTold(value=value, label=label) for value, label in setting.choices],
            low=setting.low if bounded else None,
            high=setting.high if bounded else None,
            unit=setting.unit or None,
            live=setting.live,
        )


class SettingChange(Asked):
    value: Value | None = Field(description="Null: its default.")


class NotificationTold(Told):
    id: str
    kind: str
    subject: str
    severity: Severity
    title: str
    text: str
    created: When | None
    updated: When | None
    count: int
    read: bool
    action: str | None = Field(description="What its button does.")
    target: str | None

    @classmethod
    def of(cls, notice: Notification) -> NotificationTold:
        return cls(
            id=notice.id,
            kind=notice.kind,
            subject=notice.subject,
            severity=notice.severity,
            title=notice.title,
            text=notice.text,
            created=when(notice.created),
            updated=when(notice.updated),
            count=notice.count,
            read=notice.read,
            action=notice.action or None,
            target=notice.target or None,
        )


class NotificationsTold(Told):
    data: list[NotificationTold]
    unread: int


class NotificationChange(Asked):
    read: bool


class Act(Asked):
    action: str | None = Field(default=None, max_length=50, description="Null: the notification's own.")
    budget_usd: Usd | None = Field(default=None, description="For raise_budget; null: what is suggested.")


class ActTold(Told):
    ok: bool
    text: str


class WebhookTold(Told):
    """Where notifications are sent; the address itself is secret."""

    kind: WebhookKind | None
    host: str | None
    last4: str | None
    waiting: int
    problem: str | None

    @classmethod
    def of(cls, state: WebhookState) -> WebhookTold:
        return cls(
            kind=state.kind,
            host=state.host or None,
            last4=state.last4 or None,
            waiting=state.waiting,
            problem=state.problem or None,
        )


class WebhookChange(Asked):
    url: Annotated[
        str,
        Field(min_length=1, max_length=2000, description="https, or a server on this machine. Write-only."),
    ] = Field(json_schema_extra={"writeOnly": True})
    kind: WebhookKind | None = Field(default=None, description="Null: told by its host.")


class DeploymentHealth(Told):
    id: str
    provider: str
    upstream_model: str
    in_work: int
    failures: int = Field(description="In a row.")
    state: HealthState
    away_seconds: float = Field(description="For how long it is kept away from; 0: it is not.")
    reason: str | None
    ttft_ms: float | None = Field(description="A moving mean.")


class ModelHealth(Told):
    alias: str
    deployments: list[DeploymentHealth]


class HealthTold(Told):
    state: str
    version: str
    base_url: str | None
    in_flight: int
    vault: str
    vault_ready: bool
    capture: bool
    models: list[ModelHealth]


class CaptureState(Told):
    """Whether bodies are written to disk; the last 200 exchanges' are in memory in any case."""

    capture: bool
    days: int
    megabytes: int


class AuditTold(Told):
    seq: int
    at: When | None
    who: str
    origin: str = Field(description="The process or address it came from.")
    action: str
    subject: str
    detail: str

    @classmethod
    def of(cls, entry: AuditEntry) -> AuditTold:
        return cls(
            seq=entry.seq,
            at=when(entry.at),
            who=entry.who,
            origin=entry.origin,
            action=entry.action,
            subject=entry.subject,
            detail=entry.detail,
        )


class ApplyAsked(Asked):
    toml: str = Field(max_length=2_000_000, examples=['[keys.editor]\nbudget_usd = "5.00"\n'])
    prune: bool = Field(default=False, description="Remove what the file does not name.")
    dry_run: bool = Field(default=False, description="Only tell what would change.")


class ChangeTold(Told):
    action: Literal["add", "change", "remove"]
    kind: str
    name: str
    fields: dict[str, dict[str, Any]] = Field(description="before and after of each field that changes.")


class ApplyTold(Told):
    """``keys`` are the texts of the keys that were made, by name: shown only now."""

    applied: bool
    changes: list[ChangeTold]
    notes: list[str]
    keys: dict[str, str]

    @classmethod
    def of(cls, plan: Plan, applied: bool, keys: dict[str, str]) -> ApplyTold:
        changes = [
            ChangeTold(
                action=each.action,
                kind=each.kind,
                name=each.name,
                fields={name: {"before": before, "after": after} for name, before, after in each.fields},
            )
            for each in plan.changes
        ]
        return cls(applied=applied, changes=changes, notes=list(plan.notes), keys=keys)


class FindingTold(Told):
    subject: str
    verdict: Literal["ok", "warn", "fail"]
    text: str
    hint: str | None
    cause: str | None

    @classmethod
    def of(cls, finding: Finding) -> FindingTold:
        return cls(
            subject=finding.subject,
            verdict=finding.verdict,
            text=finding.text,
            hint=finding.hint or None,
            cause=finding.cause or None,
        )


class VaultTold(Told):
    kind: str
    name: str
    ready: bool
    problem: str | None
    hint: str | None

    @classmethod
    def of(cls, state: VaultState) -> VaultTold:
        return cls(
            kind=state.kind, name=state.name, ready=state.ready, problem=state.problem or None, hint=state.hint or None
        )


class Passphrase(Asked):
    passphrase: str = Field(min_length=1, max_length=1000, json_schema_extra={"writeOnly": True})


class MasterTold(Told):
    exists: bool
    last4: str | None
    created: When | None
    kept: bool = Field(description="Whether the vault has its text.")

    @classmethod
    def of(cls, state: MasterState) -> MasterTold:
        return cls(exists=state.exists, last4=state.last4 or None, created=when(state.created), kept=state.kept)


class MasterMade(Told):
    """``text`` is shown only now; the key that made this request no longer works."""

    text: str
