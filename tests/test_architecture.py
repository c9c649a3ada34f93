"""Who may import whom, and how long things may get: pyproject's import contracts and the house rules, enforced."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted((ROOT / "conduit_desktop").rglob("*.py")) + sorted((ROOT / "packaging").glob("*.py"))
LONGEST_MODULE = 300
LONGEST_FUNCTION = 40
CONTRACTS = "from importlinter.cli import lint_imports_command; lint_imports_command()"
# Everything but the window and what starts it, in an interpreter that has nothing of ours loaded.
IMPORT_THE_CORE = """
import importlib, pkgutil, sys
import conduit_desktop

def qt():
    return sorted({name.split(".")[0] for name in sys.modules} & {"PySide6", "shiboken6", "qasync"})

for found in pkgutil.walk_packages(conduit_desktop.__path__, "conduit_desktop.", onerror=lambda name: None):
    if found.name == "conduit_desktop.app" or found.name.startswith("conduit_desktop.ui"):
        continue
    importlib.import_module(found.name)
    assert not qt(), f"importing {found.name} loads {qt()}"
print("imported")
"""


def python(*arguments: str) -> str:
    command = [sys.executable, "-P", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_import_contracts() -> None:
    python("-c", CONTRACTS, "--no-cache", "--no-logo")


def test_the_core_needs_no_qt() -> None:
    assert python("-c", without_window(IMPORT_THE_CORE)).strip() == "imported"


def without_window(script: str) -> str:
    """``script`` where importing the window fails: walking the packages would import it to look inside."""
    return "import sys; sys.modules['conduit_desktop.ui'] = None\n" + script


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_explain_themselves_and_stay_small(path: Path) -> None:
    text = path.read_text("utf-8")
    tree = ast.parse(text)
    assert ast.get_docstring(tree) or not tree.body, "the module does not say what it owns"
    assert len(text.splitlines()) <= LONGEST_MODULE
    long = [f"{function.name}: {length}" for function, length in functions(tree) if length > LONGEST_FUNCTION]
    assert not long, f"functions over {LONGEST_FUNCTION} lines: {', '.join(long)}"


def functions(tree: ast.AST) -> Iterator[tuple[ast.FunctionDef | ast.AsyncFunctionDef, int]]:
    """Each function and its lines, decorators left out."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node, (node.end_lineno or node.lineno) - node.lineno + 1
