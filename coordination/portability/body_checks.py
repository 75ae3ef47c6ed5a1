"""Whether the bodies of a process file, and who does what in them, can be as they are written."""

from collections.abc import Iterable, Iterator
from datetime import date
from functools import partial
from itertools import pairwise

from coordination.bodies.models import Responsibility

from .checks import Checks, closing, refuse_circle, text_of
from .cursor import Spot
from .fields import SeatNamed, seat_named
from .problems import did_you_mean, problem_at, shortened

#: The sections of a body, and of a responsibility, that name others.
LINES = ("reports_to", "informs", "liaises_with")
PARTS = ("accountable", "responsible", "consulted", "informed")

#: What stands once in a body: the section, its field and the noun for a sentence.
_ONCE_IN_A_BODY = (
    ("review_series", "name", "the name"),
    ("roles", "role", "the role"),
    ("composition_parts", "group", "the group"),
    ("succeeds", "body", "the body"),
)


def check_bodies(checks: Checks) -> None:
    for body in checks.file.each("bodies"):
        checks.in_order(body["established"], body["ended"], "a body ends after it was established")
        _stands_once(checks, body)
        for section in LINES:
            lines = [(_addressee(checks, body, line), line) for line in body.several(section)]
            once_at_a_time(checks, lines)
        for earlier in body.each("succeeds"):
            checks.body(earlier["body"])
            if earlier["body"].text and earlier["body"].text == body["code"].text:
                checks.refuse(earlier["body"].path, "a body does not succeed itself")
        for former in body.each("former_names"):
            renamed, established = former["ended"], body["established"].day
            if renamed.day and established and renamed.day <= established:
                words = "it bore its former name for at least a day; write a later day"
                checks.refuse(renamed.path, words)
        for series in body.each("review_series"):
            checks.in_order(series["from"], series["until"], "a series ends after it starts")
        for seat in body.each("seats"):
            _seat(checks, body, seat)
        for channel in body.each("channels"):
            _lasts(checks, channel)
            for test in channel.each("tests"):
                checks.person(test["by"])
                checks.not_in_future(test["at"])
        _protocol(checks, body)


def _stands_once(checks: Checks, body: Spot) -> None:
    seats = (seat["number"] for seat in body.each("seats"))
    checks.once(seats, "the seat number", lambda s: s.whole_number)
    for section, key, noun in _ONCE_IN_A_BODY:
        checks.once((one[key] for one in body.each(section)), noun, text_of)
    days = (former["ended"] for former in body.each("former_names"))
    checks.once(days, "the day", lambda s: s.day)


def _addressee(checks: Checks, body: Spot, line: Spot) -> tuple[str, str] | None:
    """Who a line leads to: a body, a party or somebody else."""
    _lasts(checks, line)
    given = [line[key] for key in ("to", "body", "party", "name") if line[key].value is not None]
    target = line if line.text else given[0] if len(given) == 1 else None
    if target is None:
        if isinstance(line.value, dict):
            checks.refuse(line.path, "say to whom in one way: one of to, body, party, name")
        return None
    name, kind = target.text, target.path[-1]
    if name is None:
        return None
    bodies, parties = checks.known("bodies", "code"), checks.known("parties", "code")
    if kind == "party":
        checks.party(target)
    elif kind == "body":
        checks.body(target)
    elif kind != "name":
        if name not in bodies and name not in parties:
            checks.refuse(
                target.path,
                f"“{shortened(name)}” is neither a body nor a party in this file"
                + did_you_mean(name, list(bodies | parties)),
            )
        kind = "body" if name in bodies else "party"
    if kind == "body" and name == body["code"].text:
        checks.refuse(target.path, "a body does not report to itself")
    return str(kind), name


def _seat(checks: Checks, body: Spot, seat: Spot) -> None:
    _lasts(checks, seat)
    checks.party(seat["party"])
    for term in seat.each("terms"):
        checks.person(term["holder"])
        checks.person(term["alternate"])
        checks.in_order(term["from"], term["until"], "a term ends after it starts")
        if term["holder"].email and term["holder"].email == term["alternate"].email:
            checks.refuse(term["alternate"].path, "nobody is their own alternate")
        _within_the_seat(checks, body, seat, term)
    terms = [
        (term["from"].day, term["until"], term)
        for term in seat.each("terms")
        if term["from"].day and (term["until"].value is None or term["until"].day)
    ]
    ordered = sorted(terms, key=lambda one: one[0] or date.min)
    for (_, until, earlier), (starts, _, later) in pairwise(ordered):
        if until.day is None or (starts and starts <= until.day):
            line = problem_at(earlier.path, "", checks.places).line
            checks.refuse(
                later["from"].path,
                f"this term overlaps the one in line {line}; end that one on an earlier day",
            )


def _within_the_seat(checks: Checks, body: Spot, seat: Spot, term: Spot) -> None:
    """Refuse a term on days on which its seat or its body is not there.

    A term without an end may outlast its body, which leaves its seats as they are, but not its
    seat, which is abolished only when nobody holds it.
    """
    starts, until = term["from"], term["until"]
    first = max((day for day in (seat["from"].day, body["established"].day) if day), default=None)
    gone = min((day for day in (seat["ended"].day, body["ended"].day) if day), default=None)
    if seat["from"].day and seat["ended"].day and seat["ended"].day < seat["from"].day:
        return  # which is told already
    if first and starts.day and starts.day < first:
        checks.refuse(starts.path, f"the seat is there from {first} on; let the term start then")
    if gone and starts.day and starts.day >= gone:
        checks.refuse(starts.path, f"the seat is there until {gone}; let the term start before")
    elif gone and until.day and until.day >= gone:
        checks.refuse(until.path, f"the seat is there until {gone}; let the term end before")
    elif seat["ended"].day and until.value is None:
        words = f"the seat is there until {seat['ended'].day}; say until when the term lasted"
        checks.refuse(term.path, words)


def _protocol(checks: Checks, body: Spot) -> None:
    protocol = body["protocol"]
    quorum, share = protocol["quorum"], protocol["quorum_share"]
    if quorum.value is not None and share.value is not None:
        checks.refuse(share.path, "a quorum is a number or a share; leave out one of them")
    parts = [part["at_least"].whole_number or 0 for part in protocol.each("quorum_parts")]
    if parts and quorum.whole_number is not None and sum(parts) > quorum.whole_number:
        checks.refuse(
            quorum.path,
            f"the quorum is {quorum.whole_number}, but its parts add up to {sum(parts)}",
        )
    checks.once((part["group"] for part in protocol.each("quorum_parts")), "the group", text_of)
    groups = _groups(body)
    for part in protocol.each("quorum_parts"):
        group = part["group"].text
        if groups and group and group not in groups:
            checks.refuse(
                part["group"].path,
                f"no seat and no part of the composition counts as “{shortened(group)}”"
                + did_you_mean(group, groups),
            )
    if protocol["decides_by"].text == "silence" and protocol["silence_hours"].value is None:
        checks.refuse(
            protocol["decides_by"].path,
            "a silence procedure says after how many hours; add silence_hours",
        )
    _sources(checks, protocol)
    for step in protocol.each("dispute_steps"):
        _step(checks, body, step)


def _groups(body: Spot) -> list[str]:
    """The groups of a body's seats and of its composition, and what these count as."""
    named = [seat["group"] for seat in body.each("seats")]
    for part in body.each("composition_parts"):
        named += [part["group"], part["counts_as"]]
    return list(dict.fromkeys(spot.text for spot in named if spot.text))


def _sources(checks: Checks, protocol: Spot) -> None:
    whole = protocol["article"].value is not None or protocol["wording"].value is not None
    sources = list(protocol.each("sources"))
    for source in sources:
        topic = source["topic"].text or "whole"
        if whole and topic == "whole":
            checks.refuse(
                source.path, "the protocol has an article or a wording already; name a topic here"
            )
        if isinstance(source.value, dict) and not (
            source["article"].value is not None or source["wording"].value is not None
        ):
            checks.refuse(source.path, "say where it stands or what it says: article or wording")
    checks.once(sources, "the topic", lambda source: source["topic"].text or "whole")


def _step(checks: Checks, body: Spot, step: Spot) -> None:
    given = [key for key in ("seat", "body", "party") if step[key].value is not None]
    if len(given) > 1:
        checks.refuse(step[given[1]].path, f"a step names one; leave out {given[0]} or {given[1]}")
    checks.body(step["body"])
    checks.party(step["party"])
    seat = step["seat"]
    if seat.text:
        if named := seat_named(seat.text):
            code = named.body or body["code"].text
            _refer_to_seat(checks, seat, seat, code, named.number)
    elif seat["number"].text:
        code = seat["body"].text or body["code"].text
        _refer_to_seat(checks, seat["body"], seat["number"], code, seat["number"].text)


def _refer_to_seat(
    checks: Checks, at_body: Spot, at_seat: Spot, code: str | None, number: str | None
) -> None:
    """Refuse a body, or a seat of it, that the file does not hold."""
    if code is None or not checks.refer_to(at_body, code, "bodies", "code", "a body"):
        return
    numbers = [
        seat["number"].whole_number
        for body in checks.file.each("bodies")
        if body["code"].text == code
        for seat in body.each("seats")
    ]
    wanted = Spot(number).whole_number
    if wanted is not None and wanted not in numbers:
        has = ", ".join(str(one) for one in numbers if one is not None)
        ending = f"; it has {has}" if has else "; it has no seats"
        checks.refuse(at_seat.path, f"{wanted} is not the number of a seat of {code}{ending}")


def check_responsibilities(checks: Checks) -> None:
    checks.once(
        (one["name"] for one in checks.file.each("responsibilities")),
        "the responsibility",
        lambda name: Responsibility.key_of(name.text) if name.text else None,
    )
    for one in checks.file.each("responsibilities"):
        _lasts(checks, one)
        claims = [(claim.alone("body").text, claim) for claim in one.several("claimed_by")]
        for _, claim in claims:
            _lasts(checks, claim)
            checks.body(claim.alone("body"))
        once_at_a_time(checks, claims)
        for part in PARTS:
            once_at_a_time(
                checks, [(_holder(checks, holder), holder) for holder in one.several(part)]
            )


def _holder(checks: Checks, holder: Spot) -> tuple[str, int | None] | None:
    """The body, and the number where it is a seat of it."""
    _lasts(checks, holder)
    code, number = holder["body"].text, holder["seat"].text
    at_body, at_seat = holder["body"], holder["seat"]
    if holder.text:
        named = seat_named(holder.text) if "/" in holder.text else SeatNamed(holder.text, None)
        if named is None:
            return None
        (code, number), at_body, at_seat = named, holder, holder
    if number is not None:
        _refer_to_seat(checks, at_body, at_seat, code, number)
    elif code is not None:
        checks.refer_to(at_body, code, "bodies", "code", "a body")
    return (code, Spot(number).whole_number) if code else None


def check_affiliations(checks: Checks) -> None:
    for party in checks.file.each("parties"):
        for section in ("part_of", "acts_for"):
            ties = [(tie.alone("party").text, tie) for tie in party.several(section)]
            for _, tie in ties:
                _lasts(checks, tie)
                checks.party(tie.alone("party"))
            once_at_a_time(checks, ties)
    for section, verb in (("part_of", "would be part of"), ("acts_for", "would act for")):
        for link in _circles(checks, section):
            refuse_circle(checks, link, verb)


def _circles(checks: Checks, section: str) -> Iterable[Spot]:
    """The ties by which a party would on some day be tied to itself.

    A circle begins on a day on which one of its ties does; few files have any on whatever day.
    """
    parties = list(checks.file.each("parties"))
    if not any(closing(parties, "code", partial(_tied, section, None))):
        return []
    starts = {_days(tie)[0] for party in parties for tie in party.several(section)}
    found = {
        link.path: link
        for day in sorted(starts)
        for link in closing(parties, "code", partial(_tied, section, day))
    }
    return found.values()


def _tied(section: str, day: date | None, party: Spot) -> Iterator[Spot]:
    """What a party is part of, or acts for, on a day or on any; itself where it says so."""
    for tie in party.several(section):
        other = tie.alone("party")
        starts, ends = _days(tie)
        if day is None or starts <= day < ends or other.text == party["code"].text:
            yield other


def _lasts(checks: Checks, row: Spot) -> None:
    checks.in_order(row["from"], row["ended"], "it cannot end before it starts")


def once_at_a_time(checks: Checks, rows: Iterable[tuple[object, Spot]]) -> None:
    """Refuse what stands for a second time for days that it has been entered for."""
    seen: dict[object, list[Spot]] = {}
    for key, row in rows:
        if key is None or any(row[day].value and not row[day].day for day in ("from", "ended")):
            continue
        for earlier in seen.setdefault(key, []):
            if _overlap(earlier, row):
                line = problem_at(earlier.path, "", checks.places).line
                checks.refuse(
                    row.path, f"this stands for the same days in line {line}; leave out one"
                )
                break
        seen[key].append(row)


def _overlap(one: Spot, other: Spot) -> bool:
    (begins, ends), (starts, stops) = _days(one), _days(other)
    return max(begins, starts) < min(ends, stops)


def _days(row: Spot) -> tuple[date, date]:
    return row["from"].day or date.min, row["ended"].day or date.max
