"""What the migrations make of data that nothing refused before.

The constraint alone is taken off and put on again: a migration back to the first takes too long.
"""

import datetime as dt
from importlib import import_module

import pytest
from django.apps import apps
from django.db import IntegrityError, connection
from django.db.migrations.operations import RemoveConstraint
from django.db.migrations.state import ProjectState

from coordination.bodies.models import Body
from tests.factories import BodyFactory

NAME = "body_ends_after_it_was_established"


def operations(migration: str) -> list:
    return import_module(f"coordination.migrations.{migration}").Migration.operations


@pytest.mark.django_db(transaction=True)
def test_a_body_that_ended_before_it_was_established_never_was() -> None:
    removal, bound = RemoveConstraint("body", NAME), ProjectState.from_apps(apps)
    removal.state_forwards("coordination", free := bound.clone())
    day, before = dt.date(2020, 1, 2), dt.date(2020, 1, 1)
    with connection.schema_editor() as editor:
        removal.database_forwards("coordination", editor, bound, free)
    try:
        for code, days in {"A": (day, before), "B": (before, day), "C": (day, None)}.items():
            BodyFactory(code=code, established_on=days[0], ended_on=days[1])
        with pytest.raises(IntegrityError), connection.schema_editor() as editor:
            removal.database_backwards("coordination", editor, free, bound)
        for operation in operations("0003_move_parents")[1:]:
            operation.code(apps, None)
    finally:
        with connection.schema_editor() as editor:
            removal.database_backwards("coordination", editor, free, bound)
    assert {body.code: (body.established_on, body.ended_on) for body in Body.objects.all()} == {
        "A": (day, day),
        "B": (before, day),
        "C": (day, None),
    }


def test_the_days_are_put_right_before_the_constraint_is_there() -> None:
    added = {
        migration: [
            one.constraint.name
            for one in operations(migration)
            if getattr(one, "model_name", "") == "body" and hasattr(one, "constraint")
        ]
        for migration in ("0001_initial", "0002_bodies_and_roles", "0004_lines_for_parents")
    }
    assert [migration for migration, names in added.items() if NAME in names] == [
        "0004_lines_for_parents"
    ]
