"""Every link that a coordinator can follow from the desk leads to a page that is there."""

import re
from collections import deque
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from django.test import Client
from django.urls import Resolver404, resolve
from playwright.sync_api import Error

from accounts.models import User

from .conftest import Window, Windows
from .test_pages import COORDINATOR, DESKTOP

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("examples")]

#: Of each kind one; what a route shows with a query is another kind.
AT_MOST = 80
IDS = re.compile(r'\bid="([^"]+)"')
#: Addresses of what is drawn: an `id` of the page itself, or of the marks.
ADDRESSES = re.compile(r'<(?:a|area)\b[^>]*?\shref="([^"]*)"')


def kind(path: str) -> str:
    """The name of its route; with a query it may be another page."""
    parts = urlsplit(path)
    try:
        name = resolve(parts.path).view_name
    except Resolver404:
        return parts.path
    return f"{name}?" if parts.query else name


def open_in(window: Window, path: str) -> tuple[str | None, str]:
    """The page as it was sent, and its address; without it, why there is none."""
    try:
        answer = window.page.goto(window.base + path)
    except Error as error:
        return ("", path) if "Download is starting" in error.message else (None, error.message)
    assert answer is not None
    if answer.status != 200:
        return None, str(answer.status)
    return answer.text(), answer.url.removeprefix(window.base)


def read_by(client: Client, path: str) -> tuple[str | None, str]:
    """The same without a window."""
    answer = client.get(path, follow=True)
    if answer.status_code != 200:
        return None, str(answer.status_code)
    if answer.has_header("Content-Disposition"):
        return "", path
    return answer.text, answer.redirect_chain[-1][0] if answer.redirect_chain else path


def test_every_link_leads_to_a_page_that_is_there_and_asks_nobody_else(windows: Windows) -> None:
    """A page is opened in the browser, for what it says there; with a query it is only read."""
    client = Client()
    client.force_login(User.objects.get(email=COORDINATOR))
    window = windows.open(COORDINATOR, **DESKTOP)
    foreign: list[str] = []
    window.page.on(
        "request",
        lambda one: one.url.startswith(window.base) or foreign.append(one.url),
    )
    wrong: list[str] = []
    seen: set[str] = set()
    found = {"/": "the start"}
    ids: dict[str, set[str]] = {}
    pointed: dict[tuple[str, str], str] = {}
    waiting = deque(found)
    while waiting and len(seen) < AT_MOST:
        path = waiting.popleft()
        of_its_kind = kind(path)
        if of_its_kind in seen or path.startswith(("/admin/", "/static/")):
            continue
        seen.add(of_its_kind)
        if "?" not in of_its_kind:
            page, here = open_in(window, path)
            wrong += [f"{path}, of {found[path]}: {said}" for said in window.complaints]
            window.complaints.clear()
        else:
            page, here = read_by(client, path)
        if page is None:
            wrong.append(f"{path}, of {found[path]}: {here}")
            continue
        ids[path] = set(IDS.findall(page))
        for href in ADDRESSES.findall(page):
            url, fragment = urldefrag(urljoin(here, href.replace("&amp;", "&")))
            if urlsplit(url).scheme or urlsplit(url).netloc:
                continue
            if fragment and (url in (here, path) or not url):
                if fragment not in ids[path]:
                    wrong.append(f"{path}: #{fragment} is not on it")
            elif fragment:
                pointed.setdefault((url, fragment), path)
            if url and url not in found:
                found[url] = path
                waiting.append(url)
    for (url, fragment), source in pointed.items():
        if url in ids and fragment not in ids[url]:
            wrong.append(f"{source}: #{fragment} is not on {url}")
    assert wrong == []
    assert foreign == []
    assert len(seen) > 60
