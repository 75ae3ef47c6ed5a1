"""Where an obligation or a commitment stands: timeliness and doubt, computed and never typed.

A level says how far it is implemented; a standing says whether that needs somebody's attention.
What late, met and violated mean depends on the kind of the commitment.
"""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .models import Commitment, Level, Obligation

#: What needs attention first comes first.
ORDER = ("breach", "over", "contra", "risk", "rep", "wait", "none", "ok")
Kind = Commitment.Kind


@dataclass(frozen=True)
class Standing:
    """A mark of the design language (`over`, `contra`, ...) and the words beside it."""

    mark: str
    words: str

    @property
    def needs_attention(self) -> bool:
        return self.mark in ("breach", "over", "contra", "risk", "rep")


def of_obligation(obligation: Obligation, now: datetime | None = None) -> Standing:
    """The standing of one obligation at a moment (default: now)."""
    now = now or timezone.now()
    if obligation.in_breach:
        return Standing("breach", _("In breach"))
    if obligation.is_suspended:
        return Standing("wait", _("Suspended"))
    if obligation.out_of_bounds:
        return Standing("over", _("Beyond the limit"))
    found = _of_levels(obligation) or _by_time(obligation, now)
    if ORDER.index(found.mark) <= ORDER.index("risk"):
        return found
    if obligation.is_at_risk:
        return Standing("risk", _("At risk"))
    if obligation.is_disputed:
        return Standing("risk", _("Disputed"))
    return found


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


def _of_levels(obligation: Obligation) -> Standing | None:
    """What the two levels say by themselves; None where time decides."""
    commitment = obligation.commitment
    reported, verified = obligation.reported_level, obligation.verified_level
    if commitment.kind in Commitment.EXPECTED:
        return _of_one_of_several(obligation)
    if verified == Level.FULL:
        return _full(obligation)
    if reported == Level.FULL:
        if _was_found_since(obligation):
            return Standing("contra", _("Contradicted"))
        if commitment.verifying_body_id is None:
            return Standing("rep", _("Reported, nobody verifies"))
        return Standing("rep", _("To verify"))
    if verified is not None and commitment.kind in (Kind.STANDING, Kind.LIMIT):
        return Standing("over", _("Found not fully kept"))
    return None


def _full(obligation: Obligation) -> Standing | None:
    """Found to be full: met, or kept up; a permission may have been used before its day."""
    commitment = obligation.commitment
    due_on, completed_on = obligation.due_on, obligation.completed_on
    if commitment.kind == Kind.STANDING:
        return None  # kept so far; whether it has begun and not ended, time says
    if commitment.kind == Kind.LIMIT:
        return Standing("none", _("Within the limit"))
    if commitment.kind == Kind.UNTIL or not due_on or not completed_on:
        return Standing("ok", _("Met"))
    days = (completed_on - due_on).days
    if commitment.kind == Kind.NOT_BEFORE:
        if days >= 0:
            return Standing("ok", _("Met"))
        words = ngettext("Done %(days)s day too early", "Done %(days)s days too early", -days)
        return Standing("over", words % {"days": -days})
    if days > 0:
        words = ngettext("Met %(days)s day late", "Met %(days)s days late", days)
        return Standing("ok", words % {"days": days})
    return Standing("ok", _("Met"))


def _of_one_of_several(obligation: Obligation) -> Standing | None:
    """A report that the last finding contradicts; of what is owed now, time decides."""
    contradicted = (
        obligation.reported_level == Level.FULL
        and obligation.verified_level not in (None, Level.FULL)
        and _was_found_since(obligation)
    )
    return Standing("contra", _("Contradicted")) if contradicted else None


def _was_found_since(obligation: Obligation) -> bool:
    return bool(
        obligation.verified_at
        and obligation.reported_at
        and obligation.verified_at >= obligation.reported_at
    )


def _by_time(obligation: Obligation, now: datetime) -> Standing:
    commitment = obligation.commitment
    if obligation.due_on is None or obligation.due_at is None:
        return _without_date(obligation, now)
    days = (obligation.due_on - now.astimezone(commitment.process.zone).date()).days
    passed = now >= obligation.due_at
    if commitment.kind == Kind.UNTIL:
        return Standing("none", _("Has ended") if passed else _("ends %s") % _in_days(days))
    if commitment.kind == Kind.NOT_BEFORE:
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


def _without_date(obligation: Obligation, now: datetime) -> Standing:
    commitment = obligation.commitment
    if commitment.lasts and (standing := _not_now(commitment, now)):
        return standing
    if commitment.kind == Kind.RECURRING:
        return Standing("none", _("Up to date") if obligation.reported_at else commitment.rhythm)
    if commitment.kind in (Kind.STANDING, Kind.LIMIT):
        return Standing("none", _("In force"))
    if commitment.kind == Kind.TRIGGERED:
        asked = obligation.missed > 0  # the one with a date would have been dated above
        return Standing("wait", _("Asked for, no time limit") if asked else _("When asked for"))
    if commitment.kind == Kind.UNDATED:
        return Standing("none", _("No date given"))
    return Standing("wait", _("No date yet"))


def _not_now(commitment: Commitment, now: datetime) -> Standing | None:
    """Before it starts and after it has ended; None while it holds."""
    deadline, zone = commitment.deadline, commitment.process.zone
    today = now.astimezone(zone).date()
    if deadline.ends_on and deadline.ends_on < today:
        return Standing("none", _("Has ended"))
    if deadline.starts_at and deadline.starts_at > now and deadline.starts_on == today:
        return Standing("none", _("starts today"))
    if deadline.starts_on and deadline.starts_on > today:
        return Standing("none", _("starts %s") % _in_days((deadline.starts_on - today).days))
    return None
