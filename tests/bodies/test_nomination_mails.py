"""Who is mailed about a nomination, and what the mail says."""

import functools
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from coordination.bodies import access
from coordination.bodies.actions import succession
from coordination.bodies.models import Body, Nomination, Seat
from coordination.outbox.actions import deliver
from coordination.outbox.models import Message
from coordination.processes.models import Process
from tests import factories
from tests.bodies.seating import DAY, proposed, says
from tests.conftest import member

pytestmark = pytest.mark.django_db


def mails(**found: Any) -> list[tuple[str, str]]:
    """To whom, and what became of it."""
    rows = Message.objects.filter(kind="nomination", **found).order_by("recipient__name", "pk")
    return [(mail.recipient.name, mail.state) for mail in rows]


@pytest.fixture
def secretary(process: Process, seat: Seat) -> User:
    """The secretary, whose alternate left the process."""
    sits = member(process, "Sita", "monitor")
    left = member(process, "Lars", "monitor")
    factories.TermFactory(
        seat__body=seat.body,
        seat__role="secretary",
        seat__number=30001,
        holder=sits,
        alternate=left,
    )
    left.memberships.update(ended_at=timezone.now())
    return sits


def test_a_new_nomination_is_told_to_everybody_who_keeps_the_body(
    seat: Seat, alice: User, bob: User, coordinator: User, secretary: User
) -> None:
    nomination = proposed(seat, alice)
    waits = [("Bob", "pending"), ("Cora", "pending"), ("Sita", "pending")]
    assert mails(about_id=nomination.pk) == waits
    assert Message.objects.get(recipient=bob).reason == (
        "Alice proposed Ana Kos for JMC 30006: Member; Bob keeps the body."
    )


def test_who_keeps_a_body_is_the_same_for_all_and_for_one(
    process: Process,
    seat: Seat,
    verifying_body: Body,
    alice: User,
    bob: User,
    carol: User,
    dave: User,
    coordinator: User,
    outsider: User,
    secretary: User,
) -> None:
    people = list(User.objects.all())
    for body in (seat.body, verifying_body):
        body.process = process
        assert set(access.keepers(body)) == {one for one in people if access.may_keep(one, body)}


def test_nobody_is_mailed_about_what_they_did_themselves(
    seat: Seat, alice: User, bob: User, coordinator: User
) -> None:
    nomination = proposed(seat, bob)
    assert mails() == [("Cora", "pending")]
    succession.withdraw_nomination(nomination=nomination, actor=bob, origin="web")
    assert mails() == [("Cora", "superseded")]


@pytest.mark.parametrize(
    ("action", "given", "words", "then"),
    [
        (succession.accept_nomination, {}, "Cora accepted Ana Kos", "The term is recorded."),
        (
            succession.decline_nomination,
            {"reason": "Sits <elsewhere>."},
            "Cora declined Ana Kos",
            "Somebody else can be named for the seat.",
        ),
        (
            succession.withdraw_nomination,
            {},
            "Cora withdrew the nomination of Ana Kos",
            "Somebody else can be named for the seat.",
        ),
    ],
)
def test_who_made_a_nomination_is_told_what_came_of_it(
    seat: Seat,
    alice: User,
    ana: User,
    bob: User,
    by: Any,
    action: Any,
    given: dict[str, str],
    words: str,
    then: str,
) -> None:
    nomination = proposed(seat, alice)
    action(nomination=nomination, **given, **by)
    assert mails() == [("Alice", "pending"), ("Bob", "superseded"), ("Cora", "superseded")]
    deliver()
    mail = Message.objects.get(recipient=alice)
    assert mail.subject == f"{words}: JMC seat 30006, Member"
    assert f"{words}, Deputy minister." in mail.body_text
    assert then in mail.body_text
    assert then in mail.body_html
    assert ("Reason: Sits <elsewhere>." in mail.body_text) == bool(given)
    assert ("<i>Sits &lt;elsewhere&gt;.</i>" in mail.body_html) == bool(given)
    assert "You got this because you made the nomination." in mail.body_text


def test_the_mail_about_a_new_nomination_says_who_for_which_seat_and_from_when(
    seat: Seat, alice: User, bob: User
) -> None:
    nomination = proposed(seat, alice, ends_on=seat.body.process.today() + 9 * DAY)
    mail = Message.objects.get(recipient=bob)
    address = f"http://testserver/p/valley/seats/{seat.pk}/"
    first, last = says(nomination.starts_on), says(nomination.starts_on + 9 * DAY)
    assert mail.subject == "Alice proposes Ana Kos: JMC seat 30006, Member"
    for line in (
        "Joint Military Commission\nSEAT 30006, MEMBER\n",
        "Alice proposes Ana Kos, Deputy minister.\nBob, please accept or decline.\n",
        f"The seat:      {address}\n",
        "For:           Avaria\n",
        f"Term:          {first} to {last}\n",
        "Proposed by:   Alice\n",
        "You got this because you keep what is recorded of JMC.",
    ):
        assert line in mail.body_text
    for text in (f'href="{address}"', "Bob, please accept or decline.", f"{first} to {last}"):
        assert text in mail.body_html
    assert "ana@people.example" not in mail.body_text + mail.body_html  # the page has it


def test_who_left_the_process_is_told_nothing(seat: Seat, alice: User, ana: User, by: Any) -> None:
    nomination = proposed(seat, alice)
    alice.memberships.update(ended_at=timezone.now())
    succession.accept_nomination(nomination=nomination, **by)
    assert mails(recipient=alice) == []


def test_a_nomination_that_is_refused_mails_nobody(seat: Seat, alice: User, bob: User) -> None:
    decline = functools.partial(succession.decline_nomination, actor=bob, origin="web")
    nomination = proposed(seat, alice)
    Message.objects.all().delete()
    for again in (
        functools.partial(decline, nomination=nomination, reason=" "),
        functools.partial(proposed, seat, alice),
    ):
        with pytest.raises(succession.Refused):
            again()
    assert (mails(), Nomination.objects.count()) == ([], 1)
