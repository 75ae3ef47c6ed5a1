"""What a delegation writes for itself beside a commitment, and whom it shows it to."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from coordination.base.errors import Refused
from coordination.commitments.actions.entering import withdraw_commitment
from coordination.commitments.actions.notes import add_note, withdraw_note
from coordination.commitments.models import Commitment, Note
from coordination.ledger.actions import verify
from coordination.ledger.models import Entry
from coordination.processes.models import Membership, Party, Process
from tests import factories
from tests.admin.pages import address, problems, send
from tests.conftest import member
from tests.editing import browser, fill, says

pytestmark = pytest.mark.django_db

SECRET = "We could live with thirty days."
PAGE, LIST = "/p/valley/commitments/1/", "/p/valley/commitments/1/notes/"


def written(by: User, on: Commitment, **said: Any) -> Note:
    given = {"kind": Note.Kind.POSITION, "text": SECRET, "origin": "web"}
    return add_note(actor=by, commitment=on, **(given | said))


def refusal(call: Any) -> tuple[str, str | None]:
    with pytest.raises(Refused) as caught:
        call()
    return caught.value.message, caught.value.field


def readers(*people: User) -> list[int]:
    return [Note.objects.visible_to(person).count() for person in people]


def test_a_note_is_read_by_who_acts_for_its_delegation_and_by_no_coordinator(
    commitment: Commitment, process: Process, party: Party, lead_body: Any,
    alice: User, bob: User, carol: User, dave: User, coordinator: User,
) -> None:  # fmt: skip
    note = written(alice, commitment, text=f"  {SECRET} ")
    ana = member(process, "Ana", "monitor", party)
    factories.TermFactory(seat__body=lead_body, seat__party=party, holder=carol)
    assert (note.text, note.number, note.delegation, note.author) == (SECRET, 1, party, alice)
    assert readers(alice, ana, bob, carol, dave, coordinator) == [1, 1, 0, 0, 0, 0]
    Membership.objects.filter(user=ana).update(ended_at=note.written_at)
    assert readers(ana) == [0]
    assert readers(member(process, "Cyril", "coordinator", party)) == [1]


def test_the_ledger_tells_of_a_note_to_its_readers_alone(
    commitment: Commitment, process: Process, alice: User, dave: User, coordinator: User
) -> None:
    note = written(alice, commitment)
    entry = Entry.objects.about(note).get()
    assert (entry.verb, entry.after["text"]) == ("note.added", SECRET)
    record = reverse("commitment-record", args=["valley", 1])
    told = [entry.summary in says(browser(one).get(record)) for one in (alice, dave, coordinator)]
    assert told == [True, False, False]
    assert list(verify(process)) == []


def test_a_note_is_named_without_saying_how_many_others_wrote(
    commitment: Commitment, alice: User, dave: User
) -> None:
    names = {str(written(one, commitment, kind="note")) for one in (dave, alice)}
    assert names == {f"{commitment.code}, internal note"}


def test_who_acts_for_no_party_and_who_only_observes_writes_none(
    commitment: Commitment, process: Process, party: Party, carol: User, coordinator: User
) -> None:
    observer = member(process, "Olga", "observer", party)
    for person in (carol, coordinator, observer, factories.UserFactory()):
        assert refusal(lambda who=person: written(who, commitment)) == (
            "Who acts for no party writes no note for one.",
            None,
        )


def test_what_makes_no_sense_is_refused_beside_its_field(
    commitment: Commitment, alice: User, coordinator: User
) -> None:
    assert [
        refusal(lambda: written(alice, commitment, kind="rumour")),
        refusal(lambda: written(alice, commitment, text=" ")),
        refusal(lambda: written(alice, commitment, audience="everybody")),
    ] == [
        ("Choose a position or an internal note.", "kind"),
        ("Write the note.", "text"),
        ("Choose who reads it.", "audience"),
    ]
    withdraw_commitment(actor=coordinator, commitment=commitment, because="A slip", origin="web")
    assert "withdrawn from the register" in refusal(lambda: written(alice, commitment))[0]


def test_a_note_is_taken_back_by_its_author_or_by_who_decides_for_the_delegation(
    commitment: Commitment, process: Process, party: Party, alice: User, coordinator: User
) -> None:
    note = written(alice, commitment, audience="process")
    ana = member(process, "Ana", "delegate", party)
    aron = member(process, "Aron", "monitor", party)
    Membership.objects.filter(user=ana).update(heads_delegation=True)

    def withdraw(who: User, because: str = "Overtaken.") -> Note:
        return withdraw_note(actor=who, note=note, because=because, origin="web")

    for person in (coordinator, aron):
        assert refusal(lambda who=person: withdraw(who)) == (
            "Its author takes it back, or the head of the delegation.",
            None,
        )
    assert refusal(lambda: withdraw(alice, " ")) == ("Say why it is withdrawn.", "because")
    assert withdraw(ana).withdrawn_by == ana
    assert withdraw(alice).withdrawn_by == ana
    assert (readers(alice, coordinator), Note.every.count()) == ([0, 0], 1)
    assert Entry.objects.filter(verb="note.withdrawn").count() == 1


# --- Pages ------------------------------------------------------------------------------------


def test_a_delegate_writes_shares_and_withdraws_notes(
    commitment: Commitment, alice: User, dave: User, coordinator: User
) -> None:
    client = browser(alice)
    sent = fill(client, LIST, kind="position", text=SECRET)
    assert client.post(LIST, sent | {"text": ""}).status_code == 422
    page = says(client.post(LIST, sent, follow=True))
    assert (SECRET in page, "own delegation only" in page) == (True, True)
    note = Note.objects.get()
    assert SECRET not in says(browser(dave).get(LIST))
    client.post(LIST, fill(client, LIST, text="We agree.", audience="process"))
    assert "We agree." in says(browser(coordinator).get(LIST))
    where = reverse("note-withdraw", args=["valley", 1, note.pk])
    assert browser(dave).get(where).status_code == 404
    assert client.post(where, fill(client, where)).status_code == 422
    assert client.post(where, fill(client, where, because="Overtaken.")).headers["Location"] == LIST
    assert SECRET not in says(client.get(LIST))
    assert "Alice withdrew it" in says(client.get(where))


def test_who_reads_a_note_of_another_delegation_does_not_withdraw_it(
    commitment: Commitment, alice: User, dave: User, coordinator: User
) -> None:
    note = written(alice, commitment, audience="process")
    where = reverse("note-withdraw", args=["valley", 1, note.pk])
    assert [browser(one).get(where).status_code for one in (dave, coordinator)] == [403, 403]
    assert where not in says(browser(dave).get(LIST))
    assert browser(coordinator).post(LIST, {"text": "x"}).status_code == 403


def test_the_page_of_the_commitment_shows_a_delegation_its_own_notes(
    commitment: Commitment, alice: User, dave: User, carol: User, coordinator: User
) -> None:
    written(alice, commitment)
    for n in range(4):
        written(dave, commitment, text=f"Ours {n}", audience="process" if n else "delegation")
    page = says(browser(alice).get(PAGE))
    assert "Your delegation’s notes <small>1</small>" in page
    assert (SECRET in page, "own delegation only" in page, "Ours" in page) == (True, True, False)
    assert '<section class="sec np" id="notes">' in page  # np: not printed
    assert "3 shared by other delegations" in page
    page = says(browser(coordinator).get(PAGE))
    assert (SECRET in page, "Your delegation’s" in page) == (False, False)
    assert "3 shared by other delegations" in page
    Note.every.filter(text__startswith="Ours").update(audience="delegation")
    assert 'id="notes"' not in says(browser(carol).get(PAGE))


def test_many_notes_cost_the_page_no_more_than_a_few(commitment: Commitment, alice: User) -> None:
    client = browser(alice)

    def cost(path: str) -> tuple[int, int]:
        with CaptureQueriesContext(connection) as captured:
            size = len(client.get(path).content)
        return len(captured), size

    for _ in range(4):
        written(alice, commitment, text="Long. " * 100)
    few, bytes_of_few = cost(PAGE)
    listed, _size = cost(LIST)
    Note.objects.bulk_create(
        Note(
            commitment=commitment,
            number=100 + n,
            text="Long. " * 100,
            author=alice,
            delegation=alice.memberships.get().party,
        )
        for n in range(40)
    )
    many, bytes_of_many = cost(PAGE)
    assert many == few
    assert bytes_of_many - bytes_of_few < 100
    assert cost(LIST)[0] <= listed + 1  # it has pages now


# --- API and admin ----------------------------------------------------------------------------


def post(client: Client, path: str, **said: Any) -> Any:
    return client.post(f"/api/{path}", json.dumps(said), content_type="application/json")


def test_notes_are_written_read_and_taken_back_through_the_api(
    commitment: Commitment, alice: User, dave: User, coordinator: User
) -> None:
    client = browser(alice)
    made = post(client, "notes/", commitment=commitment.pk, kind="position", text=SECRET)
    assert (made.status_code, made.json()["audience"]) == (201, "delegation")
    where = f"notes/{made.json()['id']}/"
    assert client.get(f"/api/{where}").json() == made.json()
    counts = [
        len(browser(one).get("/api/notes/?process=valley&kind=position").json()["results"])
        for one in (alice, dave, coordinator)
    ]
    assert counts == [1, 0, 0]
    assert post(browser(dave), f"{where}withdraw/", because="x").status_code == 404
    Note.objects.update(audience="process")
    assert post(browser(dave), f"{where}withdraw/", because="x").status_code == 403
    assert post(client, f"{where}withdraw/", because=" ").status_code == 400
    assert post(client, f"{where}withdraw/", because="Overtaken.").status_code == 204
    assert client.get(f"/api/{where}").status_code == 404


def test_the_api_takes_no_note_from_who_acts_for_no_party(
    commitment: Commitment, coordinator: User, outsider: User
) -> None:
    said = {"commitment": commitment.pk, "kind": "note", "text": SECRET}
    assert post(browser(coordinator), "notes/", **said).status_code == 403
    assert post(browser(outsider), "notes/", **said).json() == {
        "commitment": ["There is no such row here."]
    }


def test_a_coordinator_meets_in_the_admin_what_was_shared_alone(
    commitment: Commitment, alice: User, coordinator: User, other_party: Party
) -> None:
    User.objects.filter(pk=coordinator.pk).update(is_staff=True)
    own, shared = written(alice, commitment), written(alice, commitment, audience="process")
    client = browser(coordinator)
    found = [client.get(address("note", one.pk)).status_code for one in (own, shared)]
    assert (found[0] == 200, found[1]) == (False, 200)
    said = {"commitment": commitment.pk, "kind": "note", "audience": "delegation", "text": "Ours"}
    page = send(client, address("note"), **said)
    assert "Who acts for no party writes no note for one." in str(problems(page))
    Membership.objects.filter(user=coordinator).update(party=other_party)
    page = send(client, address("note"), **said)
    assert (page.status_code, problems(page)) == (302, {})
    assert Note.objects.get(text="Ours").delegation == other_party
