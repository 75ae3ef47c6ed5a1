"""The first page after signing in: what stands on it is of the reader's own processes."""

import datetime as dt

import pytest
from django.utils import timezone

from accounts.models import User
from coordination.bodies.models import Body
from coordination.commitments.models import Obligation
from tests.editing import browser, says
from tests.factories import ReviewFactory

pytestmark = pytest.mark.django_db


def test_the_desk_names_nothing_of_a_process_that_one_left(
    obligation: Obligation, lead_body: Body, alice: User
) -> None:
    """Even where they are named as the focal point still, and a review comes soon."""
    ReviewFactory(body=lead_body, starts_at=timezone.now() + dt.timedelta(days=1))
    shown = []
    for _left in (False, True):
        page = says(browser(alice).get("/"))
        shown.append((obligation.commitment.title in page, lead_body.code in page))
        alice.memberships.update(ended_at=timezone.now())
    assert shown == [(True, True), (False, False)]
