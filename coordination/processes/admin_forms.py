"""What the forms on the pages of a process's record have in common."""

from typing import Any

from django import forms
from django.contrib.admin.widgets import AutocompleteSelect
from django.contrib.auth import get_user_model
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.forms.models import InlineForeignKeyField
from django.utils.translation import gettext as _

from coordination.base.dates import validate_year_range
from coordination.base.errors import Refused
from coordination.base.lasting import Lasting
from coordination.base.trees import leads_back, makes_circle

from .models import Affiliation

User = get_user_model()

#: The largest numbers that every database keeps; SQLite by itself would keep larger ones.
LARGEST = {models.PositiveSmallIntegerField: 32_767, models.PositiveIntegerField: 2_147_483_647}
DATES = (forms.DateField, forms.DateTimeField, forms.SplitDateTimeField)


class Autocomplete(AutocompleteSelect):
    """Asks for the rows of one process, where the page is about one.

    It takes the label of the row that is chosen already from `chosen`: a page of many rows would
    otherwise ask the database for each.
    """

    process_id: int | None = None
    chosen: models.Model | None = None

    def get_url(self) -> str:
        url = super().get_url()
        return f"{url}?process={self.process_id}" if self.process_id else url

    def optgroups(self, name: str, value: Any, attrs: Any = None) -> Any:
        if self.chosen is None or value != [str(self.chosen.pk)]:
            return super().optgroups(name, value, attrs)
        groups: Any = [(None, [], 0)]
        if not self.is_required:
            groups[0][1].append(self.create_option(name, "", "", False, 0))
        option = self.create_option(name, value[0], str(self.chosen), True, 1, attrs=attrs)
        groups[0][1].append(option)
        return groups


class RecordForm(forms.ModelForm):
    """A form that shows a refusal, and refuses what no page may save.

    `fixed` fields keep what was first saved; `members` are people who must belong to the process
    now, unless they are chosen already. `beside` pairs constraints by name with the field in which
    their refusal stands; what lasts is refused beside its end.
    """

    fixed: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    beside: tuple[tuple[str, str], ...] = ()
    refused: Refused | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.fixed:
            if self.instance.pk and name in self.fields:
                self.fields[name].disabled = True
        for name, field in self.fields.items():
            widget = getattr(field.widget, "widget", field.widget)
            if isinstance(widget, Autocomplete):
                widget.chosen = self.instance._state.fields_cache.get(name)
            if isinstance(field, DATES) and not field.disabled:
                field.validators.append(validate_year_range)
            if isinstance(field, forms.IntegerField):
                kind = type(self.instance._meta.get_field(name))
                if kind in LARGEST:
                    field.validators.append(MaxValueValidator(LARGEST[kind]))
        for name in self.members:
            chosen = getattr(self.instance, f"{name}_id")
            if chosen and name in self.fields:
                people: Any = self.fields[name]
                people.queryset |= User.objects.filter(pk=chosen)

    def clean(self) -> dict[str, Any] | None:
        data = super().clean()
        if self.refused:
            known = self.refused.field in self.fields
            self.add_error(self.refused.field if known else None, self.refused.message)
        self._refuse_circles(data or {})
        return data

    def _refuse_circles(self, data: dict[str, Any]) -> None:
        for field in self.instance._meta.concrete_fields:
            above = data.get(field.name)
            related = field.is_relation and isinstance(above, type(self.instance))
            if related and leads_back(self.instance, field, above):
                self.refuse_circle(field.name, above)

    def refuse_circle(self, name: str, above: Any) -> None:
        words = _("This would stand below itself, through “%(name)s”: choose another.")
        self.add_error(name, words % {"name": above})

    def _post_clean(self) -> None:
        instance: Any = self.instance
        instance.validate_constraints = self._validate_constraints
        try:
            super()._post_clean()  # type: ignore[misc]
        finally:
            del instance.validate_constraints

    def _validate_constraints(self, exclude: set[str]) -> None:
        """As the model does, but what one row may never be is checked against the whole row, and
        refused beside a field.

        What is once only is left to the page as a whole, where one row may end and the next begin.
        """
        above = {n for n, field in self.fields.items() if isinstance(field, InlineForeignKeyField)}
        errors: dict[str, list[ValidationError]] = {}
        for model, constraints in self.instance.get_constraints():
            for constraint in constraints:
                whole = isinstance(constraint, models.CheckConstraint)
                left_out = exclude - above if whole else exclude
                try:
                    constraint.validate(model, self.instance, exclude=left_out)
                except ValidationError as error:
                    errors.setdefault(self._field_of(constraint.name), []).append(error)
        if errors:
            raise ValidationError(errors)

    def _field_of(self, constraint: str) -> str:
        name = dict(self.beside).get(constraint, "")
        lasts = f"{self.instance._meta.model_name}_ends_after_it_starts"
        if isinstance(self.instance, Lasting) and constraint == lasts:
            name = "ended_on"
        return name if name in self.fields else NON_FIELD_ERRORS


class AffiliationForm(RecordForm):
    """Nothing is part of itself or acts for itself, over however many steps, on any day."""

    def clean(self) -> dict[str, Any] | None:
        data = super().clean() or {}
        party, kind, other = self.instance.party_id, data.get("kind"), data.get("other")
        if kind and other and party not in (None, other.pk):
            known = Affiliation.objects.filter(kind=kind, party__process=other.process_id)
            ties = known.exclude(pk=self.instance.pk).values_list(
                *("party", "other", "started_on", "ended_on"),
            )
            new = (party, other.pk, data.get("started_on"), data.get("ended_on"))
            if makes_circle(new, ties):
                self.refuse_circle("other", other)
        return data
