"""Quorum and decisions: functions of a protocol, of who is there and of how they vote.

Nothing here reads the database: seats, attendance and votes are handed in, and every answer says
why. A seat counts when the person in it, its holder or the alternate, sits there by a term that
runs on the day of the process's calendar; advisers never count, and nobody counts twice: who sits
in several seats counts in one that is their own before one in which they stand in for somebody.
A vacant seat still belongs to the whole that shares are counted of: a vacancy lowers no bar. Nor
does a seat that nobody entered: `mandated` is how many voting seats the mandate gives the body, the
sum of its composition, and where fewer are entered, shares are counted of that number. Groups of
the composition are therefore of members who vote; one of advisers belongs in its wording.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from .models import Protocol, Seat, Share


@dataclass(frozen=True)
class Quorum:
    """Whether enough voting seats are present, and why; None where no rule asks for any."""

    met: bool | None
    reasons: tuple[str, ...]
    counted: frozenset[int] = frozenset()

    @property
    def words(self) -> str:
        return "; ".join(self.reasons)


class Vote(models.TextChoices):
    YES = "yes", gettext_lazy("yes")
    NO = "no", gettext_lazy("no")
    ABSTAIN = "abstain", gettext_lazy("abstains")


@dataclass(frozen=True)
class Decision:
    """Whether a proposal is carried, and why; None while nothing is decided.

    So it is without a quorum, while a clock runs and before the chair has spoken: the proposal is
    not lost by that, and can be put again.
    """

    carried: bool | None
    reasons: tuple[str, ...] = field(default=())

    @property
    def words(self) -> str:
        return "; ".join(self.reasons)


def _sitting(
    seats: Sequence[Seat], present: Mapping[int, int | None]
) -> tuple[dict[int, tuple[int, bool]], dict[int, str]]:
    """By the id of the seat, the person who rightly sits there and whether as its holder; and why
    other seats that are marked present do not count.

    `seats` come with `current_terms` of the day; `present` gives for the id of each seat that is
    marked present the id of the person in it, None for its holder.
    """
    people: dict[int, tuple[int, bool]] = {}
    reasons: dict[int, str] = {}
    for seat in seats:
        if seat.pk not in present:
            continue
        term = next(iter(seat.current_terms), None)
        if term is None:
            reasons[seat.pk] = _("seat %(n)s is vacant and does not count") % {"n": seat.number}
            continue
        person = present[seat.pk] or term.holder_id
        if person in (term.holder_id, term.alternate_id):
            people[seat.pk] = (person, person == term.holder_id)
        else:
            reasons[seat.pk] = _(
                "seat %(n)s does not count: who sits there neither holds it nor is the alternate"
            ) % {"n": seat.number}
    return people, reasons


def seats_counted(
    seats: Sequence[Seat], present: Mapping[int, int | None]
) -> tuple[list[Seat], dict[int, str]]:
    """The voting seats that count as present, and by the id of the seat why others do not."""
    people, reasons = _sitting(seats, present)
    counted: dict[int, Seat] = {}
    # Their own seats first.
    for seat in sorted(
        (seat for seat in _voting(seats) if seat.pk in people),
        key=lambda seat: (not people[seat.pk][1], seat.number),
    ):
        person = people[seat.pk][0]
        if person in counted:
            reasons[seat.pk] = _(
                "seat %(n)s does not count: the person in it counts in seat %(other)s already"
            ) % {"n": seat.number, "other": counted[person].number}
        else:
            counted[person] = seat
    voting = sorted(_voting(seats), key=lambda seat: seat.number)
    here = {seat.pk for seat in counted.values()}
    return (
        [seat for seat in voting if seat.pk in here],
        {seat.pk: reasons[seat.pk] for seat in voting if seat.pk in reasons},
    )


def _voting(seats: Sequence[Seat]) -> list[Seat]:
    return [seat for seat in seats if seat.vote != Seat.Vote.ADVISING]


def _chairs(seats: Sequence[Seat]) -> list[Seat]:
    """The chair's seat, or those of the co-chairs where there is no chair; with a vote or not."""
    roles = (Seat.Role.CHAIR, Seat.Role.CO_CHAIR)
    return next(filter(None, ([s for s in seats if s.role == role] for role in roles)), [])


def quorum(
    protocol: Protocol | None,
    seats: Sequence[Seat],
    present: Mapping[int, int | None],
    counts_as: Mapping[str, str] | None = None,
    *,
    mandated: int = 0,
) -> Quorum:
    """Count the voting seats present against the protocol: in all, by group, and the chair.

    `counts_as` maps a group of the composition to the part of the quorum in which it counts; a
    group that has one counts there and nowhere else. Somebody is needed where a share is: of no
    seats at all there is no quorum. Whoever rightly sits in the chair, the alternate too, is the
    chair who must be present, one without a vote as well; one of several co-chairs is enough.
    """
    here, uncounted = seats_counted(seats, present)
    ignored = tuple(uncounted.values())
    voting = _voting(seats)
    ids = frozenset(seat.pk for seat in here)
    parts = list(protocol.quorum_parts.all()) if protocol else []
    shared = bool(protocol and protocol.quorum_share)
    whole = max(len(voting), mandated) if shared else len(voting)
    needed = _needed(protocol, whole)
    needs_chair = bool(protocol and protocol.quorum_needs_chair)
    counts = {"here": len(here), "all": whole, "needed": needed}
    if needed is None and not parts and not needs_chair:
        return Quorum(None, (_("%(here)s present") % counts, *ignored), ids)
    met = needed is None or len(here) >= needed
    reasons = [
        _("%(here)s of %(all)s present") % counts
        if needed is None
        else _("%(here)s of %(all)s present, %(needed)s needed") % counts
    ]
    reasons += _missing(len(voting), whole)
    for part in parts:
        count = len([seat for seat in here if _counts_in(seat, part.group, counts_as or {})])
        met = met and count >= part.minimum
        reasons.append(
            _("%(group)s: %(here)s, %(needed)s needed")
            % {"group": part.group, "here": count, "needed": part.minimum}
        )
    if needs_chair:
        presiding = [s for s in seats if s.role in (Seat.Role.CHAIR, Seat.Role.CO_CHAIR)]
        people, _others = _sitting(presiding, present)
        chaired = bool(people)
        met = met and chaired
        reasons.append(_("the chair is present") if chaired else _("the chair is not present"))
    return Quorum(met, (*reasons, *ignored), ids)


def _needed(protocol: Protocol | None, voting: int) -> int | None:
    if protocol is None:
        return None
    if protocol.quorum_share:
        return max(Share(protocol.quorum_share).of(voting), 1)
    return protocol.quorum


def _missing(entered: int, whole: int) -> list[str]:
    """That the whole is larger than what is entered, where it is."""
    words = {"entered": entered, "whole": whole}
    return [_("%(entered)s of %(whole)s seats are entered") % words] if entered < whole else []


def _counts_in(seat: Seat, group: str, counts_as: Mapping[str, str]) -> bool:
    return (counts_as.get(seat.group) or seat.group) == group


def decide(
    protocol: Protocol,
    seats: Sequence[Seat],
    present: Mapping[int, int | None],
    votes: Mapping[int, Vote],
    *,
    counts_as: Mapping[str, str] | None = None,
    proposed_at: datetime | None = None,
    now: datetime | None = None,
    mandated: int = 0,
) -> Decision:
    """What a body decides by its rule; `votes` by the id of the seat.

    Without a quorum it decides nothing. The chair decides alone where the rule says so, co-chairs
    together. A silence procedure needs no meeting: an objection from any voting seat that is held
    breaks it, and it carries when its clock, counted in elapsed hours from `proposed_at`, has run
    out; hand in only what was said in time. Votes that do not count are named, with the reason.
    """
    if not protocol.decision_rule:
        return Decision(None, (_("no decision rule is entered"),))
    if protocol.decision_rule == Protocol.DecisionRule.SILENCE:
        return _silence(protocol, seats, votes, proposed_at, now)
    reached = quorum(protocol, seats, present, counts_as, mandated=mandated)
    if reached.met is False:
        return Decision(None, (_("no quorum: nothing is decided"), *reached.reasons))
    if protocol.decision_rule == Protocol.DecisionRule.CHAIR:
        return _chair(seats, present, votes)
    here, uncounted = seats_counted(seats, present)
    majority = _majority(protocol, seats, here, votes, mandated)
    ignored = _ignored(seats, {seat.pk for seat in here}, uncounted, votes)
    if protocol.decision_rule == Protocol.DecisionRule.MAJORITY:
        return Decision(majority.carried, (*majority.reasons, *ignored))
    people, _others = _sitting(_voting(seats), present)
    consensus = _consensus({pk: person for pk, (person, _own) in people.items()}, votes)
    if consensus.carried or protocol.decision_rule == Protocol.DecisionRule.CONSENSUS:
        heard = _ignored(seats, set(people), uncounted, votes)
        return Decision(consensus.carried, (*consensus.reasons, *heard))
    return Decision(majority.carried, (*consensus.reasons, *majority.reasons, *ignored))


def _ignored(
    seats: Sequence[Seat], heard: set[int], uncounted: Mapping[int, str], votes: Mapping[int, Vote]
) -> list[str]:
    """Why votes that were handed in do not count."""
    reasons = []
    for seat in sorted(seats, key=lambda seat: seat.number):
        if seat.pk not in votes or seat.pk in heard:
            continue
        if seat.vote == Seat.Vote.ADVISING:
            reasons.append(_("seat %(n)s advises and has no vote") % {"n": seat.number})
        elif seat.pk in uncounted:
            reasons.append(uncounted[seat.pk])
        else:
            reasons.append(_("seat %(n)s is not present and has no vote") % {"n": seat.number})
    return reasons


def _cast(here: Sequence[Seat], votes: Mapping[int, Vote]) -> Counter[Vote]:
    """The votes of those who count as present; who says nothing abstains."""
    return Counter(votes.get(seat.pk, Vote.ABSTAIN) for seat in here)


def _consensus(people: Mapping[int, int], votes: Mapping[int, Vote]) -> Decision:
    """Nobody present objects, and somebody is for it; an abstention does not stand in the way.

    `people` by the id of the voting seat: an objection is heard in whichever seat one makes it.
    """
    against = len({person for pk, person in people.items() if votes.get(pk) == Vote.NO})
    if against:
        words = ngettext("%(n)s objects", "%(n)s object", against) % {"n": against}
        return Decision(False, (_("no consensus: %s") % words,))
    if not any(votes.get(pk) == Vote.YES for pk in people):
        return Decision(False, (_("no consensus: nobody is for it"),))
    return Decision(True, (_("consensus: nobody objects"),))


def _majority(
    protocol: Protocol,
    seats: Sequence[Seat],
    here: Sequence[Seat],
    votes: Mapping[int, Vote],
    mandated: int,
) -> Decision:
    """Enough of the whole that the rule names; where the others are even, a casting vote counts.

    It is then one vote more, for or against and of the whole: it decides an even vote where more
    than half is needed, and does not make two thirds of one. With nobody for it nothing is even.
    Seats that are not entered are without a casting vote.
    """
    ordinary = [seat for seat in here if seat.vote == Seat.Vote.VOTING]
    cast = _cast(ordinary, votes)
    yes, no = cast[Vote.YES], cast[Vote.NO]
    members = len([seat for seat in seats if seat.vote == Seat.Vote.VOTING])
    unentered = max(mandated - len(_voting(seats)), 0)
    whole = {
        Protocol.MajorityOf.VOTING: yes + no,
        Protocol.MajorityOf.PRESENT: len(ordinary),
        Protocol.MajorityOf.MEMBERS: members + unentered,
    }[Protocol.MajorityOf(protocol.majority_of)]
    share = Share(protocol.majority)
    needed = max(share.of(whole), 1)
    said = _("%(yes)s for, %(no)s against, %(others)s abstain") % {
        "yes": yes,
        "no": no,
        "others": cast[Vote.ABSTAIN],
    }
    wanted = _("%(needed)s needed: %(share)s of %(of)s (%(whole)s)") % {
        "needed": needed,
        "share": share.label,
        "of": Protocol.MajorityOf(protocol.majority_of).label,
        "whole": whole,
    }
    counted = (said, wanted, *_missing(members, whole))
    if yes >= needed:
        return Decision(True, counted)
    if yes and yes == no:
        casting = _cast([seat for seat in here if seat.vote == Seat.Vote.CASTING], votes)
        given = casting[Vote.YES] + casting[Vote.NO]
        if yes + casting[Vote.YES] >= share.of(whole + given) and casting[Vote.YES]:
            return Decision(True, (*counted, _("even: the casting vote is for it")))
        if casting[Vote.NO] > casting[Vote.YES]:
            return Decision(False, (*counted, _("even: the casting vote is against it")))
    return Decision(False, counted)


def _chair(
    seats: Sequence[Seat], present: Mapping[int, int | None], votes: Mapping[int, Vote]
) -> Decision:
    chairs = _chairs(seats)
    people, _others = _sitting(chairs, present)
    n = max(len(chairs), 1)
    if not chairs or len(people) < n:
        words = ngettext(
            "the chair decides and is not present",
            "the co-chairs decide and are not all present",
            n,
        )
        return Decision(None, (words,))
    said = [votes.get(chair.pk, Vote.ABSTAIN) for chair in chairs]
    if Vote.NO in said:
        words = ngettext("the chair decides against it", "the co-chairs do not both agree", n)
        return Decision(False, (words,))
    if Vote.ABSTAIN in said:
        words = ngettext("the chair has not decided", "the co-chairs have not decided", n)
        return Decision(None, (words,))
    return Decision(True, (ngettext("the chair decides for it", "the co-chairs agree", n),))


def _silence(
    protocol: Protocol,
    seats: Sequence[Seat],
    votes: Mapping[int, Vote],
    proposed_at: datetime | None,
    now: datetime | None,
) -> Decision:
    held = [seat for seat in seats if seat.current_terms]
    entitled = {seat.pk for seat in _voting(held)}
    vacant = {
        seat.pk: _("seat %(n)s is vacant and does not count") % {"n": seat.number}
        for seat in seats
        if seat not in held
    }
    ignored = _ignored(seats, entitled, vacant, votes)
    objections = [pk for pk in entitled if votes.get(pk) == Vote.NO]
    if objections:
        broken = ngettext("%(n)s objection", "%(n)s objections", len(objections))
        words = _("silence is broken: %s") % (broken % {"n": len(objections)})
        return Decision(False, (words, *ignored))
    if not entitled:
        # The silence of nobody is no consent.
        return Decision(None, (_("nobody holds a voting seat"), *ignored))
    if proposed_at is None or now is None or protocol.silence_hours is None:
        return Decision(None, (_("the clock has not started"), *ignored))
    # In UTC: on a clock on the wall, an hour is missing or comes twice when summer time changes.
    ends = proposed_at.astimezone(UTC) + timedelta(hours=protocol.silence_hours)
    hours = {"n": protocol.silence_hours}
    if now.astimezone(UTC) < ends:
        running = _("silence runs for %(n)s hours; nobody has objected") % hours
        return Decision(None, (running, *ignored))
    return Decision(True, (_("nobody objected within %(n)s hours") % hours, *ignored))
