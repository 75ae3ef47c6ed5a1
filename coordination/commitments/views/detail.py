"""One commitment: where it stands, and its record."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from coordination.agreements.citation import find_passage
from coordination.bodies.capacities import capacities
from coordination.processes.models import Process
from coordination.processes.queries import get_process

from .. import access, record
from ..breach_queries import breach_section
from ..check_in_plan import policy_of, rhythm_of
from ..evidence_queries import evidence_section
from ..expected_queries import last_times
from ..forms.policies import asked_words
from ..forms.quick import quick_form
from ..models import Commitment, DeadlineTerm, Extension, Obligation, Reading, Verification
from ..note_queries import note_section
from ..report_queries import levels_reported
from ..standing import of_commitment, of_obligation
from ..verification_queries import findings_of
from .dependencies import chain_of
from .fetching import get_commitment
from .flags import flags_of
from .measures import figures_of, levels_of

#: Lines of the record on the commitment's page, and on a page of the record: below 50 KB.
SHOWN, PAGE = 10, 40

_DUE = {
    Commitment.Kind.UNTIL: _("Ends"),
    Commitment.Kind.NOT_BEFORE: _("Permitted from"),
    Commitment.Kind.TRIGGERED: _("Due next"),
    Commitment.Kind.RECURRING: _("Due next"),
}


def _whole(request: HttpRequest, process: Process, number: int) -> Commitment:
    """With everything that its page shows, in a constant number of queries."""
    obligations = Obligation.objects.select_related("party", "body", "focal_point")
    counting = Verification.objects.counting().order_by("-recorded_at", "-pk")
    commitment = get_object_or_404(
        Commitment.objects.visible_to(request.user)
        .select_related(
            *("deadline", "lead_body", "verifying_body", "provision__agreement"),
            *("trigger", "follows"),
        )
        .prefetch_related(
            Prefetch(
                "obligations",
                obligations.order_by("pk").prefetch_related(
                    Prefetch("check_ins", levels_reported()),
                    Prefetch("verifications", counting),
                ),
            ),
            "deadline__terms__anchor",
            "deadline__terms__after_commitment",
            Prefetch("deadline__readings", Reading.objects.select_related("party")),
            Prefetch("deadline__extensions", Extension.objects.select_related("expected")),
        ),
        process=process,
        number=number,
    )
    commitment.process = process
    for obligation in commitment.obligations.all():
        obligation.commitment = commitment
    return commitment


@require_safe
def detail(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    process = get_process(request.user, slug)
    commitment = _whole(request, process, number)
    deadline = commitment.deadline
    user = request.user
    owed = list(commitment.obligations.all())
    terms = [term for term in deadline.terms.all() if term.reading_id is None]
    rights = access.rights(user, commitment)
    rows = [_row(rights, obligation) for obligation in owed]
    around = Commitment.objects.visible_to(request.user).filter(process=process)
    own = capacities(user)
    lines = record.lines(commitment, user, own)
    context = {
        "process": process,
        "tab": "commitments",
        "commitment": commitment,
        "standing": of_commitment(commitment),
        "due_label": _DUE.get(Commitment.Kind(commitment.kind), _("Due")),
        "terms": terms,
        "several": sum(term.purpose == DeadlineTerm.Purpose.DUE for term in terms) > 1,
        "readings": deadline.readings.all(),
        "extensions": deadline.extensions.all(),
        "may_be_read": not commitment.lasts and commitment.kind != Commitment.Kind.UNDATED,
        "quoted": _quoted(commitment),
        "rows": rows,
        "findings": findings_of(owed, user, rights, own),
        "ledgers": last_times(owed),
        "figures": figures_of(commitment, user, owed),
        "levels": levels_of(commitment, owed),
        "flags": flags_of(commitment, user, owed),
        "breaches": breach_section(commitment, user),
        "evidence": evidence_section(commitment, user, own),
        "notes": note_section(commitment, user, own),
        "may_keep": access.may_keep(user, commitment),
        "quick": quick_form(request, process, commitment),
        "lines": record.filled(lines[:SHOWN], user, own),
        "count": len(lines),
        "rhythm": Commitment.Rhythm(rhythm_of(commitment)).label if rhythm_of(commitment) else "",
        "asked": asked_words(policy_of(commitment)),
        "may_foresee": access.may_foresee(user, commitment),
        "agenda_items": commitment.agenda_items.select_related("review__body").order_by("-pk")[:5],
        "disputes": commitment.disputes.select_related("body").order_by("-pk")[:10],
        "previous": around.filter(number__lt=number).order_by("-number").first(),
        "following": around.filter(number__gt=number).order_by("number").first(),
        **chain_of(commitment, user),
    }
    return render(request, "commitments/detail.html", context)


def _row(rights: access.Rights, obligation: Obligation) -> dict[str, Any]:
    return {
        "obligation": obligation,
        "standing": of_obligation(obligation),
        "last_check_in": next(iter(obligation.check_ins.all()), None),
        "last_finding": next(iter(obligation.verifications.all()), None),
        "may_report": rights.may_report(obligation),
    }


def _quoted(commitment: Commitment) -> tuple[str, str, str] | None:
    """The provision's text before, in and after the passage; None where it does not have it."""
    provision = commitment.provision
    if provision is None or not provision.text or not commitment.text:
        return None
    span = find_passage(provision.text, commitment.text)
    if span is None:
        return None
    start, end = span
    return provision.text[:start], provision.text[start:end], provision.text[end:]


@require_safe
def history(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """The whole record of a commitment, page by page."""
    commitment = get_commitment(request, slug, number)
    process = commitment.process
    own = capacities(request.user)
    lines = record.lines(commitment, request.user, own)
    kind = request.GET.get("kind", "all")
    if kind not in record.KINDS:
        kind = "all"
    shown = [line for line in lines if kind in ("all", line.kind)]
    page = Paginator(shown, PAGE).get_page(request.GET.get("page"))
    counts = {name: sum(line.kind == name for line in lines) for name in record.KINDS}
    counts["all"] = len(lines)
    context = {
        "process": process,
        "tab": "commitments",
        "commitment": commitment,
        "kind": kind,
        "kinds": [(name, label, counts[name]) for name, label in record.KINDS.items()],
        "page": page,
        "lines": record.filled(page.object_list, request.user, own),
    }
    return render(request, "commitments/record.html", context)
