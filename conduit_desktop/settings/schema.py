"""The settings: one row each. The screen, validation and documentation derive from these rows.

To add a setting, add a row to SETTINGS; nothing else needs to know.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from conduit_desktop.errors import ConfigurationError

Value = bool | int | str


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting. ``choices`` are (value, label) for a choice; ``low``/``high`` bound an integer; ``live`` is False
    when a change takes effect only after the gateway is restarted. The ``form`` of a text says what it names: a time
    zone."""

    key: str
    default: Value
    group: str
    label: str
    help: str
    choices: tuple[tuple[str, str], ...] = ()
    low: int = 0
    high: int = 0
    unit: str = ""
    live: bool = True
    form: Literal["", "zone"] = ""

    @property
    def type(self) -> type:
        return type(self.default)

    def check(self, value: object) -> Value:
        """``value`` when it fits this setting; raises ConfigurationError saying what would."""
        if isinstance(value, bool) != (self.type is bool) or not isinstance(value, self.type):
            raise ConfigurationError(f"{self.label} takes {self.type.__name__}, not {value!r}.", code="bad_setting")
        if self.choices and value not in [choice for choice, _ in self.choices]:
            names = ", ".join(choice for choice, _ in self.choices)
            raise ConfigurationError(f"{self.label} takes one of {names}, not {value!r}.", code="bad_setting")
        assert isinstance(value, bool | int | str)
        if self.form == "zone" and value and not _is_zone(str(value)):
            raise ConfigurationError(
                f"{self.label} takes a time zone such as Europe/Berlin, not {value!r}.", code="bad_setting"
            )
        if self.type is int and self.high and not self.low <= int(value) <= self.high:
            raise ConfigurationError(f"{self.label} takes {self.low} to {self.high}, not {value}.", code="bad_setting")
        return value


def _is_zone(name: str) -> bool:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError):  # no such name, or none that could be one
        return False
    return True


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "port",
        7878,
        "Gateway",
        "Port",
        "Tools reach the gateway at this port of 127.0.0.1. When it is taken, the next free one is used and shown.",
        low=1024,
        high=65535,
        live=False,
    ),
    Setting(
        "autostart_gateway",
        True,
        "Gateway",
        "Start the gateway with the window",
        "Off: press Start in the header when you want it.",
    ),
    Setting(
        "admin_remote",
        False,
        "Gateway",
        "Admin API from other machines",
        "Where the gateway listens to other machines (serve --host), they may use its admin API, too. The master key "
        "then goes over the network as plain http.",
    ),
    Setting(
        "theme",
        "system",
        "Window",
        "Theme",
        "System follows the desktop's light or dark setting.",
        choices=(("system", "System"), ("light", "Light"), ("dark", "Dark")),
    ),
    Setting(
        "text_size",
        "normal",
        "Window",
        "Text size",
        "Grows and shrinks everything that is read in the window.",
        choices=(("small", "Small"), ("normal", "Normal"), ("large", "Large"), ("larger", "Larger")),
    ),
    Setting(
        "start_minimised",
        False,
        "Window",
        "Start minimised",
        "Start in the tray (or minimised, where there is no tray) instead of opening the window.",
    ),
    Setting(
        "close_to_tray",
        "ask",
        "Window",
        "When the window is closed",
        "Keep serving from the tray, or quit. Asked once; this is where to change the answer.",
        choices=(("ask", "Ask"), ("tray", "Keep running in the tray"), ("quit", "Quit")),
    ),
    Setting(
        "os_notifications",
        "important",
        "Notifications",
        "Notifications of the desktop",
        "What the system shows while the window is not in front. The Notifications pane always has everything.",
        choices=(("off", "None"), ("important", "Warnings and errors"), ("all", "All")),
    ),
    Setting(
        "usage_summary",
        "weekly",
        "Notifications",
        "Summary of usage",
        "What was spent, by which keys and models, against the time before: each morning, or on Monday morning.",
        choices=(("off", "None"), ("daily", "Every day"), ("weekly", "Every week")),
    ),
    Setting(
        "webhook_severity",
        "important",
        "Notifications",
        "The webhook gets",
        "Which notifications are sent to the webhook, where one is set.",
        choices=(("errors", "Errors"), ("important", "Warnings and errors"), ("all", "All")),
    ),
    Setting(
        "time_zone",
        "",
        "Money",
        "Time zone",
        "Budgets begin anew and days end by this zone's calendar, such as Europe/Berlin. Empty: the system's.",
        form="zone",
    ),
    Setting(
        "ask_seconds",
        60,
        "Money",
        "Hold a request for",
        "A key whose limit is to be asked about holds its request this long before it is refused.",
        low=1,
        high=600,
        unit="s",
    ),
    Setting(
        "check_minutes",
        0,
        "Routing",
        "Check deployments every",
        "Asks each provider for its list of models, which costs nothing, so that an outage, or its end, is known "
        "before a request finds it. 0: requests alone tell.",
        low=0,
        high=1440,
        unit="min",
    ),
    Setting(
        "cache_megabytes",
        200,
        "Routing",
        "The response cache takes at most",
        "Models with a response cache keep their answers in the data folder, in clear. When there is no more room, "
        "those not used for longest leave first.",
        low=1,
        high=100_000,
        unit="MB",
    ),
    Setting(
        "retention_days",
        30,
        "Log",
        "Keep requests for",
        "Older requests leave the log. Spend totals are kept for good. 0 keeps everything.",
        low=0,
        high=3650,
        unit="days",
    ),
    Setting(
        "log_megabytes",
        2000,
        "Log",
        "The log takes at most",
        "The oldest requests leave the log before their time when it is larger. Spend totals are kept for good. "
        "0: it may be of any size.",
        low=0,
        high=1_000_000,
        unit="MB",
    ),
    Setting(
        "capture",
        False,
        "Log",
        "Write bodies to disk",
        "Prompts and answers of every request are kept in the local database, with secrets masked. "
        "Off: only the last 200 are kept, in memory.",
    ),
    Setting(
        "capture_days",
        3,
        "Log",
        "Keep bodies for",
        "Captured prompts and answers are deleted after this time.",
        low=1,
        high=365,
        unit="days",
    ),
    Setting(
        "capture_megabytes",
        500,
        "Log",
        "Bodies take at most",
        "The oldest captured bodies are deleted when there are more.",
        low=10,
        high=100_000,
        unit="MB",
    ),
)

BY_KEY: Mapping[str, Setting] = {setting.key: setting for setting in SETTINGS}


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings in force: what was stored over the defaults. Read as ``settings["port"]``."""

    stored: Mapping[str, Any] = field(default_factory=dict)

    def __getitem__(self, key: str) -> Any:
        setting = BY_KEY[key]
        return self.stored.get(key, setting.default)
