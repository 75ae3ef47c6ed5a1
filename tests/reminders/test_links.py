"""The link in a check-in mail: a right to answer, for one person, for a while."""

import datetime as dt
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.html import escape

from accounts.models import User
from coordination.base import capabilities
from coordination.commitments.actions import submit_check_in
from coordination.commitments.models import CheckIn, Commitment, Level, Obligation
from coordination.ledger.actions import Origin
from coordination.ledger.models import Entry
from coordination.outbox.actions import deliver
from coordination.outbox.mime import written
from coordination.outbox.models import Message
from coordination.processes.models import Membership
from coordination.reminders.models import CheckInLink, Occurrence, Reminder
from tests import factories
from tests.outbox.sink import Sink
from tests.threads import at_once

from .conftest import answer, dump, make_due, message_of, path

State = Occurrence.State

pytestmark = pytest.mark.django_db


# --- The token ---------------------------------------------------------------------------------


def test_the_token_is_in_the_mail_as_sent_and_nowhere_in_the_database(
    asked: Any, settings: Any, obligation: Obligation, client: Client
) -> None:
    sink = Sink()
    sink.start()
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.port
    _occurrence, token = asked()
    Message.objects.update(next_at=timezone.now() - dt.timedelta(seconds=5))
    deliver()
    sink.stop()
    client.post(path(token), answer())
    text, html = sink.accepted[0].mail.iter_parts()
    assert f"\r\nCheck in:\r\nhttp://testserver/c/{token}/\r\n" in text.get_content()
    assert html.get_content().count(f'href="http://testserver/c/{token}/"') == 2
    unsubscribe = f"<http://testserver/c/{token}/someone-else/>"
    assert f"List-Unsubscribe: {unsubscribe}\r\n".encode() in sink.accepted[0].raw
    found = [table for table, rows in dump().items() if any(token in row for row in rows)]
    assert found == []
    assert CheckInLink.objects.get().token_hash == capabilities.digest(token)


def test_no_placeholder_leaves_in_a_mail(asked: Any) -> None:
    occurrence, _token = asked()
    assert b"capability" not in written(message_of(occurrence))


def test_the_token_depends_on_the_secret_of_the_installation(asked: Any, settings: Any) -> None:
    occurrence, token = asked()
    settings.SECRET_KEY = "another-" + "1" * 50
    assert token.encode() not in written(message_of(occurrence))


def test_each_question_has_a_token_of_its_own(asked: Any, obligation: Obligation) -> None:
    _first, token = asked()
    Occurrence.objects.update(local_date=dt.date(2024, 1, 1))
    Message.objects.update(key="earlier")
    Reminder.objects.update(key="earlier")
    _second, other = asked()
    assert len({token, other}) == 2


# --- The page ----------------------------------------------------------------------------------


def test_the_link_opens_a_form_without_a_default(
    reader: Client, token: str, commitment: Commitment
) -> None:
    page = reader.get(path(token))
    assert page.status_code == 200
    html = page.content.decode()
    assert commitment.title in html
    assert "Avaria" in html
    assert " checked" not in html
    assert '<option value="" selected>' in html
    assert page.cookies == {}
    assert page["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"
    assert page["Referrer-Policy"] == "same-origin"


def test_what_others_wrote_stays_text_on_the_page(
    reader: Client, token: str, commitment: Commitment
) -> None:
    Commitment.objects.update(title="<script>alert(1)</script>", text="<img src=x>")
    html = reader.get(path(token)).content.decode()
    assert "<script>" not in html
    assert "<img" not in html


def test_the_page_is_in_the_recipient_s_language_and_time_zone(
    reader: Client, token: str, alice: User
) -> None:
    User.objects.filter(pk=alice.pk).update(language="fr", time_zone="Asia/Tokyo")
    html = reader.get(path(token)).content.decode()
    assert '<html lang="fr"' in html
    assert "JST" in html


@pytest.mark.parametrize("answered", [False, True])
def test_following_a_link_changes_no_row(reader: Client, token: str, answered: bool) -> None:
    if answered:
        reader.post(path(token), answer())
    before = dump()
    for leaf in ("", "receipt/", "someone-else/"):
        for call in (reader.get, reader.head):
            status = 302 if leaf == "receipt/" and not answered else 200
            assert call(path(token, leaf)).status_code == status
            assert dump() == before


# --- Answering ---------------------------------------------------------------------------------


def test_an_answer_is_recorded_as_the_recipient_s(
    reader: Client, token: str, alice: User, obligation: Obligation
) -> None:
    response = reader.post(path(token), answer(account="  Two convoys left.  "))
    assert (response.status_code, response["Location"]) == (302, path(token, "receipt/"))
    check_in = CheckIn.objects.get()
    occurrence = Occurrence.objects.get()
    assert (check_in.author, check_in.recorded_by) == (alice, alice)
    assert (check_in.level, check_in.account, check_in.obstacle) == (
        1,
        "Two convoys left.",
        "access",
    )
    assert check_in.period_on == occurrence.local_date
    assert (occurrence.state, occurrence.check_in) == (State.ANSWERED, check_in)
    entry = Entry.objects.latest("sequence")
    assert (entry.verb, entry.origin, entry.actor) == ("check-in.submitted", Origin.LINK, alice)
    obligation.refresh_from_db()
    assert obligation.reported_level == Level.MINIMUM
    receipt = reader.get(path(token, "receipt/")).content.decode()
    assert "Receipt C-1/1" in receipt
    assert "“Two convoys left.”" in receipt


def test_an_answer_says_when_it_was_done_or_is_expected_to_be(
    reader: Client, token: str, obligation: Obligation
) -> None:
    today = obligation.commitment.process.today()
    reader.post(path(token), answer(next_expected_on=str(today)))
    reader.post(path(token), answer(level="3", obstacle="nothing", done_on=str(today)))
    done, begun = CheckIn.objects.all()
    assert (begun.done_on, begun.next_expected_on) == (None, today)
    assert (done.done_on, done.next_expected_on) == (today, None)
    assert "Done on" in reader.get(path(token, "receipt/")).content.decode()


def test_the_page_of_a_long_rhythm_is_small_and_a_second_answer_is_about_the_same_time(
    reader: Client, token: str, obligation: Obligation
) -> None:
    Commitment.objects.update(kind=Commitment.Kind.RECURRING, every_amount=1, every_unit="days")
    day = obligation.commitment.process.today() - dt.timedelta(days=99)
    for n in range(1, 101):
        factories.ExpectedOccurrenceFactory(
            obligation=obligation,
            number=n,
            period_from=day + dt.timedelta(days=n - 1),
            period_to=day + dt.timedelta(days=n),
            due_on=day + dt.timedelta(days=n - 1),
            due_at=timezone.now() + dt.timedelta(days=n - 100, hours=1),
        )
    page = reader.get(path(token))
    assert len(page.content) < 10_000
    owed = page.context["form"]["expected"].initial
    reader.post(path(token), answer(level="3", expected=str(owed)))
    page = reader.get(path(token))
    assert page.context["form"]["expected"].value() == owed
    assert f'<option value="{owed}" selected>' in page.content.decode()
    reader.post(path(token), answer(level="2", expected=str(owed)))
    second, first = CheckIn.objects.all()
    assert (second.revises, second.expected_id, first.expected_id) == (first, owed, owed)


def test_an_answer_withdraws_a_mail_that_has_not_left(reader: Client, token: str) -> None:
    reader.post(path(token), answer())
    assert Message.objects.get().state == Message.State.SUPERSEDED


def test_a_form_sent_twice_counts_once(reader: Client, token: str) -> None:
    form = answer()
    for _ in range(2):
        assert reader.post(path(token), form).status_code == 302
    assert CheckIn.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_form_sent_twice_at_once_counts_once(token: str) -> None:
    form = answer()
    responses = at_once(*[lambda: Client().post(path(token), form)] * 3)
    assert [response.status_code for response in responses] == [302] * 3
    assert CheckIn.objects.count() == 1


def test_a_second_answer_revises_the_first_and_both_are_kept(reader: Client, token: str) -> None:
    reader.post(path(token), answer())
    assert "You have answered this one." in reader.get(path(token)).content.decode()
    reader.post(path(token), answer(level="2", account="Three."))
    second, first = CheckIn.objects.all()
    assert (first.level, second.level, second.revises) == (1, 2, first)
    assert Occurrence.objects.get().check_in == second
    assert "“Three.”" in reader.get(path(token, "receipt/")).content.decode()
    assert Entry.objects.latest("sequence").verb == "check-in.revised"


def test_no_change_takes_two_presses(reader: Client, token: str, alice: User) -> None:
    submit_check_in(
        obligation=Obligation.objects.get(),
        author=alice,
        level=Level.INTERMEDIATE,
        account="One left to do.",
        obstacle="means",
        origin=Origin.WEB,
        at=timezone.now() - dt.timedelta(days=9),
    )
    before = dump()
    page = reader.post(path(token), {"same": "1"})
    assert page.status_code == 200
    assert dump() == before
    form = {
        tag.split('name="')[1].split('"')[0]: tag.split('value="')[1].split('"')[0]
        for tag in page.content.decode().split("<input")[1:]
    }
    assert set(form) == {"submission", "level", "obstacle", "account", "audience"}
    assert reader.post(path(token), form).status_code == 302
    repeated = CheckIn.objects.first()
    assert (repeated.level, repeated.account, repeated.obstacle) == (2, "One left to do.", "means")


def test_the_link_asks_who_is_to_read_the_answer_and_no_change_asks_for_the_same(
    reader: Client, token: str, obligation: Obligation
) -> None:
    field = reader.get(path(token)).context["form"].fields["audience"]
    assert [key for key, _label in field.choices] == ["bodies", "delegation", "process"]
    assert reader.post(path(token), answer(audience="delegation")).status_code == 302
    made = CheckIn.objects.get()
    assert (made.audience, made.delegation) == ("delegation", obligation.party)
    assert "the delegation alone" in reader.get(path(token, "receipt/")).content.decode()
    assert reader.get(path(token)).context["form"]["audience"].value() == "delegation"
    page = reader.post(path(token), {"same": "1"})
    assert page.context["repeated"]["audience"] == "delegation"


def test_the_mail_tells_the_level_that_was_reported_and_no_words(
    asked: Any, obligation: Obligation, alice: User
) -> None:
    submit_check_in(
        obligation=obligation,
        author=alice,
        level=Level.MINIMUM,
        account="One left to do.",
        audience="delegation",
        origin=Origin.WEB,
        at=timezone.now() - dt.timedelta(days=9),
    )
    message = message_of(asked()[0])
    for body in (message.body_text, message.body_html):
        assert ("Minimum" in body, "One left" in body) == (True, False)


def test_the_link_of_somebody_who_left_is_none_any_more(
    reader: Client, token: str, alice: User
) -> None:
    reader.post(path(token), answer())
    Membership.objects.filter(user=alice).update(ended_at=timezone.now())
    for leaf in ("", "receipt/", "someone-else/"):
        page = reader.get(path(token, leaf))
        assert (page.status_code, "Two convoys" in page.content.decode()) == (404, False)


def test_no_change_says_again_by_when_it_will_be_done(
    reader: Client, token: str, obligation: Obligation
) -> None:
    today = obligation.commitment.process.today()
    reader.post(path(token), answer(next_expected_on=str(today + dt.timedelta(days=3))))
    page = reader.post(path(token), {"same": "1"})
    assert page.context["repeated"]["next_expected_on"] == str(today + dt.timedelta(days=3))
    CheckIn.objects.update(next_expected_on=today - dt.timedelta(days=1))
    page = reader.post(path(token), {"same": "1"})
    assert "next_expected_on" not in page.context["repeated"]


def test_what_was_entered_beside_no_change_is_kept_and_goes_back_into_the_form(
    reader: Client, token: str
) -> None:
    reader.post(path(token), answer(audience="delegation"))
    untouched = {"account": "", "obstacle": "", "audience": "delegation", "same": "1"}
    assert "not sent with this" not in reader.post(path(token), untouched).content.decode()
    entered = answer(
        level="2", account="Three\n\n<left>. ", obstacle="", next_expected_on="soon", done_on=""
    )
    before = dump()
    page = reader.post(path(token), entered | {"same": "1"})
    assert (page.status_code, "not sent with this" in page.content.decode()) == (200, True)
    assert "Three<br><br>&lt;left&gt;." in page.content.decode()
    carried = page.context["typed"] | {"back": "1"}
    for name, value in page.context["typed"].items():
        hidden = f'<input type="hidden" name="{name}" value="{escape(value)}">'
        assert hidden in page.content.decode()
    page = reader.post(path(token), carried)
    form = page.context["form"]
    assert (page.status_code, form.errors) == (200, {})
    shown = {name: str(form[name].value()) for name in carried if name != "back"}
    assert shown == {name: value for name, value in carried.items() if name != "back"}
    assert shown == {name: entered[name] for name in ("level", "account", "next_expected_on")}
    assert 'value="2" required checked' in page.content.decode()
    assert dump() == before


def test_no_change_without_an_earlier_report_is_no_answer(reader: Client, token: str) -> None:
    assert reader.post(path(token), {"same": "1"}).status_code == 422
    assert not CheckIn.objects.exists()


def test_another_person_s_report_is_not_repeated(reader: Client, token: str, bob: User) -> None:
    submit_check_in(
        obligation=Obligation.objects.get(),
        author=bob,
        level=Level.FULL,
        account="A word of somebody else.",
        origin=Origin.WEB,
    )
    assert "A word of somebody else." not in reader.get(path(token)).content.decode()
    assert reader.post(path(token), {"same": "1"}).status_code == 422


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"level": ""}, "Choose one of the four levels."),
        ({"level": "9"}, "Choose one of the list."),
        ({"obstacle": ""}, "Choose what holds it up, or “Nothing”."),
        ({"account": "x" * 2001}, "Write at most 2000 characters."),
    ],
)
def test_an_incomplete_answer_is_shown_again_with_what_was_typed(
    reader: Client, token: str, fields: dict[str, str], says: str
) -> None:
    form = answer(account="What I typed") | fields
    page = reader.post(path(token), form)
    assert page.status_code == 422
    html = page.content.decode()
    assert says in html
    assert "Not sent. What is marked below" in html
    assert form["account"] in html
    assert form["submission"] in html
    assert not CheckIn.objects.exists()


@pytest.mark.parametrize("submission", ["", "not a key"])
def test_a_form_that_lost_its_key_is_taken_all_the_same(
    reader: Client, token: str, submission: str
) -> None:
    assert reader.post(path(token), answer(submission=submission)).status_code == 302
    assert CheckIn.objects.count() == 1


def test_a_form_of_another_commitment_is_refused_beside_what_was_typed(
    reader: Client, token: str
) -> None:
    other = factories.CheckInFactory()
    page = reader.post(path(token), answer(submission=str(other.submission)))
    assert page.status_code == 422
    assert "This form was sent for another commitment." in page.content.decode()
    assert "Two convoys left." in page.content.decode()


# --- Links that open nothing --------------------------------------------------------------------


@pytest.fixture(
    params=["unknown", "expired", "revoked", "closed", "left", "replaced", "placeholder"]
)
def dead(request: pytest.FixtureRequest, token: str, alice: User, bob: User) -> str:
    """A token that opens nothing, for one reason after the other."""
    past = timezone.now() - dt.timedelta(days=20)
    match request.param:
        case "unknown":
            return capabilities.token_for("nonce")
        case "expired":
            CheckInLink.objects.update(
                created_at=past, expires_at=timezone.now() - dt.timedelta(seconds=1)
            )
        case "revoked":
            CheckInLink.objects.update(revoked_at=timezone.now())
        case "closed":
            User.objects.filter(pk=alice.pk).update(is_active=False)
        case "left":
            alice.memberships.update(ended_at=timezone.now())
        case "replaced":
            Obligation.objects.update(focal_point=bob)
        case "placeholder":
            return Message.objects.get().body_text.split("/c/")[1].split("/")[0]
    return token


def test_every_dead_link_shows_the_same_page_and_does_nothing(reader: Client, dead: str) -> None:
    before = dump()
    for leaf in ("", "receipt/", "someone-else/"):
        forged = reader.get(path("forged", leaf))
        responses = [reader.get(path(dead, leaf))]
        if leaf != "receipt/":
            responses.append(reader.post(path(dead, leaf), answer()))
        for response in responses:
            assert (response.status_code, response.content) == (404, forged.content)
            headers = dict(response.headers) | {"Expires": ""}
            assert headers == dict(forged.headers) | {"Expires": ""}
    head = reader.head(path(dead))
    assert (head.status_code, head.content) == (404, b"")
    assert dump() == before


def test_nonsense_opens_nothing(reader: Client, obligation: Obligation) -> None:
    assert reader.get(path("%00")).status_code == 400
    for nonsense in ("", "%F0%9F", "ü", "x" * 5000, "..%2f", "~capability"):
        assert reader.get(path(nonsense)).status_code == 404


def test_a_link_knows_no_other_method(token: str) -> None:
    before = dump()
    client = Client()
    for call in (client.put, client.patch, client.delete, client.options, client.trace):
        for leaf in ("", "receipt/", "someone-else/"):
            assert call(path(token, leaf)).status_code == 405
    assert client.post(path(token, "receipt/")).status_code == 405
    assert dump() == before


# --- Logs ---------------------------------------------------------------------------------------


@pytest.fixture
def logged() -> Iterator[Callable[[], str]]:
    """Everything that the loggers let through, whichever it is, from now on."""
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    handler = Keep()
    handler.addFilter(capabilities.ConcealLinks())
    loggers = [logging.getLogger(), logging.getLogger("django")]
    for logger in loggers:
        logger.addHandler(handler)
    yield lambda: "\n".join(lines)
    for logger in loggers:
        logger.removeHandler(handler)


def test_a_check_in_leaves_its_token_in_no_log(
    reader: Client, asked: Any, logged: Callable[[], str], settings: Any
) -> None:
    settings.EMAIL_HOST = ""
    _occurrence, token = asked()
    deliver()
    reader.get(path(token))
    reader.post(path(token), {})  # 422
    reader.put(path(token))  # 405
    reader.post(path(token), answer())
    reader.get(path(token, "receipt/"))
    reader.post(path(token, "someone-else/"), {"confirm": "1"})
    reader.get(path(token))  # 404
    reader.post(path(token, "receipt/"))  # 403, which Django logs with the address
    assert token not in logged()
    assert "Forbidden (CSRF cookie not set.): /c/…/receipt/" in logged()


def test_two_links_of_one_person_answer_for_their_own_commitment(
    reader: Client, commitment: Commitment, alice: User, asked: Any
) -> None:
    _occurrence, token = asked()
    party = factories.PartyFactory(process=commitment.process)
    other = factories.ObligationFactory(commitment=commitment, party=party, focal_point=alice)
    make_due(other)
    reader.post(path(token), answer())
    assert not other.check_ins.exists()
