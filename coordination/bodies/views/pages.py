"""Bodies as members read them: the list, one body, and the structure as a drawing."""

from datetime import date
from typing import Any

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
#: With more bodies than these, the drawing shows one track at a time.
DRAWN = 60


@require_safe
def index(request: HttpRequest, slug: str) -> HttpResponse:
    process = get_process(request.user, slug)
    as_of = read_as_of(request, process)
    structure = load(process, as_of.day)
    found = queries.found(process, structure=structure)
    bodies = queries.bodies_with_seats(Body.objects.visible_to(request.user), process, as_of.day)
    context = views_of(process, as_of, found) | {
        "view": "bodies",
        "bodies": [
            queries.Line(body, structure, found) for body in bodies if body.exists_on(as_of.day)
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
        track = tracks[0][0] if len(facts.existing) > DRAWN else ""
    order = [value for value, _label in tracks]
    context = views_of(process, as_of, found) | {
        "view": "structure",
        "tracks": tracks,
        "track": track,
        "all_tracks": len(facts.existing) <= DRAWN,
        "drawing": drawing.draw(facts, found, track, order),
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


def body_context(
    request: HttpRequest, process: Process, body: Body, edited: matrix.Row | None = None
) -> dict[str, Any]:
    """Everything on a body's page; `edited` is a row of its matrix that was refused."""
    as_of = read_as_of(request, process)
    facts = load(process, as_of.day)
    found = queries.found(process, structure=facts)
    own = [one for one in found if body.pk in one.gap.body_ids]
    keeps = as_of.is_today and access.may_keep(request.user, body)
    editing = edited.id if edited else _number(request.GET.get("edit")) if keeps else None
    signatories = list(process.parties.filter(signatory=True).values_list("pk", flat=True))
    table = matrix.of_body(facts, found, body.pk, signatories, every_seat=editing is not None)
    if edited:
        table.rows = [edited if row.id == edited.id else row for row in table.rows]
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
        "editing": editing,
        "letters": queries.LETTERS,
        "other_bodies": _other_bodies(process, facts, table) if editing else [],
        "known": _known(process, table) if keeps else [],
        "may_keep": keeps,
        "is_coordinator": as_of.is_today and process.viewer.is_coordinator,  # type: ignore[attr-defined]
        "found": [one for one in own if one.is_open and not one.gap.responsibility_id],
        "accepted": [one for one in own if not one.is_open],
        "protocol": protocol,
        "sources": {one.topic: one for one in protocol.sources.all()} if protocol else {},
        "reachable": _reachable(protocol, body),
        "roots": _surroundings(facts, found, body.pk),
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
        "led": body.led_commitments.order_by("number").for_list()[:LED_SHOWN],
        "led_count": body.led_commitments.count(),
        "reviews": body.reviews.filter(state__in=["planned", "in_session"])
        .select_related("body__process")
        .order_by("starts_at"),
    }


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 19 else None


def _other_bodies(process: Process, facts: Structure, table: matrix.Matrix) -> list[Any]:
    """The bodies that have no column yet, for who may give any body a part."""
    if not process.viewer.is_coordinator:  # type: ignore[attr-defined]
        return []
    columns = {column.name for column in table.columns}
    return [body for body in facts.existing if f"body-{body.id}" not in columns]


def _known(process: Process, table: matrix.Matrix) -> list[str]:
    """Names to choose from when a body takes on what another has already."""
    here = {row.id for row in table.rows}
    today = process.today()
    rows = process.responsibilities.on(today).exclude(pk__in=here).order_by("name")
    return list(rows.values_list("name", flat=True)[:200])


def _reachable(protocol: Protocol | None, body: Body) -> decisions.Quorum | None:
    """The quorum if everybody who holds a seat came; None where the protocol asks for none."""
    seats: list[Any] = list(body.seats.all())
    everybody = {seat.pk: None for seat in seats if seat.current_terms}
    counts_as = {part.group: part.counts_as for part in body.composition_parts.all()}
    reached = decisions.quorum(protocol, seats, everybody, counts_as)
    return None if reached.met is None else reached


def _surroundings(facts: Structure, found: list[queries.Found], body_id: int) -> list[drawing.Node]:
    """The line from the top down to a body, and what reports to it."""

    def narrow(node: drawing.Node) -> drawing.Node | None:
        if node.body.id == body_id:
            for child in node.children:
                child.children = []
            return node
        for child in node.children:
            if inner := narrow(child):
                node.children = [inner]
                return node
        return None

    roots = (narrow(root) for root in drawing.tree(facts, found))
    return [root for root in roots if root]


def _channels(body: Body, day: date) -> list[tuple[Any, ChannelTest | None]]:
    """The ways to reach a body, each with its last test."""
    channels = body.channels.on(day).prefetch_related("tests")
    return [(channel, next(iter(channel.tests.all()), None)) for channel in channels]
