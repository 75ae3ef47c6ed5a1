"""The pages of evidence: all of it, one piece, its file, and what may be done about it."""

import functools
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    StreamingHttpResponse,
)
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from coordination.processes.editing import answer, save, sent_by

from ..actions import evidence as actions
from ..evidence_access import may_add_evidence
from ..evidence_queries import evidence_of
from ..forms.evidence import ContradictForm, EvidenceForm
from ..models import Commitment, Evidence, Verification
from ..uploads import is_intact, read
from .fetching import get_commitment

#: Pieces on one page of the list of all of them.
PAGE = 40

#: Whatever the file is, a browser that shows it runs nothing in it and fetches nothing for it.
FILE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-store",
}


@require_safe
def index(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """All evidence of a commitment."""
    commitment = get_commitment(request, slug, number)
    rows = evidence_of(commitment, request.user)
    context = _context(commitment) | {
        "page": Paginator(rows, PAGE).get_page(request.GET.get("page")),
        "may_add": may_add_evidence(request.user, commitment),
    }
    return render(request, "commitments/evidence_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Upload a file, or give a link."""
    commitment = _to_add_to(request, slug, number)
    about = {
        name: request.GET[name]
        for name in ("obligation", "check_in", "verification", "breach")
        if request.GET.get(name, "").isdecimal()
    }
    form = _form(request, commitment, about)
    action = functools.partial(actions.add_evidence, commitment=commitment)
    if form.is_bound and save(request, form, action, commitment.process, _added):
        return redirect(f"{commitment_address(commitment)}#evidence")
    context = _context(commitment) | {"form": form}
    return answer(request, "commitments/evidence_add.html", context, form)


@require_http_methods(["GET", "HEAD", "POST"])
def supersede(request: HttpRequest, slug: str, number: int, evidence: int) -> HttpResponse:
    """Add what takes the place of a piece of evidence."""
    commitment = _to_add_to(request, slug, number)
    old = _get(request, commitment, evidence)
    about = {
        "obligation": old.obligation_id,
        "check_in": old.check_in_id,
        "verification": old.verification_id,
        "breach": old.breach_id,
    }
    said = {"title": old.title, "source": old.source, "audience": old.audience}
    form = _form(request, commitment, about, **said)
    action = functools.partial(actions.supersede_evidence, evidence=old)
    if form.is_bound and save(request, form, action, commitment.process, _added):
        return redirect("evidence", slug, number, evidence)
    newer = old.superseded_by.all()
    context = _context(commitment) | {"form": form, "old": old, "newer": newer}
    return answer(request, "commitments/evidence_add.html", context, form)


@require_safe
def detail(request: HttpRequest, slug: str, number: int, evidence: int) -> HttpResponse:
    """One piece: where it comes from, what it supports, what contradicts or supersedes it."""
    commitment = get_commitment(request, slug, number)
    one = _get(request, commitment, evidence)
    findings = Verification.objects.visible_to(request.user).filter(pk=one.verification_id)
    context = _context(commitment) | {
        "evidence": one,
        "finding": findings.first() if one.verification_id else None,
        "chain": _chain(request, one),
        "may_add": may_add_evidence(request.user, commitment),
    }
    return render(request, "commitments/evidence.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def contradict(request: HttpRequest, slug: str, number: int, evidence: int) -> HttpResponse:
    """Mark two pieces as contradicting each other, or take that back."""
    commitment = _to_add_to(request, slug, number)
    one = _get(request, commitment, evidence)
    marked = list(one.contradicts.all())
    others = [
        other
        for other in Evidence.objects.visible_to(request.user).filter(commitment=commitment)
        if other != one and other not in marked
    ]
    sent, taken_back = sent_by(request, "mark", default=True), sent_by(request, "unmark")
    form = ContradictForm(sent, others=others)
    undo = ContradictForm(taken_back, others=marked, prefix="un", auto_id=False)
    act = functools.partial
    if (
        sent is not None
        and save(
            request,
            form,
            act(actions.mark_contradiction, evidence=one),
            commitment.process,
            _("Marked: the two contradict each other. Both stay."),
        )
    ) or (
        taken_back is not None
        and save(
            request,
            undo,
            act(actions.unmark_contradiction, evidence=one),
            commitment.process,
            _("The mark is taken back."),
        )
    ):
        return redirect("evidence", slug, number, evidence)
    context = _context(commitment) | {
        "evidence": one,
        "form": form,
        "undo": undo,
        "marked": marked,
        "others": others,
    }
    return answer(request, "commitments/evidence_contradict.html", context, form, undo)


@require_safe
def file(request: HttpRequest, slug: str, number: int, evidence: int) -> HttpResponseBase:
    """The file, to be kept on the reader's machine; never shown as a page of this site."""
    commitment = get_commitment(request, slug, number)
    one = _get(request, commitment, evidence)
    if not one.file or one.size is None:
        raise Http404
    path = str(one.file.name)
    if not is_intact(path, one.size, one.sha256):
        context = _context(commitment) | {"evidence": one}
        return render(request, "commitments/evidence_damaged.html", context, status=409)
    response = StreamingHttpResponse(read(path), content_type=one.media_type)
    response.headers["Content-Length"] = str(one.size)
    response.headers["Content-Disposition"] = content_disposition_header(True, one.file_name)
    for name, value in FILE_HEADERS.items():
        response.headers[name] = value
    return response


def commitment_address(commitment: Commitment) -> str:
    return redirect("commitment", commitment.process.slug, commitment.number).url


def _context(commitment: Commitment) -> dict[str, Any]:
    return {"process": commitment.process, "tab": "commitments", "commitment": commitment}


def _to_add_to(request: HttpRequest, slug: str, number: int) -> Commitment:
    commitment = get_commitment(request, slug, number)
    if not may_add_evidence(request.user, commitment):
        raise PermissionDenied
    return commitment


def _get(request: HttpRequest, commitment: Commitment, number: int) -> Evidence:
    one = get_object_or_404(
        evidence_of(commitment, request.user).select_related(
            "check_in__obligation__party",
            "check_in__obligation__body",
            "breach__obligation__party",
            "breach__obligation__body",
        ),
        number=number,
    )
    one.commitment = commitment
    return one


def _form(
    request: HttpRequest, commitment: Commitment, about: dict[str, Any], **initial: Any
) -> EvidenceForm:
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    return EvidenceForm(
        *sent, commitment=commitment, user=request.user, about=about, initial=initial
    )


def _added(evidence: Evidence) -> str:
    return _("Evidence %(number)s is added.") % {"number": evidence.number}


def _chain(request: HttpRequest, one: Evidence) -> list[Evidence]:
    """The piece with all that it supersedes and that supersedes it, oldest first."""
    rows = Evidence.objects.visible_to(request.user).filter(commitment=one.commitment)
    by_key = {row.pk: row for row in rows}
    chain, seen = [by_key[one.pk]], {one.pk}
    while (old := by_key.get(chain[0].supersedes_id or 0)) and old.pk not in seen:
        chain.insert(0, old)
        seen.add(old.pk)
    newer = {row.supersedes_id: row for row in rows if row.supersedes_id}
    while (new := newer.get(chain[-1].pk)) and new.pk not in seen:
        chain.append(new)
        seen.add(new.pk)
    return chain if len(chain) > 1 else []
