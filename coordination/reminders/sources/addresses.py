"""Addresses that no mail reaches, for the coordinators of those who have them."""

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from coordination.outbox.models import AddressProblem
from coordination.processes.models import Membership

from ..models import Reminder
from ..people import coordinators
from ..planned import Planned, spoken


def failing_addresses(since: datetime, now: datetime) -> Iterator[Planned]:
    """In each process of the person: whoever keeps its record finds another address."""
    problems = AddressProblem.objects.filter(cleared_at=None, found_at__gt=since, found_at__lte=now)
    by_address = {one.address: one for one in problems}
    members = Membership.objects.current().filter(user__email__in=by_address)
    for member in members.select_related("user", "process"):
        problem, process = by_address[member.user.email], member.process
        day = process.today(problem.found_at)
        for person in coordinators(process):
            if person == member.user:
                continue  # it would not arrive
            yield Planned(
                kind=Reminder.Kind.ADDRESS,
                process=process,
                recipient=person,
                about=problem,
                day=day,
                title=f"{member.user}, {problem.address}",
                path=reverse("outbox-health", args=[process.slug]) + "#addresses",
                because=format_lazy(
                    _("Mail to {who} was refused on {day}: {kind}. Nothing is sent there."),
                    who=member.user,
                    day=spoken(day),
                    kind=AddressProblem.Kind(problem.kind).label,
                ),
            )
