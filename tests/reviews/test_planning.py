"""The next meeting of a series: on its day, at its hour, once."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine

from accounts.models import User
from coordination.base.errors import Refused
from coordination.bodies.models import Body
from coordination.commitments.actions import Owed, create_commitment
from coordination.commitments.models import Commitment
from coordination.ledger.actions import Origin, verify
from coordination.ledger.models import Entry
from coordination.processes.models import Track
from coordination.reviews.actions import (
    cancel_review,
    close_review,
    open_review,
    plan_all,
    plan_next,
)
from coordination.reviews.models import Review, ReviewSeries
from tests.factories import ReviewFactory, ReviewSeriesFactory
from tests.threads import at_once

SARAJEVO = ZoneInfo("Europe/Sarajevo")
WEEKLY = "FREQ=WEEKLY;BYDAY=MO"
LAST_THURSDAY = "FREQ=MONTHLY;BYDAY=-1TH"


def at(day: str, clock: str = "08:00") -> Any:
    moment = dt.datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=SARAJEVO)
    return time_machine.travel(moment, tick=False)


def series(body: Body, rule: str = WEEKLY, **fields: Any) -> ReviewSeries:
    given = {"starts_on": dt.date(2024, 1, 1), "clock": dt.time(10), "place": "Camp"} | fields
    return ReviewSeriesFactory(body=body, rule=rule, **given)


def plan(of: ReviewSeries) -> Review | None:
    return plan_next(actor=None, series=of, origin=Origin.SYSTEM)


@pytest.mark.django_db
def test_the_next_day_of_the_series_is_planned_once(lead_body: Body) -> None:
    weekly = series(lead_body)
    with at("2024-03-06"):
        review = plan(weekly)
        assert plan(weekly) is None
    assert review is not None
    assert (review.held_on, review.number, review.place, review.state) == (
        *(dt.date(2024, 3, 11), 1, "Camp", Review.State.PLANNED),
    )
    entry = Entry.objects.get(verb="review.planned")
    assert (entry.actor, entry.summary) == (None, "Planned review 1 of JMC for 11 Mar 2024")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("today", "day"),
    [
        ("2024-02-01", "2024-02-29"),
        ("2024-02-29", "2024-02-29"),
        ("2024-03-01", "2024-03-28"),
        ("2024-12-27", "2025-01-30"),
    ],
)
def test_the_last_thursday_of_the_month_is_found(lead_body: Body, today: str, day: str) -> None:
    with at(today):
        review = plan(series(lead_body, LAST_THURSDAY))
    assert review is not None
    assert review.held_on.isoformat() == day


@pytest.mark.django_db
def test_ten_o_clock_stays_ten_o_clock_when_the_clocks_change(lead_body: Body) -> None:
    weekly = series(lead_body)
    found = []
    for today in ("2024-03-20", "2024-03-27", "2024-10-24", "2024-11-01"):
        with at(today):
            review = plan(weekly)
        assert review is not None
        found.append((review.starts_at.isoformat(), review.starts_at.astimezone(SARAJEVO).hour))
        Review.objects.update(state=Review.State.APPROVED)
    assert found == [
        ("2024-03-25T09:00:00+00:00", 10),
        ("2024-04-01T08:00:00+00:00", 10),
        ("2024-10-28T09:00:00+00:00", 10),
        ("2024-11-04T09:00:00+00:00", 10),
    ]


@pytest.mark.django_db
def test_the_day_is_that_of_the_process_and_not_of_the_server(lead_body: Body) -> None:
    with at("2024-03-12", "00:30"):  # still Monday in UTC
        review = plan(series(lead_body))
    assert review is not None
    assert review.held_on == dt.date(2024, 3, 18)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "end",
    [
        {"ends_on": dt.date(2024, 3, 10)},
        {"rule": WEEKLY + ";UNTIL=20240310"},
        {"rule": WEEKLY + ";COUNT=3"},
    ],
)
def test_a_series_that_ended_has_no_next_meeting(lead_body: Body, end: dict[str, Any]) -> None:
    with at("2024-03-06"):
        assert plan(series(lead_body, **end)) is None
    assert not Review.objects.exists()


@pytest.mark.django_db
def test_a_series_meets_on_its_last_day_and_not_before_its_first(lead_body: Body) -> None:
    last = series(lead_body, ends_on=dt.date(2024, 3, 11))
    first = series(lead_body, starts_on=dt.date(2024, 6, 4))
    with at("2024-03-06"):
        planned = [plan(last), plan(first)]
    assert [review and review.held_on for review in planned] == [
        *(dt.date(2024, 3, 11), dt.date(2024, 6, 10)),
    ]
    assert [review and review.number for review in planned] == [1, 2]


@pytest.mark.django_db
def test_days_on_which_it_met_or_that_were_cancelled_are_passed_over(lead_body: Body) -> None:
    weekly = series(lead_body)
    for day, state in ((4, "approved"), (11, "cancelled"), (18, "cancelled")):
        ReviewFactory(
            body=lead_body, series=weekly, held_on=dt.date(2024, 3, day), number=day, state=state
        )
    with at("2024-03-04"):
        review = plan(weekly)
    assert review is not None
    assert (review.held_on, review.number) == (dt.date(2024, 3, 25), 19)


@pytest.mark.django_db
def test_a_meeting_that_was_never_opened_stops_no_series(lead_body: Body) -> None:
    weekly = series(lead_body)
    with at("2024-03-06"):
        plan(weekly)
    with at("2024-03-11", "23:30"):
        assert plan(weekly) is None
    with at("2024-03-12"):
        review = plan(weekly)
    assert review is not None
    assert (review.held_on, review.number) == (dt.date(2024, 3, 18), 2)


@pytest.mark.django_db
def test_cancelling_a_meeting_plans_the_one_after_it(lead_body: Body, bob: User) -> None:
    weekly = series(lead_body)
    with at("2024-03-06"):
        review = plan(weekly)
        assert review is not None
        cancelled = cancel_review(actor=bob, review=review, origin=Origin.WEB)
        with pytest.raises(Refused, match="This review is cancelled"):
            cancel_review(actor=bob, review=review, origin=Origin.WEB)
    assert cancelled.state == Review.State.CANCELLED
    following = Review.objects.get(state=Review.State.PLANNED)
    assert (following.held_on, following.number) == (dt.date(2024, 3, 18), 2)
    verbs = Entry.objects.order_by("sequence").values_list("verb", flat=True)
    assert list(verbs) == ["review.planned", "review.cancelled", "review.planned"]


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["in_session", "minutes_draft", "approved", "cancelled"])
def test_only_a_planned_meeting_is_cancelled(review: Review, bob: User, state: str) -> None:
    Review.objects.update(state=state)
    with pytest.raises(Refused):
        cancel_review(actor=bob, review=review, origin=Origin.WEB)
    assert Review.objects.get().state == state


@pytest.mark.django_db(transaction=True)
def test_two_who_plan_at_once_plan_one_meeting(lead_body: Body) -> None:
    weekly = series(lead_body)
    planned = at_once(*[lambda: plan(weekly)] * 3)
    assert not [one for one in planned if isinstance(one, Exception)]
    assert [one for one in planned if one] == list(Review.objects.all())
    assert Review.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_series_of_one_body_planned_at_once_number_their_meetings_apart(lead_body: Body) -> None:
    both = [series(lead_body), series(lead_body, LAST_THURSDAY)]
    planned = at_once(*[lambda one=one: plan(one) for one in both])
    assert sorted(review.number for review in planned) == [1, 2]
    assert list(verify(lead_body.process)) == []


@pytest.mark.django_db
def test_every_running_series_is_planned_and_one_that_is_broken_stops_none(
    lead_body: Body, verifying_body: Body, caplog: pytest.LogCaptureFixture
) -> None:
    broken = series(lead_body, "FREQ=SOMETIMES")
    series(lead_body)
    series(verifying_body)
    assert plan_all() == 2
    assert plan_all() == 0
    assert Review.objects.filter(series=broken).count() == 0
    words = f"The next meeting of review series {broken.pk} could not be planned."
    assert caplog.messages == [words] * 2


@pytest.mark.django_db
def test_closing_a_meeting_plans_the_next(lead_body: Body, bob: User) -> None:
    weekly = series(lead_body)
    with at("2024-03-11"):
        review = plan(weekly)
        assert review is not None
        open_review(actor=bob, review=review, origin=Origin.WEB)
        assert plan(weekly) is None
        close_review(actor=bob, review=review, origin=Origin.WEB)
        assert plan(weekly) is None
    following = Review.objects.get(state=Review.State.PLANNED)
    assert (following.held_on, following.number) == (dt.date(2024, 3, 18), 2)
    verbs = (
        Entry.objects.filter(verb__startswith="review.")
        .order_by("sequence")
        .values_list("verb", flat=True)
    )
    assert list(verbs) == ["review.planned", "review.opened", "review.closed", "review.planned"]


@pytest.mark.django_db
def test_a_meeting_outside_a_series_has_no_next(review: Review, bob: User) -> None:
    open_review(actor=bob, review=review, origin=Origin.WEB)
    close_review(actor=bob, review=review, origin=Origin.WEB)
    assert Review.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_closing_and_planning_at_once_wait_for_each_other(lead_body: Body, bob: User) -> None:
    """Whoever changes a process locks its ledger first: nobody is thrown out."""
    weekly = series(lead_body)

    def enter_commitment() -> Commitment:
        return create_commitment(
            actor=bob,
            process=lead_body.process,
            owed=[Owed(lead_body)],
            origin=Origin.WEB,
            reference="Art. I",
            title="Keep the corridor open",
            track=Track.MILITARY,
            lead_body=lead_body,
        )

    for _ in range(3):
        review = Review.objects.filter(state=Review.State.PLANNED).first() or plan(weekly)
        assert review is not None
        open_review(actor=bob, review=review, origin=Origin.WEB)
        done = at_once(
            lambda review=review: close_review(actor=bob, review=review, origin=Origin.WEB),
            plan_all,
            enter_commitment,
        )
        assert not [one for one in done if isinstance(one, Exception)]
        assert Review.objects.filter(state=Review.State.PLANNED).count() == 1
    assert list(verify(lead_body.process)) == []
