"""The pages of disputes: raising one, its way, what came of a step, and the list."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from coordination.bodies.models import Body, Seat
from coordination.commitments.models import Commitment
from coordination.ledger.actions import Origin
from coordination.processes.models import Party
from coordination.reviews import actions
from coordination.reviews.models import AgendaItem, Dispute, Review
from tests.conftest import seated
from tests.factories import DisputeFactory, DisputeStepFactory, ProtocolFactory, SeatFactory

pytestmark = pytest.mark.django_db

ALL = "/p/valley/disputes/"
SAID = {
    "subject": "From when the days count",
    "disagreement": "Avaria counts from the signature, Bellonia from the entry into force.",
}


@pytest.fixture
def dispute(lead_body: Body, bob: User, commitment: Commitment) -> Dispute:
    protocol = ProtocolFactory(body=lead_body)
    DisputeStepFactory(
        protocol=protocol, order=1, who="The chair", seat=lead_body.seats.get(), within_hours=48
    )
    DisputeStepFactory(protocol=protocol, order=2, who="The guarantors")
    return actions.raise_dispute(
        actor=bob, body=lead_body, commitment=commitment, origin=Origin.WEB, **SAID
    )


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


def send(client: Client, dispute: Dispute, what: str, **data: Any) -> Any:
    return client.post(f"{ALL}{dispute.number}/", {"what": what, **data})


def test_a_delegation_with_a_seat_raises_one_on_an_item_for_its_own_party(
    client: Client, session: AgendaItem, alice: User, party: Party, other_party: Party
) -> None:
    SeatFactory(body=session.review.body, party=party)
    client.force_login(alice)
    page = f"/p/valley/reviews/{session.review.pk}/items/1/dispute/"
    shown = text(client.get(page))
    assert "names no step for disputes: nobody is asked" in shown
    assert "Bellonia</option>" not in shown
    response = client.post(page, {**SAID, "raised_for": party.pk})
    made = Dispute.objects.get()
    assert response["Location"] == f"{ALL}{made.number}/"
    assert (made.item, made.commitment, made.raised_for) == (session, session.commitment, party)
    item = text(client.get(f"/p/valley/reviews/{session.review.pk}/items/1/"))
    assert "Dispute 1: <bdi>From when the days count</bdi>" in item
    assert page in item


def test_what_is_missing_stands_beside_its_field_and_nothing_typed_is_lost(
    client: Client, session: AgendaItem, bob: User
) -> None:
    client.force_login(bob)
    page = f"/p/valley/reviews/{session.review.pk}/items/1/dispute/"
    response = client.post(page, {"subject": "The corridor"})
    assert response.status_code == 422
    shown = text(response)
    assert "Write who holds what, so that all agree to it." in shown
    assert 'value="The corridor"' in shown
    Review.objects.update(state=Review.State.APPROVED)
    assert "Raise it from the page of the body" in text(client.get(page))
    refused = client.post(page, SAID)
    assert (refused.status_code, "This review is minutes approved." in text(refused)) == (422, True)


def test_without_a_meeting_it_names_its_commitment_by_its_code(
    client: Client, lead_body: Body, commitment: Commitment, bob: User
) -> None:
    client.force_login(bob)
    page = "/p/valley/bodies/JMC/dispute/"
    unknown = client.post(page, {**SAID, "commitment": "C-99"})
    assert "“C-99” is no commitment here" in text(unknown)
    client.post(page, {**SAID, "commitment": commitment.code})
    assert Dispute.objects.get().commitment == commitment
    listed = text(client.get(f"{ALL}?body=JMC"))
    assert page in listed
    assert "nobody: the protocol names no step" in listed


def test_its_page_shows_the_whole_way_and_what_comes_next(
    client: Client, dispute: Dispute, alice: User, bob: User
) -> None:
    client.force_login(alice)
    shown = text(client.get(f"{ALL}1/"))
    assert "The chair</bdi></b>" in shown
    assert "waits for an answer" in shown
    assert "The guarantors</bdi> <small>comes next, if it is not settled" in shown
    assert 'name="what"' not in shown
    client.force_login(bob)
    assert 'value="answer"' in text(client.get(f"{ALL}1/"))
    said = {"step": 1, "result": "not_settled", "words": "Neither yields."}
    assert send(client, dispute, "answer", **said).status_code == 302
    shown = text(client.get(f"{ALL}1/"))
    assert "Not settled" in shown
    assert "Neither yields." in shown
    assert shown.index("Neither yields.") < shown.index("The guarantors")
    assert "This is the last step of the protocol." in shown


def test_an_answer_to_a_step_that_ended_meanwhile_keeps_what_was_typed(
    client: Client, dispute: Dispute, bob: User, coordinator: User
) -> None:
    actions.answer_dispute(
        actor=coordinator,
        dispute=dispute,
        step=1,
        result="not_settled",
        words="No.",
        origin=Origin.WEB,
    )
    client.force_login(bob)
    response = send(client, dispute, "answer", step=1, result="settled", words="Agreed at noon.")
    shown = text(response)
    assert response.status_code == 422
    assert "Meanwhile Cora recorded: not settled. “No.” Read it first." in shown
    assert "Agreed at noon.</textarea>" in shown
    assert 'name="step" value="2"' in shown


def test_what_was_settled_meanwhile_takes_no_answer_and_shows_what_was_typed(
    client: Client, dispute: Dispute, bob: User, coordinator: User
) -> None:
    actions.settle_dispute(
        actor=coordinator, dispute=dispute, settlement="Done.", origin=Origin.WEB
    )
    client.force_login(bob)
    response = send(client, dispute, "answer", step=1, result="not_settled", words="Never.")
    assert response.status_code == 409
    assert "<bdi>Never.</bdi>" in text(response)


def test_who_is_asked_answers_and_nobody_else_but_who_keeps_the_body(
    client: Client, dispute: Dispute, alice: User, carol: User, outsider: User
) -> None:
    said = {"step": 1, "result": "settled", "words": "From the signature."}
    client.force_login(outsider)
    assert send(client, dispute, "answer", **said).status_code == 404
    client.force_login(alice)
    assert send(client, dispute, "answer", **said).status_code == 403
    dispute.stages.update(seat=seated_seat(carol, dispute.body))
    client.force_login(carol)
    assert send(client, dispute, "settle", settlement="Mine").status_code == 403
    assert send(client, dispute, "answer", **said).status_code == 302
    dispute.refresh_from_db()
    assert dispute.settlement == "From the signature."


def seated_seat(user: User, body: Body) -> Seat:
    seated(user, body, Seat.Role.MEMBER)
    return body.seats.get(terms__holder=user)


def test_a_dispute_that_nobody_is_asked_about_is_settled_by_hand(
    client: Client, lead_body: Body, bob: User
) -> None:
    dispute = DisputeFactory(body=lead_body, number=7, state="exhausted")
    client.force_login(bob)
    assert "Record that it is settled" in text(client.get(f"{ALL}7/"))
    send(client, dispute, "settle", settlement="They agreed by letter.")
    assert "They agreed by letter." in text(client.get(ALL))


def test_the_list_has_the_open_ones_by_body_and_the_commitment_shows_its_own(
    client: Client, dispute: Dispute, alice: User, verifying_body: Body
) -> None:
    DisputeFactory(body=verifying_body, number=2, subject="Who counts")
    client.force_login(alice)
    shown = text(client.get(ALL))
    assert shown.index("Joint Military Commission") < shown.index("Verification Mission")
    assert "1. <bdi>The chair</bdi>" in shown
    assert "Who counts" not in text(client.get(f"{ALL}?body=JMC"))
    assert f"{ALL}1/" in text(client.get("/p/valley/commitments/1/"))


def test_the_api_lists_them_with_their_steps(client: Client, dispute: Dispute, alice: User) -> None:
    client.force_login(alice)
    (row,) = client.get("/api/disputes/?process=valley&state=open").json()["results"]
    assert (row["number"], row["body"], row["commitment_code"]) == (1, "JMC", "C-1")
    (stage,) = row["stages"]
    assert (stage["number"], stage["who"], stage["result"]) == (1, "The chair", "")
