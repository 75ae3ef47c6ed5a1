"""Bodies through the API: as they are today, and as they were."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from coordination.bodies.models import Body, Seat
from coordination.processes.models import Party, Process
from tests import factories

EARLY, TURN, LATE = dt.date(1999, 6, 1), dt.date(2000, 1, 1), dt.date(2001, 6, 1)


@pytest.fixture
def desk(client: Client, coordinator: User) -> Client:
    client.force_login(coordinator)
    return client


def read(client: Client, body: Body, day: dt.date | None = None) -> dict[str, Any]:
    asked = {"as_of": day.isoformat()} if day else {}
    response = client.get(f"/api/bodies/{body.pk}/", asked)
    assert response.status_code == 200, response.content
    listed = client.get("/api/bodies/", asked).json()["results"]
    assert response.json() in listed
    return response.json()


def test_a_body_says_all_that_is_recorded_of_it(
    desk: Client, lead_body: Body, verifying_body: Body, party: Party, bob: User
) -> None:
    factories.ReportingLineFactory(body=lead_body, to_body=verifying_body, source="Art. 2")
    factories.ReportingLineFactory(body=lead_body, kind="informs", to_body=None, to_party=party)
    factories.ReportingLineFactory(
        body=lead_body, kind="liaison", to_body=None, to_name="The press"
    )
    factories.SuccessionFactory(predecessor=verifying_body, successor=lead_body, kind="merged")
    factories.CompositionPartFactory(body=lead_body, group="parties", seats=10, named_by="CCC")
    factories.RoleTermsFactory(body=lead_body, scope="Between meetings.")
    body = read(desk, lead_body)
    found = [(line["kind"], line["type"], line["code"], line["name"]) for line in body["lines"]]
    assert found == [
        ("reports_to", "body", "VM", "Verification Mission"),
        ("informs", "party", "AAA", "Avaria"),
        ("liaison", "other", "", "The press"),
    ]
    [before] = body["predecessors"]
    assert (before["body"]["code"], before["kind"], body["successors"]) == ("VM", "merged", [])
    [part] = body["composition_parts"]
    assert part == {"group": "parties", "seats": 10, "counts_as": "", "named_by": "CCC"}
    [role] = body["roles"]
    assert (role["role"], role["scope"]) == ("chair", "Between meetings.")
    [seat] = body["seats"]
    assert (seat["role"], seat["party"]) == ("chair", "CCC")
    assert [term["holder"]["name"] for term in seat["terms"]] == ["Bob"]
    assert (body["exists"], body["protocol"]) == (True, None)


def test_a_protocol_is_there_with_its_parts_and_sources(
    desk: Client, lead_body: Body, verifying_body: Body, party: Party
) -> None:
    protocol = factories.ProtocolFactory(
        body=lead_body,
        meets_times=2,
        meets_per="month",
        quorum=29,
        decision_rule="silence",
        silence_hours=72,
        reports_per="quarter",
    )
    factories.QuorumPartFactory(protocol=protocol, group="national", minimum=15)
    factories.DisputeStepFactory(protocol=protocol, order=2, who="Avaria", to_party=party)
    seat = factories.SeatFactory(body=verifying_body)
    factories.DisputeStepFactory(
        protocol=protocol, order=1, who="The chair", seat=seat, within_hours=24
    )
    factories.ProtocolSourceFactory(protocol=protocol, topic="quorum", wording="29 members")
    said = read(desk, lead_body)["protocol"]
    assert said["quorum_parts"] == [{"group": "national", "minimum": 15}]
    assert said["sources"] == [{"topic": "quorum", "article": "Art. 7.13", "wording": "29 members"}]
    assert [(step["who"], step["seat"], step["party"]) for step in said["dispute_steps"]] == [
        ("The chair", {"id": seat.pk, "body": "VM", "number": seat.number}, None),
        ("Avaria", None, "AAA"),
    ]
    asked = ("meets_times", "meets_per", "quorum", "decision_rule", "silence_hours", "reports_per")
    assert [said[name] for name in asked] == [2, "month", 29, "silence", 72, "quarter"]
    assert (said["majority"], said["majority_of"]) == ("more_than_half", "voting")


def test_a_body_is_shown_as_it_was_on_a_day(
    desk: Client, lead_body: Body, verifying_body: Body
) -> None:
    lead_body.established_on = dt.date(1998, 1, 1)
    lead_body.save()
    factories.FormerNameFactory(body=lead_body, name="Military Council", until=TURN)
    factories.ReportingLineFactory(body=verifying_body, to_body=lead_body)
    for seat, first, last in ((1, None, TURN), (2, TURN, None)):
        factories.SeatFactory(body=lead_body, number=seat, started_on=first, ended_on=last)
    for n, (first, end) in enumerate(((None, TURN), (TURN, None))):
        factories.ReportingLineFactory(
            body=lead_body, to_body=None, to_name=f"Office {n}", started_on=first, ended_on=end
        )
    seat = factories.SeatFactory(body=lead_body, number=3)
    last_day = TURN - dt.timedelta(days=1)
    factories.TermFactory(
        seat=seat, holder__name="Anton", starts_on=dt.date(1998, 1, 1), ends_on=last_day
    )
    factories.TermFactory(
        seat=seat, holder__name="Berta", starts_on=TURN, tenure="while in command"
    )
    seen = {}
    for day in (EARLY, last_day, TURN, LATE):
        body = read(desk, lead_body, day)
        seen[day] = (
            body["name"],
            [one["number"] for one in body["seats"]],
            [one["name"] for one in body["lines"]],
            [term["holder"]["name"] for term in body["seats"][-1]["terms"]],
        )
    before = ("Military Council", [1, 3], ["Office 0"], ["Anton"])
    after = ("Joint Military Commission", [2, 3], ["Office 1"], ["Berta"])
    assert seen == {EARLY: before, last_day: before, TURN: after, LATE: after}
    assert read(desk, lead_body, dt.date(1997, 1, 1))["exists"] is False
    assert body["former_names"] == [{"name": "Military Council", "ended_on": "2000-01-01"}]
    [line] = read(desk, verifying_body, EARLY)["lines"]
    assert (line["code"], line["name"]) == ("JMC", "Military Council")
    [term] = read(desk, lead_body, LATE)["seats"][-1]["terms"]
    assert (term["starts_on"], term["tenure"]) == ("2000-01-01", "while in command")


def test_a_channel_shows_its_last_test_by_the_end_of_the_local_day(
    desk: Client, lead_body: Body, bob: User
) -> None:
    channel = factories.ContactChannelFactory(body=lead_body)
    factories.ContactChannelFactory(body=lead_body, order=2, ended_on=TURN)
    # The last of the year in UTC is the new year in Sarajevo.
    moments = [dt.datetime(1999, 12, 31, hour, tzinfo=dt.UTC) for hour in (22, 23)]
    for moment, worked in zip(moments, (True, False), strict=True):
        factories.ChannelTestFactory(
            channel=channel, tested_at=moment, worked=worked, tested_by=bob
        )

    def last(day: dt.date) -> list[bool | None]:
        tests = [one["last_test"] for one in read(desk, lead_body, day)["channels"]]
        return [test and test["worked"] for test in tests]

    assert last(EARLY) == [None, None]
    assert last(TURN - dt.timedelta(days=1)) == [True, None]
    assert last(TURN) == [False]
    [shown] = read(desk, lead_body)["channels"]
    assert (shown["last_test"]["tested_at"], shown["last_test"]["tested_by"]["name"]) == (
        "1999-12-31T23:00:00Z",
        "Bob",
    )


def test_today_is_that_of_each_process(desk: Client, lead_body: Body, coordinator: User) -> None:
    other = factories.ProcessFactory(time_zone="America/Bogota")
    factories.MembershipFactory(process=other, user=coordinator)
    present = dt.date(2030, 3, 10)
    for body in (lead_body, factories.BodyFactory(process=other, code="BOG")):
        factories.SeatFactory(body=body, number=1, ended_on=present)
        factories.SeatFactory(body=body, number=2, started_on=present)
    with time_machine.travel("2030-03-09T23:30:00Z", tick=False):
        desk.force_login(coordinator)
        rows = desk.get("/api/bodies/").json()["results"]
    found = {row["code"]: [seat["number"] for seat in row["seats"]] for row in rows}
    assert found == {"JMC": [2], "BOG": [1]}


@pytest.mark.parametrize("day", ["yesterday", "2024-13-01", "0001-01-01", "9999-12-31"])
@pytest.mark.parametrize("where", ["bodies", "bodies/{}", "parties", "responsibilities", "gaps"])
def test_a_day_that_is_none_is_refused(
    where: str, day: str, desk: Client, process: Process, lead_body: Body
) -> None:
    asked = {"as_of": day} | ({"process": "valley"} if where == "gaps" else {})
    response = desk.get(f"/api/{where.format(lead_body.pk)}/", asked)
    assert (response.status_code, list(response.json())) == (400, ["as_of"])


def test_an_earlier_day_opens_nothing_that_is_hidden(
    client: Client, outsider: User, lead_body: Body
) -> None:
    client.force_login(outsider)
    assert client.get(f"/api/bodies/{lead_body.pk}/", {"as_of": "2020-01-01"}).status_code == 404
    assert client.get("/api/bodies/", {"as_of": "2020-01-01"}).json()["results"] == []


def test_an_earlier_day_takes_as_many_queries_for_many_seats_as_for_one(
    desk: Client, lead_body: Body
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            desk.get("/api/bodies/", {"as_of": "2021-01-01"})
        return len(asked)

    def grow(number: int) -> None:
        for _again in range(number):
            channel = factories.ContactChannelFactory(body=lead_body)
            factories.ChannelTestFactory(channel=channel, tested_at=dt.datetime.now(dt.UTC))
            factories.TermFactory(seat__body=lead_body, seat__role=Seat.Role.MEMBER)

    grow(1)
    queries()
    one = queries()
    grow(4)
    assert queries() == one
