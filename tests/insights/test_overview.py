"""The overview: what it counts is what the register lists, of every day; what it draws is so."""

import datetime as dt
import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import pytest
import time_machine
from django.core.cache import caches
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from coordination.audiences.models import Audience
from coordination.base.errors import Refused
from coordination.commitments.actions import submit_check_in
from coordination.commitments.actions.flags import raise_flag
from coordination.commitments.actions.triggers import expect_more
from coordination.commitments.as_it_stood import end_of
from coordination.commitments.models import (
    CheckIn,
    Commitment,
    Deadline,
    Flag,
    Level,
    Obligation,
)
from coordination.commitments.register import everything_on, fits, read_choices, rows_of
from coordination.insights.overview import draw
from coordination.processes.as_of import AsOf
from coordination.processes.models import Process
from tests import factories
from tests.commitments.test_as_it_stood import NOW, World
from tests.conftest import Role, member

pytestmark = pytest.mark.django_db
PAGE = "/p/valley/"


def on(process: Process, day: dt.date | None = None) -> AsOf:
    return AsOf(day or process.today(), process.today())


def listed(queries: Sequence[str], process: Process, reader: User) -> list[int]:
    """How many commitments the register shows at each of these addresses, all of one day."""
    choices = [read_choices(QueryDict(query), process) for query in queries]
    if choices[0].as_of is None:
        return [rows_of(one, reader, process).count() for one in choices]
    moment = end_of(choices[0].as_of, process)
    rows = everything_on(choices[0], reader, process)
    return [sum(fits(one, row, moment, reader) for row in rows) for one in choices]


def check(drawn: Any, process: Process, reader: User) -> None:
    """Everything that the page counts is what its list shows."""
    found = [(figure.count, figure.query) for figure in drawn.figures.values()]
    found += [(one.count, one.query) for one in drawn.days]
    for body in drawn.bodies:
        counted = (body.leads, body.due, body.reported_full, body.verified_full, body.overdue)
        found += zip(counted, body.queries.values(), strict=True)
    counts, queries = zip(*found, strict=True)
    assert listed(queries, process, reader) == list(counts)


def test_every_figure_counts_what_its_list_shows_today_and_on_any_past_day(
    process, coordinator, carol, party, other_party, lead_body, verifying_body
) -> None:
    people = {
        "coordinator": coordinator, "carol": carol, "party": party, "other_party": other_party,
        "lead_body": lead_body, "verifying_body": verifying_body,
        "other": member(process, "Otto", Role.COORDINATOR),
    }  # fmt: skip
    known = {}
    with time_machine.travel(NOW, tick=False) as clock:
        world = World(process, people, 11, clock)
        for _ in range(4):
            expect_more()
            for _ in range(6):
                clock.shift(dt.timedelta(minutes=world.random.choice([1, 90])))
                with suppress(Refused):
                    world.random.choice(World.EVENTS)(world)
            day = process.today()
            evening = dt.time(23, 59, 59, 999999)
            clock.move_to(dt.datetime.combine(day, evening, tzinfo=process.zone))
            drawn = draw(process, coordinator, on(process))
            check(drawn, process, coordinator)
            known[day] = {name: figure.count for name, figure in drawn.figures.items()}
            clock.shift(dt.timedelta(days=world.random.choice([0, 4]), hours=8))
        for day, counts in known.items():
            drawn = draw(process, coordinator, on(process, day))
            assert {name: figure.count for name, figure in drawn.figures.items()} == counts
            check(drawn, process, coordinator)
            if drawn.curve:
                last = drawn.curve.points[-1]
                shown = [counts[name] for name in ("fallen_due", "reported", "verified")]
                assert [last.promised, last.reported, last.verified] == shown


def fill(process: Process, count: int, **said: Any) -> None:
    """So many commitments with long titles, due around today, with four owners each, in a hurry."""
    today, start = process.today(), Commitment.objects.count()
    parties = factories.PartyFactory.create_batch(4, process=process)
    bodies = factories.BodyFactory.create_batch(3, process=process)
    made = Commitment.objects.bulk_create(
        Commitment(
            process=process,
            number=start + n + 1,
            reference=f"Annex 1A, Art. IX.{n}",
            title=f"Release and transfer the prisoners of camp {n} and its outposts " * 2,
            track="military",
            lead_body=bodies[n % 3],
            verifying_body=bodies[n % 2],
        )
        for n in range(count)
    )
    due: list[Any] = []
    for n, one in enumerate(made):
        day = today + dt.timedelta(days=n * 13 % 60 - 40)
        moment = dt.datetime.combine(day, dt.time(12), tzinfo=dt.UTC)
        due.append({"commitment": one, "due_on": day, "due_at": moment})
    Deadline.objects.bulk_create(Deadline(process=process, **dates) for dates in due)
    owed = Obligation.objects.bulk_create(
        Obligation(party=party, **dates) for dates in due for party in parties
    )
    author = factories.UserFactory()
    CheckIn.objects.bulk_create(
        CheckIn(
            obligation=one,
            number=1,
            level=n % 3,
            account="The ground is frozen, and the teams wait for better weather. " * 3,
            obstacle=CheckIn.Obstacle.ACCESS,
            author=author,
            recorded_by=author,
            audience=Audience.PROCESS,
        )
        for n, one in enumerate(owed)
    )


def asked(client: Client, path: str = PAGE) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


def test_it_asks_the_database_as_often_for_many_commitments_and_is_light(
    client: Client, process: Process, coordinator: User
) -> None:
    client.force_login(coordinator)
    fill(process, 60)
    client.get(PAGE)
    caches["pages"].clear()
    drawn_of_few, few = asked(client), asked(client)
    fill(process, 240)
    caches["pages"].clear()
    assert (asked(client), asked(client)) == (drawn_of_few, few)
    assert few <= 20
    page = client.get(PAGE)
    assert len(page.content) < 50_000
    assert page.context["drawn"].strip.each == 5


def test_what_is_kept_gives_way_to_a_change_in_the_same_minute(
    client: Client, process: Process, commitment: Commitment, alice: User, coordinator: User
) -> None:
    client.force_login(coordinator)
    with time_machine.travel(timezone.now(), tick=False):
        assert client.get(PAGE).context["drawn"].figures["at_risk"].count == 0
        raise_flag(
            actor=coordinator, commitment=commitment, reason="Talks.", origin="web",
            obligation=None, kind=Flag.Kind.AT_RISK,
        )  # fmt: skip
        assert client.get(PAGE).context["drawn"].figures["at_risk"].count == 1


def test_what_falls_due_is_counted_although_nobody_wrote_anything(
    client: Client, process: Process, commitment: Commitment, coordinator: User
) -> None:
    due = Deadline.objects.get(commitment=commitment).due_at
    assert due is not None
    with time_machine.travel(due - dt.timedelta(seconds=30), tick=False) as clock:
        client.force_login(coordinator)
        assert client.get(PAGE).context["drawn"].figures["overdue"].count == 0
        clock.shift(31)
        figures = client.get(PAGE).context["drawn"].figures
        assert (figures["fallen_due"].count, figures["overdue"].count) == (1, 1)


def test_what_holds_it_up_is_for_those_who_may_read_the_report(
    client: Client, process: Process, obligation: Obligation, alice: User, bob: User, dave: User
) -> None:
    submit_check_in(
        obligation=obligation, author=alice, level=Level.MINIMUM, origin="web",
        account="The bridge is down.", obstacle="access", audience=Audience.BODIES,
    )  # fmt: skip
    Obligation.objects.update(due_on="2020-01-01", due_at="2020-01-02T00:00:00Z")
    shown = []
    for reader in (bob, dave):
        client.force_login(reader)
        shown.append("Access or weather: The bridge is down" in client.get(PAGE).text)
    assert shown == [True, False]


def test_it_is_there_for_members_alone(client: Client, process: Process, outsider: User) -> None:
    client.force_login(outsider)
    assert client.get(PAGE).status_code == 404


def test_an_empty_process_says_so_and_a_past_day_too(
    client: Client, process: Process, coordinator: User
) -> None:
    client.force_login(coordinator)
    assert "No commitments yet." in client.get(PAGE).text
    then = client.get(f"{PAGE}?as_of=2001-02-03").text
    assert "No commitment was in the register on that day." in then


def test_a_day_to_come_shows_today_and_the_projector_enlarges(
    client: Client, process: Process, commitment: Commitment, coordinator: User
) -> None:
    client.force_login(coordinator)
    page = client.get(f"{PAGE}?as_of=2999-01-01&display=projector")
    assert page.context["as_of"].is_today
    assert 'class="wide-page projector"' in page.text


def test_it_points_out_what_nobody_holds_verifies_or_answers(
    client: Client, process: Process, commitment: Commitment, coordinator: User
) -> None:
    client.force_login(coordinator)
    body = factories.BodyFactory(process=process, code="HRC", name="Human Rights Chamber")
    factories.SeatFactory(body=body)
    own = factories.CommitmentFactory(process=process, lead_body=body, verifying_body=body)
    factories.CommitmentFactory(process=process, lead_body=body, verifying_body=None)
    late = factories.ObligationFactory(commitment=own)
    factories.OccurrenceFactory(
        obligation=late, state="asked", local_date=process.today() - dt.timedelta(days=3)
    )
    seen = client.get(PAGE).context["seen"]
    words = {one.word: one.words for one in seen.drawn.alerts.lines}
    assert words["Nobody verifies"].startswith("No body verifies 1 commitment")
    assert words["Verifies itself"] == "It leads and verifies 1 commitment."
    assert f"C-{own.number}." in seen.missed.words
    for link in re.findall(r'class="btn sm" href="([^"]+)"', client.get(PAGE).text):
        assert client.get(link.replace("&amp;", "&")).status_code == 200, link
