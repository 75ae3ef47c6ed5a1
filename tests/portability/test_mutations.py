"""Whatever is done to a file, it is loaded or its mistakes are told: nothing else is raised."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from coordination.base.errors import Refused
from coordination.portability.loader import load_process_file
from coordination.portability.problems import FileRefused
from coordination.portability.validation import read_process_file
from coordination.processes.models import Process

from .sample import EXAMPLES, SAMPLE

DAYTON = (EXAMPLES / "dayton.yaml").read_text()
WORDS = sorted(set(SAMPLE.replace("{", " ").replace("}", " ").replace(",", " ").split()))
NASTY = [
    "",
    "NO",
    "null",
    "~",
    "[]",
    "{}",
    "- ",
    "*a",
    "&a",
    "!!int 3",
    "|",
    "'",
    '"\\0"',
    "\t",
    "\x00",
    "0",
    "-1",
    "99999999999999999999",
    "1e9",
    "2024-02-30",
    "0001-01-01",
    "9999-12-31",
    "2199-12-31T23:59-12:00",
    "[[[[[[[[[[[[",
    "«»",
    "\U0001f54a",
    "x" * 500,
    "FREQ=DAILY;INTERVAL=0",
    "FREQ=YEARLY;UNTIL=x",
    "{after: signed, years: 100}",
    "{earlier_of: [{later_of: []}]}",
    "JC/2.0",
    "JC/99",
    "/1",
    "[JC, JC/3, MISSION/1, JC]",
    "{body: JC, seat: 2, ended: 2024-03-01}",
    "{number: 1, body: MISSION}",
    "{months: 6}",
    "{after_trigger: true, days: 3}",
    "[{at_least: 2, of: guns by the lake}]",
    "[weapons, crossings]",
    "[{until: 2024-06-01, agreed_by: JC, agreed_on: 2024-04-01, time: 1}]",
    "kind: quantity",
    "    follows: report",
    "    time: 2",
    "released: false",
]

change = st.tuples(
    st.sampled_from(["delete", "double", "swap", "word", "insert", "indent", "cut"]),
    st.integers(0, 10_000),
    st.integers(0, 10_000),
    st.one_of(st.sampled_from(NASTY), st.sampled_from(WORDS), st.text(max_size=12)),
)


def mutated(text: str, changes: list[tuple[str, int, int, str]]) -> str:
    lines = text.splitlines()
    for how, first, second, word in changes:
        here, there = first % len(lines), second % len(lines)
        match how:
            case "delete":
                del lines[here]
            case "double":
                lines.insert(there, lines[here])
            case "swap":
                lines[here], lines[there] = lines[there], lines[here]
            case "word":
                parts = lines[here].split(" ")
                parts[second % len(parts)] = word
                lines[here] = " ".join(parts)
            case "insert":
                lines.insert(here, word)
            case "indent":
                lines[here] = " " * (second % 7) + lines[here].lstrip()
            case "cut":
                lines[here] = lines[here][: second % (len(lines[here]) + 1)]
        lines = lines or [""]
    return "\n".join(lines)


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(change, min_size=1, max_size=4))
def test_a_changed_example_is_read_or_its_mistakes_are_told(
    changes: list[tuple[str, int, int, str]],
) -> None:
    content = mutated(DAYTON, changes).encode(errors="surrogatepass")
    try:
        read_process_file("file.yaml", content)
    except FileRefused as refused:
        assert refused.sentences
        assert all("\n" not in one and "pydantic" not in one for one in refused.sentences)


@pytest.mark.django_db
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(change, min_size=1, max_size=2))
@example(changes=[("word", 0, 1, "entente-process/1")])
def test_what_is_accepted_can_be_loaded(changes: list[tuple[str, int, int, str]]) -> None:
    content = mutated(SAMPLE, changes).encode(errors="surrogatepass")
    with transaction.atomic():
        try:
            load_process_file("file.yaml", content)
        except (FileRefused, Refused):
            assert not Process.objects.exists()
        transaction.set_rollback(True)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    with pytest.raises(FileRefused):
        read_process_file("file.yaml", content)
