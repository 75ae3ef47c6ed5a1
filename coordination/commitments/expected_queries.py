"""Reading the ledger of expected times: the periods of a rhythm, and what triggers obliged to."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, Count, F, Q, QuerySet, Value, When, Window
from django.db.models.functions import RowNumber
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from .expected import State, is_open, owed_next, state_of
from .models import Commitment, ExpectedOccurrence, Obligation

#: Times on the commitment's page that are over, for each who owes it; the next one comes on top.
SHOWN = 6

_MARKS = {
    State.EXPECTED: "none",
    State.MET: "ok",
    State.LATE: "risk",
    State.MISSING: "over",
    State.CONTRADICTED: "contra",
    State.CALLED_OFF: "wait",
}


@dataclass(frozen=True)
class Time:
    """One expected time and its state, as a line of the ledger shows it."""

    row: ExpectedOccurrence
    state: State

    @property
    def mark(self) -> str:
        return _MARKS[self.state]

    @property
    def words(self) -> str | Promise:
        return str(self.state.label).capitalize()

    @property
    def about(self) -> str:
        return about(self.row)

    @property
    def was_extended(self) -> bool:
        return self.row.original_on is not None and self.row.original_on != self.row.due_on


def about(row: ExpectedOccurrence) -> str:
    """Which time it is: its period, or what triggered it."""
    if row.period_from is not None and row.period_to is not None:
        last = row.period_to - timedelta(days=1)
        if last == row.period_from:
            return _day(last)
        return _("%(first)s to %(last)s") % {"first": _day(row.period_from), "last": _day(last)}
    if row.opened_by is not None:
        return f"{row.opened_by.what}, {_day(row.opened_by.on)}"
    if row.follows is not None:
        code = row.follows.obligation.commitment.code
        return _("after %(code)s, time %(n)s") % {"code": code, "n": row.follows.number}
    return _("time %(n)s") % {"n": row.number}


def _day(day: Any) -> str:
    return date_format(day, "j M Y")


def times_of(obligation: Obligation) -> QuerySet[ExpectedOccurrence]:
    """All expected times of an obligation, newest first, with what names them."""
    return _named(ExpectedOccurrence.objects.filter(obligation=obligation)).order_by("-number")


def _named(rows: QuerySet[ExpectedOccurrence]) -> QuerySet[ExpectedOccurrence]:
    return rows.select_related(
        "obligation__commitment__process", "opened_by", "follows__obligation__commitment"
    ).prefetch_related("extensions")


def with_states(rows: Iterable[ExpectedOccurrence], now: datetime | None = None) -> list[Time]:
    now = now or timezone.now()
    return [Time(row, state_of(row, now)) for row in rows]


def counts(rows: Iterable[ExpectedOccurrence]) -> list[tuple[str, str, int]]:
    """How many there are of each state that occurs: its mark, its word and the number."""
    now = timezone.now()
    found = Counter(state_of(row, now) for row in rows)
    return [(_MARKS[one], str(one.label), found[one]) for one in State if found[one]]


@dataclass(frozen=True)
class Ledger:
    """The last times of one who owes it, and the next."""

    obligation: Obligation
    times: list[Time]
    total: int


def last_times(obligations: Sequence[Obligation]) -> list[Ledger]:
    """For `commitments/_expected.html`, as `ledgers`: the next and the last times of each who owes
    it, newest first, in three queries; nothing for kinds that are not expected several times."""
    owed = [one for one in obligations if one.commitment.kind in Commitment.EXPECTED]
    if not owed:
        return []
    now = timezone.now()
    ahead = Case(When(due_at__gt=now, then=Value(1)), default=Value(0))
    nearest = Case(When(due_at__gt=now, then=F("number")), default=-F("number"))
    ranked = ExpectedOccurrence.objects.filter(obligation__in=owed).annotate(
        ahead=ahead,
        place=Window(RowNumber(), partition_by=["obligation", ahead], order_by=nearest.asc()),
    )
    rows: dict[int, list[Any]] = {one.pk: [] for one in owed}
    # Of what lies ahead, the next one only.
    nearest_ones = ranked.filter(Q(ahead=0, place__lte=SHOWN) | Q(ahead=1, place=1))
    for row in _named(nearest_ones).order_by("-number"):
        rows[row.obligation_id].append(row)
    totals = dict(
        ExpectedOccurrence.objects.filter(obligation__in=owed)
        .order_by()
        .values_list("obligation")
        .annotate(Count("pk"))
    )
    return [Ledger(one, with_states(rows[one.pk], now), totals.get(one.pk, 0)) for one in owed]


def choices(
    rows: Sequence[ExpectedOccurrence], chosen: ExpectedOccurrence | None, *, most: int
) -> list[Any]:
    """The times that a form offers, as its select takes them: what is open first."""
    open_ones = [row for row in rows if is_open(row)]
    done = [row for row in rows if row.called_off_at is None and not is_open(row)]
    groups = [
        (_("Open"), _newest(open_ones, most, chosen)),
        (_("Reported as done"), _newest(done, most // 2, chosen)),
    ]
    return [(label, [(row.pk, _offered(row)) for row in some]) for label, some in groups if some]


def _newest(
    rows: list[ExpectedOccurrence], most: int, chosen: ExpectedOccurrence | None
) -> list[ExpectedOccurrence]:
    """The newest of some, the chosen one before all."""
    newest = sorted(rows, key=lambda row: row.number, reverse=True)[:most]
    return [chosen, *(row for row in newest if row != chosen)] if chosen in rows else newest


def _offered(row: ExpectedOccurrence) -> str:
    if row.due_on is None:
        return f"{row.number}. {about(row)}"
    words = {"n": row.number, "about": about(row), "due": _day(row.due_on)}
    return _("%(n)s. %(about)s, due %(due)s") % words


def to_report(obligation: Obligation, rows: Sequence[ExpectedOccurrence]) -> Any:
    """The time that a report is about unless its author says otherwise; `rows` as in the ledger."""
    recurs = obligation.commitment.kind == Commitment.Kind.RECURRING
    owed = owed_next(list(rows), recurs=recurs)
    undated = (row for row in rows if row.due_at is None and is_open(row))
    return owed or min(undated, key=lambda row: row.number, default=None)


def to_verify(rows: Sequence[ExpectedOccurrence]) -> ExpectedOccurrence | None:
    """The time that a finding is about: the last reported one, or else the last that is over."""
    now = timezone.now()
    reported = [row for row in rows if row.reported_level is not None]
    over = [row for row in rows if row.due_at is not None and row.due_at <= now]
    return max(reported or over or rows, key=lambda row: row.number, default=None)
