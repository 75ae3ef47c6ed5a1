"""What changes a process: its members, its parties and its anchor events with their dates."""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from coordination.base.dates import in_words
from coordination.base.errors import Refused
from coordination.base.spoken import on_record
from coordination.base.trees import makes_circle
from coordination.ledger.actions import Origin, append, lock, snapshot

from .mails import Place, tell_delegation, tell_of_second_step
from .models import Affiliation, AnchorDate, AnchorEvent, Membership, Party, Process
from .records import change, change_span, enter


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
    *,
    actor: Any,
    process: Process,
    user: Any,
    role: str,
    origin: str,
    party: Party | None = None,
    heads_delegation: bool = False,
    invited_by: Any = None,
) -> Membership:
    """Let a person into a process, for a party where they act for one.

    Nobody gives themselves a place (`invited_by` gives it, where its holder accepts), but who opens
    the process: else a coordinator would make themselves head of a delegation.
    """
    lock(process)
    refuse_place(process, role, party, heads_delegation)
    giver = invited_by or actor
    if giver is not None and giver.pk == user.pk and process.memberships.exists():
        raise Refused(_("Nobody gives themselves a place: another coordinator invites you."))
    if process.memberships.filter(user=user, ended_at=None).exists():
        raise Refused(_("%(name)s is a member already.") % {"name": user}, "user")
    member = Membership.objects.create(
        process=process, user=user, role=role, party=party, heads_delegation=heads_delegation
    )
    entry = append(
        process=process,
        actor=actor,
        verb="member.added",
        thing=member,
        origin=origin,
        summary=f"Added {user} as {on_record(member.get_role_display)}"
        + (f" for {party.code}" if party else ""),
        after=snapshot(member),
    )
    if origin != Origin.FILE:  # a process that is taken over has its delegations already
        tell_delegation(member, None, giver, entry)
    return member


def refuse_place(process: Process, role: str, party: Party | None, heads: bool) -> None:
    """Refuse a role without the party that it is for, or one with a party from elsewhere."""
    if party and party.process_id != process.pk:
        raise Refused(_("The party belongs to another process."), "party")
    if party is None and role == Membership.Role.DELEGATE:
        raise Refused(_("A delegate acts for a party: choose it."), "party")
    if party is None and heads:
        raise Refused(_("Who heads a delegation acts for its party: choose it."), "party")


@transaction.atomic
def change_role(
    *,
    actor: Any,
    member: Membership,
    role: str,
    origin: str,
    party: Party | None = None,
    heads_delegation: bool = False,
) -> None:
    """Give a member another role, let them act for another party, or head its delegation.

    It takes another coordinator than the member: nobody opens a delegation's papers to themselves,
    or drops their party to judge what it owes.
    """
    lock(member.process)
    member.refresh_from_db()
    refuse_place(member.process, role, party, heads_delegation)
    if member.ended_at:
        raise Refused(_("This membership has ended: add the person again."))
    if actor is not None and actor.pk == member.user_id:
        _refuse_own_change(member, role, party, heads_delegation)
    if role != member.role:
        _keep_a_coordinator(member, "role")
    before, place = snapshot(member), Place.of(member)
    if role != member.role:
        member.role_since = timezone.now()
    member.role, member.party, member.heads_delegation = role, party, heads_delegation
    if snapshot(member) == before:
        return
    member.save(update_fields=["role", "role_since", "party", "heads_delegation"])
    entry = append(
        process=member.process,
        actor=actor,
        verb="member.changed",
        thing=member,
        origin=origin,
        summary=f"{member.user} is now {on_record(member.get_role_display)}"
        + (f" for {party.code}" if party else "")
        + (", heading its delegation" if heads_delegation else ""),
        before=before,
        after=snapshot(member),
    )
    tell_delegation(member, place, actor, entry)
    if place.role not in member.process.second_factor_roles:
        tell_of_second_step([member], actor)


def _refuse_own_change(member: Membership, role: str, party: Party | None, heads: bool) -> None:
    if role != member.role:
        raise Refused(_("Your own role is changed by another coordinator."), "role")
    if (party.pk if party else None) != member.party_id:
        raise Refused(_("Another coordinator changes the party that you act for."), "party")
    if heads != member.heads_delegation:
        words = _("Another coordinator says whether you head the delegation.")
        raise Refused(words, "heads_delegation")


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
    if process.parties.filter(code__iexact=party.code).exists():
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
    """Write down a party's facts anew."""
    lock(party.process)
    code = fields.get("code", party.code)
    others = party.process.parties.exclude(pk=party.pk)
    if others.filter(code__iexact=code).exists():
        raise Refused(_("%(code)s is another party: choose another code.") % fields, "code")
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
    _refuse_circle(tie)
    return enter(
        tie,
        process=process,
        actor=actor,
        verb="affiliation.entered",
        origin=origin,
        summary=f"{party.code} {on_record(tie.get_kind_display)} {other.code}",
        beside={"affiliated_once": "other", "party_is_not_affiliated_with_itself": "other"},
    )


def _refuse_circle(tie: Affiliation) -> None:
    """Refuse that a party is a part of itself, or acts for itself, through others."""
    if tie.party_id == tie.other_id:
        return  # the constraint says it in better words
    known = Affiliation.objects.filter(party__process=tie.party.process_id, kind=tie.kind)
    ties = known.exclude(pk=tie.pk).values_list("party", "other", "started_on", "ended_on")
    if makes_circle((tie.party_id, tie.other_id, tie.started_on, tie.ended_on), ties):
        words = (
            _("%(other)s is itself a part of %(party)s, directly or through others.")
            if tie.kind == Affiliation.Kind.PART_OF
            else _("%(other)s itself acts for %(party)s, directly or through others.")
        )
        raise Refused(words % {"other": tie.other.code, "party": tie.party.code}, "other")


@transaction.atomic
def change_affiliation(
    *, actor: Any, affiliation: Affiliation, origin: str, mistaken: bool = False, **fields: Any
) -> None:
    """Record from when to when it is so, and which document says so."""
    process = affiliation.party.process
    lock(process)
    change_span(
        affiliation,
        fields,
        mistaken=mistaken,
        process=process,
        actor=actor,
        what="affiliation",
        origin=origin,
        beside={"affiliated_once": "ended_on"},
    )
    try:
        _refuse_circle(affiliation)
    except Refused as refused:
        raise Refused(refused.message, "ended_on") from refused


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
    not_happened: bool = False,
) -> AnchorEvent:
    """Give an anchor event a date; earlier ones are kept, and the latest is in force.

    Raises `Refused` where something is said to have happened on a day that is yet to come, or is
    planned for though it has happened; `not_happened` says that it has not after all. What is
    counted from the anchor moves with `commitments.actions.move_anchor`, which is the one to call.
    """
    process = anchor.process
    lock(process)
    anchor.refresh_from_db(fields=["on", "at", "has_happened"])
    before = snapshot(anchor, "on", "at", "has_happened")
    if at is not None:
        on = at.astimezone(process.zone).date()
    happened = status == AnchorDate.Status.ACTUAL
    if happened and on > process.today():
        raise Refused(_("What has happened cannot lie in the future: call the date planned."), "on")
    if happened and decided_on and decided_on > process.today():
        raise Refused(_("What was decided on a day to come has not happened."), "decided_on")
    if anchor.has_happened and not happened and not not_happened:
        raise Refused(
            _("It has happened: tick that it has not after all, or give the day on which it did."),
            "status",
        )
    AnchorDate.objects.create(
        anchor=anchor,
        status=status,
        on=on,
        at=at,
        decided_by=decided_by,
        decided_on=decided_on,
    )
    undone = anchor.has_happened and not happened
    anchor.on, anchor.at, anchor.has_happened = on, at, happened
    anchor.save(update_fields=["on", "at", "has_happened"])
    append(
        process=process,
        actor=actor,
        verb=f"anchor.{status}",
        thing=anchor,
        origin=origin,
        summary=f"{anchor.name}: {'not happened after all, ' if undone else ''}"
        f"{on_record(lambda: AnchorDate.Status(status).label)} {in_words(on)}"
        + (f", decided by {decided_by}" if decided_by else "")
        + (f" on {in_words(decided_on)}" if decided_on else ""),
        before=before,
        after=snapshot(anchor, "on", "at", "has_happened")
        | ({"decided_on": decided_on} if decided_on else {}),
    )
    return anchor
