"""Saying of which roles of a process a second step at sign-in is asked."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from coordination.base.errors import Refused
from coordination.ledger.actions import lock

from .mails import tell_of_second_step, withdraw_second_step
from .models import Membership, Process
from .records import change

#: Without a day nobody who is asked could open a page any more, who asks included.
LEAST_DAYS, MOST_DAYS = 1, 90


@transaction.atomic
def set_second_step_rule(
    *,
    actor: Any,
    process: Process,
    second_factor_roles: Iterable[str],
    second_factor_grace_days: int,
    origin: str,
) -> None:
    """Say which roles sign in with a second step, and how many days they have to set it up.

    Whoever is asked newly, or is given fewer days, has all of them from today. Who is asked newly
    gets a mail.
    """
    lock(process)
    if not LEAST_DAYS <= second_factor_grace_days <= MOST_DAYS:
        raise Refused(_("Give them from 1 to 90 days to set it up."), "second_factor_grace_days")
    before = Process.objects.get(pk=process.pk)
    roles = [role for role in Membership.Role.values if role in set(second_factor_roles)]
    fields: dict[str, Any] = {
        "second_factor_roles": roles,
        "second_factor_grace_days": second_factor_grace_days,
    }
    newly = set(roles) - set(before.second_factor_roles)
    if newly or second_factor_grace_days < before.second_factor_grace_days:
        fields["second_factor_since"] = process.today()
    asked = "nobody"
    if roles:
        labels = [str(Membership.Role(role).label) for role in roles]
        days = f"{second_factor_grace_days} day{'' if second_factor_grace_days == 1 else 's'}"
        asked = f"every {get_text_list(labels, 'and')}, with {days} to set it up"
    change(
        process,
        fields,
        process=process,
        actor=actor,
        verb="process.second-step",
        origin=origin,
        summary=f"A second step at sign-in is asked of {asked}",
    )
    members = process.memberships.current().select_related("user")
    withdraw_second_step(members.exclude(role__in=roles))
    tell_of_second_step(members.filter(role__in=newly), actor)
