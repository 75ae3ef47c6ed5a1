"""To whom a party belongs, entered on its page."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from coordination.processes.models import Affiliation, Party, Process
from tests import factories
from tests.admin.pages import address, last, problems, send

FIRST, SECOND, THIRD = (dt.date(year, 1, 1) for year in (2000, 2010, 2020))


def tie(office: Client, party: Party, other: Party, **fields: Any) -> Any:
    """Enter that the party is part of the other."""
    number = party.affiliations.count()
    fields = {"kind": "part_of", "other": other.pk} | fields
    data = {f"affiliations-{number}-{name}": value for name, value in fields.items()}
    data["affiliations-TOTAL_FORMS"] = number + 1
    return send(office, address("party", party.pk), **data)


def test_a_party_belongs_to_another_and_the_ledger_says_so(
    office: Client, process: Process, party: Party, other_party: Party
) -> None:
    assert problems(tie(office, party, other_party, source="Art. 3")) == {}
    entry = last(process)
    assert (entry.verb, entry.summary) == (
        "affiliation.added",
        "Added the affiliation AAA is part of BBB",
    )
    again = problems(tie(office, party, other_party))
    assert list(again) == ["__all__"]


def test_a_tie_is_ended_and_never_redirected_or_removed(
    office: Client, process: Process, party: Party, other_party: Party, guarantor: Party
) -> None:
    row = factories.AffiliationFactory(party=party, other=other_party, started_on=FIRST)
    changes = {"ended_on": "2010-01-01", "other": guarantor.pk, "DELETE": "on"}
    data = {f"affiliations-0-{name}": value for name, value in changes.items()}
    assert problems(send(office, address("party", party.pk), **data)) == {}
    row.refresh_from_db()
    assert (row.other, row.ended_on) == (other_party, SECOND)
    assert last(process).after == {"ended_on": "2010-01-01"}
    data = {"affiliations-0-ended_on": "1999-01-01"}
    response = send(office, address("party", party.pk), **data)
    assert problems(response) == {"affiliations-0-ended_on": ["It cannot end before it starts."]}


def test_nothing_is_part_of_itself(
    office: Client, party: Party, other_party: Party, guarantor: Party
) -> None:
    factories.AffiliationFactory(party=other_party, other=guarantor)
    factories.AffiliationFactory(party=guarantor, other=party)
    words = f"This would stand below itself, through “{other_party}”: choose another."
    found = problems(tie(office, party, other_party))
    assert found == {"affiliations-0-other": [words]}
    found = problems(tie(office, party, party))
    assert found == {"affiliations-0-other": ["A party is not part of itself."]}
    assert party.affiliations.count() == 0


@pytest.mark.parametrize(
    ("first", "second", "days", "refused"),
    [
        ((FIRST, None), (FIRST, None), (None, None), True),
        ((FIRST, None), (FIRST, None), (None, FIRST), False),
        ((None, SECOND), (SECOND, None), (None, None), False),
        ((None, SECOND), (FIRST, None), (None, None), True),
        ((None, SECOND), (FIRST, None), (SECOND, None), False),
        ((None, THIRD), (FIRST, None), (SECOND, None), True),
        ((FIRST, FIRST), (None, None), (None, None), False),
    ],
)
def test_a_circle_is_one_only_where_its_ties_hold_on_one_day(
    first: tuple[Any, Any],
    second: tuple[Any, Any],
    days: tuple[Any, Any],
    refused: bool,
    office: Client,
    party: Party,
    other_party: Party,
    guarantor: Party,
) -> None:
    for below, above, (started_on, ended_on) in (
        (other_party, guarantor, first),
        (guarantor, party, second),
    ):
        factories.AffiliationFactory(
            party=below, other=above, started_on=started_on, ended_on=ended_on
        )
    given = dict(zip(("started_on", "ended_on"), days, strict=True))
    fields = {name: day.isoformat() for name, day in given.items() if day}
    assert bool(problems(tie(office, party, other_party, **fields))) is refused


def test_a_party_acts_for_one_that_is_part_of_it_and_not_for_one_that_acts_for_it(
    office: Client, party: Party, other_party: Party
) -> None:
    row = factories.AffiliationFactory(party=other_party, other=party)
    assert problems(tie(office, party, other_party, kind="acts_for")) == {}
    Affiliation.objects.exclude(pk=row.pk).delete()
    Affiliation.objects.update(kind="acts_for")
    words = f"This would stand below itself, through “{other_party}”: choose another."
    found = problems(tie(office, party, other_party, kind="acts_for"))
    assert found == {"affiliations-0-other": [words]}
    assert Affiliation.objects.get() == row
