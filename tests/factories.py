"""One factory a model. Left to themselves they keep everything in one process.

`ObligationFactory()` makes a process, a commitment and a party of that process; pass `process=` to
the ones that take it to put several things in the same one. Numbers that actions hand out begin
with 1 there and with 1001 here.
"""

import datetime as dt
import hashlib
import uuid
from typing import Any

import factory
from django.contrib.auth.hashers import make_password
from django.utils import timezone
from factory import LazyAttribute, LazyFunction, SelfAttribute, Sequence, SubFactory
from factory.django import DjangoModelFactory

from accounts.models import User
from coordination.agreements.models import Agreement, Provision
from coordination.bodies.models import (
    Acceptance,
    Assignment,
    Body,
    ChannelTest,
    Claim,
    CompositionPart,
    ContactChannel,
    DisputeStep,
    FormerName,
    Nomination,
    Protocol,
    ProtocolSource,
    QuorumPart,
    ReportingLine,
    Responsibility,
    RoleTerms,
    Seat,
    Succession,
    SuccessionRequest,
    Term,
)
from coordination.commitments.models import (
    CheckIn,
    Commitment,
    Deadline,
    DeadlineTerm,
    Level,
    Obligation,
    Verification,
)
from coordination.ledger.actions import Origin, append
from coordination.ledger.models import Chain, Entry
from coordination.outbox.models import Heartbeat, Message, MessageEvent
from coordination.portability.models import ProcessFile
from coordination.processes.models import (
    Affiliation,
    AnchorDate,
    AnchorEvent,
    Membership,
    Party,
    Process,
    Track,
)
from coordination.reminders.models import CheckInLink, Occurrence
from coordination.reviews.models import AgendaItem, Attendance, Outcome, Review, ReviewSeries


def today() -> dt.date:
    """The calendar day in UTC, which is also the time zone of a `ProcessFactory`."""
    return timezone.now().date()


# --- People -----------------------------------------------------------------------------------


class UserFactory(DjangoModelFactory):
    """A person without a password: `client.force_login(user)` signs them in."""

    class Meta:
        model = User

    email = Sequence(lambda n: f"person{n}@people.example")
    name = Sequence(lambda n: f"Person {n}")
    password = LazyFunction(lambda: make_password(None))


# --- Processes --------------------------------------------------------------------------------


class ProcessFactory(DjangoModelFactory):
    class Meta:
        model = Process

    slug = Sequence(lambda n: f"process-{n}")
    name = Sequence(lambda n: f"The {n}th peace process")
    short_name = Sequence(lambda n: f"Process {n}")


class PartyFactory(DjangoModelFactory):
    class Meta:
        model = Party

    process = SubFactory(ProcessFactory)
    code = Sequence(lambda n: f"P{n}")
    name = LazyAttribute(lambda party: f"Party {party.code}")
    kind = Party.Kind.STATE
    part = Party.Part.CONFLICT_PARTY


class AnchorEventFactory(DjangoModelFactory):
    """An anchor event without a date; `move_anchor` gives it one."""

    class Meta:
        model = AnchorEvent

    process = SubFactory(ProcessFactory)
    key = Sequence(lambda n: f"anchor-{n}")
    name = Sequence(lambda n: f"Anchor event {n}")


class AffiliationFactory(DjangoModelFactory):
    class Meta:
        model = Affiliation

    party = SubFactory(PartyFactory)
    other = SubFactory(PartyFactory, process=SelfAttribute("..party.process"))


class AnchorDateFactory(DjangoModelFactory):
    class Meta:
        model = AnchorDate

    anchor = SubFactory(AnchorEventFactory)
    status = AnchorDate.Status.PLANNED
    on = LazyFunction(today)


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = Membership

    process = SubFactory(ProcessFactory)
    user = SubFactory(UserFactory)
    role = Membership.Role.OBSERVER
    party = None


# --- Bodies -----------------------------------------------------------------------------------


class BodyFactory(DjangoModelFactory):
    class Meta:
        model = Body

    process = SubFactory(ProcessFactory)
    code = Sequence(lambda n: f"B{n}")
    name = LazyAttribute(lambda body: f"Body {body.code}")
    track = Track.MILITARY


class ProtocolFactory(DjangoModelFactory):
    class Meta:
        model = Protocol

    body = SubFactory(BodyFactory)


class QuorumPartFactory(DjangoModelFactory):
    class Meta:
        model = QuorumPart

    protocol = SubFactory(ProtocolFactory)
    group = Sequence(lambda n: f"group {n}")
    minimum = 1


class DisputeStepFactory(DjangoModelFactory):
    class Meta:
        model = DisputeStep

    protocol = SubFactory(ProtocolFactory)
    order = Sequence(lambda n: n + 1)
    who = "The guarantors"


class SeatFactory(DjangoModelFactory):
    """A vacant seat; a `TermFactory` fills it."""

    class Meta:
        model = Seat

    body = SubFactory(BodyFactory)
    number = Sequence(lambda n: n + 1)


class TermFactory(DjangoModelFactory):
    class Meta:
        model = Term

    seat = SubFactory(SeatFactory)
    holder = SubFactory(UserFactory)
    starts_on = dt.date(2020, 1, 1)


class FormerNameFactory(DjangoModelFactory):
    class Meta:
        model = FormerName

    body = SubFactory(BodyFactory)
    name = Sequence(lambda n: f"Former name {n}")
    until = dt.date(2020, 1, 1)


class SuccessionFactory(DjangoModelFactory):
    class Meta:
        model = Succession

    predecessor = SubFactory(BodyFactory)
    successor = SubFactory(BodyFactory, process=SelfAttribute("..predecessor.process"))
    on = dt.date(2020, 1, 1)


class ReportingLineFactory(DjangoModelFactory):
    """A line to another body of the process; `to_body=None, to_name=…` for somebody else."""

    class Meta:
        model = ReportingLine

    body = SubFactory(BodyFactory)
    to_body = SubFactory(BodyFactory, process=SelfAttribute("..body.process"))


class CompositionPartFactory(DjangoModelFactory):
    class Meta:
        model = CompositionPart

    body = SubFactory(BodyFactory)
    group = Sequence(lambda n: f"group {n}")
    seats = 1


class ContactChannelFactory(DjangoModelFactory):
    class Meta:
        model = ContactChannel

    body = SubFactory(BodyFactory)
    kind = ContactChannel.Kind.DUTY_LINE
    address = "+387 33 000 000"


class ChannelTestFactory(DjangoModelFactory):
    class Meta:
        model = ChannelTest

    channel = SubFactory(ContactChannelFactory)
    worked = True


class RoleTermsFactory(DjangoModelFactory):
    class Meta:
        model = RoleTerms

    body = SubFactory(BodyFactory)
    role = Seat.Role.CHAIR
    authority = "Convenes the body and speaks for it."


class ProtocolSourceFactory(DjangoModelFactory):
    class Meta:
        model = ProtocolSource

    protocol = SubFactory(ProtocolFactory)
    article = "Art. 7.13"


class SuccessionRequestFactory(DjangoModelFactory):
    class Meta:
        model = SuccessionRequest

    seat = SubFactory(SeatFactory)
    party = SubFactory(PartyFactory, process=SelfAttribute("..seat.body.process"))
    asked_by = SubFactory(UserFactory)


class NominationFactory(DjangoModelFactory):
    class Meta:
        model = Nomination

    seat = SubFactory(SeatFactory)
    name = "Mira Novak"
    email = "m.novak@people.example"
    starts_on = LazyFunction(today)
    proposed_by = SubFactory(UserFactory)


class ResponsibilityFactory(DjangoModelFactory):
    class Meta:
        model = Responsibility

    process = SubFactory(ProcessFactory)
    name = Sequence(lambda n: f"Reopen road {n}")


class ClaimFactory(DjangoModelFactory):
    class Meta:
        model = Claim

    responsibility = SubFactory(ResponsibilityFactory)
    body = SubFactory(BodyFactory, process=SelfAttribute("..responsibility.process"))


class AssignmentFactory(DjangoModelFactory):
    """Accountable, as a seat; `seat=None, body=…` for a body as a whole."""

    class Meta:
        model = Assignment

    responsibility = SubFactory(ResponsibilityFactory)
    letter = Assignment.Letter.ACCOUNTABLE
    seat = SubFactory(SeatFactory, body__process=SelfAttribute("...responsibility.process"))


class AcceptanceFactory(DjangoModelFactory):
    class Meta:
        model = Acceptance

    process = SubFactory(ProcessFactory)
    subject = Sequence(lambda n: f"claimed_twice:{n}")
    facts = "0" * 64
    words = "Reopen roads: two mandates claim it"
    reason = "The handover lasts until summer."
    accepted_by = SubFactory(UserFactory)


# --- Agreements and commitments ---------------------------------------------------------------


class AgreementFactory(DjangoModelFactory):
    class Meta:
        model = Agreement

    process = SubFactory(ProcessFactory)
    key = Sequence(lambda n: f"agreement-{n}")
    name = Sequence(lambda n: f"Agreement {n}")


class ProvisionFactory(DjangoModelFactory):
    class Meta:
        model = Provision

    agreement = SubFactory(AgreementFactory)
    order = Sequence(lambda n: n)
    label = Sequence(lambda n: f"({n})")
    citation = Sequence(lambda n: f"Art. {n}")


class CommitmentFactory(DjangoModelFactory):
    """A commitment with bodies of its process and an empty deadline, owed by nobody yet."""

    class Meta:
        model = Commitment
        skip_postgeneration_save = True

    process = SubFactory(ProcessFactory)
    number = Sequence(lambda n: n + 1001)
    reference = Sequence(lambda n: f"Annex 1A, Art. {n}")
    title = Sequence(lambda n: f"Withdraw forces from area {n}")
    track = Track.MILITARY
    lead_body = SubFactory(BodyFactory, process=SelfAttribute("..process"))
    verifying_body = SubFactory(BodyFactory, process=SelfAttribute("..process"))
    deadline = factory.RelatedFactory("tests.factories.DeadlineFactory", "commitment")


class DeadlineFactory(DjangoModelFactory):
    class Meta:
        model = Deadline

    commitment = SubFactory(CommitmentFactory, deadline=None)


class DeadlineTermFactory(DjangoModelFactory):
    class Meta:
        model = DeadlineTerm

    deadline = SubFactory(DeadlineFactory)
    on = LazyFunction(lambda: today() + dt.timedelta(days=30))


class ObligationFactory(DjangoModelFactory):
    class Meta:
        model = Obligation

    commitment = SubFactory(CommitmentFactory)
    party = SubFactory(PartyFactory, process=SelfAttribute("..commitment.process"))
    focal_point = SubFactory(UserFactory)


class CheckInFactory(DjangoModelFactory):
    """A bare report; `submit_check_in` is what also moves the obligation's level."""

    class Meta:
        model = CheckIn

    obligation = SubFactory(ObligationFactory)
    number = Sequence(lambda n: n + 1001)
    level = Level.MINIMUM
    author = SelfAttribute("obligation.focal_point")
    recorded_by = SelfAttribute("author")


class VerificationFactory(DjangoModelFactory):
    """A bare finding; `record_verification` is what also moves the obligation's level."""

    class Meta:
        model = Verification

    obligation = SubFactory(ObligationFactory)
    number = Sequence(lambda n: n + 1001)
    body = SelfAttribute("obligation.commitment.verifying_body")
    level = Level.MINIMUM
    found = "Two of five positions are empty."
    method = Verification.Method.SITE_VISIT
    occurred_on = LazyFunction(today)
    author = SubFactory(UserFactory)


# --- Ledger and outbox ------------------------------------------------------------------------


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


# --- Reminders --------------------------------------------------------------------------------


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


# --- Reviews ----------------------------------------------------------------------------------


class ReviewSeriesFactory(DjangoModelFactory):
    class Meta:
        model = ReviewSeries

    body = SubFactory(BodyFactory)
    name = Sequence(lambda n: f"Series {n}")
    rule = "FREQ=MONTHLY;BYDAY=-1TH"
    starts_on = LazyFunction(today)
    clock = dt.time(10, 0)


class ReviewFactory(DjangoModelFactory):
    class Meta:
        model = Review

    body = SubFactory(BodyFactory)
    number = Sequence(lambda n: n + 1001)
    held_on = LazyFunction(lambda: today() + dt.timedelta(days=3))
    starts_at = LazyAttribute(
        lambda review: dt.datetime.combine(review.held_on, dt.time(10), tzinfo=dt.UTC)
    )


class AttendanceFactory(DjangoModelFactory):
    class Meta:
        model = Attendance

    review = SubFactory(ReviewFactory)
    seat = SubFactory(SeatFactory, body=SelfAttribute("..review.body"))
    presence = Attendance.Presence.PRESENT


class AgendaItemFactory(DjangoModelFactory):
    class Meta:
        model = AgendaItem

    review = SubFactory(ReviewFactory)
    order = Sequence(lambda n: n + 1001)
    title = Sequence(lambda n: f"Item {n}")


class OutcomeFactory(DjangoModelFactory):
    class Meta:
        model = Outcome

    item = SubFactory(AgendaItemFactory)
    kind = Outcome.Kind.NOTED
    submission = LazyFunction(uuid.uuid4)
    recorded_by = SubFactory(UserFactory)
