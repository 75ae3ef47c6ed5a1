"""Whom minutes wait for: their chair when comments are over, the members while they run."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts.models import User
from coordination.bodies.models import Body, Seat
from coordination.ledger.actions import Origin
from coordination.processes.models import Membership, Process
from coordination.reminders.actions import tick
from coordination.reminders.models import Reminder
from coordination.reviews import actions
from coordination.reviews.models import Minutes, Review
from tests import factories
from tests.conftest import member, seated

pytestmark = pytest.mark.django_db

Kind = Reminder.Kind


@pytest.fixture
def draft(lead_body: Body, bob: User) -> Minutes:
    """Minutes that were drafted a moment ago; bob chairs the body, and Mia sits in it."""
    seated(member(lead_body.process, "Mia", Membership.Role.OBSERVER), lead_body, Seat.Role.MEMBER)
    review = factories.ReviewFactory(
        body=lead_body, state=Review.State.MINUTES_DRAFT, closed_at=timezone.now()
    )
    return actions.draft_minutes(actor=bob, review=review, origin=Origin.WEB)


def told(kind: str) -> list[tuple[str, str]]:
    rows = Reminder.objects.filter(kind=kind).order_by("pk")
    return list(rows.values_list("recipient__name", "state"))


def later(days: float) -> Any:
    return time_machine.travel(timezone.now() + dt.timedelta(days=days), tick=False)


def circulate(minutes: Minutes, actor: User, days: float) -> None:
    until = timezone.now() + dt.timedelta(days=days)
    actions.circulate_minutes(actor=actor, minutes=minutes, until=until, origin=Origin.WEB)


def test_members_are_asked_for_comments_once_and_the_chair_when_they_are_over(
    draft: Minutes, bob: User, process: Process
) -> None:
    circulate(draft, bob, 3)
    tick()
    tick()
    assert [who for who, _state in told(Kind.COMMENT)] == ["Bob", "Mia"]
    asked = Reminder.objects.filter(kind=Kind.COMMENT).last()
    assert asked.due_on == process.today(draft.review.minutes.get().comments_until)
    assert asked.path.endswith(f"/reviews/{draft.review_id}/minutes/1/")
    with later(1):
        circulate(draft, bob, 4)
        tick()
    assert len(told(Kind.COMMENT)) == 2
    assert told(Kind.MINUTES) == []
    for days in (5.1, 5.2):
        with later(days):
            tick()
    assert [who for who, _state in told(Kind.MINUTES)] == ["Bob"]


def test_who_commented_is_not_asked_to(draft: Minutes, bob: User) -> None:
    circulate(draft, bob, 3)
    factories.MinutesCommentFactory(section=draft.sections.first(), author=bob)
    tick()
    assert [who for who, _state in told(Kind.COMMENT)] == ["Mia"]


def test_a_draft_that_nobody_circulates_goes_to_the_chair_after_two_days(
    draft: Minutes, bob: User
) -> None:
    tick()
    assert told(Kind.MINUTES) == []
    for days in (2.01, 2.02):
        with later(days):
            tick()
    assert [who for who, _state in told(Kind.MINUTES)] == ["Bob"]


def test_what_is_over_is_taken_back_before_it_leaves(draft: Minutes, bob: User) -> None:
    bob.quiet_from, bob.quiet_until = dt.time(0), dt.time(23, 59)
    circulate(draft, bob, 0.5)
    tick()
    Reminder.objects.filter(kind=Kind.COMMENT).update(state=Reminder.State.WAITING, message=None)
    with later(0.6):
        tick()
    assert {state for _who, state in told(Kind.COMMENT)} == {"superseded"}
    with later(0.7):
        circulate(draft, bob, 2)
        Reminder.objects.filter(kind=Kind.MINUTES).update(
            state=Reminder.State.WAITING, message=None
        )
        tick()
    assert told(Kind.MINUTES) == [("Bob", "superseded")]
