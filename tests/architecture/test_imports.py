"""Imports go one way, and stand at the top of a file."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted(
    path
    for package in ("accounts", "config", "coordination", "runtime")
    for path in (ROOT / package).rglob("*.py")
    if "migrations" not in path.parts
)
#: Ways round an import that the linter sees.
BY_NAME = {"__import__", "get_model", "import_module", "import_string"}


def test_the_contracts_of_pyproject_hold() -> None:
    # In a process of its own: it silences every logger that other tests listen to.
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_is_imported_inside_a_function_or_by_name(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert [*late_imports(tree), *imports_by_name(tree)] == []


def late_imports(tree: ast.Module) -> Iterator[str]:
    functions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
    for scope in ast.walk(tree):
        if isinstance(scope, functions):
            for node in ast.walk(scope):
                if isinstance(node, ast.Import | ast.ImportFrom):
                    yield f"line {node.lineno}: {ast.unparse(node)}"


def imports_by_name(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in BY_NAME:
                yield f"line {node.lineno}: {ast.unparse(node)}"


def test_these_tests_see_what_they_look_for() -> None:
    tree = ast.parse(
        "import os\n"
        "def one():\n    from accounts import models\n"
        "def two():\n    return apps.get_model('coordination', 'Party')\n"
    )
    assert list(late_imports(tree)) == ["line 3: from accounts import models"]
    assert list(imports_by_name(tree)) == ["line 5: apps.get_model('coordination', 'Party')"]
