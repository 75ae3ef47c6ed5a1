"""Mails and the pages that they open, in French: all of it is said, and days are said as there."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation

from accounts.models import User
from coordination.audiences.models import Audience
from coordination.base.spoken import at_time, short_day, week_day
from coordination.bodies.models import Seat
from coordination.commitments.models import Breach, CheckIn, Commitment, Level, Obligation
from coordination.outbox.models import AddressProblem, Message
from coordination.processes.models import Membership, Process
from coordination.reminders.actions import tick
from coordination.reminders.checkpoints import sign_all
from runtime.translations import catalogue
from tests import factories

from .conftest import make_due, path

ROOT = Path(__file__).resolve().parents[2]
CHOICES: list[Any] = [
    *(Level, CheckIn.Obstacle, Audience, Breach.State, AddressProblem.Kind, Membership.Role),
    Seat.Vote,
]


@pytest.fixture(scope="module")
def french() -> dict[str, str]:
    return catalogue((ROOT / "locale/fr/LC_MESSAGES/django.po").read_text())


def test_every_choice_that_they_name_is_there_in_french(french: dict[str, str]) -> None:
    with translation.override("en-gb"):
        labels = [str(label) for one in CHOICES for label in one.labels]
    assert [label for label in labels if label not in french] == []


def test_days_are_written_as_in_the_language() -> None:
    day, moment = dt.date(2024, 2, 10), dt.datetime(2024, 8, 1, 9, 5, tzinfo=dt.UTC)
    assert (short_day(day), week_day(day)) == ("10 Feb 2024", "Sat 10 Feb 2024")
    assert at_time(moment) == "Thu 1 Aug 2024, 09:05 UTC"
    with translation.override("fr"):
        assert (short_day(day), week_day(day)) == ("10 fév. 2024", "sam 10 fév. 2024")
        assert at_time(moment) == "jeu 1 août 2024, 09:05 UTC"


def said(message: Message) -> str:
    return " ".join(f"{message.subject} {message.body_text}".replace("\xa0", " ").split())


@pytest.fixture
def alice_in_french(alice: User) -> User:
    alice.language = "fr"
    alice.save()
    return alice


@pytest.mark.django_db
def test_who_reads_french_is_asked_in_french(
    obligation: Obligation, alice_in_french: User, process: Process
) -> None:
    make_due(obligation)
    tick()
    message = Message.objects.get()
    words = said(message)
    assert message.subject.startswith("Point de situation : Withdraw heavy weapons")
    assert "merci d’indiquer où en est cet engagement pour Avaria" in words
    with translation.override("fr"):
        assert f"Échéance {short_day(obligation.due_on)}" in words  # type: ignore[arg-type]
    assert '<html lang="fr"' in message.body_html
    assert "dans 10 jours" in words


@pytest.mark.django_db
def test_their_digest_is_in_french(
    commitment: Commitment, alice_in_french: User, process: Process
) -> None:
    party = factories.PartyFactory(process=process)
    factories.ObligationFactory(commitment=commitment, party=party, focal_point=alice_in_french)
    make_due(*commitment.obligations.all())
    tick()
    message = Message.objects.get()
    assert message.subject == "Valley : 2 points de situation"
    words = said(message)
    assert "2 CHOSES VOUS ATTENDENT." in words
    assert "Le point de situation du" in words and "vous êtes le point focal de" in words
    assert "Un message par jour au plus" in words
    assert "You" not in words


@pytest.mark.django_db
def test_days_are_counted_as_in_their_language(alice_in_french: User, process: Process) -> None:
    factories.AnchorEventFactory(process=process, is_day_zero=True, on=dt.date(2024, 2, 10))
    with translation.override(alice_in_french.language):
        days = [process.day_name(dt.date(2024, 2, day)) for day in (7, 10, 12)]
    assert days == ["J−3", "J+0", "J+2"]
    assert process.day_name(dt.date(2024, 2, 12)) == "D+2"


@pytest.mark.django_db
def test_their_invitation_is_in_french_and_so_is_their_calendar(
    alice_in_french: User, lead_body: Any, process: Process
) -> None:
    factories.TermFactory(seat__body=lead_body, holder=alice_in_french)
    review = factories.ReviewFactory(body=lead_body, number=5)
    assert tick().invited == 1
    message = Message.objects.get(kind="invitation-review")
    with translation.override("fr"):
        day = week_day(review.held_on)
    title = "Joint Military Commission, réunion de suivi 5"
    assert message.subject.startswith(f"Invitation : {title}, {day}, ")
    assert "Vous recevez ce message parce que vous siégez" in said(message)
    assert "réunion de suivi 5" in message.calendar.replace("\r\n ", "")


@pytest.mark.django_db
def test_their_checkpoint_has_its_day_as_in_french(alice_in_french: User, process: Process) -> None:
    factories.EntryFactory(process=process)
    Membership.objects.update(started_at=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
    assert sign_all(dt.datetime(2026, 2, 10, 12, tzinfo=dt.UTC)) == 1
    message = Message.objects.get(kind="checkpoint", recipient=alice_in_french)
    assert "mar 10 fév. 2026, 12:00 UTC" in said(message)
    assert "mar 10 fév. 2026" in message.body_html


def test_no_mail_writes_a_day_in_a_way_of_its_own() -> None:
    """`date` with a pattern is right in one language."""
    mails = [one for one in (ROOT / "templates/emails").rglob("*") if one.is_file()]
    assert [str(one) for one in mails if "|date:" in one.read_text()] == []


@pytest.mark.django_db
def test_the_page_behind_their_link_is_in_french(
    alice_in_french: User, asked: Any, reader: Client
) -> None:
    page = reader.get(path(asked()[1])).content.decode()
    assert "Où cela en est-il" in page and "Non engagé" in page
    assert "Envoyer le point de situation" in page


@pytest.mark.django_db
def test_people_choose_french_in_their_profile(alice: User, client: Client) -> None:
    assert [name for name, _words in settings.LANGUAGES] == ["en-gb", "fr", "ar"]
    client.force_login(alice)
    assert '<option value="fr">Français</option>' in client.get("/account/").content.decode()
