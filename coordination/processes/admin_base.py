"""The pages on which coordinators keep a process's record; every change reaches the ledger."""

import functools
from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect, RelatedFieldWidgetWrapper
from django.contrib.auth import get_user_model
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from coordination.base.admin import Scoped, ScopedAdmin
from coordination.base.errors import Refused
from coordination.ledger.actions import Origin, append, snapshot

from .models import Membership, Process

User = get_user_model()


def scope_path(model: type[models.Model]) -> str:
    """How one gets from a row to its process; "" for the process itself."""
    return "" if model is Process else getattr(model, "scope_path", "process")


def process_of(thing: Any) -> Process:
    for step in filter(None, scope_path(type(thing)).split("__")):
        thing = getattr(thing, step)
    return thing


def coordinated(request: Any) -> set[int]:
    """The ids of the processes that the person coordinates, asked once a request."""
    if not hasattr(request, "coordinated_processes"):
        request.coordinated_processes = set(
            Membership.objects.current()
            .filter(user=request.user, role=Membership.Role.COORDINATOR)
            .values_list("process", flat=True)
        )
    return request.coordinated_processes


def rows_of(model: type[models.Model], processes: Iterable[int]) -> models.QuerySet:
    """The rows of a model that belong to the processes; of people, those who ever took part."""
    if model is User:
        members = Membership.objects.filter(process__in=processes)
        return User.objects.filter(pk__in=members.values("user"))
    path = scope_path(model)
    return model._default_manager.filter(**{f"{path}__in" if path else "pk__in": processes})


def state(thing: models.Model) -> dict[str, Any]:
    """The row as the ledger records it, with the rows that it lists."""
    lists = {
        field.name: sorted(getattr(thing, field.name).values_list("pk", flat=True))
        for field in thing._meta.many_to_many
    }
    return snapshot(thing) | lists


def record(
    request: HttpRequest,
    thing: models.Model,
    what: str,
    before: dict[str, Any],
    after: dict[str, Any],
) -> None:
    """Append a row's addition, change or removal; nothing where nothing changed."""
    changed = [name for name in after if before.get(name) != after[name]]
    if what == "changed" and not changed:
        return
    summary = f"{what.capitalize()} the {thing._meta.verbose_name} {thing}"
    if what == "changed":
        summary += ": " + get_text_list([name.removesuffix("_id") for name in changed], "and")
    append(
        process=process_of(thing),
        actor=request.user,
        verb=f"{thing._meta.model_name}.{what}",
        thing=thing,
        origin=Origin.ADMIN,
        summary=summary,
        before=before,
        after=after,
    )


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
    """A form whose `fixed` fields keep what was first saved, and which shows a refusal."""

    fixed: tuple[str, ...] = ()
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

    def clean(self) -> dict[str, Any] | None:
        data = super().clean()
        if self.refused:
            known = self.refused.field in self.fields
            self.add_error(self.refused.field if known else None, self.refused.message)
        return data


class Coordinated(Scoped):
    """For pages and inlines: coordinators change them, with rows of the same process only."""

    form: Any = RecordForm
    fixed: tuple[str, ...] = ()

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is None or obj.pk is None:
            return bool(coordinated(request))
        return process_of(obj).pk in coordinated(request)

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):  # type: ignore[attr-defined]
            kwargs.setdefault("widget", Autocomplete(db_field, self.admin_site))  # type: ignore[attr-defined]
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]

    def narrow(self, form: Any, request: HttpRequest, obj: Any) -> None:
        """Limit what can be chosen to the page's process, or to those that one coordinates."""
        process_id = process_of(obj).pk if obj and obj.pk else None
        processes = {process_id} & coordinated(request) if process_id else coordinated(request)
        owner = scope_path(form._meta.model).partition("__")[0]
        form.fixed = (*self.fixed, *([owner] if owner else []))
        for field in form.base_fields.values():
            if not isinstance(field, forms.ModelChoiceField) or field.queryset is None:
                continue
            field.queryset = rows_of(field.queryset.model, processes)
            widget = getattr(field.widget, "widget", field.widget)
            if isinstance(widget, Autocomplete):
                widget.process_id = process_id
            else:
                field.widget = widget  # without the links to add and change


class RecordAdmin(Coordinated, ScopedAdmin):
    """A page that coordinators edit as a whole: the row, its lists and its inlines.

    A `Refused` from an action rolls the save back and stands in the form. `computed` names the
    fields that the form fills in without asking.
    """

    computed: tuple[str, ...] = ()

    save_on_top = False

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        asked = request.GET.get("process")  # see Autocomplete
        if asked and (mine := [pk for pk in coordinated(request) if str(pk) == asked]):
            queryset = queryset.filter(pk__in=rows_of(self.model, mine))
        return super().get_search_results(request, queryset, search_term)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        form.refused = getattr(request, "refused", None)
        self.narrow(form, request, obj)
        return form

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """The only process that one coordinates is chosen already."""
        mine = coordinated(request)
        chosen = {"process": next(iter(mine))} if len(mine) == 1 else {}
        return chosen | super().get_changeform_initial_data(request)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except Refused as refused:
            request.refused = refused  # type: ignore[attr-defined]
            return super().changeform_view(request, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Waits for `save_related`, which has the whole page in hand."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        for part in (form, *(row for formset in formsets for row in formset.forms)):
            _refuse_strangers(part, process_of(form.instance))
        if change:
            self.change(request, form, formsets)
        else:
            self.create(request, form, formsets)
        self.after_saving(request, form.instance)

    def create(self, request: HttpRequest, form: Any, formsets: Any) -> None:
        form.instance.save()
        form.save_m2m()
        record(request, form.instance, "added", {}, state(form.instance))
        self.save_inlines(request, formsets)

    def change(self, request: HttpRequest, form: Any, formsets: Any) -> None:
        before = _write(form.instance, {*form.changed_data, *self.computed})
        form.save_m2m()
        record(request, form.instance, "changed", before, state(form.instance))
        self.save_inlines(request, formsets)

    def save_inlines(self, request: HttpRequest, formsets: Any) -> None:
        for formset in formsets:
            if isinstance(inline := getattr(formset, "inline", None), RecordInline):
                inline.save_rows(request, formset)

    def after_saving(self, request: HttpRequest, thing: Any) -> None:
        """What follows from a change; in the same transaction."""


class RecordInline(Coordinated, admin.TabularInline):
    """Rows that are edited on the page of the whole they are part of.

    Only rows without a history of their own can be removed: `removable` says so.
    """

    extra = 0
    removable = False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.removable and self.has_change_permission(request, obj)

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset: Any = super().get_formset(request, obj, **kwargs)
        formset.inline = self
        self.narrow(formset.form, request, obj)
        return formset

    def narrow(self, form: Any, request: HttpRequest, obj: Any) -> None:
        super().narrow(form, request, obj)
        form.fixed = self.fixed
        for field in form.base_fields.values():
            if isinstance(field.widget, RelatedFieldWidgetWrapper):
                field.widget = field.widget.widget
            elif isinstance(field, forms.ModelChoiceField):
                field.choices = functools.cache(functools.partial(_choices, field.queryset))

    def save_rows(self, request: HttpRequest, formset: Any) -> None:
        formset.save(commit=False)
        for row in formset.deleted_objects:
            record(request, row, "removed", state(row), {})
            row.delete()
        for row, fields in formset.changed_objects:
            before = _write(row, fields)
            record(request, row, "changed", before, state(row))
        for row in formset.new_objects:
            self.add_row(request, row)

    def add_row(self, request: HttpRequest, row: Any) -> None:
        row.save()
        record(request, row, "added", {}, state(row))


def adopt(instance: Any, made: models.Model) -> None:
    """Let the form's row be the one that an action made."""
    instance.pk = made.pk
    instance._state.adding = False
    instance.refresh_from_db()


def _write(row: Any, names: Iterable[str]) -> dict[str, Any]:
    """Save only the fields that were changed on the page; returns the state before.

    The others may have been written by an action since the page's row was read.
    """
    before = state(type(row)._base_manager.select_for_update().get(pk=row.pk))
    fields = [field.name for field in row._meta.concrete_fields if field.name in set(names)]
    if fields:
        row.save(update_fields=fields)
    row.refresh_from_db()
    return before


def _choices(rows: Any) -> list[tuple[Any, str]]:
    """The choices of all rows of an inline, read once."""
    return [("", "—"), *((row.pk, str(row)) for row in rows)]


def _refuse_strangers(form: Any, process: Process) -> None:
    """A page about no process yet offers those of all that one coordinates: they must not mix."""
    for name in form.changed_data:
        value = form.cleaned_data.get(name)
        for row in value if isinstance(value, models.QuerySet) else [value]:
            if not isinstance(row, models.Model) or row.pk is None:
                continue
            if not rows_of(type(row), [process.pk]).filter(pk=row.pk).exists():
                raise Refused(_("“%(name)s” is not of this process.") % {"name": row}, name)
