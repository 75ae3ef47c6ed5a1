"""Who takes a seat and who leaves it, and how a party is asked to name the next."""

import datetime as dt
import functools
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts.models import User
from coordination.base.dates import day_starts_at
from coordination.base.errors import Refused
from coordination.bodies import access
from coordination.bodies.actions import seats as actions
from coordination.bodies.actions import succession
from coordination.bodies.models import Body, Nomination, Seat, SuccessionRequest, Term
from coordination.bodies.vacancies import holding, people_to_ask, unfilled
from coordination.ledger.actions import verify
from coordination.ledger.models import Entry
from coordination.outbox.actions import deliver
from coordination.outbox.models import Message
from coordination.processes.models import Party, Process
from tests import factories
from tests.conftest import member
from tests.threads import at_once

DAY = dt.timedelta(days=1)


@pytest.fixture
def seat(lead_body: Body, party: Party) -> Seat:
    """A vacant seat of alice’s party, with a number that factories do not reach."""
    return factories.SeatFactory(body=lead_body, number=30006, party=party)


@pytest.fixture
def ana(process: Process, party: Party) -> User:
    """Another delegate of alice's party."""
    return member(process, "Ana", "delegate", party)


@pytest.fixture
def today(process: Process) -> dt.date:
    return process.today()


@pytest.fixture
def by(coordinator: User) -> dict[str, Any]:
    return {"actor": coordinator, "origin": "web"}


def refusal(call: Any, **given: Any) -> tuple[str, str | None]:
    with pytest.raises(Refused) as caught:
        call(**given)
    return caught.value.message, caught.value.field


def says(day: dt.date) -> str:
    return f"{day.day} {day:%b %Y}"


def verbs() -> list[str]:
    return list(Entry.objects.order_by("sequence").values_list("verb", flat=True))


# --- A new term ---------------------------------------------------------------------------------


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


# --- The end of a term, and handing over --------------------------------------------------------


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


# --- Vacant or not, by the process's calendar ---------------------------------------------------


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


# --- Asking for a successor ---------------------------------------------------------------------


@pytest.mark.django_db
def test_each_who_acts_for_the_party_gets_one_mail(
    process: Process,
    seat: Seat,
    alice: User,
    ana: User,
    dave: User,
    carol: User,
    other_party: Party,
    party: Party,
    today: dt.date,
    by: Any,
) -> None:
    factories.AffiliationFactory(party=other_party, other=party, kind="acts_for")
    gone = member(process, "Gone", "delegate", party)
    gone.memberships.update(ended_at=timezone.now())
    closed = member(process, "Closed", "delegate", party)
    User.objects.filter(pk=closed.pk).update(is_active=False)
    assert people_to_ask(seat, today) == [alice, ana, dave]
    request = succession.ask_for_successor(seat=seat, words=" By Friday, please. ", **by)
    assert (request.party, request.words) == (party, "By Friday, please.")
    assert set(request.asked.all()) == {alice, ana, dave}
    mails = Message.objects.filter(kind="succession")
    assert sorted(mail.recipient.name for mail in mails) == ["Alice", "Ana", "Dave"]
    assert {(mail.about_type, mail.about_id) for mail in mails} == {
        ("successionrequest", request.pk)
    }
    assert mails.get(recipient=alice).reason == (
        "Cora asked Avaria to name a successor for JMC 30006: Member; Alice acts for it."
    )
    assert verbs()[-1] == "succession.asked"


@pytest.mark.django_db
def test_the_mail_says_who_asks_for_which_seat_and_since_when(
    seat: Seat, alice: User, ana: User, dave: User, today: dt.date, by: Any
) -> None:
    factories.RoleTermsFactory(
        body=seat.body, role="member", authority="Speaks & votes for <its party>."
    )
    factories.TermFactory(seat=seat, holder=ana, starts_on=today - 9 * DAY, ends_on=today - 2 * DAY)
    succession.ask_for_successor(seat=seat, words="We meet <b>on Friday</b> & vote.", **by)
    assert deliver() == 2
    mail = Message.objects.get(recipient=alice)
    assert mail.state == Message.State.KEPT
    assert mail.subject == "Name a successor: JMC seat 30006, Member"
    address = f"http://testserver/p/valley/seats/{seat.pk}/"
    for line in (
        "Joint Military Commission\nSEAT 30006, MEMBER\n",
        f"Vacant since {says(today - DAY)}",
        "Alice, please name who takes this seat for\nAvaria.",
        "Asked by:      Cora\n",
        "We meet <b>on Friday</b> & vote.",
        f"Name a successor:  {address}",
        "Last held by:  Ana",
        "Speaks & votes for <its party>.",
        "You got this because you act for Avaria.",
    ):
        assert line in mail.body_text
    for text in (
        f"Vacant since {says(today - DAY)}",
        f'href="{address}"',
        "We meet &lt;b&gt;on Friday&lt;/b&gt; &amp; vote.",
        "Speaks &amp; votes for &lt;its party&gt;.",
    ):
        assert text in mail.body_html


@pytest.mark.django_db
def test_the_mail_about_a_seat_that_is_held_says_when_it_falls_vacant(
    seat: Seat, alice: User, ana: User, today: dt.date, by: Any
) -> None:
    factories.TermFactory(seat=seat, holder=ana, ends_on=today + 20 * DAY)
    succession.ask_for_successor(seat=seat, **by)
    mail = Message.objects.get(recipient=alice)
    assert f"Falls vacant on {says(today + 21 * DAY)}" in mail.body_text
    assert "Held by:       Ana" in mail.body_text
    assert "writes:" not in mail.body_text + mail.body_html


@pytest.mark.django_db
def test_why_a_successor_cannot_be_asked_for(
    seat: Seat, lead_body: Body, alice: User, carol: User, today: dt.date, by: Any
) -> None:
    ask = functools.partial(refusal, succession.ask_for_successor, seat=seat, **by)
    by_function = factories.SeatFactory(body=lead_body, party=None)
    assert refusal(succession.ask_for_successor, seat=by_function, **by)[0] == (
        "The seat is for no party: there is nobody to ask, seat somebody yourself."
    )
    alice.memberships.update(ended_at=timezone.now())
    assert ask()[0] == (
        "Nobody who acts for Avaria is a member of the process: add a delegate of theirs first, "
        "or seat somebody yourself."
    )
    term = factories.TermFactory(seat=seat, holder=carol, starts_on=today)
    assert ask()[0] == ("The seat is held, and no end is set: set the last day of the term first.")
    term.ends_on = today + 61 * DAY
    term.save()
    assert ask()[0] == (
        f"The seat is held until {says(today + 61 * DAY)}: "
        f"a successor can be asked for from {says(today + DAY)} on."
    )
    term.ends_on = today + 5 * DAY
    term.save()
    factories.TermFactory(seat=seat, holder=carol, starts_on=today + 8 * DAY)
    assert ask()[0] == (
        f"Carol takes the seat on {says(today + 8 * DAY)}: nobody else needs to be named."
    )
    seat.ended_on = today
    seat.save()
    assert ask()[0] == "The seat is not there today: there is nobody to name."
    assert not Message.objects.exists()
    assert not SuccessionRequest.objects.exists()


@pytest.mark.django_db
def test_a_party_is_asked_once_a_day_of_the_process_and_each_time_is_kept(
    process: Process, seat: Seat, alice: User, by: Any
) -> None:
    evening = day_starts_at(process.today() + 10 * DAY, process.zone) - dt.timedelta(minutes=1)
    ask = functools.partial(succession.ask_for_successor, seat=seat, **by)
    with time_machine.travel(evening, tick=False):
        ask()
        assert refusal(ask)[0] == (
            "Cora asked today already: the party can be asked again tomorrow."
        )
    with time_machine.travel(evening + dt.timedelta(minutes=2), tick=False):
        ask()
        days = [process.today() - DAY, process.today()]
        assert holding(seat).asked_on == days
    assert SuccessionRequest.objects.count() == 2
    states = Message.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["superseded", "pending"]  # the first had not left


@pytest.mark.django_db
def test_what_was_asked_before_the_last_holder_is_not_asked_of_the_next(
    seat: Seat, ana: User, today: dt.date
) -> None:
    def asked(days_ago: int) -> None:
        factories.SuccessionRequestFactory(
            seat=seat, asked_at=timezone.now() - days_ago * DAY, party=seat.party
        )

    for days_ago in (30, 20, 4):
        asked(days_ago)
    factories.TermFactory(
        seat=seat, holder=ana, starts_on=today - 10 * DAY, ends_on=today - 5 * DAY
    )
    assert holding(seat).asked_on == [today - 4 * DAY]
    assert holding(seat, today - 15 * DAY).asked_on == [today - 30 * DAY, today - 20 * DAY]


@pytest.mark.django_db
def test_a_mail_that_waits_is_taken_back_once_the_seat_is_taken(
    seat: Seat, alice: User, ana: User, today: dt.date, by: Any
) -> None:
    succession.ask_for_successor(seat=seat, **by)
    actions.seat_person(
        seat=seat, holder=ana, starts_on=today - 9 * DAY, ends_on=today - 8 * DAY, **by
    )
    assert set(Message.objects.values_list("state", flat=True)) == {"pending"}
    actions.seat_person(seat=seat, holder=ana, starts_on=today, **by)
    assert set(Message.objects.values_list("state", flat=True)) == {"superseded"}


# --- Nominations --------------------------------------------------------------------------------


def proposed(seat: Seat, alice: User, **fields: Any) -> Nomination:
    given = {
        "name": "Ana Kos",
        "email": "Ana@People.example ",
        "starts_on": seat.body.process.today(),
        "function": "Deputy minister",
    }
    return succession.nominate(seat=seat, actor=alice, origin="web", **given | fields)


@pytest.mark.django_db
def test_a_party_proposes_one_person_at_a_time(
    seat: Seat, alice: User, ana: User, today: dt.date, by: Any
) -> None:
    succession.ask_for_successor(seat=seat, **by)
    nomination = proposed(seat, alice)
    assert (nomination.email, nomination.state) == ("ana@people.example", "proposed")
    assert Message.objects.get(recipient=ana).state == "superseded"
    assert refusal(proposed, seat=seat, alice=alice)[0] == (
        "Ana Kos is proposed for this seat already: withdraw that nomination first."
    )
    assert refusal(succession.ask_for_successor, seat=seat, **by)[0] == (
        "Ana Kos is proposed already: accept or decline that first."
    )
    succession.withdraw_nomination(nomination=nomination, actor=alice, origin="web")
    assert refusal(proposed, seat=seat, alice=alice, alternate_email="ANA@people.example") == (
        "The alternate is somebody else: write their address.",
        "alternate_email",
    )
    assert refusal(proposed, seat=seat, alice=alice, ends_on=today - DAY)[1] == "ends_on"
    proposed(seat, alice)
    states = seat.nominations.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["withdrawn", "proposed"]


@pytest.mark.django_db
def test_the_ledger_keeps_no_address_of_who_was_proposed(seat: Seat, alice: User) -> None:
    proposed(seat, alice, alternate_email="b@people.example")
    entry = Entry.objects.latest("sequence")
    assert entry.summary.startswith("Proposed Ana Kos for JMC 30006: Member, from ")
    assert "people.example" not in f"{entry.summary} {entry.before} {entry.after}"


@pytest.mark.django_db
def test_who_is_accepted_holds_the_seat_and_a_running_term_ends_the_day_before(
    seat: Seat, alice: User, ana: User, dave: User, today: dt.date, by: Any, process: Process
) -> None:
    old = factories.TermFactory(seat=seat, holder=alice, starts_on=today - 50 * DAY)
    nomination = proposed(
        seat,
        alice,
        starts_on=today + DAY,
        ends_on=today + 90 * DAY,
        alternate_email="alice@people.example",
    )
    term = succession.accept_nomination(nomination=nomination, **by)
    old.refresh_from_db()
    assert old.ends_on == today
    assert (term.holder, term.alternate, term.ends_on) == (ana, alice, today + 90 * DAY)
    nomination.refresh_from_db()
    assert (nomination.state, nomination.settled_by) == ("seated", by["actor"])
    assert verbs()[-3:] == ["term.ended", "seat.taken", "nomination.seated"]
    assert list(verify(process)) == []


@pytest.mark.django_db
@pytest.mark.parametrize("missing", ["email", "alternate_email"])
def test_nobody_is_seated_who_is_no_member_yet(
    process: Process, seat: Seat, alice: User, ana: User, by: Any, missing: str
) -> None:
    nomination = proposed(seat, alice, **{missing: "New@people.example"})
    factories.UserFactory(email="new@people.example", name="New")
    accept = functools.partial(succession.accept_nomination, nomination=nomination, **by)
    assert refusal(accept)[0] == (
        "Nobody with the address new@people.example is a member yet: add them first."
    )
    nomination.refresh_from_db()
    assert nomination.state == "proposed"
    new = User.objects.get(email="new@people.example")
    factories.MembershipFactory(process=process, user=new, party=seat.party)
    term = accept()
    assert new in (term.holder, term.alternate)


@pytest.mark.django_db
def test_an_acceptance_that_is_refused_ends_no_term(
    seat: Seat, alice: User, dave: User, today: dt.date, by: Any
) -> None:
    old = factories.TermFactory(seat=seat, holder=alice, starts_on=today - 5 * DAY)
    nomination = proposed(seat, alice, email="dave@people.example")
    sentence, _field = refusal(succession.accept_nomination, nomination=nomination, **by)
    assert sentence == "Dave acts for Bellonia, and the seat is for Avaria."
    old.refresh_from_db()
    nomination.refresh_from_db()
    assert (old.ends_on, nomination.state) == (None, "proposed")


@pytest.mark.django_db
def test_a_nomination_is_declined_with_a_reason_and_settled_once(
    seat: Seat, alice: User, ana: User, by: Any
) -> None:
    nomination = proposed(seat, alice)
    decline = functools.partial(succession.decline_nomination, nomination=nomination, **by)
    assert refusal(decline, reason=" ") == (
        "Say why, so that the party can name somebody else.",
        "reason",
    )
    decline(reason="Sits in the court already.")
    nomination.refresh_from_db()
    assert (nomination.state, nomination.reason) == ("declined", "Sits in the court already.")
    for action in (decline, succession.accept_nomination, succession.withdraw_nomination):
        given = {"reason": "Again"} if action is decline else {"nomination": nomination, **by}
        assert refusal(action, **given)[0] == (
            "The nomination of Ana Kos is settled already: declined by Cora."
        )


# --- At the same moment -------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_who_accept_at_once_seat_the_person_once(
    process: Process, seat: Seat, alice: User, ana: User, by: Any
) -> None:
    other = member(process, "Otto", "coordinator")
    nomination = proposed(seat, alice)
    accept = functools.partial(succession.accept_nomination, nomination=nomination, origin="web")
    results = at_once(
        functools.partial(accept, actor=by["actor"]), functools.partial(accept, actor=other)
    )
    (term,) = [one for one in results if isinstance(one, Term)]
    (told,) = [one.message for one in results if isinstance(one, Refused)]
    nomination.refresh_from_db()
    winner = nomination.settled_by
    assert told == f"The nomination of Ana Kos is settled already: seated by {winner}."
    assert list(seat.terms.all()) == [term]
    assert list(verify(process)) == []


@pytest.mark.django_db(transaction=True)
def test_two_who_ask_at_once_ask_once(
    process: Process, seat: Seat, alice: User, ana: User, by: Any
) -> None:
    ask = functools.partial(succession.ask_for_successor, seat=seat, **by)
    results = at_once(ask, ask, ask)
    assert len([one for one in results if isinstance(one, SuccessionRequest)]) == 1
    assert [one.message for one in results if isinstance(one, Refused)] == [
        "Cora asked today already: the party can be asked again tomorrow."
    ] * 2
    assert SuccessionRequest.objects.count() == 1
    assert sorted(mail.recipient.name for mail in Message.objects.all()) == ["Alice", "Ana"]


@pytest.mark.django_db(transaction=True)
def test_two_who_take_a_seat_at_once_do_not_share_it(
    seat: Seat, alice: User, ana: User, today: dt.date, by: Any
) -> None:
    take = functools.partial(actions.seat_person, seat=seat, starts_on=today, **by)
    results = at_once(functools.partial(take, holder=alice), functools.partial(take, holder=ana))
    assert sorted(type(one).__name__ for one in results) == ["Refused", "Term"]
    assert seat.terms.count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_acceptance_and_a_withdrawal_at_once_do_not_both_win(
    seat: Seat, alice: User, ana: User, by: Any
) -> None:
    nomination = proposed(seat, alice)
    results = at_once(
        functools.partial(succession.accept_nomination, nomination=nomination, **by),
        functools.partial(
            succession.withdraw_nomination, nomination=nomination, actor=alice, origin="web"
        ),
    )
    assert len([one for one in results if isinstance(one, Refused)]) == 1
    nomination.refresh_from_db()
    assert seat.terms.count() == (1 if nomination.state == "seated" else 0)


# --- Who may ------------------------------------------------------------------------------------


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
