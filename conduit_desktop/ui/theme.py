"""The theme in force: turns the token table into Qt's palette, fonts and style sheet, and says when it changes.

Widgets that paint themselves ask ``current()`` while painting and need not listen: a change repaints everything.

The style sheet is each window's own, not the application's: with one of the application's, Qt styles a widget and all
that it holds anew whenever it gets a parent, even while a pane is being put together. A window without a parent is
dressed when it is made (``Theme.dress``); all others have what their parents have.
"""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory, QWidget

from conduit_desktop.ui import fonts, stylesheet, tokens
from conduit_desktop.ui.tokens import Scheme

_installed: Theme | None = None


class Theme(QObject):
    """Signals: ``changed()`` after palette, fonts and style sheet are in force."""

    changed = Signal()

    def __init__(self, app: QApplication, mode: str = "system", text_size: str = "normal") -> None:
        super().__init__(app)
        self._app = app
        self._mode = mode
        self._scale = tokens.TEXT_SIZES.get(text_size, 1.0)
        self._scheme: Scheme = "light"
        self._sheet = ""
        self._colours: dict[tuple[str, float], QColor] = {}
        self._fonts: dict[str, QFont] = {}
        self._metrics: dict[str, QFontMetrics] = {}
        fonts.load()
        app.setStyle(QStyleFactory.create("Fusion"))
        app.styleHints().colorSchemeChanged.connect(self._follow_system)
        self._apply()

    @property
    def mode(self) -> str:
        """``system``, ``light`` or ``dark`` as chosen."""
        return self._mode

    @property
    def text_size(self) -> str:
        """One of ``tokens.TEXT_SIZES``."""
        return next(name for name, scale in tokens.TEXT_SIZES.items() if scale == self._scale)

    @property
    def scheme(self) -> Scheme:
        """The theme that results: ``light`` or ``dark``."""
        return self._scheme

    def set_mode(self, mode: str) -> None:
        """Choose ``system``, ``light`` or ``dark``."""
        if mode != self._mode:
            self._mode = mode
            self._apply()

    def set_text_size(self, name: str) -> None:
        """Choose one of ``tokens.TEXT_SIZES``."""
        if (scale := tokens.TEXT_SIZES.get(name, 1.0)) != self._scale:
            self._scale = scale
            self._apply()

    def dress(self, window: QWidget) -> None:
        """Give a window that has no parent the style sheet, now and after every change."""
        window.setStyleSheet(self._sheet)

    def hex(self, name: str) -> str:
        """The colour of a token as ``#RRGGBB``."""
        return tokens.COLOURS[self._scheme][name]

    def colour(self, name: str, alpha: float = 1.0) -> QColor:
        """The colour of a token. What comes back is kept and shared: not to be changed."""
        key = (name, alpha)
        if (kept := self._colours.get(key)) is not None:
            return kept
        made = QColor(self.hex(name))
        if alpha < 1:
            made.setAlphaF(alpha)
        self._colours[key] = made
        return made

    def font(self, role: str = "body") -> QFont:
        """The font of a step of the type scale, at the user's text size."""
        if (kept := self._fonts.get(role)) is None:
            step = tokens.TYPE[role]
            kept = self._fonts[role] = _font(step.family, round(step.size * self._scale), step.weight)
        return kept

    def metrics(self, role: str = "body") -> QFontMetrics:
        """The measures of ``font(role)``."""
        if (kept := self._metrics.get(role)) is None:
            kept = self._metrics[role] = QFontMetrics(self.font(role))
        return kept

    def px(self, size: float) -> int:
        """A length that grows with the user's text size, such as the height of a row."""
        return round(size * (1 + (self._scale - 1) * 0.9))

    def _follow_system(self) -> None:
        if self._mode == "system":
            self._apply()

    def _wanted(self) -> Scheme:
        if self._mode in ("light", "dark"):
            return "dark" if self._mode == "dark" else "light"
        return "dark" if self._app.styleHints().colorScheme() == Qt.ColorScheme.Dark else "light"

    def _apply(self) -> None:
        self._scheme = self._wanted()
        self._colours.clear()
        self._fonts.clear()
        self._metrics.clear()
        self._app.setFont(self.font())
        self._app.setPalette(self._palette())
        before, self._sheet = self._sheet, stylesheet.build(tokens.COLOURS[self._scheme], self._scale)
        for window in self._app.topLevelWidgets():
            if before and window.styleSheet() == before:
                window.setStyleSheet(self._sheet)
        self.changed.emit()

    def _palette(self) -> QPalette:
        palette = QPalette()
        for role, name in _ROLES.items():
            palette.setColor(role, self.colour(name))
        for role in (
            QPalette.ColorRole.WindowText,
            QPalette.ColorRole.Text,
            QPalette.ColorRole.ButtonText,
            QPalette.ColorRole.HighlightedText,
        ):
            palette.setColor(QPalette.ColorGroup.Disabled, role, self.colour("text-disabled"))
        return palette


_ROLES = {
    QPalette.ColorRole.Window: "surface",
    QPalette.ColorRole.WindowText: "text",
    QPalette.ColorRole.Base: "surface",
    QPalette.ColorRole.AlternateBase: "sunken",
    QPalette.ColorRole.Text: "text",
    QPalette.ColorRole.Button: "raised",
    QPalette.ColorRole.ButtonText: "text",
    QPalette.ColorRole.BrightText: "danger-text",
    QPalette.ColorRole.Highlight: "text-selection",
    QPalette.ColorRole.HighlightedText: "text",
    QPalette.ColorRole.Link: "accent-text",
    QPalette.ColorRole.LinkVisited: "accent-text",
    QPalette.ColorRole.ToolTipBase: "overlay",
    QPalette.ColorRole.ToolTipText: "text",
    QPalette.ColorRole.PlaceholderText: "text-faint",
    QPalette.ColorRole.Light: "raised",
    QPalette.ColorRole.Midlight: "border",
    QPalette.ColorRole.Mid: "border-strong",
    QPalette.ColorRole.Dark: "border-strong",
    QPalette.ColorRole.Shadow: "shadow",
    QPalette.ColorRole.Accent: "accent",
}


@cache
def _font(family: str, size: int, weight: int) -> QFont:
    return fonts.make(family, size, weight)


def install(app: QApplication, mode: str = "system", text_size: str = "normal") -> Theme:
    """Make the theme of the application, once, before any widget."""
    global _installed
    if _installed is None:
        _installed = Theme(app, mode, text_size)
    return _installed


def current() -> Theme:
    """The theme in force."""
    if _installed is None:
        raise RuntimeError("theme.install() comes before the first widget")
    return _installed
