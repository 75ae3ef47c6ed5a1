"""Who is invited to a meeting, what they answered, and whether enough are expected."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from coordination.bodies.decisions import Quorum, quorum
from coordination.bodies.models import Seat, Term
from coordination.processes.models import Membership

from .models import Reply, Review
from .occurrences import Meeting
from .queries import composition_of

_THERE = (Reply.Answer.COMES, Reply.Answer.REMOTE)


@dataclass(frozen=True)
class Invited:
    """A seat on the day of the meeting, who sits in it, and what they answered."""

    seat: Seat
    term: Term | None
    holder_said: Reply | None = None
    alternate_said: Reply | None = None

    @property
    def expected(self) -> User | None:
        """Who is to sit there, where somebody said so: the holder before the alternate."""
        if self.term is None:
            return None
        if self.holder_said and self.holder_said.answer in _THERE:
            return self.term.holder
        declined = self.alternate_said and self.alternate_said.answer == Reply.Answer.NOT
        sent = self.holder_said and self.holder_said.answer == Reply.Answer.ALTERNATE
        comes = self.alternate_said and self.alternate_said.answer in _THERE
        return self.term.alternate if comes or (sent and not declined) else None

    @property
    def is_open(self) -> bool:
        """Nobody can say yet whether somebody sits there."""
        if self.term is None or self.expected:
            return False
        return self.holder_said is None or self.holder_said.answer == Reply.Answer.PERHAPS


@dataclass(frozen=True)
class Expected:
    """What the answers come to."""

    rows: list[Invited]
    quorum: Quorum

    @property
    def words(self) -> str:
        """ "12 of 15 expected", of the seats that somebody holds."""
        held = [row for row in self.rows if row.term]
        coming = [row for row in held if row.expected]
        words = _("%(n)s of %(seats)s expected") % {"n": len(coming), "seats": len(held)}
        unsure = len([row for row in held if row.is_open])
        return words + (", " + _("%(n)s not answered") % {"n": unsure} if unsure else "")


def invited_to(meeting: Meeting) -> list[Invited]:
    """The seats of the body on the meeting's day, with what those in them answered."""
    day = meeting.held_on
    seats = list(
        Seat.objects.on(day).with_holders(day).filter(body=meeting.body).order_by("number")
    )
    said: dict[int, Reply] = {}
    if isinstance(meeting, Review):
        said = {one.person_id: one for one in meeting.replies.select_related("person")}
    rows = []
    for seat in seats:
        seat.body = meeting.body  # spares a query for each
        term = next(iter(seat.current_terms), None)
        holder = said.get(term.holder_id) if term else None
        alternate = said.get(term.alternate_id) if term and term.alternate_id else None
        rows.append(Invited(seat, term, holder, alternate))
    return rows


def expected_at(meeting: Meeting, rows: Sequence[Invited] | None = None) -> Expected:
    """Whether there would be a quorum if everybody came who said so."""
    rows = list(invited_to(meeting) if rows is None else rows)
    counts_as, mandated = composition_of(meeting.body)
    there = {row.seat.pk: row.expected.pk for row in rows if row.expected}
    protocol = getattr(meeting.body, "protocol", None)
    seats = [row.seat for row in rows]
    return Expected(rows, quorum(protocol, seats, there, counts_as, mandated=mandated))


def invitation_of(user: Any, rows: Sequence[Invited]) -> Invited | None:
    """The seat for which somebody answers: one that they hold before one in which they stand in."""
    own = [row for row in rows if row.term and row.term.holder_id == user.pk]
    standing_in = [row for row in rows if row.term and row.term.alternate_id == user.pk]
    return next(iter(own + standing_in), None)


def may_reply(user: Any, meeting: Meeting) -> bool:
    """Whoever sits in the body on the day, and is a member of the process still."""
    day = meeting.held_on
    sits = Term.objects.of(user, day).filter(
        seat__in=Seat.objects.on(day).filter(body=meeting.body)
    )
    member = Membership.objects.current().filter(process=meeting.body.process, user=user)
    return sits.exists() and member.exists()
