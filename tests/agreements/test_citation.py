"""Citations as lawyers write them, and where a quoted passage stands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coordination.agreements.citation import cite, find_passage, own_number


@pytest.mark.parametrize(
    ("above", "label", "citation"),
    [
        ("", "Annex 1A", "Annex 1A"),
        ("", "Article IV", "Article IV"),
        ("", "1.", "1"),
        ("Annex 1A", "Art. IV", "Annex 1A, Art. IV"),
        ("Annex 1A", "Article IV", "Annex 1A, Art. IV"),
        ("Annex 1A, Art. IV", "2", "Annex 1A, Art. IV.2"),
        ("Annex 1A, Art. IV", "2.", "Annex 1A, Art. IV.2"),
        ("Annex 1A, Art. IV", "2bis", "Annex 1A, Art. IV.2bis"),
        ("Annex 1A, Art. IV.2", "(d)", "Annex 1A, Art. IV.2(d)"),
        ("Annex 1A, Art. IV.2(d)", "(i)", "Annex 1A, Art. IV.2(d)(i)"),
        ("Annex 1A, Art. IV", "(b)", "Annex 1A, Art. IV(b)"),
        # A label that says what it stands below.
        ("Annex 1A, Art. IV", "Art. IV.2", "Annex 1A, Art. IV.2"),
        ("Annex 1A, Art. V", "Art. IV.2", "Annex 1A, Art. IV.2"),
        ("Art. 1.4.7", "Art. 1.4.7.4", "Art. 1.4.7.4"),
        # Decimal numbers.
        ("Chapter 2", "2.1", "2.1"),
        ("2.1", "2.1.5", "2.1.5"),
        ("2.1", "5", "2.1.5"),
        ("Chapter 1", "Art. 1.1.5", "Art. 1.1.5"),
        ("Chapter 1", "Art. 11.5", "Chapter 1, Art. 11.5"),
        ("Annex A, Chapter 2", "2.1", "Annex A, 2.1"),
        ("Art. 2", "2.1", "Art. 2.1"),
        # What has a name of its own.
        ("Annex 7", "Chapter V", "Annex 7, Chapter V"),
        ("Annex 3", "Art. II.4", "Annex 3, Art. II.4"),
        ("Annex 1A", "Schedule 1", "Annex 1A, Schedule 1"),
        ("The Agreement", "Strand Two", "The Agreement, Strand Two"),
        ("Strand Two", "5", "Strand Two, 5"),
        ("Annex 7", "1", "Annex 7, 1"),
        ("Preamble", "(a)", "Preamble, (a)"),
        ("Chapter 2", "  Section   B ", "Chapter 2, Section B"),
    ],
)
def test_a_citation_is_composed_as_lawyers_write_it(above: str, label: str, citation: str) -> None:
    assert cite(above, label) == citation


@pytest.mark.parametrize(
    ("above", "label", "number"),
    [
        ("Annex 1A, Art. IX", "Art. IX.1", "1."),
        ("Annex 1A, Art. IX.1", "Art. IX.1(c)", "(c)"),
        ("Annex 1A, Art. IX.1", "(c)", "(c)"),
        ("Annex 1A", "Art. IX", "Art. IX"),
        ("2.1", "2.1.5", "2.1.5"),
        ("", "Annex 1A", "Annex 1A"),
    ],
)
def test_before_a_paragraph_stands_its_own_number(above: str, label: str, number: str) -> None:
    assert own_number(above, label) == number


TEXT = "The Parties shall  release\n“all combatants” and civilians’ families, without delay."


@pytest.mark.parametrize(
    ("passage", "found"),
    [
        ("shall release", "shall  release"),
        (' release "all combatants" ', "release\n“all combatants”"),
        ("civilians' families", "civilians’ families"),
        ("The Parties … without delay", TEXT[:-1]),
        ("shall ... and civilians", "shall  release\n“all combatants” and civilians"),
        ("… without delay.", "without delay."),
        ("without delay … The Parties", None),
        ("shall detain", None),
        ("…", None),
        ("", None),
    ],
)
def test_a_passage_is_found_whatever_its_spaces_and_quotes(passage: str, found: str | None) -> None:
    span = find_passage(TEXT, passage)
    assert (TEXT[slice(*span)] if span else None) == found


WORDS = st.text(alphabet="ab \n\u00a0.…“”\"'’", max_size=40)


@given(WORDS, st.text(alphabet="xyz “\n", min_size=1, max_size=12), WORDS)
def test_a_passage_cut_out_of_a_text_is_found_where_it_was(
    before: str, passage: str, after: str
) -> None:
    text = before + passage + after
    span = find_passage(text, passage.replace("“", '"').replace(" ", "\n "))
    if not passage.strip():
        assert span is None
    elif any(letter in passage for letter in "xyz"):
        start = len(before) + len(passage) - len(passage.lstrip())
        assert span == (start, start + len(passage.strip()))


@given(WORDS, WORDS, WORDS)
def test_where_something_is_left_out_both_ends_are_found(first: str, left: str, last: str) -> None:
    text = f"x{first}y{left}z{last}w"
    assert find_passage(text, f"x{first}y … z{last}w") == (0, len(text))
