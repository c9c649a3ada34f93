"""The gateway's state in words, the same in header, tray and banners. Pure."""

from __future__ import annotations

from conduit_desktop.money import show
from conduit_desktop.runtime.service import GatewayStatus, SpentToday

# state -> word, tone, drawn hollow
STATES: dict[str, tuple[str, str, bool]] = {
    "stopped": ("Stopped", "neutral", True),
    "starting": ("Starting", "info", False),
    "running": ("Running", "success", False),
    "draining": ("Finishing", "warning", False),
    "failed": ("Failed", "danger", False),
}

# what is given to a tool as its base URL: for which tools, path after the gateway's address, what it is called there;
# one row for each dialect that the gateway serves
DIALECT_BASES: tuple[tuple[str, str, str], ...] = (
    ("OpenAI tools", "/v1", "OPENAI_BASE_URL"),
    ("Anthropic tools", "", "ANTHROPIC_BASE_URL; the tool adds /v1/messages"),
    ("Gemini tools", "", "GOOGLE_GEMINI_BASE_URL; the tool adds /v1beta"),
    ("Cohere tools", "/cohere", "CO_API_URL; the tool adds /v2"),
    ("Ollama tools", "", "OLLAMA_HOST; the tool adds /api"),
)


def in_flight(number: int) -> str:
    """``2 in flight``, empty for none."""
    return f"{number} in flight" if number else ""


def unread(number: int) -> str:
    """``1 unread notification``, empty for none."""
    if not number:
        return ""
    return "1 unread notification" if number == 1 else f"{number:,} unread notifications"


def spent(spend: SpentToday | None) -> str:
    """``$1.64 today``, ``$1.64 today, 3 unpriced``; empty where it is not known."""
    if spend is None:
        return ""
    return f"{show(spend.cost)} today" + (f", {spend.unpriced:,} unpriced" if spend.unpriced else "")


def tooltip(status: GatewayStatus, spend: SpentToday | None, unread_number: int = 0) -> str:
    """The header in a few lines, for the tray."""
    word = STATES[status.state][0]
    first = f"Conduit: {word}" + (f" at {status.base_url}" if status.state == "running" else "")
    rest = [in_flight(status.in_flight), spent(spend)]
    second = " · ".join(part for part in rest if part)
    return "\n".join(part for part in (first, second, unread(unread_number)) if part)
