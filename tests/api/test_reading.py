"""Reading through the API: what one may see, in a constant number of queries."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from accounts.models import User
from coordination.base.schema import document
from coordination.bodies.models import Body
from coordination.commitments import standing, timeliness
from coordination.commitments.models import Commitment, Level, Obligation
from coordination.processes.models import Party, Process
from tests import factories
from tests.furnishing import furnish, keeper

HIDDEN = "kestrel"
LISTS = (
    *("processes", "parties", "anchors", "bodies", "responsibilities", "agreements"),
    *("provisions", "commitments", "obligations", "check-ins", "expected-occurrences"),
    *("triggers", "verifications", "measurements", "flags", "notes", "breaches", "evidence"),
    *("review-series", "reviews", "outcomes", "minutes", "dispatches", "disputes", "reports"),
)


@pytest.fixture
def rows(process: Process, coordinator: User) -> dict[str, Any]:
    return furnish(process, "plover")


@pytest.fixture
def hidden(db: None) -> dict[str, Any]:
    elsewhere = factories.ProcessFactory(slug="elsewhere", name="kestrel", short_name="kestrel")
    keeper(elsewhere, "kestrel keeper")
    return furnish(elsewhere, HIDDEN)


@pytest.fixture
def desk(client: Client, coordinator: User) -> Client:
    client.force_login(coordinator)
    return client


def keys(rows: dict[str, Any]) -> dict[str, Any]:
    return {
        "processes": rows["process"].slug,
        "parties": rows["party"].pk,
        "anchors": rows["anchorevent"].pk,
        "bodies": rows["body"].pk,
        "responsibilities": rows["responsibility"].pk,
        "agreements": rows["agreement"].pk,
        "provisions": rows["provision"].pk,
        "commitments": rows["commitment"].pk,
        "obligations": rows["obligation"].pk,
        "check-ins": rows["checkin"].pk,
        "expected-occurrences": rows["expectedoccurrence"].pk,
        "triggers": rows["trigger"].pk,
        "verifications": rows["verification"].pk,
        "measurements": rows["measurement"].pk,
        "flags": rows["flag"].pk,
        "notes": rows["note"].pk,
        "breaches": rows["breach"].pk,
        "evidence": rows["evidence"].pk,
        "review-series": rows["reviewseries"].pk,
        "reviews": rows["review"].pk,
        "outcomes": rows["outcome"].pk,
        "minutes": rows["minutes"].pk,
        "dispatches": rows["dispatch"].pk,
        "disputes": rows["dispute"].pk,
        "reports": rows["report"].pk,
    }


def results(client: Client, where: str, **asked: Any) -> list[dict[str, Any]]:
    response = client.get(f"/api/{where}/", asked)
    assert response.status_code == 200, response.content
    return response.json()["results"]


def test_the_lists_hold_the_rows_of_ones_processes(
    desk: Client, rows: dict[str, Any], hidden: dict[str, Any]
) -> None:
    shown = {}
    for name in LISTS:
        response = desk.get(f"/api/{name}/")
        shown[name] = (len(response.json()["results"]), HIDDEN in response.content.decode())
    # The party is part of another, the body has a successor, the commitment waits on another, and
    # the item ended in two ways.
    counts = dict.fromkeys(LISTS, 1) | dict.fromkeys(("parties", "bodies", "commitments"), 2)
    counts["outcomes"] = 2
    assert shown == {name: (count, False) for name, count in counts.items()}


def test_a_row_of_another_process_answers_like_one_that_does_not_exist(
    desk: Client, rows: dict[str, Any], hidden: dict[str, Any]
) -> None:
    for name, key in keys(hidden).items():
        unknown = "nowhere" if name == "processes" else 10**30
        seen, missing = desk.get(f"/api/{name}/{key}/"), desk.get(f"/api/{name}/{unknown}/")
        assert (seen.status_code, seen.content) == (404, missing.content)
    check_ins = desk.get(f"/api/obligations/{hidden['obligation'].pk}/check-ins/")
    assert check_ins.json() == {"detail": "No Obligation matches the given query."}


def test_each_row_can_be_read(desk: Client, rows: dict[str, Any]) -> None:
    codes = {name: desk.get(f"/api/{name}/{key}/").status_code for name, key in keys(rows).items()}
    assert codes == dict.fromkeys(LISTS, 200)


def test_somebody_who_is_not_signed_in_gets_json_and_no_redirect(
    client: Client, rows: dict[str, Any]
) -> None:
    places = [f"/api/{name}/" for name in LISTS]
    places += [f"/api/{name}/{key}/" for name, key in keys(rows).items()]
    places += [f"/api/obligations/{rows['obligation'].pk}/check-ins/", "/api/schema/", "/api/no/"]
    words = {"detail": "Authentication credentials were not provided."}
    assert {place: client.get(place).json() for place in places} == dict.fromkeys(places, words)
    assert {client.get(place).status_code for place in places} == {401}
    assert client.get("/api/docs/").headers["Location"] == "/sign-in/?next=/api/docs/"


def test_an_address_that_leads_nowhere_answers_in_json(desk: Client) -> None:
    response = desk.get("/api/nothing/here/")
    assert (response.status_code, response.json()) == (404, {"detail": "Not found."})


def test_five_rows_take_as_many_queries_as_one(
    desk: Client, process: Process, rows: dict[str, Any]
) -> None:
    def counted() -> dict[str, int]:
        counts = {}
        for name in LISTS:
            with CaptureQueriesContext(connection) as queries:
                desk.get(f"/api/{name}/")
            counts[name] = len(queries)
        return counts

    lengthen(rows)  # what some rows have only is asked for where one of them has it
    counted()
    one = counted()
    for _again in range(4):
        furnish(process, "plover")
        lengthen(rows)
    assert counted() == one


def lengthen(rows: dict[str, Any]) -> None:
    """More parts of the rows that there are."""
    body, seat = rows["body"], factories.SeatFactory(body=rows["body"], party=rows["party"])
    factories.TermFactory(seat=seat, alternate=factories.UserFactory())
    factories.ReportingLineFactory(body=body)
    party = factories.PartyFactory(process=rows["process"])
    factories.ReportingLineFactory(body=body, to_body=None, to_party=party)
    factories.SuccessionFactory(predecessor=body)
    factories.SuccessionFactory(
        predecessor=factories.BodyFactory(process=rows["process"]), successor=body
    )
    factories.ChannelTestFactory(channel__body=body, tested_by=factories.UserFactory())
    factories.DisputeStepFactory(protocol=rows["protocol"], seat=seat)
    factories.DisputeStepFactory(protocol=rows["protocol"], to_body=body)
    factories.ClaimFactory(responsibility=rows["responsibility"])
    factories.AssignmentFactory(
        responsibility=rows["responsibility"], seat__party=rows["party"], seat__body=body
    )
    factories.AssignmentFactory(
        responsibility=rows["responsibility"],
        seat=None,
        body=factories.BodyFactory(process=rows["process"]),
    )
    factories.AffiliationFactory(party=rows["party"])
    factories.AnchorDateFactory(anchor=rows["anchorevent"])
    lengthen_commitment(rows["commitment"], rows["obligation"])
    for parties in (rows["agreement"].signatories, rows["agreement"].witnesses):
        parties.add(rows["party"])


def lengthen_commitment(commitment: Commitment, obligation: Obligation) -> None:
    process, deadline = commitment.process, commitment.deadline
    factories.ObligationFactory(commitment=commitment)
    commitment.follows = factories.CommitmentFactory(process=process)
    commitment.save()
    reading = factories.ReadingFactory(deadline=deadline)
    for one in (None, reading):
        anchor = factories.AnchorEventFactory(process=process)
        other = factories.CommitmentFactory(process=process)
        factories.DeadlineTermFactory(deadline=deadline, reading=one, on=None, anchor=anchor)
        factories.DeadlineTermFactory(
            deadline=deadline, reading=one, on=None, after_commitment=other
        )
    factories.ExtensionFactory(deadline=deadline)
    bound = factories.BoundFactory(commitment=commitment)
    for body in (None, commitment.verifying_body):
        factories.MeasurementFactory(bound=bound, body=body)
    lifted = {"lifted_at": dt.datetime.now(dt.UTC), "lifted_by": factories.UserFactory()}
    factories.FlagFactory(commitment=commitment, **lifted)
    factories.DependencyFactory(commitment=commitment)
    factories.DependencyFactory(on=commitment, commitment__process=process)
    event = factories.TriggerEventFactory(trigger__process=process)
    factories.TriggerEventFactory(trigger=event.trigger)
    factories.VerificationFactory(obligation=obligation, approved_by=factories.UserFactory())
    breach = factories.BreachFactory(obligation=obligation, alleged_by=obligation.party)
    factories.BreachStepFactory(breach=breach)
    finding = factories.VerificationFactory(obligation=obligation)
    first, second = (
        factories.EvidenceFactory(commitment=commitment, verification=finding) for _two in range(2)
    )
    first.contradicts.add(second)
    factories.EvidenceFactory(commitment=commitment, supersedes=first)


def test_a_body_shows_who_holds_its_seats_today_in_its_own_time_zone(
    desk: Client, lead_body: Body
) -> None:
    seat = factories.SeatFactory(body=lead_body)
    past, present = dt.date(2030, 3, 9), dt.date(2030, 3, 10)
    factories.TermFactory(seat=seat, holder__name="Anton", ends_on=past)
    factories.TermFactory(seat=seat, holder__name="Berta", starts_on=present)
    # Half past eleven at night in London is the next day in Sarajevo.
    with time_machine.travel("2030-03-09T23:30:00Z", tick=False):
        desk.force_login(User.objects.get(name="Cora"))
        [body] = results(desk, "bodies")
    assert [term["holder"]["name"] for term in body["seats"][0]["terms"]] == ["Berta"]


def test_a_commitment_says_where_it_stands(
    desk: Client, commitment: Commitment, alice: User
) -> None:
    [row] = results(desk, "commitments")
    commitment.deadline.refresh_from_db()
    due_at = commitment.deadline.due_at
    assert due_at is not None
    assert (row["code"], row["process"], row["reference"]) == (
        commitment.code,
        "valley",
        "Annex 1A, Art. IX.1(c)",
    )
    assert row["due_at"] == f"{due_at:%Y-%m-%dT%H:%M:%SZ}"
    assert row["standing"] == {"mark": "none", "words": "in 10 days"}
    assert row["lead_body"]["code"] == "JMC"
    [owed] = row["obligations"]
    assert owed["owner"]["code"] == "AAA"
    assert owed["focal_point"] == {"id": alice.pk, "name": "Alice", "function": ""}
    assert owed["timeliness"] == {"state": "not_yet_due", "days_late": 0}
    assert (row["reported_level"], owed["verified_level"]) == (None, None)


def test_moments_are_in_utc_whatever_the_readers_time_zone(
    desk: Client, coordinator: User, commitment: Commitment
) -> None:
    coordinator.time_zone = "Asia/Tokyo"
    coordinator.save()
    [row] = results(desk, "obligations")
    assert row["due_at"].endswith("Z")


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"process": "valley"}, 2),
        ({"process": "elsewhere"}, 0),
        ({"kind": "dated"}, 1),
        ({"kind": "standing"}, 1),
        ({"lead_body": "JMC"}, 1),
        ({"owner": "AAA"}, 1),
        ({"owner": "CCC", "kind": "standing"}, 1),
        ({"overdue": "true"}, 1),
        ({"overdue": "false"}, 1),
        ({"in_breach": "true"}, 1),
        ({"flagged": "true"}, 1),
        ({"flagged": "false"}, 1),
    ],
)
@pytest.mark.parametrize("name", ["commitments", "obligations"])
def test_lists_are_narrowed_by_what_is_asked(
    name: str,
    asked: dict[str, str],
    found: int,
    desk: Client,
    obligation: Obligation,
    guarantor: Party,
    hidden: dict[str, Any],
) -> None:
    other = factories.ObligationFactory(
        commitment__process=guarantor.process, commitment__kind="standing", party=guarantor
    )
    other.due_on, other.due_at = dt.date(2024, 1, 1), dt.datetime(2024, 1, 2, tzinfo=dt.UTC)
    other.in_breach = other.is_at_risk = True
    other.save()
    assert len(results(desk, name, **asked)) == found


@pytest.mark.parametrize(
    "asked",
    [
        {"kindd": "dated"},
        {"kind": "daily"},
        {"overdue": "maybe"},
        {"ordering": "-title"},
        {"due_before": "1 May 2026"},
        {"due_after": "0001-01-01"},
    ],
)
def test_a_parameter_that_is_not_understood_is_refused(asked: dict[str, str], desk: Client) -> None:
    response = desk.get("/api/commitments/", asked)
    assert (response.status_code, list(response.json())) == (400, list(asked))


def test_a_nul_in_a_parameter_is_refused(desk: Client) -> None:
    assert desk.get("/api/commitments/", {"process": "a\0b"}).status_code == 400


def test_the_check_ins_of_an_obligation_know_no_other_parameter(
    desk: Client, obligation: Obligation
) -> None:
    where = f"/api/obligations/{obligation.pk}/check-ins/"
    response = desk.get(where, {"process": "elsewhere"})
    assert (response.status_code, list(response.json())) == (400, ["process"])
    assert desk.get(where, {"page_size": 5}).status_code == 200


def test_check_ins_are_narrowed_to_one_obligation(desk: Client, rows: dict[str, Any]) -> None:
    key = rows["obligation"].pk
    assert len(results(desk, "check-ins", obligation=key)) == 1
    assert len(results(desk, "check-ins", obligation=key + 1)) == 0
    assert desk.get("/api/check-ins/", {"obligation": 10**30}).status_code == 400


def test_pages_follow_the_key_and_have_a_largest_size(
    desk: Client, process: Process, rows: dict[str, Any]
) -> None:
    for _more in range(4):
        factories.PartyFactory(process=process)
    everything = results(desk, "parties", page_size=200)
    assert [row["id"] for row in everything] == sorted(row["id"] for row in everything)
    walked, where = [], "/api/parties/?page_size=2"
    while where:
        page = desk.get(where).json()
        walked += page["results"]
        where = page["next"]
    assert walked == everything
    for _more in range(200):
        factories.PartyFactory(process=process)
    assert len(results(desk, "parties", page_size=200)) == 200


def test_pages_are_walked_back_by_the_same_links(desk: Client, process: Process) -> None:
    for _more in range(5):
        factories.PartyFactory(process=process)
    first = desk.get("/api/parties/?page_size=2").json()
    second = desk.get(first["next"]).json()
    assert desk.get(second["previous"]).json() == first
    assert (first["previous"], desk.get(second["next"]).json()["next"]) == (None, None)


@pytest.mark.parametrize("cursor", ["after-x", "after--1", "after-" + "9" * 30, "1", "cD0x"])
def test_a_made_up_cursor_is_refused(cursor: str, desk: Client) -> None:
    response = desk.get("/api/parties/", {"cursor": cursor})
    assert (response.status_code, list(response.json())) == (400, ["cursor"])


@pytest.mark.parametrize("size", ["0", "201", "-1", "1.0", "ten", "١", " 5"])
def test_a_page_size_that_is_none_is_refused(size: str, desk: Client) -> None:
    response = desk.get("/api/parties/", {"page_size": size})
    assert (response.status_code, list(response.json())) == (400, ["page_size"])


@pytest.mark.parametrize("reported", [None, Level.MINIMUM, Level.FULL])
@pytest.mark.parametrize("verified", [None, Level.MINIMUM, Level.FULL])
@pytest.mark.parametrize("days", [-3, 0, 3])
def test_overdue_means_the_same_as_filter_as_timeliness_and_as_standing(
    reported: int | None,
    verified: int | None,
    days: int,
    desk: Client,
    process: Process,
    obligation: Obligation,
) -> None:
    now = process.today()
    obligation.reported_level, obligation.verified_level = reported, verified
    obligation.completed_on = now if verified == Level.FULL else None
    obligation.due_on = now + dt.timedelta(days=days)
    obligation.due_at = dt.datetime.now(dt.UTC) + dt.timedelta(days=days, hours=1)
    obligation.save()
    late = {
        len(results(desk, "obligations", overdue="true")) == 1,
        timeliness.of_obligation(obligation).state == "overdue",
        standing.of_obligation(obligation).mark == "over",
    }
    assert len(late) == 1


def test_the_schema_is_valid_and_names_every_operation(db: None) -> None:
    schema = SchemaGenerator().get_schema(request=None, public=True)
    validate_schema(schema)
    assert sorted(schema["paths"]) == sorted(
        [f"/api/{name}/" for name in LISTS]
        + [f"/api/{name}/{{{'slug' if name == 'processes' else 'id'}}}/" for name in LISTS]
        + ["/api/obligations/{id}/check-ins/", "/api/responsibilities/{id}/assignments/"]
        + ["/api/obligations/{id}/verifications/", "/api/triggers/{id}/events/"]
        + [f"/api/verifications/{{id}}/{what}/" for what in ("approve", "release")]
        + ["/api/commitments/{id}/flags/", "/api/flags/{id}/lift/"]
        + ["/api/gaps/", "/api/gaps/accept/", "/api/gaps/reopen/", "/api/notes/{id}/withdraw/"]
        + ["/api/ledger-entries/", "/api/ledger-entries/{id}/"]
        + ["/api/reminder-policies/{id}/withdraw/"]
        + [f"/api/{name}/" for name in ("holidays", "reminder-policies", "reminders")]
        + [f"/api/{name}/{{id}}/" for name in ("holidays", "reminder-policies", "reminders")]
    )


def test_the_schema_is_made_without_a_warning(db: None, tmp_path: Path) -> None:
    call_command("spectacular", "--fail-on-warn", "--file", str(tmp_path / "schema.yaml"))
    assert (tmp_path / "schema.yaml").read_text().startswith("openapi: ")


def test_the_schema_and_its_page_open(desk: Client) -> None:
    assert desk.get("/api/schema/").json()["info"]["title"] == "Entente"
    made = document.cache_info().misses
    answer = desk.get("/api/schema/")
    assert (answer.json()["openapi"][:2], document.cache_info().misses) == ("3.", made)
    page = desk.get("/api/docs/")
    policy = page.headers["Content-Security-Policy"]
    assert page.status_code == 200
    assert ("unsafe" in policy, "img-src 'self' data:" in policy) == (False, True)
