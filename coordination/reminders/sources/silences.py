"""Proposals that are carried if nobody objects, and how that ended."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from coordination.bodies.decisions import Vote
from coordination.bodies.people import who_runs, who_votes_in
from coordination.reviews.models import Outcome

from ..models import Reminder
from ..planned import Planned, spoken_moment

#: How far back what has ended is looked for, at least: it ends a little after its time.
BACK = timedelta(days=1)


def running_silences(now: datetime) -> QuerySet[Outcome]:
    """The decisions to which somebody can still object."""
    return Outcome.objects.filter(carried=None, silence_until__gt=now)


def silences_running(since: datetime, now: datetime) -> Iterator[Planned]:
    """Whoever may object is told at once, and whoever takes over a voting seat meanwhile."""
    for outcome in _with_body(running_silences(now)):
        review = outcome.item.review
        body, process = review.body, review.body.process
        assert outcome.silence_until is not None
        because = format_lazy(
            _(
                "You sit in {body} with a vote. The decision is carried if nobody objects until "
                "{until}; who agrees has nothing to do."
            ),
            body=body.name,
            until=spoken_moment(outcome.silence_until, process.zone),
        )
        path = reverse("review-object", args=[process.slug, review.pk, outcome.pk])
        for person in who_votes_in(body, process.today(now)):
            yield _planned(
                outcome,
                person,
                because=because,
                path=path,
                due_on=process.today(outcome.silence_until),
            )


def silences_ended(since: datetime, now: datetime) -> Iterator[Planned]:
    """Whoever runs the body is told what came of it."""
    since = min(since, now - BACK)
    timed_out = Q(silence_until__gt=since, silence_until__lte=now)
    objected = Q(ballots__vote=Vote.NO, ballots__cast_at__gt=since, ballots__cast_at__lte=now)
    ended = Outcome.objects.filter(
        timed_out | objected, carried__isnull=False, silence_until__isnull=False
    )
    for outcome in _with_body(ended.distinct()):
        review = outcome.item.review
        body, process = review.body, review.body.process
        came_to = _("It is carried.") if outcome.carried else _("It is not carried.")
        because = format_lazy(
            _("You run {body}, and the silence procedure is over. {result} {how}"),
            body=body.name,
            result=came_to,
            how=outcome.how[:1].upper() + outcome.how[1:],
        )
        path = reverse("review-item", args=[process.slug, review.pk, outcome.item.order])
        for person in who_runs(body, process.today(now)):
            yield _planned(outcome, person, because=because, path=path, again="ended")


def _with_body(rows: QuerySet[Outcome]) -> QuerySet[Outcome]:
    return rows.select_related("item__review__body__process")


def _planned(outcome: Outcome, person: User, *, again: str = "", **said: Any) -> Planned:
    review = outcome.item.review
    process = review.body.process
    return Planned(
        kind=Reminder.Kind.SILENCE,
        process=process,
        recipient=person,
        about=outcome,
        day=process.today(outcome.recorded_at),
        title=outcome.text,
        reference=str(review),
        urgent=not again,
        again=again,
        **said,
    )
