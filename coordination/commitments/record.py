"""The record of a commitment: one list, newest first, of all that happened to it and who did it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.base.dates import day_starts_at
from coordination.bodies.capacities import Capacities, capacities
from coordination.ledger.models import Entry

from .models import (
    BreachStep,
    CheckIn,
    Commitment,
    Dependency,
    Evidence,
    ExpectedOccurrence,
    Flag,
    Measurement,
    Note,
    Obligation,
    Verification,
)
from .report_queries import reported

#: What the record can be narrowed to, in its order; the first shows everything.
KINDS = {
    "all": _("Everything"),
    "check-ins": _("Check-ins"),
    "verifications": _("Verifications"),
    "breaches": _("Breaches"),
    "evidence": _("Evidence"),
    "changes": _("Changes"),
}


@dataclass(frozen=True)
class Line:
    """One line: what it is about (`thing`, or an `entry` of the ledger), and when it was."""

    kind: str
    at: datetime
    mark: str
    key: int = 0
    thing: Any = None
    entry: Entry | None = None
    due_passed: bool = False


def lines(commitment: Commitment, user: Any, own: Capacities | None = None) -> list[Line]:
    """Every line with its moment and nothing else, newest first; `filled` fetches what is shown.

    What is reported from before it was entered here stands at the time of which it tells. That
    somebody reported, and which level, is for everybody; `filled` has the words for their readers.
    """
    own = own or capacities(user)
    owed = Obligation.every.filter(commitment=commitment)
    found: list[Line] = []
    check_ins = CheckIn.objects.filter(obligation__in=owed)
    found += _bare("check-ins", "rep", check_ins.values_list("pk", "submitted_at"))
    verifications = _verifications(user, own).filter(obligation__in=owed)
    found += _bare("verifications", "ok", verifications.values_list("pk", "recorded_at"))
    steps = BreachStep.objects.visible_to(user).filter(breach__obligation__in=owed)
    found += _bare("breaches", "breach", steps.values_list("pk", "recorded_at"))
    evidence = Evidence.objects.visible_to(user, own).filter(commitment=commitment)
    found += _bare("evidence", "none", evidence.values_list("pk", "added_at"))
    entries = Entry.objects.visible_to(user).filter(_changes(commitment, owed))
    found += _bare("changes", "none", entries.values_list("pk", "at"))
    if (passed := _due_passed(commitment)) is not None:
        found.append(passed)
    return sorted(found, key=lambda line: (line.at, line.kind, line.key), reverse=True)


def filled(shown: Iterable[Line], user: Any, own: Capacities | None = None) -> list[Line]:
    """The lines of one page with what they are about, in a constant number of queries."""
    shown, own = list(shown), own or capacities(user)
    keys = {kind: [line.key for line in shown if line.kind == kind and line.key] for kind in KINDS}
    things = {
        "verifications": _verifications(user, own).select_related(
            "author", "approved_by", "body", "obligation__party", "obligation__body"
        ),
        "breaches": BreachStep.objects.select_related(
            "author", "breach__obligation__party", "breach__obligation__body"
        ),
        "evidence": Evidence.objects.select_related("added_by"),
        "changes": Entry.objects.all(),
    }
    by_kind: dict[str, dict[int, Any]] = {
        kind: rows.in_bulk(keys[kind]) for kind, rows in things.items()
    }
    by_kind["check-ins"] = reported(CheckIn.objects.filter(pk__in=keys["check-ins"]), user, own)
    full = []
    for line in shown:
        thing: Any = by_kind.get(line.kind, {}).get(line.key)
        if line.kind == "changes" and not line.due_passed:
            full.append(Line(line.kind, line.at, _mark(thing), line.key, entry=thing))
        else:
            waits = line.kind == "verifications" and not thing.counts
            mark = "wait" if waits else line.mark
            full.append(Line(line.kind, line.at, mark, line.key, thing, due_passed=line.due_passed))
    return full


def _verifications(user: Any, own: Capacities) -> Any:
    return Verification.every.all().visible_to(user, own)


def _bare(kind: str, mark: str, rows: Iterable[Any]) -> list[Line]:
    return [Line(kind, at, mark, key) for key, at in rows]


def _changes(commitment: Commitment, owed: Any) -> Q:
    """The entries of the ledger that no line of another kind tells better."""
    about = {
        "commitment": [commitment.pk],
        "obligation": owed.values("pk"),
        "dependency": Dependency.every.filter(Q(commitment=commitment) | Q(on=commitment)).values(
            "pk"
        ),
        "flag": Flag.objects.filter(commitment=commitment).values("pk"),
        "note": Note.every.filter(commitment=commitment).values("pk"),
        "measurement": Measurement.every.filter(bound__commitment=commitment).values("pk"),
        "expectedoccurrence": ExpectedOccurrence.objects.filter(obligation__in=owed).values("pk"),
    }
    # Who added or reported something stands in the record anyway; who opened it to whom does not.
    opened = {
        "checkin": CheckIn.objects.filter(obligation__in=owed).values("pk"),
        "evidence": Evidence.objects.filter(commitment=commitment).values("pk"),
    }
    changes = Q(pk=None)
    for name, keys in about.items():
        changes |= Q(object_type=name, object_id__in=keys)
    for name, keys in opened.items():
        changes |= Q(object_type=name, object_id__in=keys, verb__in=_OPENED)
    return changes


_OPENED = ("audience.changed", "release.made", "release.withdrawn")

_MARKS = {
    "flag.raised": "risk",
    "commitment.withdrawn": "wait",
}


def _mark(entry: Any) -> str:
    return _MARKS.get(entry.verb, "none") if entry else "none"


def _due_passed(commitment: Commitment) -> Line | None:
    """The day that it was due; of what is expected several times each has its own."""
    due_at = commitment.deadline.due_at
    dated = commitment.kind not in (*Commitment.NEVER_LATE, *Commitment.EXPECTED)
    if not due_at or due_at > timezone.now() or not dated:
        return None
    zone = commitment.process.zone
    passed_at = min(due_at, day_starts_at(due_at.astimezone(zone).date(), zone))
    return Line("changes", passed_at, "over", due_passed=True)
