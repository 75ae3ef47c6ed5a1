"""What a process file must mean: references, duplicates, circles, and dates in order."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError as BadTimeZone
from django.utils import timezone
from pydantic import ValidationError

from accounts.models import validate_time_zone

from .body_checks import check_affiliations, check_bodies, check_responsibilities
from .calendar import Calendar
from .checks import Checks, text_of
from .commitment_checks import check_circles, check_commitments
from .cursor import Spot
from .history_checks import check_history
from .paper_checks import check_papers
from .problems import FileRefused, Places, Problem, did_you_mean, shortened
from .reminders import check_reminders
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
        check_affiliations,
        check_bodies,
        check_responsibilities,
        _agreements,
        check_commitments,
        check_circles,
        check_history,
        check_papers,
        check_reminders,
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
        ("triggers", "key", "the key"),
        ("commitments", "ref", "the ref"),
    ):
        checks.once((spot[key] for spot in file.each(section)), noun, text_of)
    checks.once((spot["email"] for spot in file.each("people")), "the address", lambda s: s.email)
    numbers = (spot["number"] for spot in file.each("commitments"))
    checks.once(numbers, "the register number", lambda s: s.whole_number)
    for agreement in file.each("agreements"):
        cited = (provision["citation"] for provision in agreement.each("provisions"))
        checks.once(cited, "the citation", text_of)
        for key in ("signatories", "witnesses"):
            checks.once(agreement.each(key), "the party", text_of)


def _parties_and_people(checks: Checks) -> None:
    for party in checks.file.each("parties"):
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
        if person["heads_delegation"].truth and person["party"].value is None:
            checks.refuse(
                person["heads_delegation"].path,
                "who heads a delegation acts for its party; add party: with its code",
            )


def _anchors(checks: Checks) -> None:
    zero = [spot["day_zero"] for spot in checks.file.each("anchors") if spot["day_zero"].truth]
    for spot in zero[1:]:
        checks.refuse(spot.path, "another anchor is the day zero already; there is one at most")
    for anchor in checks.file.each("anchors"):
        for one in anchor.each("dates"):
            happened = one["on"].when if one["status"].text == "actual" else None
            if checks.today and happened and checks.calendar.local_day(happened) > checks.today:
                checks.refuse(
                    one["on"].path, "what has happened cannot lie in the future; write planned"
                )
            decided = one["decided_on"].when
            if checks.today and happened and decided and decided > checks.today:
                checks.refuse(
                    one["decided_on"].path, "what was decided on a day to come has not happened"
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
