"""What comes: the next reviews, the actions of reviews that somebody owns, their next check-ins."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import F, Q
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from coordination.bodies.models import Seat
from coordination.commitments.models import Obligation
from coordination.reminders.fulfilled import is_fulfilled
from coordination.reviews.models import Outcome, Review

from .asked import owed_by
from .needs import said_in
from .place import Place

#: How many of each.
SHOWN = 6
#: How soon a review begins that the sentence at the top names.
SOON = timedelta(hours=12)


@dataclass(frozen=True)
class Coming:
    """A review, and as what the reader sits in its body."""

    review: Review
    roles: frozenset[str]
    today: date
    minutes: int

    @property
    def is_today(self) -> bool:
        return localtime(self.review.starts_at).date() == self.today

    @property
    def role(self) -> str:
        return ", ".join(str(Seat.Role(one).label) for one in Seat.Role if one in self.roles)

    @property
    def soon(self) -> str:
        """How soon it begins, where that is today; its state while it is in session."""
        return said_in(self.minutes) if self.is_today and self.minutes >= 0 else ""

    @property
    def duty(self) -> object:
        """What the reader does in it."""
        if Seat.Role.SECRETARY in self.roles:
            return _("you keep its minutes")
        if self.roles & {Seat.Role.CHAIR, Seat.Role.CO_CHAIR}:
            return _("you chair it")
        return _("you sit in it") if self.roles else ""


def next_reviews(place: Place) -> list[Coming]:
    """Those of the reader's processes; what is in session first, then by their time."""
    if not place.members:
        return []
    states = Review.State
    rows = (
        Review.objects.visible_to(place.user)
        .filter(
            Q(state=states.IN_SESSION, starts_at__gte=place.now - timedelta(days=1))
            | Q(state=states.PLANNED, starts_at__gte=place.now - timedelta(hours=1))
        )
        .select_related("body__process")
        .order_by("starts_at", "pk")
    )
    today = localtime(place.now).date()
    return [
        Coming(
            review,
            frozenset(place.roles.get(review.body_id, ())),
            today,
            int((review.starts_at - place.now).total_seconds() // 60),
        )
        for review in rows[:SHOWN]
    ]


def about_to_begin(coming: list[Coming]) -> Coming | None:
    """The next one in which the reader has a seat, where it is near."""
    return next(
        (one for one in coming if one.roles and 0 <= one.minutes <= SOON.total_seconds() / 60),
        None,
    )


@dataclass(frozen=True)
class Action:
    """An action of a review that the reader answers for."""

    outcome: Outcome
    obligation: Obligation
    is_late: bool
    is_today: bool


def actions_of(place: Place) -> list[Action]:
    """What reviews gave them to do and is not done, what is due first first."""
    if not place.members:
        return []
    open_still = owed_by(place.user).filter(completed_on=None).exclude(is_fulfilled(""))
    rows = (
        open_still.filter(
            commitment__action_of__kind=Outcome.Kind.ACTION,
            commitment__action_of__withdrawn_at=None,
        )
        .select_related(
            "commitment__process", "commitment__action_of__item__review__body", "party", "body"
        )
        .order_by(F("due_on").asc(nulls_last=True), "pk")
    )
    found = []
    for one in rows[:SHOWN]:
        left = (one.due_on - one.commitment.process.today(place.now)).days if one.due_on else None
        outcome = one.commitment.action_of
        found.append(Action(outcome, one, left is not None and left < 0, left == 0))
    return found


def next_check_ins(place: Place, asked: set[int]) -> list[Obligation]:
    """What they will be asked next, besides what they are asked now."""
    if not place.members:
        return []
    rows = owed_by(place.user).filter(next_check_in_at__gt=place.now, is_suspended=False)
    rows = rows.exclude(pk__in=asked).select_related("commitment__process", "party", "body")
    return list(rows.order_by("next_check_in_at", "pk")[:SHOWN])
