"""Minutes and reports on their way, with a row for each addressee that says what became of it."""

import uuid
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone

from accounts.models import User
from coordination.bodies.models import Body, ReportingLine, Seat
from coordination.ledger.actions import Origin
from coordination.ledger.models import Entry
from coordination.ledger.signing import digest_of
from coordination.outbox.models import Message
from coordination.processes.models import Membership, Party, Process
from coordination.reviews import actions
from coordination.reviews.actions.dispatching import mail_of_minutes
from coordination.reviews.dispatches import dispatches_of
from coordination.reviews.minutes_text import content_of
from coordination.reviews.models import AgendaItem, Dispatch, Minutes, Outcome
from tests.conftest import member, seated
from tests.factories import (
    BodyFactory,
    OutcomeFactory,
    ReportFactory,
    ReportFileFactory,
    ReportingLineFactory,
    ReportSectionFactory,
)

pytestmark = pytest.mark.django_db

Kind = ReportingLine.Kind
State = Message.State


def by(actor: User) -> dict[str, Any]:
    return {"actor": actor, "origin": Origin.WEB}


def line_to(body: Body, kind: str = Kind.INFORMS, **to: Any) -> ReportingLine:
    return ReportingLineFactory(body=body, kind=kind, **{"to_body": None} | to)


@pytest.fixture
def draft(session: AgendaItem, bob: User) -> Minutes:
    OutcomeFactory(item=session, text="The report was heard.", recorded_by=bob)
    return actions.close_review(review=session.review, **by(bob)).minutes.get()


def approve(minutes: Minutes, actor: User) -> Minutes:
    seen = digest_of(content_of(minutes))
    return actions.approve_minutes(minutes=minutes, seen=seen, **by(actor))


def sent_to(minutes: Minutes) -> dict[str, str]:
    return dict(minutes.dispatches.values_list("addressee", "address"))


def test_minutes_go_along_the_lines_of_the_day_and_to_who_sits_in_the_body(
    draft: Minutes, lead_body: Body, bob: User, alice: User, party: Party, process: Process
) -> None:
    above = BodyFactory(process=process, name="Steering Board")
    seated(member(process, "Sue", Membership.Role.OBSERVER), above, Seat.Role.SECRETARY)
    seated(member(process, "Max", Membership.Role.OBSERVER), above, Seat.Role.MEMBER)
    alternate = member(process, "Ann", Membership.Role.OBSERVER)
    lead_body.seats.get().terms.update(alternate=alternate)
    line_to(lead_body, Kind.REPORTS_TO, to_body=above)
    line_to(lead_body, to_party=party)
    line_to(lead_body, to_name="Security Council", email="registry@council.example")
    line_to(lead_body, to_name="Nobody knows where")
    line_to(lead_body, Kind.LIAISON, to_name="A friend", email="friend@people.example")
    line_to(lead_body, to_name="In former times", email="old@people.example",
            ended_on=process.today())  # fmt: skip
    minutes = approve(draft, bob)
    assert sent_to(minutes) == {
        "Steering Board: Sue": "sue@people.example",
        "Avaria: Alice": "alice@people.example",
        "Security Council": "registry@council.example",
        "Nobody knows where": "",
        "Ann": "ann@people.example",
        "Bob": "bob@people.example",
    }
    nowhere = minutes.dispatches.get(address="")
    assert nowhere.message is None
    entry = Entry.objects.get(verb="minutes.dispatched")
    assert "@" not in f"{entry.summary} {entry.after}"
    assert next(iter(entry.after["to"]))[0] == "Steering Board: Sue"


def test_who_is_reached_under_one_address_gets_one_mail(
    draft: Minutes, lead_body: Body, bob: User
) -> None:
    for name in ("Registry", "Archive"):
        line_to(lead_body, to_name=name, email="Office@council.example")
    line_to(lead_body, to_name="The chair at home", email=bob.email)
    minutes = approve(draft, bob)
    assert set(sent_to(minutes)) == {"Registry", "Archive", "The chair at home"}
    mails = Message.objects.filter(about_type="minutes")
    assert sorted(mails.values_list("to_address", "recipient")) == [
        ("Office@council.example", None),
        (bob.email, bob.pk),
    ]


def test_who_cannot_sign_in_reads_all_of_it_in_the_mail(
    draft: Minutes, lead_body: Body, bob: User
) -> None:
    bob.language = "fr"
    bob.save()
    line_to(lead_body, to_name="Council", email="registry@council.example")
    section = draft.sections.get(order=2)
    actions.edit_minutes(section=section, text="Words of the section", seen=1, **by(bob))
    minutes = approve(draft, bob)
    outside = Message.objects.get(recipient=None)
    held = draft.review.held_on
    day = f"{held.day} {held:%b %Y}"
    assert outside.subject == f"Minutes of review 5, Joint Military Commission, {day}"
    for body in (outside.body_text, outside.body_html):
        assert "Words of the section" in body
        assert "The report was heard." in body
        assert minutes.digest in body
        assert "http" not in body.replace("http-equiv", "")
    assert "Council is an addressee of Joint Military Commission" in " ".join(
        outside.body_text.split()
    )
    own = Message.objects.get(recipient=bob)
    assert f"/p/valley/reviews/{draft.review_id}/minutes/1/" in own.body_text
    assert own.subject.startswith("Compte rendu de la réunion de suivi 5")
    assert "Words of the section" in own.body_text


def test_nothing_is_sent_twice_and_what_failed_goes_once_more_to_the_address_of_today(
    draft: Minutes, lead_body: Body, bob: User
) -> None:
    line = line_to(lead_body, to_name="Council", email="old@council.example")
    minutes = approve(draft, bob)
    row = minutes.dispatches.get(line=line)
    mail = mail_of_minutes(minutes)
    again = {"dispatch": row, "mail": mail, **by(bob)}
    assert actions.dispatch_minutes(minutes=minutes, **by(bob)) == []
    assert actions.dispatch_again(**again) == []
    Message.objects.filter(pk=row.message_id).update(state=State.FAILED)
    assert [one.pk for one in actions.dispatch_again(**again)] == [row.pk]
    assert actions.dispatch_again(**again) == []
    former = row.message_id
    row.refresh_from_db()
    assert (row.message.again_of_id, row.message.state) == (former, State.PENDING)
    Message.objects.update(state=State.FAILED)
    ReportingLine.objects.filter(pk=line.pk).update(email="new@council.example")
    row = Dispatch.objects.get(pk=row.pk)
    actions.dispatch_again(**again | {"dispatch": row})
    rows = minutes.dispatches.filter(line=line).values_list("address", "message__state")
    assert list(rows) == [("old@council.example", "failed"), ("new@council.example", "pending")]
    shown = {one.dispatch.address: one.may_go_again for one in dispatches_of(minutes, bob)}
    assert shown == {
        "old@council.example": False,
        "new@council.example": False,
        bob.email: True,
    }


def test_an_addressee_whose_address_is_found_later_is_reached(
    draft: Minutes, lead_body: Body, bob: User
) -> None:
    line = line_to(lead_body, to_name="Council")
    minutes = approve(draft, bob)
    row = minutes.dispatches.get(line=line)
    again = {"mail": mail_of_minutes(minutes), **by(bob)}
    assert actions.dispatch_again(dispatch=row, **again) == []
    ReportingLine.objects.filter(pk=line.pk).update(email="new@council.example")
    row = Dispatch.objects.get(pk=row.pk)
    assert len(actions.dispatch_again(dispatch=row, **again)) == 1
    row = minutes.dispatches.get(line=line)
    assert (row.address, row.message.to_address) == ("new@council.example",) * 2


def test_addresses_are_for_coordinators_alone(
    draft: Minutes, lead_body: Body, bob: User, coordinator: User, alice: User, client: Client
) -> None:
    line_to(lead_body, to_name="Council", email="registry@council.example")
    minutes = approve(draft, bob)
    row = minutes.dispatches.get(addressee="Council")
    answer = "550 5.1.1 <registry@council.example> unknown"
    Message.objects.filter(pk=row.message_id).update(state=State.FAILED, error=answer)
    path = f"/p/valley/reviews/{draft.review_id}/minutes/1/"
    pages = {}
    for who in (alice, bob, coordinator):
        client.force_login(who)
        pages[who] = client.get(path).content.decode()
    for who in (alice, bob):
        assert "registry@council.example" not in pages[who]
        assert "550 5.1.1 &lt;…&gt; unknown" in pages[who]
        assert "/outbox/" not in pages[who]
    assert "550 5.1.1 &lt;registry@council.example&gt; unknown" in pages[coordinator]
    assert f"/p/valley/outbox/{row.message_id}/" in pages[coordinator]
    again = f"/p/valley/dispatches/{row.pk}/again/"
    assert [again in pages[who] for who in (alice, bob, coordinator)] == [False, True, True]
    client.force_login(alice)
    assert client.post(again).status_code == 403
    client.force_login(bob)
    assert client.post(again)["Location"] == f"{path}#dispatch"
    row.refresh_from_db()
    assert row.message.state == State.PENDING


def test_a_report_goes_to_the_addressees_with_its_file(
    lead_body: Body, bob: User, settings: Any, tmp_path: Any, client: Client
) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    line_to(lead_body, to_name="Council", email="registry@council.example")
    report = ReportFactory(
        process=lead_body.process, issued_by=lead_body, title="Third quarter", reference="JMC/R/3",
        approved_at=timezone.now(), approved_by=bob, digest="0" * 64, created_by=bob,
    )  # fmt: skip
    ReportSectionFactory(report=report, text="Of 63 tasks, 31 are complete.")
    stored = default_storage.save("reports/ab/abc", ContentFile(b"%PDF"))
    file = ReportFileFactory(report=report, state="ready", file=stored, requested_by=bob)
    for _ in range(2):
        actions.dispatch_report(report=report, file=file, **by(bob))
    assert set(report.dispatches.values_list("addressee", flat=True)) == {"Council", "Bob"}
    mail = Message.objects.get(recipient=None)
    assert (mail.attachment, mail.attachment_name) == ("reports/ab/abc", "JMC-R-3.pdf")
    assert mail.subject == "Joint Military Commission: Third quarter"
    assert "Of 63 tasks, 31 are complete." in mail.body_text
    client.force_login(bob)
    page = client.get(f"/p/valley/reports/{report.pk}/dispatch/")
    assert page.content.decode().count("Council") >= 1
    assert client.post(f"/p/valley/reports/{report.pk}/dispatch/").status_code == 302
    assert report.dispatches.count() == 2


def test_a_page_with_many_addressees_asks_as_often_as_with_one(
    draft: Minutes, lead_body: Body, bob: User, client: Client, django_assert_max_num_queries: Any
) -> None:
    for n in range(6):
        line_to(lead_body, to_name=f"Council {n}", email=f"registry{n}@council.example")
    minutes = approve(draft, bob)
    assert minutes.dispatches.count() == 7
    assert Outcome.objects.count() == 1
    client.force_login(bob)
    with django_assert_max_num_queries(26):
        client.get(f"/p/valley/reviews/{draft.review_id}/minutes/1/?{uuid.uuid4()}")
