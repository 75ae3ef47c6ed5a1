"""One thing that is asked of somebody: columns that are the same for every kind of it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db.models import CharField, DateField, DateTimeField, F, IntegerField, QuerySet, Value
from django.db.models.functions import Cast


class Row(NamedTuple):
    """One thing that is asked; what each column holds depends on its kind."""

    kind: str
    about: int
    process: int
    by_on: date | None
    by_at: datetime | None
    title: str
    reference: str
    owner: str
    path: str
    number: int | None
    second: int | None
    level: int | None
    since: datetime | None


def _text(value: str = "") -> Any:
    return Value(value, output_field=CharField())


def nothing(of: Any) -> Any:
    # PostgreSQL has to be told what is not there.
    return Cast(Value(None), of)


@dataclass(frozen=True)
class Asked:
    """The things of one kind, the way to their process, and what is said of each, by column."""

    kind: str
    rows: QuerySet[Any]
    process: str
    said: dict[str, Any]

    def annotated(self) -> QuerySet[Any]:
        columns = {
            "about": F("pk"),
            "by_on": nothing(DateField()),
            "by_at": nothing(DateTimeField()),
            "title": _text(),
            "reference": _text(),
            "owner": _text(),
            "path": _text(),
            "number": nothing(IntegerField()),
            "second": nothing(IntegerField()),
            "level": nothing(IntegerField()),
            "since": nothing(DateTimeField()),
        } | self.said
        columns |= {"kind": _text(self.kind), "process": F(self.process)}
        named = {f"c_{name}": columns[name] for name in Row._fields}
        return self.rows.order_by().annotate(**named).values_list(*named)


def said_of(kind: str, rows: QuerySet[Any], process: str, **said: Any) -> Asked:
    return Asked(str(kind), rows, process, said)
