"""An export against a kept checkpoint: whatever was done to it afterwards is found."""

import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coordination.ledger import export, signing
from coordination.ledger import verify_entente_ledger as script
from coordination.ledger.actions import News, append_all, content_hash
from coordination.ledger.checkpoints import as_text
from coordination.ledger.models import Entry
from tests.factories import CheckpointFactory, EntryFactory, MembershipFactory, ProcessFactory

ENTRIES = 1000


class Kept:
    """A ledger of 1,000 entries as a party exported it, and a checkpoint that it kept."""

    def __init__(self) -> None:
        process = ProcessFactory(slug="valley")
        reader = MembershipFactory(process=process).user
        news = [
            News("process.noted", process, f"Noted “{n}” ✓", {"n": 0}, {"n": n + 1, "to": [n]})
            for n in range(ENTRIES - 1)
        ]
        append_all(process=process, actor=reader, origin="web", news=news)
        last = export.begin_export(process=process, actor=reader, reader=reader, origin="web")
        self.process_id = process.pk
        self.lines = list(export.lines(process, last, reader))
        self.checkpoint = as_text(CheckpointFactory(process=process))
        self.header = script.read_header(self.lines[0])
        self.entries, problems = script.read_entries(self.lines[1:], process.pk)
        assert problems == []

    def problems(self, header: dict[str, Any], entries: list[dict[str, Any]]) -> list[str]:
        """What is found in sound entries that stand in another order, or are others."""
        hashes = [entry["hash"] for entry in entries]
        (checkpoint,) = script.read_checkpoints(self.checkpoint, "kept")
        return [
            *script.check_chain(header, entries),
            *script.check_checkpoint(checkpoint, header, hashes),
        ]


_kept: list[Kept] = []


@pytest.fixture
def kept(db: None) -> Kept:
    """Made once: no test writes to it."""
    if not _kept:
        _kept.append(Kept())
    return _kept[0]


def run(*options: str) -> tuple[int, list[str]]:
    """The script's status, and the lines that it says."""
    said: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys.stdout, "write", lambda words: said.append(words) or len(words))
        status = script.main(list(options))
    return status, [line.strip() for line in said]


def judge(folder: Path, data: bytes, *more: str) -> tuple[int, list[str]]:
    """What the script says of a file: its status, and the lines that name something wrong."""
    file = folder / "ledger.jsonl"
    file.write_bytes(data)
    status, said = run(str(file), *more)
    return status, [line for line in said if line.startswith("WRONG")]


@pytest.fixture
def checkpoint(kept: Kept, tmp_path: Path) -> str:
    file = tmp_path / "checkpoint.txt"
    file.write_text(kept.checkpoint)
    return str(file)


def is_sound(line: bytes, process_id: int) -> bool:
    try:
        script.read_entry(line, process_id, "line")
    except script.Wrong:
        return False
    return True


def flipped(line: bytes, place: int, bits: int) -> bytes:
    return line[:place] + bytes([line[place] ^ bits]) + line[place + 1 :]


def test_what_was_exported_holds(kept: Kept, checkpoint: str, tmp_path: Path) -> None:
    assert len(kept.entries) == ENTRIES
    assert judge(tmp_path, b"".join(kept.lines), checkpoint) == (0, [])
    assert kept.problems(kept.header, kept.entries) == []


def test_a_flipped_byte_of_any_entry_makes_its_own_line_unsound(kept: Kept) -> None:
    """Every byte of three lines and two of every other, in random bits: a line says by itself."""
    dice = random.Random(5)
    missed = []
    for number, line in enumerate(kept.lines[1:]):
        exhaustive = number in (0, ENTRIES // 2, ENTRIES - 1)
        places = range(len(line)) if exhaustive else dice.choices(range(len(line)), k=2)
        for place in places:
            changed = flipped(line, place, 1 << dice.randrange(8))
            if is_sound(changed, kept.process_id):
                missed.append((number, place))
    assert missed == []


def test_a_flipped_byte_of_the_first_line_is_found(kept: Kept) -> None:
    missed, first = [], kept.lines[0]
    for place in range(len(first)):
        for bits in (1, 0x20):
            try:
                header = script.read_header(flipped(first, place, bits))
                other = header["process_id"] != kept.process_id
                sound = not other and kept.problems(header, kept.entries) == []
            except script.Wrong:
                continue
            missed += [(place, bits)] if sound else []
    assert missed == []


def test_flips_of_a_whole_file_are_found_by_the_script(
    kept: Kept, checkpoint: str, tmp_path: Path
) -> None:
    dice, data = random.Random(7), b"".join(kept.lines)
    places = [0, len(data) - 1, *dice.choices(range(len(data)), k=10)]
    answers = [judge(tmp_path, flipped(data, place, 4), checkpoint)[0] for place in places]
    assert answers == [1] * len(places)


def test_a_deleted_entry_is_found_wherever_it_was(kept: Kept) -> None:
    """Also where the first line is written anew for what is left."""
    missed = []
    for gone in range(ENTRIES):
        rest = kept.entries[:gone] + kept.entries[gone + 1 :]
        header = kept.header | {"count": len(rest), "head": rest[-1]["hash"]}
        missed += [] if kept.problems(header, rest) else [gone]
    assert missed == []


def test_an_entry_that_was_slipped_in_is_found_wherever_it_is(kept: Kept) -> None:
    missed = []
    for place in range(ENTRIES + 1):
        entries = [*kept.entries[:place], kept.entries[place // 2], *kept.entries[place:]]
        header = kept.header | {"count": len(entries), "head": entries[-1]["hash"]}
        missed += [] if kept.problems(header, entries) else [place]
    assert missed == []


def test_two_entries_that_changed_places_are_found(kept: Kept) -> None:
    missed = []
    for place in range(ENTRIES - 1):
        entries = list(kept.entries)
        entries[place], entries[place + 1] = entries[place + 1], entries[place]
        header = kept.header | {"head": entries[-1]["hash"]}
        missed += [] if kept.problems(header, entries) else [place]
    assert missed == []


def test_an_end_that_was_cut_off_is_found_wherever_it_was_cut(
    kept: Kept, checkpoint: str, tmp_path: Path
) -> None:
    missed = []
    for count in range(ENTRIES):
        entries = kept.entries[:count]
        head = entries[-1]["hash"] if entries else script.GENESIS
        header = kept.header | {"count": count, "head": head}
        missed += [] if kept.problems(header, entries) else [count]
    assert missed == []
    data = b"".join(kept.lines)
    for end in (0, 1, len(kept.lines[0]), len(data) // 2, len(data) - 1):
        assert judge(tmp_path, data[:end], checkpoint)[0] == 1


def test_a_tail_that_was_stamped_anew_is_found_from_wherever_it_begins(kept: Kept) -> None:
    """Somebody with the whole database changes an entry and computes every hash after it."""
    missed = []
    for start in (*range(0, ENTRIES, 37), ENTRIES - 1):
        previous = kept.entries[start - 1]["hash"] if start else script.GENESIS
        entries = kept.entries[:start]
        for entry in kept.entries[start:]:
            content = script.digest("forged") if len(entries) == start else entry["content_hash"]
            parts = (previous, kept.process_id, entry["sequence"], content)
            here = script.digest("\n".join(map(str, parts)))
            entries = [*entries, {**entry, "previous_hash": previous, "hash": here}]
            previous = here
        header = kept.header | {"head": previous}
        assert script.check_chain(header, entries) == []  # the chain alone would not tell
        missed += [] if kept.problems(header, entries) else [start]
    assert missed == []


def test_every_flipped_byte_of_a_checkpoint_is_found(kept: Kept) -> None:
    (whole,) = script.read_checkpoints(kept.checkpoint, "kept")
    missed = []
    for place in range(len(kept.checkpoint)):
        changed = flipped(kept.checkpoint.encode(), place, 1).decode("utf-8", "replace")
        try:
            found = script.read_checkpoints(changed, "kept")
        except script.Wrong:
            continue
        if found != [whole]:  # a space for a line's end changes nothing that is said
            missed.append(place)
    assert missed == []


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_rubbish_gets_an_answer(tmp_path_factory: Any, ledger: bytes, checkpoint: bytes) -> None:
    folder = tmp_path_factory.mktemp("rubbish")
    file = folder / "checkpoint.txt"
    begin, end = script.BEGIN.encode(), script.END.encode()
    file.write_bytes(begin + checkpoint + end)
    assert judge(folder, ledger, str(file), "--entry", str(file))[0] == 1


def test_odd_values_in_the_right_places_get_an_answer(tmp_path: Path) -> None:
    for odd in ("null", "[]", '"x"', "1e999", "-1", "true", "NaN", "[" * 100_000, "9" * 5000):
        lines = [
            '{"count":%s,"format":"entente-ledger-1","head":"%s","process":"a","process_id":1}',
            '{"content_hash":"%s","hash":"%s","previous_hash":"%s","sequence":%s}',
        ]
        data = lines[0] % (odd, "0" * 64) + "\n" + lines[1] % (*["0" * 64] * 3, odd) + "\n"
        assert judge(tmp_path, data.encode())[0] == 1
        assert judge(tmp_path, odd.encode() + b"\n")[0] == 1
    assert script.main([str(tmp_path / "nothing")]) == 1
    assert script.main([str(tmp_path)]) == 1


def test_one_entry_is_proved_against_a_ledger_of_hashes_alone(
    kept: Kept, checkpoint: str, tmp_path: Path
) -> None:
    hashes = [kept.lines[0]]
    for line in kept.lines[1:]:
        said = json.loads(line)
        del said["content"], said["salt"]
        hashes.append(signing.canonical(said).encode() + b"\n")
    one = tmp_path / "one.jsonl"
    one.write_bytes(kept.lines[500])
    ledger = b"".join(hashes)
    assert judge(tmp_path, ledger, checkpoint, "--entry", str(one)) == (0, [])
    one.write_bytes(kept.lines[500].replace(b"Noted", b"Voted"))
    assert judge(tmp_path, ledger, checkpoint, "--entry", str(one))[0] == 1
    one.write_bytes(hashes[500])
    assert judge(tmp_path, ledger, checkpoint, "--entry", str(one))[0] == 1


def test_a_checkpoint_that_was_kept_twice_counts_once(
    kept: Kept, checkpoint: str, tmp_path: Path
) -> None:
    twice = tmp_path / "again.txt"
    twice.write_text(f"{kept.checkpoint}\n> {kept.checkpoint}")
    assert judge(tmp_path, b"".join(kept.lines), checkpoint, str(twice)) == (0, [])


@pytest.mark.django_db
def test_it_says_for_which_entries_no_checkpoint_vouches(tmp_path: Path) -> None:
    process = ProcessFactory()
    reader = MembershipFactory(process=process).user
    EntryFactory(process=process)
    ledger, early, late = (str(tmp_path / name) for name in ("ledger", "early", "late"))
    Path(early).write_text(as_text(CheckpointFactory(process=process)))
    EntryFactory(process=process)
    last = export.begin_export(process=process, actor=reader, reader=reader, origin="web")
    Path(ledger).write_bytes(b"".join(export.lines(process, last, reader)))
    Path(late).write_text(as_text(CheckpointFactory(process=process)))
    later = "Entries 2 to 3 are later than every checkpoint here: nothing vouches for them yet."
    for files, is_said in (([early], True), ([early, late], False)):
        status, said = run(ledger, *files)
        assert (status, later in said) == (0, is_said)


def test_files_in_the_wrong_order_are_named_as_such(
    kept: Kept, checkpoint: str, tmp_path: Path
) -> None:
    ledger = tmp_path / "ledger.jsonl"
    ledger.write_bytes(b"".join(kept.lines))
    words = f"WRONG: {checkpoint} is not an exported ledger; is the order of the files right?"
    assert run(checkpoint, str(ledger)) == (
        1,
        [words, "NOT everything holds: see above."],
    )


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("2026-11-22T13:01:59.123456+00:00", "22 Nov 2026, 13:01 UTC"),
        ("2026-11-22T00:01:00+02:00", "21 Nov 2026, 22:01 UTC"),
        ("0001-01-01T00:00:00+23:00", "0001-01-01T00:00:00+23:00"),
        ("yesterday", "yesterday"),
        (None, "None"),
    ],
)
def test_moments_are_said_as_people_write_them(said: Any, words: str) -> None:
    assert script.when(said) == words


def test_the_script_runs_by_itself(kept: Kept, checkpoint: str, tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.jsonl"
    ledger.write_bytes(b"".join(kept.lines))
    command = [sys.executable, "-I", str(script.__file__), str(ledger), checkpoint]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0] == "Ledger of valley: 1000 entries, 1000 with content."
    assert done.stdout.splitlines()[-1] == "Everything that was checked holds."


@pytest.mark.django_db
def test_the_script_computes_what_the_product_computes() -> None:
    EntryFactory(after={"b": [1.5, None, True], "a": "“Široki” \n \u2028 𝄞"})
    entry = Entry.objects.get()
    said = script.read_entry(export.line(entry, shown=True), entry.process_id, "it")
    assert said["content_hash"] == content_hash(entry)


def test_a_checkpoint_is_read_as_mails_fold_and_quote_it(kept: Kept) -> None:
    quoted = "".join(f"> {line}\r\n" for line in kept.checkpoint.splitlines())
    forwarded = f"Hello,\n\n{quoted}\n-- \nA."
    assert script.read_checkpoints(forwarded, "mail")[0]["count"] == ENTRIES
