"""The calendar of a process, and one's own over all processes: as a month, and as a list."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import User
from coordination.base.dates import FIRST_YEAR, LAST_YEAR
from coordination.bodies.access import rights
from coordination.bodies.models import Body
from coordination.commitments.models import Obligation
from coordination.processes.queries import get_process

from ..calendar import DUE_SHOWN, Day, meetings_between, month_of, own_meetings, put_due, reach
from ..occurrences import Meeting
from .meetings import address_of

_MONTH = re.compile(r"(\d{4})-(\d{2})")


@dataclass(frozen=True)
class Asked:
    """What the address asks for."""

    month: date
    as_list: bool
    due: bool
    body: str

    @classmethod
    def of(cls, request: HttpRequest, today: date) -> "Asked":
        said = request.GET
        month = today.replace(day=1)
        if text := said.get("month"):
            found = _MONTH.fullmatch(text)
            year, number = (int(found[1]), int(found[2])) if found else (0, 0)
            if not (FIRST_YEAR < year < LAST_YEAR and 1 <= number <= 12):
                raise Http404
            month = date(year, number, 1)
        return cls(month, said.get("view") == "list", said.get("due") == "1", said.get("body", ""))

    def address(self, **other: Any) -> str:
        said = {
            "month": f"{self.month:%Y-%m}",
            "view": "list" if self.as_list else "",
            "body": self.body,
            "due": "1" if self.due else "",
        } | other
        return "?" + urlencode({key: value for key, value in said.items() if value})


@require_safe
def of_process(request: HttpRequest, slug: str) -> HttpResponse:
    process = get_process(request.user, slug)
    today = process.today()
    asked = Asked.of(request, today)
    bodies = list(Body.objects.visible_to(request.user).filter(process=process))
    for body in bodies:
        body.process = process
    chosen = [body for body in bodies if not asked.body or body.code == asked.body]
    first, last = reach(asked.month.year, asked.month.month)
    meetings = meetings_between(chosen, first, last)
    due = Obligation.objects.visible_to(request.user).filter(commitment__process=process)
    if asked.body:
        due = due.filter(commitment__lead_body__in=chosen)
    own = rights(request.user, process)
    context = _context(asked, meetings, due, None, today) | {
        "process": process,
        "tab": "reviews",
        "bodies": [(body.code, body.name) for body in bodies],
        "may_plan": own.coordinates or own.bodies,
    }
    return render(request, "reviews/calendar.html", context)


@require_safe
def own(request: HttpRequest) -> HttpResponse:
    """The meetings to which one is invited, on one's own clocks."""
    user = request.user
    assert isinstance(user, User)  # the middleware lets nobody else in
    today = timezone.now().astimezone(user.zone).date()
    asked = Asked.of(request, today)
    meetings, bodies = own_meetings(user, *reach(asked.month.year, asked.month.month))
    if asked.body:
        meetings = [one for one in meetings if str(one.body.pk) == asked.body]
    due = Obligation.objects.visible_to(user).filter(focal_point=user)
    context = _context(asked, meetings, due, user.zone, today) | {
        "tab": "calendar",
        "bodies": [(str(body.pk), f"{body.process.short_name}, {body.name}") for body in bodies],
    }
    return render(request, "reviews/calendar_own.html", context)


def _context(
    asked: Asked,
    meetings: list[Meeting],
    due: QuerySet[Obligation],
    zone: ZoneInfo | None,
    today: date,
) -> dict[str, Any]:
    weeks = month_of(asked.month.year, asked.month.month, meetings, zone, today)
    if asked.due:
        first, last = weeks[0][0].date, weeks[-1][-1].date
        rows = due.filter(due_on__range=(first, last)).select_related("commitment__process")
        put_due(weeks, rows.order_by("due_on", "commitment__number")[:DUE_SHOWN])
    before = (asked.month - timedelta(days=1)).replace(day=1)
    after = (asked.month + timedelta(days=31)).replace(day=1)
    return {
        "asked": asked,
        "weeks": weeks,
        "days": [day for week in weeks for day in week if _is_shown(day)],
        "addresses": {one: address_of(one) for one in meetings},
        "zone": zone,
        "earlier": (before, asked.address(month=f"{before:%Y-%m}")),
        "later": (after, asked.address(month=f"{after:%Y-%m}")),
        "this_month": asked.address(month=f"{today:%Y-%m}"),
        "is_this_month": asked.month == today.replace(day=1),
        "as_month": asked.address(view=""),
        "as_list": asked.address(view="list"),
    }


def _is_shown(day: Day) -> bool:
    return not day.is_outside and bool(day.meetings or day.due)
