"""What a digest tells besides: what changed since the last one, and what comes next.

Of what its reader answers for, and of what the bodies lead and verify that they run; only what
every member of the process may see, since a mail stays where it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from coordination.base.spoken import at_time, short_day, week_day
from coordination.bodies.models import Seat, Term
from coordination.commitments.models import CheckIn, Commitment, Level, Obligation, Verification
from coordination.outbox.models import Message
from coordination.processes.models import Process
from coordination.reviews.models import Review

#: How far back changes are told where no digest came before, and at the most.
FIRST_TIME, FARTHEST = timedelta(days=7), timedelta(days=14)
#: How far ahead meetings and deadlines are.
MEETINGS, DEADLINES = timedelta(days=14), timedelta(days=30)
#: How many of each; pages have the rest.
SHOWN = 6


@dataclass(frozen=True)
class Item:
    """One thing that is told: where it is read, what it is about, and what is said of it."""

    url: str
    title: str
    words: str
    code: str = ""


@dataclass
class News:
    changes: list[Item] = field(default_factory=list)
    there_is_more: bool = False
    coming: list[Item] = field(default_factory=list)


def news_for(recipient: User, processes: Sequence[Process], now: datetime, asked: set[int]) -> News:
    """`asked` are the obligations that the mail asks about already."""
    by_key = {process.pk: process for process in processes}
    sits, runs = _bodies_of(recipient, by_key, now)
    theirs = _theirs(recipient, runs, by_key)
    since = _since(recipient, now)
    changes = _reports(recipient, theirs, by_key, since, now)
    changes += _findings(recipient, theirs, by_key, since, now)
    changes.sort(key=lambda change: change[0], reverse=True)
    coming = _meetings(sits, by_key, now) + _deadlines(recipient, by_key, asked, now)
    return News([item for _at, item in changes[:SHOWN]], len(changes) > SHOWN, coming)


def _since(recipient: User, now: datetime) -> datetime:
    """When they were last told, by a digest that was not taken back."""
    back = (Message.State.SUPERSEDED, Message.State.CANCELLED)
    digests = Message.objects.filter(recipient=recipient, kind="digest").exclude(state__in=back)
    last = digests.order_by("-pk").values_list("created_at", flat=True).first()
    return max(last, now - FARTHEST) if last else now - FIRST_TIME


def _bodies_of(
    recipient: User, processes: dict[int, Process], now: datetime
) -> tuple[set[int], set[int]]:
    """The bodies in which somebody sits today, and those of them that they run."""
    sits, runs = set(), set()
    terms = Term.objects.filter(
        Q(holder=recipient) | Q(alternate=recipient), seat__body__process__in=processes
    )
    for term in terms.select_related("seat__body"):
        seat = term.seat
        today = processes[seat.body.process_id].today(now)
        if term.runs_on(today) and seat.holds_on(today):
            sits.add(seat.body_id)
            if seat.role in Seat.RUNNING and term.holder_id == recipient.pk:
                runs.add(seat.body_id)
    return sits, runs


def _theirs(recipient: User, runs: set[int], processes: dict[int, Process]) -> Q:
    commitment = "obligation__commitment__"
    concerned = Q(obligation__focal_point=recipient)
    if runs:
        concerned |= Q(**{f"{commitment}lead_body__in": runs})
        concerned |= Q(**{f"{commitment}verifying_body__in": runs})
    return concerned & Q(
        **{
            f"{commitment}process__in": list(processes),
            f"{commitment}withdrawn_at": None,
            "obligation__withdrawn_at": None,
        }
    )


_OBLIGATION = ("obligation__commitment", "obligation__party", "obligation__body")


def _reports(
    recipient: User, theirs: Q, processes: dict[int, Process], since: datetime, now: datetime
) -> list[tuple[datetime, Item]]:
    """Levels and days, which every member sees; the words of a report need a sign-in."""
    rows = CheckIn.objects.filter(theirs, submitted_at__gt=since, submitted_at__lte=now)
    found = []
    for one in (
        rows.exclude(author=recipient).select_related(*_OBLIGATION).order_by("-pk")[: SHOWN + 1]
    ):
        words = _("%(owner)s reported on %(day)s: %(level)s.") % {
            "owner": one.obligation.owner_name,
            "day": short_day(one.submitted_at),
            "level": one.get_level_display(),
        }
        found.append((one.submitted_at, _item(one.obligation.commitment, processes, words)))
    return found


def _findings(
    recipient: User, theirs: Q, processes: dict[int, Process], since: datetime, now: datetime
) -> list[tuple[datetime, Item]]:
    """Those that were released."""
    rows = Verification.objects.visible_to(recipient).filter(
        theirs, approved_at__isnull=False, released_at__gt=since, released_at__lte=now
    )
    found = []
    for one in (
        rows.exclude(author=recipient)
        .select_related("body", *_OBLIGATION)
        .order_by("-released_at", "-pk")[: SHOWN + 1]
    ):
        assert one.released_at is not None
        words = _("%(body)s found on %(day)s for %(owner)s: %(level)s.") % {
            "body": one.body.name,
            "day": short_day(one.released_at),
            "owner": one.obligation.owner_name,
            "level": one.get_level_display(),
        }
        found.append((one.released_at, _item(one.obligation.commitment, processes, words)))
    return found


def _item(commitment: Commitment, processes: dict[int, Process], words: str) -> Item:
    slug = processes[commitment.process_id].slug
    url = settings.SITE_URL + reverse("commitment", args=[slug, commitment.number])
    return Item(url, commitment.title, words, commitment.code)


def _meetings(sits: set[int], processes: dict[int, Process], now: datetime) -> list[Item]:
    if not sits:
        return []
    rows = Review.objects.filter(
        body__in=sits,
        state=Review.State.PLANNED,
        starts_at__gt=now,
        starts_at__lte=now + MEETINGS,
    ).select_related("body")
    found = []
    for review in rows.order_by("starts_at", "pk")[:SHOWN]:
        slug = processes[review.body.process_id].slug
        url = settings.SITE_URL + reverse("review", args=[slug, review.pk])
        title = _("%(body)s, review %(n)s") % {"body": review.body.name, "n": review.number}
        when = at_time(review.starts_at)
        found.append(Item(url, title, f"{when}, {review.place}" if review.place else when))
    return found


def _deadlines(
    recipient: User, processes: dict[int, Process], asked: set[int], now: datetime
) -> list[Item]:
    """What they answer for and is still open."""
    days = [process.today(now) for process in processes.values()]
    done = (
        Q(verified_level=Level.FULL)
        | Q(reported_level=Level.FULL, verified_at__isnull=True)
        | Q(reported_level=Level.FULL, reported_at__gt=F("verified_at"))
    )
    rows = Obligation.objects.exclude(done).filter(
        focal_point=recipient,
        commitment__process__in=list(processes),
        commitment__withdrawn_at=None,
        is_suspended=False,
        due_on__gte=min(days),
        due_on__lte=max(days) + DEADLINES,
    )
    found = []
    for one in (
        rows.exclude(pk__in=asked)
        .select_related("commitment", "party", "body")
        .order_by("due_on", "pk")[:SHOWN]
    ):
        words = _("Due %(day)s for %(owner)s.") % {
            "day": week_day(one.due_on),
            "owner": one.owner_name,
        }
        found.append(_item(one.commitment, processes, words))
    return found
