"""A worker or a tick whose delivery is broken on purpose, so that the rig is known to see it.

`python -m tests.faults.worker VARIANT celery -A config worker ...` or `... VARIANT manage tick`.
The product holds no switch for this: what is broken is broken here, before it starts.
"""

import os
import sys
from collections.abc import Callable
from email.parser import BytesHeaderParser

import django
from celery.__main__ import main as celery
from django.core.management import execute_from_command_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from coordination.outbox.models import Message  # noqa: E402
from coordination.outbox.smtp import Session  # noqa: E402

Transmit = Callable[[Session, bytes], str]


def row_of(mail: bytes) -> int:
    """The key of the row of a mail that is being handed over."""
    sign = BytesHeaderParser().parsebytes(mail)["Message-ID"].strip()
    return Message.objects.values_list("pk", flat=True).get(message_id=sign)


def sent_first(transmit: Transmit) -> Transmit:
    """Marked as sent before it is: who is killed in between loses it, and a refusal is not seen."""

    def broken(session: Session, mail: bytes) -> str:
        Message.objects.filter(pk=row_of(mail)).update(state="sent", owner="", lease_until=None)
        return transmit(session, mail)

    return broken


def no_fence(transmit: Transmit) -> Transmit:
    """Handed over while the table says `claimed`: who is killed lets it be sent again, unmarked."""

    def broken(session: Session, mail: bytes) -> str:
        row = Message.objects.filter(pk=row_of(mail))
        row.update(state="claimed")
        try:
            return transmit(session, mail)
        finally:  # not where it is killed
            row.filter(state="claimed").update(state="transmitting")

    return broken


BROKEN = {"sent-first": sent_first, "no-fence": no_fence}

if __name__ == "__main__":
    _, variant, program, *arguments = sys.argv
    Session.transmit = BROKEN[variant](Session.transmit)  # type: ignore[method-assign]
    sys.argv = [program, *arguments]
    if program == "celery":
        sys.exit(celery())
    execute_from_command_line(["manage.py", *arguments])
