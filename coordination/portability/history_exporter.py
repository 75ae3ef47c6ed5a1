"""Writing what happened to commitments: reports, findings, numbers, flags, breaches, evidence."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Prefetch, QuerySet

from coordination.audiences.models import Audience
from coordination.base.dates import Point
from coordination.commitments.models import (
    Bound,
    Breach,
    BreachStep,
    CheckIn,
    Commitment,
    Evidence,
    ExpectedOccurrence,
    Flag,
    Measurement,
    Obligation,
    Verification,
)

from . import history_schema as schema
from .commitment_exporter import owner_of, standing, unless
from .written import Written, made, numbered

_OWED = "obligation__commitment"


def check_ins_of(written: Written) -> QuerySet[CheckIn]:
    """Those that are written: what concerns something that was withdrawn is not."""
    rows = standing(_owed(CheckIn.objects.all(), written), "expected__")
    return rows.select_related(_OWED, "expected").order_by("submitted_at", "pk")


def check_ins(written: Written) -> list[schema.CheckIn]:
    rows = list(check_ins_of(written).select_related("author", "recorded_by"))
    before = _one_before(rows)
    return [
        made(
            schema.CheckIn,
            **_of(written, row.obligation),
            at=written.calendar.written(row.submitted_at),
            by=written.person(row.author),
            entered_by=written.person(row.recorded_by) if row.recorded_by != row.author else None,
            period=row.period_on,
            time=_time(written, row),
            level=row.level,
            account=row.account,
            obstacle=row.obstacle,
            # One for the same period revises the other as it is.
            revises=not row.period_on
            and row.revises_id is not None
            and before[row.pk] == row.revises_id,
            done=row.done_on,
            next_expected=row.next_expected_on,
            audience=row.audience,
            delegation=_delegation(written, row, row.obligation.party_id),
            released_to=written.released_to(row),
        )
        for row in rows
    ]


def _delegation(written: Written, row: CheckIn | Evidence, said: int | None = None) -> str | None:
    """Whose own it is, unless it is that of the party that is said already."""
    if row.audience == Audience.DELEGATION and row.delegation_id == said:
        return None
    return written.party(row.delegation_id)


def _one_before(rows: list[CheckIn]) -> dict[int, int | None]:
    """To each report the one that the same owner made before it."""
    last: dict[int, int] = {}
    before = {}
    for row in rows:
        before[row.pk] = last.get(row.obligation_id)
        last[row.obligation_id] = row.pk
    return before


def _time(written: Written, row: CheckIn | Verification) -> int | None:
    """The time that it is about, of what is still expected several times."""
    several = row.obligation.commitment.kind in Commitment.EXPECTED
    return written.time(row.expected) if several else None


def findings_of(written: Written) -> QuerySet[Verification]:
    rows = standing(_owed(Verification.objects.all(), written), "expected__")
    return rows.select_related(_OWED, "expected").order_by("recorded_at", "pk")


def findings(written: Written) -> list[schema.Finding]:
    rows = findings_of(written).select_related("author", "approved_by", "released_by")
    return [
        made(
            schema.Finding,
            **_of(written, row.obligation),
            body=written.body(row.body_id),
            at=written.calendar.written(row.recorded_at),
            by=written.person(row.author),
            time=_time(written, row),
            level=row.level,
            found=row.found,
            against=row.article,
            method=row.method,
            proof=row.proof,
            confidence=row.confidence,
            happened=unless(row.occurred_on, _day(written, row.recorded_at)),
            learned=row.learned_on,
            **_approval(written, row),
        )
        for row in rows
    ]


def _approval(written: Written, row: Verification) -> dict[str, Any]:
    """Nothing where it was approved and released as it was recorded."""
    if row.approved_at is None:
        return {"released": False}
    at_once = row.released_at is not None and row.approved_at == row.recorded_at
    released = _moment(written, row.released_at, row.approved_at)
    return {
        "approved_by": written.person(row.approved_by),
        "approved": None if at_once else written.calendar.written(row.approved_at),
        "released": False if row.released_at is None else released,
        "released_by": written.person(row.released_by)
        if row.released_by_id not in (None, row.approved_by_id or row.author_id)
        else None,
    }


def measurements_of(written: Written) -> QuerySet[Measurement]:
    rows = Measurement.objects.filter(
        bound__commitment__process=written.process,
        bound__commitment__withdrawn_at=None,
        bound__obligation__withdrawn_at=None,
    )
    return rows.order_by("recorded_at", "pk")


def measurements(written: Written) -> list[schema.Measurement]:
    bounds = Bound.objects.order_by("pk")
    rows = (
        measurements_of(written)
        .select_related("bound__commitment", "bound__obligation", "author")
        .prefetch_related(Prefetch("bound__commitment__bounds", bounds))
    )
    return [
        made(
            schema.Measurement,
            commitment=row.bound.commitment.code,
            **_bound(written, row.bound),
            value=row.value,
            on=row.on,
            body=written.body(row.body_id),
            source=row.source,
            by=written.person(row.author),
            at=unless(written.calendar.written(row.recorded_at), row.on),
        )
        for row in rows
    ]


def _bound(written: Written, row: Bound) -> dict[str, str | None]:
    """As much as tells it from the other bounds of its commitment."""
    others = [one for one in row.commitment.bounds.all() if one.pk != row.pk]
    alike = [one for one in others if one.of_what == row.of_what]
    opposite = any(one.comparison != row.comparison for one in alike)
    return {
        "of": row.of_what if others else None,
        "bound": row.comparison if opposite else None,
        "owner": owner_of(written, row.obligation),
    }


def flags_of(written: Written) -> QuerySet[Flag]:
    return _concerned(Flag.objects.all(), written).order_by("raised_at", "pk")


def flags(written: Written) -> list[schema.Flag]:
    rows = flags_of(written).select_related("author", "lifted_by", "obligation", "commitment")
    return [
        made(
            schema.Flag,
            commitment=row.commitment.code,
            owner=owner_of(written, row.obligation),
            kind=row.kind,
            reason=row.reason,
            by=written.person(row.author),
            at=written.calendar.written(row.raised_at),
            lifted=_moment(written, row.lifted_at),
            lifted_by=written.person(row.lifted_by) if row.lifted_by != row.author else None,
            because=row.lifted_because,
        )
        for row in rows
    ]


def breaches_of(written: Written) -> QuerySet[Breach]:
    rows = _owed(Breach.objects.all(), written).order_by("entered_at", "pk")
    return rows.select_related(_OWED)


def breaches(written: Written) -> list[schema.Breach]:
    steps = BreachStep.objects.order_by("number").select_related("author", "dispute_step")
    rows = breaches_of(written).select_related("entered_by")
    return [
        made(
            schema.Breach,
            **_of(written, row.obligation),
            what=row.what,
            against=row.article,
            alleged_by=written.party(row.alleged_by_id),
            happened=row.occurred_on,
            learned=row.learned_on,
            by=written.person(row.entered_by),
            at=written.calendar.written(row.entered_at),
            steps=[
                _step(written, step)
                for step in row.steps.all()
                if not _goes_without_saying(written, row, step)
            ],
        )
        for row in rows.prefetch_related(Prefetch("steps", steps))
    ]


def _goes_without_saying(written: Written, row: Breach, step: BreachStep) -> bool:
    """Of the allegation, where it says and sets nothing besides the breach itself."""
    return (
        step.state == Breach.State.ALLEGED
        and (step.author, step.recorded_at) == (row.entered_by, row.entered_at)
        and step.on == _day(written, row.entered_at)
        and (step.words, step.who, step.clock_at, step.dispute_step_id) == ("", "", None, None)
    )


def _step(written: Written, row: BreachStep) -> schema.BreachStep:
    to = row.dispute_step
    return made(
        schema.BreachStep,
        state=row.state,
        on=row.on,
        words=row.words,
        until=_ending(written, row.clock_at),
        step=to and to.order,
        who=row.who,
        by=written.person(row.author),
        at=unless(written.calendar.written(row.recorded_at), row.on),
    )


#: What a piece of evidence may belong to, by its number among those of its owner.
_BELONGS_TO: dict[str, Callable[[Written], QuerySet[Any]]] = {
    "check_in": check_ins_of,
    "finding": findings_of,
    "breach": breaches_of,
}


def evidence_of(written: Written) -> QuerySet[Evidence]:
    """Links; files are not carried."""
    return _concerned(Evidence.objects.exclude(url=""), written).order_by("added_at", "pk")


def evidence(written: Written) -> list[schema.Evidence]:
    links = evidence_of(written)
    rows = links.select_related("obligation", "commitment", "supersedes", "added_by")
    rows = rows.prefetch_related(Prefetch("contradicts", links.order_by("number")))
    of_owner = {
        name: numbered(rows_of(written).values_list("pk", "obligation"))
        for name, rows_of in _BELONGS_TO.items()
    }
    return [
        made(
            schema.Evidence,
            commitment=row.commitment.code,
            owner=owner_of(written, row.obligation),
            number=row.number,
            title=row.title,
            source=row.source,
            dated=row.dated_on,
            url=row.url,
            by=written.person(row.added_by),
            at=written.calendar.written(row.added_at),
            check_in=of_owner["check_in"].get(row.check_in_id or 0),
            finding=of_owner["finding"].get(row.verification_id or 0),
            breach=of_owner["breach"].get(row.breach_id or 0),
            supersedes=row.supersedes.number if row.supersedes and row.supersedes.url else None,
            contradicts=[one.number for one in row.contradicts.all() if one.number < row.number],
            audience=row.audience,
            delegation=_delegation(written, row),
            released_to=written.released_to(row),
        )
        for row in rows
    ]


def called_off_of(written: Written) -> QuerySet[ExpectedOccurrence]:
    rows = _owed(ExpectedOccurrence.objects.exclude(called_off_at=None), written)
    rows = rows.filter(obligation__commitment__kind__in=Commitment.EXPECTED)
    return standing(rows, "").select_related(_OWED).order_by("called_off_at", "pk")


def called_off(written: Written) -> list[schema.CalledOff]:
    return [
        made(
            schema.CalledOff,
            **_of(written, row.obligation),
            time=written.time(row),
            because=row.called_off_because,
            by=written.person(row.called_off_by),
            at=_moment(written, row.called_off_at),
        )
        for row in called_off_of(written).select_related("called_off_by")
    ]


def _owed(rows: Any, written: Written) -> Any:
    """Of the obligations that stand."""
    return rows.filter(
        obligation__commitment__process=written.process,
        obligation__commitment__withdrawn_at=None,
        obligation__withdrawn_at=None,
    )


def _concerned(rows: Any, written: Written) -> Any:
    """Of the commitments that stand, about all who owe them or about an obligation that stands."""
    return rows.filter(
        commitment__process=written.process,
        commitment__withdrawn_at=None,
        obligation__withdrawn_at=None,
    )


def _of(written: Written, row: Obligation) -> dict[str, str | None]:
    return {"commitment": row.commitment.code, "owner": owner_of(written, row)}


def _day(written: Written, moment: datetime) -> date:
    return written.calendar.local_day(moment)


def _moment(
    written: Written, moment: datetime | None, said: datetime | None = None
) -> date | datetime | None:
    """A moment as it is written; nothing where there is none, or where it is said already."""
    return None if moment in (None, said) else written.calendar.written(moment)


def _ending(written: Written, moment: datetime | None) -> date | datetime | None:
    """When a clock runs out: a day is over with its end."""
    if moment is None:
        return None
    day = _day(written, moment - timedelta(microseconds=1))
    is_end = Point(day).ends_at(written.calendar.zone) == moment
    return day if is_end else written.calendar.local(moment)
