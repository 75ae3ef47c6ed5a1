"""What is found, and for whom and where it is looked for."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Case, IntegerField, Q, Value, When
from django.utils.functional import Promise
from django.utils.safestring import SafeString

from coordination.commitments.standing import Standing
from coordination.processes.access import memberships
from coordination.processes.models import Process

from .asked import Asked
from .words import line_of, marked


@dataclass(frozen=True)
class Scope:
    """A reader, and those of their processes in which they look."""

    user: Any
    processes: dict[int, Process]
    coordinated: frozenset[int]
    narrowed: bool = False

    @classmethod
    def of(cls, user: Any, only: str = "") -> "Scope":
        own = [one for one in memberships(user) if not only or one.process.slug == only]
        return cls(
            user,
            {one.process_id: one.process for one in own},
            frozenset(one.process_id for one in own if one.is_coordinator),
            bool(only),
        )

    def rows(self, model: Any) -> Any:
        """The rows of a model that the reader may see in these processes."""
        rows = model._default_manager.visible_to(self.user)
        if not self.narrowed:
            return rows
        path = getattr(model, "scope_path", "process")
        return rows.filter(**{f"{path}__in": [*self.processes]})


@dataclass(frozen=True)
class Hit:
    """One thing that was found, with a line of where the words stand in it."""

    process: Process
    url: str
    title: SafeString
    plain: str
    asked: Asked
    text: str = ""
    reference: str = ""
    standing: Standing | None = None
    level: int | None = None
    person: bool = False

    @cached_property
    def line(self) -> SafeString:
        """Worked out for what is shown: there may be as much text as a treaty has."""
        how = (self.asked.marks, self.asked.pattern)
        return marked(line_of(self.text, *how), *how)


Finder = Callable[[Asked, Scope, int], list[Hit]]


@dataclass(frozen=True)
class Kind:
    """A kind of thing, and how it is found."""

    key: str
    name: str | Promise
    find: Finder


def hit(asked: Asked, process: Process, url: str, title: str, line: str = "", **also: Any) -> Hit:
    shown = marked(title, asked.marks, asked.pattern)
    return Hit(process, url, shown, title, asked, line, **also)


def ranked(rows: Any, *better: Q | None) -> Any:
    """The rows with the first of the conditions that fits as their rank; best first."""
    some = [(n, one) for n, one in enumerate(better) if one]
    if not some:
        return rows.annotate(rank=Value(0))
    whens = [When(condition, then=Value(n)) for n, condition in some]
    last = Value(len(better))
    return rows.annotate(rank=Case(*whens, default=last, output_field=IntegerField()))


def any_starts(asked: Asked, *names: str) -> Q:
    """Rows one of whose fields begins with what was typed; order them by its length."""
    found = Q(pk__in=[])
    for name in names:
        found |= Q(**{f"{name}__istartswith": asked.typed})
    return found
