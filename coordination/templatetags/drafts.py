"""Where a form keeps drafts: who opened it, what was begun, and the script."""

from typing import Any

from django import template
from django.http import HttpRequest
from django.template import Context

from coordination.base.forms import SubmissionForm
from coordination.processes.drafts import SHOWN_ON, WRITER, address_of, key_of, of_page
from coordination.processes.models import FormDraft

register = template.Library()


@register.inclusion_tag("components/keeps_draft.html", takes_context=True)
def keeps_draft(
    context: Context, form: Any, what: str = "", takes_it: str = "", alone: bool = False
) -> dict[str, Any]:
    """Stands in a form: what is typed into it is kept, and was perhaps begun before.

    `what` is the name by which its page knows it, `takes_it` where it is sent if not to its page. A
    form with a draft of its own kind is `alone`: it is only kept where its reader was signed out
    meanwhile.
    """
    request: HttpRequest | None = context.get("request")
    user = getattr(request, "user", None)
    if request is None or user is None or not user.is_authenticated:
        return {}
    if not isinstance(form, SubmissionForm):
        return {}
    if not alone:
        request.keeps_drafts = True  # type: ignore[attr-defined]
    found = {"name": WRITER, "writer": user.pk, "script": not alone, "request": request}
    if takes_it:
        found |= {"shown_on": SHOWN_ON, "page": address_of(request)}
    if form.is_going_on:
        return found | {"shown": getattr(request, "draft", None)}
    # Taken out: of two forms that have one name the first offers it.
    draft = None if form.is_bound else begun(request).pop(key_of(address_of(request), what), None)
    if draft is None:
        return found
    offered = getattr(request, "drafts_offered", [])
    one = {"draft": draft, "action": takes_it or request.get_full_path()}
    request.drafts_offered = [*offered, one | found]  # type: ignore[attr-defined]
    return found | {"begun": draft}


def begun(request: HttpRequest) -> dict[str, FormDraft]:
    """What the reader began on this page, by form; asked once for all of them."""
    if request.method == "POST":
        return {}
    if not hasattr(request, "drafts_begun"):
        rows = of_page(request.user, address_of(request)).defer("fields")
        request.drafts_begun = {one.page: one for one in rows}  # type: ignore[attr-defined]
    return request.drafts_begun  # type: ignore[attr-defined]


@register.inclusion_tag("components/draft_end.html", takes_context=True)
def draft_end(context: Context) -> dict[str, Any]:
    """Stands at a page's end: what the buttons of its drafts send, and the script, where needed."""
    request = context.get("request")
    return {
        "offered": getattr(request, "drafts_offered", []),
        "script": getattr(request, "keeps_drafts", False),
        "csrf_token": context.get("csrf_token"),
    }
