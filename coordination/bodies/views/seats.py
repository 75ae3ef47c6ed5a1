"""The page of a seat, with what one may do about it, and the list of vacant seats."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from coordination.ledger.models import Entry
from coordination.outbox.models import Message
from coordination.processes.as_of import AsOf, read_as_of
from coordination.processes.editing import save
from coordination.processes.queries import get_process

from .. import access, queries, seat_forms
from ..actions.mails import REQUEST
from ..models import Nomination, RoleTerms, Seat, Term
from ..vacancies import (
    ONE_DAY,
    Holding,
    holding,
    holdings,
    people_to_ask,
    people_who_may_have_sat,
    people_who_may_sit,
    state_on,
    unfilled,
)
from .deeds import DEEDS, Deed
from .pages import views_of

#: Rows of the list of vacant seats on one page.
PAGE = 50


@dataclass(frozen=True)
class Offer:
    """A form on the page: the first as it is when the seat needs it, the others folded."""

    deed: Deed
    form: seat_forms.SeatForm
    words: str = ""
    is_first: bool = False

    @property
    def is_shown(self) -> bool:
        return self.is_first or self.form.is_bound

    @property
    def title(self) -> str | Promise:
        if self.form.verb == "fill" and not self.form.held.is_vacant:
            return _("Enter another term")  # one that is over, or that comes later
        return self.deed.title


@dataclass(frozen=True)
class Span:
    """A row of the history: a term, or a time in which nobody held the seat.

    `withdrawn` is the entry of the ledger that says why a term never held; `offer` is to say so.
    """

    term: Term | None
    starts_on: date
    ends_on: date | None
    withdrawn: Entry | None = None
    offer: Offer | None = None


@require_http_methods(["GET", "HEAD", "POST"])
def seat(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Who holds a seat, who held it, how its party was asked, and the forms that one may use."""
    process = get_process(request.user, slug)
    one = get_object_or_404(
        Seat.objects.visible_to(request.user)
        .select_related("body", "party")
        .prefetch_related("body__former_names"),
        body__process=process,
        pk=pk,
    )
    one.body.process = process
    as_of = read_as_of(request, process)
    rights = access.rights(request.user, process)
    held, failed = holding(one), None
    people, gone = _people(held) if rights.may_keep(one) else ([], [])
    if request.method == "POST":
        if not rights.may_nominate(one):
            raise PermissionDenied
        deed = DEEDS.get(request.POST.get("what", ""))
        if deed is None:
            return redirect("seat", slug, pk)
        if deed.keepers_only and not rights.may_keep(one):
            raise PermissionDenied
        failed = deed.form(held, people, request.POST, gone)
        if save(request, failed, functools.partial(deed.act, held), process, deed.done):
            return redirect("seat", slug, pk)
        as_of = AsOf(held.day, held.day)
        held = holding(one)  # somebody else may have changed it meanwhile
        if failed.overtaken:
            failed.show(held)
    shown = held if as_of.is_today else holding(one, as_of.day)
    context: dict[str, Any] = {
        "process": process,
        "tab": "bodies",
        "seat": one,
        "body": one.body,
        "body_name": one.body.name_on(as_of.day),
        "as_of": as_of,
        "held": shown,
        "role_terms": RoleTerms.objects.filter(body=one.body, role=one.role).first(),
        "sees_addresses": rights.may_nominate(one),
    }
    if as_of.is_today:
        context["offers"], context["note"] = _offers(held, rights, people, gone, failed)
    context |= _history(request, one, shown)
    context["spans"] = _spans(shown)
    if as_of.is_today and rights.may_keep(one):
        context["spans"] = _with_offers(context["spans"], held, people, failed)
    return render(request, "bodies/seat.html", context, status=422 if failed else 200)


def _people(held: Holding) -> tuple[list[User], list[User]]:
    """Who may sit today, and who else may have sat once."""
    people = people_who_may_sit(held.seat, held.day)
    ever = people_who_may_have_sat(held.seat)
    return people, [person for person in ever if person not in people]


def _offers(
    held: Holding,
    rights: access.Rights,
    people: Sequence[User],
    gone: Sequence[User],
    failed: seat_forms.SeatForm | None,
) -> tuple[list[Offer], str]:
    """What the person may do about the seat today, what was just refused, and what cannot be."""
    keeps, nominates = rights.may_keep(held.seat), rights.may_nominate(held.seat)
    party = held.seat.party
    asks = keeps and held.wants_successor and held.nomination is None and party is not None
    asked_today = held.day in held.asked_on
    asked = people_to_ask(held.seat, held.day) if asks and not asked_today else []
    note = ""
    if asks and asked_today:
        note = _("The party was asked today; it can be asked again tomorrow.")
    elif asks and party and not asked:
        note = _(
            "Nobody who acts for %(party)s is a member of the process, so nobody can be asked: "
            "add a delegate of theirs, or seat somebody yourself."
        ) % {"party": party.name}
    here = not held.is_over
    is_offered = {
        "accept": keeps and held.nomination is not None,
        "decline": keeps and held.nomination is not None,
        "ask": bool(asked),
        "nominate": nominates and here and held.nomination is None,
        "fill": keeps,
        "hand-over": keeps and held.term is not None,
        "alternate": keeps and held.term is not None,
        "end": keeps and held.term is not None,
        "withdraw-term": False,  # stands in the history
        "withdraw": nominates and held.nomination is not None,
    }
    first = _needed_most(held, keeps, is_offered)
    offers = []
    for name, deed in DEEDS.items():
        if failed is not None and failed.verb == name and name != "withdraw-term":
            offers.append(Offer(deed, failed, _words(name, held, asked), is_first=True))
        elif is_offered[name]:
            form = deed.form(held, people, gone=gone)
            is_first = name == first and failed is None
            offers.append(Offer(deed, form, _words(name, held, asked), is_first))
    return sorted(offers, key=lambda offer: not offer.is_first), note


def _needed_most(held: Holding, keeps: bool, is_offered: dict[str, bool]) -> str | None:
    """The one form that the page shows unfolded; none where the seat needs nothing."""
    if is_offered["accept"]:
        return "accept"
    if not held.wants_successor:
        return None
    if is_offered["ask"]:
        return "ask"
    if not keeps:
        return "nominate" if is_offered["nominate"] else None
    return "fill" if held.is_vacant and held.seat.party_id is None else None


def _words(name: str, held: Holding, asked: Sequence[User]) -> str:
    """What happens next, beside the button."""
    if name == "ask" and asked:
        names = get_text_list([person.name for person in asked], _("and"))
        return _("A mail goes to %(names)s.") % {"names": names}
    if name == "nominate":
        return _("Who keeps the body accepts or declines. All members see the name.")
    if name == "accept" and held.nomination and held.term:
        return _("A term that still runs then ends on the day before.")
    return ""


def _history(request: HttpRequest, one: Seat, held: Holding) -> dict[str, Any]:
    """What there was about the seat by the end of the day that the page shows."""
    process, day = one.body.process, held.day
    requests = [
        asked
        for asked in one.succession_requests.select_related("asked_by", "party").prefetch_related(
            "asked"
        )
        if process.today(asked.asked_at) <= day
    ]
    mails = Message.objects.visible_to(request.user).filter(
        process=process, kind=REQUEST, about_id__in=[asked.pk for asked in requests]
    )
    mail_of = {(mail.about_id, mail.recipient_id): mail for mail in mails}
    labels = dict(Nomination.State.choices)
    nominations = []
    for nomination in one.nominations.select_related("proposed_by", "settled_by"):
        if state := state_on(nomination, one, day):
            is_open = state == Nomination.State.PROPOSED
            nominations.append((nomination, state, labels[state], is_open))
    others = []
    if held.term:
        others = list(
            Term.objects.of(held.term.holder, day)
            .filter(seat__body__process=process)
            .exclude(seat=one)
            .select_related("seat__body", "seat__party")
            .order_by("seat__body__name", "seat__number")
        )
    return {
        "requests": [
            (
                asked,
                process.today(asked.asked_at),
                [(person, mail_of.get((asked.pk, person.pk))) for person in asked.asked.all()],
            )
            for asked in requests
        ],
        "nominations": nominations,
        "others": others,
    }


def _spans(held: Holding) -> list[Span]:
    """The terms, last first, with those that never held and the times in which nobody did.

    On an earlier day, those that had begun.
    """
    terms = Term.every.filter(seat=held.seat).select_related("holder", "alternate")
    if held.day < held.seat.body.process.today():
        terms = terms.filter(starts_on__lte=held.day)
    withdrawn = [term.pk for term in terms if term.withdrawn_at]
    entries = Entry.objects.filter(
        process=held.seat.body.process,
        object_type="term",
        object_id__in=withdrawn,
        verb="term.withdrawn",
    )
    why = {entry.object_id: entry for entry in entries} if withdrawn else {}
    spans: list[Span] = []
    after: date | None = None
    for term in terms:
        if term.withdrawn_at is None:
            if after and term.ends_on and term.ends_on + ONE_DAY < after:
                spans.append(Span(None, term.ends_on + ONE_DAY, after - ONE_DAY))
            after = term.starts_on
        spans.append(Span(term, term.starts_on, term.ends_on, why.get(term.pk)))
    return spans


def _with_offers(
    spans: list[Span],
    held: Holding,
    people: Sequence[User],
    failed: seat_forms.SeatForm | None,
) -> list[Span]:
    """Each term that holds with the form to withdraw it, for who keeps the body."""
    deed = DEEDS[seat_forms.WithdrawTermForm.verb]
    offered = []
    for span in spans:
        if span.term and not span.term.withdrawn_at:
            form: Any = seat_forms.WithdrawTermForm(held, people, term=span.term)
            if failed and failed.verb == form.verb and failed["term"].value() == str(span.term.pk):
                form = failed
            span = replace(span, offer=Offer(deed, form))
        offered.append(span)
    return offered


@require_safe
def vacancies(request: HttpRequest, slug: str) -> HttpResponse:
    """The seats that nobody holds, and those that nobody will hold soon."""
    process = get_process(request.user, slug)
    as_of = read_as_of(request, process)
    found = unfilled(process, as_of.day)
    page = Paginator([*found.vacant, *found.falling], PAGE).get_page(request.GET.get("page"))
    seats = list(
        Seat.objects.visible_to(request.user)
        .filter(pk__in=list(page.object_list))
        .select_related("body", "party")
        .prefetch_related("body__former_names")
    )
    for one in seats:
        one.body.process = process
    held = holdings(seats, as_of.day)
    rights = access.rights(request.user, process)
    rows = [
        (held[pk], held[pk].seat.body.name_on(as_of.day), _needs(held[pk], rights, as_of))
        for pk in page.object_list
    ]
    context = views_of(process, as_of, queries.found(process, as_of.day)) | {
        "view": "vacancies",
        "found": found,
        "page": page,
        "vacant": [row for row in rows if row[0].is_vacant],
        "falling": [row for row in rows if not row[0].is_vacant],
        "total": len(found.vacant) + len(found.falling),
    }
    return render(request, "bodies/vacancies.html", context)


def _needs(held: Holding, rights: access.Rights, as_of: AsOf) -> str:
    """The one thing that the person may do next about a seat; nothing where they only read."""
    if not as_of.is_today or held.later:
        return ""
    if not rights.may_keep(held.seat):
        free = held.nomination is None and rights.may_nominate(held.seat)
        return _("Name a successor") if free else ""
    if held.nomination:
        return _("Settle the nomination")
    if held.seat.party_id is None:
        return _("Seat somebody") if held.is_vacant else _("Hand over")
    if held.day in held.asked_on:
        return ""
    return _("Ask again") if held.requests else _("Ask for a successor")
