"""Where a form keeps drafts: who opened it, what was begun, and the script."""

from typing import Any

from django import template
from django.http import HttpRequest
from django.template import Context

from coordination.base.forms import SubmissionForm
from coordination.processes.drafts import WRITER
from coordination.processes.models import FormDraft

register = template.Library()


@register.inclusion_tag("components/keeps_draft.html", takes_context=True)
def keeps_draft(context: Context, form: Any, what: str = "") -> dict[str, Any]:
    """Stands in a form: what is typed into it is kept, and was perhaps begun before.

    A form with a draft of its own kind says (`what`) "alone": it is only kept where its reader was
    signed out meanwhile.
    """
    request: HttpRequest | None = context.get("request")
    user = getattr(request, "user", None)
    if request is None or user is None or not user.is_authenticated:
        return {}
    if not isinstance(form, SubmissionForm):
        return {}
    if what != "alone":
        request.keeps_drafts = True  # type: ignore[attr-defined]
    found = {"name": WRITER, "writer": user.pk, "script": what != "alone", "request": request}
    if form.is_going_on:
        return found | {"shown": getattr(request, "draft", None)}
    draft = None if form.is_bound else begun(request)
    if draft is None or dict(draft.fields).get("what", "") != (what if what != "alone" else ""):
        return found
    if getattr(request, "draft_offered", form) is not form:  # said once on a page
        return found
    request.draft_offered = form  # type: ignore[attr-defined]
    return found | {"begun": draft}


def begun(request: HttpRequest) -> FormDraft | None:
    """What the reader began on this page; asked once for all its forms."""
    if request.method == "POST":
        return None
    if not hasattr(request, "draft_begun"):
        rows = FormDraft.objects.visible_to(request.user)
        request.draft_begun = rows.filter(page=request.get_full_path()).first()  # type: ignore[attr-defined]
    return request.draft_begun  # type: ignore[attr-defined]


@register.inclusion_tag("components/draft_end.html", takes_context=True)
def draft_end(context: Context) -> dict[str, Any]:
    """Stands at a page's end: what the buttons of a draft send, and the script, where needed."""
    request = context.get("request")
    return {
        "begun": getattr(request, "draft_begun", None),
        "script": getattr(request, "keeps_drafts", False),
        "csrf_token": context.get("csrf_token"),
    }
