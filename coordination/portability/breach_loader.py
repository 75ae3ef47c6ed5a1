"""Loading breaches with their steps, as they were recorded at the time."""

from datetime import date
from typing import Any

from django.db.models import Max

from coordination.base.spoken import on_record
from coordination.commitments.actions.breaches import dispute_steps
from coordination.commitments.actions.levels import bring_up_to_date
from coordination.commitments.models import Breach, BreachStep, Obligation
from coordination.ledger.actions import Origin, append, snapshot

from . import history_schema as schema
from .calendar import Calendar
from .names import Names

_COLUMNS = ("state", "clock_at", "dispute_step")
#: The verbs of the ledger, where they are not the word of the state.
_VERBS = {Breach.State.RESPONSE_DUE: "breach.asked"}


def load_breach(
    one: schema.Breach,
    obligation: Obligation,
    names: Names,
    calendar: Calendar,
    until: date | None,
) -> int:
    """Enter a breach with its steps up to `until`; returns how many steps lay after it.

    The rows are written as they were: the actions would set the clocks of today.
    """
    number = (obligation.breaches.aggregate(last=Max("number"))["last"] or 0) + 1
    breach = Breach.objects.create(
        obligation=obligation,
        number=number,
        what=one.what.strip(),
        article=one.against.strip(),
        alleged_by=names.parties[one.alleged_by] if one.alleged_by else None,
        occurred_on=calendar.day(one.happened),
        learned_on=calendar.day(one.learned),
        entered_by=names.people[one.by],
        entered_at=calendar.reported(one.at),
    )
    steps = steps_of(one, calendar)
    taken = [step for step in steps if until is None or step.on <= until]
    for place, step in enumerate(taken, start=1):
        _take(breach, place, step, names, calendar)
    bring_up_to_date(obligation)
    return len(steps) - len(taken)


def steps_of(one: schema.Breach, calendar: Calendar) -> list[schema.BreachStep]:
    """Its steps, with the allegation before them where the file does not write it."""
    if one.steps and one.steps[0].state == Breach.State.ALLEGED:
        return one.steps
    alleged = schema.BreachStep.model_construct(
        state=Breach.State.ALLEGED, on=calendar.local_day(one.at), by=one.by, at=one.at
    )
    return [alleged, *one.steps]


def _take(
    breach: Breach, number: int, step: schema.BreachStep, names: Names, calendar: Calendar
) -> None:
    to = None
    if step.step is not None:
        to = next((row for row in dispute_steps(breach) if row.order == step.step), None)
    before: dict[str, Any] = snapshot(breach, *_COLUMNS) if number > 1 else {}
    row = BreachStep.objects.create(
        breach=breach,
        number=number,
        state=step.state,
        on=calendar.day(step.on),
        words=step.words.strip(),
        dispute_step=to,
        who=step.who or (to.who if to else ""),
        clock_at=calendar.point(step.until).ends_at(calendar.zone) if step.until else None,
        author=names.people[step.by],
        recorded_at=calendar.reported(step.at or step.on),
    )
    breach.state, breach.clock_at = row.state, row.clock_at
    breach.dispute_step = step.step or breach.dispute_step
    breach.save(update_fields=_COLUMNS)
    commitment = breach.obligation.commitment
    append(
        process=commitment.process,
        actor=row.author,
        verb=_VERBS.get(Breach.State(row.state), f"breach.{row.state}"),
        thing=breach,
        origin=Origin.FILE,
        summary=f"Breach {breach.number} of {commitment.code} by "
        f"{breach.obligation.owner_name}: {on_record(row.get_state_display)}",
        before=before,
        after=snapshot(breach, *_COLUMNS) | snapshot(row, "on", "words", "who"),
    )
