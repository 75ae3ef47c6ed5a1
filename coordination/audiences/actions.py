"""Opening a restricted record to others, and closing it again. Each is one transaction and leaves a
ledger entry about the record, so that who may not read it does not read of this either."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from coordination.base.errors import Refused
from coordination.base.rows import refuse_what_is_not_allowed
from coordination.base.spoken import on_record
from coordination.ledger.actions import append, lock
from coordination.processes.models import Party
from coordination.processes.records import change

from .access import audiences_for, may_release, may_set_audience, own_of, process_of, rows_of
from .models import Audience, Release


@transaction.atomic
def release(*, actor: Any, record: Any, party: Party, reason: str, origin: str) -> Release:
    """Open a record to one more delegation, for a stated reason."""
    process = process_of(record)
    lock(process)
    record = _fresh(record)
    _refuse_withdrawn(record)
    _refuse_who_may_not(actor, record)
    if party.process_id != process.pk:
        raise Refused(_("Choose a party of the process."), "party")
    if not reason.strip():
        raise Refused(_("Say why it is released."), "reason")
    row = Release(
        process=process,
        object_type=record._meta.model_name,
        object_id=record.pk,
        party=party,
        reason=reason.strip(),
        released_by=actor,
        released_at=timezone.now(),
    )
    refuse_what_is_not_allowed(row, {"released_once_to_a_party": "party"})
    row.save()
    append(
        process=process,
        actor=actor,
        verb="release.made",
        thing=record,
        summary=f"Released {record} to {party.code}: {row.reason}",
        after={"released_to": party.code, "reason": row.reason},
        origin=origin,
    )
    return row


@transaction.atomic
def withdraw_release(*, actor: Any, release: Release, origin: str) -> Release:
    """Take a release back; what was read meanwhile was read. Twice is as good as once."""
    process = release.process
    lock(process)
    release.refresh_from_db()
    if release.withdrawn_at:
        return release
    record = rows_of(release.object_type).get(pk=release.object_id)
    _refuse_who_may_not(actor, record)
    release.withdrawn_at, release.withdrawn_by = timezone.now(), actor
    release.save(update_fields=["withdrawn_at", "withdrawn_by"])
    append(
        process=process,
        actor=actor,
        verb="release.withdrawn",
        thing=record,
        summary=f"Took back the release of {record} to {release.party.code}",
        before={"released_to": release.party.code},
        origin=origin,
    )
    return release


@transaction.atomic
def set_audience(*, actor: Any, record: Any, audience: str, origin: str) -> Any:
    """Say who reads a record; nothing is recorded where they did before."""
    process = process_of(record)
    lock(process)
    record = _fresh(record)
    _refuse_withdrawn(record)
    if not may_set_audience(actor, record):
        words = _("Its author says who reads it, and who may release it.")
        if record.audience == Audience.DELEGATION:
            words = _("The head of the delegation says who reads what is its own.")
        raise Refused(words)
    if audience not in Audience.values:
        raise Refused(_("Choose who reads it."), "audience")
    if audience not in audiences_for(actor, record):
        raise Refused(
            _("Only who acts for the delegation that wrote it keeps it for that delegation alone."),
            "audience",
        )
    fields: dict[str, Any] = {"audience": audience}
    if audience == Audience.DELEGATION:
        fields["delegation"] = own_of(record)
    change(
        record,
        fields,
        process=process,
        actor=actor,
        verb="audience.changed",
        summary=f"{record} is now for {on_record(lambda: Audience(audience).label)}",
        origin=origin,
    )
    return record


def _fresh(record: Any) -> Any:
    return rows_of(record._meta.model_name).get(pk=record.pk)


def _refuse_withdrawn(record: Any) -> None:
    if getattr(record, "withdrawn_at", None):
        raise Refused(_("It was withdrawn: nobody else is given it any more."))


def _refuse_who_may_not(actor: Any, record: Any) -> None:
    if may_release(actor, record):
        return
    if record.audience is None:
        words = _("A finding is released by who verifies, on its own page.")
    elif record.audience_now == Audience.DELEGATION:
        words = _("The head of the delegation releases what is its own; nobody else does.")
    else:
        words = _("A coordinator releases it, or who keeps one of the bodies concerned.")
    raise Refused(words)
