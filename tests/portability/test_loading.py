"""What a loaded file leaves in the database."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import connection

from accounts.models import User
from coordination.base.errors import Refused
from coordination.bodies.models import (
    ChannelTest,
    ContactChannel,
    DisputeStep,
    ProtocolSource,
    Seat,
    Term,
)
from coordination.commitments.models import CheckIn, Obligation, Verification
from coordination.ledger.actions import Origin, verify
from coordination.ledger.models import Entry
from coordination.portability.models import ProcessFile
from coordination.processes.models import Affiliation, AnchorDate, Membership, Party, Process
from coordination.reviews.models import ReviewSeries

from .sample import SAMPLE, changed, load

pytestmark = pytest.mark.django_db


def rows() -> dict[str, int]:
    """How many rows each table of the domain has."""
    tables = [
        table
        for table in connection.introspection.table_names()
        if table.startswith(("coordination_", "accounts_"))
    ]
    with connection.cursor() as cursor:
        counts = {}
        for table in tables:
            cursor.execute(f"SELECT COUNT(*) FROM {table}")
            counts[table] = cursor.fetchone()[0]
    return counts


def test_the_party_no_stays_a_party() -> None:
    process = load(SAMPLE).process
    assert list(process.parties.values_list("code", flat=True)) == ["BOATS", "NO", "SHORE", "UN"]
    assert process.commitments.get(number=2).reference == "Art. 7.10"


def test_every_part_of_the_file_is_in_its_place() -> None:
    process = load(SAMPLE).process
    seats = Seat.objects.filter(body__process=process)
    assert [str(seat) for seat in seats.order_by("body__code", "number")] == [
        "JC 1: Chair",
        "JC 2: Member",
        "JC 3: Member",
        "MISSION 1: Monitor",
    ]
    protocol = process.bodies.get(code="JC").protocol
    assert [(one.order, one.who) for one in protocol.dispute_steps.all()] == [
        (1, "The chair"),
        (2, "The mediator"),
    ]
    series = ReviewSeries.objects.get(body__process=process)
    assert (series.starts_on, series.clock) == (date(2024, 3, 7), time(10))
    provisions = process.agreements.get().provisions
    assert [(one.citation, one.label, str(one.parent)) for one in provisions.all()] == [
        ("Art. 7", "Art. 7", "None"),
        ("Art. 7.1", "Art. 7.1", "Art. 7"),
        ("Art. 7.10", "Art. 7.10", "Art. 7"),
    ]
    assert [(one.user.name, one.role) for one in process.memberships.order_by("pk")] == [
        ("Ida Holm", Membership.Role.COORDINATOR),
        ("Nils Aker", Membership.Role.DELEGATE),
        ("Runa Vik", Membership.Role.DELEGATE),
        ("Tom Reyes", Membership.Role.MONITOR),
    ]


def test_a_party_is_part_of_another() -> None:
    tie = Affiliation.objects.get(party__process=load(SAMPLE).process)
    assert (tie.party.code, tie.kind, tie.other.code) == ("BOATS", "part_of", "SHORE")


def test_a_tie_of_parties_keeps_its_article() -> None:
    load(changed(("part_of: SHORE}", "part_of: {party: SHORE, article: Art. 2}}")))
    assert Affiliation.objects.get().source == "Art. 2"


def test_reporting_lines_lead_to_bodies_parties_and_others() -> None:
    bodies = load(SAMPLE).process.bodies
    assert [str(line) for line in bodies.get(code="JC").lines.all()] == [
        "JC sends its reports to United Nations",
        "JC sends its reports to Friends of the Lakeside talks",
    ]
    first, second = bodies.get(code="MISSION").lines.all()
    assert (first.kind, first.to_body.code, first.started_on) == ("reports_to", "JC", None)
    assert (second.kind, second.to_party.code, second.started_on) == (
        "liaison",
        "NO",
        date(2024, 3, 15),
    )


def test_a_body_has_its_former_names_and_predecessors() -> None:
    mission = load(SAMPLE).process.bodies.get(code="MISSION")
    assert (mission.name, mission.name_on(date(2024, 3, 14))) == (
        "Observer Mission",
        "Observer Team",
    )
    took_over = mission.precessions.get()
    assert (took_over.predecessor.code, took_over.on) == ("PATROL", date(2024, 3, 1))
    assert took_over.predecessor.ended_on == date(2024, 3, 1)


def test_a_body_has_its_composition_roles_and_seats() -> None:
    body = load(SAMPLE).process.bodies.get(code="JC")
    assert [(p.group, p.seats, p.counts_as) for p in body.composition_parts.all()] == [
        ("Mediation", 1, ""),
        ("Northland", 1, "Parties"),
        ("Shore Movement", 1, "Parties"),
    ]
    assert [one.role for one in body.role_terms.all()] == ["chair"]
    assert body.seats.get(number=1).terms.get().tenure == "while the mediation lasts"
    monitor = Seat.objects.get(role="monitor")
    assert (monitor.started_on, monitor.terms.get().handover) == (
        date(2024, 3, 1),
        "Keys are at the harbour.",
    )


def test_a_protocol_is_data_with_its_sources_beside_it() -> None:
    protocol = load(SAMPLE).process.bodies.get(code="JC").protocol
    assert (protocol.meets_times, protocol.meets_per, protocol.convened_by) == (
        1,
        "week",
        "The chair",
    )
    assert (protocol.quorum, protocol.reports_per) == (2, "month")
    assert [(p.group, p.minimum) for p in protocol.quorum_parts.all()] == [("Parties", 1)]
    assert [(one.topic, one.article) for one in protocol.sources.all()] == [("quorum", "Art. 7.3")]
    first, second = protocol.dispute_steps.all()
    assert (str(first.seat), str(second.to_party)) == ("JC 1: Chair", "UN United Nations")


def test_an_article_of_the_protocol_is_the_source_of_the_whole() -> None:
    load(changed(("      reports_per: month\n", "      article: Art. 7\n")))
    assert list(ProtocolSource.objects.values_list("topic", "article")) == [
        ("whole", "Art. 7"),
        ("quorum", "Art. 7.3"),
    ]


def test_a_dispute_step_may_name_a_seat_of_a_body_that_comes_later() -> None:
    load(changed(("who: The chair, seat: 1", "who: The monitor, seat: MISSION/1")))
    assert [str(one.seat) for one in DisputeStep.objects.all()] == ["MISSION 1: Monitor", "None"]


def test_successions_on_two_days_and_a_step_to_a_seat_elsewhere_are_read_back() -> None:
    process = load(
        changed(
            ("who: The chair, seat: 1", "who: The monitor, seat: {body: MISSION, number: 1}"),
            (
                "on: 2024-03-01, article: Art. 8}",
                "on: 2024-03-01, article: Art. 8}, {body: WATCH, how: tasks, on: 2024-05-01}",
            ),
            (
                "  - {code: PATROL,",
                "  - {code: WATCH, name: Lake Watch, track: military}\n  - {code: PATROL,",
            ),
        )
    ).process
    mission = process.bodies.get(code="MISSION")
    rows = mission.precessions.select_related("predecessor")
    assert [(row.predecessor.code, row.kind, row.on, row.source) for row in rows] == [
        ("PATROL", "replaced", date(2024, 3, 1), "Art. 8"),
        ("WATCH", "tasks", date(2024, 5, 1), ""),
    ]
    step = process.bodies.get(code="JC").protocol.dispute_steps.first()
    assert (step.who, step.seat) == ("The monitor", mission.seats.get())


def test_channels_keep_their_order_and_their_tests() -> None:
    load(SAMPLE)
    first, second = ContactChannel.objects.all()
    assert [(one.order, one.kind) for one in (first, second)] == [(1, "secure"), (2, "duty_line")]
    test = first.tests.get()
    assert (test.tested_at, test.worked, test.tested_by.name) == (
        datetime(2024, 3, 20, 8, tzinfo=UTC),
        True,
        "Ida Holm",
    )


def test_the_matrix_has_its_claims_and_letters() -> None:
    first, second = load(SAMPLE).process.responsibilities.all()
    assert [claim.body.code for claim in second.claims.all()] == ["JC", "MISSION"]
    assert [
        (one.letter, str(one.seat or one.body.code)) for one in first.assignments.order_by("pk")
    ] == [("A", "JC 1: Chair"), ("R", "JC 2: Member"), ("R", "JC 3: Member"), ("I", "MISSION")]
    accountable = second.assignments.get(letter="A")
    assert (accountable.started_on, accountable.ended_on) == (date(2024, 3, 8), None)


def test_reports_and_findings_keep_their_times() -> None:
    load(SAMPLE)
    first, second = CheckIn.objects.order_by("pk")
    assert first.submitted_at == datetime(2024, 3, 28, 11, tzinfo=UTC)
    assert second.submitted_at == datetime(2024, 4, 2, 7, 30, tzinfo=UTC)
    finding = Verification.objects.get()
    assert (finding.recorded_at, finding.occurred_on) == (
        datetime(2024, 4, 3, 10, tzinfo=UTC),
        date(2024, 3, 27),
    )
    met = Obligation.objects.get(party__code="NO", commitment__number=2)
    assert (met.reported_level, met.verified_level, met.completed_on) == (3, 3, date(2024, 3, 27))


def test_reports_are_entered_in_order_of_time_whatever_their_order_in_the_file() -> None:
    later = (
        "check_ins:\n  - {commitment: weapons, owner: NO, at: 2024-03-30, "
        "by: nils@northland.example, level: minimum}\n"
    )
    load(changed(("check_ins:\n", later)))
    reports = CheckIn.objects.filter(obligation__party__code="NO").order_by("number")
    assert [one.level for one in reports] == [3, 1]


def test_the_owners_are_asked_from_today_on() -> None:
    process = load(SAMPLE).process
    owed = Obligation.objects.get(party__code="SHORE", commitment__number=2)
    assert owed.next_check_in_on >= process.today()


def test_every_object_has_its_entry_in_the_ledger_as_from_a_file() -> None:
    process = load(SAMPLE).process
    entries = Entry.objects.filter(process=process)
    assert set(entries.values_list("origin", flat=True)) == {Origin.FILE}
    verbs = list(entries.values_list("verb", flat=True))
    assert {verb: verbs.count(verb) for verb in verbs if verb.endswith(".entered")} == {
        "agreement.entered": 1,
        "anchor.entered": 2,
        "body.entered": 3,
        "commitment.entered": 5,
        "dependency.entered": 1,
        "party.entered": 4,
        "reading.entered": 1,
        "responsibility.entered": 2,
        "seat.entered": 4,
        "series.entered": 1,
        "trigger.entered": 1,
    }
    assert list(verify(process)) == []


def test_the_same_file_again_changes_nothing() -> None:
    first = load(SAMPLE)
    before = rows()
    again = load(SAMPLE)
    assert (again.already, again.process) == (True, first.process)
    assert rows() == before


def test_another_file_for_a_process_that_is_here_is_refused() -> None:
    load(SAMPLE)
    before = rows()
    with pytest.raises(Refused) as refused:
        load(SAMPLE + "\n# another\n")
    assert refused.value.message.startswith("A process with the short address “lakeside” is here")
    assert rows() == before


def test_an_account_that_exists_is_matched_by_its_address_and_never_changed() -> None:
    nils = User.objects.create_user("nils@northland.example", "a good password", name="N. A.")
    loaded = load(changed(("{email: nils@northland.example", "{email: Nils@Northland.Example")))
    found = User.objects.get(email="nils@northland.example")
    assert (found.pk, found.name, found.password) == (nils.pk, "N. A.", nils.password)
    assert found not in loaded.new_people
    assert Membership.objects.get(user=nils).party.code == "NO"


def test_new_accounts_cannot_sign_in_yet() -> None:
    loaded = load(SAMPLE)
    assert [one.has_usable_password() for one in loaded.new_people] == [False] * 4
    assert User.objects.get(name="Ida Holm").time_zone == "Europe/Oslo"


def test_whoever_loads_the_file_becomes_its_coordinator_once() -> None:
    ida = User.objects.create_user("ida@un.example", name="Ida Holm")
    process = load(SAMPLE, actor=ida).process
    assert Membership.objects.get(process=process, user=ida).role == "coordinator"


def test_a_party_and_a_body_may_share_a_code_when_the_file_says_which() -> None:
    process = load(SAMPLE.replace("MISSION", "UN")).process
    assert process.commitments.get(number=2).verifying_body.code == "UN"
    assert Party.objects.get(process=process, code="UN").name == "United Nations"


def test_given_register_numbers_stay_and_the_others_take_the_free_ones() -> None:
    process = load(changed(("  - ref: weapons\n", "  - ref: weapons\n    number: 1\n"))).process
    assert list(process.commitments.values_list("number", "title")) == [
        (1, "Withdraw heavy weapons"),
        (2, "Cease fire"),
        (3, "Open the crossing points"),
        (4, "Report to the mediator"),
        (5, "Answer a complaint"),
    ]


def test_a_date_beyond_the_calendar_is_refused() -> None:
    chain = "".join(
        f"  - {{ref: c{n}, title: T, reference: A, track: military, owed_by: [NO],"
        f" due: {{after_completion_of: c{n - 1}, years: 100}}}}\n"
        for n in range(1, 90)
    )
    start = "  - {ref: c0, title: T, reference: A, track: military, owed_by: [NO], due: 2024-01-01}"
    text = SAMPLE.split("commitments:\n")[0] + f"commitments:\n{start}\n{chain}"
    with pytest.raises(Refused) as refused:
        load(text)
    assert refused.value.message.endswith("leads outside the calendar.")
    assert not Process.objects.exists()


class TestRebasing:
    def test_all_dates_are_shifted_together(self) -> None:
        process = load(SAMPLE, rebase=date(2024, 4, 3)).process
        shift = timedelta(days=process.rebased_days)
        assert date(2024, 4, 3) + shift == process.today()
        assert ProcessFile.objects.get(process=process).rebased_days == process.rebased_days
        agreement = process.agreements.get()
        assert (agreement.signed_on, agreement.in_force_on) == (date(2024, 3, 1) + shift,) * 2
        assert process.anchors.get(key="signed").on == date(2024, 3, 1) + shift
        term = Term.objects.get(holder__name="Nils Aker")
        assert (term.starts_on, term.ends_on) == (
            date(2024, 3, 1) + shift,
            date(2025, 2, 28) + shift,
        )
        assert ReviewSeries.objects.get().starts_on == date(2024, 3, 7) + shift
        assert Verification.objects.get().occurred_on == date(2024, 3, 27) + shift
        due = process.commitments.get(number=2).deadline.due_on
        assert due == date(2024, 3, 31) + shift

    def test_the_days_of_bodies_and_responsibilities_are_shifted_too(self) -> None:
        process = load(SAMPLE, rebase=date(2024, 4, 3)).process
        shift = timedelta(days=process.rebased_days)
        mission = process.bodies.get(code="MISSION")
        assert mission.former_names.get().until == date(2024, 3, 15) + shift
        assert mission.precessions.get().on == date(2024, 3, 1) + shift
        assert mission.seats.get().started_on == date(2024, 3, 1) + shift
        assert mission.lines.get(kind="liaison").started_on == date(2024, 3, 15) + shift
        claimed = process.responsibilities.get(key="clear the lake of mines")
        assert claimed.assignments.get(letter="A").started_on == date(2024, 3, 8) + shift

    def test_the_day_of_a_decision_about_an_anchor_is_kept_and_shifted(self) -> None:
        process = load(SAMPLE, rebase=date(2024, 4, 25)).process
        put_off = AnchorDate.objects.get(anchor__key="handover", status="rescheduled")
        shift = timedelta(days=process.rebased_days)
        assert put_off.decided_on == date(2024, 4, 20) + shift

    def test_a_body_that_was_renamed_later_still_has_its_former_name(self) -> None:
        loaded = load(SAMPLE, rebase=date(2024, 3, 10))
        mission = loaded.process.bodies.get(code="MISSION")
        assert (mission.name, list(mission.former_names.all())) == ("Observer Team", [])

    def test_what_was_tried_or_succeeded_later_is_left_out(self) -> None:
        process = load(SAMPLE, rebase=date(2024, 2, 20)).process
        assert not ChannelTest.objects.exists()
        assert not process.bodies.get(code="MISSION").precessions.exists()

    def test_moments_keep_their_time_of_day(self) -> None:
        process = load(SAMPLE, rebase=date(2024, 4, 3)).process
        report = CheckIn.objects.get(obligation__party__code="SHORE")
        local = report.submitted_at.astimezone(process.zone)
        assert (local.hour, local.minute) == (9, 30)

    def test_what_came_later_is_left_out(self) -> None:
        loaded = load(SAMPLE, rebase=date(2024, 4, 1))
        assert loaded.left_out == 5
        assert CheckIn.objects.count() == 1
        assert not Verification.objects.exists()
        assert [one.status for one in AnchorDate.objects.filter(anchor__key="handover")] == [
            AnchorDate.Status.PLANNED
        ]

    def test_a_report_of_today_is_not_in_the_future(self) -> None:
        load(SAMPLE, rebase=date(2024, 4, 3))
        assert Verification.objects.get().recorded_at <= datetime.now(UTC)

    def test_without_it_the_dates_are_those_of_the_file(self) -> None:
        process = load(SAMPLE).process
        assert process.rebased_days == 0
        assert process.anchors.get(key="handover").on == date(2024, 6, 15)
