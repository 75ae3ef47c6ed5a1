"""What a body decides: by consensus, by vote, by its chair, or by silence."""

import logging
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from coordination.base.dates import in_words
from coordination.base.errors import Refused
from coordination.bodies.decisions import Decision, Vote, decide
from coordination.bodies.models import Protocol, Seat
from coordination.ledger.actions import Origin, append
from coordination.outbox.clock import is_held

from ..models import AgendaItem, Ballot, Outcome, Review
from ..queries import composition_of, present_in, seats_of
from .fetching import in_session, locked
from .outcomes import append_outcome, key_of

log = logging.getLogger(__name__)

Rule = Protocol.DecisionRule


@transaction.atomic
def record_decision(
    *,
    actor: Any,
    item: AgendaItem,
    text: str,
    submission: uuid.UUID,
    origin: str,
    votes: Mapping[int, str] | None = None,
    objections: Mapping[int, str] | None = None,
    by_silence: bool = False,
) -> tuple[Outcome, bool]:
    """Record a decision with the rule that carried it, as the body’s protocol has it.

    `votes` by the id of the seat; who is present and not named is for it. `objections` are in
    words, by seat. Without a quorum nothing is decided. With `by_silence` the proposal is put to
    all voting seats, and carried when nobody objects within the hours of the protocol. Of a body
    without a decision rule the minutes say what was decided, and not how.
    """
    review = in_session(item.review)
    text = text.strip()
    said = (sorted((votes or {}).items()), by_silence)
    key = key_of(submission, item.pk, Outcome.Kind.DECISION, text, said)
    if sent := Outcome.every.filter(submission=key).first():
        return sent, False
    if not text:
        raise Refused(_("Write what was decided."), "text")
    protocol = getattr(review.body, "protocol", None)
    now = timezone.now()
    seats = seats_of(review)
    outcome = Outcome(
        item=item, kind=Outcome.Kind.DECISION, text=text, submission=key, recorded_by=actor
    )
    cast: dict[int, Vote] = {}
    if by_silence:
        hours = protocol.silence_hours if protocol else None
        if not hours:
            raise Refused(_("The protocol of this body names no silence procedure."), "how")
        if not any(seat.vote != Seat.Vote.ADVISING and seat.current_terms for seat in seats):
            # The silence of nobody is no consent.
            raise Refused(_("Nobody holds a voting seat: nobody could object."), "how")
        outcome.rule, outcome.silence_until = Rule.SILENCE, now + timedelta(hours=hours)
    elif protocol is not None and protocol.decision_rule:
        cast = _all_votes(review, seats, votes or {})
        decision = _decide(protocol, review, seats, cast)
        if decision.carried is None:
            raise Refused(decision.words[:1].upper() + decision.words[1:] + ".", "how")
        outcome.rule = _rule_used(protocol, cast)
        outcome.carried, outcome.how = decision.carried, decision.words
    outcome.save()
    _store(outcome, review, seats, cast, objections or {})
    append_outcome(actor, review, outcome, origin)
    return outcome, True


def _all_votes(review: Review, seats: list[Seat], votes: Mapping[int, str]) -> dict[int, Vote]:
    """Who is present and was not asked for their vote by name is for it."""
    present = present_in(review)
    known = {seat.pk for seat in seats if seat.pk in present}
    if strange := set(votes) - known:
        names = ", ".join(str(seat) for seat in seats if seat.pk in strange)
        raise Refused(_("Only who is present votes: %s.") % (names or _("another body")), "votes")
    voting = [seat for seat in seats if seat.pk in known and seat.vote != Seat.Vote.ADVISING]
    return {seat.pk: Vote(votes.get(seat.pk, Vote.YES)) for seat in voting}


def _decide(
    protocol: Protocol,
    review: Review,
    seats: list[Seat],
    votes: Mapping[int, Vote],
    proposed_at: datetime | None = None,
) -> Decision:
    counts_as, mandated = composition_of(review.body)
    return decide(
        protocol,
        seats,
        present_in(review),
        votes,
        counts_as=counts_as,
        mandated=mandated,
        proposed_at=proposed_at,
        now=timezone.now(),
    )


def _rule_used(protocol: Protocol, votes: Mapping[int, Vote]) -> str:
    """Where a majority stands in for consensus: consensus while nobody is against it."""
    if protocol.decision_rule != Rule.CONSENSUS_THEN_MAJORITY:
        return protocol.decision_rule
    return Rule.MAJORITY if Vote.NO in votes.values() else Rule.CONSENSUS


def _store(
    outcome: Outcome,
    review: Review,
    seats: list[Seat],
    votes: Mapping[int, Vote],
    objections: Mapping[int, str],
) -> None:
    present = present_in(review)
    holders = {
        seat.pk: next((term.holder_id for term in seat.current_terms), None) for seat in seats
    }
    Ballot.objects.bulk_create(
        Ballot(
            outcome=outcome,
            seat_id=seat,
            person_id=present.get(seat) or holders.get(seat),
            vote=vote,
            words=objections.get(seat, "").strip()[:300],
        )
        for seat, vote in votes.items()
    )


@transaction.atomic
def object_to(*, actor: Any, outcome: Outcome, seat: Seat, words: str, origin: str) -> Ballot:
    """Break the silence for a voting seat that one sits in; the procedure ends at once."""
    review = locked(outcome.item.review)
    outcome = Outcome.every.select_for_update(of=("self",)).get(pk=outcome.pk)
    if outcome.withdrawn_at:
        raise Refused(_("The proposal was taken back."))
    sits = seat.terms.of(actor, review.body.process.today()).exists()
    if seat.body_id != review.body_id or seat.vote == Seat.Vote.ADVISING or not sits:
        raise Refused(_("Only who holds a voting seat of this body objects."), "seat")
    there = Ballot.objects.filter(outcome=outcome, seat=seat).first()
    if there is not None:
        return there
    if outcome.carried is not None or not outcome.silence_until:
        raise Refused(_("The silence procedure is over."))
    if timezone.now() >= outcome.silence_until:
        raise Refused(_("The time for objections is over."))
    if not words.strip():
        raise Refused(_("Say what the objection is."), "words")
    ballot = Ballot.objects.create(
        outcome=outcome, seat=seat, person=actor, vote=Vote.NO, words=words.strip()[:300]
    )
    _settle(outcome, review, actor, origin)
    return ballot


def settle_silences(now: datetime | None = None) -> int:
    """End every silence procedure whose time has run out; returns how many."""
    if is_held():
        return 0
    now = now or timezone.now()
    over = Outcome.objects.filter(carried=None, silence_until__lte=now)
    settled = 0
    for key in list(over.values_list("pk", flat=True)):
        try:
            settled += _end(key)
        except Exception:  # one that cannot be ended stops no other
            log.exception("The silence procedure %s could not be ended.", key)
    return settled


@transaction.atomic
def _end(key: int) -> bool:
    review_of = Outcome.objects.select_related("item__review__body__process").get(pk=key)
    review = locked(review_of.item.review)
    outcome = Outcome.objects.select_for_update(of=("self",)).get(pk=key)
    if outcome.carried is not None:
        return False
    _settle(outcome, review, None, Origin.SYSTEM)
    return True


def _settle(outcome: Outcome, review: Review, actor: Any, origin: str) -> None:
    """Write down what the silence came to."""
    objections = list(outcome.ballots.filter(vote=Vote.NO).select_related("seat__body", "person"))
    outcome.carried = not objections
    if objections:
        words = "; ".join(f"{one.seat}: {one.words}" for one in objections)
        outcome.how = _("not carried, objection by %s") % words
    else:
        assert outcome.silence_until is not None
        day = review.body.process.today(outcome.silence_until)
        outcome.how = _("nobody objected until %s") % in_words(day)
    outcome.save(update_fields=["carried", "how"])
    append(
        process=review.body.process,
        actor=actor,
        verb="review.silence-ended",
        thing=outcome,
        origin=origin,
        summary=f"Silence procedure of {review.body.code}, review {review.number}, "
        f"item {outcome.item.order}: {'carried' if outcome.carried else 'not carried'}",
        after={"carried": outcome.carried, "how": outcome.how},
    )
