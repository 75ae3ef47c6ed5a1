"""Who may do what on every route, and that reading changes nothing.

The table is in `routes.py`. What a cell cannot show (that a list holds only what one may see) is
shown by a word that stands in every text of the process and is found in no outsider's page.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction
from django.http import HttpResponseBase
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests import factories
from tests.furnishing import furnish

from .routes import (
    ADMIN,
    FORBIDDEN,
    HIDDEN,
    NO_METHOD,
    OPENS,
    PEOPLE,
    ROUTES,
    SIGN_IN,
    address,
    all_routes,
    answer,
    declared,
)

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
CANARY = "Wryneck"
READS = re.compile(r"\s*(SELECT|SAVEPOINT|RELEASE|ROLLBACK|BEGIN|PRAGMA|SHOW|EXPLAIN)\b")


@pytest.fixture
def world(process, commitment, obligation, lead_body, alice, bob) -> dict[str, Any]:
    """What the addresses name: things of the process that the cast belongs to."""
    furnish(process, CANARY)
    occurrence = factories.OccurrenceFactory(obligation=obligation)
    factories.CheckInLinkFactory(occurrence=occurrence, token="the-token")
    check_in = factories.CheckInFactory(obligation=obligation)
    review = factories.ReviewFactory(body=lead_body, state="in_session", opened_at=timezone.now())
    item = factories.AgendaItemFactory(review=review, commitment=commitment)
    message = factories.MessageFactory(process=process, recipient=alice)
    for name in ("tick", "deliver"):
        factories.HeartbeatFactory(name=name)
    return {
        "slug": process.slug,
        "code": lead_body.code,
        "number": commitment.number,
        "order": item.order,
        "token": "the-token",
        "party": obligation.party_id,
        "body": lead_body.pk,
        "commitment": commitment.pk,
        "obligation": obligation.pk,
        "check_in": check_in.pk,
        "review": review.pk,
        "message": message.pk,
    }


@pytest.fixture
def clients(process, outsider, alice, bob, carol, dave, coordinator) -> dict[str, Client]:
    """A browser for each of the cast."""
    users = {
        "outsider": outsider,
        "administrator": factories.UserFactory(is_staff=True, is_superuser=True),
        "observer": factories.MembershipFactory(process=process).user,
        "alice": alice,
        "bob": bob,
        "carol": carol,
        "dave": dave,
        "coordinator": coordinator,
    }
    clients = {"anonymous": Client(raise_request_exception=True)}
    for name, user in users.items():
        clients[name] = Client()
        clients[name].force_login(user)
    assert tuple(clients) == PEOPLE
    return clients


@contextmanager
def undone() -> Iterator[None]:
    """Whatever happens inside has not happened afterwards."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def ask(client: Client, method: str, path: str) -> HttpResponseBase:
    """The response to an empty form, or for the API to empty JSON."""
    is_form = method == "POST" and not path.startswith("/api/")
    how: dict[str, Any] = {} if is_form else {"content_type": "application/json"}
    cookies = client.cookies.copy()
    with undone():
        response = getattr(client, method.lower())(path, **how)
        if hasattr(response, "render"):
            assert response.is_rendered
    client.cookies = cookies
    return response


def test_every_route_is_declared() -> None:
    assert sorted({name for name, _where in all_routes() if not declared(name)}) == []


def test_every_declared_route_exists() -> None:
    assert sorted(set(ROUTES) - {name for name, _where in all_routes()}) == []


@pytest.mark.parametrize("name", ROUTES)
def test_each_person_gets_what_the_table_says(name: str, world, clients) -> None:
    path, rules = address(name, world), ROUTES[name].methods
    for method in METHODS:
        rule = rules.get("GET" if method == "HEAD" else method)
        got = {
            person: answer(ask(client, method, path), person) for person, client in clients.items()
        }
        if rule is not None:
            assert (method, got) == (method, rule)
        else:
            assert (method, got["coordinator"]) == (method, NO_METHOD)
            assert set(got.values()) <= {NO_METHOD, SIGN_IN, HIDDEN, FORBIDDEN}


@pytest.mark.parametrize("name", [n for n, route in ROUTES.items() if "GET" in route.methods])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_reading_changes_no_row(name: str, method: str, world, clients) -> None:
    path = address(name, world)
    for person, client in clients.items():
        with CaptureQueriesContext(connection) as captured:
            getattr(client, method.lower())(path)
        writes = [q["sql"] for q in captured if not READS.match(q["sql"])]
        assert (person, writes) == (person, [])


@pytest.mark.parametrize("name", [n for n, route in ROUTES.items() if "GET" in route.methods])
def test_no_word_of_a_process_reaches_who_is_not_a_member(name: str, world, clients) -> None:
    if ROUTES[name].args == ("token",):
        return  # whoever holds the link may read what is asked
    path = address(name, world)
    for person in ("anonymous", "outsider", "administrator"):
        response = clients[person].get(path)
        whole = f"{response.headers} {response.getvalue().decode()}"
        assert (person, CANARY in whole) == (person, False)


def test_the_word_is_there_for_members(world, clients) -> None:
    """Else the test above would see nothing."""
    shown = {
        name
        for name, route in ROUTES.items()
        if "GET" in route.methods
        and CANARY
        in clients["coordinator"].get(address(name, world), follow=True).getvalue().decode()
    }
    assert shown == {"overview"}


@pytest.mark.parametrize("name", [n for n, r in ROUTES.items() if "slug" in r.args])
def test_what_is_hidden_looks_like_what_does_not_exist(name: str, world, clients) -> None:
    method = next(iter(ROUTES[name].methods))
    nowhere = {"slug": "nowhere", "code": "NONE"} | dict.fromkeys(
        set(world) - {"slug", "code"}, 10**6
    )
    hidden, missing = (
        ask(clients["outsider"], method, address(name, where)) for where in (world, nowhere)
    )
    assert (hidden.status_code, missing.status_code) == (404, 404)
    assert hidden.getvalue() == missing.getvalue()


@pytest.mark.parametrize("name", [n for n, r in ROUTES.items() if "POST" in r.methods])
def test_a_form_from_another_site_is_refused(name: str, world, coordinator) -> None:
    if name == "api:nowhere":
        return  # there is nothing to do there
    client = Client(enforce_csrf_checks=True)
    client.force_login(coordinator)
    got = answer(ask(client, "POST", address(name, world)), "coordinator")
    assert got == (OPENS if ROUTES[name].csrf_exempt else FORBIDDEN)


def test_the_admin_is_closed_to_all_who_are_not_staff(world, clients) -> None:
    paths = {
        "/" + re.sub(r"<[^>]*>", "1", where)
        for name, where in all_routes()
        if name.startswith(ADMIN) and "(?P" not in where
    } - {"/admin/login/"}
    assert len(paths) > 50
    for person in ("anonymous", "outsider", "alice", "coordinator"):
        for path in paths:
            for method in ("GET", "POST"):
                response = ask(clients[person], method, path)
                where = response.headers.get("Location", "").partition("?")[0]
                got = (response.status_code, where)
                assert (person, path, got) in (
                    (person, path, (302, "/admin/login/")),
                    (person, path, (302, "/sign-in/")),
                    (person, path, (403, "")),
                )


def test_who_left_the_process_gets_what_an_outsider_gets(world, clients, alice) -> None:
    alice.memberships.update(ended_at=timezone.now())
    for name, route in ROUTES.items():
        for method, rule in route.methods.items():
            got = answer(ask(clients["alice"], method, address(name, world)), "alice")
            expected = HIDDEN if "token" in route.args else rule["outsider"]
            assert (name, method, got) == (name, method, expected)
