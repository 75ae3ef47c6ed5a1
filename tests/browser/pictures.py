"""A picture of every kind of page, as people see it: run by `python -m tests.pictures`.

It is no test: nothing is held against anything. Whoever changes how pages look looks at them here.
"""

import os
from pathlib import Path

import pytest
from django.urls import resolve
from django.utils import timezone

from accounts.models import User
from coordination.outbox.models import Heartbeat, Message
from tests.pictures import VARIANTS

from .conftest import Windows
from .kinds import COORDINATOR, link_of, pages

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("examples")]

#: Who is refused what only coordinators open.
DELEGATE = "h.pryce@ifor.example"
#: What people take to a meeting on paper.
PRINTED = {"desk", "overview", "register", "commitment", "body", "review", "implementation-report"}
PRINTED |= {"review-item", "timeline", "board"}


def named(paths: list[str]) -> dict[str, str]:
    """Addresses by a name for their picture: the route's, numbered where there are several."""
    found: dict[str, str] = {}
    for path in paths:
        route = resolve(path.partition("?")[0]).url_name or "page"
        others = sum(1 for name in found if name.rsplit("--", 1)[0] == route)
        found[f"{route}--{others + 1}" if others else route] = path
    return found


def outside() -> dict[str, str]:
    """What people see who are not signed in, and what they see where something is wrong."""
    link = link_of(Message.objects.filter(process__slug="dayton")[0])
    return named(["/sign-in/", "/sign-in/forgotten/", link, f"{link}someone-else/"]) | {
        "wrong-link": "/c/a-link-that-is-not-there/"
    }


@pytest.mark.parametrize("variant", VARIANTS)
def test_pictures(windows: Windows, variant: str) -> None:
    folder = Path(os.environ["PICTURES_TO"])
    options, language = VARIANTS[variant]
    User.objects.update(language=language)
    taken = named(pages())
    if variant == "print":
        taken = {name: path for name, path in taken.items() if name in PRINTED}
    wrong = {} if variant == "print" else {"wrong-404": "/p/nowhere/"}
    refused = {} if variant == "print" else {"wrong-403": "/p/dayton/people/invite/"}
    strange = {} if variant == "print" else outside()
    for reader, some in (
        (COORDINATOR, taken | wrong),
        (DELEGATE, refused),
        (None, strange),
    ):
        chosen = {
            name: path
            for name, path in some.items()
            if any(word in f"{name}-{variant}" for word in os.environ["PICTURES_ONLY"].split(","))
        }
        if not chosen:
            continue
        page = windows.open(reader, **options).page
        if variant == "print":
            page.emulate_media(media="print")
        for name, path in chosen.items():
            Heartbeat.objects.update(at=timezone.now())  # no page says that the worker is late
            page.goto(windows.base + path)
            page.screenshot(path=folder / f"{name}-{variant}.png", full_page=True)
            if variant == "print":
                page.pdf(path=folder / f"{name}.pdf", prefer_css_page_size=True)
