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
    "a weekend of seven days": (
        (
            "short_name: Lakeside\n",
            "short_name: Lakeside\n  weekend: "
            "[monday, tuesday, wednesday, thursday, friday, saturday, sunday]\n",
        ),
        "process.weekend[6]: at least one day of the week is a working day",
    ),
    "a holiday that ends before it begins": (
        ("people:\n", "holidays: [{name: Eid, from: 2024-04-10, until: 2024-04-09}]\n\npeople:\n"),
        "holidays[0].until: a holiday ends after it begins",
    ),
    "reminders of a body that is none": (
        ("people:\n", "reminder_policies: [{body: CJ}]\n\npeople:\n"),
        "reminder_policies[0].body: “CJ” is not a body in this file; "
        "use one of JC, MISSION, PATROL",
    ),
    "a step of the ladder before the one below it": (
        ("people:\n", "reminder_policies: [{head_after_days: 20}]\n\npeople:\n"),
        "reminder_policies[0]: chair_after_days is 14 and comes before the step below it; "
        "write more days",
    ),
    "a step of the ladder that is no number": (
        ("people:\n", "reminder_policies: [{head_after_days: soon}]\n\npeople:\n"),
        "reminder_policies[0].head_after_days: “soon” is no number of days from 1 to 365, "
        "and not never",
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
        ("role: chair\n", "role: chairman\n"),
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
        "bodies[1].reports_to: “JMC” is neither a body nor a party in this file; "
        "did you mean “JC”?",
    ),
    "an anchor that is not there": (
        ("due: {after: signed, days: 30}", "due: {after: singed, days: 30}"),
        "commitments[1].due.after: “singed” is not the key of an anchor in this file; "
        "did you mean “signed”?",
    ),
    "a commitment that is not there": (
        ("after_completion_of: weapons", "after_completion_of: arms"),
        "commitments[2].due.after_completion_of: “arms” is not the ref of a commitment in this "
        "file; use one of fire, weapons, crossings, report, answer",
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
        "bodies[0].seats[1].terms[1].from: this term overlaps the one in line 65; "
        "end that one on an earlier day",
    ),
    "a party that would be part of itself": (
        ("{code: UN, name", "{code: UN, part_of: UN, name"),
        "parties[2].part_of: “UN” would be part of itself in a circle",
    ),
    "a body that reports to itself": (
        ("reports_to: JC", "reports_to: MISSION"),
        "bodies[1].reports_to: a body does not report to itself",
    ),
    "a body that reported to itself": (
        ("reports_to: JC", "reports_to: {to: MISSION, ended: 2024-03-10}"),
        "bodies[1].reports_to.to: a body does not report to itself",
    ),
    "parties that act for each other": (
        ("part_of: SHORE}", "acts_for: [{party: BOATS, ended: 2024-03-01}]}"),
        "parties[3].acts_for[0].party: “BOATS” would act for itself in a circle",
    ),
    "a term that starts before its seat": (
        (
            "{holder: tom@mission.example, from: 2024-03-01",
            "{holder: tom@mission.example, from: 2024-02-29",
        ),
        "bodies[1].seats[0].terms[0].from: the seat is there from 2024-03-01 on; "
        "let the term start then",
    ),
    "a term that ends after its body": (
        ("legal_basis: Art. 7\n", "ended: 2025-02-28\n"),
        "bodies[0].seats[1].terms[0].until: the seat is there until 2025-02-28; "
        "let the term end before",
    ),
    "a term without an end in a seat that has one": (
        ("role: monitor\n        from: 2024-03-01\n", "role: monitor\n        ended: 2025-03-01\n"),
        "bodies[1].seats[0].terms[0]: the seat is there until 2025-03-01; "
        "say until when the term lasted",
    ),
    "a name until the day on which the body was established": (
        (
            "legal_basis: Art. 7\n",
            "established: 2024-03-01\n    former_names: [{name: Talks, ended: 2024-03-01}]\n",
        ),
        "bodies[0].former_names[0].ended: it bore its former name for at least a day; "
        "write a later day",
    ),
    "more members than a page takes": (
        ("{group: Mediation, seats: 1}", "{group: Mediation, seats: 10000}"),
        "bodies[0].composition_parts[0].seats: “10000” is too large; 9999 is the most",
    ),
    "a larger part of the quorum than a page takes": (
        (
            "quorum: 2\n      quorum_parts: [{group: Parties, at_least: 1}]",
            "quorum_parts: [{group: Parties, at_least: 10000}]",
        ),
        "bodies[0].protocol.quorum_parts[0].at_least: “10000” is too large; 9999 is the most",
    ),
    "more hours than a page takes": (
        ("within_hours: 24", "within_hours: 100000"),
        "bodies[0].protocol.dispute_steps[0].within_hours: “100000” is too large; "
        "99999 is the most",
    ),
    "more steps than a page takes": (
        ("        - {who: The mediator, party: UN}\n", "        - {who: The mediator}\n" * 200),
        "bodies[0].protocol.dispute_steps: this list is too long: 201 entries, and 200 are kept",
    ),
    "a source of a succession": (
        ("article: Art. 8}]", "source: Art. 8}]"),
        "bodies[1].succeeds[0].source: “source” is not a field here; "
        "use one of body, how, on, article",
    ),
    "a line that ends on a day that is none": (
        ("reports_to: JC", "reports_to: [{to: JC, ended: oops}, JC]"),
        "bodies[1].reports_to[0].ended: “oops” is not a day; write it like 1996-01-19",
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
    "a party that is part of another for the same days twice": (
        ("part_of: SHORE}", "part_of: [SHORE, {party: SHORE, ended: 2024-05-01}]}"),
        "parties[3].part_of[1]: this stands for the same days in line 13; leave out one",
    ),
    "a tie that ends before it starts": (
        ("part_of: SHORE}", "part_of: {party: SHORE, from: 2024-05-01, ended: 2024-04-01}}"),
        "parties[3].part_of.ended: it cannot end before it starts",
    ),
    "a party that acts for one that is not there": (
        ("part_of: SHORE}", "acts_for: [NO, SEA]}"),
        "parties[3].acts_for[1]: “SEA” is not a party in this file; "
        "use one of NO, SHORE, UN, BOATS",
    ),
    "a party that acted for itself": (
        ("part_of: SHORE}", "acts_for: {party: BOATS, ended: 2024-04-01}}"),
        "parties[3].acts_for.party: “BOATS” would act for itself in a circle",
    ),
    "a body's code with a stroke": (
        ("- {code: PATROL", "- {code: B/1, name: B, track: military}\n  - {code: PATROL"),
        "bodies[2].code: “B/1” is not a body's code: it has at most 16 letters, digits and "
        "+ . - and begins with a letter or a digit",
    ),
    "a line that says to whom in two ways": (
        ("liaises_with: [{party: NO,", "liaises_with: [{party: NO, name: Northland,"),
        "bodies[1].liaises_with[0]: say to whom in one way: one of to, body, party, name",
    ),
    "a line to nobody": (
        ("liaises_with: [{party: NO, from", "liaises_with: [{from"),
        "bodies[1].liaises_with[0]: say to whom in one way: one of to, body, party, name",
    ),
    "two lines to the same body": (
        ("reports_to: JC", "reports_to: [JC, {body: JC, from: 2024-06-01}]"),
        "bodies[1].reports_to[1]: this stands for the same days in line 72; leave out one",
    ),
    "a line that ends before it starts": (
        ("from: 2024-03-15}]", "from: 2024-03-15, ended: 2024-03-14}]"),
        "bodies[1].liaises_with[0].ended: it cannot end before it starts",
    ),
    "a body that informs itself": (
        ("informs: [UN,", "informs: [JC,"),
        "bodies[0].informs[0]: a body does not report to itself",
    ),
    "a body that succeeds itself": (
        ("succeeds: [{body: PATROL", "succeeds: [{body: MISSION"),
        "bodies[1].succeeds[0].body: a body does not succeed itself",
    ),
    "a body that succeeds another twice": (
        (
            "on: 2024-03-01, article: Art. 8}]",
            "on: 2024-03-01}, {body: PATROL, how: tasks, on: 2024-03-02}]",
        ),
        "bodies[1].succeeds[1].body: the body “PATROL” is taken already, in line 74",
    ),
    "two names until one day": (
        ("ended: 2024-03-15}]", "ended: 2024-03-15}, {name: Team, ended: 2024-03-15}]"),
        "bodies[1].former_names[1].ended: the day “2024-03-15” is taken already, in line 71",
    ),
    "a role that stands twice": (
        ("speaks for the commission.}", "speaks.}\n      - {role: chair, authority: None.}"),
        "bodies[0].roles[1].role: the role “chair” is taken already, in line 43",
    ),
    "a group of the composition that stands twice": (
        ("- {group: Shore Movement, seats: 1", "- {group: Northland, seats: 1"),
        "bodies[0].composition_parts[2].group: the group “Northland” is taken already, in line 40",
    ),
    "a group of the quorum without a seat": (
        ("quorum_parts: [{group: Parties", "quorum_parts: [{group: Partys"),
        "bodies[0].protocol.quorum_parts[0].group: no seat and no part of the composition counts "
        "as “Partys”; did you mean “Parties”?",
    ),
    "a quorum that is less than its parts": (
        ("at_least: 1", "at_least: 3"),
        "bodies[0].protocol.quorum: the quorum is 2, but its parts add up to 3",
    ),
    "a quorum that is a number and a share": (
        ("quorum: 2\n", "quorum: 2\n      quorum_share: half\n"),
        "bodies[0].protocol.quorum_share: a quorum is a number or a share; leave out one of them",
    ),
    "half as a majority": (
        ("decides_by: consensus", "majority: half"),
        "bodies[0].protocol.majority: “half” is not a majority; use one of more_than_half, "
        "three_fifths, two_thirds, three_quarters, four_fifths, all",
    ),
    "a silence procedure without a clock": (
        ("decides_by: consensus", "decides_by: silence"),
        "bodies[0].protocol.decides_by: a silence procedure says after how many hours; "
        "add silence_hours",
    ),
    "a rhythm without a period": (
        ("meets: {times: 1, per: week}", "meets: {times: 1}"),
        "bodies[0].protocol.meets.per: this field is missing",
    ),
    "a topic that stands twice": (
        ('there, one of them for a party."}', 'there."}\n        - {topic: quorum, article: B}'),
        "bodies[0].protocol.sources[1]: the topic “quorum” is taken already, in line 55",
    ),
    "a second source of the whole": (
        ("sources:\n", "article: Art. 7\n      sources:\n        - {article: B}\n"),
        "bodies[0].protocol.sources[0]: the protocol has an article or a wording already; "
        "name a topic here",
    ),
    "a source that says nothing": (
        ("      sources:\n", "      sources:\n        - {topic: agenda}\n"),
        "bodies[0].protocol.sources[0]: say where it stands or what it says: article or wording",
    ),
    "a step that names two": (
        ("who: The chair, seat: 1", "who: The chair, seat: 1, party: UN"),
        "bodies[0].protocol.dispute_steps[0].party: a step names one; leave out seat or party",
    ),
    "a step to a seat that is not there": (
        ("who: The chair, seat: 1", "who: The chair, seat: 9"),
        "bodies[0].protocol.dispute_steps[0].seat: 9 is not the number of a seat of JC; "
        "it has 1, 2, 3",
    ),
    "a step to a seat of another body that is not there": (
        ("who: The chair, seat: 1", "who: The chair, seat: {body: PATROL, number: 1}"),
        "bodies[0].protocol.dispute_steps[0].seat.number: 1 is not the number of a seat of "
        "PATROL; it has no seats",
    ),
    "a step to a seat without a number": (
        ("who: The chair, seat: 1", "who: The chair, seat: 1/"),
        "bodies[0].protocol.dispute_steps[0].seat: “1/” names no seat; write it like 3 or JMC/3",
    ),
    "a step to a seat that is no number": (
        ("who: The chair, seat: 1", "who: The chair, seat: JC/chair"),
        "bodies[0].protocol.dispute_steps[0].seat: “JC/chair” names no seat; "
        "write it like 3 or JMC/3",
    ),
    "a seat that ends before it starts": (
        (
            "role: monitor\n        from: 2024-03-01\n",
            "role: monitor\n        from: 2024-03-01\n        ended: 2024-02-01\n",
        ),
        "bodies[1].seats[0].ended: it cannot end before it starts",
    ),
    "a channel of an unknown kind": (
        ("kind: duty_line", "kind: pigeon"),
        "bodies[1].channels[1].kind: “pigeon” is not a kind of channel; use one of secure, "
        "telephone, duty_line, radio, email, other",
    ),
    "a test of a channel in the future": (
        ('at: "2024-03-20T09:00"', "at: 2124-03-20"),
        "bodies[1].channels[0].tests[0].at: 2124-03-20 lies in the future",
    ),
    "a test of a channel by somebody who is not there": (
        ("by: ida@un.example}]", "by: ivo@un.example}]"),
        "bodies[1].channels[0].tests[0].by: “ivo@un.example” is not the e-mail of a person in this "
        "file; did you mean “ida@un.example”?",
    ),
    "a responsibility that stands twice": (
        ("name: Clear the lake of mines", "name: keep the List of crossing  points"),
        "responsibilities[1].name: the responsibility “keep the List of crossing points” "
        "is taken already, in line 89",
    ),
    "a claim of a body that is not there": (
        ("claimed_by: JC\n", "claimed_by: JK\n"),
        "responsibilities[0].claimed_by: “JK” is not a body in this file; "
        "use one of JC, MISSION, PATROL",
    ),
    "a claim that stands twice": (
        ("claimed_by: [JC,", "claimed_by: [JC, JC,"),
        "responsibilities[1].claimed_by[1]: this stands for the same days in line 96; "
        "leave out one",
    ),
    "a part of a seat that is not there": (
        ("responsible: [JC/2, JC/3]", "responsible: [JC/2, JC/4]"),
        "responsibilities[0].responsible[1]: 4 is not the number of a seat of JC; it has 1, 2, 3",
    ),
    "a part of a seat without a number": (
        ("responsible: [JC/2, JC/3]", "responsible: [JC/2, JC/]"),
        "responsibilities[0].responsible[1]: “JC/” names no seat; write it like JMC/3",
    ),
    "a part of a body that is not there": (
        ("informed: MISSION", "informed: MISION"),
        "responsibilities[0].informed: “MISION” is not a body in this file; "
        "did you mean “MISSION”?",
    ),
    "a part that a seat has twice": (
        ("responsible: [JC/2, JC/3]", "responsible: [JC/2, {body: JC, seat: 2}]"),
        "responsibilities[0].responsible[1]: this stands for the same days in line 93; "
        "leave out one",
    ),
    "a due day of what is kept up": (
        ("kind: standing\n", "kind: standing\n    due: 2024-04-01\n"),
        "commitments[0].due: a commitment of the kind standing is kept up and not due; "
        "write starts and ends",
    ),
    "a start of what is done": (
        ("    latest: {before: handover, days: 1}\n", "    starts: 2024-03-01\n"),
        "commitments[2].starts: a commitment of the kind dated is done and not kept up; write due",
    ),
    "a rhythm that is none": (
        ("every: monthly", "every: often"),
        "commitments[3].every: “often” is not a rhythm; use one of weekly, fortnightly, monthly, "
        "quarterly, half_yearly, yearly, or write it like {months: 6}",
    ),
    "a rhythm of two units": (
        ("every: monthly", "every: {months: 1, weeks: 2}"),
        "commitments[3].every.months: give one number only, in weeks or in months",
    ),
    "a rhythm of no unit": (
        ("every: monthly", "every: {times: 2}"),
        "commitments[3].every: give a number of hours, days, weeks, months, years: one of them",
    ),
    "a quantity without a number": (
        ("    waits_on: [fire]\n", "    kind: quantity\n"),
        "commitments[2].kind: a commitment of the kind quantity is held against a number; "
        "add bounds",
    ),
    "a trigger that is not there": (
        ("triggered_by: complaint", "triggered_by: complain"),
        "commitments[4].triggered_by: “complain” is not the key of a trigger in this file; "
        "did you mean “complaint”?",
    ),
    "triggered by nothing": (
        ("    triggered_by: complaint\n", ""),
        "commitments[4].kind: a triggered commitment says what triggers it; "
        "add triggered_by or follows",
    ),
    "a trigger of what is done once": (
        ("    bounds: [{at_most", "    triggered_by: complaint\n    bounds: [{at_most"),
        "commitments[1].triggered_by: only a triggered commitment has a trigger; "
        "write kind: triggered",
    ),
    "counted from a trigger that it does not have": (
        ("due: {after: signed, days: 30}", "due: {after_trigger: true, days: 30}"),
        "commitments[1].due.after_trigger: only a triggered commitment counts from its trigger; "
        "write kind: triggered",
    ),
    "following what is done once": (
        ("triggered_by: complaint", "follows: weapons"),
        "commitments[4].follows: “weapons” is done once, and nothing follows it each time; "
        "count from it with after_completion_of",
    ),
    "an event of a day to come": (
        ("on: 2024-03-20, what:", "on: 2124-03-20, what:"),
        "triggers[0].events[0].on: 2124-03-20 lies in the future",
    ),
    "a circle of what waits": (
        ("kind: standing\n", "kind: standing\n    waits_on: [{commitment: crossings}]\n"),
        "commitments[2].waits_on[0]: “fire” would wait on itself in a circle",
    ),
    "a reading that counts from itself": (
        ("due: {after: signed, weeks: 5}", "due: {after_completion_of: crossings}"),
        "commitments[2].due.after_completion_of: “weapons” would count from itself in a circle",
    ),
    "a reading in force that nobody decided on": (
        ("argument: The ice has to melt first.}", "in_force: true}"),
        "commitments[1].readings[0].in_force: say who put this reading in force, and where; "
        "add decided_by",
    ),
    "a bound without a number": (
        ("{at_most: 0, of: guns by the lake}", "{of: guns by the lake}"),
        "commitments[1].bounds[0]: give one number: at_most or at_least",
    ),
    "a bound that is no number": (
        ("at_most: 0,", "at_most: few,"),
        "commitments[1].bounds[0].at_most: “few” is not a number; write it like 22000 or 7.5, "
        "with two decimals at most",
    ),
    "a bound of one who owes nothing": (
        ("of: guns by the lake}", "of: guns by the lake, owner: UN}"),
        "commitments[1].bounds[0].owner: UN does not owe weapons; use one of NO, SHORE",
    ),
    "an extension that is ruled out": (
        ("    waits_on: [fire]\n", "    extendable: false\n"),
        "commitments[2].extensions[0]: the commitment says extendable: false; it has no extension",
    ),
    "an extension of no length": (
        ("by: {days: 3}, agreed_by", "agreed_by"),
        "commitments[2].extensions[0]: give the new date or the time by which it grows: "
        "until or by",
    ),
    "a time of what is expected once": (
        ("level: intermediate\n", "level: intermediate\n    time: 2\n"),
        "check_ins[1].time: weapons is not expected several times; leave out time",
    ),
    "a time for which nothing triggered it": (
        (
            "check_ins:\n",
            "check_ins:\n  - {commitment: answer, time: 2, at: 2024-03-21, by: ida@un.example, "
            "level: full}\n",
        ),
        "check_ins[0].time: this file has no event 2 of the trigger complaint",
    ),
    "a period without an end": (
        ("every: monthly\n", "every: monthly\n    expected: [{number: 1, from: 2024-03-01}]\n"),
        "commitments[3].expected[0]: what recurs is expected in a period; give from and before",
    ),
    "a time that answers nothing": (
        ("triggered_by: complaint\n", "triggered_by: complaint\n    expected: [{number: 1}]\n"),
        "commitments[4].expected[0]: what is triggered answers an event; give event",
    ),
    "evidence of a report that is not there": (
        (
            "title: Log of the patrol\n",
            "title: Log of the patrol\n    owner: NO\n    check_in: 1\n",
        ),
        "evidence[0].check_in: the file has 0 check-ins of this owner for fire",
    ),
    "an answer before what it answers": (
        (
            "check_ins:\n",
            "check_ins:\n  - {commitment: answer, time: 1, at: 2024-03-19, by: ida@un.example, "
            "level: full}\n",
        ),
        "check_ins[0].at: what triggered it happened later, on 2024-03-20",
    ),
    "an end before the start": (
        ("ends: {after: handover, weeks: 2}", "ends: 2024-02-29"),
        "commitments[3].ends: it ends before it starts",
    ),
    "a flag that stands twice": (
        (
            "flags:\n",
            "flags:\n  - {commitment: crossings, kind: at_risk, reason: Ice, by: ida@un.example, "
            "at: 2024-04-01}\n",
        ),
        "flags[1].kind: the flag “at_risk” is taken already, in line 196",
    ),
    "done without being full": (
        ("level: intermediate\n", "level: intermediate\n    done: 2024-04-01\n"),
        "check_ins[1].done: only what is reported as full is done; write level: full",
    ),
    "a finding approved by its author": (
        ("method: site_visit\n", "approved_by: tom@mission.example\n"),
        "findings[0].approved_by: somebody else than its author approves it",
    ),
    "a finding approved by the owner's side": (
        ("method: site_visit\n", "approved_by: nils@northland.example\n"),
        "findings[0].approved_by: this person acts for NO, which owes it; "
        "somebody else must approve it",
    ),
    "a release before the approval": (
        ("method: site_visit\n", "released: 2024-04-01\n"),
        "findings[0].released: it was released before it was approved",
    ),
    "a release that is no day": (
        ("method: site_visit\n", "released: soon\n"),
        "findings[0].released: “soon” is neither a day nor a moment; write it like 1996-01-19, "
        "or false where it is not released",
    ),
    "a number of what is not counted": (
        ("commitment: weapons, value: 4", "commitment: weapons, of: boats, value: 4"),
        "measurements[0].of: weapons has no bound of “boats”; use one of guns by the lake",
    ),
    "a number measured by a stranger": (
        ("commitment: weapons, value: 4", "commitment: weapons, body: JC, value: 4"),
        "measurements[0].body: JC does not verify weapons; MISSION does",
    ),
    "a flag that was lifted for no reason": (
        ("reason: The ice is thin.,", "reason: The ice is thin., lifted: 2024-04-05,"),
        "flags[0].lifted: say why it was lifted; add because",
    ),
    "a step that cannot follow": (
        ("state: examined,", "state: cured,"),
        "breaches[0].steps[0].state: cured does not follow alleged; "
        "use one of examined, unfounded, confirmed",
    ),
    "a step before the allegation": (
        ("on: 2024-03-21, until", "on: 2024-03-19, until"),
        "breaches[0].steps[0].on: the step before was taken later",
    ),
    "a judge of their own side": (
        ("state: examined, by: ida@un.example", "state: examined, by: runa@shore.example"),
        "breaches[0].steps[0].by: this person acts for SHORE, which owes it; "
        "somebody else must judge it",
    ),
    "an address that is none": (
        ("url: https://logs", "url: logs"),
        "evidence[0].url: “logs.mission.example/20” is not an address; write it whole, "
        "with https:// or http:// and without a password",
    ),
    "evidence for the delegation of nobody": (
        ("    title: Log of the patrol\n", "    title: Log\n    audience: delegation\n"),
        "evidence[0].audience: say whose own it is; add delegation",
    ),
    "the same release twice": (
        (
            "    title: Log of the patrol\n",
            "    title: Log\n    released_to:\n"
            "      - {party: NO, reason: Agreed., by: ida@un.example, at: 2024-03-28}\n"
            "      - {party: NO, reason: Agreed., by: ida@un.example, at: 2024-03-28}\n",
        ),
        "evidence[0].released_to[1].party: the party “NO” is taken already, in line 207",
    ),
    "the head of no delegation": (
        ("function: Observer, role: monitor}", "role: monitor, heads_delegation: true}"),
        "people[3].heads_delegation: who heads a delegation acts for its party; add party: with "
        "its code",
    ),
    "a note of nobody": (
        (
            "    owed_by: [{body: MISSION}]\n",
            "    owed_by: [{body: MISSION}]\n    notes:\n"
            "      - {text: Ask., party: NO, by: eva@un.example, at: 2024-03-28}\n",
        ),
        "commitments[4].notes[0].by: “eva@un.example” is not the e-mail of a person in this file; "
        "did you mean “ida@un.example”?",
    ),
    "evidence in the place of none": (
        ("    title: Log of the patrol\n", "    title: Log\n    supersedes: 3\n"),
        "evidence[0].supersedes: no other evidence of this commitment has the number 3 in this "
        "file",
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
    if "is missing" not in sentence and "say whose" not in sentence and "sources[" not in sentence:
        assert field in text.splitlines()[number - 1]


def test_all_mistakes_of_form_and_meaning_are_told_at_once_in_the_order_of_the_file() -> None:
    text = changed(
        ("time_zone: Europe/Oslo", "time_zone: Oslo"),
        ("role: chair\n", "role: chairman\n"),
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


def test_a_code_that_stands_alone_for_its_section_is_told_where_it_stands() -> None:
    told = problems(changed(("part_of: SHORE}", "part_of: the shore}")))
    assert [one.split(", ", 2)[2] for one in told] == [
        "parties[3].part_of: “the shore” is not a code: a code has at most 16 capitals, digits "
        "and / + . - and begins with a capital or a digit",
        "parties[3].part_of: “the shore” is not a party in this file; "
        "use one of NO, SHORE, UN, BOATS",
    ]


def test_a_line_that_has_ended_may_lead_back() -> None:
    text = changed(("legal_basis: Art. 7\n", "reports_to: {body: MISSION, ended: 2024-03-10}\n"))
    assert read_process_file("file.yaml", text.encode()).bodies[0].reports_to[0].body == "MISSION"


@pytest.mark.parametrize("yes", ["true", "True", "yes", "y", "t", "on", "1"])
def test_whatever_is_read_as_true_makes_a_second_day_zero(yes: str) -> None:
    text = changed(("name: Hand-over of the crossing points", f"name: H\n    day_zero: {yes}"))
    words = "anchors[1].day_zero: another anchor is the day zero already; there is one at most"
    assert [one.split(", ", 2)[2] for one in problems(text)] == [words]


def test_bodies_may_report_to_each_other() -> None:
    text = changed(("legal_basis: Art. 7\n", "reports_to: MISSION\n"))
    first, second, _third = read_process_file("file.yaml", text.encode()).bodies
    assert (first.reports_to[0].to, second.reports_to[0].to) == ("MISSION", "JC")


@pytest.mark.parametrize(
    ("first", "second", "refused"),
    [
        ("SHORE", "BOATS", True),
        ("{party: SHORE, ended: 2024-06-01}", "{party: BOATS, from: 2024-05-31}", True),
        ("{party: SHORE, ended: 2024-06-01}", "{party: BOATS, from: 2024-06-01}", False),
        ("{party: SHORE, ended: 2024-06-01}", "BOATS", True),
    ],
)
@pytest.mark.parametrize("kind", ["part_of", "acts_for"])
def test_parties_are_tied_in_a_circle_where_their_ties_hold_on_one_day(
    kind: str, first: str, second: str, refused: bool
) -> None:
    text = changed(
        ("part_of: SHORE}", f"{kind}: {first}}}"),
        ("name: Shore Movement, kind", f"name: Shore Movement, {kind}: {second}, kind"),
    )
    if not refused:
        assert len(read_process_file("file.yaml", text.encode()).parties) == 4
        return
    [told] = problems(text)
    assert told.endswith("itself in a circle")


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (
            "established: 2024-03-02",
            "the seat is there from 2024-03-02 on; let the term start then",
        ),
        ("ended: 2024-03-01", "the seat is there until 2024-03-01; let the term start before"),
    ],
)
def test_terms_lie_within_the_days_of_their_body(day: str, words: str) -> None:
    told = problems(changed(("legal_basis: Art. 7\n", f"{day}\n")))
    assert [one.split(", ", 2)[2] for one in told] == [
        f"bodies[0].seats[{n}].terms[0].from: {words}" for n in (0, 1)
    ]


def test_a_term_without_an_end_may_outlast_its_body() -> None:
    text = changed(("legal_basis: Art. 7\n", "ended: 2026-01-01\n"))
    assert read_process_file("file.yaml", text.encode()).bodies[0].ended == date(2026, 1, 1)


def test_a_line_may_come_again_after_it_ended() -> None:
    again = "[{body: JC, ended: 2024-03-10}, {body: JC, from: 2024-03-10}]"
    text = changed(("reports_to: JC", f"reports_to: {again}"))
    assert len(read_process_file("file.yaml", text.encode()).bodies[1].reports_to) == 2


def test_a_seat_number_with_a_decimal_is_the_same_number() -> None:
    told = problems(changed(("{number: 3, role: member", "{number: 2.0, role: member")))
    assert told[0].split(", ", 2)[2].startswith("bodies[0].seats[2].number: the seat number “2.0”")


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
            "\ntriggers:",
            "\n  - {key: second, name: Second, provisions: [{citation: Art. 7.1}]}\ntriggers:",
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
