"""Reads over commitments: the register and its views."""

from datetime import datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .models import Commitment, Level, Obligation

_NOT_FULL = Q(verified_level=None) | ~Q(verified_level=Level.FULL)

#: The saved views of the register, in their order.
VIEWS = {
    "all": _("All"),
    "overdue": _("Overdue"),
    "to-verify": _("To verify"),
    "contradicted": _("Contradicted"),
    "in-breach": _("In breach"),
    "flagged": _("Flagged"),
    "met": _("Met"),
}


def obligations_in(view: str, now: datetime) -> QuerySet[Obligation]:
    """The obligations that a view of the register is about, as `standing` would mark them."""
    rows = Obligation.objects.all()
    reported_full = Q(reported_level=Level.FULL)
    found_since = Q(verified_at__gte=F("reported_at"))
    if view == "overdue":
        several = Q(commitment__kind__in=Commitment.EXPECTED)  # dated by what is open still
        open_still = _NOT_FULL & (Q(reported_level=None) | ~reported_full)
        return rows.filter(several | open_still, due_at__lte=now, is_suspended=False).exclude(
            commitment__kind__in=Commitment.NEVER_LATE
        )
    if view == "in-breach":
        return rows.filter(in_breach=True)
    if view == "at-risk":
        return rows.filter(
            Q(out_of_bounds=True) | Q(is_at_risk=True) | Q(is_disputed=True), is_suspended=False
        )
    if view == "flagged":
        return rows.filter(Q(is_disputed=True) | Q(is_suspended=True) | Q(is_at_risk=True))
    if view == "to-verify":
        unseen = Q(verified_at=None) | Q(verified_at__lt=F("reported_at"))
        # Of what is expected several times, the time that is owed next decides.
        several = Q(commitment__kind__in=Commitment.EXPECTED)
        return rows.filter(_NOT_FULL, ~several, reported_full, unseen)
    if view == "contradicted":
        return rows.filter(_NOT_FULL, reported_full, found_since)
    return rows


def register(commitments: Any, *, view: str, find: str, owes: str, leads: str) -> Any:
    """The rows of the register: one of `VIEWS`, narrowed by words, by who owes and who leads."""
    now = timezone.now()
    if view == "met":
        owed = Obligation.objects.filter(commitment=OuterRef("pk"))
        early = Q(commitment__kind=Commitment.Kind.NOT_BEFORE, completed_on__lt=F("due_on"))
        met = Exists(owed) & ~Exists(owed.filter(_NOT_FULL | early))
        commitments = commitments.filter(met).exclude(kind__in=Commitment.KEPT_UP)
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


def fits(commitment: Commitment, *, find: str, owes: str, leads: str) -> bool:
    """Whether a row as it stood on a day fits what `register` narrows the rows of today by."""
    words = (commitment.title, commitment.reference, commitment.text)
    found = (
        not find
        or any(find.lower() in one.lower() for one in words)
        or find.upper().removeprefix("C-") == str(commitment.number)
    )
    owing = not owes or any(one.owner.code == owes for one in commitment.obligations.all())
    body = commitment.lead_body
    return found and owing and (not leads or (body is not None and body.code == leads))
