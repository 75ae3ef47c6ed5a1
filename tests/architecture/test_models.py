"""Every model has a factory and says who may see its rows."""

import inspect

import pytest
from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.db import models
from factory.django import DjangoModelFactory

from coordination.processes.models import Membership
from tests import factories

MODELS = sorted(
    (
        model
        for app in ("accounts", "coordination")
        for model in apps.get_app_config(app).get_models()
    ),
    key=lambda model: model._meta.label,
)

FACTORIES = {
    member._meta.model: member
    for _name, member in inspect.getmembers(factories, inspect.isclass)
    if issubclass(member, DjangoModelFactory) and member is not DjangoModelFactory
}

#: Models without `visible_to`, each with the reason.
UNSCOPED = {
    "accounts.ApiToken": "it is its owner's; pages and the API reach it through the owner",
    "accounts.Attempts": "counts; what they are kept under tells nobody",
    "accounts.User": "a person belongs to no process; pages reach people through memberships",
    "coordination.SigningKey": "the public half of a key; it belongs to the whole site",
    "coordination.AddressProblem": "of several processes or none; `outbox.access` says who sees it",
    "coordination.ClockReading": "what the machine's clock said; it names nobody and no process",
    "coordination.Heartbeat": "when a sweep ran; it names nobody and no process",
}

#: Models whose rows are for the coordinators of their process.
COORDINATORS_ONLY = {
    "coordination.CheckInLink",
    "coordination.Message",
    "coordination.MessageEvent",
    "coordination.MeetingNotice",
    "coordination.Reminder",
    "coordination.Invitation",
}

#: Models whose rows are for the bodies concerned and the coordinators, until they are opened.
BODIES_CONCERNED = {"coordination.CheckIn", "coordination.Evidence", "coordination.Release"}

#: Models whose rows are for one delegation, until they are opened.
OWN_DELEGATION = {"coordination.Note"}

#: Models whose rows are for nobody but who wrote them.
AUTHOR_ONLY = {
    "coordination.CheckInDraft",
    "coordination.CalendarFeed",
    "coordination.FormDraft",
    "coordination.LastLook",
    "coordination.SavedView",
}

#: What the one is called who wrote a row.
WRITERS = ("author", "owner", "reader")

SOME_MEMBERS = COORDINATORS_ONLY | BODIES_CONCERNED | OWN_DELEGATION | AUTHOR_ONLY


def label(model: type[models.Model]) -> str:
    return model._meta.label


def test_every_exemption_names_a_model() -> None:
    assert (set(UNSCOPED) | SOME_MEMBERS) - {label(model) for model in MODELS} == set()


@pytest.mark.parametrize("model", MODELS, ids=label)
@pytest.mark.django_db
def test_every_model_has_a_factory_that_makes_a_valid_row(model: type[models.Model]) -> None:
    row = FACTORIES[model]()
    empty = {f.name for f in row._meta.fields if getattr(row, f.attname) in (None, "", {})}
    row.full_clean(exclude=empty)
    assert model._base_manager.filter(pk=row.pk).count() == 1


@pytest.mark.parametrize("model", MODELS, ids=label)
@pytest.mark.django_db
def test_rows_are_seen_in_their_process_alone(model: type[models.Model]) -> None:
    if label(model) in UNSCOPED:
        assert not hasattr(model._default_manager.all(), "visible_to")
        return
    row = FACTORIES[model]()
    process = process_of(row)
    Role = Membership.Role
    coordinator, observer = (
        factories.MembershipFactory(process=process, role=role).user
        for role in (Role.COORDINATOR, Role.OBSERVER)
    )
    outsider = factories.MembershipFactory(role=Role.COORDINATOR).user
    administrator = factories.UserFactory(is_staff=True, is_superuser=True)

    def sees(user: object) -> bool:
        return model._default_manager.visible_to(user).filter(pk=row.pk).exists()

    people = (coordinator, observer, outsider, administrator, AnonymousUser())
    coordinators = label(model) not in AUTHOR_ONLY | OWN_DELEGATION
    all_members = label(model) not in SOME_MEMBERS
    assert [sees(user) for user in people] == [coordinators, all_members, False, False, False]
    if not coordinators:
        party = getattr(row, "delegation", None)
        author = next(filter(None, (getattr(row, name, None) for name in WRITERS)))
        factories.MembershipFactory(process=process, user=author, party=party)
        assert sees(author)


def process_of(row: models.Model) -> models.Model:
    """The process that a row belongs to, found by its scope path; any, where it has none."""
    if row._meta.model_name == "process":
        return row
    path = getattr(type(row), "scope_path", "process").split("__")
    if not hasattr(row, path[0]):
        return factories.ProcessFactory()
    for step in path:
        row = getattr(row, step)
    return row
