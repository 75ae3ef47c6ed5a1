"""Who takes a seat and who leaves it, and which seats are vacant."""

import datetime as dt
import functools
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from coordination.base.dates import day_starts_at
from coordination.bodies import access
from coordination.bodies.actions import seats as actions
from coordination.bodies.models import Body, Seat, Term
from coordination.bodies.vacancies import holding, unfilled
from coordination.ledger.actions import verify
from coordination.ledger.models import Entry
from coordination.processes.models import Party, Process
from tests import factories
from tests.bodies.seating import (
    DAY,
    refusal,
    says,
    verbs,
)
from tests.threads import at_once

# --- A new term -----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_person_takes_a_seat_for_a_term(
    seat: Seat, alice: User, ana: User, today: dt.date, by: Any, process: Process
) -> None:
    term = actions.seat_person(
        seat=seat,
        holder=alice,
        alternate=ana,
        starts_on=today,
        ends_on=today + 9 * DAY,
        tenure=" while in office ",
        **by,
    )
    term.refresh_from_db()
    assert (term.holder, term.alternate, term.tenure) == (alice, ana, "while in office")
    entry = Entry.objects.latest("sequence")
    assert entry.verb == "seat.taken"
    assert (
        entry.summary
        == f"Alice takes JMC 30006: Member, from {says(today)} to {says(today + 9 * DAY)}"
    )
    assert (entry.before, entry.after["holder_id"]) == ({}, alice.pk)
    assert list(verify(process)) == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("starts", "ends", "words", "field"),
    [
        (-5, -1, None, None),
        (-5, 0, "Ana holds the seat from {0} on: let this term end before.", "ends_on"),
        (-5, None, "Ana holds the seat from {0} on: let this term end before.", "ends_on"),
        (0, 0, "Ana holds the seat from {0} to {9}: choose a later day.", "starts_on"),
        (9, 12, "Ana holds the seat from {0} to {9}: choose a later day.", "starts_on"),
        (10, 19, None, None),
        (10, 20, "Ana holds the seat from {20} on: let this term end before.", "ends_on"),
        (10, None, "Ana holds the seat from {20} on: let this term end before.", "ends_on"),
        (
            25,
            None,
            "Ana holds the seat since {20}: end that term first, or hand over.",
            "starts_on",
        ),
    ],
)
def test_terms_of_a_seat_never_overlap(
    seat: Seat,
    alice: User,
    ana: User,
    today: dt.date,
    by: Any,
    starts: int,
    ends: int | None,
    words: str | None,
    field: str | None,
) -> None:
    """Ana holds it for ten days from today on, and again from the twentieth on."""
    factories.TermFactory(seat=seat, holder=ana, starts_on=today, ends_on=today + 9 * DAY)
    factories.TermFactory(seat=seat, holder=ana, starts_on=today + 20 * DAY)
    given = {
        "seat": seat,
        "holder": alice,
        "starts_on": today + starts * DAY,
        "ends_on": None if ends is None else today + ends * DAY,
    }
    if words is None:
        assert actions.seat_person(**given, **by).holder == alice
    else:
        days = [says(today + n * DAY) for n in range(30)]
        assert refusal(actions.seat_person, **given, **by) == (words.format(*days), field)
        assert Term.objects.filter(seat=seat).count() == 2
        assert not Entry.objects.filter(verb="seat.taken").exists()


@pytest.mark.django_db
def test_nobody_sits_in_a_seat_or_body_that_is_not_there(
    seat: Seat, alice: User, today: dt.date, by: Any
) -> None:
    seat.started_on, seat.ended_on = today, today + 10 * DAY
    seat.save()
    seat.body.established_on, seat.body.ended_on = today + DAY, today + 8 * DAY
    seat.body.save()
    take = functools.partial(refusal, actions.seat_person, seat=seat, holder=alice, **by)
    late = f"The seat ends on {says(today + 8 * DAY)}: choose an earlier day."
    assert take(starts_on=today) == (
        f"The seat is there from {says(today + DAY)} on: choose a later day.",
        "starts_on",
    )
    assert take(starts_on=today + 8 * DAY) == (late, "starts_on")
    assert take(starts_on=today + DAY, ends_on=today + 8 * DAY) == (late, "ends_on")
    assert take(starts_on=today + 3 * DAY, ends_on=today + 2 * DAY) == (
        "A term ends after it starts.",
        "ends_on",
    )
    actions.seat_person(
        seat=seat, holder=alice, starts_on=today + DAY, ends_on=today + 7 * DAY, **by
    )


@pytest.mark.django_db
def test_only_members_who_act_for_the_seats_party_or_for_none_sit_in_it(
    seat: Seat, alice: User, dave: User, carol: User, outsider: User, today: dt.date, by: Any
) -> None:
    take = functools.partial(refusal, actions.seat_person, seat=seat, starts_on=today, **by)
    assert take(holder=dave) == ("Dave acts for Bellonia, and the seat is for Avaria.", "holder")
    assert take(holder=outsider) == (
        "Oscar is not a member of the process: add them first.",
        "holder",
    )
    assert take(holder=alice, alternate=alice) == (
        "The alternate is somebody else than the holder.",
        "alternate",
    )
    assert take(holder=alice, alternate=dave)[1] == "alternate"
    User.objects.filter(pk=alice.pk).update(is_active=False)
    alice.refresh_from_db()
    assert take(holder=alice)[1] == "holder"
    assert actions.seat_person(seat=seat, holder=carol, starts_on=today, **by).holder == carol


@pytest.mark.django_db
def test_who_left_the_process_takes_no_seat(
    seat: Seat, alice: User, today: dt.date, by: Any
) -> None:
    alice.memberships.update(ended_at=timezone.now())
    assert refusal(actions.seat_person, seat=seat, holder=alice, starts_on=today, **by) == (
        "Alice is not a member of the process: add them first.",
        "holder",
    )


@pytest.mark.django_db
def test_who_acts_for_the_party_by_an_affiliation_may_sit_while_it_holds(
    seat: Seat, dave: User, other_party: Party, party: Party, today: dt.date, by: Any
) -> None:
    factories.AffiliationFactory(
        party=other_party, other=party, kind="acts_for", started_on=today + DAY
    )
    take = {"seat": seat, "holder": dave, **by}
    assert refusal(actions.seat_person, starts_on=today, **take)[1] == "holder"
    assert actions.seat_person(starts_on=today + DAY, **take).holder == dave


@pytest.mark.django_db
def test_a_part_of_the_party_does_not_act_for_it(
    seat: Seat, dave: User, other_party: Party, party: Party, today: dt.date, by: Any
) -> None:
    factories.AffiliationFactory(party=other_party, other=party, kind="part_of")
    assert refusal(actions.seat_person, seat=seat, holder=dave, starts_on=today, **by)[1]


@pytest.mark.django_db
def test_anybody_of_the_process_may_sit_by_function(
    lead_body: Body, dave: User, today: dt.date, by: Any
) -> None:
    seat = factories.SeatFactory(body=lead_body, party=None)
    assert actions.seat_person(seat=seat, holder=dave, starts_on=today, **by).holder == dave


@pytest.mark.django_db(transaction=True)
def test_two_who_take_a_seat_at_once_do_not_share_it(
    seat: Seat, alice: User, ana: User, today: dt.date, by: Any
) -> None:
    take = functools.partial(actions.seat_person, seat=seat, starts_on=today, **by)
    results = at_once(functools.partial(take, holder=alice), functools.partial(take, holder=ana))
    assert sorted(type(one).__name__ for one in results) == ["Refused", "Term"]
    assert seat.terms.count() == 1


# --- The end of a term, and handing over ----------------------------------------------------------


@pytest.mark.django_db
def test_a_term_gets_its_last_day_and_a_handover_note(
    seat: Seat, alice: User, today: dt.date, by: Any
) -> None:
    term = factories.TermFactory(seat=seat, holder=alice, starts_on=today - 5 * DAY)
    assert refusal(actions.end_term, term=term, ends_on=today - 6 * DAY, **by) == (
        f"This term started on {says(today - 5 * DAY)}: choose that day or a later one.",
        "ends_on",
    )
    actions.end_term(term=term, ends_on=today, handover="The keys are in the safe.", **by)
    actions.end_term(term=term, ends_on=today, **by)
    term.refresh_from_db()
    assert (term.ends_on, term.handover) == (today, "The keys are in the safe.")
    (entry,) = Entry.objects.filter(verb="term.ended")
    assert entry.before == {"ends_on": None, "handover": ""}
    assert entry.after == {"ends_on": today.isoformat(), "handover": "The keys are in the safe."}


@pytest.mark.django_db
def test_a_term_that_is_over_stays_as_it_was(
    seat: Seat, alice: User, ana: User, today: dt.date, by: Any
) -> None:
    term = factories.TermFactory(
        seat=seat, holder=alice, starts_on=today - 9 * DAY, ends_on=today - DAY
    )
    sentence = f"The term of Alice ended on {says(today - DAY)} and stays as it was."
    assert refusal(actions.end_term, term=term, ends_on=today, **by) == (sentence, None)
    assert refusal(actions.name_alternate, term=term, alternate=ana, **by) == (sentence, None)
    assert refusal(actions.hand_over, seat=seat, to=ana, on=today - 3 * DAY, **by) == (
        sentence,
        "on",
    )


@pytest.mark.django_db
def test_a_longer_term_does_not_reach_into_the_next(
    seat: Seat, alice: User, ana: User, today: dt.date, by: Any
) -> None:
    term = factories.TermFactory(seat=seat, holder=alice, starts_on=today, ends_on=today)
    factories.TermFactory(seat=seat, holder=ana, starts_on=today + 5 * DAY)
    assert refusal(actions.end_term, term=term, ends_on=today + 5 * DAY, **by) == (
        f"Ana holds the seat from {says(today + 5 * DAY)} on: let this term end before.",
        "ends_on",
    )
    actions.end_term(term=term, ends_on=today + 4 * DAY, **by)


@pytest.mark.django_db
def test_an_alternate_is_named_and_taken_back(
    seat: Seat, alice: User, ana: User, dave: User, by: Any
) -> None:
    term = factories.TermFactory(seat=seat, holder=alice)
    assert refusal(actions.name_alternate, term=term, alternate=alice, **by)[1] == "alternate"
    assert refusal(actions.name_alternate, term=term, alternate=dave, **by)[1] == "alternate"
    for alternate in (ana, ana, None):
        actions.name_alternate(term=term, alternate=alternate, **by)
        term.refresh_from_db()
        assert term.alternate == alternate
    assert verbs().count("term.alternate") == 2


@pytest.mark.django_db
def test_a_handover_ends_one_term_and_begins_the_next(
    seat: Seat, alice: User, ana: User, today: dt.date, by: Any
) -> None:
    old = factories.TermFactory(seat=seat, holder=alice, starts_on=today - 5 * DAY)
    new = actions.hand_over(seat=seat, to=ana, on=today + 3 * DAY, handover="Ask the IPTF.", **by)
    old.refresh_from_db()
    assert (old.ends_on, old.handover) == (today + 2 * DAY, "Ask the IPTF.")
    assert (new.starts_on, new.ends_on, new.holder) == (today + 3 * DAY, None, ana)
    assert verbs()[-2:] == ["term.ended", "seat.taken"]


@pytest.mark.django_db
def test_a_handover_that_is_refused_changes_nothing(
    seat: Seat, alice: User, ana: User, dave: User, today: dt.date, by: Any
) -> None:
    give = functools.partial(refusal, actions.hand_over, seat=seat, **by)
    assert give(to=ana, on=today) == (
        "Nobody holds the seat on the day before: seat the person instead.",
        "on",
    )
    term = factories.TermFactory(seat=seat, holder=alice, starts_on=today)
    assert give(to=ana, on=today)[1] == "on"
    assert give(to=alice, on=today + DAY) == ("Alice holds the seat already.", "to")
    assert give(to=dave, on=today + DAY)[1] == "to"
    seat.ended_on = today + DAY
    seat.save()
    assert give(to=ana, on=today + DAY)[1] == "on"
    term.refresh_from_db()
    assert (term.ends_on, Term.objects.filter(seat=seat).count()) == (None, 1)


# --- Vacant or not, by the process's calendar -----------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/Sarajevo"])
def test_a_seat_falls_vacant_at_midnight_in_the_processs_zone(
    process: Process, seat: Seat, alice: User, zone: str
) -> None:
    process.time_zone = zone
    process.save()
    last = dt.date(2026, 3, 28)
    factories.TermFactory(seat=seat, holder=alice, starts_on=last - 9 * DAY, ends_on=last)
    seat = Seat.objects.select_related("body__process").get(pk=seat.pk)
    midnight = day_starts_at(last + DAY, process.zone)
    with time_machine.travel(midnight - dt.timedelta(seconds=1), tick=False):
        held = holding(seat)
        assert (held.is_vacant, held.days_left, held.falls_vacant_on) == (False, 0, last + DAY)
        assert seat.pk in unfilled(process, process.today()).falling
    with time_machine.travel(midnight, tick=False):
        held = holding(seat)
        assert (held.is_vacant, held.vacant_since, held.last.holder) == (True, last + DAY, alice)
        assert seat.pk in unfilled(process, process.today()).vacant


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("terms", "vacant", "falls", "soon", "wants"),
    [
        ([], True, None, False, True),
        ([(-9, -1)], True, None, False, True),
        ([(-9, None)], False, None, False, False),
        ([(-9, 0)], False, 1, True, True),
        ([(-9, 30)], False, 31, True, True),
        ([(-9, 31)], False, 32, False, True),
        ([(-9, 60)], False, 61, False, True),
        ([(-9, 61)], False, 62, False, False),
        ([(-9, 5), (6, None)], False, None, False, False),
        ([(-9, 5), (6, 40)], False, 41, False, True),
        ([(-9, 5), (6, 400)], False, 401, False, False),
        ([(-9, 5), (8, None)], False, 6, True, False),
        ([(3, None)], True, None, False, False),
    ],
)
def test_which_seats_want_a_successor(
    process: Process,
    seat: Seat,
    ana: User,
    today: dt.date,
    terms: list[tuple[int, int | None]],
    vacant: bool,
    falls: int | None,
    soon: bool,
    wants: bool,
) -> None:
    for starts, ends in terms:
        factories.TermFactory(
            seat=seat,
            holder=ana,
            starts_on=today + starts * DAY,
            ends_on=None if ends is None else today + ends * DAY,
        )
    held = holding(seat)
    assert held.is_vacant == vacant
    assert held.falls_vacant_on == (None if falls is None else today + falls * DAY)
    assert (held.ends_soon, held.wants_successor) == (soon, wants)
    found = unfilled(process, today)
    assert (found.vacant == [seat.pk], found.falling == [seat.pk]) == (vacant, held.falls_vacant)


@pytest.mark.django_db
def test_a_seat_that_ends_with_its_term_does_not_fall_vacant(
    process: Process, seat: Seat, ana: User, today: dt.date
) -> None:
    factories.TermFactory(seat=seat, holder=ana, ends_on=today + 4 * DAY)
    seat.body.ended_on = today + 5 * DAY
    seat.body.save()
    assert (holding(seat).falls_vacant_on, unfilled(process, today).falling) == (None, [])
    later = unfilled(process, today + 5 * DAY)
    assert (later.seats, later.vacant, later.falling) == (0, [], [])
    assert not holding(seat, today + 5 * DAY).is_vacant


# --- Who may --------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_rights_over_many_seats_are_those_over_each(
    process: Process,
    lead_body: Body,
    verifying_body: Body,
    party: Party,
    other_party: Party,
    guarantor: Party,
    alice: User,
    bob: User,
    carol: User,
    dave: User,
    coordinator: User,
    outsider: User,
) -> None:
    factories.AffiliationFactory(party=guarantor, other=other_party, kind="acts_for")
    seats = [
        factories.SeatFactory(body=body, party=one)
        for body in (lead_body, verifying_body)
        for one in (party, other_party, None)
    ]
    for user in (alice, bob, carol, dave, coordinator, outsider):
        rights = access.rights(user, process)
        for seat in seats:
            assert (rights.may_keep(seat), rights.may_nominate(seat)) == (
                access.may_keep(user, seat.body),
                access.may_nominate(user, seat),
            )


@pytest.mark.django_db
def test_who_assigns_the_parts_of_seats_and_bodies_keeps_the_body_of_each(
    process: Process, lead_body: Body, verifying_body: Body, bob: User, coordinator: User
) -> None:
    own = [lead_body, *factories.SeatFactory.create_batch(3, body=lead_body)]
    other = factories.SeatFactory(body=verifying_body)
    foreign = factories.SeatFactory()
    for user, holders, may in (
        (bob, [], True),
        (bob, own, True),
        (bob, [*own, other], False),
        (bob, [verifying_body], False),
        (coordinator, [*own, other, verifying_body], True),
        (coordinator, [*own, foreign], False),
    ):
        assert access.may_assign(user, holders) == may


@pytest.mark.django_db
def test_how_many_parts_are_assigned_does_not_make_it_slower_to_say_who_may(
    lead_body: Body, bob: User
) -> None:
    factories.SeatFactory.create_batch(9, body=lead_body)
    counts = []
    for many in (1, 9):
        seats = list(Seat.objects.filter(body=lead_body)[:many])
        with CaptureQueriesContext(connection) as captured:
            assert access.may_assign(bob, seats)
        counts.append(len(captured))
    assert counts[0] == counts[1]
