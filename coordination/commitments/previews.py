"""Showing what a change would move before it is made.

The change itself is made, what the ledger then says of it is read, and all of it is undone: what is
shown is what will be. A form that was shown so comes again with a digest of what was shown, and is
applied where it would still move that and nothing else.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.forms.utils import ErrorDict
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from coordination.base.forms import SubmissionForm
from coordination.ledger.actions import lock
from coordination.ledger.models import Entry
from coordination.processes.editing import save
from coordination.processes.models import Process

from .forms.kinds import AGAIN
from .models import Commitment, ExpectedOccurrence

#: What was shown, by the form that is applied.
SHOWN = "shown"
#: Rows of a preview on one page, which has all that was typed besides.
MOST_ROWS = 50


@dataclass(frozen=True)
class Preview:
    """What would happen, a row each; whether that is other than what was shown before."""

    rows: Sequence[Any]
    is_other: bool
    carried: list[tuple[str, str]]
    template: str = "commitments/_moves.html"

    @property
    def first(self) -> Sequence[Any]:
        return self.rows[:MOST_ROWS]

    @property
    def more(self) -> int:
        return max(len(self.rows) - MOST_ROWS, 0)

    @property
    def digest(self) -> str:
        return _digest(self.rows)


_WHAT = {"due": gettext_lazy("due"), "starts": gettext_lazy("starts"), "ends": gettext_lazy("ends")}


@dataclass(frozen=True)
class Shift:
    """A due day that moves, as a page shows it."""

    pk: int
    before: date | None
    after: date | None
    before_at: datetime | None = None
    after_at: datetime | None = None
    what: str = "due"
    commitment: Commitment | None = None  # of those that the page shows

    @property
    def day_of(self) -> str:
        """What the day is of it, in a word."""
        return str(_WHAT[self.what])

    @property
    def days(self) -> int | None:
        """By how many days it moves; None where it had no day, or has none any more."""
        return (self.after - self.before).days if self.before and self.after else None

    @property
    def words(self) -> str:
        if self.before is None:
            return _("gets a date")
        if self.after is None:
            return _("has no date any more")
        days = self.days or 0
        if days == 0:
            return _("same day, another hour")
        if days > 0:
            return ngettext("%(n)s day later", "%(n)s days later", days) % {"n": days}
        return ngettext("%(n)s day earlier", "%(n)s days earlier", -days) % {"n": -days}


class _Undone(Exception):
    """Raised to undo what was done only to be looked at."""

    def __init__(self, rows: Sequence[Any]) -> None:
        super().__init__()
        self.rows = rows


def save_after_preview(
    request: HttpRequest,
    form: SubmissionForm,
    action: Callable[..., Any],
    process: Process,
    done: str = "",
    /,
    *,
    shows: Callable[[Process, int], Sequence[Any]] | None = None,
    template: str = "commitments/_moves.html",
    **given: Any,
) -> Preview | bool:
    """As `editing.save`, but what would move is shown first; a `Preview` is not saved yet.

    What moves nothing is saved at once. `shows` reads what happened, from the entries of the ledger
    after the given one; by default the due days that moved, and `done` is then said with their
    number. Answer with `after_preview`.
    """
    if is_asked_again(request, form):
        return False
    rows: Sequence[Any] | None = None  # as long as the action was not asked

    def look_first(**said: Any) -> Any:
        nonlocal rows
        start = lock(process).count
        made = action(**said)
        rows = (shows or shifts)(process, start)
        if rows and request.POST.get(SHOWN) != _digest(rows):
            raise _Undone(rows)
        return made

    try:
        saved = save(request, form, look_first, process, **given)
    except _Undone as undone:
        carried = [
            (name, value)
            for name, values in request.POST.lists()
            if name not in ("csrfmiddlewaretoken", SHOWN, AGAIN)
            for value in values
        ]
        return Preview(undone.rows, SHOWN in request.POST, carried, template)
    if saved and done and rows is not None:
        moved = "" if shows else _moved(len(rows))
        messages.success(request, f"{done} {moved}".strip())
    return saved


def after_preview(
    request: HttpRequest,
    outcome: Preview | bool,
    template: str,
    context: dict[str, Any],
    form: Any,
    *,
    what: str,
) -> HttpResponse:
    """The page of what would move, or else the page of the form; `what` names what is changed.

    The context has `process`, `tab`, and `back`: where one goes who changes nothing.
    """
    if isinstance(outcome, Preview):
        shown = context | {"preview": outcome, "what": what}
        return render(request, "commitments/preview.html", shown)
    status = 422 if form.is_bound and not is_asked_again(request, form) else 200
    return render(request, template, context | {"form": form}, status=status)


def is_asked_again(request: HttpRequest, form: Any) -> bool:
    """Whether a form is to be shown as it was typed, without a word on what is missing in it."""
    if request.method != "POST" or not form.is_bound:
        return False
    if AGAIN not in request.POST and not getattr(form, "is_asked_again", False):
        return False
    form._errors, form.cleaned_data = ErrorDict(), {}
    for table in getattr(form, "lists", {}).values():
        for row in table.forms:
            row._errors, row.cleaned_data = ErrorDict(), {}
    return True


def shifts(process: Process, start: int) -> list[Shift]:
    """The due days that moved by what the ledger recorded after an entry."""
    entries = Entry.objects.filter(process=process, sequence__gt=start, verb="deadline.moved")
    found = sorted((_shift(entry, process) for entry in entries), key=lambda shift: shift.pk)
    rows = Commitment.every.filter(pk__in=[shift.pk for shift in found[:MOST_ROWS]]).for_list()
    named = {one.pk: one for one in rows}
    return [replace(shift, commitment=named.get(shift.pk)) for shift in found]


def _shift(entry: Entry, process: Process) -> Shift:
    keys = entry.before.keys() | entry.after.keys()
    what = next((what for what in _WHAT if f"{what}_on" in keys), "due")
    if "due_at" in keys:
        before_at, after_at = (_moment(side.get("due_at")) for side in (entry.before, entry.after))
        day = after_at.astimezone(process.zone).date() if after_at else None
        return Shift(entry.object_id, day, day, before_at, after_at)
    before, after = (_day(side.get(f"{what}_on")) for side in (entry.before, entry.after))
    return Shift(entry.object_id, before, after, what=what)


def _day(said: str | None) -> date | None:
    return date.fromisoformat(said) if said else None


def _moment(said: str | None) -> datetime | None:
    return datetime.fromisoformat(said) if said else None


def openings(process: Process, start: int) -> list[ExpectedOccurrence]:
    """What is expected for what the ledger recorded after an entry: of whom, and by when."""
    entries = Entry.objects.filter(process=process, sequence__gt=start, verb="trigger.happened")
    events = list(entries.values_list("object_id", flat=True))
    rows = ExpectedOccurrence.objects.filter(opened_by__in=events).select_related(
        "obligation__commitment", "obligation__party", "obligation__body"
    )
    return list(rows.order_by("obligation__commitment__number", "obligation"))


def _digest(rows: Sequence[Any]) -> str:
    said = "\n".join(sorted(_key(row) for row in rows))
    return hashlib.sha256(said.encode()).hexdigest()[:20]


def _key(row: Any) -> str:
    if isinstance(row, ExpectedOccurrence):
        return f"{row.obligation_id} {row.number} {row.due_at}"
    return f"{row.pk} {row.what} {row.before} {row.after} {row.before_at} {row.after_at}"


def _moved(count: int) -> str:
    if not count:
        return _("No due day moved.")
    return ngettext("%(n)s due day moved.", "%(n)s due days moved.", count) % {"n": count}
