"""Tables in forms: rows that somebody types, and what becomes of those of two people at once."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from typing import Any

from django import forms
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts.sentences import PlainForm

#: Rows that a table of a form takes; more are a slip or an attack.
MOST_ROWS = 200
BLANK_ROWS = 3

State = dict[str, Any]

#: Characters of a digest; the mark of a row goes on with one of its first cell, which names it.
_WHOLE, _NAME = 10, 6


def plain(value: Any) -> Any:
    """A value such that what is shown, typed and stored compare; text stripped, rows as keys."""
    if isinstance(value, models.Model):
        return value.pk
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    if isinstance(value, str | Promise):
        return str(value).replace("\r\n", "\n").strip()
    if isinstance(value, Mapping):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return "" if value is None else value


def digest(value: Any) -> str:
    said = json.dumps(plain(value), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()[:_WHOLE]


class RowForm(PlainForm, forms.Form):
    """One row of a table in a form; one in which nothing is typed is none."""

    use_required_attribute = False
    #: Spare rows at the end of a table.
    blank_rows = BLANK_ROWS
    #: What somebody else did to the row meanwhile.
    note = ""

    def __init__(self, *args: Any, owner: Any, **kwargs: Any) -> None:
        kwargs["empty_permitted"] = True
        super().__init__(*args, **kwargs)
        self.owner = owner

    @classmethod
    def shown(cls, row: State, owner: Any) -> State:
        """What stands in the cells for a row of the state."""
        return row

    @classmethod
    def mark(cls, row: State) -> str:
        """By which a row is known again, as a whole and by its first cell."""
        return digest(row) + digest(row[next(iter(cls.base_fields))])[:_NAME]

    def row(self) -> State:
        """The row of the state that was typed."""
        return self.cleaned_data


class Table:
    """Rows of a form, with a few blank ones to be filled in; a row that is emptied is removed."""

    def __init__(
        self, form: type[RowForm], data: Any, prefix: str, rows: list[State], owner: Any
    ) -> None:
        self.form, self.data, self.prefix, self.owner = form, data, prefix, owner
        self.is_bound = data is not None
        count = len(rows) + form.blank_rows
        if self.is_bound:
            count = min(self._sent_rows(), MOST_ROWS + BLANK_ROWS)
        self.forms = [
            form(
                data,
                prefix=f"{prefix}-{n}",
                initial=form.shown(rows[n], owner) if data is None and n < len(rows) else None,
                owner=owner,
            )
            for n in range(max(count, 1))
        ]

    def __iter__(self) -> Any:
        return iter(self.forms)

    def _sent_rows(self) -> int:
        """As many as have a cell in what was sent."""
        cell = re.compile(rf"{re.escape(self.prefix)}-([0-9]{{1,5}})-")
        return max((int(hit[1]) + 1 for key in self.data if (hit := cell.match(key))), default=0)

    @property
    def problem(self) -> str:
        """Why the table as a whole cannot be saved: rows were lost on the way, or are too many."""
        if not self.is_bound:
            return ""
        sent = self._sent_rows()
        if sent > MOST_ROWS + BLANK_ROWS or len(self.typed) > MOST_ROWS:
            return _("It takes %(n)s rows and not more: leave some out.") % {"n": MOST_ROWS}
        if self.data.get(f"{self.prefix}-count") != str(sent):
            return _("It did not arrive whole: look whether a row is missing, and save again.")
        return ""

    @property
    def errors(self) -> Iterator[tuple[int, str, str]]:
        """Of each cell that is not right its row, its column and why."""
        for n, form in enumerate(self.forms, 1):
            for name, errors in form.errors.items() if self.is_bound else ():
                label = str(form.fields[name].label) if name in form.fields else ""
                yield from ((n, label, str(error)) for error in errors)

    @property
    def typed(self) -> list[RowForm]:
        return [form for form in self.forms if form.has_changed()]

    @property
    def rows(self) -> list[State]:
        """What was typed, row by row; blank rows are left out."""
        return [form.row() for form in self.typed if form.is_valid()]

    def marks(self, rows: list[State]) -> list[str]:
        return [self.form.mark(row) for row in rows]

    def merged(self, shown: list[str], now: list[State], who: str) -> "Table":
        """The rows that are there now together with what was typed in view of others.

        `shown` are the marks of the rows that stood in the table. What somebody else added stays,
        what they changed or took out goes with them where nobody typed into it, and what was typed
        into it is kept; a row says what became of it.
        """
        mine = {n: form for n, form in enumerate(self.forms) if form.has_changed()}
        marks = {n: self.form.mark(form.row()) for n, form in mine.items()}
        new = {mark for n, mark in marks.items() if n >= len(shown)}
        words = {"who": who}
        known = _known_again(shown, self.marks(now))
        rows: list[tuple[State, str]] = []
        for row, mark, n in zip(now, self.marks(now), known, strict=True):
            theirs = self.form.shown(row, self.owner)
            if n is None:
                if mark not in new:
                    rows.append((theirs, _("Added meanwhile by %(who)s.") % words))
                continue
            changed = mark != shown[n]
            form = mine.pop(n, None)
            if form is not None and marks[n] not in (shown[n], mark):
                said = ", ".join(str(one) for one in theirs.values() if one not in (None, ""))
                note = _("%(who)s wrote meanwhile: “%(said)s”.") % (words | {"said": said})
                rows.append((self._cells(n), note if changed else ""))
            elif form is not None or changed:
                rows.append((theirs, _("Changed meanwhile by %(who)s.") % words if changed else ""))
        for n in mine:
            if n >= len(shown):
                rows.append((self._cells(n), ""))
            elif marks[n] != shown[n]:
                rows.append((self._cells(n), _("Removed meanwhile by %(who)s.") % words))
        return self._with(rows)

    def _cells(self, n: int) -> State:
        return {name: self.data.get(f"{self.prefix}-{n}-{name}") for name in self.form.base_fields}

    def _with(self, rows: list[tuple[State, str]]) -> "Table":
        for key in [key for key in self.data if key.startswith(f"{self.prefix}-")]:
            del self.data[key]
        count = len(rows) + self.form.blank_rows
        self.data[f"{self.prefix}-count"] = str(count)
        for n in range(count):
            cells = rows[n][0] if n < len(rows) else {}
            for name in self.form.base_fields:
                self.data[f"{self.prefix}-{n}-{name}"] = str(plain(cells.get(name)))
        table = Table(self.form, self.data, self.prefix, [], self.owner)
        for form, (_row, note) in zip(table.forms, rows, strict=False):
            form.note = note
        return table


def _known_again(shown: list[str], now: list[str]) -> list[int | None]:
    """For each row that is there now, which of those that were shown it was: first what stayed as
    it was, then what bears the same name."""
    found: dict[int, int] = {}
    for part in (slice(None), slice(_WHOLE, None)):
        for j, mark in enumerate(now):
            free = (n for n in range(len(shown)) if n not in found.values())
            if j not in found:
                hit = next((n for n in free if shown[n][part] == mark[part]), None)
                if hit is not None:
                    found[j] = hit
    return [found.get(j) for j in range(len(now))]
