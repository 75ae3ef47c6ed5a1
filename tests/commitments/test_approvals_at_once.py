"""Fifty people approve one finding at the same moment."""

import datetime as dt
from collections import Counter
from functools import partial

import pytest
from django.test import Client

from coordination.bodies.models import Seat
from coordination.commitments.actions.findings import prepare_verification
from coordination.commitments.models import Level
from coordination.ledger.actions import verify
from coordination.ledger.models import Entry
from coordination.processes.models import Membership
from tests.conftest import member, seated
from tests.threads import at_once

PEOPLE = 50


@pytest.mark.django_db(transaction=True)
def test_one_approval_counts_and_the_others_are_told_so(obligation, carol, verifying_body) -> None:
    process = obligation.commitment.process
    finding = prepare_verification(
        actor=carol,
        obligation=obligation,
        body=verifying_body,
        level=Level.MINIMUM,
        found="Two of five positions are empty.",
        occurred_on=dt.date(2026, 5, 28),
        origin="web",
    )
    clients = []
    for number in range(PEOPLE):
        monitor = member(process, f"Monitor {number}", Membership.Role.MONITOR)
        clients.append(Client())
        clients[-1].force_login(seated(monitor, verifying_body, Seat.Role.MONITOR))

    def approve(client: Client) -> int:
        sent = {"version": 1}
        path = f"/api/verifications/{finding.pk}/approve/"
        return client.post(path, sent, content_type="application/json").status_code

    answers = at_once(*(partial(approve, client) for client in clients))
    assert Counter(answers) == {200: 1, 409: PEOPLE - 1}
    assert Entry.objects.filter(verb="verification.approved").count() == 1
    assert list(verify(process)) == []
