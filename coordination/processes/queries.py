"""Fetching a process, and who and what belongs to it, for a page."""

from datetime import date
from typing import Any

from django.db.models import Prefetch
from django.http import Http404
from django.shortcuts import get_object_or_404

from .access import membership
from .models import Affiliation, AnchorDate, AnchorEvent, Party, Process


def get_process(user: Any, slug: str) -> Process:
    """The process, with `viewer` set to the reader's membership; 404 to everybody else."""
    process = get_object_or_404(
        Process.objects.visible_to(user).prefetch_related("anchors"), slug=slug
    )
    viewer = membership(user, process)
    if viewer is None:  # it ended this very moment
        raise Http404
    process.viewer = viewer
    return process


def parties_on(parties: Any, process: Process, day: date) -> list[Party]:
    """All parties of a process, each with `ties`: what it is part of, or acts for, that day."""
    ties = Affiliation.objects.on(day).select_related("other").order_by("kind", "other__code")
    rows = parties.filter(process=process).order_by("code")
    return list(rows.prefetch_related(Prefetch("affiliations", ties, "ties")))


def open_requests(party: Party, today: date) -> list[Any]:
    """The last request to the party for each seat for which nobody was seated or named since."""
    last: dict[int, Any] = {}
    requests = party.succession_requests.select_related("seat__body").order_by("asked_at", "pk")
    for request in requests.prefetch_related("seat__terms", "seat__nominations"):
        last[request.seat_id] = request
    return [
        request
        for request in last.values()
        if request.seat.holds_on(today)
        and request.seat.body.exists_on(today)
        and not _answered(request, party.process.today(request.asked_at))
    ]


def _answered(request: Any, asked_on: date) -> bool:
    """A term with no end answers as well: nobody needs to be named any more."""
    terms, named = request.seat.terms.all(), request.seat.nominations.all()
    return any(term.ends_on is None or term.starts_on >= asked_on for term in terms) or any(
        one.state == one.State.PROPOSED for one in named
    )


def date_in_force(anchor: AnchorEvent) -> AnchorDate | None:
    """The date that an anchor event has now, where its dates were fetched with the latest first."""
    now = (anchor.on, anchor.at, anchor.has_happened)
    return next((one for one in anchor.dates.all() if _says(one) == now), None)


def _says(one: AnchorDate) -> tuple[date, Any, bool]:
    return one.on, one.at, one.status == AnchorDate.Status.ACTUAL
