"""Rows that an action is about to write."""

from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.db import models

from .errors import Refused


def refuse_what_is_not_allowed(row: models.Model, beside: Mapping[str, str] | None = None) -> None:
    """Raise `Refused` with the words of a constraint that the row would break.

    `beside` says for a constraint which field of a form it concerns. The database would refuse the
    row too, but not in words for a person.
    """
    for constraint in row._meta.constraints:
        try:
            constraint.validate(type(row), row)
        except ValidationError as error:
            ends = constraint.name.endswith("_ends_after_it_starts")
            field = (beside or {}).get(constraint.name, "ended_on" if ends else None)
            raise Refused(error.messages[0], field) from error
