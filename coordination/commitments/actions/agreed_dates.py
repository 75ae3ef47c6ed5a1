"""Dates that were agreed on later: extensions, and how parties read a deadline."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from coordination.base.dates import Point, Unit, in_words, offset
from coordination.base.errors import Refused
from coordination.base.rows import refuse_what_is_not_allowed
from coordination.ledger.actions import append, lock, snapshot
from coordination.processes.models import Party

from ..models import (
    Commitment,
    Deadline,
    DeadlineTerm,
    ExpectedOccurrence,
    Extension,
    Reading,
)
from .dates import Move, recompute_deadlines
from .dependencies import refuse_circle_through
from .refusals import read_again, refuse_withdrawn

_EXTENSION = {"extension_is_a_date_or_a_time": "on"}
#: What a reading says; which one is in force is decided by itself.
_READING = ("party", "rule", "argument", "source")


@transaction.atomic
def extend_deadline(
    *,
    actor: Any,
    commitment: Commitment,
    origin: str,
    agreed_by: str,
    agreed_on: date,
    on: date | None = None,
    at: datetime | None = None,
    amount: int | None = None,
    unit: str = Unit.DAYS,
    expected: ExpectedOccurrence | None = None,
    source: str = "",
    reason: str = "",
    recompute: bool = True,
) -> tuple[Extension, list[Move]]:
    """Change the date in force by agreement; the original one stays what it was.

    Refused where the agreement rules extensions out, where there is no date, where the new one is
    not later, and where it is later than the latest that the agreement permits.
    """
    process = commitment.process
    lock(process)
    read_again(commitment)
    row = commitment.deadline
    row.refresh_from_db()
    if not row.extendable:
        raise Refused(_("The agreement rules out an extension."))
    several = commitment.kind in Commitment.EXPECTED
    if several and (expected is None or expected.obligation.commitment_id != commitment.pk):
        raise Refused(_("Say which time it concerns."), "expected")
    if expected is not None:
        expected.refresh_from_db()
        if recompute and expected.called_off_at:
            raise Refused(_("It was called off this time."), "expected")
    before, before_at = _in_force(row, expected)
    if recompute and before is None:
        raise Refused(_("It has no date yet that could be extended."))
    if agreed_on > process.today():
        raise Refused(_("Nothing was agreed on after today."), "agreed_on")
    if at is not None:
        on = at.astimezone(process.zone).date()
    extension = Extension(
        deadline=row,
        expected=expected if several else None,
        on=on,
        at=at,
        amount=amount,
        unit=unit,
        agreed_by=agreed_by,
        agreed_on=agreed_on,
        source=source,
        reason=reason,
        author=actor,
    )
    refuse_what_is_not_allowed(extension, _EXTENSION)
    extension.save()
    append(
        process=process,
        actor=actor,
        verb="deadline.extended",
        thing=commitment,
        origin=origin,
        summary=f"Extended {commitment.code} {extension}, agreed by {agreed_by}",
        after=snapshot(extension),
    )
    if not recompute:
        return extension, []
    moves = recompute_deadlines(actor=actor, process=process, origin=origin, seeds=[commitment.pk])
    row.refresh_from_db()
    if expected is not None:
        expected.refresh_from_db()
    _refuse_without_effect(extension, before, before_at, expected)
    return extension, moves


def _in_force(
    row: Deadline, expected: ExpectedOccurrence | None
) -> tuple[date | None, datetime | None]:
    one = row if expected is None else expected
    return one.due_on, one.due_at


def _refuse_without_effect(
    extension: Extension,
    before: date | None,
    before_at: datetime | None,
    expected: ExpectedOccurrence | None,
) -> None:
    """What was agreed leads to a later day, and to none beyond what the agreement permits."""
    row, zone = extension.deadline, extension.deadline.commitment.process.zone
    assert before is not None
    asked = extension.on
    if asked is None:
        was = Point(before)
        if before_at and before_at != was.ends_at(zone):
            was = Point(before, before_at)
        assert extension.amount is not None
        asked = offset(was, extension.amount, extension.unit, zone).on
    if asked < before:
        raise Refused(_("That is earlier than %(day)s.") % {"day": in_words(before)}, "on")
    if row.latest_on and asked > row.latest_on:
        raise Refused(
            _("The agreement permits %(day)s at the latest.") % {"day": in_words(row.latest_on)},
            "on",
        )
    after, after_at = _in_force(row, expected)
    if (after, after_at) == (before, before_at):
        raise Refused(
            _("It changes nothing: it is due %(day)s already.") % {"day": in_words(before)}, "on"
        )
    if after is None or after_at is None or (before_at and after_at < before_at):
        raise Refused(_("That is earlier than %(day)s.") % {"day": in_words(before)}, "on")


@transaction.atomic
def withdraw_extension(
    *, actor: Any, extension: Extension, because: str, origin: str
) -> list[Move]:
    """It was entered by mistake: the date before it is in force again."""
    commitment = extension.deadline.commitment
    process = commitment.process
    lock(process)
    if not because.strip():
        raise Refused(_("Say why."), "because")
    read_again(commitment)
    extension.refresh_from_db(from_queryset=Extension.every.all())
    if extension.withdrawn_at:
        return []
    extension.withdrawn_at, extension.withdrawn_by = timezone.now(), actor
    extension.withdrawn_because = because.strip()[:300]
    extension.save()
    append(
        process=process,
        actor=actor,
        verb="deadline.extension-withdrawn",
        thing=commitment,
        origin=origin,
        summary=f"Withdrew an extension of {commitment.code} ({extension}): "
        f"{extension.withdrawn_because}",
    )
    return recompute_deadlines(actor=actor, process=process, origin=origin, seeds=[commitment.pk])


@transaction.atomic
def enter_reading(
    *,
    actor: Any,
    commitment: Commitment,
    party: Party,
    terms: Sequence[Mapping[str, Any]],
    origin: str,
    reading: Reading | None = None,
    rule: str = "earlier",
    argument: str = "",
    source: str = "",
    recompute: bool = True,
) -> tuple[Reading, list[Move]]:
    """Record how a party reads a deadline, or (`reading`) change how it does."""
    process = commitment.process
    lock(process)
    read_again(commitment)
    new = reading is None
    if reading is not None:
        _read_reading_again(reading, commitment)
    if party.process_id != process.pk:
        raise Refused(_("The party belongs to another process."), "party")
    if not terms:
        raise Refused(_("Say which date follows from it."), "terms")
    foreign = [term.get(key) for term in terms for key in ("anchor", "after_commitment")]
    if any(one is not None and one.process_id != process.pk for one in foreign):
        raise Refused(_("It counts from something in another process."), "terms")
    refuse_withdrawn([term.get("after_commitment") for term in terms], "terms")
    if commitment.lasts:
        raise Refused(_("It is kept up and has no due day that could be read differently."))
    reading = reading or Reading(deadline=commitment.deadline)
    before = {} if new else snapshot(reading) | {"terms": _terms(reading)}
    reading.party, reading.rule = party, rule
    reading.argument, reading.source = argument, source
    refuse_what_is_not_allowed(reading, {"one_reading_a_party": "party"})
    reading.save(update_fields=None if new else _READING)
    reading.terms.all().delete()
    for term in terms:
        DeadlineTerm.objects.create(deadline=commitment.deadline, reading=reading, **term)
    refuse_circle_through(commitment, "terms")
    after = snapshot(reading) | {"terms": _terms(reading)}
    if before != after:
        append(
            process=process,
            actor=actor,
            verb="reading.entered" if new else "reading.changed",
            thing=commitment,
            origin=origin,
            summary=f"{'Recorded' if new else 'Changed'} how {party.code} reads the deadline of "
            f"{commitment.code}",
            before=before,
            after=after,
        )
    if not recompute:
        return reading, []
    return reading, recompute_deadlines(
        actor=actor, process=process, origin=origin, seeds=[commitment.pk]
    )


@transaction.atomic
def put_reading_in_force(
    *,
    actor: Any,
    commitment: Commitment,
    reading: Reading | None,
    decided_by: str,
    origin: str,
    recompute: bool = True,
) -> list[Move]:
    """Let one reading decide the date in force; None for the agreement's own words."""
    process = commitment.process
    lock(process)
    read_again(commitment)
    row = commitment.deadline
    if reading is not None and reading.deadline_id != row.pk:
        raise Refused(_("That is a reading of another deadline."))
    if reading is not None and not row.readings.filter(pk=reading.pk).exists():
        raise Refused(_("That reading was withdrawn."))
    if not decided_by.strip():
        raise Refused(_("Say who decided it, and where."), "decided_by")
    was = row.readings.filter(in_force=True).select_related("party").first()
    row.readings.update(in_force=False)
    if reading is not None:
        reading.in_force, reading.decided_by = True, decided_by.strip()
        reading.save(update_fields=["in_force", "decided_by"])
    held = f"as {reading.party.code} reads it" if reading else "as the agreement itself says"
    append(
        process=process,
        actor=actor,
        verb="reading.in-force",
        thing=commitment,
        origin=origin,
        summary=f"{commitment.code} is due {held}, decided by {decided_by.strip()}",
        before={"in_force": was.party.code if was else None},
        after={"in_force": reading.party.code if reading else None, "decided_by": decided_by},
    )
    if not recompute:
        return []
    return recompute_deadlines(actor=actor, process=process, origin=origin, seeds=[commitment.pk])


@transaction.atomic
def withdraw_reading(*, actor: Any, reading: Reading, because: str, origin: str) -> list[Move]:
    """The party does not read it so: its reading no longer counts and stays in the record."""
    commitment = reading.deadline.commitment
    process = commitment.process
    lock(process)
    if not because.strip():
        raise Refused(_("Say why."), "because")
    read_again(commitment)
    reading.refresh_from_db(from_queryset=Reading.every.all())
    if reading.withdrawn_at:
        return []
    reading.withdrawn_at, reading.withdrawn_by = timezone.now(), actor
    reading.withdrawn_because, reading.in_force = because.strip()[:300], False
    reading.save()
    append(
        process=process,
        actor=actor,
        verb="reading.withdrawn",
        thing=commitment,
        origin=origin,
        summary=f"Withdrew how {reading.party.code} reads the deadline of {commitment.code}: "
        f"{reading.withdrawn_because}",
    )
    return recompute_deadlines(actor=actor, process=process, origin=origin, seeds=[commitment.pk])


def _read_reading_again(reading: Reading, commitment: Commitment) -> None:
    """As it stands now: it may have been withdrawn, or put in force, since it was read."""
    reading.refresh_from_db(from_queryset=Reading.every.all())
    if reading.deadline_id != commitment.deadline.pk:
        raise Refused(_("That is a reading of another deadline."))
    if reading.withdrawn_at:
        raise Refused(_("This reading was withdrawn meanwhile."))


def _terms(reading: Reading) -> list[str]:
    return [str(term) for term in reading.terms.select_related("anchor", "after_commitment")]
