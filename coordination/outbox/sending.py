"""The way of a mail from its row to the server: written, named, fenced, handed over."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace

from .addresses import Kind, names_mailbox
from .failpoints import reach
from .mime import Unwritable, written
from .models import Message
from .recording import Outcome, Step, Verdict, finished, put_back, to_be_retried, unanswered
from .smtp import (
    Refusal,
    Session,
    SmtpUnavailable,
    TooManyConnections,
    Unanswered,
)

State = Message.State

#: A server takes a moment to notice that connections have ended, before it takes another.
MOMENT = 1.0


class Lines:
    """How many connections are used at once: as many as are set, fewer where the server says so."""

    def __init__(self, number: int) -> None:
        self.number = number
        self._lock = threading.Lock()

    def give_up(self) -> bool:
        """Do without one; the last one stays."""
        with self._lock:
            if self.number <= 1:
                return False
            self.number -= 1
            return True


class Sender:
    """Sends over one connection. What it writes down goes through `write`, one step at a time.

    That a mail was taken is written together with the fence of the next. Not so where no answer
    came to an earlier try: the less time such a one spends between the two, the fewer are left to a
    person to decide.
    """

    def __init__(self, write: Callable[[Step], Verdict], lines: Lines) -> None:
        self.write = write
        self.lines = lines
        self.session = Session()
        self.gave_up = False
        self._waited = False
        self._taken: list[Outcome] = []

    def send(self, message: Message) -> None:
        """Deal with one message, whatever it takes; only the database stops the others."""
        if getattr(message, "may_go", True) or self._ask_why_not(message) is Verdict.MOVED:
            self._send(message, again=False)

    def _send(self, message: Message, *, again: bool) -> None:
        try:
            mail = written(message)
            reach("after-write")
            self.session.prepare(message.to_address)
        except Unwritable as error:
            self._record(finished(message, State.CLAIMED, State.FAILED, str(error)))
        except Refusal as refusal:
            self._record(_refused(message, State.CLAIMED, refusal))
        except TooManyConnections as error:
            if self.lines.give_up():
                self.gave_up = True
                self._record(put_back(message))
            elif not self._waited:
                self._waited = True
                time.sleep(MOMENT)
                self._send(message, again=again)
            else:
                self._record(to_be_retried(message, State.CLAIMED, str(error)))
        except SmtpUnavailable as error:
            self._record(to_be_retried(message, State.CLAIMED, str(error)))
        else:
            reach("after-announcement")
            self._hand_over(message, mail, again=again)

    def _hand_over(self, message: Message, mail: bytes, *, again: bool) -> None:
        if message.ambiguous:
            self.flush()
        verdict = self._fence(message)
        if verdict is Verdict.GO:
            reach("after-fence")
            self._transmit(message, mail)
            return
        self.session.drop()  # the lease ran out and somebody else has it, or it may not go
        if verdict is Verdict.MOVED:
            if again:
                self._record(put_back(message))
            else:
                self._send(message, again=True)

    def _transmit(self, message: Message, mail: bytes) -> None:
        try:
            answer = self.session.transmit(mail)
        except Refusal as refusal:
            self._record(_refused(message, State.TRANSMITTING, refusal))
        except Unanswered as error:
            self._record(unanswered(message, str(error)))
        else:
            self._taken.append(Outcome(message, State.TRANSMITTING, State.SENT, answer))
            if message.ambiguous:
                self.flush()

    def _fence(self, message: Message) -> Verdict:
        taken, self._taken = self._taken, []
        return self.write(Step(taken, message))

    def _ask_why_not(self, message: Message) -> Verdict:
        """Nothing is said to the server about what may not go when the batch is read."""
        taken, self._taken = self._taken, []
        return self.write(Step(taken, message, leaves=False))

    def _record(self, outcome: Outcome) -> None:
        self._taken.append(outcome)
        self.flush()

    def flush(self) -> None:
        """Write down what is known."""
        if self._taken:
            taken, self._taken = self._taken, []
            self.write(Step(taken))

    def close(self) -> None:
        self.session.close()


def _refused(message: Message, before: str, refusal: Refusal) -> Outcome:
    if not refusal.is_permanent:
        return to_be_retried(message, before, str(refusal))
    outcome = finished(message, before, State.FAILED, str(refusal))
    if names_mailbox(refusal.code, str(refusal), to_recipient=refusal.to_recipient):
        return replace(outcome, problem=Kind.BOUNCED)
    return outcome
