"""What people stumbled over on the pages on which a commitment is entered and kept."""

from typing import Any

import pytest

from accounts.models import User
from coordination.bodies.models import Body
from coordination.commitments.actions import breaches
from coordination.commitments.actions.flags import raise_flag
from coordination.commitments.forms.reporting import CheckInForm
from coordination.commitments.models import CheckIn, Commitment, Obligation, Trigger
from coordination.processes.models import Party, Process
from tests.conftest import member
from tests.editing import browser, fill, form_on, says
from tests.factories import BoundFactory

pytestmark = pytest.mark.django_db

NEW, C1 = "/p/valley/commitments/new/", "/p/valley/commitments/1/"
BASE = {
    "title": "Answer the report", "reference": "Art. 9", "track": "military", "owed-0-by": "AAA",
}  # fmt: skip


@pytest.fixture
def trigger(process: Process) -> Trigger:
    return Trigger.objects.create(process=process, key="report", name="Receipt of a report")


# --- What people typed is set apart ------------------------------------------------------------


def test_what_people_typed_is_set_apart_from_what_the_page_says(
    process: Process, commitment: Commitment, obligation: Obligation, alice: User
) -> None:
    reason = "Backwards \u202e from here"
    raise_flag(
        actor=alice, commitment=commitment, obligation=obligation, kind="disputed", reason=reason,
        origin="web",
    )  # fmt: skip
    words = says(browser(alice).get(C1))
    assert f"<bdi>{reason}</bdi>" in words
    assert "<bdi>Alice</bdi>" in words


# --- Dates --------------------------------------------------------------------------------------


@pytest.mark.parametrize("base", ["", "report", "receipt of a REPORT", "the trigger"])
def test_what_is_triggered_counts_from_its_trigger_where_nothing_else_is_named(
    base: str, process: Process, party: Party, trigger: Trigger, coordinator: User
) -> None:
    client = browser(coordinator)
    form = fill(client, f"{NEW}?kind=triggered", **BASE) | {
        "trigger": str(trigger.pk), "terms-0-amount": "10", "terms-0-base": base,
    }  # fmt: skip
    assert client.post(NEW, form).status_code == 302
    term = Commitment.objects.get().deadline.terms.get()
    assert (term.from_opening, term.amount) == (True, 10)
    form = fill(client, f"{C1}dates/")
    assert form["terms-0-base"] == "the trigger"


def test_the_column_says_that_empty_means_the_trigger(
    process: Process, party: Party, coordinator: User
) -> None:
    client = browser(coordinator)
    page = client.get(f"{NEW}?kind=triggered")
    assert "Empty: the trigger." in says(page)
    form = form_on(page) | BASE | {"terms-0-base": "the moon"}
    assert "leave it empty for the trigger" in says(client.post(NEW, form))
    assert "the trigger" not in says(client.get(f"{NEW}?kind=dated"))


def test_the_first_date_is_what_the_kind_is_about(process: Process, coordinator: User) -> None:
    client = browser(coordinator)
    first = {
        kind: client.get(f"{NEW}?kind={kind}").context["form"].lists["terms"].forms[0]
        for kind in ("dated", "until", "not_before", "standing")
    }
    labels = {kind: str(row.fields["purpose"].choices[0][1]) for kind, row in first.items()}
    assert labels == {
        "dated": "it is due", "until": "it ends", "not_before": "permitted from",
        "standing": "it starts",
    }  # fmt: skip


def test_an_event_of_another_century_is_a_slip_of_the_pen(
    process: Process, trigger: Trigger, coordinator: User
) -> None:
    client, address = browser(coordinator), "/p/valley/triggers/report/happened/"
    form = fill(client, address, on="1896-02-14") | {"what": "A report came"}
    assert "Write a year from 1900 on." in says(client.post(address, form))


# --- Numbers ------------------------------------------------------------------------------------


def test_no_number_is_less_than_nothing(
    process: Process, party: Party, commitment: Commitment, coordinator: User
) -> None:
    client = browser(coordinator)
    numbers = {"bounds-0-value": "-1", "bounds-0-of_what": "guns"}
    page = client.post(NEW, fill(client, f"{NEW}?kind=limit", **BASE, **numbers))
    assert "Write 0 or a greater number." in says(page)
    bound = BoundFactory(commitment=commitment)
    address = f"{C1}numbers/{bound.pk}/"
    said = {"bound": bound.pk, "value": "-5", "on": "2026-01-01", "side": "measured"}
    answer = client.post("/api/measurements/", said, content_type="application/json")
    assert (answer.status_code, list(answer.json())) == (400, ["value"]), address


# --- Forms --------------------------------------------------------------------------------------


def test_one_blank_row_and_a_button_for_more(process: Process, coordinator: User) -> None:
    client = browser(coordinator)
    form = fill(client, f"{NEW}?kind=limit")
    assert [form[f"{name}-count"] for name in ("terms", "bounds", "owed")] == ["1", "1", "1"]
    form = form_on(client.post(NEW, form | {"again": "rows"}))
    assert [form[f"{name}-count"] for name in ("terms", "bounds", "owed")] == ["4", "4", "4"]


def test_an_owner_without_a_focal_point_is_said_to_be_asked_nothing(
    process: Process, party: Party, other_party: Party, alice: User, coordinator: User
) -> None:
    client = browser(coordinator)
    form = fill(client, NEW, **{
        "owed-0-by": "AAA", "owed-0-focal_point": "Alice", "owed-1-by": "BBB",
    })  # fmt: skip
    words = says(client.post(NEW, form | {"again": "kind"}))
    assert words.count("Nobody is asked for this owner") == 1
    assert "Nobody is asked for this owner" not in says(client.get(NEW))


def test_a_required_field_says_so(process: Process, coordinator: User) -> None:
    words = says(browser(coordinator).get(NEW))
    assert 'for="id_track">Track <span class="meta">required</span>' in words
    for name in ("id_remarks", "id_priority"):  # left empty, and chosen already
        label = words.partition(f'<label for="{name}">')[2].partition("</label>")[0]
        assert label and "required" not in label


def test_the_track_is_that_of_the_lead_body_where_none_is_chosen(
    process: Process, party: Party, lead_body: Body, coordinator: User
) -> None:
    client = browser(coordinator)
    form = fill(client, NEW, **BASE) | {"track": "", "lead_body": "JMC"}
    assert client.post(NEW, form).status_code == 302
    assert Commitment.objects.get().track == lead_body.track
    page = client.post(NEW, fill(client, NEW, **BASE) | {"track": ""})
    assert list(page.context["form"].errors) == ["track"]


@pytest.mark.parametrize(("level", "wrong"), [(3, []), (2, ["obstacle"])])
def test_what_is_done_is_held_up_by_nothing(
    level: int, wrong: list[str], obligation: Obligation, alice: User
) -> None:
    form = CheckInForm({"level": level, "obstacle": ""}, obligation=obligation, user=alice)
    assert list(form.errors) == wrong
    assert wrong or form.cleaned_data["obstacle"] == CheckIn.Obstacle.NOTHING


# --- Breaches -----------------------------------------------------------------------------------


def test_a_breach_that_can_be_taken_nowhere_names_no_day_for_it(
    process: Process, commitment: Commitment, obligation: Obligation, lead_body: Body,
    coordinator: User,
) -> None:  # fmt: skip
    said: dict[str, Any] = {"actor": coordinator, "origin": "web"}
    breach = breaches.allege_breach(
        obligation=obligation, allegation="Tanks", learned_on=process.today(), **said
    )
    another = member(process, "Second", "coordinator")
    judged = said | {"actor": another}
    breaches.judge_breach(breach=breach, outcome="confirmed", words="Seen", **judged)
    client, address = browser(coordinator), f"{C1}breaches/{breach.pk}/"
    page = client.get(address)
    assert "until" not in form_on(page, "unresolved")
    breaches.record_response(breach=breach, outcome="unresolved", words="No answer", **said)
    words = says(client.get(address))
    assert "taken further by" not in words
    protocol = f"/p/valley/bodies/{lead_body.code}/protocol/"
    assert f'<a href="{protocol}">The protocol of {lead_body.name}</a>' in words
