"""Invitations to reviews: what people's calendars are told, once, and anew when it changes."""

import datetime as dt
import zoneinfo
from collections.abc import Iterator

import icalendar
import pytest
import vobject
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import assume, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from accounts.models import User
from coordination.base.dates import local_moment
from coordination.bodies.models import Body, Term
from coordination.ledger.actions import Origin
from coordination.outbox.actions import clear_problem, send_again
from coordination.outbox.addresses import CAME_BACK, open_problem
from coordination.outbox.mime import written
from coordination.outbox.models import AddressProblem, Message, MessageEvent
from coordination.processes.models import Membership, Process
from coordination.reminders.actions import tick
from coordination.reminders.calendar_files import meeting_file
from coordination.reminders.models import MeetingNotice
from coordination.reviews.actions import cancel_review, reply_to
from coordination.reviews.models import Review
from tests import factories
from tests.outbox.sink import Accepted
from tests.threads import at_once

State = Message.State


@pytest.fixture
def review(lead_body: Body, bob: User, process: Process) -> Review:
    day = process.today() + dt.timedelta(days=20)
    return factories.ReviewFactory(
        body=lead_body,
        number=5,
        held_on=day,
        starts_at=local_moment(day, dt.time(10), process.zone),
        place="Town hall",
    )


def move(review: Review, days: int = 0, place: str | None = None) -> None:
    """As it is kept in the admin: another day at the same hour, another place."""
    zone = review.body.process.zone
    review.held_on += dt.timedelta(days=days)
    review.starts_at = local_moment(review.held_on, dt.time(10), zone)
    review.place = review.place if place is None else place
    review.save()


def deliver() -> None:
    """As if every mail that waits had left."""
    Message.objects.filter(state=State.PENDING).update(state=State.SENT)


def told(person: User) -> list[tuple[int, str]]:
    """The sequence and the method of each notice that one person's calendar got."""
    rows = MeetingNotice.objects.filter(recipient=person, message__state=State.SENT)
    return list(rows.order_by("sequence").values_list("sequence", "method"))


def last_mail() -> Message:
    return Message.objects.latest("pk")


def first_reader(text: str) -> tuple[dt.datetime, str, int, str, str]:
    """Start in UTC, method, sequence, state and UID as the icalendar package reads them."""
    calendar = icalendar.Calendar.from_ical(text)
    event = calendar.walk("VEVENT")[0]
    return (
        event["DTSTART"].dt.astimezone(dt.UTC),
        str(calendar["METHOD"]),
        int(event["SEQUENCE"]),
        str(event["STATUS"]),
        str(event["UID"]),
    )


def second_reader(text: str) -> tuple[dt.datetime, str, int, str, str]:
    """The same as vobject reads it, with the time zone that the file itself describes."""
    vars(vobject.icalendar)["__tzidMap"].clear()  # else it keeps those of other files
    vobject.icalendar.registerTzid("UTC", dt.UTC)
    calendar = vobject.readOne(text)
    event = calendar.vevent
    return (
        event.dtstart.value.astimezone(dt.UTC),
        calendar.method.value,
        int(event.sequence.value),
        event.status.value,
        event.uid.value,
    )


@pytest.mark.django_db
def test_whoever_sits_in_the_body_is_invited_once(review: Review, bob: User, alice: User) -> None:
    assert tick().invited == 1
    assert [tick().invited for _ in range(3)] == [0, 0, 0]
    notice = MeetingNotice.objects.get()
    assert (notice.recipient, notice.sequence, notice.method) == (bob, 0, "REQUEST")
    assert (notice.starts_at, notice.place) == (review.starts_at, "Town hall")
    message = notice.message
    assert message.kind == "invitation-review"
    assert message.subject.startswith("Invitation: Joint Military Commission, review 5, ")
    assert "10:00 CE" in message.body_text and "Town hall" in message.body_text
    expected = (review.starts_at, "REQUEST", 0, "CONFIRMED", f"review-{review.pk}@testserver")
    assert first_reader(message.calendar) == second_reader(message.calendar) == expected
    parts = [part.get_content_type() for part in Accepted("", written(message)).mail.walk()]
    assert "text/calendar" in parts


@pytest.mark.django_db
def test_alternates_are_invited_and_those_whose_term_ends_before_are_not(
    review: Review, bob: User, dave: User, carol: User, lead_body: Body
) -> None:
    Term.objects.filter(holder=bob).update(alternate=dave)
    factories.TermFactory(
        seat__body=lead_body, holder=carol, ends_on=review.held_on - dt.timedelta(days=1)
    )
    assert tick().invited == 2
    assert set(MeetingNotice.objects.values_list("recipient__name", flat=True)) == {"Bob", "Dave"}
    message = Message.objects.get(recipient=dave)
    assert "alternate in Joint Military Commission" in " ".join(message.body_text.split())


@pytest.mark.django_db
def test_a_meeting_that_moves_is_told_with_the_next_sequence(review: Review, bob: User) -> None:
    tick()
    deliver()
    former = review.starts_at
    move(review, days=2)
    assert (tick().invited, tick().invited) == (1, 0)
    message = last_mail()
    expected = (review.starts_at, "REQUEST", 1, "CONFIRMED", f"review-{review.pk}@testserver")
    assert first_reader(message.calendar) == second_reader(message.calendar) == expected
    words = " ".join(message.body_text.split())
    zone = review.body.process.zone
    assert f"was moved from {former.astimezone(zone):%a} " in words
    assert message.subject.startswith("Moved: Joint Military Commission, review 5, ")
    deliver()
    move(review, place="School")
    assert tick().invited == 1
    assert last_mail().subject.startswith("New place: ")
    assert "from “Town hall” to “School”" in " ".join(last_mail().body_text.split())


@pytest.mark.django_db
def test_a_cancelled_meeting_leaves_the_calendars(
    review: Review, bob: User, coordinator: User
) -> None:
    tick()
    deliver()
    cancel_review(actor=coordinator, review=review, origin=Origin.WEB)
    assert (tick().invited, tick().invited) == (1, 0)
    deliver()
    assert told(bob) == [(0, "REQUEST"), (1, "CANCEL")]
    message = last_mail()
    expected = (review.starts_at, "CANCEL", 1, "CANCELLED", f"review-{review.pk}@testserver")
    assert first_reader(message.calendar) == second_reader(message.calendar) == expected
    assert message.subject.startswith("Cancelled: ")


@pytest.mark.django_db
def test_of_a_seat_that_changes_hands_the_one_is_called_off_and_the_other_invited(
    review: Review, bob: User, dave: User
) -> None:
    tick()
    deliver()
    term = Term.objects.get(holder=bob)
    term.ends_on = review.held_on - dt.timedelta(days=5)
    term.save()
    factories.TermFactory(
        seat=term.seat, holder=dave, starts_on=term.ends_on + dt.timedelta(days=1)
    )
    assert (tick().invited, tick().invited) == (2, 0)
    deliver()
    assert told(bob) == [(0, "REQUEST"), (1, "CANCEL")]
    assert told(dave) == [(0, "REQUEST")]
    Term.objects.filter(holder=dave).delete()
    term.ends_on = None
    term.save()
    assert tick().invited == 2
    deliver()
    assert told(bob) == [(0, "REQUEST"), (1, "CANCEL"), (2, "REQUEST")]
    assert told(dave) == [(0, "REQUEST"), (1, "CANCEL")]


@pytest.mark.django_db
def test_who_left_the_process_is_told_that_it_is_off_and_nothing_new(
    review: Review, bob: User
) -> None:
    tick()
    deliver()
    Membership.objects.filter(user=bob).update(ended_at=timezone.now())
    move(review, days=3, place="A secret place")
    assert (tick().invited, tick().invited) == (1, 0)
    message = last_mail()
    assert message.process is None  # else it would not leave
    assert first_reader(message.calendar)[1] == "CANCEL"
    said = message.body_text + message.body_html + message.calendar + message.subject
    assert "secret" not in said and "/valley/" not in message.body_text


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("lasts_minutes", 45, "It lasts 45 minutes."),
        ("video_link", "https://video.example/jmc", "Video link: https://video.example/jmc"),
    ],
)
def test_another_length_or_video_link_is_told_too(
    review: Review, bob: User, field: str, value: int | str, said: str
) -> None:
    tick()
    deliver()
    Review.objects.update(**{field: value})
    assert (tick().invited, tick().invited) == (1, 0)
    message = last_mail()
    assert message.subject.startswith("Changed: ")
    assert said in message.body_text
    assert first_reader(message.calendar) == second_reader(message.calendar)
    assert first_reader(message.calendar)[2:] == (1, "CONFIRMED", f"review-{review.pk}@testserver")
    event = icalendar.Calendar.from_ical(message.calendar).walk("VEVENT")[0]
    minutes = (event["DTEND"].dt - event["DTSTART"].dt).seconds // 60
    assert minutes == (45 if field == "lasts_minutes" else 120)
    if field == "video_link":
        assert value in (str(event["CONFERENCE"]), str(event["DESCRIPTION"]).splitlines()[-1])
    assert event["ATTENDEE"].params["RSVP"] == "FALSE"


@pytest.mark.django_db
def test_an_alternate_is_told_when_the_holder_answers_that_the_alternate_comes(
    review: Review, bob: User, dave: User
) -> None:
    Term.objects.filter(holder=bob).update(alternate=dave)
    tick()
    deliver()
    reply_to(actor=bob, meeting=review, answer="alternate", origin=Origin.WEB)
    assert (tick().invited, tick().invited) == (1, 0)
    message = last_mail()
    assert (message.recipient, message.subject[:24]) == (dave, "You are asked to come: J")
    assert "Bob asks you to come in their place." in " ".join(message.body_text.split())
    event = icalendar.Calendar.from_ical(message.calendar).walk("VEVENT")[0]
    assert str(event["DESCRIPTION"]).startswith("Bob asks you to come in their place.")
    deliver()
    reply_to(actor=bob, meeting=review, answer="comes", origin=Origin.WEB)
    assert tick().invited == 0
    assert told(dave) == [(0, "REQUEST"), (1, "REQUEST")]


@pytest.mark.django_db
def test_a_cancellation_says_why(review: Review, bob: User, coordinator: User) -> None:
    tick()
    deliver()
    cancel_review(actor=coordinator, review=review, because="No room is free.", origin=Origin.WEB)
    assert tick().invited == 1
    assert "The reason: No room is free." in " ".join(last_mail().body_text.split())


@pytest.mark.django_db
def test_what_had_not_left_is_taken_back_and_only_the_last_word_is_said(
    review: Review, bob: User, coordinator: User
) -> None:
    tick()
    move(review, days=1)
    assert tick().invited == 1
    assert last_mail().subject.startswith("Invitation: ")
    assert list(Message.objects.order_by("pk").values_list("state", flat=True)) == [
        *(State.SUPERSEDED, State.PENDING),
    ]
    cancel_review(actor=coordinator, review=review, origin=Origin.WEB)
    assert tick().invited == 0  # it had heard of none
    assert not Message.objects.filter(state=State.PENDING).exists()
    assert tick().invited == 0


def refuse(person: User) -> AddressProblem:
    """As if the mails that wait for somebody had been refused, since the address is gone."""
    waiting = Message.objects.filter(state=State.PENDING, recipient=person)
    waiting.update(state=State.FAILED, finished_at=timezone.now())
    open_problem(person.email, AddressProblem.Kind.BOUNCED, "550 5.1.1 no such user")
    return AddressProblem.objects.get(cleared_at=None)


def clear(problem: AddressProblem, actor: User) -> None:
    clear_problem(actor=actor, problem=problem, origin=Origin.WEB)


def send_by_hand(message: Message, actor: User) -> Message:
    return send_again(actor=actor, message=message, times=0, origin=Origin.WEB)


@pytest.mark.django_db
def test_an_invitation_that_came_back_is_sent_once_when_the_address_works_again(
    review: Review, bob: User, coordinator: User
) -> None:
    tick()
    problem = refuse(bob)
    assert tick().invited == 0
    clear(problem, coordinator)
    assert (tick().invited, tick().invited) == (1, 0)
    assert last_mail().subject.startswith("Invitation: ")
    problem = refuse(bob)  # it comes back again: nothing until somebody says that it works
    assert tick().invited == 0
    clear(problem, coordinator)
    assert (tick().invited, tick().invited) == (1, 0)
    deliver()
    assert tick().invited == 0
    assert told(bob) == [(2, "REQUEST")]


@pytest.mark.django_db
def test_a_change_and_a_cancellation_that_came_back_are_made_good_too(
    review: Review, bob: User, coordinator: User
) -> None:
    tick()
    deliver()
    move(review, days=2)
    tick()
    problem = refuse(bob)
    clear(problem, coordinator)
    assert (tick().invited, tick().invited) == (1, 0)
    assert last_mail().subject.startswith("Moved: ")
    problem = refuse(bob)
    cancel_review(actor=coordinator, review=review, origin=Origin.WEB)
    assert tick().invited == 1  # whatever the address is: the worker finds that it fails
    refuse(bob)
    assert tick().invited == 0
    clear(problem, coordinator)
    assert (tick().invited, tick().invited) == (1, 0)
    deliver()
    assert told(bob) == [(0, "REQUEST"), (4, "CANCEL")]
    assert last_mail().subject.startswith("Cancelled: ")


@pytest.mark.django_db
def test_what_was_never_heard_of_is_not_called_off_when_the_address_works_again(
    review: Review, bob: User, coordinator: User
) -> None:
    tick()
    problem = refuse(bob)
    cancel_review(actor=coordinator, review=review, origin=Origin.WEB)
    assert tick().invited == 0
    clear(problem, coordinator)
    assert tick().invited == 0
    assert Message.objects.filter(recipient=bob).count() == 1


@pytest.mark.django_db
def test_what_somebody_sent_again_by_hand_is_not_sent_by_itself(
    review: Review, bob: User, coordinator: User
) -> None:
    tick()
    first = last_mail()
    problem = refuse(bob)
    clear(problem, coordinator)
    first.refresh_from_db()
    send_by_hand(first, coordinator)
    assert tick().invited == 0
    copy = last_mail()
    move(review, days=1)
    assert tick().invited == 1
    copy.refresh_from_db()
    assert (copy.state, copy.error) == (
        State.SUPERSEDED,
        "The meeting changed before the mail left.",
    )
    assert last_mail().subject.startswith("Invitation: ")


@pytest.mark.django_db
def test_what_a_provider_says_came_back_is_made_good_and_so_is_another_address(
    review: Review, bob: User, coordinator: User
) -> None:
    tick()
    deliver()
    message = last_mail()
    Message.objects.update(finished_at=timezone.now())
    MessageEvent.objects.create(message=message, state=State.SENT, note=f"{CAME_BACK} 5.1.1")
    problem = refuse(bob)
    assert tick().invited == 0
    clear(problem, coordinator)
    assert (tick().invited, tick().invited) == (1, 0)
    refuse(bob)
    bob.email = "bob@elsewhere.example"
    bob.save()
    assert (tick().invited, tick().invited) == (1, 0)
    assert last_mail().to_address == "bob@elsewhere.example"


@pytest.mark.django_db
def test_far_and_past_meetings_are_left_alone_and_a_moved_one_is_followed(
    review: Review, bob: User
) -> None:
    move(review, days=50)
    assert tick().invited == 0
    move(review, days=-50)
    assert tick().invited == 1
    deliver()
    move(review, days=200)
    assert tick().invited == 1
    Review.objects.update(starts_at=timezone.now() - dt.timedelta(days=3))
    MeetingNotice.objects.update(starts_at=timezone.now() - dt.timedelta(days=3))
    assert tick().invited == 0


@pytest.mark.django_db(transaction=True)
def test_five_schedulers_at_once_invite_as_one_does(
    review: Review, bob: User, lead_body: Body
) -> None:
    for _ in range(3):
        member = factories.MembershipFactory(process=lead_body.process)
        factories.TermFactory(seat__body=lead_body, holder=member.user)
    ticks = at_once(*[tick] * 5)
    assert [one for one in ticks if isinstance(one, Exception)] == []
    assert sum(one.invited for one in ticks) == 4
    deliver()
    move(review, days=1)
    assert sum(one.invited for one in at_once(*[tick] * 5)) == 4
    assert MeetingNotice.objects.count() == Message.objects.count() == 8


@pytest.mark.django_db
def test_what_is_read_does_not_grow_with_the_meetings(
    review: Review, bob: User, lead_body: Body
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert tick().invited == 0
        return len(captured)

    tick()
    one = queries()
    for days in range(1, 4):
        day = review.held_on + dt.timedelta(days=days)
        factories.ReviewFactory(
            body=lead_body, held_on=day, starts_at=review.starts_at + dt.timedelta(days=days)
        )
    tick()
    assert queries() == one


@pytest.mark.django_db
def test_the_command_says_how_many_were_invited(
    review: Review, bob: User, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("tick")
    assert "1 invitations written" in capsys.readouterr().out


@pytest.mark.django_db
def test_texts_that_a_calendar_cannot_hold_disturb_nothing(review: Review, bob: User) -> None:
    bob.name = 'Bob "the; chair", \\ & co'
    bob.save()
    move(review, place="Hall\x07 A;\nfloor 2, left\u2028")
    assert tick().invited == 1
    calendar = last_mail().calendar
    assert first_reader(calendar) == second_reader(calendar)
    assert "\x07" not in calendar


def _changes(zone: zoneinfo.ZoneInfo, year: int) -> Iterator[dt.datetime]:
    """The hours of a year after which the clocks of a zone show something else."""
    start = dt.datetime(year, 1, 1, tzinfo=dt.UTC)
    for day in range(365):
        moment = start + dt.timedelta(days=day)
        if (
            moment.astimezone(zone).utcoffset()
            != (moment + dt.timedelta(days=1)).astimezone(zone).utcoffset()
        ):
            yield from (moment + dt.timedelta(hours=hour) for hour in range(24))


@hypothesis_settings(max_examples=60)
@given(
    zone=st.sampled_from(sorted(zoneinfo.available_timezones() - {"Factory", "localtime"})),
    year=st.integers(2022, 2035),
    pick=st.integers(0, 10_000),
    near_a_change=st.booleans(),
)
@example(zone="Africa/Casablanca", year=2026, pick=3, near_a_change=True)
@example(zone="Australia/Lord_Howe", year=2027, pick=9, near_a_change=True)
@example(zone="Europe/Dublin", year=2026, pick=1, near_a_change=True)
@example(zone="Europe/Sarajevo", year=2026, pick=1, near_a_change=True)
def test_two_readers_agree_on_the_moment_in_every_zone_and_around_every_change_of_clocks(
    zone: str, year: int, pick: int, near_a_change: bool
) -> None:
    place = zoneinfo.ZoneInfo(zone)
    hours = list(_changes(place, year)) if near_a_change else []
    start = dt.datetime(year, 1, 1, tzinfo=dt.UTC) + dt.timedelta(hours=pick % 8760)
    moment = hours[pick % len(hours)] if hours else start
    # What a clock shows twice names no moment in a calendar: no meeting begins in that hour.
    local = moment.astimezone(place)
    assume(local.utcoffset() == local.replace(fold=1 - local.fold).utcoffset())
    review = factories.ReviewFactory.build(pk=7, body__process__time_zone=zone)
    text = meeting_file(
        review,
        factories.UserFactory.build(name="Ana", email="ana@people.example"),
        method="REQUEST",
        sequence=3,
        starts_at=moment,
        place="",
        title="Review",
        words="",
        url="https://entente.example/",
        now=moment,
    )
    expected = (moment, "REQUEST", 3, "CONFIRMED", "review-7@testserver")
    assert first_reader(text) == second_reader(text) == expected
    parsed = icalendar.Calendar.from_ical(text)
    assert [str(part["TZID"]) for part in parsed.walk("VTIMEZONE")] == [zone]
