"""Who may allege a breach, judge it, and take it further."""

from typing import Any

from coordination.processes.access import is_coordinator, membership
from coordination.processes.models import Party

from .access import is_party_to, may_keep, may_verify, parties_of, sits_in
from .models import Breach, Commitment


def may_allege(user: Any, commitment: Commitment) -> bool:
    """Who acts for a party, sits in the lead or the verifying body, or coordinates."""
    member = membership(user, commitment.process)
    if member is None:
        return False
    return member.is_coordinator or member.party_id is not None or speaks_for_body(user, commitment)


def speaks_for_body(user: Any, commitment: Commitment) -> bool:
    """Whether a breach can be raised without naming a party: by a body, or by a coordinator."""
    process = commitment.process
    bodies = (commitment.lead_body_id, commitment.verifying_body_id)
    return is_coordinator(user, process) or any(
        sits_in(user, body, process) for body in bodies if body is not None
    )


def may_allege_for(user: Any, commitment: Commitment) -> Any:
    """The parties in whose name the person may allege a breach; a coordinator enters for any."""
    process = commitment.process
    if is_coordinator(user, process):
        return process.parties.order_by("code")
    mine = parties_of(user, process)
    return Party.objects.visible_to(user).filter(process=process, pk__in=mine).order_by("code")


def may_judge(user: Any, breach: Breach) -> bool:
    """Who verifies the obligation, or a coordinator; nobody of those who are accused."""
    obligation = breach.obligation
    process = obligation.commitment.process
    if membership(user, process) is None or is_party_to(user, obligation):
        return False
    return is_coordinator(user, process) or may_verify(user, obligation)


def may_confirm(user: Any, breach: Breach) -> bool:
    """Who may judge it, and did not enter it: an allegation is confirmed by a second person."""
    return breach.entered_by_id != user.pk and may_judge(user, breach)


def may_escalate(user: Any, breach: Breach) -> bool:
    """Who keeps the lead body, or a coordinator."""
    return may_keep(user, breach.obligation.commitment)
