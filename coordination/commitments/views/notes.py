"""What delegations write beside a commitment: their own, and what they share."""

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from coordination.audiences.access import heads
from coordination.processes.editing import answer, save

from ..actions.notes import add_note, withdraw_note
from ..forms.flags import BecauseForm
from ..forms.notes import NoteForm
from ..models import Note
from ..note_access import may_withdraw_note, writes_for
from ..note_queries import notes_of
from .fetching import frame, get_commitment

#: Notes on one page: below 50 KB unless several are as long as they may be.
PAGE = 20


@require_http_methods(["GET", "HEAD", "POST"])
def notes(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    commitment = get_commitment(request, slug, number)
    delegation = writes_for(request.user, commitment.process)
    if request.method == "POST" and delegation is None:
        raise PermissionDenied
    form = NoteForm(request.POST or None) if delegation else None
    done = _("The note is written down.")
    if (
        form is not None
        and request.method == "POST"
        and save(request, form, add_note, commitment.process, done, commitment=commitment)
    ):
        return redirect("notes", slug, number)
    page = Paginator(notes_of(commitment, request.user), PAGE).get_page(request.GET.get("page"))
    leads = delegation is not None and heads(delegation).filter(user=request.user.pk).exists()
    rows = [
        (note, note.delegation == delegation and (leads or note.author == request.user))
        for note in page.object_list
    ]
    context = frame(commitment, form=form, delegation=delegation, page=page, rows=rows)
    return answer(request, "commitments/notes.html", context, form)


@require_http_methods(["GET", "HEAD", "POST"])
def note_withdraw(request: HttpRequest, slug: str, number: int, note_id: int) -> HttpResponse:
    commitment = get_commitment(request, slug, number)
    rows = Note.every.all().visible_to(request.user)
    rows = rows.select_related("author", "delegation", "withdrawn_by")
    note = get_object_or_404(rows, commitment=commitment, pk=note_id)
    note.commitment = commitment
    if not may_withdraw_note(request.user, note):
        raise PermissionDenied
    form = BecauseForm(request.POST or None)
    done = _("The note is withdrawn.")
    if request.method == "POST" and save(
        request, form, withdraw_note, commitment.process, done, note=note
    ):
        return redirect("notes", slug, number)
    context = frame(commitment, form=form, note=note)
    status = 422 if form.is_bound else 200
    return render(request, "commitments/note_withdraw.html", context, status=status)
