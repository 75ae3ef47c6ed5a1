"""Entering and changing agreements and their provisions."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from coordination.agreements.actions import (
    change_agreement,
    change_provision,
    enter_agreement,
    enter_provision,
    move_provision,
    step_provision,
)
from coordination.agreements.models import Agreement, Provision
from coordination.base.errors import Refused
from coordination.ledger.actions import verify
from coordination.ledger.models import Entry
from coordination.processes.models import Party, Process
from tests import factories

pytestmark = pytest.mark.django_db

Tree = dict[str, Provision]


def reading(agreement: Agreement) -> list[str]:
    """The citations in the order of the text, which has no gaps."""
    rows = list(agreement.provisions.order_by("order").values_list("order", "citation"))
    assert [order for order, _citation in rows] == list(range(1, len(rows) + 1))
    return [citation for _order, citation in rows]


def last(process: Process) -> Entry:
    entry = process.ledger_entries.first()
    assert entry is not None
    assert list(verify(process)) == []
    return entry


def test_an_agreement_is_entered_with_who_signed_and_witnessed_it(
    process: Process, party: Party, guarantor: Party, by: dict[str, Any]
) -> None:
    made = enter_agreement(
        process=process,
        key="gfa",
        name="The General Accord",
        signed_on=dt.date(1995, 12, 14),
        signatories=[party],
        witnesses=[guarantor],
        **by,
    )
    assert (made.signatories.get(), made.witnesses.get()) == (party, guarantor)
    entry = last(process)
    assert (entry.verb, entry.after["signatories"]) == ("agreement.entered", [party.pk])
    with pytest.raises(Refused) as refused:
        enter_agreement(process=process, key="gfa", name="Another", **by)
    assert refused.value.field == "key"


def test_a_party_of_another_process_signs_nothing_here(
    process: Process, agreement: Agreement, by: dict[str, Any]
) -> None:
    stranger = factories.PartyFactory()
    with pytest.raises(Refused) as refused:
        enter_agreement(process=process, key="new", name="New", witnesses=[stranger], **by)
    assert refused.value.field == "witnesses"
    with pytest.raises(Refused):
        change_agreement(agreement=agreement, signatories=[stranger], **by)


def test_what_an_agreement_is_changes_and_its_key_stays(
    process: Process, agreement: Agreement, party: Party, by: dict[str, Any]
) -> None:
    change_agreement(agreement=agreement, key="other", name="The Accord", signatories=[party], **by)
    agreement.refresh_from_db()
    assert (agreement.key, agreement.name) == ("gfa", "The Accord")
    entry = last(process)
    assert entry.summary == "Changed the agreement The Accord: name and signatories"
    assert entry.before == {"name": "The General Accord", "signatories": []}
    change_agreement(agreement=agreement, name="The Accord", signatories=[party], **by)
    assert last(process) == entry


def test_provisions_stand_in_reading_order_whenever_they_were_entered(
    agreement: Agreement, tree: Tree
) -> None:
    assert reading(agreement) == [
        "Annex 1A",
        "Annex 1A, Art. IV",
        "Annex 1A, Art. IV.1",
        "Annex 1A, Art. IV.2",
        "Annex 1A, Art. IV.2(d)",
        "Annex 1A, Art. IX",
        "Annex 2",
    ]


def test_a_provision_is_entered_first_after_one_or_last(
    agreement: Agreement, tree: Tree, enter: Callable[..., Provision]
) -> None:
    annex = tree["Annex 1A"]
    enter("Art. V", annex, after=tree["Annex 1A, Art. IV"])
    enter("Art. I", annex, first=True)
    enter("Art. X", annex)
    enter("Preamble", first=True)
    assert reading(agreement) == [
        *("Preamble", "Annex 1A", "Annex 1A, Art. I", "Annex 1A, Art. IV", "Annex 1A, Art. IV.1"),
        *("Annex 1A, Art. IV.2", "Annex 1A, Art. IV.2(d)", "Annex 1A, Art. V"),
        *("Annex 1A, Art. IX", "Annex 1A, Art. X", "Annex 2"),
    ]


def test_what_is_entered_is_in_the_ledger(
    process: Process, tree: Tree, enter: Callable[..., Provision]
) -> None:
    made = enter("3.", tree["Annex 1A, Art. IV"], text="Heavy weapons move.")
    entry = last(process)
    assert (entry.verb, entry.object_id) == ("provision.entered", made.pk)
    assert (entry.after["citation"], entry.after["order"]) == ("Annex 1A, Art. IV.3", 6)


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"label": "2"}, "citation", "“Annex 1A, Art. IV.2” is another provision"),
        ({"label": "3", "citation": "Annex 2"}, "citation", "“Annex 2” is another provision"),
        ({"label": "3", "citation": "x" * 121}, "citation", "has more than 120 characters"),
        ({"label": "3", "after": "Annex 2"}, "after", "does not stand directly below the same"),
        ({"label": "3", "parent": "elsewhere"}, "parent", "is not of this agreement"),
    ],
)
def test_what_cannot_be_entered_is_refused_beside_its_field(
    fields: dict[str, Any],
    field: str,
    words: str,
    agreement: Agreement,
    tree: Tree,
    by: dict[str, Any],
) -> None:
    known: dict[str, Any] = tree | {"elsewhere": factories.ProvisionFactory(citation="Elsewhere")}
    said = {"parent": "Annex 1A, Art. IV"} | fields
    said |= {name: known[said[name]] for name in ("parent", "after") if name in said}
    with pytest.raises(Refused, match=words) as refused:
        enter_provision(agreement=agreement, **said, **by)
    assert refused.value.field == field
    assert agreement.provisions.count() == 7


def test_with_another_number_the_citations_below_follow_save_what_was_written_otherwise(
    process: Process,
    agreement: Agreement,
    tree: Tree,
    enter: Callable[..., Provision],
    by: dict[str, Any],
) -> None:
    two = tree["Annex 1A, Art. IV.2"]
    enter("(e)", two, citation="Annex 1A, Art. IV, para. 2, point (e)")
    change_provision(provision=tree["Annex 1A, Art. IV"], label="Article V", **by)
    assert reading(agreement)[1:6] == [
        "Annex 1A, Art. V",
        "Annex 1A, Art. V.1",
        "Annex 1A, Art. V.2",
        "Annex 1A, Art. V.2(d)",
        "Annex 1A, Art. IV, para. 2, point (e)",
    ]
    entry = last(process)
    assert (entry.verb, entry.before["citation"]) == ("provision.changed", "Annex 1A, Art. IV")
    assert entry.after["below"] == {
        "Annex 1A, Art. IV.1": "Annex 1A, Art. V.1",
        "Annex 1A, Art. IV.2": "Annex 1A, Art. V.2",
        "Annex 1A, Art. IV.2(d)": "Annex 1A, Art. V.2(d)",
    }


def test_a_citation_that_somebody_wrote_stays_with_another_number(
    tree: Tree, by: dict[str, Any]
) -> None:
    row = tree["Annex 1A, Art. IV.1"]
    change_provision(provision=row, citation="Annex 1A, Art. IV, first paragraph", **by)
    change_provision(provision=row, label="1bis", **by)
    assert row.citation == "Annex 1A, Art. IV, first paragraph"
    change_provision(provision=row, citation="", **by)
    assert row.citation == "Annex 1A, Art. IV.1bis"


def test_one_may_take_the_citation_that_another_below_it_gives_up(
    agreement: Agreement, enter: Callable[..., Provision], by: dict[str, Any]
) -> None:
    one = enter("1")
    enter("1", enter("1", one))
    change_provision(provision=one, label="1.1", **by)
    assert reading(agreement) == ["1.1", "1.1.1", "1.1.1.1"]


def test_a_number_that_would_give_two_the_same_citation_is_refused(
    agreement: Agreement, tree: Tree, by: dict[str, Any]
) -> None:
    before = reading(agreement)
    with pytest.raises(Refused) as refused:
        change_provision(provision=tree["Annex 1A, Art. IV"], label="Art. IX", **by)
    assert refused.value.field == "citation"
    assert reading(agreement) == before


def test_what_is_saved_as_it_stands_is_not_recorded(
    process: Process, tree: Tree, by: dict[str, Any]
) -> None:
    row, before = tree["Annex 1A, Art. IV.1"], last(process)
    change_provision(provision=row, label="1.", text="Forces withdraw.", **by)
    move_provision(provision=row, parent=row.parent, after=None, first=True, **by)
    assert last(process) == before


def test_a_provision_moves_with_all_that_is_below_it(
    process: Process, agreement: Agreement, tree: Tree, by: dict[str, Any]
) -> None:
    move_provision(provision=tree["Annex 1A, Art. IV"], parent=tree["Annex 2"], **by)
    assert reading(agreement) == [
        *("Annex 1A", "Annex 1A, Art. IX", "Annex 2", "Annex 2, Art. IV"),
        *("Annex 2, Art. IV.1", "Annex 2, Art. IV.2", "Annex 2, Art. IV.2(d)"),
    ]
    entry = last(process)
    assert (entry.verb, entry.summary) == (
        "provision.moved",
        "Moved Annex 1A, Art. IV to Annex 2",
    )
    assert entry.after["parent_id"] == tree["Annex 2"].pk
    row = tree["Annex 1A, Art. IV.2"]
    move_provision(provision=row, parent=None, first=True, **by)
    assert reading(agreement)[:2] == ["2", "2(d)"]


def test_a_provision_moves_up_and_down_among_those_beside_it(
    process: Process, agreement: Agreement, tree: Tree, by: dict[str, Any]
) -> None:
    row = tree["Annex 1A, Art. IV"]
    step_provision(provision=row, down=True, **by)
    assert reading(agreement)[:3] == ["Annex 1A", "Annex 1A, Art. IX", "Annex 1A, Art. IV"]
    entry = last(process)
    assert (entry.verb, entry.before, entry.after) == (
        "provision.moved",
        {"order": 2},
        {"order": 3},
    )
    with pytest.raises(Refused, match="the last there"):
        step_provision(provision=row, down=True, **by)
    step_provision(provision=row, down=False, **by)
    assert reading(agreement)[:2] == ["Annex 1A", "Annex 1A, Art. IV"]
    with pytest.raises(Refused, match="the first there"):
        step_provision(provision=row, down=False, **by)
    step_provision(provision=tree["Annex 2"], down=False, **by)
    assert reading(agreement)[0] == "Annex 2"


def test_nothing_stands_below_itself_or_after_itself(tree: Tree, by: dict[str, Any]) -> None:
    row = tree["Annex 1A, Art. IV"]
    for parent in (row, tree["Annex 1A, Art. IV.2(d)"]):
        with pytest.raises(Refused, match="stand below itself") as refused:
            move_provision(provision=row, parent=parent, **by)
        assert refused.value.field == "parent"
    with pytest.raises(Refused) as refused:
        move_provision(provision=row, parent=row.parent, after=row, **by)
    assert refused.value.field == "after"


def test_a_text_whose_places_were_given_elsewhere_is_set_right_when_it_is_edited(
    agreement: Agreement, by: dict[str, Any]
) -> None:
    """A process file may name what is part of something before or far after it."""
    one, two = (
        factories.ProvisionFactory(agreement=agreement, order=n, label=label, citation=label)
        for n, label in ((3, "Art. 1"), (4, "Art. 2"))
    )
    factories.ProvisionFactory(
        agreement=agreement, parent=one, order=9, label="1", citation="Art. 1.1"
    )
    enter_provision(agreement=agreement, label="1", parent=two, **by)
    assert reading(agreement) == ["Art. 1", "Art. 1.1", "Art. 2", "Art. 2.1"]
