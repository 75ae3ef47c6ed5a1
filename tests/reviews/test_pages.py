"""The pages of a review: who opens them, what they take, and what they keep."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from coordination.bodies.models import Body, Seat, Term
from coordination.commitments.models import Commitment, Obligation, Verification
from coordination.processes.models import Process
from coordination.reviews.models import AgendaItem, Attendance, Outcome, Review
from tests.conftest import seated
from tests.factories import (
    AgendaItemFactory,
    AttendanceFactory,
    CheckInFactory,
    ObligationFactory,
    OutcomeFactory,
    PartyFactory,
    ReviewFactory,
    ReviewSeriesFactory,
    SeatFactory,
    TermFactory,
    VerificationFactory,
)

pytestmark = pytest.mark.django_db

REVIEWS = "/p/valley/reviews/"


def address(review: Review, leaf: str = "") -> str:
    return f"{REVIEWS}{review.pk}/{leaf}"


def finding(item: AgendaItem, **fields: str) -> dict[str, str]:
    assert item.commitment is not None
    given = {
        "submission": str(uuid.uuid4()),
        "obligation": str(item.commitment.obligations.get().pk),
        "level": "2",
        "text": "Three of five positions are empty.",
    } | fields
    return {f"finding-{name}": value for name, value in given.items()} | {"finding": "1"}


def outcome(**fields: str) -> dict[str, str]:
    given = {"submission": str(uuid.uuid4()), "kind": "noted", "text": ""} | fields
    return {f"outcome-{name}": value for name, value in given.items()} | {"outcome": "1"}


def decision(**fields: str) -> dict[str, str]:
    given = {"submission": str(uuid.uuid4()), "text": "The corridor opens."} | fields
    return {f"decision-{name}": value for name, value in given.items()} | {"decision": "1"}


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


# --- Who may ------------------------------------------------------------------------------------


def test_members_read_reviews_and_only_those_who_run_them_write(
    session: AgendaItem, alice: User, carol: User
) -> None:
    review = session.review
    for user in (alice, carol):
        client = signed_in(user)
        page = client.get(address(review, "items/1/"))
        assert page.status_code == 200
        assert "<form method" not in page.content.decode().split("<main")[1]
        for leaf, form in [
            ("items/1/", finding(session)),
            ("items/1/", outcome()),
            ("close/", {}),
            ("open/", {}),
            ("cancel/", {}),
            ("attendance/", {}),
        ]:
            assert client.post(address(review, leaf), form).status_code == 403
    review.refresh_from_db()
    assert review.state == Review.State.IN_SESSION
    assert not Outcome.objects.exists()


def test_to_an_outsider_no_review_exists(session: AgendaItem, outsider: User) -> None:
    client = signed_in(outsider)
    unknown = client.get("/p/unknown/reviews/")
    leaves = ("", "items/1/", "open/", "close/", "cancel/", "attendance/")
    for leaf in leaves:
        for call in (client.get, client.post):
            page = call(address(session.review, leaf))
            if page.status_code != 405:
                assert (page.status_code, page.content) == (404, unknown.content)
    assert client.get(REVIEWS).status_code == 404


def test_a_review_or_item_that_is_not_there_is_not_found(session: AgendaItem, bob: User) -> None:
    client = signed_in(bob)
    elsewhere = ReviewFactory()
    for number in (elsewhere.pk, 10**6, 10**30):
        assert client.get(f"{REVIEWS}{number}/").status_code == 404
        assert client.post(f"{REVIEWS}{number}/open/").status_code == 404
    for order in (0, 2, 10**30):
        assert client.get(address(session.review, f"items/{order}/")).status_code == 404


def test_the_state_changes_by_post_alone(review: Review, bob: User) -> None:
    client = signed_in(bob)
    for leaf in ("open/", "close/"):
        assert client.get(address(review, leaf)).status_code == 405
        assert client.head(address(review, leaf)).status_code == 405


# --- A meeting from its plan to its minutes -----------------------------------------------------


def test_a_planned_review_shows_its_agenda_as_it_would_be_now(
    review: Review, commitment: Commitment, bob: User
) -> None:
    page = signed_in(bob).get(address(review))
    assert [entry.commitment for entry in page.context["entries"]] == [commitment]
    html = page.content.decode()
    assert "as it would be compiled now" in html
    assert "Due in 10 days" in html


def test_the_chair_opens_runs_and_closes_a_meeting(
    review: Review, commitment: Commitment, bob: User
) -> None:
    review.series = ReviewSeriesFactory(body=review.body)
    review.save()
    client = signed_in(bob)
    assert client.post(address(review, "open/"))["Location"] == address(review)
    assert client.get(address(review))["Location"] == address(review, "items/1/")
    again = client.post(address(review, "open/"), follow=True)
    assert "This review is in session." in again.content.decode()
    item = AgendaItem.objects.get()
    assert client.post(address(review, "items/1/"), finding(item)).status_code == 302
    client.post(address(review, "close/"))
    review.refresh_from_db()
    assert review.state == Review.State.MINUTES_DRAFT
    assert Review.objects.filter(series=review.series, state="planned").count() == 1
    html = client.get(address(review, "items/1/")).content.decode()
    assert "minutes in draft" in html
    assert "<form method" not in html.split("<main")[1]


def test_the_chair_cancels_a_planned_meeting(review: Review, bob: User) -> None:
    client = signed_in(bob)
    page = client.post(address(review, "cancel/"), {"because": "No room is free."}, follow=True)
    assert "called off" in page.content.decode()
    assert "as it would be compiled now" not in page.content.decode()
    assert list(client.get(REVIEWS).context["past"]) == [review]


def test_what_was_typed_is_kept_when_the_meeting_closed_meanwhile(
    session: AgendaItem, bob: User
) -> None:
    client = signed_in(bob)
    client.post(address(session.review, "close/"))
    for form in (decision(text="Too late"), finding(session, text="Too late")):
        page = client.post(address(session.review, "items/1/"), form)
        assert page.status_code == 422
        html = page.content.decode()
        assert "This review is minutes in draft." in html
        assert "Too late</textarea>" in html
    assert not Outcome.objects.exists()


def test_a_meeting_that_opened_without_an_item_stays_without_one(
    review: Review, bob: User, request: pytest.FixtureRequest
) -> None:
    client = signed_in(bob)
    client.post(address(review, "open/"))
    request.getfixturevalue("commitment")
    page = client.get(address(review))
    assert page.status_code == 200
    assert "The meeting opened without an item." in page.content.decode()


def test_the_list_of_reviews_says_what_is_open(
    client: Client, session: AgendaItem, alice: User
) -> None:
    held = ReviewFactory(body=session.review.body, number=1, state="minutes_draft")
    OutcomeFactory.create_batch(2, item=AgendaItemFactory(review=held, order=1))
    AgendaItemFactory.create_batch(2, review=held)
    ReviewFactory(number=77)
    page = signed_in(alice).get(REVIEWS)
    assert list(page.context["coming"]) == [session.review]
    (row,) = page.context["past"]
    assert (row, row.item_count, row.open_count) == (held, 3, 2)
    assert "review 77" not in page.content.decode()


# --- What is typed ------------------------------------------------------------------------------


def test_an_item_shows_the_last_account_to_its_audience_and_the_level_to_everybody(
    session: AgendaItem, obligation: Obligation, alice: User, bob: User, carol: User, dave: User
) -> None:
    CheckInFactory(obligation=obligation, author=alice, level=1, account="Two convoys left.")
    Obligation.objects.update(reported_level=1)
    page = address(session.review, "items/1/")
    for person, told in ((alice, True), (bob, True), (carol, True), (dave, False)):
        words = signed_in(person).get(page).content.decode()
        assert ("Two convoys left." in words, "Minimum" in words) == (told, True)
        assert ("The account is for the bodies concerned." in words) != told


def test_a_finding_shows_on_the_item(
    session: AgendaItem, bob: User, obligation: Obligation
) -> None:
    client = signed_in(bob)
    sent = client.post(address(session.review, "items/1/"), finding(session))
    assert sent["Location"] == address(session.review, "items/1/")
    html = client.get(sent["Location"]).content.decode()
    assert "Three of five positions are empty." in html
    assert "in the minutes only; another body verifies" in html
    assert "Recorded: finding." in html
    obligation.refresh_from_db()
    assert obligation.verified_level is None


def test_an_outcome_leads_on_to_the_next_item(session: AgendaItem, bob: User) -> None:
    AgendaItemFactory(review=session.review, order=4, title="The last one")
    client = signed_in(bob)
    first = client.post(address(session.review, "items/1/"), outcome())
    assert first["Location"] == address(session.review, "items/4/")
    last = client.post(address(session.review, "items/4/"), outcome())
    assert last["Location"] == address(session.review, "items/4/")


def test_a_form_sent_twice_counts_once(session: AgendaItem, bob: User) -> None:
    client = signed_in(bob)
    for form in (finding(session), outcome()):
        for _ in range(2):
            assert client.post(address(session.review, "items/1/"), form).status_code == 302
    assert Outcome.objects.count() == 2


def test_a_refusal_stands_beside_the_form_with_what_was_typed(
    session: AgendaItem, alice: User, lead_body: Body
) -> None:
    Commitment.objects.update(verifying_body=lead_body)
    seated(alice, lead_body, Seat.Role.SECRETARY)
    form = finding(AgendaItem.objects.get(), text="My own words <b>about</b> it")
    page = signed_in(alice).post(address(session.review, "items/1/"), form)
    assert page.status_code == 422
    html = page.content.decode()
    assert "You act for who owes this; somebody else must verify it." in html
    assert "My own words &lt;b&gt;about&lt;/b&gt; it</textarea>" in html
    assert 'value="2" checked' in html
    assert form["finding-submission"] in html
    assert not Verification.objects.exists()


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"level": ""}, "Choose one of the four levels."),
        ({"level": "7"}, "Choose one of the list."),
        ({"obligation": ""}, "Choose whose part of the commitment this is about."),
        ({"obligation": "0"}, "Choose one of the list."),
        ({"text": "  "}, "Write what was found."),
        ({"text": "x" * 4001}, "Write at most 4000 characters: there are 4001."),
    ],
)
def test_an_incomplete_finding_is_shown_again(
    session: AgendaItem, bob: User, fields: dict[str, str], says: str
) -> None:
    page = signed_in(bob).post(address(session.review, "items/1/"), finding(session, **fields))
    assert page.status_code == 422
    assert says in page.content.decode()
    assert not Outcome.objects.exists()


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"kind": "finding"}, "Choose one of the list."),
        ({"kind": ""}, "Choose one."),
    ],
)
def test_an_incomplete_outcome_is_shown_again(
    session: AgendaItem, bob: User, fields: dict[str, str], says: str
) -> None:
    page = signed_in(bob).post(address(session.review, "items/1/"), outcome(**fields))
    assert page.status_code == 422
    assert says in page.content.decode()
    page = signed_in(bob).post(address(session.review, "items/1/"), decision(text=""))
    assert "Write what was decided." in page.content.decode()


def test_an_item_about_no_commitment_takes_outcomes_and_no_finding(
    session: AgendaItem, bob: User
) -> None:
    form = finding(session)
    AgendaItem.objects.update(commitment=None, title="Any other business")
    client = signed_in(bob)
    assert (
        "Record the finding" not in client.get(address(session.review, "items/1/")).content.decode()
    )
    client.post(address(session.review, "items/1/"), form)
    assert not Outcome.objects.exists()
    assert client.post(address(session.review, "items/1/"), outcome()).status_code == 302


# --- Attendance ---------------------------------------------------------------------------------


def test_attendance_is_marked_for_the_seats_that_somebody_holds(
    session: AgendaItem, bob: User, lead_body: Body
) -> None:
    vacant = SeatFactory(body=lead_body, number=99)
    taken = lead_body.seats.exclude(pk=vacant.pk).get()
    client = signed_in(bob)
    html = client.get(address(session.review, "attendance/")).content.decode()
    assert f'name="attendance-{taken.pk}"' in html
    assert f'name="attendance-{vacant.pk}"' not in html
    form = {f"attendance-{taken.pk}": f"remote {bob.pk}", f"attendance-{vacant.pk}": "present"}
    assert client.post(address(session.review, "attendance/"), form).status_code == 302
    row = Attendance.objects.get()
    assert (row.seat, row.person, row.presence) == (taken, bob, "remote")
    assert (
        "by telephone or video" in client.get(address(session.review, "items/1/")).content.decode()
    )


def test_an_unknown_presence_is_not_recorded(
    session: AgendaItem, bob: User, lead_body: Body
) -> None:
    client = signed_in(bob)
    form = {f"attendance-{lead_body.seats.get().pk}": "asleep"}
    page = client.post(address(session.review, "attendance/"), form)
    assert page.status_code == 422
    assert "Choose one of the list." in page.content.decode()
    assert not Attendance.objects.exists()


# --- Queries ------------------------------------------------------------------------------------


@pytest.fixture
def grow(process: Process, lead_body: Body, commitment: Commitment) -> Callable[[Review], None]:
    """One more of everything that the pages of a review show."""

    def add(review: Review) -> None:
        seat = SeatFactory(body=lead_body, party=PartyFactory(process=process))
        TermFactory(seat=seat)
        AttendanceFactory(review=review, seat=seat)
        obligation = ObligationFactory(
            commitment=commitment, party=PartyFactory(process=process), next_check_in_on=None
        )
        CheckInFactory(obligation=obligation)
        VerificationFactory(obligation=obligation)
        other = ObligationFactory(
            commitment__process=process, commitment__lead_body=lead_body, next_check_in_on=None
        )
        item = AgendaItemFactory(review=review, commitment=other.commitment)
        OutcomeFactory(
            item=review.items.order_by("order").first(),
            kind="finding",
            level=1,
            obligation=obligation,
        )
        OutcomeFactory(item=item)
        ReviewFactory(body=lead_body, number=review.number + item.pk, state="minutes_draft")
        ReviewFactory(body=lead_body, number=10000 + item.pk)

    return add


def test_the_pages_take_as_many_queries_for_six_rows_as_for_two(
    session: AgendaItem, bob: User, grow: Callable[[Review], None], lead_body: Body
) -> None:
    client = signed_in(bob)
    review = session.review
    planned = ReviewFactory(body=lead_body, number=9999)

    def attendance() -> dict[str, str]:
        marked = {a.seat_id: a for a in review.attendance.all()}
        form = {}
        for term in Term.objects.filter(seat__body=lead_body).select_related("seat"):
            was = marked.get(term.seat_id)
            stood = f"{was.presence} {was.person_id or ''}".strip() if was else ""
            other = "present" if stood.startswith("remote") else "remote"
            form[f"attendance-{term.seat_id}"] = f"{other} {term.holder_id}"
            form[f"attendance-{term.seat_id}-seen"] = stood
        return form

    def queries(call: Callable[..., Any], *args: Any) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert call(*args).status_code in (200, 302)
        return len(captured)

    def all_pages() -> list[int]:
        pages = (REVIEWS, address(planned), address(review, "items/1/"))
        return [queries(client.get, page) for page in pages]

    grow(review)
    before = all_pages()
    marks = address(review, "attendance/")
    client.post(marks, attendance())
    first = queries(client.post, marks, attendance())
    for _ in range(4):
        grow(review)
    assert all_pages() == before
    # Seats are read together; each is written on its own, in two queries and two savepoints.
    client.post(marks, attendance())
    assert queries(client.post, marks, attendance()) == first + 4 * 4
