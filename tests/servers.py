"""The servers and the environment of a test run, started before Django reads its settings.

Loaded by `-p tests.servers` (pyproject.toml). `--database postgresql` runs the suite on a real
PostgreSQL instead of SQLite; a real broker is there in both cases. With xdist the controller
starts them and its workers inherit the environment.
"""

import os
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from runtime.embedded import EmbeddedBroker, EmbeddedPostgres
from runtime.processes import Problem

# What a developer's shell may hold and a test must not see.
FOREIGN = (
    *(
        "BEHIND_PROXY",
        "CHECK_IN_HOUR",
        "EMAIL_URL",
        "EVIDENCE_MAX_BYTES",
        "HEARTBEAT_FILE",
        "LEDGER_KEY_BEFORE",
        "LOG_LEVEL",
        "MAIL_CONNECTIONS",
        "MAIL_EVENTS_KEY",
        "MAIL_EVENTS_SECRET",
        "MAIL_FROM",
        "MAIL_PROVIDER",
        "OIDC_SERVER",
        "PORT",
    ),
    *("REPORT_FONTS", "REPORT_FONT_FOLDERS", "REPORT_SYSTEM_FONTS"),
    *("SECRET_KEY_FALLBACKS", "SSL_REDIRECT", "STATIC_ROOT", "SWEEP_SECONDS"),
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database",
        choices=("sqlite", "postgresql"),
        default="sqlite",
        help="the database that the suite runs on (default: sqlite)",
    )
    parser.addoption(
        "--whole-year",
        action="store_true",
        help="let tests/e2e/test_year.py live through 12 months",
    )
    parser.addoption(
        "--once",
        action="store_true",
        help="leave to the run on the other database what need not run on both",
    )


@pytest.hookimpl(wrapper=True)  # a wrapper, to be ahead of pytest-django's own
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    options = early_config.known_args_namespace
    if "PYTEST_XDIST_WORKER" not in os.environ and not options.help:
        try:
            start(early_config, options.database)
        except Problem as problem:
            raise pytest.UsageError(str(problem)) from None
    elif worker := os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw"):
        # One broker for all, and a database of it for each: nobody counts another's tasks.
        os.environ["REDIS_URL"] += f"?virtual_host={int(worker) + 1}"
    return (yield)


def start(config: pytest.Config, database: str) -> None:
    """Start what the run needs and leave word of it in the environment, until its end."""
    var = Path(tempfile.mkdtemp(prefix="entente-test-"))
    config.add_cleanup(lambda: shutil.rmtree(var, ignore_errors=True))
    broker = EmbeddedBroker(var / "broker")
    config.add_cleanup(broker.stop)
    broker.start()
    url = f"sqlite:///{var / 'entente.sqlite3'}"
    if database == "postgresql":
        postgres = EmbeddedPostgres()
        config.add_cleanup(postgres.remove)
        url = postgres.start().url
    for name in FOREIGN:
        os.environ.pop(name, None)
    os.environ.update(
        ENTENTE_MODE="test",
        ENTENTE_VAR=str(var),
        SECRET_KEY="only-for-tests-" + "0" * 50,
        LEDGER_KEY="2" * 64,
        SITE_URL="http://testserver",
        ALLOWED_HOSTS="testserver,127.0.0.1,localhost",
        DATABASE_URL=url,
        REDIS_URL=broker.url,
    )


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL only what touches the database; with `--once` each test where it says most.

    What pages, the admin and the API show is then looked at on SQLite, and what actions do on
    PostgreSQL; where the two may differ (who waits for whom, messages, the ledger) on both.
    """
    database, once = config.getoption("database"), config.getoption("once")
    kept, left_out = [], []
    for item in items:
        if database == "postgresql":
            wanted = _touches_database(item) and not (once and _is_shown(item))
        else:
            once_here = _is_shown(item) or not _touches_database(item) or _may_differ(item)
            wanted = once_here or not once
        (kept if wanted else left_out).append(item)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = kept
    if "PYTEST_XDIST_WORKER" in os.environ:
        items[:] = _for_two(items)


def _for_two(items: list[pytest.Item]) -> list[pytest.Item]:
    """What starts programs first, so that nobody has to wait for it in the end.

    `--dist worksteal` gives each of two workers one half of the list, and to who is through with
    it the end of the other's. The first worker goes on with the latter half of the others, and so
    does what empties the tables (pytest-django has it last) come last still.
    """
    starts = {item: item.path.parent.name in ("runtime", "e2e", "faults") for item in items}
    first = [item for item in items if starts[item]]
    others = [item for item in items if not starts[item]]
    cut = len(others) - max(len(items) // 2 - len(first), 0)
    return [*first, *others[cut:], *others[:cut]]


#: What is shown or mailed, besides the files that are named for their pages.
SHOWN = {
    *("test_delivery_log.py", "test_digest_mails.py", "test_duty_desk.py", "test_forecast.py"),
    *("test_french.py", "test_health.py", "test_links.py", "test_new_link.py", "test_year.py"),
    # Signing in: the pages of a library that supports both databases; tests/e2e signs in on both.
    *("test_profile.py", "test_reset.py", "test_same_answer.py", "test_second_step.py"),
    *("test_sentences.py", "test_sessions.py", "test_sign_in.py", "test_single_sign_on.py"),
}


def _is_shown(item: pytest.Item) -> bool:
    folders = ("admin", "api", "architecture", "portability")
    name = item.path.name
    return name.endswith("pages.py") or name in SHOWN or item.path.parent.name in folders


def _may_differ(item: pytest.Item) -> bool:
    folders = ("e2e", "faults", "ledger", "outbox", "runtime")
    both = ("test_tick.py", "test_settle.py", "test_digest.py")  # what all reminders rest on
    marker = item.get_closest_marker("django_db")
    waits = marker is not None and marker.kwargs.get("transaction", False)
    return waits or item.path.name in both or item.path.parent.name in folders


def _touches_database(item: pytest.Item) -> bool:
    names = {"db", "transactional_db", "django_db_setup", "django_db_reset_sequences"}
    names |= {"database"}  # one of the test's own, for processes of its own
    fixtures = set(getattr(item, "fixturenames", ()))
    bases = getattr(getattr(item, "cls", None), "__mro__", ())
    return (
        bool(names & fixtures)
        or item.get_closest_marker("django_db") is not None
        or any(base.__name__ == "TransactionTestCase" for base in bases)
    )


def pytest_report_header(config: pytest.Config) -> str:
    return f"database: {config.getoption('database')}, broker: Valkey"
