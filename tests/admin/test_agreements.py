"""Agreements and provisions as coordinators keep them: through the same actions as elsewhere."""

import pytest
from django.test import Client

from coordination.agreements.models import Agreement, Provision
from coordination.processes.models import Party, Process
from tests import factories
from tests.admin.pages import address, last, problems, send


@pytest.fixture
def article(process: Process) -> Provision:
    """With a paragraph below it."""
    agreement = factories.AgreementFactory(process=process, key="gfa")
    one = factories.ProvisionFactory(
        agreement=agreement, order=1, label="Art. IV", citation="Art. IV"
    )
    factories.ProvisionFactory(
        agreement=agreement, parent=one, order=2, label="2.", citation="Art. IV.2"
    )
    return one


def test_an_agreement_is_entered_with_its_signatories(
    office: Client, process: Process, party: Party
) -> None:
    said = {"key": "gfa", "name": "The General Accord", "signatories": [party.pk]}
    assert problems(send(office, address("agreement"), process=process.pk, **said)) == {}
    assert last(process).verb == "agreement.entered"
    again = send(office, address("agreement"), process=process.pk, **said)
    assert list(problems(again)) == ["key"]
    assert Agreement.objects.get().signatories.get() == party


def test_a_provision_is_entered_at_its_place_with_its_citation_composed(
    office: Client, process: Process, article: Provision
) -> None:
    factories.ProvisionFactory(agreement=article.agreement, order=3, citation="Art. V")
    said = {"agreement": article.agreement_id, "parent": article.pk, "label": "3."}
    assert problems(send(office, address("provision"), **said)) == {}
    made = article.children.get(label="3.")
    assert (made.citation, made.order, last(process).verb) == ("Art. IV.3", 3, "provision.entered")
    words = "“Art. IV.3” is another provision of the agreement: write it otherwise."
    assert problems(send(office, address("provision"), **said)) == {"citation": [words]}


def test_with_another_number_or_above_another_what_is_below_follows(
    office: Client, process: Process, article: Provision
) -> None:
    annex = factories.ProvisionFactory(
        agreement=article.agreement, order=3, label="Annex 2", citation="Annex 2"
    )
    where = address("provision", article.pk)
    assert problems(send(office, where, label="Art. VI", parent=annex.pk)) == {}
    rows = article.agreement.provisions.order_by("order").values_list("citation", flat=True)
    assert list(rows) == ["Annex 2", "Annex 2, Art. VI", "Annex 2, Art. VI.2"]
    verbs = process.ledger_entries.values_list("verb", flat=True)[:2]
    assert list(verbs) == ["provision.changed", "provision.moved"]


def test_a_provision_is_no_part_of_what_is_below_it_or_of_another_agreement(
    office: Client, process: Process, article: Provision
) -> None:
    stranger = factories.ProvisionFactory(agreement__process=process, citation="Elsewhere")
    for parent, words in (
        (article.children.get(), "This would stand below itself, through “Art. IV.2”"),
        (stranger, "“Elsewhere” is not of this agreement"),
    ):
        found = problems(send(office, address("provision", article.pk), parent=parent.pk))
        assert list(found) == ["parent"]
        assert found["parent"][0].startswith(words)
