"""The timeline of the register: where days stand, which rows a window shows, and what it weighs."""

import datetime as dt
import re
from itertools import pairwise, product

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from coordination.bodies.models import Body
from coordination.commitments.models import (
    Commitment,
    Deadline,
    DeadlineTerm,
    Dependency,
    Level,
    Obligation,
)
from coordination.commitments.register import read_choices, rows_of
from coordination.commitments.register.rules import holds
from coordination.commitments.shapes import timeline
from coordination.commitments.shapes.drawing import Drawing, draw, times_of
from coordination.commitments.shapes.timeline import Asked, in_time, read_asked
from coordination.commitments.shapes.window import MARGIN, WIDTH, Span, Window, beside, window_of
from coordination.processes.models import Party, Process, Track
from tests import factories

Kind = Commitment.Kind
PATH = "/p/valley/commitments/timeline/"
DAY = dt.date(2026, 6, 1)

days = st.dates(dt.date(2020, 1, 1), dt.date(2032, 12, 31))
windows = st.builds(
    lambda first, length: Window(first, first + dt.timedelta(days=length)),
    days,
    st.integers(0, 4000),
)


# --- Where days stand -------------------------------------------------------------------------


@given(windows, days, days)
def test_later_days_stand_further_to_the_right_and_all_within_the_window(
    window: Window, one: dt.date, other: dt.date
) -> None:
    earlier, later = sorted((one, other))
    assert window.left <= window.begin(earlier) <= window.begin(later) <= WIDTH - MARGIN
    assert window.begin(earlier) <= window.middle(earlier) <= window.end(earlier)
    assert window.end(earlier) == window.begin(earlier + dt.timedelta(days=1))


@given(windows)
def test_a_window_begins_with_its_first_day_and_ends_with_its_last(window: Window) -> None:
    assert window.begin(window.first) == window.left
    assert window.end(window.last) == WIDTH - MARGIN


@given(st.sampled_from([Span.WEEKS, Span.MONTHS, Span.YEARS]), days)
def test_the_window_after_the_one_before_is_the_same(span: Span, first: dt.date) -> None:
    first = first.replace(day=min(first.day, 28))
    window = window_of(span, first, DAY, [])
    earlier, later = beside(span, window)
    assert later == window.last + dt.timedelta(days=1)
    assert window_of(span, earlier, DAY, []).last == window.first - dt.timedelta(days=1)


@given(st.sampled_from(list(Span)), st.lists(days, max_size=4))
def test_a_window_that_nobody_moved_shows_today(span: Span, known: list[dt.date]) -> None:
    window = window_of(span, None, DAY, known)
    assert window.holds(DAY)
    assert span != Span.ALL or all(window.holds(day) for day in known)


# --- Which rows it shows ----------------------------------------------------------------------

some_days = st.none() | days
commitments = st.builds(
    lambda kind, due, original, start, end: with_days(
        kind, due_on=due, original_on=original, starts_on=start, ends_on=end
    ),
    st.sampled_from(Kind.values),
    *[some_days] * 4,
)


def with_days(kind: str, **on: dt.date | None) -> Commitment:
    commitment = Commitment(kind=kind, number=1, title="Withdraw")
    Deadline(commitment=commitment, **on)
    return commitment


@given(windows, commitments)
def test_a_window_shows_what_has_a_place_in_it(window: Window, commitment: Commitment) -> None:
    times = times_of(commitment)
    if times.is_bar:
        first, last = times.start or dt.date.min, times.end or dt.date.max
        expected = first <= window.last and last >= window.first
    else:
        points = [day for day in (times.due, times.original) if day and times.due]
        expected = bool(points) and min(points) <= window.last and max(points) >= window.first
    if commitment.kind == Kind.UNTIL and times.due is None and not times.is_bar:
        expected = False
    assert holds(in_time(window), commitment) == expected


@pytest.fixture
def each_kind(process: Process, lead_body: Body) -> list[Commitment]:
    """Each kind with days before, in and after the window, and without."""
    found = []
    for n, kind in enumerate(Kind.values):
        for days in (-400, 0, 400, None):
            commitment = factories.CommitmentFactory(
                process=process,
                kind=kind,
                every_amount=1,
                every_unit="weeks",
                lead_body=lead_body if n % 2 else None,
                track=Track.values[n % 3],
            )
            if days is not None:
                day = DAY + dt.timedelta(days=days)
                Deadline.objects.filter(commitment=commitment).update(
                    due_on=None if commitment.lasts else day,
                    due_at=None if commitment.lasts else f"{day}T22:00:00Z",
                    original_on=day - dt.timedelta(days=n * 50),
                    starts_on=day,
                    ends_on=day + dt.timedelta(days=5),
                )
            found.append(commitment)
    return found


def test_the_database_and_a_past_day_show_the_same_rows_in_the_same_order(
    process: Process, each_kind: list[Commitment]
) -> None:
    rows = Commitment.objects.filter(process=process).order_by()
    in_memory = list(rows.for_list())
    for span, lanes in product(Span, timeline.Lanes.values):
        asked = Asked(span=span.value, lanes=lanes)
        window = timeline.window_for(asked, DAY, rows)
        assert timeline.window_for(asked, DAY, in_memory) == window
        of_today = timeline.page_of(asked, window, rows)
        assert of_today.rows == timeline.page_on(asked, window, in_memory).rows
        assert (len(of_today.rows) == len(each_kind)) == (span == Span.ALL)


def test_pages_by_key_have_every_row_once_forwards_and_back(
    process: Process, each_kind: list[Commitment], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timeline, "PAGE", 10)
    rows = Commitment.objects.filter(process=process).order_by()
    window = window_of(Span.ALL, None, DAY, [])

    def read(lanes: str, **cursor: timeline.Key) -> timeline.Page:
        address = Asked(lanes=lanes, **cursor).query(read_choices(QueryDict(), process))
        asked = read_asked(QueryDict(address))
        page = timeline.page_of(asked, window, rows)
        assert page == timeline.page_on(asked, window, rows.for_list())
        return page

    for lanes in timeline.Lanes.values:
        pages = [read(lanes)]
        while key := pages[-1].after:
            pages.append(read(lanes, after=key))
        assert [len(page.rows) for page in pages] == [10, 10, 10, 6]
        assert {row.pk for page in pages for row in page.rows} == {one.pk for one in each_kind}
        for before, page in pairwise(pages):
            assert page.before is not None
            assert read(lanes, before=page.before).rows == before.rows


@pytest.mark.parametrize("text", ["", "x", "1.2026-01-01", "x.2026-01-01.1", "1.never.1", "1..²"])
def test_an_address_that_names_no_row_shows_the_first_page(text: str) -> None:
    assert read_asked(QueryDict(f"after={text}&span=ever&from=soon&lanes=x")) == Asked()


# --- What is drawn ----------------------------------------------------------------------------


def drawn(
    process: Process, *rows: Commitment, edges: set[tuple[int, int]] | None = None
) -> Drawing:
    fetched = Commitment.objects.filter(pk__in=[row.pk for row in rows]).for_list()
    window = Window(DAY, DAY + dt.timedelta(days=99))
    return draw(
        [("", list(fetched.order_by("number")))],
        window,
        process=process,
        today=DAY,
        anchors=process.anchors.all(),
        edges=edges or (),
    )


def due(process: Process, days: int, **fields: object) -> Commitment:
    commitment = factories.CommitmentFactory(process=process)
    day = DAY + dt.timedelta(days=days)
    Deadline.objects.filter(commitment=commitment).update(
        due_on=day, due_at=f"{day}T22:00:00Z", **{"original_on": day} | fields
    )
    return commitment


def test_promised_is_dotted_reported_outlined_and_verified_solid(process: Process) -> None:
    for reported, verified, css in (
        (Level.INTERMEDIATE, None, "prom"),
        (Level.FULL, Level.MINIMUM, "out"),
        (None, Level.FULL, "sol"),
    ):
        one = due(process, 10)
        factories.ObligationFactory(
            commitment=one, reported_level=reported, verified_level=verified
        )
        assert [name for name, _path in drawn(process, one).rows[0].shapes] == [css]


def test_an_extension_leads_from_the_original_day_to_the_present_one(process: Process) -> None:
    drawing = drawn(process, due(process, 50, original_on=DAY + dt.timedelta(days=20)))
    x, was = (drawing.window.middle(DAY + dt.timedelta(days=n)) for n in (50, 20))
    shapes = drawing.rows[0].shapes
    assert shapes == [("prom", f"M{was:g} 60v10m0-5H{x:g}M{x:g} 58l7 7-7 7-7-7z")]


def test_what_recurs_is_a_bar_whose_name_leaves_the_next_day_in_view(process: Process) -> None:
    one = due(process, 20, starts_on=DAY - dt.timedelta(days=9))
    Commitment.objects.filter(pk=one.pk).update(
        kind=Kind.RECURRING, every_amount=1, every_unit="weeks"
    )
    row = drawn(process, one).rows[0]
    assert [css for css, _path in row.shapes] == ["prom", "dm"]
    (bar, _next), x = [path for _css, path in row.shapes], float(row.mark_x)
    # It began before, and has no end.
    assert bar == "M128 56H1314l6 9-6 9H128l-6-9 6-9z"
    assert x == row.ends_at + 12


def test_what_depends_on_another_row_is_tied_to_it(process: Process) -> None:
    first, second, other = due(process, 10), due(process, 60), due(process, 70)
    factories.DependencyFactory(commitment=second, on=first)
    DeadlineTerm.objects.create(deadline=other.deadline, after_commitment=second)
    keys = [first.pk, second.pk, other.pk]
    edges = timeline.edges_among(process, keys)
    assert edges == {(first.pk, second.pk), (second.pk, other.pk)}
    assert timeline.edges_among(process, keys[:1]) == set()
    drawing = drawn(process, first, second, other, edges=edges)
    start, end = (drawing.window.middle(DAY + dt.timedelta(days=n)) for n in (10, 60))
    assert sorted(drawing.ties)[0].startswith(f"M{start:g} 65V78H{end:g}V83")


def test_anchors_that_would_touch_have_their_names_below_each_other(process: Process) -> None:
    for n in (10, 12, 80):
        factories.AnchorEventFactory(
            process=process, name=f"Signature {n}", on=DAY + dt.timedelta(days=n)
        )
    drawing = drawn(process, due(process, 1))
    assert [line.y - drawing.bottom for line in drawing.anchors] == [16, 32, 16]


# --- The page ---------------------------------------------------------------------------------


def fill(process: Process, body: Body, count: int, owners: int = 5) -> None:
    """Late commitments, each waiting on the one before, owed by several; written at once."""
    parties = [
        Party.objects.get_or_create(
            process=process, code=f"BA-S{n}", defaults={"name": f"Entity {n}"}
        )[0]
        for n in range(owners)
    ]
    start = Commitment.objects.filter(process=process).count() + 1
    made = Commitment.objects.bulk_create(
        Commitment(
            process=process,
            number=n,
            reference=f"Annex 1A, Art. IV.{n}(c)",
            title=f"Withdraw heavy weapons and armoured vehicles from area {n} of the zone",
            track=Track.values[n % 8],
            lead_body=body,
        )
        for n in range(start, start + count)
    )
    day, was = dt.date(2026, 3, 1), dt.date(2026, 2, 1)
    Deadline.objects.bulk_create(
        Deadline(
            commitment=one, process=process, due_on=day, due_at=f"{day}T22:00Z", original_on=was
        )
        for one in made
    )
    Obligation.objects.bulk_create(
        Obligation(
            commitment=one,
            party=party,
            due_on=day,
            due_at=f"{day}T22:00Z",
            reported_level=Level.INTERMEDIATE,
            verified_level=Level.INTERMEDIATE,
        )
        for one in made
        for party in parties
    )
    Dependency.objects.bulk_create(
        Dependency(commitment=other, on=one) for one, other in pairwise(made)
    )


def test_a_full_page_stays_below_50_kb(
    client: Client, coordinator: User, process: Process, lead_body: Body
) -> None:
    fill(process, lead_body, timeline.PAGE + 5)
    for n in range(30):
        factories.BodyFactory(process=process, code=f"BODY-{n}")
    client.force_login(coordinator)
    page = client.get(PATH)
    assert len(page.context["drawing"].rows) == timeline.PAGE
    assert page.context["drawing"].ties
    assert len(page.content) < 50_000
    rest = client.get(PATH + page.context["next"])
    assert len(rest.context["drawing"].rows) == 5


def test_the_number_of_queries_does_not_grow(
    client: Client, coordinator: User, process: Process, lead_body: Body
) -> None:
    client.force_login(coordinator)
    counts = []
    for more in (2, 10):
        fill(process, lead_body, more)
        client.get(PATH)  # the counts of the views are kept from here on
        with CaptureQueriesContext(connection) as captured:
            assert client.get(PATH).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 20


@pytest.mark.parametrize(
    "query", ["", "view=overdue", "leads=JMC&track=military", "find=area+7+of", "due=none"]
)
def test_it_shows_the_rows_of_the_register_for_the_same_choices(
    client: Client, coordinator: User, process: Process, lead_body: Body, query: str
) -> None:
    fill(process, lead_body, 9, owners=1)
    factories.CommitmentFactory(process=process)
    client.force_login(coordinator)
    page = client.get(f"{PATH}?{query}")
    expected = rows_of(read_choices(QueryDict(query), process), coordinator, process)
    shown = {row.commitment.pk for row in page.context["drawing"].rows}
    assert shown == {row.pk for row in expected}
    assert f'/commitments/{"?" if query else ""}{escape(query)}"' in page.content.decode()


def test_its_forms_carry_on_what_was_chosen_elsewhere(
    client: Client, coordinator: User, process: Process, lead_body: Body
) -> None:
    fill(process, lead_body, 1, owners=1)
    client.force_login(coordinator)
    text = client.get(f"{PATH}?view=open&leads=JMC&span=2y&lanes=lead&from=2026-01-01").content
    forms = r'<form class="(?:asof|filters)".*?</form>'
    day, filters, time = re.findall(forms, text.decode(), re.DOTALL)

    def sent(form: str) -> set[tuple[str, str]]:
        hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form)
        return {pair for pair in hidden if pair[0] != "csrfmiddlewaretoken"}

    own = {("span", "2y"), ("lanes", "lead"), ("from", "2026-01-01")}
    assert sent(day) == {("view", "open"), ("leads", "JMC"), *own}
    assert sent(filters) == {("view", "open"), *own}
    assert sent(time) == {("view", "open"), ("leads", "JMC")}


def test_a_past_day_shows_the_register_of_that_day(
    client: Client, coordinator: User, process: Process, lead_body: Body
) -> None:
    fill(process, lead_body, 3, owners=1)
    Commitment.objects.filter(number__lt=3).update(created_at="2026-02-01T12:00Z")
    client.force_login(coordinator)
    page = client.get(f"{PATH}?as_of=2026-02-20")
    drawing = page.context["drawing"]
    assert sorted(row.commitment.number for row in drawing.rows) == [1, 2]
    assert drawing.ties == []
    assert page.context["today_name"] == "20 Feb 2026"


def test_every_picture_has_its_figures_as_a_table(
    client: Client, coordinator: User, process: Process, lead_body: Body
) -> None:
    fill(process, lead_body, 3, owners=1)
    client.force_login(coordinator)
    text = client.get(PATH).content.decode()
    assert text.count("<title>") == 1
    assert '<title id="tl-t">' in text
    assert "<desc" in text
    assert len(re.findall(r'<th scope="row"', text)) == 3
    assert "style=" not in text
