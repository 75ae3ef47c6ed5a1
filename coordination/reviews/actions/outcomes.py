"""What comes of an item: findings, actions, noted and carried over."""

import uuid
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from coordination.base.errors import Refused
from coordination.base.spoken import on_record
from coordination.bodies.models import Body
from coordination.commitments.actions import Owed, create_commitment, record_verification
from coordination.commitments.actions.entering import withdraw_commitment
from coordination.commitments.actions.findings import withdraw_verification
from coordination.commitments.models import DeadlineTerm, Level, Obligation, Verification
from coordination.ledger.actions import append, snapshot
from coordination.processes.models import Party

from ..models import AgendaItem, Outcome, Review
from ..queries import quorum_of, seats_of
from .fetching import in_session, to_be_minuted


@transaction.atomic
def record_finding(
    *,
    actor: Any,
    item: AgendaItem,
    obligation: Obligation,
    level: int,
    text: str,
    submission: uuid.UUID,
    origin: str,
) -> tuple[Outcome, bool]:
    """Record the level that the meeting finds; returns the outcome and whether it is new.

    Where the body is the one that verifies the commitment, and has its quorum, the finding is a
    verification and its level becomes the verified one. Otherwise it stands in the minutes only.
    """
    review = in_session(item.review)
    key = key_of(submission, item.pk, Outcome.Kind.FINDING, obligation.pk, level, text.strip())
    if sent := Outcome.every.filter(submission=key).first():
        return sent, False
    if obligation.commitment_id != item.commitment_id:
        raise Refused(_("This obligation is not part of the item."), "obligation")
    if level not in Level.values:
        raise Refused(_("Choose one of the four levels."), "level")
    if not text.strip():
        raise Refused(_("Write what was found, as it will stand in the minutes."), "text")
    verification = None
    if item.commitment and item.commitment.verifying_body_id == review.body_id and _decides(review):
        verification = record_verification(
            actor=actor,
            obligation=obligation,
            body=review.body,
            level=level,
            found=text,
            method=Verification.Method.MEETING,
            occurred_on=min(review.held_on, review.body.process.today()),
            origin=origin,
        )
    outcome = Outcome.objects.create(
        item=item,
        kind=Outcome.Kind.FINDING,
        text=text.strip(),
        obligation=obligation,
        level=level,
        verification=verification,
        submission=key,
        recorded_by=actor,
    )
    append_outcome(actor, review, outcome, origin)
    return outcome, True


@transaction.atomic
def record_outcome(
    *, actor: Any, item: AgendaItem, kind: str, text: str, submission: uuid.UUID, origin: str
) -> tuple[Outcome, bool]:
    """Record that an item is noted or carried over; until the minutes are approved."""
    review = to_be_minuted(item.review)
    key = key_of(submission, item.pk, kind, text.strip())
    if sent := Outcome.every.filter(submission=key).first():
        return sent, False
    if kind not in (Outcome.Kind.NOTED, Outcome.Kind.CARRIED_OVER):
        raise Refused(_("Choose how the item ends."), "kind")
    outcome = Outcome.objects.create(
        item=item, kind=kind, text=text.strip(), submission=key, recorded_by=actor
    )
    append_outcome(actor, review, outcome, origin)
    return outcome, True


@transaction.atomic
def record_action(
    *,
    actor: Any,
    item: AgendaItem,
    title: str,
    owner: Party | Body,
    due_on: date,
    submission: uuid.UUID,
    origin: str,
    focal_point: Any = None,
) -> tuple[Outcome, bool]:
    """Record who does what by when: a commitment that is complete from the start.

    The body that meets leads it and finds whether it was done, unless it owes it itself.
    """
    review = in_session(item.review)
    process = review.body.process
    key = key_of(submission, item.pk, "action", title.strip(), owner, due_on)
    if sent := Outcome.every.filter(submission=key).first():
        return sent, False
    if not title.strip():
        raise Refused(_("Write what is to be done, the verb first."), "title")
    if due_on < process.today():
        raise Refused(_("This day is past. Choose one that is to come."), "due_on")
    commitment = create_commitment(
        actor=actor,
        process=process,
        owed=[Owed(owner, focal_point=focal_point)],
        terms=[{"on": due_on, "purpose": DeadlineTerm.Purpose.DUE}],
        origin=origin,
        reference=f"{review.body.code}, review {review.number}, item {item.order}",
        title=title.strip()[:240],
        track=item.commitment.track if item.commitment else review.body.track,
        lead_body=review.body,
        verifying_body=None if owner == review.body else review.body,
    )
    outcome = Outcome.objects.create(
        item=item,
        kind=Outcome.Kind.ACTION,
        text=title.strip(),
        commitment=commitment,
        submission=key,
        recorded_by=actor,
    )
    append_outcome(actor, review, outcome, origin)
    return outcome, True


@transaction.atomic
def withdraw_outcome(*, actor: Any, outcome: Outcome, because: str, origin: str) -> None:
    """Take back what was recorded by mistake, before the minutes are approved.

    A finding stops counting, and the commitment of an action leaves the register.
    """
    review = to_be_minuted(outcome.item.review)
    outcome = Outcome.every.select_for_update(of=("self",)).get(pk=outcome.pk)
    if outcome.withdrawn_at:
        return
    if not because.strip():
        raise Refused(_("Say why."), "because")
    if outcome.verification is not None:
        withdraw_verification(
            actor=actor, verification=outcome.verification, because=because, origin=origin
        )
    if outcome.commitment is not None:
        withdraw_commitment(
            actor=actor, commitment=outcome.commitment, because=because, origin=origin
        )
    outcome.withdrawn_at, outcome.withdrawn_by = timezone.now(), actor
    outcome.withdrawn_because = because.strip()[:300]
    outcome.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_because"])
    append(
        process=review.body.process,
        actor=actor,
        verb="review.outcome-withdrawn",
        thing=outcome,
        origin=origin,
        summary=f"Took back what was recorded ({review.body.code}, review {review.number}, "
        f"item {outcome.item.order})",
        after={"withdrawn_because": outcome.withdrawn_because},
    )


def _decides(review: Review) -> bool:
    """Without the quorum that its protocol asks for a body finds nothing that counts."""
    return quorum_of(review, seats_of(review)).met is not False


def append_outcome(actor: Any, review: Review, outcome: Outcome, origin: str) -> None:
    words = on_record(outcome.get_kind_display).capitalize()
    if outcome.obligation is not None:
        words += f" for {outcome.obligation.owner_name}: {on_record(outcome.get_level_display)}"
    append(
        process=review.body.process,
        actor=actor,
        verb=f"review.{outcome.kind}",
        thing=outcome,
        origin=origin,
        summary=f"{words} ({review.body.code}, review {review.number}, item {outcome.item.order})",
        after=snapshot(outcome, "kind", "level", "text", "obligation_id", "verification_id"),
    )


def key_of(submission: uuid.UUID, *said: Any) -> uuid.UUID:
    """The key of a form with these words in it: sent again it is the same one, with other words,
    as after the browser's "back", it is another.
    """
    return uuid.uuid5(submission, "\n".join(map(str, said)))
