from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from coordination.base.errors import Refused
from coordination.ledger.actions import Origin
from coordination.processes.editing import get_process_to_keep, save
from coordination.processes.queries import get_process

from . import access, actions, queries
from .check_in_plan import rhythm_of
from .forms import AnchorDateForm, CheckInForm
from .models import CheckIn, Commitment, Obligation, Verification
from .standing import of_commitment, of_obligation

#: Rows of the register on one page: below 50 KB also with five owners each.
PAGE = 30


@require_safe
def register(request: HttpRequest, slug: str) -> HttpResponse:
    process = get_process(request.user, slug)
    chosen = {name: request.GET.get(name, "")[:80].strip() for name in ("find", "owes", "leads")}
    view = request.GET.get("view", "all")
    if view not in queries.VIEWS:
        view = "all"
    commitments = Commitment.objects.visible_to(request.user).filter(process=process)
    rows = queries.register(commitments, view=view, **chosen)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    counts = {
        name: queries.register(commitments, view=name, **chosen).count() for name in queries.VIEWS
    }
    context = {
        "process": process,
        "tab": "commitments",
        "page": page,
        "view": view,
        "views": [(name, label, counts[name]) for name, label in queries.VIEWS.items()],
        "chosen": chosen,
        "parties": process.parties.order_by("code"),
        "bodies": process.bodies.order_by("code"),
    }
    return render(request, "commitments/register.html", context)


def _get_commitment(request: HttpRequest, slug: str, number: int) -> Commitment:
    process = get_process(request.user, slug)
    obligations = Obligation.objects.select_related(
        "party", "body", "focal_point"
    ).prefetch_related(
        Prefetch("check_ins", CheckIn.objects.order_by("-pk")),
        Prefetch("verifications", Verification.objects.order_by("-pk")),
    )
    commitment = get_object_or_404(
        Commitment.objects.visible_to(request.user)
        .select_related("deadline", "lead_body", "verifying_body", "provision__agreement")
        .prefetch_related(
            Prefetch("obligations", obligations.order_by("pk")),
            "deadline__terms__anchor",
            "deadline__terms__after_commitment",
        ),
        process=process,
        number=number,
    )
    commitment.process = process
    return commitment


@require_safe
def detail(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    commitment = _get_commitment(request, slug, number)
    process = commitment.process
    rows = []
    for obligation in commitment.obligations.all():
        obligation.commitment = commitment
        rows.append(
            {
                "obligation": obligation,
                "standing": of_obligation(obligation),
                "last_check_in": next(iter(obligation.check_ins.all()), None),
                "last_finding": next(iter(obligation.verifications.all()), None),
                "may_report": access.may_report(request.user, obligation),
            }
        )
    around = Commitment.objects.visible_to(request.user).filter(process=process)
    context = {
        "process": process,
        "tab": "commitments",
        "commitment": commitment,
        "standing": of_commitment(commitment),
        "rows": rows,
        "record": queries.record(commitment, request.user),
        "rhythm": Commitment.Rhythm(rhythm_of(commitment)).label if rhythm_of(commitment) else "",
        "agenda_items": commitment.agenda_items.select_related("review__body").order_by("-pk")[:5],
        "previous": around.filter(number__lt=number).order_by("-number").first(),
        "following": around.filter(number__gt=number).order_by("number").first(),
    }
    return render(request, "commitments/detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def check_in(request: HttpRequest, slug: str, number: int, obligation_id: int) -> HttpResponse:
    """The signed-in way to report; the mailed link has its own page."""
    commitment = _get_commitment(request, slug, number)
    obligation = get_object_or_404(commitment.obligations.all(), pk=obligation_id)
    obligation.commitment = commitment
    if not access.may_report(request.user, obligation):
        raise PermissionDenied
    form = CheckInForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            report, _new = actions.submit_check_in(
                obligation=obligation,
                author=obligation.focal_point,
                recorded_by=request.user,
                origin=Origin.WEB,
                **form.cleaned_data,
            )
        except Refused as refused:
            form.refuse(refused)
        else:
            words = _("Check-in %(number)s recorded: %(level)s.")
            messages.success(
                request, words % {"number": report.number, "level": report.get_level_display()}
            )
            return redirect("commitment", slug, number)
    context: dict[str, Any] = {
        "process": commitment.process,
        "tab": "commitments",
        "commitment": commitment,
        "obligation": obligation,
        "standing": of_obligation(obligation),
        "form": form,
        "person": obligation.focal_point,
        "on_behalf": obligation.focal_point != request.user,
        "last_check_in": obligation.check_ins.first(),
        "last_finding": obligation.verifications.first(),
    }
    status = 422 if form.is_bound else 200
    return render(request, "commitments/check_in.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def anchor_date(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    """Give an anchor event a date; what is counted from it moves."""
    process = get_process_to_keep(request, slug)
    anchor = get_object_or_404(process.anchors.prefetch_related("dates"), key=key)
    anchor.process = process
    form = AnchorDateForm(
        request.POST if request.method == "POST" else None, process=process, thing=anchor
    )
    if form.is_bound and save(request, form, actions.move_anchor, process, _moved, anchor=anchor):
        return redirect("anchors", slug)
    context = {"process": process, "tab": "anchors", "anchor": anchor, "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "commitments/anchor_date.html", context, status=status)


def _moved(moves: list[actions.Move]) -> str:
    if not moves:
        return _("The date is recorded. No due day moved.")
    words = ngettext(
        "The date is recorded. %(n)s due day moved.",
        "The date is recorded. %(n)s due days moved.",
        len(moves),
    )
    return words % {"n": len(moves)}
