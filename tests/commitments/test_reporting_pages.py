"""Check-ins from their page: drafts, versions, and the ledger of what is expected."""

import datetime as dt
import uuid
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.models import User
from coordination.base.errors import Refused
from coordination.commitments import expected
from coordination.commitments.actions import (
    Owed,
    create_commitment,
    record_verification,
    submit_check_in,
)
from coordination.commitments.actions.agreed_dates import extend_deadline
from coordination.commitments.actions.triggers import (
    call_off,
    enter_trigger,
    record_trigger_event,
)
from coordination.commitments.expected_queries import last_times
from coordination.commitments.models import (
    CheckIn,
    CheckInDraft,
    Commitment,
    DeadlineTerm,
    ExpectedOccurrence,
    Level,
    Obligation,
)
from coordination.commitments.verification import differences
from coordination.ledger.actions import Origin
from coordination.ledger.models import Entry
from coordination.processes.models import Process, Track
from tests import factories
from tests.threads import at_once

pytestmark = pytest.mark.django_db

#: A Monday, nine in the morning in Sarajevo.
NOW = dt.datetime(2026, 6, 1, 7, tzinfo=dt.UTC)
State = expected.State


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def path(obligation: Obligation, leaf: str = "check-in") -> str:
    commitment = obligation.commitment
    slug = commitment.process.slug
    return f"/p/{slug}/commitments/{commitment.number}/{leaf}/{obligation.pk}/"


def typed(**fields: Any) -> dict[str, Any]:
    given = {"level": "1", "account": "Two convoys left.", "obstacle": "access"}
    return given | {"submission": str(uuid.uuid4())} | fields


@pytest.fixture
def monthly(process: Process, party: Any, coordinator, alice, verifying_body) -> Obligation:
    """Reported on every month since January 2026; six periods began, five of them are over."""
    commitment = create_commitment(
        actor=coordinator,
        process=process,
        owed=[Owed(party, focal_point=alice)],
        terms=[{"on": dt.date(2026, 1, 1), "purpose": DeadlineTerm.Purpose.START}],
        origin=Origin.WEB,
        reference="Art. V",
        title="Report on detainees",
        track=Track.HUMANITARIAN,
        kind=Commitment.Kind.RECURRING,
        every_amount=1,
        every_unit="months",
        verifying_body=verifying_body,
    )
    return commitment.obligations.get()


def report(obligation: Obligation, level: int, **fields: Any) -> CheckIn:
    author = obligation.focal_point
    return submit_check_in(
        obligation=obligation, author=author, level=level, origin=Origin.WEB, **fields
    )[0]


def time(obligation: Obligation, number: int) -> ExpectedOccurrence:
    return ExpectedOccurrence.objects.get(obligation=obligation, number=number)


def state(obligation: Obligation, number: int) -> State:
    return expected.state_of(time(obligation, number))


# --- The form -----------------------------------------------------------------------------------


def test_a_check_in_keeps_when_it_was_done(obligation, alice) -> None:
    answer = signed_in(alice).post(path(obligation), typed(level="3", done_on="2026-05-28"))
    assert answer.status_code == 302
    check_in = CheckIn.objects.get()
    assert (check_in.level, check_in.done_on, check_in.next_expected_on) == (
        Level.FULL,
        dt.date(2026, 5, 28),
        None,
    )


def test_a_check_in_says_when_its_owner_expects_it_done(obligation, alice) -> None:
    signed_in(alice).post(path(obligation), typed(next_expected_on="2026-06-20"))
    obligation.refresh_from_db()
    assert obligation.next_expected_on == dt.date(2026, 6, 20)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        (
            {"done_on": "2026-05-28"},
            "Say when it was done once it is done: the level is then full.",
        ),
        ({"level": "3", "done_on": "2026-06-02"}, "What is done was done by today."),
        ({"level": "3", "done_on": "28 May"}, "Write a day as in 1996-02-14."),
        ({"next_expected_on": "2026-05-31"}, "Choose today or a later day."),
    ],
)
def test_a_day_that_cannot_be_is_refused_beside_what_was_typed(
    obligation, alice, fields: dict[str, str], says: str
) -> None:
    page = signed_in(alice).post(path(obligation), typed(**fields))
    assert page.status_code == 422
    assert says in page.content.decode()
    assert "Two convoys left." in page.content.decode()
    assert not CheckIn.objects.exists()


def test_only_what_is_expected_several_times_asks_which_time(obligation, monthly, alice) -> None:
    client = signed_in(alice)
    assert "Which time is it about?" not in client.get(path(obligation)).content.decode()
    assert "Which time is it about?" in client.get(path(monthly)).content.decode()


def test_the_form_offers_the_time_that_is_owed_next_and_the_others(monthly, alice) -> None:
    report(monthly, Level.FULL, expected=time(monthly, 2))
    html = signed_in(alice).get(path(monthly)).content.decode()
    options = html.split('id="id_expected"')[1].split("</select>")[0]
    numbers = [part.split(">")[1].split(".")[0] for part in options.split("<option ")[1:]]
    assert numbers == ["5", "6", "4", "3", "1", "2"]
    assert f'<option value="{time(monthly, 5).pk}" selected>5. 1 May 2026 to 31 May 2026' in options


def test_a_report_on_an_earlier_time_is_kept_for_that_time(monthly, alice) -> None:
    earlier = time(monthly, 2)
    signed_in(alice).post(path(monthly), typed(level="3", expected=str(earlier.pk)))
    assert CheckIn.objects.get().expected == earlier
    assert (state(monthly, 2), state(monthly, 5)) == (State.LATE, State.MISSING)


def test_a_time_of_somebody_else_is_refused(monthly, alice) -> None:
    foreign = ExpectedOccurrence.objects.create(obligation=factories.ObligationFactory(), number=1)
    page = signed_in(alice).post(path(monthly), typed(expected=str(foreign.pk)))
    assert page.status_code == 422
    assert "It is not expected at that time any more." in page.content.decode()


def test_a_form_sent_again_for_another_time_moves_the_report(monthly, alice, process) -> None:
    client, form = signed_in(alice), typed(level="3")
    client.post(path(monthly), form | {"expected": str(time(monthly, 4).pk)})
    client.post(path(monthly), form | {"expected": str(time(monthly, 5).pk)})
    assert [time(monthly, n).reported_level for n in (4, 5)] == [None, Level.FULL]
    assert list(differences(process)) == []


# --- Drafts -------------------------------------------------------------------------------------


def test_a_draft_keeps_what_was_typed_even_where_it_could_not_be_sent(obligation, alice) -> None:
    client = signed_in(alice)
    words = {"account": "Half a sent\0ence", "done_on": "soon", "level": "", "draft": "1"}
    assert client.post(path(obligation), words).status_code == 302
    assert CheckInDraft.objects.get().words == {
        "account": "Half a sentence",
        "done_on": "soon",
        "corrects": None,
    }
    html = client.get(path(obligation)).content.decode()
    assert "Half a sentence" in html
    assert 'value="soon"' in html
    assert "It is not sent." in html


def test_a_draft_is_no_report_and_is_in_no_ledger(obligation, alice) -> None:
    entries = Entry.objects.count()
    signed_in(alice).post(path(obligation), typed(level="3", draft="1"))
    obligation.refresh_from_db()
    assert (obligation.reported_level, CheckIn.objects.count()) == (None, 0)
    assert Entry.objects.count() == entries


def test_a_draft_is_seen_by_its_author_alone(obligation, alice, coordinator, carol) -> None:
    signed_in(alice).post(path(obligation), typed(account="Between us", draft="1"))
    places = [path(obligation), path(obligation, "reports"), obligation_page(obligation)]
    for user in (coordinator, carol):
        for place in (*places, "/api/check-ins/", f"/api/obligations/{obligation.pk}/check-ins/"):
            answer = signed_in(user).get(place)
            assert answer.status_code in (200, 403)
            assert "Between us" not in answer.content.decode()


def obligation_page(obligation: Obligation) -> str:
    return f"/p/valley/commitments/{obligation.commitment.number}/"


def test_each_person_has_a_draft_of_their_own(obligation, alice, coordinator) -> None:
    for user in (alice, coordinator):
        signed_in(user).post(path(obligation), typed(account=f"By {user.name}", draft="1"))
    kept = CheckInDraft.objects.order_by("pk").values_list("author__name", "words__account")
    assert list(kept) == [("Alice", "By Alice"), ("Cora", "By Cora")]


def test_a_draft_is_gone_once_it_is_sent_or_discarded(obligation, alice) -> None:
    client = signed_in(alice)
    client.post(path(obligation), typed(draft="1"))
    client.post(path(obligation), typed())
    assert (CheckInDraft.objects.count(), CheckIn.objects.count()) == (0, 1)
    client.post(path(obligation), typed(draft="1"))
    client.post(path(obligation), {"discard": "1"})
    assert (CheckInDraft.objects.count(), CheckIn.objects.count()) == (0, 1)


def test_who_may_not_report_keeps_no_draft(obligation, carol, outsider) -> None:
    assert signed_in(carol).post(path(obligation), typed(draft="1")).status_code == 403
    assert signed_in(outsider).post(path(obligation), typed(draft="1")).status_code == 404
    assert not CheckInDraft.objects.exists()


# --- Versions -----------------------------------------------------------------------------------


def test_a_correction_opens_with_what_was_said_and_revises_it(obligation, alice) -> None:
    first = report(obligation, Level.FULL, account="All gone.", done_on=dt.date(2026, 5, 30))
    client, there = signed_in(alice), f"{path(obligation)}?correct={first.number}"
    html = client.get(there).content.decode()
    assert "All gone." in html
    assert 'value="2026-05-30"' in html
    assert client.post(there, typed(level="2")).status_code == 302
    second = CheckIn.objects.get(number=2)
    assert (second.revises, second.level) == (first, Level.INTERMEDIATE)
    assert Entry.objects.latest("sequence").verb == "check-in.revised"
    html = client.get(path(obligation, "reports")).content.decode()
    assert "revises 1" in html
    assert "was revised" in html
    assert html.count("?correct=") == 1


def test_a_correction_of_what_is_not_the_last_report_any_more_is_refused(obligation, alice) -> None:
    first = report(obligation, Level.MINIMUM)
    report(obligation, Level.INTERMEDIATE)
    page = signed_in(alice).post(f"{path(obligation)}?correct={first.number}", typed())
    assert page.status_code == 422
    assert "Check-in 2 was sent meanwhile" in page.content.decode()
    assert "Two convoys left." in page.content.decode()
    assert CheckIn.objects.count() == 2


def test_the_draft_of_a_correction_opens_as_one(obligation, alice) -> None:
    report(obligation, Level.MINIMUM)
    client, there = signed_in(alice), f"{path(obligation)}?correct=1"
    client.post(there, typed(account="It was three.", draft="1"))
    assert client.get(path(obligation))["Location"] == there
    assert "It was three." in client.get(there).content.decode()


def test_who_may_not_read_a_report_corrects_none(obligation, alice, coordinator) -> None:
    """A coordinator reports for the focal point, and does not read what is a delegation's own."""
    own = factories.CheckInFactory(
        obligation=obligation, author=alice, audience="delegation", delegation=obligation.party
    )
    there = f"{path(obligation)}?correct={own.number}"
    assert [signed_in(one).get(there).status_code for one in (alice, coordinator)] == [200, 404]


@pytest.mark.parametrize("given", ["2", "x", "9" * 30])
def test_nothing_is_corrected_that_is_not_there(obligation, alice, given: str) -> None:
    report(obligation, Level.MINIMUM)
    assert signed_in(alice).get(f"{path(obligation)}?correct={given}").status_code == 404


def test_a_check_in_of_another_obligation_is_not_corrected(obligation, monthly) -> None:
    other = report(monthly, Level.MINIMUM)
    with pytest.raises(Refused):
        report(obligation, Level.FULL, revises=other)


@pytest.mark.django_db(transaction=True)
def test_of_two_corrections_at_once_one_wins(obligation) -> None:
    first = report(obligation, Level.MINIMUM)
    send = [lambda n=n: report(obligation, n, revises=first) for n in (2, 3)]
    answers = at_once(*send)
    assert sorted(type(answer).__name__ for answer in answers) == ["CheckIn", "Overtaken"]
    assert CheckIn.objects.count() == 2


# --- Late stays late ----------------------------------------------------------------------------


def test_a_late_report_stays_late_whatever_day_a_revision_names(monthly, process) -> None:
    april = time(monthly, 4)
    first = report(monthly, Level.FULL, expected=april)
    assert state(monthly, 4) == State.LATE
    report(monthly, Level.FULL, expected=april, done_on=dt.date(2026, 4, 20), revises=first)
    assert (state(monthly, 4), time(monthly, 4).done_on) == (State.LATE, dt.date(2026, 4, 20))
    assert list(differences(process)) == []


def test_what_is_verified_as_done_in_time_is_met(monthly, carol, verifying_body) -> None:
    april = time(monthly, 4)
    report(monthly, Level.FULL, expected=april)
    record_verification(
        actor=carol,
        obligation=monthly,
        body=verifying_body,
        level=Level.FULL,
        found="The list of April was handed over.",
        occurred_on=dt.date(2026, 4, 29),
        expected=april,
        origin=Origin.WEB,
    )
    assert state(monthly, 4) == State.MET


def test_repeating_a_report_keeps_the_day_on_which_it_was_done(monthly, now) -> None:
    may = time(monthly, 5)
    with time_machine.travel(dt.datetime(2026, 5, 20, 9, tzinfo=dt.UTC), tick=False):
        report(monthly, Level.FULL, expected=may)
    assert state(monthly, 5) == State.MET
    report(monthly, Level.FULL, account="As said.", expected=may)
    assert (state(monthly, 5), time(monthly, 5).done_on) == (State.MET, dt.date(2026, 5, 20))


def test_what_was_taken_back_and_reported_again_too_late_is_late(monthly) -> None:
    may = time(monthly, 5)
    with time_machine.travel(dt.datetime(2026, 5, 20, 9, tzinfo=dt.UTC), tick=False):
        report(monthly, Level.FULL, expected=may)
    report(monthly, Level.MINIMUM, expected=may)
    assert state(monthly, 5) == State.MISSING
    report(monthly, Level.FULL, expected=may, done_on=dt.date(2026, 5, 20))
    assert state(monthly, 5) == State.LATE


# --- The page of all reports --------------------------------------------------------------------


def test_the_ledger_names_each_time_with_its_state(
    monthly, coordinator, carol, verifying_body
) -> None:
    with time_machine.travel(dt.datetime(2026, 2, 10, 9, tzinfo=dt.UTC), tick=False):
        report(monthly, Level.FULL, expected=time(monthly, 2))
    report(monthly, Level.FULL, expected=time(monthly, 3))
    report(monthly, Level.FULL, expected=time(monthly, 4))
    record_verification(
        actor=carol,
        obligation=monthly,
        body=verifying_body,
        level=Level.MINIMUM,
        found="The list of April is not complete.",
        occurred_on=dt.date(2026, 5, 10),
        expected=time(monthly, 4),
        origin=Origin.WEB,
    )
    extend_deadline(
        actor=coordinator,
        commitment=monthly.commitment,
        expected=time(monthly, 6),
        on=dt.date(2026, 7, 10),
        agreed_by="The Commission",
        agreed_on=dt.date(2026, 5, 30),
        origin=Origin.WEB,
    )
    call_off(actor=coordinator, expected=time(monthly, 5), because="Holidays.", origin=Origin.WEB)
    html = signed_in(carol).get(path(monthly, "reports")).content.decode()
    rows = html.split("<tbody>")[1].split("<tr>")[1:]
    words = ("Expected", "Met", "Late", "Missing", "Contradicted", "Called off")
    found = [next(word for word in words if f"</svg>{word}</span>" in row) for row in rows]
    assert found == ["Expected", "Called off", "Contradicted", "Late", "Met", "Missing"]
    assert "originally" in rows[0]
    assert "Holidays." in rows[1]


def test_a_triggered_time_is_named_by_what_triggered_it(process, party, coordinator, alice) -> None:
    trigger = enter_trigger(
        actor=coordinator, process=process, key="alert", name="Alert", origin=Origin.WEB
    )
    commitment = create_commitment(
        actor=coordinator,
        process=process,
        owed=[Owed(party, focal_point=alice)],
        terms=[{"from_opening": True, "amount": 7, "unit": "days"}],
        origin=Origin.WEB,
        reference="Art. VI",
        title="Answer each alert",
        track=Track.MILITARY,
        kind=Commitment.Kind.TRIGGERED,
        trigger=trigger,
    )
    record_trigger_event(
        actor=coordinator,
        trigger=trigger,
        what="Shots at the bridge",
        on=dt.date(2026, 5, 20),
        origin=Origin.WEB,
    )
    html = signed_in(alice).get(path(commitment.obligations.get(), "reports")).content.decode()
    assert "Shots at the bridge, 20 May 2026" in html
    assert "</svg>Missing</span>" in html


def test_the_page_of_all_reports_is_for_members(monthly, outsider, dave) -> None:
    assert signed_in(dave).get(path(monthly, "reports")).status_code == 200
    assert signed_in(outsider).get(path(monthly, "reports")).status_code == 404


def test_a_long_ledger_and_many_versions_are_read_in_constant_queries(
    monthly, alice, django_assert_max_num_queries
) -> None:
    start = dt.date(2000, 1, 1)
    rows = [
        ExpectedOccurrence(
            obligation=monthly,
            number=100 + n,
            period_from=start + dt.timedelta(days=n),
            period_to=start + dt.timedelta(days=n + 1),
            due_on=start + dt.timedelta(days=n),
            due_at=timezone.now() - dt.timedelta(days=9000 - n),
        )
        for n in range(120)
    ]
    ExpectedOccurrence.objects.bulk_create(rows)
    first = None
    for n in range(60):
        first = factories.CheckInFactory(
            obligation=monthly, revises=first if n % 3 else None, account="x" * 500
        )
    client = signed_in(alice)
    for query in ("", "?page=2", "?view=check-ins", "?view=check-ins&page=2"):
        with django_assert_max_num_queries(17):  # two are the reader's capacities
            page = client.get(path(monthly, "reports") + query)
        assert (query, page.status_code, max(len(page.content), 50_000)) == (query, 200, 50_000)


def test_the_commitment_s_page_gets_the_last_six_times_and_the_next(
    monthly, obligation, django_assert_num_queries
) -> None:
    with django_assert_num_queries(3):
        ledgers = last_times([monthly, obligation])
    assert [(one.obligation, one.total) for one in ledgers] == [(monthly, 6)]
    assert [one.row.number for one in ledgers[0].times] == [6, 5, 4, 3, 2, 1]
    assert last_times([obligation]) == []
