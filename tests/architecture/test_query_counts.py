"""A page asks the database as often for many rows as for few, and no oftener than it did."""

import os

from django.test import Client

from tests.furnishing import furnish

from .query_counts import MOST, WRITE, counted, fill, read, write

A_FEW, MANY = 10, 300


def test_each_page_asks_as_often_as_the_baseline_says_and_no_oftener_for_many_rows(
    world, process, coordinator
) -> None:
    """`python -m tests.architecture.query_counts` writes the baseline anew."""
    client = Client()
    client.force_login(coordinator)
    furnish(process, "Another")
    few = counted(client, world)
    for _ in range(A_FEW - 2):
        rows = furnish(process, "Another")
    fill(rows, MANY)
    many = counted(client, world)
    # Fewer may do: a first page of rows of one kind needs nothing of the other kinds.
    assert {name: (few[name], many[name]) for name in few if many[name] > few[name]} == {}
    if os.environ.get(WRITE):
        write(few)
    baseline = read()["counts"]
    assert few.keys() == baseline.keys()
    # A page may ask once less on another day of the calendar.
    assert {name: n for name, n in few.items() if n > baseline[name]} == {}


def test_a_page_that_asks_more_than_twenty_times_says_why() -> None:
    baseline = read()
    above = {name for name, count in baseline["counts"].items() if count > MOST}
    assert above == {name for name, reason in baseline["above"].items() if reason}
