"""Fetching a process, and who and what belongs to it, for a page."""

from datetime import date
from typing import Any

from django.db.models import Prefetch
from django.shortcuts import get_object_or_404

from .access import membership
from .models import Affiliation, AnchorDate, AnchorEvent, Party, Process


def get_process(user: Any, slug: str) -> Process:
    """The process, with `viewer` set to the reader's membership; 404 to everybody else."""
    process = get_object_or_404(
        Process.objects.visible_to(user).prefetch_related("anchors"), slug=slug
    )
    process.viewer = membership(user, process)  # type: ignore[attr-defined]
    return process


def parties_on(parties: Any, process: Process, day: date) -> list[Party]:
    """All parties of a process, each with `ties`: what it is part of, or acts for, that day."""
    ties = Affiliation.objects.on(day).select_related("other").order_by("kind", "other__code")
    rows = parties.filter(process=process).order_by("code")
    return list(rows.prefetch_related(Prefetch("affiliations", ties, "ties")))


def open_requests(party: Party, today: date) -> list[Any]:
    """The last request to the party for each seat that nobody has held since it was asked."""
    last: dict[int, Any] = {}
    requests = party.succession_requests.select_related("seat__body").order_by("asked_at", "pk")
    for request in requests.prefetch_related("seat__terms"):
        last[request.seat_id] = request
    return [
        request
        for request in last.values()
        if request.seat.holds_on(today)
        and not any(term.runs_on(today) for term in request.seat.terms.all())
    ]


def date_in_force(anchor: AnchorEvent) -> AnchorDate | None:
    """The date that an anchor event has now, where its dates were fetched with the latest first."""
    dates = list(anchor.dates.all())
    actual = (one for one in dates if one.status == AnchorDate.Status.ACTUAL)
    return next(actual, dates[0] if dates else None)
