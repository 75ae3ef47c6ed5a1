"""Views of the register that people save, share and delete."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from coordination.base.forms import SubmissionForm
from coordination.processes.editing import answer, save, sent_by
from coordination.processes.queries import get_process

from ..actions.views import change_view, delete_view, may_delete_view, save_view
from ..forms.views import ViewForm
from ..models import SavedView
from ..register import Bar, read_choices


@require_safe
def views(request: HttpRequest, slug: str) -> HttpResponse:
    """Every view: those that are always there, one's own, and those that others share."""
    process = get_process(request.user, slug)
    bar = Bar(read_choices(request.GET, process), request.user, process)
    own = [one for one in bar.saved if one.owner_id == request.user.pk]
    others = [
        (one, may_delete_view(request.user, one))
        for one in bar.saved
        if one.owner_id != request.user.pk
    ]
    context = {"process": process, "tab": "commitments", "bar": bar, "own": own, "others": others}
    return render(request, "commitments/register_views.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def view_new(request: HttpRequest, slug: str) -> HttpResponse:
    """Save the choices of the address; the day is none of them."""
    process = get_process(request.user, slug)
    choices = read_choices(request.GET, process)
    query = choices.query(as_of=None)
    form = ViewForm(request.POST or None)

    def keep(**given: Any) -> SavedView:
        del given["origin"]  # no entry in the ledger
        return save_view(process=process, query=query, **given)

    done = _("The view is saved.")
    if request.method == "POST" and save(request, form, keep, process, done):
        return redirect(f"{reverse('register', args=[slug])}?{query}")
    context = {
        "process": process,
        "tab": "commitments",
        "form": form,
        "bar": Bar(choices, request.user, process),
        "query": query,
    }
    return answer(request, "commitments/register_view.html", context, form)


@require_http_methods(["GET", "HEAD", "POST"])
def view(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Rename, share or delete one."""
    process = get_process(request.user, slug)
    rows = SavedView.objects.visible_to(request.user).select_related("owner")
    saved = get_object_or_404(rows, process=process, pk=pk)
    saved.process = process
    is_own = saved.owner_id == request.user.pk
    if not may_delete_view(request.user, saved):
        raise PermissionDenied
    sent = sent_by(request, "change", default=True)
    if sent is not None and not is_own:
        raise PermissionDenied
    form = ViewForm(sent, initial={"name": saved.name, "shared": saved.shared}) if is_own else None
    gone = SubmissionForm(sent_by(request, "delete"), prefix="delete")

    def change(**given: Any) -> SavedView:
        del given["origin"]
        return change_view(view=saved, **given)

    def delete(**given: Any) -> None:
        del given["origin"]
        delete_view(view=saved, **given)

    changed = form is not None and form.is_bound
    if changed and form and save(request, form, change, process, _("The view is changed.")):
        return redirect("register-views", slug)
    if gone.is_bound and save(request, gone, delete, process, _("The view is deleted.")):
        return redirect("register-views", slug)
    context = {
        "process": process,
        "tab": "commitments",
        "form": form,
        "gone": gone,
        "saved": saved,
        "bar": Bar(read_choices(request.GET, process), request.user, process),
        "query": saved.query,
    }
    return answer(request, "commitments/register_view.html", context, form, gone)
