"""One window for each home: the first holds a lock and listens; a later start asks it to come up and ends."""

from __future__ import annotations

import hashlib

from PySide6.QtCore import QLockFile, QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from conduit_desktop.paths import Home

_RAISE = b"raise\n"
_ANSWER_WITHIN = 2000  # milliseconds


class SingleInstance(QObject):
    """Signal: ``raised()`` when another start asked for the window."""

    raised = Signal()

    def __init__(self, home: Home, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._name = f"conduit-desktop-{hashlib.sha256(str(home.folder).encode()).hexdigest()[:20]}"
        self._lock = QLockFile(str(home.lock))
        self._lock.setStaleLockTime(0)  # only a dead holder makes it stale, never its age
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._greet)

    def take(self) -> bool:
        """True when this is the first window of the home; it listens from now on."""
        if not self._lock.tryLock(0):
            return False
        QLocalServer.removeServer(self._name)  # the socket of one that died
        self._server.listen(self._name)
        return True

    def raise_other(self) -> bool:
        """Ask the first to come up; False when it does not answer."""
        socket = QLocalSocket()
        socket.connectToServer(self._name)
        if not socket.waitForConnected(_ANSWER_WITHIN):
            return False
        socket.write(_RAISE)
        sent = socket.waitForBytesWritten(_ANSWER_WITHIN)
        socket.disconnectFromServer()
        return sent

    def release(self) -> None:
        self._server.close()
        self._lock.unlock()

    def _greet(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.disconnected.connect(socket.deleteLater)
            self.raised.emit()
