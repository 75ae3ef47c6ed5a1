"""Forms on which a process's record is edited, by several people at once.

A form carries the state of what it edits as it was shown: a short digest a field, in `seen`. Where
somebody else changed the same thing meanwhile, the form is refused once: it says what was changed
and by whom, takes over what its reader did not touch, and keeps what they typed. Sent again it is
saved.
"""

import copy
import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.dates import WEEKDAYS
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coordination.base.dates import validate_year_range
from coordination.base.errors import Refused
from coordination.base.forms import SubmissionForm
from coordination.ledger.models import Entry

from .models import Process
from .tables import RowForm, State, Table, digest, plain


class DayField(forms.DateField):
    """A day of the process's calendar."""

    default_validators = [validate_year_range]
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class WeekendField(forms.TypedMultipleChoiceField):
    """Days of the week on which nobody works; Monday is 1."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **kwargs: Any) -> None:
        days = [(number + 1, name) for number, name in WEEKDAYS.items()]
        super().__init__(
            label=gettext_lazy("Weekend"), choices=days, coerce=int, required=False, **kwargs
        )


class EditForm(forms.ModelForm, SubmissionForm):
    """A form about one thing: a row of its model, or (`thing`) what else it says something of.

    `tables` are lists that belong to the thing, by name. What can be chosen is of the same process.
    """

    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    overtaken = False

    tables: ClassVar[Mapping[str, tuple[type[RowForm], Any]]] = {}
    #: The least and the greatest number that make sense in a field.
    bounds: ClassVar[Mapping[str, tuple[int, int]]] = {}

    def __init__(
        self, data: Any = None, *, process: Process, thing: Any = None, **kwargs: Any
    ) -> None:
        self.process, self.thing = process, thing
        self.now: State = {}
        if isinstance(thing, self._meta.model):
            kwargs["instance"] = copy.copy(thing)  # the page goes on showing what is stored
        state = self.state_of(thing) if thing is not None else {}
        kwargs["initial"] = state | kwargs.get("initial", {}) | {"seen": self._seen(state)}
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
            if name in self.bounds:
                least, most = self.bounds[name]
                field.widget.attrs |= {"min": least, "max": most}
                field.validators += [MinValueValidator(least), MaxValueValidator(most)]
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
            label = self.tables[name][1]
            if table.problem:
                self.add_error(None, f"{label}: {table.problem}")
            for row, column, why in table.errors:
                self.add_error(None, _cell_error(label, row, column, why))
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
            table = self.lists[name]
            form = table.typed[int(row)]
            form.add_error(field, refused.message)
            n, column = table.forms.index(form) + 1, str(form.fields[field].label)
            self.add_error(None, _cell_error(self.tables[name][1], n, column, refused.message))
        else:
            super().refuse(refused)

    def refuse_if_changed(self) -> None:
        """Under the process's lock: raise `Refused` where somebody else was faster."""
        if self.thing is None:
            return
        stored = type(self.thing)._base_manager.filter(pk=self.thing.pk).first()
        if stored is None:
            raise Refused(_("Somebody removed it meanwhile: nothing is saved."))
        now = self.now = self.state_of(stored)
        seen = dict(part.partition(":")[::2] for part in self.cleaned_data["seen"].split())
        typed = self.typed()
        changed = [
            name
            for name, value in now.items()
            if seen.get(name) != self._mark(name, value)
            and (name not in typed or self._mark(name, typed[name]) != self._mark(name, value))
        ]
        if not changed:
            return
        self.overtaken = True
        self.data: Any = self.data.copy()
        self.data[self.add_prefix("seen")] = self._seen(now)
        untouched = [n for n in changed if n in typed and self._mark(n, typed[n]) == seen.get(n)]
        for name in changed:
            if name in self.lists:
                self._merge(name, seen.get(name, ""), now[name])
            elif name in untouched:
                self._take_over(name, now[name])
        raise Refused(self._who_changed(changed, now, set(changed) - set(untouched)))

    def _mark(self, name: str, value: Any) -> str:
        """What `seen` says of a field, or of each row of a table."""
        if name in self.tables:
            return ".".join(self.tables[name][0].mark(row) for row in value)
        return digest(value)

    def _seen(self, state: State) -> str:
        return " ".join(f"{name}:{self._mark(name, value)}" for name, value in state.items())

    def _merge(self, name: str, seen: str, rows: list[State]) -> None:
        table = self.lists[name]
        table.data = self.data
        who = self._author(name) or _("somebody else")
        self.lists[name] = table.merged(seen.split(".") if seen else [], rows, who)

    def _take_over(self, name: str, value: Any) -> None:
        said, key = plain(value), self.add_prefix(name)
        if said is False:
            self.data.pop(key, None)
        elif isinstance(said, list):
            self.data.setlist(key, [str(one) for one in said])
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


class SpanForm(EditForm):
    """From when to when something holds, and what else is said of it; a subclass names both."""

    mistaken = forms.BooleanField(
        label=gettext_lazy("It was entered by mistake: it never held"), required=False
    )


class MomentField(forms.DateTimeField):
    """A moment in the time zone of whoever types it."""

    widget = forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"})

    def to_python(self, value: Any) -> Any:
        """The year is looked at first: the first and last ones have no time in every zone."""
        year = re.match(r"\s*([0-9]+)-", str(value or ""))
        if year:
            validate_year_range(date(min(max(int(year[1][:5]), 1), 9999), 1, 1))
        moment = super().to_python(value)
        if moment:
            validate_year_range(moment)
        return moment


def _as_day(field: forms.DateField) -> DayField:
    return DayField(
        label=field.label,
        help_text=field.help_text,
        required=field.required,
        initial=field.initial,
        error_messages=field.error_messages,
    )


def _cell_error(table: Any, row: int, column: str, why: str) -> str:
    words = _("%(table)s, row %(row)s, %(column)s: %(why)s")
    return words % {"table": table, "row": row, "column": column, "why": why}
