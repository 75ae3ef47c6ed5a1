"""What a meeting must talk about, and why."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.utils import timezone

from coordination.commitments.models import Commitment, Level
from coordination.processes.models import Party
from coordination.reviews.agenda import compile_agenda
from coordination.reviews.models import Review
from tests.factories import BodyFactory, ObligationFactory, PartyFactory, ReviewFactory

from .conftest import discussed, reported, verified

Owe = Callable[..., Commitment]
Kind = Commitment.Kind

pytestmark = pytest.mark.django_db


def agenda(review: Review) -> dict[str, str]:
    """Title and reason of each entry, in order."""
    entries = compile_agenda(review, timezone.now())
    assert len({entry.commitment.pk for entry in entries}) == len(entries)
    return {entry.commitment.title: entry.reason for entry in entries}


def test_each_reason_is_named_and_the_most_pressing_comes_first(
    review: Review, last_review: Review, owe: Owe
) -> None:
    owe(13, title="soon")
    reported(owe(100, title="reported"), Level.MINIMUM)
    reported(owe(100, title="to verify"), Level.FULL, days_ago=8)
    owe(0, title="today")
    contradicted = owe(100, title="contradicted")
    reported(contradicted, Level.FULL, days_ago=20)
    verified(contradicted, Level.MINIMUM, days_ago=19)
    owe(-1, title="late")
    discussed(last_review, owe(100, title="carried"), "carried_over")
    owe(100, title="far away")
    verified(owe(-5, title="met"), Level.FULL)
    assert agenda(review) == {
        "late": "1 day late",
        "contradicted": "Contradicted",
        "today": "Due today",
        "to verify": "To verify",
        "soon": "Due in 13 days",
        "reported": "1 new report",
        "carried": "Carried over",
    }
    assert list(agenda(review)) == [
        *("late", "contradicted", "today", "to verify", "soon", "reported", "carried"),
    ]


def test_among_equals_priority_counts_and_then_the_register(review: Review, owe: Owe) -> None:
    for title, priority in (("a", 2), ("b", 3), ("c", 1), ("d", 2)):
        owe(-3, title=title, priority=priority)
    assert list(agenda(review)) == ["c", "a", "d", "b"]


def test_several_reasons_stand_side_by_side(
    review: Review, last_review: Review, owe: Owe, party: Party, other_party: Party
) -> None:
    both = owe(-2, by=(party, other_party))
    reported(both, Level.MINIMUM, days_ago=1)
    discussed(last_review, both)
    assert agenda(review) == {both.title: "2 days late · 2 new reports · Carried over"}


def test_what_falls_due_within_two_weeks_of_the_meeting_is_on(review: Review, owe: Owe) -> None:
    for days in (1, 16, 18, 40):  # the meeting is in three days
        owe(days)
    assert agenda(review) == {"Due in 1": "Due in 1 day", "Due in 16": "Due in 16 days"}


def test_a_meeting_that_opens_late_looks_ahead_from_the_day_it_opens(
    review: Review, owe: Owe
) -> None:
    review.starts_at = timezone.now() - dt.timedelta(days=60)
    owe(5)
    assert agenda(review) == {"Due in 5": "Due in 5 days"}


def test_a_report_is_new_until_a_meeting_opened_after_it(
    review: Review, last_review: Review, owe: Owe
) -> None:
    reported(owe(100, title="old"), Level.MINIMUM, days_ago=8)
    reported(owe(100, title="new"), Level.MINIMUM, days_ago=6)
    assert agenda(review) == {"new": "1 new report"}


def test_before_the_first_meeting_every_report_is_new(review: Review, owe: Owe) -> None:
    reported(owe(100, title="old"), Level.MINIMUM, days_ago=800)
    assert agenda(review) == {"old": "1 new report"}


@pytest.mark.parametrize(
    ("outcomes", "carried"),
    [
        ((), True),
        (("carried_over",), True),
        (("noted", "carried_over"), True),
        (("carried_over", "carried_over"), True),
        (("noted",), False),
        (("decision",), False),
    ],
)
def test_an_item_carries_over_when_it_is_said_or_nothing_is(
    review: Review, last_review: Review, owe: Owe, outcomes: tuple[str, ...], carried: bool
) -> None:
    discussed(last_review, owe(100, title="it"), *outcomes)
    assert agenda(review) == ({"it": "Carried over"} if carried else {})


def test_only_the_last_meeting_carries_over(review: Review, last_review: Review, owe: Owe) -> None:
    it = owe(100)
    long_ago = last_review.starts_at - dt.timedelta(days=7)
    older = ReviewFactory(
        body=review.body, number=3, state=Review.State.APPROVED, starts_at=long_ago
    )
    discussed(older, it)
    discussed(last_review, it, "noted")
    assert agenda(review) == {}


@pytest.mark.parametrize("state", [Review.State.CANCELLED, Review.State.PLANNED])
def test_a_meeting_that_did_not_take_place_carries_nothing_over(
    review: Review, last_review: Review, owe: Owe, state: str
) -> None:
    discussed(last_review, owe(100))
    Review.objects.filter(pk=last_review.pk).update(state=state)
    assert agenda(review) == {}


def test_another_body_s_commitments_and_meetings_are_not_on(
    review: Review, last_review: Review, owe: Owe
) -> None:
    other = BodyFactory(process=review.body.process)
    owe(-1, title="of another body", lead_body=other)
    owe(-1, title="of no body", lead_body=None)
    discussed(ReviewFactory(body=other, state="minutes_draft"), owe(100))
    assert agenda(review) == {}


def test_what_has_ended_or_is_permitted_is_on_no_agenda_for_ever(review: Review, owe: Owe) -> None:
    for kind in (Kind.UNTIL, Kind.NOT_BEFORE):
        owe(-300, kind=kind)
    assert agenda(review) == {}


def test_what_is_about_to_end_or_to_be_permitted_is_on(review: Review, owe: Owe) -> None:
    owe(5, kind=Kind.UNTIL, title="prohibition")
    owe(5, kind=Kind.NOT_BEFORE, title="permission")
    assert agenda(review) == {"prohibition": "Ends in 5 days", "permission": "Permitted in 5 days"}


def test_what_is_kept_up_as_it_should_be_is_on_no_agenda(review: Review, owe: Owe) -> None:
    for kind in (Kind.STANDING, Kind.LIMIT):
        verified(owe(-300, kind=kind), Level.FULL, days_ago=200)
        verified(owe(5, kind=kind), Level.FULL, days_ago=200)
    assert agenda(review) == {}


def test_one_who_is_done_does_not_hide_another_who_is_not(
    review: Review, owe: Owe, party: Party, other_party: Party
) -> None:
    both = owe(5, by=(party, other_party))
    first = both.obligations.order_by("pk").first()
    assert first is not None
    first.verified_level, first.verified_at = Level.FULL, timezone.now()
    first.save()
    assert agenda(review) == {both.title: "Due in 5 days"}


def test_an_agenda_takes_as_many_queries_for_five_commitments_as_for_one(
    review: Review, last_review: Review, owe: Owe, django_assert_num_queries: Callable
) -> None:
    def add() -> None:
        commitment = owe(-1)
        ObligationFactory(
            commitment=commitment, party=PartyFactory(process=commitment.process), focal_point=None
        )
        discussed(last_review, commitment)

    for added in (1, 4):
        for _ in range(added):
            add()
        with django_assert_num_queries(8):
            compile_agenda(review, timezone.now())
