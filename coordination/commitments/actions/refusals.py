"""What every action refuses about what a commitment names and what its kind has."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from coordination.base.dates import Unit
from coordination.base.errors import Refused
from coordination.processes.models import Process

from ..models import Commitment, DeadlineTerm

Kind = Commitment.Kind
Purpose = DeadlineTerm.Purpose
#: What a kind may need to have or to lack.
SAID = ("every_amount", "every_unit", "times", "trigger", "follows")
#: A period that lasts a hundred years, or is to be met more often than this, is a slip of the pen.
_LONGEST = {Unit.WEEKS: 5_200, Unit.MONTHS: 1_200, Unit.YEARS: 100}
_MOST_TIMES = 100


def refuse_foreign(
    process: Process,
    owners: Iterable[Any],
    terms: Sequence[Mapping[str, Any]],
    fields: Mapping[str, Any],
) -> None:
    """Everything that a commitment names belongs to its own process."""
    named: list[Any] = [*owners]
    named += [fields.get(key) for key in ("lead_body", "verifying_body", "trigger", "follows")]
    named += [term.get(key) for term in terms for key in ("anchor", "after_commitment")]
    if (provision := fields.get("provision")) is not None:
        named.append(provision.agreement)
    for one in named:
        if one is not None and one.process_id != process.pk:
            raise Refused(
                _("%(name)s belongs to another process.") % {"name": getattr(one, "name", one)}
            )
    refuse_withdrawn([fields.get("follows")], "follows")
    refuse_withdrawn([term.get("after_commitment") for term in terms], "terms")


def refuse_withdrawn(commitments: Iterable[Commitment | None], field: str | None = None) -> None:
    """What a commitment depends on stands in the register; the caller holds the lock."""
    keys = {one.pk for one in commitments if one is not None}
    gone = Commitment.every.filter(pk__in=keys, withdrawn_at__isnull=False) if keys else None
    if gone is not None and (one := gone.order_by("number").first()):
        raise Refused(_("%(code)s was withdrawn from the register.") % {"code": one.code}, field)


def read_again(commitment: Commitment) -> None:
    """What decides what may be said of it, as it stands now: it may have changed, or have been
    withdrawn, before the caller got the lock."""
    commitment.refresh_from_db(fields=["withdrawn_at", "kind", *SAID])
    if commitment.withdrawn_at:
        raise Refused(_("It was withdrawn from the register meanwhile."))


def refuse_what_kind_lacks(
    kind: str,
    said: Mapping[str, Any],
    terms: Sequence[Mapping[str, Any]],
    bounds: Sequence[Any],
) -> None:
    """Each kind has its own fields: what is kept up starts, what is done is due."""
    purposes = {term.get("purpose", Purpose.DUE) for term in terms}
    starts = kind in Commitment.LASTING
    if starts and purposes - {Purpose.START, Purpose.END}:
        raise Refused(
            _("It is kept up and not due: say when it starts, and when it ends."), "terms"
        )
    if not starts and purposes & {Purpose.START, Purpose.END}:
        raise Refused(_("It is done and not kept up: say when it is due."), "terms")
    triggered = kind == Kind.TRIGGERED
    if triggered and not (said.get("trigger") or said.get("follows")):
        raise Refused(_("Say what triggers it."), "trigger")
    if not triggered and (said.get("trigger") or said.get("follows")):
        raise Refused(_("Only what is triggered has a trigger: leave it empty."), "trigger")
    if not triggered and any(term.get("from_opening") for term in terms):
        raise Refused(_("Only what is triggered counts from its trigger."), "terms")
    if said.get("trigger") and said.get("follows"):
        raise Refused(
            _("It is triggered by an event or by another commitment, not by both."), "follows"
        )
    follows = said.get("follows")
    if follows is not None and follows.kind not in Commitment.EXPECTED:
        raise Refused(
            _("%(code)s is done once: count the date from its completion instead.")
            % {"code": follows.code},
            "follows",
        )
    if kind == Kind.RECURRING and not said.get("every_amount"):
        raise Refused(_("A recurring commitment says how often it recurs."), "every_amount")
    if kind == Kind.RECURRING and not said.get("every_unit"):
        raise Refused(_("Choose the unit of its rhythm."), "every_unit")
    if kind == Kind.RECURRING:
        _refuse_rhythm(said["every_amount"], said["every_unit"], said.get("times") or 1)
    if kind in Commitment.MEASURED and not bounds:
        raise Refused(_("Give the number that it is held against."), "bounds")


def _refuse_rhythm(amount: int, unit: str, times: int) -> None:
    if unit == Unit.HOURS and amount < 24:
        raise Refused(_("Write it as so many times a day."), "every_amount")
    if unit in _LONGEST and amount >= _LONGEST[Unit(unit)]:
        raise Refused(_("Its periods last less than a hundred years."), "every_amount")
    if times > _MOST_TIMES:
        raise Refused(
            _("It is expected at most %(n)s times in each period.") % {"n": _MOST_TIMES}, "times"
        )
