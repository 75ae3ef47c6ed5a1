"""How many commitments each view has: kept, so that no page of a register counts all of it."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from django.core.cache import caches
from django.db.models import (
    Case,
    Count,
    IntegerField,
    Max,
    Min,
    OuterRef,
    Q,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.utils import timezone

from coordination.base.memo import once
from coordination.processes.models import Process

from ..as_it_stood import Headline
from ..models import Commitment, Obligation
from .choices import VIEWS
from .rows import rule_of
from .rules import EVERY, OWN, Rule

#: Further than this nothing is counted that was narrowed.
MOST = 1000
#: A register with higher numbers than this is never counted as a whole on the way to a page.
_LARGE = 20_000
_KEPT_FOR = 120
#: At least at the lowest level that counts as ongoing: what is not, is pending.
_BEGUN = Rule(Q(verified_level__gte=1), EVERY)


class Named(NamedTuple):
    """A party, body or agreement by what an address calls it."""

    code: str
    name: str
    signatory: bool = False


@dataclass(frozen=True)
class Kept:
    """What stands above every page of a register and changes only with the record."""

    #: Of every view but one's own; of a very large register of none, and no headline either.
    counts: dict[str, int]
    headline: Headline | None
    parties: list[Named]
    bodies: list[Named]
    agreements: list[Named]


def counts(process: Process) -> dict[str, int]:
    """Of every view but one's own, with nothing narrowed; of none where there are very many."""
    return kept(process, None)[0].counts


def kept(process: Process, reader: Any) -> tuple[Kept, int]:
    """What is kept of a register; and how many commitments the reader reports for.

    Kept until the next entry in the ledger, which every change makes, and for the minute: what
    falls due changes no row.
    """
    return once(
        ("register", process.pk, getattr(reader, "pk", None)), lambda: _kept(process, reader)
    )


def _kept(process: Process, reader: Any) -> tuple[Kept, int]:
    now = timezone.now()
    owed = _owed(process).filter(rule_of("mine", now, reader).q)
    own = owed.values("commitment__process").annotate(n=Count("commitment", distinct=True))
    heads = Process.objects.filter(pk=process.pk).annotate(
        own=Coalesce(Subquery(own.values("n")), 0)
    )
    numbers = Commitment.every.filter(process=OuterRef("pk")).order_by("-number")
    heads = heads.annotate(last=Subquery(numbers.values("number")[:1]))
    entries, own_count, last = heads.values_list("chain__count", "own", "last").get()
    key = f"register:{process.pk}:{entries}:{now:%Y%m%d%H%M}"
    pages = caches["pages"]
    found = pages.get(key)
    if found is None:
        found = _read(process, is_large=(last or 0) > _LARGE)
        pages.set(key, found, _KEPT_FOR)
    return found, own_count


def _owed(process: Process) -> Any:
    return Obligation.objects.filter(
        commitment__process=process, commitment__withdrawn_at=None
    ).order_by()


def _read(process: Process, *, is_large: bool) -> Kept:
    counted, said = ({}, None) if is_large else _counted(process)
    parties = process.parties.order_by("code").values_list("code", "name", "signatory")
    bodies = process.bodies.order_by("code").values_list("code", "name")
    papers = process.agreements.order_by("pk").values_list("key", "name")
    return Kept(
        counts=counted,
        headline=said,
        parties=[Named(*row) for row in parties],
        bodies=[Named(*row) for row in bodies],
        agreements=[Named(*row) for row in papers],
    )


def counts_on(everything: list[Commitment], moment: Any, reader: Any) -> dict[str, int]:
    """The same of a register as it stood."""
    found = {}
    for view in VIEWS:
        rule = rule_of(view, moment, reader)
        found[view] = sum(rule.holds_of(one) for one in everything)
    return found


def capped(rows: Any) -> int:
    """How many there are, up to one more than `MOST`."""
    return rows[: MOST + 1].count()


def _counted(process: Process) -> tuple[dict[str, int], Headline]:
    """In two passes, over the commitments and over who owes them, however many views there are."""
    now = timezone.now()
    rules = {view: rule_of(view, now) for view in VIEWS if view != "mine"} | {"begun": _BEGUN}
    own = {view: Count("pk", filter=rule.q) for view, rule in rules.items() if rule.over == OWN}
    own["all"] = Count("pk")
    found = Commitment.objects.filter(process=process).aggregate(
        **{_plain(view): count for view, count in own.items()}
    )
    flags = {
        _plain(view): (Min if rule.over == EVERY else Max)(
            Case(When(rule.q, then=Value(1)), default=Value(0), output_field=IntegerField())
        )
        for view, rule in rules.items()
        if rule.over != OWN
    }
    of_each = _owed(process).values("commitment").annotate(**flags)
    found |= of_each.aggregate(**{f"n_{name}": Sum(name, default=0) for name in flags})
    counted = {}
    for view, rule in rules.items():
        n = found[_plain(view) if rule.over == OWN else f"n_{_plain(view)}"]
        counted[view] = found["all"] - n if rule.opposite else n
    complete, begun = counted["verified-full"], counted.pop("begun")
    return counted, Headline(complete, begun - complete, counted["all"] - begun)


def _plain(view: str) -> str:
    return view.replace("-", "_")
