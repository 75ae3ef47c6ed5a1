"""A row of every model in one process, with one word in every text that people read."""

from datetime import timedelta
from typing import Any

from django.db.models import CharField, Model, TextField

from accounts.models import User
from coordination.commitments.models import Level
from coordination.outbox.models import Message
from coordination.portability.models import ProcessFile
from coordination.processes.models import Process
from tests import factories


def furnish(process: Process, word: str) -> dict[str, Any]:
    """Rows by model name; the process and its coordinator must be there."""
    person = factories.UserFactory(name=f"{word} person", function=f"{word} function")
    factories.MembershipFactory(process=process, user=person, role="observer")
    party = factories.PartyFactory(process=process)
    affiliation = factories.AffiliationFactory(party=party)
    anchor_date = factories.AnchorDateFactory(anchor__process=process)
    body = factories.BodyFactory(process=process)
    protocol = factories.ProtocolFactory(body=body)
    seat = factories.SeatFactory(body=body, party=party)
    channel = factories.ContactChannelFactory(body=body)
    responsibility = factories.ResponsibilityFactory(process=process)
    provision = factories.ProvisionFactory(agreement__process=process)
    commitment = factories.CommitmentFactory(
        process=process, provision=provision, lead_body=body, verifying_body=body
    )
    obligation = factories.ObligationFactory(commitment=commitment, party=party, focal_point=person)
    event = factories.TriggerEventFactory(trigger__process=process, recorded_by=person)
    expected = factories.ExpectedOccurrenceFactory(obligation=obligation, opened_by=event)
    check_in = factories.CheckInFactory(obligation=obligation, expected=expected)
    breach = factories.BreachFactory(obligation=obligation, alleged_by=party, entered_by=person)
    bound = factories.BoundFactory(commitment=commitment, obligation=obligation)
    message = factories.MessageFactory(process=process, recipient=person)
    occurrence = factories.OccurrenceFactory(
        obligation=obligation, recipient=person, check_in=check_in
    )
    review = factories.ReviewFactory(
        body=body, series=factories.ReviewSeriesFactory(body=body), place="Hall"
    )
    item = factories.AgendaItemFactory(review=review, commitment=commitment)
    rows: list[Model] = [
        *(process, party, anchor_date.anchor, anchor_date, body, protocol, seat),
        process.memberships.filter(user=person).get(),
        factories.InvitationFactory(process=process, invited_by=person),
        factories.QuorumPartFactory(protocol=protocol),
        factories.DisputeStepFactory(protocol=protocol),
        factories.TermFactory(seat=seat, holder=person),
        # Texts are made alike later on: no two holidays of one name may begin on one day.
        factories.HolidayFactory(
            process=process,
            first_on=factories.today() + timedelta(days=process.holidays.count()),
        ),
        factories.ReminderPolicyFactory(process=process),
        *(affiliation, channel, factories.ChannelTestFactory(channel=channel, tested_by=person)),
        factories.ReportingLineFactory(body=body, to_body=None, to_name="Somebody"),
        factories.FormerNameFactory(body=body),
        factories.SuccessionFactory(predecessor=body),
        factories.CompositionPartFactory(body=body),
        factories.RoleTermsFactory(body=body),
        factories.ProtocolSourceFactory(protocol=protocol),
        factories.SuccessionRequestFactory(seat=seat, party=party, asked_by=person),
        factories.NominationFactory(seat=seat, proposed_by=person),
        responsibility,
        factories.ClaimFactory(responsibility=responsibility, body=body),
        factories.AssignmentFactory(responsibility=responsibility, seat=seat),
        factories.AcceptanceFactory(process=process, accepted_by=person),
        *(provision.agreement, provision, commitment, commitment.deadline),
        factories.DeadlineTermFactory(deadline=commitment.deadline),
        factories.ReadingFactory(deadline=commitment.deadline, party=party),
        factories.ExtensionFactory(deadline=commitment.deadline, author=person),
        *(event.trigger, event, obligation, expected, check_in),
        factories.CheckInDraftFactory(obligation=obligation),
        factories.VerificationFactory(obligation=obligation, author=person),
        *(bound, factories.MeasurementFactory(bound=bound, author=person)),
        factories.FlagFactory(commitment=commitment, obligation=obligation, author=person),
        factories.DependencyFactory(
            commitment=commitment,
            on=factories.CommitmentFactory(
                process=process, lead_body=body, verifying_body=body, title=f"{word} other"
            ),
        ),
        *(breach, factories.BreachStepFactory(breach=breach, author=person)),
        factories.EvidenceFactory(
            commitment=commitment, obligation=obligation, check_in=check_in, added_by=person
        ),
        factories.NoteFactory(
            commitment=commitment, delegation=party, author=person, audience="process"
        ),
        factories.ReleaseFactory(record=check_in, party=party, released_by=person),
        *(message, factories.MessageEventFactory(message=message), occurrence),
        factories.CheckInLinkFactory(occurrence=occurrence),
        factories.AddressProblemFactory(address=person.email, message=message),
        factories.EscalationFactory(obligation=obligation, focal_point=person),
        factories.ReminderFactory(
            process=process, recipient=person, about_id=commitment.pk, message=message
        ),
        factories.MeetingNoticeFactory(review=review, recipient=person, message=message),
        *(review.series, review, item),
        factories.AttendanceFactory(review=review, seat=seat, person=person),
        factories.OutcomeFactory(
            item=item,
            recorded_by=person,
            kind="finding",
            obligation=obligation,
            level=Level.MINIMUM,
        ),
        *_of_review(review, item, seat, person),
        factories.SavedViewFactory(process=process, owner=person),
        factories.BulkChangeFactory(
            process=process,
            actor=person,
            items=[{"commitment": commitment.pk, "before": 2, "after": 1}],
        ),
        factories.FormDraftFactory(owner=person, page=f"/p/{process.slug}/commitments/new/"),
        factories.LastLookFactory(reader=person),
    ]
    keeps = process.memberships.filter(role="coordinator").first()
    rows.append(factories.ApiTokenFactory(user=keeps.user if keeps else person))
    if not ProcessFile.objects.filter(process=process).exists():
        rows.append(factories.ProcessFileFactory(process=process))
    for row in rows:
        _write(row, word)
    entry = factories.EntryFactory(process=process, actor=person, summary=f"{word} summary")
    checkpoint = factories.CheckpointFactory(process=process)
    process.chain.refresh_from_db()
    last = (entry, process.chain, checkpoint, factories.HeartbeatFactory())
    return {row._meta.model_name or "": row for row in (*rows, person, *last)}


def _of_review(review: Any, item: Any, seat: Any, person: User) -> list[Model]:
    """What else belongs to a meeting, and a report."""
    body = review.body
    decision = factories.OutcomeFactory(item=item, recorded_by=person, kind="decision")
    minutes = factories.MinutesFactory(review=review, drafted_by=person)
    section = factories.MinutesSectionFactory(minutes=minutes, item=item)
    dispute = factories.DisputeFactory(body=body, item=item, raised_by=person)
    report = factories.ReportFactory(process=body.process, issued_by=body, created_by=person)
    return [
        *(decision, minutes, section, dispute, report),
        factories.BallotFactory(outcome=decision, seat=seat, person=person),
        factories.ReplyFactory(review=review, person=person),
        factories.AgendaRulesFactory(body=body),
        factories.StandingItemFactory(body=body),
        factories.ProposalFactory(review=review, proposed_by=person),
        factories.MinutesCommentFactory(section=section, author=person),
        factories.DisputeStageFactory(dispute=dispute),
        factories.ReportSectionFactory(report=report),
        factories.ReportFileFactory(report=report, requested_by=person),
        factories.DispatchFactory(minutes=minutes),
        factories.CalendarFeedFactory(owner=person, body=body),
    ]


def _write(row: Model, word: str) -> None:
    """Put the word into every free text; keys, choices and rules stay."""
    kept = {"slug", "key", "code", "rule", "time_zone", "sha256", "token_hash", "state", "number"}
    kept |= {"subject", "facts", "object_type", "start", "digest", "corrects", "language"}
    texts = {}
    for field in row._meta.concrete_fields:
        free = isinstance(field, CharField | TextField) and type(field).__name__ in (
            *("CharField", "TextField"),
        )
        if free and not field.choices and field.name not in kept and not field.unique:
            texts[field.name] = f"{word} {field.name}"
    if isinstance(row, Message):
        texts["body_text"] += " ~capability:" + "N" * 43 + "~"
    if texts:
        type(row)._base_manager.filter(pk=row.pk).update(**texts)
        row.refresh_from_db()


def keeper(process: Process, name: str) -> User:
    """A coordinator of the process who may open the admin."""
    user = factories.UserFactory(name=name, is_staff=True)
    factories.MembershipFactory(process=process, user=user, role="coordinator")
    return user
