"""The register's page: small, complete, found by words, read by key, and left as it is shown."""

import csv
import datetime as dt
import io
from itertools import pairwise
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from coordination.bodies.models import Body
from coordination.commitments.actions import Owed, create_commitment
from coordination.commitments.models import Commitment, Deadline, SavedView
from coordination.commitments.register import Choices, Reader, counts, read_choices, rows_of
from coordination.commitments.register.choices import SORTS
from coordination.commitments.views.pages import PAGE
from coordination.processes.models import Party, Process
from tests import factories
from tests.conftest import Role, member

REGISTER = "/p/valley/commitments/"


@pytest.fixture
def many(process: Process, lead_body: Body, verifying_body: Body) -> None:
    """More commitments than a page holds, each owed by five parties."""
    parties = [
        factories.PartyFactory(process=process, code=f"BA-S{n}", signatory=True) for n in range(5)
    ]
    for number in range(1, PAGE + 6):
        commitment = factories.CommitmentFactory(
            process=process,
            number=number,
            reference=f"Annex 1A, Art. IV.{number}(c)",
            title=f"Withdraw heavy weapons and armoured vehicles from area {number} of the zone",
            lead_body=lead_body,
            verifying_body=verifying_body,
        )
        for party in parties:
            factories.ObligationFactory(commitment=commitment, party=party, reported_level=2)


@pytest.fixture
def few(process: Process, party: Party) -> list[Commitment]:
    """Nine, in pairs that are due together, the last three on no day; two are asked about."""
    made = [
        Commitment(
            process=process,
            number=n,
            reference=f"Art. {n % 3}",
            title=f"Keep {9 - n}",
            track="military",
        )
        for n in range(1, 10)
    ]
    Commitment.objects.bulk_create(made)
    start = dt.datetime(2026, 5, 1, tzinfo=dt.UTC)
    for n, one in enumerate(made):
        due_at = start + dt.timedelta(days=n // 2, seconds=0.5) if n < 6 else None
        due_on = due_at.date() if due_at else None
        Deadline.objects.create(commitment=one, process=process, due_on=due_on, due_at=due_at)
        asked = {"next_check_in_at": start, "next_check_in_on": start.date()} if n in (3, 7) else {}
        factories.ObligationFactory(commitment=one, party=party, **asked)
    return made


def numbers(client: Client, query: str) -> list[int]:
    page = client.get(f"{REGISTER}?{query}").context["page"]
    return [one.number for one in page.rows]


# --- The page ---------------------------------------------------------------------------------


def test_a_full_page_stays_below_50_kb(client: Client, coordinator: User, many: None) -> None:
    client.force_login(coordinator)
    page = client.get(REGISTER)
    assert page.content.decode().count('name="pick"') == PAGE
    assert len(page.content) < 50_000


def test_a_page_asks_the_database_a_dozen_times_while_its_counts_are_kept(
    client: Client, coordinator: User, many: None
) -> None:
    # Nobody's day is missing, so that one query reads the page.
    Deadline.objects.update(due_at=timezone.now(), due_on=timezone.localdate())
    with time_machine.travel(timezone.now(), tick=False):
        client.force_login(coordinator)
        client.get(REGISTER)
        with CaptureQueriesContext(connection) as captured:
            client.get(REGISTER)
    assert len(captured) <= 12


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("find=area+7+of", [7]),
        ("find=C-12", [12]),
        ("find=art.+iv.9(c)", [9]),
        ("find=nothing+like+it", []),
        ("leads=VM", []),
        ("view=met", []),
        ("view=nonsense&find=C-3", [3]),
        ("find=C-3&verifies=VM&leads=JMC&owes=BA-S2&track=military&level=none&due=none", [3]),
        ("find=C-3&owes=JMC", []),
        ("find=C-3&due=passed", []),
        ("find=C-3&level=2", []),
        ("find=C-3&level=below", [3]),
        ("find=C-3&agreement=gfa", []),
        ("find=C-3&due_from=2026-01-01", []),
    ],
)
def test_it_finds_by_words_and_by_every_filter(
    client: Client, coordinator: User, many: None, query: str, found: list[int]
) -> None:
    client.force_login(coordinator)
    assert numbers(client, query) == found


def test_it_says_how_many_there_are_and_counts_no_further_than_a_thousand(
    client: Client, alice: User, process: Process
) -> None:
    client.force_login(alice)
    made = [
        Commitment(process=process, number=n, reference="Art. I", title="Keep", track="military")
        for n in range(1, 1003)
    ]
    Commitment.objects.bulk_create(made)
    Deadline.objects.bulk_create(Deadline(commitment=one, process=process) for one in made)
    assert "All: showing 25 of 1002, by due day" in client.get(REGISTER).content.decode()
    page = client.get(f"{REGISTER}?find=keep&sort=-number").content.decode()
    assert "All: showing 25 of more than 1000, by number, the last first" in page


def test_counts_are_kept_until_the_record_changes(
    process: Process, party: Party, coordinator: User
) -> None:
    with time_machine.travel(timezone.now(), tick=False):
        assert counts(process)["all"] == 0
        factories.CommitmentFactory(process=process)  # by nobody's action
        assert counts(process)["all"] == 0
        create_commitment(
            actor=coordinator, process=process, origin="web", terms=(), owed=[Owed(party)],
            reference="Art. I", title="Keep", track="military",
        )  # fmt: skip
        assert counts(process)["all"] == 2


# --- Pages by key -----------------------------------------------------------------------------


@pytest.mark.parametrize("sort", [*SORTS, *(f"-{name}" for name in SORTS)])
def test_pages_by_key_have_every_row_once_in_both_directions(
    process: Process, alice: User, few: list[Commitment], sort: str
) -> None:
    choices = Choices(sort=sort)
    reader, rows = Reader(choices, process), rows_of(choices, alice, process)
    in_order = [one.pk for one in reader.sorted(list(process.commitments.for_list()))]
    assert len(in_order) == 9
    pages, after = [], ""
    while True:
        pages.append(reader.page(rows, size=2, after=after))
        after = pages[-1].after
        if not after:
            break
    assert [[one.pk for one in page.rows] for page in pages] == [
        in_order[start : start + 2] for start in range(0, 9, 2)
    ]
    for earlier, later in pairwise(pages):
        assert reader.page(rows, size=2, before=later.before) == earlier
    assert pages[0].before == ""
    # A past day, whose rows are in memory, is read by the same addresses.
    memory = list(rows.for_list())
    for page in pages[1:]:
        assert reader.page_in(memory, size=2, before=page.before).rows == reader.page(
            rows, size=2, before=page.before
        ).rows  # fmt: skip


@pytest.mark.parametrize(
    "cursor",
    ["x", "1.x", "1.", ".", "9" * 40, "1.2026-05-01", "1.2026-05-01T00:00", "-1.2"],
)
def test_a_place_that_is_none_is_the_first_page(
    client: Client, alice: User, few: list[Commitment], cursor: str
) -> None:
    client.force_login(alice)
    first = numbers(client, "")
    assert numbers(client, f"after={cursor}") == numbers(client, f"before={cursor}") == first
    for sort in ("number", "title", "check-in"):
        assert len(numbers(client, f"sort={sort}&after={cursor}")) in (9, 8)


# --- What is chosen ---------------------------------------------------------------------------


def test_choices_come_back_from_their_address(process: Process) -> None:
    chosen = Choices(
        view="overdue",
        find="Art. IX & more",
        owes="BA-SRP",
        due="90",
        due_until=dt.date(2030, 1, 2),
        level="below",
        sort="-check-in",
        as_of=dt.date(2020, 2, 29),
        columns=("number", "title", "kind"),
        compact=True,
        size=100,
    )
    assert read_choices(QueryDict(chosen.query()), process) == chosen
    assert Choices().query() == ""
    assert chosen.plain() == Choices(
        view="overdue", sort="-check-in", as_of=dt.date(2020, 2, 29),
        columns=chosen.columns, compact=True, size=100,
    )  # fmt: skip


def test_what_is_no_choice_is_left_out(process: Process) -> None:
    asked = "view=x&sort=x&due=x&due_from=x&level=9&track=x&as_of=9999&columns=x&rows=7&density=x"
    assert read_choices(QueryDict(asked), process) == Choices()
    tomorrow = (process.today() + dt.timedelta(days=1)).isoformat()
    assert read_choices(QueryDict(f"as_of={tomorrow}"), process).as_of is None


def test_the_chosen_columns_are_shown_in_their_order_and_sort(
    client: Client, alice: User, few: list[Commitment]
) -> None:
    client.force_login(alice)
    boxes = client.get(f"{REGISTER}?columns=kind&columns=number&rows=50&sort=-number")
    assert boxes.headers["Location"] == (
        f"{REGISTER}?sort=-number&columns=number%2Ctitle%2Ckind&rows=50"
    )
    page = client.get(boxes.headers["Location"])
    heads = [(head.name, head.sorted) for head in page.context["heads"]]
    assert heads == [("number", "descending"), ("title", ""), ("kind", "")]
    html = page.content.decode()
    assert html.count('aria-sort="descending"') == 1
    assert "data-density" not in html
    assert 'data-density="compact"' in client.get(f"{REGISTER}?density=compact").content.decode()


# --- The export -------------------------------------------------------------------------------


def exported(client: Client, query: str) -> list[list[str]]:
    answer: Any = client.get(f"{REGISTER}export/?{query}")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def test_the_export_has_exactly_what_is_shown_on_all_pages(
    client: Client, alice: User, few: list[Commitment]
) -> None:
    client.force_login(alice)
    Commitment.objects.filter(number=9).update(title="=SUM(A1)")
    query = "columns=number,title,owes,due,standing,verified,check-in&sort=-number&due_from="
    head, *rows = exported(client, query)
    assert head == ["Number", "Commitment", "Owes", "Due", "Standing", "Verified", "Next check-in"]
    assert [row[0] for row in rows] == [f"C-{n}" for n in range(9, 0, -1)]
    assert rows[0] == ["C-9", "'=SUM(A1)", "AAA", "", "No date yet", "Not verified", ""]
    assert [row[3] for row in rows][-1] == "2026-05-01"
    assert [row[6] for row in rows if row[6]] == ["2026-05-01"] * 2
    assert [row[1] for row in exported(client, "find=C-3")[1:]] == ["Keep 6"]


def test_a_past_day_is_exported_as_it_stood(
    client: Client, alice: User, commitment: Commitment
) -> None:
    with time_machine.travel(timezone.now() + dt.timedelta(days=2)):
        client.force_login(alice)
        yesterday = (commitment.process.today() - dt.timedelta(days=1)).isoformat()
        assert [row[1] for row in exported(client, f"as_of={yesterday}")[1:]] == [commitment.title]
        assert exported(client, f"as_of={yesterday}&view=met")[1:] == []


# --- Saved views ------------------------------------------------------------------------------


def tabs(client: Client, query: str = "") -> list[tuple[str, bool]]:
    bar = client.get(f"{REGISTER}?{query}").context["bar"]
    return [(str(tab.label), tab.is_open) for tab in bar.saved_tabs()]


def test_a_view_is_saved_found_shared_and_deleted(
    client: Client, process: Process, alice: User, coordinator: User, few: list[Commitment]
) -> None:
    client.force_login(alice)
    query = "owes=AAA&sort=-number&as_of=2020-01-01"
    sent = {"name": "Ours, the last first"}
    answer = client.post(f"{REGISTER}views/new/?{query}", sent)
    assert answer.headers["Location"] == f"{REGISTER}?owes=AAA&sort=-number"
    saved = SavedView.objects.get()
    assert (saved.query, saved.shared, saved.owner) == ("owes=AAA&sort=-number", False, alice)
    assert tabs(client, saved.query) == [(saved.name, True)]
    assert tabs(client) == [(saved.name, False)]
    again = client.post(f"{REGISTER}views/new/?view=met", sent)
    assert again.status_code == 422
    assert "You have a view of this name already." in again.content.decode()

    page = f"{REGISTER}views/{saved.pk}/"
    client.force_login(coordinator)
    assert tabs(client) == []
    assert client.get(page).status_code == 404
    client.force_login(alice)
    client.post(page, {"what": "change", "name": "Ours", "shared": "on"})
    observer = member(process, "Olga", Role.OBSERVER)
    client.force_login(observer)
    assert tabs(client) == [("Ours", False)]
    assert client.get(page).status_code == client.post(page).status_code == 403
    client.force_login(coordinator)
    assert "Ours" in client.get(f"{REGISTER}views/").content.decode()
    assert client.post(page, {"what": "change", "name": "Mine"}).status_code == 403
    client.post(page, {"what": "delete"})
    assert not SavedView.objects.exists()
