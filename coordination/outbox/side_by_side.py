"""Several connections in one worker, which have one hand that writes.

Each connection has a thread, and none of them touches the database. What they have to say is
written by the thread that started them, all that waits in one transaction: the more connections
there are, the fewer commits a message takes.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

from .models import Message
from .recording import Recorder, Step, Verdict
from .sending import Lines, Sender


@dataclass
class _Asked:
    """What a thread waits for: that a step is written, or, without one, the next message."""

    answer: Future[Any]
    step: Step | None = None


class _Ended(Exception):
    """The one that writes has stopped: whoever asks stops too."""


class _Thread(threading.Thread):
    def __init__(self, inbox: "SimpleQueue[_Asked | _Thread]", lines: Lines) -> None:
        super().__init__(name="mail", daemon=True)
        self.inbox = inbox
        self.sender = Sender(self._write, lines)
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            while not self.sender.gave_up and (message := self._ask(None)):
                self.sender.send(message)
            self.sender.flush()
        except _Ended:
            pass
        except BaseException as error:
            self.error = error
        finally:
            self.sender.close()
            self.inbox.put(self)

    def _write(self, step: Step) -> Verdict:
        return self._ask(step)

    def _ask(self, step: Step | None) -> Any:
        asked = _Asked(Future(), step)
        self.inbox.put(asked)
        return asked.answer.result()


def send_side_by_side(
    recorder: Recorder, lines: Lines, claim: Callable[[], Sequence[Message]]
) -> int:
    """Send until nothing is due; returns how many messages were dealt with."""
    waiting = deque(claim())
    if not waiting:
        return 0
    done = len(waiting)
    inbox: SimpleQueue[_Asked | _Thread] = SimpleQueue()
    threads = [_Thread(inbox, lines) for _n in range(min(lines.number, len(waiting)))]
    for thread in threads:
        thread.start()
    running, failure = len(threads), None
    while running:
        asked = _all_of(inbox)
        running -= sum(isinstance(one, _Thread) for one in asked)
        failure = failure or next(
            (one.error for one in asked if isinstance(one, _Thread) and one.error), None
        )
        questions = [one for one in asked if isinstance(one, _Asked)]
        try:
            if failure:
                raise _Ended
            _write(recorder, [one for one in questions if one.step])
            for one in questions:
                if one.step:
                    continue
                if not waiting:
                    waiting.extend(claim())
                    done += len(waiting)
                one.answer.set_result(waiting.popleft() if waiting else None)
        except BaseException as error:
            failure = failure or error
            for one in questions:
                if not one.answer.done():
                    one.answer.set_exception(_Ended())
    if failure:
        raise failure
    return done


def _all_of(inbox: "SimpleQueue[_Asked | _Thread]") -> list["_Asked | _Thread"]:
    """What was said since: at least one thing, which is waited for."""
    said = [inbox.get()]
    while True:
        try:
            said.append(inbox.get_nowait())
        except Empty:
            return said


def _write(recorder: Recorder, questions: list[_Asked]) -> None:
    if not questions:
        return
    verdicts = recorder.write([one.step for one in questions if one.step])
    for one, verdict in zip(questions, verdicts, strict=True):
        one.answer.set_result(verdict)
