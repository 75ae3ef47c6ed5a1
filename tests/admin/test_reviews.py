"""Outcomes and attendance entered in the admin go through the actions of a review."""

from django.test import Client

from accounts.models import User
from coordination.bodies.models import Body
from coordination.commitments.models import Commitment, Level
from coordination.processes.models import Process
from coordination.reviews.models import Attendance, Outcome
from tests import factories
from tests.admin.pages import address, last, problems, send


def test_a_finding_of_the_verifying_body_becomes_the_verified_level(
    office: Client, process: Process, commitment: Commitment, verifying_body: Body
) -> None:
    review = factories.ReviewFactory(body=verifying_body, state="in_session")
    item = factories.AgendaItemFactory(review=review, commitment=commitment)
    obligation = commitment.obligations.get()
    data = {"item": item.pk, "kind": "finding", "level": 2, "text": "Half of it is out."}
    refused = send(office, address("outcome"), **data)
    assert problems(refused) == {
        "obligation": ["Choose whose part of the commitment this is about."]
    }
    made = send(office, address("outcome"), **data, obligation=obligation.pk)
    assert problems(made) == {}
    obligation.refresh_from_db()
    assert obligation.verified_level == Level.INTERMEDIATE
    assert (last(process).verb, last(process).origin) == ("review.finding", "admin")
    mixed = send(office, address("outcome"), item=item.pk, kind="noted", obligation=obligation.pk)
    assert problems(mixed) == {"kind": ["Only a finding has an obligation and a level."]}
    assert Outcome.objects.count() == 1


def test_attendance_is_marked_while_the_review_is_in_session(
    office: Client, process: Process, lead_body: Body, bob: User
) -> None:
    review = factories.ReviewFactory(body=lead_body, state="planned")
    seat = lead_body.seats.get()
    data = {"review": review.pk, "seat": seat.pk, "presence": "present", "person": bob.pk}
    assert problems(send(office, address("attendance"), **data)) == {
        "__all__": ["This review is planned."]
    }
    review.state = "in_session"
    review.save()
    assert problems(send(office, address("attendance"), **data)) == {}
    assert Attendance.objects.get().person == bob
    assert last(process).verb == "review.attendance"
