"""How an exchange reads: its status in a word, and what to do about a failure. Pure."""

from __future__ import annotations

import time
from dataclasses import dataclass

from conduit_desktop.records import Exchange
from conduit_desktop.ui.shown import clock, duration, moment

_DAY = 86_400
_WORDS = {
    400: "Bad request",
    401: "Key refused",
    402: "Budget spent",
    403: "Not allowed",
    404: "Not found",
    405: "Wrong method",
    408: "Timed out",
    413: "Too large",
    415: "Wrong type",
    422: "Not accepted",
    429: "Rate limited",
    499: "Hung up",
    500: "Server error",
    501: "Not supported",
    502: "Bad gateway",
    503: "Unavailable",
    504: "Timed out",
    508: "Loop",
    529: "Overloaded",
}


@dataclass(frozen=True, slots=True)
class Look:
    """A status as it is shown: word, icon and tone say the same."""

    word: str
    icon: str
    tone: str


def in_flight(exchange: Exchange) -> bool:
    """Whether it has not ended yet: what is in the log has a number."""
    return exchange.seq == 0


def look(exchange: Exchange) -> Look:
    if in_flight(exchange):
        return Look("In flight", "send", "info")
    return look_of(exchange.status)


def look_of(status: int | None) -> Look:
    """The look of an HTTP status; ``None``: there was no answer."""
    if status is None:
        return Look("No answer", "error", "danger")
    if status < 400:
        return Look("OK", "success", "success")
    if status == 499:
        return Look("Hung up", "stop", "neutral")
    word = _WORDS.get(status, "Refused" if status < 500 else "Failed")
    if status in (402, 429):
        return Look(word, "warning", "warning")
    return Look(word, "error", "danger")


def status_text(exchange: Exchange) -> str:
    """``200 OK``, ``In flight``."""
    return look(exchange).word if in_flight(exchange) else f"{exchange.status} {look(exchange).word}"


def when(started: float, now: float | None = None) -> str:
    """The time of day; with the date when it is not today's."""
    now = time.time() if now is None else now
    shown = moment(started)
    return clock(started) if moment(now)[:10] == shown[:10] else shown[5:16] if now - started < 300 * _DAY else shown


def elapsed(exchange: Exchange, now: float | None = None) -> str:
    """How long it took, or has been under way."""
    if not in_flight(exchange):
        return duration(exchange.total)
    gone = max(0.0, (time.time() if now is None else now) - exchange.started)
    return f"{gone:.1f} s" if gone < 60 else duration(gone)


def speed(exchange: Exchange) -> float | None:
    """Output tokens a second while the answer streamed."""
    if exchange.usage is None or exchange.ttft is None or not exchange.stream:
        return None
    lasted = exchange.total - exchange.ttft
    return exchange.usage.output / lasted if lasted > 0.02 and exchange.usage.output > 1 else None


def counted(total: int | None, most: int, flight: int, listed: int, most_listed: int) -> str:
    """The foot of the list: ``1,204 requests · 2 in flight``. Counted up to ``most``, listed up to ``most_listed``."""
    words = ""
    if total is not None:
        words = f"{most:,}+ requests" if total >= most else "1 request" if total == 1 else f"{total:,} requests"
    parts = [words, f"{flight:,} in flight" if flight else ""]
    if listed >= most_listed:
        parts.append(f"the newest {listed:,} are listed: set a time range to see older ones")
    return " · ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do about a failure, and where: ``pane`` is a pane's key, ``action`` the button that goes there."""

    text: str
    action: str = ""
    pane: str = ""


_KEYS, _MODELS, _PROVIDERS = ("Open Keys", "keys"), ("Open Models", "models"), ("Open Providers", "providers")
_ADVICE: dict[str, Advice] = {
    "missing_api_key": Advice("Give the tool a virtual key as its API key.", "Open Connect", "connect"),
    "invalid_api_key": Advice("The tool sent a key that is not (or no longer) known here. Give it a new one.", *_KEYS),
    "key_disabled": Advice("Enable the key, or give the tool another one.", *_KEYS),
    "key_expired": Advice("Move the key's expiry date, or give the tool another key.", *_KEYS),
    "budget_exceeded": Advice("Raise the key's budget, or wait until its period begins anew.", *_KEYS),
    "model_not_allowed": Advice("Allow this model for the key, or ask for one that it may use.", *_KEYS),
    "price_unknown": Advice("Set a price for the model, or use a key without a budget.", *_MODELS),
    "model_not_found": Advice("Add a model by this name, or correct the name in the tool.", *_MODELS),
    "no_deployment": Advice("Enable or add a deployment for this model.", *_MODELS),
    "rate_limit_exceeded": Advice("Send fewer requests, or raise the limits of the key.", *_KEYS),
    "upstream_timeout": Advice(
        "Try again; when it keeps happening, add a second deployment to fall back to.", *_MODELS
    ),
    "stream_broken": Advice(
        "The answer broke off after it had begun, so no other deployment could take over. Ask again."
    ),
    "stream_error": Advice("The provider reported this in the middle of its answer. Ask again."),
    "client_gone": Advice("The tool closed the connection: it was stopped, or its own timeout is too short."),
    "loop_detected": Advice("A provider's address leads back to this gateway. Correct it.", *_PROVIDERS),
    "host_not_allowed": Advice("Use 127.0.0.1 or localhost in the tool's base URL.", "Open Connect", "connect"),
    "host_missing": Advice("Use 127.0.0.1 or localhost in the tool's base URL.", "Open Connect", "connect"),
    "origin_not_allowed": Advice("A web page asked. Only pages of this machine are let in."),
    "unknown_url": Advice("Check the tool's base URL; Connect has the right one.", "Open Connect", "connect"),
    "method_not_allowed": Advice("Check the tool's base URL; Connect has the right one.", "Open Connect", "connect"),
    "invalid_json": Advice("The tool sent a body that cannot be read. See it under Request."),
    "missing_body": Advice("The tool sent no body."),
    "unsupported_encoding": Advice("Switch compression of requests off in the tool."),
    "vault_unavailable": Advice("Unlock the vault, then try again.", "Open Settings", "settings"),
    "internal_error": Advice("This is a defect of Conduit. The log in its data folder says more."),
}
_BY_STATUS: dict[int, Advice] = {
    400: Advice("The provider does not accept this request. Its own words are under Response."),
    401: Advice("The provider rejects its API key. Enter it again.", *_PROVIDERS),
    402: Advice("The provider's account has no credit left. Add credit on its billing page."),
    403: Advice("The provider does not allow this. Check its key's permissions.", *_PROVIDERS),
    404: Advice("The provider does not know this model or address. Check the deployment's model id.", *_MODELS),
    413: Advice("The request is too large for the provider. Send less."),
    422: Advice("The provider does not accept this request. Its own words are under Response."),
    429: Advice("The provider asks for fewer requests. Wait, or add a deployment at another provider.", *_MODELS),
}


def advice(exchange: Exchange) -> Advice | None:
    """What to do, ``None`` when nothing went wrong."""
    if in_flight(exchange) or exchange.status < 400:
        return None
    ours = not (exchange.error_code == "rate_limit_exceeded" and exchange.attempts)  # else it is the provider's limit
    if ours and (found := _ADVICE.get(exchange.error_code)) is not None:
        return found
    if (found := _BY_STATUS.get(exchange.status)) is not None:
        return found
    if exchange.status >= 500:
        text = "The provider has a problem. Look at its status page; a second deployment would take over by itself."
        return Advice(text, *_MODELS)
    return Advice("The provider's own words are under Response.")
