"""What the pages on which a record is edited have in common."""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from coordination.base.errors import Refused
from coordination.base.forms import SubmissionForm, counted_once
from coordination.ledger.actions import Origin, lock

from .edit_forms import EditForm, SpanForm
from .models import Process
from .queries import get_process


def get_process_to_keep(request: HttpRequest, slug: str) -> Process:
    """The process, to its coordinators; 403 to its other members, 404 to everybody else."""
    process = get_process(request.user, slug)
    if not process.viewer.is_coordinator:
        raise PermissionDenied
    return process


def sent_by(request: HttpRequest, name: str, default: bool = False) -> Any:
    """What was sent by one of the forms of a page, told by its button; None for the others."""
    if request.method != "POST":
        return None
    sent = request.POST.get("what", "")
    return request.POST if sent == name or (default and not sent) else None


def changing(
    request: HttpRequest, process: Process, rows: Iterable[Any], form: type[SpanForm]
) -> list[tuple[Any, SpanForm | None]]:
    """Each row that lasts; the one that was chosen with the form that changes it.

    A form for each would make a page of many rows heavy.
    """
    found: list[tuple[Any, SpanForm | None]] = []
    for row in rows:
        name = f"row-{row.pk}"
        sent, asked = sent_by(request, name), request.GET.get("row") == str(row.pk)
        chosen = sent is not None or (asked and request.method != "POST")
        found.append((row, form(sent, process=process, thing=row, prefix=name) if chosen else None))
    return found


def answer(
    request: HttpRequest, template: str, context: dict[str, Any], *forms: Any
) -> HttpResponse:
    """A page of forms: 422 where one was refused, 409 where what was sent has none any more.

    That is so where the thing it was about ended or was removed meanwhile; the page then shows what
    was typed, so that it can be taken elsewhere.
    """
    status = 200
    if any(form is not None and form.is_bound for form in forms):
        status = 422
    elif request.method == "POST":
        status = 409
        context = context | {"gone": True, "lost": _typed(request)}
    return render(request, template, context, status=status)


def _typed(request: HttpRequest) -> list[str]:
    hidden = ("csrfmiddlewaretoken", "what", "submission", "seen", "writer", "shown_on")
    typed = [key for key in request.POST if key.rpartition("-")[2] not in hidden]
    return [value for key in typed for value in request.POST.getlist(key) if value]


def save(
    request: HttpRequest,
    form: SubmissionForm,
    action: Callable[..., Any],
    process: Process,
    done: Any = "",
    again: Callable[[], str] | None = None,
    /,
    **given: Any,
) -> bool:
    """Let an action do what a form says, once; the form says why where it was not done.

    `done` is the message, or a function that makes it of what the action returns; `again` says
    what became of the first where the same form was sent before, if there is more to say.
    """
    if not form.is_valid():
        return False
    try:
        with counted_once(request) as before:
            if before:
                words = again() if again else ""
                messages.info(request, words or _("This form was sent twice and counted once."))
                return True
            lock(process)
            if isinstance(form, EditForm):
                form.refuse_if_changed()
                given = form.given() | given
            else:
                given = {k: v for k, v in form.cleaned_data.items() if k != "submission"} | given
            made = action(actor=request.user, origin=Origin.WEB, **given)
    except Refused as refused:
        form.refuse(refused)
        return False
    if words := done(made) if callable(done) else done:
        messages.success(request, words)
    return True
