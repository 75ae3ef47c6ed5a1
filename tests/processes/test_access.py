import datetime as dt

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from coordination.base.errors import Refused
from coordination.ledger.actions import Origin, verify
from coordination.ledger.models import Entry
from coordination.processes.access import acts_for, is_coordinator, membership
from coordination.processes.actions import add_member, create_process, end_membership
from coordination.processes.models import Membership, Party, Process
from tests.factories import MembershipFactory, PartyFactory, ProcessFactory, UserFactory

pytestmark = pytest.mark.django_db
Role = Membership.Role


def sees(user: User | AnonymousUser, process: Process) -> bool:
    return Process.objects.visible_to(user).filter(pk=process.pk).exists()


@pytest.mark.parametrize("role", Role)
def test_a_member_in_any_role_sees_the_process(process, party, role: str) -> None:
    member = MembershipFactory(process=process, role=role, party=party).user
    assert sees(member, process)


def test_whoever_is_not_a_member_sees_nothing(process, outsider) -> None:
    administrator = UserFactory(is_staff=True, is_superuser=True)
    people = (outsider, administrator, UserFactory(), AnonymousUser())
    assert [sees(user, process) for user in people] == [False] * 4
    assert [membership(user, process) for user in people] == [None] * 4
    assert [is_coordinator(user, process) for user in people] == [False] * 4


def test_an_ended_membership_closes_the_process_at_once(process, coordinator, alice) -> None:
    member = alice.memberships.get()
    end_membership(actor=coordinator, member=member, origin=Origin.WEB)
    assert not sees(alice, process)
    assert (membership(alice, process), acts_for(alice, process)) == (None, None)
    assert Party.objects.visible_to(alice).count() == 0


def test_a_membership_that_ends_later_is_open_until_then(process) -> None:
    ends = timezone.now() + dt.timedelta(days=1)
    member = MembershipFactory(process=process, ended_at=ends).user
    assert sees(member, process)


def test_a_membership_that_starts_later_is_closed_until_then(process) -> None:
    starts = timezone.now() + dt.timedelta(days=1)
    assert not sees(MembershipFactory(process=process, started_at=starts).user, process)


def test_a_person_acts_for_the_party_of_their_membership(
    process, party, alice, carol, outsider
) -> None:
    people = (alice, carol, outsider, AnonymousUser())
    assert [acts_for(user, process) for user in people] == [party.pk, None, None, None]


def test_a_person_may_act_for_another_party_in_each_process(process, alice) -> None:
    elsewhere = PartyFactory()
    MembershipFactory(process=elsewhere.process, user=alice, role=Role.DELEGATE, party=elsewhere)
    assert acts_for(alice, elsewhere.process) == elsewhere.pk
    assert acts_for(alice, process) != elsewhere.pk


@pytest.mark.parametrize(
    ("role", "keeps"),
    [
        (Role.COORDINATOR, True),
        (Role.DELEGATE, False),
        (Role.MONITOR, False),
        (Role.OBSERVER, False),
    ],
)
def test_coordinators_alone_keep_the_record(process, party, role: str, keeps: bool) -> None:
    member = MembershipFactory(process=process, role=role, party=party).user
    elsewhere = MembershipFactory(user=member, role=Role.COORDINATOR).process
    assert is_coordinator(member, process) is keeps
    assert process in Process.objects.coordinated_by(member) or not keeps
    assert elsewhere in Process.objects.coordinated_by(member)


# --- Members ----------------------------------------------------------------------------------


def test_whoever_opens_a_process_coordinates_it() -> None:
    actor = UserFactory()
    process = create_process(
        actor=actor, origin=Origin.WEB, slug="coast", name="The Coast", short_name="Coast"
    )
    assert is_coordinator(actor, process)
    verbs = Entry.objects.order_by("sequence").values_list("verb", flat=True)
    assert list(verbs) == ["process.opened", "member.added"]
    assert list(verify(process)) == []


def test_members_who_come_and_go_are_in_the_ledger(process, party, coordinator) -> None:
    user = UserFactory(name="Erin")
    member = add_member(
        actor=coordinator,
        process=process,
        user=user,
        role=Role.DELEGATE,
        party=party,
        origin=Origin.WEB,
    )
    end_membership(actor=coordinator, member=member, origin=Origin.WEB)
    end_membership(actor=coordinator, member=member, origin=Origin.WEB)
    summaries = Entry.objects.order_by("sequence").values_list("summary", flat=True)
    assert list(summaries) == ["Added Erin as delegate for AAA", "Ended the membership of Erin"]


def test_a_party_of_another_process_is_refused(process, coordinator) -> None:
    with pytest.raises(Refused) as refused:
        add_member(
            actor=coordinator,
            process=process,
            user=UserFactory(),
            role=Role.DELEGATE,
            party=PartyFactory(),
            origin=Origin.WEB,
        )
    assert refused.value.field == "party"
    assert Entry.objects.count() == 0


def test_a_person_has_one_open_membership_and_a_delegate_a_party(process, alice) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        MembershipFactory(process=process, user=alice)
    with pytest.raises(IntegrityError), transaction.atomic():
        MembershipFactory(process=process, role=Role.DELEGATE)


# --- Days of a process ------------------------------------------------------------------------


def test_today_is_the_day_in_the_zone_of_the_process() -> None:
    moment = dt.datetime(2026, 1, 31, 23, 30, tzinfo=dt.UTC)
    days = [
        Process(time_zone=zone).today(moment)
        for zone in ("UTC", "Europe/Sarajevo", "America/Bogota")
    ]
    assert days == [dt.date(2026, 1, 31), dt.date(2026, 2, 1), dt.date(2026, 1, 31)]


def test_days_are_numbered_from_day_zero() -> None:
    process = ProcessFactory()
    day = dt.date(2026, 1, 31)
    assert process.day_number(day) is None
    process.anchors.create(key="zero", name="Transfer of authority", is_day_zero=True)
    assert process.day_number(day) is None
    process.anchors.update(on=dt.date(2026, 1, 1))
    assert (process.day_number(day), process.day_number(None)) == (30, None)
