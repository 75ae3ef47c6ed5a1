"""Evidence of a finding that is not released is named to nobody who may not see the finding."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from coordination.commitments.models import Commitment, Evidence, Obligation
from coordination.commitments.record import lines
from tests.admin.pages import address
from tests.editing import browser, says
from tests.factories import EvidenceFactory, VerificationFactory

pytestmark = pytest.mark.django_db

LIST = "/p/valley/commitments/1/evidence/"


@pytest.fixture
def pieces(commitment: Commitment, obligation: Obligation, carol: User) -> list[Evidence]:
    """What all may read; and what a finding that is being prepared rests on, which takes the place
    of it, is earlier than another one, and contradicts both."""
    finding = VerificationFactory(
        obligation=obligation, author=carol, approved_at=None, released_at=None
    )
    given: dict[str, Any] = {"commitment": commitment, "added_by": carol, "audience": "process"}
    first = EvidenceFactory(number=1, title="Transfer list", **given)
    hidden = EvidenceFactory(
        number=2, title="Barn at Dol", verification=finding, supersedes=first, **given
    )
    last = EvidenceFactory(number=3, title="Later list", supersedes=hidden, **given)
    for one in (first, last):
        one.contradicts.add(hidden)
    return [first, hidden, last]


def read(user: User, piece: Evidence) -> tuple[Any, Any, Any]:
    client = APIClient()
    client.force_authenticate(user)
    said = client.get(f"/api/evidence/{piece.pk}/").json()
    return said["supersedes"], said["superseded_by"], said["contradicts"]


def test_the_api_names_only_what_its_reader_may_see(
    pieces: list[Evidence], dave: User, carol: User
) -> None:
    first, hidden, last = pieces
    assert read(carol, first) == (None, [hidden.pk], [hidden.pk])
    assert read(carol, last) == (hidden.pk, [], [hidden.pk])
    assert read(dave, first) == read(dave, last) == (None, [], [])


@pytest.mark.parametrize("leaf", ["", "1/", "3/", "1/contradict/"])
def test_no_page_names_it_to_who_may_not_see_it(
    leaf: str, pieces: list[Evidence], obligation: Obligation, alice: User, carol: User
) -> None:
    obligation.focal_point = alice  # so that she may add to it
    obligation.save(update_fields=["focal_point"])
    address = LIST + leaf
    words = says(browser(alice).get(address))
    assert "Transfer list" in words or "Later list" in words
    for leak in ("Barn at Dol", "superseded", "evidence/2/", "contradicts 2", "contradicted"):
        assert leak not in words
    assert "evidence/2/" in says(browser(carol).get(address))


def test_what_is_superseded_by_something_unseen_can_be_superseded_from_its_page(
    pieces: list[Evidence], obligation: Obligation, alice: User
) -> None:
    obligation.focal_point = alice
    obligation.save(update_fields=["focal_point"])
    assert "is superseded by" not in says(browser(alice).get(f"{LIST}1/supersede/"))


def test_a_finding_that_is_not_released_is_not_offered_to_be_supported(
    pieces: list[Evidence], obligation: Obligation, alice: User, carol: User
) -> None:
    obligation.focal_point = alice
    obligation.save(update_fields=["focal_point"])
    choice = f'value="verification-{pieces[1].verification_id}"'
    offered = [
        choice in browser(user).get(f"{LIST}add/").content.decode() for user in (carol, alice)
    ]
    assert offered == [True, False]


def test_the_record_has_a_line_for_each_piece_that_its_reader_may_see(
    pieces: list[Evidence], commitment: Commitment, alice: User, carol: User
) -> None:
    counts = [
        sum(line.kind == "evidence" for line in lines(commitment, user)) for user in (carol, alice)
    ]
    assert counts == [3, 2]


def test_the_admin_names_it_to_no_coordinator_who_acts_for_who_owes_it(
    pieces: list[Evidence], obligation: Obligation, coordinator: User
) -> None:
    coordinator.is_staff = True
    coordinator.save(update_fields=["is_staff"])
    named = []
    for party in (None, obligation.party):
        coordinator.memberships.update(party=party)
        page = browser(coordinator).get(address("evidence", pieces[0].pk))
        named.append((page.status_code, '<div class="readonly">2</div>' in page.content.decode()))
    assert named == [(200, True), (200, False)]


def test_only_who_may_add_evidence_is_offered_to_do_more_with_a_piece(
    pieces: list[Evidence], dave: User, carol: User
) -> None:
    pages = [browser(user).get(f"{LIST}1/") for user in (carol, dave)]
    offered = [f"{LIST}1/contradict/" in page.content.decode() for page in pages]
    assert ([page.status_code for page in pages], offered) == ([200, 200], [True, False])
