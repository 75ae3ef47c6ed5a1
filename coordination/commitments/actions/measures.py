"""Numbers measured against what is agreed: as an owner reports them, as the verifier found them."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from coordination.base.dates import in_words
from coordination.base.errors import Refused
from coordination.bodies.models import Body
from coordination.ledger.actions import Origin, lock
from coordination.processes.records import change, enter

from ..access import rights
from ..flag_access import sides
from ..models import Bound, Measurement, Obligation
from .fetching import refuse_withdrawn
from .levels import bring_up_to_date


@transaction.atomic
def record_measurement(
    *,
    actor: Any,
    bound: Bound,
    value: Decimal,
    on: date,
    origin: str,
    source: str = "",
    body: Body | None = None,
) -> Measurement:
    """Record a number on a day; `body` is the verifying one, or None for what an owner reports.

    Raises `Refused` where the body is not the one that verifies, or the person acts for who owes
    it: nobody measures their own.
    """
    commitment = bound.commitment
    process = commitment.process
    lock(process)
    refuse_withdrawn(commitment, bound.obligation)
    if on > process.today():
        raise Refused(_("Nothing can be measured after today."), "on")
    if body is not None:
        if commitment.verifying_body_id != body.pk and origin != Origin.FILE:
            raise Refused(
                _("%(body)s does not verify %(code)s.")
                % {"body": body.name, "code": commitment.code},
                "body",
            )
        owed = obligations_of(bound)
        if any(one.body_id == body.pk for one in owed):
            raise Refused(_("No body verifies what it owes itself."), "body")
        known = rights(actor, commitment)
        if any(known.is_party_to(one) for one in owed):
            raise Refused(_("You act for who owes this; somebody else must measure it."))
    row = Measurement(
        bound=bound, value=value, on=on, source=source.strip(), body=body, author=actor
    )
    row.recorded_at = timezone.now()
    said = f"{body.code} measured" if body else "Reported"
    enter(
        row,
        process=process,
        actor=actor,
        verb="measurement.recorded",
        summary=f"{said} {row} for {commitment.code} on {in_words(on)}; agreed: {bound}",
        origin=origin,
    )
    _bring_up_to_date(bound)
    return row


@transaction.atomic
def withdraw_measurement(
    *, actor: Any, measurement: Measurement, because: str, origin: str
) -> Measurement:
    """Take back a number that was recorded by mistake; the row is kept. Twice is as once.

    Each side takes back its own: what was measured is not withdrawn by who reports.
    """
    commitment = measurement.bound.commitment
    lock(commitment.process)
    measurement.refresh_from_db()
    if measurement.withdrawn_at:
        return measurement
    if not because.strip():
        raise Refused(_("Say why it is withdrawn."), "because")
    bound = measurement.bound
    if not sides(actor, bound, obligations_of(bound)).may_withdraw(measurement):
        raise Refused(
            _("What was measured is withdrawn by who verifies it.")
            if measurement.body_id
            else _("What was reported is withdrawn by who reports it, or by a coordinator.")
        )
    withdrawn = {
        "withdrawn_at": timezone.now(),
        "withdrawn_by": actor,
        "withdrawn_because": because.strip(),
    }
    change(
        measurement,
        withdrawn,
        process=commitment.process,
        actor=actor,
        verb="measurement.withdrawn",
        summary=f"Withdrew {measurement} of {in_words(measurement.on)}, {commitment.code}",
        origin=origin,
    )
    _bring_up_to_date(measurement.bound)
    return measurement


def obligations_of(bound: Bound) -> list[Obligation]:
    """Those whom a bound binds: one, or all who owe the commitment together."""
    owed = Obligation.objects.filter(commitment=bound.commitment_id)
    if bound.obligation_id is not None:
        owed = owed.filter(pk=bound.obligation_id)
    return list(owed.select_related("commitment__process", "focal_point", "party", "body"))


def _bring_up_to_date(bound: Bound) -> None:
    for obligation in obligations_of(bound):
        bring_up_to_date(obligation)
