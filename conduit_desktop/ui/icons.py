"""The icon set under ``resources/icons``: drawn from SVG in any colour at any resolution, and kept."""

from __future__ import annotations

from functools import cache
from html import escape

from PySide6.QtCore import QByteArray, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from conduit_desktop import paths
from conduit_desktop.ui import theme

LETTERS = "letters-"
"""What the name of an icon begins with that is letters, one or two, for what has no picture."""
_pixmaps: dict[tuple[str, int, int, float], QPixmap] = {}
_KEPT = 2000


@cache
def _source(name: str) -> str:
    if name.startswith(LETTERS):
        return (
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><text x="12" y="17.6" text-anchor="middle" '
            'font-family="Inter" font-weight="600" font-size="16" fill="currentColor">'
            f"{escape(name.removeprefix(LETTERS))}</text></svg>"
        )
    return paths.resource(f"icons/{name}.svg").read_text(encoding="utf-8")


def pixmap(name: str, colour: QColor, size: int = 16, ratio: float = 1.0) -> QPixmap:
    """The icon in ``colour`` at ``size`` logical pixels for a screen of ``ratio`` device pixels to one."""
    key = (name, colour.rgba(), size, ratio)
    if (kept := _pixmaps.get(key)) is not None:
        return kept
    source = _source(name).replace("currentColor", colour.name())
    made = QPixmap(QSize(round(size * ratio), round(size * ratio)))
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setOpacity(colour.alphaF())
    QSvgRenderer(QByteArray(source.encode())).render(painter, QRectF(made.rect()))
    painter.end()
    made.setDevicePixelRatio(ratio)
    if len(_pixmaps) >= _KEPT:
        _pixmaps.clear()
    _pixmaps[key] = made
    return made


def paint(painter: QPainter, name: str, box: QRectF, colour: QColor) -> None:
    """Draw the icon centred in ``box`` with the painter's own resolution."""
    size = round(min(box.width(), box.height()))
    made = pixmap(name, colour, size, painter.device().devicePixelRatioF())
    painter.drawPixmap(QPointF(box.center().x() - size / 2, box.center().y() - size / 2), made)


def icon(name: str, tone: str = "text-muted", size: int = 16) -> QIcon:
    """The icon for menus and table cells, in a colour of the theme in force (ask again when it changes)."""
    colour, off = theme.current().colour(tone), theme.current().colour("text-disabled")
    made = QIcon()
    for ratio in (1.0, 2.0, 3.0):
        made.addPixmap(pixmap(name, colour, size, ratio))
        made.addPixmap(pixmap(name, off, size, ratio), QIcon.Mode.Disabled)
        made.addPixmap(pixmap(name, colour, size, ratio), QIcon.Mode.Selected)
    return made


def app_icon() -> QIcon:
    """The icon of the app itself."""
    made = QIcon()
    for size in (16, 24, 32, 48, 64, 128, 256):
        made.addPixmap(pixmap("app", QColor("black"), size))
    return made
