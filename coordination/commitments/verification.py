"""Whether what is repeated on obligations and deadlines still equals what it repeats.

Everything is worked out anew from check-ins, findings, flags, breaches, measurements and terms, and
compared with what is stored; nothing is written. What is found wrong is put right in memory, so
that what repeats it in turn is not named too.
"""

from collections.abc import Iterator
from typing import Any

from django.db.models import Prefetch

from coordination.processes.models import Process

from .actions.dates import dates_worked_out
from .columns import columns_of, expected_columns, with_events
from .models import Breach, BreachStep, Commitment, Deadline, ExpectedOccurrence, Obligation

_AT_ONCE = 500
#: The columns that were worked out, by the model and the id of their row.
_Right = dict[tuple[type, int], dict[str, Any]]


def differences(process: Process) -> Iterator[str]:
    """Each column that differs, as a line: whose it is, what stands there, what should."""
    right: _Right = {}
    several: dict[int, Deadline] = {}
    for commitment, row, columns in dates_worked_out(process):
        right[type(row), row.pk] = columns
        if any(getattr(row, name) != value for name, value in columns.items()):
            yield from _compared(f"{commitment.code}, {_name(row)}", row, columns)
        if isinstance(row, Deadline) and commitment.kind in Commitment.EXPECTED:
            several[commitment.pk] = row
    yield from _breaches(process, right)
    earliest: dict[int, list[Any]] = {key: [] for key in several}
    owed = Obligation.objects.filter(commitment__process=process).order_by("pk")
    keys = list(owed.values_list("pk", flat=True))
    for start in range(0, len(keys), _AT_ONCE):
        some = Obligation.objects.filter(pk__in=keys[start : start + _AT_ONCE])
        for obligation in with_events(some).order_by("pk"):
            for row in (obligation.commitment.deadline, *obligation.breaches.all()):
                _put_right(row, right)
            about = f"{obligation.commitment.code}, {obligation.owner_name}"
            yield from _expected(about, obligation, right)
            yield from _compared(about, obligation, columns_of(obligation))
            if obligation.due_at and obligation.commitment_id in earliest:
                due = (obligation.due_at, obligation.due_on)
                earliest[obligation.commitment_id].append(due)
    for key, row in several.items():
        due_at, due_on = min(earliest[key], default=(None, None))
        about = f"{row.commitment.code}, {_name(row)}"
        yield from _compared(about, row, {"due_on": due_on, "due_at": due_at})


def _expected(about: str, obligation: Obligation, right: _Right) -> Iterator[str]:
    for row in obligation.expected.all():
        _put_right(row, right)
    for row, columns in expected_columns(obligation):
        yield from _compared(f"{about}, time {row.number}", row, columns)


def _breaches(process: Process, right: _Right) -> Iterator[str]:
    """The state and the clock of a breach are those of its last step."""
    steps = Prefetch("steps", BreachStep.objects.order_by("number"))
    rows = Breach.objects.filter(obligation__commitment__process=process).order_by("pk")
    for breach in rows.select_related("obligation__commitment").prefetch_related(steps):
        for last in list(breach.steps.all())[-1:]:
            columns = {"state": last.state, "clock_at": last.clock_at}
            right[Breach, breach.pk] = columns
            yield from _compared(str(breach), breach, columns)


def _name(row: Any) -> str:
    if isinstance(row, ExpectedOccurrence):
        return f"{row.obligation.owner_name}, time {row.number}"
    return str(row._meta.verbose_name)


def _put_right(row: Any, right: _Right) -> None:
    for name, value in right.get((type(row), row.pk), {}).items():
        setattr(row, name, value)


def _compared(about: str, row: Any, columns: dict[str, Any]) -> Iterator[str]:
    for name, should in columns.items():
        stands = getattr(row, name)
        if stands != should:
            yield f"{about}: {name} is {stands}, the record says {should}"
            setattr(row, name, should)
