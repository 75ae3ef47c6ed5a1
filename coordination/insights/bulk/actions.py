"""Doing one thing to many commitments in one transaction, and undoing it once."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from coordination.base.errors import Overtaken, Refused
from coordination.base.spoken import on_record
from coordination.bodies.models import Body
from coordination.commitments.access import Kept, kept_by
from coordination.commitments.actions.bulk import COLUMNS, change_many
from coordination.commitments.models import BulkChange, Commitment
from coordination.ledger.actions import append, lock
from coordination.ledger.models import Entry
from coordination.processes.models import Process
from coordination.reminders.by_hand import STAYS, ask_now, take_back
from coordination.reminders.models import Occurrence
from coordination.reviews.actions import propose_commitments, withdraw_proposals
from coordination.reviews.models import Proposal

from .plans import FIELD, Line, What, owed_under, plan_of, standing_bodies
from .selection import MOST, chosen

Kind = BulkChange.Kind
Item = dict[str, Any]

UNDO_WITHIN = timedelta(hours=24)
#: Codes that an entry of the ledger names; the entries before it have each commitment.
NAMED = 40
#: Why undoing leaves something as it is: the codes are kept, for readers in any language.
LEFT = STAYS | {
    "withdrawn": _lazy("it was withdrawn meanwhile"),
    "changed": _lazy("%(who)s changed it meanwhile"),
    "gone": _lazy("the body is not there any more"),
    "ended": _lazy("the body has ended meanwhile"),
    "not-theirs": _lazy("only its lead body and coordinators change it"),
    "taken-off": _lazy("it was taken off meanwhile"),
    "closed": _lazy("the agenda is closed"),
}


@transaction.atomic
def change_at_once(
    *, actor: Any, process: Process, what: What, seen: Mapping[int, str], origin: str
) -> BulkChange:
    """Do it to each commitment whose number was seen, as it was seen: `Overtaken` where one of
    them is not so any more, and then nothing is done."""
    lock(process)
    if not seen:
        raise Refused(_("None of them would change."))
    if len(seen) > MOST:
        raise Refused(_("At most %(n)s are changed at once.") % {"n": MOST})
    commitments = chosen(list(seen), actor, process)
    plan = plan_of(what, commitments, kept_by(actor, process), process, timezone.now())
    if plan.overtaken(seen) or len(commitments) < len(seen):
        raise Overtaken(_("Some of them changed meanwhile. They are marked, and are left out now."))
    change = BulkChange(process=process, actor=actor, kind=what.kind, value=what.value[:200])
    if what.kind == Kind.AGENDA:
        change.items = _propose(plan.changes, what.to, actor, origin)
    elif what.kind == Kind.REMIND:
        change.items = _ask(plan.changes, process, change.made_at)
    else:
        change.items = _write(
            {one.commitment: {what.field: what.to} for one in plan.changes}, process, actor, origin
        )
    change.save()
    codes = ", ".join(one.commitment.code for one in plan.changes[:NAMED])
    _record(
        change,
        "bulk.done",
        f"{capfirst(on_record(change.get_kind_display))}: {codes}",
        actor,
        origin,
    )
    return change


@transaction.atomic
def change_one(
    *, actor: Any, commitment: Commitment, fields: Mapping[str, Any], origin: str
) -> BulkChange | None:
    """Change some fields of one commitment in place, so that it can be undone in the same way;
    None where nothing differs. The ledger has it as any other change of a commitment."""
    process = commitment.process
    lock(process)
    commitment = Commitment.every.select_related("lead_body", "verifying_body").get(
        pk=commitment.pk
    )
    if commitment.withdrawn_at:
        raise Refused(_("It was withdrawn from the register meanwhile."))
    differs = {name: to for name, to in fields.items() if getattr(commitment, name) != to}
    if not differs:
        return None
    items = _write({commitment: differs}, process, actor, origin)
    kind = next(kind for kind, name in FIELD.items() if name in differs)
    to = differs[FIELD[kind]]
    return BulkChange.objects.create(
        process=process, actor=actor, kind=kind, value=What(kind, to).value, items=items
    )


def _write(
    changes: Mapping[Commitment, Mapping[str, Any]], process: Process, actor: Any, origin: str
) -> list[Item]:
    items = [
        {
            "commitment": one.pk,
            "field": name,
            "was": getattr(one, COLUMNS[name]),
            "became": getattr(to, "pk", to),
        }
        for one, fields in changes.items()
        for name, to in fields.items()
    ]
    keyed = {one.pk: fields for one, fields in changes.items()}
    change_many(actor=actor, process=process, changes=keyed, origin=origin)
    last = lock(process).count  # what the ledger says after it is by others
    return [item | {"entry": last} for item in items]


def _propose(lines: Sequence[Line], review: Any, actor: Any, origin: str) -> list[Item]:
    commitments = [one.commitment for one in lines]
    made = propose_commitments(actor=actor, review=review, commitments=commitments, origin=origin)
    return [{"commitment": one.commitment_id, "proposal": one.pk} for one in made]


def _ask(lines: Sequence[Line], process: Process, now: datetime) -> list[Item]:
    owed = owed_under([one.commitment for one in lines])
    commitment_of = {one.pk: one.commitment_id for one in owed}
    questions: dict[int, list[int]] = {}
    for occurrence in ask_now(owed, process, now):
        questions.setdefault(commitment_of[occurrence.obligation_id], []).append(occurrence.pk)
    return [{"commitment": pk, "questions": keys} for pk, keys in questions.items()]


def can_be_undone(change: BulkChange, now: datetime) -> bool:
    return change.undone_at is None and now < change.made_at + UNDO_WITHIN


@transaction.atomic
def undo(*, actor: Any, change: BulkChange, origin: str) -> BulkChange:
    """Put each commitment back to what it was, where nobody has changed that meanwhile, and where
    the person may change it; each item that is left as it is says why in `left` (`why_left`)."""
    process = change.process
    lock(process)
    change = BulkChange.objects.select_for_update().get(pk=change.pk)
    change.process = process
    now = timezone.now()
    if change.undone_at:
        raise Refused(_("It was undone already."))
    if not can_be_undone(change, now):
        raise Refused(_("It was done more than a day ago: change it as anything else is changed."))
    if change.kind == Kind.AGENDA:
        left = _take_off(change, actor, origin)
    elif change.kind == Kind.REMIND:
        left = _take_back(change, actor, now)
    else:
        left = _restore(change, actor, origin)
    change.items = [item | left.get(n, {}) for n, item in enumerate(change.items)]
    change.undone_at = now
    change.save(update_fields=["items", "undone_at"])
    words = f"Undone: {on_record(change.get_kind_display)}"
    if left:
        words += f"; {len(left)} of {len(change.items)} left as they were"
    _record(change, "bulk.undone", words, actor, origin)
    return change


def why_left(item: Item) -> str:
    """In the reader's language; nothing where it was not left."""
    who = item.get("who") or _("somebody else")
    return ", ".join(LEFT[code] % {"who": who} for code in item.get("left", []))


def _record(change: BulkChange, verb: str, summary: str, actor: Any, origin: str) -> None:
    append(
        process=change.process,
        actor=actor,
        verb=verb,
        thing=change,
        origin=origin,
        summary=summary,
    )


def _restore(change: BulkChange, actor: Any, origin: str) -> dict[int, Item]:
    """By the places of items, why each was left; the others are written."""
    process = change.process
    rows = Commitment.every.in_bulk([item["commitment"] for item in change.items])
    bodies = Body.objects.filter(process=process).in_bulk()
    standing = set(standing_bodies(process).values_list("pk", flat=True))
    who = _who_changed(change)

    def reason(row: Commitment, item: Item) -> Item | None:
        column, was = COLUMNS[item["field"]], item["was"]
        if row.withdrawn_at:
            return {"left": ["withdrawn"]}
        if (row.pk, column) in who or getattr(row, column) != item["became"]:
            return {"left": ["changed"], "who": who.get((row.pk, column), "")}
        if _is_body(item) and was is not None and was not in standing:
            return {"left": ["ended" if was in bodies else "gone"]}
        return None

    found = {n: reason(rows[item["commitment"]], item) for n, item in enumerate(change.items)}
    left = {n: why for n, why in found.items() if why}
    left |= _not_theirs(change, rows, left, kept_by(actor, process))
    back: dict[int, dict[str, Any]] = {}
    for n, item in enumerate(change.items):
        if n not in left:
            was = bodies.get(item["was"]) if _is_body(item) else item["was"]
            back.setdefault(item["commitment"], {})[item["field"]] = was
    change_many(actor=actor, process=process, changes=back, origin=origin)
    return left


def _is_body(item: Item) -> bool:
    return item.get("field") in ("lead_body", "verifying_body")


def _not_theirs(
    change: BulkChange, rows: Mapping[int, Commitment], left: Mapping[int, Item], kept: Kept
) -> dict[int, Item]:
    """The items of commitments that the person keeps neither as they are nor as they would be put
    back: who gave one away by mistake may take it back."""
    given_away = {
        item["commitment"]
        for n, item in enumerate(change.items)
        if n not in left and item.get("field") == "lead_body" and item["was"] in kept.bodies
    }
    return {
        n: {"left": ["not-theirs"]}
        for n, item in enumerate(change.items)
        if n not in left
        and item["commitment"] not in given_away
        and not kept.may_keep(rows[item["commitment"]])
    }


def _who_changed(change: BulkChange) -> dict[tuple[int, str], str]:
    """Who last wrote a field of a commitment after the change, by both; whoever put it back to what
    the change had made of it meant that too."""
    entries = Entry.objects.filter(
        process=change.process,
        object_type="commitment",
        object_id__in=[item["commitment"] for item in change.items],
        verb="commitment.changed",
        sequence__gt=change.items[0]["entry"],
    )
    return {
        (entry.object_id, name): entry.actor_name
        for entry in entries.order_by("sequence")
        for name in entry.before.keys() | entry.after.keys()
    }


def _take_off(change: BulkChange, actor: Any, origin: str) -> dict[int, Item]:
    keys = [item["proposal"] for item in change.items]
    proposals = Proposal.every.select_related("review__body__process").in_bulk(keys)
    taken = withdraw_proposals(
        actor=actor,
        review=proposals[keys[0]].review,
        proposals=keys,
        because=f"Undone by {actor}",
        origin=origin,
    )
    return {
        n: {"left": ["taken-off" if proposals[key].withdrawn_at else "closed"]}
        for n, key in enumerate(keys)
        if key not in taken
    }


def _take_back(change: BulkChange, actor: Any, now: datetime) -> dict[int, Item]:
    rows = Commitment.every.in_bulk([item["commitment"] for item in change.items])
    left = _not_theirs(change, rows, {}, kept_by(actor, change.process))
    theirs = [item for n, item in enumerate(change.items) if n not in left]
    keys = [key for item in theirs for key in item["questions"]]
    stays = take_back(list(Occurrence.objects.filter(pk__in=keys)), change.made_at, now)
    found = {
        n: [stays[key] for key in item["questions"] if key in stays]
        for n, item in enumerate(change.items)
    }
    return left | {n: {"left": list(dict.fromkeys(why))} for n, why in found.items() if why}
