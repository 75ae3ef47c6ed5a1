"""How a party is asked to name who takes a seat, whom it names, and what comes of it."""

import datetime as dt
import functools
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts.models import User
from coordination.base.dates import day_starts_at
from coordination.base.errors import Refused
from coordination.bodies.actions import seats as actions
from coordination.bodies.actions import succession
from coordination.bodies.models import Body, Seat, SuccessionRequest, Term
from coordination.bodies.vacancies import holding, people_to_ask
from coordination.ledger.actions import verify
from coordination.ledger.models import Entry
from coordination.outbox.actions import deliver
from coordination.outbox.models import Message
from coordination.processes.models import Party, Process
from tests import factories
from tests.bodies.seating import (
    DAY,
    proposed,
    refusal,
    says,
    verbs,
)
from tests.conftest import member
from tests.threads import at_once

# --- Asking for a successor -----------------------------------------------------------------------


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


# --- Nominations ----------------------------------------------------------------------------------


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


# --- At the same moment ---------------------------------------------------------------------------


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
