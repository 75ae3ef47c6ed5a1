"""Quorum and decisions, against tables worked out by hand.

In the tables each word is a seat, numbered from 1. Its first letter says who is in it:

    h   its holder                          x   somebody who neither holds it nor is the alternate
    n   marked present, nobody named        v   marked present, though it is vacant
    a   its alternate                       e   vacant, and nobody is there
    -   nobody, though it is held

Then: `^` chair, `+` co-chair, `~` adviser, `*` casting vote, `=2` the person in it is the one who
holds seat 2, `@east` its group. Votes are `y`, `n`, `a` (abstains) and `.` (says nothing), a letter
a seat.
"""

# ruff: noqa: E501  (a case of a table stays on a line)

import datetime as dt
import re
from zoneinfo import ZoneInfo

import pytest
import time_machine

from coordination.bodies.decisions import Decision, Vote, decide, quorum
from coordination.bodies.models import Protocol, Seat, Share, Term
from tests.factories import (
    BodyFactory,
    CompositionPartFactory,
    ProtocolFactory,
    QuorumPartFactory,
    SeatFactory,
    TermFactory,
)

pytestmark = pytest.mark.django_db

Rule = Protocol.DecisionRule
Of = Protocol.MajorityOf
SEAT = re.compile(r"(\w|-)([~*^+]*)(?:=(\d+))?(?:@(\w+))?")
ROLE = {"^": Seat.Role.CHAIR, "+": Seat.Role.CO_CHAIR}
WEIGHT = {"~": Seat.Vote.ADVISING, "*": Seat.Vote.CASTING}
WORD = {"y": Vote.YES, "n": Vote.NO, "a": Vote.ABSTAIN}


def bench(words: str) -> tuple[list[Seat], dict[int, int | None]]:
    """The seats that the words stand for, and who is in them."""
    seats, present = [], {}
    for n, word in enumerate(words.split(), start=1):
        who, marks, same, group = re.fullmatch(
            r"(\w|-)([~*^+]*)(?:=(\d+))?(?:@(\w+))?", word
        ).groups()
        role = next((ROLE[m] for m in marks if m in ROLE), Seat.Role.MEMBER)
        vote = next((WEIGHT[m] for m in marks if m in WEIGHT), Seat.Vote.VOTING)
        seat = Seat(pk=100 + n, number=n, role=role, vote=vote, group=group or "")
        holder, alternate = n * 10, n * 10 + 1
        if same:
            holder, alternate = (
                (int(same) * 10, alternate) if who in "hn" else (holder, int(same) * 10)
            )
        seat.current_terms = [] if who in "ve" else [Term(holder_id=holder, alternate_id=alternate)]
        if who not in "-e":
            present[seat.pk] = {"h": holder, "a": alternate, "x": 9999}.get(who)
        seats.append(seat)
    return seats, present


def ballots(letters: str) -> dict[int, Vote]:
    return {101 + n: WORD[letter] for n, letter in enumerate(letters) if letter in WORD}


@pytest.mark.parametrize(
    ("rule", "seats", "met", "words"),
    [
        # no rule, and a number
        ({}, "h h -", None, "2 present"),
        ({"quorum": 2}, "h - -", False, "1 of 3 present, 2 needed"),
        ({"quorum": 2}, "h h -", True, "2 of 3 present, 2 needed"),
        ({"quorum": 2}, "n n -", True, "2 of 3 present, 2 needed"),
        ({"quorum": 1}, "", False, "0 of 0 present, 1 needed"),
        # alternates, strangers, vacant seats
        ({"quorum": 2}, "h a -", True, "2 of 3 present, 2 needed"),
        ({"quorum": 2}, "a a -", True, "2 of 3 present, 2 needed"),
        ({"quorum": 2}, "h x -", False, "1 of 3 present, 2 needed; seat 2 does not count: who sits "
         "there neither holds it nor is the alternate"),
        ({"quorum": 2}, "h v", False, "1 of 2 present, 2 needed; seat 2 is vacant and does not count"),
        ({}, "h v", None, "1 present; seat 2 is vacant and does not count"),
        # one person in several seats
        ({"quorum": 2}, "h h=1", False, "1 of 2 present, 2 needed; seat 2 does not count: the person "
         "in it counts in seat 1 already"),
        ({"quorum": 3}, "h a=1 h", False, "2 of 3 present, 3 needed; seat 2 does not count: the "
         "person in it counts in seat 1 already"),
        ({"quorum": 2}, "a=2 h", False, "1 of 2 present, 2 needed; seat 1 does not count: the person "
         "in it counts in seat 2 already"),
        ({"quorum": 2}, "h~ h=1 h", True, "2 of 2 present, 2 needed"),
        ({"quorum": 2}, "x h=1", False, "1 of 2 present, 2 needed; seat 1 does not count: who sits "
         "there neither holds it nor is the alternate"),
        # advisers, casting votes
        ({"quorum": 2}, "h h~ h~", False, "1 of 1 present, 2 needed"),
        ({"quorum": 2}, "h* h h~", True, "2 of 2 present, 2 needed"),
        ({"quorum": 1}, "v~ h", True, "1 of 1 present, 1 needed"),
        # shares: of all voting seats, the vacant ones too
        ({"quorum_share": Share.HALF}, "h h - -", True, "2 of 4 present, 2 needed"),
        ({"quorum_share": Share.MORE_THAN_HALF}, "h h - -", False, "2 of 4 present, 3 needed"),
        ({"quorum_share": Share.HALF}, "h h h - - - -", False, "3 of 7 present, 4 needed"),
        ({"quorum_share": Share.MORE_THAN_HALF}, "h h h h - - -", True, "4 of 7 present, 4 needed"),
        ({"quorum_share": Share.MORE_THAN_HALF}, "h h e e", False, "2 of 4 present, 3 needed"),
        ({"quorum_share": Share.TWO_THIRDS}, "h h h h - - -", False, "4 of 7 present, 5 needed"),
        ({"quorum_share": Share.TWO_THIRDS}, "h h h h - -", True, "4 of 6 present, 4 needed"),
        ({"quorum_share": Share.TWO_THIRDS}, "h h - h~ h~", True, "2 of 3 present, 2 needed"),
        ({"quorum_share": Share.THREE_FIFTHS}, "h h h - -", True, "3 of 5 present, 3 needed"),
        ({"quorum_share": Share.THREE_FIFTHS}, "h h h - - -", False, "3 of 6 present, 4 needed"),
        ({"quorum_share": Share.THREE_QUARTERS}, "h h h -", True, "3 of 4 present, 3 needed"),
        ({"quorum_share": Share.FOUR_FIFTHS}, "h h h h - -", False, "4 of 6 present, 5 needed"),
        ({"quorum_share": Share.ALL}, "h h e", False, "2 of 3 present, 3 needed"),
        ({"quorum_share": Share.ALL}, "h h a", True, "3 of 3 present, 3 needed"),
        ({"quorum_share": Share.HALF}, "", False, "0 of 0 present, 1 needed"),
        ({"quorum_share": Share.ALL}, "h~", False, "0 of 0 present, 1 needed"),
        # the chair
        ({"quorum_needs_chair": True}, "h^ -", True, "1 of 2 present; the chair is present"),
        ({"quorum_needs_chair": True}, "-^ h", False, "1 of 2 present; the chair is not present"),
        ({"quorum_needs_chair": True}, "a^ h", True, "2 of 2 present; the chair is present"),
        ({"quorum_needs_chair": True}, "x^ h", False, "1 of 2 present; the chair is not present; seat "
         "1 does not count: who sits there neither holds it nor is the alternate"),
        ({"quorum_needs_chair": True}, "h+ -+ h", True, "2 of 3 present; the chair is present"),
        ({"quorum_needs_chair": True}, "h h", False, "2 of 2 present; the chair is not present"),
        ({"quorum_needs_chair": True}, "h^~ h", True, "1 of 1 present; the chair is present"),
        ({"quorum": 1, "quorum_needs_chair": True}, "h h^=1", True, "1 of 2 present, 1 needed; the "
         "chair is present; seat 2 does not count: the person in it counts in seat 1 already"),
        ({"quorum": 3, "quorum_needs_chair": True}, "h^ h -", False, "2 of 3 present, 3 needed; the "
         "chair is present"),
    ],
)  # fmt: skip
def test_a_quorum_is_met_or_not_and_says_why(
    rule: dict, seats: str, met: bool | None, words: str
) -> None:
    found = quorum(ProtocolFactory(**rule), *bench(seats))
    assert (found.met, found.words) == (met, words)


@pytest.mark.parametrize(
    ("rule", "seats", "mandated", "met", "words"),
    [
        ({"quorum_share": Share.TWO_THIRDS}, "h h h", 43, False,
         "3 of 43 present, 29 needed; 3 of 43 seats are entered"),
        ({"quorum_share": Share.TWO_THIRDS}, "h h -", 3, True, "2 of 3 present, 2 needed"),
        ({"quorum_share": Share.HALF}, "h h - - -", 3, False, "2 of 5 present, 3 needed"),
        ({"quorum_share": Share.HALF}, "h h h~ h~", 4, True,
         "2 of 4 present, 2 needed; 2 of 4 seats are entered"),
        ({"quorum_share": Share.HALF}, "", 4, False, "0 of 4 present, 2 needed; 0 of 4 seats are entered"),
        ({"quorum_share": Share.HALF, "quorum_needs_chair": True}, "h^ v", 3, False,
         "1 of 3 present, 2 needed; 2 of 3 seats are entered; the chair is present; seat 2 is vacant and "
         "does not count"),
        # a number is of no whole
        ({"quorum": 2}, "h h -", 43, True, "2 of 3 present, 2 needed"),
        ({}, "h h -", 43, None, "2 present"),
    ],
)  # fmt: skip
def test_a_share_is_of_the_seats_that_the_mandate_names_where_fewer_are_entered(
    rule: dict, seats: str, mandated: int, met: bool | None, words: str
) -> None:
    found = quorum(ProtocolFactory(**rule), *bench(seats), mandated=mandated)
    assert (found.met, found.words) == (met, words)


@pytest.mark.parametrize(
    ("rule", "seats", "votes", "mandated", "carried", "words"),
    [
        ({"majority_of": Of.MEMBERS}, "h h h", "yyy", 7, False,
         "3 for, 0 against, 0 abstain; 4 needed: more than half of all voting members (7); 3 of 7 seats "
         "are entered"),
        ({"majority_of": Of.MEMBERS}, "h h h h", "yyyy", 7, True,
         "4 for, 0 against, 0 abstain; 4 needed: more than half of all voting members (7); 4 of 7 seats "
         "are entered"),
        ({"majority_of": Of.MEMBERS}, "h h h*", "yny", 5, False,
         "1 for, 1 against, 0 abstain; 3 needed: more than half of all voting members (4); 2 of 4 seats "
         "are entered"),
        ({"majority_of": Of.PRESENT}, "h h -", "yy", 7, True,
         "2 for, 0 against, 0 abstain; 2 needed: more than half of the voting members present (2)"),
        ({"majority_of": Of.VOTING}, "h h -", "ya", 7, True,
         "1 for, 0 against, 1 abstain; 1 needed: more than half of those present and voting (1)"),
        ({"quorum_share": Share.HALF}, "h h", "yy", 7, None,
         "no quorum: nothing is decided; 2 of 7 present, 4 needed; 2 of 7 seats are entered"),
    ],
)  # fmt: skip
def test_a_majority_of_the_members_is_of_those_that_the_mandate_names(
    rule: dict, seats: str, votes: str, mandated: int, carried: bool | None, words: str
) -> None:
    protocol = ProtocolFactory(decision_rule=Rule.MAJORITY, **rule)
    found = decide(protocol, *bench(seats), ballots(votes), mandated=mandated)
    assert (found.carried, found.words) == (carried, words)


def test_a_body_without_a_protocol_has_no_quorum_to_meet() -> None:
    found = quorum(None, *bench("h a -"))
    assert (found.met, found.words, found.counted) == (None, "2 present", {101, 102})


PARTS = {"parties": 10, "stakeholders": 13, "guarantors": 13, "partners": 7}
COUNTS_AS = {
    "parties": "national", "stakeholders": "national", "guarantors": "others", "partners": "others"
}  # fmt: skip


@pytest.mark.parametrize(
    ("parties", "stakeholders", "guarantors", "partners", "met", "words"),
    [
        (10, 5, 13, 1, True, "29 of 43 present, 29 needed; national: 15, 15 needed; others: 14, 14 needed"),
        (2, 13, 7, 7, True, "29 of 43 present, 29 needed; national: 15, 15 needed; others: 14, 14 needed"),
        (10, 13, 13, 7, True, "43 of 43 present, 29 needed; national: 23, 15 needed; others: 20, 14 needed"),
        (10, 6, 13, 0, False, "29 of 43 present, 29 needed; national: 16, 15 needed; others: 13, 14 needed"),
        (10, 4, 13, 2, False, "29 of 43 present, 29 needed; national: 14, 15 needed; others: 15, 14 needed"),
        (10, 4, 13, 7, False, "34 of 43 present, 29 needed; national: 14, 15 needed; others: 20, 14 needed"),
        (10, 5, 13, 0, False, "28 of 43 present, 29 needed; national: 15, 15 needed; others: 13, 14 needed"),
        (0, 0, 0, 0, False, "0 of 43 present, 29 needed; national: 0, 15 needed; others: 0, 14 needed"),
    ],
)  # fmt: skip
def test_twenty_nine_of_forty_three_are_fifteen_national_and_fourteen_others(
    parties: int, stakeholders: int, guarantors: int, partners: int, met: bool, words: str
) -> None:
    protocol = ProtocolFactory(quorum=29)
    QuorumPartFactory(protocol=protocol, group="national", minimum=15)
    QuorumPartFactory(protocol=protocol, group="others", minimum=14)
    here = dict(zip(PARTS, (parties, stakeholders, guarantors, partners), strict=True))
    words_of_seats = [
        f"{'h' if n < here[group] else '-'}@{group}"
        for group, size in PARTS.items()
        for n in range(size)
    ]
    found = quorum(protocol, *bench(" ".join(words_of_seats)), COUNTS_AS)
    assert (found.met, found.words) == (met, words)


@pytest.mark.parametrize(
    ("seats", "counts_as", "met", "words"),
    [
        ("h@a h@b", {}, True, "2 of 2 present; a: 1, 1 needed; b: 1, 1 needed"),
        ("h@a a@b", {"a": "", "b": ""}, True, "2 of 2 present; a: 1, 1 needed; b: 1, 1 needed"),
        ("h@a h", {}, False, "2 of 2 present; a: 1, 1 needed; b: 0, 1 needed"),
        ("h@a h~@b", {}, False, "1 of 1 present; a: 1, 1 needed; b: 0, 1 needed"),
        ("h@a h@c", {"c": "b"}, True, "2 of 2 present; a: 1, 1 needed; b: 1, 1 needed"),
        # a group that counts as another does not count as itself too
        ("h@a -@b", {"a": "b"}, False, "1 of 2 present; a: 0, 1 needed; b: 1, 1 needed"),
        # one person does not make up two groups
        ("h@a h=1@b", {}, False, "1 of 2 present; a: 1, 1 needed; b: 0, 1 needed; seat 2 does not "
         "count: the person in it counts in seat 1 already"),
    ],
)  # fmt: skip
def test_each_seat_counts_in_one_part_of_the_quorum(
    seats: str, counts_as: dict[str, str], met: bool, words: str
) -> None:
    protocol = ProtocolFactory()
    QuorumPartFactory(protocol=protocol, group="a")
    QuorumPartFactory(protocol=protocol, group="b")
    found = quorum(protocol, *bench(seats), counts_as)
    assert (found.met, found.words) == (met, words)


HALF_OF_VOTING = "more than half of those present and voting"


@pytest.mark.parametrize(
    ("rule", "seats", "votes", "carried", "words"),
    [
        # of those present and voting: abstentions count for nothing
        ({}, "h h h", "yyn", True, f"2 for, 1 against, 0 abstain; 2 needed: {HALF_OF_VOTING} (3)"),
        ({}, "h h h h", "yynn", False, f"2 for, 2 against, 0 abstain; 3 needed: {HALF_OF_VOTING} (4)"),
        ({}, "h h h", "y..", True, f"1 for, 0 against, 2 abstain; 1 needed: {HALF_OF_VOTING} (1)"),
        ({}, "h h h", "yaa", True, f"1 for, 0 against, 2 abstain; 1 needed: {HALF_OF_VOTING} (1)"),
        ({}, "h h h", "aaa", False, f"0 for, 0 against, 3 abstain; 1 needed: {HALF_OF_VOTING} (0)"),
        ({}, "h h h", "", False, f"0 for, 0 against, 3 abstain; 1 needed: {HALF_OF_VOTING} (0)"),
        ({}, "", "", False, f"0 for, 0 against, 0 abstain; 1 needed: {HALF_OF_VOTING} (0)"),
        ({}, "a h -", "yn.", False, f"1 for, 1 against, 0 abstain; 2 needed: {HALF_OF_VOTING} (2)"),
        # votes that do not count
        ({}, "h h -", "yyn", True, f"2 for, 0 against, 0 abstain; 2 needed: {HALF_OF_VOTING} (2); seat 3 "
         "is not present and has no vote"),
        ({}, "h h~", "ny", False, f"0 for, 1 against, 0 abstain; 1 needed: {HALF_OF_VOTING} (1); seat 2 "
         "advises and has no vote"),
        ({}, "h h=1 h", "yyn", False, f"1 for, 1 against, 0 abstain; 2 needed: {HALF_OF_VOTING} (2); seat "
         "2 does not count: the person in it counts in seat 1 already"),
        ({}, "h v", "ny", False, f"0 for, 1 against, 0 abstain; 1 needed: {HALF_OF_VOTING} (1); seat 2 is "
         "vacant and does not count"),
        # of the voting members present: who abstains is as good as against
        ({"majority_of": Of.PRESENT}, "h h h h -", "yyna.", False,
         "2 for, 1 against, 1 abstain; 3 needed: more than half of the voting members present (4)"),
        ({"majority_of": Of.PRESENT}, "h h h - -", "yya..", True,
         "2 for, 0 against, 1 abstain; 2 needed: more than half of the voting members present (3)"),
        # of all voting members: so is who is not there, and a vacant seat
        ({"majority_of": Of.MEMBERS}, "h h - e h~", "yy", False,
         "2 for, 0 against, 0 abstain; 3 needed: more than half of all voting members (4)"),
        ({"majority_of": Of.MEMBERS}, "h h h e h~", "yyy", True,
         "3 for, 0 against, 0 abstain; 3 needed: more than half of all voting members (4)"),
        # qualified: two thirds of 7 are 5, three fifths 5, three quarters 6, four fifths 6
        ({"majority": Share.TWO_THIRDS}, "h h h h h h h", "yyyynnn", False,
         "4 for, 3 against, 0 abstain; 5 needed: two thirds of those present and voting (7)"),
        ({"majority": Share.TWO_THIRDS}, "h h h h h h h", "yyyyynn", True,
         "5 for, 2 against, 0 abstain; 5 needed: two thirds of those present and voting (7)"),
        ({"majority": Share.TWO_THIRDS}, "h h h h h h h", "yyyynna", True,
         "4 for, 2 against, 1 abstain; 4 needed: two thirds of those present and voting (6)"),
        ({"majority": Share.TWO_THIRDS, "majority_of": Of.PRESENT}, "h h h h h h h", "yyyynna", False,
         "4 for, 2 against, 1 abstain; 5 needed: two thirds of the voting members present (7)"),
        ({"majority": Share.TWO_THIRDS, "majority_of": Of.MEMBERS}, "h h h h - - -", "yyyy", False,
         "4 for, 0 against, 0 abstain; 5 needed: two thirds of all voting members (7)"),
        ({"majority": Share.THREE_FIFTHS, "majority_of": Of.MEMBERS}, "h h h h h - -", "yyyyy", True,
         "5 for, 0 against, 0 abstain; 5 needed: three fifths of all voting members (7)"),
        ({"majority": Share.THREE_QUARTERS}, "h h h h", "yyyn", True,
         "3 for, 1 against, 0 abstain; 3 needed: three quarters of those present and voting (4)"),
        ({"majority": Share.THREE_QUARTERS}, "h h h h h h h", "yyyyynn", False,
         "5 for, 2 against, 0 abstain; 6 needed: three quarters of those present and voting (7)"),
        ({"majority": Share.FOUR_FIFTHS}, "h h h h h", "yyyyn", True,
         "4 for, 1 against, 0 abstain; 4 needed: four fifths of those present and voting (5)"),
        ({"majority": Share.ALL}, "h h h", "yya", True,
         "2 for, 0 against, 1 abstain; 2 needed: all of those present and voting (2)"),
        ({"majority": Share.ALL, "majority_of": Of.PRESENT}, "h h h", "yya", False,
         "2 for, 0 against, 1 abstain; 3 needed: all of the voting members present (3)"),
        # the casting vote: only where the others are even, and then one more
        ({}, "h h h*", "yny", True, f"1 for, 1 against, 0 abstain; 2 needed: {HALF_OF_VOTING} (2); "
         "even: the casting vote is for it"),
        ({}, "h h h*", "ynn", False, f"1 for, 1 against, 0 abstain; 2 needed: {HALF_OF_VOTING} (2); "
         "even: the casting vote is against it"),
        ({}, "h h h*", "yna", False, f"1 for, 1 against, 0 abstain; 2 needed: {HALF_OF_VOTING} (2)"),
        ({}, "h h h*", "nny", False, f"0 for, 2 against, 0 abstain; 2 needed: {HALF_OF_VOTING} (2)"),
        ({}, "h h h*", "yyn", True, f"2 for, 0 against, 0 abstain; 2 needed: {HALF_OF_VOTING} (2)"),
        ({}, "h h h*", "aay", False, f"0 for, 0 against, 2 abstain; 1 needed: {HALF_OF_VOTING} (0)"),
        ({}, "h h -*", "yny", False, f"1 for, 1 against, 0 abstain; 2 needed: {HALF_OF_VOTING} (2); "
         "seat 3 is not present and has no vote"),
        ({"majority_of": Of.PRESENT}, "h h h h*", "ynay", False,
         "1 for, 1 against, 1 abstain; 2 needed: more than half of the voting members present (3)"),
        ({"majority_of": Of.MEMBERS}, "h h h h h h h*", "yyynnny", True,
         "3 for, 3 against, 0 abstain; 4 needed: more than half of all voting members (6); even: the "
         "casting vote is for it"),
        ({"majority": Share.TWO_THIRDS}, "h h h h h h h*", "yyynnny", False,
         "3 for, 3 against, 0 abstain; 4 needed: two thirds of those present and voting (6)"),
    ],
)  # fmt: skip
def test_a_majority_is_reached_or_not_and_says_why(
    rule: dict, seats: str, votes: str, carried: bool, words: str
) -> None:
    protocol = ProtocolFactory(decision_rule=Rule.MAJORITY, **rule)
    found = decide(protocol, *bench(seats), ballots(votes))
    assert (found.carried, found.words) == (carried, words)


THEN = Rule.CONSENSUS_THEN_MAJORITY


@pytest.mark.parametrize(
    ("rule", "seats", "votes", "carried", "words"),
    [
        (Rule.CONSENSUS, "h h h", "yyy", True, "consensus: nobody objects"),
        (Rule.CONSENSUS, "h h h", "ya.", True, "consensus: nobody objects"),
        (Rule.CONSENSUS, "h h h", "yyn", False, "no consensus: 1 objects"),
        (Rule.CONSENSUS, "h h a", "ynn", False, "no consensus: 2 object"),
        (Rule.CONSENSUS, "h h h", "aaa", False, "no consensus: nobody is for it"),
        (Rule.CONSENSUS, "h h h", "", False, "no consensus: nobody is for it"),
        (Rule.CONSENSUS, "", "", False, "no consensus: nobody is for it"),
        (Rule.CONSENSUS, "h h h*", "yyn", False, "no consensus: 1 objects"),
        (Rule.CONSENSUS, "h h h~", "yyn", True, "consensus: nobody objects; seat 3 advises and has no vote"),
        (Rule.CONSENSUS, "h h -", "yyn", True, "consensus: nobody objects; seat 3 is not present and has no vote"),
        (Rule.CONSENSUS, "h h x", "yyn", True, "consensus: nobody objects; seat 3 does not count: who sits there "
         "neither holds it nor is the alternate"),
        # an objection counts in whichever of their seats somebody makes it, and once
        (Rule.CONSENSUS, "h h h=1", "yyn", False, "no consensus: 1 objects"),
        (Rule.CONSENSUS, "h h h=1", "nyn", False, "no consensus: 1 objects"),
        (THEN, "h h h", "yya", True, "consensus: nobody objects"),
        (THEN, "h h h", "yyn", True, "no consensus: 1 objects; 2 for, 1 against, 0 abstain; 2 needed: "
         f"{HALF_OF_VOTING} (3)"),
        (THEN, "h h h h", "yynn", False, "no consensus: 2 object; 2 for, 2 against, 0 abstain; 3 needed: "
         f"{HALF_OF_VOTING} (4)"),
        (THEN, "h h", "aa", False, "no consensus: nobody is for it; 0 for, 0 against, 2 abstain; 1 needed: "
         f"{HALF_OF_VOTING} (0)"),
        (Rule.CHAIR, "h^ h h", "ynn", True, "the chair decides for it"),
        (Rule.CHAIR, "h^ h h", "nyy", False, "the chair decides against it"),
        (Rule.CHAIR, "h^ h h", ".yy", None, "the chair has not decided"),
        (Rule.CHAIR, "h^ h h", "ayy", None, "the chair has not decided"),
        (Rule.CHAIR, "a^ h", "y.", True, "the chair decides for it"),
        (Rule.CHAIR, "h^~ h", "y.", True, "the chair decides for it"),
        (Rule.CHAIR, "-^ h h", "yyy", None, "the chair decides and is not present"),
        (Rule.CHAIR, "v^ h h", "yyy", None, "the chair decides and is not present"),
        (Rule.CHAIR, "h h h", "yyy", None, "the chair decides and is not present"),
        (Rule.CHAIR, "-^ h+ h", "yyy", None, "the chair decides and is not present"),
        (Rule.CHAIR, "h h^=1", "ny", True, "the chair decides for it"),
        (Rule.CHAIR, "h+ h+ h", "yyn", True, "the co-chairs agree"),
        (Rule.CHAIR, "h+ h+ h", "yny", False, "the co-chairs do not both agree"),
        (Rule.CHAIR, "h+ h+ h", "y.y", None, "the co-chairs have not decided"),
        (Rule.CHAIR, "h+ -+ h", "yyy", None, "the co-chairs decide and are not all present"),
    ],
)  # fmt: skip
def test_a_body_decides_by_consensus_by_its_chair_or_by_a_majority_after_all(
    rule: str, seats: str, votes: str, carried: bool | None, words: str
) -> None:
    found = decide(ProtocolFactory(decision_rule=rule), *bench(seats), ballots(votes))
    assert (found.carried, found.words) == (carried, words)


@pytest.mark.parametrize(
    "rule", [Rule.CONSENSUS, Rule.CONSENSUS_THEN_MAJORITY, Rule.MAJORITY, Rule.CHAIR]
)
def test_without_its_quorum_a_body_neither_carries_nor_rejects(rule: str) -> None:
    protocol = ProtocolFactory(decision_rule=rule, quorum=2)
    said = ("no quorum: nothing is decided", "1 of 3 present, 2 needed")
    assert decide(protocol, *bench("h^ - -"), ballots("y..")) == Decision(None, said)
    assert decide(protocol, *bench("h^ - -"), ballots("n..")) == Decision(None, said)
    assert decide(protocol, *bench("h^ h -"), ballots("yy.")).carried is True


NOON = dt.datetime(2026, 2, 10, 12, tzinfo=dt.UTC)
SARAJEVO = ZoneInfo("Europe/Sarajevo")


def after(**time: int) -> dt.datetime:
    return NOON + dt.timedelta(**time)


@pytest.mark.parametrize(
    ("seats", "votes", "now", "carried", "words"),
    [
        ("h h", "", after(hours=0), None, "silence runs for 48 hours; nobody has objected"),
        ("h h", "", after(hours=48, seconds=-1), None, "silence runs for 48 hours; nobody has objected"),
        ("h h", "", after(hours=48), True, "nobody objected within 48 hours"),
        ("h h", "yy", after(days=9), True, "nobody objected within 48 hours"),
        ("h h", "aa", after(days=9), True, "nobody objected within 48 hours"),
        ("- -", "n.", after(hours=1), False, "silence is broken: 1 objection"),
        ("- -", "nn", after(days=9), False, "silence is broken: 2 objections"),
        ("h h*", ".n", after(days=9), False, "silence is broken: 1 objection"),
        ("h h~", ".n", after(days=9), True, "nobody objected within 48 hours; seat 2 advises and has no vote"),
        ("h e", ".n", after(days=9), True, "nobody objected within 48 hours; seat 2 is vacant and does not count"),
        # the silence of nobody is no consent
        ("e e", "", after(days=9), None, "nobody holds a voting seat"),
        ("h~", "", after(days=9), None, "nobody holds a voting seat"),
        ("h h", "", None, None, "the clock has not started"),
    ],
)  # fmt: skip
def test_silence_is_consent_when_its_clock_has_run_out(
    seats: str, votes: str, now: dt.datetime | None, carried: bool | None, words: str
) -> None:
    protocol = ProtocolFactory(decision_rule=Rule.SILENCE, silence_hours=48)
    found = decide(protocol, *bench(seats), ballots(votes), proposed_at=NOON, now=now)
    assert (found.carried, found.words) == (carried, words)


def test_a_proposal_that_was_not_sent_round_starts_no_clock() -> None:
    protocol = ProtocolFactory(decision_rule=Rule.SILENCE, silence_hours=48)
    found = decide(protocol, *bench("h h"), {}, now=NOON)
    assert found == Decision(None, ("the clock has not started",))


@pytest.mark.parametrize(
    ("proposed", "ends"),
    [
        ("2026-03-28 12:00", "2026-03-29 13:00"),  # the night has an hour less
        ("2026-10-24 12:00", "2026-10-25 11:00"),  # and here one more
        ("2026-06-01 12:00", "2026-06-02 12:00"),
    ],
)
def test_the_hours_of_a_silence_procedure_are_elapsed_hours(proposed: str, ends: str) -> None:
    protocol = ProtocolFactory(decision_rule=Rule.SILENCE, silence_hours=24)
    start, end = (
        dt.datetime.fromisoformat(one).replace(tzinfo=SARAJEVO) for one in (proposed, ends)
    )
    last_second = (end.astimezone(dt.UTC) - dt.timedelta(seconds=1)).astimezone(SARAJEVO)
    found = [
        decide(protocol, *bench("h"), {}, proposed_at=start, now=now).carried
        for now in (last_second, end, last_second.astimezone(dt.UTC), end.astimezone(dt.UTC))
    ]
    assert found == [None, True, None, True]


@pytest.mark.parametrize(
    ("share", "of"),
    [
        (Share.HALF, [0, 1, 1, 2, 2, 3, 3, 4]),
        (Share.MORE_THAN_HALF, [1, 1, 2, 2, 3, 3, 4, 4]),
        (Share.THREE_FIFTHS, [0, 1, 2, 2, 3, 3, 4, 5]),
        (Share.TWO_THIRDS, [0, 1, 2, 2, 3, 4, 4, 5]),
        (Share.THREE_QUARTERS, [0, 1, 2, 3, 3, 4, 5, 6]),
        (Share.FOUR_FIFTHS, [0, 1, 2, 3, 4, 4, 5, 6]),
        (Share.ALL, [0, 1, 2, 3, 4, 5, 6, 7]),
    ],
)
def test_a_share_of_nought_to_seven_is_the_next_whole_number(share: Share, of: list[int]) -> None:
    assert [share.of(n) for n in range(8)] == of


def test_a_seat_falls_vacant_at_midnight_where_the_process_is(process) -> None:
    """In Juba the 11th begins at 22:00 of the 10th in UTC."""
    process.time_zone = "Africa/Juba"
    process.save()
    body = BodyFactory(process=process)
    protocol = ProtocolFactory(body=body, quorum=2)
    first = TermFactory(
        seat=SeatFactory(body=body, number=1, group="parties"), ends_on=dt.date(2026, 3, 10)
    )
    second = TermFactory(seat=SeatFactory(body=body, number=2, group="parties"))
    third = SeatFactory(body=body, number=3, ended_on=dt.date(2026, 3, 11))
    CompositionPartFactory(body=body, group="parties", seats=2)
    present = {one.seat_id: one.holder_id for one in (first, second)}

    def at(moment: str) -> tuple[bool | None, str]:
        with time_machine.travel(dt.datetime.fromisoformat(moment), tick=False):
            today = process.today()
            seats = Seat.objects.on(today).with_holders(today).filter(body=body)
            found = quorum(protocol, seats, present)
            return found.met, found.words

    assert third in body.seats.all()
    assert at("2026-03-10T21:59:59Z") == (True, "2 of 3 present, 2 needed")
    assert at("2026-03-10T22:00:00Z") == (
        False,
        "1 of 2 present, 2 needed; seat 1 is vacant and does not count",
    )
