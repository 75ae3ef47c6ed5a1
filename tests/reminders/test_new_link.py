"""The way on from a link that opens nothing: a new one, to the address that had it."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.middleware import EvenAnswers
from accounts.models import User
from coordination.base import capabilities
from coordination.commitments.models import Level, Obligation
from coordination.outbox.models import Message
from coordination.reminders.models import CheckInLink

from .conftest import answer, path, token_in

pytestmark = pytest.mark.django_db

WORDS = "If the link was real, a new one is on its way to the address that it was sent to."


def expire() -> None:
    now = timezone.now()
    CheckInLink.objects.update(
        created_at=now - dt.timedelta(days=20), expires_at=now - dt.timedelta(seconds=1)
    )


def revoke() -> None:
    CheckInLink.objects.update(revoked_at=timezone.now())


def leave(alice: User) -> None:
    alice.memberships.update(ended_at=timezone.now())


def test_an_expired_link_is_replaced_by_a_mail_to_the_same_address(
    reader: Client, token: str, alice: User
) -> None:
    expire()
    first = Message.objects.get()
    dead = reader.get(path(token))
    assert 'action="new-link/"' in dead.content.decode()
    page = reader.post(path(token, "new-link/"))
    assert (page.status_code, page.cookies) == (200, {})
    assert WORDS in page.content.decode()
    mail = Message.objects.exclude(pk=first.pk).get()
    assert (mail.to_address, mail.recipient) == (alice.email, alice)
    new = token_in(mail)
    assert new not in page.content.decode()
    assert reader.post(path(new), answer()).status_code == 302


def test_from_the_pages_below_a_link_the_way_on_is_the_same(reader: Client, token: str) -> None:
    expire()
    for leaf in ("receipt/", "someone-else/"):
        assert 'action="../new-link/"' in reader.get(path(token, leaf)).content.decode()


def test_asked_for_twice_a_day_it_is_sent_once(reader: Client, token: str) -> None:
    expire()
    pages = [reader.post(path(token, "new-link/")).content for _ in range(3)]
    assert len(set(pages)) == 1
    assert Message.objects.count() == 2


@pytest.mark.parametrize(
    "why", ["forged", "revoked", "former member", "former focal point", "closed account"]
)
def test_what_opens_nothing_for_good_gets_the_same_page_and_no_mail(
    reader: Client, token: str, alice: User, bob: User, why: str
) -> None:
    expire()
    real = reader.post(path(token, "new-link/"))
    Message.objects.exclude(pk=Message.objects.earliest("pk").pk).delete()
    make: dict[str, Callable[[], object]] = {
        "forged": lambda: None,
        "revoked": revoke,
        "former member": lambda: leave(alice),
        "former focal point": lambda: Obligation.objects.update(focal_point=bob),
        "closed account": lambda: User.objects.filter(pk=alice.pk).update(is_active=False),
    }
    make[why]()
    asked = capabilities.token_for("nonce") if why == "forged" else token
    page = reader.post(path(asked, "new-link/"))
    assert (page.status_code, page.content) == (real.status_code, real.content)
    assert dict(page.headers) | {"Expires": ""} == dict(real.headers) | {"Expires": ""}
    assert Message.objects.count() == 1


@pytest.mark.parametrize(
    ("now", "words", "answers"),
    [
        ({"is_suspended": True}, "It is suspended: no report is asked for now.", False),
        ({"withdrawn_at": timezone.now()}, "It was withdrawn: no report is asked for", False),
        (
            {"verified_level": Level.FULL, "verified_at": timezone.now()},
            "It was found to be fulfilled: no report is asked for any more.",
            False,
        ),
        (
            {"reported_level": Level.FULL, "reported_at": timezone.now()},
            "It was reported as fulfilled. There is nothing to do, unless",
            True,
        ),
        (
            {  # reported, and found otherwise since: it is asked for as ever
                "reported_level": Level.FULL,
                "reported_at": timezone.now() - dt.timedelta(days=1),
                "verified_level": Level.MINIMUM,
                "verified_at": timezone.now(),
            },
            "Alice, please report where this stands",
            True,
        ),
    ],
)
def test_of_what_is_not_asked_any_more_the_page_says_the_same_and_the_mail_how_it_stands(
    reader: Client, token: str, now: dict[str, Any], words: str, answers: bool
) -> None:
    expire()
    dead = reader.post(path(capabilities.token_for("nonce"), "new-link/"))
    Obligation.objects.update(**now)
    page = reader.post(path(token, "new-link/"))
    assert page.content == dead.content
    mail = Message.objects.latest("pk")
    assert words in " ".join(mail.body_text.split())
    assert words in " ".join(mail.body_html.split())
    assert ("/c/" in mail.body_text, "/c/" in mail.body_html) == (answers, answers)
    if answers:
        assert reader.post(path(token_in(mail)), answer()).status_code == 302


def test_reading_asks_for_nothing(reader: Client, token: str) -> None:
    expire()
    for call in (reader.get, reader.head, reader.put):
        assert call(path(token, "new-link/")).status_code == 405
    assert Message.objects.count() == 1


def test_the_answer_leaves_at_a_fixed_time_whether_a_mail_was_written_or_not() -> None:
    assert "check-in-new-link" in EvenAnswers.ROUTES


def test_both_pages_are_small(reader: Client, token: str) -> None:
    assert len(reader.get(path("forged")).content) < 10_000
    assert len(reader.post(path("forged", "new-link/")).content) < 10_000
