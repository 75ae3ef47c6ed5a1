"""What is read as typed, and what is refused before it can do harm."""

import pytest

from coordination.portability.problems import FileRefused
from coordination.portability.yaml_source import read_source


def read(text: str | bytes) -> object:
    content = text if isinstance(text, bytes) else text.encode()
    return read_source("file.yaml", content).data


def refusal(text: str | bytes) -> str:
    with pytest.raises(FileRefused) as refused:
        read(text)
    return str(refused.value)


def test_every_scalar_stays_the_text_that_was_typed() -> None:
    assert read("code: NO\nnumber: 7.10\nday: 1996-01-19\ntime: 10:30\nnothing: null\n") == {
        "code": "NO",
        "number": "7.10",
        "day": "1996-01-19",
        "time": "10:30",
        "nothing": "null",
    }


def test_a_field_without_a_value_is_absent() -> None:
    assert read("one:\ntwo: ''\nthree: '  '\nfour: 4\n") == {"four": "4"}


def test_each_value_knows_its_line_and_column() -> None:
    source = read_source("file.yaml", b"bodies:\n  - code: JMC\n    seats:\n      - {number: 1}\n")
    assert source.places[("bodies", 0, "code")] == (2, 5)
    assert source.places[("bodies", 0, "seats", 0, "number")] == (4, 10)


def test_a_bomb_of_aliases_is_refused_at_its_first_anchor() -> None:
    bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"
    assert refusal(bomb) == (
        "file.yaml, line 1: aliases and anchors (* and &) are not used here; repeat it"
    )


def test_a_merge_key_is_a_field_like_any_other() -> None:
    assert read("<<: {a: b}") == {"<<": {"a": "b"}}


def test_an_alias_is_refused() -> None:
    assert refusal("a: *b\n").startswith("file.yaml, line 1: aliases and anchors")


@pytest.mark.parametrize("tag", ["!!python/object:os.system", "!!binary", "!mine"])
def test_a_tag_is_refused(tag: str) -> None:
    assert refusal(f"x: 1\na: {tag} b\n").startswith("file.yaml, line 2: tags (")


def test_a_field_that_stands_twice_is_refused() -> None:
    assert refusal("a: 1\nb: 2\na: 3\n") == "file.yaml, line 3: “a” stands here a second time"


def test_a_file_over_two_megabytes_is_refused() -> None:
    assert refusal(b"a: " + b"x" * (2 * 1024 * 1024)) == (
        "file.yaml: the file is over 2 MB; a process file is text only"
    )


@pytest.mark.parametrize("deep", ["[" * 5000, "{a: " * 5000, "- " * 40 + "x"])
def test_what_is_nested_too_deep_is_refused(deep: str) -> None:
    assert refusal(deep) == "file.yaml, line 1: this is nested deeper than 30 levels"


def test_bytes_that_are_not_utf_8_are_refused_with_their_line() -> None:
    assert refusal(b"a: b\nname: Brc\xe8ko\n") == (
        "file.yaml, line 2: this is not UTF-8; save the file as UTF-8"
    )


def test_a_byte_order_mark_is_passed_over() -> None:
    assert read(b"\xef\xbb\xbfa: b\n") == {"a": "b"}


@pytest.mark.parametrize("text", ['a: "\\0"', 'a: "\\x07"'])
def test_a_control_character_is_refused(text: str) -> None:
    assert refusal(text) == "file.yaml, line 1: this text holds a control character; remove it"


def test_half_of_a_character_is_refused() -> None:
    assert refusal('a: "\\uD800"').startswith("file.yaml, line 1: this ")


def test_a_second_document_is_refused() -> None:
    assert refusal("a: 1\n---\nb: 2\n") == (
        "file.yaml, line 2: a process file holds one document; remove the ---"
    )


def test_a_list_cannot_be_a_fields_name() -> None:
    assert refusal("? [a]\n: b\n") == "file.yaml, line 1: a field's name is a plain word here"


def test_tabs_are_named() -> None:
    assert refusal("a:\n\tb: 1\n") == (
        "file.yaml, line 2: tabs cannot indent a line in YAML; use spaces"
    )


def test_what_is_no_yaml_is_told_with_its_line() -> None:
    assert refusal("a: 1\nb: [1, 2\nc: 3\n").startswith("file.yaml, line 3: this is not YAML (")
