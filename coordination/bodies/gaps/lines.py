"""Dispute steps and reporting lines that lead to nobody."""

from collections.abc import Iterator
from datetime import date

from django.utils.translation import gettext as _

from ..models import ReportingLine
from ..structure import BodyFacts, LineFacts, StepFacts, Structure, latest
from .gap import Gap, Kind, digest, seat_label, subject_of


def of_steps(structure: Structure) -> Iterator[Gap]:
    for step in structure.steps:
        if structure.exists(step.body_id) and not _reaches(structure, step):
            yield _step(structure, step)


def _reaches(structure: Structure, step: StepFacts) -> bool:
    """Whether somebody is where a step leads; of a step in words alone, nothing can be said."""
    if step.seat_id:
        return structure.filled(step.seat_id)
    if step.to_body_id:
        return structure.peopled(step.to_body_id)
    return step.to_party_id not in structure.absent_parties


def _step(structure: Structure, step: StepFacts) -> Gap:
    body = structure.bodies[step.body_id]
    seat = structure.seats.get(step.seat_id) if step.seat_id else None
    words = {"n": step.order, "who": step.who}
    since = None
    touched = {body.id}
    reached = step.to_body_id or (seat.body_id if seat else None)
    if reached:
        touched.add(reached)
    if seat is not None and structure.exists(seat.body_id):
        since = latest([seat.vacant_since, structure.bodies[seat.body_id].established_on])
        words["where"] = seat_label(structure, seat)
        why = _("Step %(n)s (%(who)s) leads to %(where)s, which is vacant.") % words
    elif reached:
        since = structure.empty_since(reached)
        words["where"] = structure.bodies[reached].code
        why = _("Step %(n)s (%(who)s) leads to %(where)s, where nobody sits.") % words
    elif step.to_party_id:
        since = structure.absent_parties[step.to_party_id]
        words["where"] = structure.parties.get(step.to_party_id, "")
        if since:
            why = _("Step %(n)s (%(who)s) leads to %(where)s, which has left the process.") % words
        else:
            why = (
                _("Step %(n)s (%(who)s) leads to %(where)s, which has not joined the process yet.")
                % words
            )
    else:
        why = _("Step %(n)s (%(who)s) leads to a seat that is no more.") % words
    return Gap(
        kind=Kind.STEP_VACANT,
        subject=subject_of(Kind.STEP_VACANT, step.id),
        facts=digest(step.seat_id, step.to_body_id, step.to_party_id, since),
        title=body.name,
        why=why,
        closes=_("Fill the seat, or let the step lead to somebody else."),
        since=since,
        body_ids=tuple(sorted(touched)),
        seat_ids=(seat.id,) if seat else (),
        party_ids=(step.to_party_id,) if step.to_party_id else (),
    )


def of_lines(structure: Structure) -> Iterator[Gap]:
    """A line to what is no more, a circle, a duty to report to nobody, a body that stands alone."""
    there = [line for line in structure.lines if structure.exists(line.body_id)]
    told: set[tuple[object, ...]] = set()
    for line in sorted(there, key=lambda line: line.started_on or date.min):
        key = (line.body_id, line.kind, line.to_body_id, line.to_party_id)
        if key not in told and (why := _broken(structure, line)):
            told.add(key)
            yield _line_to(structure, line, why)
    for circle in _circles(structure):
        codes = ", ".join(sorted(structure.bodies[body].code for body in circle))
        yield _line(
            structure.bodies[circle[0]],
            _("These report to one another in a circle: %(bodies)s.") % {"bodies": codes},
            _("End one of the lines, so that one of them is above the others."),
            ("circle",),
            circle,
            since=_closed_on(structure, circle),
            body_ids=circle,
        )
    answering = {line.body_id for line in there if line.kind != ReportingLine.Kind.LIAISON}
    asked = {line.to_body_id for line in there if line.kind != ReportingLine.Kind.LIAISON}
    for body in structure.existing:
        if body.id in answering:
            continue
        answered = structure.last_answered.get(body.id)
        closes = _("Enter to whom it reports.")
        if body.id in structure.reporting:
            since = latest([body.established_on, answered])
            why = _("It has to report, and no addressee is entered.")
            yield _line(body, why, closes, ("unaddressed",), (since,), since=since)
        elif body.id not in asked:
            asked_last = structure.last_asked.get(body.id)
            since = latest([body.established_on, answered, asked_last])
            why = _("It reports to nobody, and nobody reports to it.")
            yield _line(body, why, closes, ("alone",), (since,), since=since)


def _broken(structure: Structure, line: LineFacts) -> str:
    """Why a line leads nowhere; nothing where it leads somewhere."""
    words = {"reports_to": str(ReportingLine.Kind(line.kind).label)}
    if line.to_body_id and not structure.exists(line.to_body_id):
        target = structure.bodies[line.to_body_id]
        words["body"] = target.code
        if target.ended_on and target.ended_on <= structure.day:
            return _("It %(reports_to)s %(body)s, which was wound up.") % words
        return _("It %(reports_to)s %(body)s, which is not established yet.") % words
    if line.to_party_id in structure.absent_parties:
        words["party"] = structure.parties.get(line.to_party_id or 0, "")
        if structure.absent_parties[line.to_party_id] is None:
            return _("It %(reports_to)s %(party)s, which has not joined the process yet.") % words
        return _("It %(reports_to)s %(party)s, which has left the process.") % words
    return ""


def _line_to(structure: Structure, line: LineFacts, why: str) -> Gap:
    """The gap of a line that leads nowhere: since it was drawn, or what it leads to was no more."""
    body, target = structure.bodies[line.body_id], structure.bodies.get(line.to_body_id or 0)
    gone = structure.absent_parties.get(line.to_party_id or 0)
    if target and target.ended_on and target.ended_on <= structure.day:
        gone = target.ended_on
    since = latest([gone, line.started_on, body.established_on])
    return _line(
        body,
        why,
        _("Enter to whom it reports.")
        if line.kind != ReportingLine.Kind.LIAISON
        else _("End the line, or let it lead to somebody else."),
        (line.kind, line.to_body_id, line.to_party_id),
        (since,),
        since=since,
        body_ids=tuple(sorted({body.id, line.to_body_id or body.id})),
        party_ids=(line.to_party_id,) if line.to_party_id else (),
    )


def _circles(structure: Structure) -> list[tuple[int, ...]]:
    """The groups of bodies that report to one another, directly or over others."""
    above: dict[int, set[int]] = {}
    for line in structure.lines:
        both = structure.exists(line.body_id) and structure.exists(line.to_body_id)
        if line.kind == ReportingLine.Kind.REPORTS_TO and both:
            above.setdefault(line.body_id, set()).add(line.to_body_id or 0)
    reached = {body: _above(body, above) for body in above}
    groups = {
        tuple(sorted(one for one in reached[body] if body in reached.get(one, ())))
        for body in above
        if body in reached[body]
    }
    return sorted(groups)


def _closed_on(structure: Structure, circle: tuple[int, ...]) -> date | None:
    """Since when the last line of a plain circle and its bodies are there; several circles in one
    have no such day.
    """
    days = [
        line.started_on
        for line in structure.lines
        if line.kind == ReportingLine.Kind.REPORTS_TO
        and {line.body_id, line.to_body_id} <= {*circle}
    ]
    if len(days) != len(circle):
        return None
    return latest([*days, *(structure.bodies[body].established_on for body in circle)])


def _above(start: int, above: dict[int, set[int]]) -> set[int]:
    """What one reaches from a body upwards; the body itself only by a circle."""
    reached: set[int] = set()
    waiting = [start]
    while waiting:
        for body in above.get(waiting.pop(), set()) - reached:
            reached.add(body)
            waiting.append(body)
    return reached


def _line(
    body: BodyFacts,
    why: str,
    closes: str,
    key: tuple[object, ...],
    facts: tuple[object, ...],
    *,
    since: date | None = None,
    body_ids: tuple[int, ...] = (),
    party_ids: tuple[int, ...] = (),
) -> Gap:
    return Gap(
        kind=Kind.LINE_NOWHERE,
        subject=subject_of(Kind.LINE_NOWHERE, body.id, *key),
        facts=digest(key, facts),
        title=body.name,
        why=why,
        closes=closes,
        since=since,
        body_ids=body_ids or (body.id,),
        party_ids=party_ids,
    )
