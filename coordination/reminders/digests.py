"""Writing the mails that hold what people are reminded of.

One digest a person and day at most; a mail of its own for what is urgent.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

from accounts.models import User
from coordination.base.prepared import OTHER_PK, PK, prepared_update
from coordination.outbox import actions as outbox
from coordination.outbox.models import Message
from coordination.processes.models import Process
from coordination.processes.working_days import WorkingDays

from .batches import in_batches
from .check_in_mail import Links, Question, questions_of
from .digest_lines import ORDER, digest_context
from .models import Reminder
from .settling import take_back_moot
from .when import days_to_write_on, next_day, writing_moment

#: A digest is written when nothing was added to it for so long.
SETTLE = timedelta(minutes=1)
#: ... and not later than this, however much is added.
SETTLE_AT_MOST = timedelta(minutes=10)
#: What takes the place of a message that never left.
REPLACED = (Message.State.SUPERSEDED, Message.State.CANCELLED)


_FAILED = "The reminders of person %s could not be written."


@dataclass(frozen=True)
class _Mail:
    """The lines of one mail; a single check-in is asked for in full."""

    key: str
    recipient: User
    lines: Sequence[Reminder]

    @property
    def is_question(self) -> bool:
        return len(self.lines) == 1 and self.lines[0].occurrence is not None


def write_all(now: datetime) -> int:
    """Write the mails that are due; any number of schedulers may do so at once."""
    # Each once, and in order, here: SQLite would read what was written long ago as well.
    people = sorted(set(_due(now).order_by().values_list("recipient", flat=True)))
    written, elsewhere = 0, list[int]()
    for count, others in in_batches(people, partial(_write, now=now, wait=False), _FAILED):
        written += _hand_on(count)
        elsewhere += others
    # Whom another scheduler had: it may have gone, or not have seen the last line.
    for count, _others in in_batches(elsewhere, partial(_write, now=now, wait=True), _FAILED):
        written += _hand_on(count)
    return written


def _hand_on(count: int) -> int:
    """A worker sends what is written while the rest is."""
    if count:
        outbox.nudge()
    return count


def _due(now: datetime) -> QuerySet[Reminder]:
    return Reminder.objects.filter(state=Reminder.State.WAITING, write_at__lte=now)


def _write(keys: Sequence[int], now: datetime, wait: bool) -> tuple[int, list[int]]:
    """Write what is due to these people; returns how many mails, and who is held elsewhere."""
    people = _held(keys, wait)
    elsewhere = sorted(set(keys) - {person.pk for person in people})
    lines = _lines(people, now)
    days = days_to_write_on({line.process for rows in lines.values() for line in rows}, now)
    mails: list[_Mail] = []
    digests: dict[User, list[Reminder]] = {}
    later: list[Reminder] = []
    for person in people:
        mails += [_Mail(one.key, person, [one]) for one in lines[person.pk] if one.urgent]
        rest = [one for one in lines[person.pk] if not one.urgent]
        early = _put_off_what_is_early(rest, person, days, now)
        later += early
        if (timely := [one for one in rest if one not in early]) and not _is_unsettled(timely, now):
            digests[person] = timely
    keys_of = _digest_keys(digests, now)
    for person, timely in digests.items():
        if key := keys_of.get(person.pk):
            mails.append(_Mail(key, person, timely))
        else:  # they had it
            for one in timely:
                one.write_at = next_day(person, one.process, now, days=days[one.process_id])
            later += timely
    Reminder.objects.bulk_update(later, ["write_at"])
    _write_mails(mails, now)
    return len(mails), elsewhere


def _held(keys: Sequence[int], wait: bool) -> list[User]:
    """Whoever writes holds the person: two schedulers never share out one person's lines."""
    skip = connection.features.has_select_for_update_skip_locked and not wait
    rows = User.objects.select_for_update(no_key=True, skip_locked=skip)
    return list(rows.filter(pk__in=keys).order_by("pk"))


_ASKED = (
    "occurrence__obligation__commitment__deadline",
    "occurrence__obligation__commitment__lead_body",
    "occurrence__obligation__commitment__verifying_body",
    "occurrence__obligation__party",
    "occurrence__obligation__body",
)


def _lines(people: Sequence[User], now: datetime) -> dict[int, list[Reminder]]:
    """What is due to each by their key, in the order in which it needs them."""
    due = _due(now).filter(recipient__in=people)
    kinds = set(due.order_by().values_list("kind", flat=True))
    lines: dict[int, list[Reminder]] = {person.pk: [] for person in people}
    if not kinds:
        return lines
    take_back_moot(due, kinds)
    by_key = {person.pk: person for person in people}
    # Held, so that who answers meanwhile finds them either waiting or in a mail.
    held = due.select_related(*_ASKED).select_for_update(of=("self",))
    for one in sorted(held.prefetch_related("process__anchors"), key=_by_need):
        one.recipient = by_key[one.recipient_id]
        if one.occurrence:
            one.occurrence.obligation.commitment.process = one.process
        lines[one.recipient_id].append(one)
    return lines


def _put_off_what_is_early(
    lines: Sequence[Reminder], recipient: User, days: dict[int, WorkingDays], now: datetime
) -> list[Reminder]:
    """Those that wait for another hour or day, where a scheduler that was away comes at night or
    on a day without mail; without saving."""
    early = []
    processes: dict[int, Process] = {one.process_id: one.process for one in lines}
    for key, process in processes.items():
        moment = writing_moment(recipient, process, now, urgent=False, days=days[key])
        if moment > now:
            put_off = [one for one in lines if one.process_id == key]
            for one in put_off:
                one.write_at = moment
            early += put_off
    return early


def _is_unsettled(lines: Sequence[Reminder], now: datetime) -> bool:
    """Whether some of them are so new that another scheduler may still be adding to them: what
    falls due together goes in one mail, however many plan it."""
    if settings.MAIL_AT_ANY_TIME or min(one.created_at for one in lines) < now - SETTLE_AT_MOST:
        return False
    return any(one.created_at > now - SETTLE for one in lines)


def _by_need(one: Reminder) -> tuple[object, ...]:
    return (ORDER.index(Reminder.Kind(one.kind)), one.due_on or date.max, one.pk)


def digest_key(recipient_id: int, day: date, version: int = 0) -> str:
    """A later version takes the place of one that never left."""
    return outbox.message_key("digest", recipient_id, day, version)


def _digest_keys(people: Collection[User], now: datetime) -> dict[int, str]:
    """The key of today's digest of each, by their own; without those who have had it."""
    days = {person.pk: now.astimezone(person.zone).date() for person in people}
    found: dict[int, str] = {}
    for version in range(1_000):
        keys = {pk: digest_key(pk, day, version) for pk, day in days.items()}
        there = Message.objects.filter(key__in=keys.values()).values_list("key", "state")
        states = dict(there) if keys else {}
        found |= {pk: key for pk, key in keys.items() if key not in states}
        days = {
            pk: days[pk]
            for pk, key in keys.items()
            if key in states and (states[key] in REPLACED or settings.MAIL_AT_ANY_TIME)
        }
        if not days:
            break
    return found


def _write_mails(mails: Sequence[_Mail], now: datetime) -> None:
    links = Links(now)
    questions = {
        mail.key: links.new(mail.lines[0].occurrence, mail.recipient)
        for mail in mails
        if mail.is_question and mail.lines[0].occurrence
    }
    asked = dict(zip(questions, questions_of(list(questions.values()), now), strict=True))
    messages = [
        _composed(
            mail,
            asked.get(mail.key) or Question(digest_context(mail.lines, mail.recipient, links), {}),
        )
        for mail in mails
    ]
    links.store()
    stored = zip(mails, outbox.store(messages), strict=True)
    lines = [
        {"pk": one.pk, "other_pk": message.pk} for mail, message in stored for one in mail.lines
    ]
    written = {"message": OTHER_PK, "state": Reminder.State.WRITTEN}
    prepared_update(Reminder.objects.filter(pk=PK), **written).run_all(lines)


def _composed(mail: _Mail, said: Question) -> Message:
    lines, first = mail.lines, mail.lines[0]
    asked = first.occurrence if mail.is_question else None
    processes = {one.process_id for one in lines}
    return outbox.compose(
        key=mail.key,
        # What several processes share nobody reads but the recipient: each sees its own lines.
        process=first.process if len(processes) == 1 else None,
        kind=first.kind if asked or first.urgent else "digest",
        recipient=mail.recipient,
        reason=first.because if len(lines) == 1 else f"{len(lines)} reminders in the day’s digest.",
        template="check_in" if asked else "digest",
        context=said.context,
        own=said.own,
        about=asked.obligation.commitment if asked else first,
        unsubscribe_url=said.own.get("pass_url", ""),
    )
