"""Who may open a restricted record to others, and what that leaves in the ledger."""

from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from coordination.audiences.access import (
    audiences_for,
    may_read,
    may_release,
    may_set_audience,
    reads_anyway,
)
from coordination.audiences.actions import release, set_audience, withdraw_release
from coordination.audiences.models import Audience, Release
from coordination.base.errors import Refused
from coordination.commitments.models import CheckIn, Commitment, Evidence, Note, Obligation
from coordination.commitments.record import filled
from coordination.commitments.record import lines as lines_of
from coordination.ledger.actions import verify
from coordination.ledger.models import Entry
from coordination.processes.models import Membership, Party, Process
from tests import factories
from tests.conftest import member
from tests.threads import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(
    alice: User, bob: User, carol: User, dave: User, coordinator: User, outsider: User
) -> dict[str, User]:
    people = {"alice": alice, "bob": bob, "carol": carol, "dave": dave}
    return people | {"coordinator": coordinator, "outsider": outsider}


@pytest.fixture
def check_in(obligation: Obligation) -> CheckIn:
    """By alice, for the bodies concerned."""
    return factories.CheckInFactory(obligation=obligation)


@pytest.fixture
def note(commitment: Commitment, party: Party, alice: User) -> Note:
    """Of alice's delegation, and its own."""
    return factories.NoteFactory(commitment=commitment, delegation=party, author=alice)


def those(rule: Any, record: Any, people: dict[str, User]) -> set[str]:
    return {name for name, person in people.items() if rule(person, record)}


def refusal(call: Any) -> tuple[str, str | None]:
    with pytest.raises(Refused) as caught:
        call()
    return caught.value.message, caught.value.field


def released(record: Any, to: Party, by: User, reason: str = "They clear the same field.") -> Any:
    return release(actor=by, record=record, party=to, reason=reason, origin="web")


def test_what_is_for_the_bodies_concerned_is_released_by_who_keeps_one_of_them(
    check_in: CheckIn, people: dict[str, User]
) -> None:
    assert those(may_read, check_in, people) == {"alice", "bob", "carol", "coordinator"}
    assert those(may_release, check_in, people) == {"bob", "coordinator"}
    assert those(may_set_audience, check_in, people) == {"alice", "bob", "coordinator"}


def test_what_is_a_delegations_own_is_released_by_its_head_and_by_no_coordinator(
    note: Note, people: dict[str, User], process: Process, party: Party
) -> None:
    assert those(may_release, note, people) == {"alice"}
    ana = member(process, "Ana", "delegate", party)
    people |= {"ana": ana, "adviser": member(process, "Aron", "monitor", party)}
    assert those(may_release, note, people) == {"alice", "ana"}
    Membership.objects.filter(user=ana).update(heads_delegation=True)
    assert those(may_release, note, people) == {"ana"}
    assert those(may_set_audience, note, people) == {"ana"}
    message, _field = refusal(lambda: released(note, party, people["coordinator"]))
    assert message == "The head of the delegation releases what is its own; nobody else does."
    ana.is_active = False
    ana.save()
    assert those(may_release, note, people) == {"alice"}


def test_an_author_who_left_the_delegation_changes_nothing(
    note: Note, alice: User, other_party: Party
) -> None:
    Membership.objects.filter(user=alice).update(party=other_party)
    assert (may_read(alice, note), may_set_audience(alice, note)) == (False, False)


def test_an_author_who_left_the_process_changes_nothing(check_in: CheckIn, alice: User) -> None:
    assert (check_in.author, may_set_audience(alice, check_in)) == (alice, True)
    alice.memberships.update(ended_at=timezone.now())
    assert may_set_audience(alice, check_in) is False


def test_a_finding_has_a_release_of_its_own(
    obligation: Obligation, other_party: Party, people: dict[str, User]
) -> None:
    finding = factories.VerificationFactory(obligation=obligation, released_at=None)
    assert (those(may_release, finding, people), those(may_set_audience, finding, people)) == (
        set(),
        set(),
    )
    message, _field = refusal(lambda: released(finding, other_party, people["coordinator"]))
    assert message == "A finding is released by who verifies, on its own page."


def test_nobody_releases_evidence_for_a_finding_that_they_may_not_read(
    obligation: Obligation, people: dict[str, User], process: Process, party: Party
) -> None:
    finding = factories.VerificationFactory(obligation=obligation, released_at=None)
    evidence = factories.EvidenceFactory(commitment=obligation.commitment, verification=finding)
    people |= {"one-sided": member(process, "Cyril", "coordinator", party)}
    assert those(may_release, evidence, people) == {"coordinator"}


def test_a_release_opens_a_record_to_one_delegation_until_it_is_taken_back(
    check_in: CheckIn, people: dict[str, User], other_party: Party, process: Process
) -> None:
    dave, coordinator = people["dave"], people["coordinator"]
    row = released(check_in, other_party, coordinator, "  They clear the same field.  ")
    assert may_read(dave, check_in)
    assert list(CheckIn.objects.visible_to(dave)) == [check_in]
    withdraw_release(actor=people["bob"], release=row, origin="web")
    withdraw_release(actor=coordinator, release=row, origin="web")
    assert (may_read(dave, check_in), row.withdrawn_by) == (False, people["bob"])
    entries = Entry.objects.about(check_in).order_by("sequence")
    assert [(one.verb, one.summary) for one in entries] == [
        ("release.made", f"Released {check_in} to BBB: They clear the same field."),
        ("release.withdrawn", f"Took back the release of {check_in} to BBB"),
    ]
    assert list(verify(process)) == []
    # Who may not read the record does not read that it was released, and to whom.
    assert not Entry.objects.visible_to(dave).filter(verb__startswith="release.").exists()
    released(check_in, other_party, coordinator)


def test_what_makes_no_sense_is_refused_beside_its_field(
    check_in: CheckIn, other_party: Party, coordinator: User, dave: User, carol: User
) -> None:
    stranger = factories.PartyFactory()
    assert [
        refusal(lambda: released(check_in, stranger, coordinator)),
        refusal(lambda: released(check_in, other_party, coordinator, " ")),
        refusal(lambda: released(check_in, other_party, carol)),
    ] == [
        ("Choose a party of the process.", "party"),
        ("Say why it is released.", "reason"),
        ("A coordinator releases it, or who keeps one of the bodies concerned.", None),
    ]
    row = released(check_in, other_party, coordinator)
    assert refusal(lambda: released(check_in, other_party, coordinator)) == (
        "It is released to this party already.",
        "party",
    )
    assert (
        "A coordinator releases it"
        in refusal(lambda: withdraw_release(actor=dave, release=row, origin="web"))[0]
    )
    Release.objects.all().delete()


def test_what_was_withdrawn_is_given_to_nobody_else(
    note: Note, alice: User, other_party: Party
) -> None:
    Note.every.filter(pk=note.pk).update(withdrawn_at=note.written_at)
    words = ("It was withdrawn: nobody else is given it any more.", None)
    assert refusal(lambda: released(note, other_party, alice)) == words
    assert (
        refusal(lambda: set_audience(actor=alice, record=note, audience="process", origin="web"))
        == words
    )


def test_a_party_whose_people_all_read_it_reads_it_anyway(
    check_in: CheckIn, process: Process, party: Party, other_party: Party, alice: User, dave: User
) -> None:
    empty = factories.PartyFactory(process=process)
    assert [reads_anyway(check_in, one) for one in (party, other_party, empty)] == [
        *(True, False, False),
    ]


@pytest.mark.django_db(transaction=True)
def test_two_who_release_it_at_once_release_it_once(
    check_in: CheckIn, other_party: Party, coordinator: User, bob: User
) -> None:
    made = at_once(
        *(lambda who=who: released(check_in, other_party, who) for who in (coordinator, bob))
    )
    assert sorted(type(one).__name__ for one in made) == ["Refused", "Release"]
    assert Entry.objects.filter(verb="release.made").count() == 1


# --- Audiences --------------------------------------------------------------------------------


def test_an_author_shares_a_note_and_takes_it_back_to_the_delegation(
    note: Note, alice: User, dave: User, coordinator: User
) -> None:
    set_audience(actor=alice, record=note, audience=Audience.PROCESS, origin="web")
    assert list(Note.objects.visible_to(dave)) == [note]
    shared = Entry.objects.about(note).get()
    assert (shared.verb, shared.before, shared.after) == (
        "audience.changed",
        {"audience": "delegation"},
        {"audience": "process"},
    )
    assert shared.summary == f"{note} is now for everybody in the process"
    note.refresh_from_db()
    set_audience(actor=alice, record=note, audience=Audience.PROCESS, origin="web")
    assert Entry.objects.about(note).count() == 1
    set_audience(actor=alice, record=note, audience=Audience.DELEGATION, origin="web")
    assert [Note.objects.visible_to(one).count() for one in (alice, dave, coordinator)] == [1, 0, 0]
    assert not Entry.objects.visible_to(coordinator).filter(object_type="note").exists()


def test_an_author_narrows_what_they_wrote_and_the_head_alone_opens_it_again(
    note: Note, alice: User, process: Process, party: Party
) -> None:
    head = member(process, "Ana", "delegate", party)
    Membership.objects.filter(user=head).update(heads_delegation=True)

    def choose(who: User, audience: str) -> None:
        set_audience(actor=who, record=note, audience=audience, origin="web")

    for audience in (Audience.PROCESS, Audience.BODIES):
        assert refusal(lambda to=audience: choose(alice, to)) == (
            "The head of the delegation says who reads what is its own.",
            None,
        )
    assert not Entry.objects.about(note).exists()
    choose(head, Audience.PROCESS)
    choose(alice, Audience.DELEGATION)
    note.refresh_from_db()
    assert note.audience == Audience.DELEGATION


def test_what_was_opened_stands_in_the_record_of_the_commitment_for_its_readers(
    check_in: CheckIn, commitment: Commitment, people: dict[str, User], other_party: Party
) -> None:
    evidence = factories.EvidenceFactory(commitment=commitment)
    row = released(check_in, other_party, people["coordinator"])
    withdraw_release(actor=people["coordinator"], release=row, origin="web")
    set_audience(
        actor=people["coordinator"], record=evidence, audience=Audience.PROCESS, origin="web"
    )
    verbs = ["release.made", "release.withdrawn", "audience.changed"]
    for name, expected in (("carol", verbs), ("dave", verbs[2:])):
        lines = filled(lines_of(commitment, people[name]), people[name])
        told = [line.entry.verb for line in lines if line.entry and line.entry.verb in verbs]
        assert (name, told) == (name, expected[::-1])


def test_nobody_makes_their_own_delegations_what_another_wrote(
    check_in: CheckIn, alice: User, bob: User, coordinator: User, party: Party
) -> None:
    assert audiences_for(bob, check_in) == [Audience.PROCESS, Audience.BODIES]
    for person in (bob, coordinator):
        assert refusal(
            lambda who=person: set_audience(
                actor=who, record=check_in, audience="delegation", origin="web"
            )
        ) == (
            "Only who acts for the delegation that wrote it keeps it for that delegation alone.",
            "audience",
        )
    set_audience(actor=alice, record=check_in, audience="delegation", origin="web")
    check_in.refresh_from_db()
    assert (check_in.audience, check_in.delegation) == ("delegation", party)


def test_an_audience_that_does_not_exist_or_is_not_ones_to_choose_is_refused(
    check_in: CheckIn, alice: User, carol: User
) -> None:
    def choose(who: User, audience: str) -> tuple[str, str | None]:
        return refusal(
            lambda: set_audience(actor=who, record=check_in, audience=audience, origin="web")
        )

    assert choose(alice, "everybody") == ("Choose who reads it.", "audience")
    assert choose(carol, "process") == (
        "Its author says who reads it, and who may release it.",
        None,
    )
    assert Evidence.objects.count() == 0
