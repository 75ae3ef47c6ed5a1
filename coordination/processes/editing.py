"""What the pages on which a record is edited have in common."""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.translation import gettext as _

from coordination.base.errors import Refused
from coordination.base.forms import SubmissionForm, counted_once
from coordination.ledger.actions import Origin, lock

from .edit_forms import EditForm, EndForm
from .models import Process
from .queries import get_process


def get_process_to_keep(request: HttpRequest, slug: str) -> Process:
    """The process, to its coordinators; 403 to its other members, 404 to everybody else."""
    process = get_process(request.user, slug)
    if not process.viewer.is_coordinator:  # type: ignore[attr-defined]
        raise PermissionDenied
    return process


def sent_by(request: HttpRequest, name: str, default: bool = False) -> Any:
    """What was sent by one of the forms of a page, told by its button; None for the others."""
    if request.method != "POST":
        return None
    sent = request.POST.get("what", "")
    return request.POST if sent == name or (default and not sent) else None


def ending(
    request: HttpRequest, process: Process, rows: Iterable[Any]
) -> list[tuple[Any, EndForm]]:
    """Each row that lasts with the form that ends it."""
    return [
        (row, EndForm(sent_by(request, f"end-{row.pk}"), process=process, prefix=f"end-{row.pk}"))
        for row in rows
    ]


def save(
    request: HttpRequest,
    form: SubmissionForm,
    action: Callable[..., Any],
    process: Process,
    done: Any = "",
    /,
    **given: Any,
) -> bool:
    """Let an action do what a form says, once; the form says why where it was not done.

    `done` is the message, or a function that makes it of what the action returns.
    """
    if not form.is_valid():
        return False
    try:
        with counted_once(request) as before:
            if before:
                messages.info(request, _("This form was sent twice and counted once."))
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
