import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from coordination.base.recurrence import next_day, validate_rule, without_end


def date(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("rule", "starts", "asked", "found"),
    [
        ("FREQ=WEEKLY;BYDAY=TU", "2026-01-01", "2026-01-01", "2026-01-06"),
        ("FREQ=WEEKLY;BYDAY=TU", "2026-01-01", "2026-01-06", "2026-01-06"),
        ("FREQ=WEEKLY;BYDAY=TU", "2026-01-01", "2026-01-07", "2026-01-13"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "2026-01-06", "2026-01-07", "2026-01-20"),
        ("FREQ=MONTHLY;BYDAY=-1TH", "2026-01-01", "2026-02-01", "2026-02-26"),
        ("FREQ=MONTHLY;BYMONTHDAY=31", "2026-01-31", "2026-02-01", "2026-03-31"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "2026-01-31", "2026-02-01", "2026-02-28"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "2026-01-01", "2026-01-01", "2028-02-29"),
        ("freq=daily", "2026-01-01", "2026-03-29", "2026-03-29"),
        ("FREQ=DAILY", "2026-05-01", "2026-01-01", "2026-05-01"),
        ("FREQ=DAILY;COUNT=3", "2026-01-01", "2026-01-03", "2026-01-03"),
    ],
)
def test_the_next_day_of_a_rule(rule: str, starts: str, asked: str, found: str) -> None:
    assert next_day(rule, date(starts), date(asked)) == date(found)


def test_a_rule_that_has_ended_has_no_next_day() -> None:
    assert next_day("FREQ=DAILY;COUNT=3", date("2026-01-01"), date("2026-01-04")) is None
    assert next_day("FREQ=DAILY;UNTIL=20260103", date("2026-01-01"), date("2026-01-04")) is None


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "every week",
        "BYDAY=TU",
        "FREQ=HOURLY",
        "FREQ=DAILY;BYHOUR=3",
        "FREQ=DAILY;DTSTART=20260101T000000",
        "FREQ=DAILY\nDTSTART:20300101",
        "FREQ=DAILY;COUNT=2\nRRULE:FREQ=WEEKLY",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=MONTHLY;INTERVAL=-1",
        "FREQ=DAILY;INTERVAL=often",
        "FREQ=MONTHLY;BYDAY=XX",
        "FREQ=MONTHLY;BYMONTHDAY=32",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;UNTIL=20301301",
        "FREQ=DAILY;COUNT=0",
        "FREQ=DAILY;COUNT=2;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;COUNT=3;UNTIL=20300101",
        "FREQ=DAILY;COLOUR=BLUE",
    ],
)
def test_what_is_not_a_usable_rule_is_refused(rule: str) -> None:
    with pytest.raises(ValueError):
        validate_rule(rule)


def test_a_rule_that_ends_with_the_calendar_goes_on_for_ever() -> None:
    rule = "FREQ=DAILY;UNTIL=99991231T235959Z"
    assert without_end(rule, ZoneInfo("Europe/Sarajevo")) == ("FREQ=DAILY", dt.date(9999, 12, 31))


def test_a_number_that_no_calendar_has_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="out of range"):
        validate_rule("FREQ=MONTHLY;BYDAY=+99999999999MO")
