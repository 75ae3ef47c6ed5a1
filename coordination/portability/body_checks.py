"""Whether the bodies of a process file, and who does what in them, can be as they are written."""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import pairwise

from coordination.bodies.models import Responsibility

from .checks import Checks, text_of
from .cursor import Spot
from .fields import seat_name
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
        for series in body.each("review_series"):
            checks.in_order(series["from"], series["until"], "a series ends after it starts")
        for seat in body.each("seats"):
            _seat(checks, seat)
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
    if kind == "body" and name == body["code"].text and line.path[2] != "reports_to":
        checks.refuse(target.path, "a body does not report to itself")
    return str(kind), name


def superiors(body: Spot) -> list[Spot]:
    """The bodies to which one reports without an end, and itself where it says so."""
    found = []
    for line in body.several("reports_to"):
        target = line["body"] if line["body"].value is not None else line.alone("to")
        if line["ended"].value is None or target.text == body["code"].text:
            found.append(target)
    return found


def _seat(checks: Checks, seat: Spot) -> None:
    _lasts(checks, seat)
    checks.party(seat["party"])
    for term in seat.each("terms"):
        checks.person(term["holder"])
        checks.person(term["alternate"])
        checks.in_order(term["from"], term["until"], "a term ends after it starts")
        if term["holder"].email and term["holder"].email == term["alternate"].email:
            checks.refuse(term["alternate"].path, "nobody is their own alternate")
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
        code, number = seat_name(seat.text)
        _refer_to_seat(checks, seat, seat, code or body["code"].text, number)
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
        body, number = seat_name(holder.text) if "/" in holder.text else (holder.text, None)
        code, at_body, at_seat = body or "", holder, holder
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


def affiliations(section: str, party: Spot) -> Iterator[Spot]:
    """What a party is part of, or acts for, without an end, and itself where it says so."""
    for tie in party.several(section):
        other = tie.alone("party")
        if tie["ended"].value is None or other.text == party["code"].text:
            yield other


def _lasts(checks: Checks, row: Spot) -> None:
    checks.in_order(row["from"], row["ended"], "it cannot end before it starts")


def once_at_a_time(checks: Checks, rows: Iterable[tuple[object, Spot]]) -> None:
    """Refuse what stands for a second time for days that it has been entered for."""
    seen: dict[object, list[Spot]] = {}
    for key, row in rows:
        if key is None:
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
