"""One person in a process: where they sit and sat, what they answer for, what comes."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.db.models import F, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import User
from coordination.base.sent import LARGEST_ID
from coordination.bodies.models import Seat, Term
from coordination.commitments.models import Commitment, Obligation
from coordination.commitments.standing import Standing, of_obligation
from coordination.processes.models import Membership, Process
from coordination.processes.queries import get_process
from coordination.reminders.models import Occurrence
from coordination.reviews.models import Review
from coordination.reviews.queries import coming

#: Duties on one page, reviews beside them, and of the terms that are over the last.
DUTIES, REVIEWS, FORMER = 25, 6, 30


@dataclass(frozen=True)
class Served:
    """A term, and whether the person holds it or stands in."""

    term: Term
    is_alternate: bool

    @property
    def person(self) -> User | None:
        return self.term.alternate if self.is_alternate else self.term.holder

    @property
    def runs_body(self) -> bool:
        return not self.is_alternate and self.term.seat.role in Seat.RUNNING


@dataclass(frozen=True)
class Duty:
    """What the person reports for, where it stands, and since when an answer is awaited."""

    obligation: Obligation
    standing: Standing
    asked_on: date | None


@require_safe
def person(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """`pk` is that of the person; whoever never was in the process is not there."""
    if pk > LARGEST_ID:
        raise Http404
    process = get_process(request.user, slug)
    members = Membership.objects.visible_to(request.user).filter(process=process, user=pk)
    places = list(members.select_related("user", "party").order_by("-started_at", "-pk"))
    served = _served(request.user, process, pk)
    who = places[0].user if places else served[0].person if served else None
    if who is None:
        raise Http404
    today = process.today()
    now_there = [one for one in served if one.term.runs_on(today)]
    reads_asked = process.viewer.is_coordinator or who == request.user
    page = Paginator(_duties(request.user, process, pk), DUTIES).get_page(request.GET.get("page"))
    asked = _asked(request.user, process, pk) if reads_asked else {}
    now = timezone.now()
    context = {
        "process": process,
        "tab": "people",
        "who": who,
        "is_self": who == request.user,
        "member": next((one for one in places if one.ended_at is None), None),
        "places": places,
        "seats": now_there,
        "later": [one for one in served if one.term.starts_on > today],
        "former": [one for one in served if one.term.ends_on and one.term.ends_on < today][:FORMER],
        "page": page,
        "duties": [
            Duty(one, of_obligation(one, now), asked.get(one.pk)) for one in page.object_list
        ],
        "asked": asked,
        "reads_asked": reads_asked,
        "reviews": Review.objects.visible_to(request.user)
        .filter(coming(process), body__in={one.term.seat.body_id for one in now_there})
        .select_related("body__process")
        .order_by("starts_at", "pk")[:REVIEWS],
    }
    return render(request, "insights/person.html", context)


def _served(user: Any, process: Process, person: int) -> list[Served]:
    """Every term in the process, the latest first."""
    terms = (
        Term.objects.visible_to(user)
        .filter(Q(holder=person) | Q(alternate=person), seat__body__process=process)
        .select_related("seat__body", "seat__party", "holder", "alternate")
        .order_by("-starts_on", "seat__body__name", "seat__number")
    )
    return [Served(one, one.holder_id != person) for one in terms]


def _duties(user: Any, process: Process, person: int) -> Any:
    """What is not done yet or has to be kept up, by the day on which it is due."""
    open_still = Q(completed_on=None) | Q(commitment__kind__in=Commitment.KEPT_UP)
    return (
        Obligation.objects.visible_to(user)
        .filter(
            open_still,
            focal_point=person,
            commitment__process=process,
            commitment__withdrawn_at=None,
        )
        .select_related("commitment__process", "commitment__deadline", "party", "body")
        .order_by(F("due_at").asc(nulls_last=True), "commitment__number", "pk")
    )


def _asked(user: Any, process: Process, person: int) -> dict[int, date]:
    """Since which day each check-in that is open waits for the person's answer."""
    rows = Occurrence.objects.visible_to(user).filter(
        obligation__commitment__process=process,
        recipient=person,
        state=Occurrence.State.ASKED,
    )
    return dict(rows.order_by("-local_date").values_list("obligation", "local_date"))
