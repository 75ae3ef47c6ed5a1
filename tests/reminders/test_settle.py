"""What was answered another way, and mails that nobody needs any more."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from coordination.commitments.actions import submit_check_in
from coordination.commitments.models import Level, Obligation
from coordination.ledger.actions import Origin
from coordination.outbox.models import Message
from coordination.reminders.actions import Tick, settle, tick
from coordination.reminders.models import Occurrence, Reminder
from tests import factories
from tests.threads import at_once

from .conftest import make_due

State = Occurrence.State


def report(obligation: Obligation, **fields: Any) -> Any:
    author = obligation.focal_point or factories.UserFactory()
    return submit_check_in(
        obligation=obligation, author=author, level=Level.MINIMUM, origin=Origin.WEB, **fields
    )[0]


@pytest.mark.django_db
def test_a_report_made_elsewhere_closes_the_question_and_withdraws_the_mail(
    obligation: Obligation, asked: Any
) -> None:
    occurrence, _token = asked()
    check_in = report(obligation)
    assert tick() == Tick(answered=1)
    assert tick() == Tick()
    occurrence.refresh_from_db()
    assert (occurrence.state, occurrence.check_in) == (State.ANSWERED, check_in)
    message = Message.objects.get()
    assert message.state == Message.State.SUPERSEDED
    assert message.error == "The check-in was made before the mail left."


@pytest.mark.django_db
def test_a_mail_that_was_sent_stays_sent(obligation: Obligation, asked: Any) -> None:
    asked()
    Message.objects.update(state=Message.State.SENT, error="250 ok")
    report(obligation)
    assert settle() == 1
    assert (Message.objects.get().state, Message.objects.get().error) == ("sent", "250 ok")


@pytest.mark.django_db
def test_what_nobody_was_asked_is_answered_by_whoever_reports(obligation: Obligation) -> None:
    Obligation.objects.update(focal_point=None)
    make_due(Obligation.objects.get())
    tick()
    check_in = report(Obligation.objects.get())
    assert settle() == 1
    occurrence = Occurrence.objects.get()
    assert (occurrence.state, occurrence.check_in) == (State.ANSWERED, check_in)


@pytest.mark.django_db
def test_a_report_answers_every_question_before_it(obligation: Obligation, on: Any) -> None:
    for day in (3, 9):
        with on(day):
            tick()
    with on(9, dt.time(9)):
        first = report(obligation)
        report(obligation)
        assert settle() == 2
    assert set(Occurrence.objects.values_list("state", "check_in")) == {(State.ANSWERED, first.pk)}


@pytest.mark.django_db
def test_an_old_report_entered_late_answers_nothing(obligation: Obligation, asked: Any) -> None:
    asked()
    report(obligation, at=timezone.now() - dt.timedelta(days=30))
    assert settle() == 0
    assert Occurrence.objects.get().state == State.ASKED


@pytest.mark.django_db
def test_a_mail_that_went_back_to_waiting_after_the_answer_is_withdrawn(
    obligation: Obligation, asked: Any
) -> None:
    asked()
    Message.objects.update(state=Message.State.TRANSMITTING)
    report(obligation)
    settle()
    Message.objects.update(state=Message.State.PENDING)  # the server answered: not now
    settle()
    assert Message.objects.get().state == Message.State.SUPERSEDED


@pytest.mark.django_db
def test_a_mail_to_a_former_focal_point_is_withdrawn(
    obligation: Obligation, asked: Any, bob: User
) -> None:
    asked()
    for successor in (bob, None):
        Message.objects.update(state=Message.State.PENDING, error="")
        Reminder.objects.update(state=Reminder.State.WRITTEN)
        Obligation.objects.update(focal_point=successor)
        settle()
        message = Message.objects.get()
        assert message.state == Message.State.SUPERSEDED
        assert message.error == "Somebody else answers for this now."


@pytest.mark.django_db(transaction=True)
def test_two_who_settle_at_once_count_it_once(obligation: Obligation, asked: Any) -> None:
    asked()
    report(obligation)
    assert sorted(at_once(settle, settle)) == [0, 1]
    assert Message.objects.get().events.count() == 2
