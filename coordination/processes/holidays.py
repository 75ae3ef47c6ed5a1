"""Which days of a process are no working days: its weekend and its holidays."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from coordination.base.errors import Refused
from coordination.ledger.actions import append, lock, snapshot

from .models import Holiday, Process, validate_weekend
from .records import change, enter

_BESIDE = {"holiday_ends_after_it_begins": "last_on", "holiday_once": "name"}
_WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@transaction.atomic
def set_weekend(*, actor: Any, process: Process, weekend: Iterable[int], origin: str) -> None:
    """Say on which days of the week nobody is reminded; ISO weekdays, 1 is Monday."""
    days = sorted(weekend)
    try:
        validate_weekend(days)
    except ValidationError as error:
        raise Refused(error.messages[0], "weekend") from error
    named = " and ".join(_WEEK[day - 1] for day in days)
    change(
        process,
        {"weekend": days},
        process=process,
        actor=actor,
        verb="process.weekend",
        origin=origin,
        summary=f"The weekend is {named}" if days else "Every day of the week is a working day",
    )


@transaction.atomic
def enter_holiday(
    *, actor: Any, process: Process, name: str, first_on: date, last_on: date, origin: str
) -> Holiday:
    """Enter days on which nobody is reminded of anything."""
    return enter(
        Holiday(process=process, name=name, first_on=first_on, last_on=last_on),
        process=process,
        actor=actor,
        verb="holiday.entered",
        origin=origin,
        summary=f"Entered the holiday {name}, {_span(first_on, last_on)}",
        beside=_BESIDE,
    )


@transaction.atomic
def change_holiday(*, actor: Any, holiday: Holiday, origin: str, **fields: Any) -> Holiday:
    """Correct the name or the days of a holiday."""
    process = holiday.process
    lock(process)
    _refuse_if_gone(holiday)
    change(
        holiday,
        fields,
        process=process,
        actor=actor,
        verb="holiday.changed",
        origin=origin,
        summary=f"Changed the holiday {holiday.name}:",
        beside=_BESIDE,
    )
    return holiday


@transaction.atomic
def remove_holiday(*, actor: Any, holiday: Holiday, origin: str) -> None:
    """Make working days again of the days of a holiday; the ledger keeps what it was."""
    process = holiday.process
    lock(process)
    _refuse_if_gone(holiday)
    append(
        process=process,
        actor=actor,
        verb="holiday.removed",
        thing=holiday,
        origin=origin,
        summary=f"Removed the holiday {holiday.name}, {_span(holiday.first_on, holiday.last_on)}",
        before=snapshot(holiday),
    )
    holiday.delete()


def listed_holidays(process: Process) -> list[Holiday]:
    """Those that a page lists: of this year and later. Earlier ones change nothing any more."""
    year = process.today().replace(month=1, day=1)
    return list(process.holidays.filter(last_on__gte=year))


@transaction.atomic
def set_working_days(
    *,
    actor: Any,
    process: Process,
    weekend: Iterable[int],
    holidays: Sequence[Mapping[str, Any]],
    origin: str,
    pasted: Sequence[Mapping[str, Any]] = (),
) -> None:
    """Write down the weekend, and the holidays as a page lists them; `pasted` ones are added.

    A row that bears the name of one that is there changes it; one that is not among them any more
    is removed.
    """
    lock(process)
    set_weekend(actor=actor, process=process, weekend=weekend, origin=origin)
    wanted = [dict(row) for row in holidays]
    for n, row in enumerate(wanted):
        if any(_same(row, earlier) for earlier in wanted[:n]):
            raise Refused(_("It stands in two rows."), f"holidays-{n}-name")
    for line in pasted:
        # What is there already, with other days, is corrected.
        wanted = [one for one in wanted if not _same(one, line)] + [dict(line)]
    stored = listed_holidays(process)
    kept, removed, new = _matched(stored, wanted)
    for holiday in removed:
        remove_holiday(actor=actor, holiday=holiday, origin=origin)
    for holiday, row in kept:
        change_holiday(actor=actor, holiday=holiday, origin=origin, **row)
    for row in new:
        enter_holiday(actor=actor, process=process, origin=origin, **row)


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return one["name"] == other["name"] and one["first_on"] == other["first_on"]


def _matched(
    stored: list[Holiday], wanted: list[dict[str, Any]]
) -> tuple[list[tuple[Holiday, dict[str, Any]]], list[Holiday], list[dict[str, Any]]]:
    """Which row is which holiday: first by name and day, then by the name or the days alone."""
    kept: list[tuple[Holiday, dict[str, Any]]] = []
    for names in (("name", "first_on"), ("name",), ("first_on", "last_on")):
        for row in list(wanted):
            said = [row[name] for name in names]
            hit = next((h for h in stored if [getattr(h, name) for name in names] == said), None)
            if hit is not None:
                kept.append((hit, row))
                stored = [one for one in stored if one is not hit]
                wanted = [one for one in wanted if one is not row]
    return kept, stored, wanted


def _refuse_if_gone(holiday: Holiday) -> None:
    if not Holiday.objects.filter(pk=holiday.pk).exists():
        raise Refused(_("Somebody removed it meanwhile."))


def _span(first_on: date, last_on: date) -> str:
    return f"{first_on}" if first_on == last_on else f"{first_on} to {last_on}"
