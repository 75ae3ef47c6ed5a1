"""Steps of a dispute that wait for an answer."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from coordination.bodies.people import heads_of, holders_of, who_runs
from coordination.reviews.models import Dispute, DisputeStage

from ..models import Reminder
from ..planned import Planned, spoken_moment

#: How long before its clock runs out who has not answered is asked again.
AHEAD = timedelta(days=2)
#: What has less time than this does not wait for the day's digest.
SOON = timedelta(hours=72)


def waiting_stages(now: datetime) -> QuerySet[DisputeStage]:
    """The steps that nobody has answered."""
    return DisputeStage.objects.filter(
        result="", dispute__state=Dispute.State.OPEN, asked_at__lte=now
    )


def disputes_to_settle(since: datetime, now: datetime) -> Iterator[Planned]:
    """Whatever waits for an answer: who takes over a seat meanwhile is asked as well."""
    for stage in waiting_stages(now).select_related(
        *("dispute__body__process", "seat__body__process"),
        *("to_body__process", "to_party__process"),
    ):
        people, named = _asked(stage, now)
        for person in people:
            yield _planned(stage, person, named)
            if stage.until and _is_near(stage, stage.until, now):
                yield _planned(stage, person, named, again="near")


def _is_near(stage: DisputeStage, until: datetime, now: datetime) -> bool:
    return stage.asked_at < until - AHEAD <= now < until


def _asked(stage: DisputeStage, now: datetime) -> tuple[list[User], bool]:
    """Who is asked; where that is nobody, those who run the body see to it."""
    body = stage.dispute.body
    today = body.process.today(now)
    named: list[User] = []
    if stage.seat is not None:
        named = holders_of(stage.seat, today)
    elif stage.to_body is not None:
        named = who_runs(stage.to_body, today)
    elif stage.to_party is not None:
        named = heads_of(stage.to_party)
    return (named, True) if named else (who_runs(body, today), False)


def _planned(stage: DisputeStage, person: User, named: bool, again: str = "") -> Planned:
    dispute = stage.dispute
    body = dispute.body
    process = body.process
    because = _(
        "The protocol of {body} has this dispute as its step {n}: {who}. You are asked to settle "
        "it, or to say that you cannot."
    )
    if not named:
        because = _(
            "The protocol of {body} has this dispute as its step {n}: {who}. Nobody is known here "
            "who could be asked; you run the body, so please see to it."
        )
    words = format_lazy(because, body=body.name, n=stage.number, who=stage.who)
    if stage.until:
        ends = format_lazy(_("Until {until}."), until=spoken_moment(stage.until, process.zone))
        words = format_lazy("{} {}", words, ends)
    return Planned(
        kind=Reminder.Kind.DISPUTE,
        process=process,
        recipient=person,
        about=stage,
        day=process.today(stage.asked_at),
        title=dispute.subject,
        reference=str(dispute),
        due_on=process.today(stage.until) if stage.until else None,
        path=reverse("dispute", args=[process.slug, dispute.number]),
        because=words,
        urgent=bool(stage.until and stage.until - stage.asked_at < SOON),
        again=again,
    )
