"""Who is accountable and responsible for a function, and which mandates claim it."""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import groupby

from django.utils.translation import gettext as _

from ..structure import ACCOUNTABLE, RESPONSIBLE, AssignmentFacts, Structure, latest
from .gap import Gap, Kind, digest, seat_label, subject_of


def of_responsibilities(structure: Structure) -> Iterator[Gap]:
    for pk, name in structure.responsibilities.items():
        given = structure.assignments_of.get(pk, [])
        accountable = _of_letter(structure, ACCOUNTABLE, given)
        responsible = _of_letter(structure, RESPONSIBLE, given)
        claims = _claims(structure, pk)
        touched = _bodies_of(structure, given) | set(claims)
        yield from _accountable(structure, pk, name, accountable, touched)
        yield from _responsible(structure, pk, name, responsible, touched)
        if len(claims) > 1:
            codes = sorted(structure.bodies[body].code for body in claims)
            yield Gap(
                kind=Kind.CLAIMED_TWICE,
                subject=subject_of(Kind.CLAIMED_TWICE, pk),
                facts=digest(*sorted(claims)),
                title=name,
                why=_("The mandates of %(bodies)s all claim it.") % {"bodies": ", ".join(codes)}
                if len(codes) > 2
                else _("The mandates of %(bodies)s both claim it.")
                % {"bodies": _(" and ").join(codes)},
                closes=_("One mandate gives it up, or it is cut in two."),
                since=_claimed_twice_since(structure, pk, claims),
                body_ids=tuple(sorted(touched)),
                responsibility_id=pk,
            )


def _claims(structure: Structure, pk: int) -> dict[int, date]:
    """The bodies that are there and whose mandates claim it, each once, with its first claim."""
    claimed: dict[int, date] = {}
    for body, since in structure.claims_of.get(pk, []):
        if structure.exists(body):
            claimed[body] = min(claimed.get(body, date.max), since or date.min)
    return claimed


def _claimed_twice_since(structure: Structure, pk: int, claims: dict[int, date]) -> date | None:
    begun = structure.responsible_since.get(pk)
    return _second(
        latest([since, structure.bodies[body].established_on, begun])
        for body, since in claims.items()
    )


def _of_letter(
    structure: Structure, letter: str, given: list[AssignmentFacts]
) -> list[AssignmentFacts]:
    """Those with a letter whose seat or body is there, each once however often it is entered."""
    there = [one for one in given if one.letter == letter and _is(structure, one)]
    if len(there) < 2:
        return there
    there.sort(key=lambda one: (one.seat_id or 0, one.body_id or 0, one.started_on or date.min))
    holders = groupby(there, key=lambda one: (one.seat_id, one.body_id))
    return [next(entered) for _holder, entered in holders]


def _second(days: Iterable[date | None]) -> date | None:
    """The day from which there were two; empty where that was always so."""
    day = sorted(day or date.min for day in days)[1]
    return None if day == date.min else day


def _begun(structure: Structure, one: AssignmentFacts) -> date | None:
    """Since when an assignment holds, what it names is there, and so is the responsibility."""
    seat = structure.seats.get(one.seat_id) if one.seat_id else None
    body = structure.bodies[seat.body_id if seat else one.body_id or 0]
    begun = structure.responsible_since.get(one.responsibility_id)
    return latest([one.started_on, seat.started_on if seat else None, body.established_on, begun])


def _is(structure: Structure, one: AssignmentFacts) -> bool:
    """Whether what an assignment names is there on the day: a seat or body that is no more, is
    accountable for nothing.
    """
    if one.seat_id:
        seat = structure.seats.get(one.seat_id)
        return seat is not None and structure.exists(seat.body_id)
    return structure.exists(one.body_id)


def _bodies_of(structure: Structure, given: list[AssignmentFacts]) -> set[int]:
    bodies = {
        structure.seats[one.seat_id].body_id for one in given if one.seat_id in structure.seats
    }
    return bodies | {one.body_id for one in given if one.body_id in structure.bodies}


def _holders(structure: Structure, given: list[AssignmentFacts]) -> list[tuple[str, int]]:
    return sorted(
        ("seat", one.seat_id) if one.seat_id else ("body", one.body_id or 0) for one in given
    )


def _label(structure: Structure, one: AssignmentFacts) -> str:
    """“JMC seat 3 (BA)” or “JMC”."""
    if not one.seat_id:
        return structure.bodies[one.body_id or 0].code
    return seat_label(structure, structure.seats[one.seat_id])


def _works(structure: Structure, one: AssignmentFacts) -> bool:
    """Whether there is a person behind an assignment on the day."""
    return structure.filled(one.seat_id) if one.seat_id else structure.peopled(one.body_id)


def _vacant_since(structure: Structure, one: AssignmentFacts) -> date | None:
    if one.seat_id:
        since = structure.seats[one.seat_id].vacant_since
    else:
        since = structure.empty_since(one.body_id or 0)
    return latest([since, _begun(structure, one)])


def _given_up(structure: Structure, pk: int, last: dict[int, date]) -> date | None:
    """Since when nobody has a letter: since the last one ended, or there is a responsibility."""
    return latest([last.get(pk), structure.responsible_since.get(pk)])


def _accountable(
    structure: Structure, pk: int, name: str, given: list[AssignmentFacts], touched: set[int]
) -> Iterator[Gap]:
    bodies = tuple(sorted(touched))
    if not given:
        since = _given_up(structure, pk, structure.last_accountable)
        yield Gap(
            kind=Kind.NOBODY_ACCOUNTABLE,
            subject=subject_of(Kind.NOBODY_ACCOUNTABLE, pk),
            facts=digest(bodies, since),
            title=name,
            why=_("No seat and no body is accountable for it."),
            closes=_("Make one seat or body accountable."),
            since=since,
            body_ids=bodies,
            responsibility_id=pk,
        )
    for one in given:
        if _works(structure, one):
            continue
        label = {"who": _label(structure, one)}
        yield Gap(
            kind=Kind.ACCOUNTABLE_VACANT,
            subject=subject_of(Kind.ACCOUNTABLE_VACANT, pk, *_holders(structure, [one])[0]),
            facts=digest(_vacant_since(structure, one)),
            title=name,
            why=_("%(who)s is accountable, and the seat is vacant.") % label
            if one.seat_id
            else _("%(who)s is accountable, and nobody sits there.") % label,
            closes=_("Fill the seat, or make another one accountable."),
            since=_vacant_since(structure, one),
            body_ids=bodies,
            seat_ids=(one.seat_id,) if one.seat_id else (),
            responsibility_id=pk,
        )
    if len(given) > 1:
        seats = [one.seat_id for one in given if one.seat_id]
        holders = [structure.seats[seat].holder_id for seat in seats]
        yield Gap(
            kind=Kind.TWO_ACCOUNTABLE,
            subject=subject_of(Kind.TWO_ACCOUNTABLE, pk),
            facts=digest(_holders(structure, given)),
            title=name,
            why=_("%(who)s are all accountable for it.")
            % {"who": "; ".join(sorted(_label(structure, one) for one in given))},
            closes=_("Leave one accountable; the others can be responsible or consulted."),
            since=_second(_begun(structure, one) for one in given),
            body_ids=bodies,
            seat_ids=tuple(seats),
            person_ids=tuple(holder for holder in holders if holder),
            responsibility_id=pk,
        )


def _responsible(
    structure: Structure, pk: int, name: str, given: list[AssignmentFacts], touched: set[int]
) -> Iterator[Gap]:
    """Somebody does the work; where several share it, one of them who is there is enough."""
    if any(_works(structure, one) for one in given):
        return
    bodies = tuple(sorted(touched))
    if not given:
        since = _given_up(structure, pk, structure.last_responsible)
        yield Gap(
            kind=Kind.NOBODY_RESPONSIBLE,
            subject=subject_of(Kind.NOBODY_RESPONSIBLE, pk),
            facts=digest(bodies, since),
            title=name,
            why=_("No seat and no body is responsible for doing it."),
            closes=_("Make a seat or a body responsible; it can be the accountable one."),
            since=since,
            body_ids=bodies,
            responsibility_id=pk,
        )
        return
    since = latest(_vacant_since(structure, one) for one in given)
    yield Gap(
        kind=Kind.RESPONSIBLE_VACANT,
        subject=subject_of(Kind.RESPONSIBLE_VACANT, pk),
        facts=digest(_holders(structure, given), since),
        title=name,
        why=_("Nobody holds what is responsible for it: %(who)s.")
        % {"who": "; ".join(sorted(_label(structure, one) for one in given))},
        closes=_("Fill a seat, or make another one responsible."),
        since=since,
        body_ids=bodies,
        seat_ids=tuple(one.seat_id for one in given if one.seat_id),
        responsibility_id=pk,
    )
