"""The pages on which a commitment is entered, and on which it is said anew."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import User
from coordination.bodies.models import Body
from coordination.commitments.actions.entering import (
    Bounded,
    Owed,
    change_bounds,
    change_commitment,
    change_owners,
)
from coordination.commitments.models import Bound, Commitment, Obligation
from coordination.ledger.models import Entry
from coordination.processes.models import Membership, Party, Process
from tests.editing import browser, fill, form_on, says
from tests.factories import AgreementFactory, AnchorEventFactory, ProvisionFactory

pytestmark = pytest.mark.django_db

NEW, C1 = "/p/valley/commitments/new/", "/p/valley/commitments/1/"
BASE = {"title": "Withdraw the guns", "reference": "Art. 2", "track": "military"}


def owed(*rows: tuple[str, ...]) -> dict[str, str]:
    cells = ("by", "share", "focal_point")
    return {
        f"owed-{n}-{cell}": value
        for n, row in enumerate(rows)
        for cell, value in zip(cells, row, strict=False)
    }


def of_kind(client: Any, kind: str, **fields: Any) -> dict[str, str]:
    return fill(client, f"{NEW}?kind={kind}", **(BASE | owed(("AAA",)) | fields))


def test_a_commitment_of_a_provision_is_entered_in_one_step(
    process: Process, party: Party, other_party: Party, lead_body: Body, coordinator: User,
    alice: User,
) -> None:  # fmt: skip
    agreement = AgreementFactory(process=process)
    agreement.signatories.set([party, other_party])
    text = "Within 30 days of the transfer each Party shall withdraw, as agreed, all guns."
    provision = ProvisionFactory(agreement=agreement, citation="Art. 2", text=text)
    anchor = AnchorEventFactory(process=process, name="Transfer of authority")
    client, address = browser(coordinator), f"{NEW}?provision={provision.pk}"
    form = fill(client, address, **{"terms-1-on": "2031-05-01"})
    shown = ("provision", "reference", "text", "title", "owed-0-by", "owed-1-by", "owed-2-by")
    assert [form[name] for name in shown] == ["Art. 2", "Art. 2", text, "", "AAA", "BBB", ""]
    form |= BASE | {
        "text": "each Party shall withdraw … all guns",
        "terms-0-amount": "30", "terms-0-base": "transfer of authority",
        "terms-1-purpose": "latest", "terms-1-clock": "12:00",
        "owed-0-focal_point": "alice", "owed-1-by": "", "owed-2-by": "jmc", "owed-2-share": "half",
        "precision": "day", "wording": "within 30 days", "otherwise": "The IFOR removes them.",
        "lead_body": "jmc",
    }  # fmt: skip
    del form["extendable"]
    for _ in range(2):
        answer = client.post(address, form)
    assert answer["Location"] == "/p/valley/commitments/"  # sent twice, counted once
    one = Commitment.objects.get()
    assert (one.provision, one.text, one.lead_body) == (provision, form["text"], lead_body)
    assert one.otherwise == "The IFOR removes them."
    assert (one.deadline.wording, one.deadline.extendable) == ("within 30 days", False)
    first, latest = one.deadline.terms.order_by("pk")
    assert (first.purpose, first.amount, first.unit, first.anchor) == ("due", 30, "days", anchor)
    assert (latest.purpose, latest.on) == ("latest", dt.date(2031, 5, 1))
    assert latest.at == dt.datetime(2031, 5, 1, 10, tzinfo=dt.UTC)
    assert {(o.owner_name, o.share, o.focal_point) for o in one.obligations.all()} == {
        ("Avaria", "", alice),
        ("Joint Military Commission", "half", None),
    }
    assert [entry.verb for entry in Entry.objects.filter(process=process)].count(
        "commitment.entered"
    ) == 1


def test_a_passage_that_is_not_in_the_text_is_saved_with_a_tick(
    process: Process, party: Party, coordinator: User
) -> None:
    provision = ProvisionFactory(
        agreement__process=process, citation="Art. 2", text="All guns shall leave."
    )
    client, address = browser(coordinator), f"{NEW}?provision={provision.pk}"
    form = fill(client, address) | BASE | owed(("AAA",)) | {"text": "All guns must leave."}
    assert "quoted_anyway" not in form
    page = client.post(address, form)
    assert (page.status_code, list(page.context["form"].errors)) == (422, ["text"])
    assert "It does not stand so in Art. 2." in says(page)
    again = form_on(page)
    assert again["text"] == "All guns must leave."
    assert client.post(address, again | {"quoted_anyway": "on"}).status_code == 302
    assert Commitment.objects.get().text == "All guns must leave."


def test_the_fields_of_another_kind_are_shown_without_saving_and_nothing_typed_is_lost(
    process: Process, party: Party, coordinator: User
) -> None:
    client = browser(coordinator)
    form = fill(client, NEW, **(BASE | owed(("AAA", "half"))))
    assert not {"every_amount", "trigger", "bounds-0-value"} & form.keys()
    page = client.post(NEW, form | {"kind": "recurring", "again": "kind", "title": ""})
    assert page.status_code == 200
    assert 'class="err"' not in says(page)
    form = form_on(page) | {"every_amount": "2", "every_unit": "weeks"}
    assert (form["owed-0-share"], form["times"], form["reference"]) == ("half", "1", "Art. 2")
    assert form["extendable"] == "on"
    del form["extendable"]
    page = client.post(NEW, form | {"kind": "limit"})  # chosen, and saved without its fields
    assert page.status_code == 200
    limit = form_on(page)
    assert "bounds-0-value" in limit
    form = form_on(client.post(NEW, limit | {"kind": "recurring"}))
    assert (form["every_amount"], form["every_unit"]) == ("2", "weeks")
    assert "extendable" not in form
    assert Commitment.objects.count() == 0
    assert client.post(NEW, form | {"title": "Report"}).status_code == 302
    one = Commitment.objects.get()
    assert (one.kind, one.rhythm) == ("recurring", "every 2 weeks")


def test_each_kind_is_entered_with_what_it_asks(
    process: Process, party: Party, coordinator: User, commitment: Commitment
) -> None:
    client = browser(coordinator)
    made: dict[str, dict[str, str]] = {
        "standing": {"terms-0-on": "2030-01-01", "terms-1-purpose": "end", "terms-1-base": "C-1"},
        "limit": {"bounds-0-value": "22000", "bounds-0-of_what": "personnel"},
        "quantity": {
            "bounds-0-value": "12.5", "bounds-0-of_what": "km", "bounds-0-whose": "AAA",
            "terms-0-on": "2030-01-01",
        },
        "recurring": {"every_amount": "2", "every_unit": "weeks"},
        "triggered": {"follows": "c-5", "terms-0-amount": "7", "terms-0-base": "the trigger"},
        "undated": {},
    }  # fmt: skip
    for kind, fields in made.items():
        assert client.post(NEW, of_kind(client, kind, **fields)).status_code == 302, kind
    rows = {one.kind: one for one in process.commitments.exclude(pk=commitment.pk)}
    assert list(rows) == list(made)
    assert rows["standing"].deadline.terms.get(purpose="end").after_commitment == commitment
    assert [str(bound) for bound in rows["limit"].bounds.all()] == ["at most 22000 personnel"]
    bound = rows["quantity"].bounds.get()
    assert (str(bound), bound.obligation) == (
        "at least 12.5 km",
        rows["quantity"].obligations.get(),
    )
    assert rows["triggered"].follows == rows["recurring"]
    assert rows["triggered"].deadline.terms.get().from_opening


@pytest.mark.parametrize(
    ("kind", "fields", "field", "words"),
    [
        ("dated", {"owed-0-by": ""}, None, "Somebody must owe it"),
        ("dated", {"owed-0-by": "ZZZ"}, "owed-0-by", "is not known here"),
        ("dated", {"owed-1-by": "AAA"}, None, "Each owes it once"),
        ("dated", {"owed-0-focal_point": "Nobody"}, "owed-0-focal_point", "is no member"),
        ("dated", {"lead_body": "BBB"}, "lead_body", "is no body"),
        ("dated", {"title": ""}, "title", "Fill this in."),
        ("dated", {"provision": "Art. 99"}, "provision", "is in no agreement"),
        ("dated", {"terms-0-amount": "3"}, "terms-0-base", "Say what it counts from"),
        ("dated", {"terms-0-base": "Never"}, "terms-0-base", "is not known here"),
        ("dated", {"terms-0-base": "the trigger"}, "terms-0-base", "Only what is triggered"),
        ("dated", {"terms-0-on": "31 May"}, "terms-0-on", "Write a day as in 1996-02-14."),
        ("dated", {"terms-0-on": "2030-01-01", "terms-0-amount": "3"}, "terms-0-amount", "A day"),
        ("recurring", {}, "every_amount", "says how often it recurs"),
        ("recurring", {"every_amount": "2"}, "every_unit", "Choose the unit"),
        ("limit", {}, None, "Give the number that it is held against."),
        ("limit", {"bounds-0-value": "ten"}, "bounds-0-value", "Write a number."),
        (
            "limit",
            {"bounds-0-value": "3", "bounds-0-of_what": "guns", "bounds-0-whose": "BBB"},
            None,
            "Bellonia does not owe it.",
        ),
        ("triggered", {}, "trigger", "Say what triggers it."),
        ("triggered", {"follows": "C-9"}, "follows", "is no commitment here"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_what_was_typed_stays(
    process: Process, party: Party, other_party: Party, coordinator: User,
    kind: str, fields: dict[str, str], field: str | None, words: str,
) -> None:  # fmt: skip
    client = browser(coordinator)
    form = of_kind(client, kind, **fields)
    page = client.post(f"{NEW}?kind={kind}", form)
    assert page.status_code == 422
    assert words in says(page)
    if field:
        assert f'id="id_{field}_error"' in says(page)
    typed = form_on(page)
    assert {name: typed[name] for name in form if name != "seen"} == {
        name: value for name, value in form.items() if name != "seen"
    }
    assert Commitment.objects.count() == 0


def test_more_rows_are_added_to_a_full_table(
    process: Process, party: Party, coordinator: User
) -> None:
    client = browser(coordinator)
    form = fill(client, NEW, **owed(("AAA",), ("BBB",), ("CCC",)))
    form = form_on(client.post(NEW, form | {"again": "rows"}))
    assert (form["owed-2-by"], form["owed-5-by"], form["owed-count"]) == ("CCC", "", "6")


def test_a_commitment_is_said_anew(
    process: Process, commitment: Commitment, coordinator: User, bob: User
) -> None:
    client, address = browser(bob), f"{C1}edit/"  # who chairs its lead body keeps it
    form = fill(client, address, title="Withdraw all weapons", check_in_rhythm="monthly")
    for _ in range(2):
        assert client.post(address, form)["Location"] == C1
    commitment.refresh_from_db()
    assert (commitment.title, commitment.check_in_rhythm) == ("Withdraw all weapons", "monthly")
    before = Entry.objects.count()
    client.post(address, fill(client, address))  # opened and saved again it is the same
    assert Entry.objects.count() == before


def test_another_kind_asks_for_its_dates_and_changes_both_at_once(
    process: Process, commitment: Commitment, coordinator: User
) -> None:
    client, address = browser(coordinator), f"{C1}edit/"
    commitment.deadline.refresh_from_db()
    form = fill(client, address)
    assert not [name for name in form if name.startswith("terms-")]
    form = form_on(client.post(address, form | {"kind": "limit", "again": "kind"}))
    assert form["terms-0-on"] == commitment.deadline.due_on.isoformat()
    assert "extendable" not in form
    form |= {"bounds-0-value": "9", "bounds-0-of_what": "guns"}
    page = client.post(address, form)  # its day is now the one on which it starts
    assert "2 due days would move" in says(page)
    assert "has no date any more" in says(page)
    assert "starts, gets a date" in says(page)
    assert client.post(address, confirmed(page))["Location"] == C1
    commitment.refresh_from_db()
    assert (commitment.kind, commitment.deadline.terms.get().purpose) == ("limit", "start")
    assert str(Bound.objects.get()) == "at most 9 guns"
    form = form_on(client.post(address, fill(client, address) | {"kind": "undated"}))
    page = client.post(address, form)  # it starts on no day any more
    assert client.post(address, confirmed(page)).status_code == 302
    assert not commitment.deadline.terms.exists()


def confirmed(page: Any) -> dict[str, str]:
    """What the button of a preview sends."""
    preview = page.context["preview"]
    return dict(preview.carried) | {"shown": preview.digest}


def test_who_owes_it_is_changed_and_comes_back(
    process: Process, commitment: Commitment, other_party: Party, coordinator: User, dave: User
) -> None:
    client, address = browser(coordinator), f"{C1}owners/"
    form = fill(client, address, **owed(("", "", ""), ("BBB", "a third", "Dave")))
    assert client.post(address, form)["Location"] == C1
    assert [(o.owner_name, o.share) for o in commitment.obligations.all()] == [
        ("Bellonia", "a third")
    ]
    form = fill(client, address, **owed(("BBB", "", "Dave"), ("AAA", "", "")))
    assert client.post(address, form)["Location"] == C1
    assert Obligation.objects.count() == 2
    page = client.post(address, fill(client, address, **owed(("",) * 3, ("",) * 3)))
    assert page.status_code == 422
    assert "Somebody must owe it" in says(page)


def test_two_who_change_what_it_says_lose_nothing(
    process: Process, commitment: Commitment, coordinator: User, bob: User
) -> None:
    client, address = browser(coordinator), f"{C1}edit/"
    form = fill(client, address, title="Mine", remarks="Mine too")
    change_commitment(actor=bob, commitment=commitment, origin="web", title="His", otherwise="Else")
    page = client.post(address, form)
    assert page.status_code == 422
    assert "Meanwhile Bob changed commitment and otherwise" in says(page)
    assert "Bob wrote meanwhile: “His”." in says(page)
    again = form_on(page)
    assert (again["title"], again["remarks"], again["otherwise"]) == ("Mine", "Mine too", "Else")
    assert client.post(address, again).status_code == 302
    commitment.refresh_from_db()
    assert (commitment.title, commitment.otherwise) == ("Mine", "Else")


def test_two_who_change_the_numbers_lose_nothing(
    process: Process, commitment: Commitment, coordinator: User, bob: User
) -> None:
    of_guns = [Bounded("at_most", Decimal(9), "guns")]
    change_bounds(actor=bob, commitment=commitment, origin="web", bounds=of_guns)
    change_commitment(actor=bob, commitment=commitment, origin="web", kind="quantity")
    client, address = browser(coordinator), f"{C1}edit/"
    form = fill(client, address) | {"bounds-1-value": "5", "bounds-1-of_what": "tanks"}
    both = [*of_guns, Bounded("at_most", Decimal(7), "planes")]
    change_bounds(actor=bob, commitment=commitment, origin="web", bounds=both)
    page = client.post(address, form)
    assert "Meanwhile Bob changed bounds" in says(page)
    assert "Added meanwhile by Bob." in says(page)
    assert client.post(address, form_on(page)).status_code == 302
    assert {str(bound) for bound in commitment.bounds.all()} == {
        "at most 9 guns", "at most 7 planes", "at least 5 tanks"
    }  # fmt: skip


def test_two_who_change_its_owners_lose_nothing(
    process: Process, commitment: Commitment, party: Party, other_party: Party,
    guarantor: Party, coordinator: User, alice: User, bob: User,
) -> None:  # fmt: skip
    client, address = browser(coordinator), f"{C1}owners/"
    form = fill(client, address, **owed(("AAA", "half", "Alice"), ("CCC",)))
    two = [Owed(party, "", alice), Owed(other_party, "a third")]
    change_owners(actor=bob, commitment=commitment, origin="web", owed=two)
    page = client.post(address, form)
    assert page.status_code == 422
    assert "Meanwhile Bob changed owners" in says(page)
    assert client.post(address, form_on(page)).status_code == 302
    assert {(o.owner.code, o.share) for o in commitment.obligations.all()} == {
        ("AAA", "half"), ("BBB", "a third"), ("CCC", "")
    }  # fmt: skip


def test_a_commitment_is_withdrawn_with_a_reason_and_what_was_typed_about_it_is_shown(
    process: Process, commitment: Commitment, coordinator: User
) -> None:
    client = browser(coordinator)
    typed = fill(client, f"{C1}edit/", remarks="A long remark")
    address = f"{C1}withdraw/"
    assert client.post(address, fill(client, address)).status_code == 422
    form = fill(client, address, because="Entered twice")
    assert client.post(address, form)["Location"] == "/p/valley/commitments/"
    assert not Commitment.objects.exists()
    page = client.post(f"{C1}edit/", typed)
    assert page.status_code == 409
    assert "A long remark" in says(page)
    assert client.get(f"{C1}edit/").status_code == 404


def test_those_who_do_not_keep_it_do_not_edit_it(
    commitment: Commitment, alice: User, bob: User, outsider: User
) -> None:
    for page in ("edit", "owners", "dates", "withdraw", "extensions/new", "readings/new"):
        assert browser(alice).get(f"{C1}{page}/").status_code == 403
        assert browser(outsider).get(f"{C1}{page}/").status_code == 404
        assert browser(bob).get(f"{C1}{page}/").status_code == 200
    assert browser(bob).get(NEW).status_code == 403


def test_the_forms_stay_small_in_a_large_process(
    process: Process, commitment: Commitment, coordinator: User, django_assert_max_num_queries: Any
) -> None:
    parties = [
        Party(process=process, code=f"P{n}", name=f"Movement {n}", kind="armed_group", part="ally")
        for n in range(20)
    ]
    agreement = AgreementFactory(process=process)
    agreement.signatories.set(Party.objects.bulk_create(parties))
    name = "Commission for the territory number"
    Body.objects.bulk_create(
        Body(process=process, code=f"B{n}", name=f"{name} {n}", track="military")
        for n in range(200)
    )
    Commitment.objects.bulk_create(
        Commitment(process=process, number=n, title=f"{name} {n}", reference="1", track="military")
        for n in range(2, 100)
    )
    people = User.objects.bulk_create(
        User(name=f"Person number {n}", email=f"p{n}@people.example") for n in range(60)
    )
    Membership.objects.bulk_create(
        Membership(process=process, user=person, role="observer") for person in people
    )
    provision = ProvisionFactory(agreement=agreement, text="A text. " * 200)
    client = browser(coordinator)
    for address in (
        f"{NEW}?provision={provision.pk}", f"{NEW}?provision={provision.pk}&kind=triggered",
        f"{C1}edit/", f"{C1}owners/", f"{C1}dates/", f"{C1}readings/new/",
    ):  # fmt: skip
        with django_assert_max_num_queries(30):
            assert len(client.get(address).content) < 50_000, address
