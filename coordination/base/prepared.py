"""Statements put into SQL once and run for many rows: for Django that is the larger part."""

from collections.abc import Iterable
from typing import Any

from django.db import connection, models
from django.db.models.sql import InsertQuery, Query, UpdateQuery
from psycopg import Cursor

#: Stand in the query for what differs from row to row.
PK, OTHER_PK, STATE, NOTE = -7_000_000_001, -7_000_000_002, "~the state~", "~the note~"
_NAMES: dict[Any, str] = {PK: "pk", OTHER_PK: "other_pk", STATE: "state", NOTE: "note"}


class Prepared:
    """A statement with places for `pk`, `other_pk`, `state` and `note`."""

    def __init__(self, query: Query) -> None:
        done = query.get_compiler(connection=connection).as_sql()
        self.sql, self.params = done[0] if isinstance(done, list) else done
        self.places = [
            (place, _NAMES[param])
            for place, param in enumerate(self.params)
            if isinstance(param, int | str) and param in _NAMES
        ]

    def _values(self, row: dict[str, Any]) -> list[Any]:
        params = list(self.params)
        for place, name in self.places:
            params[place] = row[name]
        return params

    def run(self, cursor: Any, **values: Any) -> int:
        """For one row; returns how many it changed.

        PostgreSQL keeps the plan as well: to plan anew takes it longer than to do what was planned.
        """
        params = self._values(values)
        if connection.vendor == "postgresql":
            with connection.wrap_database_errors, Cursor(connection.connection) as own:
                return own.execute(self.sql, params, prepare=True).rowcount
        cursor.execute(self.sql, params)
        return cursor.rowcount

    def run_all(self, rows: Iterable[dict[str, Any]]) -> None:
        with connection.cursor() as cursor:
            cursor.executemany(self.sql, [self._values(row) for row in rows])


def prepared_update(rows: models.QuerySet[Any], **values: Any) -> Prepared:
    query = rows.query.chain(UpdateQuery)
    query.add_update_values(values)  # type: ignore[attr-defined]
    return Prepared(query)


def prepared_insert(row: models.Model) -> Prepared:
    query = InsertQuery(type(row))
    query.insert_values([one for one in row._meta.concrete_fields if not one.primary_key], [row])
    return Prepared(query)
