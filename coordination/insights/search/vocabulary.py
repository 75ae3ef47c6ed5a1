"""The words that a reader may meet in names and titles, to read what is misspelled as one of them.

It is made of the rows alone that the reader may see, so that no suggestion tells of another.
"""

import re
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from threading import Lock
from typing import Any

from django.db.models import QuerySet

from coordination.agreements.models import Agreement, Provision
from coordination.bodies.models import Body, FormerName
from coordination.commitments.models import Commitment
from coordination.ledger.models import Chain
from coordination.processes.models import Membership, Party

from .words import folded

#: Rows of each kind and words in all: what is beyond them is found as it is spelled.
MOST_ROWS, MOST_WORDS = 3000, 8000
#: Vocabularies kept, and for how many seconds at most.
KEPT, MINUTES = 32, 5
#: Spellings of one word, and words that one may have been meant to be.
MOST_SPELLINGS, MOST_MEANT = 4, 2
#: From which length on a word is corrected, and how like it must be.
SHORTEST, ALIKE = 4, 0.74
_WORD = re.compile(r"[^\W\d_]{3,40}")

Key = tuple[Any, ...]


@dataclass(frozen=True)
class Vocabulary:
    """Folded words, each with the ways in which records spell it."""

    spellings: dict[str, tuple[str, ...]]

    @classmethod
    def of(cls, texts: Iterable[str]) -> "Vocabulary":
        found: dict[str, dict[str, None]] = {}
        for text in texts:
            for word in _WORD.findall(text):
                plain = folded(word)
                if plain in found or len(found) < MOST_WORDS:
                    found.setdefault(plain, {})[word] = None
        return cls({plain: tuple(ways) for plain, ways in found.items()})

    def knows(self, word: str) -> bool:
        plain = folded(word)
        return any(plain in other for other in self.spellings)

    def other_spellings(self, word: str) -> list[str]:
        """Words that hold this one but for capitals and accents, as they stand in the records."""
        plain, found = folded(word), []
        for other, ways in self.spellings.items():
            if plain in other:
                found += [way for way in ways if not way.isascii() and word not in way]
        return found[:MOST_SPELLINGS]

    def meant(self, word: str) -> list[str]:
        """The words that are spelled most like one that is unknown; none for one that is known."""
        plain = folded(word)
        if len(plain) < SHORTEST or not plain.isalpha() or self.knows(word):
            return []
        matcher = SequenceMatcher(b=plain, autojunk=False)
        found = []
        for other in self.spellings:
            if abs(len(other) - len(plain)) > 2:
                continue
            matcher.set_seq1(other)
            if matcher.real_quick_ratio() < ALIKE or matcher.quick_ratio() < ALIKE:
                continue
            if (ratio := matcher.ratio()) >= ALIKE:
                found.append((-ratio, other))
        found.sort()
        near = [other for ratio, other in found if ratio <= found[0][0] + 0.06]
        return [self.spellings[other][0] for other in near[:MOST_MEANT]]


_kept: OrderedDict[Key, Vocabulary] = OrderedDict()
_lock = Lock()


def vocabulary_of(user: Any) -> Vocabulary:
    """A person's, made anew when their processes changed, and every few minutes.

    Kept in this process only, under who reads and up to where each of their ledgers goes: whoever
    leaves a process has another key at once.
    """
    chains = Chain.objects.visible_to(user).order_by("pk").values_list("process", "count")
    key = (user.pk, int(time.monotonic() // (60 * MINUTES)), *chains)
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    made = Vocabulary.of(_texts(user))
    with _lock:
        _kept[key] = made
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return made


def forget() -> None:
    """All vocabularies; for tests, whose rows go without an entry in a ledger."""
    with _lock:
        _kept.clear()


def _texts(user: Any) -> Iterable[str]:
    first, *others = (
        _newest(Body.objects.visible_to(user), "name"),
        _newest(FormerName.objects.visible_to(user), "name"),
        _newest(Party.objects.visible_to(user), "name"),
        _newest(Membership.objects.visible_to(user).current(), "user__name"),
        _newest(Membership.objects.visible_to(user).current(), "user__function"),
        _newest(Agreement.objects.visible_to(user), "name"),
        _newest(Commitment.objects.visible_to(user), "title"),
        _newest(Provision.objects.visible_to(user), "heading"),
    )
    return (text for (text,) in first.union(*others) if text)


def _newest(rows: Any, column: str) -> QuerySet:
    """One column of the newest rows; as a subquery, for a part of a union has no limit of its own
    on every database."""
    newest = rows.order_by("-pk").values("pk")[:MOST_ROWS]
    return rows.model._default_manager.filter(pk__in=newest).order_by().values_list(column)
