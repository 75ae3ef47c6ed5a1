"""Quorum and decisions: functions of a protocol, of who is there and of how they vote.

Nothing here reads the database: seats, attendance and votes are handed in, and every answer says
why. A seat counts when the person in it, its holder or the alternate, sits there by a term that
runs on the day of the process's calendar; advisers never count, and nobody counts twice.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

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
    """Whether a proposal is carried, and why; None while it cannot be said yet."""

    carried: bool | None
    reasons: tuple[str, ...] = field(default=())

    @property
    def words(self) -> str:
        return "; ".join(self.reasons)


def seats_counted(
    seats: Sequence[Seat], present: Mapping[int, int | None]
) -> tuple[list[Seat], list[str]]:
    """The voting seats that count as present, in their order, and why others do not.

    `seats` come with `current_terms` of the day; `present` gives for the id of each seat that is
    marked present the id of the person in it, None for its holder.
    """
    counted: list[Seat] = []
    reasons: list[str] = []
    sitting: dict[int, Seat] = {}
    for seat in sorted(seats, key=lambda one: one.number):
        if seat.pk not in present or seat.vote == Seat.Vote.ADVISING:
            continue
        term = next(iter(seat.current_terms), None)  # type: ignore[attr-defined]
        label = _("seat %(n)s") % {"n": seat.number}
        if term is None:
            reasons.append(_("%(seat)s is vacant and does not count") % {"seat": label})
            continue
        person = present[seat.pk] or term.holder_id
        if person not in (term.holder_id, term.alternate_id):
            reasons.append(
                _("%(seat)s does not count: who sits there neither holds it nor is the alternate")
                % {"seat": label}
            )
        elif person in sitting:
            reasons.append(
                _("%(seat)s does not count: the person in it counts in seat %(other)s already")
                % {"seat": label, "other": sitting[person].number}
            )
        else:
            sitting[person] = seat
            counted.append(seat)
    return counted, reasons


def quorum(
    protocol: Protocol | None,
    seats: Sequence[Seat],
    present: Mapping[int, int | None],
    counts_as: Mapping[str, str] | None = None,
) -> Quorum:
    """Count the voting seats present against the protocol: in all, by group, and the chair.

    `counts_as` maps a group of the composition to the part of the quorum in which it counts.
    """
    here, ignored = seats_counted(seats, present)
    voting = [seat for seat in seats if seat.vote != Seat.Vote.ADVISING]
    ids = frozenset(seat.pk for seat in here)
    parts = list(protocol.quorum_parts.all()) if protocol else []
    needed = _needed(protocol, len(voting))
    needs_chair = bool(protocol and protocol.quorum_needs_chair)
    counts = {"here": len(here), "all": len(voting), "needed": needed}
    if needed is None and not parts and not needs_chair:
        return Quorum(None, (_("%(here)s present") % counts, *ignored), ids)
    met = needed is None or len(here) >= needed
    reasons = [
        _("%(here)s of %(all)s present") % counts
        if needed is None
        else _("%(here)s of %(all)s present, %(needed)s needed") % counts
    ]
    for part in parts:
        count = len([seat for seat in here if _counts_in(seat, part.group, counts_as or {})])
        met = met and count >= part.minimum
        reasons.append(
            _("%(group)s: %(here)s, %(needed)s needed")
            % {"group": part.group, "here": count, "needed": part.minimum}
        )
    if needs_chair:
        chaired = any(seat.role in (Seat.Role.CHAIR, Seat.Role.CO_CHAIR) for seat in here)
        met = met and chaired
        reasons.append(_("the chair is present") if chaired else _("the chair is not present"))
    return Quorum(met, (*reasons, *ignored), ids)


def _needed(protocol: Protocol | None, voting: int) -> int | None:
    if protocol is None:
        return None
    return Share(protocol.quorum_share).of(voting) if protocol.quorum_share else protocol.quorum


def _counts_in(seat: Seat, group: str, counts_as: Mapping[str, str]) -> bool:
    return seat.group == group or counts_as.get(seat.group, "") == group


def decide(
    protocol: Protocol,
    seats: Sequence[Seat],
    present: Mapping[int, int | None],
    votes: Mapping[int, Vote],
    *,
    counts_as: Mapping[str, str] | None = None,
    proposed_at: datetime | None = None,
    now: datetime | None = None,
) -> Decision:
    """What a body decides by its rule; `votes` by the id of the seat.

    Without a quorum it decides nothing. The chair decides alone where the rule says so. A silence
    procedure needs no meeting: an objection from any voting seat that is held breaks it, and it
    carries when its clock, counted in elapsed hours from `proposed_at`, has run out.
    """
    if protocol.decision_rule == Protocol.DecisionRule.SILENCE:
        return _silence(protocol, seats, votes, proposed_at, now)
    reached = quorum(protocol, seats, present, counts_as)
    if reached.met is False:
        return Decision(False, (_("no quorum"), *reached.reasons))
    here = [seat for seat in seats if seat.pk in reached.counted]
    if protocol.decision_rule == Protocol.DecisionRule.CHAIR:
        return _chair(here, votes)
    if protocol.decision_rule == Protocol.DecisionRule.MAJORITY:
        return _majority(protocol, seats, here, votes)
    consensus = _consensus(here, votes)
    tries_majority = protocol.decision_rule == Protocol.DecisionRule.CONSENSUS_THEN_MAJORITY
    if consensus.carried or not tries_majority:
        return consensus
    majority = _majority(protocol, seats, here, votes)
    return Decision(majority.carried, (*consensus.reasons, *majority.reasons))


def _cast(here: Sequence[Seat], votes: Mapping[int, Vote]) -> Counter[Vote]:
    """The votes of those who count as present; who says nothing abstains."""
    return Counter(votes.get(seat.pk, Vote.ABSTAIN) for seat in here)


def _consensus(here: Sequence[Seat], votes: Mapping[int, Vote]) -> Decision:
    """Nobody present objects, and somebody is for it; an abstention does not stand in the way."""
    cast = _cast(here, votes)
    if cast[Vote.NO]:
        against = ngettext("%(n)s objects", "%(n)s object", cast[Vote.NO]) % {"n": cast[Vote.NO]}
        return Decision(False, (_("no consensus: %s") % against,))
    if not cast[Vote.YES]:
        return Decision(False, (_("no consensus: nobody is for it"),))
    return Decision(True, (_("consensus: nobody objects"),))


def _majority(
    protocol: Protocol, seats: Sequence[Seat], here: Sequence[Seat], votes: Mapping[int, Vote]
) -> Decision:
    """Enough of the whole that the rule names; where the others are even, a casting vote counts."""
    ordinary = [seat for seat in here if seat.vote == Seat.Vote.VOTING]
    cast = _cast(ordinary, votes)
    yes, no = cast[Vote.YES], cast[Vote.NO]
    whole = {
        Protocol.MajorityOf.VOTING: yes + no,
        Protocol.MajorityOf.PRESENT: len(ordinary),
        Protocol.MajorityOf.MEMBERS: len([s for s in seats if s.vote == Seat.Vote.VOTING]),
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
    if yes >= needed:
        return Decision(True, (said, wanted))
    if yes and yes == no:
        casting = _cast([seat for seat in here if seat.vote == Seat.Vote.CASTING], votes)
        if casting[Vote.YES] > casting[Vote.NO] and yes + 1 >= needed:
            return Decision(True, (said, wanted, _("even: the casting vote is for it")))
        if casting[Vote.NO] > casting[Vote.YES]:
            return Decision(False, (said, wanted, _("even: the casting vote is against it")))
    return Decision(False, (said, wanted))


def _chair(here: Sequence[Seat], votes: Mapping[int, Vote]) -> Decision:
    chairs = [seat for seat in here if seat.role == Seat.Role.CHAIR]
    if not chairs:
        return Decision(False, (_("the chair decides and is not present"),))
    word = votes.get(chairs[0].pk)
    if word in (None, Vote.ABSTAIN):
        return Decision(None, (_("the chair has not decided"),))
    carried = word == Vote.YES
    return Decision(
        carried, (_("the chair decides for it") if carried else _("the chair decides against it"),)
    )


def _silence(
    protocol: Protocol,
    seats: Sequence[Seat],
    votes: Mapping[int, Vote],
    proposed_at: datetime | None,
    now: datetime | None,
) -> Decision:
    entitled = {
        seat.pk
        for seat in seats
        if seat.vote != Seat.Vote.ADVISING and seat.current_terms  # type: ignore[attr-defined]
    }
    objections = [pk for pk, vote in votes.items() if vote == Vote.NO and pk in entitled]
    if objections:
        broken = ngettext("%(n)s objection", "%(n)s objections", len(objections))
        return Decision(False, (_("silence is broken: %s") % (broken % {"n": len(objections)}),))
    if proposed_at is None or now is None or protocol.silence_hours is None:
        return Decision(None, (_("the clock has not started"),))
    ends = proposed_at + timedelta(hours=protocol.silence_hours)
    hours = {"n": protocol.silence_hours}
    if now < ends:
        return Decision(None, (_("silence runs for %(n)s hours; nobody has objected") % hours,))
    return Decision(True, (_("nobody objected within %(n)s hours") % hours,))
