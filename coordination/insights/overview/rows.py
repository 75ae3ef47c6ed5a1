"""A commitment in the few facts that are counted and drawn, so that thousands are cheap to read."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, F, Min, Q

from coordination.commitments.models import Commitment, Level, Obligation
from coordination.commitments.register import rule_of
from coordination.processes.models import Process

#: Views that ask something of those who owe it: a field of `Row` each.
_ASKED = ("overdue", "at-risk", "to-verify", "contradicted", "in-breach")


@dataclass(frozen=True, slots=True)
class Row:
    """One commitment at a moment; its levels are the lowest of all who owe it."""

    key: int
    number: int
    due_on: date | None
    due_at: datetime | None
    lead: int | None
    verifier: int | None
    owners: int = 0
    reported: int | None = None
    verified: int | None = None
    fallen_due: bool = False
    overdue: bool = False
    at_risk: bool = False
    to_verify: bool = False
    contradicted: bool = False
    in_breach: bool = False
    #: When time alone changes something of it next, as far as that is known.
    changes_at: datetime | None = None

    @property
    def reported_full(self) -> bool:
        return self.reported == Level.FULL

    @property
    def verified_full(self) -> bool:
        return self.verified == Level.FULL


def rows_now(process: Process, user: Any, now: datetime) -> list[Row]:
    """Every commitment of a process, in the order of due days; two queries for any number."""
    levels = {name: (Min(f"{name}_level"), Count(f"{name}_level")) for name in _VOICES}
    told: dict[str, Any] = {
        "owners": Count("pk"),
        "changes_at": Min("due_at", filter=Q(due_at__gt=now)),
    }
    for name, (lowest, known) in levels.items():
        told |= {f"lowest_{name}": lowest, f"known_{name}": known}
    told |= {_field(view): Count("pk", filter=rule_of(view, now).q) for view in _ASKED}
    owed = Obligation.objects.filter(commitment__process=process).order_by()
    owed = owed.values_list("commitment").annotate(**told)
    of_owners = {key: dict(zip(told, values, strict=True)) for key, *values in owed}
    commitments = Commitment.objects.visible_to(user).filter(process=process)
    columns = ("pk", "number", "deadline__due_on", "deadline__due_at", "lead_body")
    order = (F("deadline__due_at").asc(nulls_last=True), "number")
    return [
        Row(
            *(key, number, due_on, due_at, lead, verifier),
            fallen_due=due_at is not None and due_at <= now,
            **_of_owners(of_owners.get(key)),
        )
        for key, number, due_on, due_at, lead, verifier in commitments.order_by(*order).values_list(
            *columns, "verifying_body"
        )
    ]


_VOICES = ("reported", "verified")


def _field(view: str) -> str:
    return view.replace("-", "_")


def _of_owners(told: dict[str, Any] | None) -> dict[str, Any]:
    """No level is known while one of the owners has none."""
    if told is None:
        return {}
    known = {
        name: told[f"lowest_{name}"] if told[f"known_{name}"] == told["owners"] else None
        for name in _VOICES
    }
    asked = {_field(view): bool(told[_field(view)]) for view in _ASKED}
    return {"owners": told["owners"], "changes_at": told["changes_at"], **known, **asked}


def rows_then(commitments: Iterable[Commitment], moment: datetime) -> Iterator[Row]:
    """The same of the rows of `as_it_stood.register_on`."""
    rules = {_field(view): rule_of(view, moment) for view in _ASKED}
    asked: dict[str, Any]
    for one in commitments:
        due = one.deadline
        asked = {name: rule.holds_of(one) for name, rule in rules.items()}
        yield Row(
            key=one.pk,
            number=one.number,
            due_on=due.due_on,
            due_at=due.due_at,
            lead=one.lead_body_id,
            verifier=one.verifying_body_id,
            owners=len(one.obligations.all()),
            reported=one.reported_level,
            verified=one.verified_level,
            fallen_due=due.due_at is not None and due.due_at <= moment,
            **asked,
        )


def in_order(rows: Iterable[Row]) -> list[Row]:
    """By due day, what has none last; as the register is read."""
    return sorted(rows, key=lambda row: (row.due_at is None, row.due_at, row.number))
