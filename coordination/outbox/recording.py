"""What a worker writes down: the fence before a mail leaves, and what came of it.

Everything that is known at the same time goes into one transaction: how the mail before ended, and
that the next one is about to leave. Where several connections are served, what they have to say
while the last transaction was written is the next one.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Lower, Now

from coordination.base.prepared import NOTE, PK, STATE, prepared_insert, prepared_update

from .access import processes
from .addresses import open_problem, problems_of, words_of
from .failpoints import reach
from .models import AddressProblem, Message, MessageEvent
from .texts import storable

State = Message.State

#: Set in config/settings.py, so that the tests of faults (tests/faults) need not wait for them.
LEASE = timedelta(seconds=settings.MAIL_LEASE_SECONDS)
#: Waits between tries; after the last one, in the fifth day, the message is given up, visibly.
BACK_OFF = [timedelta(seconds=s) for s in settings.MAIL_RETRY_SECONDS]
#: Mails about somebody's account: tried whatever is known of the address.
ACCOUNT = "account"
#: Pauses before what was done is written down again, when the database was gone for a moment.
PATIENCE = (0.2, 0.5, 1, 2, 4)

CLOSED = "The recipient’s account is closed."
LEFT = "The recipient is no longer a member of the process."


@dataclass
class Outcome:
    """What came of a message; it is written only where the message is still this worker's."""

    message: Message
    before: str
    state: str
    note: str
    values: dict[str, Any] = field(default_factory=dict)
    step: str = ""  # what the log calls it, where that is not the state; "-" leaves it out
    problem: str = ""  # what is wrong with the address, where that showed


def finished(message: Message, before: str, after: str, note: str, problem: str = "") -> Outcome:
    return Outcome(message, before, after, note, {"finished_at": Now()}, problem=problem)


def to_be_retried(message: Message, before: str, note: str) -> Outcome:
    if message.attempts > len(BACK_OFF):
        return finished(message, before, State.FAILED, f"Given up. {note}")
    later = Now() + BACK_OFF[message.attempts - 1]
    return Outcome(message, before, State.PENDING, note, {"next_at": later})


def put_back(message: Message) -> Outcome:
    """Nothing was tried: it waits on, and no try is counted."""
    values = {"attempts": F("attempts") - 1, "error": F("error")}
    return Outcome(message, State.CLAIMED, State.PENDING, "", values, step="-")


def unanswered(message: Message, note: str) -> Outcome:
    """It may have arrived: once it is sent again under the same Message-ID, and marked."""
    values: dict[str, Any] = {"ambiguous": True, "next_at": Now() + BACK_OFF[0]}
    if message.ambiguous:
        values["finished_at"] = Now()
    state = State.UNCERTAIN if message.ambiguous else State.PENDING
    return Outcome(message, State.TRANSMITTING, state, note, values, step=State.UNCERTAIN)


class Verdict(Enum):
    """What the fence says."""

    GO = "go"
    GONE = "gone"  # withdrawn, another worker's, or it may not go any more
    MOVED = "moved"  # the recipient has another address: to be written and named anew


@dataclass
class Step:
    """What is written at one time: how messages ended, and the one that is about to leave, or of
    which it is only asked why it may not."""

    outcomes: Sequence[Outcome] = ()
    message: Message | None = None
    leaves: bool = True


class _Whom(OuterRef):
    """Whoever the message is for, where a rule asks for a person."""

    is_authenticated = True


def may_go() -> Q:
    """What must be true of a message when it leaves, as the database sees it at that moment."""
    person = get_user_model().objects.filter(
        pk=OuterRef("recipient_id"), is_active=True, email=OuterRef("to_address")
    )
    rule: Any = _Whom(_Whom("recipient_id"))
    place = processes().visible_to(rule).filter(pk=OuterRef("process_id"))
    bad = AddressProblem.objects.filter(cleared_at=None, address=Lower(OuterRef("to_address")))
    return (Q(recipient=None) | (Q(Exists(person)) & (Q(process=None) | Q(Exists(place))))) & (
        Q(kind=ACCOUNT) | ~Q(Exists(bad))
    )


class Recorder:
    """Writes for one worker."""

    def __init__(self, worker: str) -> None:
        self.worker = worker
        self.renew()

    def renew(self) -> None:
        """For a new batch: who is a member now is asked as of now."""
        mine = Message.objects.filter(pk=PK, owner=self.worker)
        self._fence = prepared_update(
            mine.filter(may_go(), state=State.CLAIMED, lease_until__gt=Now()),
            state=State.TRANSMITTING,
            lease_until=Now() + LEASE,
        )
        self._sent = prepared_update(
            mine.filter(state=State.TRANSMITTING),
            state=State.SENT,
            owner="",
            lease_until=None,
            finished_at=Now(),
            error=NOTE,
        )
        self._step = prepared_insert(MessageEvent(message_id=PK, at=Now(), state=STATE, note=NOTE))

    def write(self, steps: Sequence[Step]) -> list[Verdict]:
        """Commit the steps together; the verdict on each one's fence.

        Where the database is gone for a moment it is tried again. What was written is not written
        twice; a fence of which that is unknown is not passed.
        """
        for pause in PATIENCE:
            try:
                return self._write(steps)
            except (OperationalError, InterfaceError):
                if connection.in_atomic_block:
                    raise
                connection.close()
                time.sleep(pause)
        return self._write(steps)

    def _write(self, steps: Sequence[Step]) -> list[Verdict]:
        fences = any(step.message for step in steps)
        with transaction.atomic(), connection.cursor() as cursor:
            for step in steps:
                for outcome in step.outcomes:
                    self._record(cursor, outcome)
            verdicts = [self._pass(cursor, step) for step in steps]
            reach("in-fence" if fences else "in-record")
        if not fences:
            reach("after-record")
        return verdicts

    def _record(self, cursor: Any, outcome: Outcome) -> None:
        words = storable(outcome.note, 500)
        key = outcome.message.pk
        if outcome.state == State.SENT and outcome.before == State.TRANSMITTING:
            changed = self._sent.run(cursor, pk=key, note=words)
        else:
            mine = Message.objects.filter(pk=key, state=outcome.before, owner=self.worker)
            values = {"state": outcome.state, "owner": "", "lease_until": None, "error": words}
            changed = mine.update(**values | outcome.values)
        if changed and outcome.step != "-":
            state = str(outcome.step or outcome.state)
            self._step.run(cursor, pk=key, state=state, note=words)
        if changed and outcome.problem:
            open_problem(outcome.message.to_address, outcome.problem, words, outcome.message)

    def _pass(self, cursor: Any, step: Step) -> Verdict:
        """Write that the message is about to leave; without this row count nothing leaves."""
        if step.message is None:
            return Verdict.GONE
        if step.leaves and self._fence.run(cursor, pk=step.message.pk) == 1:
            return Verdict.GO
        return self._reason(cursor, step.message)

    def _reason(self, cursor: Any, message: Message) -> Verdict:
        """Why a message may not leave: it ends here, unless it is no longer this worker's."""
        mine = Message.objects.filter(
            pk=message.pk, owner=self.worker, state=State.CLAIMED, lease_until__gt=Now()
        )
        now = mine.select_related("recipient", "process").first()
        if now is None:
            return Verdict.GONE
        person = now.recipient
        if person is not None:
            ends = ""
            if not person.is_active:
                ends = CLOSED
            elif now.process and not _opens(now.process, person):
                ends = LEFT
            if ends:
                outcome = finished(message, State.CLAIMED, State.CANCELLED, ends)
                self._record(cursor, outcome)
                return Verdict.GONE
            if person.email != now.to_address:
                mine.update(to_address=person.email)
                message.to_address = person.email
                return Verdict.MOVED
        problem = problems_of([now.to_address]).get(now.to_address)
        if problem and now.kind != ACCOUNT:
            outcome = finished(message, State.CLAIMED, State.FAILED, words_of(problem))
            self._record(cursor, outcome)
            return Verdict.GONE
        return Verdict.MOVED  # what stood in its way is gone


def _opens(process: Any, person: Any) -> bool:
    return processes().visible_to(person).filter(pk=process.pk).exists()
