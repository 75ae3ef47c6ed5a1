"""Every link that a coordinator can follow from the desk leads somewhere, and stays in the house."""

import re
from collections import Counter, deque
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from django.test import Client
from django.urls import Resolver404, resolve

from accounts.models import User

from .conftest import Windows
from .test_pages import COORDINATOR, DESKTOP

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("examples")]

#: So many pages of a kind are looked at: what a route shows may depend on its row and its query.
OF_A_KIND = 2
AT_MOST = 160
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


def test_every_link_leads_to_a_page_that_is_there_and_asks_nobody_else(windows: Windows) -> None:
    """The first page of a kind is opened in the browser, for what it says there; others are read."""
    client = Client()
    client.force_login(User.objects.get(email=COORDINATOR))
    window = windows.open(COORDINATOR, **DESKTOP)
    foreign: list[str] = []
    window.page.on(
        "request",
        lambda one: one.url.startswith(window.base) or foreign.append(one.url),
    )
    wrong: list[str] = []
    seen: Counter[str] = Counter()
    found = {"/": "the start"}
    ids: dict[str, set[str]] = {}
    pointed: dict[tuple[str, str], str] = {}
    waiting = deque(found)
    while waiting and sum(seen.values()) < AT_MOST:
        path = waiting.popleft()
        of_its_kind = kind(path)
        if seen[of_its_kind] >= OF_A_KIND or path.startswith(("/admin/", "/static/")):
            continue
        seen[of_its_kind] += 1
        answer = client.get(path, follow=True, headers={"host": "127.0.0.1"})
        if answer.status_code != 200:
            wrong.append(f"{path}, of {found[path]}: {answer.status_code}")
            continue
        if not answer.headers["Content-Type"].startswith("text/html") or answer.has_header(
            "Content-Disposition"
        ):
            continue
        if seen[of_its_kind] == 1:
            window.visit(path)
            for said in window.complaints:
                wrong.append(f"{path}: {said}")
            window.complaints.clear()
        page = answer.text
        ids[path] = set(IDS.findall(page))
        here = answer.redirect_chain[-1][0] if answer.redirect_chain else path
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
    print(f"{sum(seen.values())} pages of {len(seen)} kinds")
    assert wrong == []
    assert foreign == []
    assert len(seen) > 60
