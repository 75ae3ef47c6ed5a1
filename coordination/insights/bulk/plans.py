"""What would become of each of many commitments; nothing is changed here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, Q, QuerySet, prefetch_related_objects
from django.utils.formats import date_format
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from coordination.bodies.models import Body
from coordination.commitments.access import Kept
from coordination.commitments.models import BulkChange, Commitment, Obligation
from coordination.processes.models import Process
from coordination.processes.tables import digest
from coordination.reminders.by_hand import why_not_now
from coordination.reviews.agenda import agenda_of, is_open
from coordination.reviews.models import Review

Kind = BulkChange.Kind
#: Which field of a commitment each kind changes; the others change none.
FIELD = {
    Kind.LEAD: "lead_body",
    Kind.VERIFIER: "verifying_body",
    Kind.RHYTHM: "check_in_rhythm",
    Kind.PRIORITY: "priority",
}


def standing_bodies(process: Process) -> QuerySet[Body]:
    """Those that have not ended: no other leads or verifies anything from now on."""
    rows = Body.objects.filter(process=process)
    return rows.filter(Q(ended_on=None) | Q(ended_on__gt=process.today()))


@dataclass(frozen=True)
class What:
    """What is to be done to each, and to what it is set; of a question there is no more to say."""

    kind: str
    to: Any = None

    @property
    def field(self) -> str:
        return FIELD.get(Kind(self.kind), "")

    @property
    def value(self) -> str:
        """As an address and `BulkChange.value` have it."""
        return str(getattr(self.to, "pk", self.to) if self.to is not None else "")

    @property
    def words(self) -> str:
        """For a heading."""
        to = worded(self.field, self.to) if self.field else self.to
        match self.kind:
            case Kind.LEAD:
                return _("Led by %(body)s") % {"body": to}
            case Kind.VERIFIER:
                return _("Verified by %(body)s") % {"body": to}
            case Kind.RHYTHM:
                return _("Check-ins: %(rhythm)s") % {"rhythm": to}
            case Kind.PRIORITY:
                return _("Priority: %(priority)s") % {"priority": to}
            case Kind.AGENDA:
                return _("On the agenda of %(review)s") % {"review": to}
        return _("Ask for a check-in now")


@dataclass(frozen=True)
class Line:
    """One commitment: what it is and would become, or why not."""

    commitment: Commitment
    before: str = ""
    after: str = ""
    why: str = ""
    #: A digest of what it was when this was worked out.
    mark: str = "-"


@dataclass
class Plan:
    what: What
    changes: list[Line] = field(default_factory=list)
    same: list[Line] = field(default_factory=list)
    refused: list[Line] = field(default_factory=list)

    @property
    def rows(self) -> str:
        """What a confirmation carries: the number of each that changes, and what was seen of it."""
        return " ".join(f"{one.commitment.number}:{one.mark}" for one in self.changes)

    def overtaken(self, seen: Mapping[int, str]) -> list[Line]:
        """Those that are not any more what they were when they were seen."""
        still = {one.commitment.number: one.mark for one in self.changes}
        lines = [*self.changes, *self.same, *self.refused]
        return [
            one
            for one in lines
            if one.commitment.number in seen
            and still.get(one.commitment.number) != seen[one.commitment.number]
        ]


def worded(name: str, value: Any) -> str:
    """A value of one of the fields, for people."""
    if isinstance(value, Body):
        return value.code
    if name == "check_in_rhythm":
        usual = _("as usual for its kind")
        return str(Commitment.Rhythm(value).label) if value else usual
    if name == "priority" and value:
        return str(Commitment.Priority(value).label)
    return _("nobody") if value is None else str(value)


def plan_of(
    what: What, commitments: Sequence[Commitment], kept: Kept, process: Process, now: datetime
) -> Plan:
    """What it would come to, for each; in a constant number of queries."""
    plan = Plan(what)
    standing = []
    for one in commitments:
        if one.withdrawn_at:
            why = _("It was withdrawn from the register.")
            plan.refused.append(Line(one, why=why, mark="withdrawn"))
        elif what.kind != Kind.AGENDA and not kept.may_keep(one):
            why = _("Only its lead body and coordinators change it.")
            plan.refused.append(Line(one, why=why, mark="refused"))
        else:
            standing.append(one)
    if what.kind == Kind.AGENDA:
        _plan_agenda(plan, standing, now)
    elif what.kind == Kind.REMIND:
        _plan_questions(plan, standing, process, now)
    else:
        _plan_field(plan, standing)
    return plan


def _plan_field(plan: Plan, commitments: Sequence[Commitment]) -> None:
    name, to = plan.what.field, plan.what.to
    after = worded(name, to)
    for one in commitments:
        is_now = getattr(one, name)
        line = Line(one, worded(name, is_now), after, mark=digest(is_now))
        (plan.same if is_now == to else plan.changes).append(line)


def _plan_agenda(plan: Plan, commitments: Sequence[Commitment], now: datetime) -> None:
    review: Review = plan.what.to
    open_still = is_open(review, now)
    there = {one.commitment.pk for one in agenda_of(review, now) if one.commitment}
    for one in commitments:
        if one.pk in there:
            plan.same.append(Line(one, str(review), str(review), mark="there"))
        elif not open_still:
            plan.refused.append(Line(one, why=_("The agenda is closed."), mark="closed"))
        else:
            plan.changes.append(Line(one, _("not on it"), str(review)))


def _plan_questions(
    plan: Plan, commitments: Sequence[Commitment], process: Process, now: datetime
) -> None:
    obligations = owed_under(commitments)
    why = why_not_now(obligations, process, now)
    for one in commitments:
        owed = list(one.obligations.all())
        asked = [str(row.focal_point) for row in owed if not why[row.pk]]
        not_asked = " ".join(why[row.pk] for row in owed if why[row.pk])
        if not asked:
            not_asked = not_asked or _("Nobody owes it.")
            plan.refused.append(Line(one, why=not_asked, mark="nobody"))
            continue
        days = [row.next_check_in_on for row in owed if row.next_check_in_on]
        names = get_text_list(list(dict.fromkeys(asked)), _("and"))
        before = date_format(min(days), "SHORT_DATE_FORMAT") if days else _("not planned")
        plan.changes.append(Line(one, before, names, not_asked, digest([before, names])))


def owed_under(commitments: Sequence[Commitment]) -> list[Obligation]:
    """Everything that is owed under them, in a constant number of queries."""
    rows = Obligation.objects.select_related("party", "body", "focal_point").order_by("pk")
    prefetch_related_objects(list(commitments), Prefetch("obligations", rows))
    owed = []
    for one in commitments:
        for obligation in one.obligations.all():
            obligation.commitment = one
            owed.append(obligation)
    return owed
