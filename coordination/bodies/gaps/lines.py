"""Dispute steps and reporting lines that lead to nobody."""

from collections.abc import Iterator
from datetime import date

from django.utils.translation import gettext as _

from ..models import ReportingLine
from ..structure import BodyFacts, LineFacts, StepFacts, Structure
from .gap import Gap, Kind, digest, seat_label, subject_of


def of_steps(structure: Structure) -> Iterator[Gap]:
    for step in structure.steps:
        if not structure.exists(step.body_id) or not (step.seat_id or step.to_body_id):
            continue
        reached = (
            structure.filled(step.seat_id) if step.seat_id else structure.peopled(step.to_body_id)
        )
        if not reached:
            yield _step(structure, step)


def _step(structure: Structure, step: StepFacts) -> Gap:
    body = structure.bodies[step.body_id]
    seat = structure.seats.get(step.seat_id) if step.seat_id else None
    words = {"n": step.order, "who": step.who}
    since = None
    touched = {body.id}
    if seat is not None:
        since = seat.vacant_since
        touched.add(seat.body_id)
        words["where"] = seat_label(structure, seat)
        why = _("Step %(n)s (%(who)s) leads to %(where)s, which is vacant.") % words
    elif step.to_body_id:
        since = structure.empty_since(step.to_body_id)
        touched.add(step.to_body_id)
        words["where"] = structure.bodies[step.to_body_id].code
        why = _("Step %(n)s (%(who)s) leads to %(where)s, where nobody sits.") % words
    else:
        why = _("Step %(n)s (%(who)s) leads to a seat that is no more.") % words
    return Gap(
        kind=Kind.STEP_VACANT,
        subject=subject_of(Kind.STEP_VACANT, step.id),
        facts=digest(step.seat_id, step.to_body_id, since),
        title=body.name,
        why=why,
        closes=_("Fill the seat, or let the step lead to somebody else."),
        since=since,
        body_ids=tuple(sorted(touched)),
        seat_ids=(seat.id,) if seat else (),
    )


def of_lines(structure: Structure) -> Iterator[Gap]:
    """A line to what is no more, a circle, a duty to report to nobody, a body that stands alone."""
    for line in structure.lines:
        if structure.exists(line.body_id) and (why := _broken(structure, line)):
            target = structure.bodies.get(line.to_body_id or 0)
            yield _line(
                structure.bodies[line.body_id],
                why,
                (line.kind, line.to_body_id, line.to_party_id),
                target.ended_on if target else structure.left_parties.get(line.to_party_id or 0),
            )
    for circle in _circles(structure):
        codes = ", ".join(sorted(structure.bodies[body].code for body in circle))
        yield _line(
            structure.bodies[circle[0]],
            _("These report to one another in a circle: %(bodies)s.") % {"bodies": codes},
            ("circle", *circle),
            None,
            circle,
        )
    answering = {
        line.body_id for line in structure.lines if line.kind != ReportingLine.Kind.LIAISON
    }
    asked = {
        line.to_body_id
        for line in structure.lines
        if line.to_body_id and line.kind == ReportingLine.Kind.REPORTS_TO
    }
    for body in structure.existing:
        if body.id in answering:
            continue
        if body.id in structure.reporting:
            why = _("It has to report, and no addressee is entered.")
            yield _line(body, why, ("unaddressed",), body.established_on)
        elif body.id not in asked:
            why = _("It reports to nobody, and nobody reports to it.")
            yield _line(body, why, ("alone",), body.established_on)


def _broken(structure: Structure, line: LineFacts) -> str:
    """Why a line leads nowhere; nothing where it leads somewhere."""
    if line.to_body_id and not structure.exists(line.to_body_id):
        target = structure.bodies[line.to_body_id]
        if target.ended_on and target.ended_on <= structure.day:
            return _("It reports to %(body)s, which was wound up.") % {"body": target.code}
        return _("It reports to %(body)s, which is not established yet.") % {"body": target.code}
    if line.to_party_id in structure.left_parties:
        party = structure.parties.get(line.to_party_id or 0, "")
        return _("It reports to %(party)s, which has left the process.") % {"party": party}
    return ""


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
    key: tuple[object, ...],
    since: date | None,
    bodies: tuple[int, ...] = (),
) -> Gap:
    return Gap(
        kind=Kind.LINE_NOWHERE,
        subject=subject_of(Kind.LINE_NOWHERE, body.id, *key),
        facts=digest(key, since),
        title=body.name,
        why=why,
        closes=_("Enter to whom it reports."),
        since=since,
        body_ids=bodies or (body.id,),
    )
