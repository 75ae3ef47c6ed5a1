"""What the loader reads the exporter writes: a process that was exported is loaded the same."""

import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Value
from django.db.models.functions import Concat
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import User
from coordination.bodies.models import Term
from coordination.commitments.models import Commitment, Obligation, Verification
from coordination.ledger.models import Entry
from coordination.portability.exporter import process_file
from coordination.portability.fields import Section
from coordination.portability.loader import load_process_file
from coordination.portability.schema import ProcessFile
from coordination.portability.sentences import section_in
from coordination.portability.validation import read_process_file
from coordination.portability.yaml_source import read_source
from coordination.portability.yaml_writer import readable, write_source
from coordination.processes.models import Membership, Party, Process
from tests.factories import ProcessFactory

from .rows import FORMERLY, rows_of
from .sample import EXAMPLES, SAMPLE, load, with_commitments

CASES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))
EVERY_FIELD = (Path(__file__).parent / "every_field.yaml").read_text()


def named(path: Path) -> str:
    return path.name


def assert_comes_back(before: Process) -> str:
    """Write a process and load it where nobody knows its people; returns what was written."""
    written, rows = process_file(before), rows_of(before)
    Process.objects.filter(pk=before.pk).update(slug=f"{FORMERLY}{before.slug}")
    User.objects.update(email=Concat(Value(FORMERLY), "email"))
    after = load(written).process
    assert rows_of(after) == rows
    assert without_comments(process_file(after)) == without_comments(written)
    return written


def without_comments(text: str) -> str:
    return re.sub(r"(?m)^#.*\n", "", text)


@pytest.mark.django_db
@pytest.mark.parametrize("path", CASES, ids=named)
def test_a_real_agreement_comes_back_field_by_field(path: Path) -> None:
    assert_comes_back(load_process_file(path.name, path.read_bytes()).process)


@pytest.mark.django_db
def test_an_example_that_was_shifted_comes_back_as_it_stands_today() -> None:
    content = (EXAMPLES / "dayton.yaml").read_bytes()
    rebase = read_process_file("dayton.yaml", content, rebased=True).rebase_on
    process = load_process_file("dayton.yaml", content, rebase=rebase).process
    written = assert_comes_back(process)
    shifted = f"# Days by which every date was shifted, as it stands: {process.rebased_days}.\n"
    assert written.startswith(shifted)


@pytest.mark.django_db
def test_a_file_with_every_field_comes_back_with_every_field() -> None:
    written = assert_comes_back(load(EVERY_FIELD).process)
    given = set(fields_in(read_process_file("file.yaml", written.encode())))
    # The day of an example says nothing of a process, and a body's line needs its code alone.
    assert set(fields_of(ProcessFile)) - given == {"ProcessFile.rebase_on", "Line.body"}


def fields_of(section: Any) -> Iterator[str]:
    """The fields of a section and of those in it, by their names."""
    for name, field in section.model_fields.items():
        yield f"{section.__name__}.{name}"
        inner = section_in(field.annotation)
        if inner:
            yield from fields_of(inner)


def fields_in(value: Any) -> Iterator[str]:
    """The fields that were written."""
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, Section):
            for name in one.model_fields_set:
                yield f"{type(one).__name__}.{name}"
                yield from fields_in(getattr(one, name))


@pytest.mark.django_db
def test_what_is_written_is_as_short_as_a_person_would_write_it() -> None:
    written = process_file(load(SAMPLE).process)
    assert "    reports_to: JC\n" in written
    assert (
        "    accountable: JC/1\n    responsible: [JC/2, JC/3]\n    informed: MISSION\n" in written
    )
    assert "    due: {after: signed, days: 30}\n" in written
    assert "    signatories: [NO, SHORE]\n" in written
    assert "at: 2024-03-28\n" in written


@pytest.mark.django_db
def test_more_rows_take_no_more_queries(django_assert_max_num_queries: Any) -> None:
    def queries(text: str) -> int:
        process = load(text).process
        with django_assert_max_num_queries(80) as captured:
            process_file(process)
        return len(captured)

    more = SAMPLE.replace("slug: lakeside", "slug: larger").replace(
        "  - {code: PATROL,",
        "".join(_ANOTHER_BODY.format(n) for n in range(3)) + "  - {code: PATROL,",
    )
    for section, another in _ANOTHER.items():
        entries = "".join(another.format(n) for n in range(3))
        more = more.replace(f"\n{section}:\n", f"\n{section}:\n{entries}")
    assert queries(more) == queries(SAMPLE)


_ANOTHER = {
    "triggers": """\
  - {{key: t{0}, name: T, events: [{{on: 2024-03-1{0}, what: E}}]}}
""",
    "commitments": """\
  - ref: x{0}
    title: X
    provision: Art. 7.1
    kind: triggered
    triggered_by: t{0}
    track: military
    verified_by: MISSION
    owed_by: [{{owner: NO, focal_point: nils@northland.example}}, SHORE]
    due: {{earlier_of: [{{after_trigger: true}}, {{after: signed}}, {{after_completion_of: fire}}]}}
    readings: [{{party: NO, due: {{after: signed}}}}]
    extensions: [{{by: {{days: 3}}, agreed_by: All, agreed_on: 2024-04-02, owner: NO, time: 1}}]
    bounds: [{{at_most: {0}, of: tents, owner: NO}}]
    waits_on: [fire]
""",
    "check_ins": """\
  - {{commitment: x{0}, owner: NO, at: 2024-04-02, by: tom@mission.example, level: minimum}}
""",
    "findings": """\
  - commitment: x{0}
    owner: NO
    time: 1
    body: MISSION
    at: 2024-04-03
    by: tom@mission.example
    level: minimum
    found: F
""",
    "measurements": """\
  - {{commitment: x{0}, owner: NO, value: 1, on: 2024-03-25, by: ida@un.example}}
""",
    "flags": """\
  - {{commitment: x{0}, owner: NO, kind: at_risk, reason: R, by: ida@un.example, at: 2024-04-02}}
""",
    "breaches": """\
  - commitment: x{0}
    owner: NO
    what: W
    learned: 2024-03-20
    by: ida@un.example
    at: 2024-03-20
    steps: [{{state: examined, on: 2024-03-21, by: ida@un.example}}]
""",
    "evidence": """\
  - commitment: x{0}
    owner: NO
    title: T
    source: S
    url: https://a.example/
    by: ida@un.example
    at: 2024-04-04
    check_in: 1
    finding: 1
    breach: 1
""",
}
_ANOTHER_BODY = """\
  - code: B{0}
    name: Body {0}
    reports_to: JC
    track: military
    former_names: [{{name: Before, ended: 2024-03-15}}]
    roles: [{{role: chair, authority: Calls the meetings.}}]
    protocol: {{quorum: 2, dispute_steps: [{{who: The chair, seat: JC/1}}]}}
    seats: [{{number: 1, terms: [{{holder: ida@un.example, from: 2024-03-01}}]}}]
    channels: [{{kind: radio, address: R, tests: [{{at: 2024-03-20, worked: true}}]}}]
"""


@pytest.mark.django_db
def test_line_ends_and_control_characters_of_a_browser_are_written_as_a_file_has_them() -> None:
    process = ProcessFactory(summary=" Two lines:\r\nthis\x0b and that\r\n")
    assert "  summary: |-\n    Two lines:\n    this and that\n" in process_file(process)


@pytest.mark.django_db
def test_who_is_no_member_any_more_is_still_one_of_the_people() -> None:
    process = load(SAMPLE).process
    Membership.objects.filter(user__name="Runa Vik").update(ended_at=datetime.now(UTC))
    written = process_file(process)
    people = read_process_file("file.yaml", written.encode()).people
    assert [(one.name, one.role) for one in people][-2:] == [
        ("Tom Reyes", "monitor"),
        ("Runa Vik", None),
    ]


EVERYTHING = (
    "The file holds everything, also what only one delegation reads. Keep it accordingly; "
    "the process's record notes that it was written."
)


def export(*arguments: str) -> tuple[str, list[str]]:
    """What is written, and the lines of errors; ends with the reason where the command fails."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("export_process", *arguments, stdout=out, stderr=err, no_color=True)
    except CommandError as error:
        err.write(f"{error}\n")
    return out.getvalue(), err.getvalue().splitlines()


@pytest.mark.django_db
def test_the_command_writes_the_file_and_says_what_is_not_in_it(tmp_path: Path) -> None:
    process = load(SAMPLE).process
    for rows in (
        Term.objects.filter(holder__name="Tom Reyes"),
        Commitment.objects.filter(title="Cease fire"),
        Obligation.objects.filter(commitment__number=2, party__code="SHORE"),
        Verification.objects.all(),
    ):
        rows.update(withdrawn_at=datetime.now(UTC))
    written, entries = process_file(process), Entry.objects.filter(process=process).count()
    told = (
        f"Not in the file: entries of the record ({entries}), withdrawn terms (1), "
        "withdrawn commitments (1), withdrawn owners (1), withdrawn findings (1), "
        "entries on what no longer stands (4), passwords."
    )
    assert export("lakeside") == (written, [EVERYTHING, told])
    assert ("C-1\n" in written, "obstacle: means" in written) == (False, False)
    path = tmp_path / "out.yaml"
    assert export("lakeside", "--output", str(path))[0] == ""
    assert path.read_text(encoding="utf-8") == written
    entry = Entry.objects.filter(process=process).first()
    assert (entry.verb, entry.actor, entry.origin, entry.summary) == (
        "process.exported",
        None,
        "system",
        "Exported the process Lakeside as a process file, with everything in it",
    )


@pytest.mark.django_db
def test_a_process_that_is_not_here_is_refused_in_one_line() -> None:
    assert export("seaside") == ("", ["There is no process seaside."])


@pytest.mark.django_db
def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    load(with_commitments("  []\n"))
    out, errors = export("try", "--output", str(tmp_path))
    assert (out, errors[-1]) == ("", f"{tmp_path} cannot be written: Is a directory.")


@pytest.mark.django_db
def test_what_would_be_refused_when_it_is_loaded_is_told(tmp_path: Path) -> None:
    load(with_commitments("  []\n"))
    Party.objects.update(code="no")
    path = tmp_path / "out.yaml"
    _, errors = export("try", "--output", str(path))
    assert "parties[0].code: “no” is not a code" in errors[2]
    assert errors[-1].startswith("The file was written, but it would not be loaded")


@given(
    st.lists(
        st.text(
            st.one_of(
                st.sampled_from("ab :#-'\"{}[],&*!|>%@`\n\t?~\\.\x7f\x85\u2028\ufeff\U0001f54a"),
                st.characters(exclude_categories=["Cs"]),
            ),
            max_size=30,
        ),
        max_size=20,
    )
)
@settings(max_examples=60)
def test_any_text_is_read_as_it_was_written(words: list[str]) -> None:
    text = readable(" ".join(words))
    data = {"a": [{"k": text or "x", "l": ["x", text or "y"]}], "b": {"c": [text or "z", "q" * 99]}}
    assert read_source("file.yaml", write_source(data).encode()).data == data
