"""Whether the clock can be believed: while it cannot, nothing is planned and nothing is sent.

A machine counts the seconds since it started, whatever is done to its clock. The two are kept side
by side; where they part by more than a quarter of an hour, the clock was moved.
"""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.db import connection, transaction
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from .models import ClockReading, Message

JUMP = timedelta(minutes=15)
#: How long a machine may have been off: a clock that is further ahead when it starts is wrong.
OFF_AT_MOST = timedelta(days=30)
#: A reading is kept for this long before it is written anew: sweeps are frequent.
FRESH = timedelta(seconds=30)
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True)
class Reading:
    """What the clocks say at one moment."""

    at: datetime
    machine: str  # empty where it cannot be told whether the machine started anew
    seconds_up: float
    database_at: datetime | None = None  # where the database has a clock of its own


def read() -> Reading:
    """All clocks, read one after the other."""
    try:
        machine = _BOOT_ID.read_text().strip()
        seconds = time.clock_gettime(time.CLOCK_BOOTTIME)
    except (OSError, AttributeError):
        machine, seconds = "", time.monotonic()
    return Reading(timezone.now(), machine, seconds, _database_now())


def _database_now() -> datetime | None:
    if connection.vendor == "sqlite":
        return None  # it asks the machine
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


def is_held() -> bool:
    """Look at the clock; True while sending and planning must wait."""
    return check(read()).held_since is not None


@transaction.atomic
def check(reading: Reading) -> ClockReading:
    """Compare with the reading before; what is far off holds, what is right again goes on."""
    row = ClockReading.objects.select_for_update().order_by("pk").first()
    if row is None:
        row = ClockReading(pk=1, at=reading.at, seconds_up=reading.seconds_up)
        row.machine = reading.machine
        ahead = _ahead_of_database(reading)
        row.held_since = reading.at if abs(ahead) > JUMP else None
        row.ahead_seconds = ahead.total_seconds() if row.held_since else 0
        # Two who are the first at the same time read the same.
        ClockReading.objects.bulk_create([row], ignore_conflicts=True)
        return row
    same_machine = bool(reading.machine) and reading.machine == row.machine
    expected = row.at
    if same_machine:
        expected += timedelta(seconds=reading.seconds_up - row.seconds_up)
    ahead, far = _judge(reading, expected, same_machine, row.held_since is not None)
    if not far and row.held_since is None and same_machine and reading.at - row.at < FRESH:
        return row
    row.machine, row.seconds_up = reading.machine, reading.seconds_up
    if far:
        # What is right is not what the clock says: it is what it would say had nobody moved it.
        row.at = expected
        row.held_since = row.held_since or reading.at
        row.ahead_seconds = ahead.total_seconds()
    else:
        if row.held_since is not None:
            _bring_back(reading)
        row.at, row.held_since, row.ahead_seconds = reading.at, None, 0
    row.save()
    return row


def _judge(
    reading: Reading, expected: datetime, same_machine: bool, held: bool
) -> tuple[timedelta, bool]:
    """How far ahead the clock is, and whether that is too far."""
    apart = _ahead_of_database(reading)
    if abs(apart) > JUMP:
        return apart, True
    ahead = reading.at - expected
    # A machine that was off in between was so for an unknown time, unless the clock was wrong.
    latest = JUMP if same_machine or held else OFF_AT_MOST
    return ahead, not -JUMP <= ahead <= latest


def _ahead_of_database(reading: Reading) -> timedelta:
    return reading.at - reading.database_at if reading.database_at else timedelta()


def confirm(reading: Reading | None = None) -> None:
    """Somebody says that the clock is right as it is: go on from here."""
    reading = reading or read()
    _bring_back(reading)
    ClockReading.objects.update_or_create(
        pk=1,
        defaults={
            "at": reading.at,
            "machine": reading.machine,
            "seconds_up": reading.seconds_up,
            "held_since": None,
            "ahead_seconds": 0,
        },
    )


def _bring_back(reading: Reading) -> None:
    """What was written while the clock was ahead is due now, not when that day comes."""
    written = Message.objects.filter(state=Message.State.PENDING, created_at__gt=reading.at)
    written.update(next_at=reading.at, created_at=reading.at)


def held_reading() -> ClockReading | None:
    """The reading that holds all sending, if one does."""
    return ClockReading.objects.exclude(held_since=None).first()


def words() -> str:
    """What to tell people while sending is held; nothing where it is not."""
    row = held_reading()
    if row is None or row.held_since is None:
        return ""
    moment = timezone.now()
    far = timesince(moment - timedelta(seconds=abs(row.ahead_seconds)), moment)
    sentence = (
        _("The server’s clock is %(far)s ahead of what was expected, so no mail is sent.")
        if row.ahead_seconds > 0
        else _("The server’s clock is %(far)s behind what was expected, so no mail is sent.")
    )
    return (
        sentence % {"far": far}
        + " "
        + _(
            "When it is set right, sending goes on by itself; if it is right as it is, whoever "
            "runs this installation has to confirm that."
        )
    )
