"""The delivery log: its views, what can be looked for, what it says, and its export."""

import csv
import datetime as dt
import io
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from coordination.commitments.models import Obligation
from coordination.ledger.models import Entry
from coordination.outbox.models import Message
from coordination.processes.models import Party, Process
from coordination.reminders import log_export
from coordination.reminders.models import Occurrence
from tests.factories import (
    CheckInFactory,
    MembershipFactory,
    MessageEventFactory,
    MessageFactory,
    OccurrenceFactory,
    PartyFactory,
    ProcessFactory,
    ReminderFactory,
)

pytestmark = pytest.mark.django_db

OUTBOX = "/p/valley/outbox/"


@pytest.fixture
def reader(client: Client, coordinator: User) -> Client:
    client.force_login(coordinator)
    return client


def exported(client: Client, query: str = "") -> str:
    response = client.post(f"{OUTBOX}export/{query}")
    assert response.status_code == 200
    return b"".join(response.streaming_content).decode("utf-8-sig")


# --- The log: views, filters, pages -------------------------------------------------------------


def shown(client: Client, query: str = "") -> list[str]:
    """The subjects of a page of the log, in their order."""
    return [row.message.subject for row in client.get(OUTBOX + query).context["rows"]]


def test_each_view_holds_its_kind_of_message_and_says_how_many(
    reader: Client, process: Process
) -> None:
    kinds = ["check-in", "escalation", "digest", "invitation-review", "checkpoint"]
    for kind in kinds:
        MessageFactory(process=process, kind=kind, subject=kind, state=Message.State.SENT)
    ReminderFactory(process=process)
    views = {
        "reminders": ["escalation", "check-in"],
        "digests": ["digest"],
        "invitations": ["invitation-review"],
        "others": ["checkpoint"],
        "attention": [],
        "all": kinds[::-1],
        "nonsense": kinds[::-1],
    }
    for view, subjects in views.items():
        assert (view, shown(reader, f"?view={view}")) == (view, subjects)
    counts = {name: count for name, _label, count in reader.get(OUTBOX).context["views"]}
    assert counts == {
        "all": 5,
        "attention": 0,
        "reminders": 2,
        "digests": 1,
        "invitations": 1,
        "others": 1,
        "waited": 1,
    }


def test_attention_is_asked_for_what_did_not_arrive_or_does_not_leave_by_itself(
    reader: Client, process: Process
) -> None:
    state, month = Message.State, timezone.now() - dt.timedelta(days=31)
    for number, (one, more) in enumerate(
        [
            (state.PENDING, {}),
            (state.PENDING, {"attempts": 2}),
            (state.HELD, {}),
            (state.UNCERTAIN, {"created_at": month}),
            (state.FAILED, {}),
            (state.FAILED, {"created_at": month}),
            (state.SENT, {}),
            (state.SUPERSEDED, {}),
        ]
    ):
        MessageFactory(process=process, state=one, subject=str(number), **more)
    seen_to = MessageFactory(process=process, state=state.FAILED, subject="seen to")
    MessageFactory(process=process, state=state.SENT, again_of=seen_to)
    assert shown(reader, "?view=attention") == ["4", "3", "2", "1"]


def test_the_log_is_narrowed_by_words_state_party_and_day(
    reader: Client, process: Process, alice: User, dave: User, party: Party
) -> None:
    state = Message.State
    old = timezone.now() - dt.timedelta(days=9)
    MessageFactory(process=process, recipient=alice, subject="First", state=state.SENT)
    MessageFactory(process=process, recipient=dave, subject="Second", attempts=1, created_at=old)
    third = MessageFactory(process=process, recipient=dave, subject="Third", state=state.FAILED)
    ReminderFactory(
        process=process, recipient=dave, message=third, reference="C-77", state="written"
    )
    since = process.today() - dt.timedelta(days=2)
    for query, subjects in {
        "find=ALICE": ["First"],
        f"find={dave.email}": ["Third", "Second"],
        "find=secon": ["Second"],
        "find=c-77": ["Third"],
        "find=nowhere": [],
        "state=sent": ["First"],
        "state=retry": ["Second"],
        "state=failed": ["Third"],
        f"party={party.code}": ["First"],
        f"since={since}": ["Third", "First"],
        f"since={since}&party=BBB&state=failed": ["Third"],
    }.items():
        assert (query, shown(reader, f"?{query}")) == (query, subjects)
    page = reader.get(f"{OUTBOX}?since={since}&find=third")
    html = page.content.decode()
    assert 'value="third"' in html
    assert f'value="{since}"' in html
    counts = {name: count for name, _label, count in page.context["views"]}
    assert (counts["all"], counts["attention"], counts["waited"]) == (1, 1, 0)


def test_what_is_not_understood_is_said_beside_its_field_and_kept(reader: Client) -> None:
    for query, words in {
        "since=yesterday": "Write a day as in 1996-02-14.",
        "state=sunk": "There is none of these: choose again.",
        "party=ZZZ": "There is none of these: choose again.",
    }.items():
        html = reader.get(f"{OUTBOX}?{query}&find=boat").content.decode()
        assert words in html
        assert 'value="boat"' in html
        assert "Nothing is shown until" in html


def test_the_log_is_read_in_pages_from_the_newest_on(
    reader: Client, process: Process, settings: Any
) -> None:
    count = 45
    made = MessageFactory.create_batch(count, process=process, state=Message.State.SENT)
    seen: list[int] = []
    query, sizes = "", []
    while True:
        context = reader.get(OUTBOX + query).context
        keys = [row.message.pk for row in context["rows"]]
        seen, sizes = seen + keys, [*sizes, len(keys)]
        if not context["page"].older:
            break
        query = f"?page={context['page'].older}"
    assert sizes == [20, 20, 5]
    assert seen == [one.pk for one in made][::-1]
    back = reader.get(f"{OUTBOX}?page={context['page'].newer}").context
    assert [row.message.pk for row in back["rows"]] == seen[20:40]
    first = reader.get(f"{OUTBOX}?page={back['page'].newer}").context
    assert [row.message.pk for row in first["rows"]] == seen[:20]
    assert first["page"].newer == ""
    for nonsense in ("2", "after-", "after-1x", "before-" + "9" * 30, "x"):
        assert reader.get(f"{OUTBOX}?page={nonsense}").status_code == 404


def test_the_week_is_told_in_figures(reader: Client, process: Process) -> None:
    state = Message.State
    for one, more in [
        (state.SENT, {"attempts": 1}),
        (state.SENT, {"attempts": 3}),
        (state.PENDING, {}),
        (state.HELD, {}),
        (state.FAILED, {"attempts": 1}),
        (state.SENT, {"created_at": timezone.now() - dt.timedelta(days=8)}),
    ]:
        MessageFactory(process=process, state=one, **more)
    html = reader.get(OUTBOX).content.decode()
    assert f'href="?state=failed&amp;since={process.today() - dt.timedelta(days=6)}"' in html
    words = " ".join(re.sub("<[^>]+>", "", html).split())
    told = "5 in the last seven days: 1 delivered at the first try, 1 after a retry; "
    assert told + "1 waiting, 1 refused, 1 held." in words


def test_a_full_page_of_long_words_is_small(
    reader: Client, process: Process, alice: User, obligation: Obligation
) -> None:
    User.objects.filter(pk=alice.pk).update(name="N" * 120)
    PartyFactory.create_batch(20, process=process)
    for state in [Message.State.UNCERTAIN, Message.State.FAILED] * 10:
        message = MessageFactory(
            process=process,
            recipient=alice,
            state=state,
            subject="S" * 240,
            error="550 5.7.1 " + "E" * 480,
            ambiguous=True,
            attempts=5,
        )
        MessageEventFactory(message=message, state=state)
        ReminderFactory(
            process=process,
            recipient=alice,
            message=message,
            title="T" * 240,
            occurrence=OccurrenceFactory(
                obligation=obligation, local_date=dt.date(2020, 1, 1) + dt.timedelta(message.pk)
            ),
        )
    assert len(reader.get(OUTBOX).content) < 50_000


# --- What went wrong, in words ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "error", "words"),
    [
        (
            "failed",
            "550 5.1.1 <x@y>: Recipient address rejected",
            "The mailbox does not exist (550 5.1.1). Ask the party’s secretary for another",
        ),
        ("failed", "552 5.2.2 over quota", "The mailbox is full (552 5.2.2). Ask the recipient to"),
        ("failed", "550 no such user", "The mailbox does not exist, or refuses mail (550)."),
        ("failed", "553 5.1.2 host unknown", "The domain of the address was not found (553 5.1.2)"),
        ("failed", "554 5.7.1 spam", "refuses mail like this (554 5.7.1). Ask whoever runs"),
        (
            "failed",
            "Given up. 451 4.3.0 later",
            "It was tried for five days and given up (451 4.3.0). Send it again when",
        ),
        ("pending", "450 4.7.1 greylisted", "takes no mail at the moment (450 4.7.1). It is tried"),
        (
            "pending",
            "The mail server did not answer (TimeoutError).",
            "The mail server did not answer. It is tried again by itself.",
        ),
        ("uncertain", "", "it may have arrived. Ask the recipient."),
        ("held", "Held back by Cora: call first", "Held back by Cora: call first"),
        ("failed", "Mail to this address came back on 3 May 2026.", "came back on 3 May 2026."),
    ],
)
def test_what_went_wrong_is_said_in_words_with_what_to_do(
    reader: Client, process: Process, state: str, error: str, words: str
) -> None:
    message = MessageFactory(process=process, state=state, error=error, attempts=1)
    for address in (OUTBOX, f"{OUTBOX}{message.pk}/"):
        assert words in reader.get(address).content.decode()


def test_what_was_delivered_has_nothing_wrong(reader: Client, process: Process) -> None:
    MessageFactory(process=process, state=Message.State.SENT, error="250 2.0.0 queued as 4F")
    assert "queued as" not in reader.get(OUTBOX).content.decode()


def test_a_mail_that_was_answered_says_when(
    reader: Client, process: Process, obligation: Obligation, alice: User
) -> None:
    message = MessageFactory(process=process, recipient=alice, state=Message.State.SENT)
    check_in = CheckInFactory(obligation=obligation)
    occurrence = OccurrenceFactory(
        obligation=obligation, state=Occurrence.State.ANSWERED, check_in=check_in
    )
    ReminderFactory(process=process, message=message, occurrence=occurrence, reference="C-1")
    html = reader.get(OUTBOX).content.decode()
    assert "Answered" in html
    assert "Check-in made" in html


# --- Digests of several processes ---------------------------------------------------------------

SECRET = "Zephyr"


@pytest.fixture
def digest(process: Process, alice: User) -> Message:
    """One of alice's that speaks of this process and of another one."""
    elsewhere = ProcessFactory()
    MembershipFactory(process=elsewhere, user=alice)
    message = MessageFactory(
        process=None,
        kind="digest",
        recipient=alice,
        state=Message.State.SENT,
        subject=f"{SECRET} subject",
        body_text=f"{SECRET} text",
        body_html=f"<p>{SECRET} html</p>",
        reason=f"{SECRET} reason",
        about_label=f"{SECRET} about",
    )
    MessageEventFactory(message=message, note=f"{SECRET} note")
    MessageEventFactory(message=message, state=Message.State.SENT, note="250 2.0.0 ok")
    for where, title in ((process, "Own line"), (elsewhere, f"{SECRET} line")):
        ReminderFactory(
            process=where, recipient=alice, message=message, title=title, state="written"
        )
    return message


def test_a_digest_of_several_processes_is_listed_by_the_lines_of_this_one(
    reader: Client, digest: Message, alice: User
) -> None:
    page = f"{OUTBOX}{digest.pk}/"
    for address in (OUTBOX, f"{OUTBOX}?view=digests", f"{OUTBOX}?find=own+line", page):
        html = reader.get(address).content.decode()
        assert "Own line" in html
        assert alice.email in html
        assert "Delivered" in html
        assert SECRET not in html
    assert "250 2.0.0 ok" in reader.get(page).content.decode()
    assert reader.get(f"{page}html/").status_code == 404
    assert SECRET not in exported(reader)
    assert "Own line" in exported(reader)


def test_nothing_of_what_others_read_in_a_digest_can_be_looked_for(
    reader: Client, digest: Message
) -> None:
    for words in (SECRET, f"{SECRET} line"):
        assert reader.get(f"{OUTBOX}?find={words}").context["rows"] == []


def test_a_digest_without_a_line_of_the_process_is_not_there(
    client: Client, digest: Message, coordinator: User
) -> None:
    other = ProcessFactory(slug="other")
    MembershipFactory(process=other, user=coordinator, role="coordinator")
    client.force_login(coordinator)
    assert client.get("/p/other/outbox/").context["rows"] == []
    assert client.get(f"/p/other/outbox/{digest.pk}/").status_code == 404


def test_nothing_is_done_by_hand_with_a_digest_of_several_processes(
    reader: Client, digest: Message
) -> None:
    Message.objects.update(state=Message.State.PENDING)
    page = f"{OUTBOX}{digest.pk}/"
    for address in (OUTBOX, page):
        assert 'name="what"' not in reader.get(address).content.decode()
    assert reader.post(page, {"what": "hold"}).status_code == 404


# --- Reminders that waited or were taken back ---------------------------------------------------


def test_reminders_in_no_mail_are_listed_with_their_reason(
    reader: Client, process: Process, alice: User
) -> None:
    ReminderFactory(process=process, recipient=alice, title="Waits on")
    ReminderFactory(
        process=process, recipient=alice, title="Gone", state="superseded", reason="It moved."
    )
    ReminderFactory(process=process, title="In a mail", state="written")
    ReminderFactory(title="Elsewhere")

    def titles(query: str) -> list[str]:
        page = reader.get(f"{OUTBOX}?view=waited{query}")
        return [one.title for one in page.context["rows"]]

    assert titles("") == ["Gone", "Waits on"]
    assert titles("&state=superseded") == ["Gone"]
    assert titles("&find=waits") == ["Waits on"]
    assert titles("&party=AAA") == ["Gone", "Waits on"]
    assert "It moved." in reader.get(f"{OUTBOX}?view=waited").content.decode()
    assert "It moved." in exported(reader, "?view=waited")


# --- Export -------------------------------------------------------------------------------------


def test_what_is_shown_is_exported_and_that_it_left_is_recorded(
    reader: Client, process: Process, alice: User, coordinator: User
) -> None:
    for number in range(3):
        MessageFactory(
            process=process, recipient=alice, subject=f"Mail {number}", state=Message.State.SENT
        )
    MessageFactory(process=process, subject="Another", state=Message.State.FAILED)
    rows = list(csv.DictReader(io.StringIO(exported(reader, "?state=sent&find=alice"))))
    assert [row["message"] for row in rows] == ["Mail 2", "Mail 1", "Mail 0"]
    assert {(row["party"], row["address"], row["state"]) for row in rows} == {
        ("AAA", alice.email, "delivered")
    }
    entry = Entry.objects.get(verb="outbox.exported")
    assert (entry.actor, entry.after) == (
        coordinator,
        {"find": "alice", "state": "sent", "view": "all"},
    )


def test_an_export_of_many_rows_has_each_once(
    reader: Client, process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_export, "CHUNK", 3)
    made = MessageFactory.create_batch(7, process=process)
    rows = list(csv.DictReader(io.StringIO(exported(reader))))
    assert [row["message"] for row in rows] == [one.subject for one in made][::-1]


def test_no_cell_of_an_export_is_a_formula(reader: Client, process: Process) -> None:
    for subject in ("=1+1", "+1", "-1", "@SUM(A1)", "\tx", "plain"):
        MessageFactory(process=process, subject=subject, state=Message.State.SENT)
    rows = csv.DictReader(io.StringIO(exported(reader)))
    assert [row["message"] for row in rows][::-1] == [
        *("'=1+1", "'+1", "'-1", "'@SUM(A1)", "'\tx", "plain")
    ]


def test_nothing_is_exported_of_what_is_not_understood(reader: Client) -> None:
    response = reader.post(f"{OUTBOX}export/?since=soon")
    assert response["Location"] == f"{OUTBOX}?since=soon"
    assert not Entry.objects.filter(verb="outbox.exported").exists()


def test_only_coordinators_export(client: Client, process: Process, alice: User) -> None:
    client.force_login(alice)
    assert client.post(f"{OUTBOX}export/").status_code == 403
    assert client.get(f"{OUTBOX}export/").status_code == 405
