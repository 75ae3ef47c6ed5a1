"""What a process file must mean: references, duplicates, circles, and dates in order."""

from datetime import date
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError as BadTimeZone
from django.utils import timezone
from pydantic import ValidationError

from accounts.models import validate_time_zone

from .calendar import Calendar
from .checks import Checks, text_of
from .commitment_checks import check_circles, check_commitments, check_history
from .cursor import Spot
from .problems import FileRefused, Places, Problem, did_you_mean, problem_at, shortened
from .schema import ProcessFile
from .sentences import from_schema
from .yaml_source import read_source


def read_process_file(name: str, content: bytes, *, rebased: bool = False) -> ProcessFile:
    """The file's content with its types; raises `FileRefused` with everything that is wrong.

    A file that is to be rebased may hold reports of any day: those after the day that becomes today
    are left out.
    """
    source = read_source(name, content)
    if not isinstance(source.data, dict):
        problem = Problem(
            1, 1, (), "the file is empty" if source.data is None else "the file has no fields"
        )
        raise FileRefused(name, [problem])
    problems: list[Problem] = []
    parsed = None
    try:
        parsed = ProcessFile.model_validate(source.data)
    except ValidationError as error:
        problems += from_schema(error, source.places)
    today = None if rebased else _calendar(source.data).local_day(timezone.now())
    problems += check_meaning(source.data, source.places, today)
    if problems or parsed is None:
        raise FileRefused(name, problems)
    return parsed


def _calendar(data: Any) -> Calendar:
    zone = Spot(data)["process"]["time_zone"].text or "UTC"
    try:
        validate_time_zone(zone)
        return Calendar(ZoneInfo(zone))
    except (BadTimeZone, OSError, ValueError):
        return Calendar(ZoneInfo("UTC"))


def check_meaning(data: Any, places: Places, today: date | None) -> list[Problem]:
    """The problems that concern more than one field; `today` is None where nothing is late."""
    checks = Checks(Spot(data), places, _calendar(data), today)
    for check in (
        _duplicates,
        _parties_and_people,
        _anchors,
        _bodies,
        _agreements,
        check_commitments,
        check_circles,
        check_history,
    ):
        check(checks)
    return checks.problems


def _duplicates(checks: Checks) -> None:
    file = checks.file
    for section, key, noun in (
        ("parties", "code", "the code"),
        ("anchors", "key", "the key"),
        ("bodies", "code", "the code"),
        ("agreements", "key", "the key"),
        ("commitments", "ref", "the ref"),
    ):
        checks.once((spot[key] for spot in file.each(section)), noun, text_of)
    checks.once((spot["email"] for spot in file.each("people")), "the address", lambda s: s.email)
    numbers = (spot["number"] for spot in file.each("commitments"))
    checks.once(numbers, "the register number", lambda s: s.whole_number)
    for body in file.each("bodies"):
        seats = (seat["number"] for seat in body.each("seats"))
        checks.once(seats, "the seat number", lambda s: s.whole_number)
        series = (one["name"] for one in body.each("review_series"))
        checks.once(series, "the name", text_of)
        groups = (part["group"] for part in body["protocol"].each("quorum_parts"))
        checks.once(groups, "the group", text_of)
    for agreement in file.each("agreements"):
        cited = (provision["citation"] for provision in agreement.each("provisions"))
        checks.once(cited, "the citation", text_of)
        for key in ("signatories", "witnesses"):
            checks.once(agreement.each(key), "the party", text_of)


def _parties_and_people(checks: Checks) -> None:
    for party in checks.file.each("parties"):
        checks.party(party["part_of"])
        checks.in_order(party["joined"], party["left"], "a party leaves after it joined")
    for person in checks.file.each("people"):
        checks.party(person["party"])
        if person["role"].text == "delegate" and person["party"].value is None:
            checks.refuse(
                person["role"].path, "a delegate acts for a party; add party: with its code"
            )
        if person["party"].value is not None and person["role"].value is None:
            checks.refuse(
                person["party"].path, "only a member acts for a party; add role: delegate"
            )


def _anchors(checks: Checks) -> None:
    zero = [spot["day_zero"] for spot in checks.file.each("anchors")]
    truly = [spot for spot in zero if (spot.text or "").lower() in ("true", "yes", "on", "1")]
    for spot in truly[1:]:
        checks.refuse(spot.path, "another anchor is the day zero already; there is one at most")
    for anchor in checks.file.each("anchors"):
        for one in anchor.each("dates"):
            happened = one["on"].when if one["status"].text == "actual" else None
            if checks.today and happened and checks.calendar.local_day(happened) > checks.today:
                checks.refuse(
                    one["on"].path, "what has happened cannot lie in the future; write planned"
                )


def _bodies(checks: Checks) -> None:
    for body in checks.file.each("bodies"):
        checks.body(body["reports_to"])
        checks.in_order(body["established"], body["ended"], "a body ends after it was established")
        _quorum(checks, body["protocol"])
        for series in body.each("review_series"):
            checks.in_order(series["from"], series["until"], "a series ends after it starts")
        for seat in body.each("seats"):
            checks.party(seat["party"])
            for term in seat.each("terms"):
                checks.person(term["holder"])
                checks.person(term["alternate"])
                checks.in_order(term["from"], term["until"], "a term ends after it starts")
                if term["holder"].email and term["holder"].email == term["alternate"].email:
                    checks.refuse(term["alternate"].path, "nobody is their own alternate")
            _overlaps(checks, seat)


def _quorum(checks: Checks, protocol: Spot) -> None:
    parts = [part["at_least"].whole_number or 0 for part in protocol.each("quorum_parts")]
    quorum = protocol["quorum"].whole_number
    if parts and quorum is not None and sum(parts) > quorum:
        checks.refuse(
            protocol["quorum"].path,
            f"the quorum is {quorum}, but its parts add up to {sum(parts)}",
        )


def _overlaps(checks: Checks, seat: Spot) -> None:
    """A seat has one holder at a time; the last day of a term belongs to it."""
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


def _agreements(checks: Checks) -> None:
    for agreement in checks.file.each("agreements"):
        for key in ("signatories", "witnesses"):
            for code in agreement.each(key):
                checks.party(code)
        citations = [spot["citation"].text for spot in agreement.each("provisions")]
        for provision in agreement.each("provisions"):
            whole = provision["part_of"]
            if whole.text and whole.text not in citations:
                known = [citation for citation in citations if citation]
                checks.refuse(
                    whole.path,
                    f"“{shortened(whole.text)}” is not a citation of this agreement"
                    + did_you_mean(whole.text, known),
                )
