"""The search: everything that a reader may see, by kind, best first, in a bounded number of
queries of which each has a limit."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from . import named, written
from .asked import Asked, read_asked
from .hits import Hit, Kind, Scope

KINDS = (
    Kind("commitments", _("Commitments"), named.commitments),
    Kind("provisions", _("Provisions"), named.provisions),
    Kind("bodies", _("Bodies"), named.bodies),
    Kind("people", _("People"), named.people),
    Kind("parties", _("Parties"), named.parties),
    Kind("agreements", _("Agreements"), named.agreements),
    Kind("reviews", _("Reviews"), written.reviews),
    Kind("decisions", _("Decisions"), written.decisions),
    Kind("minutes", _("Minutes"), written.minutes),
    Kind("check-ins", _("Check-ins"), written.check_ins),
    Kind("reports", _("Implementation reports"), written.reports),
)
BY_KEY = {kind.key: kind for kind in KINDS}

#: Of each kind among the others, of one kind alone, and up to where they are counted.
SHOWN, ALONE, COUNTED = 5, 50, 20
#: A drop of what a page holds, for the palette.
IN_PALETTE, EACH_IN_PALETTE = 12, 3


@dataclass(frozen=True)
class Group:
    """What was found of a kind: the best, and how many there are, up to a bound."""

    kind: Kind
    hits: list[Hit]
    count: int
    is_more: bool

    @property
    def has_others(self) -> bool:
        return self.is_more or self.count > len(self.hits)


@dataclass(frozen=True)
class Found:
    asked: Asked | None
    groups: list[Group]
    scope: Scope

    @property
    def count(self) -> int:
        return sum(group.count for group in self.groups)

    @property
    def is_more(self) -> bool:
        return any(group.is_more for group in self.groups)


def search(
    user: Any, typed: str, *, process: str = "", kind: str = "", as_typed: bool = False
) -> Found:
    """What a reader finds; `process` and `kind` narrow it."""
    scope = Scope.of(user, process)
    asked = read_asked(typed, user, as_typed) if scope.processes else None
    if asked is None:
        return Found(None, [], scope)
    chosen = [BY_KEY[kind]] if kind in BY_KEY else KINDS
    most, shown = (ALONE, ALONE) if kind in BY_KEY else (COUNTED, SHOWN)
    groups = []
    for one in chosen:
        hits = one.find(asked, scope, most + 1)
        if hits:
            groups.append(Group(one, hits[:shown], min(len(hits), most), len(hits) > most))
    return Found(asked, groups, scope)


def first_few(found: Found) -> list[tuple[Kind, Hit]]:
    """The best of each kind, in the order of the page, for the palette."""
    some = [
        (group.kind, one)
        for group in found.groups
        for one in (group.hits if len(found.groups) < 3 else group.hits[:EACH_IN_PALETTE])
    ]
    return some[:IN_PALETTE]
