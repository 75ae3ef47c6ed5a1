"""Where an obligation or a commitment stands: timeliness and doubt, computed and never typed.

A level says how far it is implemented; a standing says whether that needs somebody's attention.
"""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .models import Commitment, Level, Obligation

#: What needs attention first comes first.
ORDER = ("over", "contra", "risk", "rep", "wait", "none", "ok")


@dataclass(frozen=True)
class Standing:
    """A mark of the design language (`over`, `contra`, ...) and the words beside it."""

    mark: str
    words: str

    @property
    def needs_attention(self) -> bool:
        return self.mark in ("over", "contra", "risk", "rep")


def of_obligation(obligation: Obligation, now: datetime | None = None) -> Standing:
    """The standing of one obligation at a moment (default: now)."""
    now = now or timezone.now()
    commitment = obligation.commitment
    if obligation.verified_level == Level.FULL and commitment.kind not in Commitment.KEPT_UP:
        return Standing("ok", _met(obligation))
    if obligation.reported_level == Level.FULL and obligation.verified_level != Level.FULL:
        if (
            obligation.verified_at
            and obligation.reported_at
            and obligation.verified_at >= obligation.reported_at
        ):
            return Standing("contra", _("Contradicted"))
        if commitment.verifying_body_id is None:
            return Standing("rep", _("Reported, nobody verifies"))
        return Standing("rep", _("To verify"))
    if obligation.verified_level == Level.FULL:
        return _without_date(commitment)  # kept up: the day from which it holds makes it no later
    return _by_time(obligation, now)


def of_commitment(commitment: Commitment, now: datetime | None = None) -> Standing:
    """The standing of the obligation that needs attention most."""
    now = now or timezone.now()
    standings = []
    for obligation in commitment.obligations.all():
        obligation.commitment = commitment  # spares a query for each
        standings.append(of_obligation(obligation, now))
    if not standings:
        return Standing("over", _("Owed by nobody"))
    return min(standings, key=lambda standing: ORDER.index(standing.mark))


def _met(obligation: Obligation) -> str:
    if (
        obligation.completed_on
        and obligation.due_on
        and obligation.completed_on > obligation.due_on
    ):
        days = (obligation.completed_on - obligation.due_on).days
        return ngettext("Met %(days)s day late", "Met %(days)s days late", days) % {"days": days}
    return _("Met")


def _by_time(obligation: Obligation, now: datetime) -> Standing:
    commitment = obligation.commitment
    if obligation.due_on is None or obligation.due_at is None:
        return _without_date(commitment)
    days = (obligation.due_on - now.astimezone(commitment.process.zone).date()).days
    passed = now >= obligation.due_at
    if commitment.kind == Commitment.Kind.UNTIL:
        return Standing("none", _("Has ended") if passed else _("ends %s") % _in_days(days))
    if commitment.kind == Commitment.Kind.NOT_BEFORE:
        return Standing(
            "none", _("Permitted now") if passed else _("permitted %s") % _in_days(days)
        )
    if passed:
        late = max(-days, 1)
        words = ngettext("%(days)s day late", "%(days)s days late", late) % {"days": late}
        return Standing("over", words)
    if days <= 0:
        return Standing("risk", _("Due today"))
    return Standing("none", _in_days(days))


def _in_days(days: int) -> str:
    return ngettext("in %(days)s day", "in %(days)s days", days) % {"days": days}


def _without_date(commitment: Commitment) -> Standing:
    if commitment.kind in Commitment.KEPT_UP:
        if commitment.kind == Commitment.Kind.RECURRING:
            return Standing("none", str(commitment.get_rhythm_display()).capitalize())
        return Standing("none", _("In force"))
    if commitment.kind == Commitment.Kind.TRIGGERED:
        return Standing("wait", _("When asked for"))
    if commitment.kind == Commitment.Kind.UNDATED:
        return Standing("none", _("No date given"))
    return Standing("wait", _("No date yet"))
