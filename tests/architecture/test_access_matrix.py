"""Who may do what on every route, and that reading changes nothing.

The table is in `routes.py`. What a cell cannot show (that a list holds only what one may see) is
shown by a word that stands in every text of the process and is found in no outsider's page.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, reset_queries, transaction
from django.http import HttpResponseBase
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from coordination.agreements.models import Provision
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
#: Pages on which members read it; else its absence elsewhere would say nothing.
SHOW_THE_WORD = {
    *("desk", "overview", "ledger", "bodies", "body", "agreements", "register", "commitment"),
    *("agreement", "agreement-edit", "provision", "provision-edit"),
    *("seat", "vacancies", "parties", "party", "party-edit", "anchors", "anchor-edit"),
    *("body-lines", "body-wind-up"),
    *("structure", "responsibilities", "responsibility", "gaps", "gap"),
    *("report", "reviews", "review-item", "outbox", "message"),
    *("api:process-list", "api:party-list", "api:body-list", "api:commitment-list"),
    *("api:obligation-list", "api:check-in-list", "api:anchor-list", "api:responsibility-list"),
    *("api:agreement-list", "api:provision-list", "api:expected-list", "api:trigger-list"),
    *("api:verification-list", "api:measurement-list", "api:flag-list", "api:breach-list"),
    "api:evidence-list",
}
READS = re.compile(r"\s*(SELECT|SAVEPOINT|RELEASE|ROLLBACK|BEGIN|PRAGMA|DECLARE|FETCH|CLOSE)\b")


@pytest.fixture
def world(process, commitment, obligation, lead_body, alice, bob) -> dict[str, Any]:
    """What the addresses name: things of the process that the cast belongs to."""
    furnish(process, CANARY)
    occurrence = factories.OccurrenceFactory(obligation=obligation)
    factories.CheckInLinkFactory(occurrence=occurrence, token="the-token")
    check_in = factories.CheckInFactory(obligation=obligation)
    review = factories.ReviewFactory(body=lead_body, state="in_session", opened_at=timezone.now())
    item = factories.AgendaItemFactory(review=review, commitment=commitment)
    seat = factories.SeatFactory(body=lead_body, party=obligation.party, title=f"{CANARY} seat")
    message = factories.MessageFactory(process=process, recipient=alice)
    responsibility = factories.ClaimFactory(
        responsibility__process=process, body=lead_body
    ).responsibility
    expected = factories.ExpectedOccurrenceFactory(obligation=obligation)
    event = factories.TriggerEventFactory(trigger__process=process)
    for name in ("tick", "deliver"):
        factories.HeartbeatFactory(name=name)
    provision = Provision.objects.get(agreement__process=process)
    return {
        "slug": process.slug,
        "code": lead_body.code,
        "key": process.anchors.all()[0].key,
        "seat_number": seat.number,
        "number": commitment.number,
        "order": item.order,
        "token": "the-token",
        "party": obligation.party_id,
        "body": lead_body.pk,
        "anchor": factories.AnchorEventFactory(process=process).pk,
        "responsibility": responsibility.pk,
        "subject": f"nobody_accountable:{responsibility.pk}",
        "commitment": commitment.pk,
        "obligation": obligation.pk,
        "check_in": check_in.pk,
        "expected": expected.pk,
        "trigger": event.trigger_id,
        "trigger_key": event.trigger.key,
        "event_number": event.number,
        "reading": factories.ReadingFactory(deadline=commitment.deadline).pk,
        "extension": factories.ExtensionFactory(deadline=commitment.deadline).pk,
        "verification": factories.VerificationFactory(obligation=obligation).pk,
        "measurement": factories.MeasurementFactory(bound__commitment=commitment).pk,
        "bound": factories.BoundFactory(commitment=commitment).pk,
        "dependency": factories.DependencyFactory(commitment=commitment).pk,
        "flag": factories.FlagFactory(commitment=commitment).pk,
        "breach": factories.BreachFactory(obligation=obligation).pk,
        "evidence": factories.EvidenceFactory(commitment=commitment).pk,
        # A file that was lost; its page says so.
        "evidence_number": factories.EvidenceFactory(
            commitment=commitment, url="", file="evidence/00/0", sha256="0" * 64, size=1
        ).number,
        "review": review.pk,
        "seat": seat.pk,
        "message": message.pk,
        "agreement": provision.agreement_id,
        "agreement_key": provision.agreement.key,
        "provision": provision.pk,
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
    clients = {"anonymous": Client(raise_request_exception=False)}
    for name, user in users.items():
        clients[name] = Client(raise_request_exception=False)
        clients[name].force_login(user)
    assert tuple(clients) == PEOPLE
    return clients


@contextmanager
def undone() -> Iterator[None]:
    """Whatever happens inside has not happened afterwards."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


A_FEW = ("coordinator",)


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


def test_each_person_gets_what_the_table_says(world, clients) -> None:
    """HEAD, and methods that are not in the table, are tried by one, to spare time."""
    wrong = []
    for name, route in ROUTES.items():
        path = address(name, world)
        for method in METHODS:
            rule = route.methods.get("GET" if method == "HEAD" else method)
            for person in PEOPLE if method in route.methods else A_FEW:
                got = answer(ask(clients[person], method, path), person)
                if rule and got != rule[person]:
                    wrong.append(f"{method} {name}, {person}: {got} instead of {rule[person]}")
                if not rule and got != NO_METHOD:
                    wrong.append(f"{method} {name}, {person}: {got}, and is not in the table")
    assert wrong == []


def test_reading_changes_no_row_and_tells_no_outsider_a_word(world, clients) -> None:
    """Whoever holds a check-in link may read what is asked there."""
    writes, words, shown = [], [], set()
    for name, route in ROUTES.items():
        if "GET" not in route.methods:
            continue
        for person in ("anonymous", "outsider", "alice", "coordinator"):
            for method in ("HEAD", "GET") if person == "coordinator" else ("GET",):
                reset_queries()  # the log holds some thousands, and warns of more
                with CaptureQueriesContext(connection) as captured:
                    response = ask(clients[person], method, address(name, world))
                statements = [query["sql"] for query in captured]
                writes += [(name, person, sql) for sql in statements if not READS.match(sql)]
            if CANARY in f"{response.headers} {response.getvalue().decode()}":
                if person in ("alice", "coordinator"):
                    shown.add(name)
                elif route.args != ("token",):
                    words.append((name, person))
    assert (writes, words) == ([], [])
    assert SHOW_THE_WORD - shown == set()


def test_what_is_hidden_looks_like_what_does_not_exist(world, clients) -> None:
    nowhere = {"slug": "nowhere", "code": "NONE"} | dict.fromkeys(
        set(world) - {"slug", "code", "token"}, 10**6
    )
    for name, route in ROUTES.items():
        if not route.args or "token" in route.args:
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
            assert (name, got) == (name, OPENS if route.csrf_exempt else FORBIDDEN)


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
            text = response.getvalue().decode()
            wrong += [(name, word) for word in (CANARY, commitment.title) if word in text]
    assert wrong == []


def test_the_links_of_who_left_the_process_are_closed(world, clients, alice) -> None:
    alice.memberships.update(ended_at=timezone.now())
    for name, route in ROUTES.items():
        if "token" in route.args:
            got = answer(ask(clients["anonymous"], "GET", address(name, world)), "anonymous")
            assert (name, got) == (name, HIDDEN)
