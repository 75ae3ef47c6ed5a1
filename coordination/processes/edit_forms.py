"""Forms on which a process's record is edited, by several people at once.

A form carries the state of what it edits as it was shown: a short digest a field, in `seen`. Where
somebody else changed the same thing meanwhile, the form is refused once: it says what was changed
and by whom, takes over what its reader did not touch, and keeps what they typed. Sent again it is
saved.
"""

import copy
import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.functional import Promise
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coordination.base.dates import validate_year_range
from coordination.base.errors import Refused
from coordination.base.forms import SubmissionForm
from coordination.ledger.models import Entry

from .models import Process

#: Rows that a table of a form takes; more are a slip or an attack.
MOST_ROWS = 200
BLANK_ROWS = 3

State = dict[str, Any]


class DayField(forms.DateField):
    """A day of the process's calendar."""

    default_validators = [validate_year_range]
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


def plain(value: Any) -> Any:
    """A value such that what is shown, typed and stored compare; text stripped, rows as keys."""
    if isinstance(value, models.Model):
        return value.pk
    if isinstance(value, date | datetime):
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
    return hashlib.sha256(said.encode()).hexdigest()[:10]


class RowForm(forms.Form):
    """One row of a table in a form; one in which nothing is typed is none."""

    use_required_attribute = False

    def __init__(self, *args: Any, owner: "EditForm", **kwargs: Any) -> None:
        kwargs["empty_permitted"] = True
        super().__init__(*args, **kwargs)
        self.owner = owner

    @classmethod
    def shown(cls, row: State, owner: "EditForm") -> State:
        """What stands in the cells for a row of the state."""
        return row

    def row(self) -> State:
        """The row of the state that was typed."""
        return self.cleaned_data


class Table:
    """Rows of a form, with a few blank ones to be filled in; a row that is emptied is removed."""

    def __init__(
        self, form: type[RowForm], data: Any, prefix: str, rows: list[State], owner: "EditForm"
    ) -> None:
        self.prefix, self.is_bound = prefix, data is not None
        count = len(rows) + BLANK_ROWS
        if data is not None:
            sent = data.get(f"{prefix}-count", "")
            count = min(int(sent), MOST_ROWS) if sent.isdecimal() and len(sent) < 5 else 0
        self.forms = [
            form(
                data,
                prefix=f"{prefix}-{n}",
                initial=form.shown(rows[n], owner) if data is None and n < len(rows) else None,
                owner=owner,
            )
            for n in range(count)
        ]

    def __iter__(self) -> Any:
        return iter(self.forms)

    @property
    def has_errors(self) -> bool:
        return self.is_bound and any(form.errors for form in self.forms)

    @property
    def typed(self) -> list[RowForm]:
        return [form for form in self.forms if form.has_changed()]

    @property
    def rows(self) -> list[State]:
        """What was typed, row by row; blank rows are left out."""
        return [form.row() for form in self.typed if form.is_valid()]


class EditForm(forms.ModelForm, SubmissionForm):
    """A form about one thing: a row of its model, or (`thing`) what else it says something of.

    `tables` are lists that belong to the thing, by name. What can be chosen is of the same process.
    """

    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    overtaken = False

    tables: ClassVar[Mapping[str, tuple[type[RowForm], Any]]] = {}

    def __init__(
        self, data: Any = None, *, process: Process, thing: Any = None, **kwargs: Any
    ) -> None:
        self.process, self.thing = process, thing
        self.now: State = {}
        if isinstance(thing, self._meta.model):
            kwargs["instance"] = copy.copy(thing)  # the page goes on showing what is stored
        state = self.state_of(thing) if thing is not None else {}
        kwargs["initial"] = state | kwargs.get("initial", {}) | {"seen": _digests(state)}
        super().__init__(data, **kwargs)
        self.fields.update(self.more_fields())
        for name, field in self.fields.items():
            if isinstance(field, forms.DateField):
                self.fields[name] = _as_day(field)
            elif isinstance(field, forms.ModelChoiceField):
                field.empty_label = _("Choose") if field.required else _("none")
                self.limit(name, field)
            elif isinstance(field, forms.ChoiceField):
                blank = ("", _("Choose") if field.required else _("not set"))
                known: Any = field.choices
                field.choices = [one if one[0] != "" else blank for one in known]
            elif isinstance(field.widget, forms.Textarea):
                field.widget.attrs["rows"] = 4
        self.lists = {name: self._table(name, data, state.get(name, [])) for name in self.tables}

    def more_fields(self) -> Mapping[str, forms.Field]:
        """Fields that are worked out."""
        return {}

    def limit(self, name: str, field: Any) -> None:
        """Offer only rows of the process."""
        path = getattr(field.queryset.model, "scope_path", "process")
        field.queryset = field.queryset.filter(**{path: self.process})

    def _table(self, name: str, data: Any, rows: list[State]) -> Table:
        prefix = f"{self.prefix}-{name}" if self.prefix else name
        form, _label = self.tables[name]
        return Table(form, data, prefix, rows, self)

    def state_of(self, thing: Any) -> State:
        """What the form shows of the thing as it stands, by the names of fields and tables."""
        return forms.model_to_dict(thing, self._meta.fields)

    def typed(self) -> State:
        """The same, as it was typed."""
        said = {name: self.cleaned_data.get(name) for name in self.fields}
        return said | {name: table.rows for name, table in self.lists.items()}

    def given(self) -> State:
        """What an action is told: the fields and tables, without what is there for the form."""
        said = self.typed()
        for name in ("seen", "submission"):
            del said[name]
        for name, stored in self.now.items():
            # A line break at its end, which no form shows, is no change.
            if isinstance(stored, str) and name in said and plain(said[name]) == plain(stored):
                said[name] = stored
        return said

    def clean(self) -> State:
        data = super().clean() or self.cleaned_data
        for name, value in data.items():
            if isinstance(value, str):
                data[name] = value.replace("\r\n", "\n")
        for name, table in self.lists.items():
            if table.has_errors:
                words = _("%(table)s: a row is not right.")
                self.add_error(None, words % {"table": self.tables[name][1]})
        return data

    def _post_clean(self) -> None:
        """Only what each field says: constraints are left to the action, which holds the lock."""
        row = forms.models.construct_instance(self, self.instance, self._meta.fields)
        try:
            row.clean_fields(exclude=self._get_validation_exclusions())  # type: ignore[attr-defined]
        except ValidationError as error:
            self._update_errors(error)  # type: ignore[attr-defined]

    def refuse(self, refused: Refused) -> None:
        """Beside its field or, as in "dispute_steps-2-target", beside the cell of a table."""
        name, _dash, cell = (refused.field or "").partition("-")
        if name in self.lists and cell:
            row, _dash, field = cell.partition("-")
            self.lists[name].typed[int(row)].add_error(field, refused.message)
            self.add_error(None, refused.message)
        else:
            super().refuse(refused)

    def refuse_if_changed(self) -> None:
        """Under the process's lock: raise `Refused` where somebody else was faster."""
        if self.thing is None:
            return
        now = self.now = self.state_of(type(self.thing)._base_manager.get(pk=self.thing.pk))
        seen = dict(part.partition(":")[::2] for part in self.cleaned_data["seen"].split())
        typed = self.typed()
        changed = [
            name
            for name, value in now.items()
            if seen.get(name) != digest(value)
            and (name not in typed or digest(typed[name]) != digest(value))
        ]
        if not changed:
            return
        self.overtaken = True
        self.data: Any = self.data.copy()
        self.data[self.add_prefix("seen")] = _digests(now)
        untouched = [n for n in changed if n in typed and digest(typed[n]) == seen.get(n)]
        for name in untouched:
            self._take_over(name, now[name])
        raise Refused(self._who_changed(changed, now, set(changed) - set(untouched)))

    def _take_over(self, name: str, value: Any) -> None:
        if name in self.lists:
            self.lists[name] = self._table(name, None, value)
            return
        said, key = plain(value), self.add_prefix(name)
        if said is False:
            self.data.pop(key, None)
        else:
            self.data[key] = "on" if said is True else str(said)

    def _who_changed(self, changed: list[str], now: State, kept: Iterable[str]) -> str:
        """Names what was changed and who did; each kept field also says what it is now."""
        by: dict[str, list[str]] = {}
        for name in changed:
            who = self._author(name) or _("somebody else")
            by.setdefault(who, []).append(self._label(name))
            if name in kept and name in self.fields:
                words = _("%(who)s wrote meanwhile: “%(value)s”.")
                self.add_error(name, words % {"who": who, "value": self._shown(name, now[name])})
        deeds = [
            _("%(who)s changed %(what)s") % {"who": who, "what": get_text_list(names, _("and"))}
            for who, names in by.items()
        ]
        return _(
            "Meanwhile %(deeds)s. What you typed is kept; the rest shows the new state. "
            "Look through it and save again."
        ) % {"deeds": get_text_list(deeds, _("and"))}

    def _author(self, name: str) -> str:
        """Who last wrote a field of the thing, as the ledger has it; or, of no field, anything."""
        names = {name, f"{name}_id"}
        known = name in self.fields or name in self.tables
        entries = Entry.objects.filter(process=self.process).about(self.ledger_thing())
        for entry in entries.order_by("-sequence")[:20]:
            if not known or names & (entry.before.keys() | entry.after.keys()):
                return entry.actor_name
        return ""

    def ledger_thing(self) -> Any:
        """What the entries of the ledger are about, where that is not the thing itself."""
        return self.thing

    def _label(self, name: str) -> str:
        if name in self.tables:
            return str(self.tables[name][1]).lower()
        label = str(self.fields[name].label) if name in self.fields else name
        return label[:1].lower() + label[1:]

    def _shown(self, name: str, value: Any) -> str:
        field = self.fields[name]
        for key, label in getattr(field, "choices", []):
            if str(getattr(key, "value", key)) == str(plain(value)):
                return str(label)
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        words = str(plain(value))
        return words if len(words) < 300 else words[:300] + "…"


class EndForm(SubmissionForm):
    """From which day something that holds is no longer so."""

    ended_on = DayField(
        label=gettext_lazy("No longer from"),
        error_messages={"required": gettext_lazy("Say from which day it is no longer so.")},
    )

    def __init__(self, data: Any = None, *, process: Process, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"ended_on": process.today()})
        super().__init__(data, **kwargs)


def _as_day(field: forms.DateField) -> DayField:
    return DayField(
        label=field.label,
        help_text=field.help_text,
        required=field.required,
        initial=field.initial,
        error_messages=field.error_messages,
    )


def _digests(state: State) -> str:
    return " ".join(f"{name}:{digest(value)}" for name, value in state.items())
