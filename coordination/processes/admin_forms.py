"""What the forms on the pages of a process's record have in common."""

from typing import Any

from django import forms
from django.contrib.admin.widgets import AutocompleteSelect
from django.contrib.auth import get_user_model
from django.db import models
from django.utils.translation import gettext as _

from coordination.base.dates import validate_year_range
from coordination.base.errors import Refused
from coordination.base.trees import leads_back

User = get_user_model()

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
    now, unless they are chosen already.
    """

    fixed: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
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
                words = _("This would stand below itself, through “%(name)s”: choose another.")
                self.add_error(field.name, words % {"name": above})
