"""A real Chromium, the example processes, and somebody who looks at every page."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, Request

from accounts.models import User
from coordination.outbox.actions import deliver
from coordination.portability.examples import load_examples
from coordination.reminders.actions import tick
from coordination.reviews.actions import plan_all

# Playwright's loop is in this thread; Django must not take it for an asynchronous view.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's Chromium, which looks nothing up by itself."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.exit("Chromium is not installed: `apt-get install chromium`.", returncode=1)
    args = [
        *("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-sync"),
        *("--disable-background-networking", "--disable-component-update"),
    ]
    return browser_type_launch_args | {"executable_path": chromium, "args": args}


@pytest.fixture(scope="session")
def kept() -> Iterator[sqlite3.Connection]:
    """A copy of the database with the examples: loading them takes seconds, copying does not."""
    with closing(sqlite3.connect(":memory:", check_same_thread=False)) as copy:
        yield copy


@pytest.fixture
def examples(transactional_db: None, settings: Any, kept: sqlite3.Connection) -> None:
    """Both examples, with the mails of today in the outbox."""
    settings.CHECK_IN_CLOCK = settings.CHECK_IN_CLOCK.replace(hour=0)
    connection.ensure_connection()
    if kept.execute("SELECT count(*) FROM sqlite_master").fetchone() != (0,):
        kept.backup(connection.connection)
        return
    load_examples()
    plan_all()
    tick()
    deliver()
    connection.connection.backup(kept)


@dataclass
class Window:
    """A browser window and what it complained about."""

    page: Page
    base: str
    complaints: list[str] = field(default_factory=list)
    #: Bytes of the last page as the server sent it, before a script dressed it.
    size: int = 0

    def visit(self, path: str) -> Page:
        answer = self.page.goto(self.base + path)
        assert answer is not None
        assert answer.status == 200, f"{path}: {answer.status}"
        self.size = len(answer.body())
        return self.page

    def note_failure(self, request: Request) -> None:
        """A search that was overtaken by the next letter was given up by the page itself."""
        if request.failure != "net::ERR_ABORTED":
            self.complaints.append(f"{request.url}: {request.failure}")

    def sideways(self) -> int:
        """By how many pixels the page is wider than the window."""
        return self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )


class Windows:
    """Opens windows of a given size and colour, signed in or not."""

    def __init__(self, browser: Browser, base: str) -> None:
        self.browser, self.base = browser, base
        self.contexts: list[BrowserContext] = []

    def open(self, email: str | None = None, **options: Any) -> Window:
        context = self.browser.new_context(**options)
        self.contexts.append(context)
        if email:
            client = Client()
            client.force_login(User.objects.get(email=email))
            cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
            context.add_cookies(
                [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": self.base}]
            )
        window = Window(context.new_page(), self.base)
        window.page.on("console", lambda message: window.complaints.append(message.text))
        window.page.on("pageerror", lambda error: window.complaints.append(str(error)))
        window.page.on("requestfailed", lambda request: window.note_failure(request))
        return window


@pytest.fixture
def windows(browser: Browser, live_server: Any) -> Iterator[Windows]:
    made = Windows(browser, live_server.url)
    yield made
    for context in made.contexts:
        context.close()
