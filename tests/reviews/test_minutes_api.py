"""Minutes, outcomes and dispatches through the API."""

import uuid
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from coordination.ledger.actions import Origin
from coordination.ledger.signing import digest_of
from coordination.reviews import actions
from coordination.reviews.minutes_text import content_of
from coordination.reviews.models import AgendaItem, Minutes
from tests.factories import ReportingLineFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def approved(session: AgendaItem, bob: User) -> Minutes:
    body = session.review.body
    ReportingLineFactory(
        body=body, to_body=None, to_name="Council", email="registry@council.example"
    )
    by: Any = {"actor": bob, "origin": Origin.WEB}
    actions.record_outcome(item=session, kind="noted", text="Heard.", submission=uuid.uuid4(), **by)
    minutes = actions.close_review(review=session.review, **by).minutes.get()
    return actions.approve_minutes(minutes=minutes, seen=digest_of(content_of(minutes)), **by)


def results(client: Client, path: str) -> list[Any]:
    response = client.get(f"/api/{path}")
    assert response.status_code == 200, response.content
    found: list[Any] = response.json()["results"]
    return found


def test_minutes_outcomes_and_dispatches_are_read(
    approved: Minutes, alice: User, coordinator: User, outsider: User, client: Client
) -> None:
    client.force_login(alice)
    (minutes,) = results(client, f"minutes/?review={approved.review_id}")
    assert (minutes["body"], minutes["version"]) == ("JMC", 1)
    assert minutes["digest"] == digest_of(minutes["content"])
    assert [one["item"] for one in minutes["sections"]] == [None, 1, None]
    (outcome,) = results(client, "outcomes/?process=valley&kind=noted")
    assert (outcome["item"], outcome["text"], outcome["owed_by"]) == (1, "Heard.", None)
    path = f"dispatches/?minutes={approved.pk}"
    council, bob = results(client, path)
    assert (council["addressee"], council["address"], council["state"]) == (
        *("Council", "", "pending"),
    )
    assert bob["addressee"] == "Bob"
    client.force_login(coordinator)
    assert results(client, path)[0]["address"] == "registry@council.example"
    client.force_login(outsider)
    assert [results(client, name) for name in ("minutes/", "outcomes/", "dispatches/")] == [
        *([], [], []),
    ]
