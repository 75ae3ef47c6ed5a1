"""A meeting in session: quorum, votes, silence, actions, and several people at once."""

import datetime as dt
import uuid
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from coordination.base.errors import Overtaken, Refused
from coordination.bodies.models import Body, Protocol, Seat
from coordination.commitments.models import Commitment, Level, Obligation
from coordination.ledger.actions import Origin
from coordination.ledger.models import Entry
from coordination.processes.models import Party, Process
from coordination.reviews import actions
from coordination.reviews.actions import Presence
from coordination.reviews.agenda import compile_agenda
from coordination.reviews.models import AgendaItem, Ballot, Outcome, Review
from tests.factories import (
    EvidenceFactory,
    PartyFactory,
    ReviewFactory,
    SeatFactory,
    TermFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def protocol(lead_body: Body) -> Protocol:
    """Three must be there; consensus, else a majority; or silence for two days."""
    protocol, _created = Protocol.objects.update_or_create(
        body=lead_body,
        defaults={
            "quorum": 3,
            "decision_rule": Protocol.DecisionRule.CONSENSUS_THEN_MAJORITY,
            "silence_hours": 48,
        },
    )
    return protocol


@pytest.fixture
def seats(lead_body: Body, process: Process, bob: User) -> list[Seat]:
    """Bob's, and three others with holders."""
    first = lead_body.seats.get()
    others = [
        TermFactory(seat=SeatFactory(body=lead_body, number=n, vote="voting")).seat
        for n in (2, 3, 4)
    ]
    return [first, *others]


def holder(seat: Seat) -> User:
    return seat.terms.get().holder


def attend(review: Review, actor: User, seats: list[Seat], presence: str = "present") -> None:
    actions.mark_attendance(
        actor=actor,
        review=review,
        presences={seat.pk: Presence(presence, holder(seat)) for seat in seats},
        origin=Origin.WEB,
    )


def decide(item: AgendaItem, actor: User, **fields: Any) -> Outcome:
    said = {"text": "The corridor opens.", "submission": uuid.uuid4(), "origin": Origin.WEB}
    outcome, _new = actions.record_decision(actor=actor, item=item, **said | fields)
    return outcome


def act(item: AgendaItem, actor: User, owner: Party | Body, **fields: Any) -> Outcome:
    said = {
        "title": "Send the list of posts",
        "due_on": item.review.body.process.today() + dt.timedelta(days=7),
        "submission": uuid.uuid4(),
        "origin": Origin.WEB,
    }
    outcome, _new = actions.record_action(actor=actor, item=item, owner=owner, **said | fields)
    return outcome


# --- Decisions ----------------------------------------------------------------------------------


def test_without_a_quorum_nothing_is_decided(
    session: AgendaItem, bob: User, protocol: Protocol, seats: list[Seat]
) -> None:
    attend(session.review, bob, seats[:2])
    with pytest.raises(Refused, match="No quorum: nothing is decided"):
        decide(session, bob)
    assert not Outcome.objects.exists()


def test_consensus_carries_while_nobody_objects_and_else_a_majority(
    session: AgendaItem, bob: User, protocol: Protocol, seats: list[Seat]
) -> None:
    attend(session.review, bob, seats)
    agreed = decide(session, bob)
    assert (agreed.carried, agreed.rule, agreed.ballots.count()) == (True, "consensus", 4)
    against = {seats[1].pk: "no", seats[2].pk: "abstain"}
    outvoted = decide(session, bob, votes=against, objections={seats[1].pk: "It is too early."})
    assert (outvoted.carried, outvoted.rule) == (True, "majority")
    objection = outvoted.ballots.get(vote="no")
    assert (objection.person, objection.words) == (holder(seats[1]), "It is too early.")
    lost = decide(session, bob, votes={seat.pk: "no" for seat in seats[1:]})
    assert (lost.carried, lost.rule) == (False, "majority")


def test_only_who_is_present_votes(
    session: AgendaItem, bob: User, protocol: Protocol, seats: list[Seat]
) -> None:
    attend(session.review, bob, seats[:3])
    with pytest.raises(Refused, match="Only who is present votes"):
        decide(session, bob, votes={seats[3].pk: "no"})


def test_silence_carries_when_its_clock_has_run_out(
    session: AgendaItem, bob: User, protocol: Protocol, seats: list[Seat]
) -> None:
    outcome = decide(session, bob, by_silence=True)
    assert (outcome.carried, outcome.rule) == (None, "silence")
    assert outcome.silence_until is not None
    left = outcome.silence_until - timezone.now()
    assert dt.timedelta(hours=47) < left <= dt.timedelta(hours=48)
    assert actions.settle_silences(outcome.silence_until - dt.timedelta(seconds=1)) == 0
    assert actions.settle_silences(outcome.silence_until) == 1
    assert actions.settle_silences(outcome.silence_until) == 0
    outcome.refresh_from_db()
    assert outcome.carried is True
    assert Entry.objects.filter(verb="review.silence-ended").count() == 1


def test_one_objection_breaks_the_silence_by_name(
    session: AgendaItem, bob: User, protocol: Protocol, seats: list[Seat]
) -> None:
    outcome = decide(session, bob, by_silence=True)
    said = {"seat": seats[1], "words": "The road is mined.", "origin": Origin.WEB}
    with pytest.raises(Refused, match="Only who holds a voting seat"):
        actions.object_to(actor=bob, outcome=outcome, **said)
    actions.object_to(actor=holder(seats[1]), outcome=outcome, **said)
    outcome.refresh_from_db()
    assert outcome.carried is False
    assert "The road is mined." in outcome.how
    with pytest.raises(Refused, match="is over"):
        actions.object_to(actor=holder(seats[2]), outcome=outcome, **said | {"seat": seats[2]})
    assert Ballot.objects.count() == 1


def test_a_form_sent_twice_decides_once(
    session: AgendaItem, bob: User, protocol: Protocol, seats: list[Seat]
) -> None:
    attend(session.review, bob, seats)
    key = uuid.uuid4()
    assert decide(session, bob, submission=key) == decide(session, bob, submission=key)
    assert Outcome.objects.count() == 1


# --- Findings without a quorum ------------------------------------------------------------------


def test_a_finding_without_a_quorum_stands_in_the_minutes_alone(
    session: AgendaItem,
    bob: User,
    protocol: Protocol,
    seats: list[Seat],
    obligation: Obligation,
    lead_body: Body,
) -> None:
    Commitment.objects.update(verifying_body=lead_body)
    said = {
        "obligation": obligation,
        "level": Level.MINIMUM,
        "text": "Two of five.",
        "origin": Origin.WEB,
    }

    def find() -> Outcome:
        session.refresh_from_db()
        outcome, _new = actions.record_finding(
            actor=bob, item=session, submission=uuid.uuid4(), **said
        )
        obligation.refresh_from_db()
        return outcome

    assert find().verification is None
    assert obligation.verified_level is None
    attend(session.review, bob, seats[:3])
    assert find().verification is not None
    assert obligation.verified_level == Level.MINIMUM


# --- Actions ------------------------------------------------------------------------------------


def test_an_action_is_a_commitment_that_is_complete_from_the_start(
    session: AgendaItem, bob: User, party: Party, alice: User
) -> None:
    outcome = act(session, bob, party, focal_point=alice)
    commitment = outcome.commitment
    assert commitment is not None
    obligation = commitment.obligations.get()
    assert (commitment.title, commitment.reference, commitment.lead_body) == (
        "Send the list of posts",
        "JMC, review 5, item 1",
        session.review.body,
    )
    assert (obligation.party, obligation.focal_point) == (party, alice)
    assert obligation.due_on == session.review.body.process.today() + dt.timedelta(days=7)
    assert obligation.next_check_in_at is not None
    assert commitment.verifying_body == session.review.body


def test_what_a_body_owes_itself_it_does_not_verify(session: AgendaItem, bob: User) -> None:
    commitment = act(session, bob, session.review.body).commitment
    assert commitment is not None
    assert commitment.verifying_body is None


def test_an_action_comes_back_until_it_is_done(
    session: AgendaItem, bob: User, party: Party, review: Review
) -> None:
    due_on = review.body.process.today() + dt.timedelta(days=300)
    action = act(session, bob, party, due_on=due_on).commitment
    assert action is not None
    actions.close_review(actor=bob, review=review, origin=Origin.WEB)
    following = ReviewFactory(
        body=review.body, starts_at=review.starts_at + dt.timedelta(days=30), number=6
    )

    def reasons() -> list[str]:
        entries = compile_agenda(following, timezone.now())
        return [entry.reason for entry in entries if entry.commitment == action]

    assert reasons() == ["Action of an earlier review"]
    obligation = action.obligations.get()
    obligation.verified_level, obligation.verified_at = Level.FULL, timezone.now()
    obligation.save()
    assert reasons() == []


def test_what_was_recorded_by_mistake_is_taken_back_with_what_it_brought_about(
    session: AgendaItem, bob: User, party: Party
) -> None:
    outcome = act(session, bob, party)
    with pytest.raises(Refused, match="Say why"):
        actions.withdraw_outcome(actor=bob, outcome=outcome, because=" ", origin=Origin.WEB)
    actions.withdraw_outcome(actor=bob, outcome=outcome, because="Twice", origin=Origin.WEB)
    assert not Outcome.objects.exists()
    assert not Commitment.objects.filter(pk=outcome.commitment_id).exists()
    assert Outcome.every.get().withdrawn_because == "Twice"


# --- Attendance ---------------------------------------------------------------------------------


def test_the_alternate_sits_in_for_the_holder_and_nobody_else_does(
    session: AgendaItem, bob: User, seats: list[Seat], alice: User
) -> None:
    term = seats[1].terms.get()
    term.alternate = alice
    term.save()

    def mark(person: User) -> None:
        actions.mark_attendance(
            actor=bob,
            review=session.review,
            presences={seats[1].pk: Presence("present", person)},
            origin=Origin.WEB,
        )

    mark(alice)
    assert session.review.attendance.get().person == alice
    with pytest.raises(Refused, match="neither holds"):
        mark(bob)


def test_two_who_mark_at_once_overwrite_nothing(
    session: AgendaItem, bob: User, seats: list[Seat]
) -> None:
    review = session.review

    def mark(seat: Seat, presence: str) -> None:
        """As somebody whose form showed nobody yet."""
        actions.mark_attendance(
            actor=bob,
            review=review,
            presences={seat.pk: Presence(presence, holder(seat))},
            seen={seat.pk: ("", None)},
            origin=Origin.WEB,
        )

    mark(seats[1], "present")
    mark(seats[2], "remote")
    with pytest.raises(Overtaken, match="was marked meanwhile: present"):
        mark(seats[1], "remote")
    mark(seats[1], "present")  # the same again
    assert sorted(review.attendance.values_list("presence", flat=True)) == ["present", "remote"]


# --- The pages ----------------------------------------------------------------------------------


@pytest.fixture
def page(session: AgendaItem, bob: User) -> Client:
    client = Client()
    client.force_login(bob)
    return client


def address(item: AgendaItem, leaf: str = "") -> str:
    return f"/p/valley/reviews/{item.review_id}/{leaf or f'items/{item.order}/'}"


def test_a_vote_is_taken_on_the_page(
    page: Client, session: AgendaItem, bob: User, protocol: Protocol, seats: list[Seat]
) -> None:
    attend(session.review, bob, seats)
    form = {
        "decision": "1",
        "decision-text": "The corridor opens.",
        **{f"decision-vote-{seat.pk}": "yes" for seat in seats},
        f"decision-vote-{seats[1].pk}": "no",
        f"decision-words-{seats[1].pk}": "Too early.",
    }
    html = page.get(address(session)).content.decode()
    assert "Votes and objections of 4 seats that are present" in html
    assert page.post(address(session), form).status_code == 302
    html = page.get(address(session)).content.decode()
    assert "3 for, 1 against" in html
    assert "Too early." in html


def test_an_action_without_an_owner_says_so_beside_its_field(
    page: Client, session: AgendaItem
) -> None:
    answer = page.post(address(session), {"action": "1", "action-title": "Send the list"})
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "Name a party or a body by its code." in html
    assert 'value="Send the list"' in html


def test_a_member_proposes_until_the_agenda_closes_and_not_after(
    review: Review, bob: User, alice: User, process: Process, commitment: Commitment
) -> None:
    review.starts_at = timezone.now() + dt.timedelta(days=5)
    review.save()
    said = {"review": review, "origin": Origin.WEB, "why": "It cannot wait."}
    proposal = actions.propose_item(actor=alice, title="The ferry", **said)
    assert proposal == actions.propose_item(actor=alice, title="The ferry", **said)
    actions.propose_item(actor=alice, title="", commitment=commitment, **said)
    entries = {entry.title: entry.reason for entry in compile_agenda(review, timezone.now())}
    assert entries["The ferry"] == f"Proposed by {alice}"
    assert entries[commitment.title] == f"Due in 10 days · Proposed by {alice}"
    assert actions.close_agendas(review.starts_at - dt.timedelta(hours=49)) == 0
    assert actions.close_agendas(review.starts_at - dt.timedelta(hours=48)) == 1
    assert actions.close_agendas(review.starts_at - dt.timedelta(hours=47)) == 0
    assert [str(item) for item in review.items.all()] == [
        f"1. {commitment.title}",
        "2. The ferry",
    ]
    with pytest.raises(Refused, match="The agenda is closed"):
        actions.propose_item(actor=alice, title="The bridge", **said)


def test_a_body_leaves_out_what_its_rules_leave_out(
    review: Review, bob: User, commitment: Commitment
) -> None:
    said = {"actor": bob, "body": review.body, "origin": Origin.WEB, "ahead_days": 14}
    actions.set_agenda_rules(
        leaves_out=["due"], opening=["Adoption of the agenda"], closing=["Next meeting"], **said
    )
    titles = [entry.title for entry in compile_agenda(review, timezone.now())]
    assert titles == ["Adoption of the agenda", "Next meeting"]
    actions.set_agenda_rules(leaves_out=[], opening=[], closing=["Next meeting"], **said)
    titles = [entry.title for entry in compile_agenda(review, timezone.now())]
    assert titles == [commitment.title, "Next meeting"]


def test_papers_are_listed_and_two_who_change_them_lose_nothing(review: Review, bob: User) -> None:
    said = {"actor": bob, "review": review, "origin": Origin.WEB}
    actions.set_papers(papers=" Map of the corridor \n\n", seen="", **said)
    review.refresh_from_db()
    assert review.papers == "Map of the corridor"
    with pytest.raises(Overtaken, match="It is now: Map of the corridor"):
        actions.set_papers(papers="List of posts", seen="", **said)
    review.refresh_from_db()
    assert review.papers == "Map of the corridor"


def test_an_item_shows_what_reports_and_findings_rest_on_to_who_may_read_it(
    page: Client, session: AgendaItem, obligation: Obligation
) -> None:
    assert session.commitment is not None
    EvidenceFactory(commitment=session.commitment, title="Photographs of the post")
    EvidenceFactory(
        commitment=session.commitment,
        title="A delegation's own",
        audience="delegation",
        delegation=PartyFactory(process=session.commitment.process),
    )
    html = page.get(address(session)).content.decode()
    assert "Photographs of the post" in html
    assert "A delegation&#x27;s own" not in html
