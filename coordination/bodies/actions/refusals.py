"""Why a term in a seat is refused; each is asked while nobody else changes the process."""

from datetime import date

from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from coordination.base.errors import Overtaken, Refused
from coordination.processes.access import membership

from ..models import Seat, Term
from ..vacancies import holding, people_who_may_have_sat, people_who_may_sit, shown


def says(day: date) -> str:
    """A day as a sentence for a person writes it."""
    return date_format(day, "j M Y")


def refuse_overtaken(seat: Seat, term: Term | None, seen: str | None) -> None:
    """Refuse a form about another term than the one in force, or about what it was before.

    `seen` is `vacancies.shown` of the seat when the form was opened; None where there was no form.
    """
    if seen is None:
        return
    held = holding(seat)
    if held.term is None:
        raise Overtaken(_("Nobody holds the seat any more."))
    if held.term != term:
        raise Overtaken(
            _(
                "%(name)s holds the seat now, since %(day)s, and the form was about another term: "
                "read the page again, then send it again."
            )
            % {"name": held.term.holder, "day": says(held.term.starts_on)}
        )
    if shown(held) != seen:
        raise Overtaken(
            _(
                "Somebody changed the term of %(name)s meanwhile, and the page shows it as it is "
                "now: read it again, then send the form again."
            )
            % {"name": held.term.holder}
        )


def refuse_days(seat: Seat, starts_on: date, ends_on: date | None) -> None:
    """Refuse a term that the seat, or its body, is not there for."""
    if ends_on is not None and ends_on < starts_on:
        raise Refused(_("A term ends after it starts."), "ends_on")
    body = seat.body
    first = max((d for d in (seat.started_on, body.established_on) if d), default=None)
    if first and starts_on < first:
        raise Refused(
            _("The seat is there from %s on: choose a later day.") % says(first), "starts_on"
        )
    gone = min((d for d in (seat.ended_on, body.ended_on) if d), default=None)
    for day, field in ((starts_on, "starts_on"), (ends_on, "ends_on")):
        if gone and day and day >= gone:
            raise Refused(_("The seat ends on %s: choose an earlier day.") % says(gone), field)


def refuse_overlap(
    seat: Seat, starts_on: date, ends_on: date | None, apart_from: Term | None = None
) -> None:
    others = seat.terms.filter(Q(ends_on=None) | Q(ends_on__gte=starts_on))
    if ends_on is not None:
        others = others.filter(starts_on__lte=ends_on)
    if apart_from is not None:
        others = others.exclude(pk=apart_from.pk)
    met = others.select_related("holder").order_by("starts_on").first()
    if met is None:
        return
    words = {"name": met.holder, "from": says(met.starts_on)}
    if met.starts_on > starts_on:
        raise Refused(
            _("%(name)s holds the seat from %(from)s on: let this term end before.") % words,
            "ends_on",
        )
    if met.ends_on:
        sentence = _("%(name)s holds the seat from %(from)s to %(to)s: choose a later day.")
        raise Refused(sentence % (words | {"to": says(met.ends_on)}), "starts_on")
    raise Refused(
        _("%(name)s holds the seat since %(from)s: end that term first, or hand over.") % words,
        "starts_on",
    )


def refuse_person(
    seat: Seat, person: User, starts_on: date, ends_on: date | None, field: str
) -> None:
    """Refuse who is no member, or acts for another party than the seat's.

    A term that is over may have been held by somebody who left the process since.
    """
    process = seat.body.process
    if ends_on is not None and ends_on < process.today():
        if not process.memberships.filter(user=person).exists():
            raise Refused(
                _("%(name)s was never a member of the process: add them first.") % {"name": person},
                field,
            )
        if person not in people_who_may_have_sat(seat, starts_on):
            raise _acts_for_another(seat, person, field)
        return
    if membership(person, process) is None or not person.is_active:
        raise Refused(
            _("%(name)s is not a member of the process: add them first.") % {"name": person}, field
        )
    refuse_other_party(seat, person, starts_on, field)


def refuse_other_party(seat: Seat, person: User, day: date, field: str) -> None:
    if person not in people_who_may_sit(seat, day):
        raise _acts_for_another(seat, person, field)


def _acts_for_another(seat: Seat, person: User, field: str) -> Refused:
    mine = seat.body.process.memberships.filter(user=person, party__isnull=False)
    last = mine.select_related("party").order_by("-started_at").first()
    return Refused(
        _("%(name)s acts for %(other)s, and the seat is for %(party)s.")
        % {
            "name": person,
            "other": last.party.name if last and last.party else "",
            "party": seat.party.name if seat.party else "",
        },
        field,
    )


def refuse_alternate(
    seat: Seat, holder: User, alternate: User | None, starts_on: date, ends_on: date | None = None
) -> None:
    if alternate is None:
        return
    if alternate == holder:
        raise Refused(_("The alternate is somebody else than the holder."), "alternate")
    refuse_person(seat, alternate, starts_on, ends_on, "alternate")
