"""What changes a commitment. Every action is one transaction and leaves a ledger entry."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from graphlib import CycleError, TopologicalSorter
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from coordination.base.dates import Point, in_words
from coordination.base.errors import Refused
from coordination.bodies.models import Body, Term
from coordination.ledger.actions import append, lock, snapshot
from coordination.processes.access import acts_for
from coordination.processes.actions import record_anchor_date
from coordination.processes.models import AnchorEvent, Party, Process

from . import deadlines
from .check_in_plan import check_in_moment, next_check_in
from .models import CheckIn, Commitment, Deadline, DeadlineTerm, Level, Obligation, Verification


@dataclass(frozen=True)
class Owed:
    """Who owes a commitment, with their share and the person who reports for it."""

    by: Party | Body
    share: str = ""
    focal_point: Any = None


@transaction.atomic
def create_commitment(
    *,
    actor: Any,
    process: Process,
    owed: Sequence[Owed],
    origin: str,
    terms: Sequence[Mapping[str, Any]] = (),
    deadline: Mapping[str, Any] | None = None,
    number: int | None = None,
    recompute: bool = True,
    **fields: Any,
) -> Commitment:
    """Enter a commitment with its obligations and its deadline.

    `terms` are the fields of `DeadlineTerm`, `deadline` those of `Deadline`. Without a number it
    gets the next one of the register. `recompute=False` is for whoever enters many at once and
    calls `recompute_deadlines` at the end.
    """
    if not owed:
        raise Refused(_("Somebody must owe it: choose a party or a body."), "owed")
    _refuse_foreign(process, owed, terms, fields)
    lock(process)  # one register number at a time
    if number is None:
        last = process.commitments.aggregate(last=Max("number"))["last"] or 0
        number = last + 1
    commitment = Commitment.objects.create(process=process, number=number, **fields)
    row = Deadline.objects.create(commitment=commitment, **(deadline or {}))
    for term in terms:
        DeadlineTerm.objects.create(deadline=row, **term)
    for one in owed:
        owner_field = "party" if isinstance(one.by, Party) else "body"
        Obligation.objects.create(
            commitment=commitment,
            share=one.share,
            focal_point=one.focal_point,
            **{owner_field: one.by},
        )
    append(
        process=process,
        actor=actor,
        verb="commitment.entered",
        thing=commitment,
        origin=origin,
        summary=f"Entered {commitment.code}, {commitment.title}",
        after=snapshot(commitment)
        | {"owed_by": [one.by.name for one in owed], "terms": [str(t) for t in row.terms.all()]},
    )
    if recompute:
        recompute_deadlines(actor=actor, process=process, origin=origin)
    return commitment


def _refuse_foreign(
    process: Process,
    owed: Sequence[Owed],
    terms: Sequence[Mapping[str, Any]],
    fields: Mapping[str, Any],
) -> None:
    """Everything that a commitment names belongs to its own process."""
    named: list[Any] = [one.by for one in owed]
    named += [fields.get("lead_body"), fields.get("verifying_body")]
    named += [term.get(key) for term in terms for key in ("anchor", "after_commitment")]
    if (provision := fields.get("provision")) is not None:
        named.append(provision.agreement)
    for one in named:
        if one is not None and one.process_id != process.pk:
            raise Refused(
                _("%(name)s belongs to another process.") % {"name": getattr(one, "name", one)}
            )


@transaction.atomic
def move_anchor(
    *,
    actor: Any,
    anchor: AnchorEvent,
    status: str,
    on: date,
    origin: str,
    at: datetime | None = None,
    decided_by: str = "",
    decided_on: date | None = None,
    not_happened: bool = False,
) -> list["Move"]:
    """Give an anchor event a new date, and move everything that is counted from it."""
    lock(anchor.process)
    record_anchor_date(
        actor=actor,
        anchor=anchor,
        status=status,
        on=on,
        at=at,
        decided_by=decided_by,
        decided_on=decided_on,
        not_happened=not_happened,
        origin=origin,
    )
    return recompute_deadlines(actor=actor, process=anchor.process, origin=origin)


@dataclass(frozen=True)
class Move:
    """A due day, or the moment in it, that changed."""

    commitment: Commitment
    before: date | None
    after: date | None
    before_at: datetime | None = None
    after_at: datetime | None = None

    def state(self, on: date | None, at: datetime | None) -> dict[str, Any]:
        """What the ledger keeps of one side: the day, or the moment where the day is the same."""
        return {"due_on": on} if self.before != self.after else {"due_at": at}

    @property
    def words(self) -> str:
        """What moved, from where and to where, in the process's time zone."""
        if self.before == self.after and self.before_at and self.after_at:
            zone = self.commitment.process.zone
            before, after = self.before_at.astimezone(zone), self.after_at.astimezone(zone)
            return f"due {_day(self.after)} {after:%H:%M}, before {before:%H:%M}"
        return f"due {_day(self.after)}" + (f", before {_day(self.before)}" if self.before else "")


@transaction.atomic
def recompute_deadlines(*, actor: Any, process: Process, origin: str) -> list[Move]:
    """Work out every due day of a process again; write those that changed, and say so.

    Raises `Refused` when commitments count from each other in a circle.
    """
    lock(process)
    commitments = {
        commitment.pk: commitment
        for commitment in process.commitments.select_related("deadline").prefetch_related(
            "obligations", "deadline__terms__anchor"
        )
    }
    moves: list[Move] = []
    bases: dict[int, deadlines.Base] = {}
    for commitment in _in_order(commitments):
        commitment.process = process
        outcome = deadlines.compute(commitment.deadline, bases, process.zone)
        bases[commitment.pk] = _base(commitment, outcome.due)
        if (move := _write_due(commitment, outcome)) is not None:
            moves.append(move)
    for move in moves:
        append(
            process=process,
            actor=actor,
            verb="deadline.moved",
            thing=move.commitment,
            summary=f"{move.commitment.code}: {move.words}",
            before=move.state(move.before, move.before_at),
            after=move.state(move.after, move.after_at),
            origin=origin,
        )
    return moves


def _day(day: date | None) -> str:
    return in_words(day) if day else "on no day"


def _in_order(commitments: dict[int, Commitment]) -> list[Commitment]:
    """Commitments such that each comes after those that its deadline counts from."""
    counts_from = {
        key: [term.after_commitment_id for term in commitment.deadline.terms.all()]
        for key, commitment in commitments.items()
    }
    order = TopologicalSorter(
        {key: [k for k in others if k in commitments] for key, others in counts_from.items()}
    )
    try:
        return [commitments[key] for key in order.static_order()]
    except CycleError as error:
        raise Refused(
            _("%(code)s would count from itself, through other commitments.")
            % {"code": commitments[error.args[1][0]].code}
        ) from error


def _base(commitment: Commitment, due: Point | None) -> deadlines.Base:
    """What others count from: the day it was completed, or until then the day it is due."""
    completed = [obligation.completed_on for obligation in commitment.obligations.all()]
    days = [day for day in completed if day]
    if days and len(days) == len(completed):
        return deadlines.Base(Point(max(days)), True)
    return deadlines.Base(due, False)


def _write_due(commitment: Commitment, outcome: deadlines.Outcome) -> Move | None:
    zone, row = commitment.process.zone, commitment.deadline
    before, before_at = row.due_on, row.due_at
    due_on = outcome.due.on if outcome.due else None
    due_at = outcome.due.ends_at(zone) if outcome.due else None
    changed = (row.due_on, row.due_at, row.latest_on, row.is_projected) != (
        due_on,
        due_at,
        outcome.latest_on,
        outcome.is_projected,
    )
    if changed:
        row.due_on, row.due_at = due_on, due_at
        row.latest_on, row.is_projected = outcome.latest_on, outcome.is_projected
        row.save(update_fields=["due_on", "due_at", "latest_on", "is_projected"])
    fields = ("due_on", "due_at", "next_check_in_on", "next_check_in_at")
    for obligation in commitment.obligations.all():
        obligation.commitment = commitment
        was = snapshot(obligation, *fields)
        obligation.due_on, obligation.due_at = due_on, due_at
        plan_check_in(obligation)
        if snapshot(obligation, *fields) != was:
            obligation.save(update_fields=fields)
    if before_at == due_at:
        return None
    return Move(commitment, before, due_on, before_at, due_at)


def plan_check_in(obligation: Obligation) -> None:
    """Set (without saving) when the owner is asked next, after what was asked and reported."""
    process = obligation.commitment.process
    reported_on = (
        obligation.reported_at.astimezone(process.zone).date() if obligation.reported_at else None
    )
    day = next_check_in(
        obligation,
        today=process.today(),
        last_on=max((day for day in (obligation.asked_on, reported_on) if day), default=None),
        starts_on=obligation.commitment.created_at.astimezone(process.zone).date(),
    )
    obligation.next_check_in_on = day
    obligation.next_check_in_at = check_in_moment(day, process.zone) if day else None


@transaction.atomic
def submit_check_in(
    *,
    obligation: Obligation,
    author: Any,
    level: int,
    origin: str,
    account: str = "",
    obstacle: str = CheckIn.Obstacle.NOTHING,
    recorded_by: Any = None,
    period_on: date | None = None,
    submission: uuid.UUID | None = None,
    at: datetime | None = None,
) -> tuple[CheckIn, bool]:
    """Record what the owner reports; returns the check-in and whether it is new.

    The same `submission` sent again returns the first check-in; with other words in it, as after
    the browser's "back", it revises the first. So does a second one for the same period. What was
    revised is kept, and revising an earlier period leaves the level that a later one reported.
    `recorded_by` is who typed it, where that is somebody else;
    `at` is for reports from before they were entered here.
    """
    lock(obligation.commitment.process)
    obligation = (
        Obligation.objects.select_for_update(of=("self",))
        .select_related("commitment__process", "party", "body")
        .get(pk=obligation.pk)
    )
    key = submission or uuid.uuid4()
    sent = CheckIn.objects.filter(submission=key).first()
    if sent is not None:
        if sent.obligation_id != obligation.pk:
            raise Refused(_("This form was sent for another commitment."))
        words = (level, account.strip(), obstacle)
        if (sent.level, sent.account, sent.obstacle) == words:
            return sent, False
        key = uuid.uuid5(key, "\n".join(map(str, words)))
        if corrected := CheckIn.objects.filter(submission=key).first():
            return corrected, False
    if level not in Level.values:
        raise Refused(_("Choose one of the four levels."), "level")
    if period_on and period_on > obligation.commitment.process.today():
        raise Refused(_("Nobody has asked for that day yet."), "period_on")
    moment = at or timezone.now()
    earlier = sent
    if period_on:
        earlier = obligation.check_ins.filter(period_on=period_on).order_by("pk").last()
    later = obligation.check_ins.filter(period_on__gt=period_on) if period_on else None
    answered_later = later is not None and later.exists()
    check_in = CheckIn.objects.create(
        obligation=obligation,
        number=(obligation.check_ins.aggregate(last=Max("number"))["last"] or 0) + 1,
        period_on=period_on,
        level=level,
        account=account.strip(),
        obstacle=obstacle,
        author=author,
        recorded_by=recorded_by or author,
        revises=earlier,
        submission=key,
        submitted_at=moment,
    )
    before = snapshot(obligation, "reported_level", "next_check_in_on")
    newest = obligation.reported_at is None or moment >= obligation.reported_at
    if newest and not answered_later:
        obligation.reported_level, obligation.reported_at = level, moment
    plan_check_in(obligation)
    obligation.save(
        update_fields=["reported_level", "reported_at", "next_check_in_on", "next_check_in_at"]
    )
    verb, word = (
        ("check-in.revised", "Revised the check-in")
        if earlier
        else ("check-in.submitted", "Checked in")
    )
    append(
        process=obligation.commitment.process,
        actor=recorded_by or author,
        verb=verb,
        thing=check_in,
        origin=origin,
        summary=f"{word} for {obligation.commitment.code}, {obligation.owner_name}: "
        f"{check_in.get_level_display()}"
        + (f", as told by {author}" if recorded_by and recorded_by != author else ""),
        before=before,
        after=snapshot(obligation, "reported_level", "next_check_in_on")
        | snapshot(check_in, "account", "obstacle", "period_on"),
    )
    return check_in, True


@transaction.atomic
def record_verification(
    *,
    actor: Any,
    obligation: Obligation,
    body: Body,
    level: int,
    found: str,
    origin: str,
    occurred_on: date,
    method: str = Verification.Method.DOCUMENT,
    proof: str = Verification.Proof.GROUNDS,
    at: datetime | None = None,
) -> Verification:
    """Record what the verifying body found; its level becomes the verified one.

    Raises `Refused` where the body is not the one that verifies, or the person acts for the party
    that owes: nobody judges their own delegation.
    """
    lock(obligation.commitment.process)
    obligation = (
        Obligation.objects.select_for_update(of=("self",))
        .select_related("commitment__process", "party", "body")
        .get(pk=obligation.pk)
    )
    commitment = obligation.commitment
    if commitment.verifying_body_id != body.pk:
        raise Refused(
            _("%(body)s does not verify %(code)s.") % {"body": body.name, "code": commitment.code},
            "body",
        )
    if obligation.body_id == body.pk:
        raise Refused(_("No body verifies what it owes itself."), "body")
    if obligation.party_id in _parties_of(actor, commitment.process):
        raise Refused(_("You act for the party that owes this; somebody else must verify it."))
    if level not in Level.values:
        raise Refused(_("Choose one of the four levels."), "level")
    if occurred_on > commitment.process.today():
        raise Refused(_("What was found cannot have happened after today."), "occurred_on")
    moment = at or timezone.now()
    verification = Verification.objects.create(
        obligation=obligation,
        number=(obligation.verifications.aggregate(last=Max("number"))["last"] or 0) + 1,
        body=body,
        level=level,
        found=found.strip(),
        method=method,
        proof=proof,
        occurred_on=occurred_on,
        author=actor,
        recorded_at=moment,
    )
    before = snapshot(obligation, "verified_level", "completed_on")
    if obligation.verified_at is None or moment >= obligation.verified_at:
        obligation.verified_level, obligation.verified_at = level, moment
        obligation.completed_on = occurred_on if level == Level.FULL else None
    plan_check_in(obligation)
    obligation.save(
        update_fields=[
            "verified_level",
            "verified_at",
            "completed_on",
            "next_check_in_on",
            "next_check_in_at",
        ]
    )
    append(
        process=commitment.process,
        actor=actor,
        verb="verification.recorded",
        thing=verification,
        origin=origin,
        summary=f"{body.code} found {commitment.code}, {obligation.owner_name}: "
        f"{verification.get_level_display()}",
        before=before,
        after=snapshot(obligation, "verified_level", "completed_on")
        | snapshot(verification, "found", "method", "proof", "occurred_on"),
    )
    if commitment.dependent_terms.exists():
        recompute_deadlines(actor=actor, process=commitment.process, origin=origin)
    return verification


def _parties_of(person: Any, process: Process) -> set[int]:
    """The parties that a person acts for, as a member or from a seat that they hold today."""
    seats = Term.objects.of(person, process.today()).filter(seat__body__process=process)
    parties = set(seats.values_list("seat__party", flat=True)) | {acts_for(person, process)}
    return {party for party in parties if party is not None}
