"""The pages of agreements: what members read, and what coordinators write down."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from coordination.agreements.actions import change_agreement, change_provision, move_provision
from coordination.agreements.models import Agreement, Provision
from coordination.agreements.queries import COMMITMENTS, CONTENTS
from coordination.bodies.models import Body
from coordination.commitments.models import Commitment
from coordination.processes.models import Party, Process
from tests import factories
from tests.editing import browser, fill, form_on, says

pytestmark = pytest.mark.django_db

LIST, NEW = "/p/valley/agreements/", "/p/valley/add/agreement/"
ONE = f"{LIST}gfa/"

Tree = dict[str, Provision]


def page_of(row: Provision, edit: bool = False) -> str:
    return f"{ONE}provisions/{row.pk}/{'edit/' if edit else ''}"


@pytest.fixture
def owe(process: Process, lead_body: Body, party: Party) -> Callable[..., Commitment]:
    """A commitment that comes from a provision."""

    def one(provision: Provision, **fields: Any) -> Commitment:
        made = factories.CommitmentFactory(
            process=process,
            provision=provision,
            lead_body=lead_body,
            verifying_body=lead_body,
            **fields,
        )
        factories.ObligationFactory(commitment=made, party=party)
        return made

    return one


# --- Reading ------------------------------------------------------------------------------------


def test_the_list_says_what_was_signed_and_how_much_comes_from_it(
    agreement: Agreement,
    tree: Tree,
    party: Party,
    guarantor: Party,
    owe: Callable[..., Commitment],
    carol: User,
) -> None:
    agreement.signatories.add(party)
    agreement.witnesses.add(guarantor)
    owe(tree["Annex 1A, Art. IV.1"])
    owe(tree["Annex 1A, Art. IV.1"])
    factories.AgreementFactory(name="Of somebody else")
    page = browser(carol).get(LIST)
    [row] = page.context["page"]
    assert (row.provision_count, row.commitment_count) == (7, 2)
    html = says(page)
    for words in (f'href="{ONE}"', ">AAA<", ">CCC<"):
        assert words in html
    assert "Of somebody else" not in html
    assert "Add an agreement" not in html


def test_the_text_stands_in_reading_order_with_its_commitments_beside_it(
    tree: Tree, owe: Callable[..., Commitment], carol: User
) -> None:
    point = tree["Annex 1A, Art. IV.2(d)"]
    commitment = owe(point, title="Mark the mines")
    page = browser(carol).get(ONE)
    lines = list(page.context["page"])
    assert [(line.depth, line.number) for line in lines] == [
        *((0, "Annex 1A"), (1, "Art. IV"), (2, "1."), (2, "2."), (3, "(d)")),
        *((1, "Art. IX"), (0, "Annex 2")),
    ]
    assert {line.pk: line.commitments for line in lines if line.commitments} == {
        point.pk: [commitment]
    }
    html = says(page)
    assert f'<li id="p{point.pk}" class="i3">' in html
    assert "Each side marks what it leaves." in html
    assert f"<bdi>{commitment.code}</bdi> Mark the mines" in html
    assert "Add a provision" not in html


def test_a_provision_with_many_commitments_names_a_few_beside_it(
    tree: Tree, owe: Callable[..., Commitment], carol: User
) -> None:
    row = tree["Annex 2"]
    for _ in range(COMMITMENTS + 2):
        owe(row)
    assert "and 2 more" in says(browser(carol).get(ONE))


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("clear  MINES", ["Annex 1A, Art. IV.2"]),
        ("redeployment", ["Annex 1A, Art. IV"]),
        ("annex 2", ["Annex 2", "Annex 1A, Art. IV.2", "Annex 1A, Art. IV.2(d)"]),
        ("nothing like this", []),
    ],
)
def test_words_are_found_in_citation_heading_and_text(
    words: str, found: list[str], tree: Tree, carol: User
) -> None:
    page = browser(carol).get(ONE, {"find": words})
    assert sorted(line.citation for line in page.context["page"]) == sorted(found)
    assert f'value="{words}"' in page.content.decode()


def test_a_provision_stands_among_those_around_it_with_what_is_quoted_from_it(
    process: Process, tree: Tree, owe: Callable[..., Commitment], carol: User
) -> None:
    two = tree["Annex 1A, Art. IV.2"]
    Provision.objects.filter(pk=two.pk).update(text="Forces clear “all mines” and <leave>. Then …")
    owe(two, text='clear "all  mines"', title="Clear mines")
    owe(two, text="clear snow", title="Clear snow")
    html = says(browser(carol).get(page_of(two)))
    assert "Forces <mark>clear “all mines”</mark> and &lt;leave&gt;. Then …" in html
    assert html.count("The text above does not have this passage.") == 1
    for row in ("Annex 1A", "Annex 1A, Art. IV", "Annex 1A, Art. IV.1", "Annex 1A, Art. IV.2(d)"):
        assert f'href="{page_of(tree[row])}"' in html
    assert "Edit" not in html


def test_a_long_text_is_cut_in_the_agreement_and_whole_on_its_own_page(
    tree: Tree, carol: User
) -> None:
    row = tree["Annex 2"]
    Provision.objects.filter(pk=row.pk).update(text="word " * 2000 + "The end.")
    client = browser(carol)
    assert "The end." not in says(client.get(ONE))
    assert "The end." in says(client.get(page_of(row)))


def grow(agreement: Agreement, owe: Callable[..., Commitment], until: int) -> None:
    """Chapters of nine articles each, one of which is owed."""
    text = "The Parties shall “withdraw” all forces from the zone of separation. " * 4
    start = agreement.provisions.count()
    rows = [
        Provision(agreement=agreement, order=n + 1, label=f"{n}.", citation=f"Art. {n}", text=text)
        for n in range(start, until)
    ]
    made = Provision.objects.bulk_create(rows)
    for n, row in enumerate(made):
        row.parent = made[n - n % 10] if n % 10 else None
    Provision.objects.bulk_update(made, ["parent"])
    for n in range(start, min(until, start + 15)):
        owe(made[n - start])


def measure(client: Client, address: str) -> tuple[int, int]:
    with CaptureQueriesContext(connection) as captured:
        page = client.get(address)
    assert page.status_code == 200
    return len(captured), len(page.content)


def test_a_thousand_provisions_take_as_many_queries_as_ten_and_keep_below_50_kb(
    agreement: Agreement, owe: Callable[..., Commitment], coordinator: User
) -> None:
    client = browser(coordinator)
    grow(agreement, owe, 10)
    middle = agreement.provisions.order_by("order")[5]
    places = [LIST, ONE, f"{ONE}?find=forces", page_of(middle), page_of(middle, edit=True)]
    few = [measure(client, place)[0] for place in places]
    grow(agreement, owe, 1000)
    for place, queries in zip(places, few, strict=True):
        now, size = measure(client, place)
        assert (place, now) == (place, queries)
        assert size < 50_000, place
    page = client.get(f"{ONE}?page=9")
    assert 20 < len(page.context["page"]) <= 40
    assert len(page.content) < 50_000
    assert len(page.context["contents"]) <= 3 * CONTENTS


def test_every_line_of_the_contents_leads_to_the_page_that_has_it(
    agreement: Agreement, owe: Callable[..., Commitment], carol: User
) -> None:
    grow(agreement, owe, 120)
    client = browser(carol)
    links = re.findall(r'<a href="\?(?:page=(\d+))?#(p\d+)">', says(client.get(ONE)))
    assert len(links) == 12
    for page, anchor in links:
        assert f'<li id="{anchor}"' in says(client.get(ONE, {"page": page or 1}))


# --- Who may ------------------------------------------------------------------------------------


def test_only_coordinators_edit_and_to_outsiders_nothing_exists(
    process: Process, tree: Tree, alice: User, outsider: User, coordinator: User
) -> None:
    row = tree["Annex 2"]
    edits = [NEW, f"{ONE}edit/", f"{ONE}add/", page_of(row, edit=True)]
    inside, outside, keeper = browser(alice), browser(outsider), browser(coordinator)
    for address in edits:
        assert (inside.get(address).status_code, inside.post(address).status_code) == (403, 403)
        assert keeper.get(address).status_code == 200
    for address in (LIST, ONE, page_of(row)):
        assert (inside.get(address).status_code, outside.get(address).status_code) == (200, 404)
    assert {outside.post(address).status_code for address in edits} == {404}


def test_a_provision_is_found_only_below_its_own_agreement(
    process: Process, tree: Tree, coordinator: User
) -> None:
    factories.AgreementFactory(process=process, key="other")
    address = f"{LIST}other/provisions/{tree['Annex 2'].pk}/"
    client = browser(coordinator)
    assert [client.get(one).status_code for one in (address, f"{address}edit/")] == [404, 404]


# --- Agreements ---------------------------------------------------------------------------------


def test_an_agreement_is_entered_with_boxes_ticked_for_its_parties(
    process: Process, party: Party, guarantor: Party, coordinator: User
) -> None:
    factories.PartyFactory(name="Of another process")
    client = browser(coordinator)
    assert "Of another process" not in says(client.get(NEW))
    form: dict[str, Any] = fill(
        client, NEW, key="gfa", name="The General Accord", signed_on="1995-12-14"
    )
    form |= {"signatories": [party.pk, guarantor.pk], "witnesses": [guarantor.pk]}
    for _ in range(2):
        assert client.post(NEW, form)["Location"] == ONE
    made = process.agreements.get()
    assert set(made.signatories.all()) == {party, guarantor}
    assert made.witnesses.get() == guarantor


def test_a_key_that_is_taken_is_refused_beside_its_field(
    agreement: Agreement, coordinator: User
) -> None:
    client = browser(coordinator)
    page = client.post(NEW, fill(client, NEW, key="gfa", name="Another", languages="French"))
    assert (page.status_code, list(page.context["form"].errors)) == (422, ["key"])
    assert "Another agreement has this key: choose another." in says(page)
    assert 'value="French"' in says(page)


def test_boxes_that_somebody_else_ticked_meanwhile_are_kept_and_named(
    agreement: Agreement, party: Party, guarantor: Party, by: dict[str, Any], coordinator: User
) -> None:
    client, address = browser(coordinator), f"{ONE}edit/"
    form = fill(client, address, name="The Accord")
    change_agreement(agreement=agreement, signatories=[party, guarantor], **by)
    page = client.post(address, form)
    assert page.status_code == 422
    assert "Meanwhile Cora changed signatories." in says(page)
    sent = form_on(page) | {"signatories": page.context["form"]["signatories"].value()}
    assert client.post(address, sent)["Location"] == ONE
    agreement.refresh_from_db()
    assert (agreement.name, agreement.signatories.count()) == ("The Accord", 2)


# --- Provisions ---------------------------------------------------------------------------------


def test_a_provision_is_entered_where_its_link_says(
    agreement: Agreement, tree: Tree, coordinator: User
) -> None:
    above, before = tree["Annex 1A"], tree["Annex 1A, Art. IV"]
    client, address = browser(coordinator), f"{ONE}add/?under={above.pk}&after={before.pk}"
    form = fill(client, address, label="Art. V", heading="Notifications")
    assert (form["parent"], form["after"]) == ("Annex 1A", "Annex 1A, Art. IV")
    response = client.post(address, form)
    made = agreement.provisions.get(citation="Annex 1A, Art. V")
    assert (response["Location"], made.order) == (page_of(made), 6)
    assert client.post(address, form)["Location"] == ONE
    for nonsense in ("under=x", "under=999999999999", "after=-1"):
        assert client.get(f"{ONE}add/?{nonsense}").status_code == 200


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"parent": "annex 1a, art. iv", "label": "2"}, "citation", "is another provision"),
        ({"parent": "Annex 9"}, "parent", "“Annex 9” is not in this agreement"),
        ({"after": "Annex 1A, Art. IX"}, "after", "does not stand directly below the same"),
        ({"after": "Annex 2", "first": "on"}, "after", "It comes first, or after another"),
        ({"label": ""}, "label", "Fill this in."),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_typed_is_lost(
    fields: dict[str, str], field: str, words: str, tree: Tree, coordinator: User
) -> None:
    client = browser(coordinator)
    form = fill(client, f"{ONE}add/", **({"label": "Annex 3", "text": "Elections."} | fields))
    page = client.post(f"{ONE}add/", form)
    assert (page.status_code, list(page.context["form"].errors)) == (422, [field])
    assert words in says(page)
    assert "Elections." in says(page)


def test_a_provision_is_changed_and_what_is_below_it_follows(tree: Tree, coordinator: User) -> None:
    row, client = tree["Annex 1A, Art. IV"], browser(coordinator)
    address = page_of(row, edit=True)
    form = fill(client, address, "words", label="Art. VI")
    assert form["citation"] == "Annex 1A, Art. IV"
    assert client.post(address, form)["Location"] == page_of(row)
    assert row.children.first().citation == "Annex 1A, Art. VI.1"


def test_two_who_edit_a_provision_at_once_lose_no_text(
    tree: Tree, coordinator: User, by: dict[str, Any]
) -> None:
    row, client = tree["Annex 1A, Art. IV.1"], browser(coordinator)
    address = page_of(row, edit=True)
    form = fill(client, address, "words", text="Forces withdraw at once.")
    change_provision(provision=row, heading="Withdrawal", text="Forces leave.", **by)
    page = client.post(address, form)
    assert page.status_code == 422
    html = says(page)
    assert "Meanwhile Cora changed heading and text." in html
    assert "“Forces leave.”" in html and "Forces withdraw at once." in html
    assert client.post(address, form_on(page, "words")).status_code == 302
    row.refresh_from_db()
    assert (row.heading, row.text) == ("Withdrawal", "Forces withdraw at once.")


def test_a_provision_is_moved_up_down_and_elsewhere(
    agreement: Agreement, tree: Tree, coordinator: User
) -> None:
    row, client = tree["Annex 1A, Art. IV"], browser(coordinator)
    address = page_of(row, edit=True)
    client.post(address, fill(client, address, "down"))
    row.refresh_from_db()
    assert row.order == 3
    page = client.post(address, fill(client, address, "down"))
    assert page.status_code == 422
    assert "It is the last there" in says(page)
    client.post(address, fill(client, address, "up"))
    place = fill(client, address, "place", **{"place-parent": "Annex 2"})
    assert client.post(address, place)["Location"] == page_of(row)
    row.refresh_from_db()
    assert row.citation == "Annex 2, Art. IV"
    below = fill(client, address, "place", **{"place-parent": "Annex 2, Art. IV.2(d)"})
    page = client.post(address, below)
    assert (page.status_code, list(page.context["place_form"].errors)) == (422, ["parent"])
    assert "This would stand below itself" in says(page)


def test_a_move_in_view_of_another_place_is_asked_for_again(
    tree: Tree, coordinator: User, by: dict[str, Any]
) -> None:
    row, client = tree["Annex 1A, Art. IX"], browser(coordinator)
    address = page_of(row, edit=True)
    form = fill(client, address, "place", **{"place-first": "on"})
    move_provision(provision=row, parent=tree["Annex 2"], **by)
    page = client.post(address, form)
    assert page.status_code == 422
    assert "Meanwhile Cora changed part of." in says(page)
    assert form_on(page, "place")["place-parent"] == "Annex 2"
