"""Words as people type them and as records spell them, and where they stand in a text."""

import re
import unicodedata

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

#: Of what is typed; more is an accident or an attack.
LONGEST, MOST_WORDS, LONGEST_WORD = 200, 6, 80
#: Letters that no accent makes of others, and the stroke that only stretches Arabic words.
_LIKE = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "ـ": None})
_SPLIT = re.compile(r"[\s,;:!?\"“”„«»()\[\]]+")


def folded(text: str) -> str:
    """The text without what tells capitals, and letters with accents, from others."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(one for one in plain if not unicodedata.combining(one)).translate(_LIKE)


def split(typed: str) -> list[str]:
    """The words that were typed, in their order, each once and none too long."""
    words = [word.strip(".'’-/")[:LONGEST_WORD] for word in _SPLIT.split(typed[:LONGEST])]
    return [*dict.fromkeys(word for word in words if word)][:MOST_WORDS]


def spelled(word: str) -> list[str]:
    """How a word is asked of the database, which folds the capitals of ASCII alone.

    Other capitals, and the word without its accents, are asked for besides.
    """
    if word.isascii():
        return [word]
    ways = (word, folded(word), word.lower(), word.upper(), word.capitalize())
    return [*dict.fromkeys(way for way in ways if way)]


def _with_places(text: str) -> tuple[str, list[int]]:
    """The folded text, and for each of its letters where it stood."""
    letters, places = [], []
    for place, one in enumerate(text):
        for letter in folded(one):
            letters.append(letter)
            places.append(place)
    return "".join(letters), places


def places_of(text: str, words: list[str], pattern: str = "") -> list[tuple[int, int]]:
    """From where to where the words stand in a text, in order, those that overlap as one.

    The pattern is that of a citation: its first and last groups are what stands around it.
    """
    plain, places = _with_places(text)
    found: list[tuple[int, int]] = []
    for word in filter(None, map(folded, words)):
        start = plain.find(word)
        while start >= 0:
            end = start + len(word)
            found.append((places[start], places[end - 1] + 1))
            start = plain.find(word, end)
    if pattern:
        cited = re.compile(pattern, re.IGNORECASE)
        found += [(one.end(1), one.start(cited.groups)) for one in cited.finditer(text)]
    joined: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def marked(text: str, words: list[str], pattern: str = "") -> SafeString:
    """The text as HTML, with the words in it marked."""
    pieces, last = [], 0
    for start, end in places_of(text, words, pattern):
        pieces += [escape(text[last:start]), "<mark>", escape(text[start:end]), "</mark>"]
        last = end
    return mark_safe("".join([*pieces, escape(text[last:])]))  # noqa: S308 every piece is escaped


def line_of(text: str, words: list[str], pattern: str = "", width: int = 180) -> str:
    """One line around the first of the words; its beginning where none stands in it."""
    line = " ".join(text[:40_000].split())
    if len(line) <= width:
        return line
    places = places_of(line, words, pattern)
    start = max(places[0][0] - width // 3, 0) if places else 0
    if start:
        start = line.find(" ", start, start + 30) + 1 or start
    end = min(start + width, len(line))
    if end < len(line):
        end = max(line.rfind(" ", start, end), end - 30)
    return ("… " if start else "") + line[start:end] + (" …" if end < len(line) else "")
