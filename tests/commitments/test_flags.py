"""Disputed, suspended, at risk: who says so, what it does, and how it ends."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from coordination.base.errors import Refused
from coordination.commitments.actions.flags import lift_flag, raise_flag
from coordination.commitments.flag_access import flaggable
from coordination.commitments.models import Commitment, Flag, Obligation
from coordination.commitments.views.fetching import owed_under
from coordination.ledger.actions import Origin, verify
from coordination.ledger.models import Entry
from coordination.processes.models import Party, Process
from tests import factories
from tests.editing import browser, fill, says

pytestmark = pytest.mark.django_db

Flagged = Callable[..., Flag]


@pytest.fixture
def flag(commitment: Commitment, coordinator: User) -> Flagged:
    def raised(kind: str = Flag.Kind.SUSPENDED, **fields: Any) -> Flag:
        given = {"actor": coordinator, "commitment": commitment, "reason": "Talks have stopped."}
        return raise_flag(kind=kind, origin=Origin.WEB, **(given | fields))

    return raised


@pytest.fixture
def second(commitment: Commitment, other_party: Party, dave: User) -> Obligation:
    """What dave's party owes under the same commitment."""
    return factories.ObligationFactory(commitment=commitment, party=other_party, focal_point=dave)


def refusal(call: Callable[[], Any]) -> tuple[str, str | None]:
    with pytest.raises(Refused) as caught:
        call()
    return caught.value.message, caught.value.field


def marked(*obligations: Obligation) -> list[tuple[bool, bool, bool]]:
    for one in obligations:
        one.refresh_from_db()
    return [(one.is_disputed, one.is_suspended, one.is_at_risk) for one in obligations]


def test_a_flag_on_all_marks_each_who_owes_it_and_is_lifted_from_each(
    flag: Flagged, obligation: Obligation, second: Obligation, coordinator: User, process: Process
) -> None:
    row = flag(reason="  Talks have stopped.  ")
    assert (row.reason, row.author) == ("Talks have stopped.", coordinator)
    assert marked(obligation, second) == [(False, True, False)] * 2
    lift_flag(actor=coordinator, flag=row, because="They resumed.", origin="web")
    assert marked(obligation, second) == [(False, False, False)] * 2
    row.refresh_from_db()
    assert (row.lifted_by, row.lifted_because) == (coordinator, "They resumed.")
    said = Entry.objects.filter(verb__startswith="flag.").order_by("sequence")
    code = obligation.commitment.code
    assert [entry.summary for entry in said] == [
        f"Flagged {code} as suspended: Talks have stopped.",
        f"{code} is no longer suspended: They resumed.",
    ]
    assert list(verify(process)) == []


def test_what_was_withdrawn_is_not_flagged(flag: Flagged, obligation: Obligation) -> None:
    Obligation.objects.filter(pk=obligation.pk).update(
        withdrawn_at=obligation.commitment.created_at
    )
    message = "It was withdrawn from the register meanwhile."
    assert refusal(lambda: flag(obligation=obligation)) == (message, None)


def test_a_flag_on_one_who_owes_it_leaves_the_others(
    flag: Flagged, obligation: Obligation, second: Obligation
) -> None:
    flag(Flag.Kind.AT_RISK, obligation=second)
    flag(Flag.Kind.DISPUTED, obligation=second)
    assert marked(obligation, second) == [(False, False, False), (True, False, True)]


def test_one_that_is_flagged_twice_stays_marked_until_both_are_lifted(
    flag: Flagged, obligation: Obligation, coordinator: User
) -> None:
    first, second = flag(), flag(obligation=obligation)
    lift_flag(actor=coordinator, flag=first, because="Over.", origin="web")
    assert marked(obligation) == [(False, True, False)]
    lift_flag(actor=coordinator, flag=second, because="Over.", origin="web")
    assert marked(obligation) == [(False, False, False)]


def test_what_says_nothing_or_says_it_again_is_refused(
    flag: Flagged, obligation: Obligation, coordinator: User
) -> None:
    row = flag()
    assert refusal(flag) == ("It is flagged so already.", "kind")
    assert refusal(lambda: flag("late")) == ("Choose one of the flags.", "kind")
    assert refusal(lambda: flag(Flag.Kind.AT_RISK, reason=" ")) == ("Say why.", "reason")
    foreign = factories.ObligationFactory()
    message = "This is owed under another commitment."
    assert refusal(lambda: flag(obligation=foreign)) == (message, "obligation")
    lift = {"actor": coordinator, "flag": row, "origin": "web"}
    assert refusal(lambda: lift_flag(because="", **lift))[1] == "because"
    lift_flag(because="Over.", **lift)
    lift_flag(because="Again.", **lift)
    row.refresh_from_db()
    assert row.lifted_because == "Over."
    assert flag().pk != row.pk


def test_each_may_flag_what_is_theirs(
    commitment: Commitment, obligation: Obligation, second: Obligation,
    alice: User, bob: User, carol: User, dave: User, coordinator: User, outsider: User,
) -> None:  # fmt: skip
    def may(user: User) -> tuple[bool, set[str]]:
        found = flaggable(user, commitment, owed_under(commitment))
        return found.whole, {one.owner.code for one in found.obligations}

    both = {"AAA", "BBB"}
    assert {user.name: may(user) for user in (alice, bob, carol, dave, coordinator, outsider)} == {
        "Alice": (False, {"AAA"}),
        "Bob": (True, both),
        "Carol": (True, both),
        "Dave": (False, {"BBB"}),
        "Cora": (True, both),
        "Oscar": (False, set()),
    }


def test_a_flag_is_raised_and_lifted_on_pages(
    commitment: Commitment, obligation: Obligation, second: Obligation, alice: User, dave: User
) -> None:
    new = f"/p/valley/commitments/{commitment.number}/flags/new/"
    client = browser(alice)
    empty = client.post(new, fill(client, new, kind="at_risk"))
    assert empty.status_code == 422
    assert "Say why." in says(empty)
    theirs = fill(client, new, kind="at_risk", reason="Snow.", obligation=str(second.pk))
    assert client.post(new, theirs).status_code == 422
    own = fill(client, new, kind="at_risk", reason="Snow.", obligation=str(obligation.pk))
    assert client.post(new, own).status_code == 302
    row = Flag.objects.get()
    assert (row.author, row.obligation) == (alice, obligation)
    lift = f"/p/valley/commitments/{commitment.number}/flags/{row.pk}/lift/"
    assert browser(dave).get(lift).status_code == 403
    assert client.post(lift, fill(client, lift, because="Thaw.")).status_code == 302
    assert "Alice lifted it" in says(client.get(lift))


def test_where_one_party_owes_it_nobody_is_asked_which(
    commitment: Commitment, alice: User, outsider: User, dave: User
) -> None:
    new = f"/p/valley/commitments/{commitment.number}/flags/new/"
    client = browser(alice)
    assert 'name="obligation"' not in says(client.get(new))
    client.post(new, fill(client, new, kind="disputed", reason="The line."))
    assert Flag.objects.get().obligation is None
    assert [Client().get(new).status_code, browser(outsider).get(new).status_code] == [302, 404]
    assert browser(dave).get(new).status_code == 403
