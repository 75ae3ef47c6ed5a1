"""Bodies that lead or verify commitments without anybody, or with somebody who should not."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..structure import BodyFacts, SeatFacts, Structure, latest
from .gap import Gap, Kind, digest, subject_of


def of_commitments(structure: Structure) -> Iterator[Gap]:
    for kind, count in (
        (Kind.LEAD_EMPTY, structure.led),
        (Kind.VERIFIER_EMPTY, structure.verified),
    ):
        for body_id, number in count.items():
            if not structure.peopled(body_id):
                yield _empty(structure, kind, structure.bodies[body_id], number)
    for (body_id, party_id), number in structure.judged.items():
        if judges := _judges(structure, body_id, party_id):
            yield _partial(structure, body_id, party_id, judges, number)
    for body_id, number in structure.judged_own.items():
        if structure.exists(body_id):
            yield _own(structure.bodies[body_id], number)


def _empty(structure: Structure, kind: Kind, body: BodyFacts, number: int) -> Gap:
    if kind == Kind.LEAD_EMPTY:
        words = ngettext("It leads %(n)s commitment", "It leads %(n)s commitments", number)
    else:
        words = ngettext("It verifies %(n)s commitment", "It verifies %(n)s commitments", number)
    if not body.exists_on(structure.day):
        reason = _("does not exist on this day")
    elif structure.seats_of[body.id]:
        reason = _("all its seats are vacant")
    else:
        reason = _("has no seats")
    return Gap(
        kind=kind,
        subject=subject_of(kind, body.id),
        facts=digest(number, structure.empty_since(body.id)),
        title=body.name,
        why=_("%(words)s, and %(reason)s.") % {"words": words % {"n": number}, "reason": reason},
        closes=_("Fill a seat, or give the commitments to another body."),
        since=structure.empty_since(body.id),
        body_ids=(body.id,),
        seat_ids=tuple(sorted(seat.id for seat in structure.seats_of[body.id])),
    )


@dataclass(frozen=True)
class Judge:
    """Who sits in a seat, as its holder or as the alternate, and belongs to the party that owes."""

    seat: SeatFacts
    person_id: int
    name: str
    since: date


def _judges(structure: Structure, body_id: int, party_id: int) -> list[Judge]:
    judges = []
    for seat in structure.seats_of.get(body_id, ()):
        if not structure.filled(seat.id):
            continue
        for person, name in ((seat.holder_id, seat.holder), (seat.alternate_id, seat.alternate)):
            since = structure.belongs_since(seat, person, party_id) if person else None
            if person and since:
                if person == seat.alternate_id:
                    name = _("%(name)s (as alternate)") % {"name": name}
                judges.append(Judge(seat, person, name, max(since, seat.held_since or date.min)))
    return sorted(judges, key=lambda judge: (judge.seat.number, judge.seat.id))


def _partial(
    structure: Structure, body_id: int, party_id: int, judges: list[Judge], number: int
) -> Gap:
    body = structure.bodies[body_id]
    words = {
        "people": ", ".join(judge.name for judge in judges),
        "body": body.code,
        "party": structure.parties.get(party_id, ""),
        "n": number,
    }
    began = min(judge.since for judge in judges)
    return Gap(
        kind=Kind.VERIFIER_OWES,
        subject=subject_of(Kind.VERIFIER_OWES, body_id, party_id),
        facts=digest(sorted((judge.seat.id, judge.person_id) for judge in judges)),
        title=f"{body.code}, {words['party']}",
        why=ngettext(
            "%(body)s verifies %(n)s commitment that %(party)s owes. To it belongs: %(people)s.",
            "%(body)s verifies %(n)s commitments that %(party)s owes. To it belongs: %(people)s.",
            number,
        )
        % words,
        closes=_("They stand aside when it is judged, or another body verifies it."),
        since=latest([None if began == date.min else began, body.established_on]),
        body_ids=(body_id,),
        seat_ids=tuple(dict.fromkeys(judge.seat.id for judge in judges)),
        person_ids=tuple(dict.fromkeys(judge.person_id for judge in judges)),
        party_ids=(party_id,),
    )


def _own(body: BodyFacts, number: int) -> Gap:
    """Whoever sits there, the body judges itself; commitments have no history, so a body with a
    day has done so from that day.
    """
    return Gap(
        kind=Kind.VERIFIER_OWES,
        subject=subject_of(Kind.VERIFIER_OWES, body.id, "self"),
        facts=digest(number),
        title=body.name,
        label=_("the body verifies what it owes itself"),
        why=ngettext(
            "%(body)s verifies %(n)s commitment that it owes itself.",
            "%(body)s verifies %(n)s commitments that it owes itself.",
            number,
        )
        % {"body": body.code, "n": number},
        closes=_("Another body verifies it."),
        since=body.established_on,
        body_ids=(body.id,),
    )
