"""Meetings that move, are called off, stand alone, or are known by their day alone."""

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine

from accounts.models import User
from coordination.base.errors import Refused
from coordination.bodies.models import Body, Term
from coordination.ledger.actions import Origin, verify
from coordination.ledger.models import Entry
from coordination.reviews.actions import (
    cancel_review,
    change_series,
    move_review,
    plan_next,
    plan_single,
    reply_to,
)
from coordination.reviews.attending import expected_at
from coordination.reviews.models import Reply, Review, ReviewSeries
from coordination.reviews.occurrences import Occurrence, occurrence, untouched
from tests.conftest import member, seated
from tests.factories import (
    ReplyFactory,
    ReviewFactory,
    ReviewSeriesFactory,
    SeatFactory,
    TermFactory,
)

from .test_pages import signed_in

SARAJEVO = ZoneInfo("Europe/Sarajevo")
NOON = dt.datetime(2026, 3, 4, 11, tzinfo=dt.UTC)
Queries = Callable[..., Any]


@pytest.fixture(autouse=True)
def _on_a_wednesday(db: None) -> Any:
    with time_machine.travel(NOON, tick=False):
        yield


def march(day: int) -> dt.date:
    return dt.date(2026, 3, day)


@pytest.fixture
def weekly(lead_body: Body) -> ReviewSeries:
    """Mondays at ten since the new year; its next meeting is on 9 March."""
    return ReviewSeriesFactory(
        body=lead_body,
        rule="FREQ=WEEKLY;BYDAY=MO",
        starts_on=dt.date(2026, 1, 1),
        place="Camp",
        lasts_minutes=90,
    )


def plan(series: ReviewSeries) -> Review:
    review = plan_next(actor=None, series=series, origin=Origin.SYSTEM)
    assert review is not None
    return review


def days(series: ReviewSeries, first: int = 1, last: int = 31) -> list[int]:
    """The untouched days of March."""
    return [one.series_day.day for one in untouched([series], march(first), march(last))]


def move(meeting: Review | Occurrence, actor: User, day: int, **fields: Any) -> Review:
    given = {"held_on": march(day), "clock": dt.time(14), "lasts_minutes": 60} | fields
    return move_review(actor=actor, meeting=meeting, origin=Origin.WEB, **given)


# --- Days of a rhythm --------------------------------------------------------------------------


def test_days_of_a_rhythm_are_known_without_a_row_until_somebody_touches_them(
    weekly: ReviewSeries, bob: User
) -> None:
    assert days(weekly) == [9, 16, 23, 30]  # 2 March is past
    review = plan(weekly)
    assert (review.held_on, days(weekly)) == (march(9), [16, 23, 30])
    later = occurrence(weekly, march(23))
    assert later is not None
    moved = move(later, bob, 24)
    assert (moved.series_day, moved.held_on, moved.number) == (march(23), march(24), 2)
    assert days(weekly) == [16, 30]
    assert occurrence(weekly, march(23)) is None
    assert occurrence(weekly, march(24)) is None
    verbs = Entry.objects.order_by("sequence").values_list("verb", flat=True)
    assert list(verbs) == ["review.planned"] * 2 + ["review.moved"]


def test_a_rhythm_ends_with_its_last_day_and_with_its_body(weekly: ReviewSeries) -> None:
    weekly.ends_on = march(23)
    assert days(weekly) == [9, 16, 23]
    weekly.body.ended_on = march(16)  # the first day without it
    assert days(weekly) == [9]


def test_ten_o_clock_is_ten_o_clock_on_both_sides_of_a_change_of_clocks(
    weekly: ReviewSeries,
) -> None:
    found = untouched([weekly], march(23), march(30))
    assert [one.starts_at.astimezone(SARAJEVO).hour for one in found] == [10, 10]
    assert [one.starts_at.hour for one in found] == [9, 8]
    assert (found[0].ends_at - found[0].starts_at) == dt.timedelta(minutes=90)


def test_any_number_of_rhythms_is_read_at_once(
    lead_body: Body, verifying_body: Body, django_assert_num_queries: Queries
) -> None:
    several = [ReviewSeriesFactory(body=body) for body in (lead_body, verifying_body) * 3]
    with django_assert_num_queries(1):
        assert len(untouched(several, march(1), march(31))) == 6


def test_a_rhythm_that_is_broken_hides_no_other(weekly: ReviewSeries, lead_body: Body) -> None:
    broken = ReviewSeriesFactory(body=lead_body, rule="FREQ=SOMETIMES")
    assert [one.series for one in untouched([broken, weekly], march(1), march(9))] == [weekly]


# --- Moving and calling off --------------------------------------------------------------------


def test_a_moved_meeting_keeps_its_day_in_the_rhythm_and_the_next_ones_stay(
    weekly: ReviewSeries, bob: User
) -> None:
    review = move(plan(weekly), bob, 20, why="The chair travels.", place="Bridge")
    assert (review.series_day, review.place, review.lasts_minutes) == (march(9), "Bridge", 60)
    assert review.starts_at == dt.datetime(2026, 3, 20, 13, tzinfo=dt.UTC)
    entry = Entry.objects.get(verb="review.moved")
    assert entry.summary == "Moved review 1 of JMC to 20 Mar 2026, 14:00"
    assert (entry.after["held_on"], entry.after["why"]) == ("2026-03-20", "The chair travels.")
    following = plan(weekly)
    assert (following.held_on, following.series_day) == (march(16), march(16))
    assert plan_next(actor=None, series=weekly, origin=Origin.SYSTEM) is None
    assert days(weekly) == [23, 30]


def test_a_meeting_that_is_held_earlier_is_the_next_one(weekly: ReviewSeries, bob: User) -> None:
    move(plan(weekly), bob, 6)
    assert plan_next(actor=None, series=weekly, origin=Origin.SYSTEM) is None


def test_another_place_alone_is_no_move(weekly: ReviewSeries, bob: User) -> None:
    review = plan(weekly)
    move(review, bob, 9, clock=dt.time(10), lasts_minutes=90, place="Bridge")
    move(review, bob, 9, clock=dt.time(10), lasts_minutes=90, place="Bridge")
    assert Entry.objects.filter(verb="review.moved").count() == 0
    entry = Entry.objects.get(verb="review.changed")
    assert (entry.before, entry.after) == ({"place": "Camp"}, {"place": "Bridge"})


@pytest.mark.parametrize("state", ["in_session", "minutes_draft", "approved", "cancelled"])
def test_only_a_planned_meeting_is_moved_and_to_no_day_that_is_past(
    weekly: ReviewSeries, bob: User, state: str
) -> None:
    review = plan(weekly)
    with pytest.raises(Refused, match="Choose today or a later day"):
        move(review, bob, 3)
    Review.objects.update(state=state)
    with pytest.raises(Refused, match="This review is"):
        move(review, bob, 12)
    assert Review.objects.get().held_on == march(9)


def test_a_day_of_a_rhythm_is_called_off_with_its_reason_and_the_others_stay(
    weekly: ReviewSeries, bob: User
) -> None:
    later = occurrence(weekly, march(23))
    assert later is not None
    called_off = cancel_review(
        actor=bob, review=later, because="A holiday on both sides.", origin=Origin.WEB
    )
    assert (called_off.state, called_off.held_on) == (Review.State.CANCELLED, march(23))
    assert Review.objects.get(pk=called_off.pk).called_off_because == "A holiday on both sides."
    assert Review.objects.get(state=Review.State.PLANNED).held_on == march(9)
    assert days(weekly) == [16, 30]
    entry = Entry.objects.get(verb="review.cancelled")
    assert entry.after["called_off_because"] == "A holiday on both sides."
    assert list(verify(weekly.body.process)) == []


def test_a_day_that_the_rhythm_has_no_more_cannot_be_touched(
    weekly: ReviewSeries, bob: User
) -> None:
    later = occurrence(weekly, march(23))
    assert later is not None
    change_series(actor=bob, series=weekly, rule="FREQ=WEEKLY;BYDAY=TU", origin=Origin.WEB)
    with pytest.raises(Refused, match="no meeting on that day any more"):
        cancel_review(actor=bob, review=later, origin=Origin.WEB)


def test_a_meeting_outside_every_series_is_planned(lead_body: Body, bob: User) -> None:
    planned = plan_single(
        actor=bob,
        body=lead_body,
        held_on=march(5),
        clock=dt.time(8, 30),
        lasts_minutes=45,
        place="Bridge",
        origin=Origin.WEB,
    )
    assert (planned.number, planned.series, planned.series_day) == (1, None, None)
    assert planned.starts_at == dt.datetime(2026, 3, 5, 7, 30, tzinfo=dt.UTC)
    with pytest.raises(Refused, match="Choose today or a later day"):
        plan_single(
            actor=bob,
            body=lead_body,
            held_on=march(3),
            clock=dt.time(8),
            lasts_minutes=45,
            origin=Origin.WEB,
        )


# --- Their pages -------------------------------------------------------------------------------


def form(**fields: Any) -> dict[str, Any]:
    return {
        "submission": str(uuid.uuid4()),
        "held_on": "2026-03-24",
        "clock": "14:00",
        "lasts_minutes": "60",
        "place": "Bridge",
    } | fields


def test_a_day_of_a_rhythm_has_a_page_from_which_it_is_moved(
    weekly: ReviewSeries, bob: User, alice: User, outsider: User
) -> None:
    address = f"/p/valley/series/{weekly.pk}/2026-03-23/"
    page = signed_in(bob).get(address)
    assert page.status_code == 200
    assert "by its rhythm" in page.content.decode()
    assert signed_in(outsider).get(address).status_code == 404
    for leaf in ("move/", "cancel/"):
        assert signed_in(alice).get(address + leaf).status_code == 403
    client = signed_in(bob)
    assert 'value="2026-03-23"' in client.get(address + "move/").content.decode()
    sent = form()
    assert [client.post(address + "move/", sent).status_code for _ in range(2)] == [302, 302]
    review = Review.objects.get()
    assert (review.held_on, review.place) == (march(24), "Bridge")
    assert client.get(address).headers["Location"] == f"/p/valley/reviews/{review.pk}/"
    for other in ("2026-03-24", "2026-02-30", "monday"):
        assert client.get(f"/p/valley/series/{weekly.pk}/{other}/").status_code == 404


def test_two_who_move_a_meeting_do_not_overwrite_each_other(
    weekly: ReviewSeries, bob: User
) -> None:
    address = f"/p/valley/reviews/{plan(weekly).pk}/move/"
    client = signed_in(bob)
    seen = client.get(address).context["form"]["seen"].value()
    assert client.post(address, form(seen=seen)).status_code == 302
    second = client.post(address, form(seen=seen, held_on="2026-03-25"))
    assert second.status_code == 422
    assert "Bob wrote meanwhile: “2026-03-24”." in second.content.decode()
    assert client.post(address, form(held_on="2026-03-01")).status_code == 422
    assert Review.objects.get().held_on == march(24)


def test_a_meeting_is_called_off_on_a_page_that_asks_why(weekly: ReviewSeries, bob: User) -> None:
    review = plan(weekly)
    address = f"/p/valley/reviews/{review.pk}/"
    client = signed_in(bob)
    assert client.get(address + "cancel/").status_code == 200
    assert client.post(address + "cancel/").status_code == 422
    sent = {"because": "No room is free.", "submission": str(uuid.uuid4())}
    assert client.post(address + "cancel/", sent).headers["Location"] == address
    assert "No room is free." in client.get(address).content.decode()
    assert client.post(address + "cancel/", sent | {"submission": ""}).status_code == 422


def test_a_day_of_a_rhythm_is_opened_and_a_single_meeting_planned(
    weekly: ReviewSeries, bob: User
) -> None:
    client = signed_in(bob)
    assert client.post(f"/p/valley/series/{weekly.pk}/2026-03-09/open/").status_code == 302
    assert Review.objects.get().state == Review.State.IN_SESSION
    assert client.post("/p/valley/bodies/JMC/meet/", form()).status_code == 302
    assert Review.objects.get(series=None).held_on == march(24)


# --- Answers -----------------------------------------------------------------------------------


def answer(meeting: Review | Occurrence, actor: User, said: str, words: str = "") -> Reply:
    reply, _new = reply_to(
        actor=actor, meeting=meeting, answer=said, words=words, origin=Origin.WEB
    )
    return reply


def test_the_last_answer_counts_and_the_record_keeps_each(weekly: ReviewSeries, bob: User) -> None:
    review = plan(weekly)
    for said in ("comes", "comes", "not"):
        answer(review, bob, said)
    assert Reply.objects.get().answer == "not"
    said = Entry.objects.filter(verb="review.reply").order_by("sequence")
    assert [one.after["answer"] for one in said] == ["comes", "not"]


def test_an_answer_makes_a_day_of_a_rhythm_a_meeting(weekly: ReviewSeries, bob: User) -> None:
    later = occurrence(weekly, march(23))
    assert later is not None
    assert answer(later, bob, "comes").review.series_day == march(23)
    assert days(weekly) == [9, 16, 30]


def test_only_who_sits_there_on_the_day_answers_and_the_alternate_where_there_is_one(
    weekly: ReviewSeries, bob: User, alice: User, dave: User
) -> None:
    review = plan(weekly)
    with pytest.raises(Refused, match="You have no seat"):
        answer(review, alice, "comes")
    with pytest.raises(Refused, match="no alternate"):
        answer(review, bob, "alternate")
    Term.objects.filter(holder=bob).update(alternate=dave)
    answer(review, bob, "alternate")
    with pytest.raises(Refused, match="no alternate"):
        answer(review, dave, "alternate")
    Term.objects.filter(holder=bob).update(ends_on=march(8))
    with pytest.raises(Refused, match="You have no seat"):
        answer(review, bob, "comes")
    assert Reply.objects.count() == 1


ANSWERS = [
    (None, None, None, True),
    ("comes", None, "holder", False),
    ("remote", "not", "holder", False),
    ("alternate", None, "alternate", False),
    ("alternate", "not", None, False),
    ("not", "comes", "alternate", False),
    ("not", None, None, False),
    ("perhaps", None, None, True),
    (None, "comes", "alternate", False),
]


@pytest.mark.parametrize(("holder", "alternate", "expected", "is_open"), ANSWERS)
def test_who_is_expected_in_a_seat_follows_from_both_answers(
    lead_body: Body, holder: str | None, alternate: str | None, expected: str | None, is_open: bool
) -> None:
    term = TermFactory(
        seat__body=lead_body,
        holder=member(lead_body.process, "Hana", "observer"),
        alternate=member(lead_body.process, "Alan", "observer"),
    )
    review = ReviewFactory(body=lead_body)
    for person, said in ((term.holder, holder), (term.alternate, alternate)):
        if said:
            ReplyFactory(review=review, person=person, answer=said)
    row = expected_at(review).rows[0]
    assert row.expected == (getattr(term, expected) if expected else None)
    assert row.is_open is is_open


def test_whoever_runs_a_meeting_sees_whether_a_quorum_is_expected(
    weekly: ReviewSeries, bob: User, alice: User, lead_body: Body
) -> None:
    seated(alice, lead_body, "member")
    SeatFactory(body=lead_body)  # vacant
    review = plan(weekly)
    answer(review, bob, "comes")
    expected = expected_at(review)
    assert expected.words == "1 of 2 expected, 1 not answered"
    assert expected.quorum.counted == {row.seat.pk for row in expected.rows if row.expected}
    page = signed_in(alice).get(f"/p/valley/reviews/{review.pk}/").content.decode()
    assert "1 of 2 expected, 1 not answered" in page


def test_an_answer_is_given_on_the_page_of_the_meeting(
    weekly: ReviewSeries, bob: User, alice: User
) -> None:
    review = plan(weekly)
    address = f"/p/valley/reviews/{review.pk}/"
    client = signed_in(bob)
    assert "reply-answer" in client.get(address).content.decode()
    sent = {"reply-answer": "remote", "reply-words": "From Vienna", "reply-submission": ""}
    assert client.post(address + "reply/", sent).headers["Location"] == address
    assert "From Vienna" in client.get(address).content.decode()
    refused = client.post(address + "reply/", {"reply-answer": "sings", "reply-words": "By rail"})
    assert (refused.status_code, 'value="By rail"' in refused.content.decode()) == (422, True)
    assert Reply.objects.get().answer == "remote"
    assert signed_in(alice).post(address + "reply/", sent).status_code == 403
    untouched_day = f"/p/valley/series/{weekly.pk}/2026-03-23/reply/"
    assert client.post(untouched_day, {"reply-answer": "sings"}).status_code == 422
    assert client.post(untouched_day, sent).status_code == 302
    assert Reply.objects.count() == 2


def test_the_api_has_rhythms_and_meetings_with_their_answers(
    weekly: ReviewSeries, bob: User, alice: User, outsider: User
) -> None:
    review = plan(weekly)
    answer(review, bob, "remote", "From Vienna")
    client = signed_in(alice)
    (series,) = client.get("/api/review-series/?process=valley").json()["results"]
    assert (series["body"], series["in_words"], series["clock"]) == (
        *("JMC", "Every Monday", "10:00:00"),
    )
    said = client.get(f"/api/reviews/{review.pk}/").json()
    assert (said["held_on"], said["series_day"], said["lasts_minutes"]) == (
        *("2026-03-09", "2026-03-09", 90),
    )
    assert [(one["answer"], one["words"]) for one in said["replies"]] == [("remote", "From Vienna")]
    assert signed_in(outsider).get(f"/api/reviews/{review.pk}/").status_code == 404
