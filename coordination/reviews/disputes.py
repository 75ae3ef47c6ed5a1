"""Disputes as they stand: which are open, who is asked, what comes next, and who may say so."""

from datetime import datetime
from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from coordination.bodies.access import may_keep
from coordination.bodies.models import Body, DisputeStep, Term
from coordination.bodies.people import heads_of
from coordination.processes.access import acts_for, membership
from coordination.processes.models import Party

from .models import AgendaItem, Dispute, DisputeStage

State = Dispute.State

#: How long a step has where the protocol names no time.
STEP_DAYS = 7


def with_stages(rows: QuerySet[Dispute]) -> QuerySet[Dispute]:
    """Disputes with every step that they took."""
    stages = DisputeStage.objects.select_related(
        "seat__body", "to_body", "to_party", "recorded_by", "step"
    )
    return rows.select_related("body", "commitment", "raised_for", "raised_by").prefetch_related(
        Prefetch("stages", stages.order_by("number"))
    )


def for_agenda(body: Body, since: datetime | None) -> QuerySet[Dispute]:
    """What the body talks about, the oldest first: whatever is not settled, also where no step is
    left; and for it to note what was settled since a moment."""
    noted = Q(state=State.SETTLED)
    if since is not None:
        noted &= Q(ended_at__gt=since)
    rows = Dispute.objects.filter(~Q(state=State.SETTLED) | noted, body=body)
    return with_stages(rows).order_by("number")


def of_item(item: AgendaItem) -> QuerySet[Dispute]:
    """What was raised on an item, is about its commitment, or what it is on the agenda for."""
    mine = Q(item=item)
    if item.commitment_id:
        mine |= Q(commitment=item.commitment_id)
    else:
        mine |= Q(body=item.review.body_id, commitment=None, subject=item.title)
    return Dispute.objects.filter(mine).select_related("body").order_by("number")


def running_stage(dispute: Dispute) -> DisputeStage | None:
    """The step that waits for its answer."""
    if dispute.state != State.OPEN:
        return None
    last = last_stage(dispute)
    return last if last is not None and not last.result else None


def last_stage(dispute: Dispute) -> DisputeStage | None:
    return max(dispute.stages.all(), key=lambda stage: stage.number, default=None)


def steps_of(body: Body | int) -> list[DisputeStep]:
    """The steps of a body's protocol as it is now."""
    rows = DisputeStep.objects.filter(protocol__body=body)
    return list(rows.select_related("seat", "to_body", "to_party").order_by("order"))


def next_steps(dispute: Dispute) -> list[DisputeStep]:
    """The steps of the protocol that the dispute has not taken yet."""
    steps = steps_of(dispute.body_id)
    last = last_stage(dispute)
    if last is None:
        return steps
    # A step that left the protocol since is told by its place.
    taken = last.step.order if last.step else last.number
    return [step for step in steps if step.order > taken]


def in_words(dispute: Dispute) -> str:
    """Where a dispute stands, in the words of an agenda."""
    number = dispute.number
    if dispute.state == State.SETTLED:
        return _("Dispute %(n)s is settled, to be noted") % {"n": number}
    if dispute.state == State.EXHAUSTED:
        return _("Dispute %(n)s, no step is left") % {"n": number}
    stage = running_stage(dispute)
    if stage is None:
        return _("Dispute %(n)s, its protocol names no step") % {"n": number}
    said = {"n": number, "step": stage.number}
    if stage.until is None:
        return _("Dispute %(n)s, step %(step)s") % said
    day = date_format(dispute.body.process.today(stage.until), "j F")
    return _("Dispute %(n)s, step %(step)s until %(day)s") % {**said, "day": day}


# --- Who may ------------------------------------------------------------------------------------


def may_raise(user: Any, body: Body) -> bool:
    """Who keeps the body, and the delegations that have a seat in it."""
    return may_keep(user, body) or bool(parties_for(user, body)) or sits_in(user, body)


def sits_in(user: Any, body: Body) -> bool:
    process = body.process
    if membership(user, process) is None:
        return False
    return Term.objects.of(user, process.today()).filter(seat__body=body).exists()


def parties_for(user: Any, body: Body) -> list[Party]:
    """The parties in whose name the person may raise one: who keeps the body enters for any."""
    process = body.process
    if may_keep(user, body):
        return list(process.parties.order_by("code"))
    own, today = acts_for(user, process), process.today()
    if own is None:
        return []
    seats = body.seats.on(today).filter(party=own)
    return list(process.parties.filter(pk=own, pk__in=seats.values("party")))


def may_answer(user: Any, dispute: Dispute, stage: DisputeStage) -> bool:
    """Who is asked, or keeps the body: they record what was answered to them."""
    body = dispute.body
    process = body.process
    if may_keep(user, body):
        return True
    own = membership(user, process)
    if own is None:
        return False
    if stage.seat_id is not None:
        return Term.objects.of(user, process.today()).filter(seat=stage.seat_id).exists()
    if stage.to_body is not None:
        stage.to_body.process = process
        return may_keep(user, stage.to_body)
    if stage.to_party is None or own.party_id != stage.to_party_id:
        return False
    stage.to_party.process = process
    return user in heads_of(stage.to_party)
