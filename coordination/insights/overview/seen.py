"""The overview as one person sees it: what is drawn for all, and what only they may read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Min
from django.utils import timezone

from coordination.processes.as_of import AsOf
from coordination.processes.models import Process
from coordination.reviews.models import Review
from coordination.reviews.queries import coming

from .alerts import Alert, missed_check_ins
from .bodies import Led
from .days import DueDay
from .drawn import Drawn, draw
from .pressing import Pressing, held_up_by

#: Reviews that the page names.
REVIEWS = 4


@dataclass(frozen=True)
class Coming:
    """A review or a due day."""

    day: date
    review: Review | None = None
    due: DueDay | None = None


@dataclass(frozen=True)
class Overview:
    drawn: Drawn
    held_up: dict[int, str]
    coming: Sequence[Coming]
    #: What is planned and asked for now; nothing where a past day is shown.
    reviews: Sequence[Review]
    next_review: dict[int, date]
    missed: Alert | None

    @property
    def bodies(self) -> list[tuple[Led, str]]:
        return list(zip(self.drawn.bodies, self.drawn.pieces.bodies, strict=True))

    @property
    def pressing(self) -> list[tuple[Pressing, str]]:
        return list(zip(self.drawn.pressing, self.drawn.pieces.pressing, strict=True))

    @property
    def alerts(self) -> int:
        return self.drawn.alerts.count + (self.missed is not None)


def overview(process: Process, user: Any, as_of: AsOf) -> Overview:
    drawn = draw(process, user, as_of)
    keys = [one.key for one in drawn.pressing]
    now = drawn.moment if not as_of.is_today else timezone.now()
    held_up = held_up_by(keys, user, now)
    if not as_of.is_today:
        return Overview(drawn, held_up, _coming([], drawn.days), [], {}, None)
    reviews = Review.objects.visible_to(user).filter(coming(process), body__process=process)
    named = list(reviews.select_related("body").order_by("starts_at", "pk")[:REVIEWS])
    return Overview(
        drawn=drawn,
        held_up=held_up,
        coming=_coming(named, drawn.days),
        reviews=named,
        next_review=dict(reviews.order_by().values_list("body").annotate(Min("held_on"))),
        missed=missed_check_ins(process, user),
    )


def _coming(reviews: Sequence[Review], days: Sequence[DueDay]) -> list[Coming]:
    """In the order of their days; on one day the review comes first."""
    found = [Coming(one.held_on, review=one) for one in reviews]
    found += [Coming(one.day, due=one) for one in days]
    return sorted(found, key=lambda one: one.day)
