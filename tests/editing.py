"""Filling in forms of pages as a browser would: with everything that the page shows."""

import re
from html.parser import HTMLParser
from typing import Any

from django.http import HttpResponse
from django.test import Client

from accounts.models import User


class _Forms(HTMLParser):
    """The fields of every form of a page, as they would be sent without touching them."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, str]] = []
        self.inside = False
        self.select: str | None = None
        self.area: str | None = None

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "form":
            self.forms.append({})
            self.inside = True
        if not self.inside:
            return
        fields, name = self.forms[-1], given.get("name", "")
        if tag == "input" and name and given.get("type") not in ("checkbox", "radio"):
            fields[name] = given.get("value", "")
        elif tag == "input" and name and "checked" in given:
            fields[name] = given.get("value", "on")
        elif tag == "select":
            self.select, fields[name] = name, ""
        elif tag == "option" and self.select and "selected" in given:
            fields[self.select] = given.get("value", "")
        elif tag == "textarea":
            self.area, fields[name] = name, ""

    def handle_data(self, data: str) -> None:
        if self.area:
            self.forms[-1][self.area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self.area:
            # A browser drops the first line break of a text area.
            self.forms[-1][self.area] = self.forms[-1][self.area].removeprefix("\n")
            self.area = None
        elif tag == "select":
            self.select = None
        elif tag == "form":
            self.inside = False


def form_on(page: HttpResponse, what: str | None = None, having: str = "") -> dict[str, str]:
    """The fields of a form of the page: the one that says `what`, or that has a field."""
    parser = _Forms()
    parser.feed(page.content.decode())
    found = [
        form
        for form in parser.forms
        if "csrfmiddlewaretoken" in form
        and "submission" in " ".join(form)
        and (what is None or form.get("what") == what)
        and (not having or having in form)
    ]
    assert len(found) == 1, [sorted(form) for form in parser.forms]
    del found[0]["csrfmiddlewaretoken"]
    return found[0]


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def fill(client: Client, address: str, what: str | None = None, **fields: Any) -> dict[str, str]:
    """What would be sent from a page after typing into some of its fields."""
    chosen, _dash, key = (what or "").partition("-")
    opened = {chosen: key} if key else {}  # as after following the link to that row's form
    form = form_on(client.get(address, opened), what)
    _press_for_more_rows(form, fields)
    unknown = {name for name in fields if name not in form and fields[name] != "on"}
    assert unknown == set(), sorted(form)
    return {name: value for name, value in (form | fields).items() if value is not None}


def _press_for_more_rows(form: dict[str, str], fields: dict[str, Any]) -> None:
    """The blank rows that the button of a page gives, where more are filled in than it shows."""
    for name in fields:
        hit = re.fullmatch(r"(.+)-(\d+)-\w+", name)
        counted = f"{hit[1]}-count" if hit else ""
        if hit and counted in form:
            cells = [
                key.removeprefix(f"{hit[1]}-0-") for key in form if key.startswith(f"{hit[1]}-0-")
            ]
            rows = range(int(form[counted]), int(hit[2]) + 1)
            form |= {f"{hit[1]}-{n}-{cell}": "" for n in rows for cell in cells}
            form[counted] = str(max(int(form[counted]), int(hit[2]) + 1))


def says(page: HttpResponse) -> str:
    """A page's words, with its line breaks and runs of space as one space."""
    return " ".join(page.content.decode().split())
