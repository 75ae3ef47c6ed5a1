"""The page of one person in a process."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from coordination.bodies.models import Body, Seat
from coordination.commitments.models import Commitment, Obligation
from coordination.processes.models import Party, Process
from tests import factories
from tests.editing import browser, says

pytestmark = pytest.mark.django_db


def page(reader: User, person: User) -> str:
    return says(browser(reader).get(f"/p/valley/person/{person.pk}/"))


def test_a_person_is_shown_with_their_seats_former_terms_duties_and_reviews(
    obligation: Obligation, commitment: Commitment, lead_body: Body, alice: User, bob: User
) -> None:
    factories.ReviewFactory(body=lead_body, number=7)
    factories.TermFactory(
        seat__body=lead_body,
        seat__title="Observer for the valley",
        holder=bob,
        ends_on=dt.date(2021, 5, 4),
    )
    of_bob, of_alice = page(alice, bob), page(bob, alice)
    for words in ("Joint Military Commission", "Chair", "Former terms", "4 May 2021", "review 7"):
        assert words in of_bob
    assert "Answers for no obligation that is open." in of_bob
    assert commitment.title in of_alice
    assert "Holds no seat in this process today." in of_alice


def test_open_check_ins_and_addresses_are_for_the_person_and_for_coordinators(
    obligation: Obligation, alice: User, bob: User, coordinator: User
) -> None:
    factories.OccurrenceFactory(obligation=obligation, recipient=alice)
    shown = [
        ("1 check-in open" in text, alice.email in text)
        for text in (page(reader, alice) for reader in (alice, coordinator, bob))
    ]
    assert shown == [(True, True), (True, True), (False, False)]


def test_who_never_was_in_the_process_has_no_page_in_it(
    process: Process, alice: User, outsider: User
) -> None:
    def status(reader: User, person: User) -> int:
        return browser(reader).get(f"/p/valley/person/{person.pk}/").status_code

    assert (status(alice, outsider), status(outsider, alice)) == (404, 404)
    alice.memberships.update(ended_at=dt.datetime(2022, 1, 1, tzinfo=dt.UTC))
    assert (status(alice, alice), status(outsider, alice)) == (404, 404)


def test_a_page_costs_the_same_for_few_and_for_many_duties_and_terms(
    lead_body: Body, party: Party, alice: User, coordinator: User
) -> None:
    reader = browser(coordinator)
    costs = []
    for more in (1, 30):
        for _n in range(more):
            factories.TermFactory(seat__body=lead_body, seat__role=Seat.Role.MEMBER, holder=alice)
            factories.ObligationFactory(
                commitment__process=party.process, party=party, focal_point=alice
            )
        with CaptureQueriesContext(connection) as queries:
            response = reader.get(f"/p/valley/person/{alice.pk}/")
        costs.append(len(queries))
        assert len(response.content) < 50_000
    assert costs[0] == costs[1] <= 20
