"""Minutes: drafted when a meeting closes, edited, commented, approved, sealed and corrected."""

import datetime as dt
import uuid
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from coordination.base.errors import Overtaken, Refused
from coordination.bodies.decisions import Vote
from coordination.bodies.models import Body, Protocol, Seat, Term
from coordination.commitments.models import Commitment
from coordination.ledger.actions import Origin
from coordination.ledger.models import Entry
from coordination.ledger.signing import digest_of
from coordination.processes.models import Membership, Party, Process
from coordination.reviews import actions
from coordination.reviews.access import may_approve, may_comment
from coordination.reviews.minutes_text import content_of, shown
from coordination.reviews.models import (
    AgendaItem,
    Attendance,
    Minutes,
    MinutesComment,
    Outcome,
    Review,
)
from coordination.reviews.sealing import problem_of, verify_minutes
from tests.conftest import member, seated
from tests.factories import AgendaItemFactory, AttendanceFactory, OutcomeFactory

pytestmark = pytest.mark.django_db

Kind = Outcome.Kind
State = Review.State


def by(actor: User) -> dict[str, Any]:
    return {"actor": actor, "origin": Origin.WEB}


@pytest.fixture
def closed(session: AgendaItem, bob: User) -> Minutes:
    """The draft of a meeting that bob chaired and closed; its one item is noted."""
    seat = Seat.objects.get(body=session.review.body, role=Seat.Role.CHAIR)
    AttendanceFactory(review=session.review, seat=seat, person=bob)
    OutcomeFactory(item=session, kind=Kind.NOTED, text="The report was heard.", recorded_by=bob)
    review = actions.close_review(review=session.review, **by(bob))
    return review.minutes.get()


@pytest.fixture
def approved(closed: Minutes, bob: User) -> Minutes:
    return approve(closed, bob)


def approve(minutes: Minutes, actor: User) -> Minutes:
    seen = digest_of(content_of(minutes))
    return actions.approve_minutes(minutes=minutes, seen=seen, **by(actor))


def refused(call: Any, *args: Any, **kwargs: Any) -> str:
    with pytest.raises(Refused) as caught:
        call(*args, **kwargs)
    return caught.value.message


def at(minutes: Minutes, name: str = "minutes", *more: Any) -> str:
    review = minutes.review
    slug = review.body.process.slug
    return reverse(name, args=[slug, review.pk, minutes.version, *more])


# --- The draft ------------------------------------------------------------------------------------


def test_a_meeting_that_closes_has_its_minutes_drafted(
    closed: Minutes, session: AgendaItem, bob: User
) -> None:
    first, about, last = closed.sections.all()
    held = closed.review.held_on
    opened = timezone.localtime(closed.review.opened_at, closed.review.body.process.zone)
    assert first.text.split("\n\n") == [
        f"Joint Military Commission held its review 5 on {held.day} {held:%b %Y}. "
        f"It was opened on {opened.day} {opened:%b %Y} at {opened:%H:%M %Z}.",
        "In the chair: Bob.",
        "Present: Bob (Chair, CCC).",
        "No quorum is asked for: 1 present.",
    ]
    assert (about.item, about.heading, about.text) == (session, session.title, "")
    assert (first.heading, last.heading) == ("Opening", "Closing")
    assert last.text.startswith("The meeting was closed at ")
    assert Entry.objects.filter(verb="minutes.drafted").count() == 1


def test_the_draft_names_who_was_absent_and_who_was_there_without_a_seat(
    session: AgendaItem, bob: User, party: Party, alice: User
) -> None:
    review = session.review
    Protocol.objects.create(body=review.body, quorum=2)
    seat = seated(alice, review.body, Seat.Role.MEMBER, party).terms.get().seat
    review.also_present = "UNHCR."
    review.save()
    AttendanceFactory(review=review, seat=seat, presence=Attendance.Presence.ABSENT)
    actions.close_review(review=review, **by(bob))
    text = review.minutes.get().sections.first().text
    assert text.split("\n\n")[1:] == [
        "Nobody is marked as present in the chair.",
        "Nobody is marked as present.",
        "Absent: Member, AAA.",
        "Also in the room: UNHCR.",
        "The quorum was not met: 0 of 2 present, 2 needed.",
    ]


def test_older_minutes_are_drafted_by_a_press_and_only_once(
    last_review: Review, bob: User, client: Client
) -> None:
    client.force_login(bob)
    page = f"/p/valley/reviews/{last_review.pk}/minutes/"
    assert b"Draft the minutes" in client.get(page).content
    assert not Minutes.objects.exists()
    for _ in range(2):
        client.post(f"{page}draft/")
    assert Minutes.objects.get().version == 1
    assert Entry.objects.filter(verb="minutes.drafted").count() == 1


# --- Editing --------------------------------------------------------------------------------------


def test_who_saves_an_older_version_sees_the_other_and_keeps_what_they_typed(
    closed: Minutes, bob: User, coordinator: User, client: Client
) -> None:
    section = closed.sections.get(order=2)
    actions.edit_minutes(section=section, text="Cora’s words", seen=1, **by(coordinator))
    client.force_login(bob)
    data = {"what": "words", "text": "Bob’s words", "version": 1, "submission": uuid.uuid4()}
    path = at(closed, "minutes-section", 2)
    response = client.post(path, data)
    page = response.content.decode()
    assert response.status_code == 422
    assert "Cora changed this section meanwhile." in page
    assert "As Cora wrote it meanwhile" in page
    assert "<p>Cora’s words</p>" in page
    assert "Bob’s words</textarea>" in page
    section.refresh_from_db()
    assert section.text == "Cora’s words"
    assert client.post(path, data | {"version": 2}).status_code == 302
    section.refresh_from_db()
    assert (section.text, section.version, section.edited_by) == ("Bob’s words", 3, bob)


def test_the_same_words_again_change_nothing(closed: Minutes, bob: User) -> None:
    section = closed.sections.get(order=2)
    for _ in range(2):
        actions.edit_minutes(section=section, text="Words\r\n", seen=1, **by(bob))
    section.refresh_from_db()
    assert (section.text, section.version) == ("Words", 2)
    entry = Entry.objects.get(verb="minutes.edited")
    assert (entry.before["text"], entry.after["text"]) == ("", "Words")


def test_approved_minutes_are_not_edited(approved: Minutes, bob: User) -> None:
    section = approved.sections.get(order=2)
    words = "These minutes are approved. What is wrong in them needs a correction."
    assert refused(actions.edit_minutes, section=section, text="x", seen=1, **by(bob)) == words
    until = timezone.now() + dt.timedelta(days=1)
    assert refused(actions.circulate_minutes, minutes=approved, until=until, **by(bob)) == words


# --- Comments -------------------------------------------------------------------------------------


def circulated(minutes: Minutes, actor: User) -> Minutes:
    until = timezone.now() + dt.timedelta(days=2)
    return actions.circulate_minutes(minutes=minutes, until=until, **by(actor))


def test_members_and_delegations_with_a_seat_comment_until_the_moment(
    closed: Minutes, bob: User, alice: User, dave: User, party: Party
) -> None:
    review = closed.review
    assert not may_comment(alice, review)
    Seat.objects.create(body=review.body, number=7, party=party)
    alternate = member(review.body.process, "Ann", Membership.Role.OBSERVER)
    Term.objects.filter(seat__body=review.body).update(alternate=alternate)
    assert [may_comment(one, review) for one in (alice, alternate, bob, dave)] == [
        *(True, True, True, False),
    ]
    section = closed.sections.get(order=2)
    words = refused(actions.comment_on, section=section, text="It was at ten.", **by(alice))
    assert words == "Comments on these minutes are not taken now."
    circulated(closed, bob)
    for _ in range(2):
        actions.comment_on(section=section, text="It was at ten.", **by(alice))
    assert MinutesComment.objects.get().author == alice
    with time_machine.travel(timezone.now() + dt.timedelta(days=3), tick=False):
        late = refused(actions.comment_on, section=section, text="And more.", **by(alice))
    assert late == "Comments on these minutes are not taken now."


def test_each_comment_is_answered_and_what_is_not_taken_up_says_why(
    closed: Minutes, bob: User, coordinator: User, client: Client
) -> None:
    circulated(closed, bob)
    section = closed.sections.get(order=2)
    comment = actions.comment_on(section=section, text="It was at ten.", **by(coordinator))
    client.force_login(bob)
    path = at(closed, "minutes-section", 2)
    name = f"c{comment.pk}"
    data = {"what": f"answer-{comment.pk}", f"{name}-taken_up": "no", f"{name}-why": ""}
    response = client.post(path, data | {f"{name}-submission": uuid.uuid4()})
    assert response.status_code == 422
    assert "Say why it is not taken up." in response.content.decode()
    data |= {f"{name}-why": "The recording says eleven."}
    assert client.post(path, data | {f"{name}-submission": uuid.uuid4()}).status_code == 302
    comment.refresh_from_db()
    assert comment.answer == "Not taken up: The recording says eleven."
    again = {"comment": comment, "taken_up": True, "why": "", **by(coordinator)}
    with pytest.raises(Overtaken):
        actions.answer_comment(**again)


def test_a_comment_and_its_answer_go_through_the_pages(
    closed: Minutes, bob: User, carol: User, client: Client
) -> None:
    circulated(closed, bob)
    path = at(closed, "minutes-section", 2)
    client.force_login(carol)
    data = {"what": "comment", "comment": "I was there too.", "submission": uuid.uuid4()}
    assert client.post(path, data).status_code == 403
    seated(carol, closed.review.body, Seat.Role.MEMBER)
    assert client.post(path, data).status_code == 302
    assert client.post(path, {"what": "words", "text": "x", "version": 1}).status_code == 403
    page = client.get(at(closed)).content.decode()
    assert "1 comment" in page


# --- Approval -------------------------------------------------------------------------------------


def test_minutes_are_sealed_when_the_chair_approves_them(closed: Minutes, bob: User) -> None:
    minutes = approve(closed, bob)
    entry = Entry.objects.get(verb="minutes.approved")
    assert entry.after["digest"] == minutes.digest == digest_of(minutes.content)
    assert entry.object_id == minutes.pk
    minutes.review.refresh_from_db()
    assert minutes.review.state == State.APPROVED
    content = minutes.content
    assert [one["heading"] for one in content["sections"]][1] == closed.review.items.get().title
    noted = content["sections"][1]["outcomes"][0]
    assert (noted["kind"], noted["text"]) == ("noted", "The report was heard.")
    assert content["chair"] == ["Bob"]


def test_a_second_press_approves_nothing_more(closed: Minutes, bob: User) -> None:
    first, again = approve(closed, bob), approve(closed, bob)
    assert first.approved_at == again.approved_at
    assert Entry.objects.filter(verb="minutes.approved").count() == 1


def test_what_changed_since_it_was_read_is_read_again(closed: Minutes, bob: User) -> None:
    seen = digest_of(content_of(closed))
    section = closed.sections.get(order=2)
    actions.edit_minutes(section=section, text="Another text", seen=1, **by(bob))
    words = refused(actions.approve_minutes, minutes=closed, seen=seen, **by(bob))
    assert words == "The minutes changed since you opened them. Read them again."


def test_an_item_without_an_outcome_stands_in_the_way(
    closed: Minutes, bob: User, client: Client
) -> None:
    AgendaItemFactory(review=closed.review, order=2, title="Left open")
    assert refused(approve, closed, bob) == ("Items without an outcome: 2. Record how each ended.")
    client.force_login(bob)
    page = client.get(at(closed)).content.decode()
    assert "1 item has no outcome: the minutes cannot be approved before it has one." in page
    path = f"/p/valley/reviews/{closed.review_id}/minutes/outcomes/2/"
    assert path in page
    data = {"outcome-kind": "carried_over", "outcome-submission": uuid.uuid4()}
    assert client.post(path, data).status_code == 302
    assert approve(closed, bob).approved_at


def test_comments_that_run_or_wait_for_an_answer_stand_in_the_way(
    closed: Minutes, bob: User
) -> None:
    minutes = circulated(closed, bob)
    section = closed.sections.get(order=2)
    comment = actions.comment_on(section=section, text="It was at ten.", **by(bob))
    assert refused(approve, minutes, bob).startswith("Comments are taken until ")
    with time_machine.travel(timezone.now() + dt.timedelta(days=3), tick=False):
        assert refused(approve, minutes, bob) == (
            "Comments without an answer: 1. Answer each first."
        )
        actions.answer_comment(comment=comment, taken_up=True, why="", **by(bob))
        assert approve(minutes, bob).approved_by == bob


def test_the_chair_approves_or_an_alternate_and_a_coordinator_where_there_is_no_chair(
    closed: Minutes, bob: User, coordinator: User
) -> None:
    review = closed.review
    secretary = member(review.body.process, "Sue", Membership.Role.OBSERVER)
    seated(secretary, review.body, Seat.Role.SECRETARY)
    alternate = member(review.body.process, "Ann", Membership.Role.OBSERVER)
    chair = Term.objects.filter(holder=bob)
    chair.update(alternate=alternate)
    people = (bob, alternate, secretary, coordinator)
    assert [may_approve(one, review) for one in people] == [True, True, False, False]
    chair.update(ends_on=review.body.process.today() - dt.timedelta(days=1))
    assert [may_approve(one, review) for one in people] == [False, False, False, True]
    words = refused(approve, closed, secretary)
    assert words == "The minutes are approved by who chairs the body."


def test_an_objection_is_printed_with_the_votes_by_name(
    session: AgendaItem, bob: User, alice: User, party: Party
) -> None:
    review = session.review
    Protocol.objects.create(body=review.body, decision_rule="majority")
    seated(alice, review.body, Seat.Role.MEMBER, party)
    for seat in review.body.seats.all():
        AttendanceFactory(review=review, seat=seat, person=seat.terms.get().holder)
    seats = {seat.party.code: seat.pk for seat in review.body.seats.all()}
    actions.record_decision(
        item=session, text="To meet weekly.", submission=uuid.uuid4(), **by(bob),
        votes={seats["AAA"]: Vote.NO}, objections={seats["AAA"]: "Too often"},
    )  # fmt: skip
    minutes = actions.close_review(review=review, **by(bob)).minutes.get()
    said = shown(content_of(minutes))["sections"][1]["outcomes"][0]
    assert [(one["person"], one["vote_words"], one["words"]) for one in said["votes"]] == [
        ("Bob", "yes", ""),
        ("Alice", "no", "Too often"),
    ]
    assert (said["decided"], said["rule_words"]) == ("not carried", "a majority")


# --- What was approved ----------------------------------------------------------------------------


def test_the_page_shows_what_was_approved_whatever_the_rows_say_since(
    approved: Minutes, bob: User, client: Client
) -> None:
    Outcome.objects.update(text="Rewritten")
    approved.sections.update(text="Rewritten too")
    client.force_login(bob)
    page = client.get(at(approved)).content.decode()
    assert "The report was heard." in page
    assert "Rewritten" not in page
    assert "fits the ledger" in page


def test_minutes_that_were_changed_behind_the_product_are_found(
    approved: Minutes, process: Process, bob: User, client: Client
) -> None:
    assert list(verify_minutes(process)) == []
    call_command("verify_ledger", "valley")
    content = approved.content | {"also_present": "Nobody"}
    Minutes.objects.filter(pk=approved.pk).update(content=content)
    approved.refresh_from_db()
    assert problem_of(approved) == "their text does not fit their digest"
    Minutes.objects.filter(pk=approved.pk).update(digest=digest_of(content))
    approved.refresh_from_db()
    assert problem_of(approved) == "the ledger has another digest of them"
    with pytest.raises(CommandError):
        call_command("verify_ledger", "valley")
    client.force_login(bob)
    page = client.get(at(approved)).content.decode()
    assert "These minutes are not what was approved:" in page


# --- Corrections ----------------------------------------------------------------------------------


def test_a_correction_is_a_new_version_that_says_what_it_corrects(
    approved: Minutes, bob: User, client: Client
) -> None:
    review = approved.review
    words = refused(actions.correct_minutes, review=review, corrects=" ", **by(bob))
    assert words == "Say what is corrected: what was wrong, and how it was."
    for _ in range(2):
        second = actions.correct_minutes(review=review, corrects="Not ten: eleven.", **by(bob))
    assert second.version == 2
    texts = [list(one.sections.values_list("heading", "text")) for one in (approved, second)]
    assert texts[0] == texts[1]
    client.force_login(bob)
    assert "Version 1 holds until it is approved" in client.get(at(second)).content.decode()
    assert "This version holds." in client.get(at(approved)).content.decode()
    section = second.sections.get(order=3)
    actions.edit_minutes(section=section, text="Closed at eleven.", seen=1, **by(bob))
    second = approve(second, bob)
    assert second.content["corrects"] == "Not ten: eleven."
    former = client.get(at(approved)).content.decode()
    assert "This version holds no longer." in former
    assert "Closed at eleven." not in former
    approved.refresh_from_db()
    assert problem_of(approved) == problem_of(second) == ""
    holding = client.get(f"/p/valley/reviews/{review.pk}/minutes/")
    assert holding["Location"] == at(second)
    review.refresh_from_db()
    assert review.state == State.APPROVED


def test_a_draft_is_not_corrected_but_edited(closed: Minutes, bob: User) -> None:
    words = refused(actions.correct_minutes, review=closed.review, corrects="x", **by(bob))
    assert words == "There are no approved minutes to correct: edit the draft."


# --- Pages ----------------------------------------------------------------------------------------


def test_the_page_asks_as_often_for_many_items_as_for_one(
    closed: Minutes, lead_body: Body, bob: User, commitment: Commitment, client: Client,
    django_assert_max_num_queries: Any,
) -> None:  # fmt: skip
    for order in range(2, 9):
        item = AgendaItemFactory(review=closed.review, order=order)
        OutcomeFactory(item=item, recorded_by=bob)
        closed.sections.create(order=order + 10, item=item, heading=item.title)
    client.force_login(bob)
    with django_assert_max_num_queries(34):
        page = client.get(at(closed))
    assert page.status_code == 200
    assert page.content.decode().count("<b>Noted</b>") == 8


def test_approving_through_the_page_shows_what_was_overtaken(
    closed: Minutes, bob: User, client: Client
) -> None:
    client.force_login(bob)
    page = client.get(at(closed))
    seen = page.context["seen"]
    section = closed.sections.get(order=2)
    actions.edit_minutes(section=section, text="Another text", seen=1, **by(bob))
    path = at(closed, "minutes-approve")
    response = client.post(path, {"seen": seen, "submission": uuid.uuid4()})
    assert response.status_code == 422
    assert "The minutes changed since you opened them." in response.content.decode()
    fresh = response.context["approve_form"]["seen"].value()
    assert client.post(path, {"seen": fresh, "submission": uuid.uuid4()}).status_code == 302
    closed.refresh_from_db()
    assert closed.content["sections"][1]["text"] == "Another text"
    assert client.post(path, {"seen": fresh, "submission": uuid.uuid4()}).status_code == 302


def test_the_quorum_is_the_one_of_the_meeting_whatever_the_protocol_says_later(
    closed: Minutes, lead_body: Body
) -> None:
    before = content_of(closed)["quorum"]
    Protocol.objects.update_or_create(body=lead_body, defaults={"quorum": 40})
    minutes = Minutes.objects.get(pk=closed.pk)
    assert content_of(minutes)["quorum"] == before


def test_a_disagreement_stands_in_the_minutes_of_its_item(
    session: AgendaItem, bob: User, client: Client
) -> None:
    said = {"subject": "From when it counts", "disagreement": "One says March, the other May."}
    actions.raise_dispute(body=session.review.body, item=session, **said, **by(bob))
    OutcomeFactory(item=session, kind=Kind.NOTED, recorded_by=bob)
    minutes = actions.close_review(review=session.review, **by(bob)).minutes.get()
    section = next(one for one in content_of(minutes)["sections"] if one["item"] == session.order)
    assert [one["disagreement"] for one in section["disputes"]] == [said["disagreement"]]
    client.force_login(bob)
    assert "One says March, the other May." in client.get(at(minutes)).content.decode()
