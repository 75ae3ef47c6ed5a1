"""The delivery log as a table that leaves: what was looked for, and that it left is recorded."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from coordination.base.csv_text import csv_lines
from coordination.ledger.actions import append

from .answers import Trouble
from .delivery_log import WAITED, Log, Place, Row, Wanted, newest
from .models import Reminder

#: Rows read at once.
CHUNK = 500

_MESSAGES = (
    *("written", "state", "recipient", "address", "party", "kind", "about", "message", "why"),
    *("tries", "last_try", "next_try", "what_went_wrong", "answer", "may_have_arrived_twice"),
)
_REMINDERS = (
    *("planned", "state", "recipient", "address", "kind", "about", "what", "why"),
    *("to_be_written", "reason"),
)


def begin_export(*, log: Log, wanted: Wanted, actor: Any, origin: str) -> None:
    """Record that the log leaves, and what of it."""
    asked = {
        "view": wanted.view,
        "find": wanted.find,
        "state": wanted.state,
        "party": wanted.party,
        "since": wanted.since,
    }
    append(
        process=log.process,
        actor=actor,
        verb="outbox.exported",
        thing=log.process,
        summary="Exported the delivery log",
        origin=origin,
        after={name: value for name, value in asked.items() if value},
    )


def lines(log: Log, wanted: Wanted) -> Iterator[bytes]:
    """The table as CSV, the newest first."""
    if wanted.view == WAITED:
        return csv_lines(_REMINDERS, (_reminder(one, log) for one in _waited(log, wanted)))
    return csv_lines(_MESSAGES, (_message(row, log) for row in log.all_rows(wanted, CHUNK)))


def _waited(log: Log, wanted: Wanted) -> Iterator[Reminder]:
    place = Place()
    while part := newest([log.waited(wanted)], place, CHUNK):
        yield from part[:CHUNK]
        if len(part) <= CHUNK:
            return
        place = Place("after", part[CHUNK - 1].pk)


def _message(row: Row, log: Log) -> list[Any]:
    mail = row.message
    named = ", ".join(line.reference or line.title for line in row.lines)
    return [
        _moment(mail.created_at, log),
        mail.get_state_display(),
        mail.recipient.name if mail.recipient else "",
        mail.to_address,
        row.member.party.code if row.member and row.member.party else "",
        mail.kind,
        named if row.is_shared else named or mail.about_label,
        "; ".join(line.title for line in row.lines) if row.is_shared else mail.subject,
        "; ".join(line.because for line in row.lines) if row.is_shared else mail.reason,
        mail.attempts,
        _moment(row.last_try, log),
        _moment(mail.next_at, log) if mail.state == mail.State.PENDING else "",
        _what(row.trouble),
        mail.error,
        "yes" if mail.ambiguous else "no",
    ]


def _what(trouble: Trouble | None) -> str:
    return trouble.what if trouble else ""


def _reminder(one: Reminder, log: Log) -> list[Any]:
    return [
        _moment(one.created_at, log),
        one.get_state_display(),
        one.recipient.name,
        one.recipient.email,
        one.get_kind_display(),
        one.reference,
        one.title,
        one.because,
        _moment(one.write_at, log),
        one.reason,
    ]


def _moment(value: datetime | None, log: Log) -> str:
    """In the process's time zone, with its distance from UTC."""
    return value.astimezone(log.process.zone).isoformat(timespec="seconds") if value else ""
