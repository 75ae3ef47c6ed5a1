"""My desk: each thing is before those who are asked, and before nobody else."""

import datetime as dt
import re
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from coordination.bodies.models import Body, Seat
from coordination.commitments.models import Breach, Commitment, Level, Obligation
from coordination.insights.desk import counting
from coordination.insights.desk.asked import asked_of, how_many
from coordination.insights.desk.place import place_of
from coordination.insights.queries import successors_to_name
from coordination.processes.models import Party, Process
from coordination.reminders.models import Reminder
from coordination.reminders.sources import SOURCES
from coordination.reviews.models import Outcome, Review
from tests import factories
from tests.conftest import member, seated
from tests.editing import browser

pytestmark = pytest.mark.django_db
Kind = Reminder.Kind


def says(page: HttpResponse) -> str:
    """The words of a page, without its marks."""
    return " ".join(re.sub("<[^>]+>", " ", page.content.decode()).split())


#: What is told in a digest, and asked of nobody.
TOLD = (Kind.VACANCY, Kind.DEADLINE)


def days(n: float) -> dt.timedelta:
    return dt.timedelta(days=n)


def asked(user: User) -> list[tuple[str, str]]:
    return sorted((str(row.kind), row.title) for row in asked_of(place_of(user)))


def kinds(user: User) -> set[str]:
    return {kind for kind, _title in asked(user)}


# --- The same as the digest ---------------------------------------------------------------------


@pytest.fixture
def people(
    process: Process,
    lead_body: Body,
    party: Party,
    guarantor: Party,
    coordinator: User,
    alice: User,
    bob: User,
    carol: User,
    dave: User,
    outsider: User,
) -> list[User]:
    """The cast and others: bob chairs, Mia sits, Sam keeps the minutes, Ada only stands in, Xenia
    left the process and has her seat still, and Hana heads alice's delegation."""
    mia, ada = member(process, "Mia", "observer"), member(process, "Ada", "observer")
    sam, xenia = member(process, "Sam", "observer"), member(process, "Xenia", "observer")
    hana = member(process, "Hana", "delegate", party)
    hana.memberships.update(heads_delegation=True)
    seated(mia, lead_body, Seat.Role.MEMBER)
    seated(sam, lead_body, Seat.Role.SECRETARY)
    seated(xenia, lead_body, Seat.Role.CO_CHAIR)
    xenia.memberships.update(ended_at=timezone.now())
    lead_body.seats.get(role=Seat.Role.CHAIR).terms.update(alternate=ada)
    factories.TermFactory(
        seat__body=lead_body,
        seat__role=Seat.Role.ADVISER,
        seat__vote=Seat.Vote.ADVISING,
        holder=dave,
    )
    return [coordinator, alice, bob, carol, dave, outsider, mia, ada, sam, xenia, hana]


@pytest.fixture
def situations(
    people: list[User],
    process: Process,
    lead_body: Body,
    verifying_body: Body,
    party: Party,
    other_party: Party,
    obligation: Obligation,
    carol: User,
) -> None:
    """Something of every kind that a source of reminders knows."""
    now = timezone.now()
    Obligation.objects.filter(pk=obligation.pk).update(
        reported_level=Level.FULL, reported_at=now - days(1)
    )
    # Nobody judges by their office in this one: all who sit there do, but for their own.
    panel = factories.BodyFactory(process=process, code="PANEL")
    for person in (people[6], people[10]):
        seated(person, panel, Seat.Role.MEMBER)
    factories.ObligationFactory(
        commitment__process=process,
        commitment__verifying_body=panel,
        party=party,
        focal_point=None,
        reported_level=Level.FULL,
        reported_at=now - days(1),
    )
    for state in (Breach.State.RESPONSE_DUE, Breach.State.ALLEGED, Breach.State.CURED):
        factories.BreachFactory(obligation=obligation, state=state, clock_at=now - days(1))
    held: dict[str, Any] = {
        "body": lead_body,
        "state": Review.State.MINUTES_DRAFT,
        "held_on": process.today() - days(4),
    }
    factories.ReviewFactory(**held, closed_at=now - days(3))
    for until in (None, now - days(1), now + days(2)):
        minutes = factories.MinutesFactory(
            review=factories.ReviewFactory(**held), drafted_at=now - days(3), comments_until=until
        )
    factories.MinutesCommentFactory(section__minutes=minutes, author=people[6])
    steps: list[dict[str, Any]] = [
        {"seat": lead_body.seats.get(role=Seat.Role.CHAIR)},
        {"to_body": verifying_body},  # which nobody runs
        {"to_body": lead_body},
        {"to_party": party},
        {"to_party": other_party},  # whose delegates are asked, since nobody heads them
        {},
    ]
    for step in steps:
        factories.DisputeStageFactory(
            dispute__body=lead_body, asked_at=now - days(1), until=now + days(5), **step
        )
    factories.OutcomeFactory(
        item__review__body=lead_body,
        kind=Outcome.Kind.DECISION,
        silence_until=now + days(1),
        text="Open the road",
    )
    for ahead in (0.5, 1, 2.5, 5):
        factories.ReviewFactory(body=lead_body, starts_at=now + days(ahead))
    factories.AddressProblemFactory(address=carol.email, found_at=now - days(1))


def test_the_desk_asks_the_same_of_the_same_people_as_the_digest(
    situations: None, people: list[User]
) -> None:
    now = timezone.now()
    told = {
        (str(planned.kind), str(planned.recipient), planned.title)
        for source in SOURCES
        for planned in source(now - days(20), now)
        if planned.kind not in TOLD and planned.again != "ended"
    }
    same = {"draft": Kind.MINUTES}
    codes = {review.pk: str(review) for review in Review.objects.select_related("body")}
    on_desks = set()
    for user in people:
        place = place_of(user)
        rows = asked_of(place)
        assert how_many(place) == len(rows)
        for row in rows:
            if row.kind in ("finding", "reply", "nomination", Kind.CHECK_IN):
                continue  # no source is about them
            title = row.title
            if row.kind in ("draft", Kind.MINUTES, Kind.COMMENT, Kind.AGENDA):
                title = codes[row.number]
            elif row.kind == Kind.ADDRESS:
                title = f"{row.title}, {row.reference}"
            on_desks.add((str(same.get(row.kind, row.kind)), str(user), title))
    assert on_desks == told
    asked_for = {kind for kind, _who, _title in told}
    assert asked_for == set(Kind.values) - {*TOLD, Kind.CHECK_IN, Kind.ESCALATION}


# --- What the digest does not have ----------------------------------------------------------------


def test_a_check_in_is_before_its_focal_point_until_it_is_answered(
    obligation: Obligation, commitment: Commitment, alice: User, dave: User, coordinator: User
) -> None:
    cast = (alice, dave, coordinator)
    assert [asked(user) for user in cast] == [[], [], []]
    question = factories.OccurrenceFactory(obligation=obligation, recipient=alice)
    mine = [("check-in", commitment.title)]
    assert [asked(user) for user in cast] == [mine, [], []]
    page = says(browser(alice).get("/"))
    assert "1 thing needs you." in page
    assert "Check-ins that you owe 1" in page
    question.state = question.State.ANSWERED
    question.save()
    assert asked(alice) == []
    # The day has come, and the scheduler has not asked yet.
    Obligation.objects.update(next_check_in_at=timezone.now())
    assert asked(alice) == mine
    Obligation.objects.update(is_suspended=True)
    assert asked(alice) == []


def test_a_silence_that_has_come_to_somebody_is_before_them_once_until_it_ends(
    obligation: Obligation, process: Process, bob: User, alice: User
) -> None:
    silence = factories.EscalationFactory(obligation=obligation, rung=2)
    for _rung in range(2):
        factories.ReminderFactory(
            process=process,
            kind=Kind.ESCALATION,
            recipient=bob,
            about_type="escalation",
            about_id=silence.pk,
            title="Nobody reported",
        )
    assert (asked(bob), asked(alice)) == ([("escalation", "Nobody reported")], [])
    silence.stopped_at = timezone.now()
    silence.save()
    assert asked(bob) == []


def test_a_finding_waits_for_somebody_else_of_the_body_and_for_a_coordinator_where_it_has_nobody(
    obligation: Obligation,
    process: Process,
    verifying_body: Body,
    carol: User,
    alice: User,
    bob: User,
    coordinator: User,
) -> None:
    finding = factories.VerificationFactory(
        obligation=obligation, author=carol, approved_at=None, released_at=None
    )
    cast = (carol, alice, bob, coordinator)
    assert [kinds(user) for user in cast] == [set(), set(), set(), {"finding"}]
    mark = seated(member(process, "Mark", "monitor"), verifying_body, Seat.Role.MEMBER)
    assert [kinds(user) for user in (*cast, mark)] == [set(), set(), set(), set(), {"finding"}]
    # Whoever revised it wrote it too.
    factories.EntryFactory(
        process=process,
        actor=mark,
        verb="verification.revised",
        thing=finding,
    )
    assert kinds(mark) == set()


def test_what_a_finding_was_prepared_on_is_not_to_be_verified_again(
    obligation: Obligation, carol: User
) -> None:
    yesterday = timezone.now() - days(1)
    Obligation.objects.update(reported_level=Level.FULL, reported_at=yesterday)
    assert kinds(carol) == {"verification"}
    factories.VerificationFactory(
        obligation=obligation, author=carol, approved_at=None, released_at=None
    )
    assert kinds(carol) == set()


def test_an_invitation_is_before_those_who_sit_there_on_the_day_until_they_answer(
    process: Process, lead_body: Body, bob: User, alice: User
) -> None:
    day = process.today() + days(6)
    review = factories.ReviewFactory(body=lead_body, held_on=day)
    late = member(process, "Late", "observer")
    factories.TermFactory(seat__body=lead_body, holder=late, starts_on=day - days(1))
    early = member(process, "Early", "observer")
    factories.TermFactory(seat__body=lead_body, holder=early, ends_on=day - days(1))
    cast = (bob, late, early, alice)
    assert [kinds(user) for user in cast] == [{"reply"}, {"reply"}, set(), set()]
    factories.ReplyFactory(review=review, person=bob, answer="not")
    assert kinds(bob) == set()


def test_who_was_named_for_a_seat_is_before_those_who_keep_the_body(
    lead_body: Body, coordinator: User, bob: User, alice: User
) -> None:
    factories.NominationFactory(seat__body=lead_body)
    assert [kinds(user) for user in (coordinator, bob, alice)] == [
        {"nomination"},
        {"nomination"},
        set(),
    ]


# --- The page -----------------------------------------------------------------------------------


def owed(alice: User, party: Party, lead_body: Body, number: int) -> None:
    for _n in range(number):
        one = factories.ObligationFactory(
            commitment__process=party.process,
            commitment__lead_body=lead_body,
            party=party,
            focal_point=alice,
            due_on=party.process.today() - days(3),
        )
        factories.OccurrenceFactory(obligation=one, recipient=alice)


def test_a_desk_costs_the_same_with_one_and_with_a_hundred_things_and_stays_small(
    situations: None,
    process: Process,
    party: Party,
    lead_body: Body,
    alice: User,
    bob: User,
    coordinator: User,
) -> None:
    """Also for somebody of whom everything is asked, with seats to name somebody for."""
    seated(alice, lead_body, Seat.Role.SECRETARY)
    request = factories.SuccessionRequestFactory(
        seat__body=lead_body, seat__party=party, party=party
    )
    assert [held.seat for held in successors_to_name(alice)] == [request.seat]
    reader = browser(alice)
    costs = []
    for more in (1, 9, 90):
        owed(alice, party, lead_body, more)
        factories.EntryFactory.create_batch(
            min(more, 9), process=process, actor=bob, thing=lead_body
        )
        with CaptureQueriesContext(connection) as queries:
            response = reader.get("/")
        costs.append(len(queries))
        assert len(response.content) < 50_000
    assert costs == [costs[0]] * 3
    assert costs[0] <= 20
    page = says(response)
    assert "Check-ins that you owe 100" in page
    assert "and 92 more" in page
    assert page.count("3 days late") == 8
    rest = says(reader.get("/?all=check-in&page=3"))
    assert ("Showing 81 to 100 of 100" in rest, rest.count("3 days late")) == (True, 20)


def test_who_is_in_no_process_is_told_so(db: None) -> None:
    page = says(browser(factories.UserFactory()).get("/"))
    assert "You are a member of no process." in page
    assert "Needs you" not in page


def test_the_next_review_is_named_with_what_the_reader_does_there(
    lead_body: Body, bob: User, alice: User
) -> None:
    factories.ReviewFactory(
        body=lead_body, number=5, starts_at=timezone.now() + dt.timedelta(minutes=18, seconds=30)
    )
    words = "JMC, review 5 opens"
    assert f"{words} in 18 minutes and you chair it." in says(browser(bob).get("/"))
    page = says(browser(alice).get("/"))  # it is among the next, and no duty of hers
    assert ("JMC, review 5" in page, words in page) == (True, False)


def test_actions_of_reviews_are_before_those_who_own_them(
    obligation: Obligation, commitment: Commitment, lead_body: Body, alice: User, dave: User
) -> None:
    def shown(user: User) -> list[str]:
        rows = browser(user).get("/").context["actions"]
        return [one.obligation.commitment.title for one in rows]

    assert shown(alice) == []
    outcome = factories.OutcomeFactory(
        item__review__body=lead_body, kind=Outcome.Kind.ACTION, commitment=commitment
    )
    assert (shown(alice), shown(dave)) == ([commitment.title], [])
    Outcome.objects.filter(pk=outcome.pk).update(withdrawn_at=timezone.now())
    assert shown(alice) == []


def test_the_count_beside_the_desk_is_that_of_the_desk_and_kept_a_minute(
    obligation: Obligation, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert counting.count_for(alice) == 0  # tests of other pages count nothing
    monkeypatch.setattr(counting, "KEPT_FOR", 60)
    caches["pages"].clear()
    factories.OccurrenceFactory(obligation=obligation, recipient=alice)
    assert counting.count_for(alice) == 1
    with CaptureQueriesContext(connection) as queries:
        assert counting.count_for(alice) == 1
    assert len(queries) == 0
    obligation.occurrences.update(state="answered")
    assert counting.count_for(alice) == 1
    browser(alice).get("/")  # the desk itself has counted
    assert counting.count_for(alice) == 0
    caches["pages"].clear()
