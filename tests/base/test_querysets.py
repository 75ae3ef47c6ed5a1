import pytest
from django.contrib.auth.models import AnonymousUser

from coordination.commitments.models import ExpectedOccurrence, Obligation
from coordination.processes.models import Party, Process
from tests import factories


@pytest.fixture
def two_processes(db: None) -> list[ExpectedOccurrence]:
    return [factories.ExpectedOccurrenceFactory() for _ in range(2)]


def member_of(row: ExpectedOccurrence):
    process = row.obligation.commitment.process
    return factories.MembershipFactory(process=process).user


@pytest.mark.parametrize("model", [Process, Party, Obligation, ExpectedOccurrence])
def test_a_member_sees_the_rows_of_their_process_alone(two_processes, model) -> None:
    one, other = two_processes
    seen = [set(model.objects.visible_to(member_of(c)).values_list("pk")) for c in (one, other)]
    assert [len(rows) for rows in seen] == [1, 1]
    assert seen[0] & seen[1] == set()


def test_a_scope_narrows_what_was_filtered_before(two_processes) -> None:
    one, other = two_processes
    assert ExpectedOccurrence.objects.filter(pk=other.pk).visible_to(member_of(one)).count() == 0


def test_a_row_is_seen_once_by_a_person_who_was_a_member_before(two_processes) -> None:
    process = two_processes[0].obligation.commitment.process
    user = member_of(two_processes[0])
    ended = user.memberships.get().started_at
    factories.MembershipFactory(process=process, user=user, ended_at=ended)
    assert ExpectedOccurrence.objects.visible_to(user).count() == 1


def test_a_visitor_without_an_account_sees_nothing(two_processes) -> None:
    assert ExpectedOccurrence.objects.visible_to(AnonymousUser()).count() == 0


def test_a_scope_costs_one_query(two_processes, django_assert_num_queries) -> None:
    user = member_of(two_processes[0])
    with django_assert_num_queries(1):
        list(ExpectedOccurrence.objects.visible_to(user))
