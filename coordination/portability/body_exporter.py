"""Writing bodies, their seats and protocols, and who does what, as a process file has them."""

from collections.abc import Iterator

from django.db.models import Prefetch

from coordination.base.recurrence import without_end
from coordination.bodies.models import (
    Assignment,
    Body,
    ChannelTest,
    Claim,
    CompositionPart,
    ContactChannel,
    DisputeStep,
    Protocol,
    ProtocolSource,
    ReportingLine,
    Responsibility,
    Seat,
    Succession,
    Term,
)
from coordination.reviews.models import ReviewSeries

from . import body_schema as schema
from .written import Written, lasting, made


def bodies(written: Written) -> list[schema.Body]:
    """The bodies in the order in which they were entered, each with all that is about it."""
    rows = written.process.bodies.order_by("pk").prefetch_related(
        "former_names",
        "role_terms",
        "composition_parts",
        "lines",
        "protocol__sources",
        "protocol__quorum_parts",
        Prefetch("protocol__dispute_steps", DisputeStep.objects.select_related("seat")),
        Prefetch("precessions", Succession.objects.order_by("pk")),
        Prefetch("seats", Seat.objects.order_by("pk")),
        Prefetch(
            "seats__terms",
            Term.objects.select_related("holder", "alternate").order_by("starts_on", "pk"),
        ),
        Prefetch("channels", ContactChannel.objects.order_by("order", "pk")),
        Prefetch(
            "channels__tests",
            ChannelTest.objects.select_related("tested_by").order_by("tested_at", "pk"),
        ),
        Prefetch("review_series", ReviewSeries.objects.order_by("pk")),
    )
    return [_body(written, row) for row in rows]


def _body(written: Written, row: Body) -> schema.Body:
    lines = list(row.lines.all())
    protocol = getattr(row, "protocol", None)
    return made(
        schema.Body,
        code=row.code,
        name=row.name,
        former_names=[
            made(schema.FormerName, name=old.name, ended=old.until)
            for old in row.former_names.all()
        ],
        reports_to=_lines(written, lines, ReportingLine.Kind.REPORTS_TO),
        informs=_lines(written, lines, ReportingLine.Kind.INFORMS),
        liaises_with=_lines(written, lines, ReportingLine.Kind.LIAISON),
        succeeds=[
            made(
                schema.Succession,
                body=written.body(one.predecessor_id),
                how=one.kind,
                on=one.on,
                article=one.source,
            )
            for one in row.precessions.all()
        ],
        track=row.track,
        legal_basis=row.legal_basis,
        mandate=row.mandate,
        authority=row.authority,
        composition=row.composition,
        composition_parts=[_part(part) for part in row.composition_parts.all()],
        established=row.established_on,
        ended=row.ended_on,
        roles=[
            made(
                schema.RoleTerms,
                role=one.role,
                authority=one.authority,
                scope=one.scope,
                article=one.source,
            )
            for one in row.role_terms.all()
        ],
        protocol=_protocol(written, protocol) if protocol else None,
        seats=[_seat(written, seat) for seat in row.seats.all()],
        channels=[_channel(written, channel) for channel in row.channels.all()],
        review_series=[_series(series) for series in row.review_series.all()],
    )


def _lines(written: Written, lines: list[ReportingLine], kind: str) -> list[schema.Line]:
    """A code alone says to whom a line leads, save that of a party that a body has too."""
    found = []
    for row in lines:
        if row.kind != kind:
            continue
        party = written.party(row.to_party_id)
        shared = party in written.shared
        found.append(
            made(
                schema.Line,
                to=written.body(row.to_body_id) or (None if shared else party),
                party=party if shared else None,
                name=row.to_name,
                article=row.source,
                **lasting(row),
            )
        )
    return found


def _part(row: CompositionPart) -> schema.CompositionPart:
    return made(
        schema.CompositionPart,
        group=row.group,
        seats=row.seats,
        counts_as=row.counts_as,
        named_by=row.named_by,
    )


def _seat(written: Written, row: Seat) -> schema.Seat:
    return made(
        schema.Seat,
        number=row.number,
        role=row.role,
        title=row.title,
        authority=row.authority,
        party=written.party(row.party_id),
        group=row.group,
        vote=row.vote,
        terms=[
            made(
                schema.Term,
                holder=written.person(term.holder),
                alternate=written.person(term.alternate),
                starts=term.starts_on,
                until=term.ends_on,
                tenure=term.tenure,
                handover=term.handover,
            )
            for term in row.terms.all()
        ],
        **lasting(row),
    )


def _channel(written: Written, row: ContactChannel) -> schema.Channel:
    return made(
        schema.Channel,
        kind=row.kind,
        address=row.address,
        hours=row.hours,
        tests=[
            made(
                schema.ChannelTest,
                at=written.calendar.written(test.tested_at),
                worked=test.worked,
                remark=test.remark,
                by=written.person(test.tested_by),
            )
            for test in row.tests.all()
        ],
        **lasting(row),
    )


def _series(row: ReviewSeries) -> schema.ReviewSeries:
    rule, last, ends_on = row.rule, None, row.ends_on
    if "UNTIL=" in rule.upper():
        rule, last = without_end(rule, row.body.process.zone, row.clock)
    return made(
        schema.ReviewSeries,
        name=row.name,
        rule=rule,
        starts=row.starts_on,
        until=min(last, ends_on) if last and ends_on else last or ends_on,
        time=row.clock,
        place=row.place,
        lasts_minutes=row.lasts_minutes,
        video_link=row.video_link,
    )


def _protocol(written: Written, row: Protocol) -> schema.Protocol:
    sources = [one for one in row.sources.all() if one.article or one.wording]
    whole = None
    if sources and sources[0].topic == ProtocolSource.Topic.WHOLE:
        whole = sources.pop(0)
    return made(
        schema.Protocol,
        meets=made(schema.Meets, times=row.meets_times, per=row.meets_per)
        if row.meets_times
        else None,
        convened_by=row.convened_by,
        agenda_closes_hours=row.agenda_closes_hours,
        quorum=row.quorum,
        quorum_share=row.quorum_share,
        quorum_parts=[
            made(schema.QuorumPart, group=part.group, at_least=part.minimum)
            for part in row.quorum_parts.all()
        ],
        quorum_needs_chair=row.quorum_needs_chair,
        decides_by=row.decision_rule,
        majority=row.majority,
        majority_of=row.majority_of,
        silence_hours=row.silence_hours,
        dispute_steps=[_step(written, row, step) for step in row.dispute_steps.all()],
        reports_per=row.reports_per,
        reporting_duty=row.reporting_duty,
        article=whole.article if whole else None,
        wording=whole.wording if whole else None,
        sources=[
            made(schema.Source, topic=one.topic, article=one.article, wording=one.wording)
            for one in sources
        ],
    )


def _step(written: Written, protocol: Protocol, row: DisputeStep) -> schema.DisputeStep:
    seat = None
    if row.seat:
        elsewhere = row.seat.body_id != protocol.body_id
        body = written.body(row.seat.body_id) if elsewhere else None
        seat = made(schema.SeatName, body=body, number=row.seat.number)
    return made(
        schema.DisputeStep,
        who=row.who,
        seat=seat,
        body=written.body(row.to_body_id),
        party=written.party(row.to_party_id),
        within_hours=row.within_hours,
    )


def responsibilities(written: Written) -> list[schema.Responsibility]:
    rows = written.process.responsibilities.order_by("pk").prefetch_related(
        Prefetch("claims", Claim.objects.order_by("pk")),
        Prefetch("assignments", Assignment.objects.select_related("seat").order_by("pk")),
    )
    return [_responsibility(written, row) for row in rows]


def _responsibility(written: Written, row: Responsibility) -> schema.Responsibility:
    return made(
        schema.Responsibility,
        name=row.name,
        description=row.description,
        article=row.source,
        claimed_by=[
            made(
                schema.Claim,
                body=written.body(claim.body_id),
                article=claim.source,
                **lasting(claim),
            )
            for claim in row.claims.all()
        ],
        accountable=list(_holders(written, row, Assignment.Letter.ACCOUNTABLE)),
        responsible=list(_holders(written, row, Assignment.Letter.RESPONSIBLE)),
        consulted=list(_holders(written, row, Assignment.Letter.CONSULTED)),
        informed=list(_holders(written, row, Assignment.Letter.INFORMED)),
        **lasting(row),
    )


def _holders(written: Written, row: Responsibility, letter: str) -> Iterator[schema.Holder]:
    for one in row.assignments.all():
        if one.letter == letter:
            yield made(
                schema.Holder,
                body=written.body(one.seat.body_id if one.seat else one.body_id),
                seat=one.seat.number if one.seat else None,
                **lasting(one),
            )
