"""Writing triggers and commitments, their dates and their numbers, as a process file has them."""

from collections.abc import Iterable
from datetime import date, datetime
from itertools import islice
from typing import Any, TypeVar

from django.db.models import Count, F, Prefetch, Q, QuerySet

from coordination.agreements.models import Provision
from coordination.base.dates import Unit
from coordination.commitments.models import (
    Bound,
    Commitment,
    Deadline,
    DeadlineTerm,
    Dependency,
    ExpectedOccurrence,
    Extension,
    Measurement,
    Note,
    Obligation,
    Reading,
    TriggerEvent,
    Verification,
)
from coordination.commitments.rhythm import periods

from . import audience_schema
from . import commitment_schema as schema
from .commitment_loader import usual_precision
from .written import Written, made

Rows = TypeVar("Rows", bound=QuerySet[Any])
#: The expected times of each owner.
Times = list[list[ExpectedOccurrence]]

_Purpose = DeadlineTerm.Purpose


def triggers(written: Written) -> list[schema.Trigger]:
    events = Prefetch(
        "events", TriggerEvent.objects.order_by("number").select_related("recorded_by")
    )
    return [
        made(
            schema.Trigger,
            key=row.key,
            name=row.name,
            description=row.description,
            events=[
                made(
                    schema.TriggerEvent,
                    on=_when(written, one.on, one.at),
                    what=one.what,
                    source=one.source,
                    entered_by=written.person(one.recorded_by),
                )
                for one in row.events.all()
            ],
        )
        for row in written.process.triggers.order_by("pk").prefetch_related(events)
    ]


def commitments(written: Written) -> list[schema.Commitment]:
    """The register in its order; a commitment is named by its number, as on the pages."""
    terms = DeadlineTerm.objects.order_by("pk").select_related("anchor", "after_commitment")
    extensions = standing(Extension.objects.order_by("agreed_on", "pk"), "expected__")
    bounds = Bound.objects.filter(Q(obligation=None) | Q(obligation__withdrawn_at=None))
    obligations = Obligation.objects.order_by("pk").select_related("focal_point")
    expected = ExpectedOccurrence.objects.filter(opened_by__withdrawn_at=None).order_by("number")
    waits = Dependency.objects.filter(on__withdrawn_at=None).order_by("pk")
    rows = (
        Commitment.objects.filter(process=written.process)
        .order_by("number")
        .select_related("deadline", "provision__agreement", "trigger", "follows")
        .prefetch_related(
            Prefetch("obligations", obligations.prefetch_related(Prefetch("expected", expected))),
            Prefetch("deadline__terms", terms),
            Prefetch("deadline__readings", Reading.objects.order_by("pk")),
            Prefetch(
                "deadline__extensions", extensions.select_related("expected__obligation", "author")
            ),
            Prefetch("bounds", bounds.order_by("pk").select_related("obligation")),
            Prefetch("waits_on", waits.select_related("on")),
            Prefetch("notes", Note.objects.order_by("number").select_related("author")),
        )
    )
    cited = Provision.objects.filter(agreement__process=written.process).values_list("citation")
    shared = set(
        cited.annotate(times=Count("pk"))
        .filter(times__gt=1)
        .order_by()
        .values_list("citation", flat=True)
    )
    former = _former_verifiers(written)
    return [_commitment(written, row, shared, former.get(row.pk, [])) for row in rows]


def _former_verifiers(written: Written) -> dict[int, list[str]]:
    """The bodies that found or measured something without being the one that verifies it now."""
    found = Verification.objects.filter(obligation__commitment__process=written.process)
    measured = Measurement.objects.filter(bound__commitment__process=written.process)
    former: dict[int, list[str]] = {}
    for rows, commitment in ((found, "obligation__commitment"), (measured, "bound__commitment")):
        rows = rows.exclude(body=None).exclude(body=F(f"{commitment}__verifying_body"))
        for key, body in rows.order_by("pk").values_list(commitment, "body"):
            codes, code = former.setdefault(key, []), written.bodies[body]
            if code not in codes:
                codes.append(code)
    return former


def _commitment(
    written: Written, row: Commitment, shared: set[str], former: list[str]
) -> schema.Commitment:
    """What its provision says already is not said again; `shared` are citations of several."""
    citation, passage, agreement = None, "", None
    if row.provision:
        citation, passage = row.provision.citation, row.provision.text
        agreement = row.provision.agreement.key if citation in shared else None
    deadline = row.deadline
    own = [term for term in deadline.terms.all() if term.reading_id is None]
    due = _due(written, deadline.rule, [one for one in own if one.purpose == _Purpose.DUE])
    starts = _first(written, own, _Purpose.START)
    said = made(
        schema.Commitment,
        ref=row.code,
        number=row.number,
        entered=written.calendar.local_day(row.created_at),
        title=row.title,
        provision=citation,
        agreement=agreement,
        reference=unless(row.reference, citation),
        text=unless(row.text, passage),
        without_text=bool(passage) and not row.text,
        kind=row.kind,
        every=_every(row),
        triggered_by=row.trigger and row.trigger.key,
        follows=row.follows and row.follows.code,
        rhythm_from=_rhythm_from(written, row),
        otherwise=row.otherwise,
        track=row.track,
        priority=unless(row.priority, Commitment.Priority.NORMAL),
        lead=written.body(row.lead_body_id),
        verified_by=written.body(row.verifying_body_id),
        verified_before=former,
        owed_by=[_owed(written, one) for one in row.obligations.all()],
        due=due,
        not_before=_first(written, own, _Purpose.NOT_BEFORE),
        latest=_first(written, own, _Purpose.LATEST),
        starts=starts,
        ends=_first(written, own, _Purpose.END),
        precision=unless(deadline.precision, usual_precision(due or starts)),
        wording=deadline.wording,
        extendable=deadline.extendable,
        readings=[_reading(written, one) for one in deadline.readings.all()],
        extensions=_extensions(written, row),
        bounds=[_bound(written, one) for one in row.bounds.all()],
        waits_on=[
            made(schema.Wait, commitment=one.on.code, reason=one.reason, source=one.source)
            for one in row.waits_on.all()
        ],
        check_ins=row.check_in_rhythm,
        remarks=row.remarks,
        notes=[_note(written, one) for one in row.notes.all()],
    )
    # An empty list says something, too: nobody was asked to answer what happened before.
    expected = _expected(written, row)
    return said if expected is None else said.model_copy(update={"expected": expected})


def _note(written: Written, row: Note) -> Any:
    return made(
        audience_schema.Note,
        number=row.number,
        kind=row.kind,
        text=row.text,
        party=written.party(row.delegation_id),
        by=written.person(row.author),
        at=written.calendar.written(row.written_at),
        audience=row.audience,
        released_to=written.released_to(row),
    )


def standing(rows: Rows, expected: str) -> Rows:
    """The rows about no expected time, or about one that nothing was withdrawn of.

    `expected` is the path to the time's fields.
    """
    return rows.filter(
        **{
            f"{expected}opened_by__withdrawn_at": None,
            f"{expected}obligation__withdrawn_at": None,
        }
    )


def unless(value: Any, said: Any) -> Any:
    """The value, where it is not what is meant without it."""
    return None if value == said else value


def _every(row: Commitment) -> schema.Every | None:
    if row.every_amount is None:
        return None
    return made(schema.Every, times=row.times, **_amount(row.every_amount, row.every_unit))


def _amount(amount: int | None, unit: str) -> dict[str, Any]:
    """A number under the name of its unit; no number is the day itself."""
    return {str(Unit(unit)): amount or None}


def _when(written: Written, on: date | None, at: datetime | None) -> date | datetime | None:
    """The moment where one is given, or else the day."""
    return written.calendar.local(at) if at else on


def _first(written: Written, terms: Iterable[DeadlineTerm], purpose: str) -> schema.Counted | None:
    """The day or offset that says this of a commitment: there is one at most."""
    of_purpose = (
        made(schema.Counted, **_counted(written, one)) for one in terms if one.purpose == purpose
    )
    return next(of_purpose, None)


def _counted(written: Written, term: DeadlineTerm) -> dict[str, Any]:
    said = "after" if term.direction == DeadlineTerm.Direction.AFTER else "before"
    number = _amount(term.amount, term.unit)
    if term.from_opening:
        return {"after_trigger": True, **number}
    if term.anchor:
        return {said: term.anchor.key, **number}
    if term.after_commitment:
        return {f"{said}_completion_of": term.after_commitment.code, **number}
    return {"on": _when(written, term.on, term.at)}


def _due(written: Written, rule: str, terms: list[DeadlineTerm]) -> schema.Due | None:
    dates = [_counted(written, one) for one in terms]
    if not dates:
        return None
    several = [made(schema.Counted, **one) for one in dates]
    if rule == Deadline.Rule.LATER:
        return made(schema.Due, later_of=several)
    if len(several) > 1:
        return made(schema.Due, earlier_of=several)
    return made(schema.Due, **dates[0])


def _expected(written: Written, row: Commitment) -> list[schema.Expected] | None:
    """All times, where loading the commitment would not make the same ones.

    What follows another commitment is expected again as the reports on that one are loaded.
    """
    if row.kind == Commitment.Kind.RECURRING:
        field, usual = "period_from", _recurs_as_it_says
    elif row.kind == Commitment.Kind.TRIGGERED and row.trigger:
        field, usual = "opened_by_id", _answers_every_event
    else:
        return None
    times = {
        obligation: [one for one in obligation.expected.all() if getattr(one, field)]
        for obligation in row.obligations.all()
    }
    if usual(written, row, list(times.values())):
        return None
    return [
        made(
            schema.Expected,
            owner=owner_of(written, obligation),
            number=one.number,
            starts=one.period_from,
            before=one.period_to,
            event=written.events[one.opened_by_id] if one.opened_by_id else None,
        )
        for obligation, rows in times.items()
        for one in rows
    ]


def _recurs_as_it_says(written: Written, row: Commitment, times: Times) -> bool:
    assert row.every_amount is not None
    start = _start(written, row)
    if row.recurs_from != start or start is None:
        return not any(times)
    endless = periods(
        start, row.every_amount, row.every_unit, row.times, ends_on=row.deadline.ends_on
    )
    plan = enumerate(islice(endless, max(map(len, times))), start=1)
    planned = [(number, one.starts_on, one.ends_before) for number, one in plan]
    return all(
        planned == [(one.number, one.period_from, one.period_to) for one in rows] for rows in times
    )


def _answers_every_event(written: Written, row: Commitment, times: Times) -> bool:
    events = [key for key, trigger in written.triggered if trigger == row.trigger_id]
    answered = list(enumerate(events, start=1))
    return all(answered == [(one.number, one.opened_by_id) for one in rows] for rows in times)


def _rhythm_from(written: Written, row: Commitment) -> date | None:
    recurs = row.kind == Commitment.Kind.RECURRING
    return unless(row.recurs_from, _start(written, row)) if recurs else None


def _start(written: Written, row: Commitment) -> date | None:
    """The day from which its rhythm counts where nothing was changed."""
    if any(one.purpose == _Purpose.START for one in row.deadline.terms.all()):
        return row.deadline.starts_on
    return written.calendar.local_day(row.created_at)


def _owed(written: Written, row: Obligation) -> schema.Owed:
    """A code alone says who owes it, where only a party or only a body has that code."""
    party, body = written.party(row.party_id), written.body(row.body_id)
    shared = (party or body) in written.shared
    return made(
        schema.Owed,
        owner=None if shared else party or body,
        party=party if shared else None,
        body=body if shared else None,
        share=row.share,
        focal_point=written.person(row.focal_point),
    )


def owner_of(written: Written, row: Obligation | None) -> str | None:
    """The code of who owes it; nothing for all of them."""
    if row is None:
        return None
    return written.party(row.party_id) or written.body(row.body_id)


def _reading(written: Written, row: Reading) -> schema.Reading:
    terms = [one for one in row.deadline.terms.all() if one.reading_id == row.pk]
    return made(
        schema.Reading,
        party=written.party(row.party_id),
        due=_due(written, row.rule, terms),
        argument=row.argument,
        source=row.source,
        in_force=row.in_force,
        decided_by=row.decided_by if row.in_force else None,
    )


def _extensions(written: Written, row: Commitment) -> list[schema.Extension]:
    """Of what is expected several times those of one time, and of the rest those of its date."""
    several = row.kind in Commitment.EXPECTED
    rows = row.deadline.extensions.all()
    return [
        made(
            schema.Extension,
            until=_when(written, one.on, one.at),
            by=None if one.on else made(schema.Amount, **_amount(one.amount, one.unit)),
            agreed_by=one.agreed_by,
            agreed_on=one.agreed_on,
            source=one.source,
            reason=one.reason,
            entered_by=written.person(one.author),
            owner=owner_of(written, one.expected.obligation if one.expected else None),
            time=written.time(one.expected),
        )
        for one in rows
        if (one.expected is not None) == several
    ]


def _bound(written: Written, row: Bound) -> schema.Bound:
    return made(
        schema.Bound,
        **{str(row.comparison): row.value},
        of=row.of_what,
        owner=owner_of(written, row.obligation),
    )
