"""People, and the processes that they belong to."""

import datetime as dt

from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import make_password
from django.utils import timezone
from factory import LazyAttribute, LazyFunction, SelfAttribute, Sequence, SubFactory
from factory.django import DjangoModelFactory

from accounts.models import User
from coordination.base.capabilities import digest, new_nonce
from coordination.processes.models import (
    Affiliation,
    AnchorDate,
    AnchorEvent,
    FormDraft,
    Holiday,
    Invitation,
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


class AuthenticatorFactory(DjangoModelFactory):
    """A second step that somebody has set up; nobody signs in with it."""

    class Meta:
        model = Authenticator

    user = SubFactory(UserFactory)
    type = Authenticator.Type.TOTP
    data = LazyFunction(dict)


class ProcessFactory(DjangoModelFactory):
    class Meta:
        model = Process

    slug = Sequence(lambda n: f"process-{n}")
    name = Sequence(lambda n: f"The {n}th peace process")
    short_name = Sequence(lambda n: f"Process {n}")
    second_factor_roles = LazyFunction(list)


class HolidayFactory(DjangoModelFactory):
    class Meta:
        model = Holiday

    process = SubFactory(ProcessFactory)
    name = Sequence(lambda n: f"Holiday {n}")
    first_on = LazyFunction(today)
    last_on = SelfAttribute("first_on")


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


class InvitationFactory(DjangoModelFactory):
    """An open invitation; `token` is what its link ends with."""

    class Meta:
        model = Invitation

    class Params:
        token = Sequence(lambda n: f"invitation-{n}")

    process = SubFactory(ProcessFactory)
    email = Sequence(lambda n: f"invited{n}@people.example")
    name = "Ina Invited"
    role = Membership.Role.OBSERVER
    invited_by = SubFactory(UserFactory)
    expires_at = LazyFunction(lambda: timezone.now() + dt.timedelta(days=14))
    nonce = LazyFunction(new_nonce)
    token_hash = LazyAttribute(lambda invitation: digest(invitation.token))


class FormDraftFactory(DjangoModelFactory):
    class Meta:
        model = FormDraft

    owner = SubFactory(UserFactory)
    page = Sequence(lambda n: f"/p/valley/commitments/{n}/edit/")
    fields = LazyFunction(lambda: [["title", "Withdraw"]])
