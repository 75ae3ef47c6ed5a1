"""Findings from their pages: prepared by one, approved by another, pinned to what was read."""

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from coordination.base.errors import Refused
from coordination.bodies.models import Body, Seat
from coordination.commitments.access import rights
from coordination.commitments.actions import (
    Bounded,
    Owed,
    create_commitment,
    findings,
    submit_check_in,
)
from coordination.commitments.actions.agreed_dates import extend_deadline
from coordination.commitments.actions.entering import change_bounds, change_commitment
from coordination.commitments.actions.evidence import add_evidence, supersede_evidence
from coordination.commitments.models import (
    Commitment,
    DeadlineTerm,
    ExpectedOccurrence,
    Level,
    Obligation,
    Verification,
)
from coordination.commitments.rests_on import changed_since
from coordination.commitments.verification_queries import findings_of
from coordination.ledger.actions import Origin
from coordination.ledger.models import Entry
from coordination.processes.models import Membership, Process, Track
from tests import factories
from tests.conftest import member, seated
from tests.threads import at_once

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 6, 1, 7, tzinfo=dt.UTC)
SECRET = "Forty launchers in the barn at Dol."


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def erin(process: Process, verifying_body: Body) -> User:
    """Another monitor of the verifying body."""
    user = member(process, "Erin", Membership.Role.MONITOR)
    return seated(user, verifying_body, Seat.Role.MONITOR)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def verify_path(obligation: Obligation) -> str:
    number = obligation.commitment.number
    return f"/p/valley/commitments/{number}/verify/{obligation.pk}/"


def path(finding: Verification, leaf: str = "") -> str:
    number = finding.obligation.commitment.number
    return f"/p/valley/commitments/{number}/findings/{finding.pk}/{leaf}"


def typed(**fields: Any) -> dict[str, Any]:
    given = {
        "level": "2",
        "found": "Two of five positions are empty.",
        "article": "Art. IX",
        "method": "site_visit",
        "proof": "balance",
        "confidence": "high",
        "occurred_on": "2026-05-28",
        "learned_on": "",
    }
    return given | {"submission": str(uuid.uuid4())} | fields


def button(what: str, **fields: Any) -> dict[str, Any]:
    return {"what": what, "submission": str(uuid.uuid4())} | fields


def prepare(obligation: Obligation, actor: User, **fields: Any) -> Verification:
    return findings.prepare_verification(
        **{
            "actor": actor,
            "obligation": obligation,
            "body": obligation.commitment.verifying_body,
            "level": Level.MINIMUM,
            "found": SECRET,
            "occurred_on": dt.date(2026, 5, 28),
            "origin": Origin.WEB,
            **fields,
        }
    )


def approve(finding: Verification, actor: User, version: int = 1, **fields: Any) -> Verification:
    return findings.approve_verification(
        actor=actor, verification=finding, version=version, origin=Origin.WEB, **fields
    )


@pytest.fixture
def finding(obligation: Obligation, carol: User) -> Verification:
    return prepare(obligation, carol)


@pytest.fixture
def approved(finding: Verification, erin: User) -> Verification:
    return approve(finding, erin, release=True)


# --- Preparing ----------------------------------------------------------------------------------


def test_a_finding_is_prepared_with_all_that_it_says(obligation, carol, verifying_body) -> None:
    answer = signed_in(carol).post(verify_path(obligation), typed(learned_on="2026-05-30"))
    made = Verification.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, path(made))
    assert (made.level, made.found, made.article) == (
        Level.INTERMEDIATE,
        "Two of five positions are empty.",
        "Art. IX",
    )
    assert (made.method, made.proof, made.confidence) == ("site_visit", "balance", "high")
    assert (made.occurred_on, made.learned_on) == (dt.date(2026, 5, 28), dt.date(2026, 5, 30))
    assert (made.author, made.body, made.counts) == (carol, verifying_body, False)
    obligation.refresh_from_db()
    assert obligation.verified_level is None


def test_the_form_shows_what_it_is_held_against(obligation, carol, alice, commitment) -> None:
    submit_check_in(
        obligation=obligation,
        author=alice,
        level=Level.FULL,
        account="All five are empty.",
        origin=Origin.WEB,
    )
    html = signed_in(carol).get(verify_path(obligation)).content.decode()
    assert "All five are empty." in html
    assert f'value="{commitment.reference}"' in html
    assert "Nothing has been found yet." in html


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"level": ""}, "Choose one of the four levels."),
        ({"found": ""}, "Say what was found."),
        ({"method": ""}, "Say how it was found."),
        ({"occurred_on": ""}, "Say when it was so."),
        ({"occurred_on": "2026-06-02"}, "What was found cannot have happened after today."),
        ({"learned_on": "2026-05-20"}, "It is learned of when it has happened, or later."),
    ],
)
def test_an_incomplete_finding_is_shown_again_with_what_was_typed(
    obligation, carol, fields: dict[str, str], says: str
) -> None:
    page = signed_in(carol).post(verify_path(obligation), typed(article="Art. XX") | fields)
    assert page.status_code == 422
    assert says in page.content.decode()
    assert 'value="Art. XX"' in page.content.decode()
    assert not Verification.objects.exists()


def test_a_form_sent_twice_prepares_one_finding(obligation, carol) -> None:
    client, form = signed_in(carol), typed()
    assert [client.post(verify_path(obligation), form).status_code for _ in range(2)] == [302] * 2
    assert Verification.objects.count() == 1


def test_only_who_verifies_prepares(obligation, alice, bob, dave, outsider, coordinator) -> None:
    answers = [signed_in(user).get(verify_path(obligation)) for user in (alice, bob, dave)]
    assert [answer.status_code for answer in answers] == [403] * 3
    assert signed_in(outsider).get(verify_path(obligation)).status_code == 404
    assert signed_in(coordinator).get(verify_path(obligation)).status_code == 200


def test_who_acts_for_who_owes_it_prepares_nothing(obligation, process, party, verifying_body):
    monitor = member(process, "Mona", Membership.Role.DELEGATE, party)
    seated(monitor, verifying_body, Seat.Role.MONITOR)
    assert signed_in(monitor).post(verify_path(obligation), typed()).status_code == 403


def test_who_wrote_a_version_does_not_approve_it(finding, carol, erin, coordinator) -> None:
    revised = findings.revise_verification(
        actor=erin, verification=finding, version=1, level=Level.FULL, origin=Origin.WEB
    )
    for writer in (carol, erin):
        with pytest.raises(Refused, match="You prepared or revised this finding"):
            approve(revised, writer, version=2)
        page = signed_in(writer).get(path(finding))
        assert 'value="approve"' not in page.content.decode()
        assert signed_in(writer).post(path(finding), button("approve")).status_code == 403
    assert approve(revised, coordinator, version=2).approved_by == coordinator


def test_a_body_that_verifies_it_no_longer_releases_nothing(
    finding, erin, coordinator, lead_body, commitment
) -> None:
    approve(finding, erin)
    change_commitment(
        actor=coordinator, commitment=commitment, verifying_body=lead_body, origin=Origin.WEB
    )
    with pytest.raises(Refused, match="does not verify"):
        findings.release_verification(actor=coordinator, verification=finding, origin=Origin.WEB)


def test_a_finding_names_a_time_that_is_expected(commitment, obligation, carol) -> None:
    Commitment.objects.filter(pk=commitment.pk).update(
        kind=Commitment.Kind.RECURRING, every_amount=1, every_unit="months"
    )
    obligation.commitment.refresh_from_db()
    rows = [
        ExpectedOccurrence.objects.create(obligation=obligation, number=n, due_on=NOW.date())
        for n in (1, 2)
    ]
    ExpectedOccurrence.objects.filter(number=1).update(called_off_at=NOW)
    rows[0].refresh_from_db()
    for time, words in ((None, "Choose which of the times"), (rows[0], "it was called off")):
        with pytest.raises(Refused, match=words) as caught:
            prepare(obligation, carol, expected=time)
        assert caught.value.field == "expected"
    assert prepare(obligation, carol, expected=rows[1]).expected == rows[1]


# --- What is not released -----------------------------------------------------------------------


def test_what_is_not_released_is_hidden_from_the_others(
    finding, obligation, alice, bob, dave, lead_body
) -> None:
    review = factories.ReviewFactory(body=lead_body)
    item = factories.AgendaItemFactory(review=review, commitment=obligation.commitment)
    places = [
        f"/p/valley/reviews/{review.pk}/items/{item.order}/",
        f"/p/valley/commitments/{obligation.commitment.number}/",
        "/api/verifications/?process=valley",
        f"/p/valley/commitments/{obligation.commitment.number}/record/",
        f"/p/valley/commitments/{obligation.commitment.number}/reports/{obligation.pk}/",
        f"/p/valley/commitments/{obligation.commitment.number}/check-in/{obligation.pk}/",
        "/p/valley/ledger/",
        "/api/obligations/",
        "/api/commitments/",
    ]
    for user in (alice, bob, dave):
        client = signed_in(user)
        assert client.get(path(finding)).status_code == 404
        assert client.get(path(finding, "revise/")).status_code == 404
        assert client.post(path(finding), button("approve", version=1)).status_code == 404
        for place in places:
            answer = client.get(place)
            shown = SECRET in answer.content.decode()
            assert (place, answer.status_code in (200, 403), shown) == (place, True, False)


def test_what_is_not_released_is_seen_by_its_author_the_body_and_coordinators(
    finding, carol, erin, coordinator
) -> None:
    for user in (carol, erin, coordinator):
        page = signed_in(user).get(path(finding))
        assert SECRET in page.content.decode()
        assert "To be approved" in page.content.decode()


def test_once_released_every_member_reads_it(approved, alice, dave, outsider) -> None:
    for user in (alice, dave):
        assert SECRET in signed_in(user).get(path(approved)).content.decode()
    assert signed_in(outsider).get(path(approved)).status_code == 404


def test_a_finding_that_was_withdrawn_unreleased_stays_hidden(finding, carol, alice) -> None:
    findings.withdraw_verification(
        actor=carol, verification=finding, because="Dol was the wrong village.", origin=Origin.WEB
    )
    assert signed_in(alice).get(path(finding)).status_code == 404
    assert signed_in(carol).get(path(finding)).status_code == 200
    assert "wrong village" not in Entry.objects.latest("sequence").summary


# --- Two persons --------------------------------------------------------------------------------


def test_another_person_approves_and_releases(finding, erin, obligation) -> None:
    form = button("approve", version=1, release="1")
    assert signed_in(erin).post(path(finding), form).status_code == 302
    finding.refresh_from_db()
    assert (finding.approved_by, finding.released_by, finding.counts) == (erin, erin, True)
    obligation.refresh_from_db()
    assert obligation.verified_level == Level.MINIMUM


def test_an_approval_without_a_release_changes_no_level(finding, erin, carol, obligation) -> None:
    signed_in(erin).post(path(finding), button("approve", version=1))
    obligation.refresh_from_db()
    assert obligation.verified_level is None
    assert signed_in(carol).post(path(finding), button("release")).status_code == 302
    obligation.refresh_from_db()
    assert obligation.verified_level == Level.MINIMUM


def test_nobody_approves_their_own_finding(finding, carol) -> None:
    client = signed_in(carol)
    assert 'value="approve"' not in client.get(path(finding)).content.decode()
    assert client.post(path(finding), button("approve", version=1)).status_code == 403
    finding.refresh_from_db()
    assert finding.approved_at is None


def test_a_coordinator_s_own_finding_waits_for_another_too(obligation, coordinator) -> None:
    own = prepare(obligation, coordinator)
    answer = signed_in(coordinator).post(path(own), button("approve", version=1))
    assert answer.status_code == 403


def test_who_only_reads_presses_no_button(approved, alice) -> None:
    html = signed_in(alice).get(path(approved)).content.decode()
    assert 'name="what"' not in html
    for what in ("approve", "release", "withdraw"):
        assert signed_in(alice).post(path(approved), button(what, version=1)).status_code == 403


# --- The version that was read ------------------------------------------------------------------


def test_what_was_revised_meanwhile_is_not_approved(finding, carol, erin) -> None:
    signed_in(carol).post(path(finding, "revise/"), revision(carol, finding, found="Six."))
    page = signed_in(erin).post(path(finding), button("approve", version=1, release="1"))
    assert page.status_code == 409
    html = page.content.decode()
    assert "The finding was revised meanwhile, and is shown as it is now: read it again." in html
    assert "Six." in html
    assert 'name="version" value="2"' in html
    finding.refresh_from_db()
    assert finding.approved_at is None


def revision(user: User, finding: Verification, **fields: Any) -> dict[str, Any]:
    """The form as its page sends it, with other words in it."""
    form = signed_in(user).get(path(finding, "revise/")).context["form"]
    said = {name: form[name].value() for name in form.fields}
    return {name: "" if value is None else str(value) for name, value in said.items()} | fields


def test_a_revision_makes_a_new_version(finding, carol, erin) -> None:
    answer = signed_in(erin).post(
        path(finding, "revise/"), revision(erin, finding, level="2", found="Four of five.")
    )
    assert answer.status_code == 302
    finding.refresh_from_db()
    assert (finding.version, finding.level, finding.found, finding.author) == (
        2,
        Level.INTERMEDIATE,
        "Four of five.",
        carol,
    )


def test_who_revises_after_another_sees_what_changed_and_loses_no_text(
    finding, carol, erin
) -> None:
    mine, theirs = revision(carol, finding, found="Mine."), revision(erin, finding, found="Theirs.")
    signed_in(erin).post(path(finding, "revise/"), theirs)
    client = signed_in(carol)
    page = client.post(path(finding, "revise/"), mine)
    assert page.status_code == 422
    html = page.content.decode()
    assert "Erin wrote meanwhile: “Theirs.”." in html
    assert ">\nMine.</textarea>" in html
    again = mine | {"seen": page.context["form"]["seen"].value()}
    assert client.post(path(finding, "revise/"), again).status_code == 302
    finding.refresh_from_db()
    assert (finding.version, finding.found) == (3, "Mine.")


def test_what_is_approved_is_not_revised(finding, carol, erin) -> None:
    form = revision(carol, finding, found="Six.")
    approve(finding, erin)
    page = signed_in(carol).post(path(finding, "revise/"), form)
    assert page.status_code == 422
    assert "The finding is approved, and stays as it is" in page.content.decode()
    assert "Six." in page.content.decode()
    finding.refresh_from_db()
    assert (finding.version, finding.found) == (1, SECRET)
    assert signed_in(carol).get(path(finding, "revise/"))["Location"] == path(finding)


@pytest.mark.django_db(transaction=True)
def test_of_an_approval_and_a_revision_at_once_one_wins(finding, carol, erin) -> None:
    def revise() -> None:
        findings.revise_verification(
            actor=carol, verification=finding, version=1, found="Six.", origin=Origin.WEB
        )

    answers = at_once(revise, lambda: approve(finding, erin))
    assert [type(one).__name__ for one in answers].count("Overtaken") == 1
    finding.refresh_from_db()
    seen = (finding.version, finding.found, bool(finding.approved_at))
    assert seen in [(1, SECRET, True), (2, "Six.", False)]


def test_what_was_withdrawn_meanwhile_is_not_approved(finding, carol, erin) -> None:
    signed_in(carol).post(path(finding), button("withdraw", because="Wrong village."))
    page = signed_in(erin).post(path(finding), button("approve", version=1))
    assert page.status_code == 409
    assert "The finding was withdrawn: nothing is changed." in page.content.decode()


def test_a_withdrawal_says_why_and_lets_what_was_found_before_count(
    approved, obligation, carol, erin
) -> None:
    later = prepare(obligation, carol, level=Level.FULL)
    approve(later, erin, release=True)
    client = signed_in(carol)
    page = client.post(path(later), button("withdraw", because=" "))
    assert (page.status_code, "Say why." in page.content.decode()) == (422, True)
    assert client.post(path(later), button("withdraw", because="A mix-up.")).status_code == 302
    obligation.refresh_from_db()
    assert obligation.verified_level == Level.MINIMUM
    assert "A mix-up." in client.get(path(later)).content.decode()


def test_a_body_that_does_not_verify_it_any_more_approves_nothing(
    finding, erin, commitment, lead_body
) -> None:
    Commitment.objects.update(verifying_body=lead_body)
    seated(erin, lead_body, Seat.Role.MEMBER)
    page = signed_in(erin).post(path(finding), button("approve", version=1))
    assert page.status_code == 422
    assert "Verification Mission does not verify C-1." in page.content.decode()


# --- What it rested on --------------------------------------------------------------------------


def test_an_untouched_finding_rests_on_what_it_rested_on(approved, alice) -> None:
    assert changed_since(approved) == []
    assert "Changed since" not in signed_in(alice).get(path(approved)).content.decode()


def _text(obligation: Obligation, coordinator: User) -> None:
    change_commitment(
        actor=coordinator, commitment=obligation.commitment, text="By noon.", origin=Origin.WEB
    )


def _bounds(obligation: Obligation, coordinator: User) -> None:
    change_bounds(
        actor=coordinator,
        commitment=obligation.commitment,
        bounds=[Bounded("at_most", Decimal(40), "launchers")],
        origin=Origin.WEB,
    )


def _due(obligation: Obligation, coordinator: User) -> None:
    extend_deadline(
        actor=coordinator,
        commitment=obligation.commitment,
        amount=5,
        agreed_by="The Commission",
        agreed_on=dt.date(2026, 5, 30),
        origin=Origin.WEB,
    )


def _report(obligation: Obligation, _coordinator: User) -> None:
    submit_check_in(
        obligation=obligation, author=obligation.focal_point, level=Level.FULL, origin=Origin.WEB
    )


def _evidence(obligation: Obligation, coordinator: User) -> None:
    supersede_evidence(
        actor=coordinator,
        evidence=obligation.verifications.get().evidence.get(),
        title="Photographs, second set",
        source="Patrol 7",
        url="https://mission.example/2",
        origin=Origin.WEB,
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_text, "the text of the commitment"),
        (_bounds, "the numbers that it sets"),
        (_due, "the date in force"),
        (_report, "what its owner reports"),
        (_evidence, "the evidence"),
    ],
)
def test_what_changed_since_the_approval_is_flagged(
    finding, erin, obligation, coordinator, alice, change: Any, words: str
) -> None:
    add_evidence(
        actor=coordinator,
        commitment=obligation.commitment,
        title="Photographs",
        source="Patrol 7",
        url="https://mission.example/1",
        verification=finding,
        origin=Origin.WEB,
    )
    approve(finding, erin, release=True)
    change(obligation, coordinator)
    now = Verification.objects.get()
    assert changed_since(now) == [words]
    html = signed_in(alice).get(path(now)).content.decode()
    assert f"Changed since it was approved:</span> {words}." in html


def test_the_language_of_the_reader_changes_nothing(
    finding, erin, obligation, coordinator, alice
) -> None:
    _bounds(obligation, coordinator)
    approve(finding, erin, release=True)
    User.objects.filter(pk=alice.pk).update(language="fr")
    alice.refresh_from_db()
    page = signed_in(alice).get(path(finding), HTTP_ACCEPT_LANGUAGE="fr")
    assert page.context["changed"] == []


def test_of_one_of_several_times_only_a_report_on_that_time_counts(
    process, party, alice, carol, erin, coordinator, verifying_body
) -> None:
    commitment = create_commitment(
        actor=coordinator,
        process=process,
        owed=[Owed(party, focal_point=alice)],
        terms=[{"on": dt.date(2026, 1, 1), "purpose": DeadlineTerm.Purpose.START}],
        origin=Origin.WEB,
        reference="Art. V",
        title="Report on detainees",
        track=Track.HUMANITARIAN,
        kind=Commitment.Kind.RECURRING,
        every_amount=1,
        every_unit="months",
        verifying_body=verifying_body,
    )
    owed = commitment.obligations.get()
    april, may = ExpectedOccurrence.objects.filter(obligation=owed, number__in=(4, 5))
    answer = signed_in(carol).post(verify_path(owed), typed(expected=str(april.pk)))
    made = Verification.objects.get()
    assert (answer.status_code, made.expected) == (302, april)
    approve(made, erin, release=True)

    def say(time: ExpectedOccurrence) -> list[str]:
        submit_check_in(
            obligation=owed, author=alice, level=Level.FULL, expected=time, origin=Origin.WEB
        )
        return changed_since(Verification.objects.get())

    assert (say(may), say(april)) == ([], ["what its owner reports"])


# --- On the commitment's page -------------------------------------------------------------------


def test_the_section_shows_what_counts_and_what_waits_to_who_may_see_it(
    approved, obligation, process, carol, erin, alice, django_assert_num_queries
) -> None:
    submit_check_in(
        obligation=obligation,
        author=alice,
        level=Level.FULL,
        origin=Origin.WEB,
        at=NOW - dt.timedelta(days=2),
    )
    later = prepare(obligation, carol)
    obligation.refresh_from_db()

    def section(user: User) -> Any:
        may = rights(user, obligation.commitment)
        with django_assert_num_queries(5):  # two of them for the reader's capacities
            (row,) = findings_of([obligation], user, may)
        return row

    for user, waiting, may_verify in ((erin, [later], True), (alice, [], False)):
        row = section(user)
        assert (row.last, row.waiting, row.may_verify) == (approved, waiting, may_verify)
        assert (row.behind, row.is_contradicted, row.total) == (2, True, 1)


def test_the_page_of_a_finding_is_read_in_a_constant_number_of_queries(approved, carol) -> None:
    client, counts = signed_in(carol), []
    for round in range(2):
        for n in range(1 + 4 * round):
            number = 10 * round + n + 1
            factories.CheckInFactory(obligation=approved.obligation, number=number)
            factories.EvidenceFactory(
                commitment=approved.obligation.commitment, verification=approved, number=number
            )
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path(approved)).status_code == 200
        counts.append(len(queries))
    assert counts[1] == counts[0]


# --- What a release moves -----------------------------------------------------------------------


def test_what_a_release_would_move_is_shown_before_it_does(
    obligation, process, party, coordinator, carol, erin
) -> None:
    term = {"after_commitment": obligation.commitment, "amount": 5}
    dependent = create_commitment(
        actor=coordinator,
        process=process,
        owed=[Owed(party)],
        terms=[term],
        origin=Origin.WEB,
        reference="Art. X",
        title="Hand over the depots",
        track=Track.MILITARY,
    )
    finding = prepare(obligation, carol, level=Level.FULL)
    client, form = signed_in(erin), button("approve", version=1, release="1")
    page = client.post(path(finding), form)
    assert page.status_code == 200
    html = page.content.decode()
    assert "1 due day would move" in html
    assert "Hand over the depots" in html
    finding.refresh_from_db()
    assert finding.approved_at is None
    preview = page.context["preview"]
    again = client.post(path(finding), form | {"again": "form"})
    assert (again.status_code, "Approve and release" in again.content.decode()) == (200, True)
    confirmed = dict(preview.carried) | {"shown": preview.digest}
    assert client.post(path(finding), confirmed).status_code == 302
    due = dependent.obligations.get().due_on
    finding.refresh_from_db()
    assert (finding.counts, due) == (True, dt.date(2026, 6, 2))


def test_the_form_names_no_finding_of_another_body_that_is_not_released(
    obligation: Obligation, lead_body: Body, carol: User
) -> None:
    given: dict[str, Any] = {"obligation": obligation, "approved_at": None, "released_at": None}
    own = factories.VerificationFactory(author=carol, **given)
    other = factories.VerificationFactory(body=lead_body, **given)
    page = signed_in(carol).get(verify_path(obligation)).content.decode()
    assert [path(one) in page for one in (own, other)] == [True, False]


def test_the_form_lists_evidence_that_only_something_unseen_takes_the_place_of(
    obligation: Obligation, commitment: Commitment, lead_body: Body, carol: User
) -> None:
    hidden = factories.VerificationFactory(
        obligation=obligation, body=lead_body, approved_at=None, released_at=None
    )
    given: dict[str, Any] = {"commitment": commitment, "audience": "process"}
    first = factories.EvidenceFactory(number=1, title="Transfer list", **given)
    factories.EvidenceFactory(
        number=2, title="Barn at Dol", supersedes=first, verification=hidden, **given
    )
    page = signed_in(carol).get(verify_path(obligation)).content.decode()
    assert ("Transfer list" in page, "Barn at Dol" in page) == (True, False)
