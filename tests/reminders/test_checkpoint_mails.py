import datetime as dt
import re
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from coordination.ledger import verify_entente_ledger as script
from coordination.ledger.models import Checkpoint
from coordination.outbox.models import Message
from coordination.processes.models import Membership, Process
from coordination.reminders.checkpoints import sign_all
from tests.factories import EntryFactory, MembershipFactory, UserFactory


@pytest.fixture
def noon(process: Process) -> dt.datetime:
    EntryFactory(process=process)
    return dt.datetime(2026, 5, 1, 10, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def members_for_long(process: Process, alice: Any, bob: Any, carol: Any, coordinator: Any) -> None:
    """alice and bob act for parties; carol and the coordinator for none."""
    long_ago = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    Membership.objects.filter(process=process).update(started_at=long_ago)


def mailed() -> list[str]:
    messages = Message.objects.filter(kind="checkpoint")
    return sorted(messages.values_list("recipient__name", flat=True))


def test_a_day_is_signed_once_and_mailed_to_every_party(noon: dt.datetime) -> None:
    assert [sign_all(noon), sign_all(noon), sign_all(noon + dt.timedelta(hours=1))] == [1, 0, 0]
    assert mailed() == ["Alice", "Bob"]
    assert sign_all(noon + dt.timedelta(days=1)) == 1
    assert mailed() == ["Alice", "Alice", "Bob", "Bob"]


def test_nobody_is_mailed_before_the_morning(noon: dt.datetime) -> None:
    assert sign_all(noon - dt.timedelta(hours=8)) == 0  # 04:00 there
    assert mailed() == []


def test_who_heads_a_delegation_and_all_of_its_delegates_get_it(
    process: Process, party: Any, alice: Any, noon: dt.datetime
) -> None:
    long_ago = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    head = UserFactory(name="Hanna")
    MembershipFactory(
        process=process,
        user=head,
        role="observer",
        party=party,
        heads_delegation=True,
        started_at=long_ago,
    )
    gone = UserFactory(name="Gregor", is_active=False)
    MembershipFactory(process=process, user=gone, role="delegate", party=party, started_at=long_ago)
    sign_all(noon)
    assert mailed() == ["Alice", "Bob", "Hanna"]


def test_the_mail_holds_the_lines_that_the_script_reads(noon: dt.datetime) -> None:
    sign_all(noon)
    message = Message.objects.get(kind="checkpoint", recipient__name="Alice")
    checkpoint = Checkpoint.objects.get()
    (from_text,) = script.read_checkpoints(message.body_text, "mail")
    html = re.sub("<[^>]*>", "", message.body_html).replace("&quot;", '"')
    assert script.read_checkpoints(html, "mail") == [from_text]
    assert from_text["head"] == checkpoint.head
    assert "Keep this mail." in message.body_text
    assert max(map(len, script.BEGIN.join(message.body_text.split(script.BEGIN)[1:]).split())) < 76


def test_what_cannot_be_mailed_is_not_signed(
    noon: dt.datetime, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.SITE_URL = None
    assert sign_all(noon) == 0
    assert Checkpoint.objects.count() == 0
    assert "could not be signed" in caplog.text


def test_cron_alone_signs_too(process: Process, settings: Any, capsys: Any) -> None:
    settings.CHECK_IN_CLOCK = dt.time(0)
    EntryFactory(process=process)
    call_command("tick")
    assert "1 ledgers signed" in capsys.readouterr().out
    assert Checkpoint.objects.get().at <= timezone.now()
