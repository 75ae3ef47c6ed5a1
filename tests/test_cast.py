from coordination.bodies.models import Seat
from coordination.commitments.models import Commitment, Obligation
from coordination.processes.models import Process


def test_the_cast_shares_one_process(
    process: Process, coordinator, alice, bob, carol, dave, outsider, obligation: Obligation
) -> None:
    people = (coordinator, alice, bob, carol, dave, outsider)
    assert [process in Process.objects.visible_to(user) for user in people] == [True] * 5 + [False]
    assert obligation.focal_point == alice
    assert obligation.next_check_in_on is not None
    lead_seats = Seat.objects.filter(terms__holder=bob)
    assert [seat.body for seat in lead_seats] == [obligation.commitment.lead_body]
    assert Commitment.objects.visible_to(outsider).count() == 0
