"""Invitations to reviews: what people's calendars are told, and told anew when it changes.

Everybody who sits in a body is invited to its next reviews. What their calendars were told last is
a `MeetingNotice`; where it is not so any more, the meeting is sent again with the next sequence, or
called off. So it is where the mail came back, as soon as the person's address is good again. An
alternate is told anew when the holder of the seat answers that the alternate comes.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.models import User
from coordination.base.spoken import at_time
from coordination.bodies.models import Term
from coordination.outbox import actions as outbox
from coordination.outbox.models import Message
from coordination.processes.models import Membership
from coordination.reviews.models import Reply, Review

from .calendar_files import meeting_file
from .invitation_mails import Mails
from .models import MeetingNotice
from .withdrawing import NOT_LEFT

log = logging.getLogger(__name__)

KIND = "invitation-review"
#: How far ahead people are invited.
AHEAD = timedelta(days=60)
CHANGED = "The meeting changed before the mail left."

Method = MeetingNotice.Method


@dataclass(frozen=True)
class Sitting:
    """Who sits in the bodies that meet: by person whether they do so as an alternate alone."""

    people: dict[int, User]
    #: Of each who does, for whom.
    alternates: dict[int, frozenset[int]]
    members: frozenset[int]

    def invited(self) -> dict[int, User]:
        return {key: one for key, one in self.people.items() if key in self.members}


@dataclass(frozen=True)
class Step:
    """What one person's calendar is to be told of a review."""

    review: Review
    recipient: User
    method: str
    notices: list[MeetingNotice]
    is_alternate: bool
    is_member: bool
    mails: Mails
    #: The answer by which the holder of the seat sends the alternate.
    sent_by: Reply | None = None

    @property
    def last(self) -> MeetingNotice | None:
        return self.notices[-1] if self.notices else None

    @property
    def told(self) -> MeetingNotice | None:
        """The last that the calendar heard, or is about to hear."""
        return next((one for one in self.notices[::-1] if self.mails.tells(one)), None)

    @property
    def is_needed(self) -> bool:
        last, review = self.last, self.review
        if self.method == Method.CANCEL:
            if last is None or last.method == Method.REQUEST:
                return last is not None
            told = self.told  # it holds the meeting still, where the cancellation came back
            return told is not None and told.method == Method.REQUEST and self._is_to_be_made_good
        return (
            last is None
            or last.method == Method.CANCEL
            or _shown(last) != _shown(review)
            or self.is_newly_sent
            or self._is_to_be_made_good
        )

    @property
    def is_newly_sent(self) -> bool:
        last = self.last
        return bool(last and self.sent_by and self.sent_by.at > last.message.created_at)

    @property
    def _is_to_be_made_good(self) -> bool:
        return self.last is not None and self.mails.can_be_made_good(self.last)


def invite_all(now: datetime) -> int:
    """Tell those who sit in a body of its next reviews, and of what changed; returns how many mails
    were written. Any number of schedulers may do so at once.

    Reads the reviews that are near, and those that calendars still hold as coming.
    """
    count = 0
    for review in {step.review for step in _steps(_near(now), now)}:
        try:
            count += _tell_all(review.pk, now)
        except Exception:  # one that cannot be told stops no other
            log.exception("The invitations to review %s could not be written.", review.pk)
    return count


def _near(now: datetime) -> QuerySet[Review]:
    states = Review.State
    planned = Q(state=states.PLANNED, starts_at__gt=now, starts_at__lte=now + AHEAD)
    told = MeetingNotice.objects.filter(starts_at__gt=now, method=Method.REQUEST)
    changed = Q(state__in=(states.PLANNED, states.CANCELLED), pk__in=told.values("review"))
    return Review.objects.filter(planned | changed).select_related("body__process")


@transaction.atomic
def _tell_all(review_id: int, now: datetime) -> int:
    # Whoever tells holds the review: two schedulers never write one sequence for two things.
    locked = Review.objects.select_for_update(of=("self",)).filter(pk=review_id)
    rows = locked.select_related("body__process")
    return sum([_tell(step, now) for step in _steps(rows, now)])


def _steps(rows: Iterable[Review], now: datetime) -> list[Step]:
    """What is to be told of these reviews, in a constant number of queries."""
    reviews = list(rows)
    sitting = _sitting_in(reviews)
    notices = _notices_of(reviews)
    sent = _sent_alternates(reviews)
    mails = Mails.of([one for told in notices.values() for of in told.values() for one in of])
    steps = []
    for review in reviews:
        sits, told = sitting[review.pk], notices[review.pk]
        invited = sits.invited() if review.state == Review.State.PLANNED else {}
        for key, person in invited.items():
            alternate = key in sits.alternates
            former = told.get(key, [])
            by = [sent.get((review.pk, one)) for one in sits.alternates.get(key, ())]
            by_whom = next((one for one in by if one), None)
            steps.append(
                Step(review, person, Method.REQUEST, former, alternate, True, mails, by_whom)
            )
        for key, former in told.items():
            person = former[-1].recipient
            if key not in invited and person.is_active:
                member = key in sits.members
                steps.append(Step(review, person, Method.CANCEL, former, False, member, mails))
    return [step for step in steps if step.is_needed]


def _notices_of(reviews: list[Review]) -> dict[int, dict[int, list[MeetingNotice]]]:
    """By review and person what their calendars were told, the last at the end."""
    found: dict[int, dict[int, list[MeetingNotice]]] = defaultdict(dict)
    rows = MeetingNotice.objects.filter(review__in=[one.pk for one in reviews])
    rows = rows.select_related("recipient", "message").defer(
        *("message__body_text", "message__body_html", "message__calendar")
    )
    for notice in rows.order_by("sequence"):
        found[notice.review_id].setdefault(notice.recipient_id, []).append(notice)
    return found


def _shown(meeting: Review | MeetingNotice) -> tuple[Any, ...]:
    """What a calendar shows of a meeting: of a change in it people are told."""
    return meeting.starts_at, meeting.lasts_minutes, meeting.place, meeting.video_link


def _sent_alternates(reviews: list[Review]) -> dict[tuple[int, int], Reply]:
    """By review and holder the answers that the alternate comes."""
    rows = Reply.objects.filter(
        review__in=[one.pk for one in reviews], answer=Reply.Answer.ALTERNATE
    )
    return {(one.review_id, one.person_id): one for one in rows.select_related("person")}


def _sitting_in(reviews: list[Review]) -> dict[int, Sitting]:
    """By review those who sit in its body on its day, and who takes part in the process today."""
    days = [review.held_on for review in reviews]
    terms: dict[int, list[Term]] = defaultdict(list)
    if days:
        rows = Term.objects.filter(
            Q(ends_on=None) | Q(ends_on__gte=min(days)),
            seat__body__in={review.body_id for review in reviews},
            starts_on__lte=max(days),
        )
        for term in rows.select_related("seat", "holder", "alternate").order_by("starts_on", "pk"):
            terms[term.seat.body_id].append(term)
    members: dict[int, set[int]] = defaultdict(set)
    current = Membership.objects.current().filter(
        process__in={review.body.process_id for review in reviews}, user__is_active=True
    )
    for process, user in current.values_list("process", "user"):
        members[process].add(user)
    return {
        one.pk: _sitting(terms[one.body_id], one.held_on, members[one.body.process_id])
        for one in reviews
    }


def _sitting(terms: list[Term], day: date, members: set[int]) -> Sitting:
    """Of two terms of a seat the later one holds it, as everywhere."""
    of_seats = {term.seat_id: term for term in terms if term.runs_on(day)}
    held = [term for term in of_seats.values() if term.seat.holds_on(day)]
    holders = {term.holder_id: term.holder for term in held}
    alternates = {one.pk: one for term in held if (one := term.alternate) is not None}
    for_whom: dict[int, set[int]] = defaultdict(set)
    for term in held:
        if term.alternate_id and term.alternate_id not in holders:
            for_whom[term.alternate_id].add(term.holder_id)
    return Sitting(
        people=alternates | holders,
        alternates={key: frozenset(them) for key, them in for_whom.items()},
        members=frozenset(members),
    )


def _tell(step: Step, now: datetime) -> int:
    """Write down what a calendar is told, and the mail that tells it where one is needed."""
    review, last = step.review, step.last
    if last is not None:
        _take_back(last, step.mails)
    told = step.told
    held = told is not None and told.method == Method.REQUEST
    is_off = step.method == Method.CANCEL
    # What is called off is said as the calendar has it: not where the meeting is held meanwhile.
    as_told = told if is_off and told is not None else review
    sequence = last.sequence + 1 if last else 0
    if is_off and not held:
        assert last is not None
        message, count = last.message, 0  # it has not heard of the meeting, and need not
    else:
        message = _mail(step, told if held else None, as_told, sequence, now)
        count = 1
    MeetingNotice.objects.create(
        review=review,
        recipient=step.recipient,
        sequence=sequence,
        method=step.method,
        starts_at=as_told.starts_at,
        place=as_told.place,
        lasts_minutes=as_told.lasts_minutes,
        video_link=as_told.video_link,
        message=message,
    )
    return count


def _take_back(notice: MeetingNotice, mails: Mails) -> None:
    """What is still here of it stays: its mail, and what somebody had sent once more."""
    for message in mails.of_notice(notice):
        waits = message.state in NOT_LEFT
        if waits and outbox.supersede(Message.objects.filter(pk=message.pk), CHANGED):
            mails.untold.add(message.pk)


def _mail(
    step: Step, told: MeetingNotice | None, meeting: Any, sequence: int, now: datetime
) -> Message:
    review, recipient = step.review, step.recipient
    process = review.body.process
    url = settings.SITE_URL + reverse("review", args=[process.slug, review.pk])
    change = _change(step, told)
    with translation.override(recipient.language), timezone.override(process.zone):
        title = _("%(body)s, review %(n)s") % {"body": review.body.name, "n": review.number}
        marking = process.marking or _("Restricted to the members of the process")
        words = [process.name, marking]
        sent_by = step.sent_by.person.name if step.sent_by else ""
        if sent_by:
            words.insert(0, _("%(name)s asks you to come in their place.") % {"name": sent_by})
        calendar = meeting_file(
            review,
            recipient,
            method=step.method,
            sequence=sequence,
            starts_at=meeting.starts_at,
            place=meeting.place,
            lasts_minutes=meeting.lasts_minutes,
            video_link=meeting.video_link,
            title=title,
            words="\n".join(words),
            url=url,
            now=now,
        )
        context = {
            "review": review,
            "body": review.body,
            "process": process,
            "title": title,
            "change": change,
            "what": str(WHAT[change]),
            "is_alternate": step.is_alternate,
            "sent_by": sent_by,
            "why": review.called_off_because if step.is_member else "",
            "minutes": meeting.lasts_minutes,
            "link": meeting.video_link,
            # The meeting's own time first, as it is said at the table; then the reader's.
            **_when("", meeting.starts_at, recipient),
            "place": meeting.place,
            **(_when("former_", told.starts_at, recipient) if told else {}),
            "former_place": told.place if told else "",
            "url": url if step.is_member else "",
            "profile_url": settings.SITE_URL + reverse("profile"),
            "day": now,
        }
    return outbox.queue(
        key=outbox.message_key(KIND, review.pk, recipient.pk, sequence),
        # Nothing about a process leaves to who is no member any more, save that it is over.
        process=process if step.is_member else None,
        kind=KIND,
        recipient=recipient,
        reason=_REASONS[change] % review,
        template="meeting",
        context=context,
        about=review,
        calendar=calendar,
    )


#: What happened to the meeting, by change: over the mail and in its subject ...
WHAT = {
    "new": _lazy("Invitation"),
    "moved": _lazy("Moved"),
    "place": _lazy("New place"),
    "both": _lazy("Moved, with a new place"),
    "changed": _lazy("Changed"),
    "sent": _lazy("You are asked to come"),
    "cancelled": _lazy("Cancelled"),
    "left": _lazy("Not for you any more"),
}
#: ... and why the mail went out, in the delivery log.
_REASONS = {
    "new": "%s is planned and they sit in the body.",
    "moved": "%s was moved.",
    "place": "%s has another place.",
    "both": "%s was moved and has another place.",
    "changed": "%s has another length or video link.",
    "sent": "Whose alternate they are answered to %s that they come.",
    "cancelled": "%s was cancelled.",
    "left": "They do not sit in the body on the day of %s any more.",
}


def _change(step: Step, told: MeetingNotice | None) -> str:
    if step.method == Method.CANCEL:
        return "cancelled" if step.review.state == Review.State.CANCELLED else "left"
    if told is None:
        return "new"
    moved, placed = told.starts_at != step.review.starts_at, told.place != step.review.place
    if moved or placed:
        return "both" if moved and placed else "place" if placed else "moved"
    if _shown(told) != _shown(step.review):
        return "changed"
    return "sent" if step.is_newly_sent else "moved"


def _when(prefix: str, moment: datetime, recipient: User) -> dict[str, str]:
    """A moment in the process's zone, which is the one that is set, and in the reader's."""
    there = at_time(moment)
    same = moment.astimezone(recipient.zone).utcoffset() == timezone.localtime(moment).utcoffset()
    with timezone.override(recipient.zone):
        here = at_time(moment)
    return {f"{prefix}when": there, f"{prefix}when_here": "" if same else here}
