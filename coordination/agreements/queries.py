"""Reading an agreement: its provisions as a tree in reading order, a part at a time."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q
from django.db.models.functions import Length

from coordination.processes.models import Process

from .citation import find_passage, own_number
from .models import Agreement, Provision

#: Provisions in one part of the text, and how heavy one may be, so that its page stays below 50 KB:
#: a letter weighs 2, a provision and a commitment what is written around their words.
MOST, HEAVIEST, PROVISION, COMMITMENT = 40, 30_000, 350, 550
#: Of one provision in the text; its own page has all of it.
LETTERS, COMMITMENTS = 3_500, 6
#: Lines of the contents.
CONTENTS = 40


@dataclass
class Line:
    """A provision at its place in the tree; `text` and `commitments` are there once it is shown."""

    pk: int
    parent: int | None
    label: str
    citation: str
    heading: str
    letters: int = 0
    owed: int = 0
    depth: int = 0
    number: str = ""
    part: int = 1
    text: str = ""
    commitments: list[Any] = field(default_factory=list)

    @property
    def weight(self) -> int:
        return PROVISION + 2 * min(self.letters, LETTERS) + COMMITMENT * min(self.owed, COMMITMENTS)

    @property
    def hangs(self) -> bool:
        """Whether its number is short enough to stand beside the text."""
        return len(self.number) <= 7 and " " not in self.number

    @property
    def indent(self) -> int:
        """Deeper levels stand below each other: a page has no room for more."""
        return min(self.depth, 5)

    @property
    def shown(self) -> list[Any]:
        return self.commitments[:COMMITMENTS]

    @property
    def more(self) -> int:
        return len(self.commitments) - len(self.shown)


def in_reading_order(rows: Iterable[Any]) -> list[tuple[int, int]]:
    """Key and depth of each of the (key, parent) pairs, which come as they stand in the text.

    What is below something stands right after it, wherever else its own position would put it.
    """
    below: dict[int | None, list[int]] = {}
    for pk, parent in rows:
        below.setdefault(parent, []).append(pk)
    found: list[tuple[int, int]] = []
    waiting = [(pk, 0) for pk in reversed(below.get(None, []))]
    while waiting:
        pk, depth = waiting.pop()
        found.append((pk, depth))
        waiting += [(child, depth + 1) for child in reversed(below.get(pk, []))]
    return found


def outline(agreement: Agreement) -> list[Line]:
    """Every provision without its text, in reading order: one query."""
    rows = (
        agreement.provisions.order_by("order", "pk")
        .annotate(letters=Length("text"), owed=Count("commitments"))
        .values_list("pk", "parent", "label", "citation", "heading", "letters", "owed")
    )
    lines = {row[0]: Line(*row) for row in rows}
    found = []
    for pk, depth in in_reading_order((line.pk, line.parent) for line in lines.values()):
        line = lines[pk]
        line.depth = depth
        above = lines[line.parent].citation if line.parent else ""
        line.number = own_number(above, line.label)
        found.append(line)
    return found


class Part(Page):
    paginator: "Parts"

    def start_index(self) -> int:
        return self.paginator.starts[self.number - 1] + 1

    def end_index(self) -> int:
        return self.start_index() + len(self.object_list) - 1


class Parts(Paginator):
    """Pages of a text: as many provisions as are light enough together."""

    def __init__(self, lines: Sequence[Line]) -> None:
        super().__init__(lines, MOST)
        self.starts, weight = [0], 0
        for place, line in enumerate(lines):
            weight += line.weight
            full = weight > HEAVIEST or place - self.starts[-1] >= MOST
            if full and place > self.starts[-1]:
                self.starts.append(place)
                weight = line.weight
            line.part = len(self.starts)

    @cached_property
    def num_pages(self) -> int:
        return len(self.starts)

    def page(self, number: Any) -> Part:
        number = self.validate_number(number)
        end = self.starts[number] if number < len(self.starts) else self.count
        return Part(self.object_list[self.starts[number - 1] : end], number, self)


def fill(lines: Collection[Line], process: Process) -> None:
    """Fetch the text of the lines and their commitments."""
    read(lines)
    owed: dict[int, list[Any]] = {}
    for commitment in commitments_of(process, (line.pk for line in lines)):
        owed.setdefault(commitment.provision_id, []).append(commitment)
    for line in lines:
        line.commitments = owed.get(line.pk, [])


def read(lines: Collection[Line]) -> None:
    """Fetch the text of the lines."""
    texts = Provision.objects.filter(pk__in=[line.pk for line in lines])
    said = dict(texts.values_list("pk", "text"))
    for line in lines:
        line.text = said[line.pk]


def commitments_of(process: Process, provisions: Iterable[int]) -> Any:
    """The slice above says how its rows are read for a list."""
    rows = process.commitments.for_list().filter(provision__in=list(provisions))
    return rows.order_by("number")


def containing(agreement: Agreement, words: str) -> set[int]:
    """The provisions with all of the words in their citation, heading or text."""
    rows = agreement.provisions.all()
    for word in words.split():
        rows = rows.filter(
            Q(citation__icontains=word) | Q(heading__icontains=word) | Q(text__icontains=word)
        )
    return set(rows.values_list("pk", flat=True))


def contents(lines: Sequence[Line], parts: Parts) -> list[Line]:
    """The top levels of an agreement; where those are too many, where each part begins."""
    tops = [line for line in lines if line.depth == 0]
    seconds = [line for line in lines if line.depth <= 1]
    if len(seconds) <= CONTENTS:
        return seconds
    if len(tops) <= CONTENTS:
        return tops
    return [lines[start] for start in parts.starts][: 3 * CONTENTS]


def agreements_of(agreements: Any) -> Any:
    """With what the list of agreements shows of each."""
    rows = agreements.order_by("signed_on", "name", "pk")
    return rows.annotate(
        provision_count=Count("provisions", distinct=True),
        commitment_count=Count("provisions__commitments", distinct=True),
    ).prefetch_related("signatories", "witnesses")


@dataclass
class Place:
    """A provision among those around it."""

    here: Line
    above: list[Line]
    below: list[Line]
    previous: Line | None
    following: Line | None
    siblings: list[Line]


def place_of(provision: Provision, lines: Sequence[Line]) -> Place:
    by_key = {line.pk: line for line in lines}
    here = next(place for place, line in enumerate(lines) if line.pk == provision.pk)
    above: list[Line] = []
    parent = lines[here].parent
    while parent is not None:
        above.insert(0, by_key[parent])
        parent = by_key[parent].parent
    return Place(
        here=lines[here],
        above=above,
        below=[line for line in lines if line.parent == provision.pk],
        previous=lines[here - 1] if here else None,
        following=lines[here + 1] if here + 1 < len(lines) else None,
        siblings=[line for line in lines if line.parent == provision.parent_id],
    )


def marked(text: str, passages: Iterable[str]) -> list[tuple[str, bool]]:
    """The text cut into pieces, each with whether it is quoted; passages may overlap."""
    spans = sorted(filter(None, (find_passage(text, passage) for passage in passages)))
    pieces: list[tuple[str, bool]] = []
    done = 0
    for start, end in spans:
        start = max(start, done)
        if end <= start:
            continue
        pieces += [(text[done:start], False), (text[start:end], True)]
        done = end
    return [piece for piece in [*pieces, (text[done:], False)] if piece[0]]
