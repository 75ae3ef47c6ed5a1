"""Members change their roles, and a process keeps a coordinator."""

import datetime as dt

import pytest

from coordination.base.errors import Refused
from coordination.ledger.actions import Origin
from coordination.processes.actions import (
    add_member,
    change_role,
    end_membership,
    record_anchor_date,
)
from coordination.processes.models import AnchorDate, Membership
from tests.factories import AnchorEventFactory, MembershipFactory

Role = Membership.Role
ALONE = "The process would be left without a coordinator: name another one first."


def test_a_changed_role_is_in_the_ledger(process, coordinator, alice) -> None:
    member = alice.memberships.get()
    change_role(actor=coordinator, member=member, role=Role.OBSERVER, origin=Origin.WEB)
    entry = process.ledger_entries.first()
    assert (entry.verb, entry.summary) == ("member.changed", "Alice is now observer")
    assert (entry.before["role"], entry.after["role"]) == ("delegate", "observer")


def test_the_last_coordinator_stays(process, coordinator) -> None:
    member = coordinator.memberships.get()
    MembershipFactory(process=process, role=Role.COORDINATOR, user__is_active=False)
    with pytest.raises(Refused) as refused:
        end_membership(actor=None, member=member, origin=Origin.WEB)
    assert refused.value.message == ALONE
    with pytest.raises(Refused) as refused:
        change_role(actor=None, member=member, role=Role.OBSERVER, origin=Origin.WEB)
    assert (refused.value.message, refused.value.field) == (ALONE, "role")


def test_one_of_two_coordinators_may_go(process, coordinator) -> None:
    other = MembershipFactory(process=process, role=Role.COORDINATOR)
    end_membership(actor=other.user, member=coordinator.memberships.get(), origin=Origin.WEB)
    assert list(process.memberships.current()) == [other]


def test_nobody_changes_their_own_role(process, coordinator) -> None:
    MembershipFactory(process=process, role=Role.COORDINATOR)
    member = coordinator.memberships.get()
    with pytest.raises(Refused) as refused:
        change_role(actor=coordinator, member=member, role=Role.OBSERVER, origin=Origin.WEB)
    assert refused.value.message == "Your own role is changed by another coordinator."


def test_nobody_puts_themselves_into_a_delegation_or_out_of_it(process, party) -> None:
    cora = MembershipFactory(process=process, role=Role.COORDINATOR)
    acting = MembershipFactory(process=process, role=Role.COORDINATOR, party=party)

    def change(actor: Membership, member: Membership, **place: object) -> str | None:
        given = {"role": Role.COORDINATOR, "party": member.party} | place
        try:
            change_role(actor=actor.user, member=member, origin=Origin.WEB, **given)
        except Refused as refused:
            return refused.field
        return None

    assert [
        change(cora, cora, party=party, heads_delegation=True),
        change(cora, cora, party=party),
        change(acting, acting, heads_delegation=True),
        change(acting, acting, party=None),
        change(acting, acting),
    ] == ["party", "party", "heads_delegation", "party", None]
    assert not process.ledger_entries.exists()
    assert change(cora, acting, heads_delegation=True) is None
    acting.refresh_from_db()
    assert change(acting, acting, heads_delegation=False) == "heads_delegation"


def test_nobody_gives_themselves_a_place(process, party, coordinator) -> None:
    end_membership(
        actor=MembershipFactory(process=process, role=Role.COORDINATOR).user,
        member=coordinator.memberships.get(),
        origin=Origin.WEB,
    )
    with pytest.raises(Refused) as refused:
        add_member(
            actor=coordinator,
            process=process,
            user=coordinator,
            role=Role.COORDINATOR,
            party=party,
            origin=Origin.WEB,
        )
    assert refused.value.message == (
        "Nobody gives themselves a place: another coordinator invites you."
    )


@pytest.mark.parametrize(("status", "refused"), [("actual", True), ("planned", False)])
def test_what_has_happened_does_not_lie_in_the_future(
    status: str, refused: bool, process, coordinator
) -> None:
    anchor = AnchorEventFactory(process=process)
    tomorrow = process.today() + dt.timedelta(days=1)
    try:
        record_anchor_date(
            actor=coordinator, anchor=anchor, status=status, on=tomorrow, origin=Origin.WEB
        )
    except Refused as refusal:
        assert refusal.field == "on"
    assert AnchorDate.objects.exists() is not refused
