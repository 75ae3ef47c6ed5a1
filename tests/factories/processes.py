"""People, and the processes that they belong to."""

import datetime as dt

from django.contrib.auth.hashers import make_password
from django.utils import timezone
from factory import LazyAttribute, LazyFunction, SelfAttribute, Sequence, SubFactory
from factory.django import DjangoModelFactory

from accounts.models import User
from coordination.processes.models import (
    Affiliation,
    AnchorDate,
    AnchorEvent,
    Membership,
    Party,
    Process,
)


def today() -> dt.date:
    """The calendar day in UTC, which is also the time zone of a `ProcessFactory`."""
    return timezone.now().date()


class UserFactory(DjangoModelFactory):
    """A person without a password: `client.force_login(user)` signs them in."""

    class Meta:
        model = User

    email = Sequence(lambda n: f"person{n}@people.example")
    name = Sequence(lambda n: f"Person {n}")
    password = LazyFunction(lambda: make_password(None))


class ProcessFactory(DjangoModelFactory):
    class Meta:
        model = Process

    slug = Sequence(lambda n: f"process-{n}")
    name = Sequence(lambda n: f"The {n}th peace process")
    short_name = Sequence(lambda n: f"Process {n}")


class PartyFactory(DjangoModelFactory):
    class Meta:
        model = Party

    process = SubFactory(ProcessFactory)
    code = Sequence(lambda n: f"P{n}")
    name = LazyAttribute(lambda party: f"Party {party.code}")
    kind = Party.Kind.STATE
    part = Party.Part.CONFLICT_PARTY


class AnchorEventFactory(DjangoModelFactory):
    """An anchor event without a date; `move_anchor` gives it one."""

    class Meta:
        model = AnchorEvent

    process = SubFactory(ProcessFactory)
    key = Sequence(lambda n: f"anchor-{n}")
    name = Sequence(lambda n: f"Anchor event {n}")


class AffiliationFactory(DjangoModelFactory):
    class Meta:
        model = Affiliation

    party = SubFactory(PartyFactory)
    other = SubFactory(PartyFactory, process=SelfAttribute("..party.process"))


class AnchorDateFactory(DjangoModelFactory):
    class Meta:
        model = AnchorDate

    anchor = SubFactory(AnchorEventFactory)
    status = AnchorDate.Status.PLANNED
    on = LazyFunction(today)


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = Membership

    process = SubFactory(ProcessFactory)
    user = SubFactory(UserFactory)
    role = Membership.Role.OBSERVER
    party = None
