"""The pages of triggers, and of each time that one happened."""

import datetime as dt
from typing import Any

import pytest

from accounts.models import User
from coordination.commitments.actions import Owed, create_commitment
from coordination.commitments.actions.triggers import change_trigger, record_trigger_event
from coordination.commitments.models import Commitment, ExpectedOccurrence, Trigger, TriggerEvent
from coordination.ledger.models import Entry
from coordination.processes.models import Party, Process
from tests.editing import browser, fill, form_on, says

pytestmark = pytest.mark.django_db

TRIGGERS, NEW = "/p/valley/triggers/", "/p/valley/add/trigger/"
REPORT = f"{TRIGGERS}report/"


@pytest.fixture
def trigger(process: Process) -> Trigger:
    return Trigger.objects.create(process=process, key="report", name="Receipt of a report")


@pytest.fixture
def answer(
    process: Process, trigger: Trigger, party: Party, other_party: Party, coordinator: User
) -> Commitment:
    """Two parties answer within fourteen days."""
    return create_commitment(
        actor=coordinator, process=process, owed=[Owed(party), Owed(other_party)], origin="web",
        kind="triggered", trigger=trigger, terms=[{"from_opening": True, "amount": 14}],
        reference="Art. 9", title="Investigate the report", track="military",
    )  # fmt: skip


def confirmed(page: Any) -> dict[str, str]:
    preview = page.context["preview"]
    return dict(preview.carried) | {"shown": preview.digest}


def test_a_trigger_is_entered_and_named_anew(process: Process, coordinator: User) -> None:
    client = browser(coordinator)
    assert "No trigger yet." in says(client.get(TRIGGERS))
    form = fill(client, NEW, key="report", name="Receipt of a report")
    for _ in range(2):
        assert client.post(NEW, form)["Location"] == TRIGGERS
    page = client.post(NEW, fill(client, NEW, key="report", name="Another"))
    assert (page.status_code, list(page.context["form"].errors)) == (422, ["key"])
    address = f"{REPORT}edit/"
    form = fill(client, address, name="Receipt of a complaint")
    trigger = Trigger.objects.get()
    change_trigger(actor=coordinator, trigger=trigger, origin="web", description="In writing.")
    page = client.post(address, form)
    assert "Meanwhile Cora changed description" in says(page)
    assert client.post(address, form_on(page)).status_code == 302
    trigger.refresh_from_db()
    assert (trigger.name, trigger.description) == ("Receipt of a complaint", "In writing.")


def test_what_it_would_trigger_is_shown_before_it_is_recorded(
    process: Process, answer: Commitment, coordinator: User
) -> None:
    client, address = browser(coordinator), f"{REPORT}happened/"
    entries = Entry.objects.count()
    on = process.today() - dt.timedelta(days=4)
    form = fill(client, address, on=on.isoformat(), source="Letter 7") | {"what": "Shots at Sarna"}
    page = client.post(address, form)
    words = says(page)
    assert "It would be expected 2 times" in words
    assert "Avaria" in words and "Bellonia" in words
    due = on + dt.timedelta(days=14)
    assert words.count(f"{due.day} {due:%b %Y}") == 2
    assert (Entry.objects.count(), TriggerEvent.objects.count()) == (entries, 0)
    for _ in range(2):
        assert client.post(address, confirmed(page))["Location"] == f"{TRIGGERS}?trigger=report"
    event = TriggerEvent.objects.get()
    assert (event.on, event.what, event.source) == (on, "Shots at Sarna", "Letter 7")
    assert event.expected.count() == 2


def test_what_nobody_answers_is_recorded_at_once(
    process: Process, trigger: Trigger, coordinator: User
) -> None:
    client, address = browser(coordinator), f"{REPORT}happened/"
    page = client.post(address, fill(client, address, on="2190-01-01") | {"what": "Shots"})
    assert (page.status_code, list(page.context["form"].errors)) == (422, ["on"])
    form = fill(client, address, on="2020-01-05", clock="00:30") | {"what": "Shots"}
    assert client.post(address, form).status_code == 302
    event = TriggerEvent.objects.get()
    assert event.at == dt.datetime(2020, 1, 4, 23, 30, tzinfo=dt.UTC)


def test_an_event_that_was_none_is_withdrawn(
    process: Process, answer: Commitment, coordinator: User
) -> None:
    record_trigger_event(
        actor=coordinator, trigger=answer.trigger, what="Shots", on=process.today(), origin="web"
    )
    client, address = browser(coordinator), f"{REPORT}events/1/withdraw/"
    assert "What is called off <small>2</small>" in says(client.get(address))
    form = fill(client, address, because="A firework")
    assert client.post(address, form)["Location"] == f"{TRIGGERS}?trigger=report"
    assert not TriggerEvent.objects.exists()
    assert ExpectedOccurrence.objects.filter(called_off_because="A firework").count() == 2


def test_the_list_shows_the_last_events_of_each_and_the_page_of_one_all(
    process: Process, answer: Commitment, coordinator: User, alice: User,
    django_assert_max_num_queries: Any,
) -> None:  # fmt: skip
    for n in range(6):
        on = process.today() - dt.timedelta(days=10 - n)
        record_trigger_event(
            actor=coordinator, trigger=answer.trigger, what=f"Shots {n}", on=on, origin="web"
        )
    for n in range(5):
        Trigger.objects.create(process=process, key=f"k{n}", name=f"Trigger {n}")
    client = browser(alice)
    with django_assert_max_num_queries(14):
        words = says(client.get(TRIGGERS))
    assert words.index("Shots 5") < words.index("Shots 2")
    assert "Shots 1" not in words and "All 6 times" in words
    assert "Investigate the report" in words and "2 of 2 open" in words
    assert "It happened" not in words  # for coordinators
    assert "Shots 0" in says(client.get(f"{TRIGGERS}?trigger=report"))
    assert client.get(f"{REPORT}happened/").status_code == 403
