"""Meetings, their agendas, what came of them, and reports."""

import datetime as dt
import hashlib
import uuid

from factory import LazyAttribute, LazyFunction, SelfAttribute, Sequence, SubFactory
from factory.django import DjangoModelFactory

from coordination.reviews.models import (
    AgendaItem,
    AgendaRules,
    Attendance,
    Ballot,
    CalendarFeed,
    Dispatch,
    Dispute,
    DisputeStage,
    Minutes,
    MinutesComment,
    MinutesSection,
    Outcome,
    Proposal,
    Reply,
    Report,
    ReportFile,
    ReportSection,
    Review,
    ReviewSeries,
    StandingItem,
)

from .bodies import BodyFactory, SeatFactory
from .processes import ProcessFactory, UserFactory, today


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
    series = None
    held_on = LazyFunction(lambda: today() + dt.timedelta(days=3))
    series_day = LazyAttribute(lambda review: review.held_on if review.series else None)
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


class BallotFactory(DjangoModelFactory):
    class Meta:
        model = Ballot

    outcome = SubFactory(OutcomeFactory, kind=Outcome.Kind.DECISION)
    seat = SubFactory(SeatFactory, body=SelfAttribute("..outcome.item.review.body"))
    vote = "no"


class ReplyFactory(DjangoModelFactory):
    class Meta:
        model = Reply

    review = SubFactory(ReviewFactory)
    person = SubFactory(UserFactory)
    answer = Reply.Answer.COMES


class AgendaRulesFactory(DjangoModelFactory):
    class Meta:
        model = AgendaRules

    body = SubFactory(BodyFactory)


class StandingItemFactory(DjangoModelFactory):
    class Meta:
        model = StandingItem

    body = SubFactory(BodyFactory)
    title = Sequence(lambda n: f"Standing item {n}")


class ProposalFactory(DjangoModelFactory):
    class Meta:
        model = Proposal

    review = SubFactory(ReviewFactory)
    title = Sequence(lambda n: f"Proposed item {n}")
    proposed_by = SubFactory(UserFactory)


class MinutesFactory(DjangoModelFactory):
    class Meta:
        model = Minutes

    review = SubFactory(ReviewFactory, state=Review.State.MINUTES_DRAFT)


class MinutesSectionFactory(DjangoModelFactory):
    class Meta:
        model = MinutesSection

    minutes = SubFactory(MinutesFactory)
    order = Sequence(lambda n: n + 1001)
    heading = Sequence(lambda n: f"Section {n}")


class MinutesCommentFactory(DjangoModelFactory):
    class Meta:
        model = MinutesComment

    section = SubFactory(MinutesSectionFactory)
    text = "It was at ten, not at eleven."
    author = SubFactory(UserFactory)


class DisputeFactory(DjangoModelFactory):
    class Meta:
        model = Dispute

    body = SubFactory(BodyFactory)
    number = Sequence(lambda n: n + 1001)
    subject = Sequence(lambda n: f"Disagreement {n}")
    disagreement = "One counts from the signature, the other from the entry into force."
    raised_by = SubFactory(UserFactory)


class DisputeStageFactory(DjangoModelFactory):
    class Meta:
        model = DisputeStage

    dispute = SubFactory(DisputeFactory)
    number = Sequence(lambda n: n + 1001)
    who = "The chair proposes a way out"


class ReportFactory(DjangoModelFactory):
    class Meta:
        model = Report

    process = SubFactory(ProcessFactory)
    issued_by = SubFactory(BodyFactory, process=SelfAttribute("..process"))
    number = Sequence(lambda n: n + 1001)
    title = Sequence(lambda n: f"Report {n}")
    period_from = LazyFunction(lambda: today() - dt.timedelta(days=90))
    period_until = LazyFunction(today)
    created_by = SubFactory(UserFactory)


class ReportSectionFactory(DjangoModelFactory):
    class Meta:
        model = ReportSection

    report = SubFactory(ReportFactory)
    part = ReportSection.Part.SUMMARY
    order = 1


class ReportFileFactory(DjangoModelFactory):
    class Meta:
        model = ReportFile

    report = SubFactory(ReportFactory)
    format = ReportFile.Format.PDF
    requested_by = SubFactory(UserFactory)


class DispatchFactory(DjangoModelFactory):
    class Meta:
        model = Dispatch

    process = SelfAttribute("minutes.review.body.process")
    minutes = SubFactory(MinutesFactory)
    addressee = Sequence(lambda n: f"Addressee {n}")


class CalendarFeedFactory(DjangoModelFactory):
    """A feed whose address holds `token`; only its hash is stored."""

    class Meta:
        model = CalendarFeed

    class Params:
        token = Sequence(lambda n: f"feed-{n}")

    owner = SubFactory(UserFactory)
    body = SubFactory(BodyFactory)
    token_hash = LazyAttribute(lambda feed: hashlib.sha256(feed.token.encode()).hexdigest())
