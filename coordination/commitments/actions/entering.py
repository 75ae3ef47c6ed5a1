"""Entering a commitment, and changing what it says, who owes it and what it is measured by."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from coordination.base.errors import Refused
from coordination.bodies.models import Body
from coordination.ledger.actions import append, lock, snapshot
from coordination.processes.models import Party, Process
from coordination.processes.records import change

from ..models import Bound, Commitment, Deadline, DeadlineTerm, Obligation
from .dates import Move, recompute_deadlines
from .dependencies import refuse_circle_through
from .expecting import call_off_while_away, restart_rhythm
from .levels import bring_up_to_date
from .refusals import SAID, read_again, refuse_foreign, refuse_what_kind_lacks

_RHYTHM = ("kind", "every_amount", "every_unit", "times")


@dataclass(frozen=True)
class Owed:
    """Who owes a commitment, with their share and the person who reports for it."""

    by: Party | Body
    share: str = ""
    focal_point: Any = None


@dataclass(frozen=True)
class Bounded:
    """A number that a commitment sets: for one owner, or for all of them together."""

    comparison: str
    value: Decimal
    of_what: str
    owner: Party | Body | None = None


@transaction.atomic
def create_commitment(
    *,
    actor: Any,
    process: Process,
    owed: Sequence[Owed],
    origin: str,
    terms: Sequence[Mapping[str, Any]] = (),
    deadline: Mapping[str, Any] | None = None,
    bounds: Sequence[Bounded] = (),
    number: int | None = None,
    recompute: bool = True,
    **fields: Any,
) -> Commitment:
    """Enter a commitment with its obligations, its deadline and its bounds.

    `terms` are the fields of `DeadlineTerm`, `deadline` those of `Deadline`. Without a number it
    gets the next one of the register. `recompute=False` is for whoever enters many at once and
    calls `recompute_deadlines` at the end.
    """
    if not owed:
        raise Refused(_("Somebody must owe it: choose a party or a body."), "owed")
    lock(process)  # one register number at a time
    refuse_foreign(process, [one.by for one in owed], terms, fields)
    kind = fields.get("kind", Commitment.Kind.DATED)
    refuse_what_kind_lacks(kind, fields, terms, bounds)
    _refuse_twice(owed)
    _refuse_bounds(bounds, {one.by for one in owed})
    if number is None:
        last = Commitment.every.filter(process=process).aggregate(last=Max("number"))["last"] or 0
        number = last + 1
    commitment = Commitment.objects.create(process=process, number=number, **fields)
    row = Deadline.objects.create(commitment=commitment, process=process, **(deadline or {}))
    for term in terms:
        DeadlineTerm.objects.create(deadline=row, **term)
    obligations = {one.by: _owe(commitment, one) for one in owed}
    for bound in bounds:
        Bound.objects.create(
            commitment=commitment,
            obligation=obligations[bound.owner] if bound.owner else None,
            comparison=bound.comparison,
            value=bound.value,
            of_what=bound.of_what,
        )
    append(
        process=process,
        actor=actor,
        verb="commitment.entered",
        thing=commitment,
        origin=origin,
        summary=f"Entered {commitment.code}, {commitment.title}",
        after=snapshot(commitment)
        | {
            "owed_by": [one.by.name for one in owed],
            "terms": [str(term) for term in row.terms.all()],
            "bounds": [str(bound) for bound in commitment.bounds.all()],
        },
    )
    if recompute:
        recompute_deadlines(actor=actor, process=process, origin=origin, seeds=[commitment.pk])
    return commitment


@transaction.atomic
def change_commitment(
    *, actor: Any, commitment: Commitment, origin: str, **fields: Any
) -> list[Move]:
    """Change what a commitment says, and what kind it is; returns the due days that moved.

    A new rhythm counts from the end of what is over or was touched, and changes nothing of that.
    """
    process = commitment.process
    lock(process)
    read_again(commitment)
    refuse_foreign(process, (), (), fields)
    kind = fields.get("kind", commitment.kind)
    follower = None if kind in Commitment.EXPECTED else commitment.followed_by.first()
    if follower is not None:
        raise Refused(_is_followed(follower), "kind")
    said = {name: getattr(commitment, name) for name in SAID}
    terms = commitment.deadline.terms.filter(reading=None).values("purpose", "from_opening")
    bounds = list(_standing_bounds(commitment))
    refuse_what_kind_lacks(kind, said | fields, list(terms), bounds)
    changed = change(
        commitment,
        fields,
        process=process,
        actor=actor,
        verb="commitment.changed",
        origin=origin,
        summary=f"Changed {commitment.code}:",
        beside={"recurring_commitment_has_a_rhythm": "every_amount"},
    )
    if not changed:
        return []
    if "follows" in changed:
        refuse_circle_through(commitment, "follows")
    if set(changed) & set(_RHYTHM):
        restart_rhythm(commitment)
    if "kind" in changed:  # what was said of it means something else; others may count from it
        for obligation in commitment.obligations.all():
            bring_up_to_date(obligation)
    return recompute_deadlines(actor=actor, process=process, origin=origin, seeds=[commitment.pk])


@transaction.atomic
def change_deadline(
    *,
    actor: Any,
    commitment: Commitment,
    origin: str,
    terms: Sequence[Mapping[str, Any]],
    **fields: Any,
) -> list[Move]:
    """Write down anew when the agreement says that it is due; returns the due days that moved.

    What a party reads in it, and what it was extended by, is kept.
    """
    process = commitment.process
    lock(process)
    read_again(commitment)
    said = {name: getattr(commitment, name) for name in SAID}
    if not write_deadline(
        actor=actor,
        commitment=commitment,
        origin=origin,
        kind=commitment.kind,
        said=said,
        terms=terms,
        fields=fields,
    ):
        return []
    return recompute_deadlines(actor=actor, process=process, origin=origin, seeds=[commitment.pk])


def write_deadline(
    *,
    actor: Any,
    commitment: Commitment,
    origin: str,
    kind: str,
    said: Mapping[str, Any],
    terms: Sequence[Mapping[str, Any]],
    fields: Mapping[str, Any],
) -> bool:
    """Write the terms of a deadline for a commitment of that kind, which `said` tells more of;
    whether anything changed. The caller holds the lock and works the dates out."""
    process = commitment.process
    refuse_foreign(process, (), terms, {})
    refuse_what_kind_lacks(kind, said, terms, [True])  # its numbers are no part of this
    row = commitment.deadline
    row.refresh_from_db()
    own = row.terms.filter(reading=None).select_related("anchor", "after_commitment")
    shown = ("rule", "precision", "wording", "extendable")
    before = snapshot(row, *shown) | {"terms": [_said(term) for term in own]}
    for name, value in fields.items():
        setattr(row, name, value)
    new = [DeadlineTerm(deadline=row, **term) for term in terms]
    after = snapshot(row, *shown) | {"terms": [_said(term) for term in new]}
    if before == after:
        return False
    row.save(update_fields=list(shown))
    own.delete()
    for term in new:
        term.save()
    refuse_circle_through(commitment, "terms")
    append(
        process=process,
        actor=actor,
        verb="deadline.changed",
        thing=commitment,
        origin=origin,
        summary=f"Changed when {commitment.code} is due",
        before=before,
        after=after,
    )
    return True


def _said(term: DeadlineTerm) -> str:
    moment = f" {term.at.isoformat()}" if term.at else ""
    return f"{term.purpose}: {term}{moment}"


@transaction.atomic
def change_owners(*, actor: Any, commitment: Commitment, origin: str, owed: Sequence[Owed]) -> None:
    """Write down anew who owes a commitment.

    Who is left out owes it no longer: the obligation is withdrawn with what was reported of it,
    and comes back with that where it is named again.
    """
    process = commitment.process
    if not owed:
        raise Refused(_("Somebody must owe it: choose a party or a body."), "owed")
    lock(process)
    read_again(commitment)
    refuse_foreign(process, [one.by for one in owed], (), {})
    there = {
        one.owner: one
        for one in Obligation.every.filter(commitment=commitment).select_related("party", "body")
    }
    before = _owners(commitment)
    _refuse_twice(owed)
    named = {one.by: one for one in owed}
    back: list[tuple[Obligation, date]] = []
    for owner, one in named.items():
        obligation = there.get(owner)
        if obligation is None:
            _owe(commitment, one)
            continue
        if obligation.withdrawn_at is not None:
            back.append((obligation, process.today(obligation.withdrawn_at)))
        obligation.share, obligation.focal_point = one.share, one.focal_point
        obligation.withdrawn_at = obligation.withdrawn_by = None
        obligation.withdrawn_because = ""
        obligation.save()
    for owner, obligation in there.items():
        if owner not in named and obligation.withdrawn_at is None:
            obligation.withdrawn_at, obligation.withdrawn_by = timezone.now(), actor
            obligation.next_check_in_on = obligation.next_check_in_at = None
            obligation.save()
    after = _owners(commitment)
    if before == after:
        return
    append(
        process=process,
        actor=actor,
        verb="commitment.owners-changed",
        thing=commitment,
        origin=origin,
        summary=f"Changed who owes {commitment.code}",
        before=before,
        after=after,
    )
    # Nothing of what is counted from it knows its date where somebody has yet to complete it.
    recompute_deadlines(actor=actor, process=process, origin=origin, seeds=[commitment.pk])
    for obligation, since in back:
        call_off_while_away(obligation, since)
    for obligation in commitment.obligations.all():
        bring_up_to_date(obligation)


@transaction.atomic
def change_bounds(
    *, actor: Any, commitment: Commitment, origin: str, bounds: Sequence[Bounded]
) -> None:
    """Write down anew the numbers that a commitment sets.

    One that was measured stays, and so do those of owners who owe it no longer.
    """
    process = commitment.process
    lock(process)
    read_again(commitment)
    obligations = {one.owner: one for one in commitment.obligations.select_related("party", "body")}
    _refuse_bounds(bounds, set(obligations))
    if commitment.kind in Commitment.MEASURED and not bounds:
        raise Refused(_("Give the number that it is held against."), "bounds")
    there = {
        (row.obligation_id, row.comparison, row.of_what): row
        for row in _standing_bounds(commitment)
    }
    before = _numbers(commitment)
    for one in bounds:
        owner = obligations[one.owner] if one.owner else None
        row = there.pop((owner.pk if owner else None, one.comparison, one.of_what), None)
        row = row or Bound(commitment=commitment, obligation=owner)
        row.comparison, row.value, row.of_what = one.comparison, one.value, one.of_what
        row.save()
    for row in there.values():
        if row.measurements.model.every.filter(bound=row).exists():
            if commitment.kind not in Commitment.MEASURED:
                continue  # it says nothing any more, and what was measured stays in the record
            raise Refused(
                _("“%(bound)s” was measured: its number can change, and it stays.")
                % {"bound": row},
                "bounds",
            )
        row.delete()
    after = _numbers(commitment)
    if before == after:
        return
    append(
        process=process,
        actor=actor,
        verb="commitment.bounds-changed",
        thing=commitment,
        origin=origin,
        summary=f"Changed the numbers that {commitment.code} sets",
        before={"bounds": before},
        after={"bounds": after},
    )
    for obligation in commitment.obligations.all():
        bring_up_to_date(obligation)


@transaction.atomic
def withdraw_commitment(
    *, actor: Any, commitment: Commitment, because: str, origin: str
) -> list[Move]:
    """Take a commitment that was entered by mistake out of the register; it keeps its number."""
    process = commitment.process
    lock(process)
    commitment = Commitment.every.select_for_update().get(pk=commitment.pk)
    if commitment.withdrawn_at:
        return []
    if not because.strip():
        raise Refused(_("Say why."), "because")
    counting = commitment.dependent_terms.filter(
        reading__withdrawn_at=None, deadline__commitment__withdrawn_at=None
    )
    if row := counting.select_related("deadline__commitment").first():
        raise Refused(
            _("%(code)s counts from it: change its date first.")
            % {"code": row.deadline.commitment.code}
        )
    if follower := commitment.followed_by.first():
        raise Refused(_is_followed(follower))
    commitment.withdrawn_at, commitment.withdrawn_by = timezone.now(), actor
    commitment.withdrawn_because = because.strip()[:300]
    commitment.expects_next_at = None
    commitment.save()
    commitment.obligations.update(
        withdrawn_at=commitment.withdrawn_at,
        withdrawn_by=actor,
        next_check_in_on=None,
        next_check_in_at=None,
    )
    append(
        process=process,
        actor=actor,
        verb="commitment.withdrawn",
        thing=commitment,
        origin=origin,
        summary=f"Withdrew {commitment.code}: {commitment.withdrawn_because}",
        after={"withdrawn_because": commitment.withdrawn_because},
    )
    return []


def _is_followed(follower: Commitment) -> str:
    words = _("%(code)s is triggered by its fulfilment: change that first.")
    return words % {"code": follower.code}


def _standing_bounds(commitment: Commitment) -> Any:
    """Those of all together, and of those who owe it today."""
    return commitment.bounds.filter(obligation__withdrawn_at=None)


def _numbers(commitment: Commitment) -> list[str]:
    """The bounds in words, each with whom it binds."""
    rows = _standing_bounds(commitment).select_related("obligation__party", "obligation__body")
    return sorted(
        f"{one}, {one.obligation.owner_name}" if one.obligation else str(one) for one in rows
    )


def _owe(commitment: Commitment, one: Owed) -> Obligation:
    owner_field = "party" if isinstance(one.by, Party) else "body"
    return Obligation.objects.create(
        commitment=commitment,
        share=one.share,
        focal_point=one.focal_point,
        **{owner_field: one.by},
    )


def _owners(commitment: Commitment) -> dict[str, Any]:
    rows = Obligation.objects.filter(commitment=commitment)
    return {
        one.owner_name: [one.share, str(one.focal_point or "")]
        for one in rows.select_related("party", "body", "focal_point")
    }


def _refuse_twice(owed: Sequence[Owed]) -> None:
    if len({one.by for one in owed}) < len(owed):
        raise Refused(_("Each owes it once: leave out the row that stands twice."), "owed")


def _refuse_bounds(bounds: Sequence[Bounded], owners: Set[Party | Body]) -> None:
    if len({(one.owner, one.comparison, one.of_what) for one in bounds}) < len(bounds):
        raise Refused(_("There is a bound of this kind already."), "bounds")
    for one in bounds:
        if one.owner is not None and one.owner not in owners:
            raise Refused(_("%(name)s does not owe it.") % {"name": one.owner.name}, "bounds")
