"""The people of a process: who they are, what each of them may see, and their leaving."""

from collections import defaultdict
from itertools import groupby
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Case, F, IntegerField, Value, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from coordination.bodies.models import Term
from coordination.processes.editing import answer, get_process_to_keep, save
from coordination.processes.models import Invitation, Membership, Process
from coordination.processes.queries import get_process
from coordination.processes.second_factor import those_who_have_one

from . import actions, leaving, seeing
from .forms import LeavingForm

#: A page of both, with the forms of every invitation, stays below 50 KB.
PAGE = 30
INVITATIONS = 12
#: Of those who left, the last.
FORMER = 30


@require_safe
def people(request: HttpRequest, slug: str) -> HttpResponse:
    """Who takes part, by party and role; coordinators also read who is invited."""
    process = get_process(request.user, slug)
    members = Membership.objects.visible_to(request.user).filter(process=process)
    members = members.select_related("user", "party")
    order = [When(role=role, then=n) for n, role in enumerate(Membership.Role.values)]
    current = members.current().order_by(
        F("party__code").asc(nulls_first=True),
        "-heads_delegation",
        Case(*order, default=Value(9), output_field=IntegerField()),
        "user__name",
        "pk",
    )
    page = Paginator(current, PAGE).get_page(request.GET.get("page"))
    rows = list(page.object_list)
    coordinates = process.viewer.is_coordinator
    former = members.filter(ended_at__isnull=False).order_by("-ended_at", "-pk")
    context = {
        "process": process,
        "tab": "people",
        "page": page,
        "total": page.paginator.count,
        "groups": [(party, list(of_it)) for party, of_it in groupby(rows, lambda one: one.party)],
        "seats": _seats(process, rows),
        "coordinates": coordinates,
        "with_step": those_who_have_one(one.user_id for one in rows) if coordinates else set(),
        "step_roles": _roles(process),
        "former": former[:FORMER],
        "former_count": former.count(),
        "invitations": _invitations(request, process),
    }
    return render(request, "processes/people.html", context)


def _invitations(request: HttpRequest, process: Process) -> Page:
    """A page of them: first those that nobody answered, which can be sent again or withdrawn."""
    rows = Invitation.objects.visible_to(request.user).filter(process=process)
    answered = Case(When(accepted_at=None, withdrawn_at=None, then=0), default=1)
    rows = rows.select_related("party", "invited_by").order_by(answered, "-pk")
    return Paginator(rows, INVITATIONS).get_page(request.GET.get("invitations"))


def _seats(process: Process, rows: list[Membership]) -> dict[int, list[Term]]:
    """The seats that each of them holds today, by person."""
    found: dict[int, list[Term]] = defaultdict(list)
    terms = Term.objects.running(process.today()).filter(
        seat__body__process=process, holder__in=[one.user_id for one in rows]
    )
    for term in terms.select_related("seat__body").order_by("seat__body__code", "seat__number"):
        found[term.holder_id].append(term)
    return found


def _roles(process: Process) -> list[str]:
    return [str(Membership.Role(role).label) for role in process.second_factor_roles]


def _get_member(request: HttpRequest, process: Process, pk: int) -> Membership:
    rows = Membership.objects.visible_to(request.user).filter(process=process)
    member = get_object_or_404(rows.select_related("user", "party"), pk=pk)
    member.process = process
    return member


@require_safe
def access(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """What this person can see, and why."""
    process = get_process_to_keep(request, slug)
    member = _get_member(request, process, pk)
    context = {
        "process": process,
        "tab": "people",
        "member": member,
        "standing": None if member.ended_at else seeing.standing(member),
        "kinds": seeing.what_is_seen(process, member.user, request.user),
    }
    return render(request, "processes/people_access.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def end(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """End a membership; what the person holds open passes to others, in one transaction."""
    process = get_process_to_keep(request, slug)
    member = _get_member(request, process, pk)
    if member.ended_at:
        if request.method == "POST":
            return redirect("people", slug)
        raise Http404
    duties = leaving.duties_of(process, member.user)
    form = LeavingForm(request.POST if request.method == "POST" else None, duties=duties)
    done = _("%(name)s is a member no longer.") % {"name": member.user}

    def leave(*, actor: Any, origin: str, **_said: Any) -> None:
        actions.leave(actor=actor, member=member, successors=form.successors(), origin=origin)

    if form.is_bound and save(request, form, leave, process, done):
        return redirect("people", slug)
    context = {
        "process": process,
        "tab": "people",
        "member": member,
        "own": member.user_id == request.user.pk,
        "form": form,
        "left": leaving.left_behind(process, member.user, request.user),
    }
    return answer(request, "processes/people_end.html", context, form)
