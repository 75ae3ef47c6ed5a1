"""Bodies that lead or verify commitments without anybody, or with somebody who should not."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..structure import BodyFacts, SeatFacts, Structure
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
        judges = [
            seat
            for seat in structure.seats_of.get(body_id, ())
            if structure.filled(seat.id) and party_id in structure.parties_in(seat)
        ]
        judges.sort(key=lambda seat: (seat.number, seat.id))
        if judges:
            yield _judges(structure, body_id, party_id, judges, number)


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


def _judges(
    structure: Structure, body_id: int, party_id: int, judges: list[SeatFacts], number: int
) -> Gap:
    body = structure.bodies[body_id]
    words = {
        "people": ", ".join(seat.holder for seat in judges),
        "body": body.code,
        "party": structure.parties.get(party_id, ""),
        "n": number,
    }
    return Gap(
        kind=Kind.VERIFIER_OWES,
        subject=subject_of(Kind.VERIFIER_OWES, body_id, party_id),
        facts=digest(sorted((seat.id, seat.holder_id or 0) for seat in judges)),
        title=f"{body.code}, {words['party']}",
        why=ngettext(
            "%(body)s verifies %(n)s commitment that %(party)s owes. To it belongs: %(people)s.",
            "%(body)s verifies %(n)s commitments that %(party)s owes. To it belongs: %(people)s.",
            number,
        )
        % words,
        closes=_("They stand aside when it is judged, or another body verifies it."),
        since=min((seat.held_since for seat in judges if seat.held_since), default=None),
        body_ids=(body_id,),
        seat_ids=tuple(seat.id for seat in judges),
        person_ids=tuple(seat.holder_id for seat in judges if seat.holder_id),
        party_ids=(party_id,),
    )
