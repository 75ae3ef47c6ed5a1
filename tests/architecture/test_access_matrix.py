"""Who may do what on every route, and that reading changes nothing.

The table is in `routes.py`. What a cell cannot show (that a list holds only what one may see) is
shown by a word that stands in every text of the process and is found in no outsider's page.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from .routes import (
    ADMIN,
    FORBIDDEN,
    HIDDEN,
    NO_METHOD,
    OPENS,
    PEOPLE,
    ROUTES,
    SEATED,
    SIGN_IN,
    Access,
    address,
    all_routes,
    answer,
    declared,
)
from .world import CANARY, ask

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
A_FEW = ("coordinator",)
#: The table is gone through in parts, which run beside each other.
PARTS = 6
MEMBERS_ALL = PEOPLE[3:]
#: Pages on which members read it; else its absence elsewhere would say nothing.
SHOW_THE_WORD = {
    *(
        "people",
        "desk",
        "overview",
        "ledger",
        "bodies",
        "body",
        "agreements",
        "register",
        "commitment",
    ),
    *("agreement", "agreement-edit", "provision", "provision-edit"),
    *("seat", "vacancies", "parties", "party", "party-edit", "anchors", "anchor-edit"),
    *("body-lines", "body-wind-up"),
    *("structure", "responsibilities", "responsibility", "gaps", "gap"),
    *("report", "reviews", "review-item", "outbox", "message"),
    *("api:process-list", "api:party-list", "api:body-list", "api:commitment-list"),
    *("api:obligation-list", "api:check-in-list", "api:anchor-list", "api:responsibility-list"),
    *("api:agreement-list", "api:provision-list", "api:expected-list", "api:trigger-list"),
    *("api:verification-list", "api:measurement-list", "api:flag-list", "api:breach-list"),
    *("api:evidence-list", "api:ledger-entry-list", "ledger-entry"),
}
#: What stands in an address that is a right in itself: who holds it reads what it is about.
LINKS = {"token", "invitation_token", "feed_token"}
READS = re.compile(r"\s*(SELECT|SAVEPOINT|RELEASE|ROLLBACK|BEGIN|PRAGMA|DECLARE|FETCH|CLOSE)\b")


def asking(rule: Access | None) -> tuple[str, ...]:
    """What every member may do, a seat adds nothing to: those who differ by it need not try."""
    if rule and all(rule[person] == OPENS for person in MEMBERS_ALL):
        return tuple(person for person in PEOPLE if person not in SEATED)
    return PEOPLE


@contextmanager
def statements() -> Iterator[list[str]]:
    """What is said to the database inside, without what it is said of."""
    said: list[str] = []

    def note(execute: Callable[..., Any], sql: str, *how: Any) -> Any:
        said.append(sql)
        return execute(sql, *how)

    with connection.execute_wrapper(note):
        yield said


def test_every_route_is_declared() -> None:
    assert sorted({name for name, _where in all_routes() if not declared(name)}) == []


def test_every_declared_route_exists() -> None:
    assert sorted(set(ROUTES) - {name for name, _where in all_routes()}) == []


@pytest.mark.parametrize("part", range(PARTS))
def test_each_person_gets_what_the_table_says(world, clients, part: int) -> None:
    """Besides: reading changes no row, and an outsider reads no word of it. HEAD, and methods that
    are not in the table, are tried by one, to spare time."""
    wrong, shown = [], set()
    names = sorted(ROUTES)[part::PARTS]
    for name in names:
        path, route = address(name, world), ROUTES[name]
        for method in METHODS:
            rule = route.methods.get("GET" if method == "HEAD" else method)
            for person in asking(rule) if method in route.methods else A_FEW:
                what = f"{method} {name}, {person}"
                with statements() as said:
                    response = ask(clients[person], method, path)
                got = answer(response, person)
                if rule and got != rule[person]:
                    wrong.append(f"{what}: {got} instead of {rule[person]}")
                if not rule and got != NO_METHOD:
                    wrong.append(f"{what}: {got}, and is not in the table")
                if method in ("GET", "HEAD"):
                    wrong += [f"{what} writes: {sql}" for sql in said if not READS.match(sql)]
                if CANARY in f"{response.headers} {response.getvalue().decode()}":
                    if person in MEMBERS_ALL:
                        shown.add(name)
                    elif not LINKS & set(route.args):
                        wrong.append(f"{what} reads a word of it")
    assert wrong == []
    assert SHOW_THE_WORD & set(names) - shown == set()


def test_what_is_hidden_looks_like_what_does_not_exist(world, clients) -> None:
    nowhere = {"slug": "nowhere", "code": "NONE"} | dict.fromkeys(
        set(world) - {"slug", "code", *LINKS}, 10**6
    )
    for name, route in ROUTES.items():
        if not route.args or LINKS & set(route.args):
            continue
        method = next(iter(route.methods))
        hidden, missing = (
            ask(clients["outsider"], method, address(name, where)) for where in (world, nowhere)
        )
        assert (name, hidden.status_code, missing.status_code) == (name, 404, 404)
        assert (name, hidden.getvalue()) == (name, missing.getvalue())


def test_a_form_from_another_site_is_refused(world, coordinator) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(coordinator)
    for name, route in ROUTES.items():
        if "POST" in route.methods and name != "api:nowhere":
            got = answer(ask(client, "POST", address(name, world)), "coordinator")
            rule = route.methods["POST"]["coordinator"] if route.csrf_exempt else FORBIDDEN
            assert (name, got) == (name, rule)


def test_the_admin_is_closed_to_all_who_are_not_staff(world, clients) -> None:
    paths = {
        "/" + re.sub(r"<[^>]*>", "1", where)
        for name, where in all_routes()
        if name.startswith(ADMIN) and "(?P" not in where
    } - {"/admin/login/", "/admin/logout/"}
    assert len(paths) > 50
    for person in ("anonymous", "coordinator"):
        for path in paths:
            for method in ("GET", "POST"):
                response = ask(clients[person], method, path)
                assert (person, path, answer(response, person)) == (person, path, SIGN_IN)


def test_who_left_the_process_gets_what_an_outsider_gets(world, clients, alice, commitment) -> None:
    alice.memberships.update(ended_at=timezone.now())
    wrong = []
    for name, route in ROUTES.items():
        for method, rule in route.methods.items():
            response = ask(clients["alice"], method, address(name, world))
            got = answer(response, "alice")
            if "token" not in route.args and got != rule["outsider"]:
                wrong.append((name, method, got))
            if {"invitation_token", "feed_token"} & set(route.args):
                continue  # it is for whoever holds the link
            text = response.getvalue().decode()
            wrong += [(name, word) for word in (CANARY, commitment.title) if word in text]
    assert wrong == []


def test_the_links_of_who_left_the_process_are_closed(world, clients, alice) -> None:
    alice.memberships.update(ended_at=timezone.now())
    for name, route in ROUTES.items():
        if "token" in route.args and "GET" in route.methods:
            got = answer(ask(clients["anonymous"], "GET", address(name, world)), "anonymous")
            assert (name, got) == (name, HIDDEN)
