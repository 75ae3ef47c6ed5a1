"""The process that the addresses of the routes name things of, and a browser for each person."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client
from django.utils import timezone

from coordination.agreements.models import Provision
from coordination.bodies.models import Seat
from coordination.processes.models import Membership
from coordination.reviews.occurrences import next_days
from tests import factories
from tests.conftest import member
from tests.conftest import seated as seated_as
from tests.furnishing import furnish

from .routes import PEOPLE

Role = Membership.Role
CANARY = "Wryneck"


@pytest.fixture
def world(process, commitment, obligation, lead_body, alice, bob, coordinator) -> dict[str, Any]:
    """What the addresses name: things of the process that the cast belongs to."""
    rows = furnish(process, CANARY)
    occurrence = factories.OccurrenceFactory(obligation=obligation)
    factories.CheckInLinkFactory(occurrence=occurrence, token="the-token")
    check_in = factories.CheckInFactory(obligation=obligation)
    review = factories.ReviewFactory(body=lead_body, state="in_session", opened_at=timezone.now())
    item = factories.AgendaItemFactory(review=review, commitment=commitment)
    minutes = factories.MinutesFactory(review=review)
    section = factories.MinutesSectionFactory(minutes=minutes, item=item)
    dispute = factories.DisputeFactory(body=lead_body, commitment=commitment)
    series = factories.ReviewSeriesFactory(body=lead_body)
    report = factories.ReportFactory(process=process, issued_by=lead_body)
    factories.ReportSectionFactory(report=report, part="summary")
    feed = factories.CalendarFeedFactory(owner=bob, body=lead_body, token="the-feed")
    seat = factories.SeatFactory(body=lead_body, party=obligation.party, title=f"{CANARY} seat")
    message = factories.MessageFactory(process=process, recipient=alice)
    responsibility = factories.ClaimFactory(
        responsibility__process=process, body=lead_body
    ).responsibility
    expected = factories.ExpectedOccurrenceFactory(obligation=obligation)
    event = factories.TriggerEventFactory(trigger__process=process)
    for name in ("tick", "deliver"):
        factories.HeartbeatFactory(name=name)
    invitation = factories.InvitationFactory(process=process, token="the-invitation")
    provision = Provision.objects.get(agreement__process=process)
    RecoveryCodes.activate(coordinator)
    factories.AuthenticatorFactory(user=coordinator)
    passkey = factories.AuthenticatorFactory(
        user=coordinator, type="webauthn", data={"name": "Key", "credential": {}}
    )
    return {
        "slug": process.slug,
        "api_token": rows["apitoken"].pk,
        "form_draft": factories.FormDraftFactory(owner=coordinator, page="/profile/").pk,
        "bulk_change": rows["bulkchange"].pk,
        "saved_view": factories.SavedViewFactory(process=process, owner=coordinator).pk,
        "code": lead_body.code,
        "key": process.anchors.all()[0].key,
        "seat_number": seat.number,
        "number": commitment.number,
        "order": item.order,
        "token": "the-token",
        "party": obligation.party_id,
        "body": lead_body.pk,
        "anchor": factories.AnchorEventFactory(process=process).pk,
        "responsibility": responsibility.pk,
        "subject": f"nobody_accountable:{responsibility.pk}",
        "commitment": commitment.pk,
        "obligation": obligation.pk,
        "check_in": check_in.pk,
        "expected": expected.pk,
        "trigger": event.trigger_id,
        "trigger_key": event.trigger.key,
        "event_number": event.number,
        "reading": factories.ReadingFactory(deadline=commitment.deadline).pk,
        "extension": factories.ExtensionFactory(deadline=commitment.deadline).pk,
        "verification": factories.VerificationFactory(obligation=obligation).pk,
        "measurement": factories.MeasurementFactory(bound__commitment=commitment).pk,
        "bound": factories.BoundFactory(commitment=commitment).pk,
        "dependency": factories.DependencyFactory(commitment=commitment).pk,
        "flag": factories.FlagFactory(commitment=commitment).pk,
        "breach": factories.BreachFactory(obligation=obligation).pk,
        "evidence": factories.EvidenceFactory(commitment=commitment).pk,
        # A file that was lost; its page says so.
        "evidence_number": factories.EvidenceFactory(
            commitment=commitment, url="", file="evidence/00/0", sha256="0" * 64, size=1
        ).number,
        "kind": "checkin",
        "note": factories.NoteFactory(
            commitment=commitment, delegation=bob.memberships.get().party, author=bob
        ).pk,
        "review": review.pk,
        "series": series.pk,
        "series_day": next_days(series, 2)[1],
        "feed": feed.pk,
        "feed_token": "the-feed",
        "outcome": factories.OutcomeFactory(item=item).pk,
        "proposal": factories.ProposalFactory(review=review).pk,
        "silence": factories.OutcomeFactory(
            item=item,
            kind="decision",
            rule="silence",
            silence_until=timezone.now() + timedelta(days=2),
        ).pk,
        "minutes": minutes.pk,
        "version": minutes.version,
        "section": section.order,
        "dispatch": factories.DispatchFactory(minutes=minutes).pk,
        "dispute": dispute.pk,
        "dispute_number": dispute.number,
        "implementation_report": report.pk,
        # A file that was lost; its page says so.
        "report_file": factories.ReportFileFactory(
            report=report, state="ready", file="reports/00/0", sha256="0" * 64, size=1
        ).pk,
        "part": "summary",
        "format": "pdf",
        "seat": seat.pk,
        "message": message.pk,
        "address_problem": factories.AddressProblemFactory(address=alice.email).pk,
        "holiday": rows["holiday"].pk,
        "policy": rows["reminderpolicy"].pk,
        "reminder": rows["reminder"].pk,
        "member": alice.memberships.get().pk,
        "person": alice.pk,
        "invitation": invitation.pk,
        "invitation_token": "the-invitation",
        "entry": rows["entry"].pk,
        "sequence": rows["entry"].sequence,
        "checkpoint": rows["checkpoint"].number,
        "agreement": provision.agreement_id,
        "agreement_key": provision.agreement.key,
        "provision": provision.pk,
        "passkey": passkey.pk,
        "uid": "1",
        "reset": "not-a-key",
        "provider": "sso",
    }


@pytest.fixture
def clients(
    process, lead_body, other_party, outsider, alice, bob, carol, dave, coordinator
) -> dict[str, Client]:
    """A browser for each of the cast, and for others whom a seat of the body that leads makes more
    than what they are as members."""
    secretary, alternate, seated = (member(process, name, Role.OBSERVER) for name in "STU")
    factories.TermFactory(
        seat__body=lead_body, seat__role=Seat.Role.CO_CHAIR, holder=bob, alternate=alternate
    )
    users = {
        "outsider": outsider,
        "administrator": factories.UserFactory(is_staff=True, is_superuser=True),
        "observer": factories.MembershipFactory(process=process).user,
        "alice": alice,
        "bob": bob,
        "carol": carol,
        "dave": dave,
        "coordinator": coordinator,
        "secretary": seated_as(secretary, lead_body, Seat.Role.SECRETARY),
        "alternate": alternate,
        "seated": seated_as(seated, lead_body, Seat.Role.MEMBER),
    }
    clients = {"anonymous": Client(raise_request_exception=False)}
    for name, user in users.items():
        clients[name] = Client(raise_request_exception=False)
        clients[name].force_login(user)
    assert tuple(clients) == PEOPLE
    return clients


@contextmanager
def undone() -> Iterator[None]:
    """Whatever happens inside has not happened afterwards."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def ask(client: Client, method: str, path: str) -> HttpResponseBase:
    """The response to an empty form, or for the API to empty JSON."""
    is_form = method == "POST" and not path.startswith("/api/")
    how: dict[str, Any] = {} if is_form else {"content_type": "application/json"}
    cookies = client.cookies.copy()
    with undone():
        response = getattr(client, method.lower())(path, **how)
        if hasattr(response, "render"):
            assert response.is_rendered
    client.cookies = cookies
    return response
