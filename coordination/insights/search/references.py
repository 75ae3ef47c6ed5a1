"""Numbers as lawyers cite them, however they are typed: “art ix 1 c” is “Art. IX.1(c)”."""

import re
from dataclasses import dataclass

#: Words that say what a number is of, and are left out as often as not.
_UNSAID = frozenset(
    (
        *("art", "arts", "article", "articles", "para", "paras", "paragraph", "paragraphs"),
        *("section", "sec", "point", "clause", "no"),
    )
)
#: Words that a citation begins with.
_WHOLES = frozenset(
    (
        *("annex", "appendix", "attachment", "book", "chapter", "part", "protocol", "schedule"),
        *("strand", "title"),
    )
)
_ALSO = frozenset(("bis", "ter"))
_TOKENS = re.compile(r"[0-9]+|[a-z]+")
_ROMAN = re.compile(r"(?=[ivxlc])(xc|xl|l?x{0,3})(ix|iv|v?i{0,3})")
_REGISTER = re.compile(r"\s*c?\s*[-–.]?\s*([0-9]{1,9})\s*", re.IGNORECASE)
_BETWEEN = "[^a-z0-9]"
MOST_TOKENS = 12


def tokens(text: str) -> list[str]:
    """The numbers and letters of a citation, without the words that may be left out."""
    return [one for one in _TOKENS.findall(text.casefold()) if one not in _UNSAID]


def register_number(typed: str) -> int | None:
    """15 of “C-15”, “c15” and “15”."""
    said = _REGISTER.fullmatch(typed)
    return int(said[1]) if said else None


@dataclass(frozen=True)
class Reference:
    """What was typed, where it reads as a citation."""

    tokens: tuple[str, ...]

    @property
    def pattern(self) -> str:
        """A regular expression, as PostgreSQL and Python both read it, that finds the citations
        in which these stand one after the other."""
        unsaid = "|".join(sorted(_UNSAID))
        gap = f"{_BETWEEN}*(({unsaid}){_BETWEEN}+)*"
        pieces = [f"(^|{_other(self.tokens[0])})"]
        for before, one in zip((None, *self.tokens), self.tokens, strict=False):
            if before is not None:
                same = before.isdigit() == one.isdigit()
                pieces.append(f"{_BETWEEN}{gap}" if same else gap)
            pieces.append(one)
        return "".join([*pieces, f"({_other(self.tokens[-1])}|$)"])

    def distance(self, citation: str) -> int:
        """0 where the citation is this, 1 where it ends so, 2 where it stands below it."""
        own, whole = list(self.tokens), tokens(citation)
        if own == whole:
            return 0
        return 1 if whole[-len(own) :] == own else 2


def _other(token: str) -> str:
    return "[^0-9]" if token.isdigit() else "[^a-z]"


def read_reference(typed: str) -> Reference | None:
    """The citation that was typed; None where it reads as words."""
    if not typed.isascii():
        return None
    said = _TOKENS.findall(typed.casefold())
    named = any(one in _UNSAID or one in _WHOLES for one in said[:1])
    own = tokens(typed)
    if not own or len(own) > MOST_TOKENS or not all(map(_may_be_number, own)):
        return None
    numbered = any(one.isdigit() for one in own)
    lone = len(own) == 1 and typed.strip().isupper() and len(own[0]) > 1
    if not (numbered or lone or (named and len(own) + len(said) > 2)):
        return None
    return Reference(tuple(own))


def _may_be_number(token: str) -> bool:
    short = token.isdigit() or len(token) == 1
    return short or token in _WHOLES | _ALSO or _ROMAN.fullmatch(token) is not None
