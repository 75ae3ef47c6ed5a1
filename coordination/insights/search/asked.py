"""What somebody looks for: words in every spelling, a citation, a number of the register."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from .references import Reference, read_reference, register_number
from .vocabulary import vocabulary_of
from .words import LONGEST, spelled, split


@dataclass(frozen=True)
class Word:
    """As it was typed, as it is spelled in records, and what it may have been meant to be."""

    typed: str
    spellings: tuple[str, ...]
    meant: tuple[str, ...] = ()

    def any_of(self, fields: tuple[str, ...], meant: bool = True) -> Q:
        found = Q(pk__in=[])
        for way in (*self.spellings, *(self.meant if meant else ())):
            for name in fields:
                found |= Q(**{f"{name}__icontains": way})
        return found


@dataclass(frozen=True)
class Asked:
    typed: str
    words: tuple[Word, ...] = ()
    reference: Reference | None = None
    number: int | None = None
    #: The words that are marked in a line; a citation is, as it stands there.
    marks: list[str] = field(default_factory=list)

    @property
    def pattern(self) -> str:
        return self.reference.pattern if self.reference else ""

    def within(self, *fields: str, meant: bool = True) -> Q:
        """Rows with every word in one of the fields, or with the citation in one of them."""
        found = Q(pk__in=[])
        if self.reference is not None:
            for name in fields:
                found |= Q(**{f"{name}__iregex": self.pattern})
            return found
        found = Q()
        for word in self.words:
            found &= word.any_of(fields, meant)
        return found

    def as_typed(self, *fields: str) -> Q | None:
        """The same without taking a word for another; None where no word is."""
        return self.within(*fields, meant=False) if self.corrected else None

    def cites(self, name: str) -> Q:
        """Rows that are cited so."""
        return self.within(name) if self.reference is not None else Q(pk__in=[])

    def distance(self, citation: str) -> int:
        """How far a citation is from the one that was typed."""
        return self.reference.distance(citation) if self.reference else 0

    @property
    def corrected(self) -> str:
        """What is looked for instead of a word that nothing is called, if anything."""
        if not any(word.meant for word in self.words):
            return ""
        return " ".join(word.meant[0] if word.meant else word.typed for word in self.words)


def read_asked(typed: str, user: Any, as_typed: bool = False) -> Asked | None:
    """What was typed; None where it is too little to look for.

    `as_typed` takes no word for another.
    """
    typed = " ".join(typed.replace("\x00", "").split())[:LONGEST]
    said, number, reference = split(typed), register_number(typed), read_reference(typed)
    if not said or (reference is None and all(len(one) < 2 and one.isascii() for one in said)):
        return None
    if reference is not None:
        words = tuple(Word(one, (one,)) for one in said)
        return Asked(typed, words, reference, number)
    known = vocabulary_of(user)
    words = tuple(
        Word(
            one,
            tuple(dict.fromkeys([*spelled(one), *known.other_spellings(one)])),
            () if as_typed else tuple(known.meant(one)),
        )
        for one in said
    )
    marks = [way for word in words for way in (word.typed, *word.meant)]
    return Asked(typed, words, None, number, marks)
