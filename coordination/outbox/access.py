"""Who may act on messages, addresses and the clock by hand."""

from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet

from .models import AddressProblem, Message


def may_handle(user: Any, message: Message) -> bool:
    """Coordinators of the message's process; of one that is about an account, the site's staff."""
    if not user.is_authenticated or not user.is_active:
        return False
    if message.process_id is None:
        return bool(user.is_staff)
    return Message.objects.visible_to(user).filter(pk=message.pk).exists()


def may_confirm_clock(user: Any) -> bool:
    """The site's staff: sending goes on for every process, whoever keeps the record of one."""
    return bool(user.is_authenticated and user.is_active and user.is_staff)


def processes() -> Any:
    """All processes; a slice below theirs knows them by the relation alone."""
    return Message._meta.get_field("process").related_model._default_manager


def shared_processes(user: Any, problem: AddressProblem) -> Any:
    """Those that the person coordinates and that whoever has the address is in or was written to
    about."""
    if not user.is_authenticated or not user.is_active:
        return processes().none()
    mine = processes().coordinated_by(user)
    about = Q(pk=problem.message.process_id) if problem.message else Q(pk=None)
    person = get_user_model().objects.filter(email=problem.address).first()
    if person is not None:
        about |= Q(pk__in=processes().visible_to(person).values("pk"))
    return mine.filter(about).order_by("pk")


def problems_near(user: Any) -> QuerySet[AddressProblem]:
    """Those of people in the processes that somebody coordinates, and of mails about these."""
    if not user.is_authenticated or not user.is_active:
        return AddressProblem.objects.none()
    mine = processes().coordinated_by(user)
    people = get_user_model().objects.filter(memberships__process__in=mine)
    return AddressProblem.objects.filter(
        Q(message__process__in=mine) | Q(address__in=people.values("email"))
    )
