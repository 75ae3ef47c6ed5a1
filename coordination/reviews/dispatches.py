"""To whom something was sent, and what became of it, as its reader may know it."""

import re
from dataclasses import dataclass
from typing import Any

from coordination.outbox.models import Message
from coordination.processes.access import is_coordinator

from .models import Dispatch, Minutes, Report

#: What ended without arriving, as far as anybody knows.
NOT_ARRIVED = (
    *(Message.State.FAILED, Message.State.UNCERTAIN, Message.State.CANCELLED),
    Message.State.SUPERSEDED,
)
_ADDRESS = re.compile(r"[^\s<>()\[\]:;,\"']+@[^\s<>()\[\]:;,\"']+")


@dataclass(frozen=True)
class Sent:
    """One addressee, with the state of the mail and what the server answered.

    Addresses are for coordinators alone, also where the answer of a server names one.
    """

    dispatch: Dispatch
    address: str
    answer: str
    may_open: bool
    may_go_again: bool


def dispatches_of(thing: Minutes | Report, user: Any) -> list[Sent]:
    """Every dispatch of minutes or a report, in the order in which they were made."""
    rows = list(
        thing.dispatches.select_related("message", "line", "process")
        .defer("message__body_text", "message__body_html", "message__calendar")
        .order_by("pk")
    )
    coordinates = bool(rows) and is_coordinator(user, rows[0].process)
    renewed = {row.line_id for row in rows if row.line and row.line.email and not _failed(row)}
    return [
        Sent(
            dispatch=row,
            address=row.address if coordinates else "",
            answer=_answer(row, whole=coordinates),
            may_open=coordinates and row.message_id is not None,
            # Where the line has another address by now, the former one is history.
            may_go_again=_failed(row) and row.line_id not in renewed,
        )
        for row in rows
    ]


def _failed(row: Dispatch) -> bool:
    return row.message is None or row.message.state in NOT_ARRIVED


def _answer(row: Dispatch, *, whole: bool) -> str:
    if row.message is None:
        return ""
    return row.message.error if whole else _ADDRESS.sub("…", row.message.error)
