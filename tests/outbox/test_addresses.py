"""Addresses that no mail reaches: found, marked, spared, cleared."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts.models import User
from coordination.ledger.models import Entry
from coordination.outbox.actions import clear_problem, deliver, problems_of
from coordination.outbox.addresses import open_problem
from coordination.outbox.models import AddressProblem, Message
from coordination.processes.models import Process
from tests.factories import UserFactory
from tests.threads import at_once

from .sink import Sink

State, Kind = Message.State, AddressProblem.Kind
Waiting = Callable[..., Message]
ALICE = "alice@people.example"

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("step", "answer", "marked"),
    [
        ("RCPT", "550 no such box", True),
        ("RCPT", "550 5.1.1 user unknown", True),
        ("RCPT", "553 5.2.1 mailbox disabled", True),
        ("END", "550 5.1.1 user unknown", True),
        ("END", "550 I do not like it", False),
        ("RCPT", "552 mailbox full", False),
        ("RCPT", "552 5.2.2 mailbox full", False),
        ("RCPT", "554 5.7.1 relay access denied", False),
        ("RCPT", "550 5.7.1 listed as a sender of spam", False),
        ("RCPT", "550 5.1.8 your domain does not exist", False),
        ("MAIL", "550 you may not send", False),
        ("RCPT", "450 4.1.1 greylisted", False),
    ],
)
def test_an_address_is_marked_when_the_server_says_that_it_is_none(
    sink: Sink, waiting: Waiting, step: str, answer: str, marked: bool
) -> None:
    message = waiting()
    sink.say(step, answer)
    deliver()
    found = list(AddressProblem.objects.values_list("address", "kind", "answer", "message"))
    assert found == ([(ALICE, Kind.BOUNCED, answer, message.pk)] if marked else [])


def test_nothing_is_sent_to_a_marked_address_and_the_log_says_why(
    sink: Sink, waiting: Waiting
) -> None:
    open_problem("Alice@People.example", Kind.COMPLAINED, "")
    spared, other = waiting(), waiting("other@people.example")
    deliver()
    spared.refresh_from_db()
    assert spared.state == State.FAILED
    assert spared.error == (
        f"The holder of this address marked a mail as spam on {timezone.now():%d %b %Y}. "
        "Nothing is sent there until a coordinator clears it."
    )
    assert sink.recipients == [other.to_address]


@pytest.mark.django_db(transaction=True)
def test_an_address_that_is_marked_while_a_batch_is_sent_is_spared(
    sink: Sink, waiting: Waiting
) -> None:
    first, second = waiting(), waiting()
    sink.say("END", "550 5.1.1 user unknown")
    deliver()
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.error == "550 5.1.1 user unknown"
    assert second.error.startswith("Mail to this address came back on ")
    assert sink.accepted == []


def test_a_mail_about_an_account_is_tried_all_the_same(sink: Sink, waiting: Waiting) -> None:
    open_problem(ALICE, Kind.BOUNCED, "550")
    waiting(process=None, kind="account")
    deliver()
    assert sink.recipients == [ALICE]


def test_problems_are_found_for_many_addresses_in_one_query(
    django_assert_num_queries: Any,
) -> None:
    open_problem("one@people.example", Kind.BOUNCED, "550")
    with django_assert_num_queries(1):
        found = problems_of(["One@people.example", "two@people.example"])
    assert {address: one.kind for address, one in found.items()} == {
        "One@people.example": Kind.BOUNCED
    }


@pytest.mark.django_db(transaction=True)
def test_two_who_find_it_at_once_mark_it_once() -> None:
    at_once(*[lambda: open_problem(ALICE, Kind.BOUNCED, "550")] * 2)
    assert AddressProblem.objects.count() == 1


def test_a_coordinator_of_a_shared_process_clears_it(
    sink: Sink, waiting: Waiting, coordinator: User
) -> None:
    open_problem(ALICE, Kind.BOUNCED, "550 no such box")
    problem = AddressProblem.objects.get()
    waiting()
    for _click in range(2):
        clear_problem(actor=coordinator, problem=problem, origin="web")
    deliver()
    assert sink.recipients == [ALICE]
    assert list(Entry.objects.values_list("verb", "summary")) == [
        ("address.cleared", "Cora says that an address that failed takes mail again")
    ]
    assert open_problem(ALICE, Kind.BOUNCED, "550") is True


def test_whoever_shares_no_process_does_not_clear_it(
    waiting: Waiting, alice: User, outsider: User, coordinator: User
) -> None:
    open_problem(ALICE, Kind.BOUNCED, "550")
    problem = AddressProblem.objects.get()
    for actor in (alice, outsider):
        with pytest.raises(PermissionDenied):
            clear_problem(actor=actor, problem=problem, origin="web")
    clear_problem(actor=UserFactory(is_staff=True), problem=problem, origin="admin")
    assert problems_of([ALICE]) == {}


def test_who_is_in_no_process_is_entered_in_none(process: Process) -> None:
    person = UserFactory()
    open_problem(person.email, Kind.BOUNCED, "550")
    problem = AddressProblem.objects.get()
    clear_problem(actor=UserFactory(is_staff=True), problem=problem, origin="admin")
    assert problems_of([person.email]) == {}
    assert list(Entry.objects.values_list("verb", flat=True)) == []
