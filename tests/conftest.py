"""What holds for every test: a home and a screen of its own, the order of the suites, and nothing left behind.

A test fails when it logs an error, leaves a thread or a task running, or drops a socket or file unclosed (``error``
in pyproject's filterwarnings). One that means to do so says it: ``@pytest.mark.logs_errors`` (or the ``caplog``
fixture: then it reads the log itself), ``leaves_threads``, ``leaves_tasks``, ``filterwarnings``.

Must not import Qt or the app: the unit tests need neither.
"""

from __future__ import annotations

import asyncio
import gc
import inspect
import logging
import os
import shutil
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SUITES = ("unit", "golden", "integration", "ui", "bench")
GRACE = 15.0
REPORTED: list[str] = []
NEEDS = {
    "keyring": ("gnome-keyring-daemon", "dbus-run-session"),
    "window": ("Xvfb", "xauth", "openbox", "xdotool"),
}

# ---------------------------------------------------------------- the session


def pytest_configure(config: pytest.Config) -> None:
    folder = tempfile.mkdtemp(prefix="conduit-tests-")
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    for name in list(os.environ):
        if name.startswith("CONDUIT_") or name.lower() in ("http_proxy", "https_proxy", "all_proxy"):
            del os.environ[name]
    # A test that forgets to say where its home or vault is must not find the user's own.
    os.environ.update({"CONDUIT_HOME": folder, "CONDUIT_VAULT": "file", "QT_API": "pyside6"})
    os.environ.setdefault("QT_QPA_PLATFORM", offscreen())
    # A collection that starts on another thread destroys widgets there and crashes Qt: see _left_behind.
    gc.disable()


def offscreen() -> str:
    """Qt's platform without a display, with a screen like a user's; its own is 800 x 800."""
    if sys.platform == "win32":
        return "offscreen"  # the colon of a drive letter would end the parameter
    return f"offscreen:configfile={ROOT / 'tests' / 'data' / 'screen.json'}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=suite)
    for item in items:
        if isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.function):
            # Before the test's own, after _left_behind: that looks once the loop and its workers are gone.
            item.fixturenames.insert(item.fixturenames.index("_left_behind") + 1, "_no_leftover_tasks")


def suite(item: pytest.Item) -> int:
    """The item's place in the run: the checks of the whole, then the suites, quick ones first."""
    folder = item.path.relative_to(ROOT / "tests").parts[0]
    return SUITES.index(folder) + 1 if folder in SUITES else 0


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()  # what is there by now stays; collecting after each test then costs next to nothing


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """What tests leave for good (their reports, caches) is not to be looked through after each of those that follow.
    Widgets may still go later."""
    if report.when == "teardown" and not report.nodeid.startswith("tests/ui/"):
        REPORTED.append(report.nodeid)
        if len(REPORTED) % 50 == 0:
            gc.freeze()


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark, programs in NEEDS.items():
        missing = [program for program in programs if shutil.which(program) is None]
        if missing and item.get_closest_marker(mark):
            # Where everything is meant to run, a test that quietly does not is a failure.
            (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"needs {', '.join(missing)}")
    if item.get_closest_marker("wire") and not (ROOT.parent / "shared" / "wire").is_dir():
        pytest.skip("needs ../shared/wire")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Figures that tests took: a worker's own output is not shown."""
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for name, value in report.user_properties:
                if name == "figure":
                    terminalreporter.write_line(f"{report.nodeid}: {value}")


# ---------------------------------------------------------------- nothing left behind


class Errors(logging.Handler):
    """Keeps the records of level error and above, formatted: their arguments may not live long."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.name}: {self.format(record)}")


@pytest.fixture(autouse=True)
def _left_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    """Collects garbage on this thread, which brings lost tasks and sockets to light, then looks around."""
    errors, before = Errors(), set(threading.enumerate())
    logging.getLogger().addHandler(errors)
    known = remembered()
    try:
        yield
    finally:
        gc.collect()
        logging.getLogger().removeHandler(errors)
        for secret in (remembered() - known).elements():
            sys.modules["conduit_desktop.logs"].forget(secret)
    if not request.node.get_closest_marker("leaves_threads"):
        threads = lingering(before)
        assert not threads, f"the test left threads running: {', '.join(threads)}"
    if not request.node.get_closest_marker("logs_errors") and "caplog" not in request.fixturenames:
        assert not errors.lines, "the test logged errors:\n" + "\n".join(errors.lines)


def remembered() -> Counter[str]:
    """The secrets that are masked. Those of one test, ``xxxxxxxx`` for example, must not be in the words of another."""
    logs = sys.modules.get("conduit_desktop.logs")
    return Counter() if logs is None else Counter(logs._remembered)


def lingering(before: set[threading.Thread]) -> list[str]:
    """Our threads that were not there before and do not end: those that keep a process alive, or bear our name."""
    ours = [
        thread
        for thread in set(threading.enumerate()) - before
        if not thread.daemon or thread.name.lower().startswith("conduit")
    ]
    for thread in ours:
        thread.join(GRACE)
    return sorted(thread.name for thread in ours if thread.is_alive())


@pytest.fixture
async def _no_leftover_tasks(request: pytest.FixtureRequest) -> AsyncIterator[None]:
    """Set up before an async test's other fixtures, so that theirs are gone when this one looks."""
    yield
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    if not tasks or request.node.get_closest_marker("leaves_tasks"):
        return
    _, pending = await asyncio.wait(tasks, timeout=GRACE)
    assert not pending, "the test left tasks running: " + ", ".join(sorted(map(str, pending)))
