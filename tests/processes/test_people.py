"""The page of people, a member's place, and what each of them can see."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from coordination.bodies.models import Body
from coordination.commitments.models import CheckIn, Commitment, Obligation
from coordination.processes.models import Invitation, Membership, Party, Process
from tests.editing import browser, fill, says
from tests.factories import (
    AuthenticatorFactory,
    CheckInFactory,
    InvitationFactory,
    MembershipFactory,
    NoteFactory,
    TermFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

PEOPLE = "/p/valley/people/"


def test_people_stand_by_party_with_their_role_seats_and_head(
    process: Process, alice: User, bob: User, carol: User, party: Party
) -> None:
    MembershipFactory(process=process, party=party, role="delegate", heads_delegation=True)
    left = MembershipFactory(process=process, ended_at=timezone.now(), user__name="Lefty")
    MembershipFactory(user__name="Elsewhere")
    page = browser(carol).get(PEOPLE)
    groups = [(party and party.code, len(of_it)) for party, of_it in page.context["groups"]]
    assert groups == [(None, 1), ("AAA", 2), ("CCC", 1)]
    assert page.context["groups"][1][1][0].heads_delegation
    html = says(page)
    assert "JMC</a> Chair" in html
    assert list(page.context["former"]) == [left]
    assert "Lefty" in html
    for word in ("Elsewhere", "@people.example", "Second step", "Invite somebody", "Change"):
        assert word not in html


def test_coordinators_also_read_addresses_second_steps_and_invitations(
    process: Process, coordinator: User, alice: User
) -> None:
    now = timezone.now()
    AuthenticatorFactory(user=alice)
    Process.objects.filter(pk=process.pk).update(second_factor_roles=["coordinator"])
    InvitationFactory(process=process)
    InvitationFactory(process=process, expires_at=now - dt.timedelta(days=1))
    InvitationFactory(process=process, accepted_at=now, accepted_by=alice)
    InvitationFactory(process=process, withdrawn_at=now, withdrawn_by=coordinator)
    InvitationFactory(email="elsewhere@people.example")
    html = says(browser(coordinator).get(PEOPLE))
    for words in ("alice@people.example", "set up", "not yet", "asked of: coordinator"):
        assert words in html
    for state in ("waiting", "expired", "accepted", "withdrawn"):
        assert f"</svg>{state}" in html
    assert html.count("Send again") == 2
    assert "elsewhere@" not in html


def test_the_page_costs_the_same_however_many_there_are(
    process: Process, coordinator: User, lead_body: Body, django_assert_max_num_queries
) -> None:
    for _n in range(30):
        member = MembershipFactory(process=process)
        TermFactory(seat__body=lead_body, holder=member.user)
    client = browser(coordinator)
    with django_assert_max_num_queries(16):
        page = client.get(PEOPLE)
    assert len(page.content) < 50_000


def test_a_page_of_a_large_process_stays_light_and_counts_everybody(
    process: Process, coordinator: User, party: Party
) -> None:
    now = timezone.now()
    Process.objects.filter(pk=process.pk).update(second_factor_roles=["delegate", "coordinator"])
    people = User.objects.bulk_create(
        User(
            name=f"Konstantina Alexandropoulou {n}",
            email=f"konstantina.alexandropoulou.{n}@foreign-ministry.example",
            function="Deputy head of the department for regional affairs",
        )
        for n in range(155)
    )
    Membership.objects.bulk_create(
        Membership(
            process=process,
            user=person,
            role="delegate",
            party=party,
            ended_at=now if n >= 119 else None,
        )
        for n, person in enumerate(people)
    )
    Invitation.objects.bulk_create(
        Invitation(
            process=process,
            email=f"konstantina.alexandropoulou.{n}@foreign-ministry.example",
            name="Konstantina Alexandropoulou",
            role="delegate",
            party=party,
            invited_by=coordinator,
            expires_at=now + dt.timedelta(days=9),
            token_hash=str(n),
        )
        for n in range(200, 280)
    )
    page = browser(coordinator).get(PEOPLE)
    html = says(page)
    assert len(page.content) < 50_000
    assert "120 people take part." in html
    assert "Invitations <small>80</small>" in html
    assert 'Former members <span class="meta">36</span>' in html
    assert "The last 30 of them" in html
    assert "?invitations=2#invitations" in html


def test_every_invitation_that_waits_for_an_answer_can_be_reached(
    process: Process, coordinator: User
) -> None:
    now = timezone.now()
    old = InvitationFactory.create_batch(13, process=process)
    InvitationFactory.create_batch(
        3, process=process, withdrawn_at=now, withdrawn_by=coordinator, expires_at=now
    )
    client = browser(coordinator)
    first, second = client.get(PEOPLE), client.get(f"{PEOPLE}?invitations=2")
    assert list(first.context["invitations"]) == old[:0:-1]
    assert (second.context["invitations"][0], len(second.context["invitations"])) == (old[0], 4)
    assert f"/p/valley/invitations/{old[0].pk}/withdraw/" in says(second)


def test_a_coordinator_changes_a_members_place(
    process: Process, coordinator: User, alice: User, other_party: Party
) -> None:
    address = f"{PEOPLE}{alice.memberships.get().pk}/"
    client = browser(coordinator)
    client.post(address, fill(client, address, party=str(other_party.pk), heads_delegation="on"))
    member = alice.memberships.get()
    assert (member.party, member.heads_delegation) == (other_party, True)
    entry = process.ledger_entries.first()
    assert entry.summary == "Alice is now delegate for BBB, heading its delegation"
    page = client.post(address, fill(client, address, party="", role="observer"))
    assert (page.status_code, "Who heads a delegation acts for its party" in says(page)) == (
        422,
        True,
    )


def test_a_coordinators_own_role_and_former_members_stay_as_they_are(
    process: Process, coordinator: User, party: Party
) -> None:
    own = f"{PEOPLE}{coordinator.memberships.get().pk}/"
    client = browser(coordinator)
    page = client.post(own, fill(client, own, role="observer"))
    assert "Your own role is changed by another coordinator." in says(page)
    head = fill(client, own, party=str(party.pk), heads_delegation="on")
    page = client.post(own, head)
    assert "Another coordinator changes the party that you act for." in says(page)
    assert coordinator.memberships.get().party is None
    former = MembershipFactory(process=process, ended_at=timezone.now())
    page = client.get(f"{PEOPLE}{former.pk}/")
    assert "This membership ended on" in says(page)
    assert client.get(f"{PEOPLE}{MembershipFactory().pk}/").status_code == 404


def seen(reader: User, person: User) -> dict[str, tuple[int, int, list[Any]]]:
    page = browser(reader).get(f"{PEOPLE}{person.memberships.get().pk}/access/")
    return {kind.name: (kind.count, kind.of, kind.why) for kind in page.context["kinds"]}


def test_what_a_person_can_see_is_counted_and_explained(
    coordinator: User, alice: User, bob: User, carol: User, dave: User, obligation: Obligation
) -> None:
    CheckInFactory(obligation=obligation, author=alice)
    CheckInFactory(obligation=obligation, author=alice, audience="process")
    kind = str(CheckIn._meta.verbose_name_plural).capitalize()
    assert seen(coordinator, dave)[kind] == (1, 2, [("everybody in the process reads it", 1)])
    count, of, why = seen(coordinator, alice)[kind]
    assert (count, of) == (2, 2)
    assert ("acts for the party that owes it", 1) in why
    assert ("wrote it", 1) in why
    assert ("sits in the body that leads it", 1) in seen(coordinator, bob)[kind][2]
    assert ("sits in the body that verifies it", 1) in seen(coordinator, carol)[kind][2]
    page = browser(coordinator).get(f"{PEOPLE}{bob.memberships.get().pk}/access/")
    assert "Holds the seat Chair in" in says(page)


def test_not_even_the_number_of_a_delegations_own_papers_is_told(
    coordinator: User, alice: User, commitment: Commitment, party: Party
) -> None:
    NoteFactory(commitment=commitment, delegation=party, author=alice)
    shared = NoteFactory(commitment=commitment, delegation=party, author=alice, audience="process")
    assert shared.audience_now == "process"
    assert seen(coordinator, alice)["Notes"][:2] == (1, 1)


def test_who_left_can_see_nothing(coordinator: User, alice: User, obligation: Obligation) -> None:
    Membership.objects.filter(user=alice).update(ended_at=timezone.now())
    assert {count for count, _of, _why in seen(coordinator, alice).values()} == {0}
    html = says(browser(coordinator).get(f"{PEOPLE}{alice.memberships.get().pk}/access/"))
    assert "No member since" in html
    assert "Delegate for" not in html
    assert "Reports for" not in html


def test_an_account_that_is_closed_is_marked_with_the_way_to_hand_over(
    process: Process, coordinator: User
) -> None:
    member = MembershipFactory(process=process, user=UserFactory(is_active=False))
    html = says(browser(coordinator).get(PEOPLE))
    assert "account closed" in html
    assert f"{PEOPLE}{member.pk}/end/" in html
