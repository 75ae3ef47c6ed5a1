"""The pages on which a body is wound up, and on which its lines are drawn and changed."""

import datetime as dt
from typing import Any

import pytest

from accounts.models import User
from coordination.bodies.models import Body, ReportingLine, Succession
from coordination.ledger.models import Entry
from coordination.processes.models import Party, Process
from tests.editing import browser, fill, form_on, says
from tests.factories import (
    BodyFactory,
    PartyFactory,
    ReportingLineFactory,
    SuccessionFactory,
)

pytestmark = pytest.mark.django_db

JMC = "/p/valley/bodies/JMC/"
LINES, WIND_UP = f"{JMC}edit/lines/", f"{JMC}wind-up/"


def day(n: int) -> dt.date:
    return dt.date(1996, 1, n)


def verbs() -> list[str]:
    return list(Entry.objects.order_by("sequence").values_list("verb", flat=True))


# --- Its end ------------------------------------------------------------------------------------


def test_a_body_is_wound_up_and_says_who_took_over(
    process: Process, lead_body: Body, verifying_body: Body, coordinator: User
) -> None:
    other = BodyFactory(process=process)
    client = browser(coordinator)
    form = fill(client, WIND_UP, ended_on="1996-01-20") | {
        "successors-0-body": "vm",
        "successors-0-kind": "merged",
        "successors-0-source": "Decision 4",
        "successors-2-body": other.code,
        "successors-2-kind": "tasks",
        "successors-2-on": "1996-01-10",
    }
    for _ in range(2):
        assert client.post(WIND_UP, form)["Location"] == JMC
    lead_body.refresh_from_db()
    assert lead_body.ended_on == day(20)
    rows = Succession.objects.order_by("pk").values_list("successor", "kind", "on", "source")
    assert list(rows) == [
        (verifying_body.pk, "merged", day(20), "Decision 4"),
        (other.pk, "tasks", day(10), ""),
    ]
    assert verbs() == ["body.wound-up", "succession.entered", "succession.entered"]
    again = fill(client, WIND_UP)
    assert again["successors-1-body"] == other.code
    emptied = dict.fromkeys([key for key in again if key.startswith("successors-1-")], "")
    client.post(WIND_UP, again | emptied)
    assert list(Succession.objects.values_list("successor", flat=True)) == [verifying_body.pk]


def test_a_body_that_is_no_more_takes_nothing_over(
    process: Process, lead_body: Body, coordinator: User
) -> None:
    gone = BodyFactory(process=process, code="GONE", ended_on=day(2))
    client = browser(coordinator)
    row = {"successors-1-body": "GONE", "successors-1-kind": "replaced"}
    page = client.post(WIND_UP, fill(client, WIND_UP, ended_on="1996-01-20") | row)
    assert page.status_code == 422
    assert "GONE was wound up before that day." in says(page)
    assert 'id="id_successors-1-body_error"' in says(page)
    assert form_on(page)["successors-1-body"] == gone.code
    lead_body.refresh_from_db()
    assert lead_body.ended_on is None
    assert not Entry.objects.exists()


def test_a_changed_end_leaves_days_and_articles_of_successions_as_they_are(
    process: Process, lead_body: Body, verifying_body: Body, coordinator: User
) -> None:
    known = SuccessionFactory(
        predecessor=lead_body, successor=verifying_body, kind="tasks", on=day(2), source="Art. 1"
    )
    client = browser(coordinator)
    client.post(WIND_UP, fill(client, WIND_UP, ended_on="1996-01-20"))
    known.refresh_from_db()
    assert (known.kind, known.on, known.source) == ("tasks", day(2), "Art. 1")
    assert verbs() == ["body.wound-up"]
    # An heir of its own day may be founded after the end; it stands in one row.
    BodyFactory(process=process, code="LATE", established_on=day(29))
    row = {"successors-1-body": "LATE", "successors-1-kind": "replaced"}
    assert client.post(WIND_UP, fill(client, WIND_UP) | row).status_code == 302
    twice = {"successors-2-body": "late", "successors-2-kind": "merged"}
    page = client.post(WIND_UP, fill(client, WIND_UP) | twice)
    assert page.status_code == 422
    assert "row 3, Body that takes over: LATE stands in two rows." in says(page)


def test_a_winding_up_is_undone_and_a_body_hands_over_tasks_while_it_goes_on(
    lead_body: Body, verifying_body: Body, coordinator: User
) -> None:
    client = browser(coordinator)
    client.post(WIND_UP, fill(client, WIND_UP, ended_on="1996-01-20"))
    client.post(WIND_UP, fill(client, WIND_UP, ended_on=""))
    lead_body.refresh_from_db()
    assert lead_body.ended_on is None
    row = {"successors-0-body": "VM", "successors-0-kind": "tasks"}
    page = client.post(WIND_UP, fill(client, WIND_UP) | row)
    assert page.status_code == 422
    assert 'id="id_successors-0-on_error"' in says(page)
    client.post(WIND_UP, form_on(page) | {"successors-0-on": "1996-01-08"})
    assert Succession.objects.get().on == day(8)
    assert verbs() == ["body.wound-up", "body.continued", "succession.entered"]


# --- Lines --------------------------------------------------------------------------------------


def line(client: Any, **fields: str) -> dict[str, str]:
    return fill(client, LINES, "line", **{f"line-{key}": value for key, value in fields.items()})


@pytest.mark.parametrize(
    ("typed", "leads_to"),
    [
        ({"to": "vm"}, "VM"),
        ({"to": "AAA"}, "AAA"),
        ({"to": "party TWICE"}, "party TWICE"),
        ({"to": "Body twice"}, "body TWICE"),
        ({"to_name": "The guarantors"}, "The guarantors"),
    ],
)
def test_a_line_leads_to_a_body_a_party_or_somebody_else(
    process: Process,
    lead_body: Body,
    verifying_body: Body,
    party: Party,
    coordinator: User,
    typed: dict[str, str],
    leads_to: str,
) -> None:
    named = {"VM": verifying_body, "AAA": party}
    named["body TWICE"] = BodyFactory(process=process, code="TWICE")  # type: ignore[assignment]
    named["party TWICE"] = PartyFactory(process=process, code="TWICE")
    client = browser(coordinator)
    form = line(client, kind="informs", source="Art. 4", started_on="1996-01-03", **typed)
    for _ in range(2):
        assert client.post(LINES, form)["Location"] == LINES
    row = ReportingLine.objects.get()
    assert (row.target or row.to_name) == named.get(leads_to, leads_to)
    assert (row.kind, row.source, row.started_on) == ("informs", "Art. 4", day(3))
    assert verbs() == ["line.entered"]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({}, "Say to whom: a body, a party or somebody else, and only one of them."),
        ({"to": "VM", "to_name": "Somebody"}, "Say to whom: a body, a party or somebody else"),
        ({"to": "NOBODY"}, "“NOBODY” is not known here: write one of the codes of the list."),
        ({"to": "TWICE"}, "“TWICE” can be several: write “body TWICE” or “party TWICE”."),
        ({"to": "JMC"}, "A body does not report to itself."),
        ({"to": "ABOVE"}, "This line is there already."),
    ],
)
def test_a_line_that_leads_nowhere_or_back_is_refused_beside_its_field(
    process: Process,
    lead_body: Body,
    verifying_body: Body,
    coordinator: User,
    typed: dict[str, str],
    words: str,
) -> None:
    BodyFactory(process=process, code="TWICE")
    PartyFactory(process=process, code="TWICE")
    between = BodyFactory(process=process)
    ReportingLineFactory(body=between, to_body=lead_body)
    ReportingLineFactory(body=BodyFactory(process=process, code="BELOW"), to_body=between)
    ReportingLineFactory(body=lead_body, to_body=BodyFactory(process=process, code="ABOVE"))
    client = browser(coordinator)
    page = client.post(LINES, line(client, kind="reports_to", **typed))
    assert (page.status_code, list(page.context["form"].errors)) == (422, ["to"])
    assert words in says(page).replace("&quot;", '"')
    assert form_on(page, "line")["line-to"] == typed.get("to", "")
    assert ReportingLine.objects.count() == 3


def test_a_line_is_ended_and_may_be_drawn_again(
    lead_body: Body, verifying_body: Body, coordinator: User
) -> None:
    row = ReportingLineFactory(body=lead_body, to_body=verifying_body)
    client, name = browser(coordinator), f"row-{row.pk}"
    end = fill(client, LINES, name, **{f"{name}-ended_on": "1996-01-09"})
    for _ in range(2):
        assert client.post(LINES, end).status_code == 302
    row.refresh_from_db()
    assert row.ended_on == day(9)
    client.post(LINES, line(client, to="VM", started_on="1996-01-12"))
    assert lead_body.lines.count() == 2
    assert verbs() == ["line.ended", "line.entered"]
    # Its end, start and article can be corrected; it cannot go on beside the new one.
    words = {"ended_on": "1996-01-08", "started_on": "1996-01-02", "source": "Art. 9"}
    said = {f"{name}-{key}": value for key, value in words.items()}
    client.post(LINES, fill(client, LINES, name, **said))
    row.refresh_from_db()
    assert (row.started_on, row.ended_on, row.source) == (day(2), day(8), "Art. 9")
    page = client.post(LINES, fill(client, LINES, name, **{f"{name}-ended_on": ""}))
    assert page.status_code == 422
    assert "This line is there already." in says(page)
    client.post(LINES, fill(client, LINES, name, **{f"{name}-mistaken": "on"}))
    row.refresh_from_db()
    assert (row.started_on, row.ended_on) == (day(2), day(2))


def test_a_circle_of_lines_is_entered_and_left_to_be_found_as_a_gap(
    lead_body: Body, verifying_body: Body, coordinator: User
) -> None:
    ReportingLineFactory(body=verifying_body, to_body=lead_body)
    client = browser(coordinator)
    assert client.post(LINES, line(client, kind="reports_to", to="VM")).status_code == 302
    assert lead_body.lines.get().to_body == verifying_body
