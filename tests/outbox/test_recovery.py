"""Workers that vanish, hold on too long, or run at the same time."""

import os
import shutil
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User
from coordination.outbox.actions import deliver, delivery, supersede
from coordination.outbox.models import Message
from tests.threads import at_once

from .conftest import end_leases, make_due
from .sink import Sink

State = Message.State
Waiting = Callable[..., Message]
ROOT = Path(__file__).resolve().parents[2]

at_work = {"owner": "a worker that is gone", "lease_until": timezone.now(), "attempts": 1}


def fate(message: Message) -> tuple[str, int, bool]:
    message.refresh_from_db()
    return message.state, message.attempts, message.ambiguous


def in_database(call: Callable[[], Any]) -> Callable[[], str]:
    """For the sink's script: what happens in the database while the worker waits for an answer."""

    def run() -> str:
        try:
            call()
        finally:
            connection.close()
        return ""

    return run


@pytest.mark.django_db
def test_a_mail_that_was_only_claimed_is_sent_safely(sink: Sink, waiting: Waiting) -> None:
    message = waiting(state=State.CLAIMED, **at_work)
    end_leases()
    deliver()
    assert fate(message) == (State.SENT, 2, False)
    assert len(sink.accepted) == 1


@pytest.mark.django_db
def test_a_mail_that_was_being_handed_over_is_sent_once_more_and_marked(
    sink: Sink, waiting: Waiting
) -> None:
    message = waiting(state=State.TRANSMITTING, **at_work)
    end_leases()
    deliver()
    assert fate(message) == (State.PENDING, 1, True)
    assert message.error == "The worker stopped while handing it over."
    make_due()
    deliver()
    assert fate(message) == (State.SENT, 2, True)


@pytest.mark.django_db
def test_a_mail_that_was_being_handed_over_twice_is_left_to_a_person(
    sink: Sink, waiting: Waiting
) -> None:
    message = waiting(state=State.TRANSMITTING, ambiguous=True, **at_work)
    end_leases()
    deliver()
    make_due()
    deliver()
    assert fate(message) == (State.UNCERTAIN, 1, True)
    assert sink.accepted == []


@pytest.mark.django_db
@pytest.mark.parametrize("state", [State.CLAIMED, State.TRANSMITTING])
def test_a_mail_that_somebody_is_sending_is_left_to_them(
    sink: Sink, waiting: Waiting, state: str
) -> None:
    soon = timezone.now() + delivery.LEASE
    message = waiting(state=state, owner="another", lease_until=soon, attempts=1)
    assert deliver() == 0
    assert fate(message) == (state, 1, False)


@pytest.mark.django_db(transaction=True)
def test_the_fence_is_committed_before_the_mail_leaves(sink: Sink, waiting: Waiting) -> None:
    waiting()
    seen: list[str] = []
    note = in_database(lambda: seen.append(Message.objects.get().state))
    sink.say("RCPT", note)
    sink.say("DATA", note)
    sink.say("END", note)
    deliver()
    # Announced, the mail has not left: that it does is on record before its text is said.
    assert seen == [State.CLAIMED, State.CLAIMED, State.TRANSMITTING]
    assert len(sink.accepted) == 1


@pytest.mark.django_db(transaction=True)
def test_a_worker_whose_lease_ran_out_sends_nothing(sink: Sink, waiting: Waiting) -> None:
    late, other = waiting(), waiting("other@people.example")
    sink.say("RCPT", in_database(end_leases))
    deliver()
    # Both leases ended; whoever comes next sends them.
    assert sink.accepted == []
    deliver()
    assert [fate(late), fate(other)] == [(State.SENT, 2, False)] * 2
    assert len(sink.accepted) == 2


@pytest.mark.django_db(transaction=True)
def test_a_mail_withdrawn_at_the_last_moment_does_not_leave(sink: Sink, waiting: Waiting) -> None:
    withdrawn, other = waiting(), waiting("other@people.example")
    mine = Message.objects.filter(pk=withdrawn.pk)
    sink.say("RCPT", in_database(lambda: supersede(mine, "No longer needed.")))
    deliver()
    assert fate(withdrawn) == (State.SUPERSEDED, 1, False)
    assert fate(other) == (State.SENT, 1, False)
    assert sink.recipients == ["other@people.example"]


@pytest.mark.django_db(transaction=True)
def test_who_leaves_while_the_batch_is_sent_gets_no_mail(sink: Sink, waiting: Waiting) -> None:
    waiting()
    late = waiting("late@people.example")
    people = User.objects.filter(email="late@people.example")
    sink.say("END", in_database(lambda: people.update(is_active=False)))
    deliver()
    assert fate(late)[0] == State.CANCELLED
    assert sink.recipients == ["alice@people.example"]


@pytest.mark.django_db(transaction=True)
def test_workers_at_the_same_time_send_each_mail_once(
    sink: Sink, waiting: Waiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "BATCH", 3)
    addresses = [f"{n}@people.example" for n in range(15)]
    messages = [waiting(address) for address in addresses]
    dealt_with = at_once(deliver, deliver, deliver)
    assert sum(dealt_with) == 15
    assert sorted(sink.recipients) == sorted(addresses)
    assert {fate(message) for message in messages} == {(State.SENT, 1, False)}


@pytest.mark.django_db(transaction=True)
def test_two_who_find_the_same_dead_worker_count_its_mail_once(
    sink: Sink, waiting: Waiting
) -> None:
    message = waiting(state=State.TRANSMITTING, **at_work)
    end_leases()
    at_once(deliver, deliver)
    assert fate(message) == (State.PENDING, 1, True)
    assert message.events.count() == 1


# --- A worker that is killed ------------------------------------------------------------------


def worker(port: int) -> subprocess.Popen[bytes]:
    """`manage.py tick` on the test's database, in a process of its own."""
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        url = f"sqlite:///{database['NAME']}"
    else:
        url = os.environ["DATABASE_URL"].rpartition("/")[0] + f"/{database['NAME']}"
    return subprocess.Popen(
        [sys.executable, "manage.py", "tick"],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": url, "EMAIL_URL": f"smtp://127.0.0.1:{port}"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def kill_once(process: subprocess.Popen[bytes], fact: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    try:
        while not fact():
            assert time.monotonic() < deadline, "the worker did not come to it"
            assert process.poll() is None, "the worker came to its end"
            time.sleep(0.02)
    finally:
        process.kill()
        process.wait()


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_mid_batch_loses_nothing_and_sends_nothing_twice_unmarked(
    sink: Sink, waiting: Waiting
) -> None:
    addresses = [f"{n}@people.example" for n in range(6)]
    messages = {message.to_address: message for message in map(waiting, addresses)}
    sink.pause = 1  # a mail has arrived a second before the worker hears of it
    for arrived in (2, 3):
        kill_once(worker(sink.port), lambda n=arrived: len(sink.accepted) == n)
        end_leases()
        make_due()
    sink.pause = 0
    while Message.objects.filter(state__in=[State.PENDING, State.TRANSMITTING]).exists():
        deliver()
        end_leases()
        make_due()
    assert set(sink.recipients) == set(addresses)
    twice = {address for address in addresses if sink.recipients.count(address) > 1}
    fates = {address: fate(message) for address, message in messages.items()}
    assert {state for state, _tries, _ambiguous in fates.values()} == {State.SENT}
    assert twice == {address for address, (_, _, ambiguous) in fates.items() if ambiguous}
    assert len(twice) == 2
    assert len(sink.accepted) == len(addresses) + len(twice)
    for address in twice:
        ids = {one.mail["Message-ID"] for one in sink.accepted if one.to == address}
        assert ids == {messages[address].message_id}


# --- Encryption -------------------------------------------------------------------------------


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    key, file = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        [
            *(openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-days", "2", "-subj", "/CN=localhost"),
            *("-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(file)),
        ],
        check=True,
        capture_output=True,
    )
    return file, key


@pytest.fixture
def encrypted_sink(certificate: tuple[Path, Path], settings: Any) -> Iterator[Sink]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    server = Sink(tls=context)
    server.start()
    settings.EMAIL_HOST, settings.EMAIL_PORT = "localhost", server.port
    settings.EMAIL_USE_TLS = True
    yield server
    server.stop()


@pytest.mark.django_db
def test_a_server_that_cannot_prove_its_name_gets_no_mail(
    encrypted_sink: Sink, waiting: Waiting
) -> None:
    message = waiting()
    deliver()
    assert fate(message) == (State.PENDING, 1, False)
    assert message.error == "The mail server did not answer (SSLCertVerificationError)."
    assert encrypted_sink.accepted == []


@pytest.mark.django_db
def test_a_server_that_proves_its_name_gets_mail(
    encrypted_sink: Sink,
    certificate: tuple[Path, Path],
    waiting: Waiting,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    message = waiting()
    deliver()
    assert fate(message) == (State.SENT, 1, False)
    assert len(encrypted_sink.accepted) == 1


@pytest.mark.django_db
def test_a_password_that_the_server_refuses_is_reported_without_it(
    encrypted_sink: Sink,
    certificate: tuple[Path, Path],
    waiting: Waiting,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "entente", "open sesame"
    message = waiting()
    deliver()
    assert fate(message) == (State.PENDING, 1, False)
    assert message.error.startswith("The mail server answered 535 ")
    assert "sesame" not in message.error
