"""A disagreement along the dispute steps of a body's protocol, until it is settled."""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from coordination.base.errors import Overtaken, Refused
from coordination.bodies.models import Body
from coordination.commitments.models import Commitment
from coordination.ledger.actions import Origin, append, lock, snapshot
from coordination.outbox.clock import is_held
from coordination.processes.models import Party

from ..disputes import STEP_DAYS, next_steps, running_stage
from ..models import AgendaItem, Dispute, DisputeStage
from .fetching import to_be_minuted

log = logging.getLogger(__name__)

State = Dispute.State
Result = DisputeStage.Result


@transaction.atomic
def raise_dispute(
    *,
    actor: Any,
    body: Body,
    subject: str,
    disagreement: str,
    origin: str,
    raised_for: Party | None = None,
    item: AgendaItem | None = None,
    commitment: Commitment | None = None,
) -> Dispute:
    """Record a disagreement; the first step of the protocol is asked at once.

    On an item while the meeting is in session or its minutes are in draft; or without a meeting.
    The same again is the same.
    """
    lock(body.process)
    if item is not None:
        to_be_minuted(item.review)
        commitment = commitment or item.commitment
    subject, disagreement = subject.strip()[:240], disagreement.strip()
    if not subject:
        raise Refused(_("Say in a few words what it is about."), "subject")
    if not disagreement:
        raise Refused(_("Write who holds what, so that all agree to it."), "disagreement")
    if commitment is not None and commitment.process_id != body.process_id:
        raise Refused(_("This commitment is of another process."), "commitment")
    if raised_for is not None and raised_for.process_id != body.process_id:
        raise Refused(_("Choose a party of the process."), "raised_for")
    said = {"subject": subject, "disagreement": disagreement, "commitment": commitment}
    there = Dispute.objects.filter(body=body, raised_by=actor, **said)
    if (same := there.exclude(state=State.SETTLED).first()) is not None:
        return same
    last = Dispute.objects.filter(body__process=body.process).aggregate(last=Max("number"))["last"]
    dispute = Dispute.objects.create(
        body=body, number=(last or 0) + 1, item=item, raised_for=raised_for, raised_by=actor, **said
    )
    new = ("subject", "disagreement", "commitment_id", "raised_for_id", "item_id", "state")
    _append(dispute, actor, origin, "dispute.raised", "Raised", after=snapshot(dispute, *new))
    _ask_next(dispute, actor, origin, timezone.now())
    return dispute


@transaction.atomic
def answer_dispute(
    *, actor: Any, dispute: Dispute, step: int, result: str, words: str, origin: str
) -> DisputeStage:
    """Record what came of the step that is asked: settled, or not, and then the next one is asked.

    `step` is the number of the step that the person saw.
    """
    dispute = _locked(dispute)
    words = words.strip()
    if result not in (Result.SETTLED, Result.NOT_SETTLED):
        raise Refused(_("Say whether it is settled."), "result")
    stage = dispute.stages.filter(number=step).select_related("recorded_by").first()
    if stage is None:
        raise Refused(_("This step was not asked."))
    if stage.result:
        if (stage.result, stage.words, stage.recorded_by) == (result, words, actor):
            return stage
        raise Overtaken(_ended_meanwhile(stage))
    if running_stage(dispute) is None:
        raise Refused(_("This dispute is %s.") % dispute.get_state_display())
    if not words:
        raise Refused(_("Write what was agreed, or what was answered."), "words")
    now = timezone.now()
    _end(stage, result, now, words, actor)
    if result == Result.SETTLED:
        _settle(dispute, actor, origin, words, now, stage)
    else:
        did = f"Not settled by step {stage.number}:"
        after = snapshot(stage, "number", "who", "result", "words")
        _append(dispute, actor, origin, "dispute.answered", did, after=after)
        _ask_next(dispute, actor, origin, now)
    return stage


@transaction.atomic
def settle_dispute(*, actor: Any, dispute: Dispute, settlement: str, origin: str) -> Dispute:
    """Record that the parties settled it by themselves, whatever step it had reached."""
    dispute = _locked(dispute)
    settlement = settlement.strip()
    if dispute.state == State.SETTLED:
        if dispute.settlement == settlement:
            return dispute
        words = _("Meanwhile it was recorded as settled: “%s”. Read it first.")
        raise Overtaken(words % dispute.settlement[:300])
    if not settlement:
        raise Refused(_("Write what was agreed."), "settlement")
    now = timezone.now()
    stage = running_stage(dispute)
    if stage is not None:
        _end(stage, Result.SETTLED, now, settlement, actor)
    _settle(dispute, actor, origin, settlement, now, stage)
    return dispute


@transaction.atomic
def ask_next_step(*, actor: Any, dispute: Dispute, origin: str) -> Dispute:
    """Take a dispute that no step is asked about to one that the protocol has been given since."""
    dispute = _locked(dispute)
    if dispute.state == State.SETTLED:
        raise Refused(_("This dispute is %s.") % dispute.get_state_display())
    if running_stage(dispute) is not None:
        return dispute
    if not next_steps(dispute):
        raise Refused(_("The protocol of %s has no further step.") % dispute.body.name)
    dispute.state = State.OPEN
    _ask_next(dispute, actor, origin, timezone.now())
    return dispute


def move_on(now: datetime | None = None) -> int:
    """End every step whose clock ran out, and ask the next one; returns how many.

    Any number may run at once. After an outage no step is skipped: each has its whole time from
    when it is really asked.
    """
    if is_held():
        return 0
    now = now or timezone.now()
    due = Dispute.objects.filter(state=State.OPEN, clock_at__lte=now).order_by("clock_at")
    count = 0
    for key in list(due.values_list("pk", flat=True)):
        try:
            count += _run_out(key, now)
        except Exception:  # one that cannot go on stops no other
            log.exception("The dispute %s could not go on.", key)
    return count


@transaction.atomic
def _run_out(key: int, now: datetime) -> bool:
    dispute = _locked(Dispute.objects.select_related("body__process").get(pk=key))
    stage = running_stage(dispute)
    if stage is None or stage.until is None or stage.until > now:
        return False
    _end(stage, Result.NO_ANSWER, now)
    _append(
        dispute,
        None,
        Origin.SYSTEM,
        "dispute.time-ran-out",
        f"No answer in time to step {stage.number}:",
        after=snapshot(stage, "number", "who", "until", "result"),
    )
    _ask_next(dispute, None, Origin.SYSTEM, now)
    return True


def _locked(dispute: Dispute) -> Dispute:
    lock(dispute.body.process)
    return (
        Dispute.objects.select_for_update(of=("self",))
        .select_related("body__process")
        .get(pk=dispute.pk)
    )


def _end(
    stage: DisputeStage, result: str, now: datetime, words: str = "", actor: Any = None
) -> None:
    stage.result, stage.ended_at, stage.words, stage.recorded_by = result, now, words, actor
    stage.save(update_fields=["result", "ended_at", "words", "recorded_by"])


def _ask_next(dispute: Dispute, actor: Any, origin: str, now: datetime) -> None:
    """Ask the next step of the protocol, as it is now; the caller holds the lock."""
    step = next(iter(next_steps(dispute)), None)
    taken = dispute.stages.count()
    before = snapshot(dispute, "state", "clock_at") if taken else {}
    if step is None:
        dispute.clock_at = None
        if taken:
            dispute.state = State.EXHAUSTED
            dispute.save(update_fields=["state", "clock_at"])
            after = snapshot(dispute, "state", "clock_at")
            _append(dispute, actor, origin, "dispute.exhausted", "No step is left:", before, after)
        return
    hours = step.within_hours or STEP_DAYS * 24
    stage = DisputeStage.objects.create(
        dispute=dispute,
        number=taken + 1,
        step=step,
        who=step.who,
        seat=step.seat,
        to_body=step.to_body,
        to_party=step.to_party,
        asked_at=now,
        until=now + timedelta(hours=hours),
    )
    dispute.clock_at = stage.until
    dispute.save(update_fields=["state", "clock_at"])
    leads = ("number", "who", "seat_id", "to_body_id", "to_party_id", "until")
    after = snapshot(stage, *leads) | snapshot(dispute, "state", "clock_at")
    did = f"Asked {stage.who}, step {stage.number}:"
    _append(dispute, actor, origin, "dispute.asked", did, before, after)


def _settle(
    dispute: Dispute,
    actor: Any,
    origin: str,
    settlement: str,
    now: datetime,
    stage: DisputeStage | None,
) -> None:
    columns = ("state", "settlement", "ended_at", "clock_at")
    before = snapshot(dispute, *columns)
    dispute.state, dispute.settlement = State.SETTLED, settlement
    dispute.ended_at, dispute.clock_at = now, None
    dispute.save(update_fields=columns)
    after = snapshot(dispute, *columns) | ({"step": stage.number} if stage else {})
    _append(dispute, actor, origin, "dispute.settled", "Settled", before, after)


def _ended_meanwhile(stage: DisputeStage) -> str:
    if stage.result == Result.NO_ANSWER:
        return _("The time of this step ran out meanwhile. Read what is asked now.")
    words = _("Meanwhile %(who)s recorded: %(result)s. “%(words)s” Read it first.")
    return words % {
        "who": stage.recorded_by,
        "result": stage.get_result_display(),
        "words": stage.words[:300],
    }


def _append(
    dispute: Dispute,
    actor: Any,
    origin: str,
    verb: str,
    did: str,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    append(
        process=dispute.body.process,
        actor=actor,
        verb=verb,
        thing=dispute,
        origin=origin,
        summary=f"{did} dispute {dispute.number} of {dispute.body.code}: {dispute.subject[:120]}",
        before=before,
        after=after,
    )
