"""The pages on which coordinators edit a body: its facts, lines, composition, roles, protocol."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from coordination.base.forms import SubmissionForm
from coordination.processes.editing import answer, changing, get_process_to_keep, save, sent_by
from coordination.processes.models import Process

from ..actions import editing, protocols, winding_up
from ..forms.editing import (
    BodyForm,
    CompositionForm,
    FormerNameForm,
    LineForm,
    LineSpanForm,
    RoleForm,
    SeatEndForm,
    SeatForm,
    WindUpForm,
)
from ..forms.protocol import ProtocolForm
from ..models import Body

CHANGES = require_http_methods(["GET", "HEAD", "POST"])


def get_body_to_keep(request: HttpRequest, slug: str, code: str) -> tuple[Process, Body]:
    process = get_process_to_keep(request, slug)
    body = get_object_or_404(Body.objects.visible_to(request.user), process=process, code=code)
    body.process = process
    return process, body


def page(
    request: HttpRequest, template: str, body: Body, here: str, *forms: Any, **context: Any
) -> HttpResponse:
    """One of the pages about a body's editing."""
    shown = {"process": body.process, "tab": "bodies", "body": body, "here": here} | context
    return answer(request, f"bodies/edit_{template}.html", shown, *forms)


def _sent(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


@CHANGES
def add_body(request: HttpRequest, slug: str) -> HttpResponse:
    process = get_process_to_keep(request, slug)
    form = BodyForm(_sent(request), process=process)
    if form.is_bound and save(
        request,
        form,
        editing.enter_body,
        process,
        lambda body: (
            _("%(body)s is entered. Next: its lines, seats and protocol.") % {"body": body.name}
        ),
        process=process,
    ):
        return redirect("body-edit", slug, form.cleaned_data["code"])
    context = {"process": process, "tab": "bodies", "form": form}
    return render(request, "bodies/edit_new.html", context, status=422 if form.is_bound else 200)


@CHANGES
def edit_body(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    """Its facts, and a form of its own for a renaming that was wrong."""
    process, body = get_body_to_keep(request, slug, code)
    form = BodyForm(sent_by(request, "facts", default=True), process=process, thing=body)
    names = list(body.former_names.all())
    former = None
    sent = sent_by(request, f"former-{names[-1].pk}") if names else None
    if names and (sent is not None or "former" in request.GET):
        names[-1].body = body
        former = FormerNameForm(sent, process=process, thing=names[-1], prefix="former")
    if form.is_bound and save(request, form, editing.change_body, process, _("Saved."), body=body):
        return redirect("body", slug, code)
    if (
        former
        and former.is_bound
        and save(
            request,
            former,
            editing.correct_former_name,
            process,
            _("Saved."),
            former=names[-1],
        )
    ):
        return redirect("body-edit", slug, code)
    return page(
        request, "facts", body, "facts", form, former, form=form, former=former, former_names=names
    )


@CHANGES
def wind_up(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    process, body = get_body_to_keep(request, slug, code)
    form = WindUpForm(_sent(request), process=process, thing=body)
    if form.is_bound and save(request, form, winding_up.wind_up, process, _("Saved."), body=body):
        return redirect("body", slug, code)
    return page(request, "wind_up", body, "wind-up", form, form=form)


@CHANGES
def lines(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    """To whom the body reports, whom it informs, with whom it liaises: added and changed."""
    process, body = get_body_to_keep(request, slug, code)
    form = LineForm(sent_by(request, "line", default=True), process=process, prefix="line")
    known = body.lines.select_related("body__process", "to_body", "to_party")
    rows = changing(request, process, known.order_by("ended_on", "kind", "pk"), LineSpanForm)
    if form.is_bound and save(
        request, form, editing.draw_line, process, _("The line is drawn."), body=body
    ):
        return redirect("body-lines", slug, code)
    for row, one in rows:
        if (
            one
            and one.is_bound
            and save(request, one, editing.change_line, process, _("Saved."), line=row)
        ):
            return redirect("body-lines", slug, code)
    sent = (form, *(one for _row, one in rows))
    return page(request, "lines", body, "lines", *sent, form=form, rows=rows)


@CHANGES
def composition(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    """Of which groups the body is composed, and its seats."""
    process, body = get_body_to_keep(request, slug, code)
    form = CompositionForm(_sent(request), process=process, thing=body)
    if form.is_bound and save(
        request, form, editing.set_composition, process, _("Saved."), body=body
    ):
        return redirect("body-composition", slug, code)
    seats = body.seats.select_related("party").order_by("number")
    return page(request, "composition", body, "composition", form, form=form, seats=seats)


@CHANGES
def add_seat(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    process, body = get_body_to_keep(request, slug, code)
    last = body.seats.order_by("number").last()
    form = SeatForm(
        _sent(request), process=process, initial={"number": last.number + 1 if last else 1}
    )
    if form.is_bound and save(
        request, form, editing.enter_seat, process, _("The seat is added."), body=body
    ):
        return redirect("body-composition", slug, code)
    return page(request, "seat", body, "composition", form, form=form)


@CHANGES
def edit_seat(request: HttpRequest, slug: str, code: str, number: int) -> HttpResponse:
    """What a seat is, and when it was abolished; who holds it is on its own page."""
    process, body = get_body_to_keep(request, slug, code)
    seat = get_object_or_404(body.seats.select_related("party"), number=number)
    seat.body = body
    form = SeatForm(sent_by(request, "seat", default=True), process=process, thing=seat)
    end = SeatEndForm(sent_by(request, "end"), process=process, thing=seat, prefix="end")
    if form.is_bound and save(request, form, editing.change_seat, process, _("Saved."), seat=seat):
        return redirect("body-composition", slug, code)
    if end.is_bound and save(request, end, editing.abolish_seat, process, _("Saved."), seat=seat):
        return redirect("body-composition", slug, code)
    return page(request, "seat", body, "composition", form, end, form=form, end=end, seat=seat)


@CHANGES
def roles(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    """What each role may do in this body, in words."""
    process, body = get_body_to_keep(request, slug, code)
    form = RoleForm(sent_by(request, "role", default=True), process=process, prefix="role")
    rows = []
    for terms in body.role_terms.all():
        terms.body = body
        name, gone = f"role-{terms.pk}", f"remove-{terms.pk}"
        one = RoleForm(sent_by(request, name), process=process, thing=terms, prefix=name)
        rows.append((terms, one, SubmissionForm(sent_by(request, gone), prefix=gone)))
    if form.is_bound and save(request, form, editing.set_role, process, _("Saved."), body=body):
        return redirect("body-roles", slug, code)
    for terms, one, removal in rows:
        if one.is_bound and save(
            request, one, editing.set_role, process, _("Saved."), body=body, terms=terms
        ):
            return redirect("body-roles", slug, code)
        if removal.is_bound and save(
            request, removal, editing.remove_role, process, _("Removed."), terms=terms
        ):
            return redirect("body-roles", slug, code)
    sent = (form, *(one for row in rows for one in row[1:]))
    return page(request, "roles", body, "roles", *sent, form=form, rows=rows)


@CHANGES
def protocol(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    """How the body meets, decides and reports, each group with its article beside it."""
    process, body = get_body_to_keep(request, slug, code)
    form = ProtocolForm(_sent(request), process=process, thing=body)
    if form.is_bound and save(
        request, form, protocols.set_protocol, process, _("Saved."), body=body
    ):
        return redirect("body", slug, code)
    informed = body.lines.on(process.today()).filter(kind="informs")
    informed = informed.select_related("to_body", "to_party")
    return page(request, "protocol", body, "protocol", form, form=form, informed=informed)
