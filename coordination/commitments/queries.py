"""Reads over commitments: the register's views, and one commitment's record."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.base.dates import day_starts_at
from coordination.ledger.models import Entry

from .models import CheckIn, Commitment, Level, Obligation, Verification

_NOT_FULL = Q(verified_level=None) | ~Q(verified_level=Level.FULL)

#: The saved views of the register, in their order.
VIEWS = {
    "all": _("All"),
    "overdue": _("Overdue"),
    "to-verify": _("To verify"),
    "contradicted": _("Contradicted"),
    "met": _("Met"),
}


def obligations_in(view: str, now: datetime) -> QuerySet[Obligation]:
    """The obligations that a view of the register is about, as `standing` would mark them."""
    rows = Obligation.objects.all()
    reported_full = Q(reported_level=Level.FULL)
    found_since = Q(verified_at__gte=F("reported_at"))
    if view == "overdue":
        return rows.filter(
            _NOT_FULL,
            Q(reported_level=None) | ~reported_full,
            due_at__lte=now,
        ).exclude(commitment__kind__in=Commitment.NEVER_LATE)
    if view == "to-verify":
        unseen = Q(verified_at=None) | Q(verified_at__lt=F("reported_at"))
        return rows.filter(_NOT_FULL, reported_full, unseen)
    if view == "contradicted":
        return rows.filter(_NOT_FULL, reported_full, found_since)
    return rows


def register(commitments: Any, *, view: str, find: str, owes: str, leads: str) -> Any:
    """The rows of the register: one of `VIEWS`, narrowed by words, by who owes and who leads."""
    now = timezone.now()
    if view == "met":
        unmet = Obligation.objects.filter(_NOT_FULL).values("commitment")
        commitments = commitments.exclude(pk__in=unmet)
    elif view in VIEWS and view != "all":
        commitments = commitments.filter(pk__in=obligations_in(view, now).values("commitment"))
    if find:
        number = find.upper().removeprefix("C-")
        words = Q(title__icontains=find) | Q(reference__icontains=find) | Q(text__icontains=find)
        # The limit keeps a number too large for the column out of the query.
        if number.isdecimal() and len(number) < 9:
            words |= Q(number=int(number))
        commitments = commitments.filter(words)
    if owes:
        owing = Obligation.objects.filter(Q(party__code=owes) | Q(body__code=owes))
        commitments = commitments.filter(pk__in=owing.values("commitment"))
    if leads:
        commitments = commitments.filter(lead_body__code=leads)
    return commitments.order_by(F("deadline__due_at").asc(nulls_last=True), "number").for_list()


@dataclass(frozen=True)
class Line:
    """One line of a commitment's record."""

    at: datetime
    mark: str
    check_in: CheckIn | None = None
    verification: Verification | None = None
    entry: Entry | None = None
    due_passed: bool = False


def record(commitment: Commitment, user: Any) -> list[Line]:
    """What happened to a commitment, newest first: reports, findings, moves, the day it was due."""
    obligations = [obligation.pk for obligation in commitment.obligations.all()]
    lines = [
        Line(check_in.submitted_at, "rep", check_in=check_in)
        for check_in in CheckIn.objects.visible_to(user)
        .filter(obligation__in=obligations)
        .select_related("author", "recorded_by", "obligation__party", "obligation__body")
    ]
    lines += [
        Line(found.recorded_at, "ok", verification=found)
        for found in Verification.objects.visible_to(user)
        .filter(obligation__in=obligations)
        .select_related("author", "body", "obligation__party", "obligation__body")
    ]
    about = Q(object_type="commitment", object_id=commitment.pk) | Q(
        object_type="obligation", object_id__in=obligations
    )
    lines += [
        Line(entry.at, "none", entry=entry)
        for entry in Entry.objects.visible_to(user).filter(about)
    ]
    due_at = commitment.deadline.due_at
    if due_at and due_at <= timezone.now() and commitment.kind not in Commitment.NEVER_LATE:
        zone = commitment.process.zone
        passed_at = min(due_at, day_starts_at(due_at.astimezone(zone).date(), zone))
        lines.append(Line(passed_at, "over", due_passed=True))
    return sorted(lines, key=lambda line: line.at, reverse=True)
