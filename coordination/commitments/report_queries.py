"""Reading what was reported: the level and the day for everybody, the account for its audience."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, When
from django.utils.functional import Promise

from coordination.audiences.models import Audience
from coordination.bodies.capacities import Capacities

from .expected_queries import about
from .models import CheckIn, Level, Obligation

#: The key of a check-in, and whether a later one revises it.
Version = tuple[int, bool]

#: What everybody in the process may know of a check-in.
_PUBLIC = ("obligation", "number", "level", "submitted_at", "audience")


@dataclass(frozen=True)
class Reported:
    """A check-in as one person may read it: the whole of it (`report`), or its level and day."""

    obligation: Obligation
    number: int
    level: int
    submitted_at: datetime
    audience: str
    report: CheckIn | None
    was_revised: bool = False

    @classmethod
    def of(cls, public: CheckIn, report: CheckIn | None) -> "Reported":
        return cls(**{name: getattr(public, name) for name in _PUBLIC}, report=report)

    def get_level_display(self) -> str | Promise:
        return Level(self.level).label

    @property
    def about(self) -> str:
        """The time that it is about, where it is expected several times."""
        one = self.report
        return about(one.expected) if one and one.expected else ""

    @property
    def readers(self) -> str | Promise:
        """For whom its account is."""
        return Audience(self.audience).label


def reported(
    rows: QuerySet[CheckIn], user: Any, own: Capacities | None = None
) -> dict[int, Reported]:
    """Some check-ins of a commitment that one may see, by their keys, each as one may read it."""
    public = rows.only(*_PUBLIC).select_related("obligation__party", "obligation__body")
    some = list(public.order_by("pk"))
    whole: Any = CheckIn.objects.visible_to(user, own).select_related(
        *("author", "recorded_by", "revises"),
        *("expected__opened_by", "expected__follows__obligation__commitment"),
    )
    read = whole.in_bulk([one.pk for one in some])
    return {one.pk: Reported.of(one, read.get(one.pk)) for one in some}


def last_reports(
    obligations: Iterable[Obligation], user: Any, own: Capacities | None = None
) -> dict[int, Reported]:
    """The last check-in of each obligation that has one, by the obligation's key."""
    later = CheckIn.objects.filter(obligation=OuterRef("obligation"), pk__gt=OuterRef("pk"))
    keys = [one.pk for one in obligations]
    rows = CheckIn.objects.filter(~Exists(later), obligation__in=keys)
    return {one.obligation.pk: one for one in reported(rows, user, own).values()}


def levels_reported() -> QuerySet[CheckIn]:
    """Of each check-in what charts and dates need, which is for everybody; newest first."""
    return CheckIn.objects.only("obligation", "level", "submitted_at").order_by("-pk")


def next_expected(user: Any, own: Capacities | None = None) -> Case:
    """Of an obligation the day on which its owner expects it done, to whom a report says so."""
    told = CheckIn.objects.visible_to(user, own).filter(
        obligation=OuterRef("pk"), next_expected_on=OuterRef("next_expected_on")
    )
    said = Q(next_expected_on__isnull=False)
    return Case(When(said & Exists(told), then=F("next_expected_on")))


def versions_of(obligation: Obligation) -> list[Version]:
    """All check-ins of an obligation, newest first; below each stands what it revises."""
    groups: list[list[int]] = []
    home: dict[int, list[int]] = {}
    pairs = CheckIn.objects.filter(obligation=obligation).order_by("pk")
    for key, revises in pairs.values_list("pk", "revises"):
        group = home.get(revises) if revises else None
        if group is None:
            group = []
            groups.append(group)
        group.insert(0, key)
        home[key] = group
    groups.sort(key=lambda group: group[0], reverse=True)
    return [(key, key != group[0]) for group in groups for key in group]


def filled(versions: Iterable[Version], user: Any) -> list[Reported]:
    """What these say to a person, in a constant number of queries."""
    some = dict(versions)
    found = reported(CheckIn.objects.filter(pk__in=some), user)
    return [replace(found[key], was_revised=was_revised) for key, was_revised in some.items()]
