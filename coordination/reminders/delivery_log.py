"""The delivery log of a process: its messages, and its lines of digests that it shares with others.

A digest that speaks of several processes belongs to none of them. Each lists it by its own lines;
its text, its subject and how many lines it has are read by nobody but its recipient.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.base.dates import local_moment
from coordination.commitments.models import CheckIn
from coordination.outbox.actions import BACK_OFF
from coordination.outbox.addresses import problems_of
from coordination.outbox.models import AddressProblem, Message, MessageEvent
from coordination.processes.models import Membership, Process

from .answers import Trouble, trouble_of
from .models import Occurrence, Reminder

State = Message.State

ATTENTION, WAITED = "attention", "waited"
#: The saved views of the log, in their order.
VIEWS = {
    "all": _("All"),
    ATTENTION: _("Needs attention"),
    "reminders": _("Reminders"),
    "digests": _("Digests"),
    "invitations": _("Invitations"),
    "others": _("Others"),
    WAITED: _("Reminders that waited or were taken back"),
}
#: Not a state, but one that people look for.
RETRY = "retry"
#: A refused mail is something to see to for so long; what it asked has been asked anew by then.
REFUSED_FOR = timedelta(days=30)
#: Counts stop here: nobody reads on, and they cost the same however long the log is.
MOST = 1000
#: How often a message is tried at most.
TRIES = len(BACK_OFF) + 1

_REMINDERS = Q(kind__in=Reminder.Kind.values)
_DIGESTS = Q(kind="digest")
_INVITATIONS = Q(kind__startswith="invitation")
_KINDS = {
    "reminders": _REMINDERS,
    "digests": _DIGESTS,
    "invitations": _INVITATIONS,
    "others": ~(_REMINDERS | _DIGESTS | _INVITATIONS),
}
#: Heavy, and read on a message's own page alone.
_TEXTS = ("body_text", "body_html", "calendar")


@dataclass(frozen=True)
class Wanted:
    """What is looked for in the log; each left empty asks for all."""

    view: str = "all"
    find: str = ""
    state: str = ""
    party: str = ""
    since: date | None = None


@dataclass
class Row:
    """A message as the log shows it."""

    message: Message
    lines: list[Reminder] = field(default_factory=list)
    member: Membership | None = None
    trouble: Trouble | None = None
    problem: AddressProblem | None = None
    last_try: datetime | None = None

    @property
    def is_shared(self) -> bool:
        return self.message.process_id is None

    @property
    def is_kept_here(self) -> bool:
        """Where no mail leaves; a list says once why."""
        return self.message.state == State.KEPT and not settings.EMAIL_HOST

    @property
    def line(self) -> Reminder | None:
        """What it is about, where that is one thing."""
        return self.lines[0] if len(self.lines) == 1 else None

    @property
    def answer(self) -> CheckIn | None:
        """The check-in that answered it."""
        occurrence = self.line.occurrence if self.line else None
        return occurrence.check_in if occurrence else None

    @property
    def to_record(self) -> Any:
        """The obligation whose owner the mail did not reach, while they have not answered."""
        occurrence = self.line.occurrence if self.line else None
        lost = self.message.state in (State.FAILED, State.UNCERTAIN) or bool(self.problem)
        is_open = occurrence is not None and occurrence.state != Occurrence.State.ANSWERED
        if occurrence is None or not (is_open and lost and self.member):
            return None
        asked = occurrence.obligation
        return asked if asked.focal_point_id == self.message.recipient_id else None

    @property
    def acts(self) -> list[str]:
        """What one does about it from the list; its own page offers all that can be done."""
        if self.is_shared:
            return []
        state = self.message.state
        if state == State.PENDING:
            return ["try"] if self.message.attempts else ["hold"]
        if state == State.FAILED:
            return ["address"] if self.needs_address and self.member else ["again"]
        return {State.HELD: ["release"], State.UNCERTAIN: ["settle", "again"]}.get(State(state), [])

    @property
    def needs_address(self) -> bool:
        return bool(self.problem or (self.trouble and self.trouble.is_address))


@dataclass(frozen=True)
class Log:
    """The log of one process as one of its coordinators reads it."""

    user: Any
    process: Process

    @property
    def own(self) -> QuerySet[Message]:
        return Message.objects.visible_to(self.user).filter(process=self.process)

    @property
    def reminders(self) -> QuerySet[Reminder]:
        return Reminder.objects.visible_to(self.user).filter(process=self.process)

    @property
    def shared(self) -> QuerySet[Message]:
        """The digests that hold lines of this process beside those of others."""
        lines = self.reminders.filter(message__isnull=False, message__process=None)
        return Message.objects.filter(process=None, pk__in=lines.values("message"))

    def sources(self, wanted: Wanted) -> list[QuerySet[Message]]:
        """The messages that fit, own and shared ones apart: each is read in its key's order."""
        own = self._narrowed(self.own, wanted, ("subject", "about_label"))
        if wanted.view not in ("all", ATTENTION, "digests"):
            return [own]
        return [own, self._narrowed(self.shared, wanted, ())]

    def _narrowed(
        self, rows: QuerySet[Message], wanted: Wanted, texts: Iterable[str]
    ) -> QuerySet[Message]:
        if wanted.view == ATTENTION:
            rows = rows.filter(_attention())
        elif wanted.view in _KINDS:
            rows = rows.filter(_KINDS[wanted.view])
        if wanted.state == RETRY:
            rows = rows.filter(state=State.PENDING, attempts__gt=0)
        elif wanted.state:
            rows = rows.filter(state=wanted.state)
        if wanted.find:
            lines = self.reminders.filter(message=OuterRef("pk"))
            named = Exists(lines.filter(_said(wanted.find, "reference", "title")))
            rows = rows.filter(named | _said(wanted.find, "recipient__name", "to_address", *texts))
        return self._of_party(rows, wanted, "created_at")

    def waited(self, wanted: Wanted) -> QuerySet[Reminder]:
        """What waits for its mail, and what was taken back, with the reason."""
        states = Reminder.State
        rows = self.reminders.filter(state__in=[states.WAITING, states.SUPERSEDED])
        if wanted.state:
            rows = rows.filter(state=wanted.state)
        if wanted.find:
            where = ("recipient__name", "recipient__email", "reference", "title")
            rows = rows.filter(_said(wanted.find, *where))
        return self._of_party(rows, wanted, "created_at").select_related("recipient")

    def _of_party(self, rows: Any, wanted: Wanted, moment: str) -> Any:
        if wanted.party:
            members = Membership.objects.current().filter(process=self.process)
            rows = rows.filter(
                recipient__in=members.filter(party__code=wanted.party).values("user")
            )
        if wanted.since:
            start = local_moment(wanted.since, datetime.min.time(), self.process.zone)
            rows = rows.filter(**{f"{moment}__gte": start})
        return rows

    def counts(self, wanted: Wanted) -> list[tuple[str, Any, int]]:
        """Each view with its name and how many fit in it: `MOST` stands for that many or more."""
        found = []
        for view, label in VIEWS.items():
            # A state of messages is none of reminders, and the other way round.
            state = wanted.state if (view == WAITED) == (wanted.view == WAITED) else ""
            asked = Wanted(view, wanted.find, state, wanted.party, wanted.since)
            rows = [self.waited(asked)] if view == WAITED else self.sources(asked)
            number = sum(one.order_by()[:MOST].values("pk").count() for one in rows)
            found.append((view, label, min(number, MOST)))
        return found

    def since(self, first: date) -> dict[str, int]:
        """What became of the messages that were written from that day on."""
        total: dict[str, int] = {}
        for rows in self.sources(Wanted(since=first)):
            said = rows.aggregate(
                all=Count("pk"),
                first=Count("pk", Q(state=State.SENT, attempts__lte=1)),
                later=Count("pk", Q(state=State.SENT, attempts__gt=1)),
                kept=Count("pk", Q(state=State.KEPT)),
                waiting=Count(
                    "pk", Q(state__in=[State.PENDING, State.CLAIMED, State.TRANSMITTING])
                ),
                failed=Count("pk", Q(state=State.FAILED)),
                uncertain=Count("pk", Q(state=State.UNCERTAIN)),
                held=Count("pk", Q(state=State.HELD)),
            )
            total = {name: total.get(name, 0) + number for name, number in said.items()}
        return total

    def rows(self, messages: Iterable[Message]) -> list[Row]:
        """The messages with all that a row says, in a constant number of queries."""
        found = [Row(message, trouble=trouble_of(message)) for message in messages]
        by_key = {row.message.pk: row for row in found}
        lines = self.reminders.filter(message__in=by_key).order_by("message", "pk")
        for line in lines.select_related(*_ASKED):
            assert line.message_id is not None
            by_key[line.message_id].lines.append(line)
        people = {row.message.recipient_id for row in found} - {None}
        members = Membership.objects.current().filter(process=self.process, user__in=people)
        by_person = {one.user_id: one for one in members.select_related("party")}
        problems = problems_of(row.message.to_address for row in found)
        tries = _last_tries(row.message for row in found)
        for row in found:
            row.member = by_person.get(row.message.recipient_id or 0)
            row.problem = problems.get(row.message.to_address)
            row.last_try = tries.get(row.message.pk)
        return found

    def all_rows(self, wanted: Wanted, size: int) -> Iterator[Row]:
        """Every message that fits, the newest first, read in parts."""
        place = Place()
        while page := newest(self.sources(wanted), place, size):
            yield from self.rows(page[:size])
            if len(page) <= size:
                return
            place = Place("after", page[size - 1].pk)


_ASKED = (
    *("occurrence__check_in", "occurrence__obligation__commitment"),
    *("occurrence__obligation__party", "occurrence__obligation__body"),
)


def _said(words: str, *where: str) -> Q:
    found = Q()
    for name in where:
        found |= Q(**{f"{name}__icontains": words})
    return found


def _attention() -> Q:
    """Held, tried again, and what did not arrive or may not have, until it is sent again."""
    lost = Q(state=State.UNCERTAIN) | Q(
        state=State.FAILED, created_at__gte=timezone.now() - REFUSED_FOR
    )
    return (
        Q(state=State.HELD)
        | Q(state=State.PENDING, attempts__gt=0)
        | (lost & Q(sent_again__isnull=True))
    )


def _last_tries(messages: Iterable[Message]) -> dict[int, datetime]:
    """When each was tried last; of one that nobody tried there is nothing to say."""
    tried = [one.pk for one in messages if one.attempts]
    states = [State.PENDING, State.SENT, State.KEPT, State.FAILED, State.UNCERTAIN]
    steps = MessageEvent.objects.filter(message__in=tried, state__in=states)
    return dict(steps.order_by().values_list("message").annotate(last=Max("at")))


@dataclass(frozen=True)
class Place:
    """A place in a list whose newest rows come first, told by the key of the row beside it."""

    side: str = ""
    key: int = 0


def newest(sources: Iterable[QuerySet[Any]], place: Place, size: int) -> list[Any]:
    """The rows after (or before) a place, and one more where there are more on that side."""
    found: list[Any] = []
    for rows in sources:
        if rows.model is Message:
            rows = rows.select_related("recipient").defer(*_TEXTS)
        if place.side == "before":
            rows = rows.filter(pk__gt=place.key).order_by("pk")
        else:
            rows = rows.filter(pk__lt=place.key) if place.side else rows
            rows = rows.order_by("-pk")
        found += rows[: size + 1]
    backwards = place.side == "before"
    return sorted(found, key=lambda row: row.pk, reverse=not backwards)[: size + 1]


@dataclass(frozen=True)
class Page:
    """Some rows of a list, and the places of those before and after them."""

    rows: list[Any]
    newer: str = ""
    older: str = ""


def read_page(sources: Iterable[QuerySet[Any]], place: Place, size: int) -> Page:
    found = newest(sources, place, size)
    more, found = len(found) > size, found[:size]
    if place.side == "before":
        found.reverse()
    if not found:
        return Page([])
    has_newer = more if place.side == "before" else bool(place.side)
    has_older = more if place.side != "before" else True
    return Page(
        found,
        newer=f"before-{found[0].pk}" if has_newer else "",
        older=f"after-{found[-1].pk}" if has_older else "",
    )
