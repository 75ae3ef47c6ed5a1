"""Which reminders of a commitment will go out if nobody reports: to whom, when and why.

It goes through the moments at which a tick would do something, in their order, and writes nothing.
What the ticks of those days do is what it says, as long as nothing changes meanwhile: nobody
reports or leaves, and no date moves.
"""

import copy
import heapq
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from coordination.base.dates import day_starts_at
from coordination.commitments.check_in_plan import (
    check_in_moment,
    is_answered,
    last_asked_on,
    next_check_in,
    policy_of,
)
from coordination.commitments.models import Commitment, Obligation, ReminderPolicy
from coordination.outbox.models import Message
from coordination.processes.working_days import WorkingDays, working_days

from .asking import due_days, why_nobody
from .digests import REPLACED, digest_key
from .escalating import first_after
from .everybody import Everybody
from .forecast_lines import Forecast, Line, Unasked
from .ladder import ANEW, Rung, ladder, look
from .models import Escalation, Reminder
from .planned import spoken
from .when import next_day, writing_moment

#: How far it looks ahead, and how many mails it names.
AHEAD, MOST = timedelta(days=365), 30

Kind, Urgent = Reminder.Kind, ReminderPolicy.Urgent


@dataclass
class _Silence:
    """As far as it is told of: the row of an `Escalation`, and who was asked and told."""

    since: date
    known: set[int | None]
    rung: int = 0
    told_at: datetime | None = None
    waits: bool = True
    next_at: datetime | None = None


def forecast(
    commitment: Commitment, *, now: datetime | None = None, anew: bool = False, most: int = MOST
) -> Forecast:
    """The mails about a commitment, in a constant number of queries.

    Under the policy that `policy_of` has for this instance; `anew` where that one is not stored and
    would plan the check-ins anew.
    """
    return _Course(commitment, now or timezone.now(), anew, most).run()


#: The order in which a tick does things.
_ASK, _TELL, _CLIMB, _WRITE = range(4)


class _Course:
    """The time ahead, event by event."""

    def __init__(self, commitment: Commitment, now: datetime, anew: bool, most: int) -> None:
        self.commitment, self.now, self.most = commitment, now, most
        self.process = commitment.process
        self.zone = self.process.zone
        self.today = self.process.today(now)
        self.until = now + AHEAD
        self.policy = policy_of(commitment)
        self.people = Everybody(self.process)
        self.days: WorkingDays = working_days(self.process, self.today - timedelta(days=2))
        self.result = Forecast(self.policy)
        rows = commitment.obligations.select_related("party", "body", "focal_point")
        self.owners = [self._owner(one, anew) for one in rows.order_by("pk")]
        self.anew = anew
        self.silences: dict[int, _Silence] = {}
        self.waiting: list[Line] = []
        self.digests: set[tuple[int, date]] = set()
        self.events: list[tuple[datetime, int, int, Any]] = []
        self.count = 0

    def _owner(self, obligation: Obligation, anew: bool) -> Obligation:
        """A copy that is asked and planned, and never saved."""
        owner = copy.copy(obligation)
        owner.commitment = self.commitment
        if anew:
            owner.next_check_in_on = self._next(owner, self.today)
        return owner

    def _next(self, owner: Obligation, today: date) -> date | None:
        return next_check_in(
            owner,
            today=today,
            last_on=last_asked_on(owner),
            starts_on=self.process.today(self.commitment.created_at),
        )

    # --- What happens when -------------------------------------------------------------------

    def run(self) -> Forecast:
        self._begin()
        told_at = None
        while self.events and (moment := self.events[0][0]) <= self.until:
            if told_at is not None and moment > told_at and len(self.result.lines) >= self.most:
                self.result.is_cut = True
                break
            told_at = moment
            _moment, phase, _n, thing = heapq.heappop(self.events)
            (self._ask, self._tell, self._climb, self._write)[phase](thing, moment)
        self.result.judges = self._judges()
        return self.result

    def _judges(self) -> list[tuple[list[Obligation], list[User]]]:
        """Who is asked to verify reports, with the owners whose reports they are."""
        found: dict[tuple[User, ...], list[Obligation]] = {}
        for owner in self.owners:
            if judges := self.people.judges_of(owner, self.today):
                found.setdefault(tuple(judges), []).append(owner)
        return [(owners, list(judges)) for judges, owners in found.items()]

    def _at(self, moment: datetime, phase: int, thing: Any) -> None:
        self.count += 1
        heapq.heappush(self.events, (max(moment, self.now), phase, self.count, thing))

    def _begin(self) -> None:
        by_key = {one.pk: one for one in self.owners}
        running = Escalation.objects.filter(obligation__in=by_key, stopped_at=None)
        for one in running:
            known: set[int | None] = {one.focal_point_id}
            self.silences[one.obligation_id] = _Silence(one.since, known, one.rung)
            # Under another policy every silence is looked at with the next tick.
            if (at := self.now if self.anew else one.next_at) is not None:
                self._look_at(by_key[one.obligation_id], at)
        of = {one.pk: self.silences[one.obligation_id] for one in running}
        told = Reminder.objects.filter(about_type="escalation", about_id__in=of).order_by("pk")
        for key, person, told_at in told.values_list("about_id", "recipient", "created_at"):
            of[key].known.add(person)
            of[key].told_at = told_at
        self._begin_with_what_waits(by_key)
        for owner in self.owners:
            self._plan(owner)
        for day, due_on in self._deadlines():
            self._at(check_in_moment(day, self.zone), _TELL, (day, due_on))

    def _begin_with_what_waits(self, by_key: dict[int, Obligation]) -> None:
        rows = reminders_of(self.commitment).filter(state=Reminder.State.WAITING)
        for row in rows.select_related("recipient", "occurrence"):
            if self.people.is_unreached(row.recipient):
                continue
            asked = row.occurrence and by_key.get(row.occurrence.obligation_id)
            line = Line(
                kind=row.kind,
                person=row.recipient,
                day=row.local_date,
                at=row.write_at,
                why=row.because,
                urgent=row.urgent,
                owner=asked or None,
            )
            self.waiting.append(line)
            self._at(line.at, _WRITE, line)
        keys = {
            digest_key(pk, self.now.astimezone(one.user.zone).date()): one.user
            for pk, one in self.people.members.items()
        }
        had = Message.objects.filter(key__in=keys).exclude(state__in=REPLACED)
        for key in had.values_list("key", flat=True):
            person = keys[key]
            self.digests.add((person.pk, self.now.astimezone(person.zone).date()))

    def _plan(self, owner: Obligation) -> None:
        if owner.next_check_in_on is not None:
            self._at(check_in_moment(owner.next_check_in_on, self.zone), _ASK, owner)

    def _ask(self, owner: Obligation, moment: datetime) -> None:
        today = self.process.today(moment)
        day = due_days(owner, today)[1]
        person = owner.focal_point
        why = why_nobody(
            owner,
            is_member=person is not None and person.pk in self.people.members,
            fails=person is not None and self.people.is_unreached(person),
        )
        if why:  # it stays due, and is asked as soon as somebody can be
            self.result.unasked.append(Unasked(owner, day, why))
            self._fall_silent(owner, today, moment, nobody=True)
            return
        assert person is not None
        overtaken = [
            one for one in self.waiting if one.kind == Kind.CHECK_IN and one.owner is owner
        ]
        self.waiting = [one for one in self.waiting if one not in overtaken]
        words = format_lazy(_("Focal point of {owner}."), owner=owner.owner_name)
        self._remind(Kind.CHECK_IN, person, day, moment, words, Urgent.CHECK_IN, owner)
        self._fall_silent(owner, today, moment)
        owner.asked_on = today
        owner.next_check_in_on = self._next(owner, today)
        self._plan(owner)

    def _fall_silent(
        self, owner: Obligation, day: date, moment: datetime, *, nobody: bool = False
    ) -> None:
        unreached = nobody and owner.focal_point is not None
        silence = self.silences.get(owner.pk)
        if silence is None:
            silence = _Silence(day, {owner.focal_point_id}, waits=not unreached)
            self.silences[owner.pk] = silence
            days = first_after(owner, nobody=nobody)
            if days is not None:
                self._look_at(owner, max(self._rung_moment(owner, days), moment))
        elif unreached and silence.rung == 0:
            silence.waits = False
            self._look_at(owner, moment)

    def _rung_moment(self, owner: Obligation, days: int) -> datetime:
        return check_in_moment(self.silences[owner.pk].since + timedelta(days=days), self.zone)

    def _look_at(self, owner: Obligation, moment: datetime) -> None:
        """Look at its silence then, and not when it was to be looked at before."""
        self.silences[owner.pk].next_at = max(moment, self.now)
        self._at(moment, _CLIMB, owner)

    def _climb(self, owner: Obligation, moment: datetime) -> None:
        silence, today = self.silences[owner.pk], self.process.today(moment)
        if silence.next_at != moment:
            return
        rungs = [self._reached(one) for one in ladder(owner, silence.known, today, self.people)]
        found = look(
            rungs,
            climbed=silence.rung,
            moment=partial(self._rung_moment, owner),
            told_at=silence.told_at,
            waits=silence.waits,
            now=moment,
        )
        next_at = found.next_at
        if found.rung is None and next_at == moment + ANEW:
            # What a tick sees day by day: nobody sits there before the next term begins.
            next_at = self._when_somebody_sits(silence, moment) if rungs else None
        if next_at is not None:
            self._look_at(owner, next_at)
        if (rung := found.rung) is None:
            return
        silence.rung, silence.told_at = rung.number, moment
        for person in rung.people:
            silence.known.add(person.pk)
            self._remind(
                *(Kind.ESCALATION, person, today, moment, rung.why, Urgent.ESCALATION, owner),
                rung=rung.number,
            )

    def _reached(self, rung: Rung) -> Rung:
        people = [one for one in rung.people if not self.people.is_unreached(one)]
        return replace(rung, people=people)

    def _when_somebody_sits(self, silence: _Silence, moment: datetime) -> datetime | None:
        today = self.process.today(moment)
        day = self.people.next_start(today)
        if day is None:
            return None
        if not silence.waits:  # then every tick looks
            return day_starts_at(day, self.zone)
        return moment + (day - today).days * ANEW

    def _deadlines(self) -> Iterator[tuple[date, date]]:
        """The days on which who runs the lead body is told, each with the due day."""
        if self.commitment.lead_body is None:
            return
        due = [
            one.due_on
            for one in self.owners
            if one.due_on and not one.is_suspended and not is_answered(one)
        ]
        wanted = self.policy.deadline_days
        days: dict[date, date] = {}
        for due_on in sorted(due):
            for ahead in wanted:
                days.setdefault(due_on - timedelta(days=ahead), due_on)
        for day, due_on in days.items():
            if check_in_moment(day, self.zone) > self.now:
                yield day, due_on

    def _tell(self, thing: tuple[date, date], moment: datetime) -> None:
        day, due_on = thing
        lead = self.commitment.lead_body
        assert lead is not None
        why = format_lazy(
            _("Runs {body}, which leads it; due on {day}."), body=lead, day=spoken(due_on)
        )
        for person in self.people.who_runs(lead, day):
            self._remind(Kind.DEADLINE, person, day, moment, why, None, None)

    # --- Mails -------------------------------------------------------------------------------

    def _remind(
        self,
        kind: str,
        person: User,
        day: date,
        moment: datetime,
        why: Any,
        urgent: str | None,
        owner: Obligation | None,
        rung: int = 0,
    ) -> None:
        if self.people.is_unreached(person):
            return  # a mail is written, and does not leave
        at_once = urgent in self.policy.urgent
        at = writing_moment(person, self.process, moment, urgent=at_once, days=self.days)
        line = Line(kind, person, day, at, why, at_once, owner, rung)
        self.waiting.append(line)
        self._at(at, _WRITE, line)

    def _write(self, line: Line, moment: datetime) -> None:
        if line not in self.waiting or line.at > moment:
            return  # overtaken, or left for another day
        if not line.urgent and not settings.MAIL_AT_ANY_TIME:
            at = writing_moment(line.person, self.process, moment, urgent=False, days=self.days)
            if at > moment:  # it became a day without mail while it waited
                line.at = at
                self._at(at, _WRITE, line)
                return
            key = (line.person.pk, moment.astimezone(line.person.zone).date())
            now = [
                one
                for one in self.waiting
                if one.person == line.person and one.at <= moment and not one.urgent
            ]
            if key in self.digests:
                for one in now:
                    one.at = next_day(line.person, self.process, moment, days=self.days)
                    self._at(one.at, _WRITE, one)
                return
            self.digests.add(key)
        else:
            now = [line]
        for one in now:
            one.at = moment
            self.waiting.remove(one)
        self.result.lines += now


def reminders_of(commitment: Commitment) -> QuerySet[Reminder]:
    """What anybody was or is to be reminded of about a commitment, the last first."""
    owed = Obligation.every.filter(commitment=commitment)
    escalations = Escalation.objects.filter(obligation__in=owed)
    return Reminder.objects.filter(
        Q(occurrence__obligation__commitment=commitment)
        | Q(about_type="commitment", about_id=commitment.pk)
        | Q(about_type="obligation", about_id__in=owed.values("pk"))
        | Q(about_type="escalation", about_id__in=escalations.values("pk"))
        | Q(about_type="breach", about_id__in=owed.values("breaches")),
        process=commitment.process_id,
    ).order_by("-pk")
