"""Bodies as members read them: the list, one body, and the structure as a drawing."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from coordination.processes.as_of import AsOf, read_as_of
from coordination.processes.models import Process, Track
from coordination.processes.queries import get_process

from .. import access, decisions, drawing, matrix, queries
from ..models import Body, ChannelTest, Protocol
from ..structure import Structure, load
from ..vacancies import holdings

#: How many of the commitments that a body leads its page names; the register has all of them.
LED_SHOWN = 25
#: How many responsibilities of others are proposed when one is added.
KNOWN = 50
#: Bodies on one page of the list.
PAGE = 60


@require_safe
def index(request: HttpRequest, slug: str) -> HttpResponse:
    process = get_process(request.user, slug)
    as_of = read_as_of(request, process)
    structure = load(process, as_of.day)
    found = queries.found(process, structure=structure)
    bodies = Body.objects.visible_to(request.user).filter(process=process).order_by("name")
    there = [body.pk for body in bodies if body.exists_on(as_of.day)]
    page = Paginator(there, PAGE).get_page(request.GET.get("page"))
    shown = queries.bodies_with_seats(bodies, process, as_of.day)
    gaps = Counter(pk for one in found if one.is_open for pk in set(one.gap.body_ids))
    context = views_of(process, as_of, found) | {
        "view": "bodies",
        "page": page,
        "bodies": [
            queries.Line(body, structure, gaps[body.pk])
            for body in shown.filter(pk__in=list(page.object_list))
        ],
        "others": [body for body in bodies if not body.exists_on(as_of.day)],
    }
    return render(request, "bodies/index.html", context)


@require_safe
def structure(request: HttpRequest, slug: str) -> HttpResponse:
    """Who reports to whom, drawn and as a nested list."""
    process = get_process(request.user, slug)
    as_of = read_as_of(request, process)
    facts = load(process, as_of.day)
    found = queries.found(process, structure=facts)
    present = {body.track for body in facts.existing}
    tracks = [(value, label) for value, label in Track.choices if value in present]
    track = request.GET.get("track", "")
    if track not in present:
        track = ""
    codes = {body.code: body.id for body in facts.existing}
    top_code = request.GET.get("from", "")
    top = codes.get(top_code)
    order = [value for value, _label in tracks]
    context = views_of(process, as_of, found) | {
        "view": "structure",
        "tracks": tracks,
        "track": track,
        "top": facts.bodies[top] if top else None,
        "drawing": (drawn := drawing.draw(facts, found, track, order, top)),
        "steps": drawing.as_list(drawn.roots),
        "keep": [(name, value) for name, value in (("track", track), ("from", top_code)) if value],
    }
    return render(request, "bodies/structure.html", context)


def views_of(process: Process, as_of: AsOf, found: list[queries.Found]) -> dict[str, Any]:
    """What the pages about bodies have in common."""
    return {
        "process": process,
        "tab": "bodies",
        "as_of": as_of,
        "open_gaps": len([one for one in found if one.is_open]),
    }


@require_safe
def detail(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    process = get_process(request.user, slug)
    body = get_body(request, process, code)
    return render(request, "bodies/detail.html", body_context(request, process, body))


def get_body(request: HttpRequest, process: Process, code: str, day: date | None = None) -> Body:
    rows = Body.objects.visible_to(request.user).select_related("protocol")
    asked = read_as_of(request, process).day
    body = get_object_or_404(
        queries.bodies_with_seats(rows, process, day or asked).prefetch_related(
            "composition_parts",
            "protocol__quorum_parts",
            "protocol__dispute_steps",
            "protocol__sources",
        ),
        code=code,
    )
    body.process = process
    return body


@dataclass(frozen=True)
class Refusal:
    """A row of the matrix that was not saved: why, what was typed, and which cells clash."""

    row: int
    message: str
    typed: Mapping[str, str]
    now: Mapping[str, str]


def body_context(
    request: HttpRequest, process: Process, body: Body, refusal: Refusal | None = None
) -> dict[str, Any]:
    """Everything on a body's page; with a refusal, its row is open with what was typed."""
    as_of = read_as_of(request, process)
    facts = load(process, as_of.day)
    found = queries.found(process, structure=facts)
    own = [one for one in found if body.pk in one.gap.body_ids]
    keeps = as_of.is_today and access.may_keep(request.user, body)
    rows = matrix.rows_of(facts, body.pk)
    page = Paginator(rows, matrix.ROWS).get_page(request.GET.get("rows"))
    editing = refusal.row if refusal else _number(request.GET.get("edit")) if keeps else None
    if editing in rows:
        page = page.paginator.get_page(rows.index(editing) // matrix.ROWS + 1)
    else:
        editing = None
    of_all = process.viewer.is_coordinator
    view = matrix.View(
        keeps=keeps,
        of_all=of_all,
        every_seat=editing is not None,
        also=tuple(refusal.typed) if refusal else (),
        signatories=list(process.parties.filter(signatory=True).values_list("pk", flat=True)),
    )
    table = matrix.of_body(facts, found, body.pk, list(page.object_list), view)
    if refusal and (row := table.row(editing)):
        row.refuse(refusal.message, refusal.typed, refusal.now)
    elif refusal:  # the body has no part in it any more: there is no row to say so in
        messages.error(request, refusal.message)
    protocol = getattr(body, "protocol", None)
    seats: list[Any] = list(body.seats.all())  # with their holders
    return {
        "process": process,
        "tab": "bodies",
        "as_of": as_of,
        "body": body,
        "name": body.name_on(as_of.day),
        "seats": seats,
        "holdings": list(holdings(seats, as_of.day).values()),
        "filled": (filled := len([seat for seat in seats if seat.current_terms])),
        "vacant": len(seats) - filled,
        "mandated": sum(part.seats for part in body.composition_parts.all()),
        "exists": body.exists_on(as_of.day),
        "matrix": table,
        "page": page,
        "columns": ",".join(column.name for column in table.columns),
        "editing": editing,
        "letters": queries.LETTERS,
        "may_add_holder": of_all,
        "other_bodies": _other_bodies(facts, table) if editing and of_all else [],
        "known": _known(process, rows) if keeps and editing is None else [],
        "may_keep": keeps,
        "is_coordinator": as_of.is_today and process.viewer.is_coordinator,
        "found": [one for one in own if one.is_open and not one.gap.responsibility_id],
        "accepted": [one for one in own if not one.is_open],
        "protocol": protocol,
        "sources": {one.topic: one for one in protocol.sources.all()} if protocol else {},
        "reachable": _reachable(protocol, body) if as_of.is_today else None,
        "steps": drawing.as_list(_surroundings(facts, found, body.pk)),
        "lines": body.lines.on(as_of.day).select_related("to_body", "to_party"),
        "channels": _channels(body, as_of.day),
        "officers": [
            seat for seat in seats if seat.role == "communication_officer" and seat.current_terms
        ],
        "former_names": body.former_names.all(),
        "successions": body.successions.select_related("successor"),
        "precessions": body.precessions.select_related("predecessor"),
        "role_terms": body.role_terms.all(),
        "parts": body.composition_parts.all(),
        "led": body.led_commitments.for_list().order_by("number")[:LED_SHOWN],
        "led_count": body.led_commitments.count(),
        "reviews": body.reviews.filter(state__in=["planned", "in_session"])
        .select_related("body__process")
        .order_by("starts_at")
        if as_of.is_today
        else [],
    }


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 19 else None


def _other_bodies(facts: Structure, table: matrix.Matrix) -> list[str]:
    """The codes of bodies that have no column yet, proposed where they are not too many."""
    columns = {column.name for column in table.columns}
    codes = [body.code for body in facts.existing if f"body-{body.id}" not in columns]
    return codes if len(codes) <= KNOWN else []


def _known(process: Process, here: list[int]) -> list[str]:
    """Names to choose from when a body takes on what another has already; not too many of them."""
    rows = process.responsibilities.on(process.today()).exclude(pk__in=here[:900]).order_by("name")
    return list(rows.values_list("name", flat=True)[:KNOWN])


def _reachable(protocol: Protocol | None, body: Body) -> decisions.Quorum | None:
    """The quorum if everybody who holds a seat came; None where the protocol asks for none."""
    seats: list[Any] = list(body.seats.all())
    everybody = {seat.pk: None for seat in seats if seat.current_terms}
    parts = list(body.composition_parts.all())
    counts_as = {part.group: part.counts_as for part in parts}
    mandated = sum(part.seats for part in parts)
    reached = decisions.quorum(protocol, seats, everybody, counts_as, mandated=mandated)
    return None if reached.met is None else reached


def _surroundings(facts: Structure, found: list[queries.Found], body_id: int) -> list[drawing.Node]:
    """The line from the top down to a body, and what reports to it."""

    for root in drawing.tree(facts, found):
        line, here = [], None
        for kind, node in drawing.as_list([root]):
            if kind == "open":
                line.append(node)
                if node.body.id == body_id:
                    here = list(line)
            elif kind == "close":
                line.pop()
        if here:
            for above, below in pairwise(here):
                above.children = [below]
            for child in here[-1].children:
                child.children = []
            return [root]
    return []


def _channels(body: Body, day: date) -> list[tuple[Any, ChannelTest | None]]:
    """The ways to reach a body, each with its last test."""
    channels = body.channels.on(day).prefetch_related("tests")
    return [(channel, next(iter(channel.tests.all()), None)) for channel in channels]
