"""What somebody is asked to do, in one query for all of it.

Each kind is what the source of its reminders is about, narrowed to one person; so that the desk,
the count beside it and the digest say the same. `tests/insights/test_desk.py` holds them against
each other.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db.models import (
    DateField,
    DateTimeField,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
)
from django.db.models.functions import Coalesce, Left

from coordination.base.lasting import held_on
from coordination.bodies.models import Nomination, Seat, Term
from coordination.commitments.access import WRITING
from coordination.commitments.models import Breach, Obligation, Verification
from coordination.ledger.models import Entry
from coordination.outbox.models import AddressProblem
from coordination.processes.models import Membership
from coordination.reminders.fulfilled import is_fulfilled
from coordination.reminders.models import Escalation, Occurrence, Reminder
from coordination.reminders.sources.disputes import waiting_stages
from coordination.reminders.sources.reviews import AHEAD, open_agendas
from coordination.reminders.sources.silences import running_silences
from coordination.reminders.sources.verifications import JUDGING, unjudged
from coordination.reviews.models import Minutes, MinutesComment, Reply, Review

from .place import Place
from .row import Asked, Row, nothing, said_of

Kind = Reminder.Kind
#: What no reminder is sent of by day, or what the mail that asks for it is no digest.
FINDING, DRAFT, REPLY, NOMINATION, SUCCESSOR = (
    *("finding", "draft", "reply", "nomination", "successor"),
)
#: How far ahead a meeting is whose invitation has to be answered.
MEETINGS = timedelta(days=14)
_TITLE = 240


def _all_of(place: Place) -> list[Asked]:
    return [one for source in _SOURCES for one in source(place)] if place.members else []


def asked_of(place: Place) -> list[Row]:
    """All that needs the person, in no order."""
    found = [one.annotated() for one in _all_of(place)]
    return [Row(*row) for row in found[0].union(*found[1:], all=True)] if found else []


def how_many(place: Place) -> int:
    """As many as `asked_of` has rows."""
    found = [one.rows.order_by().values_list("pk") for one in _all_of(place)]
    return found[0].union(*found[1:], all=True).count() if found else 0


# --- Commitments --------------------------------------------------------------------------------


def _of_obligation(path: str = "") -> dict[str, Any]:
    return {
        "by_on": F(f"{path}due_on"),
        "title": F(f"{path}commitment__title"),
        "reference": F(f"{path}commitment__reference"),
        "owner": Coalesce(f"{path}party__code", f"{path}body__code"),
        "number": F(f"{path}commitment__number"),
        "second": F(f"{path}pk"),
        "level": F(f"{path}reported_level"),
        "since": F(f"{path}reported_at"),
    }


def owed_by(user: Any) -> QuerySet[Obligation]:
    """What somebody reports for."""
    rows = Obligation.objects.visible_to(user).filter(focal_point=user)
    return rows.filter(commitment__withdrawn_at=None)


def _check_ins(place: Place) -> list[Asked]:
    """What was asked and waits for an answer, and what is about to be asked."""
    asked = Occurrence.objects.filter(
        obligation=OuterRef("pk"), state=Occurrence.State.ASKED, recipient=place.user
    )
    rows = owed_by(place.user).filter(
        Q(Exists(asked)) | Q(next_check_in_at__lte=place.now), is_suspended=False
    )
    rows = rows.exclude(is_fulfilled(""))
    return [said_of(Kind.CHECK_IN, rows, "commitment__process", **_of_obligation())]


def _escalations(place: Place) -> list[Asked]:
    """Silences of others that have come to the person and go on; each once."""
    goes_on = Escalation.objects.filter(pk=OuterRef("about_id"), stopped_at=None)
    told = Reminder.objects.filter(
        kind=Kind.ESCALATION, recipient=place.user, process__in=place.members
    ).exclude(state=Reminder.State.SUPERSEDED)
    later = told.filter(about_id=OuterRef("about_id"), pk__gt=OuterRef("pk"))
    rows = told.filter(Exists(goes_on), ~Exists(later))
    said = {name: F(name) for name in ("title", "reference", "path")}
    return [said_of(Kind.ESCALATION, rows, "process", **said, by_on=F("due_on"))]


def _not_own(place: Place, path: str = "") -> Q:
    """Nobody judges their own; see `commitments.access.is_party_to`."""
    own = Q(**{f"{path}focal_point": place.user})
    own |= Q(**{f"{path}body__in": place.serves}) | Q(
        **{f"{path}party__in": place.capacities.parties}
    )
    return ~own


def _to_verify(place: Place) -> list[Asked]:
    """By who judges in a body; by all who sit there where nobody does."""
    if not place.sits:
        return []
    body = "commitment__verifying_body"
    judged = place.seated(seat__body=OuterRef(body), seat__role__in=JUDGING)
    mine = Q(**{f"{body}__in": place.judges}) | Q(~Exists(judged), **{f"{body}__in": place.sits})
    # What somebody has prepared a finding of since waits for its approval.
    prepared = Verification.objects.filter(
        obligation=OuterRef("pk"), approved_at=None, recorded_at__gte=OuterRef("reported_at")
    )
    rows = unjudged().filter(mine, _not_own(place), ~Exists(prepared))
    rows = rows.filter(commitment__process__in=place.members)
    return [said_of(Kind.VERIFICATION, rows, "commitment__process", **_of_obligation())]


def _findings(place: Place) -> list[Asked]:
    """Those that wait for a second person: somebody of the body; a coordinator where it has no
    other."""
    if not (place.serves or place.coordinated):
        return []
    body = "obligation__commitment__verifying_body"
    another = place.seated(seat__body=OuterRef(body)).exclude(holder=OuterRef("author"))
    mine = Q(**{f"{body}__in": place.serves})
    mine |= Q(~Exists(another), obligation__commitment__process__in=place.coordinated)
    written = Entry.objects.filter(
        object_type="verification", object_id=OuterRef("pk"), verb__in=WRITING, actor=place.user
    )
    rows = Verification.objects.visible_to(place.user).filter(
        mine,
        _not_own(place, "obligation__"),
        ~Q(author=place.user),
        ~Exists(written),
        approved_at=None,
        obligation__withdrawn_at=None,
        obligation__commitment__withdrawn_at=None,
    )
    said = _of_obligation("obligation__") | {
        "by_on": nothing(DateField()),
        "second": F("pk"),
        "level": F("level"),
        "since": F("recorded_at"),
    }
    return [said_of(FINDING, rows, "obligation__commitment__process", **said)]


def _breaches(place: Place) -> list[Asked]:
    """Who runs the lead body, when a step is overdue; the owner's head, when an answer is due."""
    overdue = Q(clock_at__lte=place.now, obligation__commitment__lead_body__in=place.runs)
    answer = Q(place.heads("obligation__party"), state=Breach.State.RESPONSE_DUE)
    rows = (
        Breach.objects.visible_to(place.user)
        .filter(overdue | answer, clock_at__isnull=False)
        .filter(obligation__withdrawn_at=None, obligation__commitment__withdrawn_at=None)
        .exclude(state__in=Breach.OVER)
    )
    said = _of_obligation("obligation__") | {
        "by_on": nothing(DateField()),
        "by_at": F("clock_at"),
        "second": F("pk"),
        "path": F("state"),
        "since": nothing(DateTimeField()),
    }
    return [said_of(Kind.BREACH, rows, "obligation__commitment__process", **said)]


# --- Reviews ------------------------------------------------------------------------------------


def _of_review(path: str = "") -> dict[str, Any]:
    return {
        "title": F(f"{path}body__code"),
        "reference": F(f"{path}body__name"),
        "number": F(f"{path}pk"),
        "level": F(f"{path}number"),
        "since": F(f"{path}starts_at"),
    }


def _minutes(place: Place) -> list[Asked]:
    if not place.sits:
        return []
    undrafted = Review.objects.visible_to(place.user).filter(
        state=Review.State.MINUTES_DRAFT, minutes=None, body__in=place.chairs
    )
    drafts = Minutes.objects.visible_to(place.user).filter(approved_at=None)
    to_approve = drafts.filter(
        Q(comments_until=None) | Q(comments_until__lte=place.now), review__body__in=place.chairs
    )
    spoke = MinutesComment.objects.filter(author=place.user, section__minutes=OuterRef("pk"))
    to_comment = drafts.filter(
        ~Exists(spoke), comments_until__gt=place.now, review__body__in=place.sits
    )
    said, process = _of_review("review__") | {"second": F("version")}, "review__body__process"
    return [
        said_of(DRAFT, undrafted, "body__process", **_of_review()),
        said_of(Kind.MINUTES, to_approve, process, **said),
        said_of(Kind.COMMENT, to_comment, process, **said, by_at=F("comments_until")),
    ]


def _disputes(place: Place) -> list[Asked]:
    """Who is asked; where that is nobody, who runs the body."""
    if not (place.seats or place.capacities.delegations):
        return []
    by_party = place.heads("to_party")
    somebody = Exists(place.seated(seat=OuterRef("seat")))
    running = place.seated(seat__body=OuterRef("to_body"), seat__role__in=Seat.RUNNING)
    sent = Membership.objects.at(place.now).filter(
        Q(heads_delegation=True) | Q(role=Membership.Role.DELEGATE),
        party=OuterRef("to_party"),
        user__is_active=True,
    )
    to_seat = Q(seat__isnull=False)
    to_body = Q(seat=None, to_body__isnull=False)
    to_party = Q(seat=None, to_body=None, to_party__isnull=False)
    asked = to_seat & Q(seat__in=place.seats)
    asked |= to_body & Q(to_body__in=place.runs)
    asked |= to_party & by_party
    nobody = to_seat & ~Q(somebody) | to_body & ~Q(Exists(running)) | to_party & ~Q(Exists(sent))
    nobody |= Q(seat=None, to_body=None, to_party=None)
    rows = waiting_stages(place.now).filter(
        asked | nobody & Q(dispute__body__in=place.runs),
        dispute__body__process__in=place.members,
    )
    said = {
        "title": F("dispute__subject"),
        "reference": F("dispute__body__code"),
        "number": F("dispute__number"),
        "second": F("number"),
        "by_at": F("until"),
        "since": F("asked_at"),
    }
    return [said_of(Kind.DISPUTE, rows, "dispute__body__process", **said)]


def _silences(place: Place) -> list[Asked]:
    if not place.votes:
        return []
    process = "item__review__body__process"
    rows = running_silences(place.now).filter(
        item__review__body__in=place.votes, **{f"{process}__in": place.members}
    )
    said = {
        "title": Left("text", _TITLE),
        "reference": F("item__review__body__code"),
        "number": F("item__review"),
        "second": F("pk"),
        "level": F("item__review__number"),
        "by_at": F("silence_until"),
    }
    return [said_of(Kind.SILENCE, rows, process, **said)]


def _agendas(place: Place) -> list[Asked]:
    """Where its members can still propose items."""
    if not place.agenda_hours:
        return []
    near = Q(pk__in=[])
    for body, hours in place.agenda_hours.items():
        closes = place.now + timedelta(hours=hours)
        near |= Q(body=body, starts_at__gt=closes, starts_at__lte=closes + AHEAD)
    rows = open_agendas(place.now).filter(near, body__process__in=place.members)
    return [said_of(Kind.AGENDA, rows, "body__process", **_of_review(), second=F("body"))]


def _replies(place: Place) -> list[Asked]:
    """Who sits in the body on the meeting's own day."""
    day = OuterRef("held_on")
    sits = Term.objects.filter(
        Q(holder=place.user) | Q(alternate=place.user),
        Q(ends_on=None) | Q(ends_on__gte=day),
        held_on(day, "seat__"),
        starts_on__lte=day,
        seat__body=OuterRef("body"),
    )
    said = Reply.objects.filter(review=OuterRef("pk"), person=place.user)
    rows = Review.objects.visible_to(place.user).filter(
        Exists(sits),
        ~Exists(said),
        state=Review.State.PLANNED,
        starts_at__gt=place.now,
        starts_at__lte=place.now + MEETINGS,
    )
    return [said_of(REPLY, rows, "body__process", **_of_review(), by_at=F("starts_at"))]


# --- Bodies and people --------------------------------------------------------------------------


def _nominations(place: Place) -> list[Asked]:
    """Who keeps the body says whether somebody who was named takes the seat."""
    if not (place.keeps or place.coordinated):
        return []
    rows = Nomination.objects.visible_to(place.user).filter(
        Q(seat__body__in=place.keeps) | Q(seat__body__process__in=place.coordinated),
        state=Nomination.State.PROPOSED,
    )
    said = {
        "title": F("name"),
        "reference": F("seat__body__code"),
        "number": F("seat__number"),
        "second": F("seat"),
        "by_on": F("starts_on"),
        "since": F("proposed_at"),
    }
    return [said_of(NOMINATION, rows, "seat__body__process", **said)]


def _addresses(place: Place) -> list[Asked]:
    if not place.coordinated:
        return []
    problems = AddressProblem.objects.filter(address=OuterRef("user__email"), cleared_at=None)
    rows = Membership.objects.at(place.now).filter(Exists(problems), process__in=place.coordinated)
    rows = rows.exclude(user=place.user)
    said = {"title": F("user__name"), "reference": F("user__email")}
    return [said_of(Kind.ADDRESS, rows, "process", **said)]


_SOURCES: tuple[Callable[[Place], list[Asked]], ...] = (
    _check_ins,
    _escalations,
    _to_verify,
    _findings,
    _breaches,
    _minutes,
    _disputes,
    _silences,
    _agendas,
    _replies,
    _nominations,
    _addresses,
)
