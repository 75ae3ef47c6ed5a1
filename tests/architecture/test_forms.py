"""Every form of every page: labels, the right kinds of input, and a way to each error.

One walk over all pages that somebody may open, since forms are put together page by page.
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

from .routes import OPENS, ROUTES, address
from .world import ask

#: By the last part of a field's name, the kind that it has on a phone's keyboard.
KINDS = (
    (re.compile(r"_on$|^(as_of|rebase)$"), {"date"}),
    (re.compile(r"_at$"), {"datetime-local"}),
    (re.compile(r"(^|_)email$|^login$"), {"email"}),
    (re.compile(r"^(url|link)$"), {"url"}),
    (re.compile(r"(^|_)(amount|capacity|days|count)$"), {"number", "numeric"}),
    (re.compile(r"password"), {"password"}),
)
#: What a browser can fill in by itself, and must not get wrong.
FILLED = {"email": {"email", "username", "off"}, "password": None, "login": {"username"}}
UNSEEN = {"hidden", "submit", "button"}
#: Pages of buttons: what they refuse they say in a message.
BUTTONS = {"message"}
FIRST = ("coordinator", "bob", "alice", "carol", "administrator", "anonymous")


class Page(HTMLParser):
    """The fields of a page's forms, and what labels them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.fields: list[dict[str, str]] = []
        self.labelled: set[str] = set()
        self.ids: list[str] = []
        self.links: set[str] = set()
        self.open_labels, self.method = 0, ""
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "label":
            self.open_labels += 1
            self.labelled.add(given.get("for", ""))
        elif tag == "form":
            self.method = given.get("method", "get").lower()
        elif tag == "a" and given.get("href", "").startswith("#"):
            self.links.add(given["href"][1:])
        elif tag in ("input", "select", "textarea") and given.get("type") not in UNSEEN:
            kind = given.get("type", "text") if tag == "input" else tag
            inside = {"inside": "1"} if self.open_labels else {}
            self.fields.append(given | {"kind": kind, "method": self.method} | inside)

    def handle_endtag(self, tag: str) -> None:
        if tag == "label":
            self.open_labels -= 1
        elif tag == "form":
            self.method = ""


def wrong_in(page: Page) -> Iterator[str]:
    for field in page.fields:
        name = field.get("name", "")
        last = name.rpartition("-")[2]
        named = field.get("id", "-") in page.labelled or "inside" in field
        if not named and not {"aria-label", "aria-labelledby"} & field.keys():
            yield f"{name} has no label"
        if field["kind"] in ("select", "radio", "checkbox", "textarea", "search"):
            continue
        for pattern, kinds in KINDS:
            if pattern.search(last) and not {field["kind"], field.get("inputmode")} & kinds:
                yield f"{name} is {field['kind']} and not {' or '.join(kinds)}"
        if last in FILLED or field["kind"] == "password":
            allowed = FILLED.get(last)
            said = field.get("autocomplete", "")
            if not said or (allowed and said not in allowed):
                yield f"{name} has autocomplete “{said}”"
    for one in sorted({one for one in page.ids if page.ids.count(one) > 1}):
        yield f"two things have the id {one}"


def opened(world: Any, clients: Any) -> Iterator[tuple[str, str, Any]]:
    """Each page once, by whoever may do most on it."""
    for name, route in sorted(ROUTES.items()):
        rule = route.methods.get("GET", {})
        who = next((one for one in FIRST if rule.get(one) == OPENS), None)
        if who is None or name.startswith(("api:", "admin")):
            continue
        path = address(name, world)
        answer = ask(clients[who], "GET", path)
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            yield name, path, (who, answer)


def test_every_field_has_its_label_and_kind_and_every_error_its_link(world, clients) -> None:
    wrong = []
    for name, path, (who, answer) in opened(world, clients):
        page = Page(answer.getvalue().decode())
        wrong += [f"{name}: {what}" for what in wrong_in(page)]
        route = ROUTES[name]
        if route.methods.get("POST", {}).get(who) != OPENS or "post" not in {
            field["method"] for field in page.fields
        }:
            continue
        refused = ask(clients[who], "POST", path)
        if refused.status_code != 422 or name in BUTTONS:
            continue
        page = Page(refused.getvalue().decode())
        if "errors" not in page.ids:
            wrong.append(f"{name}: no summary of what is wrong")
        wrong += [f"{name}: #{one} leads nowhere" for one in page.links - set(page.ids) if one]
    assert wrong == [], "\n".join(wrong)
