"""The pages on which anchor events are entered and given their dates."""

import datetime as dt

import pytest

from accounts.models import User
from coordination.ledger.models import Entry
from coordination.processes.actions import record_anchor_date
from coordination.processes.models import AnchorDate, AnchorEvent, Process
from tests.editing import browser, fill, form_on, says
from tests.factories import (
    AnchorEventFactory,
    CommitmentFactory,
    DeadlineTermFactory,
)

pytestmark = pytest.mark.django_db

ANCHORS, NEW_ANCHOR = "/p/valley/anchors/", "/p/valley/add/anchor/"


def day(n: int) -> dt.date:
    return dt.date(1996, 1, n)


def test_an_anchor_is_entered_and_leads_on_to_its_date(process: Process, coordinator: User) -> None:
    client = browser(coordinator)
    form = fill(client, NEW_ANCHOR, key="toa", name="Transfer", is_day_zero="on")
    for _ in range(2):
        assert client.post(NEW_ANCHOR, form)["Location"] == f"{ANCHORS}toa/date/"
    assert process.anchors.get().is_day_zero
    for fields, words in [
        ({"key": "toa"}, "Another anchor event has this key: choose another."),
        ({"key": "b", "is_day_zero": "on"}, "Another anchor of the process is its day zero."),
    ]:
        page = client.post(NEW_ANCHOR, fill(client, NEW_ANCHOR, name="Other", **fields))
        assert (page.status_code, list(page.context["form"].errors)) == (422, [list(fields)[-1]])
        assert words in says(page)


def test_a_new_date_moves_what_counts_from_the_anchor_and_the_page_says_how_much(
    process: Process, coordinator: User
) -> None:
    anchor = AnchorEventFactory(process=process, key="toa")
    for days in (3, 30):
        commitment = CommitmentFactory(process=process)
        DeadlineTermFactory(
            deadline=commitment.deadline, on=None, anchor=anchor, amount=days, unit="days"
        )
    client, address = browser(coordinator), f"{ANCHORS}toa/date/"
    form = fill(client, address, on="1996-01-10", decided_by="The parties", decided_on="1996-01-02")
    assert form["status"] == "planned"
    preview = client.post(address, form).context["preview"]
    for _ in range(2):
        confirmed = dict(preview.carried) | {"shown": preview.digest}
        assert client.post(address, confirmed)["Location"] == ANCHORS
    assert "The date is recorded. 2 due days moved." in says(client.get(ANCHORS))
    date = anchor.dates.get()
    assert (date.on, date.decided_by, date.decided_on) == (day(10), "The parties", day(2))
    assert sorted(process.commitments.values_list("deadline__due_on", flat=True)) == [
        dt.date(1996, 1, 13),
        dt.date(1996, 2, 9),
    ]
    assert form_on(client.get(address))["status"] == "rescheduled"


def test_a_moment_is_in_the_time_zone_of_the_process(process: Process, coordinator: User) -> None:
    anchor = AnchorEventFactory(process=process, key="toa")
    client, address = browser(coordinator), f"{ANCHORS}toa/date/"
    client.post(address, fill(client, address, on="1996-01-10", clock="00:30"))
    date = anchor.dates.get()
    assert (date.on, date.at) == (day(10), dt.datetime(1996, 1, 9, 23, 30, tzinfo=dt.UTC))


def test_what_is_said_to_have_happened_is_not_in_the_future(
    process: Process, coordinator: User
) -> None:
    AnchorEventFactory(process=process, key="toa")
    client, address = browser(coordinator), f"{ANCHORS}toa/date/"
    page = client.post(address, fill(client, address, on="2190-01-01", status="actual"))
    assert (page.status_code, list(page.context["form"].errors)) == (422, ["on"])
    assert 'value="2190-01-01"' in says(page)


def test_a_date_given_in_view_of_another_date_is_asked_for_again(
    process: Process, coordinator: User
) -> None:
    anchor = AnchorEventFactory(process=process, key="toa")
    client, address = browser(coordinator), f"{ANCHORS}toa/date/"
    form = fill(client, address, on="1996-01-10", decided_by="The parties")
    record_anchor_date(actor=coordinator, anchor=anchor, status="planned", on=day(20), origin="web")
    page = client.post(address, form)
    assert page.status_code == 422
    assert "Meanwhile Cora changed date." in says(page)
    assert "Planned for" in says(page) and "20 Jan 1996" in says(page)
    assert client.post(address, form_on(page)).status_code == 302
    assert [date.on for date in anchor.dates.all()] == [day(20), day(10)]


def test_an_anchor_is_named_anew(process: Process, coordinator: User) -> None:
    AnchorEventFactory(process=process, key="toa", name="Transfer")
    client, address = browser(coordinator), f"{ANCHORS}toa/edit/"
    assert client.post(address, fill(client, address, name="Handover"))["Location"] == ANCHORS
    assert AnchorEvent.objects.get().name == "Handover"


def test_a_date_that_was_called_actual_by_mistake_is_taken_back_with_a_tick(
    process: Process, coordinator: User
) -> None:
    anchor = AnchorEventFactory(process=process, key="toa")
    client, address = browser(coordinator), f"{ANCHORS}toa/date/"
    assert "not_happened" not in client.get(address).context["form"].fields
    client.post(address, fill(client, address, on="1996-01-04", status="actual"))
    page = client.post(address, fill(client, address, on="1996-02-01", status="rescheduled"))
    assert page.status_code == 422
    assert "It has happened: tick that it has not after all" in says(page)
    assert anchor.dates.count() == 1
    client.post(address, form_on(page) | {"not_happened": "on"})
    anchor.refresh_from_db()
    assert (anchor.on, anchor.has_happened) == (dt.date(1996, 2, 1), False)
    entry = Entry.objects.filter(verb="anchor.rescheduled").get()
    assert entry.summary == f"{anchor.name}: not happened after all, rescheduled 1 Feb 1996"
    (shown, in_force) = client.get(ANCHORS).context["anchors"][0]
    assert (shown, in_force) == (anchor, anchor.dates.last())


def test_the_ledger_says_when_a_date_was_decided_and_no_actual_one_is_decided_later(
    process: Process, coordinator: User
) -> None:
    AnchorEventFactory(process=process, key="toa")
    client, address = browser(coordinator), f"{ANCHORS}toa/date/"
    said = {"on": "1996-01-04", "decided_by": "The parties"}
    form = fill(client, address, **said, status="actual", decided_on="2190-01-01")
    page = client.post(address, form)
    assert (page.status_code, list(page.context["form"].errors)) == (422, ["decided_on"])
    client.post(address, form_on(page) | {"decided_on": "1996-01-02"})
    entry = Entry.objects.get()
    assert entry.after["decided_on"] == "1996-01-02"
    assert entry.summary.endswith("actual 4 Jan 1996, decided by The parties on 2 Jan 1996")


def test_moments_of_anchors_are_shown_in_the_zone_of_the_process(
    process: Process, coordinator: User
) -> None:
    coordinator.time_zone = "America/New_York"
    coordinator.save()
    AnchorEventFactory(process=process, key="toa")
    client, address = browser(coordinator), f"{ANCHORS}toa/date/"
    client.post(address, fill(client, address, on="1996-01-10", clock="00:30"))
    for page in (client.get(ANCHORS), client.get(address)):
        assert "10 Jan 1996, 00:30" in says(page)


def test_thirty_anchors_of_five_dates_stay_below_50_kb(process: Process, coordinator: User) -> None:
    for n in range(30):
        anchor = AnchorEventFactory(process=process, name=f"Signing of protocol number {n}")
        for d in range(1, 6):
            AnchorDate.objects.create(
                anchor=anchor, status="planned", on=day(d), decided_by="The parties"
            )
        AnchorEvent.objects.filter(pk=anchor.pk).update(on=day(5))
    client = browser(coordinator)
    pages = [client.get(ANCHORS, {"page": n}) for n in (1, 2, 3)]
    assert max(len(page.content) for page in pages) < 50_000
    assert [len(page.context["anchors"]) for page in pages] == [12, 12, 6]
