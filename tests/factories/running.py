"""The ledger, the outbox, reminders and reviews."""

import datetime as dt
import hashlib
import uuid
from typing import Any

from django.utils import timezone
from factory import LazyAttribute, LazyFunction, SelfAttribute, Sequence, SubFactory
from factory.django import DjangoModelFactory

from coordination.insights.models import LastLook
from coordination.ledger import signing
from coordination.ledger.actions import Origin, append
from coordination.ledger.checkpoints import make_checkpoint
from coordination.ledger.models import Chain, Checkpoint, Entry, SigningKey
from coordination.outbox.models import (
    AddressProblem,
    ClockReading,
    Heartbeat,
    Message,
    MessageEvent,
)
from coordination.portability.models import ProcessFile
from coordination.reminders.models import (
    CheckInLink,
    Escalation,
    MeetingNotice,
    Occurrence,
    Reminder,
)

from .commitments import ObligationFactory
from .processes import ProcessFactory, UserFactory, today
from .reviews import ReviewFactory


class ChainFactory(DjangoModelFactory):
    class Meta:
        model = Chain

    process = SubFactory(ProcessFactory)


class EntryFactory(DjangoModelFactory):
    """An entry that really was appended, so that the chain holds."""

    class Meta:
        model = Entry

    process = SubFactory(ProcessFactory)
    actor = SubFactory(UserFactory)
    verb = "process.noted"
    thing = SelfAttribute("process")
    summary = Sequence(lambda n: f"Noted {n}")
    origin = Origin.WEB

    @classmethod
    def _create(cls, model_class: type[Entry], *args: Any, **kwargs: Any) -> Entry:
        return append(**kwargs)


class SigningKeyFactory(DjangoModelFactory):
    class Meta:
        model = SigningKey

    class Params:
        secret = Sequence(lambda n: f"{n + 1:064x}")

    public_key = LazyAttribute(lambda key: signing.public_key(key.secret))
    key_id = LazyAttribute(lambda key: signing.key_id(key.public_key))


class CheckpointFactory(DjangoModelFactory):
    """A checkpoint that really was made, of a chain with an entry; each a day after the last."""

    class Meta:
        model = Checkpoint

    process = SubFactory(ProcessFactory)

    @classmethod
    def _create(cls, model_class: type[Checkpoint], *args: Any, **kwargs: Any) -> Checkpoint:
        if not kwargs["process"].ledger_entries.exists():
            EntryFactory(process=kwargs["process"])
        last = Checkpoint.objects.filter(process=kwargs["process"]).first()
        if last is not None:
            kwargs.setdefault("now", last.at + dt.timedelta(days=1))
        checkpoint = make_checkpoint(**kwargs)
        assert checkpoint is not None
        return checkpoint


class MessageFactory(DjangoModelFactory):
    class Meta:
        model = Message

    key = LazyFunction(lambda: uuid.uuid4().hex)
    process = SubFactory(ProcessFactory)
    kind = "check-in"
    recipient = SubFactory(UserFactory)
    to_address = SelfAttribute("recipient.email")
    reason = "It is due."
    subject = Sequence(lambda n: f"Check-in {n}")
    body_text = "What is the state of C-1?"
    body_html = "<p>What is the state of C-1?</p>"
    message_id = LazyAttribute(lambda message: f"<{message.key}@entente.example>")


class MessageEventFactory(DjangoModelFactory):
    class Meta:
        model = MessageEvent

    message = SubFactory(MessageFactory)
    state = Message.State.PENDING


class HeartbeatFactory(DjangoModelFactory):
    class Meta:
        model = Heartbeat
        django_get_or_create = ("name",)

    name = "tick"
    at = LazyFunction(timezone.now)


class ProcessFileFactory(DjangoModelFactory):
    class Meta:
        model = ProcessFile

    process = SubFactory(ProcessFactory)
    sha256 = LazyAttribute(lambda file: hashlib.sha256(file.process.slug.encode()).hexdigest())


class OccurrenceFactory(DjangoModelFactory):
    class Meta:
        model = Occurrence

    obligation = SubFactory(ObligationFactory)
    local_date = LazyFunction(today)
    due_at = LazyFunction(timezone.now)
    state = Occurrence.State.ASKED


class CheckInLinkFactory(DjangoModelFactory):
    """A link whose token is `token`; only its hash is stored."""

    class Meta:
        model = CheckInLink

    class Params:
        token = Sequence(lambda n: f"token-{n}")

    occurrence = SubFactory(OccurrenceFactory)
    recipient = SelfAttribute("occurrence.obligation.focal_point")
    token_hash = LazyAttribute(lambda link: hashlib.sha256(link.token.encode()).hexdigest())
    created_at = LazyFunction(timezone.now)
    expires_at = LazyAttribute(lambda link: link.created_at + dt.timedelta(days=14))


class EscalationFactory(DjangoModelFactory):
    class Meta:
        model = Escalation

    obligation = SubFactory(ObligationFactory)
    since = LazyFunction(today)


class ReminderFactory(DjangoModelFactory):
    """One that waits for its mail."""

    class Meta:
        model = Reminder

    key = LazyFunction(lambda: uuid.uuid4().hex)
    process = SubFactory(ProcessFactory)
    kind = Reminder.Kind.DEADLINE
    recipient = SubFactory(UserFactory)
    about_type = "commitment"
    about_id = 1
    local_date = LazyFunction(today)
    title = Sequence(lambda n: f"Commitment {n}")
    because = "It is due soon."
    write_at = LazyFunction(timezone.now)


class MeetingNoticeFactory(DjangoModelFactory):
    class Meta:
        model = MeetingNotice

    review = SubFactory(ReviewFactory)
    recipient = SubFactory(UserFactory)
    sequence = 0
    method = MeetingNotice.Method.REQUEST
    starts_at = SelfAttribute("review.starts_at")
    message = SubFactory(MessageFactory, process=SelfAttribute("..review.body.process"))


class AddressProblemFactory(DjangoModelFactory):
    class Meta:
        model = AddressProblem

    address = Sequence(lambda n: f"gone{n}@people.example")
    kind = AddressProblem.Kind.BOUNCED


class ClockReadingFactory(DjangoModelFactory):
    class Meta:
        model = ClockReading

    at = LazyFunction(timezone.now)
    machine = "a-machine"
    seconds_up = 1.0


class LastLookFactory(DjangoModelFactory):
    class Meta:
        model = LastLook

    reader = SubFactory(UserFactory)
