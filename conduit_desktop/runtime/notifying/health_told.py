"""What is worth telling of how deployments and credentials do: once a change, and nothing of what passes at once.

A deployment that is kept away from is told of when that lasts longer than its first pause, or when it happens again
soon; not where its whole provider is known to be down. A credential that was turned down or has no means left is told
of at once. What the fault lab does is not. Knows no clock: times come in. Quotes nothing that a provider said.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from conduit_desktop.gateway.send.faults import LAB
from conduit_desktop.records import Exchange, HealthEvent, Model, Notification, Provider, Telling

LASTS = 15.0
"""A circuit's first pause is five seconds: what is well before this was a blip."""
TWICE_WITHIN = 600.0
AWAY, REJECTED, SPENT = "deployment_away", "credential_rejected", "credential_spent"
_SUBJECTS = 1_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where a deployment or credential belongs: its provider; the model it serves, and whether others serve it too;
    a further key's ``name``."""

    provider_id: str
    provider: str
    model: str = ""
    others: bool = False
    name: str = ""


def place(subject: str, providers: Iterable[Provider], models: Iterable[Model]) -> Place | None:
    """Of what is configured and in use; None for the rest."""
    by_id = {provider.id: provider for provider in providers if provider.enabled}
    for provider in by_id.values():
        if subject == provider.id or subject.startswith(f"{provider.name}/"):
            return Place(provider.id, provider.name)
        for credential in provider.credentials:
            if credential.id == subject and credential.enabled:
                return Place(provider.id, provider.name, name=credential.name)
    for model in models:
        on = [each for each in model.deployments if model.enabled and each.enabled and each.provider_id in by_id]
        for each in on:
            if each.id == subject:
                others = len(on) > 1 or bool(model.fallbacks)
                return Place(each.provider_id, by_id[each.provider_id].name, model.alias, others)
    return None


class HealthTold:
    """Remembers what is told, as (kind, title) by subject; ``resume`` with what an earlier run left, which a good
    request settles. ``look`` finds a subject's place, ``down`` whether a provider is known to be down, ``why`` says
    what a cause of failure means."""

    KINDS = (AWAY, REJECTED, SPENT)

    def __init__(
        self, look: Callable[[str], Place | None], down: Callable[[str], bool], why: Callable[[str], str]
    ) -> None:
        self._look, self._down, self._why = look, down, why
        self._told: dict[str, tuple[str, str]] = {}
        self._left: set[str] = set()
        self._waiting: dict[str, tuple[HealthEvent, float]] = {}
        self._opened: dict[str, deque[float]] = {}
        self._causes: dict[str, str] = {}

    def resume(self, live: Iterable[Notification]) -> None:
        """Go on from the notifications that an earlier run left."""
        for notification in live:
            if notification.severity != "info" and notification.kind in self.KINDS:
                subject = notification.subject.partition(":")[2]
                self._told[subject] = (notification.kind, notification.title)
                self._left.add(subject)

    @property
    def concerned(self) -> bool:
        """Whether a good exchange may settle something. Cheap, and asked on any thread."""
        return bool(self._left)

    # ------------------------------------------------------------ what happens

    def heard(self, event: HealthEvent, now: float) -> list[Telling]:
        subject = event.subject
        if event.state == "closed":
            self._waiting.pop(subject, None)
            return self._over(subject)
        if event.state == "half-open" or len(self._told) >= _SUBJECTS:
            return []
        if event.kind == "credential":
            return self._credential(event)
        return self._opens(event, now)

    def _opens(self, event: HealthEvent, now: float) -> list[Telling]:
        if event.subject in self._told or event.reason.startswith(LAB):
            return []
        if len(self._opened) >= _SUBJECTS:
            self._opened.clear()
        times = self._opened.setdefault(event.subject, deque(maxlen=2))
        times.append(now)
        if len(times) == 2 and times[1] - times[0] <= TWICE_WITHIN:
            self._waiting.pop(event.subject, None)
            return self._away(event.subject, event, again=True)
        self._waiting[event.subject] = (event, now + LASTS)
        return []

    def due(self, now: float) -> list[Telling]:
        """What has lasted long enough by now, but for what is told of its provider."""
        told = []
        for subject, (event, at) in list(self._waiting.items()):
            if now < at:
                continue
            found = self._look(subject)
            if found is not None and self._down(found.provider_id):
                self._waiting[subject] = (event, now + 4 * LASTS)
            else:
                del self._waiting[subject]
                told += self._away(subject, event)
        return told

    def gone(self) -> list[Telling]:
        """What is not in use any more needs nobody's attention."""
        return [each for subject in list(self._told) if self._look(subject) is None for each in self._over(subject)]

    def due_in(self, now: float) -> float:
        """Seconds until something may have lasted long enough; infinite where nothing waits."""
        return min((at - now for _, at in self._waiting.values()), default=math.inf)

    def of_exchange(self, exchange: Exchange) -> list[Telling]:
        """What an exchange says: why calls failed, and what went well that an earlier run had told of."""
        told = []
        for attempt in exchange.attempts:
            if attempt.lab:
                continue
            subject = attempt.deployment_id or f"{attempt.provider}/{attempt.upstream_model}"
            if attempt.cause:
                if len(self._causes) >= _SUBJECTS:
                    self._causes.clear()
                self._causes[subject] = attempt.cause
            elif attempt.headers is not None and self._left:
                told += self._over(subject) if subject in self._left else []
                told += self._well(attempt.provider_id, attempt.credential)
        return told

    def answers(self, provider_id: str) -> list[Telling]:
        """A test found the provider's first key well."""
        return self._over(provider_id)

    def _well(self, provider_id: str, name: str) -> list[Telling]:
        """A request with the provider's key ``name`` went well."""
        for subject in self._left:
            found = self._look(subject) if self._told[subject][0] != AWAY else None
            if found is not None and (found.provider_id, found.name) == (provider_id, name):
                return self._over(subject)
        return []

    # ------------------------------------------------------------ in words

    def _away(self, subject: str, event: HealthEvent, *, again: bool = False) -> list[Telling]:
        found = self._look(subject)
        if found is None:
            return []
        title = f"{event.name} is kept away from"
        self._told[subject] = (AWAY, title)
        cause = self._why(self._causes.get(subject, "")) or "does not answer as it should"
        text = f"{found.provider} {cause}{', time and again' if again else ''}. It is tried again by itself."
        if found.others:
            text += f" Others serve {found.model} meanwhile."
        elif found.model:
            text += f" Nothing else serves {found.model}."
        return [
            Telling(
                subject=f"deployment:{subject}",
                kind=AWAY,
                severity="warning" if found.others else "error",
                title=title,
                text=text,
                action="test_provider",
                target=found.provider_id,
            )
        ]

    def _credential(self, event: HealthEvent) -> list[Telling]:
        found = self._look(event.subject)
        if found is None:
            return []
        kind = REJECTED if event.state == "rejected" else SPENT
        key = f"its key {found.name}" if found.name else "its key"
        stored = f"The key {found.name}" if found.name else "The key"
        if kind == REJECTED:
            title = f"{found.provider} rejects {key}"
            text = f"{stored} stored for {found.provider} is not accepted, and not used until it is. Enter another one."
        else:
            title = f"{found.provider} has no credit left" + (f" for {key}" if found.name else "")
            text = f"The account of {key} at {found.provider} is spent; it is tried again every ten minutes. Top it up."
        self._told[event.subject] = (kind, title)
        return [
            Telling(
                subject=f"credential:{event.subject}",
                kind=kind,
                severity="error",
                title=title,
                text=text,
                action="test_provider",
                target=found.provider_id,
            )
        ]

    def _over(self, subject: str) -> list[Telling]:
        """What was told of it is over, if anything was: nothing to be done, and told without counting up."""
        self._left.discard(subject)
        if subject not in self._told:
            return []
        kind, title = self._told.pop(subject)
        found = self._look(subject)
        if found is None:
            title, text = f"{title}: not in use any more", "Nothing more to do."
        elif kind == AWAY:
            title, text = f"{found.provider} serves {found.model or 'requests'} again", "Requests go to it as before."
        else:
            title, text = f"{found.provider} takes its key {found.name}".rstrip() + " again", "Nothing more to do."
        about = "deployment" if kind == AWAY else "credential"
        return [Telling(subject=f"{about}:{subject}", kind=kind, severity="info", title=title, text=text, times=0)]
