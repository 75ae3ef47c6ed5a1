"""Imports go one way, and stand at the top of a file."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted(
    path
    for package in ("accounts", "config", "coordination", "runtime")
    for path in (ROOT / package).rglob("*.py")
    if "migrations" not in path.parts
)
#: Ways round an import that the linter sees.
BY_NAME = {"__import__", "get_model", "import_module", "import_string"}


def test_the_contracts_of_pyproject_hold(capsys: pytest.CaptureFixture[str]) -> None:
    status = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)
    assert status == EXIT_STATUS_SUCCESS, capsys.readouterr().out


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
