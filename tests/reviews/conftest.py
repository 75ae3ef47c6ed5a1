import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from coordination.base.dates import local_moment
from coordination.bodies.models import Body
from coordination.commitments.actions import Bounded, Owed, create_commitment
from coordination.commitments.models import Commitment, Level, Verification
from coordination.ledger.actions import Origin
from coordination.processes.models import Party, Process, Track
from coordination.reviews.models import AgendaItem, Outcome, Review
from tests.factories import (
    AgendaItemFactory,
    CheckInFactory,
    MembershipFactory,
    OutcomeFactory,
    ReviewFactory,
    VerificationFactory,
)

FULL = Level.FULL


@pytest.fixture
def owe(
    process: Process, party: Party, lead_body: Body, verifying_body: Body, coordinator: User
) -> Callable[..., Commitment]:
    """A commitment of alice's party that is due some days from today."""

    def make(days: int, by: tuple[Party, ...] = (party,), **fields: Any) -> Commitment:
        lasts = fields.get("kind") in Commitment.LASTING
        purpose = "start" if lasts else "due"
        if fields.get("kind") == Commitment.Kind.LIMIT:
            fields["bounds"] = [Bounded("at_most", Decimal(9), "guns")]
        return create_commitment(
            actor=coordinator,
            process=process,
            owed=[Owed(one) for one in by],
            terms=[{"on": process.today() + dt.timedelta(days), "purpose": purpose}],
            origin=Origin.WEB,
            **{
                "reference": "Art. I",
                "title": f"Due in {days}",
                "track": Track.MILITARY,
                "lead_body": lead_body,
                "verifying_body": verifying_body,
            }
            | fields,
        )

    return make


@pytest.fixture
def review(lead_body: Body, bob: User) -> Review:
    """A planned meeting of the body that bob chairs, in three days at ten."""
    day = lead_body.process.today() + dt.timedelta(days=3)
    starts_at = local_moment(day, dt.time(10), lead_body.process.zone)
    return ReviewFactory(body=lead_body, number=5, held_on=day, starts_at=starts_at)


@pytest.fixture
def last_review(lead_body: Body) -> Review:
    """The meeting of the same body a week ago, whose minutes are in draft."""
    week_ago = timezone.now() - dt.timedelta(days=7)
    return ReviewFactory(
        body=lead_body,
        number=4,
        held_on=week_ago.date(),
        starts_at=week_ago,
        opened_at=week_ago,
        state=Review.State.MINUTES_DRAFT,
    )


@pytest.fixture
def session(review: Review, commitment: Commitment) -> AgendaItem:
    """The first item of the review, which is in session."""
    review.state, review.opened_at = Review.State.IN_SESSION, timezone.now()
    review.save()
    return AgendaItemFactory(
        review=review,
        order=1,
        commitment=commitment,
        title=commitment.title,
        reason="Due in 10 days",
    )


def reported(commitment: Commitment, level: int, days_ago: int = 0) -> None:
    """As `submit_check_in` leaves it, for each who owes it."""
    at = timezone.now() - dt.timedelta(days=days_ago)
    for obligation in commitment.obligations.all():
        CheckInFactory(
            obligation=obligation, level=level, submitted_at=at, author=_somebody(commitment)
        )
        obligation.reported_level, obligation.reported_at = level, at
        obligation.save()


def verified(commitment: Commitment, level: int, days_ago: int = 0) -> None:
    """As `record_verification` leaves it, for each who owes it."""
    at = timezone.now() - dt.timedelta(days=days_ago)
    for obligation in commitment.obligations.all():
        VerificationFactory(
            obligation=obligation, level=level, recorded_at=at, method=Verification.Method.DOCUMENT
        )
        obligation.verified_level, obligation.verified_at = level, at
        obligation.completed_on = at.date() if level == FULL else None
        obligation.save()


def _somebody(commitment: Commitment) -> User:
    return MembershipFactory(process=commitment.process).user


def discussed(review: Review, commitment: Commitment, *kinds: str) -> AgendaItem:
    """An item about it on the agenda of a review, with those outcomes."""
    item = AgendaItemFactory(review=review, commitment=commitment, title=commitment.title)
    for kind in kinds:
        OutcomeFactory(item=item, kind=Outcome.Kind(kind))
    return item
