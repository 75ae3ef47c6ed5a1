"""Whether it runs: for the machine that watches, and in words for people."""

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import User
from coordination.outbox.models import Heartbeat, Message
from coordination.processes.models import Process
from coordination.reminders.actions import tick
from coordination.reminders.queries import health
from tests.factories import MessageFactory

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


def test_it_counts_what_is_due_waiting_and_uncertain(process: Process, obligation: object) -> None:
    for state in Message.State.values:
        MessageFactory(process=process, state=state)
    make_due(obligation)  # type: ignore[arg-type]
    now = health()
    assert (now.due, now.waiting, now.uncertain) == (1, 1, 1)


def test_coordinators_are_told_when_the_schedule_is_late(
    client: Client, process: Process, coordinator: User
) -> None:
    client.force_login(coordinator)
    for words in ("The schedule has not run yet.", "The schedule ran less than 300 seconds ago."):
        assert words in client.get("/p/valley/outbox/").content.decode()
        tick()
