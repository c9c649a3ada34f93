"""Where things are: the home folder, what lies in it, and the resources shipped with the app."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import platformdirs


@dataclass(frozen=True, slots=True)
class Home:
    """The data folder and the files in it. Nothing here is created by naming it; ``make`` creates the folder."""

    folder: Path

    @property
    def configuration(self) -> Path:
        return self.folder / "conduit.db"

    @property
    def activity(self) -> Path:
        return self.folder / "activity.db"

    @property
    def cache(self) -> Path:
        return self.folder / "cache.db"

    @property
    def revision(self) -> Path:
        return self.folder / "revision"

    @property
    def vault(self) -> Path:
        return self.folder / "vault.bin"

    @property
    def lock(self) -> Path:
        return self.folder / "window.lock"

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def running(self) -> Path:
        """What a running gateway says of itself (pid, base URL), as JSON."""
        return self.folder / "gateway.json"

    def make(self) -> Home:
        """Create the folder, readable by its owner only."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if os.name == "posix":
            self.folder.chmod(0o700)
        return self


def home(given: str | os.PathLike[str] | None = None) -> Home:
    """The home named on the command line, else ``CONDUIT_HOME``, else the platform's data folder."""
    chosen = given or os.environ.get("CONDUIT_HOME")
    if chosen:
        return Home(Path(chosen).expanduser().resolve())
    return Home(Path(platformdirs.user_data_dir("conduit-desktop", appauthor=False)))


def resource(name: str) -> Path:
    """A file under ``resources/``, in a frozen app, an installed wheel or a source tree.

    Raises FileNotFoundError naming the places looked at.
    """
    package = Path(__file__).parent
    places = [package / "_resources", package.parent / "resources"]
    frozen = getattr(sys, "_MEIPASS", None)
    if frozen:
        places.insert(0, Path(frozen) / "resources")
    for place in places:
        if (place / name).exists():
            return place / name
    raise FileNotFoundError(f"{name} is in none of {', '.join(map(str, places))}")
