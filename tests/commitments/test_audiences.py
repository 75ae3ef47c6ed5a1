"""Who reads an account and what it rests on: its audience, on every page and in every answer."""

import datetime as dt
import json
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from coordination.audiences.models import Audience
from coordination.base.errors import Refused
from coordination.commitments.actions import submit_check_in
from coordination.commitments.actions.evidence import add_evidence, supersede_evidence
from coordination.commitments.chain_facts import load
from coordination.commitments.models import CheckIn, CheckInDraft, Evidence, Level, Obligation
from coordination.ledger.actions import Origin
from coordination.ledger.models import Entry
from coordination.processes.models import Membership, Party, Process
from tests.conftest import member
from tests.editing import browser, says

pytestmark = pytest.mark.django_db

WORDS, TITLE, ADDRESS = "wagtail account", "wagtail list", "https://wagtail.example/1"
PROCESS, BODIES, DELEGATION = Audience.PROCESS, Audience.BODIES, Audience.DELEGATION
NAMES = ("alice", "anna", "bob", "carol", "coordinator", "dave", "observer")
#: Who reads what the owing party reports, by the audience.
READERS = {
    PROCESS: {*NAMES},
    BODIES: {"alice", "anna", "bob", "carol", "coordinator"},
    DELEGATION: {"alice", "anna"},
}


@pytest.fixture
def cast(
    process: Process,
    party: Party,
    alice: User,
    bob: User,
    carol: User,
    dave: User,
    coordinator: User,
) -> dict[str, User]:
    """Beside the cast of all tests anna, of the same delegation as alice, and an observer."""
    anna = member(process, "Anna", Membership.Role.DELEGATE, party)
    observer = member(process, "Olga", Membership.Role.OBSERVER)
    people = (alice, anna, bob, carol, coordinator, dave, observer)
    return dict(zip(NAMES, people, strict=True))


def report(obligation: Obligation, audience: str | None = None, **said: Any) -> CheckIn:
    given = {"level": Level.MINIMUM, "account": WORDS, "obstacle": "means", "origin": Origin.WEB}
    author = obligation.focal_point
    return submit_check_in(obligation=obligation, author=author, audience=audience, **given | said)[
        0
    ]


def add(obligation: Obligation, actor: Any, audience: str | None = None, **said: Any) -> Evidence:
    given: dict[str, Any] = {"title": TITLE, "source": "A driver", "url": ADDRESS}
    given |= {"commitment": obligation.commitment, "obligation": obligation, "origin": Origin.WEB}
    return add_evidence(actor=actor, audience=audience, **given | said)


def told(cast: dict[str, User], address: str, kind: str) -> dict[Audience, set[str]]:
    """By audience to whom the page tells what is for it."""
    pages = {name: browser(person).get(address) for name, person in cast.items()}
    assert {page.status_code for page in pages.values()} == {200}
    texts = {name: page.content.decode() for name, page in pages.items()}
    return {
        audience: {name for name, text in texts.items() if f"wagtail {kind} {audience}" in text}
        for audience in Audience
    }


@pytest.fixture
def reported(obligation: Obligation) -> dict[str, CheckIn]:
    """By its audience a check-in each."""
    return {one: report(obligation, one, account=f"wagtail account {one}") for one in Audience}


@pytest.mark.parametrize("leaf", ["", "record/", "reports/{}/"])
def test_an_account_is_on_a_page_for_its_audience_and_the_level_for_everybody(
    leaf: str, cast: dict[str, User], obligation: Obligation, reported: dict[str, CheckIn]
) -> None:
    address = "/p/valley/commitments/1/" + leaf.format(obligation.pk)
    assert told(cast, address, "account") == READERS
    words = says(browser(cast["observer"]).get(address))
    for audience in (BODIES, DELEGATION):
        assert words.count(f"The account is for {audience.label}.") == 1
    assert words.count("Minimum") >= 3


def test_the_api_answers_with_check_ins_to_their_audience(
    cast: dict[str, User], obligation: Obligation, reported: dict[str, CheckIn]
) -> None:
    for address in ("/api/check-ins/", f"/api/obligations/{obligation.pk}/check-ins/"):
        assert told(cast, address, "account") == READERS
    client = browser(cast["dave"])
    forbidden = client.get(f"/api/check-ins/{reported[BODIES].pk}/")
    unknown = client.get("/api/check-ins/999999/")
    assert (forbidden.status_code, forbidden.content) == (404, unknown.content)
    standing = client.get(f"/api/obligations/{obligation.pk}/").json()
    assert standing["reported_level"] == Level.MINIMUM


def test_when_it_is_expected_is_told_to_whom_the_report_is_for(
    process: Process, cast: dict[str, User], obligation: Obligation
) -> None:
    day = process.today() + dt.timedelta(days=20)
    report(obligation, next_expected_on=day)
    key = obligation.commitment_id
    for name in ("alice", "dave"):
        one = browser(cast[name]).get(f"/api/obligations/{obligation.pk}/").json()
        assert one["next_expected_on"] == (day.isoformat() if name == "alice" else None)
        inside = browser(cast[name]).get(f"/api/commitments/{key}/").json()["obligations"]
        assert [one["next_expected_on"] for one in inside] == [
            day.isoformat() if name == "alice" else None
        ]
        fact = load(process, cast[name]).facts[key]
        assert fact.expected_on == (day if name == "alice" else None)


def test_the_ledger_tells_nothing_of_an_account_to_others(
    cast: dict[str, User], obligation: Obligation
) -> None:
    report(obligation, next_expected_on=obligation.commitment.process.today())
    add(obligation, cast["alice"])
    for name in ("alice", "dave"):
        entries = Entry.objects.visible_to(cast[name])
        told = json.dumps([[one.object_label, one.summary, one.after] for one in entries])
        assert (WORDS in told, TITLE in told) == ((True, True) if name == "alice" else (False,) * 2)


def test_a_verifier_is_told_the_level_of_what_a_delegation_keeps(
    cast: dict[str, User], obligation: Obligation
) -> None:
    report(obligation, DELEGATION)
    words = says(browser(cast["carol"]).get(reverse("verify", args=["valley", 1, obligation.pk])))
    assert (WORDS in words, "Minimum" in words) == (False, True)
    assert "The account is for the delegation alone." in words


@pytest.fixture
def added(obligation: Obligation, alice: User) -> dict[str, Evidence]:
    """By its audience a piece of evidence each, about what alice's party owes."""
    return {one: add(obligation, alice, one, title=f"wagtail list {one}") for one in Audience}


def test_evidence_is_there_for_its_audience(
    cast: dict[str, User], obligation: Obligation, added: dict[str, Evidence]
) -> None:
    listed = reverse("evidence-list", args=["valley", 1])
    for address in (listed, "/api/evidence/"):
        assert told(cast, address, "list") == READERS
    client = browser(cast["dave"])
    assert "1 item" in says(client.get("/p/valley/commitments/1/"))
    for name in ("evidence", "evidence-file"):
        kept = client.get(reverse(name, args=["valley", 1, added[BODIES].number]))
        unknown = client.get(reverse(name, args=["valley", 1, 99]))
        assert (kept.status_code, unknown.status_code) == (404, 404)


def test_what_a_delegation_adds_for_itself_is_kept_from_the_owner_and_the_coordinator(
    cast: dict[str, User], obligation: Obligation
) -> None:
    one = add(obligation, cast["bob"], DELEGATION)
    seen = {n for n in cast if Evidence.objects.visible_to(cast[n]).filter(pk=one.pk).exists()}
    assert seen == {"bob"}


def test_the_admin_shows_accounts_and_evidence_to_their_audience(
    process: Process, cast: dict[str, User], obligation: Obligation
) -> None:
    User.objects.filter(pk__in=[one.pk for one in cast.values()]).update(is_staff=True)
    kept, shared = report(obligation, DELEGATION), report(obligation, BODIES, account="A plover.")
    add(obligation, cast["alice"], DELEGATION)
    address = reverse("admin:coordination_obligation_change", args=[obligation.pk])
    for name, told in (("coordinator", (False, True)), ("dave", (False, False))):
        words = browser(cast[name]).get(address).content.decode()
        assert (WORDS in words, shared.account in words) == told
        for path in (
            reverse("admin:coordination_checkin_change", args=[kept.pk]),
            reverse("admin:coordination_evidence_changelist"),
            reverse("admin:coordination_checkin_changelist") + "?q=wagtail",
        ):
            answer = browser(cast[name]).get(path, follow=True)
            assert TITLE not in answer.content.decode()
            assert WORDS not in answer.content.decode()


def test_what_supersedes_a_piece_of_another_delegation_is_ones_own(
    cast: dict[str, User], obligation: Obligation, guarantor: Party, other_party: Party
) -> None:
    kept = add(obligation, cast["bob"], DELEGATION)
    said: dict[str, Any] = {"title": TITLE, "source": "A driver", "url": ADDRESS, "origin": "web"}
    with pytest.raises(Refused) as refused:
        supersede_evidence(actor=cast["coordinator"], evidence=kept, **said)
    assert (refused.value.message, refused.value.field) == (
        "You act for no party: choose who else reads it.",
        "audience",
    )
    made = supersede_evidence(actor=cast["dave"], evidence=kept, **said)
    assert (made.audience, made.delegation) == (DELEGATION, other_party)
    assert (kept.audience, kept.delegation) == (DELEGATION, guarantor)


# --- Choosing it ----------------------------------------------------------------------------------


def typed(**fields: Any) -> dict[str, Any]:
    given = {"level": "1", "account": WORDS, "obstacle": "access"}
    return given | {"submission": str(uuid.uuid4())} | fields


def form(obligation: Obligation) -> str:
    return reverse("report", args=["valley", obligation.commitment.number, obligation.pk])


def offered(client: Client, address: str) -> list[str]:
    return [key for key, _label in client.get(address).context["form"].fields["audience"].choices]


def test_who_acts_for_the_owner_may_keep_a_report_to_its_delegation(
    obligation: Obligation, alice: User, coordinator: User
) -> None:
    assert offered(browser(alice), form(obligation)) == [BODIES, DELEGATION, PROCESS]
    assert offered(browser(coordinator), form(obligation)) == [BODIES, PROCESS]
    answer = browser(coordinator).post(form(obligation), typed(audience="delegation"))
    assert (answer.status_code, CheckIn.objects.count()) == (422, 0)
    assert WORDS in answer.content.decode()
    assert browser(alice).post(form(obligation), typed(audience="delegation")).status_code == 302
    made = CheckIn.objects.get()
    assert (made.audience, made.delegation) == (DELEGATION, obligation.party)


def test_what_a_body_owes_is_no_delegations_own(obligation: Obligation, lead_body: Any) -> None:
    obligation.party, obligation.body = None, lead_body
    obligation.save()
    with pytest.raises(Refused, match="A body owes this") as refused:
        report(obligation, DELEGATION)
    assert refused.value.field == "audience"
    assert report(obligation).audience == BODIES


@pytest.mark.parametrize("audience", ["everybody", ""])
def test_an_audience_that_is_none_is_refused(
    audience: str, obligation: Obligation, alice: User
) -> None:
    with pytest.raises(Refused, match="Choose who reads the account"):
        report(obligation, audience)
    with pytest.raises(Refused, match="Choose who reads it"):
        add(obligation, alice, audience)
    assert (CheckIn.objects.count(), Evidence.objects.count()) == (0, 0)


def test_who_acts_for_no_party_keeps_no_evidence_to_one(
    obligation: Obligation, coordinator: User, alice: User
) -> None:
    with pytest.raises(Refused, match="You act for no party"):
        add(obligation, coordinator, DELEGATION)
    address = reverse("evidence-add", args=["valley", 1])
    assert offered(browser(coordinator), address) == [BODIES, PROCESS]
    assert offered(browser(alice), address) == [BODIES, DELEGATION, PROCESS]
    assert add(obligation, alice, DELEGATION).delegation == obligation.party


def test_a_correction_is_read_by_those_who_read_what_it_corrects_unless_it_says_otherwise(
    obligation: Obligation, alice: User
) -> None:
    first = report(obligation, DELEGATION)
    second = report(obligation, revises=first, level=Level.INTERMEDIATE)
    assert (second.audience, second.delegation) == (DELEGATION, obligation.party)
    third = report(obligation, PROCESS, revises=second)
    assert (third.audience, third.delegation) == (PROCESS, None)
    page = browser(alice).get(f"{form(obligation)}?correct=3")
    assert page.context["form"]["audience"].value() == PROCESS


def test_the_same_form_for_other_readers_is_another_report(obligation: Obligation) -> None:
    key = uuid.uuid4()
    first = report(obligation, BODIES, submission=key)
    assert report(obligation, BODIES, submission=key) == first
    second = report(obligation, PROCESS, submission=key)
    assert (second.revises, second.audience, CheckIn.objects.count()) == (first, PROCESS, 2)


def test_what_supersedes_a_piece_is_read_by_those_who_read_that(
    obligation: Obligation, alice: User
) -> None:
    old = add(obligation, alice, DELEGATION)
    said = {"title": "Later", "source": "A driver", "url": ADDRESS, "origin": Origin.WEB}
    new = supersede_evidence(actor=alice, evidence=old, **said)
    assert (new.audience, new.delegation) == (DELEGATION, obligation.party)
    wider = supersede_evidence(actor=alice, evidence=new, audience=BODIES, **said)
    assert (wider.audience, wider.delegation) == (BODIES, None)


def test_a_draft_keeps_who_is_to_read_it(obligation: Obligation, alice: User) -> None:
    client = browser(alice)
    client.post(form(obligation), typed(audience="process", draft="1"))
    assert CheckInDraft.objects.get().words["audience"] == "process"
    assert client.get(form(obligation)).context["form"]["audience"].value() == "process"


def test_the_api_takes_an_audience(obligation: Obligation, alice: User, coordinator: User) -> None:
    address = f"/api/obligations/{obligation.pk}/check-ins/"

    def sent(person: User, **said: Any) -> Any:
        body = {"level": 1, "account": WORDS} | said
        return browser(person).post(address, json.dumps(body), content_type="application/json")

    assert sent(alice).json()["audience"] == BODIES
    assert sent(alice, audience="delegation").json()["audience"] == DELEGATION
    assert sent(coordinator, audience="delegation").json() == {
        "audience": ["Only who acts for Avaria can keep it to its delegation."]
    }
    assert sent(alice, audience="friends").status_code == 400
