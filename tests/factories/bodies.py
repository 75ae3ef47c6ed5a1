"""Bodies, their seats, and who does what."""

import datetime as dt

from factory import LazyAttribute, LazyFunction, SelfAttribute, Sequence, SubFactory
from factory.django import DjangoModelFactory

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
from coordination.processes.models import Track

from .processes import PartyFactory, ProcessFactory, UserFactory, today


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
