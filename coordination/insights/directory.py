"""The directory: who and what takes part, and how bodies are reached, in one process or in all."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet
from django.db.models.functions import Substr
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.models import User
from coordination.base.paging import cut
from coordination.bodies.models import Body, ContactChannel, Seat, Term
from coordination.processes.access import memberships
from coordination.processes.models import Membership, Party, Process
from coordination.processes.queries import get_process

from .search.hits import Scope
from .search.words import spelled, split

#: A page with several lines a row stays below 50 KB.
PAGE = 40
#: Of the people of a party, those who are named in its line.
NAMED = 5
VIEWS = {
    "people": _("People"),
    "parties": _("Parties"),
    "bodies": _("Bodies and how to reach them"),
}


@dataclass(frozen=True)
class Page:
    """Some rows in order, and the keys of those before which and after which one goes on."""

    rows: list[Any]
    before: int | None = None
    after: int | None = None


@dataclass
class Person:
    """Somebody, with their places in the processes of the reader and the seats they hold today."""

    user: User
    members: list[Membership] = field(default_factory=list)
    terms: list[Term] = field(default_factory=list)
    #: Whether the reader keeps a process in which they take part, so that they read the address.
    is_addressed: bool = False


@require_safe
def directory(request: HttpRequest, slug: str = "") -> HttpResponse:
    """People, parties or bodies: of one process, or of all that the reader belongs to."""
    process = get_process(request.user, slug) if slug else None
    scope = Scope.of(request.user, slug)
    view = request.GET.get("view", "people")
    if view not in VIEWS:
        raise Http404
    asked = {name: request.GET.get(name, "").strip()[:80] for name in ("find", "letter", "party")}
    context = {
        "process": process,
        "tab": "people" if process else "directory",
        "view": view,
        "views": VIEWS.items(),
        **asked,
        **_SHOWN[view](request, scope, asked),
    }
    return render(request, f"insights/directory{'_of_process' if process else ''}.html", context)


@require_safe
def processes(request: HttpRequest) -> HttpResponse:
    """The processes that one belongs to, and as what."""
    rows = Process.objects.visible_to(request.user).prefetch_related("anchors")
    own = {one.process_id: one for one in memberships(request.user)}
    lines = [(one, own[one.pk]) for one in rows.order_by("short_name") if one.pk in own]
    return render(request, "insights/processes.html", {"tab": "processes", "lines": lines})


def _people(request: HttpRequest, scope: Scope, asked: dict[str, str]) -> dict[str, Any]:
    members = scope.rows(Membership).current()
    if asked["party"]:
        members = members.filter(party__code=asked["party"])
    fields = ("user__name", "user__function", "party__code", "party__name")
    found = members.filter(_finds(asked["find"], fields))
    people = User.objects.filter(pk__in=found.values("user"))
    letters = people.order_by().annotate(first=Substr("name", 1, 1)).values_list("first").distinct()
    if asked["letter"]:
        begins = Q(pk__in=[])
        for way in spelled(asked["letter"]):
            begins |= Q(name__istartswith=way)
        people = people.filter(begins)
    page = _page(request, people, "name")
    rows = {one.pk: Person(one) for one in page.rows}
    of_them = members.filter(user__in=rows).select_related("party")
    for member in of_them.order_by("process__short_name", "pk"):
        member.process = scope.processes[member.process_id]
        rows[member.user_id].members.append(member)
        rows[member.user_id].is_addressed |= member.process_id in scope.coordinated
    for term in _running(scope, Q(holder__in=rows)):
        rows[term.holder_id].terms.append(term)
    return {
        "page": page,
        "rows": [*rows.values()],
        "letters": sorted({first.upper() for (first,) in letters if first.strip()}),
    }


def _parties(request: HttpRequest, scope: Scope, asked: dict[str, str]) -> dict[str, Any]:
    """Those that take part, each with who heads its delegation and some of its people."""
    today = timezone.now().date()
    still = Q(left_on=None) | Q(left_on__gte=today)
    current = Membership.objects.current().values("pk")
    rows = scope.rows(Party).filter(still, _finds(asked["find"], ("code", "name")))
    counted = Count("memberships", filter=Q(memberships__in=current))
    page = _page(request, rows.annotate(people=counted), "code")
    named: dict[int, list[Membership]] = defaultdict(list)
    members = scope.rows(Membership).current().filter(party__in=[one.pk for one in page.rows])
    for member in members.select_related("user").order_by("-heads_delegation", "user__name", "pk"):
        if len(named[member.party_id or 0]) < NAMED:
            named[member.party_id or 0].append(member)
    lines = [
        (one, scope.processes[one.process_id], named[one.pk], max(one.people - NAMED, 0))
        for one in page.rows
    ]
    return {"page": page, "rows": lines}


def _bodies(request: HttpRequest, scope: Scope, asked: dict[str, str]) -> dict[str, Any]:
    """Those that are there today, with who runs them and the ways to reach them."""
    days = {pk: process.today() for pk, process in scope.processes.items()}
    standing = Q(ended_on=None) | Q(ended_on__gt=min(days.values(), default=timezone.now().date()))
    rows = scope.rows(Body).filter(standing, _finds(asked["find"], ("code", "name")))
    channels = ContactChannel.objects.visible_to(request.user).order_by("order", "pk")
    page = _page(request, rows.prefetch_related(Prefetch("channels", channels, "known")), "code")
    run_by: dict[int, list[Term]] = defaultdict(list)
    keys = [one.pk for one in page.rows]
    for term in _running(scope, Q(seat__body__in=keys, seat__role__in=Seat.RUNNING)):
        run_by[term.seat.body_id].append(term)
    lines = [
        (
            one,
            scope.processes[one.process_id],
            run_by[one.pk],
            [way for way in one.known if way.holds_on(days[one.process_id])],
        )
        for one in page.rows
    ]
    return {"page": page, "rows": lines}


_SHOWN = {"people": _people, "parties": _parties, "bodies": _bodies}


def _running(scope: Scope, which: Q) -> Iterable[Term]:
    """The terms that run today, by the calendar of each process."""
    yesterday = timezone.now().date() - timedelta(days=1)
    late = Q(ends_on=None) | Q(ends_on__gte=yesterday)
    rows = scope.rows(Term).filter(which, late).select_related("seat__body", "holder")
    for term in rows.order_by("seat__body__code", "seat__number", "pk"):
        body = term.seat.body
        body.process = scope.processes[body.process_id]
        if term.runs_on(body.process.today()):
            yield term


def _finds(typed: str, fields: tuple[str, ...]) -> Q:
    """Rows with every word in one of the fields."""
    found = Q()
    for word in split(typed):
        one = Q(pk__in=[])
        for way in spelled(word):
            for name in fields:
                one |= Q(**{f"{name}__icontains": way})
        found &= one
    return found


def _page(request: HttpRequest, rows: QuerySet, column: str) -> Page:
    """Some rows in the order of a column, before or after the one whose key stands in the address.

    The last page costs what the first does.
    """
    backwards = "before" in request.GET
    start = rows.filter(pk=_key(request.GET.get("before" if backwards else "after", ""))).first()
    if start is None:
        backwards, place = False, Q()
    else:
        way, value = ("lt" if backwards else "gt"), getattr(start, column)
        place = Q(**{f"{column}__{way}": value}) | Q(**{column: value, f"pk__{way}": start.pk})
    order = (f"-{column}", "-pk") if backwards else (column, "pk")
    found = list(rows.filter(place).order_by(*order)[: PAGE + 1])
    some, is_before, is_after = cut(found, PAGE, backwards=backwards, from_start=start is None)
    return Page(some, some[0].pk if is_before else None, some[-1].pk if is_after else None)


def _key(said: str) -> int:
    return int(said) if said.isascii() and said.isdigit() and len(said) < 19 else 0
