"""Minutes that wait for their approval, and those on which comments are asked for."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Q
from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from coordination.reviews.models import Minutes, MinutesComment, Review

from ..models import Reminder
from ..people import chairs_of, who_sits_in
from ..planned import Planned, spoken

#: How long whoever runs a body has to write minutes that are circulated to nobody first.
DRAFTING = timedelta(days=2)


def minutes_to_approve(since: datetime, now: datetime) -> Iterator[Planned]:
    """When the comments are over; where none are asked for, some time after they were drafted."""
    over = Q(comments_until__gt=since, comments_until__lte=now)
    alone = Q(comments_until=None)
    alone &= Q(drafted_at__gt=since - DRAFTING, drafted_at__lte=now - DRAFTING)
    drafts = Minutes.objects.filter(over | alone, approved_at=None)
    for minutes in drafts.select_related("review__body__process"):
        # A chair who had the draft itself is told once more when others have had their say.
        step = "comments" if minutes.comments_until else "draft"
        yield from _to_chairs(minutes.review, minutes.drafted_at, now, minutes, step)
    undrafted = Review.objects.filter(
        state=Review.State.MINUTES_DRAFT,
        minutes=None,
        closed_at__gt=since,
        closed_at__lte=now,
    )
    for review in undrafted.select_related("body__process"):
        assert review.closed_at is not None
        yield from _to_chairs(review, review.closed_at, now)


def _to_chairs(
    review: Review,
    drafted_at: datetime,
    now: datetime,
    minutes: Minutes | None = None,
    step: str = "",
) -> Iterator[Planned]:
    process = review.body.process
    address: tuple[str, list[object]] = ("minutes-holding", [process.slug, review.pk])
    if minutes is not None:
        address = ("minutes", [process.slug, review.pk, minutes.version])
    for person in chairs_of(review.body, process.today(now)):
        yield Planned(
            kind=Reminder.Kind.MINUTES,
            process=process,
            recipient=person,
            about=review,
            day=process.today(drafted_at),
            title=str(review),
            path=reverse(address[0], args=address[1]),
            again=f"{minutes.version} {step}" if minutes else "",
            because=format_lazy(
                _("You chair {body}; the minutes of {day} are in draft."),
                body=review.body.name,
                day=spoken(review.held_on),
            ),
        )


def minutes_to_comment_on(since: datetime, now: datetime) -> Iterator[Planned]:
    """Everybody who sits in the body, once for each version, whenever comments are asked for."""
    rows = Minutes.objects.filter(approved_at=None, comments_until__gt=now)
    for minutes in rows.select_related("review__body__process"):
        review, process = minutes.review, minutes.review.body.process
        assert minutes.comments_until is not None
        spoke = set(
            MinutesComment.objects.filter(section__minutes=minutes).values_list("author", flat=True)
        )
        for person in who_sits_in(review.body, process.today(now)):
            if person.pk in spoke:
                continue
            yield Planned(
                kind=Reminder.Kind.COMMENT,
                process=process,
                recipient=person,
                about=minutes,
                day=process.today(minutes.drafted_at),
                title=str(review),
                due_on=process.today(minutes.comments_until),
                path=reverse("minutes", args=[process.slug, review.pk, minutes.version]),
                because=format_lazy(
                    _("You sit in {body}; the minutes of {day} are circulated for comments."),
                    body=review.body.name,
                    day=spoken(review.held_on),
                ),
            )
