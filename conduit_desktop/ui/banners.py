"""The standing banners under the header: what stays true until somebody changes it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from conduit_desktop.ui.widgets.layout import column
from conduit_desktop.ui.widgets.states import Banner


class Banners(QWidget):
    """One banner for each key at most, in the order in which they came up."""

    def __init__(self) -> None:
        super().__init__()
        self._box = column(gap=0)
        self.setLayout(self._box)
        self._shown: dict[str, Banner] = {}
        self._acts: dict[str, Callable[[], object]] = {}
        self._dismissed: dict[str, str] = {}

    def set(
        self,
        key: str,
        severity: str,
        text: str,
        action: str = "",
        act: Callable[[], object] | None = None,
        *,
        dismissable: bool = False,
    ) -> None:
        """Show or change the banner of ``key``. One that was dismissed stays away until it says something else."""
        if self._dismissed.get(key) == text:
            return
        if act is not None:
            self._acts[key] = act
        if (banner := self._shown.get(key)) is not None:
            banner.set_message(severity, text, action)
            return
        banner = Banner(severity, text, action, dismissable=dismissable)
        banner.acted.connect(lambda: self._acts[key]())
        banner.dismissed.connect(lambda: self._dismiss(key))
        self._shown[key] = banner
        self._box.addWidget(banner)

    def clear(self, key: str) -> None:
        """What the banner of ``key`` said is no longer so."""
        self._dismissed.pop(key, None)
        self._take(key)

    def text(self, key: str) -> str:
        """What the banner of ``key`` says; empty when there is none."""
        banner = self._shown.get(key)
        return banner.text if banner is not None else ""

    def _dismiss(self, key: str) -> None:
        self._dismissed[key] = self.text(key)
        self._take(key)

    def _take(self, key: str) -> None:
        if (banner := self._shown.pop(key, None)) is not None:
            banner.hide()
            self._box.removeWidget(banner)
            banner.deleteLater()
