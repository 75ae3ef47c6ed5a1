"""What a person holds open in a process, and who could take it over: reads only."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import User
from coordination.bodies.models import Nomination, Seat, Term
from coordination.commitments.models import Obligation, Verification
from coordination.processes.models import Affiliation, Process


@dataclass(frozen=True)
class Duty:
    """One thing that passes to somebody else, or to nobody yet; `fits` can take it."""

    key: str
    what: str
    where: str
    thing: Any
    fits: list[User] = field(default_factory=list)


@dataclass(frozen=True)
class Left:
    """What stays as it is, and what somebody should look at once the person has gone."""

    what: str
    where: str


@dataclass(frozen=True)
class Members:
    """Who else is there: each with the party that they act for, and the bodies they sit in."""

    parties: dict[User, int | None]
    acting: dict[int, set[int]]
    bodies: dict[int, set[int]]

    def for_party(self, party: int, and_nobody: bool = False) -> list[User]:
        """Those who act for a party, or for one that acts for it; and who act for none."""
        wanted = {party} | self.acting.get(party, set())
        return [
            person
            for person, own in self.parties.items()
            if own in wanted or (own is None and and_nobody)
        ]

    def for_seat(self, seat: Seat) -> list[User]:
        if seat.party_id is None:
            return list(self.parties)
        return self.for_party(seat.party_id, and_nobody=True)

    def for_obligation(self, owed: Obligation) -> list[User]:
        if owed.party_id is not None:
            return self.for_party(owed.party_id)
        sitting = self.bodies.get(owed.body_id or 0, set())
        return [person for person in self.parties if person.pk in sitting]


def members_beside(process: Process, leaver: Any) -> Members:
    """The other current members, in three queries."""
    rows = process.memberships.current().filter(user__is_active=True).exclude(user=leaver)
    parties = {one.user: one.party_id for one in rows.select_related("user").order_by("user__name")}
    acting: dict[int, set[int]] = {}
    ties = Affiliation.objects.on(process.today()).filter(
        kind=Affiliation.Kind.ACTS_FOR, party__process=process
    )
    for party, other in ties.values_list("party", "other"):
        acting.setdefault(other, set()).add(party)
    bodies: dict[int, set[int]] = {}
    terms = Term.objects.running(process.today()).filter(seat__body__process=process)
    for body, holder in terms.values_list("seat__body", "holder"):
        bodies.setdefault(body, set()).add(holder)
    return Members(parties, acting, bodies)


def duties_of(process: Process, person: Any) -> list[Duty]:
    """What the person answers for and where they sit; a constant number of queries."""
    others = members_beside(process, person)
    found = [
        Duty(
            f"obligation-{owed.pk}",
            _("Focal point"),
            f"{owed.commitment.code} {owed.commitment.title}, {owed.owner_name}",
            owed,
            others.for_obligation(owed),
        )
        for owed in _obligations(process, person)
    ]
    today = process.today()
    terms = Term.objects.filter(Q(ends_on=None) | Q(ends_on__gte=today))
    terms = terms.filter(seat__body__process=process).order_by("seat__body__code", "seat__number")
    terms = terms.select_related("seat__body__process", "seat__party", "holder", "alternate")
    for term in terms.filter(holder=person):
        if term.starts_on == term.ends_on == today:
            continue  # it ends by itself, and leaves nothing to take over
        fits = others.for_seat(term.seat)
        what = _("Seat") if term.starts_on <= today else _("Seat to come")
        found.append(Duty(f"term-{term.pk}", what, _seat_words(term), term, fits))
    for term in terms.filter(alternate=person):
        fits = [one for one in others.for_seat(term.seat) if one != term.holder]
        words = _("%(seat)s, alternate of %(name)s") % {
            "seat": _seat_words(term),
            "name": term.holder,
        }
        found.append(Duty(f"alternate-{term.pk}", _("Alternate"), words, term, fits))
    return found


def _obligations(process: Process, person: Any) -> Iterable[Obligation]:
    rows = Obligation.objects.filter(
        commitment__process=process, commitment__withdrawn_at=None, focal_point=person
    )
    return rows.select_related("commitment__process", "party", "body").order_by(
        "commitment__number", "pk"
    )


def _seat_words(term: Term) -> str:
    return f"{term.seat.body.name}, {term.seat.name}"


def left_behind(process: Process, person: User, reader: Any) -> list[Left]:
    """What nobody takes over: findings that wait for approval, and nominations without an answer.

    Only what the reader may read is named.
    """
    findings = Verification.objects.visible_to(reader).filter(
        obligation__commitment__process=process, author=person, approved_at=None
    )
    found = [
        Left(_("Finding that waits for approval"), str(one))
        for one in findings.select_related("obligation__commitment")
    ]
    nominations = Nomination.objects.visible_to(reader).filter(
        seat__body__process=process, state=Nomination.State.PROPOSED
    )
    for one in nominations.filter(Q(proposed_by=person) | Q(email=person.email)).select_related(
        "seat__body"
    ):
        found.append(Left(_("Nomination without an answer"), f"{one.name}, {one.seat}"))
    return found
