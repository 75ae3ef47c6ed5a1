"""Tries mutants inside one test session: `-p tests.mutants_plugin --mutants FILE`.

Started by `mutants.py`. The suite is collected once. For each mutant the code of the function that
it is in is replaced where it lies, the tests that run it are run until one fails, and the code is
put back. A failure counts only when the same test passes right afterwards without the mutant.
"""

import gc
import importlib
import json
import signal
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType, FunctionType

import pytest

from tests.mutants import ROOT, Mutant

#: A test that takes longer hangs, and has noticed.
SECONDS = 180


class TooLong(BaseException):
    """No `except Exception` of the product holds it up."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--mutants", type=Path, required=True, help="which to try, and with what")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Trial(config), "mutants-trial")


class Trial:
    """Runs mutants instead of the suite."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.failed = False
        #: Tests that fail without a mutant show nothing.
        self.unsound: set[str] = set()

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        # From here on it would tell of each test.
        self.config.pluginmanager.unregister(name="terminalreporter")
        self.items = {item.nodeid: item for item in session.items}
        for one in json.loads(self.config.getoption("mutants").read_text()):
            mutant = Mutant(**one["mutant"])
            killed_by, remark = self.fate(mutant, one["tests"])
            what = {"name": mutant.name, "killed_by": killed_by, "remark": remark}
            self.tell(json.dumps(what))
        return True

    def tell(self, line: str) -> None:
        with self.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
            print(line, flush=True)

    def fate(self, mutant: Mutant, tests: list[str]) -> tuple[str, str]:
        """The test that kills it, if any, and what to say of it."""
        changed = changes(mutant)
        if not changed:
            return "", "is in no function: not tried"
        tried = 0
        for name in tests:
            if name not in self.items or name in self.unsound:
                continue
            with in_place(changed):
                noticed = not self.passes(name)
            tried += 1
            if noticed and self.passes(name):
                return name, f"{name}, test {tried}"
            if noticed:
                self.unsound.add(name)
                self.tell(f"{name} fails without a mutant as well")
        return "", f"{tried} tests pass" if tried else "no test runs it"

    def passes(self, name: str) -> bool:
        self.failed = False
        item = self.items[name]
        # What comes next shares nothing with it but the session, which stays set up.
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=item.session)
        return not self.failed

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.failed |= report.failed

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Generator[None]:
        signal.signal(signal.SIGALRM, too_long)
        signal.alarm(SECONDS)
        try:
            return (yield)
        finally:
            signal.alarm(0)


def too_long(_signal: int, _frame: FrameType | None) -> None:
    raise TooLong


@dataclass(frozen=True)
class Change:
    """One function of the running product and what it does in the mutant."""

    function: FunctionType
    was: CodeType
    becomes: CodeType


def changes(mutant: Mutant) -> list[Change]:
    """Wherever it is referred to from, a function is one object, whose code can be replaced."""
    importlib.import_module(mutant.path.removesuffix(".py").replace("/", "."))
    path = str(ROOT / mutant.path)
    module = compile(mutant.applied(Path(path).read_bytes()), path, "exec", dont_inherit=True)
    codes = {(code.co_qualname, code.co_firstlineno): code for code in nested(module)}
    found = []
    for function in [one for one in gc.get_objects() if type(one) is FunctionType]:
        was = function.__code__
        becomes = codes.get((was.co_qualname, was.co_firstlineno))
        if was.co_filename == path and becomes and becomes != was:
            found.append(Change(function, was, becomes))
    return found


def nested(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from nested(constant)


@contextmanager
def in_place(changed: list[Change]) -> Iterator[None]:
    for one in changed:
        one.function.__code__ = one.becomes
    try:
        yield
    finally:
        for one in changed:
            one.function.__code__ = one.was
