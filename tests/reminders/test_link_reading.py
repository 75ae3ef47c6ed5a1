"""What the page of a link shows of earlier reports: those that its holder may read still."""

import pytest
from django.test import Client

from accounts.models import User
from coordination.commitments.models import Obligation
from coordination.processes.models import Party
from tests import factories

pytestmark = pytest.mark.django_db


def test_a_link_shows_no_report_that_its_holder_may_not_read_any_more(
    client: Client, obligation: Obligation, alice: User, other_party: Party
) -> None:
    factories.CheckInFactory(
        obligation=obligation,
        author=alice,
        audience="delegation",
        delegation=obligation.party,
    )
    occurrence = factories.OccurrenceFactory(obligation=obligation)
    factories.CheckInLinkFactory(occurrence=occurrence, recipient=alice, token="the-token")
    shown = []
    for party in (obligation.party, other_party):
        alice.memberships.update(party=party)
        answer = client.get("/c/the-token/")
        shown.append((answer.status_code, "Your last report" in answer.content.decode()))
    assert shown == [(200, True), (200, False)]
