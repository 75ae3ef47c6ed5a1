"""What was said and written: meetings, minutes, decisions, check-ins, implementation reports.

Of a check-in the words are found by those alone who may read them.
"""

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from coordination.commitments.models import CheckIn
from coordination.reviews.models import Minutes, MinutesSection, Outcome, ReportSection, Review

from .asked import Asked, Word
from .hits import Hit, Scope, hit, ranked


def reviews(asked: Asked, scope: Scope, limit: int) -> list[Hit]:
    """Meetings by their body, number and place: “JMC 5”."""
    fields = ("body__code", "body__name", "place", "papers")
    found = Q()
    for word in _but_for(asked.words, _("review"), _("meeting"), "review", "meeting"):
        same = word.any_of(fields)
        found &= same | Q(number=int(word.typed)) if _is_number(word.typed) else same
    if not found:
        return []
    rows = ranked(scope.rows(Review).filter(found), Q(body__code__iexact=asked.typed))
    hits = []
    for one in rows.select_related("body").order_by("rank", "-starts_at", "-pk")[:limit]:
        process = scope.processes[one.body.process_id]
        title = _("%(body)s, review %(n)s") % {"body": one.body.name, "n": one.number}
        said = [capfirst(str(one.get_state_display())), one.place, one.papers]
        hits.append(
            hit(
                asked,
                process,
                reverse("review", args=[process.slug, one.pk]),
                title,
                " · ".join(filter(None, said)),
                reference=f"{one.body.code} {one.number}",
            )
        )
    return hits


def _but_for(words: tuple[Word, ...], *left_out: str) -> list[Word]:
    return [word for word in words if word.typed.casefold() not in left_out]


def _is_number(typed: str) -> bool:
    return typed.isascii() and typed.isdigit() and len(typed) < 10


def minutes(asked: Asked, scope: Scope, limit: int) -> list[Hit]:
    """Sections as the last version has them."""
    later = Minutes.objects.filter(
        review=OuterRef("minutes__review"), version__gt=OuterRef("minutes__version")
    )
    rows = ranked(
        scope.rows(MinutesSection).filter(asked.within("heading", "text"), ~Exists(later)),
        asked.within("heading", meant=False),
        asked.as_typed("heading", "text"),
    ).order_by("rank", "-minutes__review__starts_at", "pk")
    hits = []
    for one in rows.select_related("minutes__review__body")[:limit]:
        review = one.minutes.review
        process = scope.processes[review.body.process_id]
        hits.append(
            hit(
                asked,
                process,
                reverse("minutes", args=[process.slug, review.pk, one.minutes.version]),
                one.heading,
                one.text,
                reference=f"{review.body.code} {review.number}",
            )
        )
    return hits


def decisions(asked: Asked, scope: Scope, limit: int) -> list[Hit]:
    rows = scope.rows(Outcome).filter(asked.within("text", "item__title"), kind="decision")
    rows = ranked(rows, asked.as_typed("text")).order_by("rank", "-pk")
    hits = []
    for one in rows.select_related("item__review__body")[:limit]:
        review = one.item.review
        process = scope.processes[review.body.process_id]
        hits.append(
            hit(
                asked,
                process,
                reverse("review-item", args=[process.slug, review.pk, one.item.order]),
                one.item.title,
                one.text,
                reference=f"{review.body.code} {review.number}",
            )
        )
    return hits


def check_ins(asked: Asked, scope: Scope, limit: int) -> list[Hit]:
    rows = scope.rows(CheckIn).filter(
        asked.within("account"),
        revisions=None,
        obligation__withdrawn_at=None,
        obligation__commitment__withdrawn_at=None,
    )
    rows = ranked(rows, asked.as_typed("account")).order_by("rank", "-pk")
    hits = []
    for one in rows.select_related(
        "obligation__commitment", "obligation__party", "obligation__body"
    )[:limit]:
        commitment = one.obligation.commitment
        process = scope.processes[commitment.process_id]
        hits.append(
            hit(
                asked,
                process,
                reverse("reports", args=[process.slug, commitment.number, one.obligation_id]),
                commitment.title,
                one.account,
                reference=f"{commitment.code} · {one.obligation.owner.code}",
                level=one.level,
            )
        )
    return hits


def reports(asked: Asked, scope: Scope, limit: int) -> list[Hit]:
    """Each implementation report once, with the first of its sections in which the words stand."""
    rows = scope.rows(ReportSection).filter(
        asked.within("text", "report__title", "report__reference")
    )
    rows = ranked(rows, asked.within("report__title", "report__reference", meant=False))
    hits: dict[int, Hit] = {}
    for one in rows.select_related("report").order_by("rank", "-report", "order")[: limit * 3]:
        report = one.report
        process = scope.processes[report.process_id]
        if report.pk not in hits and len(hits) < limit:
            hits[report.pk] = hit(
                asked,
                process,
                reverse("implementation-report", args=[process.slug, report.pk]),
                report.title,
                one.text,
                reference=report.reference or str(report.number),
            )
    return [*hits.values()]
