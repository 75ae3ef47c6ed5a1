"""The page that says who can read a record, and why."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from coordination.audiences.models import Release
from coordination.commitments.models import CheckIn, Commitment, Note, Obligation
from coordination.ledger.models import hiding_models
from coordination.processes.models import Membership, Party, Process
from tests import factories
from tests.conftest import member
from tests.editing import browser, fill, says

pytestmark = pytest.mark.django_db


@pytest.fixture
def check_in(obligation: Obligation) -> CheckIn:
    return factories.CheckInFactory(obligation=obligation)


@pytest.fixture
def note(commitment: Commitment, party: Party, alice: User) -> Note:
    return factories.NoteFactory(commitment=commitment, delegation=party, author=alice)


def link(record: Any, slug: str = "valley") -> str:
    return reverse("record-access", args=[slug, record._meta.model_name, record.pk])


def test_it_says_of_each_reader_why_and_counts_the_others(
    check_in: CheckIn, bob: User, carol: User, dave: User
) -> None:
    page = says(browser(bob).get(link(check_in)))
    for name, why in (
        ("Alice", "acts for the party that owes it<br>wrote it<br>entered it<br>reports for"),
        ("Bob", "sits in the body that leads it"),
        ("Carol", "sits in the body that verifies it"),
        ("Cora", "coordinates the process"),
    ):
        assert f"<bdi>{name}</bdi>" in page
        assert why in page
    assert "Dave" not in page
    assert "1 other member of the process cannot read it." in page
    assert reverse("reports", args=["valley", 1, check_in.obligation_id]) in page


def test_every_kind_of_record_has_a_page_that_names_it(
    obligation: Obligation, coordinator: User, check_in: CheckIn
) -> None:
    commitment = obligation.commitment
    records = [
        check_in,
        factories.EvidenceFactory(commitment=commitment),
        factories.NoteFactory(commitment=commitment, audience="process"),
        factories.VerificationFactory(obligation=obligation, released_at=None),
    ]
    assert {type(one) for one in records} == set(hiding_models())
    client = browser(coordinator)
    for record in records:
        assert commitment.code in says(client.get(link(record)))


def test_what_one_may_not_read_has_no_page(
    check_in: CheckIn, note: Note, coordinator: User, dave: User, outsider: User
) -> None:
    missing = browser(dave).get("/p/valley/access/checkin/999999/")
    for person, where in (
        (dave, link(check_in)),
        (coordinator, link(note)),
        (outsider, link(check_in)),
        (coordinator, "/p/valley/access/membership/1/"),
        (coordinator, "/p/valley/access/no-such/1/"),
        (coordinator, link(factories.CheckInFactory())),
    ):
        page = browser(person).get(where)
        assert (page.status_code, page.content) == (404, missing.content)


def test_a_coordinator_releases_it_and_takes_it_back(
    check_in: CheckIn, coordinator: User, dave: User, other_party: Party
) -> None:
    client, where = browser(coordinator), link(check_in)
    sent = fill(client, where, "release", party=str(other_party.pk), reason="They need it.")
    assert client.post(where, sent | {"reason": ""}).status_code == 422
    page = client.post(where, sent, follow=True)
    assert "Released to BBB Bellonia." in says(page)
    assert "They need it." in says(browser(dave).get(where))
    assert "released to BBB on " in says(page)
    row = Release.objects.get()
    sent = fill(client, where, f"back-{row.pk}")
    assert "The release is taken back." in says(client.post(where, sent, follow=True))
    again = client.post(where, sent | {"submission": ""})
    assert (again.status_code, browser(dave).get(where).status_code) == (409, 404)


def test_a_release_to_who_reads_it_anyway_says_so(
    check_in: CheckIn, coordinator: User, party: Party
) -> None:
    client, where = browser(coordinator), link(check_in)
    sent = fill(client, where, "release", party=str(party.pk), reason="For the file.")
    assert "Released to AAA Avaria, whose people read it anyway." in says(
        client.post(where, sent, follow=True)
    )


def test_an_author_changes_who_reads_it(note: Note, alice: User, dave: User) -> None:
    client, where = browser(alice), link(note)
    assert "It is Avaria’s own" in says(client.get(where))
    sent = fill(client, where, "audience", audience="process")
    page = says(client.post(where, sent, follow=True))
    assert "Every member of the process reads it." in page
    assert browser(dave).get(where).status_code == 200


def test_an_author_is_offered_no_audience_for_what_the_head_decides_on(
    note: Note, alice: User, process: Process, party: Party
) -> None:
    head = member(process, "Ana", "delegate", party)
    Membership.objects.filter(user=head).update(heads_delegation=True)
    offered = ["audience_form" in browser(one).get(link(note)).context for one in (alice, head)]
    assert offered == [False, True]
    sent = {"what": "audience", "audience": "process"}
    assert browser(alice).post(link(note), sent).status_code == 403


def test_forms_that_are_not_ones_own_are_refused(
    check_in: CheckIn, alice: User, carol: User, other_party: Party
) -> None:
    sent = {"what": "release", "party": str(other_party.pk), "reason": "Mine now."}
    for person, what, expected in (
        (carol, "release", 403),
        (carol, "audience", 403),
        (alice, "release", 403),
        (alice, "audience", 422),
    ):
        page = browser(person).post(link(check_in), sent | {"what": what})
        assert (person, what, page.status_code) == (person, what, expected)
    assert not Release.objects.exists()


def test_it_costs_as_much_for_many_readers_as_for_few(
    check_in: CheckIn, coordinator: User, process: Process, party: Party
) -> None:
    client = browser(coordinator)

    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert len(client.get(link(check_in)).content) < 50_000
        return len(captured)

    member(process, "Ana", "delegate", party)
    factories.ReleaseFactory(record=check_in)
    few = cost()
    for n in range(70):
        member(process, f"Ana{n}", "delegate", party)
    for _ in range(5):
        factories.ReleaseFactory(record=check_in)
    assert cost() == few
