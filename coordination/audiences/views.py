"""Who can read a restricted record, and why: a page for each, to all who read it."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from coordination.bodies.capacities import capacities_of
from coordination.processes.editing import answer, save, sent_by
from coordination.processes.models import Membership, Party, Process
from coordination.processes.queries import get_process

from . import access, actions
from .forms import AudienceForm, ReleaseForm, TakeBackForm
from .models import Release

#: Readers on one page: below 50 KB also with several reasons each.
PAGE = 60


@dataclass(frozen=True)
class Reader:
    member: Membership
    reasons: list[str]


@require_http_methods(["GET", "HEAD", "POST"])
def record_access(request: HttpRequest, slug: str, kind: str, pk: int) -> HttpResponse:
    process = get_process(request.user, slug)
    record = _get(request, process, kind, pk)
    rights = {
        "release": access.may_release(request.user, record),
        "audience": access.may_set_audience(request.user, record),
    }
    forms = _forms(request, process, record, rights)
    releases = [
        (one, TakeBackForm(sent_by(request, f"back-{one.pk}")) if rights["release"] else None)
        for one in Release.objects.standing().of(record).select_related("party", "released_by")
    ]
    if request.method == "POST":
        if not rights["audience" if request.POST.get("what") == "audience" else "release"]:
            raise PermissionDenied
        if _saved(request, process, record, forms, releases):
            return redirect("record-access", slug, kind, pk)
    members, others = _readers(process, record)
    context = {
        "process": process,
        "record": record,
        "kind_page": f"{record._meta.model_name}.html",
        "readers": access.Readers.of(record),
        "members": Paginator(members, PAGE).get_page(request.GET.get("page")),
        "count": len(members),
        "others": others,
        "releases": releases,
        **{f"{name}_form": form for name, form in forms.items()},
    }
    sent = [*forms.values(), *(form for _release, form in releases)]
    return answer(request, "audiences/record_access.html", context, *sent)


def _get(request: HttpRequest, process: Process, kind: str, pk: int) -> Any:
    rows = access.rows_of(kind)
    if rows is None:
        raise Http404
    rows = rows.visible_to(request.user).filter(**{rows.model.scope_path: process})
    return get_object_or_404(rows, pk=pk)


def _readers(process: Process, record: Any) -> tuple[list[Reader], int]:
    """Those who read it with why, by party and name; and the number of members who do not."""
    members = list(
        process.memberships.current()
        .filter(user__is_active=True)
        .select_related("user", "party")
        .order_by(F("party__code").asc(nulls_last=True), "user__name", "pk")
    )
    people = capacities_of(member.user_id for member in members)
    readers = access.Readers.of(record)
    found = [Reader(member, readers.reasons(people[member.user_id])) for member in members]
    reading = [one for one in found if one.reasons]
    return reading, len(found) - len(reading)


def _forms(
    request: HttpRequest, process: Process, record: Any, rights: dict[str, bool]
) -> dict[str, Any]:
    forms: dict[str, Any] = {}
    if rights["release"]:
        parties = Party.objects.visible_to(request.user).filter(process=process).order_by("code")
        forms["release"] = ReleaseForm(sent_by(request, "release"), parties=parties)
    if rights["audience"]:
        forms["audience"] = AudienceForm(
            sent_by(request, "audience"),
            choices=access.audiences_for(request.user, record),
            now=record.audience_now,
        )
    return forms


def _saved(
    request: HttpRequest,
    process: Process,
    record: Any,
    forms: dict[str, Any],
    releases: list[tuple[Release, Any]],
) -> bool:
    """Whether one of the page's forms was sent and done."""
    form = forms.get("release")
    if form is not None and form.is_bound:
        party = form.cleaned_data["party"] if form.is_valid() else None
        done = _("Released to %(party)s.") % {"party": party}
        if party is not None and access.reads_anyway(record, party):
            done = _("Released to %(party)s, whose people read it anyway.") % {"party": party}
        return save(request, form, actions.release, process, done, record=record)
    form = forms.get("audience")
    if form is not None and form.is_bound:
        done = _("Who reads it is recorded.")
        return save(request, form, actions.set_audience, process, done, record=record)
    for release, form in releases:
        if form is not None and form.is_bound:
            done = _("The release is taken back. What was read meanwhile was read.")
            return save(request, form, actions.withdraw_release, process, done, release=release)
    return False
