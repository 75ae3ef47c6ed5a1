"""Each mistake in a file is told with its line and field, and nothing is loaded."""

from datetime import date

import pytest

from accounts.models import User
from coordination.commitments.models import Commitment
from coordination.portability.problems import FileRefused
from coordination.portability.validation import read_process_file
from coordination.processes.models import Process

from .sample import changed, load, problems

ONCE = {
    "an unknown field": (
        ("short_name: Lakeside\n", "short_name: Lakeside\n  tiem_zone: UTC\n"),
        "process.tiem_zone: “tiem_zone” is not a field here; did you mean “time_zone”?",
    ),
    "a missing field": (
        ("    title: Cease fire\n", ""),
        "commitments[0].title: this field is missing",
    ),
    "an unknown format": (
        ("format: entente-process/1", "format: entente-process/2"),
        "format: this version reads the format entente-process/1; write format: entente-process/1",
    ),
    "an unknown role": (
        ("number: 1, role: chair", "number: 1, role: chairman"),
        "bodies[0].seats[0].role: “chairman” is not a role; use one of chair, co_chair, "
        "lead_negotiator, mediator, facilitator, communication_officer, secretary, "
        "liaison_officer, monitor, guarantor, member, adviser",
    ),
    "a level that is no word": (
        ("level: intermediate", "level: 2"),
        "check_ins[1].level: “2” is not a level; use one of not_initiated, minimum, "
        "intermediate, full",
    ),
    "a number that is none": (
        ("quorum: 2", "quorum: two"),
        "bodies[0].protocol.quorum: “two” is not a whole number",
    ),
    "a day that does not exist": (
        ("status: planned, on: 2024-05-01", "status: planned, on: 2024-02-30"),
        "anchors[1].dates[0].on: “2024-02-30” is not a day or a moment; "
        "write it like 1996-01-19 or 1996-01-19T10:00+01:00",
    ),
    "a due day that is none": (
        ("due: {after: signed, days: 30}", "due: in spring"),
        "commitments[1].due: “in spring” is not a day or a moment; "
        "write it like 1996-01-19 or 1996-01-19T10:00+01:00",
    ),
    "a text that is too long": (
        ("name: Ida Holm", f"name: {'I' * 130}"),
        "people[0].name: this is too long: 130 characters, and 120 are kept",
    ),
    "a list where a text is expected": (
        ("short_name: Lakeside", "short_name: [Lakeside]"),
        "process.short_name: a list stands where a text is expected",
    ),
    "a text where a list is expected": (
        ("signatories: [NO, SHORE]", "signatories: NO"),
        "agreements[0].signatories: this must be a list; begin each entry with a dash",
    ),
    "a time zone that is none": (
        ("time_zone: Europe/Oslo", "time_zone: Europe/Bergen"),
        "process.time_zone: “Europe/Bergen” is not a time zone; write it like Europe/Sarajevo",
    ),
    "a recurrence rule that is none": (
        ("FREQ=WEEKLY;BYDAY=TH", "every Thursday"),
        "bodies[0].review_series[0].rule: “every Thursday” is not a recurrence rule of RFC 5545; "
        "write it like FREQ=WEEKLY;BYDAY=TH",
    ),
    "a last day inside a recurrence rule": (
        ("FREQ=WEEKLY;BYDAY=TH", "FREQ=WEEKLY;UNTIL=20241231"),
        "bodies[0].review_series[0].rule: give the last day as until:, not in the rule, "
        "so that it can be shifted",
    ),
    "an e-mail address that is none": (
        ("by: tom@mission.example", "by: tom"),
        "findings[0].by: “tom” is not an e-mail address",
    ),
    "a party that is not there": (
        ("role: member, party: SHORE", "role: member, party: SHOR"),
        "bodies[0].seats[2].party: “SHOR” is not a party in this file; did you mean “SHORE”?",
    ),
    "a body that is not there": (
        ("reports_to: JC", "reports_to: JMC"),
        "bodies[1].reports_to: “JMC” is not a body in this file; did you mean “JC”?",
    ),
    "an anchor that is not there": (
        ("due: {after: signed, days: 30}", "due: {after: singed, days: 30}"),
        "commitments[1].due.after: “singed” is not the key of an anchor in this file; "
        "did you mean “signed”?",
    ),
    "a commitment that is not there": (
        ("after_completion_of: weapons", "after_completion_of: arms"),
        "commitments[2].due.after_completion_of: “arms” is not the ref of a commitment in this "
        "file; use one of fire, weapons, crossings, report",
    ),
    "a provision that is not there": (
        ("provision: Art. 7.10", "provision: Art. 7.11"),
        "commitments[1].provision: “Art. 7.11” is not a citation of the agreements in this file; "
        "did you mean “Art. 7.1”?",
    ),
    "a person who is not there": (
        ("by: runa@shore.example", "by: rune@shore.example"),
        "check_ins[1].by: “rune@shore.example” is not the e-mail of a person in this file; "
        "did you mean “runa@shore.example”?",
    ),
    "an owner that is not there": (
        ("owed_by: [NO, SHORE]", "owed_by: [NO, UNO]"),
        "commitments[0].owed_by[1]: “UNO” is neither a party nor a body in this file; "
        "did you mean “UN”?",
    ),
    "a report by one who owes nothing": (
        ("owner: SHORE\n", "owner: UN\n"),
        "check_ins[1].owner: UN does not owe weapons; use one of NO, SHORE",
    ),
    "a report that names no owner": (
        ("    owner: SHORE\n", ""),
        "check_ins[1]: say whose it is; add owner: one of NO, SHORE",
    ),
    "a code that stands twice": (
        ("part: mediator}", "part: mediator}\n  - {code: NO, name: A, kind: ngo, part: donor}"),
        "parties[3].code: the code “NO” is taken already, in line 10",
    ),
    "a term that ends before it starts": (
        ("until: 2025-02-28", "until: 2024-02-28"),
        "bodies[0].seats[1].terms[0].until: a term ends after it starts",
    ),
    "terms that overlap": (
        (
            "from: 2024-03-01, until: 2025-02-28}]",
            "from: 2024-03-01, until: 2025-02-28}, {holder: ida@un.example, from: 2025-02-28}]",
        ),
        "bodies[0].seats[1].terms[1].from: this term overlaps the one in line 47; "
        "end that one on an earlier day",
    ),
    "a party that would be part of itself": (
        ("{code: UN, name", "{code: UN, part_of: UN, name"),
        "parties[2].part_of: “UN” would be part of itself in a circle",
    ),
    "bodies that report to each other": (
        ("legal_basis: Art. 7\n", "reports_to: MISSION\n"),
        "bodies[1].reports_to: “JC” would report to itself in a circle",
    ),
    "provisions that are part of each other": (
        ("{citation: Art. 7, heading", "{citation: Art. 7, part_of: Art. 7.1, heading"),
        "agreements[0].provisions[1].part_of: “Art. 7” would be part of itself in a circle",
    ),
    "deadlines that count from each other": (
        ("due: {after: signed, days: 30}", "due: {after_completion_of: crossings}"),
        "commitments[2].due.after_completion_of: “weapons” would count from itself in a circle",
    ),
    "recurring without a rhythm": (
        ("    every: monthly\n", ""),
        "commitments[3].kind: a recurring commitment says how often it recurs; add every",
    ),
    "dated without a date": (
        ("    due: {after: signed, days: 30}\n", "    kind: dated\n"),
        "commitments[1].kind: a commitment of the kind dated needs a date; "
        "add due, or write kind: undated",
    ),
    "two numbers in one offset": (
        ("due: {after: signed, days: 30}", "due: {after: signed, days: 30, months: 1}"),
        "commitments[1].due.months: give one number only, in days or in months",
    ),
    "two ways to say when": (
        ("due: {after: signed, days: 30}", "due: {after: signed, before: handover, days: 3}"),
        "commitments[1].due: say when in one way: one of on, after, before, after_completion_of, "
        "before_completion_of, earlier_of, later_of",
    ),
    "a delegate without a party": (
        ("role: delegate, party: SHORE}", "role: delegate}"),
        "people[2].role: a delegate acts for a party; add party: with its code",
    ),
    "a finding of another body": (
        ("    body: MISSION\n", "    body: JC\n"),
        "findings[0].body: JC does not verify weapons; MISSION does",
    ),
    "a finding of one's own party": (
        ("by: tom@mission.example", "by: nils@northland.example"),
        "findings[0].by: this person acts for NO, which owes it; somebody else must verify it",
    ),
    "a finding before what was found": (
        ("happened: 2024-03-27", "happened: 2024-04-27"),
        "findings[0].happened: what was found cannot be later than the finding",
    ),
    "a report for a day that was yet to come": (
        ("at: 2024-03-28", "period: 2024-03-29\n    at: 2024-03-28"),
        "check_ins[0].period: nobody had asked for that day yet when it was reported",
    ),
    "a report from the future": (
        ("at: 2024-03-28", "at: 2124-03-28"),
        "check_ins[0].at: 2124-03-28 lies in the future",
    ),
    "something that has happened in the future": (
        ("status: planned, on: 2024-05-01", "status: actual, on: 2124-05-01"),
        "anchors[1].dates[0].on: what has happened cannot lie in the future; write planned",
    ),
    "a second day zero": (
        ("name: Hand-over of the crossing points", "name: Hand-over\n    day_zero: true"),
        "anchors[1].day_zero: another anchor is the day zero already; there is one at most",
    ),
}


@pytest.mark.parametrize("change", ONCE, ids=list(ONCE))
def test_a_mistake_is_told_with_its_line_and_field(change: str) -> None:
    (old, new), sentence = ONCE[change]
    text = changed((old, new))
    (told,) = problems(text)
    file_name, line, rest = told.split(", ", 2)
    assert (file_name, rest) == ("file.yaml", sentence)
    field = sentence.partition(":")[0].split(".")[-1].partition("[")[0]
    number = int(line.removeprefix("line "))
    if "is missing" not in sentence and "say whose" not in sentence:
        assert field in text.splitlines()[number - 1]


def test_all_mistakes_of_form_and_meaning_are_told_at_once_in_the_order_of_the_file() -> None:
    text = changed(
        ("time_zone: Europe/Oslo", "time_zone: Oslo"),
        ("number: 1, role: chair", "number: 1, role: chairman"),
        ("reports_to: JC", "reports_to: JMC"),
        ("due: {after: signed, days: 30}", "due: {after: singed, days: many}"),
        ("at: 2024-03-28", "at: 2124-03-28"),
    )
    told = problems(text)
    lines = [int(one.split(", ")[1].removeprefix("line ")) for one in told]
    assert lines == sorted(lines)
    assert [one.split(", ")[2].partition(":")[0] for one in told] == [
        "process.time_zone",
        "bodies[0].seats[0].role",
        "bodies[1].reports_to",
        "commitments[1].due.after",
        "commitments[1].due.days",
        "check_ins[0].at",
    ]


def test_an_empty_file_is_told() -> None:
    assert problems("# nothing\n") == ["file.yaml, line 1: the file is empty"]


def test_a_file_that_is_a_list_is_told() -> None:
    assert problems("- a\n") == ["file.yaml, line 1: the file has no fields"]


def test_an_empty_file_of_this_format_lacks_its_process() -> None:
    assert problems("format: entente-process/1\n") == [
        "file.yaml, line 1, process: this field is missing"
    ]


def test_a_code_of_a_party_and_a_body_must_say_which_is_meant() -> None:
    text = changed(("code: MISSION", "code: UN"), ("owed_by: [NO, SHORE]", "owed_by: [NO, UN]"))
    assert "commitments[0].owed_by[1]: “UN” is a party and a body; write party: UN or body: UN" in [
        one.split(", ", 2)[2] for one in problems(text)
    ]


def test_a_citation_of_two_agreements_must_say_which_is_meant() -> None:
    text = changed(
        (
            "\ncommitments:",
            "\n  - {key: second, name: Second, provisions: [{citation: Art. 7.1}]}\ncommitments:",
        )
    )
    assert problems(text)[0].split(", ", 2)[2] == (
        "commitments[0].provision: more than one agreement has “Art. 7.1”; "
        "add agreement: one of main, second"
    )


def test_a_rebased_file_may_hold_later_reports() -> None:
    text = changed(("at: 2024-03-28", "at: 2124-03-28"))
    assert read_process_file("file.yaml", text.encode(), rebased=True).check_ins[0].at == date(
        2124, 3, 28
    )


@pytest.mark.django_db
def test_nothing_is_loaded_from_a_file_with_one_mistake() -> None:
    with pytest.raises(FileRefused):
        load(changed(("happened: 2024-03-27", "happened: 2124-03-27")))
    assert not Process.objects.exists()
    assert not Commitment.objects.exists()
    assert not User.objects.exists()
