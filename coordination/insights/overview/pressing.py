"""What is overdue and at risk, the most pressing first, and what holds each of them up."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from coordination.commitments.models import CheckIn, Commitment, Dependency, Level
from coordination.commitments.standing import Standing, of_commitment

from .rows import Row

#: Commitments that the page names, as many as it has the weight for; the register has all.
SHOWN = 16
_SAID = 100


@dataclass(frozen=True)
class Owner:
    """What the tag of a party or a body shows."""

    code: str
    name: str
    signatory: bool


@dataclass(frozen=True)
class Pressing:
    key: int
    number: int
    reference: str
    title: str
    standing: Standing
    owners: list[Owner]
    lead: str
    due_on: date | None
    verified: int | None
    #: Codes of what it waits on, which is not done.
    waits_on: list[str]


def most_pressing(rows: Iterable[Row]) -> tuple[list[int], int]:
    """Keys of what is in breach, overdue or at risk, in this order; and how many there are."""
    late = [row for row in rows if row.in_breach or row.overdue or row.at_risk]
    late.sort(key=lambda row: 0 if row.in_breach else 1 if row.overdue else 2)  # keeps due days
    return [row.key for row in late[:SHOWN]], len(late)


def pressing_of(
    keys: Sequence[int],
    commitments: Iterable[Commitment],
    waits: dict[int, list[str]],
    now: datetime,
) -> list[Pressing]:
    """`commitments` have their owners and bodies, as `for_list` or `register_on` give them."""
    known = {one.pk: one for one in commitments}
    return [_pressing(known[key], waits.get(key, []), now) for key in keys if key in known]


def _pressing(one: Commitment, waits_on: list[str], now: datetime) -> Pressing:
    owners = [obligation.owner for obligation in one.obligations.all()]
    return Pressing(
        key=one.pk,
        number=one.number,
        reference=one.reference,
        title=one.title,
        standing=of_commitment(one, now),
        owners=[Owner(o.code, o.name, getattr(o, "signatory", False)) for o in owners],
        lead=one.lead_body.code if one.lead_body else "",
        due_on=one.deadline.due_on,
        verified=one.verified_level,
        waits_on=waits_on,
    )


def waits_of(keys: Sequence[int], done: set[int]) -> dict[int, list[str]]:
    """What each of them cannot go ahead before, without what is `done`."""
    found: dict[int, list[str]] = defaultdict(list)
    rows = Dependency.objects.filter(commitment__in=keys, on__withdrawn_at=None)
    for key, on, number in rows.order_by("on__number").values_list(
        "commitment", "on", "on__number"
    ):
        if on not in done:
            found[key].append(f"C-{number}")
    return found


def held_up_by(keys: Sequence[int], user: Any, moment: datetime) -> dict[int, str]:
    """By commitment what the last reports say that holds it up, of those that the reader may read.

    The account is for its audience, so this is asked for each reader and kept for nobody.
    """
    later = CheckIn.objects.filter(
        obligation=OuterRef("obligation"), pk__gt=OuterRef("pk"), submitted_at__lte=moment
    )
    told = CheckIn.objects.visible_to(user).filter(
        ~Exists(later),
        Q(obligation__withdrawn_at=None) | Q(obligation__withdrawn_at__gt=moment),
        obligation__commitment__in=keys,
        submitted_at__lte=moment,
    )
    found: dict[int, list[str]] = defaultdict(list)
    labels = dict(CheckIn.Obstacle.choices)
    nothing = CheckIn.Obstacle.NOTHING
    told = told.exclude(level=Level.FULL, obstacle=nothing)
    rows = told.order_by("pk").values_list("obligation__commitment", "obstacle", "account")
    for key, obstacle, account in sorted(rows, key=lambda row: row[1] == nothing):
        words = Truncator(" ".join(account.split()).rstrip(".")).chars(_SAID)
        if obstacle != nothing:
            said = {"obstacle": labels[obstacle], "words": words}
            words = _("%(obstacle)s: %(words)s") % said if words else str(labels[obstacle])
        if words and words not in found[key]:
            found[key].append(words)
    return {key: Truncator("; ".join(said)).chars(_SAID) for key, said in found.items()}
