"""What changes a process: its members, its parties and its anchor events with their dates."""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from coordination.base.dates import in_words
from coordination.base.errors import Refused
from coordination.base.trees import makes_circle
from coordination.ledger.actions import append, lock, snapshot

from .models import Affiliation, AnchorDate, AnchorEvent, Membership, Party, Process
from .records import change, end, enter


@transaction.atomic
def create_process(*, actor: Any, origin: str, **fields: Any) -> Process:
    """Open a process; whoever opens it is its first coordinator."""
    process = Process.objects.create(**fields)
    append(
        process=process,
        actor=actor,
        verb="process.opened",
        thing=process,
        origin=origin,
        summary=f"Opened the process {process.name}",
        after=snapshot(process),
    )
    if actor is not None:
        add_member(
            actor=actor,
            process=process,
            user=actor,
            role=Membership.Role.COORDINATOR,
            origin=origin,
        )
    return process


@transaction.atomic
def add_member(
    *, actor: Any, process: Process, user: Any, role: str, origin: str, party: Party | None = None
) -> Membership:
    """Let a person into a process, for a party where they act for one."""
    if party and party.process_id != process.pk:
        raise Refused(_("The party belongs to another process."), "party")
    lock(process)
    if process.memberships.filter(user=user, ended_at=None).exists():
        raise Refused(_("%(name)s is a member already.") % {"name": user}, "user")
    member = Membership.objects.create(process=process, user=user, role=role, party=party)
    append(
        process=process,
        actor=actor,
        verb="member.added",
        thing=member,
        origin=origin,
        summary=f"Added {user} as {member.get_role_display()}"
        + (f" for {party.code}" if party else ""),
        after=snapshot(member),
    )
    return member


@transaction.atomic
def change_role(
    *, actor: Any, member: Membership, role: str, origin: str, party: Party | None = None
) -> None:
    """Give a member another role, or let them act for another party."""
    lock(member.process)
    member.refresh_from_db()
    if party and party.process_id != member.process_id:
        raise Refused(_("The party belongs to another process."), "party")
    if member.ended_at:
        raise Refused(_("This membership has ended: add the person again."))
    if role != member.role:
        if actor is not None and actor.pk == member.user_id:
            raise Refused(_("Your own role is changed by another coordinator."), "role")
        _keep_a_coordinator(member, "role")
    before = snapshot(member)
    member.role, member.party = role, party
    if snapshot(member) == before:
        return
    member.save(update_fields=["role", "party"])
    append(
        process=member.process,
        actor=actor,
        verb="member.changed",
        thing=member,
        origin=origin,
        summary=f"{member.user} is now {member.get_role_display()}"
        + (f" for {party.code}" if party else ""),
        before=before,
        after=snapshot(member),
    )


def _keep_a_coordinator(member: Membership, field: str | None = None) -> None:
    """Refuse to take away the last who can let others in."""
    others = member.process.memberships.exclude(pk=member.pk)
    coordinates = {"role": Membership.Role.COORDINATOR, "user__is_active": True}
    if member.is_coordinator and not others.current().filter(**coordinates).exists():
        raise Refused(
            _("The process would be left without a coordinator: name another one first."), field
        )


@transaction.atomic
def end_membership(*, actor: Any, member: Membership, origin: str) -> None:
    """Close the process to a person from the next request on."""
    lock(member.process)
    member.refresh_from_db()
    if member.ended_at:
        return
    _keep_a_coordinator(member)
    before = snapshot(member)
    member.ended_at = timezone.now()
    member.save(update_fields=["ended_at"])
    append(
        process=member.process,
        actor=actor,
        verb="member.removed",
        thing=member,
        origin=origin,
        summary=f"Ended the membership of {member.user}",
        before=before,
        after=snapshot(member),
    )


_PARTY_FIELDS = {"party_leaves_after_it_joined": "left_on"}


@transaction.atomic
def enter_party(*, actor: Any, process: Process, origin: str, **fields: Any) -> Party:
    """Enter who takes part in a process, under a code that nobody else in it has."""
    lock(process)
    party = Party(process=process, **fields)
    if process.parties.filter(code=party.code).exists():
        raise Refused(_("%(code)s is another party: choose another code.") % fields, "code")
    return enter(
        party,
        process=process,
        actor=actor,
        verb="party.entered",
        origin=origin,
        summary=f"Entered the party {party}",
        beside=_PARTY_FIELDS,
    )


@transaction.atomic
def change_party(*, actor: Any, party: Party, origin: str, **fields: Any) -> None:
    """Write down a party's facts anew; its code stays, since it stands for the party everywhere."""
    fields.pop("code", None)
    change(
        party,
        fields,
        process=party.process,
        actor=actor,
        verb="party.changed",
        origin=origin,
        summary=f"Changed the party {party.code}:",
        beside=_PARTY_FIELDS,
    )


@transaction.atomic
def affiliate(
    *,
    actor: Any,
    party: Party,
    kind: str,
    other: Party,
    origin: str,
    started_on: date | None = None,
    source: str = "",
) -> Affiliation:
    """Record that a party is part of another or acts for it; nobody is part of themselves."""
    process = party.process
    lock(process)
    if other.process_id != process.pk:
        raise Refused(_("The party belongs to another process."), "other")
    tie = Affiliation(party=party, kind=kind, other=other, started_on=started_on, source=source)
    known = Affiliation.objects.filter(party__process=process, kind=Affiliation.Kind.PART_OF)
    ties = known.values_list("party", "other", "started_on", "ended_on")
    new = (party.pk, other.pk, started_on, None)
    is_part = kind == Affiliation.Kind.PART_OF
    if is_part and party.pk != other.pk and makes_circle(new, ties):
        raise Refused(
            _("%(other)s is itself a part of %(party)s, directly or through others.")
            % {"other": other.code, "party": party.code},
            "other",
        )
    return enter(
        tie,
        process=process,
        actor=actor,
        verb="affiliation.entered",
        origin=origin,
        summary=f"{party.code} {tie.get_kind_display()} {other.code}",
        beside={"affiliated_once": "other", "party_is_not_affiliated_with_itself": "other"},
    )


@transaction.atomic
def end_affiliation(*, actor: Any, affiliation: Affiliation, ended_on: date, origin: str) -> None:
    """Record from which day it is no longer so."""
    end(
        affiliation,
        ended_on,
        process=affiliation.party.process,
        actor=actor,
        verb="affiliation.ended",
        origin=origin,
        summary=f"No longer: {affiliation}",
    )


@transaction.atomic
def enter_anchor(*, actor: Any, process: Process, origin: str, **fields: Any) -> AnchorEvent:
    """Enter a moment that deadlines count from; its dates are given one by one."""
    lock(process)
    anchor = AnchorEvent(process=process, **fields)
    if process.anchors.filter(key=anchor.key).exists():
        raise Refused(_("Another anchor event has this key: choose another."), "key")
    return enter(
        anchor,
        process=process,
        actor=actor,
        verb="anchor.entered",
        origin=origin,
        summary=f"Entered the anchor event {anchor}",
        beside={"one_day_zero_a_process": "is_day_zero"},
    )


@transaction.atomic
def change_anchor(*, actor: Any, anchor: AnchorEvent, origin: str, **fields: Any) -> None:
    """Name an anchor event anew, or let D+n count from it."""
    change(
        anchor,
        {name: fields[name] for name in ("name", "is_day_zero") if name in fields},
        process=anchor.process,
        actor=actor,
        verb="anchor.changed",
        origin=origin,
        summary=f"Changed the anchor event {anchor}:",
        beside={"one_day_zero_a_process": "is_day_zero"},
    )


@transaction.atomic
def record_anchor_date(
    *,
    actor: Any,
    anchor: AnchorEvent,
    status: str,
    on: date,
    origin: str,
    at: datetime | None = None,
    decided_by: str = "",
    decided_on: date | None = None,
) -> AnchorEvent:
    """Give an anchor event a date; earlier ones are kept.

    Raises `Refused` where something is said to have happened on a day that is yet to come. What is
    counted from the anchor moves with `commitments.actions.move_anchor`, which is the one to call.
    """
    lock(anchor.process)
    before = snapshot(anchor, "on", "at", "has_happened")
    if at is not None:
        on = at.astimezone(anchor.process.zone).date()
    if status == AnchorDate.Status.ACTUAL and on > anchor.process.today():
        raise Refused(_("What has happened cannot lie in the future: call the date planned."), "on")
    AnchorDate.objects.create(
        anchor=anchor,
        status=status,
        on=on,
        at=at,
        decided_by=decided_by,
        decided_on=decided_on,
    )
    actual = anchor.dates.filter(status=AnchorDate.Status.ACTUAL).last()
    in_force = actual or anchor.dates.last()
    assert in_force is not None
    anchor.on, anchor.at, anchor.has_happened = in_force.on, in_force.at, actual is not None
    anchor.save(update_fields=["on", "at", "has_happened"])
    append(
        process=anchor.process,
        actor=actor,
        verb=f"anchor.{status}",
        thing=anchor,
        origin=origin,
        summary=f"{anchor.name}: {AnchorDate.Status(status).label} {in_words(on)}"
        + (f", decided by {decided_by}" if decided_by else ""),
        before=before,
        after=snapshot(anchor, "on", "at", "has_happened"),
    )
    return anchor
