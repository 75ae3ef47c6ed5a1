"""The examples of RFC 5545 (3.8.5.3) that a meeting could have, with the dates published there."""

import datetime as dt
from collections.abc import Iterator
from itertools import islice
from zoneinfo import ZoneInfo

import pytest

from coordination.base.recurrence import days, without_end
from coordination.base.recurrence_words import rule_in_words

#: All examples are at nine in the morning there.
NEW_YORK, NINE = ZoneInfo("America/New_York"), dt.time(9)


def dates(text: str) -> Iterator[dt.date]:
    """Of "1997 9/2-4 9/30-10/2" each day; with "x7" after a stretch every seventh."""
    year = 0
    for word in text.split():
        if word.isdigit():
            year = int(word)
            continue
        span, _x, step = word.partition("x")
        first, _dash, last = span.partition("-")
        month, day = (int(one) for one in first.split("/"))
        start = dt.date(year, month, day)
        end = start
        if last:
            closing = [int(one) for one in last.split("/")]
            end = dt.date(year, *(closing if len(closing) == 2 else (month, closing[0])))
        while start <= end:
            yield start
            start += dt.timedelta(days=int(step or 1))


EXAMPLES = [
    ("ten days", "DAILY;COUNT=10", "1997 9/2-11"),
    ("daily until Christmas Eve", "DAILY;UNTIL=19971224T000000Z", "1997 9/2-12/23"),
    ("every other day", "DAILY;INTERVAL=2", "1997 9/2-12/3x2 …"),
    ("every ten days", "DAILY;INTERVAL=10;COUNT=5", "1997 9/2 9/12 9/22 10/2 10/12"),
    (
        "January days, by the year",
        "YEARLY;UNTIL=20000131T140000Z;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA",
        "1998 1/1-31 1999 1/1-31 2000 1/1-31",
    ),
    (
        "January days, by the day",
        "DAILY;UNTIL=20000131T140000Z;BYMONTH=1",
        "1998 1/1-31 1999 1/1-31 2000 1/1-31",
    ),
    ("ten weeks", "WEEKLY;COUNT=10", "1997 9/2-11/4x7"),
    ("weekly until Christmas Eve", "WEEKLY;UNTIL=19971224T000000Z", "1997 9/2-12/23x7"),
    ("every other week", "WEEKLY;INTERVAL=2;WKST=SU", "1997 9/2-12/23x14 1998 1/6-2/17x14 …"),
    (
        "two days a week, until",
        "WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH",
        "1997 9/2 9/4 9/9 9/11 9/16 9/18 9/23 9/25 9/30 10/2",
    ),
    (
        "two days a week, ten times",
        "WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH",
        "1997 9/2 9/4 9/9 9/11 9/16 9/18 9/23 9/25 9/30 10/2",
    ),
    (
        "three days every other week",
        "WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR",
        "1997 9/1 9/3 9/5 9/15 9/17 9/19 9/29 10/1 10/3 10/13 10/15 10/17 10/27 10/29 10/31 "
        "11/10 11/12 11/14 11/24 11/26 11/28 12/8 12/10 12/12 12/22",
    ),
    (
        "two days every other week",
        "WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH",
        "1997 9/2 9/4 9/16 9/18 9/30 10/2 10/14 10/16",
    ),
    (
        "first Friday, ten times",
        "MONTHLY;COUNT=10;BYDAY=1FR",
        "1997 9/5 10/3 11/7 12/5 1998 1/2 2/6 3/6 4/3 5/1 6/5",
    ),
    (
        "first Friday until Christmas Eve",
        "MONTHLY;UNTIL=19971224T000000Z;BYDAY=1FR",
        "1997 9/5 10/3 11/7 12/5",
    ),
    (
        "first and last Sunday of every other month",
        "MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU",
        "1997 9/7 9/28 11/2 11/30 1998 1/4 1/25 3/1 3/29 5/3 5/31",
    ),
    (
        "second last Monday",
        "MONTHLY;COUNT=6;BYDAY=-2MO",
        "1997 9/22 10/20 11/17 12/22 1998 1/19 2/16",
    ),
    (
        "third last day of the month",
        "MONTHLY;BYMONTHDAY=-3",
        "1997 9/28 10/29 11/28 12/29 1998 1/29 2/26 …",
    ),
    (
        "second and fifteenth",
        "MONTHLY;COUNT=10;BYMONTHDAY=2,15",
        "1997 9/2 9/15 10/2 10/15 11/2 11/15 12/2 12/15 1998 1/2 1/15",
    ),
    (
        "first and last day of the month",
        "MONTHLY;COUNT=10;BYMONTHDAY=1,-1",
        "1997 9/30 10/1 10/31 11/1 11/30 12/1 12/31 1998 1/1 1/31 2/1",
    ),
    (
        "tenth to fifteenth every 18 months",
        "MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15",
        "1997 9/10-15 1999 3/10-13",
    ),
    (
        "Tuesdays of every other month",
        "MONTHLY;INTERVAL=2;BYDAY=TU",
        "1997 9/2-30x7 11/4-25x7 1998 1/6-27x7 3/3-31x7 …",
    ),
    (
        "yearly in June and July",
        "YEARLY;COUNT=10;BYMONTH=6,7",
        "1997 6/10 7/10 1998 6/10 7/10 1999 6/10 7/10 2000 6/10 7/10 2001 6/10 7/10",
    ),
    (
        "every other year in three months",
        "YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3",
        "1997 3/10 1999 1/10 2/10 3/10 2001 1/10 2/10 3/10 2003 1/10 2/10 3/10",
    ),
    (
        "three days of every third year",
        "YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200",
        "1997 1/1 4/10 7/19 2000 1/1 4/9 7/18 2003 1/1 4/10 7/19 2006 1/1",
    ),
    ("twentieth Monday of the year", "YEARLY;BYDAY=20MO", "1997 5/19 1998 5/18 1999 5/17 …"),
    (
        "Monday of week 20",
        "YEARLY;BYWEEKNO=20;BYDAY=MO",
        "1997 5/12 1998 5/11 1999 5/17 …",
    ),
    (
        "Thursdays in March",
        "YEARLY;BYMONTH=3;BYDAY=TH",
        "1997 3/13-27x7 1998 3/5-26x7 1999 3/4-25x7 …",
    ),
    (
        "Thursdays in summer",
        "YEARLY;BYDAY=TH;BYMONTH=6,7,8",
        "1997 6/5-8/28x7 1998 6/4-8/27x7 1999 6/3-8/26x7 …",
    ),
    (
        "Friday the 13th",
        "MONTHLY;BYDAY=FR;BYMONTHDAY=13",
        "1998 2/13 3/13 11/13 1999 8/13 2000 10/13 …",
    ),
    (
        "first Saturday after the first Sunday",
        "MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13",
        "1997 9/13 10/11 11/8 12/13 1998 1/10 2/7 3/7 4/11 5/9 6/13 …",
    ),
    (
        "US Election day",
        "YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
        "1996 11/5 2000 11/7 2004 11/2 …",
    ),
    (
        "third of Tuesday to Thursday",
        "MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3",
        "1997 9/4 10/7 11/6",
    ),
    (
        "second last weekday of the month",
        "MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2",
        "1997 9/29 10/30 11/27 12/30 1998 1/29 2/26 3/30 …",
    ),
    (
        "weeks that begin on Monday",
        "WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO",
        "1997 8/5 8/10 8/19 8/24",
    ),
    (
        "weeks that begin on Sunday",
        "WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU",
        "1997 8/5 8/17 8/19 8/31",
    ),
    (
        "days that a month does not have",
        "MONTHLY;BYMONTHDAY=15,30;COUNT=5",
        "2007 1/15 1/30 2/15 3/15 3/30",
    ),
]


@pytest.mark.parametrize(
    ("rule", "published"), [one[1:] for one in EXAMPLES], ids=[one[0] for one in EXAMPLES]
)
def test_a_rule_gives_the_dates_of_the_specification(rule: str, published: str) -> None:
    goes_on = published.endswith("…")
    expected = list(dates(published.rstrip(" …")))
    # Friday the 13th alone begins on a day that is none of its own.
    starts_on = dt.date(1997, 9, 2) if "BYMONTHDAY=13" in rule else expected[0]
    found = days(
        f"FREQ={rule}", starts_on, dt.date(1990, 1, 1), dt.date(2030, 1, 1), NEW_YORK, NINE
    )
    assert list(islice(found, len(expected) if goes_on else 999)) == expected


def test_a_stretch_has_its_first_and_last_day_and_counts_from_where_the_rule_began() -> None:
    every_other = days("FREQ=DAILY;INTERVAL=2", *(dt.date(2026, 3, n) for n in (1, 5, 9)))
    assert list(every_other) == [dt.date(2026, 3, n) for n in (5, 7, 9)]


@pytest.mark.parametrize(("hour", "last"), [(7, 23), (8, 23), (9, 22)])
def test_an_end_that_is_a_moment_is_the_last_that_may_begin(hour: int, last: int) -> None:
    found = days(
        "FREQ=DAILY;UNTIL=20260323T070000Z",
        dt.date(2026, 3, 20),
        dt.date(2026, 3, 20),
        dt.date(2026, 4, 1),
        ZoneInfo("Europe/Sarajevo"),
        dt.time(hour),
    )
    assert max(found) == dt.date(2026, 3, last)


@pytest.mark.parametrize(
    ("rule", "rest", "last"),
    [
        ("FREQ=DAILY", "FREQ=DAILY", None),
        ("FREQ=DAILY;UNTIL=20260323", "FREQ=DAILY", dt.date(2026, 3, 23)),
        ("UNTIL=20260324T020000Z;FREQ=DAILY", "FREQ=DAILY", dt.date(2026, 3, 23)),
    ],
)
def test_an_end_is_taken_out_of_a_rule(rule: str, rest: str, last: dt.date | None) -> None:
    assert without_end(rule, NEW_YORK, NINE) == (rest, last)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("MONTHLY;BYDAY=-1TH", "The last Thursday of each month"),
        (
            "WEEKLY;INTERVAL=2;BYDAY=TU;BYMONTH=1,2,3,4,5,6,7,9,10,11,12",
            "Every second Tuesday, not in August",
        ),
        ("DAILY", "Every day"),
        ("DAILY;INTERVAL=10;COUNT=5", "Every 10 days, 5 times"),
        ("DAILY;BYMONTH=1", "Every day, in January"),
        ("WEEKLY", "Every Tuesday"),
        ("WEEKLY;BYDAY=MO,TU,WE,TH,FR", "Every Monday to Friday"),
        ("WEEKLY;INTERVAL=3;BYDAY=MO,WE", "Every 3 weeks on Monday and Wednesday"),
        ("WEEKLY;UNTIL=19971224T000000Z", "Every Tuesday, until 24 Dec 1997"),
        ("MONTHLY;BYDAY=1FR,3FR", "The first and third Friday of each month"),
        ("MONTHLY;INTERVAL=2;BYMONTHDAY=-1", "The last day of every second month"),
        ("MONTHLY;BYMONTHDAY=-3", "Day 3 from the end of each month"),
        ("MONTHLY", "Day 2 of each month"),
        ("MONTHLY;BYDAY=FR;BYMONTHDAY=13", "Every Friday that is day 13 of a month"),
        ("MONTHLY;BYDAY=TU,WE;BYSETPOS=-1", "The last Tuesday or Wednesday of each month"),
        ("YEARLY", "2 September of each year"),
        ("YEARLY;BYDAY=20MO", "The 20th Monday of each year"),
        ("YEARLY;BYMONTH=11;BYDAY=1TU", "The first Tuesday of November each year"),
        ("YEARLY;INTERVAL=3;BYYEARDAY=1,100", "Day 1 and day 100 of every 3 years"),
        ("YEARLY;BYWEEKNO=20;BYDAY=MO", "Monday of week 20 of each year"),
        ("YEARLY;BYSETPOS=1;BYDAY=MO", "FREQ=YEARLY;BYSETPOS=1;BYDAY=MO"),
        ("WEEKLY;BYDAY=XX", "FREQ=WEEKLY;BYDAY=XX"),
    ],
)
def test_a_rule_in_words(rule: str, words: str) -> None:
    assert rule_in_words(f"FREQ={rule}", dt.date(1997, 9, 2)) == words
