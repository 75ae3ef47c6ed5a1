"""The board of the register: each commitment in the column of its level, and no column too long."""

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from coordination.bodies.models import Body
from coordination.commitments.models import Commitment, Deadline, Level, Obligation
from coordination.commitments.register import read_choices, rows_of
from coordination.commitments.shapes.board import CARDS, COLUMN, Board, shares
from coordination.processes.models import Party, Process, Track
from tests import factories

PATH = "/p/valley/commitments/board/"


def fill(process: Process, body: Body, levels: list[list[int | None]], each: int = 1) -> None:
    """Commitments whose owners were each verified at a level; written at once."""
    owners = max(len(own) for own in levels)
    codes = [f"BA-S{n}" for n in range(owners)]
    parties = [
        Party.objects.get_or_create(process=process, code=code, defaults={"name": code})[0]
        for code in codes
    ]
    rows = [own for own in levels for _ in range(each)]
    start = Commitment.objects.filter(process=process).count() + 1
    made = Commitment.objects.bulk_create(
        Commitment(
            process=process,
            number=start + n,
            reference="Annex 1A, Art. IV.2(c)",
            title=f"Withdraw heavy weapons and armoured vehicles from area {n} of the zone",
            track=Track.MILITARY,
            lead_body=body,
        )
        for n in range(len(rows))
    )
    Deadline.objects.bulk_create(
        Deadline(commitment=one, process=process, due_on="2026-03-01", due_at="2026-03-01T22:00Z")
        for one in made
    )
    Obligation.objects.bulk_create(
        Obligation(
            commitment=one,
            party=party,
            due_on="2026-03-01",
            due_at="2026-03-01T22:00Z",
            reported_level=Level.FULL,
            verified_level=level,
        )
        for one, own in zip(made, rows, strict=True)
        for party, level in zip(parties, own, strict=False)
    )


def totals(board: Board) -> dict[int | None, int]:
    return {column.level: column.total for column in board.columns}


@given(st.lists(st.integers(0, COLUMN), min_size=4, max_size=5))
def test_a_column_is_cut_only_where_the_page_has_no_room(wanted: list[int]) -> None:
    given_ = shares(wanted)
    assert sum(given_) <= CARDS
    assert all(got <= want for got, want in zip(given_, wanted, strict=True))
    if sum(wanted) <= CARDS:
        assert given_ == wanted
    cut = [got for got, want in zip(given_, wanted, strict=True) if got < want]
    assert not cut or (sum(given_) == CARDS and max(cut) >= max(given_) - 1)


def test_a_commitment_stands_at_its_lowest_owner_and_nowhere_while_one_is_not_verified(
    client: Client, coordinator: User, process: Process, lead_body: Body
) -> None:
    fill(process, lead_body, [[3, 3], [3, 1], [2, 3], [0, None], [None, None], [0, 3]])
    client.force_login(coordinator)
    board = client.get(PATH).context["board"]
    assert totals(board) == {None: 2, 0: 1, 1: 1, 2: 1, 3: 1}
    assert [[card.number for card in one.cards] for one in board.columns] == [
        [4, 5],
        [6],
        [2],
        [3],
        [1],
    ]
    reported = client.get(f"{PATH}?by=reported").context["board"]
    assert totals(reported) == {0: 0, 1: 0, 2: 0, 3: 6}


@pytest.mark.parametrize("query", ["", "view=open", "find=area+2+of", "level=below"])
def test_each_column_counts_what_its_link_lists(
    client: Client, coordinator: User, process: Process, lead_body: Body, query: str
) -> None:
    fill(process, lead_body, [[3, 3], [3, 1], [2, 3], [0, None], [0, 3]], each=2)
    client.force_login(coordinator)
    board = client.get(f"{PATH}?{query}").context["board"]

    def listed(asked: str) -> int:
        return rows_of(read_choices(QueryDict(asked), process), coordinator, process).count()

    assert board.total == listed(query)
    for column in board.columns:
        assert column.query
        assert column.total == listed(column.query) or (query == "level=below" and not column.total)


def test_a_full_page_stays_below_50_kb(
    client: Client, coordinator: User, process: Process, lead_body: Body
) -> None:
    fill(process, lead_body, [[n] * 5 for n in (None, 0, 1, 2, 3)], each=COLUMN + 1)
    for n in range(30):
        factories.BodyFactory(process=process, code=f"BODY-{n}")
    client.force_login(coordinator)
    page = client.get(PATH)
    board = page.context["board"]
    assert [len(column.cards) for column in board.columns] == [CARDS // 5] * 5
    assert [column.more for column in board.columns] == [COLUMN + 1 - CARDS // 5] * 5
    assert len(page.content) < 50_000


def test_the_number_of_queries_does_not_grow(
    client: Client, coordinator: User, process: Process, lead_body: Body
) -> None:
    client.force_login(coordinator)
    counts = []
    for each in (1, 5):
        fill(process, lead_body, [[n] * 3 for n in (None, 0, 1, 2, 3)], each=each)
        client.get(PATH)  # the counts of the views are kept from here on
        with CaptureQueriesContext(connection) as captured:
            assert client.get(PATH).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 20


def test_a_past_day_shows_the_levels_of_that_day(
    client: Client, coordinator: User, process: Process, lead_body: Body
) -> None:
    fill(process, lead_body, [[3], [None]])
    Commitment.objects.filter(process=process).update(created_at="2026-01-01T12:00Z")
    client.force_login(coordinator)
    page = client.get(f"{PATH}?as_of=2026-02-20")
    # Nothing had been found, nor reported, by then.
    assert totals(page.context["board"]) == {None: 2, 0: 0, 1: 0, 2: 0, 3: 0}
    assert "as_of=2026-02-20&amp;by=reported" in page.content.decode()
