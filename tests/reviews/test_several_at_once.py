"""What people do at the same time, twice, too late or for a day that is no day of theirs."""

import datetime as dt
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from coordination.base.errors import Refused
from coordination.bodies.models import Body, Protocol
from coordination.ledger.actions import Origin
from coordination.ledger.signing import digest_of
from coordination.processes.models import Party, Process
from coordination.reviews import actions
from coordination.reviews.actions import Presence
from coordination.reviews.actions.dispatching import mail_of_report
from coordination.reviews.agenda import compile_agenda
from coordination.reviews.models import AgendaItem, Outcome, Report, Review
from coordination.reviews.reports.figures import figures_of
from coordination.reviews.sealing import verify_reports
from tests.conftest import member
from tests.factories import (
    AgendaItemFactory,
    OutcomeFactory,
    ReportFactory,
    ReportingLineFactory,
    ReviewFactory,
    ReviewSeriesFactory,
    SeatFactory,
    TermFactory,
)

pytestmark = pytest.mark.django_db


def by(actor: User) -> dict[str, Any]:
    return {"actor": actor, "origin": Origin.WEB}


@pytest.fixture
def page(client: Client, bob: User) -> Client:
    client.force_login(bob)
    return client


def test_what_is_carried_over_comes_back_whoever_leads_it(
    session: AgendaItem, lead_body: Body, verifying_body: Body, bob: User
) -> None:
    commitment, review = session.commitment, session.review
    assert commitment is not None
    commitment.lead_body = verifying_body
    commitment.save()
    actions.close_review(review=review, **by(bob))
    later = review.starts_at + dt.timedelta(days=30)
    entries = compile_agenda(ReviewFactory(body=lead_body, starts_at=later), timezone.now())
    assert [(one.commitment, one.carried_from) for one in entries] == [(commitment, session)]


def test_the_silence_of_nobody_is_no_consent(
    session: AgendaItem, lead_body: Body, bob: User
) -> None:
    Protocol.objects.update_or_create(body=lead_body, defaults={"silence_hours": 1})
    lead_body.seats.update(vote="advising")
    said = {"text": "Open it.", "submission": uuid.uuid4(), "by_silence": True}
    with pytest.raises(Refused, match="nobody could object"):
        actions.record_decision(item=session, **said, **by(bob))


def test_a_vote_is_not_lost_where_its_seat_is_marked_as_gone_meanwhile(
    page: Client, session: AgendaItem, lead_body: Body, bob: User
) -> None:
    Protocol.objects.update_or_create(body=lead_body, defaults={"decision_rule": "consensus"})
    first = lead_body.seats.get()
    other = TermFactory(seat=SeatFactory(body=lead_body, number=2, vote="voting"))
    here = {first.pk: Presence("present", bob), other.seat_id: Presence("present", other.holder)}
    actions.mark_attendance(review=session.review, presences=here, **by(bob))
    gone = {other.seat_id: Presence("absent")}
    actions.mark_attendance(review=session.review, presences=gone, **by(bob))
    form = {
        "decision": "1",
        "decision-text": "The corridor opens.",
        f"decision-vote-{first.pk}": "yes",
        f"decision-vote-{other.seat_id}": "no",
    }
    answer = page.post(reverse("review-item", args=["valley", session.review_id, 1]), form)
    assert answer.status_code == 422
    assert "Who is present has changed meanwhile" in answer.content.decode()
    assert not Outcome.objects.exists()


def test_who_marks_a_seat_does_not_wipe_out_who_else_is_in_the_room(
    page: Client, session: AgendaItem, bob: User, coordinator: User
) -> None:
    review = session.review
    url = reverse("review-attendance", args=["valley", review.pk])
    form = page.get(url).context["form"]
    sent = {form[name].html_name: form[name].value() or "" for name in form.fields}
    actions.mark_attendance(review=review, presences={}, also_present="UNHCR", **by(coordinator))
    mine = {f"attendance-{review.body.seats.get().pk}": f"present {bob.pk}"}
    assert page.post(url, sent | mine).status_code == 302
    other = page.post(url, sent | mine | {"attendance-also_present": "ICRC"})
    assert other.status_code == 422
    assert "UNHCR" in other.content.decode()
    review.refresh_from_db()
    assert (review.also_present, review.attendance.count()) == ("UNHCR", 1)


def test_of_two_who_change_the_rules_of_an_agenda_the_second_reads_the_first(
    page: Client, lead_body: Body, coordinator: User
) -> None:
    url = reverse("agenda-rules", args=["valley", lead_body.code])
    form = page.get(url).context["form"]
    sent = {"ahead_days": 14, "opening": "Adoption", "closing": "", "seen": form["seen"].value()}
    rest = {"ahead_days": 14, "leaves_out": [], "closing": [], "body": lead_body}
    for _again in range(2):
        actions.set_agenda_rules(opening=["Prayer", "Prayer"], **rest, **by(coordinator))
    titles = lead_body.standing_items.filter(withdrawn_at=None).values_list("title", flat=True)
    assert list(titles) == ["Prayer"]
    refused = page.post(url, sent)
    assert refused.status_code == 422
    assert "The standing items are now: Prayer" in refused.content.decode()
    again = sent | {"seen": refused.context["form"]["seen"].value()}
    assert [page.post(url, again).status_code for _press in range(2)] == [302, 302]
    assert list(titles.all()) == ["Adoption"]


def test_what_was_taken_back_is_taken_back_once(
    page: Client, session: AgendaItem, bob: User
) -> None:
    made = OutcomeFactory(item=session, recorded_by=bob)
    url = reverse("review-withdraw", args=["valley", session.review_id, made.pk])
    assert [page.post(url, {"because": "Mistake"}).status_code for _press in range(2)] == [302, 302]


def test_one_who_had_no_address_is_not_sent_twice(
    process: Process, lead_body: Body, bob: User, party: Party
) -> None:
    ReportingLineFactory(body=lead_body, kind="informs", to_body=None, to_party=party)
    approved = {"approved_at": timezone.now(), "approved_by": bob, "digest": "0" * 64}
    report = ReportFactory(process=process, issued_by=lead_body, **approved)
    sent = actions.dispatch_report(report=report, **by(bob))
    unknown = next(one for one in sent if not one.address)
    member(process, "Zoe", "delegate", party)
    actions.dispatch_report(report=report, **by(bob))
    again = actions.dispatch_again(dispatch=unknown, mail=mail_of_report(report), **by(bob))
    assert again == []


@pytest.mark.parametrize(("days", "status"), [(-1, 422), (7, 302), (3000, 422)])
def test_a_reply_puts_no_day_into_the_calendar_that_is_past_or_far_off(
    page: Client, lead_body: Body, days: int, status: int
) -> None:
    series = ReviewSeriesFactory(
        body=lead_body, rule="FREQ=DAILY", starts_on=lead_body.process.today() - dt.timedelta(9)
    )
    day = lead_body.process.today() + dt.timedelta(days)
    url = reverse("occurrence-reply", args=["valley", series.pk, day])
    assert page.post(url, {"reply-answer": "comes"}).status_code == status
    assert Review.objects.filter(held_on=day).exists() == (status == 302)


def test_no_rhythm_goes_on_beyond_the_calendar(page: Client, lead_body: Body) -> None:
    series = ReviewSeriesFactory(body=lead_body, rule="FREQ=DAILY", starts_on=dt.date(2190, 1, 1))
    url = reverse("occurrence", args=["valley", series.pk, "9999-12-31"])
    assert page.get(url).status_code == 404


@pytest.mark.parametrize("since", ["9999-12-31", "0001-01-01"])
def test_a_body_is_not_followed_from_a_day_that_no_process_has(
    page: Client, lead_body: Body, since: str
) -> None:
    often = {"meets_times": 1, "meets_per": "week"}
    Protocol.objects.update_or_create(body=lead_body, defaults=often)
    url = reverse("follow-through", args=["valley", lead_body.code])
    assert page.get(url, {"since": since}).status_code == 200


def test_a_proposal_that_was_silent_until_after_the_period_is_not_decided_in_it(
    process: Process, lead_body: Body
) -> None:
    now, day = timezone.now(), process.today() - dt.timedelta(days=3)
    then = now - dt.timedelta(days=3)
    review = ReviewFactory(body=lead_body, held_on=day, opened_at=then, state="minutes_draft")
    OutcomeFactory(
        item=AgendaItemFactory(review=review),
        kind="decision",
        rule="silence",
        carried=True,
        text="Open it.",
        recorded_at=then,
        silence_until=now - dt.timedelta(hours=1),
    )
    for until, decided in ((day, []), (process.today(), ["Open it."])):
        report = ReportFactory(process=process, issued_by=lead_body, period_until=until)
        assert figures_of(report)["meetings"][0]["decisions"] == decided


def test_a_report_that_was_changed_after_its_approval_does_not_fit_the_ledger(
    process: Process, lead_body: Body, bob: User
) -> None:
    report = ReportFactory(process=process, issued_by=lead_body)
    seen = digest_of(figures_of(report))
    report = actions.approve_report(report=report, seen=seen, **by(bob))
    assert list(verify_reports(process)) == []
    Report.objects.filter(pk=report.pk).update(figures=report.figures | {"title": "Another"})
    assert [fault.problem for fault in verify_reports(process)] == [
        f"report “{report}”: their text does not fit their digest"
    ]
