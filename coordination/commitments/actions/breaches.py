"""A breach from the allegation to its end. Each step sets a clock and is kept."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from coordination.base.dates import Point
from coordination.base.errors import Overtaken, Refused
from coordination.bodies.models import DisputeStep
from coordination.ledger.actions import append, lock, snapshot
from coordination.processes.models import Party

from ..access import is_party_to
from ..breach_clocks import clock
from ..models import Breach, BreachStep, Obligation
from .fetching import refuse_withdrawn
from .levels import bring_up_to_date

State = Breach.State

_COLUMNS = ("state", "clock_at", "dispute_step")


@dataclass(frozen=True)
class Words:
    """What is said with a step: when it was taken, in which words, and the day that follows.

    `last` is the number of the step that the person saw as the last one.
    """

    on: date | None = None
    words: str = ""
    until: date | None = None
    last: int | None = None


@transaction.atomic
def allege_breach(
    *,
    actor: Any,
    obligation: Obligation,
    allegation: str,
    learned_on: date,
    origin: str,
    article: str = "",
    alleged_by: Party | None = None,
    occurred_on: date | None = None,
    on: date | None = None,
    until: date | None = None,
) -> Breach:
    """Say that an obligation was broken. It is examined by `until`, or within a week."""
    process = obligation.commitment.process
    lock(process)
    refuse_withdrawn(obligation.commitment, obligation)
    if not allegation.strip():
        raise Refused(_("Say what was done, or not done."), "allegation")
    if alleged_by is not None and alleged_by.process_id != process.pk:
        raise Refused(_("Choose a party of the process."), "alleged_by")
    today = process.today()
    if learned_on > today:
        raise Refused(_("This day is yet to come."), "learned_on")
    if occurred_on is not None and occurred_on > learned_on:
        raise Refused(_("It cannot have happened after it was learned of."), "occurred_on")
    number = (obligation.breaches.aggregate(last=Max("number"))["last"] or 0) + 1
    breach = Breach.objects.create(
        obligation=obligation,
        number=number,
        what=allegation.strip(),
        article=article.strip(),
        alleged_by=alleged_by,
        occurred_on=occurred_on,
        learned_on=learned_on,
        entered_by=actor,
    )
    said = Words(on, "", until)
    _take(actor, breach, State.ALLEGED, said, origin, "breach.alleged", "Alleged a breach of")
    return breach


def examine_breach(*, actor: Any, breach: Breach, origin: str, **said: Any) -> BreachStep:
    """Begin to look into it, to be decided on by `until`."""
    return _step(
        actor, breach, State.EXAMINED, Words(**said), origin, "breach.examined", "Examines"
    )


def judge_breach(
    *, actor: Any, breach: Breach, outcome: str, origin: str, **said: Any
) -> BreachStep:
    """Find that it is confirmed or unfounded; nobody judges their own delegation, and nobody alone
    confirms what they entered themselves."""
    if outcome not in (State.CONFIRMED, State.UNFOUNDED):
        raise Refused(_("Say whether the breach is confirmed or unfounded."))
    words = Words(**said)
    if not words.words.strip():
        raise Refused(_("Say what this rests on."), "words")
    found = "Confirmed" if outcome == State.CONFIRMED else "Found to be unfounded:"
    return _step(actor, breach, outcome, words, origin, f"breach.{outcome}", found)


def ask_response(
    *, actor: Any, breach: Breach, until: date, origin: str, **said: Any
) -> BreachStep:
    """Ask whoever broke it for an answer by a day."""
    words = Words(until=until, **said)
    return _step(
        actor, breach, State.RESPONSE_DUE, words, origin, "breach.asked", "Asked for an answer to"
    )


def record_response(
    *, actor: Any, breach: Breach, outcome: str, origin: str, **said: Any
) -> BreachStep:
    """Record what came of it: cured, or unresolved."""
    if outcome not in (State.CURED, State.UNRESOLVED):
        raise Refused(_("Say whether the breach is cured or unresolved."))
    words = Words(**said)
    if not words.words.strip():
        raise Refused(_("Say what was answered or done."), "words")
    found = "Cured:" if outcome == State.CURED else "Not resolved:"
    return _step(actor, breach, outcome, words, origin, f"breach.{outcome}", found)


def escalate_breach(*, actor: Any, breach: Breach, origin: str, **said: Any) -> BreachStep:
    """Take it to the next step that the body's protocol has for disputes.

    Who that is is kept as the protocol had it then, and the clock is that of the protocol.
    """
    with transaction.atomic():
        lock(breach.obligation.commitment.process)
        fresh = _fresh(breach)
        words = Words(**said)
        _refuse(actor, fresh, State.ESCALATED, words)
        to = next_dispute_step(fresh)
        if to is None:
            raise Refused(no_more_steps(fresh))
        step = _take(
            actor,
            fresh,
            State.ESCALATED,
            words,
            origin,
            "breach.escalated",
            f"Took to step {to.order}, {to.who}:",
            to,
        )
        _repeat(fresh, breach)
        return step


def dispute_steps(breach: Breach) -> list[DisputeStep]:
    """The steps for disputes of the lead body's protocol, else of the verifying body's."""
    commitment = breach.obligation.commitment
    bodies = [commitment.lead_body_id, commitment.verifying_body_id]
    steps = DisputeStep.objects.filter(protocol__body__in=[body for body in bodies if body])
    by_body: dict[int | None, list[DisputeStep]] = {}
    for step in steps.select_related("protocol").order_by("order"):
        by_body.setdefault(step.protocol.body_id, []).append(step)
    return next((by_body[body] for body in bodies if body in by_body), [])


def next_dispute_step(breach: Breach) -> DisputeStep | None:
    """The one after that which the breach has been taken to."""
    done = breach.dispute_step or 0
    return next((step for step in dispute_steps(breach) if step.order > done), None)


def no_more_steps(breach: Breach) -> str:
    """Why it cannot be taken further."""
    if breach.dispute_step is not None:
        return _(
            "The protocol has no further step for disputes. Record what became of it, or add a "
            "step to the protocol of the body."
        )
    return _(
        "The protocols of the lead and of the verifying body have no steps for disputes: there is "
        "nobody to take it to. Add the steps to the protocol first."
    )


def _step(
    actor: Any, breach: Breach, state: str, said: Words, origin: str, verb: str, words: str
) -> BreachStep:
    with transaction.atomic():
        lock(breach.obligation.commitment.process)
        fresh = _fresh(breach)
        _refuse(actor, fresh, state, said)
        step = _take(actor, fresh, state, said, origin, verb, words)
        _repeat(fresh, breach)
        return step


def _fresh(breach: Breach) -> Breach:
    refuse_withdrawn(breach.obligation.commitment, breach.obligation)
    return Breach.objects.select_related(
        "obligation__commitment__process", "obligation__party", "obligation__body"
    ).get(pk=breach.pk)


def _repeat(fresh: Breach, breach: Breach) -> None:
    for name in _COLUMNS:
        setattr(breach, name, getattr(fresh, name))


def _refuse(actor: Any, breach: Breach, state: str, said: Words) -> None:
    """Refuse a step that is not the next one, or by somebody who has not seen the last one."""
    last = breach.steps.select_related("author").order_by("number").last()
    if last is not None and said.last is not None and said.last != last.number:
        raise Overtaken(
            _("Meanwhile %(who)s recorded: %(state)s. %(words)s Read it, then send the form again.")
            % {
                "who": last.author,
                "state": last.get_state_display(),
                "words": f"“{last.words[:300]}”" if last.words else "",
            }
        )
    if state not in Breach.NEXT[State(breach.state)]:
        raise Refused(
            _("The breach is %(now)s: “%(next)s” is not the next step.")
            % {"now": breach.get_state_display(), "next": State(state).label}
        )
    if state != State.ESCALATED and is_party_to(actor, breach.obligation):
        raise Refused(_("You act for who is accused; somebody else must judge it."))
    if state == State.CONFIRMED and actor.pk == breach.entered_by_id:
        raise Refused(_("You entered the allegation; somebody else must confirm it."))


def _take(
    actor: Any,
    breach: Breach,
    state: str,
    said: Words,
    origin: str,
    verb: str,
    summary: str,
    to: DisputeStep | None = None,
) -> BreachStep:
    """Write a step and what the breach repeats of it; the obligation follows."""
    obligation = breach.obligation
    commitment = obligation.commitment
    process = commitment.process
    now = timezone.now()
    today = process.today(now)
    on = said.on or today
    last = breach.steps.order_by("number").last()
    _refuse_days(on, said.until, today, last)
    # A step that is entered on its day is taken now; of an earlier one only the day is known.
    taken = Point(on, now if on == today else None)
    before = snapshot(breach, *_COLUMNS) if last else {}
    clock_at = clock(
        state,
        taken,
        process.zone,
        until=said.until,
        within_hours=to.within_hours if to else None,
    )
    if state == State.UNRESOLVED and not said.until and next_dispute_step(breach) is None:
        clock_at = None  # there is nobody to take it to
    step = BreachStep.objects.create(
        breach=breach,
        number=(last.number if last else 0) + 1,
        state=state,
        on=on,
        words=said.words.strip(),
        dispute_step=to,
        who=to.who if to else "",
        clock_at=clock_at,
        author=actor,
    )
    breach.state, breach.clock_at = state, step.clock_at
    if to is not None:
        breach.dispute_step = to.order
    breach.save(update_fields=_COLUMNS)
    new = ("number", "what", "article", "alleged_by_id", "occurred_on", "learned_on")
    append(
        process=process,
        actor=actor,
        verb=verb,
        thing=breach,
        origin=origin,
        summary=f"{summary} {commitment.code} by {obligation.owner_name}"
        if last is None
        else f"{summary} breach {breach.number} of {commitment.code} by {obligation.owner_name}",
        before=before,
        after=snapshot(breach, *_COLUMNS)
        | snapshot(step, "on", "words", "who")
        | (snapshot(breach, *new) if last is None else {}),
    )
    bring_up_to_date(obligation)
    return step


def _refuse_days(on: date, until: date | None, today: date, last: BreachStep | None) -> None:
    if on > today:
        raise Refused(_("This day is yet to come."), "on")
    if last is not None and on < last.on:
        raise Refused(
            _("The step before was taken on %s: choose that day or a later one.")
            % date_format(last.on, "j M Y"),
            "on",
        )
    if until is not None and until < on:
        raise Refused(_("Choose a day after the step itself."), "until")
