"""Drafts of forms: kept by the script of a form, listed, and thrown away."""

import json

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from coordination.base.errors import Refused

from . import drafts
from .models import FormDraft


@require_http_methods(["GET", "HEAD", "POST"])
def form_drafts(request: HttpRequest) -> HttpResponse:
    """One's own, the newest first; a POST keeps one and says when."""
    if request.method != "POST":
        rows = FormDraft.objects.visible_to(request.user)
        context = {"drafts": rows.defer("fields"), "days": drafts.KEPT_FOR.days, "tab": "desk"}
        return render(request, "processes/drafts.html", context)
    try:
        fields = _fields(request.POST.get("fields", ""))
        draft = drafts.keep(owner=request.user, page=request.POST.get("page", ""), fields=fields)
    except Refused as refused:
        return JsonResponse({"said": refused.message}, status=422)
    at = timezone.localtime(draft.saved_at).strftime("%H:%M")
    return JsonResponse({"said": _("Draft kept at %(time)s.") % {"time": at}})


def _fields(sent: str) -> drafts.Fields:
    """Pairs of texts, and nothing else."""
    try:
        said = json.loads(sent)
        pairs = [(name, value) for name, value in said]
    except (ValueError, TypeError, RecursionError) as error:
        raise Refused(_("This is not the content of a form.")) from error
    if not all(isinstance(part, str) for pair in pairs for part in pair):
        raise Refused(_("This is not the content of a form."))
    return pairs


@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Back to the page of the form, or to the list where it was thrown away there."""
    draft = get_object_or_404(FormDraft.objects.visible_to(request.user), pk=pk)
    draft.delete()
    return redirect("form-drafts" if "list" in request.POST else draft.page)
