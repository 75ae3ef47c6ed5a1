"""Agreements, what they commit to, and what came of it."""

import datetime as dt
from decimal import Decimal

import factory
from django.utils import timezone
from factory import LazyAttribute, LazyFunction, SelfAttribute, Sequence, SubFactory
from factory.django import DjangoModelFactory

from coordination.agreements.models import Agreement, Provision
from coordination.audiences.access import process_of
from coordination.audiences.models import Release
from coordination.commitments.models import (
    Bound,
    Breach,
    BreachStep,
    BulkChange,
    CheckIn,
    CheckInDraft,
    Commitment,
    Deadline,
    DeadlineTerm,
    Dependency,
    Evidence,
    ExpectedOccurrence,
    Extension,
    Flag,
    Level,
    Measurement,
    Note,
    Obligation,
    Reading,
    ReminderPolicy,
    SavedView,
    Trigger,
    TriggerEvent,
    Verification,
)
from coordination.processes.models import Track

from .bodies import BodyFactory
from .processes import PartyFactory, ProcessFactory, UserFactory, today


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
    process = SelfAttribute("commitment.process")


class DeadlineTermFactory(DjangoModelFactory):
    class Meta:
        model = DeadlineTerm

    deadline = SubFactory(DeadlineFactory)
    on = LazyFunction(lambda: today() + dt.timedelta(days=30))


class ReadingFactory(DjangoModelFactory):
    """How a party reads a deadline; it has no term, and so no date, of its own yet."""

    class Meta:
        model = Reading

    deadline = SubFactory(DeadlineFactory)
    party = SubFactory(PartyFactory, process=SelfAttribute("..deadline.commitment.process"))


class ExtensionFactory(DjangoModelFactory):
    class Meta:
        model = Extension

    deadline = SubFactory(DeadlineFactory)
    on = LazyFunction(lambda: today() + dt.timedelta(days=60))
    agreed_by = "The Joint Military Commission"
    agreed_on = LazyFunction(today)
    author = SubFactory(UserFactory)


class ObligationFactory(DjangoModelFactory):
    class Meta:
        model = Obligation

    commitment = SubFactory(CommitmentFactory)
    party = SubFactory(PartyFactory, process=SelfAttribute("..commitment.process"))
    focal_point = SubFactory(UserFactory)


class TriggerFactory(DjangoModelFactory):
    class Meta:
        model = Trigger

    process = SubFactory(ProcessFactory)
    key = Sequence(lambda n: f"trigger-{n}")
    name = Sequence(lambda n: f"Receipt of report {n}")


class TriggerEventFactory(DjangoModelFactory):
    """A bare event; `record_trigger_event` is what also lets it be answered."""

    class Meta:
        model = TriggerEvent

    trigger = SubFactory(TriggerFactory)
    number = Sequence(lambda n: n + 1001)
    on = LazyFunction(today)
    what = "A report was received."
    recorded_by = SubFactory(UserFactory)


class ExpectedOccurrenceFactory(DjangoModelFactory):
    """A time that is expected, and due in ten days."""

    class Meta:
        model = ExpectedOccurrence

    obligation = SubFactory(ObligationFactory)
    number = Sequence(lambda n: n + 1001)
    original_on = SelfAttribute("due_on")
    due_on = LazyFunction(lambda: today() + dt.timedelta(days=10))
    due_at = LazyAttribute(
        lambda row: dt.datetime.combine(row.due_on + dt.timedelta(days=1), dt.time(), tzinfo=dt.UTC)
    )


class CheckInFactory(DjangoModelFactory):
    """A bare report; `submit_check_in` is what also moves the obligation's level."""

    class Meta:
        model = CheckIn

    obligation = SubFactory(ObligationFactory)
    number = Sequence(lambda n: n + 1001)
    level = Level.MINIMUM
    author = SelfAttribute("obligation.focal_point")
    recorded_by = SelfAttribute("author")


class CheckInDraftFactory(DjangoModelFactory):
    class Meta:
        model = CheckInDraft

    obligation = SubFactory(ObligationFactory)
    author = SelfAttribute("obligation.focal_point")
    words = LazyFunction(lambda: {"level": "2"})


class VerificationFactory(DjangoModelFactory):
    """A bare finding that is released; `record_verification` is what also moves the level.

    `approved_at=None, released_at=None` for one that is being prepared.
    """

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
    approved_at = LazyFunction(timezone.now)
    released_at = LazyFunction(timezone.now)


class BoundFactory(DjangoModelFactory):
    class Meta:
        model = Bound

    commitment = SubFactory(CommitmentFactory)
    comparison = Bound.Comparison.AT_MOST
    value = Decimal(22_000)
    of_what = Sequence(lambda n: f"vehicles of type {n}")


class MeasurementFactory(DjangoModelFactory):
    """A bare number; `record_measurement` is what also says whether it is out of bounds."""

    class Meta:
        model = Measurement

    bound = SubFactory(BoundFactory)
    value = Decimal(21_000)
    on = LazyFunction(today)
    author = SubFactory(UserFactory)


class FlagFactory(DjangoModelFactory):
    """A bare flag on all who owe it; `raise_flag` is what also marks their obligations."""

    class Meta:
        model = Flag

    commitment = SubFactory(CommitmentFactory)
    kind = Flag.Kind.DISPUTED
    reason = "The parties read the line differently."
    author = SubFactory(UserFactory)


class DependencyFactory(DjangoModelFactory):
    class Meta:
        model = Dependency

    commitment = SubFactory(CommitmentFactory)
    on = SubFactory(CommitmentFactory, process=SelfAttribute("..commitment.process"))


class BreachFactory(DjangoModelFactory):
    """A bare allegation; `allege_breach` is what also begins its steps."""

    class Meta:
        model = Breach

    obligation = SubFactory(ObligationFactory)
    number = Sequence(lambda n: n + 1001)
    what = "Two tanks were seen inside the zone."
    learned_on = LazyFunction(today)
    entered_by = SubFactory(UserFactory)


class BreachStepFactory(DjangoModelFactory):
    class Meta:
        model = BreachStep

    breach = SubFactory(BreachFactory)
    number = Sequence(lambda n: n + 1)
    state = Breach.State.ALLEGED
    on = LazyFunction(today)
    author = SubFactory(UserFactory)


class EvidenceFactory(DjangoModelFactory):
    """A link."""

    class Meta:
        model = Evidence

    commitment = SubFactory(CommitmentFactory)
    number = Sequence(lambda n: n + 1001)
    title = Sequence(lambda n: f"Transfer list {n}")
    source = "The mission's own patrol"
    url = "https://archive.example/list"
    added_by = SubFactory(UserFactory)


class NoteFactory(DjangoModelFactory):
    """Its delegation's own; its author need not act for that."""

    class Meta:
        model = Note

    commitment = SubFactory(CommitmentFactory)
    number = Sequence(lambda n: n + 1001)
    text = Sequence(lambda n: f"We could live with {n} days.")
    delegation = SubFactory(PartyFactory, process=SelfAttribute("..commitment.process"))
    author = SubFactory(UserFactory)


class ReleaseFactory(DjangoModelFactory):
    """Of evidence, unless `record` is another restricted record; `process` goes with that."""

    class Meta:
        model = Release

    class Params:
        record = SubFactory(EvidenceFactory)

    process = LazyAttribute(lambda row: process_of(row.record))
    object_type = LazyAttribute(lambda row: row.record._meta.model_name)
    object_id = LazyAttribute(lambda row: row.record.pk)
    party = SubFactory(PartyFactory, process=SelfAttribute("..process"))
    reason = "Their engineers clear the same field."
    released_by = SubFactory(UserFactory)


class ReminderPolicyFactory(DjangoModelFactory):
    class Meta:
        model = ReminderPolicy
        django_get_or_create = ("process", "body")

    process = SubFactory(ProcessFactory)
    body = None


class SavedViewFactory(DjangoModelFactory):
    class Meta:
        model = SavedView

    process = SubFactory(ProcessFactory)
    owner = SubFactory(UserFactory)
    name = Sequence(lambda n: f"View {n}")


class BulkChangeFactory(DjangoModelFactory):
    class Meta:
        model = BulkChange

    process = SubFactory(ProcessFactory)
    actor = SubFactory(UserFactory)
    kind = BulkChange.Kind.PRIORITY
    items = LazyFunction(lambda: [{"commitment": 1, "before": 2, "after": 1}])
