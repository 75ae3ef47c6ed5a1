"""What a digest says: what needs its reader first, what changed, what comes; in any programme."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from coordination.base.folding import folded
from coordination.base.spoken import short_day, week_day
from coordination.bodies.models import Body
from coordination.commitments.actions import submit_check_in
from coordination.commitments.models import Commitment, Level, Obligation, Verification
from coordination.ledger.actions import Origin
from coordination.outbox.actions import message_key
from coordination.outbox.models import Message
from coordination.processes.models import Process
from coordination.reminders.actions import tick
from coordination.reminders.models import Reminder
from tests import factories

from .conftest import make_due


@pytest.fixture
def two(commitment: Commitment, alice: User) -> list[Obligation]:
    """Alice answers for two owners of the commitment."""
    other = factories.PartyFactory(process=commitment.process, name="Upper Avaria")
    factories.ObligationFactory(commitment=commitment, party=other, focal_point=alice)
    return list(commitment.obligations.order_by("pk"))


@pytest.fixture
def digest(two: list[Obligation]) -> Callable[[], Message]:
    def write() -> Message:
        make_due(*two)
        tick()
        return Message.objects.filter(kind="digest").latest("pk")

    return write


def remind(person: User, process: Process, kind: str = "verification", **fields: Any) -> Reminder:
    """Something that waits for the next mail."""
    return Reminder.objects.create(
        key=message_key(kind, timezone.now(), fields),
        process=process,
        kind=kind,
        recipient=person,
        local_date=process.today(),
        path="/p/valley/",
        because="Avaria reported it; you verify it.",
        write_at=timezone.now(),
        **{
            "about_type": "process",
            "about_id": process.pk,
            "title": "Withdraw heavy weapons",
            "reference": "C-1",
        }
        | fields,
    )


def said(message: Message) -> str:
    return " ".join(message.body_text.split())


@pytest.mark.django_db
def test_the_subject_says_what_needs_the_reader(digest: Any, two: list[Obligation]) -> None:
    assert digest().subject == "Valley: 2 check-ins"


@pytest.mark.django_db
def test_the_subject_says_how_many_are_late(
    alice: User, process: Process, two: list[Obligation]
) -> None:
    late = process.today() - dt.timedelta(days=26)
    remind(alice, process, kind="escalation", due_on=late)
    tomorrow = process.today() + dt.timedelta(days=1)
    Obligation.objects.update(due_on=tomorrow)
    remind(alice, process, kind="deadline", about_id=two[0].commitment_id, due_on=tomorrow)
    tick()
    message = Message.objects.get()
    assert message.subject == "Valley: 1 missing report and a coming deadline; 1 is late"
    words = said(message)
    assert "1 THING NEEDS YOU. 1 IS LATE." in words
    assert f"Due {week_day(late)}, 26 DAYS LATE" in words and "TOMORROW" in words
    assert words.index("26 DAYS LATE") < words.index("TOMORROW")


@pytest.mark.django_db
def test_what_is_sent_by_itself_says_in_its_subject_what_it_is(
    coordinator: User, process: Process, two: list[Obligation]
) -> None:
    Obligation.objects.update(reported_level=Level.FULL)
    remind(coordinator, process, urgent=True, about_id=two[0].pk)
    tick()
    message = Message.objects.get()
    assert message.subject == "To verify: Withdraw heavy weapons (C-1)"
    assert "sent at once" in said(message) and "WHAT IS NEXT" not in said(message)


@pytest.mark.django_db
def test_reports_and_findings_since_the_last_digest_are_told(
    digest: Any,
    two: list[Obligation],
    bob: User,
    dave: User,
    verifying_body: Body,
    process: Process,
) -> None:
    submit_check_in(
        obligation=two[1],
        author=dave,
        level=Level.INTERMEDIATE,
        account="A secret that is nobody's business.",
        origin=Origin.WEB,
    )
    now = timezone.now()
    finding = factories.VerificationFactory(
        obligation=two[0], body=verifying_body, level=Level.MINIMUM, found="Words of the finding."
    )
    same = Verification.every.filter(pk=finding.pk)
    same.update(released_at=None)
    make_due(*two)
    tick()
    first = said(Message.objects.filter(recipient__name="Alice").latest("pk"))
    assert f"Upper Avaria reported on {short_day(now)}: Intermediate." in first
    assert "secret" not in first and "Verification Mission found" not in first
    Message.objects.update(state=Message.State.SENT)
    same.update(released_at=timezone.now())
    Reminder.objects.all().delete()
    remind(two[0].focal_point, process, kind="escalation")  # type: ignore[arg-type]
    remind(two[0].focal_point, process, kind="escalation")  # type: ignore[arg-type]
    tick()
    second = said(Message.objects.filter(recipient__name="Alice").latest("pk"))
    assert f"Verification Mission found on {short_day(now)} for Avaria: Minimum." in second
    assert "Words of the finding" not in second
    assert "reported on" not in second  # that was in the last one


@pytest.mark.django_db
def test_the_next_meetings_and_deadlines_are_told(
    digest: Any, two: list[Obligation], alice: User, lead_body: Body, process: Process
) -> None:
    factories.TermFactory(seat__body=lead_body, holder=alice)
    factories.ReviewFactory(body=lead_body, number=5, place="Town hall")
    open_one = factories.ObligationFactory(
        commitment__process=process,
        commitment__title="Name the commissioners",
        party=two[0].party,
        focal_point=alice,
        due_on=process.today() + dt.timedelta(days=6),
    )
    words = said(digest())
    assert "Joint Military Commission, review 5" in words and "Town hall" in words
    assert "Name the commissioners" in words
    assert f"Due {week_day(open_one.due_on)} for Avaria." in words


@pytest.mark.django_db
def test_a_digest_says_why_it_came_and_where_to_change_that(digest: Any) -> None:
    message = digest()
    for text in (said(message), message.body_html):
        assert "One mail a day at most" in text
        assert "http://testserver/account/" in text


@pytest.mark.django_db
def test_a_mail_fetches_nothing_and_its_text_fits_everywhere(digest: Any) -> None:
    message = digest()
    assert not re.search(r"<(img|link|script|iframe)|url\(|@import|src=", message.body_html)
    lines = [line for line in message.body_text.splitlines() if "http://" not in line]
    assert max(map(len, lines)) <= 78
    assert message.body_html.count("max-width: 560px") == 1


@pytest.mark.django_db
def test_what_a_digest_reads_does_not_grow_with_its_lines(alice: User, process: Process) -> None:
    def queries(lines: int) -> int:
        for number in range(lines):
            remind(alice, process, title=f"Number {number}")
        with CaptureQueriesContext(connection) as captured:
            tick()
        Reminder.objects.all().delete()
        Message.objects.all().delete()  # else today's next one asks which there were
        return len(captured)

    queries(1)
    assert queries(2) == queries(9)


def test_folding_keeps_addresses_whole_and_lists_in_line() -> None:
    address = "http://entente.example/" + "x" * 90
    text = f"1. {'word ' * 20}\n\n\n\n   {address}\n-- \nend"
    lines = folded(text).split("\n")
    assert lines[1].startswith("   word") and max(map(len, lines[:2])) <= 76
    assert lines[2:] == ["", address if address in lines else f"   {address}", "-- ", "end"]
