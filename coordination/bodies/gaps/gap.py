"""What a gap or an overlap is."""

import hashlib
from dataclasses import dataclass
from datetime import date

from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..structure import SeatFacts, Structure


class Kind(models.TextChoices):
    """What can be wrong, the most pressing first."""

    NOBODY_ACCOUNTABLE = "nobody_accountable", gettext_lazy("nobody accountable")
    ACCOUNTABLE_VACANT = "accountable_vacant", gettext_lazy("accountable seat vacant")
    NOBODY_RESPONSIBLE = "nobody_responsible", gettext_lazy("nobody responsible")
    RESPONSIBLE_VACANT = "responsible_vacant", gettext_lazy("responsible seats vacant")
    LEAD_EMPTY = "lead_empty", gettext_lazy("nobody sits in the body that leads")
    VERIFIER_EMPTY = "verifier_empty", gettext_lazy("nobody sits in the body that verifies")
    STEP_VACANT = "step_vacant", gettext_lazy("dispute step leads to nobody")
    LINE_NOWHERE = "line_nowhere", gettext_lazy("reporting line ends nowhere")
    TWO_ACCOUNTABLE = "two_accountable", gettext_lazy("two accountable")
    CLAIMED_TWICE = "claimed_twice", gettext_lazy("two mandates claim it")
    VERIFIER_OWES = "verifier_owes", gettext_lazy("verifier belongs to the party that owes")


#: What is claimed or held twice; the others are gaps.
OVERLAPS = (Kind.TWO_ACCOUNTABLE, Kind.CLAIMED_TWICE, Kind.VERIFIER_OWES)
ORDER = {kind: place for place, kind in enumerate(Kind)}


@dataclass(frozen=True, slots=True)
class Gap:
    """One gap or overlap. Ids are of rows; `words`, `why` and `closes` are for the reader.

    `label` says what it is where its kind says it too loosely.
    """

    kind: Kind
    subject: str
    facts: str
    title: str
    why: str
    closes: str
    since: date | None = None
    body_ids: tuple[int, ...] = ()
    seat_ids: tuple[int, ...] = ()
    person_ids: tuple[int, ...] = ()
    party_ids: tuple[int, ...] = ()
    responsibility_id: int | None = None
    label: str = ""

    @property
    def is_overlap(self) -> bool:
        return self.kind in OVERLAPS

    @property
    def short(self) -> str:
        return capfirst(self.label or str(self.kind.label))

    @property
    def words(self) -> str:
        return f"{self.title}: {self.label or self.kind.label}"


def subject_of(kind: Kind, *ids: object) -> str:
    return ":".join(map(str, (kind.value, *ids)))


def digest(*facts: object) -> str:
    return hashlib.sha256(repr(facts).encode()).hexdigest()


def seat_label(structure: Structure, seat: SeatFacts) -> str:
    words = {"body": structure.bodies[seat.body_id].code, "n": seat.number, "name": seat.name}
    words["party"] = structure.parties.get(seat.party_id or 0, "")
    if seat.party_id:
        return _("%(body)s seat %(n)s, %(name)s for %(party)s") % words
    return _("%(body)s seat %(n)s, %(name)s") % words
