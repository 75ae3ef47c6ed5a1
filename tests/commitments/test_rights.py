"""Who may do what with a commitment, where no other test of its pages tells."""

import pytest

from accounts.models import User
from coordination.commitments.access import may_keep
from coordination.commitments.models import Commitment

pytestmark = pytest.mark.django_db


def test_what_no_body_leads_is_kept_by_coordinators_alone(
    commitment: Commitment, coordinator: User, bob: User, carol: User, outsider: User
) -> None:
    people = {"coordinator": coordinator, "bob": bob, "carol": carol, "outsider": outsider}
    kept = {}
    for body in (commitment.lead_body, None):
        commitment.lead_body = body
        kept[body] = {name for name, user in people.items() if may_keep(user, commitment)}
    assert list(kept.values()) == [{"coordinator", "bob"}, {"coordinator"}]
