"""Parties that are part of others, or act for them, for a time."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from coordination.processes.models import Affiliation, Party, Process
from tests.factories import AffiliationFactory, PartyFactory

pytestmark = pytest.mark.django_db


def day(n: int) -> dt.date:
    return dt.date(2026, 1, n)


def test_a_party_is_part_of_several_and_acts_for_another_at_once(
    process: Process, party: Party, other_party: Party, guarantor: Party
) -> None:
    AffiliationFactory(party=party, other=other_party)
    AffiliationFactory(party=party, other=guarantor)
    AffiliationFactory(party=party, other=guarantor, kind=Affiliation.Kind.ACTS_FOR)
    assert [str(one) for one in party.affiliations.order_by("pk")] == [
        "AAA is part of BBB",
        "AAA is part of CCC",
        "AAA acts for CCC",
    ]
    assert set(guarantor.affiliated.values_list("party", flat=True)) == {party.pk}


def test_what_a_party_belonged_to_is_still_there_for_the_days_on_which_it_did(
    party: Party, other_party: Party
) -> None:
    AffiliationFactory(party=party, other=other_party, ended_on=day(10))
    AffiliationFactory(party=party, other=other_party, started_on=day(20))
    assert [Affiliation.objects.on(day(n)).count() for n in (9, 10, 19, 20)] == [1, 0, 0, 1]


def test_the_same_is_recorded_once_at_a_time(party: Party, other_party: Party) -> None:
    AffiliationFactory(party=party, other=other_party)
    with pytest.raises(IntegrityError), transaction.atomic():
        AffiliationFactory(party=party, other=other_party)


def test_a_party_is_not_part_of_itself() -> None:
    party = PartyFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        AffiliationFactory(party=party, other=party)


def test_affiliations_are_seen_by_members_of_their_process_alone(
    party: Party, other_party: Party, dave, outsider
) -> None:
    AffiliationFactory(party=party, other=other_party)
    assert Affiliation.objects.visible_to(dave).count() == 1
    assert Affiliation.objects.visible_to(outsider).count() == 0
