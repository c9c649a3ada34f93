"""What is worth telling of an exchange that ended. Knows no store and no clock: an exchange in, tellings out.

Quotes nothing that a provider or a client said, but for names: an error's text may hold a piece of a prompt.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterable

from conduit_desktop.logs import redact
from conduit_desktop.records import Attempt, Exchange, Notification, Telling

DOWN = {
    "server_error": "fails on its side",
    "refused": "does not accept connections",
    "dns": "has an address that cannot be found",
    "overloaded": "is overloaded",
    "timeout": "does not answer in time",
    "connect_timeout": "does not accept connections in time",
    "first_token_timeout": "does not begin to answer in time",
    "idle_timeout": "stops in the middle of answers",
    "total_timeout": "takes too long over its answers",
    "empty": "answers with nothing",
    "redirect": "has moved to another address",
    "unreachable": "cannot be reached",
    "tls": "cannot be reached safely: its certificate is not good",
    "proxy": "cannot be reached through the proxy",
    "broken": "breaks connections off",
    "truncated": "breaks answers off",
    "protocol": "does not speak HTTP as it should",
    "not_json": "answers with something that is not its API",
}
_OTHERWISE = {
    "rate_limited": "is at its rate limit",
    "unauthorised": "rejects its key",
    "forbidden": "refuses what is asked of it",
    "quota": "has no credit left",
    "not_found": "does not have the model",
}
_NOT_ITS_FAULT = frozenset(
    {"", "client_gone", "client_error", "context_length", "content_filter", "too_large", "unsupported", "conflict"}
)
REFUSALS, WITHIN = 5, 600.0
_CALLERS = 200
_SUBJECTS = 1_000
_APPS, _LONGEST_NAME = 50, 60
_REFUSALS = frozenset({401, 403, 429})
_OTHER_REASONS = frozenset(
    {"budget_exceeded", "price_unknown", "origin_not_allowed", "host_not_allowed", "no_deployment"}
)


class Watching:
    """Remembers which providers are in trouble and who was refused lately; ``resume`` with what is told already."""

    KINDS = ("provider_down", "price_unknown")

    def __init__(self) -> None:
        self._down: set[str] = set()
        self._unpriced: set[str] = set()
        self._coming: set[str] = set()
        self._overdue: set[str] = set()
        self._refused: OrderedDict[str, deque[float]] = OrderedDict()
        self._apps: set[str] = set()

    def resume(self, live: Iterable[Notification]) -> None:
        """Go on from the notifications that an earlier run left."""
        sets = dict(zip(self.KINDS, (self._down, self._unpriced), strict=True))
        for notification in live:
            if notification.severity != "info" and notification.kind in sets:
                sets[notification.kind].add(notification.subject.partition(":")[2])

    def concerns(self, exchange: Exchange) -> bool:
        """Whether ``tell`` may have anything to say. Cheap: every exchange is asked, on the gateway's loop. While one
        is on its way there that may tell of trouble, a good one may tell that it is over."""
        if exchange.status >= 400 or len(exchange.attempts) > 1:
            return self._comes(exchange)
        if exchange.provider_id is None:
            return False
        if exchange.cost is None:
            return self._comes(exchange)
        if self._down or self._unpriced or self._coming:  # noqa: SIM103 - quicker than bool()
            return True
        return False

    def _comes(self, exchange: Exchange) -> bool:
        if len(self._coming) < _SUBJECTS:
            self._coming.add(exchange.id)
        return True

    def came(self, exchange: Exchange) -> None:
        """It is not on its way any more."""
        self._coming.discard(exchange.id)

    def tidy(self) -> None:
        """Wait no longer for what has not come since this was last called: lost, or crowded out."""
        self._coming -= self._overdue
        self._overdue = set(self._coming)

    def tell(self, exchange: Exchange) -> list[Telling]:
        # After its retries; what the fault lab did says nothing of a provider.
        last = {attempt.provider_id: attempt for attempt in exchange.attempts if not attempt.lab}
        told = [each for attempt in last.values() for each in self._of_attempt(attempt, exchange)]
        told += self._failover(exchange)
        told += self._price(exchange)
        told += self._refusal(exchange)
        return told

    # ------------------------------------------------------------ providers

    def _of_attempt(self, attempt: Attempt, exchange: Exchange) -> list[Telling]:
        provider_id, name = attempt.provider_id, attempt.provider
        if attempt.cause in DOWN:
            # One request that another deployment saved is no outage yet: the failover is told.
            if exchange.status < 400 and provider_id not in self._down:
                return []
            _add(self._down, provider_id)
            status = f" (status {attempt.status})" if attempt.status else ""
            return [
                Telling(
                    subject=f"down:{provider_id}",
                    kind="provider_down",
                    severity="error",
                    title=f"{name} does not answer",
                    text=f"{name} {DOWN[attempt.cause]}{status}. It is asked again as soon as requests need it.",
                    action="test_provider",
                    target=provider_id,
                )
            ]
        return self.answers(provider_id, name) if attempt.cause == "" and attempt.headers is not None else []

    def answers(self, provider_id: str, name: str) -> list[Telling]:
        """The provider is well: what was told of its troubles is over."""
        if provider_id not in self._down:
            return []
        self._down.discard(provider_id)
        return [_over(f"down:{provider_id}", "provider_down", f"{name} answers again", "Requests go to it as before.")]

    def is_down(self, provider_id: str) -> bool:
        """Whether that is told."""
        return provider_id in self._down

    def _failover(self, exchange: Exchange) -> list[Telling]:
        failed = [each for each in exchange.attempts if each.cause not in _NOT_ITS_FAULT and not each.lab]
        if exchange.status >= 400 or not failed or failed[0].provider_id == exchange.provider_id:
            return []
        first = failed[0]
        why = meaning(first.cause) or "failed"
        return [
            Telling(
                subject=f"failover:{exchange.model}",
                kind="failover",
                severity="warning",
                title=f"{exchange.provider} took over for {exchange.model}",
                text=f"{first.provider} {why}; {exchange.provider} answered instead.",
                action="show_request",
                target=exchange.id,
            )
        ]

    # ------------------------------------------------------------ prices

    def _price(self, exchange: Exchange) -> list[Telling]:
        served = exchange.status < 400 and exchange.provider_id is not None
        refused = exchange.error_code == "price_unknown"
        if not served and not refused:
            return []
        model = exchange.upstream_model or exchange.model
        target = f"{exchange.provider_id or ''}/{model}"
        subject = f"price:{target}"
        if exchange.cost is not None:
            if target not in self._unpriced:
                return []
            self._unpriced.discard(target)
            text = "Its requests are counted from now on. Earlier ones can be priced by recomputing the costs."
            return [_over(subject, "price_unknown", f"{model} has a price now", text, stage="priced")]
        if target in self._unpriced and not refused:
            return []
        _add(self._unpriced, target)
        who = f" of {exchange.provider}" if exchange.provider else ""
        text = f"What {model}{who} costs is not known: its requests count as unpriced, and no budget sees them."
        if refused:
            text = f"{model} has no price, so that keys with a budget cannot use it; {exchange.key} was refused."
        return [
            Telling(
                subject=subject,
                kind="price_unknown",
                severity="warning",
                title=f"The price of {model} is not known",
                text=f"{text} Set a price for it.",
                action="set_price",
                target=target,
                stage="" if refused else "unknown",
            )
        ]

    # ------------------------------------------------------------ refusals

    def _refusal(self, exchange: Exchange) -> list[Telling]:
        """Who is refused time and again: a key, or an app whose key is unknown. Each status on its own."""
        if exchange.attempts or exchange.status not in _REFUSALS or exchange.error_code in _OTHER_REASONS:
            return []
        app = self._app(exchange.app)
        counter = f"{exchange.status}:" + (f"key:{exchange.key_id}" if exchange.key_id else f"app:{app}")
        times = self._refused.get(counter)
        if times is None:
            times = self._refused[counter] = deque(maxlen=REFUSALS)
            if len(self._refused) > _CALLERS:
                self._refused.popitem(last=False)
        self._refused.move_to_end(counter)
        times.append(exchange.started)
        if len(times) < REFUSALS or exchange.started - times[0] > WITHIN:
            return []
        return [_refused(exchange, counter, app)]

    def _app(self, name: str) -> str:
        """The caller as it calls itself. Whoever makes up a new name for each request is one caller."""
        name = redact(name)[:_LONGEST_NAME]
        if name not in self._apps:
            if len(self._apps) >= _APPS:
                return "several apps"
            self._apps.add(name)
        return name


def meaning(cause: str) -> str:
    """What a cause of failure means, said of the provider; empty where there is no word for it."""
    return _OTHERWISE.get(cause) or DOWN.get(cause, "")


def _refused(exchange: Exchange, counter: str, app: str) -> Telling:
    name = exchange.key or "The key"
    kind, title = "refused", f"{name} is refused time and again"
    by = f" by {app}" if app else ""
    if exchange.status == 429:
        kind, title = "rate_limited", f"{name} keeps hitting its rate limit"
        text = f"Requests{by} are refused until a minute has passed. Raise the key's limits, or slow its tool down."
        action, target = "show_key", exchange.key_id or ""
    elif not exchange.key_id:
        title = "Requests come with a key that is not known"
        text = (
            f"They come from {app or 'an app that does not say its name'}. Give it a key of this gateway, in Connect."
        )
        action, target = "show_request", exchange.id
    elif exchange.status == 401:
        expired = exchange.error_code == "key_expired"
        text = f"It has {'expired' if expired else 'been disabled'}, and is still in use{by}."
        action, target = ("extend_key" if expired else "enable_key"), exchange.key_id
    else:
        what = f"the model {exchange.model}" if exchange.error_code == "model_not_allowed" else "what is asked for"
        text = f"It may not use {what}, and is asked to time and again{by}."
        action, target = "show_key", exchange.key_id
    return Telling(
        subject=f"refused:{counter}",
        kind=kind,
        severity="warning",
        title=title,
        text=text,
        action=action,
        target=target,
    )


def _over(subject: str, kind: str, title: str, text: str, stage: str = "") -> Telling:
    """What was told of the subject is over: nothing to be done, and told without counting up."""
    return Telling(subject=subject, kind=kind, severity="info", title=title, text=text, times=0, stage=stage)


def _add(those: set[str], new: str) -> None:
    """Within bounds: who is forgotten is told of again."""
    if len(those) >= _SUBJECTS:
        those.pop()
    those.add(new)
