"""The page of a seat, with what one may do about it, and the list of vacant seats."""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from coordination.base.errors import Refused
from coordination.outbox.models import Message
from coordination.processes.as_of import AsOf, read_as_of
from coordination.processes.editing import save
from coordination.processes.queries import get_process

from .. import access, queries, seat_forms
from ..actions import seats as actions
from ..actions import succession
from ..models import Nomination, RoleTerms, Seat, Term
from ..vacancies import (
    ONE_DAY,
    Holding,
    holding,
    holdings,
    people_to_ask,
    people_who_may_sit,
    state_on,
    unfilled,
)
from .pages import views_of

#: Rows of the list of vacant seats on one page.
PAGE = 50


@dataclass(frozen=True)
class Deed:
    """Something that one may do about a seat, and the form for it.

    `act` takes the seat as it stands, what was typed, and who acts from where.
    """

    form: type[seat_forms.SeatForm]
    title: str | Promise
    button: str | Promise
    done: str | Promise
    act: Callable[..., Any]
    keepers_only: bool = True


def _on_seat(action: Callable[..., Any], held: Holding, **given: Any) -> Any:
    return action(seat=held.seat, **given)


def _on_term(action: Callable[..., Any], held: Holding, **given: Any) -> Any:
    if held.term is None:
        raise Refused(_("Nobody holds the seat any more."))
    return action(term=held.term, **given)


def _on_nomination(action: Callable[..., Any], held: Holding, **given: Any) -> Any:
    return action(**given)


#: In the order in which a page offers them; the first is what the seat needs most.
DEEDS = {
    deed.form.verb: deed
    for deed in (
        Deed(
            seat_forms.AcceptForm,
            gettext_lazy("Accept the nomination"),
            gettext_lazy("Accept and seat"),
            gettext_lazy("Accepted: the seat has its next holder."),
            functools.partial(_on_nomination, succession.accept_nomination),
        ),
        Deed(
            seat_forms.DeclineForm,
            gettext_lazy("Decline the nomination"),
            gettext_lazy("Decline"),
            gettext_lazy("Declined. The party can name somebody else."),
            functools.partial(_on_nomination, succession.decline_nomination),
        ),
        Deed(
            seat_forms.AskForm,
            gettext_lazy("Ask for a successor"),
            gettext_lazy("Ask for a successor"),
            gettext_lazy("Asked. What became of each mail stands below."),
            functools.partial(_on_seat, succession.ask_for_successor),
        ),
        Deed(
            seat_forms.NominateForm,
            gettext_lazy("Name a successor"),
            gettext_lazy("Propose for the seat"),
            gettext_lazy("Proposed. Who keeps the body accepts or declines."),
            functools.partial(_on_seat, succession.nominate),
            keepers_only=False,
        ),
        Deed(
            seat_forms.FillForm,
            gettext_lazy("Seat somebody"),
            gettext_lazy("Record the term"),
            gettext_lazy("The term is recorded."),
            functools.partial(_on_seat, actions.seat_person),
        ),
        Deed(
            seat_forms.HandOverForm,
            gettext_lazy("Hand over"),
            gettext_lazy("Hand the seat over"),
            gettext_lazy("The handover is recorded."),
            functools.partial(_on_seat, actions.hand_over),
        ),
        Deed(
            seat_forms.AlternateForm,
            gettext_lazy("Name an alternate"),
            gettext_lazy("Record the alternate"),
            gettext_lazy("The alternate is recorded."),
            functools.partial(_on_term, actions.name_alternate),
        ),
        Deed(
            seat_forms.EndForm,
            gettext_lazy("End the term"),
            gettext_lazy("Set the last day"),
            gettext_lazy("The last day of the term is recorded."),
            functools.partial(_on_term, actions.end_term),
        ),
        Deed(
            seat_forms.WithdrawForm,
            gettext_lazy("Withdraw the nomination"),
            gettext_lazy("Withdraw"),
            gettext_lazy("The nomination is withdrawn."),
            functools.partial(_on_nomination, succession.withdraw_nomination),
            keepers_only=False,
        ),
    )
}


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
    people = people_who_may_sit(one, held.day) if rights.may_keep(one) else []
    if request.method == "POST":
        if not rights.may_nominate(one):
            raise PermissionDenied
        deed = DEEDS.get(request.POST.get("what", ""))
        if deed is None:
            return redirect("seat", slug, pk)
        if deed.keepers_only and not rights.may_keep(one):
            raise PermissionDenied
        failed = deed.form(held, people, request.POST)
        if save(request, failed, functools.partial(deed.act, held), process, deed.done):
            return redirect("seat", slug, pk)
        as_of = AsOf(held.day, held.day)
        held = holding(one)  # somebody else may have changed it meanwhile
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
        context["offers"], context["note"] = _offers(held, rights, people, failed)
    context |= _history(request, one, shown)
    return render(request, "bodies/seat.html", context, status=422 if failed else 200)


def _offers(
    held: Holding,
    rights: access.Rights,
    people: Sequence[User],
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
        "fill": keeps and here and held.term is None,
        "hand-over": keeps and held.term is not None,
        "alternate": keeps and held.term is not None,
        "end": keeps and held.term is not None,
        "withdraw": nominates and held.nomination is not None,
    }
    first = _needed_most(held, keeps, is_offered)
    offers = []
    for name, deed in DEEDS.items():
        if failed is not None and failed.verb == name:
            offers.append(Offer(deed, failed, _words(name, held, asked), is_first=True))
        elif is_offered[name]:
            form = deed.form(held, people)
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
        process=process, kind=actions.MAIL_KIND, about_id__in=[asked.pk for asked in requests]
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
        "spans": _spans(list(one.terms.select_related("holder", "alternate"))),
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


def _spans(terms: Sequence[Term]) -> list[tuple[Term | None, date, date | None]]:
    """The terms, last first, with the times between them in which nobody held the seat."""
    spans: list[tuple[Term | None, date, date | None]] = []
    for term in terms:
        if spans and term.ends_on and term.ends_on + ONE_DAY < spans[-1][1]:
            spans.append((None, term.ends_on + ONE_DAY, spans[-1][1] - ONE_DAY))
        spans.append((term, term.starts_on, term.ends_on))
    return spans


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
