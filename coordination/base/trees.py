"""Rows that stand below other rows of their kind."""

from typing import Any

from django.db import models


def leads_back(row: models.Model, field: models.Field, parent: Any) -> bool:
    """Whether the row would stand below itself, had it this parent in the field."""
    seen: set[int] = set()
    above = parent.pk if parent else None
    while above is not None and above not in seen:
        if above == row.pk:
            return True
        seen.add(above)
        rows = type(row)._base_manager.filter(pk=above)
        above = rows.values_list(field.attname, flat=True).first()
    return False
