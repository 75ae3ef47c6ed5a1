"""Where the palette jumps, and what it begins: only what its reader may open and do."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from coordination.bodies.models import Body, Seat, Term
from coordination.commitments.models import Obligation
from coordination.processes.models import Process

from .hits import Scope
from .words import folded

#: Check-ins and bodies that are named one by one, and places shown for what was typed.
CHECK_INS, BODIES, SHOWN = 6, 8, 8


@dataclass(frozen=True)
class Place:
    """`acts` begins something; otherwise it is a page. One without an address is the browser's."""

    title: str
    url: str
    where: str = ""
    acts: bool = False


def places(scope: Scope, user: Any, slug: str, typed: str = "") -> list[Place]:
    """The places that fit what was typed; of nothing typed, all of where the reader is."""
    here = next((one for one in scope.processes.values() if one.slug == slug), None)
    words = folded(typed).split()
    own = [*_in_process(scope, here, user)] if here else []
    every = [*own, *_anywhere(scope, here)]
    if not words:
        return every
    fit = [one for one in every if all(word in folded(one.title) for word in words)]
    return fit[:SHOWN]


def _anywhere(scope: Scope, here: Process | None) -> Iterator[Place]:
    yield Place(_("My desk"), reverse("desk"))
    yield Place(_("Calendar"), reverse("calendar-own"))
    yield Place(_("Directory"), reverse("directory"))
    for process in sorted(scope.processes.values(), key=lambda one: one.short_name):
        if process != here:
            yield Place(process.short_name, reverse("overview", args=[process.slug]))
    yield Place(_("Your profile"), reverse("profile"))
    yield Place(_("Accessibility"), reverse("accessibility"))
    yield Place(_("Print this page"), "", acts=True)


def _pages() -> list[tuple[str, str]]:
    return [
        ("overview", _("Overview")),
        ("register", _("Commitments")),
        ("reviews", _("Reviews")),
        ("calendar", _("Calendar of the process")),
        ("bodies", _("Bodies")),
        ("structure", _("Structure")),
        ("responsibilities", _("Responsibilities")),
        ("vacancies", _("Vacant seats")),
        ("gaps", _("Gaps and overlaps")),
        ("parties", _("Parties")),
        ("people", _("People")),
        ("process-directory", _("Directory of the process")),
        ("agreements", _("Agreements")),
        ("anchors", _("Anchors")),
        ("waiting", _("What waits on what")),
        ("disputes", _("Disputes")),
        ("implementation-reports", _("Implementation reports")),
        ("ledger", _("Ledger")),
    ]


def _kept() -> list[tuple[str, str, bool]]:
    """What coordinators alone open, and whether it begins something."""
    return [
        ("commitment-new", _("New commitment"), True),
        ("agreement-new", _("New agreement"), True),
        ("add-body", _("New body"), True),
        ("add-party", _("New party"), True),
        ("people-invite", _("Invite somebody"), True),
        ("outbox", _("Outbox"), False),
        ("outbox-health", _("Health of the outbox"), False),
        ("reminder-policies", _("Reminders"), False),
        ("working-days", _("Working days"), False),
    ]


def _in_process(scope: Scope, process: Process, user: Any) -> Iterator[Place]:
    where, slug = process.short_name, process.slug
    coordinates = process.pk in scope.coordinated
    owed = Obligation.objects.visible_to(user).filter(
        commitment__process=process, focal_point=user, commitment__withdrawn_at=None
    )
    asked = owed.filter(next_check_in_on__isnull=False).order_by("next_check_in_on", "pk")
    for one in asked.select_related("commitment")[:CHECK_INS]:
        code, title = one.commitment.code, one.commitment.title
        words = _("Check in: %(code)s %(title)s") % {"code": code, "title": title}
        yield Place(
            words, reverse("report", args=[slug, one.commitment.number, one.pk]), where, True
        )
    for name, words, acts in _kept() if coordinates else ():
        yield Place(words, reverse(name, args=[slug]), where, acts)
    running = Term.objects.of(user, process.today()).filter(seat__role__in=Seat.RUNNING)
    kept = Q() if coordinates else Q(pk__in=running.values("seat__body"))
    rows = Body.objects.visible_to(user).filter(kept, process=process, ended_on=None)
    bodies = rows.order_by("code").values_list("code", flat=True)[:BODIES]
    for code in bodies:
        words = _("Plan a review of %(body)s") % {"body": code}
        yield Place(words, reverse("review-plan", args=[slug, code]), where, True)
    if coordinates or bodies:
        words = _("Write an implementation report")
        yield Place(words, reverse("implementation-report-new", args=[slug]), where, True)
    for name, words in _pages():
        yield Place(words, reverse(name, args=[slug]), where)
