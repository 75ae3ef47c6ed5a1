"""How lawyers cite a provision, and where a passage that somebody quotes stands in its text."""

import re

#: What is divided into articles or paragraphs and is no number of one itself.
_WHOLES = frozenset(
    (
        *("annex", "appendix", "attachment", "book", "chapter", "declaration", "part"),
        *("preamble", "protocol", "schedule", "strand", "title"),
    )
)
#: A paragraph or a point: “2”, “2bis”, “2.1”, “(d)”, a single letter, or a Roman number.
_POINT = re.compile(r"\(\w{1,6}\)|\d+(\.\d+)*[a-z]{0,4}|[^\W\d_]|[ivxlc]+|[IVXLC]+")
#: What a point can be put behind: another point, or a word with its number.
_NUMBERED = re.compile(r"(\d\w{0,4}|\b[IVXLC]+|\b[ivxlc]+|\b[^\W\d_]|\))$")
_DECIMAL = re.compile(r"\d+(\.\d+)*")


def cite(parent_citation: str, label: str) -> str:
    """The citation of what has this number below what is cited so; "" is the agreement itself.

    >>> cite("Annex 1A, Art. IV.2", "(d)")
    'Annex 1A, Art. IV.2(d)'
    """
    own = " ".join(label.split())
    if _POINT.fullmatch(own.removesuffix(".")):
        own = own.removesuffix(".")
    if not parent_citation:
        return own
    own = re.sub(r"^Article\b", "Art.", own)
    whole, comma, last = parent_citation.rpartition(", ")
    if _says_all(last, own):
        return f"{whole}{comma}{own}"
    if _POINT.fullmatch(own) and _takes_points(last):
        within = _of_article(last, own)
        if within:
            return f"{whole}{comma}{within}"
        return parent_citation + (own if own.startswith("(") else f".{own}")
    if _says_number_of(last, own):
        return f"{whole}{comma}{own}"
    return f"{parent_citation}, {own}"


def own_number(parent_citation: str, label: str) -> str:
    """The number as it stands before a paragraph: “1.” also where the label is “Art. IX.1”."""
    last = parent_citation.rpartition(", ")[2]
    rest = label.removeprefix(last) if last and not _DECIMAL.fullmatch(last) else label
    if rest == label or not rest.startswith((".", "(")):
        return label
    rest = rest.removeprefix(".")
    return f"{rest}." if rest.isdecimal() else rest


def _words(citation: str) -> tuple[str, str]:
    """The word that a number goes with, and the number: “art.” and “IV.2”; “” and “2.1”."""
    word, _space, number = citation.rpartition(" ")
    return re.sub(r"^article$", "art.", word.casefold()), number


def _takes_points(last: str) -> bool:
    word = re.split(r"\W", last, maxsplit=1)[0].casefold()
    return word not in _WHOLES and _NUMBERED.search(last) is not None


def _says_all(last: str, own: str) -> bool:
    """Whether the label names what it stands below: “Art. IV.2” below “Art. IV”, “2.1.5” below
    “2.1”. An article is not below another, so its label says all of it whatever stands above."""
    (above, upper), (word, number) = _words(last), _words(own)
    if word:
        says = _POINT.fullmatch(number) or any(letter.isdigit() for letter in number)
        return bool(says) and word == above and number != upper
    return (
        not above
        and _DECIMAL.fullmatch(upper) is not None
        and _DECIMAL.fullmatch(number) is not None
        and number.count(".") > upper.count(".")
    )


def _says_number_of(last: str, own: str) -> bool:
    """Whether a decimal number goes on from that above: “2.1”, or “Art. 2.1”, below “Chapter 2”."""
    upper, number = _words(last)[1], _words(own)[1]
    return bool(_DECIMAL.fullmatch(number)) and number.startswith(f"{upper}.")


def _of_article(last: str, own: str) -> str:
    """“Art. 2.1” of “2.1” below “Art. 2”; nothing where the number repeats no other."""
    word, _space, upper = last.rpartition(" ")
    return f"{word} {own}" if word and own.startswith(f"{upper}.") else ""


# --- Passages -----------------------------------------------------------------------------------

_QUOTES = str.maketrans("“”„‟‘’‚‛", "\"\"\"\"''''")
_LEFT_OUT = re.compile(r"…|\.{3,}")


def find_passage(text: str, passage: str) -> tuple[int, int] | None:
    """From where to where a quoted passage stands in a text; None where it does not.

    White space and the shape of quotes do not matter; an ellipsis stands for anything left out.
    """
    plain, places = _plain(text)
    pieces = [_plain(piece)[0].strip() for piece in _LEFT_OUT.split(passage)]
    pieces = [piece for piece in pieces if piece]
    if not pieces:
        return None
    start, end = plain.find(pieces[0]), 0
    for piece in pieces:
        found = plain.find(piece, end)
        if found < 0:
            return None
        end = found + len(piece)
    return places[start], places[end - 1] + 1


def _plain(text: str) -> tuple[str, list[int]]:
    """The text with straight quotes and single spaces, and where each of its letters stood."""
    letters: list[str] = []
    places: list[int] = []
    for place, letter in enumerate(text.translate(_QUOTES)):
        if letter.isspace():
            if letters and letters[-1] == " ":
                continue
            letter = " "
        letters.append(letter)
        places.append(place)
    return "".join(letters), places
