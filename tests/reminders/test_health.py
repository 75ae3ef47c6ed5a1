"""Whether it runs: for the machine that watches, and in words for people."""

import datetime as dt
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from coordination.commitments.models import Obligation
from coordination.outbox.models import ClockReading, Heartbeat
from coordination.processes.models import Membership, Process
from coordination.reminders.actions import tick
from tests.conftest import member
from tests.factories import (
    AddressProblemFactory,
    ClockReadingFactory,
    HeartbeatFactory,
    MessageFactory,
    ReminderFactory,
)

from .conftest import make_due

pytestmark = pytest.mark.django_db


def ready(client: Client) -> tuple[int, str]:
    response = client.get("/health/ready")
    return response.status_code, response.json()["status"]


def test_the_process_answers(client: Client) -> None:
    response = client.get("/health/live")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_it_is_not_ready_before_the_first_tick(client: Client) -> None:
    assert ready(client) == (503, "The schedule has not run yet.")


def test_it_is_ready_while_the_schedule_runs(client: Client) -> None:
    tick()
    assert ready(client) == (200, "ok")


def test_it_is_not_ready_when_the_tick_is_late(client: Client) -> None:
    tick()
    for seconds, status in ((290, 200), (310, 503)):
        Heartbeat.objects.update(at=timezone.now() - dt.timedelta(seconds=seconds))
        assert client.get("/health/ready").status_code == status
    Heartbeat.objects.update(at=timezone.now() - dt.timedelta(minutes=10))
    assert ready(client) == (503, "The schedule last ran 10\xa0minutes ago.")


def test_a_sweep_of_mails_is_no_tick(client: Client) -> None:
    Heartbeat.objects.create(name="deliver", at=timezone.now())
    assert client.get("/health/ready").status_code == 503


@pytest.mark.django_db(transaction=True)
def test_it_is_not_ready_without_its_tables(client: Client) -> None:
    """As before the first migration, or when the database is gone."""
    tick()
    table = connection.ops.quote_name(Heartbeat._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME TO away")
    try:
        assert ready(client) == (503, "the database does not answer")
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE away RENAME TO {table}")


def test_health_needs_no_sign_in_and_leaves_no_cookie(client: Client) -> None:
    for address in ("/health/live", "/health/ready"):
        response = client.get(address)
        assert response.cookies == {}
        assert "no-store" in response["Cache-Control"]
        assert client.post(address).status_code == 405


def test_coordinators_are_told_when_the_schedule_is_late(
    client: Client, process: Process, coordinator: User
) -> None:
    client.force_login(coordinator)
    for words in ("The schedule has not run yet.", "The schedule last ran [0-9] s ago."):
        assert re.search(words, client.get("/p/valley/outbox/").content.decode())
        tick()


# --- What coordinators see ----------------------------------------------------------------------

HEALTH = "/p/valley/outbox/health/"


@pytest.fixture
def desk(client: Client, coordinator: User) -> Client:
    client.force_login(coordinator)
    return client


def text(client: Client, address: str = HEALTH) -> str:
    """A page without its marks, in one line."""
    page = client.get(address)
    assert page.status_code == 200
    return " ".join(re.sub("<[^>]+>", " ", page.content.decode()).split())


def test_how_it_stands_is_one_sentence(
    desk: Client, process: Process, obligation: Obligation
) -> None:
    tick()
    now = timezone.now()
    Heartbeat.objects.filter(name="tick").update(at=now - dt.timedelta(seconds=40))
    HeartbeatFactory(name="deliver", at=now - dt.timedelta(seconds=20))
    long_ago, later = now - dt.timedelta(hours=1), now + dt.timedelta(hours=1)
    for state, next_at in [
        ("pending", now),
        ("pending", long_ago),
        ("pending", later),
        ("claimed", long_ago),
        ("uncertain", long_ago),
        ("sent", long_ago),
    ]:
        MessageFactory(process=process, state=state, next_at=next_at, created_at=long_ago)
    MessageFactory(state="pending", next_at=long_ago)  # of another process
    ReminderFactory(process=process, write_at=long_ago)
    ReminderFactory(process=process, write_at=later)
    make_due(obligation)
    words = text(desk)
    said = r"The schedule last ran 4\d s ago\. 5 due, 3 overdue to send , 1 uncertain\."
    assert re.search(said, words), words[:2000]
    assert re.search(r"Last run 4\d s ago", words)
    assert re.search(r"Last delivery 2\d s ago", words)
    assert "Waiting 2 their time" in words


def test_what_is_overdue_is_listed(desk: Client, process: Process, obligation: Obligation) -> None:
    tick()
    assert "Nothing is overdue." in text(desk)
    long_ago = timezone.now() - dt.timedelta(hours=1)
    mail = MessageFactory(process=process, state="pending", next_at=long_ago, subject="Stuck mail")
    ReminderFactory(process=process, write_at=long_ago, title="Stuck reminder")
    obligation.next_check_in_at, obligation.next_check_in_on = long_ago, process.today()
    obligation.save()
    words = text(desk)
    for what in ("Stuck mail", "Stuck reminder", obligation.commitment.title, "3 overdue to send"):
        assert what in words
    assert f"/p/valley/outbox/{mail.pk}/" in desk.get(HEALTH).content.decode()


def test_an_uncertain_mail_is_settled_from_here(desk: Client, process: Process) -> None:
    mail = MessageFactory(process=process, state="uncertain", attempts=2, subject="Perhaps")
    assert "Perhaps" in text(desk)
    response = desk.post(f"/p/valley/outbox/{mail.pk}/", {"what": "settle", "from": "health"})
    assert response["Location"] == HEALTH
    assert "Perhaps" not in text(desk)


def test_an_address_that_works_again_is_cleared(
    desk: Client, process: Process, alice: User, outsider: User
) -> None:
    problem = AddressProblemFactory(address=alice.email, answer="550 5.1.1 no such user")
    elsewhere = AddressProblemFactory(address=outsider.email)
    words = text(desk)
    assert alice.email in words
    assert "550 5.1.1 no such user" in words
    assert elsewhere.address not in words
    clear = "/p/valley/outbox/addresses/{}/clear/".format
    assert desk.post(clear(elsewhere.pk)).status_code == 404
    assert desk.post(clear(problem.pk))["Location"] == HEALTH
    problem.refresh_from_db()
    assert problem.cleared_at is not None
    assert desk.post(clear(problem.pk)).status_code == 404
    assert "No address of a member fails." in text(desk)


def hold_the_clock() -> None:
    ClockReading.objects.all().delete()
    now = timezone.now()
    ClockReadingFactory(
        at=now - dt.timedelta(hours=2), held_since=now, ahead_seconds=2 * 3600, pk=1
    )


def test_while_the_clock_is_not_trusted_it_is_not_ready_and_every_page_says_so_to_coordinators(
    client: Client, process: Process, coordinator: User, alice: User
) -> None:
    tick()
    hold_the_clock()
    status, words = ready(client)
    far = "The server’s clock is 2\xa0hours ahead of what was expected, so no mail is sent."
    assert (status, words.startswith(far)) == (503, True)
    client.force_login(coordinator)
    for address in ("/p/valley/", "/p/valley/people/", HEALTH):
        assert far in client.get(address).content.decode()
    client.force_login(alice)
    assert far not in client.get("/p/valley/").content.decode()


def test_a_coordinator_is_told_whom_to_ask_about_the_clock(
    desk: Client, process: Process, coordinator: User
) -> None:
    tick()
    hold_the_clock()
    assert "The clock is right" not in text(desk)
    assert "manage.py confirm_clock" in text(desk)
    assert desk.post("/p/valley/outbox/clock/").status_code == 403
    assert ClockReading.objects.get().held_since is not None
    other = member(process, "Sasha", Membership.Role.COORDINATOR)
    User.objects.filter(pk=other.pk).update(is_staff=True)
    assert "These may confirm it on this page: Sasha" in text(desk)


def test_a_coordinator_of_the_staff_says_that_the_clock_is_right(
    desk: Client, process: Process, coordinator: User
) -> None:
    User.objects.filter(pk=coordinator.pk).update(is_staff=True)
    tick()
    hold_the_clock()
    assert "The clock is right" in text(desk)
    assert desk.post("/p/valley/outbox/clock/")["Location"] == HEALTH
    assert ClockReading.objects.get().held_since is None
    assert ready(desk) == (200, "ok")
    assert "The clock is right" not in text(desk)


def test_a_late_tick_is_said_on_every_page_to_coordinators_alone(
    client: Client, process: Process, coordinator: User, alice: User
) -> None:
    tick()
    late = "The schedule last ran 10\xa0minutes ago."
    client.force_login(coordinator)
    assert "The schedule" not in client.get("/p/valley/").content.decode()
    Heartbeat.objects.update(at=timezone.now() - dt.timedelta(minutes=10))
    for address in ("/p/valley/", "/p/valley/commitments/"):
        assert late in client.get(address).content.decode()
    client.force_login(alice)
    assert late not in client.get("/p/valley/").content.decode()


def test_to_look_whether_it_runs_costs_a_page_one_query(desk: Client, process: Process) -> None:
    tick()
    with CaptureQueriesContext(connection) as captured:
        desk.get("/p/valley/people/")
    asking = [one["sql"] for one in captured if "heartbeat" in one["sql"]]
    assert len(asking) == 1
    clock = [one["sql"] for one in captured if "clockreading" in one["sql"]]
    assert clock == asking


def test_the_page_is_small_and_not_for_others(
    client: Client, process: Process, coordinator: User, alice: User, obligation: Obligation
) -> None:
    long_ago = timezone.now() - dt.timedelta(hours=1)
    for state in ("pending", "uncertain"):
        MessageFactory.create_batch(
            20, process=process, state=state, next_at=long_ago, subject="S" * 240
        )
    ReminderFactory.create_batch(20, process=process, write_at=long_ago, title="T" * 240)
    client.force_login(coordinator)
    assert len(client.get(HEALTH).content) < 50_000
    client.force_login(alice)
    assert client.get(HEALTH).status_code == 403
    assert client.post("/p/valley/outbox/clock/").status_code == 403
    assert client.post("/p/valley/outbox/addresses/1/clear/").status_code == 403
