"""Agreements and their provisions through the API."""

import pytest
from django.test import Client

from accounts.models import User
from coordination.agreements.models import Agreement
from coordination.processes.models import Party, Process
from tests import factories


@pytest.fixture
def desk(client: Client, coordinator: User) -> Client:
    client.force_login(coordinator)
    return client


@pytest.fixture
def agreement(process: Process) -> Agreement:
    return factories.AgreementFactory(
        process=process, key="gfa", name="The General Accord", signed_on="1995-12-14"
    )


def test_an_agreement_says_who_signed_and_witnessed_it(
    desk: Client, agreement: Agreement, party: Party, other_party: Party, guarantor: Party
) -> None:
    agreement.signatories.set([other_party, party])
    agreement.witnesses.set([guarantor])
    [said] = desk.get("/api/agreements/").json()["results"]
    assert said == desk.get(f"/api/agreements/{agreement.pk}/").json()
    assert (said["process"], said["key"], said["signed_on"]) == ("valley", "gfa", "1995-12-14")
    assert [one["code"] for one in said["signatories"]] == ["AAA", "BBB"]
    assert said["witnesses"] == [{"id": guarantor.pk, "code": "CCC", "name": "Concordia"}]


def test_a_provision_stands_in_its_tree_and_names_its_commitments(
    desk: Client, process: Process, agreement: Agreement
) -> None:
    annex = factories.ProvisionFactory(agreement=agreement, order=1, citation="Annex 1A")
    article = factories.ProvisionFactory(
        agreement=agreement,
        parent=annex,
        order=2,
        label="Art. IV",
        citation="Annex 1A, Art. IV",
        heading="Redeployment",
        text="Forces withdraw.",
    )
    owed = [factories.CommitmentFactory(process=process, provision=article) for _ in range(2)]
    assert desk.get(f"/api/provisions/{article.pk}/").json() == {
        "id": article.pk,
        "agreement": agreement.pk,
        "parent": annex.pk,
        "order": 2,
        "label": "Art. IV",
        "citation": "Annex 1A, Art. IV",
        "heading": "Redeployment",
        "text": "Forces withdraw.",
        "commitments": [commitment.pk for commitment in owed],
    }


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, 3),
        ({"process": "valley"}, 3),
        ({"process": "elsewhere"}, 0),
        ({"agreement": "one"}, 2),
        ({"parent": "annex"}, 1),
    ],
)
def test_provisions_are_narrowed_by_what_is_asked(
    asked: dict[str, str], found: int, desk: Client, process: Process, agreement: Agreement
) -> None:
    annex = factories.ProvisionFactory(agreement=agreement)
    factories.ProvisionFactory(agreement=agreement, parent=annex)
    factories.ProvisionFactory(agreement__process=process)
    factories.ProvisionFactory()
    keys = {"one": agreement.pk, "annex": annex.pk}
    said = {name: keys.get(value, value) for name, value in asked.items()}
    assert len(desk.get("/api/provisions/", said).json()["results"]) == found


def test_agreements_are_narrowed_to_a_process_and_know_no_other_parameter(
    desk: Client, agreement: Agreement
) -> None:
    factories.AgreementFactory()
    for process, found in (("valley", 1), ("elsewhere", 0)):
        said = desk.get("/api/agreements/", {"process": process}).json()
        assert len(said["results"]) == found
    for where, asked in (
        ("agreements", {"kind": "treaty"}),
        ("provisions", {"agreement": 10**30}),
        ("provisions", {"parent": "Annex"}),
    ):
        assert desk.get(f"/api/{where}/", asked).status_code == 400
